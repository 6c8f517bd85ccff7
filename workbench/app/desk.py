"""The desk where scenarios are scored: one for the whole process. Prepares the base, keeps threads and recent results."""

from __future__ import annotations

import asyncio
import dataclasses
import os
from collections import OrderedDict
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TypeVar

from workbench.app.assumptions import USUAL, Assumptions
from workbench.app.results.preview import Preview, build_preview
from workbench.city.city import City
from workbench.evaluate import evaluate, prepare
from workbench.explain import Explanation, JourneyPlan, plan_journeys
from workbench.jobs import Jobs, Newest, Task
from workbench.network import Baseline, SearchParams, baseline_without, get_window, is_without_ready, warm_up
from workbench.publish.maps.basemap import Basemap, build_basemap
from workbench.scenario import Scenario, apply_scenario
from workbench.scoring import PUBLISHED_PHASES, Scorecard

__all__ = ["Desk"]

Report = Callable[[float, str], None]
Done = TypeVar("Done")
T = TypeVar("T")
Key = tuple[str, str, str, Assumptions]
"""Scenario, its name, window, assumptions."""
Asked = tuple[Scenario, str, Assumptions]
"""What is to be scored, in which window, with which assumptions."""
_Prepared = tuple[Scenario, Task[Baseline], Assumptions]

N_OTHER_BASES = 4
"""Bases of other assumptions than the usual and the newest ones that stay in memory."""
N_KEPT = 64
"""Most recent scorecards kept in memory, so that going back to an alternative is instant."""


class Desk:
    """
    Scores scenarios of one city off the event loop.

    Previews have threads of their own: they never wait for an exact figure. All sessions share one base for each window and
    each set of search parameters. Where no assumptions are named, the usual ones hold.
    """

    def __init__(self, city: City, *, cache_dir: Path | None = None, n_threads: int = 0, window: str = "weekday-am"):
        self.city = city
        self.window = get_window(window)
        n_threads = n_threads or os.cpu_count() or 1
        self._exact = Jobs(n_threads, name="exact")
        self._quick = Jobs(max(1, n_threads // 2), name="preview")
        self._base = Jobs(1, name="base")
        self._noise = Jobs(1, name="noise")
        self._maps = Jobs(1, name="maps")
        self._studies = Jobs(1, name="studies")
        self._basemap: Basemap | None = None
        self._mapped: dict[tuple[str, str, Assumptions], Scorecard] = {}
        self._measured: dict[tuple[str, str, int, Assumptions], Scorecard] = {}
        self._kept: OrderedDict[Key, Scorecard] = OrderedDict()
        self._running: dict[Key, asyncio.Future[Scorecard]] = {}
        self._n_scoring = 0
        self.cache_dir = cache_dir
        self._windows: dict[tuple[str, SearchParams], Task[Baseline]] = {}
        self._patches: dict[tuple[str, SearchParams, tuple[str, ...]], Task[Baseline]] = {}
        self.preparation = self._base.start(partial(_prepare, city, window, cache_dir))
        """The task that computes the base, or finds it in the cache, and gets the search ready."""

    def new_queue(self) -> Newest:
        """Return a queue for one session: of its waiting requests only the newest is scored."""
        return Newest(self._exact)

    def window_task(self, window_id: str, assumed: Assumptions = USUAL) -> Task[Baseline]:
        """Return the task that computes the base of a window; once asked for, it goes on in the background."""
        key = get_window(window_id).window_id, assumed.search
        if key == (self.window.window_id, USUAL.search):
            return self.preparation
        if key not in self._windows or self._windows[key].failed:
            self._windows[key] = self._base.start(partial(_prepare_more, self.city, *key, self.cache_dir))
            self._forget_bases(assumed.search)
        return self._windows[key]

    def _forget_bases(self, wanted: SearchParams) -> None:
        """Let go of bases of assumptions that were tried long ago; they stay on the disk."""
        others = [key for key, task in self._windows.items() if task.done and key[1] not in (USUAL.search, wanted)]
        for key in others[:-N_OTHER_BASES]:
            del self._windows[key]
            self._patches = {of: patch for of, patch in self._patches.items() if of[:2] != key}

    async def preview(self, scenario: Scenario, window_id: str = "", assumed: Assumptions = USUAL) -> Preview:
        """Return what needs no travel times; raises `ScenarioError`."""
        window = get_window(window_id) if window_id else self.window
        build = partial(build_preview, self.city, scenario, window=window, scoring=assumed.scoring)
        return await self._quick.run(build)

    async def aside(self, work: Callable[[], Done]) -> Done:
        """Return what a short piece of work gives, done beside the event loop: the page goes on answering."""
        return await self._quick.run(work)

    async def explain(self, plan: JourneyPlan, scenario: Scenario | None, assumed: Assumptions = USUAL) -> Explanation:
        """Return the journeys of a plan, today and with a scenario."""
        return await self._quick.run(partial(plan_journeys, self.city, plan, scenario=scenario, search=assumed.search))

    async def score(
        self,
        scenario: Scenario,
        queue: Newest,
        window_id: str = "",
        assumed: Assumptions = USUAL,
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
        assumed
            What is taken for granted.
        on_wait
            Told the task that has to end first: a base nobody asked for before, or travel times without a
            route that is edited for the first time.

        Raises
        ------
        SupersededWork
            If the session asked for something else meanwhile.
        WorkbenchError
            What is wrong with the scenario, or why the base cannot be computed.
        """
        key = self._key(scenario, window_id, assumed)
        number = queue.take()
        if (known := self.find_card(scenario, window_id, assumed)) is not None:
            return known
        preparation = self.window_task(key[2], assumed)
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
            return await queue.run_started(lambda: self._score_once(key, scenario, baseline), number)
        finally:
            self._n_scoring -= 1

    async def score_ahead(self, scenario: Scenario, window_id: str = "", assumed: Assumptions = USUAL) -> None:
        """
        Score what somebody may be about to draw, so that it is there at once if they do; only while the machine is idle.

        Searches around its stops are kept as well, so that a line that ends elsewhere is quicker too.
        """
        key = self._key(scenario, window_id, assumed)
        preparation = self.window_task(key[2], assumed)
        is_ready = preparation.done and not preparation.failed and not scenario.changes_today
        if self._n_scoring or key in self._kept or not is_ready:
            return
        self._n_scoring += 1
        try:
            await self._score_once(key, scenario, preparation.result())
        finally:
            self._n_scoring -= 1

    async def _score_once(self, key: Key, scenario: Scenario, baseline: Baseline) -> Scorecard:
        """Return the exact card of a scenario: the one that is there, the one being made, or a new one; kept in any case."""
        if (known := self._kept.get(key)) is not None:
            return known
        if key not in self._running:
            work = partial(self._evaluate, scenario, baseline, key[-1])
            self._running[key] = asyncio.ensure_future(self._exact.run(work))
            self._running[key].add_done_callback(lambda made: self._end(key, made))
        return await asyncio.shield(self._running[key])

    def _end(self, key: Key, made: asyncio.Future[Scorecard]) -> None:
        """Keep what was made, also if meanwhile nobody waits for it any more."""
        del self._running[key]
        if not made.cancelled() and made.exception() is None:
            self._keep(key, made.result())

    def find_card(self, scenario: Scenario, window_id: str = "", assumed: Assumptions = USUAL) -> Scorecard | None:
        """Return the exact scorecard if this scenario was scored lately; None if not."""
        key = self._key(scenario, window_id, assumed)
        if key in self._kept:
            self._kept.move_to_end(key)
        return self._kept.get(key)

    def _key(self, scenario: Scenario, window_id: str, assumed: Assumptions) -> Key:
        return scenario.scenario_id, scenario.name, window_id or self.window.window_id, assumed

    def _keep(self, key: Key, card: Scorecard) -> Scorecard:
        self._kept[key] = card
        while len(self._kept) > N_KEPT:
            self._kept.popitem(last=False)
        return card

    def measure_noise(self, asked: Sequence[Asked], *, phases: int = PUBLISHED_PHASES) -> Task[tuple[Scorecard, ...]]:
        """Start scoring scenarios, each in its window, under ten timetables or fewer; the task tells how far it is."""
        return self._noise.start(partial(self._measure_noise, self._prepared(asked), phases))

    def _prepared(self, asked: Sequence[Asked]) -> list[_Prepared]:
        return [(scenario, self.window_task(window_id, assumed), assumed) for scenario, window_id, assumed in asked]

    def _measure_noise(self, asked: Sequence[_Prepared], phases: int, report: Report) -> tuple[Scorecard, ...]:
        cards = []
        for number, (scenario, preparation, assumed) in enumerate(asked):

            def report_part(share: float, text: str, done: int = number) -> None:
                report((done + share) / len(asked), text)

            report_part(0.0, f"{scenario.name}: waiting for the travel times of today")
            baseline = preparation.result()
            key = (scenario.scenario_id, baseline.window.window_id, phases, assumed)
            if key not in self._measured:
                options = {"phases": phases, "baseline": baseline, "scoring": assumed.scoring}
                self._measured[key] = evaluate(self.city, scenario, **options, report=report_part)
                while len(self._measured) > N_KEPT:
                    self._measured.pop(next(iter(self._measured)))
            cards.append(dataclasses.replace(self._measured[key], name=scenario.name))
        return tuple(cards)

    def draw_sides(
        self,
        asked: Sequence[Asked],
        draw: Callable[[Sequence[Scorecard], Basemap], T],
        *,
        cards: Sequence[Scorecard] = (),
    ) -> Task[T]:
        """
        Start drawing maps of scenarios, each in its window; the task tells how far it is.

        `draw` gets the exact cards and the ground of the maps, in a thread of their own. `cards` are those that are there
        already, such as means of ten timetables; without them every scenario is scored that was not scored lately.
        """
        return self._maps.start(partial(self._draw_sides, self._prepared(asked), draw, tuple(cards)))

    def _draw_sides(
        self,
        asked: Sequence[_Prepared],
        draw: Callable[[Sequence[Scorecard], Basemap], T],
        cards: tuple[Scorecard, ...],
        report: Report,
    ) -> T:
        for number, (scenario, preparation, assumed) in enumerate(asked[len(cards) :]):
            report(number / (len(asked) + 1), f"scoring {scenario.name}")
            cards = (*cards, self._card_for_map(scenario, preparation.result(), assumed))
        report(len(asked) / (len(asked) + 1), "drawing")
        if self._basemap is None:
            self._basemap = build_basemap(self.city)
        return draw(cards, self._basemap)

    def _card_for_map(self, scenario: Scenario, baseline: Baseline, assumed: Assumptions) -> Scorecard:
        """Return the exact card with its zones, from memory if it was scored lately; only the thread of the maps calls it."""
        window_id = baseline.window.window_id
        if (known := self._kept.get(self._key(scenario, window_id, assumed))) is not None:
            return known
        key = (scenario.scenario_id, window_id, assumed)
        if key not in self._mapped:
            self._mapped[key] = self._evaluate(scenario, baseline, assumed)
            while len(self._mapped) > N_KEPT:
                self._mapped.pop(next(iter(self._mapped)))
        return dataclasses.replace(self._mapped[key], name=scenario.name)

    def study(self, window_id: str, work: Callable[[Baseline, Report], T], assumed: Assumptions = USUAL) -> Task[T]:
        """Start work that asks more about a card than the card says; it gets the base of the window and a way to report."""
        preparation = self.window_task(window_id, assumed)

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
        key = (baseline.window.window_id, baseline.params, route_ids)
        if key not in self._patches or self._patches[key].failed:
            self._patches[key] = self._base.start(partial(_prepare_without, baseline, route_ids))
        return self._patches[key]

    def _evaluate(self, scenario: Scenario, baseline: Baseline, assumed: Assumptions) -> Scorecard:
        card = evaluate(self.city, scenario, baseline=baseline, scoring=assumed.scoring)
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


def _prepare_more(city: City, window_id: str, search: SearchParams, cache_dir: Path | None, report: Report) -> Baseline:
    """Prepare one more base; the search is loaded already."""
    return prepare(city, window_id, search, cache_dir=cache_dir, report=report)


def _prepare(city: City, window: str, cache_dir: Path | None, report: Report) -> Baseline:
    baseline = prepare(city, window, cache_dir=cache_dir, report=report)
    report(1.0, "getting the search ready, about half a minute on the first start")
    warm_up(baseline)
    return baseline
