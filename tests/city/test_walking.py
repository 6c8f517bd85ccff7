from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from workbench.city.walking import WATER_TOLERANCE_M, Walking, grid_share

CELL = 25.0


def flat(
    bearing: float,
    *,
    agreement: float | None = None,
    water: tuple[slice, slice] | None = None,
    wall: tuple[slice, slice] | None = None,
    bridges: np.ndarray | None = None,
    corners: list[tuple[float, float]] | None = None,
) -> Walking:
    """Return 2 x 2 km of land with streets in one bearing; `water` and `wall` name cells of 25 m as (rows, columns)."""
    is_land, is_walled = np.ones((80, 80), dtype=np.bool_), np.zeros((80, 80), dtype=np.bool_)
    if water is not None:
        is_land[water] = False
    if wall is not None:
        is_walled[wall] = True
    grid = np.full((20, 20), bearing)
    return Walking(
        0.0,
        0.0,
        100.0,
        grid,
        CELL,
        is_land,
        np.zeros((0, 5)) if bridges is None else bridges,
        None if agreement is None else np.full((20, 20), agreement),
        is_walled,
        np.array(corners or [], dtype=np.float64).reshape(-1, 2),
    )


def one(walking: Walking, ax: float, ay: float, bx: float, by: float) -> float:
    return float(walking.distance_m(*(np.array([value]) for value in (ax, ay, bx, by)))[0])


def test_along_a_grid_due_north() -> None:
    # 300 east, 400 north: straight 500; half grid, half 1.25 x straight: (1.25 x 500 + 700) / 2 = 662.5; and at each end 0.7 x 10
    assert one(flat(0.0), 100, 100, 400, 500) == pytest.approx(676.5)


def test_along_a_turned_grid() -> None:
    # streets at 45 degrees: a line due north-east runs along them; (1.25 x 500 + 500) / 2 = 562.5; and 14
    side = 500 / np.sqrt(2)
    assert one(flat(np.pi / 4), 100, 100, 100 + side, 100 + side) == pytest.approx(576.5)
    # and due east it zigzags: (1.25 x 500 + 500 x sqrt 2) / 2; and 14
    assert one(flat(np.pi / 4), 100, 100, 600, 100) == pytest.approx((625 + 500 * np.sqrt(2)) / 2 + 14)


def test_the_more_streets_agree_the_more_the_grid_counts() -> None:
    # along the grid 700, 1.25 x straight 625: all grid, half way (0.65 of it), and as little as 0.3 of it; and 14
    assert one(flat(0.0, agreement=0.95), 100, 100, 400, 500) == pytest.approx(714)
    assert one(flat(0.0, agreement=0.6), 100, 100, 400, 500) == pytest.approx(0.65 * 700 + 0.35 * 625 + 14)
    assert one(flat(0.0, agreement=0.1), 100, 100, 400, 500) == pytest.approx(0.3 * 700 + 0.7 * 625 + 14)
    assert grid_share(np.array([0.0, 0.3, 0.6, 0.9, 1.0])) == pytest.approx([0.3, 0.3, 0.65, 1.0, 1.0])


def test_without_a_grid_a_quarter_longer() -> None:
    assert one(flat(np.nan), 100, 100, 400, 500) == pytest.approx(639)
    assert one(flat(np.nan, agreement=np.nan), 100, 100, 400, 500) == pytest.approx(639)


def test_next_door_is_not_reached_by_the_street() -> None:
    # 20 m: (1.25 x 20 + 20) / 2 = 22.5, and (7 + 7) x 20 / 100
    assert one(flat(0.0), 100, 100, 120, 100) == pytest.approx(25.3)


def test_most_of_the_way_to_the_street_comes_on_top() -> None:
    off_street = np.zeros((80, 80), dtype=np.uint8)
    off_street[:, :8] = 40  # west of x = 200
    walking = dataclasses.replace(flat(0.0), off_street_m=off_street)
    assert one(walking, 300, 100, 700, 100) == pytest.approx(450)
    assert one(walking, 100, 100, 500, 100) == pytest.approx(450 + 28)
    assert one(walking, 100, 100, 100, 500) == pytest.approx(450 + 28 + 28)


def test_no_way_is_no_distance() -> None:
    assert one(flat(0.0), 700, 700, 700, 700) == 0


def test_water_stops_a_walk_but_not_a_walk_beside_it() -> None:
    river = flat(0.0, water=(slice(None), slice(40, 44)))  # 100 m wide, from x = 1000
    assert one(river, 900, 500, 1200, 500) == np.inf
    assert one(river, 900, 500, 900, 900) == pytest.approx(464)


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
    assert one(river, 900, 500, 1200, 500) == pytest.approx(leg + 140 + leg + 14, abs=0.2)
    closed = dataclasses.replace(river, bridges=np.zeros((0, 5)))
    assert one(closed, 900, 500, 1200, 500) == np.inf


def test_the_best_of_several_bridges() -> None:
    bridges = np.array([[980.0, 1500.0, 1120.0, 1500.0, 140.0], [1120.0, 500.0, 980.0, 500.0, 140.0]])
    river = flat(0.0, water=(slice(None), slice(40, 44)), bridges=bridges)
    # straight over the second, drawn from east to west: 80 m (along the grid, (100 + 80) / 2 = 90) on both sides
    assert one(river, 900, 500, 1200, 500) == pytest.approx(90 + 140 + 90 + 14, abs=0.2)


def test_a_bridge_does_not_help_behind_another_river() -> None:
    bridges = np.array([[980.0, 800.0, 1120.0, 800.0, 140.0]])
    river = flat(0.0, water=(slice(None), slice(40, 44)), bridges=bridges)
    river.is_land[:, 60:64] = False  # a second river from x = 1500
    assert one(river, 900, 500, 1700, 500) == np.inf


CREEK = (slice(0, 40), slice(40, 44))
"""100 m wide, from x = 1000, from the south edge to y = 1000: its head."""


def test_the_way_leads_around_the_head_of_a_creek() -> None:
    creek = flat(0.0, water=CREEK, corners=[(980, 1020), (1120, 1020)])
    # up 520 m and 80 m across to the corner, 140 m past the head, and down again
    leg, past = (1.25 * np.hypot(80, 520) + 600) / 2, (1.25 * 140 + 140) / 2
    assert one(creek, 900, 500, 1200, 500) == pytest.approx(leg + past + leg + 14, abs=0.3)
    # nearer to the head it is shorter, and beside it there is no detour
    assert one(creek, 900, 900, 1200, 900) < one(creek, 900, 500, 1200, 500)
    assert one(creek, 900, 1100, 1200, 1100) == pytest.approx((1.25 * 300 + 300) / 2 + 14)


def test_a_bridge_is_taken_where_it_is_shorter_than_the_way_around() -> None:
    bridge = np.array([[980.0, 600.0, 1120.0, 600.0, 140.0]])
    corners = [(980.0, 1020.0), (1120.0, 1020.0)]
    creek = flat(0.0, water=CREEK, corners=corners, bridges=bridge)
    leg = (1.25 * np.hypot(80, 100) + 180) / 2
    assert one(creek, 900, 500, 1200, 500) == pytest.approx(leg + 140 + leg + 14, abs=0.2)
    without = flat(0.0, water=CREEK, corners=corners)
    assert one(creek, 900, 960, 1200, 960) == one(without, 900, 960, 1200, 960)


def test_over_one_bridge_and_on_over_the_next() -> None:
    bridges = np.array([[980.0, 800.0, 1120.0, 800.0, 140.0], [1480.0, 800.0, 1620.0, 800.0, 140.0]])
    rivers = flat(0.0, water=(slice(None), slice(40, 44)), bridges=bridges)
    rivers.is_land[:, 60:64] = False
    # straight through: 80 m, 140 m, 360 m between the bridges, 140 m, 80 m; on land an eighth more
    assert one(rivers, 900, 800, 1700, 800) == pytest.approx(1.125 * (80 + 360 + 80) + 280 + 14, abs=0.3)


WALL = (slice(20, 40), slice(40, 60))
"""500 x 500 m from (1000, 500)."""


def test_through_a_walled_ground_there_is_no_way_but_around_it() -> None:
    corners = [(980.0, 480.0), (980.0, 1020.0), (1520.0, 480.0), (1520.0, 1020.0)]
    walled = flat(0.0, wall=WALL, corners=corners)
    assert one(flat(0.0, wall=WALL), 900, 700, 1600, 700) == np.inf
    leg, along = (1.25 * np.hypot(80, 220) + 300) / 2, 1.125 * 540
    assert one(walled, 900, 700, 1600, 700) == pytest.approx(leg + along + leg + 14, abs=0.3)


def test_one_may_walk_out_of_a_walled_ground() -> None:
    walled = flat(0.0, wall=WALL)
    assert one(walled, 1200, 700, 1600, 700) == pytest.approx(1.125 * 400 + 14)
    assert one(walled, 1100, 700, 1400, 700) == pytest.approx(1.125 * 300 + 14)
    # water is not left so easily
    assert one(flat(0.0, water=WALL), 1200, 700, 1600, 700) == np.inf


def test_longer_than_the_limit_is_no_walk() -> None:
    ends = [np.array([value]) for value in (100.0, 100.0, 400.0, 500.0)]
    assert flat(0.0).distance_m(*ends, limit_m=676.0)[0] == np.inf
    assert flat(0.0).distance_m(*ends, limit_m=677.0)[0] == pytest.approx(676.5)


def obstacles() -> Walking:
    rng = np.random.default_rng(7)
    bridges = np.array([[980.0, 300.0, 1120.0, 310.0, 141.0]])
    corners = [(980, 1020), (1120, 1020), (180, 1180), (180, 1620), (620, 1180), (620, 1620)]
    walking = flat(
        0.0, water=CREEK, wall=(slice(48, 64), slice(8, 24)), bridges=bridges, corners=corners, agreement=0.5
    )
    walking.grid_bearing_rad[:] = rng.uniform(0, np.pi / 2, walking.grid_bearing_rad.shape)
    return walking


def test_symmetric_bit_for_bit() -> None:
    walking = obstacles()
    a, b = np.random.default_rng(8).uniform(0, 2000, (2, 5000, 2))
    forward = walking.distance_m(a[:, 0], a[:, 1], b[:, 0], b[:, 1])
    backward = walking.distance_m(b[:, 0], b[:, 1], a[:, 0], a[:, 1])
    assert np.array_equal(forward, backward)
    assert walking.is_blocked(*a.T, *b.T).sum() > 500
    # alone or among others: the same
    some = np.flatnonzero(walking.is_blocked(*a.T, *b.T))[:20]
    assert [one(walking, *a[n], *b[n]) for n in some] == forward[some].tolist()


def test_a_way_around_is_never_shorter_than_the_straight_line() -> None:
    walking = obstacles()
    a, b = np.random.default_rng(9).uniform(0, 2000, (2, 5000, 2))
    assert (walking.distance_m(*a.T, *b.T) >= np.hypot(*(a - b).T)).all()


def test_never_shorter_than_the_straight_line() -> None:
    rng = np.random.default_rng(8)
    walking = flat(0.4)
    a, b = rng.uniform(0, 2000, (2, 2000, 2))
    assert (walking.distance_m(*a.T, *b.T) >= np.hypot(*(a - b).T)).all()


def test_an_empty_list_of_pairs() -> None:
    nothing = np.zeros(0)
    assert flat(0.0).distance_m(nothing, nothing, nothing, nothing).shape == (0,)
