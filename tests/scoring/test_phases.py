"""Ten timetables through the real engine, on the city of three zones whose waits can be worked out by hand."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.scenario.scenario_scenes import buses_of, drawn, far_bus_city, row_route
from workbench.errors import InputError
from workbench.evaluate import compare, evaluate, prepare
from workbench.scenario import Scenario
from workbench.scoring.indicators import PARTS
from workbench.scoring.noise import Standing


@pytest.fixture(scope="module")
def city():
    return far_bus_city().city()


@pytest.fixture(scope="module")
def baseline(city, tmp_path_factory):
    return prepare(city, cache_dir=tmp_path_factory.mktemp("cache"))


def measures_of(card):
    return {key: measure for part in PARTS for key, measure in getattr(card, part).items()}


def test_the_mean_of_ten_timetables_by_hand(city, baseline):
    # A bus every 10 minutes whatever the phase: people wait 0 to 9 minutes and the seconds between the full minute and
    # the bus; the lower median is 4 minutes and those seconds. So a trip from home takes 500 or 1,000 s more than that.
    edit = row_route()
    card = evaluate(city, Scenario("test", (edit,)), phases=10, baseline=baseline)
    late = [int(buses_of(edit, 0, phase)[0]) % 60 for phase in range(10)]
    assert len(set(late)) > 5
    saved = [((5400 - 740 - s) * 2 + (5400 - 1240 - s) * 4) / 6 / 60 for s in late]
    assert card.zones.minutes_saved[0] == pytest.approx(sum(saved) / 10, abs=0.05)
    assert card.zones.access_after.tolist() == [7, 7, 7]
    assert card.n_phases == 10
    mean = card.travel_time["minutes_saved_mean"]
    assert len(mean.by_phase) == 10
    assert mean.value == pytest.approx(sum(mean.by_phase) / 10, abs=1e-4)
    assert mean.spread == pytest.approx(max(abs(value - mean.value) for value in mean.by_phase), abs=1e-9)
    assert 0 < mean.spread < 1  # less than a minute of seconds
    assert not mean.within_noise
    # What does not depend on the minute has no spread.
    assert card.coverage["residents_near_route"].spread == 0
    assert card.access["residents_gaining_access"].spread == 0
    assert "10 seeded minutes" in str(next(line.value for line in card.assumptions if "first departure" in line.name))


def test_ten_timetables_of_an_empty_scenario_have_no_spread(city, baseline):
    card = evaluate(city, Scenario("test"), phases=10, baseline=baseline)
    for key, measure in measures_of(card).items():
        assert not measure.spread, key
        assert not measure.within_noise, key
        assert len(measure.by_phase) == 10, key
    assert (card.zones.access_after == card.zones.access_before).all()
    assert len(card.noise) == 1


@settings(max_examples=10, deadline=None)
@given(st.integers(60, 3600), st.integers(0, 2**31 - 1))
def test_ten_timetables_of_a_route_that_does_not_run_in_the_window_change_nothing(city, baseline, headway_s, seed):
    edit = row_route(days=("sunday",), headway_s=headway_s, seed=seed)
    card = evaluate(city, Scenario("test", (edit,)), phases=10, baseline=baseline)
    for part in ("coverage", "travel_time", "access", "losers"):
        for key, measure in getattr(card, part).items():
            assert not measure.spread, key
            assert not measure.within_noise, key
    assert (card.zones.access_after == card.zones.access_before).all()
    # Cost may differ by one trip each way where the headway does not go evenly into the span.
    cost, n_trips = card.service["cost_per_year"], (edit.span_end_s - edit.span_start_s) / headway_s
    assert cost.spread <= 1.1 * cost.value / n_trips


def test_the_first_of_ten_timetables_is_the_live_card(city, baseline):
    scenario = Scenario("test", (row_route(headway_s=540),))
    live, ten = evaluate(city, scenario, baseline=baseline), evaluate(city, scenario, phases=10, baseline=baseline)
    assert live.n_phases == 1
    for key, measure in measures_of(live).items():
        assert measure.value == measures_of(ten)[key].by_phase[0], key
        assert measure.spread is None
        assert measure.by_phase == ()


def test_the_same_route_under_another_id_differs_in_no_timetable(city, baseline):
    one, other = (Scenario(name, (row_route(route_id=name, headway_s=540),)) for name in ("one", "other"))
    comparison = compare(city, [one, other], phases=10, baseline=baseline)
    assert {pair.difference.standing for pair in comparison.differences} == {Standing.SAME}


def test_the_same_route_with_other_luck_differs_within_noise_and_is_not_dominated(city, baseline):
    one, other = (Scenario(str(seed), (row_route(seed=seed, headway_s=540),)) for seed in (0, 1))
    comparison = compare(city, [one, other], phases=10, baseline=baseline)
    standing = {pair.key: pair.difference.standing for pair in comparison.differences}
    assert standing["person_minutes_per_day"] is Standing.NOISE
    assert standing["residents_near_route"] is Standing.SAME
    assert comparison.is_pareto == (True, True)


def test_a_route_that_serves_fewer_is_worse_in_every_timetable(city, baseline):
    whole, half = (Scenario(str(n), (row_route(line_lonlat=drawn((0, 0), (n, 0)), headway_s=540),)) for n in (20, 10))
    comparison = compare(city, [half, whole], phases=10, baseline=baseline)
    standing = {pair.key: pair.difference.standing for pair in comparison.differences}
    assert standing["residents_near_route"] is Standing.WORSE
    assert standing["person_minutes_per_day"] is Standing.WORSE
    assert standing["cost_per_year"] is Standing.BETTER


def test_progress_is_told_and_can_stop_the_work(city, baseline):
    told = []
    scenario = Scenario("Main Street", (row_route(),))
    evaluate(city, scenario, phases=4, baseline=baseline, report=lambda share, text: told.append((share, text)))
    assert told == [(k / 4, f"Main Street: timetable {k + 1} of 4") for k in range(4)]

    def stop(share, text):
        if share >= 0.5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        evaluate(city, scenario, phases=4, baseline=baseline, report=stop)


def test_a_number_of_timetables_that_makes_no_sense_is_refused(city, baseline):
    with pytest.raises(InputError, match="phases is 0, must be 1 to 100"):
        evaluate(city, Scenario("test"), phases=0, baseline=baseline)
