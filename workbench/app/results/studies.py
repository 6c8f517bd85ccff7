"""What somebody may ask about an exact card: parts, changes of vehicle, minutes to leave, what would change the verdict."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from concurrent.futures import CancelledError
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import panel as pn

from workbench.app.assumptions import assumptions_of
from workbench.app.desk import Desk
from workbench.app.draft import one_sentence
from workbench.city.city import City
from workbench.departures import score_departures
from workbench.errors import WorkbenchError
from workbench.jobs import CancelledWork, Task
from workbench.network import Baseline
from workbench.parts import score_parts
from workbench.rides import score_rides
from workbench.scenario import AddRoute, Scenario
from workbench.scoring import Scorecard, ScoringParams
from workbench.sensitivity import Sensitivity, find_sensitivity

__all__ = ["ONE_CHANGE", "Studies", "parts_note"]

POLL_MS = 400
"""How often progress is shown."""
ONE_CHANGE = "This is one change of a route of today: it has no parts that could be left out one by one."
ONE_ROUTE = "This is a single route, so each stretch of it is left out in turn."
Report = Callable[[float, str], None]


@dataclass(frozen=True, slots=True)
class _Answers:
    """What is known of one card."""

    parts: Scorecard | None = None
    """The card with what each part is worth; None where nobody asked, as for all of these."""
    rides: Scorecard | None = None
    """The card with who has to change once more."""
    departures: Scorecard | None = None
    """The card with good and bad minutes to leave."""
    sensitivity: Sensitivity | None = None
    """What would change the verdict."""


_ON_CARD = {"parts": score_parts, "rides": score_rides, "departures": score_departures}
"""Questions that are answered by a card with more on it, by the name they have among the answers."""


class Studies:
    """
    One session's questions about the card on the table. The answers belong to that card and go when it goes.

    `scenario` returns what has an exact card, None if nothing has; `show` shows the card anew.
    """

    def __init__(self, desk: Desk, scenario: Callable[[], Scenario | None], show: Callable[[], None]) -> None:
        self.desk = desk
        self._scenario, self._show = scenario, show
        self._key: tuple[object, ...] = ()
        self._answers = _Answers()
        self._task: Task[_Answers] | None = None
        self.error = ""
        """One sentence about what could not be answered, or empty."""

    @property
    def actions(self) -> dict[str, Callable[[Scorecard | None], None]]:
        """What the buttons below the card do."""
        return {
            **{f"study-{name}": partial(self._ask_card, name) for name in _ON_CARD},
            "study-sensitivity": self._ask_sensitivity,
            "study-sensitivity-full": partial(self._ask_sensitivity, with_bases=True),
            "study-stop": self._stop,
        }

    def act(self, action: str, card: Scorecard | None) -> bool:
        """Do what a button says, if it is one of these; tell whether it was."""
        if action not in self.actions:
            return False
        self._follow(card)
        self.actions[action](card)
        return True

    def on_card(self, card: Scorecard) -> Scorecard:
        """Return the card with everything that somebody asked for besides."""
        self._follow(card)
        if self._answers.parts is not None:
            card = dataclasses.replace(card, parts=self._answers.parts.parts)
        if (rides := self._answers.rides) is not None:
            more = {"ride_rows": rides.ride_rows, "worst_rides": rides.worst_rides, "zones": rides.zones}
            card = dataclasses.replace(card, rides=rides.rides, **more)  # type: ignore[arg-type]
        if self._answers.departures is not None:
            card = dataclasses.replace(card, departures=self._answers.departures.departures)
        return card

    def sensitivity(self, card: Scorecard | None) -> Sensitivity | None:
        """Return what would change the verdict of a card; None where nobody asked."""
        self._follow(card)
        return self._answers.sensitivity

    def in_words(self, card: Scorecard | None) -> dict[str, object] | None:
        """Return what the template shows below the card; None where there is no exact card."""
        self._follow(card)
        scenario = self._scenario() if card is not None else None
        if scenario is None:
            return None
        progress = self._task.progress if self._task is not None else None
        parts = self._answers.parts
        return {
            "progress": f"{progress.fraction:.0%}: {progress.text}" if progress else "",
            "parts_note": parts_note(scenario),
            "can_ask_parts": parts is None and parts_note(scenario) != ONE_CHANGE,
            "parts_shown": parts is not None and bool(parts.parts),
            "no_parts": parts is not None and not parts.parts,
            "can_ask_rides": self._answers.rides is None,
            "can_ask_departures": self._answers.departures is None,
            "can_ask_sensitivity": self._answers.sensitivity is None,
            "error": self.error,
        }

    def _ask_card(self, name: str, card: Scorecard | None) -> None:
        """Ask for more on the card itself; one change has no parts to ask for."""
        scenario = self._asked(card)
        if card is None or scenario is None or (name == "parts" and parts_note(scenario) == ONE_CHANGE):
            return
        scoring = assumptions_of(card.parameters).scoring
        self._start(card, partial(_find_on_card, name, self._answers, self.desk.city, scenario, card, scoring))

    def _ask_sensitivity(self, card: Scorecard | None, *, with_bases: bool = False) -> None:
        scenario = self._asked(card)
        if card is not None and scenario is not None:
            scoring = assumptions_of(card.parameters).scoring
            bases = (with_bases, self.desk.cache_dir)
            self._start(card, partial(_find_sensitivity, self._answers, self.desk.city, scenario, scoring, bases))

    def _asked(self, card: Scorecard | None) -> Scenario | None:
        """Return the scenario of the card; None while the drawing has moved on and its own card is still computed."""
        scenario = self._scenario()
        same = card is not None and scenario is not None and scenario.scenario_id == card.scenario_id
        return scenario if same else None

    def _start(self, card: Scorecard, work: Callable[[Baseline, Report], _Answers]) -> None:
        if self._task is not None:
            return
        self.error = ""
        self._task = self.desk.study(card.window_id, work, assumptions_of(card.parameters))
        self._poll = pn.state.add_periodic_callback(self._watch, period=POLL_MS)
        self._show()

    def _stop(self, _card: Scorecard | None) -> None:
        if self._task is not None:
            self._task.cancel()

    def _watch(self) -> None:
        """Show how far it is; once it is done, the answer. An answer about another card is dropped."""
        task = self._task
        if task is None:
            self._poll.stop()
        elif task.done:
            self._poll.stop()
            self._task = None
            try:
                self._answers = task.result()
            except (CancelledWork, CancelledError):
                pass
            except WorkbenchError as error:
                self.error = one_sentence(error)
        self._show()

    def _follow(self, card: Scorecard | None) -> None:
        """Forget the answers, and stop asking, once another card is on the table."""
        key = (card.scenario_id, card.window_id, assumptions_of(card.parameters)) if card is not None else ()
        if key == self._key:
            return
        self._key, self._answers, self.error = key, _Answers(), ""
        if self._task is not None:
            self._task.cancel()
            self._task = None


def parts_note(scenario: Scenario) -> str:
    """Say what leaving out parts means for this scenario."""
    new = sum(isinstance(edit, AddRoute) for edit in scenario.edits)
    touched = {str(getattr(edit, "route_id", "") or getattr(edit, "stop_id", "")) for edit in scenario.edits}
    if len(touched) > 1:
        return f"{len(touched)} routes or stops are changed or new: each is left out in turn, then each stretch of what is new."
    return ONE_ROUTE if new else ONE_CHANGE


def _find_on_card(
    name: str,
    known: _Answers,
    city: City,
    scenario: Scenario,
    card: Scorecard,
    scoring: ScoringParams,
    baseline: Baseline,
    report: Report,
) -> _Answers:
    found = _ON_CARD[name](city, scenario, card, baseline=baseline, scoring=scoring, report=report)
    return dataclasses.replace(known, **{name: found})


def _find_sensitivity(
    known: _Answers,
    city: City,
    scenario: Scenario,
    scoring: ScoringParams,
    bases: tuple[bool, Path | None],
    baseline: Baseline,
    report: Report,
) -> _Answers:
    """Look at each assumption in turn; `bases` tells whether to try what needs other travel times, and where they are kept."""
    with_bases, cache_dir = bases
    found = find_sensitivity(
        city, [scenario], baseline=baseline, scoring=scoring, with_bases=with_bases, cache_dir=cache_dir, report=report
    )
    return dataclasses.replace(known, sensitivity=found)
