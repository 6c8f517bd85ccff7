"""The engine measured on this machine, every row of DESIGN section 13 that one process can measure, ratios in one run."""

from __future__ import annotations

import os
import platform
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import workbench
from workbench.bench.rows import (
    Row,
    Session,
    measure_base,
    measure_drag,
    measure_existing_route,
    measure_one_to_all_row,
    measure_range_query,
    measure_rescore,
    measure_scorecard,
    measure_start,
    measure_threads,
)
from workbench.errors import InputError
from workbench.network import Baseline, warm_up

__all__ = ["BENCHMARKS", "LONG", "BenchResult", "bench_table", "machine_facts", "run_benchmarks"]

Report = Callable[[float, str], None]

BENCHMARKS: Mapping[str, tuple[str, Callable[[Session], list[Row]]]] = {
    "one-to-all": ("one departure, every stop", measure_one_to_all_row),
    "range-query": ("one origin, the whole window", measure_range_query),
    "threads": ("one thread against two", measure_threads),
    "re-score": ("re-scoring one route", measure_rescore),
    "drag-stop": ("re-scoring after a stop was dragged", measure_drag),
    "scorecard": ("drawing up its scorecard", measure_scorecard),
    "start": ("starting anew, to the first score", measure_start),
    "existing-route": ("taking a route out of the base and putting it back changed", measure_existing_route),
    "base": ("computing the base anew", measure_base),
}
"""What can be measured, in order: words for the progress bar, and the function."""
LONG = frozenset({"base", "existing-route"})
"""What takes longer than half a minute."""


@dataclass(frozen=True, slots=True)
class BenchResult:
    """One measured thing. `reference` says what `ratio` compares `median_s` with."""

    name: str
    median_s: float
    fastest_s: float
    n_runs: int
    reference: str
    ratio: float
    target: float
    """What the first release asks for (DESIGN section 13), in `unit`."""
    goal: float
    """What we are really after, in `unit`."""
    measured: float
    """The median of what target and goal are about, in `unit`."""
    unit: str
    verdict: str
    """`meets the goal`, `meets the target` or `misses the target`."""
    note: str = ""
    counters: Mapping[str, int] = field(default_factory=dict)
    """Operations, free of noise."""

    def to_json(self) -> dict[str, object]:
        """Return plain values."""
        return asdict(self)


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


def run_benchmarks(
    baseline: Baseline,
    *,
    city_source: str = "nyc",
    quick: bool = False,
    only: Sequence[str] = (),
    report: Report | None = None,
) -> list[BenchResult]:
    """
    Measure everything, or what is asked for.

    Parameters
    ----------
    baseline
        The base of New York; the route measured lies there.
    city_source
        City pack, as on the command line, for the rows that start a process of their own.
    quick
        Leave out what takes longer than half a minute.
    only
        Names in `BENCHMARKS`; all if empty.

    Raises
    ------
    InputError
        If a name is not known.
    """
    unknown = sorted(set(only) - set(BENCHMARKS))
    if unknown:
        raise InputError(f"benchmark {', '.join(unknown)} is not known; there are {', '.join(BENCHMARKS)}")
    names = [name for name in BENCHMARKS if (name in only if only else not (quick and name in LONG))]
    tell = report or (lambda _share, _text: None)
    tell(0.0, "loading compiled code")
    warm_up(baseline)
    session = Session(baseline, city_source)
    results = []
    for number, name in enumerate(names):
        words, measure = BENCHMARKS[name]
        tell(number / len(names), words)
        results += [_result(row) for row in measure(session)]
    tell(1.0, "measured")
    return results


def bench_table(results: Sequence[BenchResult]) -> str:
    """Return the results as text: one line each, what was measured beside what is wanted."""
    lines = [f"{'':52} {'measured':>12} {'target':>12} {'goal':>12}"]
    for result in results:
        figures = (_figure(value, result.unit) for value in (result.measured, result.target, result.goal))
        lines.append(f"{result.name:52} " + " ".join(f"{text:>12}" for text in figures) + f"   {result.verdict}")
        counted = ", ".join(
            f"{count:,} {name.removeprefix('n_').replace('_', ' ')}" for name, count in result.counters.items()
        )
        lines += [f"    {text}" for text in (result.note, counted) if text]
    return "\n".join(lines)


def _result(row: Row) -> BenchResult:
    """Compare the medians with target and goal."""
    median_s, measured = statistics.median(row.seconds), statistics.median(row.values or row.seconds)
    sign = 1 if row.goal <= row.target else -1  # less is better, or more
    verdict = "misses the target"
    if sign * measured <= sign * row.target:
        verdict = "meets the goal" if sign * measured <= sign * row.goal else "meets the target"
    reference = row.reference or f"the {_figure(row.target, row.unit)} allowed"
    return BenchResult(
        name=row.name,
        median_s=median_s,
        fastest_s=min(row.seconds),
        n_runs=len(row.seconds),
        reference=reference,
        ratio=measured if row.unit == "x" else measured / row.target,
        target=row.target,
        goal=row.goal,
        measured=measured,
        unit=row.unit,
        verdict=verdict,
        note=row.note,
        counters=row.counters,
    )


def _figure(value: float, unit: str) -> str:
    """Return a figure with three digits that count, and its unit."""
    if unit == "s" and value < 0.1:
        return f"{1000 * value:.3g} ms"
    return f"{value:.3g} {unit}"


def _processor() -> str:
    """Return the processor's name where the system tells it."""
    info = Path("/proc/cpuinfo")
    if info.is_file():
        for line in info.read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or "unknown"
