"""Loose lines to a graph, on grids small enough to draw: 200 m blocks, corners at multiples of 200."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from shapely.geometry import LineString, box

from workbench.city.streets.derived.derive import Crossing, NoWalk, derive_streets, street_lines
from workbench.city.streets.derived.noding import connect_ends, join_streets, node_lines
from workbench.city.streets.derived.simplify import drop_doubles, drop_specks, drop_stubs, join_parts, merge_corners
from workbench.city.streets.graph import BUS, BUSY_BUS, FOOTWAY, OTHER, StreetGraph

CRS = "EPSG:32118"
LAND = box(-500, -500, 2500, 2500)


def as_array(*lines: list[tuple[float, float]]) -> np.ndarray:
    return np.array([LineString(line) for line in lines], dtype=object)


def table(lines: np.ndarray, *, rank: list[int] | int = 3, source: list[str] | str = "tract") -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {"rank": np.broadcast_to(rank, len(lines)), "source": np.broadcast_to(source, len(lines))},
        geometry=lines,
        crs=CRS,
    )


def no_buses() -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame({"n_trips": np.zeros(0, dtype=int)}, geometry=[], crs=CRS)


def grid(n: int = 11, step: float = 200.0) -> np.ndarray:
    """Return n streets and n avenues."""
    far = (n - 1) * step
    return as_array(
        *([(0, k * step), (far, k * step)] for k in range(n)), *([(k * step, 0), (k * step, far)] for k in range(n))
    )


def corners(graph: StreetGraph) -> set[tuple[float, float]]:
    return set(zip(graph.node_x.tolist(), graph.node_y.tolist(), strict=True))


def test_crossing_lines_make_a_corner() -> None:
    net = node_lines(as_array([(0, 100), (200, 100)], [(100, 0), (100, 200)]), np.array([1, 2]))
    assert sorted(map(tuple, net.xy.tolist())) == [(0, 100), (100, 0), (100, 100), (100, 200), (200, 100)]
    assert sorted(net.degree().tolist()) == [1, 1, 1, 1, 4]
    assert sorted(net.kind.tolist()) == [1, 1, 2, 2]


def test_a_loose_end_is_led_to_the_line_ahead_then_to_the_one_beside() -> None:
    # the first street ends 30 m short of the avenue x = 200; the second runs along it, 20 m off, and has nothing ahead
    led = connect_ends(as_array([(200, -500), (200, 500)], [(0, 100), (170, 100)], [(180, -200), (180, -100)]))
    assert led[0].equals(LineString([(200, -500), (200, 500)]))
    assert led[1].coords[0] == (0, 100)
    assert led[1].coords[-1] == pytest.approx((200.5, 100))
    assert led[2].coords[-1] == pytest.approx((200.5, -100))
    far = as_array([(200, -500), (200, 500)], [(0, 100), (100, 100)])
    assert connect_ends(far)[1].equals(far[1])  # 100 m is no gap but the end of a street


def test_two_offset_corners_become_one_at_the_more_exact_line() -> None:
    # a street that crosses the bus avenue x = 0 with a step of 12 m, as lines between blocks do
    lines = as_array([(0, -300), (0, 300)], [(-200, 0), (0, 0)], [(0, 12), (200, 12)])
    net = join_streets(drop_doubles(merge_corners(node_lines(lines, np.array([0, 4, 4])))))
    degree = net.degree()
    assert sorted(degree[degree > 0].tolist()) == [1, 1, 1, 1, 4]
    assert net.xy[degree == 4].tolist() == [[0, 6]]


def test_stubs_and_specks_go_and_what_is_left_is_one_line() -> None:
    lines = as_array([(0, 0), (100, 0), (1000, 0)], [(500, 0), (500, 30)], [(5000, 0), (5100, 0)])
    net = drop_specks(drop_stubs(node_lines(lines, np.array([1, 1, 1]))), speck_m=500)
    assert shapely.length(net.line).tolist() == [1000]


def test_parts_are_joined_over_land_but_not_over_water() -> None:
    net = node_lines(as_array([(0, 0), (2000, 0)], [(0, 100), (0, 900)], [(2000, -100), (2000, -900)]), np.ones(3, int))
    land = shapely.union_all([box(-10, 0, 3000, 1000), box(-10, -1000, 3000, -50)])
    joined = join_parts(net, land, kind=4)
    added = joined.line[joined.kind == 4]
    assert [line.normalize().wkt for line in added] == ["LINESTRING (0 0, 0 100)"]


def test_a_grid_is_a_grid() -> None:
    # 11 x 11 corners; the outermost four have two streets of one kind, so they are bends of one line, not corners
    graph = derive_streets(table(grid()), no_buses(), LAND)
    assert graph.n_nodes == 121 - 4
    assert graph.n_edges == 2 * 11 * 10 - 4
    assert corners(graph) <= {(200.0 * a, 200.0 * b) for a in range(11) for b in range(11)}
    assert graph.edge_length_m().sum() == pytest.approx(2 * 11 * 2000)
    assert graph.edge_walk.all()
    assert graph.edge_drive.all()
    assert not graph.is_real


def test_the_same_lines_give_the_same_graph_in_any_order() -> None:
    rng = np.random.default_rng(3)
    lines = grid()
    wobbly = np.array(
        [LineString(np.array(line.segmentize(90).coords) + rng.normal(0, 5, (24, 2))) for line in lines], dtype=object
    )
    kinds = rng.choice(["tract", "block"], len(wobbly))
    one = derive_streets(table(wobbly, source=list(kinds)), no_buses(), LAND)
    again = derive_streets(table(wobbly, source=list(kinds)), no_buses(), LAND)
    order = rng.permutation(len(wobbly))
    other = derive_streets(table(wobbly[order], source=list(kinds[order])), no_buses(), LAND)
    for field in ("node_x", "node_y", "edge_from", "edge_to", "line_xy", "edge_rank"):
        assert getattr(one, field).tobytes() == getattr(again, field).tobytes()
        assert getattr(one, field).tobytes() == getattr(other, field).tobytes()
    assert np.isin(np.round(one.line_xy * 10), np.arange(-1000, 30_000)).all()  # whole decimetres


def test_ranks_bridges_tunnels_and_footbridges() -> None:
    # two banks 300 m apart; a bus bridge at y = 400, a tunnel at y = 1,000, and a footbridge we list at y = 1,600
    land = shapely.union_all([box(-100, -100, 1000, 2100), box(1300, -100, 2400, 2100)])
    streets = shapely.get_parts(shapely.intersection(grid(12), land))
    inside = [line for line in streets if shapely.contains_properly(land, line) or line.length > 50]
    buses = as_array([(0, 400), (2200, 400)], [(0, 1000), (2200, 1000)])
    lines = np.concatenate([buses, np.array(inside, dtype=object)])
    n = len(inside)
    graph = derive_streets(
        table(lines, rank=[1, 2, *[3] * n], source=["bus", "bus", *["tract"] * n]),
        gpd.GeoDataFrame({"n_trips": [500, 100]}, geometry=buses, crs=CRS),
        land,
        crossings=[Crossing(990, 1600, 1310, 1600, drive=False)],
        no_walk=[NoWalk(1150, 1000, 200, is_tunnel=True)],
    )
    row = np.repeat(np.arange(graph.n_edges), np.diff(graph.line_indptr))
    over = shapely.crosses(shapely.linestrings(graph.line_xy, indices=row), LineString([(1150, -100), (1150, 2200)]))
    at_y = {round(float(graph.line_xy[graph.line_indptr[e], 1])): e for e in np.flatnonzero(over)}
    assert sorted(at_y) == [400, 1000, 1600]
    bridge, tunnel, foot = at_y[400], at_y[1000], at_y[1600]
    assert graph.edge_rank[[bridge, tunnel, foot]].tolist() == [BUSY_BUS, BUS, FOOTWAY]
    assert graph.edge_layer[[bridge, tunnel, foot]].tolist() == [1, -1, 1]
    assert graph.edge_walk[[bridge, tunnel, foot]].tolist() == [True, False, True]
    assert graph.edge_drive[[bridge, tunnel, foot]].tolist() == [True, True, False]
    # trips run only one way over both, 500 a day over the bridge, 100 through the tunnel: too few to tell
    forward = graph.node_x[graph.edge_from[bridge]] < graph.node_x[graph.edge_to[bridge]]
    assert graph.edge_oneway[[bridge, tunnel]].tolist() == [1 if forward else -1, 0]
    assert (graph.edge_oneway[graph.edge_rank == OTHER] == 0).all()
    drawn = street_lines(graph, CRS)
    assert len(drawn) == graph.n_edges - 1  # the footbridge is no street
    assert set(drawn["rank"]) == {1, 2, 3}
