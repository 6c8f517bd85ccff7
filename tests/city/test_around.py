from __future__ import annotations

import numpy as np
import pytest

from workbench.city import around
from workbench.city.around import WaysAround

WALL_X = 100.0
"""A wall along x = 100 from the far south to y = 50: lines that cross it below are blocked."""


def is_blocked(ax: np.ndarray, ay: np.ndarray, bx: np.ndarray, by: np.ndarray) -> np.ndarray:
    crosses = (ax - WALL_X) * (bx - WALL_X) < 0
    share = (WALL_X - ax) / np.where(crosses, bx - ax, 1.0)
    return crosses & (ay + share * (by - ay) < 50)


def straight_m(ax: np.ndarray, ay: np.ndarray, bx: np.ndarray, by: np.ndarray) -> np.ndarray:
    return np.hypot(bx - ax, by - ay)


def ways(corners: list[tuple[float, float]], bridges: list[tuple[float, ...]] | None = None) -> WaysAround:
    return WaysAround(
        np.array(corners, dtype=np.float64).reshape(-1, 2),
        np.array(bridges or [], dtype=np.float64).reshape(-1, 5),
        is_blocked=is_blocked,
        length_m=straight_m,
    )


def one(found: WaysAround, ax: float, ay: float, bx: float, by: float) -> float:
    return float(found.distance_m(*(np.array([value]) for value in (ax, ay, bx, by)))[0])


def test_around_the_end_of_a_wall() -> None:
    # from (70, 10) 50 m up to (100, 50), and 50 m down to (130, 10)
    assert one(ways([(100, 50)]), 70, 10, 130, 10) == pytest.approx(100.0)


def test_over_a_bridge_and_the_shorter_of_two_ways() -> None:
    bridge = (90.0, 0.0, 110.0, 0.0, 20.0)
    assert one(ways([], [bridge]), 50, 0, 150, 0) == pytest.approx(100.0)
    # around the end: 2 x hypot(50, 50) = 141.5 in whole decimetres
    assert one(ways([(100, 50)]), 50, 0, 150, 0) == pytest.approx(141.6)
    assert one(ways([(100, 50)], [bridge]), 50, 0, 150, 0) == pytest.approx(100.0)
    assert one(ways([(100, 50)], [bridge]), 100, 100, 100, 20) == pytest.approx(80.0)


def test_a_bridge_between_two_that_see_one_another_is_no_second_leg() -> None:
    # both ends of the bridge lie north of the wall's end: 20 m over it or beside it, from (50, 60) by (90, 60), (110, 60)
    # to (110, 0) behind the wall: 60 + 60 in all, in whole decimetres
    found = ways([], [(90.0, 60.0, 110.0, 60.0, 25.0)])
    assert one(found, 50, 60, 110, 0) == pytest.approx(60 + 60)
    only_over_it = ways([(300.0, 60.0)], [(90.0, 60.0, 110.0, 60.0, 25.0)])
    assert only_over_it._between[1, 2] == 200


def test_where_nothing_is_in_sight_there_is_no_way() -> None:
    assert one(ways([]), 70, 10, 130, 10) == np.inf
    assert one(ways([(100, 5000)]), 70, 10, 130, 10) == np.inf
    assert ways([(100, 50)]).distance_m(*np.zeros((4, 0))).shape == (0,)


def test_both_ways_and_in_any_company_the_same_to_the_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(5)
    found = ways([(100.03, 50.07), (99.1, 77.7), (140.2, 60.6)], [(90.3, 0.2, 110.7, 1.1, 20.4)])
    a, b = rng.uniform(0, 200, (2, 400, 2))
    forward = found.distance_m(*a.T, *b.T)
    assert np.array_equal(forward, found.distance_m(*b.T, *a.T))
    assert np.array_equal(forward[:7], found.distance_m(*a[:7].T, *b[:7].T))
    monkeypatch.setattr(around, "_CHOICES_AT_ONCE", 10)
    assert np.array_equal(forward, found.distance_m(*a.T, *b.T))
