"""
The incremental re-score against searching again, bit for bit: random scenarios of every kind of edit, every borough, windows.

    python -m benchmarks.exactness [--rounds 1] [--windows weekday-am ...] [--origins 150] [--out exactness.json]

Run from the top of the repository. A round is one scenario of each of the 12 kinds in each of the 5 boroughs: 60. The other
side is a full search on the changed timetable, without patch and without increments, from the origins whose figures change
most and from random ones; `--origins 0` searches from all of them. Each scenario is written when it is done, so that the
next run goes on where this one was stopped. Taking a route out of the base takes half a minute; with 150 origins a round
takes about 40 minutes on two cores. Exit code 1 if any median differs.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
import tempfile
import time
from collections.abc import Iterable
from itertools import product
from pathlib import Path

import numpy as np
from tqdm import tqdm

from tests.network.real_scenarios import BOROUGHS, KINDS, random_scenario
from workbench import City, Scenario, load_city
from workbench.bench import machine_facts
from workbench.network import (
    WINDOWS,
    Baseline,
    baseline_without,
    default_cache_dir,
    prepare_baseline,
    rescore,
    search_sample,
)
from workbench.scenario import apply_scenario

Found = dict[str, float | str]


def choose_origins(changed: np.ndarray, n_origins: int, rng: np.random.Generator) -> np.ndarray:
    """Return the origins to search again: half those with most changed pairs, half of the others at random."""
    n_zones = len(changed)
    if n_origins == 0 or n_origins >= n_zones:
        return np.arange(n_zones, dtype=np.int32)
    by_change = np.argsort(-changed.sum(axis=1), kind="stable")
    first = by_change[: n_origins // 2]
    others = rng.choice(by_change[n_origins // 2 :], n_origins - len(first), replace=False)
    return np.sort(np.concatenate([first, others])).astype(np.int32)


def compare(baseline: Baseline, scenario: Scenario, folder: Path, n_origins: int) -> Found:
    """Score a scenario incrementally, search some origins again, and count what differs."""
    change = apply_scenario(scenario, baseline.city, service=baseline.window.service).change
    started = time.perf_counter()
    without = baseline_without(dataclasses.replace(baseline, path=folder), change.removed_route_ids)
    first_s = time.perf_counter() - started
    cpu_started = time.process_time()
    result = rescore(without, change.addition).median_s
    quick = time.process_time() - cpu_started
    changed = result != baseline.median_s
    origins = choose_origins(changed, n_origins, np.random.default_rng(3))
    cpu_started, wrong = time.process_time(), 0
    for part in np.array_split(origins, max(1, len(origins) // 300)):  # a few hundred at a time: 300 take 0.2 GB
        wrong += int((search_sample(without, change.addition, part) != result[part]).sum())
    slow = (time.process_time() - cpu_started) / len(origins) * baseline.network.n_zones
    return {
        "n_stops": sum(len(pattern.stop_ix) for pattern in change.addition.patterns),
        "n_trips": sum(len(pattern.arrival_s) for pattern in change.addition.patterns),
        "removed": ", ".join(change.removed_route_ids),
        "n_better": int((result < baseline.median_s).sum()),
        "n_worse": int((result > baseline.median_s).sum()),
        "n_compared": len(origins) * baseline.network.n_zones,
        "n_changed_compared": int(changed[origins].sum()),
        "n_wrong": wrong,
        "patch_s": first_s if change.removed_route_ids else 0.0,
        "rescore_cpu_s": quick,
        "full_cpu_s": slow,
    }


def report(rows: Iterable[Found]) -> str:
    """Return a table by kind and one line for each scenario that differs."""
    rows = list(rows)
    head = "| Kind | Scenarios | Medians compared | of them changed | Wrong | Worse anywhere | Full / re-score, CPU |"
    lines = [head, "|" + "---|" * 7]
    for kind in [*KINDS, "all"]:
        mine = [row for row in rows if kind in ("all", row["kind"])]
        if mine:
            total = {
                name: sum(int(row[name]) for row in mine) for name in ("n_compared", "n_changed_compared", "n_wrong")
            }
            worse = sum(int(row["n_worse"]) > 0 for row in mine)
            ratios = [float(row["full_cpu_s"]) / float(row["rescore_cpu_s"]) for row in mine if row["n_stops"]]
            ratio = f"{np.median(ratios):.0f}" if ratios else "nothing added"
            counts = " | ".join(f"{count:,}" for count in total.values())
            lines.append(f"| {kind} | {len(mine)} | {counts} | {worse} | {ratio} |")
    lines += [
        f"WRONG: {row['window']}, {row['name']}, seed {row['seed']}: {row['n_wrong']}" for row in rows if row["n_wrong"]
    ]
    return "\n".join(lines)


def run(city: City, options: argparse.Namespace, done: dict[str, Found]) -> None:
    """Compare every scenario that is not done."""
    cases = [
        (window, seed, kind, borough)
        for seed, (number, (kind, borough)) in product(range(options.rounds), enumerate(product(KINDS, BOROUGHS)))
        for window in [options.windows[(number + seed) % len(options.windows)]]
    ]
    left = [case for case in sorted(cases, key=lambda case: options.windows.index(case[0])) if str(case) not in done]
    baseline: Baseline | None = None
    for case in tqdm(left, unit="scenario"):
        window, seed, kind, borough = case
        if baseline is None or baseline.window.window_id != window:
            baseline = prepare_baseline(city, window, cache_dir=options.cache_dir)
        scenario = random_scenario(city, kind, borough, window, seed)
        with tempfile.TemporaryDirectory(dir=baseline.path.parent) as folder:
            found = compare(baseline, scenario, Path(folder), options.origins)
        done[str(case)] = {
            "window": window,
            "seed": seed,
            "kind": kind,
            "borough": borough,
            "name": scenario.name,
        } | found
        draft = options.out.with_suffix(".part")
        draft.write_text(json.dumps({"machine": machine_facts(), "scenarios": done}, indent=2))
        draft.replace(options.out)
        if found["n_wrong"]:
            tqdm.write(f"{case}: {found['n_wrong']} of {found['n_compared']:,} medians wrong", file=sys.stderr)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--windows", nargs="+", choices=[w.window_id for w in WINDOWS], default=["weekday-am"])
    parser.add_argument("--origins", type=int, default=150, help="origins searched again in each scenario; 0 for all")
    parser.add_argument("--out", type=Path, default=Path("exactness.json"))
    parser.add_argument("--cache-dir", type=Path, default=default_cache_dir())
    options = parser.parse_args()
    done: dict[str, Found] = json.loads(options.out.read_text())["scenarios"] if options.out.exists() else {}
    try:
        run(load_city("nyc", cache_dir=options.cache_dir), options, done)
    except KeyboardInterrupt:
        print(f"stopped; {len(done)} finished scenarios are kept in {options.out}", file=sys.stderr)
    print(report(done.values()))
    if any(row["n_wrong"] for row in done.values()):
        sys.exit(1)


if __name__ == "__main__":
    main()
