"""The part of the card where the room changes what it takes for granted: a field for each parameter, and whether it would turn the verdict."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import panel as pn
from markupsafe import Markup

from workbench.app.assumptions import Room, listen
from workbench.app.draft import one_sentence
from workbench.app.editing.route_fields import ROUTE_FIELDS, change_route, route_rows
from workbench.app.rendering import render
from workbench.app.state import DraftState
from workbench.errors import WorkbenchError
from workbench.publish.assumed import GROUPS, PARAMETERS, Parameter
from workbench.scoring import Scorecard
from workbench.sensitivity import Outcome, Sensitivity

__all__ = ["FIELD", "AssumptionPanel", "Row", "panel_rows"]

POLL_MS = 400
"""How often progress is shown."""
FIELD = "assume:"
"""What the names of its fields begin with; the name of the parameter follows."""
PRESETS: Mapping[str, tuple[tuple[str, float], ...]] = {"walk_mps": (("Slow walkers", 0.9), ("Usual pace", 1.3))}
"""Values that have a name of their own."""


@dataclass(frozen=True, slots=True)
class Row:
    """One assumption, ready to print."""

    parameter: Parameter
    value: str
    """In force, or asked for and waited for; as it is typed."""
    usual: str
    """With its unit."""
    is_changed: bool
    is_pending: bool
    presets: tuple[tuple[str, str, bool], ...]
    """Words, value, and whether it is the one in force."""
    turns: tuple[str, ...]
    """What would be said otherwise, with which value; empty where the verdict stands or nobody asked."""
    stands: str
    """At which values the verdict was seen to stand; or that it was not tried; empty where nobody asked."""


@dataclass(frozen=True, slots=True)
class Group:
    """Rows under one heading."""

    title: str
    rows: tuple[Row, ...]

    @property
    def is_changed(self) -> bool:
        """Whether any of them is not the usual."""
        return any(row.is_changed or row.is_pending for row in self.rows)

    @property
    def needs_base(self) -> bool:
        """Whether travel times hang on them."""
        return any(row.parameter.needs_base for row in self.rows)

    @property
    def turns(self) -> bool:
        """Whether one of them would turn the verdict."""
        return any(row.turns for row in self.rows)


class AssumptionPanel:
    """
    One session's view of the room's assumptions.

    `show` shows the card anew, `rescore` scores it anew, `note` makes a change of the route one step to undo.
    """

    def __init__(
        self,
        room: Room,
        draft: DraftState,
        *,
        show: Callable[[], None],
        rescore: Callable[[], None],
        note: Callable[[], None],
    ) -> None:
        self.room, self.draft = room, draft
        self._show, self._rescore, self._note = show, rescore, note
        self._seen = room.current
        self._poll = pn.state.add_periodic_callback(self._tick, period=POLL_MS, start=False)
        listen(room, self._on_room)
        room.settle()
        self._watch()
        self.error = ""
        """What was wrong with the value typed last, in one sentence."""
        self.error_name = ""
        self._n_errors = 0

    def _on_room(self) -> None:
        self._watch()
        if self._seen != self.room.current:
            self._seen = self.room.current
            self._rescore()
        self._show()

    def _watch(self) -> None:
        """Look now and then while travel times are computed."""
        if self.room.pending is not None and not self._poll.running:
            self._poll.start()

    def _tick(self) -> None:
        self.room.settle()
        if self.room.pending is None:
            self._poll.stop()
        self._show()

    def pending(self) -> dict[str, object] | None:
        """Return how far the travel times are that the room waits for; None where it waits for none."""
        room = self.room
        if room.pending is None or room.task is None:
            return None
        now = room.current.parameters
        asked = {name: value for name, value in room.pending.parameters.items() if value != now[name]}
        words = "; ".join(f"{PARAMETERS[name].label}: {PARAMETERS[name].in_words(one)}" for name, one in asked.items())
        progress = room.task.progress
        return {"percent": round(100 * progress.fraction), "text": progress.text, "words": f"{words}."}

    @property
    def actions(self) -> dict[str, Callable[[str], None]]:
        """What its buttons do; each may raise a `WorkbenchError`."""
        return {
            "assume": self._take_preset,
            "assume-reset": lambda _value: self._do(self.room.reset),
            "assume-undo": lambda _value: self._do(self.room.undo),
            "assume-cancel": lambda _value: self._do(self.room.cancel),
        }

    def change(self, name: str, text: str) -> None:
        """Change one assumption to what was typed; what is wrong with it is said beside its field, and the old one stays."""
        try:
            if name in ROUTE_FIELDS:
                self._do(lambda: change_route(self.draft, name, text))
                self._note()
                self._rescore()
            else:
                self._do(lambda: self.room.change(name, text))
        except WorkbenchError as error:
            self.error, self.error_name = one_sentence(error), name
            self._n_errors += 1
            self._show()

    def _take_preset(self, value: str) -> None:
        name, _, text = value.partition("=")
        self.change(name, text)

    def _do(self, act: Callable[[], None]) -> None:
        self.error = self.error_name = ""
        act()

    def render(self, card: Scorecard | None = None, sensitivity: Sensitivity | None = None) -> Markup:
        """Return the panel for a card; `sensitivity` is None where nobody has asked what would change the verdict."""
        outcomes = sensitivity.outcomes if sensitivity is not None else None
        room, wanted = self.room, self.room.pending or self.room.current
        html = render(
            "assumptions.html.j2",
            groups=panel_rows(room, outcomes),
            has_card=card is not None,
            route=route_rows(self.draft) if card is not None and card.routes else (),
            answer=sensitivity.in_words() if sensitivity is not None else (),
            answer_id=f"{id(sensitivity)}" if sensitivity is not None else "",
            tried_all=outcomes is not None and any(one.key == "walk_mps" for one in outcomes),
            n_changed=len(wanted.changed),
            can_undo=room.can_undo or room.pending is not None,
            is_scoring=card is not None and dict(card.parameters) != dict(room.current.parameters),
            error=self.error,
            error_name=self.error_name,
            n_errors=self._n_errors,
            notice=room.notice,
            found=[line for line in card.assumptions if line.name not in _LINES] if card is not None else (),
        )
        return Markup(html)  # noqa: S704 (a template of ours, which escapes)


_LINES = frozenset(parameter.short for parameter in PARAMETERS.values())
"""What the lines of a scorecard call the parameters."""


def panel_rows(room: Room, outcomes: Sequence[Outcome] | None) -> tuple[Group, ...]:
    """Return every assumption with its value, its range, and what the study found of it."""
    values = (room.pending or room.current).parameters
    in_force = room.current.parameters
    return tuple(
        Group(title, tuple(_row(PARAMETERS[name], values[name], in_force[name], outcomes) for name, *_ in rows))
        for title, rows in GROUPS
    )


def _row(parameter: Parameter, value: float, in_force: float, outcomes: Sequence[Outcome] | None) -> Row:
    tried = [one for one in outcomes or () if one.key == parameter.name]
    turns = tuple(f"With {_value(parameter, one)}: {' '.join(one.changes)}" for one in tried if one.changes)
    stands = ""
    if outcomes is not None and not turns:
        ends = " and ".join(_value(parameter, one) for one in tried)
        stands = f"The verdict stands with {ends}." if tried else "Not tried."
    presets = tuple(
        (words, parameter.number(preset), preset == value) for words, preset in PRESETS.get(parameter.name, ())
    )
    return Row(
        parameter=parameter,
        value=parameter.number(value),
        usual=parameter.in_words(parameter.default),
        is_changed=value != parameter.default,
        is_pending=value != in_force,
        presets=presets,
        turns=turns,
        stands=stands,
    )


def _value(parameter: Parameter, outcome: Outcome) -> str:
    """Return the value that was tried, in the unit people read."""
    return parameter.in_words(float(outcome.value.split()[0]))
