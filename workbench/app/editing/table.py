"""The drawn line of one session: laid on streets, its stops, and what the browser keeps with it for undo and reload."""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine
from functools import partial

import panel as pn

from workbench.app.components.sketch_map import Laid, Sketch, SketchMap, StopAct
from workbench.app.desk import Desk
from workbench.app.draft import DRAWN_ID, build_scenario
from workbench.app.editing.hand_stops import Changed, change_stop
from workbench.app.editing.route_fields import read_values
from workbench.app.state import DraftState
from workbench.errors import InputError, WorkbenchError
from workbench.scenario import AddRoute, HandStop
from workbench.scenario.drawn.by_hand import keep_on_line
from workbench.scenario.drawn.follow import (
    FollowedLine,
    follow_streets,
    handles_of,
    lay_again,
    line_between_corners,
)
from workbench.scenario.format import edits_from_json, edits_to_json
from workbench.scenario.formats.fields import Fields, stops_to_json

__all__ = ["DrawingTable"]

Stops = tuple[HandStop, ...]

MANY_POINTS = 40
"""A line with more points is not one that somebody clicked."""
LAYING = "Laying the line on streets …"
DEFAULTS = {"title": "", "headway_text": "10"}


class DrawingTable:
    """
    One session's line.

    `title` names a route nobody named, `changed` scores what is on the table, `refuse` says what cannot be, `show` writes the form,
    the map and the words anew.
    """

    def __init__(
        self,
        desk: Desk,
        sketch_map: SketchMap,
        state: DraftState,
        *,
        title: Callable[[], str],
        changed: Callable[[bool], None],
        refuse: Callable[[WorkbenchError], None],
        show: Callable[[], None],
    ) -> None:
        self.desk, self.map, self.state = desk, sketch_map, state
        self.title, self.changed, self.refuse, self.show = title, changed, refuse, show
        self._version = 0
        self._held: tuple[Stops, Stops] | None = None  # stops as they were before a point is dragged

    @property
    def actions(self) -> dict[str, Callable[[str], None]]:
        """What buttons do; each may raise a `WorkbenchError`."""
        return {
            "follow": self._follow,
            "draw-between": self._draw_between,
            "stops-on-map": lambda _: self.map.press("stops"),
            "stops-auto": self._automatic,
            "stop-remove": partial(self._on_listed, "remove"),
            "stop-back": partial(self._on_listed, "back"),
            "stop-on": partial(self._on_listed, "on"),
            "undo": lambda _: self.map.press("undo"),
            "redo": lambda _: self.map.press("redo"),
        }

    # ---- what the browser tells

    def on_sketch(self, sketch: Sketch) -> None:
        """Take the table as the browser has it; a line along streets whose handles moved is laid anew."""
        self._version += 1
        state, laid = self.state, sketch.laid
        if sketch.stepped:
            self._restore(sketch.form)
        line, back = (laid.line, laid.back) if laid is not None else ((), ())
        old = (tuple(state.line) or tuple(state.points), tuple(state.back))
        state.param.update(
            points=sketch.points,
            on_streets=laid is not None,
            finished=sketch.finished,
            seq=sketch.seq,
            busy="",
        )
        if laid is not None and not laid.line and len(sketch.points) >= 2:
            self._run(partial(self._lay, self._version, sketch))
            return
        state.param.update(line=line, back=back)
        is_new = old != (line or sketch.points, back)
        if is_new and not sketch.stepped:
            state.notice = ""
            self._fit_stops(sketch)
        self.changed(sketch.moving)

    def on_stop(self, act: StopAct) -> None:
        """Move, add or remove a stop of the drawn route."""
        way = 1 if act.route_id == f"{DRAWN_ID}-back" else 0
        self._run(partial(self._change_stop, way, act.act, at=act.at, to=act.to))

    # ---- what the buttons do

    def take_line(self, followed: FollowedLine, notice: str) -> None:
        """Put a line along streets on the table, as one step; without streets the line as it is."""
        on_streets = followed.share_on_street > 0
        self.state.param.update(
            points=followed.handles_lonlat,
            line=followed.line_lonlat if on_streets else (),
            back=followed.back_lonlat,
            on_streets=on_streets,
            finished=True,
            error="",
            busy="",
        )
        said = self._drop_stops()
        self.state.notice = f"{notice} {said}".strip()
        self.put_on_map()
        self.changed(False)

    def clear(self) -> None:
        """Take the line off the table, as one step; the rest of the form stays as the state has it."""
        self._version += 1
        self.state.param.update(
            points=(), line=(), back=(), stops=(), stops_back=(), on_streets=False, finished=False, busy=""
        )
        self.put_on_map()

    def take_route(self, route: AddRoute | None) -> None:
        """Put a route from a file or an alternative on the table, as one step; one along streets gets its few handles."""
        self._version += 1
        line, back = (route.line_lonlat, route.line_back_lonlat) if route else ((), ())
        self.state.param.update(
            points=line,
            line=line if back else (),
            back=back,
            stops=route.stops if route else (),
            stops_back=route.stops_back if route else (),
            on_streets=bool(back),
            finished=True,
            busy="",
        )
        if len(line) <= MANY_POINTS:
            self.put_on_map()
            return
        self.state.busy = "Finding the places to drag …"
        self._run(partial(self._find_handles, self._version))

    async def _find_handles(self, version: int) -> None:
        state = self.state
        line = tuple(state.points)
        handles = await self.desk.aside(partial(handles_of, self.desk.city, line))
        state.busy = ""
        if version == self._version:
            if handles:
                state.param.update(points=handles, line=line, on_streets=True)
            self.put_on_map()
        self.show()

    def put_on_map(self, *, amend: int | None = None) -> None:
        """Show the table as the state has it, as one step to undo; or complete drawing number `amend`."""
        state = self.state
        laid = Laid(tuple(state.line), tuple(state.back)) if state.on_streets else None
        self.map.set_sketch(state.points, laid=laid, form=self.form(), amend=amend)

    def note(self) -> None:
        """Tell the browser that the form has changed: one step to undo."""
        self.map.note(self.form())

    def form(self) -> str:
        """Return what belongs to the table beside the line, as text for the browser to keep."""
        state = self.state
        plain = {
            "title": state.title,
            "headway_text": state.headway_text,
            "route_values": dict(state.route_values),
            "stops": stops_to_json(tuple(state.stops)),
            "stops_back": stops_to_json(tuple(state.stops_back)),
            "opened": edits_to_json("opened", tuple(state.opened)) if state.opened else None,
        }
        return json.dumps({key: value for key, value in plain.items() if value})

    def _restore(self, form: str) -> None:
        """Put back what `form` gave; a text that is none of ours is refused and changes nothing."""
        try:
            plain = json.loads(form) if form else {}
            fields = Fields(plain if isinstance(plain, dict) else {}, "what was kept")
            values: dict[str, object] = {key: fields.text(key, default)[:200] for key, default in DEFAULTS.items()}
            values |= {"stops": fields.stops("stops"), "stops_back": fields.stops("stops_back")}
            values["opened"] = edits_from_json(plain["opened"])[1] if fields.has("opened") else ()
            values["route_values"] = read_values(plain["route_values"]) if fields.has("route_values") else {}
            if not isinstance(plain, dict) or fields.problems:
                raise InputError("what was kept of the drawing cannot be read")
        except (ValueError, RecursionError) as error:
            self.refuse(error if isinstance(error, WorkbenchError) else InputError("what was kept cannot be read"))
            return
        self.state.param.update(**values)
        self.show()

    def _follow(self, _value: str) -> None:
        """Lay what is drawn on the streets it was meant to follow."""
        if len(self.state.points) < 2:
            raise InputError("nothing is drawn yet: draw a line on the map first")
        self._version += 1
        drawn = tuple(self.state.line) or tuple(self.state.points)
        self._run(partial(self._take, self._version, lambda: (follow_streets(self.desk.city, drawn), "")))

    def _draw_between(self, _value: str) -> None:
        """Draw the line between two named corners."""
        self._version += 1
        corners = [self.state.corner_from, self.state.corner_to]

        def work() -> tuple[FollowedLine, str]:
            followed, found = line_between_corners(self.desk.city, corners)
            return followed, f"From {found[0].name} to {found[-1].name}."

        self._run(partial(self._take, self._version, work))

    def _automatic(self, _value: str) -> None:
        self.state.param.update(stops=(), stops_back=(), notice="The stops are placed automatically again.")
        self.note()
        self.changed(False)

    def _on_listed(self, act: str, value: str) -> None:
        """Do what a button beside a stop in the list says; its value is way, longitude and latitude."""
        try:
            way, lon, lat = value.split("|")
            at = (float(lon), float(lat))
        except ValueError:
            raise InputError("this stop is not in the list") from None
        by_m = {"back": -STEP_M, "on": STEP_M}.get(act, 0.0)
        kind = "remove" if act == "remove" else "move"
        self._run(partial(self._change_stop, 1 if way == "1" else 0, kind, at=at, by_m=by_m))

    # ---- work aside

    async def _take(self, version: int, work: Callable[[], tuple[FollowedLine, str]]) -> None:
        """Lay a line beside the event loop, with a sign that says so; what the person drew meanwhile stays."""
        self.state.param.update(busy=LAYING, error="")
        self.show()
        try:
            followed, words = await self.desk.aside(work)
        except WorkbenchError as error:
            self.state.busy = ""
            self.show()
            self.refuse(error)
            return
        self.state.busy = ""
        if version == self._version:
            self.take_line(followed, f"{words} {followed.words}".strip())
        self.show()

    async def _lay(self, version: int, sketch: Sketch) -> None:
        """Lay the line through its handles anew; the browser's drawing is completed, no step is added."""
        if not sketch.moving:
            self.state.busy = LAYING
            self.show()
        try:
            followed = await self.desk.aside(partial(lay_again, self.desk.city, sketch.points))
        except WorkbenchError as error:
            self.state.busy = ""
            self.refuse(error)
            return
        if version != self._version:
            return
        state = self.state
        state.param.update(line=followed.line_lonlat, back=followed.back_lonlat, busy="", notice="")
        if sketch.moving:
            self._hold_stops()
        else:
            state.notice = self._drop_stops()
            self.put_on_map(amend=sketch.seq)
            self.show()
        self.changed(sketch.moving)

    async def _change_stop(
        self, way: int, act: str, *, at: tuple[float, float], to: tuple[float, float] | None = None, by_m: float = 0.0
    ) -> None:
        try:
            scenario = build_scenario(self.state, self.title())
            work = partial(change_stop, self.desk.city, scenario, way, act, at=at, to=to, by_m=by_m)
            done: Changed = await self.desk.aside(work)
        except WorkbenchError as error:
            self.refuse(error)
            self.show()
            return
        self.state.param.update(notice=done.words, error="", **{"stops" if way == 0 else "stops_back": done.stops})
        self.map.say(done.words)
        self.note()
        self.changed(False)

    # ---- stops and the line

    def _fit_stops(self, sketch: Sketch) -> None:
        if sketch.moving:
            self._hold_stops()
            return
        said = self._drop_stops()
        if said:
            self.state.notice = said
            self.put_on_map(amend=sketch.seq)

    def _hold_stops(self) -> None:
        """While a point is dragged: the stops the line passes just now; the others wait."""
        self._held = self._held or (tuple(self.state.stops), tuple(self.state.stops_back))
        self._keep(*self._held)

    def _drop_stops(self) -> str:
        """Keep the stops that the line still passes; say in one sentence which are gone."""
        stops, stops_back = self._held or (tuple(self.state.stops), tuple(self.state.stops_back))
        self._held = None
        self._keep(stops, stops_back)
        n_before = len(stops) + len(stops_back)
        n_gone = n_before - len(self.state.stops) - len(self.state.stops_back)
        if n_gone == 0:
            return ""
        if n_gone == n_before:
            return "The line no longer passes the stops placed by hand: they are placed automatically again."
        return f"{n_gone} of {n_before} stops placed by hand {'is' if n_gone == 1 else 'are'} left out: the line no longer passes within 100 m."

    def _keep(self, stops: Stops, stops_back: Stops) -> None:
        state, city = self.state, self.desk.city
        line = tuple(state.line) or tuple(state.points)
        state.param.update(
            stops=keep_on_line(line, stops, city), stops_back=keep_on_line(tuple(state.back), stops_back, city)
        )

    def _run(self, work: Callable[[], Coroutine[None, None, None]]) -> None:
        pn.state.execute(work)


STEP_M = 50.0
"""How far one press in the list moves a stop, metres: half a short block."""
