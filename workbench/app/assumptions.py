"""What the room takes for granted: one set of parameters for all alternatives, kept with them, changed by anybody at the table."""

from __future__ import annotations

import dataclasses
import json
import logging
import math
import re
from collections.abc import Callable, Mapping
from concurrent.futures import CancelledError
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import panel as pn

from workbench.errors import InputError, WorkbenchError
from workbench.jobs import CancelledWork, Task
from workbench.network import Baseline, SearchParams
from workbench.publish.assumed import PARAMETERS, find_changed, with_changes
from workbench.scoring import ScoringParams
from workbench.storage import Store

__all__ = ["USUAL", "Assumptions", "Room", "assumptions_of", "get_room", "listen", "read_value"]

logger = logging.getLogger(__name__)

MAX_PAST = 50
"""Changes that can be undone."""


@dataclass(frozen=True)
class Assumptions:
    """What a journey may be, and how a change is measured and priced."""

    search: SearchParams = dataclasses.field(default_factory=SearchParams)
    scoring: ScoringParams = dataclasses.field(default_factory=ScoringParams)

    @property
    def parameters(self) -> Mapping[str, float]:
        """All by name, as on a card."""
        return dataclasses.asdict(self.search) | dataclasses.asdict(self.scoring)

    @property
    def changed(self) -> Mapping[str, float]:
        """Those that are not the usual, by name."""
        return find_changed(self.parameters)

    def having(self, changes: Mapping[str, float]) -> Assumptions:
        """Return a copy with some changed; raises `InputError` with what cannot be."""
        return Assumptions(*with_changes(self.search, self.scoring, changes))


USUAL = Assumptions()
"""What the workbench assumes where nobody says otherwise."""


def assumptions_of(parameters: Mapping[str, object]) -> Assumptions:
    """Return what a card was scored with; what a card from before does not name is the usual."""
    return USUAL.having(find_changed(parameters))


def read_value(name: str, text: str) -> float:
    """
    Return a value typed in the unit people read, in the unit of the parameter.

    Raises
    ------
    InputError
        In one sentence with the value, what it may be, and where it stands.
    """
    if name not in PARAMETERS:
        raise InputError(f"assumption {name[:40]!r} is not known")
    one = PARAMETERS[name]
    plain = text.strip().removeprefix("$").removesuffix("%").strip()
    typed = _number(plain)
    if not math.isfinite(typed):
        raise InputError(f"{_place(name)} is {text.strip()[:20]!r}, must be a number from {one.range_words}")
    value, (low, high) = typed / one.scale, one.limits
    value = round(value, 9) if not one.is_whole else value
    if one.is_whole and abs(value - round(value)) > 1e-6:
        raise InputError(f"{_place(name)} is {plain}, must be a whole number from {one.range_words}")
    if not low <= value <= high:
        raise InputError(f"{_place(name)} is {plain}, must be {one.range_words} {_unit(name)}".rstrip())
    return round(value) if one.is_whole else value


def _number(text: str) -> float:
    """Return a number as people write it, 1,234 or 1.5 or 1,5; not a number where it is none."""
    plain = text.replace(",", "" if re.fullmatch(r"\d{1,3}(,\d{3})+(\.\d+)?", text) else ".")
    try:
        return float(plain)
    except ValueError:
        return math.nan


def _require_rising(values: Mapping[str, float], name: str) -> None:
    """Refuse a cost of an hour that leaves its range, or a range that leaves its middle."""
    low, middle, high = (values[key] for key in ("usd_per_hour_low", "usd_per_hour", "usd_per_hour_high"))
    if name.startswith("usd_per_hour") and not low <= middle <= high:
        raise InputError(
            f"{_place(name)} is ${values[name]:g}: low end, middle and high end would be ${low:g}, ${middle:g} and "
            f"${high:g}, must rise; change the other end first"
        )


def _place(name: str) -> str:
    return f"“{PARAMETERS[name].label}”"


def _unit(name: str) -> str:
    unit = PARAMETERS[name].unit
    return "dollars" if unit == "$" else unit


class Room:
    """
    The assumptions of one room: those in force, those whose travel times are still being computed, and those before.

    `listeners` are told when anything of it has changed. `settle` must be called now and then while something is pending.
    """

    def __init__(self, store: Store, base_task: Callable[[Assumptions], Task[Baseline]]) -> None:
        self._store, self._base_task = store, base_task
        self.listeners: set[Callable[[], None]] = set()
        self.pending: Assumptions | None = None
        """Asked for, but their travel times are not there yet: until then everything is scored with those in force."""
        self.task: Task[Baseline] | None = None
        """The travel times of what is pending."""
        self.notice = ""
        """What could not be done, in a sentence; or empty."""
        self._past: list[Assumptions] = []
        self._takes_back = False
        self.current = self._read()

    def _read(self) -> Assumptions:
        """Return what was kept; what can no longer be used is said, not guessed."""
        kept = self._store.assumptions.newest()
        try:
            return USUAL.having(json.loads(kept)) if kept else USUAL
        except (ValueError, WorkbenchError) as error:
            logger.warning("the kept assumptions cannot be used: %s", error)
            self.notice = f"The assumptions that were kept cannot be used ({error}): the usual ones hold."
            return USUAL

    @property
    def can_undo(self) -> bool:
        """Whether there is a change to take back."""
        return bool(self._past)

    def change(self, name: str, text: str) -> None:
        """
        Change one assumption to what was typed: at once, or once its travel times are there.

        Raises
        ------
        InputError
            What is wrong with it, in one sentence; everything stays as it was.
        StorageError
            If it could not be kept.
        """
        value = read_value(name, text)
        newest = self.pending or self.current
        _require_rising({**newest.parameters, name: value}, name)
        if not PARAMETERS[name].needs_base:
            pending = self.pending.having({name: value}) if self.pending else None
            self._take(self.current.having({name: value}))
            self.pending = pending
            self.tell()
            return
        self._adopt(newest.having({name: value}))

    def reset(self) -> None:
        """Go back to the usual assumptions."""
        self._adopt(USUAL)

    def undo(self) -> None:
        """Take the last change back: one that is waited for, else the last one in force."""
        if self.pending is not None:
            self.cancel()
        elif self._past:
            self._adopt(self._past[-1], takes_back=True)

    def cancel(self) -> None:
        """Forget what is pending, and stop its work; what is in force stays."""
        self._drop()
        self.tell()

    def settle(self) -> None:
        """Put what is pending in force if its travel times are there; say so if they cannot be had."""
        task, pending = self.task, self.pending
        if task is None or pending is None or not task.done:
            return
        self.task = self.pending = None
        try:
            task.result()
            self._take(pending, takes_back=self._takes_back)
        except (CancelledWork, CancelledError):
            pass
        except WorkbenchError as error:
            self.notice = f"Travel times with other assumptions cannot be had: {error}"
        self.tell()

    def _adopt(self, assumed: Assumptions, *, takes_back: bool = False) -> None:
        """Put a set in force now, or note that it waits for travel times."""
        if self.pending is not None and self.pending.search == assumed.search:
            self.task = self.pending = None
        self._drop()
        task = self._base_task(assumed)
        if assumed.search != self.current.search and not (task.done and not task.failed):
            self.pending, self.task, self._takes_back, self.notice = assumed, task, takes_back, ""
        else:
            self._take(assumed, takes_back=takes_back)
        self.tell()

    def _drop(self) -> None:
        """Stop what is pending; the usual travel times are needed in any case and go on."""
        if self.task is not None and self.pending is not None and self.pending.search != USUAL.search:
            self.task.cancel()
        self.task = self.pending = None

    def _take(self, assumed: Assumptions, *, takes_back: bool = False) -> None:
        """Put a set in force, on the disk when this returns."""
        self.notice = ""
        if assumed == self.current:
            return
        self._store.assumptions.add(json.dumps(dict(assumed.changed)))
        self._past = self._past[:-1] if takes_back else [*self._past, self.current][-MAX_PAST:]
        self.current = assumed

    def tell(self) -> None:
        """Tell everybody that something has changed."""
        for listener in tuple(self.listeners):
            listener()


_rooms: WeakKeyDictionary[Store, Room] = WeakKeyDictionary()


def get_room(store: Store, base_task: Callable[[Assumptions], Task[Baseline]]) -> Room:
    """Return the room of a store: one for the whole process, so that everybody at the table sees the same."""
    if store not in _rooms:
        _rooms[store] = Room(store, base_task)
    return _rooms[store]


def listen(room: Room, act: Callable[[], None]) -> None:
    """Call `act` in the page that is being made whenever the room's assumptions change, as long as its session lasts."""
    document = pn.state.curdoc

    def hear() -> None:
        if document is None or document is pn.state.curdoc:
            act()
        else:
            document.add_next_tick_callback(act)

    room.listeners.add(hear)
    if document is not None:
        pn.state.on_session_destroyed(lambda _context: room.listeners.discard(hear))
