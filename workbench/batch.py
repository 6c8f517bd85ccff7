"""Many scenarios scored into one file, a line each, in their order: work that was cut goes on where it stopped.

With several workers, each is a process that opens the city for itself, reads the same mapped base, and searches with one
thread: while one counts what changes, the others search.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from workbench.city.city import City
from workbench.errors import InputError, ScenarioError, StorageError
from workbench.evaluate import evaluate
from workbench.network import Baseline, use_threads
from workbench.scenario import Scenario
from workbench.scoring import ScoringParams
from workbench.scoring.indicators import PARTS

__all__ = ["BatchReport", "Workers", "count_workers", "read_batch", "score_batch"]

Report = Callable[[float, str], None]
Line = dict[str, object]

WORTH_A_WORKER = 10
"""Scenarios that pay for the three seconds in which a worker opens the city."""
_AHEAD = 2
"""Scenarios handed to each worker before it asks; what is lost if everything stops at once."""


@dataclass(frozen=True, slots=True)
class Workers:
    """Processes that score at the same time."""

    n: int
    open_baseline: Callable[[], Baseline]
    """Opens the city and its base in a worker; it must pickle (a `functools.partial` of a function of a module)."""


@dataclass(frozen=True, slots=True)
class BatchReport:
    """What a batch did."""

    n_scored: int
    """Now; those found in the file are not counted."""
    n_kept: int
    """Found in the file."""
    n_refused: int
    """Cannot run; their lines say why."""
    seconds: float

    @property
    def routes_per_minute(self) -> float:
        """Scenarios scored now by minutes taken."""
        return 60 * self.n_scored / self.seconds if self.seconds > 0 else 0.0

    def in_words(self) -> str:
        """Return it as a sentence."""
        found = f"scored {self.n_scored:,} in {self.seconds:,.0f} s, {self.routes_per_minute:,.0f} a minute"
        kept = f"; {self.n_kept:,} were there already" if self.n_kept else ""
        refused = f"; {self.n_refused:,} cannot run" if self.n_refused else ""
        return f"{found}{kept}{refused}"


def score_batch(
    city: City,
    scenarios: Sequence[Scenario],
    out: Path,
    *,
    baseline: Baseline,
    scoring: ScoringParams | None = None,
    report: Report | None = None,
    workers: Workers | None = None,
) -> BatchReport:
    """
    Score scenarios into a file of JSON lines, in their order, each line written whole before the next begins.

    Scenarios that the file holds already, by `scenario_id`, are not scored again: a batch that was stopped goes on. One that cannot
    run gets a line with `error`.

    Parameters
    ----------
    out
        Made if it is missing. A last line that was cut in half is dropped and scored again.
    baseline
        What `prepare` returned for the city.
    scoring
        Of all of them.
    report
        Told how far the work is. What it raises stops the work; what is written stays.
    workers
        Score in several processes; None for this one.

    Raises
    ------
    InputError
        If the file holds results of other city data or another window.
    StorageError
        If the file cannot be written, or a worker ended before its work was done.
    """
    started = time.perf_counter()
    key = {"city_version": baseline.city.data_version, "window": baseline.window.window_id}
    done = _finished(out, key)
    left = [one for one in dict.fromkeys(scenarios) if one.scenario_id not in done]
    n_refused = 0
    try:
        with out.open("a", encoding="utf-8") as file, _scorer(city, baseline, scoring, workers) as score_all:
            lines = score_all(left)
            for number, scenario in enumerate(left):
                if report is not None:
                    report((len(scenarios) - len(left) + number) / max(len(scenarios), 1), f"scoring {scenario.name}")
                line = key | next(lines)
                n_refused += "error" in line
                file.write(json.dumps(line, ensure_ascii=False, allow_nan=False) + "\n")
                file.flush()
    except OSError as error:
        message = f"results cannot be written to {out}: {error.strerror or error}"
        raise StorageError(message) from error
    return BatchReport(len(left), len(scenarios) - len(left), n_refused, time.perf_counter() - started)


def count_workers(n_scenarios: int, most: int | None = None) -> int:
    """Return how many workers a batch is worth: one for each processor, or `most`, where there is work enough for them."""
    return max(1, min(most or os.cpu_count() or 1, n_scenarios // WORTH_A_WORKER))


def read_batch(path: Path) -> list[dict[str, object]]:
    """Return the finished lines of a batch."""
    if not path.exists():
        return []
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    return [json.loads(line) for line in lines if line.endswith("\n")]


@contextmanager
def _scorer(
    city: City, baseline: Baseline, scoring: ScoringParams | None, workers: Workers | None
) -> Iterator[Callable[[Sequence[Scenario]], Iterator[Line]]]:
    """Hand out what turns scenarios into lines, one after another in their order; workers end with it."""
    if workers is None or workers.n < 2:
        yield lambda scenarios: (_score(city, one, baseline, scoring) for one in scenarios)
        return
    pool = ProcessPoolExecutor(
        workers.n,
        mp_context=multiprocessing.get_context("spawn"),  # a copy of a process that has searched would hang
        initializer=_start_worker,
        initargs=(workers.open_baseline, scoring),
    )
    try:
        yield lambda scenarios: _in_order(pool, scenarios, _AHEAD * workers.n)
    finally:
        pool.shutdown(cancel_futures=True)


def _in_order(pool: ProcessPoolExecutor, scenarios: Sequence[Scenario], most_ahead: int) -> Iterator[Line]:
    """Return the lines of scenarios as they were given, a few of them under way at a time."""
    waiting: deque[Future[Line]] = deque()
    try:
        for scenario in scenarios:
            waiting.append(pool.submit(_score_in_worker, scenario))
            if len(waiting) > most_ahead:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    except BrokenProcessPool as error:
        message = "a process of the batch ended before its work was done; run it again, it goes on where it stopped"
        raise StorageError(message) from error


_in_worker: tuple[Baseline, ScoringParams | None] | None = None
"""What this process scores with, where it is a worker."""


def _start_worker(open_baseline: Callable[[], Baseline], scoring: ScoringParams | None) -> None:
    """Open the city; end when the process that started this one is gone, however it ended."""
    global _in_worker
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever started us says when to stop
    threading.Thread(target=_end_with_parent, daemon=True).start()
    use_threads(1)
    _in_worker = open_baseline(), scoring


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None, "only workers wait for a parent"
    parent.join()
    os._exit(1)


def _score_in_worker(scenario: Scenario) -> Line:
    assert _in_worker is not None, "a worker opens the city first"
    baseline, scoring = _in_worker
    return _score(baseline.city, scenario, baseline, scoring)


def _score(city: City, scenario: Scenario, baseline: Baseline, scoring: ScoringParams | None) -> Line:
    """Return one line: every indicator of the scenario by key, or why it cannot run."""
    head: Line = {"scenario_id": scenario.scenario_id, "name": scenario.name}
    try:
        card = evaluate(city, scenario, scoring=scoring, baseline=baseline)
    except ScenarioError as error:
        return head | {"error": " ".join(str(error).splitlines())}
    values = {key: one.value for part in PARTS for key, one in getattr(card, part).items()}
    return head | {"score_s": round(card.timing_s["score"], 3), "indicators": values}


def _finished(out: Path, key: dict[str, str]) -> set[str]:
    """Return the ids of finished scenarios, and cut off a last line that is not whole."""
    try:
        lines = read_batch(out)
    except ValueError as error:
        message = f"{out} holds something else than results of a batch: {error}"
        raise InputError(message) from error
    _require_alike(lines, key, out)
    if out.exists():
        text = out.read_bytes()
        whole = text[: text.rfind(b"\n") + 1]
        if len(whole) < len(text):
            out.write_bytes(whole)
    return {str(line["scenario_id"]) for line in lines}


def _require_alike(lines: Iterable[dict[str, object]], key: dict[str, str], out: Path) -> None:
    for line in lines:
        found = {name: line.get(name) for name in key}
        if found != key or "scenario_id" not in line:
            raise InputError(
                f"{out} holds results of other city data or another window ({', '.join(map(str, found.values()))}); "
                "choose another file"
            )
