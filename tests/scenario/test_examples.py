"""The example routes, and lines where New York's water and borders matter, on the embedded city."""

import json
from pathlib import Path

import numpy as np
import pytest
from shapely import contains_xy

from workbench.city import load_city
from workbench.errors import InputError
from workbench.scenario import Scenario, apply_scenario
from workbench.scenario.boundary import line_in_metres
from workbench.scenario.drawn.running_time import SpeedSource, hop_speeds

pytestmark = pytest.mark.city

FILES = sorted((Path(__file__).parents[2] / "examples").glob("*.geojson"))


@pytest.fixture(scope="module")
def city():
    return load_city("nyc")


@pytest.fixture(scope="module")
def applied(city):
    return [apply_scenario(Scenario.from_file(path, city=city), city) for path in FILES]


def test_the_examples_differ_in_place_length_and_headway(city, applied):
    routes = [one.routes[0] for one in applied]
    assert len(routes) >= 6
    lengths = [route.length_m / 1000 for route in routes]
    headways = [route.edit.headway_s / 60 for route in routes]
    assert (min(lengths), max(lengths)) == (pytest.approx(3, abs=1), pytest.approx(20, abs=1))
    assert (min(headways), max(headways)) == (4, 15)
    areas = city.areas["borough"]
    served = set()
    for route in routes:
        x, y = route.stops.xy.T
        served |= {area.name for area in areas.itertuples() if contains_xy(area.geometry, x, y).any()}
    assert len(served) == 5


def test_the_examples_run_at_the_speeds_of_todays_buses(applied):
    for one in applied:
        route = one.routes[0]
        times = route.times_s[0]
        speed_kmh = 3.6 * route.length_m / (times[:, -1] - times[:, 0])
        assert (speed_kmh > 5).all(), route.edit.name
        assert (speed_kmh < 30).all(), route.edit.name
        assert route.speed_share.get(SpeedSource.PARAMETER, 0) == 0
        assert one.problems == ()


def test_examples_use_existing_stops_and_keep_their_spacing(city, applied):
    for one in applied:
        route = one.routes[0]
        gaps = np.diff(route.stops.along_m)
        assert np.median(gaps) == pytest.approx(route.edit.spacing_m, rel=0.1), route.edit.name
        reused = (route.stops.stop_ix < city.n_stops).sum()
        assert 0 < reused <= len(gaps) + 1


def test_no_example_stops_in_the_river(applied):
    by_name = {one.routes[0].edit.route_id: one.routes[0] for one in applied}
    bridge = by_name["brooklyn-union-square"]  # the Manhattan Bridge is 2 km long and has no stop on it
    assert np.diff(bridge.stops.along_m).max() > 700


def test_the_slowest_borough_is_manhattan_and_the_fastest_staten_island(city):
    speeds = hop_speeds(city, "weekday").borough_mps[:, 8]
    names = np.unique(city.zones["borough"])
    assert names[np.argmin(speeds)] == "Manhattan"
    assert names[np.argmax(speeds)] == "Staten Island"
    assert 2 < speeds.min() < speeds.max() < 7


def line(*points):
    return {"type": "LineString", "coordinates": [list(point) for point in points]}


@pytest.mark.parametrize(
    "points",
    [
        [(-74.0300, 40.6130), (-74.0625, 40.6030)],  # Verrazzano-Narrows Bridge
        [(-73.8370, 40.6100), (-73.8210, 40.5920)],  # Cross Bay Bridge, Jamaica Bay
        [(-73.7950, 40.7890), (-73.7930, 40.8010), (-73.8020, 40.8110)],  # Throgs Neck Bridge
        [(-73.9580, 40.7570), (-73.9420, 40.7510)],  # Queensboro Bridge
    ],
)
def test_bridges_of_the_city_may_be_crossed(city, points):
    assert len(Scenario.from_geojson(line(*points), city=city).edits) == 1


@pytest.mark.parametrize(
    ("points", "words"),
    [
        ([(-74.0340, 40.7440), (-74.0280, 40.7500)], "the whole line lies outside New York City"),  # Hoboken
        ([(-73.9900, 40.7570), (-74.0150, 40.7660)], "1 of 2 points lie outside"),  # Lincoln Tunnel to Weehawken
        ([(-74.0730, 40.6440), (-74.0170, 40.7010)], "km of the line lie outside New York City or on open water"),
        ([(-73.6400, 40.7060), (-73.6000, 40.7060)], "the whole line lies outside"),  # Nassau County
        ([(2.29, 48.85), (2.35, 48.86)], "point 1 is at latitude 48.8500, longitude 2.2900"),
        ([(40.75, -73.99), (40.76, -73.98)], "latitude and longitude seem to be swapped"),
    ],
)
def test_lines_beyond_the_city_are_refused_in_words(city, points, words):
    with pytest.raises(InputError, match=words):
        Scenario.from_geojson(line(*points), city=city)


def test_examples_are_lossless_and_small(city):
    for path in FILES:
        assert path.stat().st_size < 20_000
        scenario = Scenario.from_file(path, city=city)
        assert Scenario.from_json(json.dumps(scenario.to_json())) == scenario
        assert len(line_in_metres(scenario.edits[0].line_lonlat, city.crs)) >= 2
