"""The panel "Show me that trip": two places and a time in; the way today and with the drawn route, in words and on the map."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
import panel as pn
import param

from workbench.app.assumptions import USUAL, Assumptions
from workbench.app.components import Fragment, SketchMap
from workbench.app.components.sketch_map import TripEnd, TripLine
from workbench.app.desk import Desk
from workbench.app.draft import one_sentence
from workbench.app.rendering import render
from workbench.city.city import City
from workbench.errors import InputError, WorkbenchError
from workbench.explain import Explanation, JourneyPlan, place_at
from workbench.network import Journey, Place
from workbench.scenario import Scenario
from workbench.scenario.boundary import line_in_metres, metres_to_lonlat

__all__ = ["TripPanel", "TripState", "neighborhoods", "read_clock_s", "read_place"]

NAMES = {"start": "Start", "end": "Destination"}


class TripState(param.Parameterized):
    """What was asked for, as typed."""

    start = param.String(default="", doc="A neighborhood, or latitude and longitude.")
    end = param.String(default="")
    clock = param.String(default="08:00", doc="When one leaves, as typed.")
    picking = param.Selector(default="", objects=["", "start", "end"], doc="Which end the next click picks.")
    stage = param.Selector(default="empty", objects=["empty", "working", "shown", "refused"])
    error = param.String(default="", doc="One sentence about what cannot be used, or empty.")


@dataclass(frozen=True, slots=True)
class _Side:
    """One of the two ways, for the template."""

    when: str
    title: str
    journey: Journey | None


class TripPanel:
    """
    One session's trip. `refresh` is called whenever the drawn route changes.

    `scenario` returns what is drawn, if it has an exact card; `service` the service day that is shown; `assumed` what the
    room takes for granted.
    """

    def __init__(
        self,
        desk: Desk,
        sketch_map: SketchMap,
        scenario: Callable[[], Scenario | None],
        service: Callable[[], str],
        assumed: Callable[[], Assumptions] = lambda: USUAL,
    ) -> None:
        self.desk, self.map, self.scenario, self.service, self.assumed = desk, sketch_map, scenario, service, assumed
        self.state = TripState()
        self.fragment = Fragment()
        self.fragment.on_action = self._on_action
        self.fragment.on_field = self._on_field
        self.map.handlers |= {"picked": self._on_picked, "not-picked": self._on_not_picked}
        self._found: Explanation | None = None
        self._version = 0
        self._render()

    def refresh(self) -> None:
        """Look again, because the drawn route is another one."""
        if self.state.stage != "empty":
            self._ask(fit=False)

    # ---- what the person does

    def _on_action(self, action: str, value: str) -> None:
        if action == "pick" and value in NAMES:
            self.state.picking = "" if self.state.picking == value else value
            self.map.pick(self.state.picking, f"Click the {NAMES[value].lower()} of the trip on the map.")
            self._render()
        elif action == "swap":
            self.state.param.update(start=self.state.end, end=self.state.start)
            self._ask()
        elif action == "clear":
            self._clear()

    def _on_field(self, field: str, value: str) -> None:
        if field in ("trip-start", "trip-end", "trip-clock"):
            setattr(self.state, field.removeprefix("trip-"), value)
            self._ask()

    def _on_picked(self, end: str, point: tuple[float, float]) -> None:
        lon, lat = point
        setattr(self.state, end, f"{lat:.5f}, {lon:.5f}")
        self.state.picking = ""
        self._ask(fit=False)

    def _on_not_picked(self) -> None:
        self.state.picking = ""
        self._render()

    def _clear(self) -> None:
        self._version += 1
        self._found = None
        self.state.param.update(start="", end="", picking="", stage="empty", error="")
        self.map.pick("", "")
        self.map.show_trip((), ())
        self._render()

    # ---- the search

    def _ask(self, *, fit: bool = True) -> None:
        """Look for the way as soon as both ends are there."""
        self._version += 1
        self.state.error = ""
        try:
            places = {end: self._place(end) for end in NAMES}
            depart_s = read_clock_s(self.state.clock)
        except WorkbenchError as error:
            self._refuse(error)
            return
        origin, destination = places["start"], places["end"]
        if origin is None or destination is None:
            self._found = None
            self.state.stage = "empty"
            self._show_on_map([place for place in places.items() if place[1] is not None], fit=False)
            self._render()
            return
        self.state.stage = "working" if self._found is None else self.state.stage
        self._render()
        service = self.service()
        date = self.desk.city.load_timetable(service).service_date
        plan = JourneyPlan(origin, destination, service, date, depart_s)
        pn.state.execute(partial(self._find, self._version, plan, fit))

    async def _find(self, version: int, plan: JourneyPlan, fit: bool) -> None:
        try:
            found = await self.desk.explain(plan, self.scenario(), self.assumed())
        except WorkbenchError as error:
            if version == self._version:
                self._refuse(error)
            return
        if version != self._version:
            return
        self._found = found
        self.state.stage = "shown"
        self._show_on_map([("start", plan.origin), ("end", plan.destination)], fit=fit)
        self._render()
        sides = [f"{side.title}: {side.journey.summary()}." for side in self._sides() if side.journey]
        self.map.say(" ".join([*sides, found.difference() if found.after is not None else ""]))

    def _refuse(self, error: WorkbenchError) -> None:
        self._found = None
        self.state.param.update(stage="refused", error=one_sentence(error))
        self.map.show_trip((), ())
        self._render()

    def _place(self, end: str) -> Place | None:
        text = getattr(self.state, end).strip()
        return read_place(self.desk.city, text, f"the {NAMES[end].lower()}") if text else None

    # ---- what is shown

    def _sides(self) -> list[_Side]:
        if self._found is None:
            return []
        before = _Side("before", "Today", self._found.before[0] if self._found.before else None)
        if self._found.after is None:
            return [before]
        return [before, _Side("after", "With your route", self._found.after[0] if self._found.after else None)]

    def _show_on_map(self, ends: list[tuple[str, Place | None]], *, fit: bool) -> None:
        shown = [TripEnd(end, NAMES[end], (place.lon, place.lat)) for end, place in ends if place is not None]
        lines = [
            TripLine(side.when, leg.mode.value, leg.line_lonlat)
            for side in self._sides()
            for leg in (side.journey.legs if side.journey else ())
        ]
        self.map.show_trip(shown, lines, fit=fit)

    def _render(self) -> None:
        found = self._found
        self.fragment.html = render(
            "trip.html.j2",
            state=self.state,
            names=NAMES,
            neighborhoods=sorted(neighborhoods(self.desk.city)),
            sides=self._sides(),
            example=_example(self.desk.city),
            difference=found.difference() if found is not None and found.after is not None else "",
        )


def neighborhoods(city: City) -> dict[str, tuple[float, float]]:
    """Return where the people of each neighborhood live, on average: (lon, lat) by name."""
    zones = city.zones
    people = np.maximum(zones["residents"].to_numpy(dtype=np.float64), 0.01)
    sums = pd.DataFrame({"n": people, "east": people * zones["x"], "north": people * zones["y"]})
    means = sums.groupby(city.zone_neighborhoods()).sum()
    lonlat = metres_to_lonlat((means[["east", "north"]].to_numpy().T / means["n"].to_numpy()).T, city.crs)
    return {str(name): (float(lon), float(lat)) for name, (lon, lat) in zip(means.index, lonlat, strict=True)}


def read_place(city: City, text: str, what: str) -> Place:
    """
    Return a neighborhood, or a point given as latitude and longitude.

    Raises
    ------
    InputError
        If it is neither, or lies outside the city.
    """
    parts = text.replace(";", ",").split(",")
    try:
        lat, lon = (float(part) for part in parts)
    except ValueError:
        return _neighborhood(city, text, what)
    return place_at(city, (lon, lat), what)


def read_clock_s(text: str) -> int:
    """Return a time of the day, `8:05` or `08:05`, in seconds; raises `InputError`."""
    for form in ("%H:%M", "%H:%M:%S", "%I:%M %p"):
        try:
            found = dt.datetime.strptime(text.strip(), form)
        except ValueError:
            continue
        return found.hour * 3600 + found.minute * 60 + found.second
    raise InputError(f"time is {text.strip()[:20]!r}, must be hours and minutes such as 8:05 or 17:30")


def _example(city: City) -> str:
    """Return latitude and longitude of the middle of the city."""
    west, south, east, north = city.bounds_lonlat
    return f"{(south + north) / 2:.2f}, {(west + east) / 2:.2f}"


def _neighborhood(city: City, text: str, what: str) -> Place:
    known = neighborhoods(city)
    wanted = text.casefold()
    exact = [name for name in known if name.casefold() == wanted]
    found = exact or [name for name in known if wanted in name.casefold()]
    if len(found) != 1:
        hint = f"; did you mean {' or '.join(sorted(found)[:3])}?" if found else ""
        raise InputError(
            f"{what} is {text[:40]!r}, must be one neighborhood of {city.name}, "
            f"or latitude and longitude such as {_example(city)}{hint}"
        )
    lon, lat = known[found[0]]
    x, y = line_in_metres(((lon, lat),), city.crs)[0]
    return Place(found[0], lon, lat, float(x), float(y))
