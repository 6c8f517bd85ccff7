"""A drawn line on streets, and a line between two named corners, on a small grid of streets drawn here."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from tests.scenario.scenario_scenes import drawn, far_bus_city
from tests.scenes import BLOCK_M, CRS, ORIGIN_X, ORIGIN_Y, GridCity
from workbench.city.city import City
from workbench.city.streets.graph import OTHER, StreetGraph
from workbench.errors import InputError
from workbench.scenario import AddRoute, Scenario, apply_scenario
from workbench.scenario.boundary import line_in_metres
from workbench.scenario.drawn.corners import find_corner, find_corners
from workbench.scenario.drawn.follow import NO_STREETS, follow_streets, line_between_corners

SIDE = 11
"""Corners in each direction of the grid, 200 m apart."""


def grid_streets(*, one_way_row: int = -1) -> StreetGraph:
    """Streets along every row and column; buses may run along one row only to the east."""
    corner = {(column, row): row * SIDE + column for row in range(SIDE) for column in range(SIDE)}
    ways = [((c, r), (c + 1, r)) for r in range(SIDE) for c in range(SIDE - 1)]
    ways += [((c, r), (c, r + 1)) for r in range(SIDE - 1) for c in range(SIDE)]
    places = [place for place, _ in sorted(corner.items(), key=lambda item: item[1])]
    xy = np.array(places) * BLOCK_M + np.array([ORIGIN_X, ORIGIN_Y])
    ends = np.array([[corner[a], corner[b]] for a, b in ways], dtype=np.int32)
    one_way = np.array([1 if a[1] == b[1] == one_way_row else 0 for a, b in ways], dtype=np.int8)
    n = len(ways)
    return StreetGraph(
        node_x=xy[:, 0],
        node_y=xy[:, 1],
        edge_from=ends[:, 0],
        edge_to=ends[:, 1],
        line_indptr=np.arange(0, 2 * n + 1, 2, dtype=np.int32),
        line_xy=xy[ends.ravel()],
        edge_rank=np.full(n, OTHER, dtype=np.int8),
        edge_oneway=one_way,
        edge_walk=np.ones(n, dtype=np.bool_),
        edge_drive=np.ones(n, dtype=np.bool_),
        edge_name=np.full(n, -1, dtype=np.int32),
        names=(),
        edge_real=np.zeros(n, dtype=np.bool_),
        edge_layer=np.zeros(n, dtype=np.int8),
    )


def with_streets(city: City, **more: int) -> City:
    graph = grid_streets(**more)
    return dataclasses.replace(city, load_streets=lambda: graph)


def squares(line: tuple[tuple[float, float], ...]) -> np.ndarray:
    """Return the places of a line in squares of the grid."""
    return (line_in_metres(line, CRS) - [ORIGIN_X, ORIGIN_Y]) / BLOCK_M


SHAKY = drawn((0, 2.1), (2.2, 1.9), (4.05, 2.1), (4.1, 4.0), (3.95, 6))


def test_a_shaky_line_is_laid_on_the_streets_it_means() -> None:
    found = follow_streets(with_streets(far_bus_city().city()), SHAKY)
    at = squares(found.line_lonlat)
    on_row, on_column = np.abs(at[:, 1] - 2) < 0.01, np.abs(at[:, 0] - 4) < 0.01
    assert (on_row | on_column).all()
    assert on_row.any()
    assert on_column.any()
    assert found.share_on_street > 0.99
    assert found.back_lonlat == ()
    assert found.words == "100% of the line follows streets."


def test_points_far_apart_get_few_turns_and_it_is_said() -> None:
    city = with_streets(far_bus_city().city())
    followed = follow_streets(city, drawn((0, 0), (9, 9)))
    assert followed.words.startswith("Your points are far apart")
    line = squares(followed.line_lonlat)
    assert np.abs(line - line.round()).max() < 0.01, "from corner to corner"
    assert len(line) <= 8, "a staircase has nineteen"
    near = follow_streets(city, drawn((0, 0), (3, 3)))
    assert not near.words.startswith("Your points")


def test_where_there_is_no_street_the_drawn_line_is_kept_and_said() -> None:
    beyond = drawn((0, 2), (8, 2), (16, 2))  # the grid ends at column 10
    found = follow_streets(with_streets(far_bus_city().city()), beyond)
    assert 0.5 < found.share_on_street < 0.75
    assert "Where no street was near, it stays as drawn." in found.words
    np.testing.assert_allclose(squares(found.line_lonlat)[-1], [16, 2], atol=0.01)


def test_one_way_streets_send_the_way_back_elsewhere_and_it_is_said() -> None:
    found = follow_streets(with_streets(far_bus_city().city(), one_way_row=2), drawn((1, 2), (9, 2)))
    assert np.abs(squares(found.line_lonlat)[:, 1] - 2).max() < 0.01
    assert "the way back" in found.words
    back = squares(found.back_lonlat)
    np.testing.assert_allclose(back[[0, -1]], [[9, 2], [1, 2]], atol=0.01)
    middle = back[np.abs(np.diff(back[:, 0], append=np.nan)) > 0.5][1:-1]
    assert (np.abs(middle[:, 1] - 2) > 0.9).all()  # not along the one-way row
    edit = AddRoute("r", "R", found.line_lonlat, line_back_lonlat=found.back_lonlat)
    (route,) = apply_scenario(Scenario("pair", (edit,)), far_bus_city().city()).routes
    assert route.back_length_m > route.length_m


def test_two_corners_on_a_one_way_street_get_a_way_back() -> None:
    city = with_streets(corner_city(), one_way_row=2)
    found, _ = line_between_corners(city, ["Fordham Rd & Grand Concourse", "Fordham Rd & 3 Av"])
    assert np.abs(squares(found.line_lonlat)[:, 1] - 2).max() < 0.01
    assert len(found.back_lonlat) >= 4
    assert "the way back" in found.words


def test_a_city_without_streets_keeps_the_line_and_says_so() -> None:
    found = follow_streets(far_bus_city().city(), SHAKY)
    assert (found.line_lonlat, found.share_on_street, found.words) == (SHAKY, 0.0, NO_STREETS)


def corner_city() -> City:
    scene = GridCity().zone("a", 0, 0)
    places = {
        "E FORDHAM RD/GRAND CONCOURSE": (1, 2), "GRAND CONCOURSE/EAST FORDHAM RD": (1.2, 2.1), "FORDHAM RD/3 AV": (8, 2),
        "3 AV/E 14 ST": (8, 8), "MAIN ST/1 AV": (0, 6), "1 AV/MAIN STREET": (9, 9.5), "SAINT ANNS AV/E 149 ST": (3, 9),
    }  # fmt: skip
    for name, (column, row) in places.items():
        scene.stop(name, column, row)
    scene.route("R", list(places), first_s=7 * 3600, headway_s=600, n_trips=2)
    city = scene.city("corners")
    return dataclasses.replace(city, stops=city.stops.assign(stop_name=city.stops["stop_id"]))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Fordham Road & Grand Concourse", "E FORDHAM RD/GRAND CONCOURSE"),
        ("grand concourse and east fordham rd", "E FORDHAM RD/GRAND CONCOURSE"),
        ("Third Avenue at Fordham Rd", "FORDHAM RD/3 AV"),
        ("3rd Ave / East 14th Street", "3 AV/E 14 ST"),
        ("St Anns & 149", "SAINT ANNS AV/E 149 ST"),
    ],
)
def test_a_corner_is_found_however_it_is_written(text: str, name: str) -> None:
    assert find_corner(corner_city(), text).name == name


def test_a_corner_that_is_not_there_or_not_the_only_one_is_said() -> None:
    city = corner_city()
    with pytest.raises(InputError, match="no bus stop is at 'Nowhere St & 3 Av'"):
        find_corner(city, "Nowhere St & 3 Av")
    with pytest.raises(InputError, match="does not name two streets"):
        find_corner(city, "Grand Concourse")
    with pytest.raises(InputError, match=r"may be 2 corners: .*MAIN ST"):
        find_corner(city, "Main St & 1 Av")
    with pytest.raises(InputError, match="at most 120"):
        find_corner(city, "x" * 200)
    assert len(find_corners(city, "Main St & First Avenue")) == 2


def test_two_corners_make_a_line_along_streets_or_a_straight_one() -> None:
    city = corner_city()
    asked = ["Fordham Rd & Grand Concourse", "3 Av & E 14 St"]
    straight, corners = line_between_corners(city, asked)
    assert [corner.name for corner in corners] == ["E FORDHAM RD/GRAND CONCOURSE", "3 AV/E 14 ST"]
    assert len(straight.line_lonlat) == 2
    assert "no street map" in straight.words
    along, _ = line_between_corners(with_streets(city), asked)
    at = squares(along.line_lonlat)
    np.testing.assert_allclose(at[[0, -1]], [[1, 2], [8, 8]], atol=0.01)
    step = np.abs(np.diff(at, axis=0))
    assert (step.min(axis=1) < 0.01).all()  # along rows and columns only
    assert step.sum() == pytest.approx(7 + 6, abs=0.05)
    assert along.share_on_street == pytest.approx(1.0)
    with pytest.raises(InputError, match="1 corners are named"):
        line_between_corners(city, asked[:1])
    with pytest.raises(InputError, match="the same place"):
        line_between_corners(city, [asked[0], asked[0]])
