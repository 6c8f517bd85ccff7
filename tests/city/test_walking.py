from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from workbench.city.walking import WATER_TOLERANCE_M, Walking

CELL = 25.0


def flat(bearing: float, *, water: tuple[slice, slice] | None = None, bridges: np.ndarray | None = None) -> Walking:
    """Return 2 x 2 km of land with streets in one bearing; `water` names wet cells as (rows, columns)."""
    is_land = np.ones((80, 80), dtype=np.bool_)
    if water is not None:
        is_land[water] = False
    grid = np.full((20, 20), bearing)
    return Walking(0.0, 0.0, 100.0, grid, CELL, is_land, np.zeros((0, 5)) if bridges is None else bridges)


def one(walking: Walking, ax: float, ay: float, bx: float, by: float) -> float:
    return float(walking.distance_m(*(np.array([value]) for value in (ax, ay, bx, by)))[0])


def test_along_a_grid_due_north() -> None:
    # 300 east, 400 north: straight 500; (1.25 x 500 + 700) / 2 = 662.5
    assert one(flat(0.0), 100, 100, 400, 500) == pytest.approx(662.5)


def test_along_a_turned_grid() -> None:
    # streets at 45 degrees: a line due north-east runs along them; (1.25 x 500 + 500) / 2 = 562.5
    side = 500 / np.sqrt(2)
    assert one(flat(np.pi / 4), 100, 100, 100 + side, 100 + side) == pytest.approx(562.5)
    # and due east it zigzags: (1.25 x 500 + 500 x sqrt 2) / 2
    assert one(flat(np.pi / 4), 100, 100, 600, 100) == pytest.approx((625 + 500 * np.sqrt(2)) / 2)


def test_without_a_grid_a_quarter_longer() -> None:
    assert one(flat(np.nan), 100, 100, 400, 500) == pytest.approx(625)


def test_no_way_is_no_distance() -> None:
    assert one(flat(0.0), 700, 700, 700, 700) == 0


def test_water_stops_a_walk_but_not_a_walk_beside_it() -> None:
    river = flat(0.0, water=(slice(None), slice(40, 44)))  # 100 m wide, from x = 1000
    assert one(river, 900, 500, 1200, 500) == np.inf
    assert one(river, 900, 500, 900, 900) == pytest.approx(450)


def test_a_little_water_is_tolerated() -> None:
    pond = flat(0.0, water=(slice(None), slice(40, 41)))  # 25 m
    assert WATER_TOLERANCE_M > 25
    assert np.isfinite(one(pond, 900, 500, 1200, 500))
    ditch = flat(0.0, water=(slice(None), slice(40, 42)))  # 50 m
    assert one(ditch, 900, 500, 1200, 500) == np.inf


def test_off_the_map_is_water() -> None:
    assert one(flat(0.0), 1900, 500, 2200, 500) == np.inf


def test_the_way_leads_over_the_bridge() -> None:
    # bridge at y = 800 from x = 980 to 1120, 140 m; along the grid from (900, 500): 80 + 300, and 80 + 300 after it
    bridges = np.array([[980.0, 800.0, 1120.0, 800.0, 140.0]])
    river = flat(0.0, water=(slice(None), slice(40, 44)), bridges=bridges)
    leg = (1.25 * np.hypot(80, 300) + 380) / 2
    assert one(river, 900, 500, 1200, 500) == pytest.approx(leg + 140 + leg)
    closed = dataclasses.replace(river, bridges=np.zeros((0, 5)))
    assert one(closed, 900, 500, 1200, 500) == np.inf


def test_the_best_of_several_bridges() -> None:
    bridges = np.array([[980.0, 1500.0, 1120.0, 1500.0, 140.0], [1120.0, 500.0, 980.0, 500.0, 140.0]])
    river = flat(0.0, water=(slice(None), slice(40, 44)), bridges=bridges)
    # straight over the second, drawn from east to west: 80 m (along the grid, (100 + 80) / 2 = 90) on both sides
    assert one(river, 900, 500, 1200, 500) == pytest.approx(90 + 140 + 90)


def test_a_bridge_does_not_help_behind_another_river() -> None:
    bridges = np.array([[980.0, 800.0, 1120.0, 800.0, 140.0]])
    river = flat(0.0, water=(slice(None), slice(40, 44)), bridges=bridges)
    river.is_land[:, 60:64] = False  # a second river from x = 1500
    assert one(river, 900, 500, 1700, 500) == np.inf


def test_symmetric_bit_for_bit() -> None:
    rng = np.random.default_rng(7)
    bridges = np.array([[980.0, 800.0, 1120.0, 810.0, 140.0]])
    walking = flat(0.0, water=(slice(None), slice(40, 44)), bridges=bridges)
    walking.grid_bearing_rad[:] = rng.uniform(0, np.pi / 2, walking.grid_bearing_rad.shape)
    a, b = rng.uniform(0, 2000, (2, 5000, 2))
    forward = walking.distance_m(a[:, 0], a[:, 1], b[:, 0], b[:, 1])
    backward = walking.distance_m(b[:, 0], b[:, 1], a[:, 0], a[:, 1])
    assert np.array_equal(forward, backward)
    assert np.isfinite(forward).any()
    assert np.isinf(forward).any()


def test_never_shorter_than_the_straight_line() -> None:
    rng = np.random.default_rng(8)
    walking = flat(0.4)
    a, b = rng.uniform(0, 2000, (2, 2000, 2))
    assert (walking.distance_m(*a.T, *b.T) >= np.hypot(*(a - b).T)).all()


def test_an_empty_list_of_pairs() -> None:
    nothing = np.zeros(0)
    assert flat(0.0).distance_m(nothing, nothing, nothing, nothing).shape == (0,)
