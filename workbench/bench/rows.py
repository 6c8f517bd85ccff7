"""What `workbench bench` measures: one function a row, each with its target and goal from DESIGN section 13."""

from __future__ import annotations

import dataclasses
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TypeVar

import numpy as np

from workbench.errors import WorkbenchError
from workbench.evaluate import evaluate
from workbench.network import (
    Baseline,
    Rescore,
    ServiceAddition,
    baseline_without,
    prepare_baseline,
    rescore,
    search_sample,
    use_threads,
    warm_up,
)
from workbench.scenario import AddRoute, Scenario, SetHeadway, apply_scenario
from workbench.yardstick import measure_one_to_all

__all__ = [
    "BENCH_ROUTE",
    "Row",
    "Session",
    "drag_stop",
    "measure_base",
    "measure_drag",
    "measure_existing_route",
    "measure_one_to_all_row",
    "measure_range_query",
    "measure_rescore",
    "measure_scorecard",
    "measure_start",
    "measure_threads",
]

BENCH_ROUTE = AddRoute(
    route_id="bench",
    name="Bench: Borough Park to Bushwick",
    line_lonlat=((-73.9962, 40.6390), (-73.9580, 40.6520), (-73.9180, 40.6690), (-73.9108, 40.6830)),
    headway_s=480,
)
"""About 30 stops each way through Brooklyn, every 8 minutes both ways: the route of DESIGN section 13."""
_REPEATS = 7
_ORIGINS_A_ROUND = 12
_GIB = 1 << 30
T = TypeVar("T")

_NOTHING_ADDED = ServiceAddition(np.zeros((0, 2)), ())


@dataclass(frozen=True)
class Row:
    """One thing measured several times. More is better where the goal is above the target."""

    name: str
    seconds: list[float]
    target: float
    goal: float
    unit: str = "s"
    values: list[float] = field(default_factory=list)
    """What target and goal are about, where that is not the seconds."""
    reference: str = ""
    note: str = ""
    counters: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Session:
    """What the rows share."""

    baseline: Baseline
    city_source: str
    scenario: Scenario = field(default_factory=lambda: Scenario("bench", (BENCH_ROUTE,)))

    def route(self, seed: int) -> ServiceAddition:
        """Return the trips of the measured route, leaving at other minutes for another seed."""
        scenario = Scenario("bench", (dataclasses.replace(BENCH_ROUTE, seed=seed),))
        return apply_scenario(scenario, self.baseline.city, service=self.baseline.window.service).addition

    @cached_property
    def addition(self) -> ServiceAddition:
        """The trips of the measured route as it is drawn."""
        return self.route(BENCH_ROUTE.seed)

    @cached_property
    def origins(self) -> np.ndarray[tuple[int, ...], np.dtype[np.int32]]:
        """Random zones, the same in every run."""
        n_zones = self.baseline.network.n_zones
        n = min(n_zones, _REPEATS * _ORIGINS_A_ROUND)
        return np.random.default_rng(1).choice(n_zones, n, replace=False).astype(np.int32)


def measure_one_to_all_row(session: Session) -> list[Row]:
    """One departure at 8:00, all stops, beside Dijkstra on the same network: KIT's C++ RAPTOR took 0.37 of Dijkstra's time."""
    window = session.baseline.window
    depart_s = window.start_s + 60 * (window.n_departures // 2)
    times = measure_one_to_all(session.baseline.network, depart_s=depart_s, n_origins=100, repeats=3)
    share = [ours / other for ours, other in zip(times.ours_s, times.dijkstra_s, strict=True)]
    note = f"{1000 * statistics.median(times.ours_s):.2f} ms of processor time; the target is KIT's C++ RAPTOR, 0.37 x Dijkstra"
    return [
        Row(
            "one-to-all, one departure", list(times.ours_s), 0.37, 0.22, "x", share,
            "scipy's Dijkstra on a graph of mean headways, same run", note,
        )
    ]  # fmt: skip


def measure_range_query(session: Session) -> list[Row]:
    """All departures of the window from one origin to all zones, medians included: processor time."""
    spent = []
    for part in np.array_split(session.origins, _REPEATS):
        _, cpu = _timed(lambda part=part: search_sample(session.baseline, _NOTHING_ADDED, part))  # type: ignore[misc]
        spent.append(cpu / len(part))
    n = session.baseline.window.n_departures
    return [Row("range query, processor time an origin", spent, 0.020, 0.010, note=f"{n} departures, all zones")]


def measure_threads(session: Session) -> list[Row]:
    """The same searches with one thread and with two, in turns: how much sooner two are ready."""
    before = use_threads(2)
    walls: dict[int, list[float]] = {1: [], 2: []}
    try:
        for part in np.array_split(session.origins, _REPEATS):
            for n_threads in walls:
                use_threads(n_threads)
                wall, _ = _timed(lambda part=part: search_sample(session.baseline, _NOTHING_ADDED, part))  # type: ignore[misc]
                walls[n_threads].append(wall)
    finally:
        use_threads(before)
    gain = [one / two for one, two in zip(walls[1], walls[2], strict=True)]
    note = "means nothing while other work runs, or on one core"
    return [Row("searching with two threads", walls[2], 1.8, 1.95, "x", gain, "as fast as with one thread", note)]


def measure_rescore(session: Session) -> list[Row]:
    """Exact re-scores, in turns with searching some origins again: time, and how much work is saved."""
    baseline = session.baseline
    walls, cpus, ratios, n_wrong, n_compared = [], [], [], 0, 0
    n_zones = baseline.network.n_zones
    for seed, part in enumerate(np.array_split(session.origins, _REPEATS)):
        addition = session.route(seed)  # other minutes, so that nothing is known from the re-score before
        result, wall, cpu = _rescore(baseline, addition)
        medians, _, full_cpu = _timed_result(lambda part=part, one=addition: search_sample(baseline, one, part))  # type: ignore[misc]
        walls.append(wall)
        cpus.append(cpu)
        ratios.append(full_cpu / len(part) * n_zones / cpu)
        n_wrong += int((medians != result.median_s[part]).sum())
        n_compared += medians.size
    counters = {name: int(value) for name, value in dataclasses.asdict(result.counters).items()}
    route = f"{len(addition.patterns[0].stop_ix)} stops, every {BENCH_ROUTE.headway_s // 60} min both ways"
    note = f"{route}; {n_wrong} of {n_compared:,} medians wrong"
    parts = ", ".join(f"{name} {seconds:.2f} s" for name, seconds in result.timing_s.items())
    return [
        Row("exact re-score", walls, 0.45, 0.15, note=note, counters=counters),
        Row("full recompute over re-score, processor time", cpus, 60, 150, "x", ratios, "a re-score's work", parts),
    ]


def measure_drag(session: Session) -> list[Row]:
    """The same route after one stop was dragged along its street, each time to another place."""
    baseline, addition = session.baseline, session.addition
    rescore(baseline, addition)
    walls = []
    for number in range(_REPEATS):
        moved = drag_stop(addition, baseline, share=(number + 1) / (_REPEATS + 2))
        result, wall, _ = _rescore(baseline, moved)
        walls.append(wall)
    few = session.origins[:_ORIGINS_A_ROUND]
    n_wrong = int((search_sample(baseline, moved, few) != result.median_s[few]).sum())
    note = f"both directions; {n_wrong} of {few.size * baseline.network.n_zones:,} medians of the last place wrong"
    return [Row("exact re-score after dragging one stop", walls, 0.2, 0.05, note=note)]


def drag_stop(addition: ServiceAddition, baseline: Baseline, *, share: float) -> ServiceAddition:
    """Return the service with its middle stop moved towards the next by a share of the way, in both directions."""
    n_city = baseline.network.n_stops
    city_xy = np.column_stack([baseline.network.stop_x, baseline.network.stop_y])
    xy = np.concatenate([city_xy, addition.new_stop_xy])
    first = addition.patterns[0].stop_ix
    stop, towards = int(first[len(first) // 2]), int(first[len(first) // 2 + 1])
    place = xy[stop] + share * (xy[towards] - xy[stop])
    moved_ix = n_city + len(addition.new_stop_xy)
    patterns = []
    for pattern in addition.patterns:
        stop_ix, times = pattern.stop_ix.copy(), [pattern.arrival_s.copy(), pattern.departure_s.copy()]
        for at in np.flatnonzero(stop_ix == stop):
            neighbour = at + 1 if at + 1 < len(stop_ix) and stop_ix[at + 1] == towards else at - 1
            for table in times:
                table[:, at] += np.round(share * (table[:, neighbour] - table[:, at])).astype(np.int32)
            stop_ix[at] = moved_ix
        patterns.append(dataclasses.replace(pattern, stop_ix=stop_ix, arrival_s=times[0], departure_s=times[1]))
    return ServiceAddition(np.concatenate([addition.new_stop_xy, place[None]]), tuple(patterns))


def measure_scorecard(session: Session) -> list[Row]:
    """From a scenario to its finished scorecard, the re-score included."""
    baseline = session.baseline
    walls = []
    for seed in range(_REPEATS, 2 * _REPEATS):
        scenario = Scenario("bench", (dataclasses.replace(BENCH_ROUTE, seed=seed),))
        walls.append(_timed(lambda one=scenario: evaluate(baseline.city, one, baseline=baseline))[0])  # type: ignore[misc]
    return [Row("scenario to finished scorecard", walls, 0.9, 0.3, note="re-score included; twice its time allowed")]


def measure_start(session: Session) -> list[Row]:
    """A new process from its start to the printed card, everything kept from earlier runs; and its largest memory."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bench.json"
        path.write_text(json.dumps(session.scenario.to_json()))
        command = [sys.executable, "-m", "workbench", "score", str(path), "--json", "--city", session.city_source]
        command += ["--window", session.baseline.window.window_id, "--cache-dir", str(session.baseline.path.parents[1])]
        runs = [_run(command) for _ in range(4)][1:]  # the first warms what is kept
    walls, peaks = [wall for wall, _ in runs], [peak for _, peak in runs]
    memory_note = "resident at most, pages of the mapped base included"
    return [
        Row("start to first score", walls, 3.0, 1.5, note="a process of its own, warm caches"),
        Row("memory, one window", walls, 3.0, 1.5, "GiB", peaks, note=memory_note),
    ]


def measure_existing_route(session: Session) -> list[Row]:
    """The busiest bus routes at other headways: the base without each, computed once, and the re-scores after that."""
    baseline = session.baseline
    walls: dict[str, list[float]] = {}
    n_wrong = n_compared = 0
    route_ids = _busiest_bus_routes(baseline)
    with tempfile.TemporaryDirectory(dir=baseline.path.parent) as folder:
        elsewhere = dataclasses.replace(baseline, path=Path(folder))
        without, first, _ = _timed_result(lambda: baseline_without(elsewhere, route_ids[:1]))
        note = f"route {route_ids[0]}, {len(without.patch.zone_ix):,} pairs change"
    for route_id in route_ids:
        without = baseline_without(baseline, (route_id,))
        warm_up(without)
        for headway_s in (300, 360, 420, 480, 540):
            edit = SetHeadway(route_id=route_id, headway_s=headway_s, days=(baseline.window.service,))
            applied = apply_scenario(Scenario("bench", (edit,)), baseline.city, service=baseline.window.service)
            result, wall, _ = _rescore(without, applied.addition)
            walls.setdefault(route_id, []).append(wall)
        few = session.origins[: _ORIGINS_A_ROUND // 2]
        n_wrong += int((search_sample(without, applied.addition, few) != result.median_s[few]).sum())
        n_compared += few.size * baseline.network.n_zones
    each = ", ".join(f"{route_id} {statistics.median(of_route):.2f} s" for route_id, of_route in walls.items())
    return [
        Row("first edit of an existing route", [first], 30.0, 10.0, note=note),
        Row(
            "the next edits of it",
            [wall for of_route in walls.values() for wall in of_route],
            0.6,
            0.2,
            note=f"the five busiest bus routes every 5 to 9 minutes: {each}; {n_wrong} of {n_compared:,} medians wrong",
        ),
    ]


def measure_base(session: Session) -> list[Row]:
    """The whole base, files included, in a folder that is thrown away."""
    baseline = session.baseline
    with tempfile.TemporaryDirectory(dir=baseline.path.parent) as folder:
        wall, cpu = _timed(
            lambda: prepare_baseline(baseline.city, baseline.window.window_id, baseline.params, cache_dir=Path(folder))
        )
    n_zones = baseline.network.n_zones
    note = f"{n_zones:,} zones, files included; {1000 * cpu / n_zones:.1f} ms of processor time a zone"
    return [Row("base, one window", [wall], 25.0, 12.0, note=note)]


def _rescore(baseline: Baseline, addition: ServiceAddition) -> tuple[Rescore, float, float]:
    return _timed_result(lambda: rescore(baseline, addition))


def _timed(act: Callable[[], object]) -> tuple[float, float]:
    """Return wall and processor seconds of an act."""
    _, wall, cpu = _timed_result(act)
    return wall, cpu


def _timed_result(act: Callable[[], T]) -> tuple[T, float, float]:
    """Return what an act returns, and its wall and processor seconds."""
    started, cpu_started = time.perf_counter(), time.process_time()
    result = act()
    return result, time.perf_counter() - started, time.process_time() - cpu_started


def _run(command: list[str]) -> tuple[float, float]:
    """Run a command; return its seconds and its largest resident memory, GiB."""
    started = time.perf_counter()
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=said)  # noqa: S603 our own command
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            said.seek(0)
            last = said.read().decode(errors="replace").strip().splitlines()[-1:]
            raise WorkbenchError(f"the measured command ended with {process.returncode}: {' '.join(last)}")
    return wall, usage.ru_maxrss * 1024 / _GIB


def _busiest_bus_routes(baseline: Baseline) -> tuple[str, ...]:
    """Return the five bus routes with most trips on the day of the base, the busiest first."""
    city = baseline.city
    timetable = city.load_timetable(baseline.window.service)
    n_trips = np.bincount(
        timetable.pattern_route_ix, np.diff(timetable.pattern_trip_indptr), minlength=len(city.routes)
    )
    busiest = np.argsort(-n_trips * (city.routes["mode"] == "bus").to_numpy(), kind="stable")[:5]
    return tuple(city.routes["route_id"].iloc[busiest])
