"""From what a person chose in the route editor to edits of a route that runs today; every refusal is one sentence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import shapely

from workbench.app.draft import read_headway_s
from workbench.app.editing.today import StopToday, stops_today
from workbench.city.city import City
from workbench.errors import InputError
from workbench.scenario import (
    AddStop,
    AllDoorBoarding,
    ChangeSpan,
    Edit,
    RemoveRoute,
    RemoveStop,
    Reroute,
    SetHeadway,
    bus_priority,
)
from workbench.scenario.boundary import line_in_metres
from workbench.scenario.drawn.corners import find_corner
from workbench.scenario.drawn.follow import way_between
from workbench.scenario.today.bus_priority import BUS_PRIORITY

__all__ = ["BANDS", "DIRECTIONS", "Choice", "build_edits"]

BANDS: Mapping[str, tuple[str, int, int]] = MappingProxyType(
    {
        "early": ("early, 4 to 6 am", 4, 6),
        "morning": ("morning, 6 to 10 am", 6, 10),
        "midday": ("midday, 10 am to 3 pm", 10, 15),
        "afternoon": ("afternoon, 3 to 7 pm", 15, 19),
        "evening": ("evening, 7 pm to midnight", 19, 24),
        "night": ("night, midnight to 4 am", 24, 28),
        "all day": ("all day, 4 am to midnight", 4, 24),
    }
)
"""Time bands: words, first hour, hour after the last."""
DIRECTIONS = ("both", "0", "1")
Line = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """What stands in the fields of the editor, as typed."""

    route_id: str
    direction: str = "both"
    from_stop_id: str = ""
    to_stop_id: str = ""
    band: str = "morning"
    headway_text: str = "8"
    span_start: str = "05:00"
    span_end: str = "24:00"
    corner_text: str = ""
    drawn: Line = ()
    """The line on the drawing table."""
    place: tuple[float, float] | None = None
    """(lon, lat) of a click on the map, or where a stop was dragged to."""
    at: tuple[float, float] | None = None
    """Where a stop stands that was dragged or taken away."""


def build_edits(city: City, act: str, choice: Choice) -> tuple[Edit, ...]:
    """
    Return the edits that one press of a button stands for.

    Parameters
    ----------
    city
        The city.
    act
        `headway`, `span`, `remove-route`, `all-doors`, one of `BUS_PRIORITY`, `thin`, `remove-stop`, `add-stop`, `add-stop-here` (at a click), `start-here`,
        `end-here`, `drawn` (between two stops, or beyond an end), `straight`.
    choice
        What stands in the fields.

    Raises
    ------
    InputError
        In one sentence, what is missing or does not fit.
    """
    route_id, direction = choice.route_id, None if choice.direction == "both" else int(choice.direction)
    stretch = {"from_stop_id": choice.from_stop_id, "to_stop_id": choice.to_stop_id, "direction": direction}
    if act == "headway":
        _, first, last = BANDS.get(choice.band, BANDS["morning"])
        band = (first * 3600, last * 3600)
        headway_s = read_headway_s(choice.headway_text)
        return (
            SetHeadway(route_id=route_id, headway_s=headway_s, start_s=band[0], end_s=band[1], direction=direction),
        )
    if act == "span":
        start_s, end_s = _clock(choice.span_start), _clock(choice.span_end)
        return (ChangeSpan(route_id=route_id, start_s=start_s, end_s=end_s, direction=direction),)
    if act == "remove-route":
        return (RemoveRoute(route_id=route_id),)
    if act == "all-doors":
        return (AllDoorBoarding(route_id=route_id, **stretch),)  # type: ignore[arg-type]
    if act in BUS_PRIORITY:
        return (bus_priority(act, route_id, **stretch),)
    if act == "thin":
        return _thinned(city, choice)
    return _one_way_edits(city, act, choice)


def _one_way_edits(city: City, act: str, choice: Choice) -> tuple[Edit, ...]:
    """Return edits that need one direction, because the stops of the two are different ones."""
    direction = _one_direction(choice)
    route_id, start, end = choice.route_id, choice.from_stop_id, choice.to_stop_id
    if act == "remove-stop":
        return (RemoveStop(stop_id=_stop(start, "From"), route_ids=(route_id,)),)
    if act == "add-stop":
        corner = find_corner(city, choice.corner_text)
        return (
            AddStop(
                route_id=route_id,
                after_stop_id=_stop(start, "From"),
                place_lonlat=(corner.lon, corner.lat),
                direction=direction,
            ),
        )
    if act == "add-stop-here" and choice.place is not None:
        after_id = _stop_before(city, route_id, direction, choice.place)
        return (AddStop(route_id=route_id, after_stop_id=after_id, place_lonlat=choice.place, direction=direction),)
    if act == "start-here":
        return (Reroute(route_id=route_id, direction=direction, to_stop_id=_stop(start, "From")),)
    if act == "end-here":
        return (Reroute(route_id=route_id, direction=direction, from_stop_id=_stop(end, "To")),)
    if act == "drawn":
        if len(choice.drawn) < 2:
            raise InputError("nothing is drawn yet: draw the new way on the map first, then press this again")
        return (
            Reroute(
                route_id=route_id, direction=direction, from_stop_id=start, to_stop_id=end, line_lonlat=choice.drawn
            ),
        )
    if act == "straight":
        ends = {stop.stop_id: stop for stop in stops_today(city, route_id, direction)}
        first, last = (ends[_stop(one, word)] for one, word in ((start, "From"), (end, "To")))
        line = way_between(city, (first.lon, first.lat), (last.lon, last.lat))
        return (Reroute(route_id=route_id, direction=direction, from_stop_id=start, to_stop_id=end, line_lonlat=line),)
    raise InputError(f"{act[:40]!r} is nothing the editor can do")


def _thinned(city: City, choice: Choice) -> tuple[Edit, ...]:
    """Return the removal of every second stop between two, ends kept; of both directions where both are meant."""
    ways = (0, 1) if choice.direction == "both" else (int(choice.direction),)
    gone: dict[str, None] = {}
    kept: set[str] = set()
    for way in ways:
        stops = _between(stops_today(city, choice.route_id, way), choice.from_stop_id, choice.to_stop_id)
        gone |= dict.fromkeys(stop.stop_id for stop in stops[1:-1:2])
        kept |= {stop.stop_id for stop in (*stops[::2], *stops[-1:])}
    removed = [stop_id for stop_id in gone if stop_id not in kept]
    if not removed:
        raise InputError("between these stops there is none to leave out")
    return tuple(RemoveStop(stop_id=stop_id, route_ids=(choice.route_id,)) for stop_id in removed)


def _between(stops: tuple[StopToday, ...], start: str, end: str) -> tuple[StopToday, ...]:
    """Return the stops from one to another, both included; to the ends of the route where none is named or it is not on it."""
    ids = [stop.stop_id for stop in stops]
    first = ids.index(start) if start in ids else 0
    last = ids.index(end) if end in ids else len(ids) - 1
    return stops[first : last + 1]


def _stop_before(city: City, route_id: str, direction: int, place: tuple[float, float]) -> str:
    """Return the stop after which a route passes nearest to a place."""
    stops = stops_today(city, route_id, direction)
    xy = line_in_metres((place, *((stop.lon, stop.lat) for stop in stops)), city.crs, drop_repeats=False)
    hops = shapely.linestrings(np.stack([xy[1:-1], xy[2:]], axis=1))
    return stops[int(np.argmin(shapely.distance(hops, shapely.Point(xy[0]))))].stop_id


def _one_direction(choice: Choice) -> int:
    if choice.direction not in ("0", "1"):
        raise InputError("choose one direction first: the two directions have different stops")
    return int(choice.direction)


def _stop(stop_id: str, field: str) -> str:
    if not stop_id:
        raise InputError(f"choose a stop in the field {field} first")
    return stop_id


def _clock(text: str) -> int:
    """Return hours and minutes as typed, past 24:00 for the small hours, in seconds."""
    parts = text.strip().split(":")
    if len(parts) not in (1, 2) or not all(part.isdecimal() and len(part) <= 2 for part in parts):
        raise InputError(f"time is {text.strip()[:20]!r}, must be hours and minutes such as 5:00 or 25:30")
    minutes = int(parts[1]) if len(parts) == 2 else 0
    if minutes > 59:
        raise InputError(f"time is {text.strip()[:20]!r}, minutes must be 0 to 59")
    return int(parts[0]) * 3600 + minutes * 60
