import pytest

from tests.scenario.scenario_scenes import drawn, far_bus_city, row_route
from workbench.evaluate import prepare
from workbench.scenario import Scenario
from workbench.sensitivity import ASSUMPTIONS, find_sensitivity


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def city():
    return far_bus_city().city()


@pytest.fixture(scope="module")
def baseline(city, cache):
    return prepare(city, cache_dir=cache)


@pytest.fixture(scope="module")
def found(city, baseline):
    return find_sensitivity(city, [Scenario("Row Zero", (row_route(),))], baseline=baseline)


def test_one_route_that_only_adds_stands_whatever_is_assumed(found):
    assert found.verdict == ("Row Zero saves time and makes nobody's trip longer.", "Row Zero costs money.")
    assert found.deciding == ()
    tried = [outcome.assumption for outcome in found.outcomes]
    # both ends, where they differ from the default; nine timetables; nothing that needs a base
    assert tried.count("cost of an hour") == 2
    assert tried.count("rest at the end of a trip") == 1
    assert tried.count("the timetable") == 9
    assert "walking speed" not in tried
    words = found.in_words()
    assert f"{len(tried)} other assumptions were tried; none changes this." in words
    assert any(line.startswith("Hours saved a day in all: from ") for line in words)
    cost = next(line for line in words if line.startswith("Cost a year"))
    assert "cost of an hour 215 USD" in cost
    assert "speed of new routes 0.85" in cost  # a slower bus needs more hours


def test_an_assumption_that_turns_the_lead_is_named(city, baseline):
    # A serves mid (2 people) within 400 m; B passes 600 m from far (4 people): ahead only if half a mile counts as near.
    near = Scenario("A", (row_route(line_lonlat=drawn((8, 0), (11, 0)), spacing_m=300.0),))
    beside = Scenario("B", (row_route(line_lonlat=drawn((18, 2), (22, 2)), spacing_m=300.0),))
    found = find_sensitivity(city, [near, beside], baseline=baseline)
    assert "People within a quarter-mile walk of a stop: A ahead." in found.verdict
    named = {outcome.assumption: outcome for outcome in found.deciding}
    outcome = named["walk that counts as near"]
    assert outcome.value == "800 m"
    assert outcome.used == "400"
    assert "People within a quarter-mile walk of a stop: B ahead." in outcome.changes
    assert outcome.figures["residents_near_route"] == (2, 4)
    line = next(line for line in found.in_words() if line.startswith("With walk that counts as near"))
    assert "800 m instead of 400" in line


def test_full_tries_walking_speeds_and_other_times_with_progress(city, baseline, cache):
    told = []
    found = find_sensitivity(
        city,
        [Scenario("Row Zero", (row_route(days=("weekday",)),))],
        baseline=baseline,
        with_bases=True,
        cache_dir=cache,
        report=lambda share, text: told.append((share, text)),
    )
    tried = [(outcome.assumption, outcome.value) for outcome in found.outcomes]
    assert ("walking speed", "0.9 m/s") in tried
    assert ("time lost at every change", "120 s") in tried
    # On Saturday it does not run: nothing changes then, and the verdict says so
    saturday = next(outcome for outcome in found.deciding if outcome.value.startswith("Saturday"))
    assert saturday.changes == ("Row Zero changes no travel time.",)
    assert len(told) == len(tried)
    assert [share for share, _ in told] == sorted(share for share, _ in told)


def test_every_range_holds_its_default_and_has_a_source():
    assert all(one.low < one.high and one.source for one in ASSUMPTIONS)


def test_the_json_holds_every_figure(found):
    plain = found.to_json()
    assert set(plain) == {"verdict", "outcomes", "words"}
    assert set(plain["outcomes"][0]) == {"assumption", "value", "used", "source", "changes", "figures"}
