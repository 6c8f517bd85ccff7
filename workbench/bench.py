"""The engine measured on this machine: base, re-score, and their ratio to searching the whole city, in one run."""

from __future__ import annotations

import os
import platform
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

import workbench
from workbench.evaluate import evaluate
from workbench.network import Baseline, prepare_baseline, rescore, search_sample, warm_up
from workbench.scenario import AddRoute, Scenario, apply_scenario

__all__ = ["BENCH_ROUTE", "BenchResult", "machine_facts", "run_benchmarks"]

Report = Callable[[float, str], None]

BENCH_ROUTE = AddRoute(
    route_id="bench",
    name="Bench: Borough Park to Bushwick",
    line_lonlat=((-73.9962, 40.6390), (-73.9580, 40.6520), (-73.9180, 40.6690), (-73.9108, 40.6830)),
    headway_s=480,
)
"""About 30 stops each way through Brooklyn, every 8 minutes both ways: the route of DESIGN section 13."""
_REPEATS = 7
_SAMPLE = 60


@dataclass(frozen=True, slots=True)
class BenchResult:
    """One measured thing. `reference` says what `ratio` compares `median_s` with."""

    name: str
    median_s: float
    fastest_s: float
    n_runs: int
    reference: str
    ratio: float
    note: str = ""

    def to_json(self) -> dict[str, str | float | int]:
        """Return plain values."""
        return asdict(self)

    def __str__(self) -> str:
        line = f"{self.name:42} {self.median_s:9.3f} s   {self.ratio:7.2f} x {self.reference}"
        return f"{line}   ({self.note})" if self.note else line


def machine_facts() -> dict[str, str | float | int]:
    """Return what a figure means nothing without: processor, cores, load, versions."""
    return {
        "workbench": workbench.__version__,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "processor": _processor(),
        "cores": os.cpu_count() or 1,
        "load_1_min": round(os.getloadavg()[0], 2),
    }


def run_benchmarks(baseline: Baseline, *, quick: bool = False, report: Report | None = None) -> list[BenchResult]:
    """Measure everything; `quick` leaves out the whole base."""
    tell = report or (lambda _share, _text: None)
    tell(0.0, "loading compiled code")
    warm_up(baseline)
    results = []
    if not quick:
        tell(0.1, "computing the base anew")
        results.append(_base(baseline))
    tell(0.5, "re-scoring one route")
    results += _rescore(baseline)
    tell(0.9, "drawing up its scorecard")
    results.append(_card(baseline))
    tell(1.0, "measured")
    return results


def _base(baseline: Baseline) -> BenchResult:
    """Time the whole base, files included, in a folder that is thrown away."""
    with tempfile.TemporaryDirectory(dir=baseline.path.parent) as folder:
        started = time.perf_counter()
        prepare_baseline(baseline.city, baseline.window.window_id, baseline.params, cache_dir=Path(folder))
        seconds = time.perf_counter() - started
    return _against_target("base, one window", [seconds], 40.0, f"{baseline.network.n_zones} zones")


def _rescore(baseline: Baseline) -> list[BenchResult]:
    """Time exact re-scores, and compare their work with searching every origin again."""
    scenario = Scenario("bench", (BENCH_ROUTE,))
    addition = apply_scenario(scenario, baseline.city, service=baseline.window.service).addition
    wall, cpu = [], []
    for _ in range(_REPEATS):
        started, cpu_started = time.perf_counter(), time.process_time()
        result = rescore(baseline, addition)
        wall.append(time.perf_counter() - started)
        cpu.append(time.process_time() - cpu_started)
    origins = np.random.default_rng(1).choice(baseline.network.n_zones, _SAMPLE, replace=False).astype(np.int32)
    cpu_started = time.process_time()
    medians = search_sample(baseline, addition, origins)
    full_cpu = (time.process_time() - cpu_started) / _SAMPLE * baseline.network.n_zones
    n_wrong = int((medians != result.median_s[origins]).sum())
    n_stops = len(addition.patterns[0].stop_ix)
    note = (
        f"{n_stops} stops, every {BENCH_ROUTE.headway_s // 60} min both ways; {n_wrong} of {medians.size} medians wrong"
    )
    spent = statistics.median(cpu)
    work = f"{result.counters.n_candidates:,} boardings, {result.counters.n_hopeful_pairs:,} pairs looked at"
    return [
        _against_target("exact re-score", wall, 1.0, note),
        BenchResult(
            "exact re-score, processor time", spent, min(cpu), len(cpu), "of a full recompute", spent / full_cpu, work
        ),
    ]


def _card(baseline: Baseline) -> BenchResult:
    """Time from a scenario to its finished scorecard."""
    scenario = Scenario("bench", (BENCH_ROUTE,))
    seconds = []
    for _ in range(_REPEATS):
        started = time.perf_counter()
        evaluate(baseline.city, scenario, baseline=baseline)
        seconds.append(time.perf_counter() - started)
    return _against_target("scenario to finished scorecard", seconds, 1.5, "re-score included")


def _against_target(name: str, seconds: list[float], target_s: float, note: str) -> BenchResult:
    """Compare the median with what DESIGN section 13 or the issue asks for."""
    median = statistics.median(seconds)
    return BenchResult(name, median, min(seconds), len(seconds), f"the {target_s:g} s allowed", median / target_s, note)


def _processor() -> str:
    """Return the processor's name where the system tells it."""
    info = Path("/proc/cpuinfo")
    if info.is_file():
        for line in info.read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or "unknown"
