"""An exported feed in another program: pynigiri (nigiri, C++) loads it and arrives when our engine does."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pynigiri
import pytest

from tests.network.test_against_pynigiri import NIGIRI_CHANGE_S, load_nigiri
from tests.scenario.edited_city import edited_city
from tests.scenario.formats.test_gtfs import CASES, small_city
from workbench.network import OneToAll, SearchParams, Window
from workbench.network.network import build_network
from workbench.scenario import Scenario, apply_scenario
from workbench.scenario.formats.gtfs import write_gtfs

SEVEN = 7 * 3600


@pytest.mark.parametrize("name", ["nothing", "several", "a new route"])
def test_pynigiri_arrives_when_we_do(name: str, tmp_path: Path) -> None:
    city, scenario = small_city(), Scenario(name, CASES[name])
    report = write_gtfs(scenario, city, tmp_path / "feed.zip")
    change = apply_scenario(scenario, city).change
    built = edited_city(city, change, "weekday")
    params = SearchParams(access_walk_m=0, transfer_walk_m=0, direct_walk_m=0, change_s=NIGIRI_CHANGE_S)
    ours = OneToAll(build_network(built, Window("seven", "7 am", "weekday", SEVEN, 1), params))
    day = dict(report.date_of)["weekday"]
    table = load_nigiri(tmp_path / "feed.zip", day)
    row = {stop_id: n for n, stop_id in enumerate(built.stops["stop_id"])}
    found = 0
    for origin in "ABCD":
        arrivals = ours.from_stop(row[origin], SEVEN)
        for goal in "ABCD":
            if goal != origin:
                expected = (int(arrivals[row[goal]]) - SEVEN) / 60 if arrivals[row[goal]] >= 0 else -1
                theirs = minutes(table, day, origin, goal)
                assert (theirs < 0) == (expected < 0), (origin, goal)
                assert abs(theirs - expected) < 1.0, (origin, goal)  # nigiri counts in whole minutes
                found += expected >= 0
    assert found >= 6


def minutes(table: pynigiri.Timetable, day: dt.date, origin: str, goal: str) -> float:
    """Return minutes from 7:00 to the earliest arrival; -1 where there is none within 90 minutes."""
    start = dt.datetime(day.year, day.month, day.day, 11, 0, tzinfo=dt.UTC)  # 07:00 in New York, summer time
    query = pynigiri.Query()
    query.start_time = int(start.timestamp()) // 60
    query.start = [pynigiri.Offset(table.find_location(origin), 0, 0)]
    query.destination = [pynigiri.Offset(table.find_location(goal), 0, 0)]
    query.max_transfers, query.max_travel_time = 3, 90
    query.start_match_mode = query.dest_match_mode = pynigiri.LocationMatchMode.EXACT
    query.use_start_footpaths = False
    return float(min((j.dest_time - query.start_time for j in pynigiri.route(table, query)), default=-1))


def test_numbers_of_the_scene_are_those_of_the_feed(tmp_path: Path) -> None:
    """So that the test above does not compare nothing with nothing: R leaves A at 7:00 and is at D at 7:15."""
    write_gtfs(Scenario("today"), small_city(), tmp_path / "feed.zip")
    table = load_nigiri(tmp_path / "feed.zip", dt.date(2026, 10, 14))
    assert minutes(table, dt.date(2026, 10, 14), "A", "D") == 15.0
    assert np.isclose(minutes(table, dt.date(2026, 10, 14), "D", "B"), 10.0)
