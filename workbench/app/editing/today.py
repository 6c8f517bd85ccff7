"""Today's bus routes as the route editor needs them: to be found by name or on the map, with their stops in order."""

from __future__ import annotations

from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np
import shapely

from workbench.city.city import City
from workbench.errors import InputError
from workbench.scenario.boundary import line_in_metres

__all__ = ["RouteToday", "StopToday", "bus_routes", "find_route", "routes_near", "stops_today"]

NEAR_M = 120.0
"""A click this near to a route means it, metres: a finger at neighborhood zoom."""
MAX_NEAR = 6


@dataclass(frozen=True, slots=True)
class RouteToday:
    """One bus route that runs today."""

    route_id: str
    name: str
    """As on the bus."""
    label: str
    """Name and where it runs: what people search for."""


@dataclass(frozen=True, slots=True)
class StopToday:
    """One stop of a route, in one direction."""

    stop_id: str
    name: str
    lon: float
    lat: float


@dataclass(frozen=True, eq=False)
class _Known:
    routes: tuple[RouteToday, ...]
    stops: dict[tuple[str, int], tuple[StopToday, ...]]
    """Of the commonest trips of a direction, by route id and direction."""
    tree: shapely.STRtree
    route_of_line: list[str]


_known: WeakKeyDictionary[City, _Known] = WeakKeyDictionary()


def bus_routes(city: City) -> tuple[RouteToday, ...]:
    """Return every bus route that runs on some service day, in the order of the city's list."""
    return _look_up(city).routes


def find_route(city: City, text: str) -> RouteToday:
    """
    Return the route a person typed: its label, its name on the bus or its id; capitals do not matter.

    Raises
    ------
    InputError
        If none or several fit.
    """
    wanted = " ".join(text.split()).casefold()
    routes = bus_routes(city)
    for names in (lambda one: (one.label, one.route_id), lambda one: (one.name,)):
        found = [one for one in routes if wanted in {name.casefold() for name in names(one)}]
        if len(found) == 1:
            return found[0]
    near = [one for one in routes if wanted and wanted in one.label.casefold()]
    if len(near) == 1:
        return near[0]
    hint = f"; did you mean {', '.join(one.name for one in near[:5])}?" if near else ""
    raise InputError(f"no one bus route is called {text.strip()[:40]!r}{hint}")


def stops_today(city: City, route_id: str, direction: int) -> tuple[StopToday, ...]:
    """Return the stops of the commonest trips of a direction on the first day it runs; none where it does not run."""
    return _look_up(city).stops.get((route_id, direction), ())


def routes_near(city: City, point: tuple[float, float]) -> tuple[RouteToday, ...]:
    """Return the routes near a place (lon, lat), nearest first, at most six."""
    known = _look_up(city)
    place = shapely.Point(*line_in_metres((point,), city.crs)[0])
    rows = known.tree.query(place, predicate="dwithin", distance=NEAR_M)
    away_m = shapely.distance(known.tree.geometries[rows], place)
    order = rows[np.argsort(away_m, kind="stable")].tolist()
    ids = list(dict.fromkeys(known.route_of_line[row] for row in order))[:MAX_NEAR]
    by_id = {one.route_id: one for one in known.routes}
    return tuple(by_id[route_id] for route_id in ids)


def _look_up(city: City) -> _Known:
    if city not in _known:
        _known[city] = _read(city)
    return _known[city]


def _read(city: City) -> _Known:
    stops: dict[tuple[str, int], tuple[StopToday, ...]] = {}
    table = city.stops
    is_bus = (city.routes["mode"] == "bus").to_numpy()
    ids = city.routes["route_id"].to_numpy(dtype=str)
    for service in ("weekday", "saturday", "sunday"):
        timetable = city.load_timetable(service)
        n_trips = np.diff(timetable.pattern_trip_indptr)
        commonest: dict[tuple[str, int], int] = {}
        for p in np.flatnonzero(is_bus[timetable.pattern_route_ix]).tolist():
            key = (str(ids[timetable.pattern_route_ix[p]]), int(timetable.pattern_direction[p]))
            if key not in stops and n_trips[p] > (n_trips[commonest[key]] if key in commonest else 0):
                commonest[key] = p
        for key, p in commonest.items():
            rows = table.iloc[timetable.pattern_stops(p)]
            columns = (rows[name] for name in ("stop_id", "stop_name", "lon", "lat"))
            stops[key] = tuple(
                StopToday(str(a), str(b), float(c), float(d)) for a, b, c, d in zip(*columns, strict=True)
            )
    running = {route_id for route_id, _ in stops}
    routes = [
        RouteToday(row.route_id, row.short_name, _label(row.short_name, row.long_name))
        for row in city.routes.itertuples()
        if row.route_id in running
    ]
    keys = [key for key, own in stops.items() if len(own) >= 2]
    lines = [
        shapely.LineString(
            line_in_metres(tuple((stop.lon, stop.lat) for stop in stops[key]), city.crs, drop_repeats=False)
        )
        for key in keys
    ]
    return _Known(tuple(routes), stops, shapely.STRtree(lines), [route_id for route_id, _ in keys])


def _label(short_name: str, long_name: str) -> str:
    return f"{short_name} · {long_name}" if long_name and long_name != short_name else short_name
