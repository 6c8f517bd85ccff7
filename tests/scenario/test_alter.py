"""Edits of existing routes by hand: a line of four stops, 5 minutes a hop, a bus every 10 minutes from 7:00."""

from __future__ import annotations

import dataclasses
from itertools import permutations

import numpy as np
import pytest

from tests.scenario.scenario_scenes import drawn
from tests.scenes import GridCity
from workbench.city.city import City
from workbench.errors import NotFoundError, ScenarioError
from workbench.scenario import (
    AddStop,
    AllDoorBoarding,
    AppliedScenario,
    ChangeSpan,
    ChangeSpeed,
    Edit,
    MoveStop,
    RemoveRoute,
    RemoveStop,
    RemoveTrips,
    Reroute,
    Scenario,
    SetHeadway,
    apply_scenario,
    bus_priority,
)

SEVEN = 7 * 3600


def line_city() -> City:
    """R runs A B C D and back, S runs A E once an hour; stops are 5 squares, 1 km, apart on row 0, E lies on row 5."""
    scene = GridCity().stop("A", 0, 0).stop("B", 5, 0).stop("C", 10, 0).stop("D", 15, 0).stop("E", 0, 5)
    scene.stop("F", 7.5, 2.5).zone("a", 0, 0).zone("d", 15, 0)
    scene.route("R", "A B C D", first_s=SEVEN, headway_s=600, n_trips=4, hop_s=300)
    scene.route("R", "D C B A", first_s=SEVEN, headway_s=600, n_trips=4, hop_s=300, direction=1)
    return scene.route("S", "A E", first_s=SEVEN, headway_s=3600, n_trips=2, hop_s=300, dwell_s=0).city("line")


def applied(*edits: Edit) -> AppliedScenario:
    return apply_scenario(Scenario("test", edits), line_city())


def told(found: AppliedScenario, route_id: str = "R", direction: int = 0) -> list[str]:
    """Return the trips of a direction as text: `A 7:00 B 7:05 ...`; departures, arrivals at the last stop."""
    names = dict(enumerate(line_city().stops["stop_id"]))
    lines = []
    for pattern in found.addition.patterns:
        if (pattern.route_id, pattern.direction) == (route_id, direction):
            stops = [names.get(int(stop), "new") for stop in pattern.stop_ix]
            for times in np.hstack([pattern.departure_s[:, :-1], pattern.arrival_s[:, -1:]]).tolist():
                clock = [f"{t // 3600}:{t // 60 % 60:02d}" + (f":{t % 60:02d}" if t % 60 else "") for t in times]
                lines.append(" ".join(f"{stop} {at}" for stop, at in zip(stops, clock, strict=True)))
    return lines


TODAY = [f"A 7:{m:02d} B 7:{m + 5:02d} C 7:{m + 10:02d} D 7:{m + 15:02d}" for m in (0, 10, 20, 30)]


def test_a_removed_route_is_gone_and_nothing_is_added() -> None:
    found = applied(RemoveRoute(route_id="R"))
    assert found.change.removed_route_ids == ("R",)
    assert found.addition.patterns == ()
    assert [(route.route_id, route.is_removed("weekday")) for route in found.changed] == [("R", True)]


def test_trips_are_removed_by_time_and_by_id() -> None:
    by_time = applied(RemoveTrips(route_id="R", start_s=SEVEN + 600, end_s=SEVEN + 1800, direction=0))
    assert told(by_time) == [TODAY[0], TODAY[3]]
    assert len(told(by_time, direction=1)) == 4
    by_id = applied(RemoveTrips(route_id="R", trip_ids=("R.0.1", "R.1.3")))
    assert told(by_id) == [TODAY[0], TODAY[2], TODAY[3]]
    assert len(told(by_id, direction=1)) == 3


def test_a_headway_replaces_the_trips_of_its_band() -> None:
    # the band 7:10 to 7:30 held the buses of 7:10 and 7:20; now one every 5 minutes from a seeded minute
    found = applied(SetHeadway(route_id="R", headway_s=300, start_s=SEVEN + 600, end_s=SEVEN + 1800, direction=0))
    (pattern,) = (one for one in found.addition.patterns if one.direction == 0)
    starts = pattern.departure_s[:, 0] - SEVEN
    assert (starts[0], starts[-1]) == (0, 1800)
    new = starts[1:-1]
    assert len(new) == 4
    assert 600 <= new[0] < 900
    assert set(np.diff(new)) == {300}
    assert (np.diff(pattern.arrival_s, axis=1) == 300).all()
    # a later band, where nothing runs today, takes the last bus as its model
    late = applied(SetHeadway(route_id="R", headway_s=600, start_s=SEVEN + 7200, end_s=SEVEN + 10800, direction=0))
    assert len(told(late)) == 4 + 6


def test_a_stop_moves_for_one_route_or_for_all() -> None:
    place = drawn((0, 2))[0]
    one = applied(MoveStop(stop_id="A", place_lonlat=place, route_ids=("S",)))
    assert one.change.removed_route_ids == ("S",)
    assert told(one, "S")[0] == "new 7:00 E 7:05"
    both = applied(MoveStop(stop_id="A", place_lonlat=place))
    assert both.change.removed_route_ids == ("R", "S")
    assert both.addition.new_stop_xy == pytest.approx(np.array([[300_000.0, 60_400.0]]), abs=0.01)
    assert told(both)[0] == TODAY[0].replace("A", "new")
    # the stop keeps its id for later edits
    later = applied(MoveStop(stop_id="A", place_lonlat=place), RemoveStop(stop_id="A", route_ids=("R",)))
    assert told(later)[0] == "B 7:05 C 7:10 D 7:15"


def test_a_removed_stop_leaves_all_other_times_alone() -> None:
    assert told(applied(RemoveStop(stop_id="C")))[0] == "A 7:00 B 7:05 D 7:15"
    # two stops less one is no trip
    found = applied(RemoveStop(stop_id="E"))
    assert (found.change.removed_route_ids, found.addition.patterns) == (("S",), ())


def test_an_added_stop_shares_the_running_time_and_puts_off_the_rest() -> None:
    # half way from B to C: there after 150 s, leaves 20 s later, everything after is 20 s late
    found = applied(AddStop(route_id="R", after_stop_id="B", place_lonlat=drawn((7.5, 0))[0], direction=0))
    assert told(found)[0] == "A 7:00 B 7:05 new 7:07:50 C 7:10:20 D 7:15:20"
    found = applied(AddStop(route_id="R", after_stop_id="B", stop_id="F", dwell_s=0, direction=0))
    assert told(found)[0] == "A 7:00 B 7:05 F 7:07:30 C 7:10 D 7:15"
    # nobody goes on from the last stop
    with pytest.raises(ScenarioError, match="add-stop of route R: it changes nothing"):
        applied(AddStop(route_id="R", after_stop_id="D", stop_id="F", direction=0))


def test_a_faster_stretch_brings_the_rest_forward() -> None:
    found = applied(ChangeSpeed(route_id="R", speed_factor=2.0, from_stop_id="B", to_stop_id="C", direction=0))
    assert told(found)[0] == "A 7:00 B 7:05 C 7:07:30 D 7:12:30"
    found = applied(ChangeSpeed(route_id="R", speed_factor=0.5, direction=0))
    assert told(found)[0] == "A 7:00 B 7:10 C 7:20 D 7:30"


def test_slower_buses_do_not_overtake() -> None:
    # the first bus at a quarter of its speed takes 20 min a hop; the second, faster one comes up behind and follows
    slow = ChangeSpeed(route_id="R", speed_factor=0.25, direction=0, start_s=SEVEN, end_s=SEVEN + 60)
    found = applied(slow)
    assert told(found)[0] == "A 7:00 B 7:20 C 7:40 D 8:00"
    patterns = [one for one in found.addition.patterns if one.direction == 0]
    for pattern in patterns:
        assert (np.diff(pattern.departure_s, axis=0) >= 0).all()
    assert sum(len(one.arrival_s) for one in patterns) == 4


def test_another_way_between_two_stops() -> None:
    # B F C: 707 m each, at the speed of the city's only buses, 1,000 m in 300 s: 212 s, so C at 7:12:04, D 5 min on
    found = applied(Reroute(route_id="R", direction=0, from_stop_id="B", to_stop_id="C", stop_ids=("F",)))
    assert told(found)[0] == "A 7:00 B 7:05 F 7:08:32 C 7:12:04 D 7:17:04"
    assert len(told(found, direction=1)) == 4


def test_a_route_is_cut_short_and_extended() -> None:
    assert told(applied(Reroute(route_id="R", direction=0, from_stop_id="C")))[0] == "A 7:00 B 7:05 C 7:10"
    assert told(applied(Reroute(route_id="R", direction=0, to_stop_id="B")))[0] == "B 7:05 C 7:10 D 7:15"
    longer = applied(Reroute(route_id="R", direction=0, to_stop_id="A", stop_ids=("E",)))  # from E, 1 km before A
    assert told(longer)[0] == "E 6:55 A 7:00 B 7:05 C 7:10 D 7:15"
    further = applied(Reroute(route_id="R", direction=0, from_stop_id="D", stop_ids=("C", "B")))
    assert told(further)[0] == "A 7:00 B 7:05 C 7:10 D 7:15 C 7:20 B 7:25"


def test_a_drawn_way_gets_stops_at_a_spacing() -> None:
    line = drawn((5, 0), (5, 2.5), (10, 2.5), (10, 0))
    edit = Reroute(
        route_id="R", direction=0, from_stop_id="B", to_stop_id="C", line_lonlat=line, spacing_m=500.0, snap_m=50.0
    )
    # 2 km: stops after 500, 1,000 and 1,500 m; F lies where the second would be
    found = applied(edit)
    assert [line.split()[4:11:2] for line in told(found)[:1]] == [["new", "F", "new", "C"]]
    assert told(found)[0].endswith("C 7:15 D 7:20")  # 2 km at 1 km in 5 min
    # a whole new way keeps the departures
    whole = applied(Reroute(route_id="R", direction=0, stop_ids=("A", "F", "D")))
    assert [line.split()[:2] for line in told(whole)] == [line.split()[:2] for line in TODAY]


def test_flags_stay() -> None:
    scene = GridCity().stop("A", 0, 0).stop("B", 10, 0).stop("C", 20, 0).zone("a", 0, 0).zone("c", 20, 0)
    city = scene.route(
        "X", "A B C", first_s=SEVEN, headway_s=600, n_trips=3, no_alight=frozenset("B"), no_board=frozenset("B")
    ).city()
    found = apply_scenario(Scenario("t", (ChangeSpeed(route_id="X", speed_factor=1.5),)), city)
    (pattern,) = found.addition.patterns
    assert pattern.may_board.tolist() == pattern.may_alight.tolist() == [True, False, True]


def test_edits_of_one_route_build_on_each_other() -> None:
    found = applied(
        RemoveStop(stop_id="C", route_ids=("R",)),
        ChangeSpeed(route_id="R", speed_factor=2.0, from_stop_id="B", direction=0),
        RemoveTrips(route_id="R", trip_ids=("R.0.0",)),
    )
    assert told(found)[0] == "A 7:10 B 7:15 D 7:20"


def test_equivalent_orders_give_the_same_change() -> None:
    edits = (
        RemoveStop(stop_id="C", route_ids=("R",)),
        MoveStop(stop_id="A", place_lonlat=drawn((1, 1))[0]),
        MoveStop(stop_id="E", place_lonlat=drawn((1, 9))[0]),
        RemoveTrips(route_id="R", start_s=SEVEN, end_s=SEVEN + 60, direction=1),
        ChangeSpeed(route_id="R", speed_factor=1.3, direction=0),
    )
    first = applied(*edits)
    for order in permutations(edits):
        other = applied(*order)
        assert other.change.removed_route_ids == first.change.removed_route_ids
        np.testing.assert_array_equal(other.addition.new_stop_xy, first.addition.new_stop_xy)
        assert len(other.addition.patterns) == len(first.addition.patterns)
        for one, two in zip(other.addition.patterns, first.addition.patterns, strict=True):
            assert (one.route_id, one.direction) == (two.route_id, two.direction)
            for name in ("stop_ix", "arrival_s", "departure_s", "may_board", "may_alight"):
                np.testing.assert_array_equal(getattr(one, name), getattr(two, name))


def test_all_problems_at_once_each_with_its_place() -> None:
    edits = (
        RemoveRoute(route_id="r"),
        RemoveStop(stop_id="Z"),
        SetHeadway(route_id="R", headway_s=5),
        MoveStop(stop_id="A", place_lonlat=(40.7, -74.0)),
        RemoveTrips(route_id="R", trip_ids=("nobody",)),
        Reroute(route_id="R", direction=0, from_stop_id="B", to_stop_id="C", line_lonlat=drawn((30, 0), (30, 5))),
    )
    with pytest.raises(ScenarioError) as caught:
        applied(*edits)
    codes = [problem.code for problem in caught.value.problems]
    assert codes == [
        "route-unknown", "stop-unknown", "headway-range", "place-outside", "trip-unknown", "way-far", "way-far",
    ]  # fmt: skip
    text = str(caught.value)
    assert "remove-route of route r: route 'r' does not run in Grid City; its GTFS id is 'R'" in text
    assert "headway is 5 s, must be 60 to 7200 s" in text
    assert "latitude and longitude seem to be swapped" in text


def test_an_edit_for_another_day_is_a_warning_and_one_without_effect_an_error() -> None:
    found = applied(RemoveRoute(route_id="R", days=("sunday",)))
    assert found.change.removed_route_ids == ()
    assert [problem.code for problem in found.problems] == ["not-running"]
    assert [route.route_id for route in found.changed] == ["R"]
    with pytest.raises(ScenarioError, match="it changes nothing: no trip on its days"):
        applied(RemoveStop(stop_id="E", route_ids=("R",)))


@pytest.mark.parametrize(
    ("edit", "code"),
    [
        (RemoveRoute(route_id=""), "id-empty"),
        (RemoveRoute(route_id="R", days=()), "days-unknown"),
        (RemoveTrips(route_id="R", start_s=10, end_s=5), "band-range"),
        (SetHeadway(route_id="R", headway_s=600, direction=2), "direction-range"),
        (SetHeadway(route_id="R", headway_s=600, seed=-1), "seed-range"),
        (AddStop(route_id="R", after_stop_id="A"), "place-missing"),
        (AddStop(route_id="R", after_stop_id="A", stop_id="F", dwell_s=999), "dwell-range"),
        (AddStop(route_id="R", after_stop_id="A", place_lonlat=(float("nan"), 40.7)), "coordinate-not-finite"),
        (Reroute(route_id="R", direction=0), "way-missing"),
        (Reroute(route_id="R", direction=0, line_lonlat=drawn((0, 0), (1, 0)), stop_ids=("A",)), "way-twice"),
        (Reroute(route_id="R", direction=0, line_lonlat=drawn((0, 0))), "line-points"),
        (ChangeSpeed(route_id="R", speed_factor=float("nan")), "speed-range"),
        (RemoveTrips(route_id="R", via_stop_ids=("",)), "id-empty"),
    ],
)
def test_values_out_of_range_are_refused(edit: Edit, code: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        applied(edit)
    assert code in [problem.code for problem in caught.value.problems]


def test_a_longer_day_keeps_the_rhythm_and_a_shorter_one_drops_trips() -> None:
    # today 7:00 to 7:30 every 10 minutes; from 6:40 on two more before, and 7:30 is no longer inside
    longer = applied(ChangeSpan(route_id="R", start_s=SEVEN - 1200, end_s=SEVEN + 1500, headway_s=600, direction=0))
    early = [f"A 6:{m} B 6:{m + 5} C {clock} D {end}" for m, clock, end in ((40, "6:50", "6:55"), (50, "7:00", "7:05"))]
    assert sorted(told(longer)) == sorted([*early, *TODAY[:3]])
    assert len(told(longer, direction=1)) == 4


def test_a_span_after_all_trips_of_today_copies_the_last_one() -> None:
    found = applied(ChangeSpan(route_id="R", start_s=8 * 3600, end_s=8 * 3600 + 1800, headway_s=1200, direction=0))
    assert told(found) == [
        "A 8:10 B 8:15 C 8:20 D 8:25"
    ]  # 7:30 and 20 minutes again and again: 7:50, 8:10; 8:30 is out


def test_a_trip_of_the_day_before_is_judged_by_its_own_time() -> None:
    scene = GridCity().stop("A", 0, 0).stop("B", 5, 0).zone("a", 0, 0).zone("b", 5, 0)
    city = scene.route("N", "A B", first_s=-1200, headway_s=1200, n_trips=3, hop_s=1500, dwell_s=0).city("night")
    edit = ChangeSpan(route_id="N", start_s=0, end_s=86_400 - 600, headway_s=7200)
    day = dataclasses.replace(city.load_timetable("weekday"), trip_is_previous_day=np.array([True, False, False]))
    city = dataclasses.replace(city, version="night", load_timetable=lambda _: day)
    change = apply_scenario(Scenario("span", (edit,)), city).change
    starts = sorted(int(t) for pattern in change.addition.patterns for t in pattern.departure_s[:, 0])
    assert starts[:3] == [-1200, 0, 1200]  # left at 23:40, before 23:50
    gone = ChangeSpan(route_id="N", start_s=0, end_s=86_400 - 1800, headway_s=7200)
    change = apply_scenario(Scenario("span", (gone,)), city).change
    starts = sorted(int(t) for pattern in change.addition.patterns for t in pattern.departure_s[:, 0])
    assert starts[:2] == [0, 1200]  # 23:40 is after 23:30


def test_all_doors_shorten_the_time_from_stop_to_stop() -> None:
    # half of 5 minutes at stops, 40 percent of that saved: 4 minutes a hop
    found = applied(AllDoorBoarding(route_id="R", dwell_share=0.5, saving_share=0.4, direction=0))
    assert told(found) == [f"A 7:{m:02d} B 7:{m + 4:02d} C 7:{m + 8:02d} D 7:{m + 12:02d}" for m in (0, 10, 20, 30)]
    part = applied(
        AllDoorBoarding(
            route_id="R",
            dwell_share=0.5,
            saving_share=0.4,
            from_stop_id="B",
            to_stop_id="C",
            end_s=SEVEN + 1,
            direction=0,
        )
    )
    assert sorted(told(part)) == sorted(["A 7:00 B 7:05 C 7:09 D 7:14", *TODAY[1:]])


def test_a_busway_is_a_change_of_speed_with_a_source() -> None:
    edit = bus_priority("busway", "R", from_stop_id="A", to_stop_id="C", direction=0)
    assert edit.speed_factor == pytest.approx(15.1 / 10.6, abs=0.01)
    found = applied(edit)
    assert told(found)[0] == "A 7:00 B 7:03:30 C 7:07 D 7:12"  # 300 s / 1.43 = 210 s
    ((sentence, granted),) = found.change_words
    assert sentence == "Route R toward D runs 43% faster with a busway from A (A) to C (C)."
    assert "14th Street" in granted
    assert found.problems == ()
    beyond = applied(bus_priority("bus-lane", "R", speed_factor=1.8))
    assert [problem.code for problem in beyond.problems] == ["speed-unmeasured"]
    assert "with a bus lane 1 to 1.3 was measured" in str(beyond.problems[0])


def test_every_problem_of_the_newer_edits_is_told_at_once() -> None:
    edits = (
        ChangeSpan(route_id="R", start_s=9 * 3600, end_s=8 * 3600, headway_s=0),
        AllDoorBoarding(route_id="R", dwell_share=0.9, saving_share=-1.0),
        ChangeSpeed(route_id="R", speed_factor=1.1, measure="flying"),
    )
    with pytest.raises(ScenarioError) as caught:
        applied(*edits)
    assert [problem.code for problem in caught.value.problems] == [
        *("headway-range", "band-range", "dwell-range", "dwell-range", "measure-unknown")
    ]
    with pytest.raises(NotFoundError, match="there are bus-lane, camera-lane, sbs, busway"):
        bus_priority("flying", "R")
