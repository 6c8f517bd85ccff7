"""Ways with a price on turns: against a plain twin on random networks, on a diagonal, and through the few handles of a line."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import shapely

from tests.city.test_derive import LAND, grid, no_buses, table
from tests.reference.turns import cheapest_way
from workbench.city.streets.afar import APART_M, CLICK_M, is_from_afar, lay_from_afar
from workbench.city.streets.derived.derive import derive_streets
from workbench.city.streets.graph import OTHER, StreetGraph
from workbench.city.streets.matching import match_line
from workbench.city.streets.snap import StreetIndex
from workbench.city.streets.turns import Arcs, OnArc, TurnParams
from workbench.city.streets.via import find_handles, lay_through


def graph_of(corners: np.ndarray, streets: list[tuple[int, int, int]]) -> StreetGraph:
    """Straight streets (from, to, oneway) between corners."""
    n = len(streets)
    ends = np.array([[a, b] for a, b, _ in streets], dtype=np.int32)
    return StreetGraph(
        node_x=corners[:, 0],
        node_y=corners[:, 1],
        edge_from=ends[:, 0],
        edge_to=ends[:, 1],
        line_indptr=np.arange(0, 2 * n + 1, 2, dtype=np.int32),
        line_xy=corners[ends.ravel()],
        edge_rank=np.full(n, OTHER, dtype=np.int8),
        edge_oneway=np.array([oneway for _, _, oneway in streets], dtype=np.int8),
        edge_walk=np.ones(n, dtype=np.bool_),
        edge_drive=np.ones(n, dtype=np.bool_),
        edge_name=np.full(n, -1, dtype=np.int32),
        names=(),
        edge_real=np.zeros(n, dtype=np.bool_),
        edge_layer=np.zeros(n, dtype=np.int8),
    )


@pytest.mark.parametrize("seed", range(50))
def test_the_cheapest_way_is_that_of_the_twin(seed: int) -> None:
    rng = np.random.default_rng(seed)
    corners = rng.uniform(0, 1000, (7, 2))
    pairs = [pair for pair in itertools.combinations(range(7), 2) if rng.random() < 0.45]
    pairs = pairs or [(0, 1)]
    streets = [(a, b, int(rng.choice([0, 0, 1, -1]))) for a, b in pairs]
    arcs = Arcs(StreetIndex(graph_of(corners, streets)))
    params = TurnParams()
    driven = {(a, b) for a, b, way in streets if way >= 0} | {(b, a) for a, b, way in streets if way <= 0}
    arc_of = {(a, b): 2 * n for n, (a, b, _) in enumerate(streets)}
    arc_of |= {(b, a): 2 * n + 1 for n, (a, b, _) in enumerate(streets)}
    places = {n: (float(x), float(y)) for n, (x, y) in enumerate(corners)}
    start = sorted(driven)[0]
    tree = arcs.tree(arc_of[start])
    for end in sorted(driven):
        wanted = cheapest_way(
            places, driven, start, end, turn_m=params.turn_m, straight_deg=params.straight_deg, about_m=params.about_m
        )
        assert tree.cost_m.get(arc_of[end], np.inf) == pytest.approx(wanted)


@pytest.fixture(scope="module")
def arcs() -> Arcs:
    return Arcs(StreetIndex(derive_streets(table(grid()), no_buses(), LAND)))


def n_turns(xy: np.ndarray) -> int:
    tidy = shapely.get_coordinates(shapely.LineString(xy).simplify(1.0))
    return len(tidy) - 2


def test_across_a_grid_one_turns_once_and_not_at_every_corner(arcs: Arcs) -> None:
    # from (300, 200) to (1400, 1100): 1,100 m east and 900 m north, in whatever order; the staircase would turn at every corner
    way = lay_through(arcs, np.array([(300.0, 200.0), (1400.0, 1100.0)]))
    assert shapely.LineString(way.xy).length == pytest.approx(1100 + 900)
    assert n_turns(way.xy) == 1
    free = Arcs(arcs.index, params=TurnParams(turn_m=0.0))
    place = OnArc(*free.on_edge(0, 10.0)[0])
    assert free.tree(place.arc).cost_m.keys() == arcs.tree(place.arc).cost_m.keys()


def test_a_diagonal_line_is_laid_without_a_staircase(arcs: Arcs) -> None:
    drawn = np.array([(200.0, 200.0), (1400.0, 1400.0)])
    matched = match_line(arcs.index, drawn, arcs=arcs)
    free = match_line(arcs.index, drawn, arcs=Arcs(arcs.index, params=TurnParams(turn_m=0.0)))
    assert n_turns(matched.xy) < n_turns(free.xy)


@pytest.fixture(scope="module")
def wide() -> Arcs:
    """Streets every 200 m over 4 km by 4 km."""
    side = 21
    corners = 200.0 * np.array([(column, row) for row in range(side) for column in range(side)])
    across = [(n, n + 1, 0) for n in range(side * side) if n % side < side - 1]
    up = [(n, n + side, 0) for n in range(side * (side - 1))]
    return Arcs(StreetIndex(graph_of(corners, [*across, *up])))


def test_clicks_far_apart_mean_no_street_in_particular() -> None:
    assert is_from_afar(np.array([(0.0, 0.0), (APART_M, 0.0)]))
    assert not is_from_afar(np.array([(0.0, 0.0), (APART_M, 0.0), (APART_M, 1400.0)]))


def test_a_diagonal_from_afar_takes_few_turns_and_stays_near(wide: Arcs) -> None:
    # 3,600 m east and north: by any way 7,200 m; one turn would lead 2,500 m away from the line, a turn at every corner is a staircase
    drawn = np.array([(210.0, 190.0), (3790.0, 3810.0)])
    laid = lay_from_afar(wide, drawn)
    step_by_step = match_line(wide.index, drawn, arcs=wide)
    assert laid.share_on_street == 1.0
    assert shapely.LineString(laid.xy).length == pytest.approx(7200, abs=50)
    assert 1 <= n_turns(laid.xy) <= n_turns(step_by_step.xy) / 2
    away_m = shapely.hausdorff_distance(shapely.LineString(laid.xy), shapely.LineString(drawn), densify=0.02)
    assert away_m < 1400
    again = lay_through(wide, find_handles(wide, laid))
    assert shapely.hausdorff_distance(shapely.LineString(again.xy), shapely.LineString(laid.xy), densify=0.02) < 5.0


def test_clicks_from_afar_along_one_street_are_that_street(wide: Arcs) -> None:
    laid = lay_from_afar(wide, np.array([(90.0, 1030.0), (2090.0, 980.0), (3890.0, 1060.0)]))
    assert n_turns(laid.xy) == 0
    assert np.allclose(laid.xy[:, 1], 1000.0)


def test_a_click_where_no_street_is_stays_where_it_was(wide: Arcs) -> None:
    laid = lay_from_afar(wide, np.array([(200.0, 0.0), (200.0, 4000.0), (200.0, 4100.0 + CLICK_M)]))
    assert laid.xy[-1].tolist() == [200.0, 4100.0 + CLICK_M]
    assert laid.share_on_street == pytest.approx(4000 / (4100 + CLICK_M), abs=0.01)


def test_a_line_keeps_its_place_through_few_handles(arcs: Arcs) -> None:
    meant = np.array([(210, 600), (1000, 600), (1000, 1400), (1600, 1400), (1600, 390)], dtype=float)
    matched = match_line(arcs.index, meant, arcs=arcs)
    handles = find_handles(arcs, matched)
    assert len(handles) <= 6
    again = lay_through(arcs, handles)
    apart_m = shapely.hausdorff_distance(shapely.LineString(matched.xy), shapely.LineString(again.xy), densify=0.05)
    assert apart_m < 1.0


def test_a_handle_that_moves_takes_the_line_along_and_no_spur_stays(arcs: Arcs) -> None:
    # from (300, 600) to (1500, 600) through a place on the street y = 1,000: up, along, down, nothing twice
    way = lay_through(arcs, np.array([(300.0, 600.0), (900.0, 1010.0), (1500.0, 600.0)]))
    assert shapely.LineString(way.xy).length == pytest.approx(1200 + 2 * 400)
    assert shapely.LineString(way.xy).is_simple


def test_a_handle_off_the_streets_is_reached_straight(arcs: Arcs) -> None:
    way = lay_through(arcs, np.array([(300.0, 600.0), (1500.0, 600.0), (2600.0, 620.0)]))
    assert way.xy[-1].tolist() == [2600, 620]
    assert way.share_on_street == pytest.approx(1200 / 2300, abs=0.01)
    nowhere = lay_through(arcs, np.array([(5000.0, 0.0), (6000.0, 0.0)]))
    assert nowhere.share_on_street == 0
