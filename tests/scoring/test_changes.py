import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tests.scoring.matrices import NEVER, before_of, minutes, residents_of
from workbench.scoring.measures.changes import find_changes, measure_before
from workbench.scoring.params import ACCESS_MIN


def test_only_changed_pairs_are_found_in_order():
    before = minutes([[0, 20, NEVER], [20, 0, 40], [NEVER, 40, 0]])
    after = minutes([[0, 15, 80], [20, 0, 40], [NEVER, 45, 0]])
    changes = find_changes(before, after, max_travel_s=5400)
    assert changes.origin_ix.tolist() == [0, 0, 2]
    assert changes.destination_ix.tolist() == [1, 2, 1]
    # the pair that was not reached counts as the longest journey, 90 minutes
    assert (changes.before_s // 60).tolist() == [20, 90, 40]
    assert (changes.saved_s // 60).tolist() == [5, 10, -5]


def test_nothing_changes_when_nothing_changes():
    before = minutes([[0, 20], [20, 0]])
    changes = find_changes(before, before.copy(), max_travel_s=5400)
    assert len(changes.origin_ix) == 0
    assert changes.sum_by_origin(np.zeros(0)).tolist() == [0.0, 0.0]


def test_sums_by_origin_take_only_what_is_asked_for():
    before, after = minutes([[0, 20, 20], [20, 0, 20], [20, 20, 0]]), minutes([[0, 10, 15], [20, 0, 20], [12, 20, 0]])
    changes = find_changes(before, after, max_travel_s=5400)
    assert changes.sum_by_origin(np.array([1.0, 2.0, 4.0])).tolist() == [3.0, 0.0, 4.0]
    assert changes.sum_by_origin(np.array([1.0, 2.0, 4.0]), np.array([True, False, True])).tolist() == [1.0, 0.0, 4.0]


def test_what_today_says_about_each_origin():
    # Residents 1, 2, 4. 20 min count 1/2, 40 min 1/4, 60 min 1/8; the own zone counts nothing, the unreached as 90 min.
    before = before_of(minutes([[0, 20, NEVER], [20, 0, 40], [NEVER, 60, 0]]), residents_of(3))
    assert before.reached.tolist() == [
        [3.0, 3.0, 4.0],  # within 30 min: zones 0 and 1; 0 and 1; 2 alone
        [3.0, 7.0, 4.0],  # within 45 min
        [3.0, 7.0, 6.0],  # within 60 min: exactly 60 counts
    ]
    np.testing.assert_allclose(before.weight, [2 / 2 + 4 * 2**-4.5, 1 / 2 + 4 / 4, 1 * 2**-4.5 + 2 / 8], rtol=1e-6)


@given(hnp.arrays(np.uint16, (5, 5), elements=st.sampled_from([0, 1799, 1800, 1801, 3600, 5400, 65535])))
@settings(deadline=None)
def test_reach_in_rows_equals_the_plain_double_loop(median_s):
    residents = residents_of(5)
    found = measure_before(median_s, residents, limits_min=ACCESS_MIN, decay_half_min=20.0, max_travel_s=5400)
    for row, limit in enumerate(ACCESS_MIN):
        for origin in range(5):
            reached = sum(residents[d] for d in range(5) if median_s[origin, d] <= 60 * limit)
            assert found.reached[row, origin] == reached
    for origin in range(5):
        weights = [residents[d] * 2 ** (-min(int(median_s[origin, d]), 5400) / 1200) for d in range(5) if d != origin]
        assert found.weight[origin] == pytest.approx(sum(weights), rel=1e-5, abs=1e-5)
