"""The desk where scenarios are scored: one for the whole process. Prepares the base, keeps threads and recent results."""

from __future__ import annotations

import dataclasses
import os
from collections import OrderedDict
from collections.abc import Callable
from functools import partial
from pathlib import Path

from workbench.app.preview import Preview, build_preview
from workbench.city.city import City
from workbench.evaluate import evaluate, prepare
from workbench.jobs import Jobs, Newest
from workbench.network import Baseline, get_window, warm_up
from workbench.scenario import Scenario
from workbench.scoring import Scorecard, ScoringParams

__all__ = ["Desk"]

Report = Callable[[float, str], None]

N_KEPT = 64
"""Most recent scorecards kept in memory, so that going back to an alternative is instant."""


class Desk:
    """
    Scores scenarios of one city off the event loop.

    Previews have threads of their own: they never wait for an exact figure. All sessions share one base.
    """

    def __init__(self, city: City, *, cache_dir: Path | None = None, n_threads: int = 0, window: str = "weekday-am"):
        self.city = city
        self.window = get_window(window)
        self.scoring = ScoringParams()
        n_threads = n_threads or os.cpu_count() or 1
        self._exact = Jobs(n_threads, name="exact")
        self._quick = Jobs(max(1, n_threads // 2), name="preview")
        self._base = Jobs(1, name="base")
        self._kept: OrderedDict[tuple[str, str], Scorecard] = OrderedDict()
        self.preparation = self._base.start(partial(_prepare, city, window, self.scoring, cache_dir))
        """The task that computes the base, or finds it in the cache, and gets the search ready."""

    def new_queue(self) -> Newest:
        """Return a queue for one session: of its waiting requests only the newest is scored."""
        return Newest(self._exact)

    async def preview(self, scenario: Scenario) -> Preview:
        """Return what needs no travel times; raises `ScenarioError`."""
        return await self._quick.run(
            partial(build_preview, self.city, scenario, window=self.window, scoring=self.scoring)
        )

    async def score(self, scenario: Scenario, queue: Newest) -> Scorecard:
        """
        Return the exact scorecard, from memory if this scenario was scored lately.

        Raises
        ------
        SupersededWork
            If the session asked for something else meanwhile.
        WorkbenchError
            What is wrong with the scenario, or why the base cannot be computed.
        """
        key = (scenario.scenario_id, scenario.name)
        if key in self._kept:
            queue.overtake()
            self._kept.move_to_end(key)
            return self._kept[key]
        baseline = await self.preparation.wait()
        card = await queue.run(partial(self._evaluate, scenario, baseline))
        self._kept[key] = card
        while len(self._kept) > N_KEPT:
            self._kept.popitem(last=False)
        return card

    def _evaluate(self, scenario: Scenario, baseline: Baseline) -> Scorecard:
        card = evaluate(self.city, scenario, baseline=baseline, scoring=self.scoring)
        return dataclasses.replace(card, name=scenario.name)

    def close(self) -> None:
        """Stop taking work; the base that is being computed keeps what is finished."""
        self.preparation.cancel()
        for jobs in (self._exact, self._quick, self._base):
            jobs.close()


def _prepare(city: City, window: str, scoring: ScoringParams, cache_dir: Path | None, report: Report) -> Baseline:
    baseline = prepare(city, window, scoring=scoring, cache_dir=cache_dir, report=report)
    report(1.0, "getting the search ready, about half a minute on the first start")
    warm_up(baseline)
    return baseline
