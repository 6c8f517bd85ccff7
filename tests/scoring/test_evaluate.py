"""From a drawn line to a scorecard on a city of three zones, with the real engine, checked by hand."""

import json

import pytest

from tests.scenario.scenario_scenes import buses_of, drawn, far_bus_city, row_route
from workbench.errors import NotFoundError, ScenarioError
from workbench.evaluate import compare, evaluate, prepare
from workbench.scenario import Scenario
from workbench.scoring.indicators import INDICATORS, PARTS


@pytest.fixture(scope="module")
def city():
    return far_bus_city().city()


@pytest.fixture(scope="module")
def baseline(city, tmp_path_factory):
    return prepare(city, cache_dir=tmp_path_factory.mktemp("cache"))


def card_of(city, baseline, *edits):
    return evaluate(city, Scenario("test", edits), baseline=baseline)


def test_three_zones_two_kilometres_apart_by_hand(city, baseline):
    # Zones home, mid, far (1, 2, 4 residents) at 0, 2,000, 4,000 m, too far to walk. A stop at each zone, hops of 250 s.
    # Every 10 minutes: of ten minutes a bus leaves in 0 to 9 min + a bit; the lower median waits 4 min + that bit.
    card = card_of(city, baseline, row_route())
    bit = int(buses_of(row_route(), 0)[0]) % 60
    assert card.zones.access_before.tolist() == [1, 2, 4]
    assert card.zones.access_after.tolist() == [7, 7, 7]
    assert not card.zones.worse.any()
    assert card.access["residents_gaining_access"].value == 7
    # home: everything was unreached and counts 90 min; mid and far have the same weight per resident
    mid, far = 500 + 240 + bit, 1000 + 240 + bit
    expected = ((5400 - mid) * 2 + (5400 - far) * 4) / 6 / 60
    assert card.zones.minutes_saved[0] == pytest.approx(expected, abs=0.05)  # new stops lie a hair off: 1 s of walk
    assert card.coverage["residents_near_route"].value == 7
    assert card.coverage["residents_new_every_10_min"].value == 7
    assert card.service["running_time_out_min"].value == 16.7
    assert card.service["buses_needed"].value == 5  # 2 x (16.7 + 5) = 43.3 min, every 10


def test_minutes_saved_where_a_slow_bus_ran_before(tmp_path):
    # A bus every 10 min ran from home to far with 500 s a hop; the new one takes 250 s for each kilometre.
    scene = far_bus_city().stop("home stop", 0, 0).stop("mid stop", 10, 0).stop("far stop", 20, 0)
    scene.route("slow", ["home stop", "far stop"], first_s=5 * 3600, headway_s=600, n_trips=100, hop_s=2000)
    city = scene.city()
    baseline = prepare(city, cache_dir=tmp_path)
    before_s = int(baseline.median_s[0, 2])
    assert before_s == 2000 + 240  # it leaves on full minutes: waits of 0 to 9 min, lower median 4
    edit = row_route(span_start_s=5 * 3600)
    card = card_of(city, baseline, edit)
    bit = int(buses_of(edit, 0)[0]) % 60
    after_s = 1000 + 240 + bit
    # mid was not reached: it counts as 90 minutes, and so does its weight
    weight_far, weight_mid = 4 * 2 ** (-before_s / 1200), 2 * 2 ** (-5400 / 1200)
    mid_s = 500 + 240 + bit
    saved = (weight_far * (before_s - after_s) + weight_mid * (5400 - mid_s)) / (weight_far + weight_mid) / 60
    assert card.zones.minutes_saved[0] == pytest.approx(saved, rel=1e-5)


def test_an_empty_scenario_changes_nothing(city, baseline):
    card = card_of(city, baseline)
    assert card.headline == ("This scenario changes nothing.",)
    assert (card.zones.access_after == card.zones.access_before).all()
    assert card.travel_time["person_minutes_per_day"].value == 0
    assert card.service["cost_per_year"].value == 0
    assert card.coverage["residents_near_route"].value == 0


def test_a_route_that_does_not_run_in_the_window_still_has_people_nearby_and_a_cost(city, baseline):
    card = card_of(city, baseline, row_route(days=("sunday",)))
    assert (card.zones.access_after == card.zones.access_before).all()
    assert card.coverage["residents_near_route"].value == 7
    assert card.coverage["residents_new_every_10_min"].value == 0
    assert card.service["cost_per_year"].value > 0
    assert "not-running" in [problem.code for problem in card.problems]


def test_the_card_holds_every_indicator_and_no_other(city, baseline):
    card = card_of(city, baseline, row_route())
    for part in PARTS:
        measures = getattr(card, part)
        assert list(measures) == [key for key, indicator in INDICATORS.items() if indicator.part == part]
        for key, measure in measures.items():
            assert measure.unit == INDICATORS[key].unit, key
            assert measure.source, key
            assert measure.value is not None or measure.uncertainty, key


def test_the_contract_of_the_command_line(city, baseline):
    plain = json.loads(json.dumps(card_of(city, baseline, row_route()).to_json(), allow_nan=False))
    wanted = {"name", "service", "coverage", "travel_time", "access", "groups", "losers", "timing_s", "parameters"}
    assert wanted <= set(plain)
    assert set(plain["timing_s"]) == {"prepare", "score"}
    assert plain["parameters"]["walk_mps"] == 1.3
    assert plain["parameters"]["near_walk_m"] == 400.0
    assert plain["groups"][0]["group_id"] == "all"


def test_the_same_scenario_gives_the_same_card(city, baseline):
    one, two = (card_of(city, baseline, row_route()).to_json() for _ in range(2))
    assert {**one, "timing_s": {}} == {**two, "timing_s": {}}


def test_more_service_never_takes_access_away(city, baseline):
    one = card_of(city, baseline, row_route())
    two = card_of(city, baseline, row_route(), row_route(route_id="b", line_lonlat=drawn((0, 0), (0, 20))))
    assert (two.zones.access_after >= one.zones.access_after).all()
    assert two.losers["residents_longer_trips"].value == 0


def test_routes_are_drawn_where_they_were_drawn(city, baseline):
    shape = card_of(city, baseline, row_route()).routes[0]
    assert shape.line == row_route().line_lonlat
    assert len(shape.stops) == 5
    lon, lat, name = shape.stops[-1]
    assert (lon, lat) == pytest.approx(row_route().line_lonlat[-1])
    assert name == "New stop 5"


def test_alternatives_are_compared(city, baseline):
    often, seldom = (Scenario(str(s), (row_route(headway_s=s),)) for s in (600, 1800))
    comparison = compare(city, [often, seldom], baseline=baseline)
    assert comparison.is_pareto == (True, True)  # more for more money
    same_but_short = Scenario("short", (row_route(line_lonlat=drawn((0, 20), (2, 20))),))
    assert len(compare(city, [often, same_but_short], baseline=baseline).scorecards) == 2


def test_bad_edits_and_unknown_windows_are_refused(city, baseline):
    with pytest.raises(ScenarioError, match="headway is 0 min"):
        card_of(city, baseline, row_route(headway_s=0))
    with pytest.raises(NotFoundError, match="window 'noon' is not known"):
        evaluate(city, Scenario("test"), window="noon")


def test_preparing_is_told_apart_from_scoring(city, baseline):
    card = evaluate(city, Scenario("test", (row_route(),)), baseline=baseline)
    assert card.timing_s["prepare"] < 0.1  # everything was prepared before
    assert card.timing_s["score"] > 0


def test_every_assumption_has_words_and_a_source(city, baseline):
    for assumption in card_of(city, baseline, row_route()).assumptions:
        assert "_" not in assumption.name
        assert assumption.source, assumption.name
