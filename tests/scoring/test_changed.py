"""The card of changed routes by hand: buses, hours and money against today, lost stops, sentences."""

from __future__ import annotations

import pytest

from tests.scenario.scenario_scenes import row_route
from tests.scenes import GridCity
from workbench.evaluate import evaluate, prepare
from workbench.scenario import AddStop, ChangeSpeed, Edit, RemoveRoute, RemoveStop, Scenario, SetHeadway
from workbench.scoring import Scorecard

SEVEN = 7 * 3600


@pytest.fixture(scope="module")
def baseline(tmp_path_factory):
    """R runs A B C, 2 km a hop in 300 s, every 10 min from 6 to 10, and not back; residents a, b, c: 1, 2, 4."""
    scene = GridCity().stop("A", 0, 0).stop("B", 10, 0).stop("C", 20, 0)
    scene.zone("a", 0, 0).zone("b", 10, 0).zone("c", 20, 0)
    scene.route("R", "A B C", first_s=SEVEN - 3600, headway_s=600, n_trips=24, hop_s=300)
    return prepare(scene.city("changed"), cache_dir=tmp_path_factory.mktemp("cache"))


def card_of(baseline, *edits: Edit) -> Scorecard:
    return evaluate(baseline.city, Scenario("test", edits), baseline=baseline)


def test_a_removed_route(baseline) -> None:
    card = card_of(baseline, RemoveRoute(route_id="R"))
    # 24 trips of 600 s + 300 s rest: 6 h a day, on 255 + 52 + 58 = 365 days; a bus is bound for 15 min: 2 at once
    assert card.service["revenue_hours_per_year"].value == -6 * 365
    assert card.service["cost_per_year"].value == -6 * 365 * 272
    assert card.service["cost_per_year"].low == -6 * 365 * 300
    assert card.service["buses_needed"].value == -2
    assert card.service["revenue_km_per_year"].value == pytest.approx(-24 * 4 * 365, abs=1)
    assert card.service["length_km"].value is None
    assert "new routes only" in card.service["length_km"].uncertainty
    # a and b lose trips; all three lose their stop, which had a bus every 10 minutes
    assert card.losers["residents_longer_trips"].value == 1 + 2
    assert card.losers["residents_losing_stop"].value == 7
    assert card.losers["residents_losing_every_10_min"].value == 1 + 2  # nobody boards at C
    assert card.coverage["residents_near_route"].value == 0
    assert card.headline == (
        "Removes route R: its 12 trips in these hours no longer run.",
        "No trip gets quicker at this time of the week.",
        "Nobody can reach at least 1% more people within 45 minutes.",
        "3 people lose two minutes or more on one likely trip in fifty. 3 people can reach fewer people. "
        "Some trip gets longer, if only by seconds, for 3 people: 4 hours a day in all."
        " 7 people can no longer walk to a route they can walk to today.",
        "Frees 2 buses and saves about $596,000 a year (range $471,000 to $657,000), against today.",
    )
    (changed,) = card.changed
    assert (changed.kind, changed.trips_before, changed.trips_after, len(changed.stops)) == ("removed", 12, 0, 3)
    assert {"change 1": "Removes route R."}.items() <= {one.name: one.value for one in card.assumptions}.items()


def test_more_often_gains_and_costs(baseline) -> None:
    card = card_of(baseline, SetHeadway(route_id="R", headway_s=300, start_s=SEVEN, end_s=SEVEN + 7200))
    assert card.headline[0] == "Changes route R: 24 trips in these hours, today 12."
    assert card.access["residents_gaining_access"].value == 0  # within 45 minutes everything was in reach before
    assert card.zones.minutes_saved[0] > 1
    assert card.service["revenue_hours_per_year"].value == 3 * 365  # 12 more trips of a quarter of an hour
    # 3 at once instead of 2, and one more where the two headways meet
    assert card.service["buses_needed"].value == 2
    assert card.headline[-1].startswith("Needs 2 buses and costs about $298,000 a year")
    assert card.coverage["residents_near_route"].value == 7


def test_a_lost_stop_is_counted_though_others_gain(baseline) -> None:
    card = card_of(baseline, RemoveStop(stop_id="B"), ChangeSpeed(route_id="R", speed_factor=2.0))
    assert card.losers["residents_losing_stop"].value == 2
    assert card.losers["residents_losing_every_10_min"].value == 2
    assert card.losers["residents_longer_trips"].value == 1 + 2
    assert card.zones.minutes_saved[0] != 0
    # with another stop beside it nobody loses one
    both = card_of(
        baseline, AddStop(route_id="R", after_stop_id="B", place_lonlat=_beside_b(baseline)), RemoveStop(stop_id="B")
    )
    assert both.losers["residents_losing_stop"].value == 0
    assert both.losers["residents_losing_every_10_min"].value == 0


def test_changed_and_new_routes_together(baseline) -> None:
    card = card_of(baseline, RemoveRoute(route_id="R"), row_route(line_lonlat=_line(baseline)))
    assert card.service["length_km"].value == pytest.approx(4.0, abs=0.05)
    assert "of the new routes only" in card.service["length_km"].uncertainty
    assert "today's timetable" in card.service["cost_per_year"].source
    alone = card_of(baseline, row_route(line_lonlat=_line(baseline)))
    assert card.service["buses_needed"].value == alone.service["buses_needed"].value - 2
    assert any("what it changes or adds" in sentence for sentence in card.headline) is True
    assert card.losers["residents_losing_every_10_min"].value == 0


def test_another_day_changes_nothing_now_but_costs_less(baseline) -> None:
    card = card_of(baseline, RemoveRoute(route_id="R", days=("sunday",)))
    assert (card.zones.access_after == card.zones.access_before).all()
    assert card.headline[0] == "Changes route R, but not on the day shown."
    assert card.service["revenue_hours_per_year"].value == -6 * 58
    assert [problem.code for problem in card.problems] == ["not-running"]
    assert card.losers["residents_losing_stop"].value == 0


def _line(baseline):
    stops = baseline.city.stops
    return tuple((float(stops["lon"][k]), float(stops["lat"][k])) for k in (0, 2))


def _beside_b(baseline):
    stops = baseline.city.stops
    return float(stops["lon"][1]) + 0.0001, float(stops["lat"][1])
