"""Lays a scenario over a city: edits in, added service and what is worth knowing about it out. The city stays as it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from workbench.city.city import City
from workbench.errors import Level, Problem, ScenarioError, require_no_errors
from workbench.network import AddedPattern, ServiceAddition
from workbench.scenario.boundary import check_inside, city_land, line_in_metres, metres_to_lonlat
from workbench.scenario.edits import AddRoute, Edit, check_edit, where_of
from workbench.scenario.headways import departures, trip_times
from workbench.scenario.running_time import Segments, SpeedSource, hop_speeds, segment_speeds
from workbench.scenario.scenario import Scenario
from workbench.scenario.sketch import BusStops, PlacedStops, place_stops

__all__ = ["AppliedRoute", "AppliedScenario", "apply_scenario"]

FloatArray = npt.NDArray[np.float64]
Int32Array = npt.NDArray[np.int32]

BORROWED_WARNING_SHARE = 0.25
"""From this share of the length without a bus nearby, the borrowed speed is worth a warning."""


@dataclass(frozen=True, eq=False)
class AppliedRoute:
    """One new route, ready to run."""

    edit: AddRoute
    stops: PlacedStops
    """In the order of the line; `stop_ix` counts on from the city's stops where a stop is new."""
    stop_lonlat: FloatArray
    """(n_stops, 2)."""
    length_m: float
    """Along the line from the first stop to the last, one way, metres."""
    times_s: tuple[Int32Array, ...]
    """By direction, (n_trips, n_stops) seconds of the service day it was applied to; no trips if it does not run then."""
    cost_service: str
    """The day whose running times stand behind hours and cost: weekday where it runs then."""
    cost_times_s: tuple[Int32Array, ...]
    """Like `times_s`, on `cost_service`."""
    speed_share: Mapping[SpeedSource, float]
    """Share of the running length, both directions, by where its speed comes from, at the middle of the service span."""


@dataclass(frozen=True, eq=False)
class AppliedScenario:
    """What a scenario adds to one service day."""

    addition: ServiceAddition
    routes: tuple[AppliedRoute, ...]
    problems: tuple[Problem, ...]
    """Warnings."""


def apply_scenario(scenario: Scenario, city: City, *, service: str = "weekday") -> AppliedScenario:
    """
    Return the service a scenario adds on one service day.

    Parameters
    ----------
    scenario
        Edits; they apply in their order, a later route may use the new stops of an earlier one.
    city
        The city, which is not changed.
    service
        `weekday`, `saturday` or `sunday`.

    Raises
    ------
    ScenarioError
        With every problem of every edit.
    """
    require_no_errors(_check(scenario, city), ScenarioError)
    stops = _city_bus_stops(city)
    new_xy: list[FloatArray] = []
    routes: list[AppliedRoute] = []
    for edit in scenario.edits:
        route, stops, added_xy = _apply_route(edit, city, service, stops, city.n_stops + len(new_xy))
        routes.append(route)
        new_xy += list(added_xy)
    addition = ServiceAddition(
        new_stop_xy=np.array(new_xy, dtype=np.float64).reshape(-1, 2),
        patterns=tuple(pattern for route in routes for pattern in _patterns(route)),
    )
    problems = tuple(problem for route in routes for problem in _warnings(route, service))
    return AppliedScenario(addition, tuple(routes), problems)


def _check(scenario: Scenario, city: City) -> list[Problem]:
    """Return every problem of every edit."""
    found: list[Problem] = []
    running = set(city.routes["route_id"])
    seen: set[str] = set()
    for edit in scenario.edits:
        where = where_of(edit)
        faults = check_edit(edit)
        found += faults + check_inside(edit, city)
        if edit.route_id in running:
            found.append(
                Problem(Level.ERROR, "route-exists", f"id {edit.route_id[:40]!r} belongs to a route of today", where)
            )
        if edit.route_id in seen:
            found.append(
                Problem(Level.ERROR, "route-twice", f"id {edit.route_id[:40]!r} is used more than once", where)
            )
        seen.add(edit.route_id)
    return found


def _city_bus_stops(city: City) -> BusStops:
    rows = np.flatnonzero((city.stops["mode"] == "bus").to_numpy()).astype(np.int32)
    xy = city.stops[["x", "y"]].to_numpy(dtype=np.float64)[rows]
    return BusStops(rows, xy, tuple(city.stops["stop_name"].to_numpy()[rows]))


def _apply_route(
    edit: Edit, city: City, service: str, stops: BusStops, next_ix: int
) -> tuple[AppliedRoute, BusStops, FloatArray]:
    """Return the route, the stops a later edit may use, and the places of new stops, numbered from `next_ix`."""
    line_xy = line_in_metres(edit.line_lonlat, city.crs)
    placed = place_stops(line_xy, stops, spacing_m=edit.spacing_m, snap_m=edit.snap_m, land=city_land(city))
    is_new = placed.stop_ix < 0
    stop_ix = placed.stop_ix.copy()
    stop_ix[is_new] = next_ix + np.arange(is_new.sum())
    placed = PlacedStops(placed.along_m, placed.xy, stop_ix, placed.name)
    segments = _segments(line_xy, placed)
    times_s, speed_share = _run(edit, segments, city, service)
    cost_service = "weekday" if "weekday" in edit.days else edit.days[0]
    cost_times_s = times_s if cost_service == service else _run(edit, segments, city, cost_service)[0]
    route = AppliedRoute(
        edit=edit,
        stops=placed,
        stop_lonlat=metres_to_lonlat(placed.xy, city.crs),
        length_m=float(segments.length_m.sum()),
        times_s=times_s,
        cost_service=cost_service,
        cost_times_s=cost_times_s,
        speed_share=speed_share,
    )
    more = BusStops(
        np.concatenate((stops.stop_ix, stop_ix[is_new])),
        np.concatenate((stops.xy, placed.xy[is_new])),
        stops.name + tuple(name for name, new in zip(placed.name, is_new, strict=True) if new),
    )
    return route, more, placed.xy[is_new]


def _segments(line_xy: FloatArray, placed: PlacedStops) -> Segments:
    line = shapely.LineString(line_xy)
    start_m, end_m = placed.along_m[:-1], placed.along_m[1:]
    on_line = shapely.get_coordinates(shapely.line_interpolate_point(line, placed.along_m))
    step = np.diff(on_line, axis=0)
    straight_m = np.hypot(step[:, 0], step[:, 1])[:, None]
    way = np.divide(step, straight_m, out=np.zeros_like(step), where=straight_m > 0)
    middle = shapely.get_coordinates(shapely.line_interpolate_point(line, (start_m + end_m) / 2))
    return Segments(end_m - start_m, middle, way)


def _run(
    edit: AddRoute, segments: Segments, city: City, service: str
) -> tuple[tuple[Int32Array, ...], dict[SpeedSource, float]]:
    """Return the times of each direction on a service day, and the share of length by source of speed."""
    ways = (segments, segments.reversed()) if edit.both_directions else (segments,)
    speeds = hop_speeds(city, service)
    hour = (edit.span_start_s + edit.span_end_s) // 2 // 3600
    times, length_m = [], dict.fromkeys(SpeedSource, 0.0)
    for direction, way in enumerate(ways):
        speed_mps, source = segment_speeds(speeds, way)
        starts = departures(edit, direction) if service in edit.days else np.zeros(0, dtype=np.int32)
        times.append(trip_times(starts, way.length_m, speed_mps * edit.speed_factor))
        for kind in SpeedSource:
            length_m[kind] += float(way.length_m[source[:, hour] == kind].sum())
    total_m = sum(length_m.values())
    return tuple(times), {kind: metres / total_m for kind, metres in length_m.items() if metres > 0}


def _patterns(route: AppliedRoute) -> list[AddedPattern]:
    """Return the patterns that run on the day, one per direction."""
    patterns = []
    for direction, times in enumerate(route.times_s):
        stop_ix = route.stops.stop_ix if direction == 0 else route.stops.stop_ix[::-1]
        if len(times):
            patterns.append(AddedPattern(route.edit.route_id, direction, stop_ix.copy(), times, times))
    return patterns


def _warnings(route: AppliedRoute, service: str) -> list[Problem]:
    where = where_of(route.edit)
    found = []
    if service not in route.edit.days:
        message = f"it does not run on the day scored ({service}), so it changes nothing then"
        found.append(Problem(Level.WARNING, "not-running", message, where))
    share = route.speed_share
    borrowed = share.get(SpeedSource.BOROUGH, 0.0) + share.get(SpeedSource.CITY, 0.0)
    if borrowed >= BORROWED_WARNING_SHARE:
        message = (
            f"{borrowed:.0%} of its length has no bus nearby today; the usual bus speed of the borough is used there"
        )
        found.append(Problem(Level.WARNING, "speed-borrowed", message, where))
    if share.get(SpeedSource.PARAMETER, 0.0) > 0:
        message = "the city has no bus whose speed could be used; a stated average is used"
        found.append(Problem(Level.WARNING, "speed-parameter", message, where))
    return found
