"""The second page: alternatives side by side, one ranked ballot at a time, and the count explained."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable
from concurrent.futures import CancelledError
from dataclasses import dataclass
from functools import partial

import panel as pn

from workbench.app import ballot_form
from workbench.app.alternatives import SavedAlternative, keep_card, list_alternatives
from workbench.app.assumptions import get_room, listen
from workbench.app.components import Fragment, SketchMap
from workbench.app.desk import Desk
from workbench.app.draft import one_sentence
from workbench.app.pages.page import build_page, map_words
from workbench.app.rendering import render
from workbench.app.results.matrix import MOST_COMPARED, build_matrix
from workbench.app.results.on_map import show_on_map
from workbench.app.results.painting import describe_zone
from workbench.app.results.side_maps import SideMaps
from workbench.app.state import VoteState
from workbench.assembly import Ballot, Outcome, tally_ranked_pairs
from workbench.errors import InputError, WorkbenchError
from workbench.jobs import CancelledWork, SupersededWork, Task
from workbench.scoring import Scorecard
from workbench.storage import Store

__all__ = ["ComparePage", "compare_page"]

logger = logging.getLogger(__name__)

POLL_MS = 400
"""How often the progress of measuring the noise is shown."""


@dataclass(frozen=True, slots=True)
class RankedPlace:
    """One place of the result."""

    number: int
    alternatives: tuple[SavedAlternative, ...]


def compare_page(desk: Desk, store: Store) -> pn.Template:
    """Return the page for one session."""
    return ComparePage(desk, store).page


class ComparePage:
    """One session in front of the alternatives."""

    def __init__(self, desk: Desk, store: Store) -> None:
        self.desk, self.store = desk, store
        self.state = VoteState()
        self.room = get_room(store, partial(desk.window_task, desk.window.window_id))
        self.queue = desk.new_queue()
        self.alternatives = list_alternatives(store)
        self.card: Scorecard | None = None
        self.measuring: Task[tuple[Scorecard, ...]] | None = None
        self._keeps = False
        city = desk.city
        self.map = SketchMap(
            layers=sorted(city.layers),
            bounds=list(city.bounds_lonlat),
            can_draw=False,
            texts=map_words(city),
            sizing_mode="stretch_both",
        )
        self.matrix, self.ballot, self.count = Fragment(), Fragment(), Fragment()
        self.sides = SideMaps(desk, self.alternatives)
        self.map.handlers = {"ready": self._on_ready, "metric": self._on_metric, "zone": self._on_zone}
        self.matrix.on_action = self._on_matrix
        self.ballot.on_action = self._on_ballot
        self.count.on_action = self._on_count
        listen(self.room, self._show_matrix)
        self._show_matrix()
        self._show_ballot()
        self._show_count()
        pieces = {"map": self.map, "matrix": self.matrix, "ballot": self.ballot, "count": self.count}
        pieces["sides"] = self.sides.fragment
        self.page = build_page("compare.html.j2", pieces, city=city, title="Compare and vote", current="compare")

    # ---- map and matrix

    def _on_ready(self) -> None:
        self.map.show_routes([route for alternative in self.alternatives for route in alternative.on_map()])
        if self.alternatives and not self.state.shown:
            self._choose(self.alternatives[0].alternative_id)
        if self.sides.drawn is None:
            self.sides.start()

    def _on_matrix(self, action: str, value: str) -> None:
        if action == "show":
            self._choose(value)
        elif action == "measure-noise" and self.measuring is None:
            self._measure_noise()
        elif action == "score-alike" and self.measuring is None:
            self._score_alike()
        elif action == "stop-noise" and self.measuring is not None:
            self.measuring.cancel()

    def _choose(self, alternative_id: str) -> None:
        chosen = self._find(alternative_id)
        if chosen is None:
            return
        self.state.param.update(shown=alternative_id, error="")
        self._show_matrix()
        pn.state.execute(partial(self._score, chosen))

    async def _score(self, alternative: SavedAlternative) -> None:
        try:
            scenario, window_id, assumed = alternative.asked
            card = await self.desk.score(scenario, self.queue, window_id, assumed)
        except SupersededWork:
            return
        except WorkbenchError as error:
            self.state.error = one_sentence(error)
            self._show_matrix()
            return
        if self.state.shown == alternative.alternative_id:
            self.card = card
            self._paint()

    def _measure_noise(self) -> None:
        """Look at ten timetables of every alternative in the table; a bar tells how far it is."""
        self._start(self.desk.measure_noise([one.asked for one in self.alternatives[:MOST_COMPARED]]))

    def _score_alike(self) -> None:
        """Score every alternative again with the assumptions of the room; the new cards are kept in place of the old."""
        asked = [(one.scenario, str(one.card["window_id"]), self.room.current) for one in self.alternatives]
        self._start(self.desk.measure_noise(asked, phases=1), keeps=True)

    def _start(self, task: Task[tuple[Scorecard, ...]], *, keeps: bool = False) -> None:
        self.measuring, self._keeps = task, keeps
        what = "Scoring all again" if keeps else "Measuring the noise"
        self.state.param.update(error="", progress="starting", doing=what)
        self._poll = pn.state.add_periodic_callback(self._show_noise, period=POLL_MS)
        self._show_matrix()

    def _show_noise(self) -> None:
        """Show how far measuring the noise is; once it is done, the means with their spread."""
        task = self.measuring
        assert task is not None
        if not task.done:
            self.state.progress = f"{task.progress.fraction:.0%}: {task.progress.text}"
            self._show_matrix()
            return
        self._poll.stop()
        self.measuring, self.state.progress = None, ""
        try:
            self._take_cards(task.result())
        except (CancelledWork, CancelledError):
            logger.info("measuring the noise was stopped")
        except WorkbenchError as error:
            self.state.error = one_sentence(error)
        self._show_matrix()

    def _take_cards(self, cards: tuple[Scorecard, ...]) -> None:
        """Show new cards of the alternatives, in their order; keep them if they are to stay."""
        found = tuple(zip(self.alternatives, cards, strict=False))
        if self._keeps:
            taken = [keep_card(self.store, one.alternative_id, card) for one, card in found]
        else:
            taken = [one.with_card(card) for one, card in found]
        self.alternatives = (*taken, *self.alternatives[len(taken) :])
        if self._keeps:
            self.sides.show_again(self.alternatives, cards)
            self._choose(self.state.shown)
        else:
            self.sides.start(cards)

    def _paint(self) -> None:
        if self.card is not None:
            show_on_map(self.map, self.desk.city, self.card, self.state.metric, seq=0)

    def _on_metric(self, metric: str) -> None:
        self.state.metric = metric
        self._paint()

    def _on_zone(self, zone_ix: int) -> None:
        if self.card is not None and zone_ix < self.desk.city.n_zones:
            self.map.answer_zone(zone_ix, describe_zone(self.card.zones, zone_ix))

    # ---- ballot

    def _on_ballot(self, action: str, value: str) -> None:
        self.state.param.update(error="", notice="")
        moves: dict[str, Callable[[ballot_form.Places, str], ballot_form.Places]] = {
            "add": ballot_form.add_last,
            "out": ballot_form.leave_out,
            "up": ballot_form.move_up,
            "down": ballot_form.move_down,
            "join": ballot_form.join_above,
            "split": ballot_form.split_off,
        }
        if action in moves and self._find(value) is not None:
            self.state.places = moves[action](self.state.places, value)
        elif action == "cast":
            self._cast()
        self._show_ballot()

    def _cast(self) -> None:
        """Keep the ballot; it is said to be cast only once it is on the disk."""
        try:
            if not self.state.places:
                raise InputError("the ballot is empty; put at least one alternative on it")
            ranking = tuple(frozenset(place) for place in self.state.places)
            self.store.ballots.add(Ballot(secrets.token_hex(8), ranking))
        except WorkbenchError as error:
            self.state.error = one_sentence(error)
            return
        number = self.store.ballots.count()
        self.state.param.update(
            places=(), notice=f"Your ballot is kept. It is ballot {number}. The next person may vote."
        )
        self._show_count()

    # ---- count

    def _on_count(self, action: str, _value: str) -> None:
        if action in ("count", "hide-count"):
            self.state.counted = action == "count"
            self._show_count()

    def _tally(self) -> Outcome:
        ids = [alternative.alternative_id for alternative in self.alternatives]
        return tally_ranked_pairs(ids, [ballot.keeping(ids) for ballot in self.store.ballots.list()])

    def _show_count(self) -> None:
        n_ballots = self.store.ballots.count()
        values: dict[str, object] = {"n_ballots": n_ballots, "outcome": None}
        if self.state.counted and n_ballots and self.alternatives:
            outcome = self._tally()
            by_id = {alternative.alternative_id: alternative for alternative in self.alternatives}
            values |= {
                "outcome": outcome,
                "columns": [by_id[proposal_id] for proposal_id in outcome.proposal_ids],
                "sentences": outcome.explain({key: f"{alt.letter} {alt.name}" for key, alt in by_id.items()}),
                "ranking": [
                    RankedPlace(
                        outcome.get_place(min(place)),
                        tuple(by_id[proposal_id] for proposal_id in outcome.proposal_ids if proposal_id in place),
                    )
                    for place in outcome.ranking
                ],
            }
        self.count.html = render("count.html.j2", **values)

    # ---- what is shown

    def _show_matrix(self) -> None:
        self.matrix.html = render(
            "matrix.html.j2", state=self.state, matrix=build_matrix(self.alternatives, self.room.current)
        )

    def _show_ballot(self) -> None:
        by_id = {alternative.alternative_id: alternative for alternative in self.alternatives}
        places = [[by_id[one] for one in place] for place in self.state.places]
        ranked = {one for place in self.state.places for one in place}
        unranked = [alternative for key, alternative in by_id.items() if key not in ranked]
        self.ballot.html = render("ballot.html.j2", state=self.state, places=places, unranked=unranked)

    def _find(self, alternative_id: str) -> SavedAlternative | None:
        return next((found for found in self.alternatives if found.alternative_id == alternative_id), None)
