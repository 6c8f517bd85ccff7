"""A difference in words, on the line of four stops: 5 minutes a hop, a bus every 10 minutes from 7:00 to 7:30."""

from __future__ import annotations

import pytest

from tests.scenario.scenario_scenes import drawn
from tests.scenario.test_alter import SEVEN, line_city
from workbench.errors import ScenarioError
from workbench.scenario import (
    AddRoute,
    ChangeSpan,
    ChangeSpeed,
    Edit,
    MoveStop,
    RemoveRoute,
    RemoveStop,
    Reroute,
    Scenario,
    SetHeadway,
    diff,
)

WEEKDAY = ("weekday",)


def words(*edits: Edit, other: tuple[Edit, ...] | None = None) -> list[str]:
    second = None if other is None else Scenario("B", other)
    return list(diff(line_city(), Scenario("A", edits), second).words)


def test_a_removed_route_is_said_day_by_day() -> None:
    assert words(RemoveRoute(route_id="S", days=WEEKDAY)) == ["S no longer runs on weekdays: 2 trips fewer."]


def test_trips_headway_and_span_are_compared() -> None:
    # one direction: 7:00 to 7:30 every 10 minutes becomes 6:40 to 7:30: 2 trips more, each 15 minutes under way
    edit = ChangeSpan(route_id="R", start_s=SEVEN - 1200, end_s=SEVEN + 3600, headway_s=600, days=WEEKDAY, direction=0)
    (sentence,) = words(edit)
    # after 7:30: 7:40 and 7:50; so 4 trips more, 2 of them in the peak: 6 in 120 minutes instead of 4
    assert sentence == (
        "R on weekdays: 12 trips instead of 8 (4 more); from 7 to 9 am a bus every 20 min instead of every 30 min; "
        "the first bus leaves at 06:40 instead of 07:00; the last bus leaves at 07:50 instead of 07:30; 3 hours under way "
        "instead of 2."
    )


def test_minutes_of_a_trip_are_compared() -> None:
    (sentence,) = words(ChangeSpeed(route_id="R", speed_factor=1.5, days=WEEKDAY))
    assert (
        sentence
        == "R on weekdays: a trip takes 10.0 min instead of 15.0 min on average; 1 hours under way instead of 2."
    )


def test_stops_are_named() -> None:
    said = words(RemoveStop(stop_id="B", days=WEEKDAY))
    assert said == ["R on weekdays: other times at some stops.", "R no longer calls at 1 stop on weekdays: B."]
    moved = words(MoveStop(stop_id="B", place_lonlat=drawn((5, 1))[0], days=WEEKDAY))
    assert moved[1:] == [
        "R no longer calls at 1 stop on weekdays: B.",
        "R also calls at 1 stop on weekdays: B (moved).",
    ]


def test_days_that_do_not_differ_are_left_out_and_a_stop_some_trips_still_use_is_not_dropped() -> None:
    found = diff(
        line_city(),
        Scenario("A", (Reroute(route_id="R", direction=0, from_stop_id="A", stop_ids=("C", "D"), days=WEEKDAY),)),
    )
    (route,) = found.routes
    assert set(route.before) == {"weekday"}
    assert route.stops_dropped == ()  # the other direction still calls at B
    assert route.before["weekday"].n_trips == route.after["weekday"].n_trips == 8


def test_a_new_route_is_new() -> None:
    new = AddRoute("new", "Row Zero", drawn((0, 0), (20, 0)), headway_s=1200, days=WEEKDAY, spacing_m=1000.0)
    (sentence,) = words(new)
    assert sentence.startswith("Row Zero is new on weekdays: 96 trips from 06:")
    assert ", a bus every 20 min from 7 to 9 am, " in sentence


def test_two_scenarios_are_compared_with_each_other() -> None:
    headway = SetHeadway(route_id="R", headway_s=300, start_s=SEVEN, end_s=SEVEN + 1800, direction=0, days=WEEKDAY)
    gone = RemoveRoute(route_id="S", days=WEEKDAY)
    assert words(headway, gone, other=(headway,)) == ["S is new on weekdays: 2 trips from 07:00 to 08:00, a bus every 60 min "
                                                      "from 7 to 9 am, 5.0 min a trip."]  # fmt: skip
    assert words(headway, other=(headway,)) == ["B runs the same buses as A."]
    assert words(gone, headway, other=(headway, gone)) == ["B runs the same buses as A."]
    assert words() == ["A runs the same buses as today."]


def test_all_problems_of_a_scenario_come_first() -> None:
    with pytest.raises(ScenarioError, match="does not run"):
        words(RemoveRoute(route_id="Q"))
