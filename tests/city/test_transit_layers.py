"""Lines on shared tracks side by side, and which routes a station shows."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import LineString

from tests.scenes import CRS, GridCity
from workbench.city.build.map.transit_layers import route_names, station_lines, subway_lines

RED, BLUE = "#d82233", "#0062cf"
ROUTES = pd.DataFrame({"short_name": ["1", "2", "A", "6", "6X"], "color": [RED, RED, BLUE, "#009952", "#009952"]})


def shapes(*lines: tuple[int, list[tuple[float, float]]]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {"route_ix": [route_ix for route_ix, _ in lines]}, geometry=[LineString(line) for _, line in lines], crs=CRS
    )


def by_routes(lines) -> dict[str, list[tuple[str, float, float]]]:
    """Routes -> color, offset and length in km of their stretches."""
    found: dict[str, list[tuple[str, float, float]]] = {}
    for line, told in sorted(lines, key=lambda each: -each[0].length):
        found.setdefault(told["routes"], []).append((told["color"], told["offset"], round(line.length / 1000, 1)))
    return found


def test_routes_of_one_color_on_one_track_are_one_line_until_they_part() -> None:
    # 1 and 2 run together for 2 km, then 2 goes on alone for 3 km.
    lines = subway_lines(shapes((0, [(0, 0), (2000, 0)]), (1, [(0, 0), (5000, 0)])), ROUTES)
    found = by_routes(lines)
    assert set(found) == {"1 2", "2"}
    assert [(color, offset) for color, offset, _ in found["1 2"]] == [(RED, 0.0)]
    assert found["1 2"][0][2] == pytest.approx(2.0, abs=0.15)
    assert found["2"][0][2] == pytest.approx(3.0, abs=0.15)


def test_colors_that_share_a_track_lie_side_by_side() -> None:
    # The blue line joins the red one 20 m beside it for the second half of its 4 km.
    lines = subway_lines(shapes((0, [(0, 0), (4000, 0)]), (2, [(2000, 1500), (2000, 20), (4000, 20)])), ROUTES)
    red = {offset for color, offset, _ in by_routes(lines)["1"]}
    blue = {offset for color, offset, _ in by_routes(lines)["A"]}
    assert red == {0.0, 0.5}  # alone in the middle, then to the right of blue
    assert blue == {0.0, -0.5}


def test_an_express_goes_by_the_name_of_its_local() -> None:
    assert route_names([3, 4], ROUTES) == ["6"]
    assert route_names([4], ROUTES) == ["6"]


def test_stations_of_one_name_are_written_once_with_the_routes_of_the_day() -> None:
    """Two platforms of `Hub` 100 m apart, a third `Hub` 2 km away; route Night calls at 2 am only."""
    grid = GridCity(size=(20, 4))
    grid.stop("a1", 0, 0)
    grid.stop("a2", 10, 0)
    grid.route("Day", ["a1", "a2"], first_s=8 * 3600, headway_s=600, n_trips=20, hop_s=120)
    grid.route("Night", ["a1", "a2"], first_s=2 * 3600, headway_s=600, n_trips=5, hop_s=120)
    city = grid.city("hub")
    timetable = city.load_timetable("weekday")
    stops = city.stops.assign(parent_station=["A", "B"])
    stations = pd.DataFrame(
        {
            "station_id": ["A", "B", "C"],
            "name": ["Hub", "Far", "Hub"],
            "mode": "subway",
            "x": np.array([0.0, 2000.0, 100.0]),
            "y": 0.0,
        }
    )
    color = dict(zip(city.routes["short_name"], city.routes["color"], strict=True))
    assert station_lines(stations, stops, city.routes, timetable) == [
        {"name": "Hub", "mode": "subway", "lines": f"Day{color['Day']}", "rank": 3},
        {"name": "Far", "mode": "subway", "lines": f"Day{color['Day']}", "rank": 3},
        {"name": "Hub", "mode": "subway"},
    ]


def test_without_a_timetable_stations_show_no_routes() -> None:
    stations = pd.DataFrame({"station_id": ["A"], "name": ["Hub"], "mode": ["subway"], "x": [0.0], "y": [0.0]})
    stops = pd.DataFrame({"parent_station": ["A"]})
    assert station_lines(stations, stops, ROUTES, None) == [{"name": "Hub", "mode": "subway", "lines": "", "rank": 3}]
