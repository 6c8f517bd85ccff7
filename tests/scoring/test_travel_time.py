import numpy as np
import pytest

from tests.scoring.matrices import NEVER, before_of, changes_of, minutes, residents_of
from workbench.scoring.measures.travel_time import score_travel_time, travel_time_measures
from workbench.scoring.params import ScoringParams

PARAMS = ScoringParams()


def scored(before, after, params=PARAMS, residents=None):
    residents = residents_of(len(before)) if residents is None else residents
    return score_travel_time(before_of(before, residents), changes_of(before, after), residents, params), residents


def test_minutes_saved_weigh_people_and_nearness():
    # From zone 0: zone 1 (2 people) at 20 min weighs 2/2 = 1, zone 2 (4 people) at 40 min weighs 4/4 = 1.
    # Zone 2 gets 10 min quicker: (0 * 1 + 10 * 1) / 2 = 5 minutes.
    before = minutes([[0, 20, 40], [20, 0, 40], [40, 40, 0]])
    after = minutes([[0, 20, 30], [20, 0, 40], [40, 40, 0]])
    result, residents = scored(before, after)
    np.testing.assert_allclose(result.minutes_saved, [5.0, 0.0, 0.0], rtol=1e-6)
    measures = travel_time_measures(result, residents, PARAMS)
    assert measures["person_minutes_per_day"].value == 5  # one resident of zone 0
    assert measures["minutes_saved_mean"].value == pytest.approx(5 / 7, abs=1e-4)


def test_a_pair_newly_reached_saves_at_least_the_rest_of_90_minutes():
    # Not reached today: it counts as 90 min with the weight of 90 min, 2 ** -4.5 = 0.0442.
    # The other place, 4 residents at 20 min, weighs 2.
    before, after = (
        minutes([[0, NEVER, 20], [20, 0, 20], [20, 20, 0]]),
        minutes([[0, 60, 20], [20, 0, 20], [20, 20, 0]]),
    )
    result, _ = scored(before, after)
    weight = 2 * 2**-4.5
    assert result.minutes_saved[0] == pytest.approx(30 * weight / (4 / 2 + weight), rel=1e-4)


def test_longer_trips_are_not_subtracted():
    before = minutes([[0, 20, 40], [20, 0, 40], [40, 40, 0]])
    after = minutes([[0, 30, 30], [20, 0, 40], [40, 40, 0]])
    result, _ = scored(before, after)
    assert result.minutes_saved[0] == pytest.approx(5.0)


@pytest.mark.parametrize(
    ("saved", "expected"), [(1.9, [0, 0, 0]), (2, [1, 0, 0]), (5, [1, 1, 0]), (9.9, [1, 1, 0]), (10, [1, 1, 1])]
)
def test_thresholds_of_quicker_trips(saved, expected):
    before = minutes([[0, 40], [40, 0]])
    after = minutes([[0, 40 - saved], [40, 0]])
    result, residents = scored(before, after)
    measures = travel_time_measures(result, residents, PARAMS)
    assert [measures[f"residents_gaining_{m}_min"].value for m in (2, 5, 10)] == expected


@pytest.mark.parametrize(("people", "counts"), [(3.0, True), (1.0, False)])
def test_one_likely_trip_in_fifty_must_be_quicker(people, counts):
    # Zones 1 and 2 both at 20 min; zone 2 gets quicker: it holds 3 of 100 or 1 of 98 likely trips.
    before, after = minutes([[0, 20, 20], [20, 0, 9], [20, 9, 0]]), minutes([[0, 20, 10], [20, 0, 9], [20, 9, 0]])
    result, _ = scored(before, after, residents=np.array([1.0, 97.0, people]))
    assert result.quicker[:, 0].tolist() == [counts] * 3


def test_more_trips_a_day_scale_the_total():
    before, after = minutes([[0, 20], [20, 0]]), minutes([[0, 10], [10, 0]])
    result, residents = scored(before, after)
    double = travel_time_measures(result, residents, ScoringParams(trips_per_resident=2.0))
    assert double["person_minutes_per_day"].value == 60  # 3 residents x 10 min x 2 trips
    assert "not a forecast" in double["person_minutes_per_day"].uncertainty


def test_a_zone_that_reaches_nothing_saves_nothing():
    before = minutes([[0, NEVER], [NEVER, 0]])
    result, _ = scored(before, before)
    assert result.minutes_saved.tolist() == [0.0, 0.0]
    assert not result.quicker.any()
