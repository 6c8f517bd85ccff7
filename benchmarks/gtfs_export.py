"""
Is an exported feed of all New York the timetable that was scored? Written, validated, read again, opened elsewhere.

    python benchmarks/gtfs_export.py FILE.json

FILE is a scenario. Compared are all trips of all three service days, read by our own reader from the written feed, with
the edited timetable in memory; a validator of the canonical rules (gtfs-guru) must find no error; and pynigiri must
arrive when our engine does, from 40 stops. For that comparison stops are named by their ids: nigiri lets people walk between
near stops of one name, which the engine here is told not to. Takes about three minutes on two cores.
"""

from __future__ import annotations

import csv
import dataclasses
import io
import sys
import tempfile
import time
import zipfile
from pathlib import Path

import gtfs_guru
import numpy as np
import pynigiri

from tests.network.test_against_pynigiri import NIGIRI_CHANGE_S, load_nigiri, whole_minutes
from tests.scenario.edited_city import edited_city
from tests.scenario.formats.test_gtfs import read_again, trips_of
from tests.scenario.formats.test_gtfs_opens_elsewhere import minutes
from workbench.city import City, load_city
from workbench.network import OneToAll, SearchParams, Window
from workbench.network.network import build_network
from workbench.scenario import Scenario, apply_scenario
from workbench.scenario.formats.gtfs import GtfsReport, write_gtfs

SEVEN = 7 * 3600
N_ORIGINS = 40


def main(file: Path, out: Path) -> None:
    city = load_city("nyc")
    scenario = Scenario.from_file(file, city=city)
    started = time.process_time()
    report = write_gtfs(scenario, city, out)
    size = out.stat().st_size / 1e6
    print(f"written: {report.n_stop_times:,} stop times, {size:.1f} MB, {time.process_time() - started:.1f} s")
    started = time.process_time()
    result = gtfs_guru.validate(str(out), date="2026-10-14")
    print(f"gtfs-guru: {result.error_count} errors, {time.process_time() - started:.1f} s")
    for code in sorted({notice.code for notice in result.warnings()}):
        print(f"   warning {code}: {len(result.by_code(code)):,}")
    again = read_again(out, city, dict(report.date_of))
    for service in again:
        change = apply_scenario(scenario, city, service=service).change
        built = edited_city(city, change, service)
        ours, theirs = trips_of(built, service, like=built), trips_of(again[service], service, like=built)
        print(f"{service}: {len(ours):,} trips in memory, {len(theirs):,} read again; equal: {ours == theirs}")
        if service == "weekday":
            compare_arrivals(built, report)


def compare_arrivals(built: City, report: GtfsReport) -> None:
    """Earliest arrivals from 7:00, in whole minutes as nigiri counts, at the stops both know by id."""
    day = dict(report.date_of)["weekday"]
    cut = whole_minutes(built.load_timetable("weekday"))
    built = dataclasses.replace(built, load_timetable=lambda _: cut)
    params = SearchParams(access_walk_m=0, transfer_walk_m=0, direct_walk_m=0, change_s=NIGIRI_CHANGE_S)
    network = build_network(built, Window("seven", "7 am", "weekday", SEVEN, 1), params)
    search = OneToAll(network)
    table: pynigiri.Timetable = load_nigiri(named_by_ids(report.path), day)
    rng = np.random.default_rng(3)
    used = np.unique(network.forward.call_stop_ix)
    ids = [str(stop_id) for stop_id in built.stops["stop_id"]]
    n = n_equal = n_reached = 0
    for origin in rng.choice(used, N_ORIGINS, replace=False).tolist():
        arrivals = search.from_stop(origin, SEVEN)
        reached = np.flatnonzero(arrivals >= 0)
        for goal in {*rng.choice(used, 2).tolist(), *rng.choice(reached, min(4, len(reached))).tolist()} - {origin}:
            if ids[origin].startswith("new ") or ids[goal].startswith("new "):
                continue
            ours = (int(arrivals[goal]) - SEVEN) // 60 if arrivals[goal] >= 0 else -1
            theirs = minutes(table, day, ids[origin], ids[goal])
            n, n_equal, n_reached = n + 1, n_equal + (ours == theirs), n_reached + (ours >= 0)
    print(f"pynigiri: {n_equal} of {n} pairs of stops have the same arrival, {n_reached} of them reached")


def named_by_ids(path: Path) -> Path:
    """Write the feed again with the id of each stop as its name, without stations."""
    named = path.with_name("named.zip")
    with zipfile.ZipFile(path) as archive, zipfile.ZipFile(named, "w") as out:
        for table in archive.namelist():
            content = archive.read(table)
            if table == "stops.txt":
                rows = list(csv.DictReader(io.StringIO(content.decode())))
                text = io.StringIO()
                writer = csv.DictWriter(text, rows[0])
                writer.writeheader()
                stops = [row for row in rows if row["location_type"] == "0"]
                writer.writerows(row | {"stop_name": row["stop_id"], "parent_station": ""} for row in stops)
                content = text.getvalue().encode()
            out.writestr(table, content)
    return named


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="workbench-gtfs-") as folder:
        main(Path(sys.argv[1]), Path(folder) / "feed.zip")
