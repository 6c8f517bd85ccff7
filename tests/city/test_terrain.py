from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from shapely.geometry import LineString, Point, box

from tests.city.conftest import Town
from tests.city.small_sources import CRS, X0, Y0
from workbench.city.build.sources import Bridge, NoFootway, Waterway
from workbench.city.build.terrain import (
    find_bridges,
    find_corners,
    grid_bearings,
    off_street,
    rasterize,
    walled_grounds,
    waterway_lines,
)
from workbench.errors import InputError

NOTHING = shapely.GeometryCollection()


def test_rasterize_counts_cells_and_leaves_holes() -> None:
    ring = box(0, 0, 1000, 1000).difference(box(300, 300, 700, 700))
    cells = rasterize([ring], -100.0, -100.0, 25.0, (50, 50))
    assert cells.sum() == (1000**2 - 400**2) // 625
    assert not cells[0, 0]
    assert cells[5, 5]
    assert not cells[24, 24]


def test_rasterize_agrees_with_geometry() -> None:
    rng = np.random.default_rng(3)
    blob = shapely.union_all([Point(*rng.uniform(200, 800, 2)).buffer(rng.uniform(50, 150)) for _ in range(12)])
    cells = rasterize([blob], 0.0, 0.0, 20.0, (50, 50))
    row, column = np.mgrid[0:50, 0:50]
    assert np.array_equal(cells, shapely.contains_xy(blob, column * 20 + 10, row * 20 + 10))


def streets(*lines: list[tuple[float, float]]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(geometry=[LineString(line) for line in lines], crs=CRS)


def test_a_street_and_its_cross_street_agree() -> None:
    angle = np.radians(30)  # clockwise from north
    along, across = np.array([np.sin(angle), np.cos(angle)]), np.array([np.cos(angle), -np.sin(angle)])
    lines = [[tuple(1000 + n * 80 * across), tuple(1000 + n * 80 * across + 800 * along)] for n in range(8)]
    lines += [[tuple(1000 + n * 80 * along), tuple(1000 + n * 80 * along + 600 * across)] for n in range(8)]
    bearing, agreement = grid_bearings(streets(*lines), 0.0, 0.0, (30, 30))
    middle = 1000 + 300 * along + 250 * across
    assert np.degrees(bearing[int(middle[1] // 100), int(middle[0] // 100)]) == pytest.approx(30, abs=0.5)
    assert agreement[int(middle[1] // 100), int(middle[0] // 100)] > 0.99
    assert np.isnan(bearing[0, 0])


def test_streets_in_every_direction_are_no_grid() -> None:
    star = [
        [(1000, 1000), (1000 + 800 * np.sin(angle), 1000 + 800 * np.cos(angle))]
        for angle in np.linspace(0, np.pi / 2, 9)[:-1]
    ]
    _, agreement = grid_bearings(streets(*star), 0.0, 0.0, (30, 30))
    assert agreement[10, 10] < 0.1


def test_how_far_the_street_is() -> None:
    gap = off_street(streets([(500, 0), (500, 1000)]), 0.0, 0.0, (40, 40))
    # middles of cells at 487.5, 462.5, 437.5 ... : 12.5, 37.5 and more, to 8 m and in steps of 4
    assert np.abs(gap[20, 17:23].astype(int) - [40, 36, 12, 12, 36, 40]).max() <= 8
    assert gap[20, 0] == gap[39, 39] == 40
    # the bands it is computed in leave no seam
    tall = off_street(streets([(500, 4990), (500, 5010)]), 0.0, 0.0, (400, 40))
    assert tall[199, 20] == tall[200, 20] < 20


def test_corners_are_where_open_ground_bends_around_something() -> None:
    # a square with a bay 200 m wide and 400 m deep in its south side, and a walled ground in the middle
    free = box(0, 0, 1000, 1000).difference(box(400, -1, 600, 400)).difference(box(400, 600, 600, 800))
    # 20 m inland of the head of the bay and of the four corners of the wall; none at the corners of the square,
    # which nobody walks around
    head = [[380, 420], [620, 420]]
    wall = [[380, 580], [380, 820], [620, 580], [620, 820]]
    corners = find_corners(free)
    assert len(corners) == 6
    assert corners.tolist() == sorted(head + wall)


def test_walls_stand_inside_their_streets_and_open_where_a_bus_stops() -> None:
    ground = box(0, 0, 1000, 1000)
    stops = pd.DataFrame({"x": [500.0], "y": [100.0]})
    closed = walled_grounds([ground], [], stops)
    assert closed.bounds == pytest.approx((30, 30, 970, 970))
    through = LineString([(500, -100), (500, 1100)])
    opened = walled_grounds([ground], [through], stops)
    # a street 50 m wide up to 300 m from the stop; farther on the bus does not stop: a motorway
    assert not opened.contains(Point(500, 300))
    assert opened.contains(Point(500, 600))
    assert opened.contains(Point(560, 300))
    assert walled_grounds([], [through], stops).is_empty


def tracts() -> gpd.GeoDataFrame:
    shapes = [box(0, 0, 1000, 1000), box(1000, 0, 2000, 1000), box(3000, 0, 4000, 1000)]
    return gpd.GeoDataFrame({"area_id": ["left", "right", "far"]}, geometry=shapes, crs=CRS)


def test_a_waterway_runs_where_its_sides_meet() -> None:
    line = waterway_lines([Waterway("Creek", ("left",), ("right",))], tracts())
    assert line.bounds == pytest.approx((998, 0, 1000, 1000), abs=4)
    assert line.length == pytest.approx(1000, abs=10)


def test_a_waterway_between_strangers_is_refused() -> None:
    with pytest.raises(InputError, match="do not meet"):
        waterway_lines([Waterway("Creek", ("left",), ("far",))], tracts())
    with pytest.raises(InputError, match="census tracts nowhere are not known"):
        waterway_lines([Waterway("Creek", ("left",), ("nowhere",))], tracts())


BANKS = shapely.MultiPolygon([box(X0, Y0, X0 + 1000, Y0 + 2000), box(X0 + 1200, Y0, X0 + 2200, Y0 + 2000)])


def bus(y: float, x_from: float = 500.0, x_to: float = 1700.0) -> LineString:
    return LineString([(X0 + x_from, Y0 + y), (X0 + x_to, Y0 + y)])


def find(lines: list[LineString], **more: object):
    options = {"no_footway": (), "more": (), "crs": CRS} | more
    return find_bridges(lines, BANKS, NOTHING, NOTHING, **options)


def test_a_bus_over_water_shows_a_bridge() -> None:
    bridges, defects = find([bus(500), bus(510), bus(1500)])
    # 200 m of water, both ends 20 m inland; the two shapes 10 m apart are one bridge
    assert (
        np.abs(
            bridges - [[X0 + 980, Y0 + 500, X0 + 1220, Y0 + 500, 240], [X0 + 980, Y0 + 1500, X0 + 1220, Y0 + 1500, 240]]
        ).max()
        < 0.2
    )
    assert defects == ()


def test_a_tunnel_is_no_bridge(town: Town) -> None:
    lon, lat = gpd.GeoSeries([Point(X0 + 1100, Y0 + 500)], crs=CRS).to_crs("EPSG:4326").iloc[0].coords[0]
    bridges, defects = find([bus(500), bus(1500)], no_footway=(NoFootway("Tube", lon, lat, 100, "road tunnel"),))
    assert bridges[:, 1].tolist() == [Y0 + 1500]
    assert [(d.code, d.count) for d in defects] == [("crossing-without-footway", 1)]
    assert "Tube: not walked (road tunnel)" in defects[0].what


def test_a_footbridge_is_added(town: Town) -> None:
    ends = gpd.GeoSeries([Point(X0 + 990, Y0 + 900), Point(X0 + 1210, Y0 + 900)], crs=CRS).to_crs("EPSG:4326")
    bridge = Bridge("Foot", *ends.iloc[0].coords[0], *ends.iloc[1].coords[0])
    bridges, _ = find([], more=(bridge,))
    assert bridges == pytest.approx(np.array([[X0 + 990, Y0 + 900, X0 + 1210, Y0 + 900, 220]]), abs=0.2)


def test_a_shape_that_leaves_the_city_is_no_bridge() -> None:
    bridges, _ = find([bus(500, 500, 1100), bus(500, 1100, 1700)])
    assert len(bridges) == 0


def test_the_town_walks_over_its_bridges_only(town: Town) -> None:
    walking = town.city().walking

    def walk(ax: float, ay: float, bx: float, by: float) -> float:
        points = (X0 + ax, Y0 + ay, X0 + bx, Y0 + by)
        return float(walking.distance_m(*(np.array([value]) for value in points))[0])

    assert len(walking.bridges) == 2
    # along the bus bridge at y = 990, its ends 20 m inland: 80 m, 190 m, 80 m, on land along a grid; and a little to the street
    assert walk(1900, 990, 2250, 990) == pytest.approx(80 + 190 + 80 + 20, abs=22)
    # beside the tunnel at y = 1590 the way is down to that bridge and back up: at least 2 x 600 m
    assert walk(1900, 1590, 2250, 1590) > 1200
    # the footbridge at y = 300
    assert walk(1900, 300, 2250, 300) < 450
    # along the shore: 400 m, and 0 to 28 m to the street at each end
    assert 400 <= walk(1900, 500, 1900, 900) <= 456
