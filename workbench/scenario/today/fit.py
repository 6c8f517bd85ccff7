"""Whether edits of existing routes fit the city: the routes, stops and trips they name, and where places lie."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from workbench.city.city import City
from workbench.errors import Level, Problem
from workbench.scenario.boundary import check_line_inside, check_place_inside, line_in_metres
from workbench.scenario.existing import AddStop, ExistingEdit, MoveStop, RemoveStop, RemoveTrips, Reroute
from workbench.scenario.today.reroute import END_LIMIT_M
from workbench.scenario.today.working import blocks_of_route

__all__ = ["check_fit"]

_SHOWN = 5
_SHORTEST_WAY_M = 20.0


def check_fit(edit: ExistingEdit, city: City, where: str) -> list[Problem]:
    """Return everything in an edit that does not fit the city, each id by name."""
    found = _check_routes(edit, city, where) + _check_stops(edit, city, where)
    if isinstance(edit, MoveStop | AddStop):
        found += check_place_inside(edit.place_lonlat, city, where)
    if isinstance(edit, Reroute):
        found += check_line_inside(edit.line_lonlat, city, where, min_length_m=_SHORTEST_WAY_M)
    if found:
        return found
    if isinstance(edit, RemoveTrips):
        return _check_trips(edit, city, where)
    return _check_ends(edit, city, where) if isinstance(edit, Reroute) and edit.line_lonlat else []


def _check_routes(edit: ExistingEdit, city: City, where: str) -> list[Problem]:
    named = edit.route_ids if isinstance(edit, MoveStop | RemoveStop) else (edit.route_id,)
    known = set(city.routes["route_id"])
    unknown = [route_id for route_id in named if route_id and route_id not in known]
    return [
        Problem(
            Level.ERROR,
            "route-unknown",
            f"route {route_id[:40]!r} does not run in {city.name}{_meant(route_id, city)}",
            where,
        )
        for route_id in unknown[:_SHOWN]
    ]


def _meant(route_id: str, city: City) -> str:
    """Return a hint where the name that people use, or other capitals, were given instead of the id."""
    plain = route_id.casefold()
    for column in ("route_id", "short_name"):
        same = city.routes.loc[city.routes[column].str.casefold() == plain, "route_id"]
        if len(same):
            return f"; its GTFS id is {same.iloc[0]!r}"
    return "; ids are those of the GTFS feed"


def _stop_ids(edit: ExistingEdit) -> Iterator[str]:
    """Yield every stop id an edit names."""
    for name in ("stop_id", "after_stop_id", "from_stop_id", "to_stop_id"):
        if value := getattr(edit, name, ""):
            yield value
    for name in ("via_stop_ids", "stop_ids"):
        yield from getattr(edit, name, ())


def _check_stops(edit: ExistingEdit, city: City, where: str) -> list[Problem]:
    known = set(city.stops["stop_id"])
    unknown = [stop_id for stop_id in dict.fromkeys(_stop_ids(edit)) if stop_id not in known]
    return [
        Problem(Level.ERROR, "stop-unknown", f"stop {stop_id[:40]!r} is not in {city.name}", where)
        for stop_id in unknown[:_SHOWN]
    ]


def _check_trips(edit: RemoveTrips, city: City, where: str) -> list[Problem]:
    """Name the trips that run on none of the days."""
    left = set(edit.trip_ids)
    for service in edit.days if left else ():
        for block in blocks_of_route(city, city.load_timetable(service), edit.route_id):
            left -= set(map(str, block.trip_id))
    return [
        Problem(Level.ERROR, "trip-unknown", f"trip {trip_id[:60]!r} does not run on the days it is for", where)
        for trip_id in sorted(left)[:_SHOWN]
    ]


def _check_ends(edit: Reroute, city: City, where: str) -> list[Problem]:
    """A drawn way must begin and end near the stops it leaves and joins."""
    line_xy = line_in_metres(edit.line_lonlat, city.crs)
    found = []
    for stop_id, point, word in ((edit.from_stop_id, line_xy[0], "begins"), (edit.to_stop_id, line_xy[-1], "ends")):
        if not stop_id:
            continue
        stop = city.stops.iloc[city.get_stop_ix(stop_id)]
        away_m = float(np.hypot(point[0] - stop["x"], point[1] - stop["y"]))
        if away_m > END_LIMIT_M:
            message = f"the line {word} {away_m:,.0f} m from stop {stop_id}, must be at most {END_LIMIT_M:g} m"
            found.append(Problem(Level.ERROR, "way-far", message, where))
    return found
