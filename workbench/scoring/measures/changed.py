"""What a change of existing routes costs or frees, and who loses a stop or frequent service: set against today."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from workbench.city.city import City
from workbench.network import AddedPattern, ServiceChange, Window
from workbench.scoring.city_tables import tables_of
from workbench.scoring.measures.coverage import (
    BLOCKS_ESTIMATED,
    blocks_near,
    departures_after,
    stop_departures,
    walking_source,
)
from workbench.scoring.params import FREQUENT_MIN, ScoringParams
from workbench.scoring.scorecard import ChangedService, Measure

__all__ = ["RouteChange", "add_differences", "changed_service", "lost_service_measures", "stops_after"]

FloatArray = npt.NDArray[np.float64]

DIFFERENCE = "today's timetable against the changed one"
NEW_ONLY = "of the new routes only"
NO_NEW = "said of new routes only; this scenario changes routes that run today"


@dataclass(frozen=True, eq=False)
class RouteChange:
    """An existing route that changes: its trips by service day, before and after."""

    route_id: str
    name: str
    before: Mapping[str, tuple[AddedPattern, ...]]
    after: Mapping[str, tuple[AddedPattern, ...]]


@dataclass(frozen=True, slots=True)
class _Need:
    """What the trips of some days take."""

    n_buses: int
    hours_per_year: float
    km_per_year: float


def add_differences(
    measures: Mapping[str, Measure],
    changes: Sequence[RouteChange],
    places: FloatArray,
    params: ScoringParams,
    *,
    has_new_routes: bool,
) -> dict[str, Measure]:
    """
    Return the indicators of service, with the difference that changed routes make in buses, hours and cost.

    Formula
    -------
    hours a year = sum over service days and trips of (running time + max(10 % of it, 5 min)) x days a year; buses =
    most trips under way or at rest at once, on the weekday where weekdays change; each after less before. Kilometres are
    straight from stop to stop. A negative value is freed.

    Parameters
    ----------
    measures
        Of the new routes.
    changes
        Existing routes that change; none leaves the measures as they are.
    places
        (n, 2) metres of all stops the patterns name.
    params
        Layover, days a year, cost per hour.
    has_new_routes
        Whether there are new routes beside the changed ones.
    """
    if not changes:
        return dict(measures)
    before = [_need(change.before, places, params) for change in changes]
    after = [_need(change.after, places, params) for change in changes]
    n_buses = sum(need.n_buses for need in after) - sum(need.n_buses for need in before)
    hours = sum(need.hours_per_year for need in after) - sum(need.hours_per_year for need in before)
    km = sum(need.km_per_year for need in after) - sum(need.km_per_year for need in before)
    buses = round(_value(measures["buses_needed"])) + n_buses
    cost = hours * params.usd_per_hour
    low, high = sorted((hours * params.usd_per_hour_low, hours * params.usd_per_hour_high))
    told = {key: _told_of_new(measure, has_new_routes) for key, measure in measures.items()}
    plus = {
        "buses_needed": (buses, None, None),
        "buses_with_spares": (_with_spares(buses, params), None, None),
        "revenue_hours_per_year": (round(_value(measures["revenue_hours_per_year"]) + hours), None, None),
        "revenue_km_per_year": (round(_value(measures["revenue_km_per_year"]) + km), None, None),
        "cost_per_year": (
            round(_value(measures["cost_per_year"]) + cost),
            round(float(measures["cost_per_year"].low or 0) + low),
            round(float(measures["cost_per_year"].high or 0) + high),
        ),
    }
    notes = {
        "buses_needed": "more or fewer than today; trips that need a bus at once, empty runs not counted",
        "buses_with_spares": "more or fewer than today",
        "revenue_km_per_year": "more or fewer than today; straight from stop to stop",
    }
    for key, (value, lowest, highest) in plus.items():
        old = measures[key]
        source = f"{old.source}; {DIFFERENCE}" if has_new_routes else DIFFERENCE
        note = notes.get(key) or f"more or less than today; {old.uncertainty}"
        told[key] = dataclasses.replace(old, value=value, low=lowest, high=highest, source=source, uncertainty=note)
    return told


def changed_service(
    change: RouteChange, service: str, window: Window, stop_lonlat: Sequence[tuple[float, float, str]]
) -> ChangedService:
    """Return what to say and draw of one changed route; `stop_lonlat` are those of its commonest trips."""
    after = change.after.get(service, ())
    kind = "unchanged" if service not in change.after else "changed" if after else "removed"
    n_before, n_after = (_starts_in(patterns, window) for patterns in (change.before.get(service, ()), after))
    return ChangedService(change.route_id, change.name, kind, n_before, n_after, tuple(stop_lonlat))


def lost_service_measures(
    city: City,
    window: Window,
    changes: Sequence[RouteChange],
    change: ServiceChange,
    places: FloatArray,
    params: ScoringParams,
) -> dict[str, Measure]:
    """
    Return how many residents lose a stop or frequent service nearby, gains of others not set against it.

    Formula
    -------
    A block loses a stop if today a stop of some changed route is within `near_walk_m` and afterwards none of that route
    is; it loses service every m minutes if a stop has it today within `near_walk_m` and none has it afterwards.
    """
    residents = tables_of(city).block_residents
    everywhere = np.arange(len(residents))
    loses_stop = np.zeros(len(residents), dtype=np.bool_)
    for route in changes:
        if window.service in route.before:
            old = blocks_near(city, everywhere, _stops_of(route.before[window.service], places), params.near_walk_m)
            new = blocks_near(city, everywhere, _stops_of(route.after[window.service], places), params.near_walk_m)
            loses_stop |= old & ~new
    measures = {"residents_losing_stop": _of_blocks(residents[loses_stop].sum(), walking_source(city))}
    before = stop_departures(city, window)
    after = departures_after(city, window, change) if change.removed_route_ids else None
    city_xy = tables_of(city).stop_xy
    all_xy = np.concatenate((city_xy, change.addition.new_stop_xy))
    for minutes in FREQUENT_MIN:
        lost = 0.0
        if after is not None:
            enough = window.n_departures / minutes - 1
            fell = (before >= enough) & (after[: len(before)] < enough)
            near = np.flatnonzero(blocks_near(city, everywhere, city_xy[fell], params.near_walk_m))
            still = blocks_near(city, near, all_xy[after >= enough], params.near_walk_m)
            lost = float(residents[near[~still[near]]].sum())
        measures[f"residents_losing_every_{minutes}_min"] = _of_blocks(lost, walking_source(city))
    return measures


def _of_blocks(people: float, source: str) -> Measure:
    return Measure(round(people), "residents", source, uncertainty=BLOCKS_ESTIMATED)


def stops_after(changes: Sequence[RouteChange], service: str, places: FloatArray) -> FloatArray:
    """Return the places of all stops of changed routes as they run afterwards: (n, 2) metres."""
    return _stops_of([pattern for change in changes for pattern in change.after.get(service, ())], places)


def _stops_of(patterns: Sequence[AddedPattern], places: FloatArray) -> FloatArray:
    if not patterns:
        return np.zeros((0, 2))
    stops = np.unique(np.concatenate([pattern.stop_ix for pattern in patterns]))
    return np.asarray(places[stops], dtype=np.float64)


def _need(by_service: Mapping[str, tuple[AddedPattern, ...]], places: FloatArray, params: ScoringParams) -> _Need:
    """Return what the trips of one route take; trips of the day before are counted on the day they start."""
    hours = km = 0.0
    most: dict[str, int] = {}
    for service, patterns in by_service.items():
        n_days = params.days_per_year(service)
        start, end = [], []
        for pattern in patterns:
            own = pattern.departure_s[:, 0] >= 0
            first, last = pattern.departure_s[own, 0], pattern.arrival_s[own, -1]
            run_s = (last - first).astype(np.float64)
            taken_s = run_s + np.maximum(params.layover_share * run_s, 60.0 * params.layover_min)
            step = np.diff(places[pattern.stop_ix], axis=0)
            hours += n_days * float(taken_s.sum()) / 3600
            km += n_days * len(run_s) * float(np.hypot(step[:, 0], step[:, 1]).sum()) / 1000
            start.append(first)
            end.append(first + taken_s)
        most[service] = _most_at_once(start, end)
    return _Need(most.get("weekday", max(most.values(), default=0)), hours, km)


def _most_at_once(start: Sequence[npt.NDArray[np.int32]], end: Sequence[FloatArray]) -> int:
    """Return the largest number of trips under way at one time; one may begin as another ends."""
    if not start:
        return 0
    times = np.concatenate([np.concatenate(end), np.concatenate(start)])
    step = np.repeat([-1, 1], len(times) // 2)
    order = np.lexsort((step, times))
    return int(np.cumsum(step[order]).max(initial=0))


def _starts_in(patterns: Sequence[AddedPattern], window: Window) -> int:
    """Return how many trips leave their first stop in the window."""
    return sum(
        int(((pattern.departure_s[:, 0] >= window.start_s) & (pattern.departure_s[:, 0] < window.end_s)).sum())
        for pattern in patterns
    )


def _told_of_new(measure: Measure, has_new_routes: bool) -> Measure:
    if has_new_routes:
        note = f"{measure.uncertainty}; {NEW_ONLY}" if measure.uncertainty else NEW_ONLY
        return dataclasses.replace(measure, uncertainty=note)
    return dataclasses.replace(measure, value=None, low=None, high=None, uncertainty=NO_NEW)


def _with_spares(n_buses: int, params: ScoringParams) -> int:
    """Return buses with spares, away from zero: a bus freed frees a share of a spare."""
    return int(math.copysign(math.ceil(round(abs(n_buses) * (1 + params.spare_ratio), 6)), n_buses))


def _value(measure: Measure) -> float:
    return float(measure.value or 0)
