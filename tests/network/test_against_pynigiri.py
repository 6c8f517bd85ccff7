"""
The engine against an independent one: pynigiri (nigiri, C++), on real stops of New York, without and with footpaths.

What differs by design, and how both are made to follow the same rules here:

* nigiri counts in minutes: the timetable of both is cut to minutes, and walks take whole minutes;
* nigiri closes footpaths transitively: the test's footpaths join groups of stops in which everyone reaches everyone;
* a walk takes nigiri's footpath alone, but our walk plus `change_s`: the footpath is written as their sum;
* nigiri may walk into the goal, we only ride there: goals have no footpath;
* a change at one stop takes 2 min in nigiri, or what transfers.txt says.
"""

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
from workbench.network import OneToAll, SearchParams, Window, compile_journeys, get_window, override_params
from workbench.network.kernels.arrays import Links
from workbench.network.links import links_from_pairs
from workbench.network.network import Network, build_network
from workbench.network.search import stop_arrivals

FROM_S, TO_S = int(6.5 * 3600), 11 * 3600
EIGHT = 8 * 3600
NIGIRI_CHANGE_S = 120
"""nigiri's own time for a change at one stop, where transfers.txt says nothing."""


def whole_minutes(timetable: Timetable) -> Timetable:
    """nigiri counts in minutes: cut both engines' seconds off."""
    return dataclasses.replace(
        timetable, arrival_s=timetable.arrival_s // 60 * 60, departure_s=timetable.departure_s // 60 * 60
    )


def clock(seconds: int) -> str:
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


def write_gtfs(path: Path, city: City, timetable: Timetable, transfers: str = "") -> None:
    """Write the morning of a service day as GTFS, one route a pattern; `transfers` are rows of transfers.txt."""
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
        if transfers:
            file.writestr("transfers.txt", f"from_stop_id,to_stop_id,transfer_type,min_transfer_time\n{transfers}")


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


def pairs_of_stops(
    rng: np.random.Generator, goals: np.ndarray, search: OneToAll, n_origins: int
) -> tuple[list[tuple[int, int]], list[int]]:
    """Return pairs of stops, two of three that are reached, and our minutes from 08:00; -1 where not reached."""
    used = np.unique(search.network.forward.call_stop_ix)
    pairs, ours = [], []
    for origin in rng.choice(used, n_origins, replace=False):
        arrivals = search.from_stop(int(origin), EIGHT)
        reached = goals[(arrivals[goals] >= 0) & (goals != origin)]
        chosen = [int(rng.choice(goals)), *map(int, rng.choice(reached, min(2, len(reached)), replace=False))]
        for goal in chosen:
            if goal != origin:
                pairs.append((int(origin), goal))
                ours.append((int(arrivals[goal]) - EIGHT) // 60 if arrivals[goal] >= 0 else -1)
    return pairs, ours


@pytest.mark.city
def test_journeys_equal_pynigiri_at_other_parameters(tmp_path: Path) -> None:
    """What `workbench journey --param ...` answers: no walks, no time to change, eight rides."""
    city = load_city("nyc")
    timetable = whole_minutes(city.load_timetable("weekday"))
    city = dataclasses.replace(city, load_timetable=lambda _: timetable)
    params = override_params(SearchParams(), ("transfer_walk_m=0", "change_s=0", "max_rides=8"))
    window = Window("eight", "8 am", "weekday", EIGHT, 1)
    network = build_network(city, window, params)
    used = np.unique(network.forward.call_stop_ix)
    pairs, arrivals = pairs_of_stops(np.random.default_rng(8), used, OneToAll(network), 90)

    search = compile_journeys(city, window, params)
    ours = []
    for origin, goal in pairs:
        found = search.find(search.stops[origin], search.stops[goal], EIGHT)
        ours.append(found[0].duration_s // 60 if found else -1)
    assert ours == arrivals

    at_once = "".join(f"s{stop},s{stop},2,0\n" for stop in used)
    write_gtfs(tmp_path / "day.zip", city, timetable, at_once)
    theirs = nigiri_minutes(tmp_path / "day.zip", timetable.service_date, pairs, max_rides=8)
    assert len(pairs) >= 200
    assert sum(minutes >= 0 for minutes in ours) >= 100
    assert list(zip(pairs, ours, strict=True)) == list(zip(pairs, theirs, strict=True))


@pytest.mark.city
def test_earliest_arrivals_equal_pynigiri_with_footpaths(tmp_path: Path) -> None:
    city = load_city("nyc")
    timetable = whole_minutes(city.load_timetable("weekday"))
    city = dataclasses.replace(city, load_timetable=lambda _: timetable)
    params = SearchParams(access_walk_m=0, transfer_walk_m=60, direct_walk_m=0, change_s=NIGIRI_CHANGE_S)
    window = Window("eight", "8 am", "weekday", EIGHT, 1)
    network = build_network(city, window, params)
    linked, n_linked = closed_groups(network)
    assert n_linked >= 2000, "too few stops have a footpath for the comparison to mean something"
    walking = dataclasses.replace(network, transfers=linked)
    without = dataclasses.replace(network, transfers=no_links(network.n_stops))

    goals = np.intersect1d(np.unique(network.forward.call_stop_ix), np.flatnonzero(np.diff(linked.indptr) == 0))
    pairs, ours = pairs_of_stops(np.random.default_rng(9), goals, OneToAll(walking), 100)
    unlinked = OneToAll(without)
    before = [(int(unlinked.from_stop(a, EIGHT)[b]) - EIGHT) // 60 for a, b in pairs]
    assert sum(one != other for one, other in zip(ours, before, strict=True)) >= 50, "footpaths change too little"

    from_ix = np.repeat(np.arange(network.n_stops), np.diff(linked.indptr))
    seconds = linked.walk_s.astype(int) + NIGIRI_CHANGE_S
    rows = "".join(f"s{a},s{b},2,{s}\n" for a, b, s in zip(from_ix, linked.to_ix, seconds, strict=True))
    write_gtfs(tmp_path / "day.zip", city, timetable, rows)
    theirs = nigiri_minutes(tmp_path / "day.zip", timetable.service_date, pairs)
    assert len(pairs) >= 200
    assert sum(minutes >= 0 for minutes in ours) >= 100
    assert list(zip(pairs, ours, strict=True)) == list(zip(pairs, theirs, strict=True))


def closed_groups(network: Network) -> tuple[Links, int]:
    """Return the links inside groups of stops all of which reach one another, a minute each, and how many stops have one."""
    links = network.transfers
    near = [set(links.to_ix[links.indptr[s] : links.indptr[s + 1]].tolist()) for s in range(network.n_stops)]
    from_ix, to_ix = [], []
    for stop, others in enumerate(near):
        group = others | {stop}
        if others and all(near[other] | {other} == group for other in others):
            from_ix += [stop] * len(others)
            to_ix += sorted(others)
    walk_s = np.full(len(to_ix), 60, dtype=np.uint16)
    closed = links_from_pairs(np.array(from_ix, np.int32), np.array(to_ix, np.int32), walk_s, network.n_stops)
    return closed, int((np.diff(closed.indptr) > 0).sum())


def no_links(n_stops: int) -> Links:
    return Links(np.zeros(n_stops + 1, np.int32), np.zeros(0, np.int32), np.zeros(0, np.uint16))


def nigiri_minutes(path: Path, day: dt.date, pairs: list[tuple[int, int]], *, max_rides: int = 4) -> list[int]:
    """Return minutes from 08:00 to the earliest arrival of each pair by nigiri; -1 where it finds none."""
    table = load_nigiri(path, day)
    found = []
    for origin, goal in pairs:
        query = pair_query(table, day, origin, goal, max_rides=max_rides)
        found.append(min((j.dest_time - query.start_time for j in pynigiri.route(table, query)), default=-1))
    return found


def load_nigiri(path: Path, day: dt.date) -> pynigiri.Timetable:
    """Load a GTFS file as it is: nothing merged, no footpaths of nigiri's own."""
    config = pynigiri.LoaderConfig()
    config.link_stop_distance = 0
    config.default_tz = "America/New_York"
    finalize = pynigiri.FinalizeOptions()
    finalize.adjust_footpaths = finalize.merge_dupes_intra_src = finalize.merge_dupes_inter_src = False
    source = pynigiri.TimetableSource("m", str(path), config)
    return pynigiri.load_timetable([source], str(day), str(day + dt.timedelta(days=1)), finalize)


def pair_query(
    table: pynigiri.Timetable, day: dt.date, origin: int, goal: int, *, max_rides: int = 4
) -> pynigiri.Query:
    """Ask for the earliest arrival from one stop to another, leaving at 08:00."""
    start = dt.datetime(day.year, day.month, day.day, 12, 0, tzinfo=dt.UTC)  # 08:00 in New York, summer time
    query = pynigiri.Query()
    query.start_time = int(start.timestamp()) // 60
    query.start = [pynigiri.Offset(table.find_location(f"s{origin}"), 0, 0)]
    query.destination = [pynigiri.Offset(table.find_location(f"s{goal}"), 0, 0)]
    query.max_transfers, query.max_travel_time = max_rides - 1, 90
    query.start_match_mode = query.dest_match_mode = pynigiri.LocationMatchMode.EXACT
    query.use_start_footpaths = False
    return query
