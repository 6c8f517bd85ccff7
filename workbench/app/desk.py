"""The desk where scenarios are scored: one for the whole process. Prepares the base, keeps threads and recent results."""

from __future__ import annotations

import dataclasses
import os
from collections import OrderedDict
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TypeVar

from workbench.app.results.preview import Preview, build_preview
from workbench.city.city import City
from workbench.evaluate import evaluate, prepare
from workbench.explain import Explanation, JourneyPlan, plan_journeys
from workbench.jobs import Jobs, Newest, Task
from workbench.network import Baseline, baseline_without, get_window, is_without_ready, warm_up
from workbench.publish.maps.basemap import Basemap, build_basemap
from workbench.scenario import Scenario, apply_scenario
from workbench.scoring import PUBLISHED_PHASES, Scorecard, ScoringParams

__all__ = ["Desk"]

Report = Callable[[float, str], None]
Done = TypeVar("Done")
T = TypeVar("T")

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
        self._noise = Jobs(1, name="noise")
        self._maps = Jobs(1, name="maps")
        self._studies = Jobs(1, name="studies")
        self._basemap: Basemap | None = None
        self._mapped: dict[tuple[str, str], Scorecard] = {}
        self._measured: dict[tuple[str, str], Scorecard] = {}
        self._kept: OrderedDict[tuple[str, str, str], Scorecard] = OrderedDict()
        self._n_scoring = 0
        self._cache_dir = cache_dir
        self._windows: dict[str, Task[Baseline]] = {}
        self._patches: dict[tuple[str, tuple[str, ...]], Task[Baseline]] = {}
        self.preparation = self._base.start(partial(_prepare, city, window, self.scoring, cache_dir))
        """The task that computes the base, or finds it in the cache, and gets the search ready."""

    def new_queue(self) -> Newest:
        """Return a queue for one session: of its waiting requests only the newest is scored."""
        return Newest(self._exact)

    def window_task(self, window_id: str) -> Task[Baseline]:
        """Return the task that computes the base of a window; once asked for, it goes on in the background."""
        if window_id == self.window.window_id:
            return self.preparation
        get_window(window_id)
        if window_id not in self._windows or self._windows[window_id].failed:
            work = partial(_prepare_more, self.city, window_id, self.scoring, self._cache_dir)
            self._windows[window_id] = self._base.start(work)
        return self._windows[window_id]

    async def preview(self, scenario: Scenario, window_id: str = "") -> Preview:
        """Return what needs no travel times; raises `ScenarioError`."""
        window = get_window(window_id) if window_id else self.window
        return await self._quick.run(partial(build_preview, self.city, scenario, window=window, scoring=self.scoring))

    async def aside(self, work: Callable[[], Done]) -> Done:
        """Return what a short piece of work gives, done beside the event loop: the page goes on answering."""
        return await self._quick.run(work)

    async def explain(self, plan: JourneyPlan, scenario: Scenario | None) -> Explanation:
        """Return the journeys of a plan, today and with a scenario."""
        return await self._quick.run(partial(plan_journeys, self.city, plan, scenario=scenario))

    async def score(
        self,
        scenario: Scenario,
        queue: Newest,
        window_id: str = "",
        *,
        on_wait: Callable[[Task[Baseline]], None] | None = None,
    ) -> Scorecard:
        """
        Return the exact scorecard, from memory if this scenario was scored lately.

        Parameters
        ----------
        scenario
            What to score.
        queue
            Of the session.
        window_id
            When people leave; the window of the desk if empty.
        on_wait
            Told the task that has to end first: the base of a window nobody asked for before, or travel times without a
            route that is edited for the first time.

        Raises
        ------
        SupersededWork
            If the session asked for something else meanwhile.
        WorkbenchError
            What is wrong with the scenario, or why the base cannot be computed.
        """
        key = self._key(scenario, window_id)
        number = queue.take()
        if (known := self.find_card(scenario, window_id)) is not None:
            return known
        preparation = self.window_task(key[-1])
        if on_wait is not None:
            on_wait(preparation)
        baseline = await preparation.wait()
        queue.require_newest(number)  # an overtaken request starts no work in the background
        patch = await self._quick.run(partial(self._patch_task, scenario, baseline)) if scenario.changes_today else None
        if patch is not None:
            if on_wait is not None:
                on_wait(patch)
            await patch.wait()
        self._n_scoring += 1
        try:
            return self._keep(key, await queue.run(partial(self._evaluate, scenario, baseline), number=number))
        finally:
            self._n_scoring -= 1

    async def score_ahead(self, scenario: Scenario, window_id: str = "") -> None:
        """
        Score what somebody may be about to draw, so that it is there at once if they do; only while the machine is idle.

        Searches around its stops are kept as well, so that a line that ends elsewhere is quicker too.
        """
        key, preparation = self._key(scenario, window_id), self.window_task(window_id or self.window.window_id)
        is_ready = preparation.done and not preparation.failed and not scenario.changes_today
        if self._n_scoring or key in self._kept or not is_ready:
            return
        self._n_scoring += 1
        try:
            self._keep(key, await self._exact.run(partial(self._evaluate, scenario, preparation.result())))
        finally:
            self._n_scoring -= 1

    def find_card(self, scenario: Scenario, window_id: str = "") -> Scorecard | None:
        """Return the exact scorecard if this scenario was scored lately; None if not."""
        key = self._key(scenario, window_id)
        if key in self._kept:
            self._kept.move_to_end(key)
        return self._kept.get(key)

    def _key(self, scenario: Scenario, window_id: str) -> tuple[str, str, str]:
        return scenario.scenario_id, scenario.name, window_id or self.window.window_id

    def _keep(self, key: tuple[str, str, str], card: Scorecard) -> Scorecard:
        self._kept[key] = card
        while len(self._kept) > N_KEPT:
            self._kept.popitem(last=False)
        return card

    def measure_noise(self, asked: Sequence[tuple[Scenario, str]]) -> Task[tuple[Scorecard, ...]]:
        """Start scoring scenarios, each in its window, under ten timetables; the task tells how far it is."""
        work = [(scenario, self.window_task(window_id)) for scenario, window_id in asked]
        return self._noise.start(partial(self._measure_noise, work))

    def _measure_noise(self, asked: Sequence[tuple[Scenario, Task[Baseline]]], report: Report) -> tuple[Scorecard, ...]:
        cards = []
        for number, (scenario, preparation) in enumerate(asked):

            def report_part(share: float, text: str, done: int = number) -> None:
                report((done + share) / len(asked), text)

            report_part(0.0, f"{scenario.name}: waiting for the travel times of today")
            baseline = preparation.result()
            key = (scenario.scenario_id, baseline.window.window_id)
            if key not in self._measured:
                options = {"phases": PUBLISHED_PHASES, "baseline": baseline, "scoring": self.scoring}
                self._measured[key] = evaluate(self.city, scenario, **options, report=report_part)
                while len(self._measured) > N_KEPT:
                    self._measured.pop(next(iter(self._measured)))
            cards.append(dataclasses.replace(self._measured[key], name=scenario.name))
        return tuple(cards)

    def draw_sides(
        self,
        asked: Sequence[tuple[Scenario, str]],
        draw: Callable[[Sequence[Scorecard], Basemap], T],
        *,
        cards: Sequence[Scorecard] = (),
    ) -> Task[T]:
        """
        Start drawing maps of scenarios, each in its window; the task tells how far it is.

        `draw` gets the exact cards and the ground of the maps, in a thread of their own. `cards` are those that are there
        already, such as means of ten timetables; without them every scenario is scored that was not scored lately.
        """
        work = [(scenario, self.window_task(window_id)) for scenario, window_id in asked]
        return self._maps.start(partial(self._draw_sides, work, draw, tuple(cards)))

    def _draw_sides(
        self,
        asked: Sequence[tuple[Scenario, Task[Baseline]]],
        draw: Callable[[Sequence[Scorecard], Basemap], T],
        cards: tuple[Scorecard, ...],
        report: Report,
    ) -> T:
        for number, (scenario, preparation) in enumerate(asked[len(cards) :]):
            report(number / (len(asked) + 1), f"scoring {scenario.name}")
            cards = (*cards, self._card_for_map(scenario, preparation.result()))
        report(len(asked) / (len(asked) + 1), "drawing")
        if self._basemap is None:
            self._basemap = build_basemap(self.city)
        return draw(cards, self._basemap)

    def _card_for_map(self, scenario: Scenario, baseline: Baseline) -> Scorecard:
        """Return the exact card with its zones, from memory if it was scored lately; only the thread of the maps calls it."""
        if (known := self._kept.get((scenario.scenario_id, scenario.name, baseline.window.window_id))) is not None:
            return known
        key = (scenario.scenario_id, baseline.window.window_id)
        if key not in self._mapped:
            self._mapped[key] = self._evaluate(scenario, baseline)
            while len(self._mapped) > N_KEPT:
                self._mapped.pop(next(iter(self._mapped)))
        return dataclasses.replace(self._mapped[key], name=scenario.name)

    def study(self, window_id: str, work: Callable[[Baseline, Report], T]) -> Task[T]:
        """Start work that asks more about a card than the card says; it gets the base of the window and a way to report."""
        preparation = self.window_task(window_id)

        def run(report: Report) -> T:
            report(0.0, "waiting for the travel times of today")
            return work(preparation.result(), report)

        return self._studies.start(run)

    async def work(self, act: Callable[[], T]) -> T:
        """Return the result of something short that should not hold up the pages."""
        return await self._quick.run(act)

    def _patch_task(self, scenario: Scenario, baseline: Baseline) -> Task[Baseline] | None:
        """Return the task that computes travel times without the routes a scenario changes; None if they are there."""
        applied = apply_scenario(scenario, self.city, service=baseline.window.service)
        route_ids = applied.change.removed_route_ids
        if is_without_ready(baseline, route_ids):
            return None
        key = (baseline.window.window_id, route_ids)
        if key not in self._patches or self._patches[key].failed:
            self._patches[key] = self._base.start(partial(_prepare_without, baseline, route_ids))
        return self._patches[key]

    def _evaluate(self, scenario: Scenario, baseline: Baseline) -> Scorecard:
        card = evaluate(self.city, scenario, baseline=baseline, scoring=self.scoring)
        return dataclasses.replace(card, name=scenario.name)

    def close(self) -> None:
        """Stop taking work; the base that is being computed keeps what is finished."""
        for task in (self.preparation, *self._windows.values(), *self._patches.values()):
            task.cancel()
        for jobs in (self._exact, self._quick, self._base, self._noise, self._maps, self._studies):
            jobs.close()


def _prepare_without(baseline: Baseline, route_ids: tuple[str, ...], report: Report) -> Baseline:
    """Prepare travel times without some routes, and the memory of the first re-score on them."""
    without = baseline_without(baseline, route_ids, report=report)
    warm_up(without)
    return without


def _prepare_more(
    city: City, window_id: str, scoring: ScoringParams, cache_dir: Path | None, report: Report
) -> Baseline:
    """Prepare one more window; the search is loaded already."""
    return prepare(city, window_id, scoring=scoring, cache_dir=cache_dir, report=report)


def _prepare(city: City, window: str, scoring: ScoringParams, cache_dir: Path | None, report: Report) -> Baseline:
    baseline = prepare(city, window, scoring=scoring, cache_dir=cache_dir, report=report)
    report(1.0, "getting the search ready, about half a minute on the first start")
    warm_up(baseline)
    return baseline
