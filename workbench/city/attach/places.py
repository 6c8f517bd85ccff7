"""Places people bring: a CSV, GeoJSON or GeoPackage of points in, rows of `City.opportunities` out."""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from pyproj import CRS
from pyproj.exceptions import CRSError

from workbench.city.attach.table_file import choose_column, plain_name, read_text_table
from workbench.city.city import City
from workbench.city.defect import Defect
from workbench.errors import InputError

__all__ = ["MAX_PLACES", "PlacesTable", "read_places"]

MAX_PLACES = 100_000
MAX_FILE_BYTES = 100_000_000
MAX_NAME = 120
"""Longest name, characters."""
NEAR_ZONE_M = 200.0
"""A place this far from every zone, metres, is not in the city: its frame holds other states and the sea too."""
_KIND = re.compile(r"[a-z][a-z0-9_]{1,29}")
_OTHER_WORDS = {"residents", "jobs", "people"}
_LAT = ("latitude", "lat", "y", "stop_lat", "intptlat", "intptlat20", "lat_dd", "ylat", "y_coord", "ycoord", "northing")
_LON = (
    "longitude",
    "lon",
    "lng",
    "long",
    "x",
    "stop_lon",
    "intptlon",
    "intptlon20",
    "lon_dd",
    "xlon",
    "x_coord",
    "xcoord",
    "easting",
)
_NAMES = (
    "name",
    "facname",
    "facility_name",
    "school_name",
    "schoolname",
    "location_name",
    "site_name",
    "title",
    "label",
)
_DRAWN = {".geojson", ".json", ".gpkg", ".zip", ".shp", ".kml", ".fgb"}
_FORMULA = "=+-@\t\r"


@dataclass(frozen=True, eq=False)
class PlacesTable:
    """Places inside the city: columns kind, name, x, y; and what was left out or changed."""

    places: pd.DataFrame
    n_rows: int
    """Rows of the file."""
    defects: tuple[Defect, ...]


def read_places(
    path: Path,
    city: City,
    *,
    kind: str,
    name_column: str | None = None,
    lat_column: str | None = None,
    lon_column: str | None = None,
    crs: str | None = None,
) -> PlacesTable:
    """
    Read places of one kind.

    Parameters
    ----------
    path
        CSV (also gzipped) with a column each for latitude and longitude; or GeoJSON, GeoPackage, zipped shapefile.
    city
        Where the places are: those outside are left out, counted.
    kind
        One word for one of them, in small letters: `school`, `food_pantry`.
    name_column, lat_column, lon_column
        Names of the columns; found by their usual spellings if None.
    crs
        What the coordinates of a CSV are, if they are not degrees, e.g. `EPSG:2263`.

    Raises
    ------
    InputError
        If the file cannot be used: too large, no coordinates, another coordinate system, or no place inside the city.
    """
    _require_kind(kind)
    if not path.is_file():
        raise InputError(f"{path.name} is not there")
    if path.stat().st_size > MAX_FILE_BYTES:
        raise InputError(f"{path.name} has {path.stat().st_size:,} bytes, must be at most {MAX_FILE_BYTES:,}")
    if path.suffix.lower() in _DRAWN:
        raw, points, defects = _read_drawn(path)
    else:
        raw, points, defects = _read_table(path, lat_column, lon_column, crs)
    if len(raw) > MAX_PLACES:
        raise InputError(f"{path.name} has {len(raw):,} places, must be at most {MAX_PLACES:,}")
    _require_degrees(points, city, path.name)
    names, found = _names(raw, name_column, path.name)
    defects += found
    projected = points.to_crs(city.crs)
    inside = _inside(projected, city)
    n_blank = int(points.is_empty.sum())
    if n_blank:
        defects.append(Defect("places-without-point", n_blank, "rows without coordinates were left out", path.name))
    n_outside = len(points) - n_blank - int(inside.sum())
    if n_outside:
        shown = _some(names[~inside & ~points.is_empty.to_numpy()])
        defects.append(
            Defect("places-outside", n_outside, f"places outside {city.name} were left out: {shown}", path.name)
        )
    if not inside.any():
        raise InputError(f"{path.name}: not one of its {len(raw):,} places lies in {city.name}; is it another city?")
    kept = projected[inside]
    table = pd.DataFrame(
        {"kind": kind, "name": names[inside], "x": kept.x.round(1).to_numpy(), "y": kept.y.round(1).to_numpy()}
    )
    n_twice = int(table.duplicated().sum())
    if n_twice:
        defects.append(
            Defect("places-twice", n_twice, "places with the same name at the same point were left out", path.name)
        )
    table = table.drop_duplicates().sort_values(["kind", "name", "x", "y"], ignore_index=True)
    return PlacesTable(table, len(raw), tuple(defects))


def _require_kind(kind: str) -> None:
    if not _KIND.fullmatch(kind) or kind in _OTHER_WORDS:
        raise InputError(
            f"kind {kind!r} must be one word for one such place, 2 to 30 of a to z, 0 to 9 and _, such as 'school', and not "
            f"{', '.join(sorted(_OTHER_WORDS))}"
        )


def _read_table(
    path: Path, lat_column: str | None, lon_column: str | None, crs: str | None
) -> tuple[pd.DataFrame, gpd.GeoSeries, list[Defect]]:
    table = read_text_table(path, max_bytes=MAX_FILE_BYTES, max_rows=MAX_PLACES)
    lat = choose_column(table, lat_column, _LAT, what="latitude", option="--lat-column", where=path.name)
    lon = choose_column(table, lon_column, _LON, what="longitude", option="--lon-column", where=path.name)
    x, y = (pd.to_numeric(table[column], errors="coerce").to_numpy(dtype=np.float64) for column in (lon, lat))
    blank = ~(np.isfinite(x) & np.isfinite(y)) | ((x == 0) & (y == 0))
    points = gpd.GeoSeries(shapely.points(np.where(blank, 0, x), np.where(blank, 0, y)))
    points = points.set_crs(_known_crs(crs, path.name) if crs else "EPSG:4326")
    points[blank] = shapely.Point()
    return table, points if crs is None else points.to_crs("EPSG:4326"), []


def _read_drawn(path: Path) -> tuple[pd.DataFrame, gpd.GeoSeries, list[Defect]]:
    """Read a file of a map program; lines and areas stand at a point on them, counted."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # notes of the reader on fields we do not use
            table = gpd.read_file(path)
    except (RuntimeError, ValueError, OSError, shapely.errors.ShapelyError) as error:
        message = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise InputError(f"{path.name} cannot be read as a map file: {message}") from error
    if not isinstance(table, gpd.GeoDataFrame) or "geometry" not in table:
        raise InputError(f"{path.name} has no points: it is a table; save it as CSV with latitude and longitude")
    shapes = table.geometry if table.crs is not None else table.geometry.set_crs("EPSG:4326")
    n_wide = int((~shapes.geom_type.isin(["Point"]) & ~shapes.is_empty & shapes.notna()).sum())
    what = "places drawn as lines or areas stand at a point on them"
    defects = [Defect("places-not-points", n_wide, what, path.name)] if n_wide else []
    missing = (shapes.isna() | shapes.is_empty).to_numpy()
    points = gpd.GeoSeries(shapely.point_on_surface(shapely.force_2d(shapes.to_numpy())), crs=shapes.crs)
    points[missing] = shapely.Point()
    raw = pd.DataFrame(table.drop(columns="geometry")).astype(object)
    return raw.where(raw.notna(), "").astype(str), points.to_crs("EPSG:4326"), defects


def _known_crs(crs: str, where: str) -> CRS:
    try:
        return CRS.from_user_input(crs)
    except CRSError as error:
        raise InputError(f"{where}: coordinate system {crs!r} is not known; must be like EPSG:2263") from error


def _require_degrees(points: gpd.GeoSeries, city: City, where: str) -> None:
    """Raise if the coordinates are no degrees, or latitude and longitude have changed places."""
    there = points[~points.is_empty]
    x, y = there.x.to_numpy(), there.y.to_numpy()
    wild = ~((np.abs(x) <= 180) & (np.abs(y) <= 90))
    if wild.any():
        first = int(np.flatnonzero(wild)[0])
        raise InputError(
            f"{where}: coordinates such as {x[first]:,.1f}, {y[first]:,.1f} are not degrees; name their system, e.g. --crs "
            "EPSG:2263 (feet, New York) for a CSV, or save the map file with its system"
        )
    swapped = _in_bounds(y, x, city)
    if swapped.sum() > 0.5 * len(x) and not _in_bounds(x, y, city).any():
        raise InputError(
            f"{where}: latitude and longitude have changed places: {y[0]:.4f} is no latitude of {city.name}"
        )


def _in_bounds(lon: npt.NDArray[np.float64], lat: npt.NDArray[np.float64], city: City) -> npt.NDArray[np.bool_]:
    west, south, east, north = city.bounds_lonlat
    return (lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)


def _inside(points: gpd.GeoSeries, city: City) -> npt.NDArray[np.bool_]:
    """Tell which points lie in a zone of the city or near one."""
    inside = np.zeros(len(points), dtype=np.bool_)
    rows = np.flatnonzero(~points.is_empty.to_numpy())
    tree = shapely.STRtree(city.zones.geometry.values)
    near = tree.query(points.to_numpy()[rows], predicate="dwithin", distance=NEAR_ZONE_M)[0]
    inside[rows[np.unique(near)]] = True
    return inside


def _names(raw: pd.DataFrame, wanted: str | None, where: str) -> tuple[npt.NDArray[np.object_], list[Defect]]:
    """Return names that are safe to show and to open in a spreadsheet: one line, no formula."""
    known = any(plain_name(column) in _NAMES for column in raw.columns)
    if wanted is None and not known:
        return np.full(len(raw), "", dtype=object), []
    column = choose_column(raw, wanted, _NAMES, what="names", option="--name-column", where=where)
    text = raw[column].str.replace(r"[\s\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]+", " ", regex=True).str.strip()
    plain = text.str.lstrip(_FORMULA + " ")
    n_formula = int((plain != text).sum())
    what = "names that a spreadsheet would take for a formula lost their first characters"
    defects = [Defect("place-names-like-formulas", n_formula, what, where)] if n_formula else []
    return plain.str.slice(0, MAX_NAME).to_numpy(dtype=object), defects


def _some(names: npt.NDArray[np.object_], most: int = 3) -> str:
    shown = ", ".join(name or "(no name)" for name in names[:most])
    return shown + (f" and {len(names) - most:,} more" if len(names) > most else "")
