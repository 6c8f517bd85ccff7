"""Zones as bytes: the scale, its ends, and the words for one zone."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.app.results.painting import describe_zone, paint_zones
from workbench.scoring import ZoneResults


def zones(change: list[float], minutes: list[float] | None = None) -> ZoneResults:
    """Return results of zones that reach 100,000 people today."""
    before = np.full(len(change), 100_000.0)
    saved = np.array(minutes or [0.0] * len(change))
    return ZoneResults(before, before + np.array(change), saved, np.zeros(len(change), dtype=np.bool_))


def test_no_change_is_128_and_the_ends_are_0_and_255() -> None:
    # 95th percentile of the sizes {10,000, 5,000, 10,000} is 10,000: the scale ends there.
    painting = paint_zones(zones([-10_000, -5_000, 0, 10_000]), "access")
    assert painting.limit == 10_000
    assert list(painting.values) == [0, 64, 128, 255]


def test_the_smallest_change_is_visible_and_has_the_right_side() -> None:
    painting = paint_zones(zones([-1, 0, 1, 1_000_000]), "access")
    worse, none, better, _ = painting.values
    assert worse < none == 128 < better


def test_a_change_beyond_the_scale_is_at_its_end() -> None:
    painting = paint_zones(zones([1_000.0] * 99 + [50_000.0]), "access")
    assert painting.limit == 1_000
    assert painting.values[-1] == 255


def test_without_any_change_nothing_is_painted() -> None:
    painting = paint_zones(zones([0, 0, 0]), "minutes")
    assert list(painting.values) == [128, 128, 128]
    assert painting.limit == 0.5


@pytest.mark.parametrize(("largest", "limit"), [(1_001, 2_000), (2_001, 5_000), (5_001, 10_000), (10_000, 10_000)])
def test_the_scale_ends_at_1_2_or_5_times_a_power_of_ten(largest: float, limit: float) -> None:
    assert paint_zones(zones([largest]), "access").limit == limit


@pytest.mark.parametrize(
    ("change", "minutes", "words"),
    [
        (0, 0, "Nothing changes here."),
        (1_500, 0.5, "100,000 people within 45 minutes today, 101,500 with this route: 1,500 more. "
                     "The average trip from here is 30 seconds shorter."),
        (-200, 0, "100,000 people within 45 minutes today, 99,800 with this route: 200 fewer."),
        (0, -1, "100,000 people within 45 minutes today, 100,000 with this route: as many as today. "
                "The average trip from here is 60 seconds longer."),
    ],
)  # fmt: skip
def test_one_zone_in_words(change: float, minutes: float, words: str) -> None:
    assert describe_zone(zones([change], [minutes]), 0) == words
