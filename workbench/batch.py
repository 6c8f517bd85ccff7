"""Many scenarios scored one after another into one file, a line each: work that was cut goes on where it stopped."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from workbench.city.city import City
from workbench.errors import InputError, ScenarioError, StorageError
from workbench.evaluate import evaluate
from workbench.network import Baseline
from workbench.scenario import Scenario
from workbench.scoring import ScoringParams
from workbench.scoring.indicators import PARTS

__all__ = ["BatchReport", "read_batch", "score_batch"]

Report = Callable[[float, str], None]


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
        Told how far the work is. What it raises stops the work; what is finished stays.

    Raises
    ------
    InputError
        If the file holds results of other city data or another window.
    StorageError
        If the file cannot be written.
    """
    started = time.perf_counter()
    key = {"city_version": baseline.city.data_version, "window": baseline.window.window_id}
    done = _finished(out, key)
    left = [one for one in dict.fromkeys(scenarios) if one.scenario_id not in done]
    n_refused = 0
    try:
        with out.open("a", encoding="utf-8") as file:
            for number, scenario in enumerate(left):
                if report is not None:
                    report((len(scenarios) - len(left) + number) / max(len(scenarios), 1), f"scoring {scenario.name}")
                line = key | _score(city, scenario, baseline, scoring)
                n_refused += "error" in line
                file.write(json.dumps(line, ensure_ascii=False, allow_nan=False) + "\n")
                file.flush()
    except OSError as error:
        message = f"results cannot be written to {out}: {error.strerror or error}"
        raise StorageError(message) from error
    return BatchReport(len(left), len(scenarios) - len(left), n_refused, time.perf_counter() - started)


def read_batch(path: Path) -> list[dict[str, object]]:
    """Return the finished lines of a batch."""
    if not path.exists():
        return []
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    return [json.loads(line) for line in lines if line.endswith("\n")]


def _score(city: City, scenario: Scenario, baseline: Baseline, scoring: ScoringParams | None) -> dict[str, object]:
    """Return one line: every indicator of the scenario by key, or why it cannot run."""
    head: dict[str, object] = {"scenario_id": scenario.scenario_id, "name": scenario.name}
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
