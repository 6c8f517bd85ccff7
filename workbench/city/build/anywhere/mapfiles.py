"""Tables and maps that a city file names: CSV, GeoJSON, GeoPackage or shapefile, as rows of text, points and areas."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from pyproj import Transformer

from workbench.city.attach.table_file import read_text_table
from workbench.city.build.anywhere.cityfile import FileSource
from workbench.city.gtfs.feed import some
from workbench.errors import InputError

__all__ = ["pick_column", "read_areas", "read_numbers", "read_rows", "read_union", "to_points"]

FloatArray = npt.NDArray[np.float64]

MAX_FILE_BYTES = 1 << 30
"""Largest table or map that is read, bytes."""
_TABLES = (".csv", ".txt", ".tsv", ".gz")


def read_rows(path: Path, *, layer: str = "") -> gpd.GeoDataFrame | pd.DataFrame:
    """
    Read a table or a map; every column but the geometry is stripped text, "" where there is none.

    Raises
    ------
    InputError
        If the file is missing, empty, too large, or is not what its ending says.
    """
    if not path.is_file():
        raise InputError(f"{path.name}: not found in {path.parent}")
    if path.stat().st_size > MAX_FILE_BYTES:
        raise InputError(f"{path.name}: has {path.stat().st_size:,} bytes, must be at most {MAX_FILE_BYTES:,}")
    table = (
        read_text_table(path, max_bytes=MAX_FILE_BYTES) if path.suffix.lower() in _TABLES else _read_map(path, layer)
    )
    if table.empty:
        raise InputError(f"{path.name}: has no rows")
    for column in table.columns:
        if column != "geometry":
            table[column] = ["" if pd.isna(value) else _text(value) for value in table[column]]
    return table


def pick_column(table: pd.DataFrame, given: str, default: str, where: str) -> str:
    """Return the name of a column: the one given, or the default; raises if it is not there."""
    name = given or default
    if name not in table:
        columns = ", ".join(repr(str(column)) for column in table.columns if column != "geometry")
        raise InputError(f"{where}: there is no column {name!r}; there are {columns or 'none'}")
    return name


def read_numbers(values: pd.Series[str], where: str, *, lowest: float = 0.0) -> FloatArray:
    """Return a column of numbers of at least `lowest`; thousands may be split by commas or spaces; blank is NaN."""
    plain = values.str.replace(r"(?<=\d)[, \u00a0\u202f](?=\d{3})", "", regex=True)
    numbers = pd.to_numeric(plain.where(plain != ""), errors="coerce").to_numpy(dtype=np.float64)
    wrong = ((plain != "") & np.isnan(numbers)) | np.isinf(numbers) | (numbers < lowest)
    if wrong.any():
        raise InputError(
            f"{where}: {int(wrong.sum()):,} values of {values.name!r} are not numbers of at least {lowest:g}: "
            f"{some(values[wrong])}"
        )
    return numbers


def to_points(
    table: gpd.GeoDataFrame | pd.DataFrame, source: FileSource, crs: str, where: str
) -> tuple[FloatArray, FloatArray]:
    """
    Return x, y of each row in metres: from its geometry (a point inside areas), else from its lon and lat columns.

    Raises
    ------
    InputError
        If a row has no place, or one that is not on earth.
    """
    if isinstance(table, gpd.GeoDataFrame):
        shapes = table.geometry.to_crs(crs).values
        points = shapely.point_on_surface(shapes)
        x, y = shapely.get_x(points), shapely.get_y(points)
    else:
        lon, lat = (
            read_numbers(table[pick_column(table, column, column, where)], where, lowest=-180.0)
            for column in (source.lon, source.lat)
        )
        if (np.abs(lat) > 90).any() or (np.abs(lon) > 180).any():
            raise InputError(f"{where}: {source.lon} and {source.lat} must be degrees; are they swapped, or metres?")
        x, y = Transformer.from_crs("EPSG:4326", crs, always_xy=True).transform(lon, lat)
    bad = ~(np.isfinite(x) & np.isfinite(y))
    if bad.any():
        raise InputError(f"{where}: {int(bad.sum()):,} rows have no place, the first is row {int(bad.argmax()) + 1}")
    return np.round(x, 1), np.round(y, 1)


def read_areas(source: FileSource, crs: str, *, default_id: str) -> gpd.GeoDataFrame:
    """
    Return areas sorted by id: area_id, name, geometry (MultiPolygon, decimetres). Rows that share an id are joined.

    Raises
    ------
    InputError
        If there is no map, no id column, a row without an id, or a shape that is no area.
    """
    path = source.shapes or source.file
    table = read_rows(path, layer=source.layer)
    where = path.name
    if not isinstance(table, gpd.GeoDataFrame):
        raise InputError(f"{where}: has no outlines; name a GeoJSON, GeoPackage or shapefile")
    id_column = pick_column(table, (source.shapes_id if source.shapes else "") or source.id, default_id, where)
    name_column = source.name if source.name in table else id_column
    if not source.name and "name" in table:
        name_column = "name"
    if (table[id_column] == "").any():
        raise InputError(f"{where}: {int((table[id_column] == '').sum()):,} rows have no {id_column}")
    shapes = _polygons(table.geometry.to_crs(crs).values)
    empty = shapely.is_empty(shapes)
    if empty.any():
        raise InputError(f"{where}: {int(empty.sum()):,} rows are no areas: {some(table[id_column][empty])}")
    areas = pd.DataFrame({"area_id": table[id_column], "name": table[name_column], "geometry": shapes})
    joined = areas.groupby("area_id", sort=True)
    shapes = _polygons(np.array([shapely.union_all(own) for own in joined["geometry"].agg(list)], dtype=object))
    names = joined["name"].first()
    return gpd.GeoDataFrame(
        {"area_id": names.index.to_numpy(dtype=object), "name": names.to_numpy(dtype=object)}, geometry=shapes, crs=crs
    )


def read_union(source: FileSource, crs: str) -> shapely.Geometry:
    """Return all areas of a map as one; raises `InputError` if there are none."""
    table = read_rows(source.file, layer=source.layer)
    if not isinstance(table, gpd.GeoDataFrame):
        raise InputError(f"{source.file.name}: has no outlines; name a GeoJSON, GeoPackage or shapefile")
    union = shapely.union_all(_polygons(table.geometry.to_crs(crs).values))
    if union.is_empty:
        raise InputError(f"{source.file.name}: has no areas")
    return union


def _read_map(path: Path, layer: str) -> gpd.GeoDataFrame:
    """Read a map with its own CRS; one without is in degrees, or refused."""
    try:
        layers = [str(name) for name in gpd.list_layers(path)["name"]]
        if layer and layer not in layers:
            raise InputError(f"{path.name}: there is no layer {layer!r}; there are {', '.join(layers)}")
        if not layer and len(layers) > 1:
            raise InputError(f"{path.name}: has {len(layers)} layers, name one with `layer`: {', '.join(layers)}")
        table = gpd.read_file(path, layer=layer or layers[0])
    except (RuntimeError, ValueError, IndexError) as error:  # GDAL's errors are RuntimeErrors
        if isinstance(error, InputError):
            raise
        raise InputError(f"{path.name}: cannot be read as a map ({error})") from error
    if not isinstance(table, gpd.GeoDataFrame):
        raise InputError(f"{path.name}: layer {layer or layers[0]!r} has no geometry")
    if table.geometry.name != "geometry":
        table = table.drop(columns="geometry", errors="ignore").rename_geometry("geometry")
    if table.geometry.isna().any():
        raise InputError(f"{path.name}: {int(table.geometry.isna().sum()):,} rows have no geometry")
    if table.crs is None:
        if not (np.abs(table.total_bounds) <= 180).all():
            raise InputError(f"{path.name}: does not say its CRS and is not in degrees")
        table = table.set_crs("EPSG:4326")
    return table


def _polygons(shapes: Sequence[shapely.Geometry] | npt.NDArray[np.object_]) -> npt.NDArray[np.object_]:
    """Return shapes as valid multipolygons on whole decimetres; empty where a shape is no area."""
    valid = shapely.set_precision(shapely.make_valid(np.asarray(shapes, dtype=object)), 0.1)
    result = np.empty(len(valid), dtype=object)
    for row, shape in enumerate(valid):
        parts = [part for part in shapely.get_parts(shape, return_index=False) if part.geom_type == "Polygon"]
        nested = [
            inner
            for part in shapely.get_parts(shape)
            if part.geom_type == "MultiPolygon"
            for inner in shapely.get_parts(part)
        ]
        result[row] = shapely.MultiPolygon([*parts, *nested])
    return result


def _text(value: object) -> str:
    """Return a value as text; whole numbers without a point, so that 101.0 from a map equals 101 from a table."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()
