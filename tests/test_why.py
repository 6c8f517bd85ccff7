"""Why people lose: real journeys of the pairs that lose most, on a city where everything can be worked out."""

import pytest

from tests.scenario.scenario_scenes import far_bus_city
from workbench.evaluate import evaluate, prepare
from workbench.scenario import RemoveRoute, Scenario
from workbench.why import explain_losers


@pytest.fixture(scope="module")
def scored(tmp_path_factory):
    """From home to far: a direct bus in 20 minutes, and two that meet half way, 15 minutes each."""
    scene = far_bus_city().stop("H", 0, 0).stop("M", 10, 0).stop("F", 20, 0)
    times = {"first_s": 5 * 3600, "headway_s": 600, "n_trips": 120}
    scene.route("direct", "H F", hop_s=1200, **times)
    scene.route("one", "H M", hop_s=900, **times)
    scene.route("two", "M F", hop_s=900, **times)
    city = scene.city()
    baseline = prepare(city, cache_dir=tmp_path_factory.mktemp("cache"))
    scenario = Scenario("No direct bus", (RemoveRoute(route_id="direct"),))
    return city, scenario, evaluate(city, scenario, baseline=baseline), baseline


def test_the_pair_that_loses_is_named_with_its_times(scored):
    _, _, card, _ = scored
    (pair,) = card.worst
    assert (pair.from_zone_id, pair.to_zone_id, pair.residents) == ("home", "far", 1)
    # a wait of four minutes (the lower median of 0 to 9); 20 minutes direct; 15, a wait of 5 at M, 15
    assert (pair.before_min, pair.after_min) == (24.0, 39.0)
    assert pair.before == ()


def test_its_journeys_are_told_before_and_after(scored):
    city, scenario, card, baseline = scored
    told = []
    explained = explain_losers(city, scenario, card, baseline=baseline, report=lambda share, text: told.append(text))
    (pair,) = explained.worst
    assert pair.depart == "7:06 am"  # the bus leaves at 7:10: the first departure whose wait is the median
    assert (pair.rides_before, pair.rides_after) == (1, 2)
    assert pair.before[0] == "24 min, 1 ride: leave 7:06 am, arrive 7:30 am"
    assert sum("Ride direct" in line for line in pair.before) == 1, pair.before
    assert pair.after[0] == "39 min, 2 rides: leave 7:06 am, arrive 7:45 am"
    assert [route for line in pair.after for route in ("one", "two") if f"Ride {route}" in line] == ["one", "two"]
    assert told == [f"No direct bus: from {pair.from_name} to {pair.to_name}"]
    assert explained.losers == card.losers


def test_a_card_without_losers_stays_as_it_is(scored):
    city, _, _, baseline = scored
    nothing = Scenario("nothing")
    card = evaluate(city, nothing, baseline=baseline)
    assert explain_losers(city, nothing, card, baseline=baseline) is card
