"""
One departure, one zone, every stop: our RAPTOR against the plain twin, Dijkstra (scipy) and pynigiri, in one process.

    python benchmarks/one_to_all.py [--origins 200] [--repeats 5] [--kit] [--json FILE]

All are timed in turns, round by round, by processor time of the thread; the fastest of the repeats counts for each origin. Run from the
top of the repository. `--kit` uses the walks of the run in which KIT's RAPTOR (C++) was measured: 1.25 x the straight
line, 500 m between rides, 1,000 m to the first stop, no time to change.

Not the same work: Dijkstra runs on mean headways with any number of rides, an approximate answer; pynigiri answers one
pair of stops, in minutes and without footpaths, and is therefore compared with our search on that network.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pynigiri

from tests.network.test_against_pynigiri import (
    EIGHT,
    NIGIRI_CHANGE_S,
    load_nigiri,
    pair_query,
    whole_minutes,
    write_gtfs,
)
from tests.reference.raptor import PlainNetwork
from workbench import load_city
from workbench.bench import machine_facts
from workbench.city import City
from workbench.network import OneToAll, SearchParams, Window
from workbench.network.network import Network, build_network
from workbench.yardstick import build_frequency_graph, measure_one_to_all

WINDOW = Window("eight", "8 am", "weekday", EIGHT, 1)
N_PLAIN = 5
"""Origins for the plain twin, which takes about a second each."""


class StraightWalking:
    """Walks as in the run in which KIT's RAPTOR was measured."""

    def distance_m(
        self, ax: np.ndarray, ay: np.ndarray, bx: np.ndarray, by: np.ndarray, *, limit_m: float = np.inf
    ) -> np.ndarray:
        distance = 1.25 * np.hypot(ax - bx, ay - by)
        return np.where(distance <= limit_m, distance, np.inf)


def plain_network(city: City, network: Network) -> PlainNetwork:
    """Return the plain twin with the walks of the network: its own, place by place, would take hours for New York."""
    plain = object.__new__(PlainNetwork)
    plain.window, plain.params = network.window, network.params
    last_s = network.window.end_s + network.params.max_travel_s
    table = city.load_timetable("weekday")
    plain.trips = []
    for p in range(table.n_patterns):
        calls = slice(table.pattern_stop_indptr[p], table.pattern_stop_indptr[p + 1])
        flags = table.pattern_may_board[calls].tolist(), table.pattern_may_alight[calls].tolist()
        for a, d in zip(*table.pattern_times(p), strict=True):
            if a[-1] >= EIGHT and d[0] <= last_s:
                columns = (table.pattern_stop_ix[calls].tolist(), a.tolist(), d.tolist(), *flags)
                plain.trips.append(list(zip(*columns, strict=True)))
    links = network.transfers
    plain.transfer = {}
    for s in range(network.n_stops):
        row = slice(links.indptr[s], links.indptr[s + 1])
        plain.transfer[s] = dict(zip(links.to_ix[row].tolist(), links.walk_s[row].tolist(), strict=True)) | {s: 0}
    return plain


def timed(act: Callable[[], object]) -> float:
    started = time.thread_time()
    act()
    return time.thread_time() - started


def measure_plain(city: City, network: Network, zones: np.ndarray) -> list[float]:
    """Time the twin, and compare every stop with ours."""
    plain, search, found = plain_network(city, network), OneToAll(network), []
    for zone in zones:
        row = slice(network.zone_stops.indptr[zone], network.zone_stops.indptr[zone + 1])
        walks = zip(network.zone_stops.to_ix[row].tolist(), network.zone_stops.walk_s[row].tolist(), strict=True)
        ready = {stop: EIGHT + walk for stop, walk in walks}
        started = time.thread_time()
        arrived = plain.stop_arrivals(ready, EIGHT)
        found.append(time.thread_time() - started)
        ours = search.from_zone(int(zone), EIGHT)
        assert {int(s): int(ours[s]) for s in np.flatnonzero(ours >= 0)} == arrived, (
            f"zone {zone} differs from the twin"
        )
    return found


def measure_nigiri(city: City, folder: Path, n_pairs: int, repeats: int) -> tuple[list[float], list[float]]:
    """Time pynigiri from one stop to another, and our search from that stop to all, on minutes and without footpaths."""
    table = whole_minutes(city.load_timetable("weekday"))
    city = dataclasses.replace(city, load_timetable=lambda _: table)
    params = SearchParams(access_walk_m=0, transfer_walk_m=0, direct_walk_m=0, change_s=NIGIRI_CHANGE_S)
    network = build_network(city, WINDOW, params)
    write_gtfs(folder / "day.zip", city, table)
    nigiri = load_nigiri(folder / "day.zip", table.service_date)
    used = np.unique(network.forward.call_stop_ix)
    pairs = np.random.default_rng(1).choice(used, (n_pairs, 2))
    search = OneToAll(network)
    ours, theirs = np.full(n_pairs, np.inf), np.full(n_pairs, np.inf)
    for _ in range(repeats):
        for number, (origin, goal) in enumerate(pairs.tolist()):
            query = pair_query(nigiri, table.service_date, origin, goal)
            theirs[number] = min(theirs[number], timed(lambda query=query: pynigiri.route(nigiri, query)))
        for number, (origin, _) in enumerate(pairs.tolist()):
            ours[number] = min(ours[number], timed(lambda origin=origin: search.from_stop(origin, EIGHT)))
    return ours.tolist(), theirs.tolist()


def measure_last_walk(network: Network, zones: np.ndarray, repeats: int) -> tuple[list[float], dict[str, float]]:
    """Time our search with a walk after the last ride as well; returns operations of a search without, too."""
    search, spent = OneToAll(network), np.full(len(zones), np.inf)
    for zone in zones:
        search.from_zone(int(zone), EIGHT)
    counters = {name: total / len(zones) for name, total in search.counters._asdict().items()}
    for _ in range(repeats):
        for number, zone in enumerate(zones):
            spent[number] = min(
                spent[number], timed(lambda zone=zone: search.from_zone(int(zone), EIGHT, walks_last=True))
            )
    return spent.tolist(), counters


def row(name: str, seconds: list[float], reference_s: float, note: str) -> dict[str, object]:
    median = statistics.median(seconds)
    return {
        "name": name,
        "median_ms": 1000 * median,
        "fastest_ms": 1000 * min(seconds),
        "n": len(seconds),
        "ratio": median / reference_s,
        "note": note,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--origins", type=int, default=200)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--kit", action="store_true", help="walks as in the run in which KIT's RAPTOR was measured")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    city, params = load_city("nyc"), SearchParams()
    if options.kit:
        city = dataclasses.replace(city, walking=StraightWalking(), cache_dir=None)  # type: ignore[arg-type]
        params = SearchParams(access_walk_m=1000, transfer_walk_m=500, change_s=0)
    network = build_network(city, WINDOW, params)
    times = measure_one_to_all(network, depart_s=EIGHT, n_origins=options.origins, repeats=options.repeats)
    reach = np.flatnonzero(np.diff(network.zone_stops.indptr) > 0)
    zones = np.random.default_rng(1).choice(reach, min(options.origins, len(reach)), replace=False)
    walked, counters = measure_last_walk(network, zones, options.repeats)
    plain = measure_plain(city, network, zones[:N_PLAIN])
    with tempfile.TemporaryDirectory() as folder:
        ours_bare, nigiri = measure_nigiri(load_city("nyc"), Path(folder), 200, options.repeats)
    ours = statistics.median(times.ours_s)
    bare = statistics.median(ours_bare)
    graph = build_frequency_graph(network, zones[:1].astype(np.int32)).graph
    rows = [
        row("ours, one zone to all stops", list(times.ours_s), ours, f"{network.n_stops:,} stops"),
        row("ours, with a walk after the last ride", walked, ours, "the work KIT's RAPTOR does"),
        row("scipy Dijkstra", list(times.dijkstra_s), ours, f"mean headways, {graph.nnz:,} edges, approximate"),
        row("plain Python twin", plain, ours, "the same answers, checked"),
        row("ours without footpaths, one stop to all stops", ours_bare, bare, "minutes"),
        row("pynigiri without footpaths, one pair of stops", nigiri, bare, "minutes; of the line above"),
    ]
    for line in rows:
        print(
            f"{line['name']:48} median {line['median_ms']:9.3f} ms  fastest {line['fastest_ms']:9.3f} ms  "
            f"{line['ratio']:8.2f} x  ({line['n']} runs; {line['note']})"
        )
    print("a search of ours, on average: " + ", ".join(f"{value:,.0f} {name[2:]}" for name, value in counters.items()))
    if options.json:
        content = {"machine": machine_facts(), "rows": rows, "counters": counters, "kit_walks": options.kit}
        options.json.write_text(json.dumps(content, indent=2))


if __name__ == "__main__":
    main()
