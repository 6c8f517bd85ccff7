import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tests.scoring.matrices import NEVER, before_of, changes_of, minutes, residents_of
from workbench.scoring.measures.access import access_measures, score_access, weighted_quantile
from workbench.scoring.measures.losers import loser_measures, losing_access, losing_time
from workbench.scoring.params import ACCESS_MIN, ScoringParams

PARAMS = ScoringParams()
medians = hnp.arrays(np.uint16, (6, 6), elements=st.sampled_from([0, 900, 1800, 2700, 2701, 3600, 5400, 65535]))


def scored(before, after):
    residents = residents_of(len(before))
    return score_access(before_of(before, residents), changes_of(before, after), residents), residents


def test_gains_and_losses_by_limit_are_kept_apart():
    # Zone 0: zone 1 comes from 50 to 40 min (within 45), zone 2 goes from 40 to 50 (out of 45), zone 3 arrives at 60.
    before = minutes([[0, 50, 40, NEVER], [50, 0, 10, 10], [40, 10, 0, 10], [NEVER, 10, 10, 0]])
    after = before.copy()
    after[0] = minutes([[0, 40, 50, 60]])[0]
    access, _ = scored(before, after)
    assert access.gained[:, 0].tolist() == [0.0, 2.0, 8.0]  # 30, 45, 60 min
    assert access.lost[:, 0].tolist() == [0.0, 4.0, 0.0]
    assert access.change[:, 0].tolist() == [0.0, -2.0, 8.0]
    assert access.gained[:, 1:].sum() == 0


def test_a_gain_counts_from_one_percent():
    # Zone 0 reaches 1 + 990 people; 9 more are 0.9%, 10 more are 1.0%.
    for arriving, counts in ((9.0, False), (10.0, True)):
        residents = np.array([1.0, 990.0, arriving])
        before = minutes([[0, 10, 90], [10, 0, 90], [90, 90, 0]])
        after = minutes([[0, 10, 44], [10, 0, 90], [90, 90, 0]])
        access = score_access(before_of(before, residents), changes_of(before, after), residents)
        assert access.gaining(PARAMS).tolist() == [counts, False, False]


def test_means_are_over_everybody_and_spread_over_those_affected():
    # Residents 1, 2, 4, 8. Only zones 0 and 2 change within 30 min: +2 for 1 resident, +1 for 4 residents.
    before = minutes([[0, 40, 90, 90], [40, 0, 90, 90], [90, 90, 0, 90], [90, 90, 90, 0]])
    after = minutes([[0, 30, 90, 90], [40, 0, 90, 90], [30, 90, 0, 90], [90, 90, 90, 0]])
    access, residents = scored(before, after)
    measures = access_measures(access, residents, PARAMS)
    assert measures["access_30_change_mean"].value == pytest.approx((2 * 1 + 1 * 4) / 15, abs=0.05)
    assert measures["access_30_change_median"].value == 1.0
    assert measures["access_30_change_p10"].value == 1.0
    # today within 30 min everybody reaches their own zone only: 1*1 + 2*2 + 4*4 + 8*8 = 85
    assert measures["access_30_before"].value == pytest.approx(85 / 15, abs=0.05)
    assert measures["residents_gaining_access"].value == 4  # within 45 min zone 0 reached zone 1 before


def test_without_change_the_spread_is_unknown_not_zero():
    before = minutes([[0, 40], [40, 0]])
    access, residents = scored(before, before)
    measure = access_measures(access, residents, PARAMS)["access_45_change_median"]
    assert measure.value is None
    assert measure.uncertainty == "nobody's access changes"


@given(medians, medians)
@settings(deadline=None)
def test_after_equals_a_full_count_of_the_new_matrix(before, after):
    access, residents = scored(before, after)
    np.testing.assert_array_equal(access.after, before_of(after, residents).reached)


@given(medians)
@settings(deadline=None)
def test_an_empty_change_changes_nothing(before):
    access, residents = scored(before, before)
    assert not access.change.any()
    assert not access.gaining(PARAMS).any()
    assert [m.value for m in loser_measures(access, changes_of(before, before), residents).values()] == [0, 0, 0.0]


@given(medians, medians)
@settings(deadline=None)
def test_quicker_trips_never_lower_access(before, after):
    access, _ = scored(before, np.minimum(before, after))
    assert not access.lost.any()
    assert not losing_access(access).any()


def test_losers_are_counted_and_never_set_against_gains():
    # From zone 0 (1 resident) one trip is 20 min quicker and one 5 min longer; zone 1 (2 residents) only gains.
    before = minutes([[0, 40, 40], [40, 0, 40], [40, 40, 0]])
    after = minutes([[0, 20, 45.5], [20, 0, 40], [40, 40, 0]])
    access, residents = scored(before, after)
    changes = changes_of(before, after)
    assert losing_time(changes).tolist() == [True, False, False]
    values = {key: measure.value for key, measure in loser_measures(access, changes, residents).items()}
    assert values == {"residents_longer_trips": 1, "residents_losing_access": 1, "longest_delay_min": 5.5}


@pytest.mark.parametrize(("share", "value"), [(0.0, 10.0), (0.1, 10.0), (0.5, 30.0), (1.0, 30.0)])
def test_weighted_quantiles(share, value):
    # 10 for 1 person, 20 for 1, 30 for 8 people
    assert weighted_quantile(np.array([30.0, 10.0, 20.0]), np.array([8.0, 1.0, 1.0]), share) == value


def test_a_quantile_of_nobody_is_unknown():
    assert weighted_quantile(np.zeros(0), np.zeros(0), 0.5) is None


def test_every_limit_has_its_indicators():
    access, residents = scored(minutes([[0]]), minutes([[0]]))
    keys = access_measures(access, residents, PARAMS)
    assert len(keys) == 1 + 5 * len(ACCESS_MIN)
