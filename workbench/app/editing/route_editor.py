"""The panel "Change a route that runs today": pick a bus route, press what shall change; each press is one undo."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from functools import partial

import panel as pn
import param

from workbench.app.components import Fragment, SketchMap
from workbench.app.components.sketch_map import Place, RouteOnMap, StopAct
from workbench.app.desk import Desk
from workbench.app.draft import one_sentence
from workbench.app.editing.route_edits import BANDS, DIRECTIONS, Choice, build_edits
from workbench.app.editing.stops_today import change_stop_today, stops_edited
from workbench.app.editing.today import RouteToday, StopToday, bus_routes, find_route, routes_near, stops_today
from workbench.app.rendering import render
from workbench.city.city import City
from workbench.errors import WorkbenchError
from workbench.scenario import Edit, Scenario, apply_scenario, describe_edit
from workbench.scenario.today.bus_priority import BUS_PRIORITY
from workbench.scenario.today.toward import goes_to

__all__ = ["EditorState", "RouteEditor"]

TODAY_SLOT = 7
"""Colour of the route being changed: the last of the eight, which alternatives reach last."""


class EditorState(param.Parameterized):
    """What was chosen, as typed."""

    route_text = param.String(default="", doc="What stands in the search field.")
    route_id = param.String(default="", doc="The route found; empty for none.")
    direction = param.Selector(default="both", objects=list(DIRECTIONS))
    from_stop = param.String(default="", doc="Id of a stop; empty for the first.")
    to_stop = param.String(default="", doc="Id of a stop; empty for the last.")
    band = param.Selector(default="morning", objects=list(BANDS))
    headway_text = param.String(default="8")
    span_start = param.String(default="05:00")
    span_end = param.String(default="24:00")
    corner = param.String(default="")
    picking = param.Selector(default="", objects=["", "route", "stop"], doc="What the next click on the map picks.")
    near = param.ClassSelector(
        class_=tuple, default=(), doc="Routes at the place that was clicked, where there are several."
    )
    error = param.String(default="")


class RouteEditor:
    """
    One session's editor.

    `edits` returns the changes so far, `drawn` the line on the table; `change` takes the changes after a press, `used_line`
    is told when the drawn line became part of a route.
    """

    def __init__(
        self,
        desk: Desk,
        sketch_map: SketchMap,
        *,
        edits: Callable[[], tuple[Edit, ...]],
        drawn: Callable[[], tuple[Place, ...]],
        change: Callable[[tuple[Edit, ...]], None],
        used_line: Callable[[], None],
        show: Callable[[], None],
    ) -> None:
        self.desk, self.map = desk, sketch_map
        self.edits, self.drawn, self.change, self.used_line, self.show = edits, drawn, change, used_line, show
        self.state = EditorState()
        self._one_by_one = asyncio.Lock()
        self.fragment = Fragment()
        self.fragment.on_action = self._on_action
        self.fragment.on_field = self._on_field
        self.render()

    def on_map(self) -> list[RouteOnMap]:
        """Return the chosen route with its stops, to be drawn."""
        ways = (0, 1) if self.state.direction == "both" else (int(self.state.direction),)
        shown = []
        for way in ways if self.state.route_id else ():
            stops = stops_edited(self.desk.city, self.edits(), self.state.route_id, way)
            line = tuple((stop.lon, stop.lat) for stop in stops)
            if len(line) >= 2:
                names = tuple((stop.lon, stop.lat, stop.name) for stop in stops)
                shown.append(RouteOnMap(f"today-{way}", self.state.route_id, TODAY_SLOT, "", line, names, movable=True))
        return shown

    def picks(self, handlers: Mapping[str, Callable[..., None]]) -> dict[str, Callable[..., None]]:
        """Return handlers of clicks on the map: the editor's while it waits for one, else those there were."""
        picked, not_picked = handlers["picked"], handlers["not-picked"]

        def on_picked(end: str, point: Place) -> None:
            if self.state.picking == "stop":
                self.state.picking = ""
                self._start("add-stop-here", point)
                self.render()
            elif self.state.picking:
                self.on_picked(point)
                self.show()
            else:
                picked(end, point)

        def on_not_picked() -> None:
            (self.on_not_picked if self.state.picking else not_picked)()

        return {"picked": on_picked, "not-picked": on_not_picked}

    def on_stop(self, act: StopAct) -> None:
        """Move, add or remove a stop of the chosen route, as a change of it."""
        way = 0 if act.route_id == "today-0" else 1
        self.state.error = ""
        pn.state.execute(partial(self._press, f"stop-{act.act}", self._choice(act.to, way=way, at=act.at)))

    def on_picked(self, point: Place) -> None:
        """Take the route at a place on the map; where several run, they are offered."""
        found = routes_near(self.desk.city, point)
        self.state.param.update(picking="", near=found if len(found) > 1 else (), error="")
        if len(found) == 1:
            self._choose(found[0])
        elif not found:
            self.state.error = "No bus route runs there: click nearer to one, or type its name."
        self.render()

    def on_not_picked(self) -> None:
        """Forget that a click was awaited."""
        self.state.picking = ""
        self.render()

    def replace(self, edits: tuple[Edit, ...]) -> None:
        """Take other changes, as one step to undo."""
        self.change(edits)
        self.render()

    # ---- what the person does

    def _on_field(self, field: str, value: str) -> None:
        name = field.removeprefix("edit-")
        self.state.error = ""
        if name == "route_text":
            self.state.route_text = value
            self._guard(
                lambda: self._choose(find_route(self.desk.city, value)) if value.strip() else self._choose(None)
            )
        elif name in ("direction", "band"):
            if value in self.state.param[name].objects:
                self.state.param.update(**{name: value})
                self.state.param.update(**({"from_stop": "", "to_stop": ""} if name == "direction" else {}))
        elif name in ("from_stop", "to_stop", "headway_text", "span_start", "span_end", "corner"):
            setattr(self.state, name, value)
        self.render()
        self.show()

    def _on_action(self, action: str, value: str) -> None:
        self.state.error = ""
        if action in ("pick-route", "pick-stop"):
            kind = action.removeprefix("pick-")
            self.state.picking = "" if self.state.picking == kind else kind
            text = "Click a bus route on the map." if kind == "route" else "Click where the new stop shall be."
            self.map.pick("start" if self.state.picking else "", text)
        elif action == "take-route":
            self._guard(lambda: self._choose(find_route(self.desk.city, value)))
        elif action == "edit" and self.state.route_id:
            self._start(value)
        elif action in ("undo-edit", "redo-edit"):
            self.map.press(action.removesuffix("-edit"))  # one history with the line
            return
        elif action == "move-stops":
            self.map.press("stops")
            return
        self.render()
        self.show()

    def _start(self, act: str, place: Place | None = None) -> None:
        pn.state.execute(partial(self._press, act, self._choice(place)))

    async def _press(self, act: str, choice: Choice) -> None:
        """Add the edits of one press, after a look whether they fit; what does not fit changes nothing."""
        async with self._one_by_one:  # a second press sees what the first one changed
            before = self.edits()
            try:
                after = await self.desk.aside(partial(_fitting, self.desk.city, before, act, choice))
            except WorkbenchError as error:
                self.state.error = one_sentence(error)
                self.render()
                self.show()  # a stop that was dragged goes back
                return
            self.replace(after)
            if act == "drawn":
                self.used_line()
        self.show()

    def _choice(self, place: Place | None = None, *, way: int | None = None, at: Place | None = None) -> Choice:
        state = self.state
        return Choice(
            route_id=state.route_id,
            direction=state.direction if way is None else str(way),
            from_stop_id=state.from_stop,
            to_stop_id=state.to_stop,
            band=state.band,
            headway_text=state.headway_text,
            span_start=state.span_start,
            span_end=state.span_end,
            corner_text=state.corner,
            drawn=self.drawn(),
            place=place,
            at=at,
        )

    def _choose(self, route: RouteToday | None) -> None:
        self.state.param.update(
            route_id=route.route_id if route else "",
            route_text=route.label if route else "",
            direction="both",
            from_stop="",
            to_stop="",
            near=(),
        )
        if route:
            self.map.fit([point for shown in self.on_map() for point in shown.line])
            self.map.say(f"{route.label} is chosen.")

    def _guard(self, act: Callable[[], object]) -> None:
        try:
            act()
        except WorkbenchError as error:
            self.state.error = one_sentence(error)

    # ---- what is shown

    def render(self) -> None:
        """Write the panel anew."""
        state, city = self.state, self.desk.city
        stops: tuple[StopToday, ...] = ()
        if state.route_id:
            stops = stops_today(city, state.route_id, 0 if state.direction == "both" else int(state.direction))
        ends = {way: end for way in (0, 1) if (end := goes_to(city, state.route_id, way))}
        self.fragment.html = render(
            "route_editor.html.j2",
            state=state,
            routes=bus_routes(city),
            stops=stops,
            ends=ends,
            bands=[(key, words) for key, (words, _, _) in BANDS.items()],
            measures=BUS_PRIORITY,
            changes=[describe_edit(edit, city) for edit in self.edits()],
        )


def _fitting(city: City, before: tuple[Edit, ...], act: str, choice: Choice) -> tuple[Edit, ...]:
    """Return the edits with those of one press; raises what is wrong with them."""
    if act.startswith("stop-"):
        after = change_stop_today(city, before, act.removeprefix("stop-"), choice)
    else:
        after = (*before, *build_edits(city, act, choice))
    apply_scenario(Scenario("check", after), city)
    return after
