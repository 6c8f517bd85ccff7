from __future__ import annotations

import dataclasses
import itertools
from pathlib import Path

import networkx as nx
import numpy as np
import pytest
import shapely

from tests.city.osm_scene import CRS, NODES, WAYS, X, Y, points, write_json
from tests.conftest import SHARED
from workbench.city.streets import StreetGraph
from workbench.city.streets.footpaths import SMALLEST_M, FootPaths
from workbench.city.streets.mixed import street_lines
from workbench.city.streets.osm.read import read_osm_file
from workbench.city.streets.osm.to_graph import build_osm_streets, read_osm
from workbench.city.streets.walking import WALK_LIMIT_M, StreetWalking
from workbench.city.walking import Walking

AROUND = shapely.box(X - 500, Y - 500, X + 900, Y + 700)


def dry() -> Walking:
    """An estimate without water: 100 m straight are some 125 m."""
    return Walking(X - 5000, Y - 5000, 100.0, np.full((100, 100), np.nan), 25.0, np.ones((400, 400), dtype=np.bool_))


def scene(tmp_path: Path, area: shapely.Geometry = AROUND) -> StreetWalking:
    """The streets of `osm_scene`, and a square far enough to be connected to nothing; real everywhere around."""
    nodes = {**NODES, **{60 + n: (600 + 10 * dx, 10 * dy) for n, (dx, dy) in enumerate([(0, 0), (1, 0), (1, 1)])}}
    ways = {**WAYS, 60: ((60, 61, 62, 60), {"highway": "pedestrian"})}
    graph = read_osm(write_json(tmp_path / "streets.json", nodes, ways), CRS).graph
    return StreetWalking(lambda: dataclasses.replace(graph, real_area=area), dry())


def metres(walking: StreetWalking, a: tuple[float, float], b: tuple[float, float], **options: float) -> float:
    """Return the walk between two places of the scene; the same both ways, to the last bit."""
    there = walking.distance_m(*points(a), *points(b), **options)
    back = walking.distance_m(*points(b), *points(a), **options)
    assert np.array_equal(there, back)
    return float(there[0])


def test_hand_worked_walks(tmp_path: Path) -> None:
    walking = scene(tmp_path)
    # 50 m along Main Street, both 10 m beside it: 10 + 50 + 10
    assert metres(walking, (20, 10), (70, 10)) == pytest.approx(70, abs=0.1)
    # against the one-way street
    assert metres(walking, (70, 10), (20, -10)) == pytest.approx(70, abs=0.1)
    # round the corner of Main Street and Cross Street: 5 + 100 + 100 + 5
    assert metres(walking, (100, 5), (205, 100)) == pytest.approx(210, abs=0.1)
    # along the footway only: 200 up, 100 left
    assert metres(walking, (400, 0), (300, 200)) == pytest.approx(300, abs=0.1)
    # to the footway, 50 m along it to the corner, 190 m down, and to the place
    assert metres(walking, (350, 210), (393, 10)) == pytest.approx(10 + 50 + 190 + 7, abs=0.1)


def test_motorways_are_not_walked_and_not_tied_to(tmp_path: Path) -> None:
    walking = scene(tmp_path)
    # beside the motorway: 100 m over to Cross Street, 150 m up, 100 m along Main Street
    assert metres(walking, (300, -150), (300, -10)) == pytest.approx(100 + 150 + 100 + 10, abs=0.1)
    # up to the footway and round by the corner
    assert metres(walking, (305, 150), (305, 10)) == pytest.approx(50 + 95 + 200 + 95 + 10, abs=0.1)


def test_a_place_under_a_bridge_is_tied_to_the_ground(tmp_path: Path) -> None:
    nodes = {1: (0.0, 0.0), 2: (2000.0, 0.0), 3: (1000.0, 40.0), 4: (2000.0, 40.0), 5: (0.0, 40.0)}
    ways = {
        1: ((1, 2), {"highway": "residential"}),
        2: ((5, 3, 4, 2), {"highway": "footway", "bridge": "yes"}),
    }
    graph = read_osm(write_json(tmp_path / "bridge.json", nodes, ways), CRS).graph
    walking = StreetWalking(lambda: dataclasses.replace(graph, real_area=AROUND.buffer(3000)), dry())
    # the footbridge passes straight above (500, 40) and meets the street only at its far end
    assert metres(walking, (500, 40), (600, 0)) == pytest.approx(40 + 100, abs=0.1)


def test_no_way_and_too_long_ways(tmp_path: Path) -> None:
    walking = scene(tmp_path)
    # the square is smaller than SMALLEST_M and left out: its visitors are tied to the footway, 200 m away
    assert walking.paths.n_left_out == 1
    assert SMALLEST_M > 40
    assert metres(walking, (605, 5), (400, 10)) == pytest.approx(205 + 5, abs=0.1)
    # farther than 250 m from any street
    assert metres(walking, (680, 0), (400, 0)) == np.inf
    assert metres(walking, (680, 0), (680, 0)) == 0.0
    # 300 m of way: infinite if 299 m are asked for
    assert metres(walking, (400, 0), (300, 200), limit_m=300.1) == pytest.approx(300, abs=0.1)
    assert metres(walking, (400, 0), (300, 200), limit_m=299) == np.inf
    assert metres(walking, (400, 0), (300, 200), limit_m=99_999) == pytest.approx(300, abs=0.1)
    assert WALK_LIMIT_M == 5000


def test_outside_the_area_the_estimate_counts(tmp_path: Path) -> None:
    walking = scene(tmp_path, shapely.box(X - 50, Y - 250, X + 250, Y + 250))
    inside, outside = (20.0, 10.0), (390.0, 10.0)
    by_estimate = float(dry().distance_m(*points(inside), *points(outside))[0])
    assert metres(walking, inside, outside) == by_estimate
    assert metres(walking, outside, (380.0, 10.0)) == float(
        dry().distance_m(*points(outside), *points((380.0, 10.0)))[0]
    )
    assert metres(walking, inside, (70, 10)) == pytest.approx(70, abs=0.1)
    assert metres(walking, inside, outside, limit_m=by_estimate - 1) == np.inf


def test_nothing_asked(tmp_path: Path) -> None:
    none = np.zeros(0)
    assert scene(tmp_path).distance_m(none, none, none, none).shape == (0,)


def test_streets_are_read_when_they_are_needed() -> None:
    walking = StreetWalking(lambda: pytest.fail("read too early"), dry())
    assert walking.estimate is not None


def check_against_networkx(graph: StreetGraph, rng: np.random.Generator, n_places: int) -> None:
    """Compare with shortest paths of networkx, each tie found by looking at every street."""
    street = walkable(graph)
    left = np.array(sorted(edge for *_, edge in street.edges(data="edge")))
    assert FootPaths(graph).n_left_out == graph.edge_walk.sum() - len(left)
    low_x, low_y, high_x, high_y = shapely.bounds(shapely.multilinestrings(street_lines(graph)[left]))
    x, y = rng.uniform(low_x, high_x, n_places), rng.uniform(low_y, high_y, n_places)
    tie_places(street, graph, left[graph.edge_layer[left] == 0], x, y)
    everywhere = shapely.box(-1e7, -1e7, 1e7, 1e7)
    walking = StreetWalking(lambda: dataclasses.replace(graph, real_area=everywhere), dry())
    a, b = np.array(list(itertools.combinations(range(n_places), 2))).T
    found = walking.distance_m(x[a], y[a], x[b], y[b], limit_m=2000)
    assert np.array_equal(found, walking.distance_m(x[b], y[b], x[a], y[a], limit_m=2000))
    straight = np.hypot(x[a] - x[b], y[a] - y[b])
    assert (found >= straight).all()
    expected = np.full(len(a), np.inf)
    tied = [place for place in range(n_places) if ("place", place) in street]
    for place in tied:
        reached = nx.single_source_dijkstra_path_length(street, ("place", place), weight="weight", cutoff=200_000)
        for row in np.flatnonzero((a == place) & np.isin(b, tied)).tolist():
            feet = sum(street.nodes["place", end]["foot"] for end in (place, int(b[row])))
            way = reached.get(("place", int(b[row])), np.inf)
            expected[row] = max((way + feet) / 100, straight[row])
    expected[expected > 2000] = np.inf
    assert np.isfinite(expected).sum() > len(a) / 3
    assert np.array_equal(found, expected)


def walkable(graph: StreetGraph) -> nx.MultiGraph:
    """Return the walkable streets, small parts left out; weights in centimetres."""
    street = nx.MultiGraph()
    length_cm = np.maximum(np.round(shapely.length(street_lines(graph)) * 100), 1)
    for edge in np.flatnonzero(graph.edge_walk).tolist():
        street.add_edge(int(graph.edge_from[edge]), int(graph.edge_to[edge]), weight=length_cm[edge], edge=edge)
    for nodes in list(nx.connected_components(street)):
        if street.subgraph(nodes).size(weight="weight") < SMALLEST_M * 100:
            street.remove_nodes_from(nodes)
    return street


def tie_places(street: nx.MultiGraph, graph: StreetGraph, ground: np.ndarray, x: np.ndarray, y: np.ndarray) -> None:
    """Add each place as a node that cuts the street nearest to it."""
    lines = street_lines(graph)
    length_cm = np.maximum(np.round(shapely.length(lines) * 100), 1)
    cuts: dict[int, list[tuple[float, tuple[str, int]]]] = {}
    for place in range(len(x)):
        point = shapely.Point(x[place], y[place])
        foot_m = shapely.distance(point, lines[ground])
        if foot_m.min() <= 250:
            edge = int(ground[np.argmin(foot_m)])
            along = min(round(shapely.line_locate_point(lines[edge], point) * 100), length_cm[edge])
            cuts.setdefault(edge, []).append((along, ("place", place)))
            street.add_node(("place", place), foot=round(foot_m.min() * 100))
    for edge, places in cuts.items():
        ends = [(0, int(graph.edge_from[edge])), *sorted(places), (length_cm[edge], int(graph.edge_to[edge]))]
        for (low, one), (high, two) in itertools.pairwise(ends):
            street.add_edge(one, two, weight=high - low)


def test_against_networkx_on_random_streets() -> None:
    rng = np.random.default_rng(7)
    for _ in range(4):
        corners = rng.uniform(0, 1200, (25, 2)).round(1)
        pairs = np.unique(np.sort(rng.integers(0, 25, (45, 2)), axis=1), axis=0)
        bends = rng.uniform(-80, 80, (len(pairs), 2))
        lines = [
            np.array([corners[a], (corners[a] + corners[b]) / 2 + bend, corners[b]]).round(1)
            for (a, b), bend in zip(pairs, bends, strict=True)
        ]
        n = len(pairs)
        graph = StreetGraph(
            node_x=corners[:, 0], node_y=corners[:, 1],
            edge_from=pairs[:, 0].astype(np.int32), edge_to=pairs[:, 1].astype(np.int32),
            line_indptr=np.arange(0, 3 * n + 1, 3, dtype=np.int32), line_xy=np.concatenate(lines),
            edge_rank=np.full(n, 3, dtype=np.int8), edge_oneway=rng.integers(-1, 2, n).astype(np.int8),
            edge_walk=rng.random(n) < 0.9, edge_drive=np.ones(n, dtype=np.bool_),
            edge_name=np.full(n, -1, dtype=np.int32), names=(), edge_real=np.ones(n, dtype=np.bool_),
            edge_layer=(rng.random(n) < 0.1).astype(np.int8),
        )  # fmt: skip
        check_against_networkx(graph, rng, 30)


@pytest.mark.shared
@pytest.mark.parametrize(
    ("file", "bounds"),
    [
        ("manhattan_osm_2019.json.zip", (-73.990, 40.745, -73.972, 40.757)),
        ("lower_manhattan.osm.pbf", (-74.010, 40.704, -73.998, 40.714)),
    ],
)
def test_against_networkx_on_real_streets(file: str, bounds: tuple[float, float, float, float]) -> None:
    data = read_osm_file(SHARED / "osm" / file)
    graph = build_osm_streets(data, CRS, where=file, bounds_lonlat=bounds).graph
    check_against_networkx(graph, np.random.default_rng(11), 40)
