"""Stops of a route of today on the map, as its changes leave them: dragged, added and taken away one by one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import shapely

from workbench.app.editing.route_edits import Choice
from workbench.app.editing.today import stops_today
from workbench.city.city import City
from workbench.errors import InputError
from workbench.scenario import AddStop, Edit, MoveStop, RemoveStop
from workbench.scenario.boundary import line_in_metres

__all__ = ["StopEdited", "change_stop_today", "stops_edited"]

SAME_M = 30.0
"""A stop this near to where the map showed it is the one that is meant, metres."""


@dataclass(frozen=True, slots=True)
class StopEdited:
    """One stop of a route after its changes."""

    stop_id: str
    """Empty for a new one."""
    name: str
    lon: float
    lat: float
    edit_ix: int = -1
    """Position of the edit that put it there; -1 where it stands as today."""


def stops_edited(city: City, edits: Sequence[Edit], route_id: str, way: int) -> tuple[StopEdited, ...]:
    """Return the stops of the commonest trips of a direction, moved, added and removed as the edits say."""
    today = stops_today(city, route_id, way)
    stops = [StopEdited(stop.stop_id, stop.name, stop.lon, stop.lat) for stop in today]
    for n, edit in enumerate(edits):
        if isinstance(edit, MoveStop) and route_id in (edit.route_ids or (route_id,)):
            lon, lat = edit.place_lonlat
            stops = [
                replace(stop, lon=lon, lat=lat, edit_ix=n) if stop.stop_id == edit.stop_id else stop for stop in stops
            ]
        elif isinstance(edit, RemoveStop) and route_id in (edit.route_ids or (route_id,)):
            stops = [stop for stop in stops if stop.stop_id != edit.stop_id]
        elif isinstance(edit, AddStop) and edit.route_id == route_id and edit.direction in (None, way):
            stops = _with_added(city, stops, edit, n)
    return tuple(stops)


def _with_added(city: City, stops: list[StopEdited], edit: AddStop, n: int) -> list[StopEdited]:
    after = next((k for k, stop in enumerate(stops) if stop.stop_id == edit.after_stop_id), None)
    if after is None:
        return stops
    if edit.stop_id:
        row = city.stops.iloc[city.get_stop_ix(edit.stop_id)]
        new = StopEdited(edit.stop_id, str(row["stop_name"]), float(row["lon"]), float(row["lat"]), n)
    else:
        new = StopEdited("", f"new stop after {stops[after].name}", *edit.place_lonlat, n)
    return [*stops[: after + 1], new, *stops[after + 1 :]]


def change_stop_today(city: City, edits: tuple[Edit, ...], act: str, choice: Choice) -> tuple[Edit, ...]:
    """
    Return the changes after one act on a stop of the chosen route: `move`, `add` or `remove`.

    A stop that was moved before is moved by the same change; a stop that was added goes with its change.

    Raises
    ------
    InputError
        In one sentence, why that cannot be.
    """
    stops = stops_edited(city, edits, choice.route_id, int(choice.direction))
    if act == "add":
        return (*edits, _added(city, stops, choice))
    stop = _meant(city, stops, choice.at)
    by = edits[stop.edit_ix] if stop.edit_ix >= 0 else None
    others = tuple(edit for n, edit in enumerate(edits) if n != stop.edit_ix)
    if act == "remove":
        if len(stops) <= 2:
            raise InputError("a route needs at least two stops")
        if isinstance(by, AddStop):
            return others
        kept = others if isinstance(by, MoveStop) and by.route_ids == (choice.route_id,) else edits
        return (*kept, RemoveStop(stop_id=stop.stop_id, route_ids=(choice.route_id,)))
    assert choice.place is not None
    if isinstance(by, AddStop):
        rest = tuple(one for one in stops if one is not stop)
        return (*edits[: stop.edit_ix], _added(city, rest, choice), *edits[stop.edit_ix + 1 :])
    move = MoveStop(stop_id=stop.stop_id, place_lonlat=choice.place, route_ids=(choice.route_id,))
    if isinstance(by, MoveStop) and by.route_ids == move.route_ids and by.days == move.days:
        return (*edits[: stop.edit_ix], move, *edits[stop.edit_ix + 1 :])
    return (*edits, move)


def _added(city: City, stops: tuple[StopEdited, ...], choice: Choice) -> AddStop:
    """Return a new stop after the stop behind which the route passes nearest to the place; new ones have no id to name."""
    named = [stop for stop in stops if stop.stop_id]
    if choice.place is None or len(named) < 2:
        raise InputError("choose a place on the map first")
    xy = line_in_metres((choice.place, *((stop.lon, stop.lat) for stop in named)), city.crs, drop_repeats=False)
    hops = shapely.linestrings(np.stack([xy[1:-1], xy[2:]], axis=1))
    after = named[int(np.argmin(shapely.distance(hops, shapely.Point(xy[0]))))].stop_id
    return AddStop(
        route_id=choice.route_id, after_stop_id=after, place_lonlat=choice.place, direction=int(choice.direction)
    )


def _meant(city: City, stops: tuple[StopEdited, ...], at: tuple[float, float] | None) -> StopEdited:
    if at is None or not stops:
        raise InputError("choose a stop on the map first")
    xy = line_in_metres((at, *((stop.lon, stop.lat) for stop in stops)), city.crs, drop_repeats=False)
    gap_m = np.hypot(*(xy[1:] - xy[0]).T)
    if gap_m.min() > SAME_M:
        raise InputError("the stops have changed meanwhile; try again")
    return stops[int(gap_m.argmin())]
