"""Finding streets and laying drawn lines on them, on a grid of 200 m: corner (a, b) stands at (200 a, 200 b)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from tests.city.test_derive import LAND, as_array, grid, no_buses, table
from workbench.city.streets.derived.derive import derive_streets
from workbench.city.streets.graph import StreetGraph
from workbench.city.streets.matching import MatchParams, match_line
from workbench.city.streets.snap import StreetIndex
from workbench.errors import InputError


@pytest.fixture(scope="module")
def graph() -> StreetGraph:
    return derive_streets(table(grid()), no_buses(), LAND)


@pytest.fixture(scope="module")
def index(graph: StreetGraph) -> StreetIndex:
    return StreetIndex(graph)


def edge_between(graph: StreetGraph, a: tuple[float, float], b: tuple[float, float]) -> int:
    """Return the edge between two corners, by their places."""
    node = {place: n for n, place in enumerate(zip(graph.node_x.tolist(), graph.node_y.tolist(), strict=True))}
    ends = {(int(s), int(e)): n for n, (s, e) in enumerate(zip(graph.edge_from, graph.edge_to, strict=True))}
    return ends.get((node[a], node[b]), ends.get((node[b], node[a]), -1))


def one_way(graph: StreetGraph, a: tuple[float, float], b: tuple[float, float]) -> StreetGraph:
    """Return the graph with the edge from a to b open only in that direction."""
    edge = edge_between(graph, a, b)
    starts_at_a = (graph.node_x[graph.edge_from[edge]], graph.node_y[graph.edge_from[edge]]) == a
    oneway = graph.edge_oneway.copy()
    oneway[edge] = 1 if starts_at_a else -1
    return replace(graph, edge_oneway=oneway)


def test_nearest_street_within_the_limit(index: StreetIndex) -> None:
    near = index.nearest(np.array([500.0, 700.0, 5000.0]), np.array([630.0, 700.0, 0.0]), limit_m=60.0)
    # 30 m north of the street y = 600; 100 m from any street; off the map
    assert near.edge_ix[0] == edge_between(index.graph, (400, 600), (600, 600))
    assert (near.x[0], near.y[0], near.distance_m[0], near.along_m[0]) == (500, 600, 30, 100)
    assert near.edge_ix[1:].tolist() == [-1, -1]
    assert np.isnan(near.x[1:]).all()
    assert np.isinf(near.distance_m[1:]).all()


def test_the_shortest_way_along_streets(index: StreetIndex) -> None:
    path = index.path((500, 590), (810, 900))
    assert path is not None
    # 100 m to (600, 600), then 200 m east and 300 m north, in whatever order: 600 m
    assert path.length_m == pytest.approx(600)
    assert np.hypot(*np.diff(path.xy, axis=0).T).sum() == pytest.approx(600)
    assert path.xy[0].tolist() == [500, 600]
    assert path.xy[-1].tolist() == [800, 900]
    assert index.path((500, 590), (9000, 900)) is None
    same = index.path((420, 600), (560, 600))
    assert same is not None
    assert (same.length_m, len(same.edge_ix)) == (140, 1)


def test_a_bus_keeps_to_one_way_streets_and_people_do_not(graph: StreetGraph) -> None:
    index = StreetIndex(one_way(graph, (800, 600), (600, 600)))
    bus, walk = (index.path((500, 600), (900, 600), for_bus=for_bus) for for_bus in (True, False))
    assert bus is not None
    assert walk is not None
    assert walk.length_m == pytest.approx(400)
    assert bus.length_m == pytest.approx(800)  # around a block
    back = index.path((900, 600), (500, 600))
    assert back is not None
    assert back.length_m == pytest.approx(400)


def test_a_bus_does_not_take_a_footway_nor_people_a_tunnel(graph: StreetGraph) -> None:
    edge = edge_between(graph, (600, 600), (800, 600))
    drive, walk = np.ones((2, graph.n_edges), dtype=np.bool_)
    drive[edge] = False
    index = StreetIndex(replace(graph, edge_drive=drive))
    assert index.nearest(np.array([700.0]), np.array([600.0]), for_bus=True).edge_ix[0] == -1
    assert index.nearest(np.array([700.0]), np.array([600.0])).edge_ix[0] == edge
    path = index.path((500, 600), (900, 600))
    assert path is not None
    assert path.length_m == pytest.approx(800)
    walk[edge] = False
    path = StreetIndex(replace(graph, edge_walk=walk)).path((500, 600), (900, 600), for_bus=False)
    assert path is not None
    assert path.length_m == pytest.approx(800)


def test_a_shaky_line_is_laid_on_the_streets_it_means(index: StreetIndex) -> None:
    # east along y = 600 from x = 200 to 1,000, then north along x = 1,000 to y = 1,400; the hand is 12 m unsteady
    rng = np.random.default_rng(11)
    meant = np.array([(x, 600) for x in range(200, 1000, 25)] + [(1000, y) for y in range(600, 1401, 25)], dtype=float)
    matched = match_line(index, meant + rng.normal(0, 12, meant.shape))
    assert matched.is_on_street.all()
    assert matched.share_on_street == 1
    expected = [edge_between(index.graph, (x, 600), (x + 200, 600)) for x in range(200, 1000, 200)]
    expected += [edge_between(index.graph, (1000, y), (1000, y + 200)) for y in range(600, 1400, 200)]
    inner = [edge for edge in matched.edge_ix.tolist() if edge in expected]
    assert inner == expected
    assert len(matched.edge_ix) <= len(expected) + 2  # the unsteady ends may lie just past a corner
    on_grid = np.isclose(matched.xy % 200, 0, atol=0.01) | np.isclose(matched.xy % 200, 200, atol=0.01)
    assert on_grid.any(axis=1).all()
    assert np.hypot(*np.diff(matched.xy, axis=0).T).sum() == pytest.approx(1600, abs=60)


def test_the_direction_drawn_decides_on_a_one_way_street(graph: StreetGraph) -> None:
    # y = 610 for y = 600: with the street y = 600 closed eastward between 600 and 800, the way leads around that block
    index = StreetIndex(one_way(graph, (800, 600), (600, 600)))
    drawn = np.array([(300.0, 610.0), (1100.0, 610.0)])
    closed = edge_between(graph, (600, 600), (800, 600))
    assert closed in match_line(index, drawn[::-1]).edge_ix
    assert closed in match_line(index, drawn, for_bus=False).edge_ix
    around = match_line(index, drawn)
    assert closed not in around.edge_ix
    assert np.hypot(*np.diff(around.xy, axis=0).T).sum() == pytest.approx(800 + 400)


def test_a_loop_that_was_drawn_is_kept(index: StreetIndex) -> None:
    # east along y = 600, once around the block north of it, and on
    drawn = np.array([(300, 600), (800, 600), (800, 800), (600, 800), (600, 600), (1100, 600)], dtype=float)
    matched = match_line(index, drawn)
    assert np.hypot(*np.diff(matched.xy, axis=0).T).sum() == pytest.approx(500 + 600 + 500)
    again = edge_between(index.graph, (600, 600), (800, 600))
    assert matched.edge_ix.tolist().count(again) == 2


def test_bus_streets_are_preferred_when_the_line_is_between_two() -> None:
    # two streets 60 m apart: the line is 28 m from the quiet one, 32 m from the one with buses
    lines = as_array([(0, 0), (2000, 0)], [(0, 60), (2000, 60)])
    graph = derive_streets(table(lines, rank=[3, 2], source=["tract", "bus"]), no_buses(), LAND)
    drawn = np.array([(100.0, 28.0), (1900.0, 28.0)])
    assert_array_equal(match_line(StreetIndex(graph), drawn).xy[:, 1], 60.0)
    without = match_line(StreetIndex(graph), drawn, params=MatchParams(quiet_cost=0.0))
    assert_array_equal(without.xy[:, 1], 0.0)


def test_where_there_is_no_street_the_drawn_line_is_kept(index: StreetIndex) -> None:
    # along y = 600 to the edge of the grid at x = 2,000, then 1,000 m on where there is nothing
    matched = match_line(index, np.array([(1000.0, 605.0), (3000.0, 605.0)]))
    assert matched.xy[-1].tolist() == [3000, 605]
    assert 0.45 < matched.share_on_street < 0.6
    assert matched.is_on_street[0]
    assert not matched.is_on_street[-1]
    nowhere = match_line(index, np.array([(8000.0, 0.0), (9000.0, 0.0)]))
    assert nowhere.share_on_street == 0
    assert len(nowhere.edge_ix) == 0
    assert nowhere.xy[[0, -1]].tolist() == [[8000, 0], [9000, 0]]


@pytest.mark.parametrize("bad", [[(0.0, 0.0)], [(0.0, 0.0), (np.nan, 1.0)], [(0.0, 0.0), (1e7, 0.0)]])
def test_a_line_that_is_none_is_refused(index: StreetIndex, bad: list[tuple[float, float]]) -> None:
    with pytest.raises(InputError, match="a drawn line has"):
        match_line(index, np.array(bad))
