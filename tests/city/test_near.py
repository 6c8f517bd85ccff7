"""Near pairs and nearest places against looking at every pair, ties and borders of cells included."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.city.near import nearest, pairs_within


def every_pair(a: np.ndarray, b: np.ndarray, limit_m: float) -> list[tuple[int, int]]:
    return [
        (i, j) for i, (ax, ay) in enumerate(a) for j, (bx, by) in enumerate(b) if np.hypot(ax - bx, ay - by) <= limit_m
    ]


@pytest.mark.parametrize("seed", range(40))
def test_pairs_are_all_pairs_within_the_limit(seed: int) -> None:
    rng = np.random.default_rng(seed)
    limit = float(rng.choice([1, 50, 400, 5000]))
    # whole numbers: places on the borders of cells, exactly at the limit, and several at one place
    a, b = (rng.integers(-900, 900, (int(rng.integers(1, 40)), 2)).astype(float) * rng.choice([1, 50]) for _ in "ab")
    found = pairs_within(*a.T, *b.T, limit_m=limit)
    assert list(zip(*(ix.tolist() for ix in found), strict=True)) == every_pair(a, b, limit)


def test_no_places_or_no_limit_give_no_pairs() -> None:
    one, none = np.zeros(1), np.zeros(0)
    for a, b, limit in ((none, one, 9.0), (one, none, 9.0), (one, one, 0.0)):
        assert [len(ix) for ix in pairs_within(a, a, b, b, limit_m=limit)] == [0, 0]


@pytest.mark.parametrize("seed", range(20))
def test_nearest_is_the_first_of_the_nearest(seed: int) -> None:
    rng = np.random.default_rng(seed)
    a, b = (rng.integers(0, 12, (int(rng.integers(1, 60)), 2)).astype(float) for _ in "ab")
    found, distance = nearest(*a.T, *b.T)
    apart = np.hypot(*(a[:, None] - b).transpose(2, 0, 1))
    np.testing.assert_array_equal(distance, apart.min(axis=1))
    assert found.tolist() == [int(np.flatnonzero(row == row.min())[0]) for row in apart]


def test_many_places_are_searched_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(1)
    a, b = rng.random((50, 2)), rng.random((30, 2))
    whole = nearest(*a.T, *b.T)
    monkeypatch.setattr("workbench.city.near._PLACES_AT_ONCE", 100)  # three places at a time
    for one, other in zip(nearest(*a.T, *b.T), whole, strict=True):
        np.testing.assert_array_equal(one, other)
