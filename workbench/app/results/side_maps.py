"""The small maps below the table of alternatives, and the difference map of any two: scored and drawn in the background."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from concurrent.futures import CancelledError
from dataclasses import dataclass
from functools import partial

import panel as pn
import param
from markupsafe import Markup

from workbench.app.alternatives import SavedAlternative
from workbench.app.components import Fragment
from workbench.app.desk import Desk
from workbench.app.draft import one_sentence
from workbench.app.rendering import render
from workbench.app.results.mixed import is_mixed
from workbench.city.city import City
from workbench.errors import InputError, WorkbenchError
from workbench.jobs import CancelledWork, Task
from workbench.publish.maps.basemap import Basemap
from workbench.publish.maps.small_maps import Frame
from workbench.publish.side_by_side import MOST_COMPARED, Side, fit_sides, render_difference, render_small_maps
from workbench.scoring import Scorecard

__all__ = ["SideMaps", "SideMapsState"]

logger = logging.getLogger(__name__)

POLL_MS = 400
"""How often progress is shown."""


class SideMapsState(param.Parameterized):
    """What is shown and what was chosen."""

    one = param.String(default="", doc="Id of the first alternative of the difference map.")
    other = param.String(default="", doc="Id of the second.")
    progress = param.String(default="", doc="How far scoring and drawing are; empty while nothing is done.")
    stopped = param.Boolean(default=False, doc="Whether somebody stopped it.")
    error = param.String(default="", doc="One sentence about what cannot be drawn, or empty.")


@dataclass(frozen=True, eq=False)
class _Drawn:
    """What the background made."""

    sides: tuple[Side, ...]
    frame: Frame
    maps: Markup


class SideMaps:
    """One session's small maps. `start` draws them; drawn again, they take over cards that are known better."""

    def __init__(self, desk: Desk, alternatives: Sequence[SavedAlternative]) -> None:
        self.desk = desk
        self.alternatives = tuple(alternatives[:MOST_COMPARED])
        self.state = SideMapsState()
        self.fragment = Fragment()
        self.fragment.on_action = self._on_action
        self.fragment.on_field = self._on_field
        self.task: Task[_Drawn] | None = None
        self.drawn: _Drawn | None = None
        self.difference = Markup("")
        if len(self.alternatives) > 1:
            self.state.param.update(one=self.alternatives[0].alternative_id, other=self.alternatives[1].alternative_id)
        self._show()

    def show_again(self, alternatives: Sequence[SavedAlternative], cards: Sequence[Scorecard]) -> None:
        """Draw alternatives again whose cards are others now; what is being drawn of the old ones is dropped."""
        self.alternatives = tuple(alternatives[:MOST_COMPARED])
        if self.task is not None:
            self.task.cancel()
            self._poll.stop()
            self.task = None
        self.drawn, self.difference = None, Markup("")
        self.start(cards)

    def start(self, cards: Sequence[Scorecard] = ()) -> None:
        """Score what has no card in `cards`, in the order of the alternatives, and draw everything."""
        if not self.alternatives or self.task is not None:
            return
        asked = [one.asked for one in self.alternatives]
        draw = partial(_draw, self.alternatives, self.desk.city)
        self.state.param.update(error="", stopped=False, progress="starting")
        self.task = self.desk.draw_sides(asked, draw, cards=cards[: len(asked)])
        self._poll = pn.state.add_periodic_callback(self._watch, period=POLL_MS)
        self._show()

    def _watch(self) -> None:
        """Show how far it is; once it is done, the maps."""
        task = self.task
        assert task is not None
        if not task.done:
            self.state.progress = f"{task.progress.fraction:.0%}: {task.progress.text}"
            self._show()
            return
        self._poll.stop()
        self.task, self.state.progress = None, ""
        try:
            self.drawn = task.result()
        except (CancelledWork, CancelledError):
            self.state.stopped = True
        except WorkbenchError as error:
            self.state.error = one_sentence(error)
        self._show()
        if self.drawn is not None:
            pn.state.execute(self._draw_difference)

    def _on_action(self, action: str, _value: str) -> None:
        if action == "draw-maps":
            self.start()
        elif action == "stop-maps" and self.task is not None:
            self.task.cancel()

    def _on_field(self, field: str, value: str) -> None:
        if field not in ("one", "other") or value not in {one.alternative_id for one in self.alternatives}:
            return
        setattr(self.state, field, value)
        if self.drawn is not None:
            pn.state.execute(self._draw_difference)

    async def _draw_difference(self) -> None:
        """Draw what lies between the two that are chosen, unless somebody chooses anew meanwhile."""
        chosen, drawn = (self.state.one, self.state.other), self.drawn
        assert drawn is not None
        html = Markup("")
        self.state.error = ""
        if chosen[0] != chosen[1] and len(drawn.sides) > 1:
            by_id = {kept.alternative_id: side for kept, side in zip(self.alternatives, drawn.sides, strict=True)}
            one, other = (by_id[alternative_id] for alternative_id in chosen)
            try:
                self._require_alike(chosen)
                html = await self.desk.work(partial(render_difference, one, other, drawn.frame, self.desk.city))
            except WorkbenchError as error:
                self.state.error = one_sentence(error)
        if chosen == (self.state.one, self.state.other) and drawn is self.drawn:
            self.difference = html
            self._show()

    def _require_alike(self, chosen: tuple[str, str]) -> None:
        """Refuse the difference of what was scored with different assumptions."""
        pair = [one for one in self.alternatives if one.alternative_id in chosen]
        if is_mixed(pair):
            letters = " and ".join(one.letter for one in pair)
            raise InputError(
                f"{letters} were scored with different assumptions: score all again first, above the table"
            )

    def _show(self) -> None:
        self.fragment.html = render(
            "side_maps.html.j2",
            state=self.state,
            alternatives=self.alternatives,
            maps=self.drawn.maps if self.drawn else "",
            difference=self.difference,
        )


def _draw(alternatives: Sequence[SavedAlternative], city: City, cards: Sequence[Scorecard], basemap: Basemap) -> _Drawn:
    sides = tuple(
        Side(kept.letter, kept.name, kept.color, card) for kept, card in zip(alternatives, cards, strict=True)
    )
    frame = fit_sides(sides, basemap)
    return _Drawn(sides, frame, render_small_maps(sides, frame, city))
