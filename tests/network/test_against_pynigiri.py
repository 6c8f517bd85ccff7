"""The engine against an independent one: pynigiri (nigiri, C++), on real stops of New York, without footpaths."""

from __future__ import annotations

import dataclasses
import datetime as dt
import io
import zipfile
from pathlib import Path

import numpy as np
import pynigiri
import pytest

from workbench.city import City, Timetable, load_city
from workbench.network import SearchParams, get_window
from workbench.network.network import build_network
from workbench.network.search import stop_arrivals

FROM_S, TO_S = int(6.5 * 3600), 11 * 3600
NIGIRI_CHANGE_S = 120
"""nigiri's own time for a change at one stop, where transfers.txt says nothing."""


def whole_minutes(timetable: Timetable) -> Timetable:
    """nigiri counts in minutes: cut both engines' seconds off."""
    return dataclasses.replace(
        timetable, arrival_s=timetable.arrival_s // 60 * 60, departure_s=timetable.departure_s // 60 * 60
    )


def clock(seconds: int) -> str:
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


def write_gtfs(path: Path, city: City, timetable: Timetable) -> None:
    """Write the morning of a service day as GTFS, one route a pattern."""
    trips, times = io.StringIO(), io.StringIO()
    trips.write("route_id,service_id,trip_id\n")
    times.write("trip_id,arrival_time,departure_time,stop_id,stop_sequence,pickup_type,drop_off_type\n")
    for p in range(timetable.n_patterns):
        calls = slice(timetable.pattern_stop_indptr[p], timetable.pattern_stop_indptr[p + 1])
        board, alight = timetable.pattern_may_board[calls], timetable.pattern_may_alight[calls]
        arrivals, departures = timetable.pattern_times(p)
        for t, (arrival, departure) in enumerate(zip(arrivals, departures, strict=True)):
            if departure[0] > TO_S or arrival[-1] < FROM_S or departure[0] < 0:
                continue
            trips.write(f"r{p},W,t{p}_{t}\n")
            for i, stop in enumerate(timetable.pattern_stops(p)):
                times.write(
                    f"t{p}_{t},{clock(arrival[i])},{clock(departure[i])},s{stop},{i + 1},"
                    f"{int(not board[i])},{int(not alight[i])}\n"
                )
    stops = "".join(f"s{i},s{i},{row.lat:.6f},{row.lon:.6f}\n" for i, row in enumerate(city.stops.itertuples()))
    routes = "".join(f"r{p},X,r{p},r{p},3\n" for p in range(timetable.n_patterns))
    day = timetable.service_date.strftime("%Y%m%d")
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("agency.txt", "agency_id,agency_name,agency_url,agency_timezone\nX,X,http://x,America/New_York\n")
        file.writestr("calendar_dates.txt", f"service_id,date,exception_type\nW,{day},1\n")
        file.writestr("stops.txt", f"stop_id,stop_name,stop_lat,stop_lon\n{stops}")
        file.writestr("routes.txt", f"route_id,agency_id,route_short_name,route_long_name,route_type\n{routes}")
        file.writestr("trips.txt", trips.getvalue())
        file.writestr("stop_times.txt", times.getvalue())


@pytest.mark.city
def test_earliest_arrivals_equal_pynigiri(tmp_path: Path) -> None:
    city = load_city("nyc")
    timetable = whole_minutes(city.load_timetable("weekday"))
    city = dataclasses.replace(city, load_timetable=lambda _: timetable)
    window = dataclasses.replace(get_window("weekday-am"), start_s=8 * 3600, n_departures=1)
    params = SearchParams(access_walk_m=0, transfer_walk_m=0, direct_walk_m=0, change_s=NIGIRI_CHANGE_S)
    network = build_network(city, window, params)

    rng = np.random.default_rng(7)
    used = np.unique(network.forward.call_stop_ix)
    pairs, ours = [], []
    for origin in rng.choice(used, 90, replace=False):
        arrivals = stop_arrivals(network, int(origin))[:, 0]
        reached = np.flatnonzero(arrivals >= 0)
        reached = reached[reached != origin]
        goals = [int(rng.choice(used)), *map(int, rng.choice(reached, min(2, len(reached)), replace=False))]
        for goal in goals:
            if goal != origin:
                pairs.append((int(origin), goal))
                ours.append((int(arrivals[goal]) - window.start_s) // 60 if arrivals[goal] >= 0 else -1)

    write_gtfs(tmp_path / "day.zip", city, timetable)
    theirs = nigiri_minutes(tmp_path / "day.zip", timetable.service_date, pairs)
    assert len(pairs) >= 200
    assert sum(minutes >= 0 for minutes in ours) >= 100, (
        "too few pairs are reached for the comparison to mean something"
    )
    assert list(zip(pairs, ours, strict=True)) == list(zip(pairs, theirs, strict=True))


def nigiri_minutes(path: Path, day: dt.date, pairs: list[tuple[int, int]]) -> list[int]:
    """Return minutes from 08:00 to the earliest arrival of each pair by nigiri; -1 where it finds none."""
    config = pynigiri.LoaderConfig()
    config.link_stop_distance = 0
    config.default_tz = "America/New_York"
    finalize = pynigiri.FinalizeOptions()
    finalize.adjust_footpaths = finalize.merge_dupes_intra_src = finalize.merge_dupes_inter_src = False
    source = pynigiri.TimetableSource("m", str(path), config)
    table = pynigiri.load_timetable([source], str(day), str(day + dt.timedelta(days=1)), finalize)
    start = dt.datetime(day.year, day.month, day.day, 12, 0, tzinfo=dt.UTC)  # 08:00 in New York, summer time
    minute = int(start.timestamp()) // 60
    found = []
    for origin, goal in pairs:
        query = pynigiri.Query()
        query.start_time = minute
        query.start = [pynigiri.Offset(table.find_location(f"s{origin}"), 0, 0)]
        query.destination = [pynigiri.Offset(table.find_location(f"s{goal}"), 0, 0)]
        query.max_transfers, query.max_travel_time = 3, 90
        query.start_match_mode = query.dest_match_mode = pynigiri.LocationMatchMode.EXACT
        query.use_start_footpaths = False
        found.append(min((j.dest_time - minute for j in pynigiri.route(table, query)), default=-1))
    return found
