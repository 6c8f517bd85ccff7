from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from tests.city.conftest import Town
from tests.city.small_sources import SUNDAY, WEDNESDAY
from workbench.city.gtfs.feed import read_feed
from workbench.city.gtfs.service_day import check_calendar_end, find_services
from workbench.city.timetable import Timetable
from workbench.errors import InputError


@pytest.fixture(scope="module")
def wednesday(town: Town) -> Timetable:
    return town.city().load_timetable("weekday")


def pattern_of(timetable: Timetable, trip_id: str) -> int:
    trip = timetable.trip_id.tolist().index(trip_id)
    return int(np.searchsorted(timetable.pattern_trip_indptr, trip, side="right")) - 1


def test_calendar_and_its_exceptions(town: Town) -> None:
    feed = read_feed(town.sources / "bus_a.zip", feed_id="bus_a")
    services, defects = find_services(feed, WEDNESDAY)
    assert services == {"wk"}
    assert [(d.code, d.count) for d in defects] == [("services-removed", 1)]
    assert find_services(feed, SUNDAY) == (frozenset({"we"}), ())


def test_a_feed_without_calendar(town: Town) -> None:
    feed = read_feed(town.sources / "bus_b.zip", feed_id="bus_b")
    services, defects = find_services(feed, WEDNESDAY)
    assert services == {"d"}
    assert [d.code for d in defects] == ["services-added"]


def test_a_date_without_service_is_refused(town: Town) -> None:
    feed = read_feed(town.sources / "rail.zip", feed_id="rail")
    with pytest.raises(InputError, match="rail: no service on 2026-12-02; its calendar ends 20261031"):
        find_services(feed, dt.date(2026, 12, 2))


def test_a_calendar_that_ends_soon_is_reported(town: Town) -> None:
    rail, bus = (read_feed(town.sources / f"{name}.zip", feed_id=name) for name in ("rail", "bus_a"))
    assert [d.code for d in check_calendar_end(rail, SUNDAY)] == ["calendar-ends"]
    assert check_calendar_end(bus, SUNDAY) == ()


def test_trips_of_the_day_and_of_the_night_before(wednesday: Timetable) -> None:
    # of the day: a1 to a4, b1, r1, r2; of Tuesday: a4 and r2, which pass midnight
    today = wednesday.trip_id[~wednesday.trip_is_previous_day]
    before = wednesday.trip_id[wednesday.trip_is_previous_day]
    assert sorted(today) == ["a1", "a2", "a3", "a4", "b1", "r1", "r2"]
    assert sorted(before) == ["a4", "r2"]
    pattern = pattern_of(wednesday, "r1")
    arrival, _ = wednesday.pattern_times(pattern)
    # r2 of Tuesday starts at 25:00, which is 1:00 on Wednesday; then r1 at 7:00, then r2 at 25:00
    assert arrival[:, 0].tolist() == [3600, 25_200, 90_000]


def test_boarding_rules_make_a_pattern_of_their_own(wednesday: Timetable) -> None:
    strict, free = pattern_of(wednesday, "a1"), pattern_of(wednesday, "a2")
    assert strict != free
    calls = slice(wednesday.pattern_stop_indptr[strict], wednesday.pattern_stop_indptr[strict + 1])
    assert wednesday.pattern_may_board[calls].tolist() == [True, True, False, True]
    assert wednesday.pattern_may_alight[calls].tolist() == [True, False, True, True]


def test_a_trip_that_overtakes_gets_a_pattern_of_its_own(wednesday: Timetable, town: Town) -> None:
    # a2: 7:10 7:20 7:30 7:40; a3: 7:15 7:20 7:25 7:30 passes it; a4 fits behind a2
    assert pattern_of(wednesday, "a2") == pattern_of(wednesday, "a4")
    assert pattern_of(wednesday, "a3") != pattern_of(wednesday, "a2")
    splits = [p for p in town.report.problems if p.code == "overtaking-splits"]
    assert [str(p) for p in splits] == ["1 patterns split on 2026-10-14 because trips overtake: none lost"]


def test_no_trip_of_a_pattern_overtakes_and_none_goes_back(wednesday: Timetable) -> None:
    for pattern in range(wednesday.n_patterns):
        arrival, departure = wednesday.pattern_times(pattern)
        assert (np.diff(arrival, axis=0) >= 0).all()
        assert (np.diff(departure, axis=0) >= 0).all()
        assert (departure >= arrival).all()
        assert (arrival[:, 1:] >= departure[:, :-1]).all()


def test_weekend_has_its_own_trips(town: Town) -> None:
    saturday = town.city().load_timetable("saturday")
    assert saturday.service_date == dt.date(2026, 10, 17)
    # Friday's a4 passes midnight into Saturday
    assert sorted(saturday.trip_id[~saturday.trip_is_previous_day]) == ["a5", "b1", "r1", "r2"]
    assert sorted(saturday.trip_id[saturday.trip_is_previous_day]) == ["a4", "r2"]


def test_headsign_and_direction(wednesday: Timetable) -> None:
    pattern = pattern_of(wednesday, "r1")
    assert wednesday.pattern_headsign[pattern] == "Uptown"
    assert wednesday.pattern_direction[pattern] == 1
