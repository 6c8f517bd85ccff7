"""
How cost grows with the work: zones, departures, length and headway of a route, number of routes, changed routes.

    python benchmarks/scaling.py [--out scaling.json] [--only zones headway ...] [--folder FOLDER] [--tiny]

Each point runs in a process of its own, so that its largest memory is its own, and is written to the JSON file when it is
done: stopped with Ctrl+C, the next run goes on with the points that are missing. Tables are printed at the end. About half
an hour on two quiet cores; 6,000 zones need 9 GB in FOLDER. `--tiny` tries everything out in a few minutes.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pandas as pd
from tqdm import tqdm

from workbench import load_city
from workbench.bench import BENCH_ROUTE, machine_facts
from workbench.city import City
from workbench.network import (
    Baseline,
    SearchParams,
    ServiceAddition,
    Window,
    baseline_without,
    default_cache_dir,
    get_window,
    prepare_baseline,
    rescore,
    search_sample,
    warm_up,
)
from workbench.network.base import no_patch
from workbench.network.network import build_network
from workbench.network.search import search_origins
from workbench.scenario import AddRoute, Scenario, SetHeadway, apply_scenario

ROOT = Path(__file__).parents[1]
POINTS: Mapping[str, tuple[int, ...]] = {
    "zones": (500, 1000, 1600, 2325, 4000, 6000),
    "departures": (30, 60, 120),
    "stops": (5, 10, 20, 30, 45, 60),
    "headway": (180, 300, 480, 720, 1200),
    "routes": (1, 2, 4, 8),
    "changed": (1, 2, 4),
}
TINY: Mapping[str, tuple[int, ...]] = {
    "zones": (60, 120),
    "departures": (10, 20),
    "stops": (5, 10),
    "headway": (600, 1200),
    "routes": (1, 2),
    "changed": (1,),
}
WORDS = {
    "zones": "zones",
    "departures": "departures in the window",
    "stops": "stops each way, every 8 min",
    "headway": "seconds between buses, 31 stops",
    "routes": "new routes at once (the examples)",
    "changed": "changed routes of today at once (the busiest, every 6 min)",
}
COLUMNS = {
    "base_origin_ms": "base, CPU ms an origin",
    "base_s": "base, s",
    "base_gb": "base, GB on disk",
    "first_s": "base without them, s",
    "rescore_s": "re-score, s",
    "rescore_cpu_s": "re-score, CPU s",
    "pairs_looked_at": "pairs looked at",
    "changed_pairs": "medians changed",
    "wrong": "wrong of those compared",
    "peak_gib": "memory at most, GiB",
}
LONG_LINE = (
    *BENCH_ROUTE.line_lonlat,
    (-73.8900, 40.7000),
    (-73.8600, 40.7120),
    (-73.8300, 40.7300),
    (-73.8150, 40.7560),
)
"""Borough Park to Flushing, 21 km: routes of any length are cut from its beginning."""
REPEATS = 5
N_CHECKED = 16
"""Origins searched again, to see that every point is exact."""


def divide_zones(city: City, n_zones: int) -> City:
    """Return the city with fewer zones (some tracts) or more (tracts divided along a line into groups of blocks)."""
    rng = np.random.default_rng(2)
    tracts, blocks = city.zones, city.blocks[city.blocks["residents"] > 0]
    if n_zones <= len(tracts):
        zones = pd.DataFrame(tracts.iloc[np.sort(rng.choice(len(tracts), n_zones, replace=False))])
        zones = zones.reset_index(drop=True)
    else:
        n_blocks = np.bincount(blocks["zone_ix"], minlength=len(tracts))
        parts = np.maximum(1, np.minimum(n_blocks, np.floor(n_blocks * n_zones / n_blocks.sum()).astype(int)))
        for tract in np.argsort(-n_blocks / parts, kind="stable"):
            room = n_zones - parts.sum()
            parts[tract] += min(room, max(0, n_blocks[tract] - parts[tract]), 1)
        order = blocks.assign(along=blocks["x"] + blocks["y"]).sort_values(["zone_ix", "along"], kind="stable")
        rank = order.groupby("zone_ix").cumcount().to_numpy()
        tract = order["zone_ix"].to_numpy()
        part = rank * parts[tract] // n_blocks[tract]
        keyed = order.assign(key=[f"{t}-{p}" for t, p in zip(tract, part, strict=True)])
        weight = keyed["residents"]
        sums = keyed.assign(x=keyed["x"] * weight, y=keyed["y"] * weight).groupby("key", sort=False)
        total = sums[["x", "y", "residents"]].sum()
        zones = (
            pd.DataFrame(
                {"zone_id": total.index, "x": total["x"] / total["residents"], "y": total["y"] / total["residents"]}
            )
            .assign(residents=total["residents"].to_numpy())
            .reset_index(drop=True)
        )
    return dataclasses.replace(city, zones=zones, version=f"{city.version}-{len(zones)}", cache_dir=None)


def base_in(folder: Path, city: City, window: Window) -> tuple[Baseline, dict[str, float]]:
    """Compute a base of any window into a folder; returns it with what it took."""
    network = build_network(city, window, SearchParams())
    n_zones, n_departures = network.n_zones, window.n_departures
    travel = np.memmap(folder / "travel.u16", dtype=np.uint16, mode="w+", shape=(n_zones, n_zones, n_departures))
    median = np.empty((n_zones, n_zones), dtype=np.uint16)
    nobody = np.zeros(1, dtype=np.int32)
    search_origins(network, nobody, np.empty((1, *travel.shape[1:]), np.uint16), np.empty((1, n_zones), np.uint16))
    started, cpu_started = time.perf_counter(), time.process_time()
    for first in range(0, n_zones, 64):
        part = slice(first, min(first + 64, n_zones))
        origins = np.arange(part.start, part.stop, dtype=np.int32)
        search_origins(network, origins, np.asarray(travel[part]), median[part])
    wall, cpu = time.perf_counter() - started, time.process_time() - cpu_started
    baseline = Baseline(city, window, SearchParams(), network, np.asarray(travel), median, folder, no_patch(network))
    return baseline, {
        "base_origin_ms": 1000 * cpu / n_zones,
        "base_s": wall,
        "base_gb": 2 * n_zones * n_zones * (n_departures + 1) / 1e9,
    }


def measure_rescore(baseline: Baseline, addition: ServiceAddition) -> dict[str, float]:
    """Time re-scores, and compare some origins with searching them again."""
    warm_up(baseline)
    walls, cpus = [], []
    for _ in range(REPEATS):
        fresh = dataclasses.replace(baseline)  # knows nothing of the searches before
        started, cpu_started = time.perf_counter(), time.process_time()
        result = rescore(fresh, addition)
        walls.append(time.perf_counter() - started)
        cpus.append(time.process_time() - cpu_started)
    n_zones = baseline.network.n_zones
    origins = np.random.default_rng(1).choice(n_zones, min(n_zones, N_CHECKED), replace=False).astype(np.int32)
    wrong = int((search_sample(baseline, addition, origins) != result.median_s[origins]).sum())
    return {
        "rescore_s": float(np.median(walls)),
        "rescore_cpu_s": float(np.median(cpus)),
        "pairs_looked_at": result.counters.n_hopeful_pairs,
        "changed_pairs": int((result.median_s != baseline.median_s).sum()),
        "wrong": wrong,
    }


def bench_route(city: City, **changes: object) -> ServiceAddition:
    route = dataclasses.replace(BENCH_ROUTE, **changes)  # type: ignore[arg-type]
    return apply_scenario(Scenario("scaling", (route,)), city).addition


def route_of(city: City, n_stops: int) -> ServiceAddition:
    """Return a route of so many stops, cut from the long line: as many points as give that many."""
    xy = np.array(LONG_LINE)
    step_m = np.hypot(*(np.diff(xy, axis=0) * (84_400, 111_200)).T)  # metres a degree at 40.7 north
    along = np.concatenate([[0.0], np.cumsum(step_m)])
    end = (n_stops - 1) * BENCH_ROUTE.spacing_m
    tip = [float(np.interp(end, along, xy[:, axis])) for axis in range(2)]
    line = (*(tuple(map(float, point)) for point in xy[along < end]), tuple(tip))
    return bench_route(city, line_lonlat=line, snap_m=0.0)


def measure_zones(city: City, value: int, folder: Path) -> dict[str, float]:
    divided = divide_zones(city, value)
    baseline, took = base_in(folder, divided, get_window("weekday-am"))
    return took | measure_rescore(baseline, bench_route(city)) | {"value": divided.n_zones}


def measure_departures(city: City, value: int, folder: Path) -> dict[str, float]:
    window = dataclasses.replace(get_window("weekday-am"), n_departures=value)
    baseline, took = base_in(folder, city, window)
    return took | measure_rescore(baseline, bench_route(city))


def measure_stops(city: City, value: int, _: Path) -> dict[str, float]:
    addition = route_of(city, value)
    return measure_rescore(prepare_baseline(city), addition) | {"value": len(addition.patterns[0].stop_ix)}


def measure_headway(city: City, value: int, _: Path) -> dict[str, float]:
    return measure_rescore(prepare_baseline(city), bench_route(city, headway_s=value))


def measure_routes(city: City, value: int, _: Path) -> dict[str, float]:
    edits: list[AddRoute] = []
    for number, path in enumerate(sorted((ROOT / "examples").glob("*.geojson"))[:value]):
        edits += [
            dataclasses.replace(edit, route_id=f"{edit.route_id}-{number}")
            for edit in Scenario.from_file(path, city=city).edits
            if isinstance(edit, AddRoute)
        ]
    return measure_rescore(prepare_baseline(city), apply_scenario(Scenario("scaling", tuple(edits)), city).addition)


def measure_changed(city: City, value: int, folder: Path) -> dict[str, float]:
    timetable = city.load_timetable("weekday")
    n_trips = np.bincount(
        timetable.pattern_route_ix, np.diff(timetable.pattern_trip_indptr), minlength=len(city.routes)
    )
    is_bus = (city.routes["mode"] == "bus").to_numpy()
    ids = city.routes["route_id"].to_numpy()[np.argsort(-n_trips * is_bus, kind="stable")[:value]]
    edits = tuple(SetHeadway(route_id=str(one), headway_s=360, days=("weekday",)) for one in ids)
    change = apply_scenario(Scenario("scaling", edits), city).change
    started = time.perf_counter()
    without = baseline_without(dataclasses.replace(prepare_baseline(city), path=folder), change.removed_route_ids)
    return {"first_s": time.perf_counter() - started} | measure_rescore(without, change.addition)


MEASURES: Mapping[str, Callable[[City, int, Path], dict[str, float]]] = {
    "zones": measure_zones,
    "departures": measure_departures,
    "stops": measure_stops,
    "headway": measure_headway,
    "routes": measure_routes,
    "changed": measure_changed,
}


def run_point(section: str, value: int, folder: Path, *, tiny: bool) -> dict[str, float]:
    """Measure one point in a process of its own."""
    command = [sys.executable, __file__, "--point", section, str(value), "--folder", str(folder)]
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen([*command, *(["--tiny"] if tiny else [])], stdout=said)
        try:
            _, status, usage = os.wait4(process.pid, 0)
        except KeyboardInterrupt:
            process.kill()
            raise
        process.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        if process.returncode:
            raise SystemExit(f"{section} {value} ended with {process.returncode}")
        return json.loads(said.read()) | {"peak_gib": usage.ru_maxrss / 1024**2, "load": os.getloadavg()[0]}


def table(section: str, points: Mapping[str, Mapping[str, float]]) -> str:
    """Return one section as a Markdown table, smallest first."""
    rows = sorted(points.values(), key=lambda row: row["value"])
    columns = [name for name in COLUMNS if any(name in row for row in rows)]
    head = [WORDS[section], *(COLUMNS[name] for name in columns)]
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    for row in rows:
        cells = [f"{row[name]:,.0f}" if row[name] >= 100 or name == "wrong" else f"{row[name]:.3g}" for name in columns]
        lines.append("| " + " | ".join([f"{row['value']:,.0f}", *cells]) + " |")
    return "\n".join(lines)


def extrapolate(points: Mapping[str, Mapping[str, float]]) -> str:
    """Say what a city twice New York's size would need: straight lines through what was measured over zones."""
    rows = [row for row in points.values() if row["value"] >= 500]
    if len(rows) < 3:
        return "Too few points over zones to say what a larger city would need."
    zones = np.array([row["value"] for row in rows])
    by_zone, search_ms = np.polyfit(zones, [row["base_origin_ms"] for row in rows], 1)
    power, scale = np.polyfit(np.log(zones), np.log([row["rescore_cpu_s"] for row in rows]), 1)
    n = 2 * 2325
    origin_ms = 2 * search_ms + by_zone * n  # twice the timetable, twice the destinations
    rescore_cpu = float(np.exp(scale) * n**power) * 2  # searches over twice the timetable, at most
    return (
        f"An origin takes {search_ms:.1f} ms for the timetable and {1000 * by_zone:.2f} ms for every 1,000 zones; a re-score "
        f"grows with zones to the power of {power:.2f}. A city of twice New York's size in everything ({n:,} zones, 29,000 "
        f"stops) would need at most {origin_ms:.0f} ms an origin, {n * origin_ms / 1000:.0f} s of processor time for a base "
        f"({n * origin_ms / 2000:.0f} s on two cores), {2 * n * n * 121 / 1e9:.1f} GB on disk for each window, and "
        f"{rescore_cpu:.1f} s of processor time for a re-score like the one measured."
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("scaling.json"))
    parser.add_argument("--only", nargs="+", choices=list(POINTS), default=list(POINTS))
    parser.add_argument(
        "--folder", type=Path, default=default_cache_dir(), help="where bases are put while they are used"
    )
    parser.add_argument("--tiny", action="store_true")
    parser.add_argument("--point", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        if options.point:
            section, value = options.point[0], int(options.point[1])
            city = load_city("nyc", cache_dir=default_cache_dir())
            if options.tiny and section in ("departures", "changed"):
                city = divide_zones(city, 100)
            print(json.dumps({"value": value} | MEASURES[section](city, value, Path(folder))))
            return
    wanted = TINY if options.tiny else POINTS
    done = json.loads(options.out.read_text()) if options.out.exists() else {"machine": machine_facts(), "points": {}}
    left = [(s, v) for s in options.only for v in wanted[s] if str(v) not in done["points"].get(s, {})]
    for section, value in tqdm(left, unit="point"):
        tqdm.write(f"{section} {value}", file=sys.stderr)
        try:
            point = run_point(section, value, options.folder, tiny=options.tiny)
        except KeyboardInterrupt:
            sys.exit(f"stopped; finished points are kept in {options.out}")
        done["points"].setdefault(section, {})[str(value)] = point
        draft = options.out.with_suffix(".part")
        draft.write_text(json.dumps(done, indent=2))
        draft.replace(options.out)
    for section, points in done["points"].items():
        print(f"\n{table(section, points)}")
    print(f"\n{extrapolate(done['points'].get('zones', {}))}")


if __name__ == "__main__":
    main()
