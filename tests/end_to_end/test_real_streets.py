"""Manhattan with the real streets of OpenStreetMap, from the file to a scored route."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import shapely
from pyproj import Transformer

from tests.conftest import SHARED
from workbench import City, Scenario, evaluate, prepare
from workbench.city.streets.osm.to_graph import read_osm
from workbench.city.streets.walking import StreetWalking
from workbench.scoring import Scorecard, ScoringParams

ROOT = Path(__file__).parents[2]
pytestmark = [pytest.mark.city, pytest.mark.shared]


@pytest.fixture(scope="module")
def manhattan(nyc: City) -> City:
    """The zones and blocks of Manhattan with its real streets; all stops and timetables of the city."""
    graph = read_osm(SHARED / "osm" / "manhattan_osm_2019.json.zip", nyc.crs).graph
    zones = nyc.zones[nyc.zones["borough"] == "Manhattan"]
    place = np.full(len(nyc.zones), -1)
    place[zones.index] = np.arange(len(zones))
    blocks = nyc.blocks.assign(zone_ix=place[nyc.blocks["zone_ix"]])
    blocks = blocks[blocks["zone_ix"] >= 0].astype({"zone_ix": "int32"})
    return dataclasses.replace(
        nyc,
        city_id="manhattan",
        version="real-streets",
        zones=zones.reset_index(drop=True),
        blocks=blocks.reset_index(drop=True),
        walking=StreetWalking(lambda: graph, nyc.walking),
        load_streets=lambda: graph,
        cache_dir=None,
    )


@pytest.fixture(scope="module")
def card(manhattan: City, tmp_path_factory: pytest.TempPathFactory) -> Scorecard:
    folder = tmp_path_factory.mktemp("cache")
    scenario = Scenario.from_file(ROOT / "examples" / "34-street-crosstown.geojson", city=manhattan)
    return evaluate(manhattan, scenario, baseline=prepare(manhattan, cache_dir=folder), cache_dir=folder)


def test_a_route_is_scored_by_walks_along_real_streets(card: Scorecard, manhattan: City, nyc: City) -> None:
    """People near the route, counted again from the walks themselves; the estimate would count others."""
    project = Transformer.from_crs("EPSG:4326", manhattan.crs, always_xy=True)
    stops = np.array([project.transform(lon, lat) for lon, lat, _ in card.routes[0].stops])
    blocks = manhattan.blocks[["x", "y"]].to_numpy()
    residents = manhattan.blocks["residents"].to_numpy()
    counted = []
    for walking in (manhattan.walking, nyc.walking):
        pairs = [np.repeat(blocks, len(stops), axis=0), np.tile(stops, (len(blocks), 1))]
        walked = walking.distance_m(*pairs[0].T, *pairs[1].T, limit_m=ScoringParams().near_walk_m)
        counted.append(residents[np.isfinite(walked).reshape(len(blocks), -1).any(axis=1)].sum())
    assert card.coverage["residents_near_route"].value == pytest.approx(counted[0], rel=0.02)
    assert counted[0] < 0.97 * counted[1]
    assert card.travel_time["residents_gaining_2_min"].value > 0


def test_real_streets_reach_nearly_all_of_manhattan(manhattan: City) -> None:
    assert isinstance(manhattan.walking, StreetWalking)
    inside = shapely.contains_xy(manhattan.walking.real_area, manhattan.blocks["x"], manhattan.blocks["y"])
    residents = manhattan.blocks["residents"].to_numpy()
    assert residents[inside].sum() / residents.sum() > 0.98


def test_known_walks(manhattan: City, nyc: City) -> None:
    project = Transformer.from_crs("EPSG:4326", manhattan.crs, always_xy=True)
    named = {
        # along 34th Street from Sixth to Fifth Avenue: one long block of some 280 m
        ((-73.9879, 40.7497), (-73.9848, 40.7484)): (250, 380),
        # Central Park West to Fifth Avenue at 81st Street: through the park, 800 m straight
        ((-73.9724, 40.7813), (-73.9627, 40.7789)): (850, 1500),
        # Roosevelt Island to 59th Street and York Avenue, 600 m straight: by no bridge on foot within 5 km
        ((-73.9530, 40.7573), (-73.9600, 40.7590)): (1500, np.inf),
    }
    for (a, b), (low, high) in named.items():
        (ax, ay), (bx, by) = project.transform(*a), project.transform(*b)
        walked = manhattan.walking.distance_m(*(np.array([value]) for value in (ax, ay, bx, by)))[0]
        assert low <= walked <= high, (a, b, walked)
