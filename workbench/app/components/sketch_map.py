"""
The sketching map. The browser draws and sends small messages; every one is checked here before anybody sees it.

From the browser (types in `frontend/src/messages.ts`):

    {"type": "ready"}                                     the map is on the screen
    {"type": "sketch", "seq", "points", "finished", "moving", "laid", "form", "stepped"}
                                                          the table after a click or an undo, or during a drag
    {"type": "stop", "act", "route_id", "at", "to"}       a stop shall be moved, added or removed
    {"type": "ahead", "seq", "points"}                    the line with one more point where the pointer rests
    {"type": "zone", "zone_ix"}                           somebody asks about one area
    {"type": "metric", "metric"}                          `access`, `minutes` or `walk`: what to show
    {"type": "picked", "end", "point"}                    an end of the trip, `start` or `end`, was picked; [lon, lat]
    {"type": "not-picked"}                                somebody pressed Escape instead
    {"type": "painted", "seq"}                            the result of drawing number `seq` is on the screen

To the browser: `paint`, `show_walk`, `clear_paint`, `show_routes`, `set_sketch`, `note`, `press`, `fit`, `pick`, `show_trip`, `answer_zone`, `say`.
Results travel as one byte per zone: 0 much worse, 128 no change, 255 much better.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import param

from workbench.app.components.bundle import DIST, BundledComponent
from workbench.app.results.painting import METRICS, Painting
from workbench.app.results.walk_catchment import WalkCatchment
from workbench.errors import InputError
from workbench.scenario.edits import MAX_VERTICES

__all__ = ["Laid", "Place", "RouteOnMap", "Sketch", "SketchMap", "StopAct", "TripEnd", "TripLine", "read_sketch"]

N_SLOTS = 8
"""Colours for routes, `--line-a` to `--line-h`."""

STOP_ACTS = ("move", "add", "remove")
MAX_FORM = 200_000
"""Longest form, characters."""
ENDS = ("start", "end")
"""Ends of a trip."""

Place = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Laid:
    """A line along streets through the points of a sketch."""

    line: tuple[Place, ...]
    """Every bend; empty while it has not been laid yet."""
    back: tuple[Place, ...] = ()
    """The way back where it takes other streets."""


@dataclass(frozen=True, slots=True)
class Sketch:
    """The drawing table as the browser has it."""

    seq: int
    """Number of the change, counted by the browser."""
    points: tuple[Place, ...]
    """(lon, lat), degrees."""
    finished: bool
    moving: bool = False
    """A point is being dragged: more places will follow."""
    laid: Laid | None = None
    """None where the points themselves are the line."""
    form: str = ""
    """What was given to keep with the line, unchecked; empty before anything was."""
    stepped: bool = False
    """The table went a step back or forward, or was put back after a reload: the form counts."""


@dataclass(frozen=True, slots=True)
class StopAct:
    """A stop of a shown route is to be moved, added or removed."""

    act: str
    """`move`, `add` or `remove`."""
    route_id: str
    at: Place
    """Where it stands."""
    to: Place
    """Where it shall stand."""


@dataclass(frozen=True, slots=True)
class RouteOnMap:
    """One route to show."""

    route_id: str
    name: str
    slot: int
    """Which colour, 0 to 7."""
    letter: str
    line: tuple[Place, ...]
    stops: tuple[tuple[float, float, str], ...]
    """(lon, lat, name)."""
    draft: bool = False
    """The browser draws the draft's line itself; only its stops are taken."""
    movable: bool = False
    """Its stops can be moved, added and removed on the map."""


@dataclass(frozen=True, slots=True)
class TripEnd:
    """Where a trip begins or ends."""

    end: str
    """`start` or `end`."""
    name: str
    """The word beside it on the map."""
    point: Place


@dataclass(frozen=True, slots=True)
class TripLine:
    """One leg of a trip."""

    when: str
    """`before` or `after`."""
    mode: str
    """`walk` or `ride`."""
    line: tuple[Place, ...]


class SketchMap(BundledComponent):
    """The map of the city: shows routes and results, and lets a person draw one line."""

    layers_url = param.String(default="layers/", doc="Where the map layers are, relative to the page.")
    layers = param.List(default=[], item_type=str, doc="Names of the layers the city has.")
    bounds = param.List(default=[], item_type=float, doc="West, south, east, north of the first view, degrees.")
    can_draw = param.Boolean(default=True)
    slot = param.Integer(default=0, bounds=(0, N_SLOTS - 1), doc="Colour of the line being drawn.")
    texts = param.Dict(default={}, doc="Words on the map: map, attribution.")

    _bundle = DIST / "sketchmap.js"

    def __init__(self, **params: object) -> None:
        super().__init__(**params)
        self.handlers: dict[str, Callable[..., None]] = {}
        """What to call: `ready()`, `sketch(Sketch)`, `stop(StopAct)`, `ahead(Sketch)`, `zone(int)`, `metric(str)`, `painted(int)`,
        `picked(str, Place)`, `not-picked()`, `refused(InputError)`."""

    def _handle_msg(self, data: object) -> None:
        try:
            name, *values = read_message(data)
        except InputError as error:
            name, values = "refused", [error]
        handler = self.handlers.get(name)
        if handler is not None:
            handler(*values)

    def paint(self, painting: Painting, *, seq: int, exact: bool) -> None:
        """Paint the zones."""
        self._send_msg(
            {
                "type": "values",
                "seq": seq,
                "values": painting.values,
                "limit": painting.limit,
                "metric": painting.metric,
                "exact": exact,
            }
        )

    def show_walk(self, catchment: WalkCatchment, words: str, *, seq: int, exact: bool) -> None:
        """Show who lives within a walk instead of painted zones; `words` stand in the legend."""
        self._send_msg({"type": "walk", "seq": seq, "blocks": catchment.blocks, "words": words, "exact": exact})

    def clear_paint(self) -> None:
        """Take the colours off the zones, and the dots off the map."""
        self._send_msg({"type": "no-values"})

    def show_routes(self, routes: Sequence[RouteOnMap]) -> None:
        """Show these routes instead of those shown before."""
        self._send_msg({"type": "routes", "routes": [_route_json(route) for route in routes]})

    def set_sketch(
        self, points: Sequence[Place], *, laid: Laid | None = None, form: str = "", amend: int | None = None
    ) -> None:
        """
        Replace the table, as one step to undo.

        With `amend`, the number of a drawing, complete that drawing instead, without a step; nothing happens if it is no longer there.
        """
        along = None if laid is None else {"line": _listed(laid.line), "back": _listed(laid.back)}
        self._send_msg({"type": "sketch", "points": _listed(points), "laid": along, "form": form, "amend": amend})

    def note(self, form: str) -> None:
        """Keep another form with the line, as one step to undo."""
        self._send_msg({"type": "note", "form": form})

    def press(self, tool: str) -> None:
        """Do what a tool of the map does: `undo`, `redo` or `stops`."""
        self._send_msg({"type": "press", "tool": tool})

    def fit(self, points: Sequence[Place]) -> None:
        """Move the map so that these places are on it."""
        if len(points) >= 2:
            self._send_msg({"type": "fit", "points": [list(point) for point in points]})

    def pick(self, end: str, text: str) -> None:
        """Let the next click pick an end of the trip, `start` or `end`; empty to pick nothing. `text` says so."""
        self._send_msg({"type": "pick", "end": end, "text": text})

    def show_trip(self, ends: Sequence[TripEnd], lines: Sequence[TripLine], *, fit: bool = False) -> None:
        """Show a trip instead of the one shown before; `fit` moves the map to it."""
        self._send_msg(
            {
                "type": "trip",
                "ends": [{"end": end.end, "name": end.name, "point": list(end.point)} for end in ends],
                "lines": [
                    {"when": leg.when, "mode": leg.mode, "line": [list(point) for point in leg.line]} for leg in lines
                ],
                "fit": fit,
            }
        )

    def answer_zone(self, zone_ix: int, text: str) -> None:
        """Say what happens in one zone."""
        self._send_msg({"type": "zone-words", "zone_ix": zone_ix, "text": text})

    def say(self, text: str) -> None:
        """Tell a screen reader."""
        self._send_msg({"type": "say", "text": text})


def read_message(data: object) -> tuple[object, ...]:
    """Return the kind of a message and its checked values; raises `InputError`."""
    if not isinstance(data, Mapping):
        raise InputError("the browser sent something that is not a message")
    match data.get("type"):
        case "ready" | "not-picked" as kind:
            return (kind,)
        case "sketch" | "ahead" as kind:
            return kind, read_sketch(data)
        case "stop":
            return "stop", StopAct(
                str(_one_of(data, "act", STOP_ACTS)),
                _text(data, "route_id"),
                _place(data.get("at"), 1),
                _place(data.get("to"), 2),
            )
        case "zone":
            return "zone", _whole(data, "zone_ix")
        case "painted":
            return "painted", _whole(data, "seq")
        case "picked":
            return "picked", _one_of(data, "end", ENDS), _place(data.get("point"), 1)
        case "metric":
            return "metric", _one_of(data, "metric", METRICS)
        case other:
            raise InputError(f"message type is {other!r}, which is not known")


def read_sketch(data: Mapping[str, object]) -> Sketch:
    """Return a drawn line; raises `InputError` if it is not a list of at most 5,000 places."""
    laid, form = data.get("laid"), data.get("form", "")
    if not isinstance(form, str) or len(form) > MAX_FORM:
        raise InputError("what was kept with the line is not a text of sane length")
    return Sketch(
        seq=_whole(data, "seq"),
        points=_places(data.get("points")),
        finished=data.get("finished") is True,
        moving=data.get("moving") is True,
        laid=Laid(_places(laid.get("line")), _places(laid.get("back"))) if isinstance(laid, Mapping) else None,
        form=form,
        stepped=data.get("stepped") is True,
    )


def _places(points: object) -> tuple[Place, ...]:
    if not isinstance(points, list | tuple):
        raise InputError("the line has no points")
    if len(points) > MAX_VERTICES:
        raise InputError(f"the line has {len(points):,} points, at most {MAX_VERTICES:,} are allowed")
    return tuple(_place(point, number) for number, point in enumerate(points, start=1))


def _text(data: Mapping[str, object], name: str) -> str:
    value = data.get(name)
    if not isinstance(value, str) or len(value) > 200:
        raise InputError(f"{name} is not a short text")
    return value


def _listed(points: Sequence[Place]) -> list[list[float]]:
    return [list(point) for point in points]


def _place(point: object, number: int) -> Place:
    if isinstance(point, list | tuple) and len(point) == 2 and all(_is_number(value) for value in point):
        return float(point[0]), float(point[1])
    raise InputError(f"point {number} of the line is not a longitude and a latitude")


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _whole(data: Mapping[str, object], name: str) -> int:
    value = data.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**31:
        raise InputError(f"{name} is {value!r}, must be a whole number")
    return value


def _one_of(data: Mapping[str, object], name: str, allowed: Sequence[str]) -> object:
    if data.get(name) not in allowed:
        raise InputError(f"{name} is {data.get(name)!r}, must be one of {', '.join(allowed)}")
    return data[name]


def _route_json(route: RouteOnMap) -> dict[str, object]:
    return {
        "route_id": route.route_id,
        "name": route.name,
        "slot": route.slot % N_SLOTS,
        "letter": route.letter,
        "draft": route.draft,
        "movable": route.movable,
        "line": [list(point) for point in route.line],
        "stops": [list(stop) for stop in route.stops],
    }
