"""Boundaries from NYC Open Data (GeoJSON exports) and tracts from Census files, as the tables a pack is built from."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from workbench.city.build.newyork.boundaries import Boundaries
from workbench.city.defect import Defect
from workbench.errors import InputError

__all__ = ["read_census_tracts", "read_open_data_boundaries"]

_ROUND_M = 0.1
_SIMPLIFY_M = 0.5
"""As the boundaries of the wheel: points nearer to the line between their neighbors are left out, metres."""
_N_DISTRICTS = 18
"""Most community districts of a borough; numbers above are parks and airports."""


def read_open_data_boundaries(folder: Path, *, crs: str) -> tuple[Boundaries, tuple[Defect, ...]]:
    """
    Read the five GeoJSON files of NYC Open Data as they come.

    Parameters
    ----------
    folder
        Has `borough`, `community_district`, `council_district`, `nta` and `tract`, each `.geojson`.
    crs
        Metric CRS of the city.

    Raises
    ------
    InputError
        If a file is missing, is no GeoJSON, or lacks a column; all such faults at once.
    """
    wanted: dict[str, dict[str, tuple[str, ...]]] = {
        "borough": {"name": ("boroname", "boro_name")},
        "community_district": {"number": ("borocd", "boro_cd")},
        "council_district": {"number": ("coundist", "coun_dist")},
        "nta": {"area_id": ("nta2020",), "name": ("ntaname",), "nta_type": ("ntatype",), "borough": ("boroname",)},
        "tract": {
            "area_id": ("geoid",),
            "borough": ("boroname",),
            "nta_id": ("nta2020",),
            "nta_name": ("ntaname",),
            "label": ("ctlabel",),
        },
    }
    tables: dict[str, gpd.GeoDataFrame] = {}
    defects: list[Defect] = []
    faults: list[str] = []
    for kind, columns in wanted.items():
        try:
            tables[kind], found = _read(folder / f"{kind}.geojson", columns, crs)
            defects += found
        except InputError as error:
            faults.append(str(error))
    if faults:
        raise InputError("\n".join(faults))
    borough, tract = tables["borough"], tables["tract"]
    community, n_parks = _community(tables["community_district"])
    council = tables["council_district"]
    council["area_id"] = council["number"].astype(int).astype(str)
    council["name"] = "City Council District " + council["area_id"]
    tract["name"] = tract["borough"] + " Census Tract " + tract["label"]
    if n_parks:
        what = "community districts are parks and airports with a number of their own: left out"
        defects.append(Defect("districts-without-people", n_parks, what, "community_district.geojson"))
    boundaries = Boundaries(
        boroughs=_table(borough.assign(area_id=borough["name"])),
        community_districts=_table(community),
        council_districts=_table(council, by_number=True),
        ntas=_table(tables["nta"], "nta_type", "borough"),
        tracts=_table(tract, "borough", "nta_id", "nta_name", "label"),
    )
    return boundaries, tuple(defects)


def read_census_tracts(
    path: Path, *, crs: str, counties: Sequence[str] = ()
) -> tuple[gpd.GeoDataFrame, tuple[Defect, ...]]:
    """
    Read census tracts out of a Census shapefile: TIGER/Line (`tl_..._tract.zip`) or cartographic (`cb_..._tract_500k.zip`).

    Parameters
    ----------
    path
        The zip as it comes.
    crs
        Metric CRS of the city.
    counties
        Codes of the counties to keep, three digits or with the state's five; all if empty.

    Returns
    -------
    tracts, defects
        Columns area_id (11 digits), name, geometry; sorted by area_id. Tracts of water only are left out, counted.

    Raises
    ------
    InputError
        If the file cannot be read or is another layer.
    """
    raw = _read_shapes(path, ("GEOID", "NAMELSAD|NAME", "COUNTYFP", "STATEFP", "ALAND"))
    wanted = {code[-3:] for code in counties}
    if wanted:
        raw = raw[raw["COUNTYFP"].isin(wanted)]
    if raw.empty:
        raise InputError(f"{path.name} has no tract in the counties {', '.join(sorted(wanted))}")
    dry = raw["ALAND"].astype(float) > 0
    tracts = raw[dry].to_crs(crs)
    named = tracts["NAMELSAD"] if "NAMELSAD" in tracts else "Census Tract " + tracts["NAME"]
    tracts = tracts.assign(area_id=tracts["GEOID"], name=named)
    tracts = tracts.set_geometry(_tidy(tracts.geometry.values), crs=crs)
    n_wet = int((~dry).sum())
    defects = (Defect("tracts-of-water", n_wet, "tracts have no land: left out", path.name),) if n_wet else ()
    return _table(tracts), defects


def _read(path: Path, columns: dict[str, tuple[str, ...]], crs: str) -> tuple[gpd.GeoDataFrame, list[Defect]]:
    """Read one GeoJSON file; `columns` gives for each of ours the names it may have there."""
    features = _features(path)
    with_shape = [feature for feature in features if feature.get("geometry")]
    n_bare = len(features) - len(with_shape)
    defects = [Defect("areas-without-shape", n_bare, "areas have no shape: left out", path.name)] if n_bare else []
    try:
        table = gpd.GeoDataFrame.from_features(with_shape, crs="EPSG:4326")
    except (KeyError, IndexError, TypeError, ValueError, AttributeError, shapely.errors.ShapelyError) as error:
        raise InputError(f"{path.name}: its features are no GeoJSON ({error})") from error
    found = {ours: next((name for name in names if name in table), "") for ours, names in columns.items()}
    lacking = [" or ".join(columns[ours]) for ours, name in found.items() if not name]
    if lacking:
        raise InputError(f"{path.name} has no column {', '.join(lacking)}; NYC Open Data may have renamed it")
    _require_frame(table, path.name)
    result = gpd.GeoDataFrame(
        {ours: table[name].astype(str) for ours, name in found.items()}, geometry=table.geometry.values, crs=table.crs
    ).to_crs(crs)
    return result.set_geometry(_tidy(result.geometry.values), crs=crs), defects


def _features(path: Path) -> list[dict[str, Any]]:
    if not path.is_file():
        raise InputError(
            f"{path.name} is not in {path.parent}; `workbench city fetch nyc --only nyc-boundaries` gets it"
        )
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise InputError(f"{path.name} is cut short or no JSON: {error}") from error
    features = content.get("features") if isinstance(content, dict) else None
    if not isinstance(features, list) or not features or not all(isinstance(one, dict) for one in features):
        message = content.get("message", "") if isinstance(content, dict) else ""
        raise InputError(f"{path.name} has no features{f': the server said {message!r}' if message else ''}")
    return features


def _require_frame(table: gpd.GeoDataFrame, where: str) -> None:
    west, south, east, north = table.total_bounds
    if not (west >= -180 and east <= 180 and south >= -90 and north <= 90):
        raise InputError(f"{where}: coordinates such as {west:,.0f}, {south:,.0f} are not degrees (EPSG:4326)")


def _read_shapes(path: Path, columns: Sequence[str]) -> gpd.GeoDataFrame:
    """Read a zipped shapefile and require its columns; `A|B` is met by either."""
    if not path.is_file():
        raise InputError(f"{path.name} is not in {path.parent}; `workbench city fetch nyc --only tiger` gets it")
    try:
        table = gpd.read_file(path)
    except (RuntimeError, ValueError, OSError) as error:
        raise InputError(f"{path.name} cannot be read as a zipped shapefile: {str(error).splitlines()[0]}") from error
    lacking = [name for name in columns if not any(one in table for one in name.split("|"))]
    if lacking or table.crs is None:
        what = f"no column {', '.join(lacking)}" if lacking else "no coordinate system (.prj)"
        raise InputError(f"{path.name} is not the Census layer it should be: it has {what}")
    return table


def _community(table: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, int]:
    """Return the community districts people live in, and how many are parks and airports."""
    number = table["number"].astype(int)
    lived_in = number % 100 <= _N_DISTRICTS
    boroughs = {1: "Manhattan", 2: "Bronx", 3: "Brooklyn", 4: "Queens", 5: "Staten Island"}
    names = [f"{boroughs.get(n // 100, '?')} Community District {n % 100}" for n in number]
    return table.assign(area_id=number.astype(str), name=names)[lived_in], int((~lived_in).sum())


def _tidy(shapes: Any) -> np.ndarray[tuple[int, ...], np.dtype[np.object_]]:
    """Return shapes as multipolygons, mended where they cross themselves, simplified and rounded to the decimetre."""
    mended = shapely.simplify(shapely.make_valid(shapes), _SIMPLIFY_M, preserve_topology=True)
    rounded = shapely.set_precision(mended, _ROUND_M)
    tidy = np.empty(len(rounded), dtype=object)
    for row, shape in enumerate(rounded):
        parts = [part for part in shapely.get_parts(shape) if part.geom_type == "Polygon"]
        more = [inner for part in shapely.get_parts(shape) if part.geom_type == "MultiPolygon" for inner in part.geoms]
        tidy[row] = shapely.MultiPolygon([*parts, *more])
    return tidy


def _table(table: gpd.GeoDataFrame, *more: str, by_number: bool = False) -> gpd.GeoDataFrame:
    """Return the columns of a table of areas, sorted by area_id; raises `InputError` if an id is there twice."""
    twice = table["area_id"][table["area_id"].duplicated()]
    if len(twice):
        raise InputError(f"area {twice.iloc[0]!r} is there more than once, must be once")
    key = table["area_id"].astype(int) if by_number else table["area_id"]
    order = np.argsort(key.to_numpy(), kind="stable")
    return table.iloc[order][["area_id", "name", *more, "geometry"]].reset_index(drop=True)
