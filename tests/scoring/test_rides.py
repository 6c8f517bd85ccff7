"""Who needs one more ride, and who one fewer: by hand, the laws, and the whole way from a removed bus to the card."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from tests.network.random_city import random_addition, random_city
from tests.scenario.scenario_scenes import row_route
from tests.scenes import GridCity
from tests.scoring.matrices import NEVER, before_of, minutes, residents_of
from workbench import score_rides
from workbench.evaluate import evaluate, prepare
from workbench.network import (
    SearchParams,
    ServiceAddition,
    ServiceChange,
    few_rides_after,
    few_rides_today,
    prepare_baseline,
    rescore,
)
from workbench.network.without import baseline_without
from workbench.scenario import RemoveRoute, Scenario
from workbench.scoring import ScoringParams, find_ride_changes, likely_share, ride_measures
from workbench.scoring.indicators import INDICATORS
from workbench.scoring.measures.rides import rides_needed

ROOT = Path(__file__).parents[2]
SEVEN = 7 * 3600
NOTHING = ServiceAddition(np.zeros((0, 2)), ())


def by_rides(*medians):
    """One origin, one destination: minutes with at most 1, 2, 3, 4 rides."""
    return minutes([[value] for value in medians])[None]


@pytest.mark.parametrize(
    ("medians", "rides"),
    [
        ((20, 20, 20, 20), 1),
        ((25, 20, 20, 20), 1),  # five minutes: nobody changes to save no more than that
        ((26, 20, 20, 20), 2),
        ((NEVER, 40, 31, 30), 3),
        ((NEVER, NEVER, NEVER, 30), 4),
        ((NEVER, NEVER, NEVER, NEVER), 0),
    ],
)
def test_how_many_rides_a_trip_needs(medians, rides):
    assert rides_needed(by_rides(*medians), 300).tolist() == [[rides]]


def changed(before, after, tolerance_s=300):
    """Rides before and after of a single pair; None where it counts on neither side."""
    old, new = by_rides(*before), by_rides(*after)
    found = find_ride_changes(
        (old[:, :-1], old[:, -1]), (new[:, :-1], new[:, -1]), tolerance_s=tolerance_s, max_travel_s=5400
    )
    return (int(found.rides_before[0]), int(found.rides_after[0])) if len(found.origin_ix) else None


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ((20, 20, 20, 20), (NEVER, 22, 22, 22), (1, 2)),  # the one-seat ride is gone
        ((20, 20, 20, 20), (30, 22, 22, 22), (1, 2)),  # it is still there, but who stays on it loses ten minutes
        ((20, 20, 20, 20), (24, 24, 24, 24), None),  # longer, but with one ride as before
        ((20, 19, 19, 19), (25, 19, 19, 19), None),  # 25 is no more than 20 + 5: one can go on as today
        ((20, 19, 19, 19), (25.1, 19, 19, 19), (1, 2)),
        ((30, 28, 28, 28), (30, 20, 20, 20), None),  # a quicker way with a change is added: nobody needs it
        ((NEVER, 22, 22, 22), (20, 20, 20, 20), (2, 1)),  # a one-seat ride gained
        ((NEVER, NEVER, 40, 40), (NEVER, NEVER, NEVER, NEVER), None),  # not reached any more: that is a longer trip
        ((NEVER, NEVER, NEVER, NEVER), (50, 50, 50, 50), None),
        ((86, 84, 84, 84), (NEVER, 84, 84, 84), None),  # 86 + 5 is past 90 minutes: perhaps it is 90.5 now
        ((84, 83, 83, 83), (NEVER, 84, 84, 84), (1, 2)),
    ],
)
def test_when_a_pair_counts(before, after, expected):
    assert changed(before, after) == expected
    mirrored = changed(after, before)
    assert mirrored == (None if expected is None else expected[::-1])


def test_without_a_tolerance_every_second_counts():
    assert changed((20, 19, 19, 19), (20.1, 19, 19, 19)) is None  # two rides were needed before as well
    assert changed((20, 20, 20, 20), (20.1, 20, 20, 20), tolerance_s=0) == (1, 2)


def test_residents_and_likely_trips_by_hand():
    # Zones of 1, 2, 4, 8 residents, all 20 minutes apart: a resident there counts half. From the first to the second
    # zone the one-seat ride goes, to the fourth one comes: 2 of 14 and 8 of 14 likely trips. Nothing else changes.
    n, residents = 4, residents_of(4)
    whole = minutes([[0 if o == d else 20 for d in range(n)] for o in range(n)])
    few = np.repeat(whole[:, None], 3, axis=1)
    before, after = few.copy(), few.copy()
    after[0, 0, 1] = 65535
    before[0, 0, 3] = 65535
    found = find_ride_changes((before, whole), (after, whole), tolerance_s=300, max_travel_s=5400)
    of_today = before_of(whole, residents)
    more, fewer = (likely_share(found, of_today, residents, more=is_more) for is_more in (True, False))
    assert more.tolist() == pytest.approx([2 / 14, 0, 0, 0])
    assert fewer.tolist() == pytest.approx([8 / 14, 0, 0, 0])
    params = ScoringParams(trips_per_resident=10.0)
    values = {k: m.value for k, m in ride_measures(found, of_today, residents, params, "one").items()}
    assert values == {
        "residents_more_rides": 1,
        "residents_more_rides_any": 1,
        "trips_more_rides_per_day": 1,  # 10 trips x 1 resident x 2/14 = 1.4
        "residents_fewer_rides": 1,
        "residents_fewer_rides_any": 1,
        "trips_fewer_rides_per_day": 6,  # 10 x 8/14 = 5.7
    }
    # one in fifty is not reached if one in five is asked for
    few_people = ride_measures(found, of_today, residents, dataclasses.replace(params, gain_trip_share=0.2), "one")
    assert (few_people["residents_more_rides"].value, few_people["residents_more_rides_any"].value) == (0, 1)
    assert few_people["residents_fewer_rides"].value == 1


def changes_of(baseline, change, tolerance_s):
    without = baseline_without(baseline, change.removed_route_ids)
    after_s = rescore(without, change.addition).median_s if change.addition.patterns else without.median_s
    after = few_rides_after(baseline, change, report=lambda *_: None)
    today = few_rides_today(baseline)
    limits = {"tolerance_s": tolerance_s, "max_travel_s": baseline.params.max_travel_s}
    there = find_ride_changes((today, baseline.median_s), (after, after_s), **limits)
    back = find_ride_changes((after, after_s), (today, baseline.median_s), **limits)
    return there, back


@pytest.mark.parametrize("tolerance_s", [0, 120, 300])
def test_laws_on_random_cities(tolerance_s, tmp_path):
    n_more = n_fewer = 0
    for seed in range(6):
        rng = np.random.default_rng(seed)
        scene = random_city(rng)
        baseline = prepare_baseline(scene.city(f"law{seed}"), params=SearchParams(), cache_dir=tmp_path)
        # what only adds service makes no pair need more rides
        added, _ = changes_of(baseline, ServiceChange((), random_addition(rng, scene, n_patterns=3)), tolerance_s)
        assert not added.is_more.any()
        # what only takes away makes none need fewer
        removed, back = changes_of(baseline, ServiceChange(("R0", "R1", "R2"), NOTHING), tolerance_s)
        assert removed.is_more.all()
        # to put it back undoes it, pair by pair
        assert back.origin_ix.tolist() == removed.origin_ix.tolist()
        assert back.rides_after.tolist() == removed.rides_before.tolist()
        # nothing changes nothing
        assert len(changes_of(baseline, ServiceChange((), NOTHING), tolerance_s)[0].origin_ix) == 0
        n_more, n_fewer = n_more + len(removed.origin_ix), n_fewer + len(added.origin_ix)
    assert n_more > 0
    assert n_fewer > 0  # without these the laws could pass on cities where nothing happens


def two_ways():
    """
    From a to c: a one-seat bus in 12 minutes, or R1 to B and R2 on, 5 minutes each with a change of one, every 10 minutes.

    Residents 1 (a), 2 (c). Everything leaves on full tens, R2 six minutes later: waits of 0 to 9 minutes, lower median 4.
    """
    scene = GridCity().stop("A", 0, 0).stop("B", 10, 0).stop("C", 20, 0).zone("a", 0, 0).zone("c", 20, 0)
    every = {"headway_s": 600, "n_trips": 120}
    scene.route("one-seat", "A C", first_s=5 * 3600, hop_s=720, **every)
    scene.route("R1", "A B", first_s=5 * 3600, hop_s=300, **every)
    return scene.route("R2", "B C", first_s=5 * 3600 + 360, hop_s=300, **every)


def test_a_one_seat_ride_taken_away_counts_though_no_trip_gets_longer(tmp_path):
    city = two_ways().city()
    baseline = prepare(city, cache_dir=tmp_path)
    assert baseline.median_s[0, 1] == 660 + 240  # with one change: 11 minutes and the wait
    scenario = Scenario("without", (RemoveRoute(route_id="one-seat"),))
    card = evaluate(city, scenario, baseline=baseline)
    assert card.losers["residents_longer_trips"].value == 0
    assert card.rides == {}
    assert card.zones.more_rides is None
    shares = []
    asked = score_rides(city, scenario, card, baseline=baseline, report=lambda share, _: shares.append(share))
    # today with one ride 12 + 4 = 16 minutes, within 5 of 15; afterwards none: zone a with its 1 resident
    assert list(asked.rides) == [key for key, one in INDICATORS.items() if one.part == "rides"]
    assert all(measure.unit == INDICATORS[key].unit for key, measure in asked.rides.items())
    assert asked.rides["residents_more_rides"].value == 1
    assert asked.rides["residents_more_rides_any"].value == 1
    assert asked.rides["trips_more_rides_per_day"].value == 1
    assert asked.rides["residents_fewer_rides"].value == 0
    assert asked.zones.more_rides.tolist() == [1.0, 0.0]
    (pair,) = asked.worst_rides
    assert (pair.residents, pair.before_min, pair.after_min) == (1, 15.0, 15.0)
    assert (pair.rides_before, pair.rides_after) == (1, 2)
    rows = {(row.kind, row.row_id): row for row in asked.ride_rows}
    assert rows["group", "all"].more.value == 1
    assert rows["group", "all"].residents.value == 3
    assert {kind for kind, _ in rows} == {"group", *(kind.kind for kind in city.area_kinds)}
    assert shares == sorted(shares)
    # the rest of the card stays as it was
    plain = dataclasses.asdict(asked) | {"rides": {}, "ride_rows": (), "worst_rides": (), "zones": card.zones}
    assert plain == dataclasses.asdict(card) | {"zones": card.zones}


def test_a_one_seat_ride_gained_counts_as_one_ride_fewer(tmp_path):
    scene = two_ways()
    scene.routes = [route for route in scene.routes if route.route_id != "one-seat"]
    city = scene.city()
    baseline = prepare(city, cache_dir=tmp_path)
    scenario = Scenario("one seat", (row_route(speed_factor=1.5),))  # 4 km at 6 m/s: 11 minutes and a bit
    card = evaluate(city, scenario, baseline=baseline)
    asked = score_rides(city, scenario, card, baseline=baseline)
    assert asked.rides["residents_fewer_rides"].value == 1
    assert asked.rides["residents_more_rides_any"].value == 0
    assert asked.worst_rides == ()


def test_groups_are_estimates_and_too_few_are_not_told(tmp_path):
    scene = two_ways()
    scene.residents = {"a": 1000, "c": 40}
    city = scene.city()
    baseline = prepare(city, cache_dir=tmp_path)
    scenario = Scenario("without", (RemoveRoute(route_id="one-seat"),))
    asked = score_rides(city, scenario, evaluate(city, scenario, baseline=baseline), baseline=baseline)
    # half of the homes have no car, 10 points either way (the survey's margin): 1000 x 0.5, 1000 x 0.1
    row = next(row for row in asked.ride_rows if row.row_id == "zero_car")
    assert (row.more.value, row.more.low, row.more.high) == (500, 400, 600)
    strict = ScoringParams(fewest_people=600)
    asked = score_rides(city, scenario, evaluate(city, scenario, baseline=baseline), baseline=baseline, scoring=strict)
    row = next(row for row in asked.ride_rows if row.row_id == "zero_car")
    assert row.more.suppressed
    assert row.more.value is None
    assert asked.rides["residents_more_rides"].value == 1000  # everybody is counted


def test_work_that_is_stopped_leaves_the_times_of_today(tmp_path):
    city = two_ways().city()
    baseline = prepare(city, cache_dir=tmp_path)
    scenario = Scenario("without", (RemoveRoute(route_id="one-seat"),))
    card = evaluate(city, scenario, baseline=baseline)

    def stop(share, _text):
        if share >= 0.5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        score_rides(city, scenario, card, baseline=baseline, report=stop)
    texts = []
    score_rides(city, scenario, card, baseline=baseline, report=lambda share, text: texts.append((share, text)))
    assert [text.split(";")[0] for _, text in texts] == ["without: travel times with fewer rides, afterwards"]
    assert texts[0][0] == 0.5
