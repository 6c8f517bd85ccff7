"""Lays a scenario over a city: edits in, added service and what is worth knowing about it out. The city stays as it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from workbench.city.city import City
from workbench.errors import Level, Problem, ScenarioError, require_no_errors
from workbench.network import AddedPattern, ServiceAddition, ServiceChange
from workbench.scenario.boundary import check_inside, city_land, line_in_metres
from workbench.scenario.drawn.by_hand import check_hand_stops, place_by_hand
from workbench.scenario.drawn.headways import departures, trip_times
from workbench.scenario.drawn.running_time import Segments, SpeedSource, hop_speeds, segment_speeds
from workbench.scenario.drawn.sketch import PlacedStops, place_stops
from workbench.scenario.edits import SERVICES, AddRoute, HandStop, where_of_added
from workbench.scenario.kinds import check_edit, where_of
from workbench.scenario.scenario import Scenario
from workbench.scenario.today.alter import Ground
from workbench.scenario.today.change import ChangedRoute, DayOfChange, alter_day, changed_routes, check_effect
from workbench.scenario.today.fit import check_fit
from workbench.scenario.today.reroute import bus_stops, line_segments
from workbench.scenario.today.working import build_addition
from workbench.scenario.words import describe_edit, taken_for_granted

__all__ = ["AppliedRoute", "AppliedScenario", "LaidScenario", "apply_scenario", "lay_scenario"]

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
    length_m: float
    """Along the line from the first stop to the last, one way, metres."""
    times_s: tuple[Int32Array, ...]
    """By direction, (n_trips, n_stops) seconds of the service day it was applied to; no trips if it does not run then."""
    back_stops: PlacedStops | None
    """Where the way back is a line of its own: its stops in its order; None where it calls at `stops` in reverse."""
    back_length_m: float
    """Like `length_m`, on the way back."""
    cost_service: str
    """The day whose running times stand behind hours and cost: weekday where it runs then."""
    cost_times_s: tuple[Int32Array, ...]
    """Like `times_s`, on `cost_service`."""
    speed_share: Mapping[SpeedSource, float]
    """Share of the running length, both directions, by where its speed comes from, at the middle of the service span."""

    @property
    def ways(self) -> tuple[PlacedStops, ...]:
        """By direction, the stops in the order in which buses call at them."""
        if not self.edit.both_directions:
            return (self.stops,)
        return self.stops, self.back_stops or self.stops.reversed()


@dataclass(frozen=True, eq=False)
class AppliedScenario:
    """What a scenario changes on one service day."""

    change: ServiceChange
    """Routes taken out and service added; the same for the same service, whatever edits led there in whatever order."""
    routes: tuple[AppliedRoute, ...]
    """New routes."""
    changed: tuple[ChangedRoute, ...]
    """Existing routes that change on this day or on another one."""
    places: FloatArray
    """(n, 2) metres of all stops that `routes` and `changed` name: the city's, then new ones."""
    change_words: tuple[tuple[str, str], ...]
    """For each edit of existing routes a sentence on what it changes, and what it takes for granted."""
    problems: tuple[Problem, ...]
    """Warnings."""

    @property
    def addition(self) -> ServiceAddition:
        """The added service, changed routes included."""
        return self.change.addition


@dataclass(frozen=True, eq=False)
class LaidScenario:
    """A scenario laid over one service day, trip by trip."""

    applied: AppliedScenario
    day: DayOfChange
    """Existing routes before and after, with trip ids; stop numbers are rows of `applied.places`."""
    new_stop_name: tuple[str, ...]
    """Of the stops from `City.n_stops` on."""


def apply_scenario(scenario: Scenario, city: City, *, service: str = "weekday", phase: int = 0) -> AppliedScenario:
    """
    Return what a scenario changes on one service day.

    Parameters
    ----------
    scenario
        Edits; they apply in their order, a later route may use the new stops of an earlier one.
    city
        The city, which is not changed.
    service
        `weekday`, `saturday` or `sunday`.
    phase
        Which of the possible timetables of a headway: 0 for the live card, 0 to 9 for a published one.

    Raises
    ------
    ScenarioError
        With every problem of every edit.
    """
    return lay_scenario(scenario, city, service=service, phase=phase).applied


def lay_scenario(scenario: Scenario, city: City, *, service: str = "weekday", phase: int = 0) -> LaidScenario:
    """Return the same with trip ids and the names of new stops, for those who write it down; as `apply_scenario`."""
    require_no_errors(_check(scenario, city), ScenarioError)
    existing = [edit for edit in scenario.edits if not isinstance(edit, AddRoute)]
    services = [service, *(day for day in SERVICES if day != service and any(day in edit.days for edit in existing))]
    grounds = {day: Ground(city, day, phase) for day in services}
    days = {day: DayOfChange({}, {}) for day in services}
    routes: list[AppliedRoute] = []
    for edit in scenario.edits:
        if isinstance(edit, AddRoute):
            routes.append(_apply_route(edit, grounds[service]))
        else:
            days = {day: alter_day(days[day], edit, grounds[day]) for day in services}
    found = require_no_errors(check_effect(existing, days, service), ScenarioError)
    changed = changed_routes(city, days, grounds)
    again = [pattern for route in changed for pattern in route.after.get(service, ())]
    added = [pattern for route in sorted(routes, key=lambda route: route.edit.route_id) for pattern in _patterns(route)]
    places = grounds[service].places()
    change = ServiceChange(days[service].route_ids, build_addition([*added, *again], places, city.n_stops))
    problems = (*found, *(problem for route in routes for problem in _warnings(route, service)))
    words = tuple((describe_edit(edit, city), taken_for_granted(edit)) for edit in existing)
    applied = AppliedScenario(change, tuple(routes), changed, places, words, problems)
    return LaidScenario(applied, days[service], tuple(grounds[service].new_name))


def _check(scenario: Scenario, city: City) -> list[Problem]:
    """Return every problem of every edit."""
    found: list[Problem] = []
    running = set(city.routes["route_id"])
    seen: set[str] = set()
    for edit in scenario.edits:
        where = where_of(edit)
        faults = check_edit(edit)
        if not isinstance(edit, AddRoute):
            found += faults or check_fit(edit, city, where)
            continue
        found += faults + check_inside(edit, city) + ([] if faults else check_hand_stops(edit, city))
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


def _apply_route(edit: AddRoute, ground: Ground) -> AppliedRoute:
    """Return a new route; its new stops are noted on the ground, where later edits may use them."""
    city, service, phase = ground.city, ground.service, ground.phase
    placed, segments = _place(edit, edit.line_lonlat, edit.stops, ground)
    back, ways = None, (segments, segments.reversed())[: 1 + edit.both_directions]
    if edit.line_back_lonlat:  # it may use the stops of the way out
        back, back_segments = _place(edit, edit.line_back_lonlat, edit.stops_back, ground)
        ways = (segments, back_segments)
    times_s, speed_share = _run(edit, ways, city, service, phase)
    cost_service = "weekday" if "weekday" in edit.days else edit.days[0]
    cost_times_s = times_s if cost_service == service else _run(edit, ways, city, cost_service, phase)[0]
    return AppliedRoute(
        edit=edit,
        stops=placed,
        length_m=float(segments.length_m.sum()),
        times_s=times_s,
        back_stops=back,
        back_length_m=float(ways[-1].length_m.sum()),
        cost_service=cost_service,
        cost_times_s=cost_times_s,
        speed_share=speed_share,
    )


def _place(
    edit: AddRoute, line_lonlat: tuple[tuple[float, float], ...], by_hand: tuple[HandStop, ...], ground: Ground
) -> tuple[PlacedStops, Segments]:
    """Return the stops of one line and the parts between them; new stops are noted on the ground."""
    city = ground.city
    line_xy = line_in_metres(line_lonlat, city.crs)
    stops = bus_stops(ground)
    if by_hand:
        placed = place_by_hand(line_xy, by_hand, stops, city)
    else:
        placed = place_stops(line_xy, stops, spacing_m=edit.spacing_m, snap_m=edit.snap_m, land=city_land(city))
    is_new = placed.stop_ix < 0
    stop_ix = placed.stop_ix.copy()
    stop_ix[is_new] = city.n_stops + len(ground.new_xy) + np.arange(is_new.sum())
    ground.new_xy += [(float(x), float(y)) for x, y in placed.xy[is_new]]
    ground.new_name += [name for name, new in zip(placed.name, is_new, strict=True) if new]
    return PlacedStops(placed.along_m, placed.xy, stop_ix, placed.name), line_segments(line_xy, placed.along_m)


def _run(
    edit: AddRoute, ways: Sequence[Segments], city: City, service: str, phase: int
) -> tuple[tuple[Int32Array, ...], dict[SpeedSource, float]]:
    """Return the times of each direction on a service day, and the share of length by source of speed."""
    speeds = hop_speeds(city, service)
    hour = (edit.span_start_s + edit.span_end_s) // 2 // 3600
    times, length_m = [], dict.fromkeys(SpeedSource, 0.0)
    for direction, way in enumerate(ways):
        speed_mps, source = segment_speeds(speeds, way)
        starts = _starts(edit, direction, phase) if service in edit.days else np.zeros(0, dtype=np.int32)
        times.append(trip_times(starts, way.length_m, speed_mps * edit.speed_factor))
        for kind in SpeedSource:
            length_m[kind] += float(way.length_m[source[:, hour] == kind].sum())
    total_m = sum(length_m.values())
    return tuple(times), {kind: metres / total_m for kind, metres in length_m.items() if metres > 0}


def _starts(edit: AddRoute, direction: int, phase: int) -> Int32Array:
    """Return when buses leave the first stop of a direction."""
    span = (edit.headway_s, edit.span_start_s, edit.span_end_s)
    return departures(*span, seed=edit.seed, direction=direction, phase=phase)


def _patterns(route: AppliedRoute) -> list[AddedPattern]:
    """Return the patterns that run on the day, one per direction."""
    patterns = []
    for direction, (times, way) in enumerate(zip(route.times_s, route.ways, strict=True)):
        if len(times):
            patterns.append(AddedPattern(route.edit.route_id, direction, way.stop_ix.copy(), times, times))
    return patterns


def _warnings(route: AppliedRoute, service: str) -> list[Problem]:
    where = where_of_added(route.edit)
    found = []
    if service not in route.edit.days:
        message = f"it does not run on the day scored ({service}), so it changes nothing then"
        found.append(Problem(Level.WARNING, "not-running", message, where))
    share = route.speed_share
    borrowed = share.get(SpeedSource.BOROUGH, 0.0) + share.get(SpeedSource.CITY, 0.0)
    if borrowed >= BORROWED_WARNING_SHARE:
        message = f"{borrowed:.0%} of its length has no bus nearby today; the usual bus speed of this part of the city is used there"
        found.append(Problem(Level.WARNING, "speed-borrowed", message, where))
    if share.get(SpeedSource.PARAMETER, 0.0) > 0:
        message = "the city has no bus whose speed could be used; a stated average is used"
        found.append(Problem(Level.WARNING, "speed-parameter", message, where))
    return found
