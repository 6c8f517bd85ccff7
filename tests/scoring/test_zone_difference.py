"""Two alternatives zone by zone, worked out by hand."""

import numpy as np
import pytest

from workbench.errors import InputError
from workbench.scoring import ZoneResults, find_zone_difference
from workbench.scoring.noise import _merge_zones


def zones(after, before=(100.0, 100.0, 100.0, 0.0)):
    n = len(after)
    return ZoneResults(np.array(before), np.array(after, float), np.zeros(n), np.zeros(n, dtype=bool))


def test_each_zone_counts_for_the_alternative_that_brings_it_more():
    # 5% more with the first; 2% more with the second; half a percent apart: alike; nobody today, so any gain counts.
    found = find_zone_difference(zones([110, 101, 100.5, 3]), zones([105, 103, 100, 0]))
    assert found.share.tolist() == [0.05, -0.02, 0.005, np.inf]
    assert found.more_with_one.tolist() == [True, False, False, True]
    assert found.more_with_other.tolist() == [False, True, False, False]
    assert found.alike.tolist() == [False, False, True, False]
    assert not found.unsure.any()
    assert found.n_phases == 1


def test_the_other_way_round_only_the_names_change():
    one, other = zones([110, 101, 100.5, 3]), zones([105, 103, 100, 0])
    there, back = find_zone_difference(one, other), find_zone_difference(other, one)
    assert (there.share == -back.share).all()
    assert (there.more_with_one == back.more_with_other).all()


def test_a_difference_no_larger_than_its_spread_is_noise():
    # Differences by timetable: zone 0: 5 and 5; zone 1: 6 and -2, mean 2, spread 4; zone 2: 3 and 1, mean 2, spread 1.
    one = _merge_zones([zones([105, 106, 103, 0]), zones([115, 98, 101, 0])])
    other = _merge_zones([zones([100, 100, 100, 0]), zones([110, 100, 100, 0])])
    found = find_zone_difference(one, other)
    assert found.n_phases == 2
    assert found.share.tolist() == [0.05, 0.02, 0.02, 0.0]
    assert found.unsure.tolist() == [False, True, False, False]
    assert found.more_with_one.tolist() == [True, False, True, False]
    # Without looking at several timetables nothing is called noise.
    assert not find_zone_difference(zones([105, 102, 102, 0]), zones([100, 100, 100, 0])).within_noise.any()


def test_alternatives_of_different_cities_or_windows_are_refused():
    with pytest.raises(InputError, match="not scored alike"):
        find_zone_difference(zones([1, 2, 3, 4]), zones([1, 2, 3, 4], before=(100.0, 100.0, 99.0, 0.0)))
