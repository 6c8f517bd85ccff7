"""What a scenario changes, route by route and in words: against today, or against another scenario."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from workbench.city.city import City
from workbench.scenario.apply import LaidScenario, lay_scenario
from workbench.scenario.edits import SERVICES, AddRoute
from workbench.scenario.formats.fields import clock_text
from workbench.scenario.scenario import Scenario
from workbench.scenario.today.working import Block, blocks_of_route

__all__ = ["DayOfRoute", "RouteDiff", "ScenarioDiff", "diff"]

PEAK_S = (7 * 3600, 9 * 3600)
"""The hours between which headways are compared, the headline window: 7 to 9 am."""
MAX_NAMED = 6
"""Stops named in one sentence; the rest is counted."""
_DAY_WORDS = {"weekday": "on weekdays", "saturday": "on Saturdays", "sunday": "on Sundays"}


@dataclass(frozen=True, slots=True)
class DayOfRoute:
    """One route on one service day."""

    n_trips: int
    first_s: int | None
    """First departure, seconds of the service day; None without trips."""
    last_s: int | None
    """Last departure from a first stop."""
    hours: float
    """Hours under way of all trips, rests at the ends not counted."""
    trip_min: float | None
    """Mean minutes of a trip from its first stop to its last."""
    peak_headway_min: float | None
    """Mean minutes between departures of the busier direction, 7 to 9 am; None with fewer than two."""


@dataclass(frozen=True, slots=True)
class RouteDiff:
    """One route before and after."""

    route_id: str
    name: str
    before: Mapping[str, DayOfRoute]
    """By service day; days that do not differ are left out."""
    after: Mapping[str, DayOfRoute]
    stops_dropped: tuple[str, ...]
    """Names of stops that no trip of the route calls at any more, on the days that differ."""
    stops_added: tuple[str, ...]
    own_way_back: tuple[bool, bool] = (False, False)
    """Whether the way back of a drawn route is a line of its own, before and after."""

    @property
    def words(self) -> tuple[str, ...]:
        """Return sentences."""
        return (*_route_words(self), *_way_back_words(self), *_stop_words(self))


@dataclass(frozen=True, slots=True)
class ScenarioDiff:
    """What differs between two scenarios, or between today and one."""

    before_name: str
    after_name: str
    routes: tuple[RouteDiff, ...]
    """Sorted by id."""

    @property
    def words(self) -> tuple[str, ...]:
        """Return sentences, route by route; one sentence where nothing differs."""
        said = tuple(sentence for route in self.routes for sentence in route.words)
        return said or (f"{self.after_name} runs the same buses as {self.before_name}.",)


_Route = dict[str, list[Block]]
"""By service day."""


def diff(city: City, scenario: Scenario, other: Scenario | None = None) -> ScenarioDiff:
    """
    Return what a scenario changes of today's service; with another one, what leads from the first to the other.

    Parameters
    ----------
    city
        The city, which is not changed.
    scenario
        The first scenario.
    other
        The second one; None compares the first with today.

    Raises
    ------
    ScenarioError
        With every problem of the edits.
    """
    older, newer = (Scenario("today"), scenario) if other is None else (scenario, other)
    laid = {
        name: {service: lay_scenario(one, city, service=service) for service in SERVICES}
        for name, one in (("older", older), ("newer", newer))
    }
    route_ids = sorted({route_id for days in laid.values() for day in days.values() for route_id in _touched(day)})
    routes = []
    for route_id in route_ids:
        found = _compare(route_id, city, laid["older"], laid["newer"])
        if found is not None:
            routes.append(found)
    return ScenarioDiff(older.name, newer.name, tuple(routes))


def _touched(day: LaidScenario) -> set[str]:
    return {*day.day.route_ids, *(route.edit.route_id for route in day.applied.routes)}


def _compare(
    route_id: str, city: City, older: Mapping[str, LaidScenario], newer: Mapping[str, LaidScenario]
) -> RouteDiff | None:
    """Return how a route differs, None if it does not."""
    before, after = (
        {service: _trips(route_id, city, day, service) for service, day in days.items()} for days in (older, newer)
    )
    differs = [service for service in SERVICES if _signature(before[service]) != _signature(after[service])]
    if not differs:
        return None
    stops_before, stops_after = (_stops([days[service] for service in differs]) for days in (before, after))
    names = [one for days in (newer, older) if (one := _name(route_id, city, days))]
    return RouteDiff(
        route_id,
        names[0] if names else route_id,
        {service: _day(before[service]) for service in differs},
        {service: _day(after[service]) for service in differs},
        tuple(name for place, name in stops_before.items() if place not in stops_after),
        tuple(name for place, name in stops_after.items() if place not in stops_before),
        (_has_own_way_back(route_id, older), _has_own_way_back(route_id, newer)),
    )


def _has_own_way_back(route_id: str, days: Mapping[str, LaidScenario]) -> bool:
    return any(
        route.back_stops is not None
        for day in days.values()
        for route in day.applied.routes
        if route.edit.route_id == route_id
    )


@dataclass(frozen=True, eq=False)
class _Trips:
    """Trips with one list of stops."""

    direction: int
    places: tuple[tuple[float, float, str], ...]
    arrival_s: npt.NDArray[np.int32]
    departure_s: npt.NDArray[np.int32]
    flags: bytes


def _trips(route_id: str, city: City, day: LaidScenario, service: str) -> list[_Trips]:
    """Return all trips of a route on a day that began on that day, with the places and names of their stops."""
    names = [*city.stops["stop_name"], *day.new_stop_name]
    places = day.applied.places
    for new in day.applied.routes:
        if new.edit.route_id == route_id:
            called = [
                tuple((float(x), float(y), name) for (x, y), name in zip(way.xy, way.name, strict=True))
                for way in new.ways
            ]
            return [
                _Trips(way, stops, times, times, b"")
                for way, (stops, times) in enumerate(zip(called, new.times_s, strict=True))
                if len(times)
            ]
    blocks = day.day.after.get(route_id)
    if blocks is None:
        blocks = blocks_of_route(city, city.load_timetable(service), route_id)
    found = []
    for block in blocks:
        own = block.only(~block.is_previous & (block.departure_s[:, 0] >= 0))
        if len(own.trip_id):
            at = [(*places[stop].tolist(), names[stop]) for stop in own.stop_ix.tolist()]
            flags = own.may_board.tobytes() + own.may_alight.tobytes()
            found.append(_Trips(own.direction, tuple(at), own.arrival_s, own.departure_s, flags))
    return found


def _signature(trips: Sequence[_Trips]) -> list[tuple[object, ...]]:
    return sorted(
        (one.direction, one.places, one.flags, tuple(arrival.tolist()), tuple(departure.tolist()))
        for one in trips
        for arrival, departure in zip(one.arrival_s, one.departure_s, strict=True)
    )


def _stops(days: Sequence[Sequence[_Trips]]) -> dict[tuple[float, float], str]:
    """Return the stops of some days by place, in the order of the longest trips."""
    listed = sorted((one for trips in days for one in trips), key=lambda one: -len(one.places))
    return {(x, y): name for one in reversed(listed) for x, y, name in one.places}


def _day(trips: Sequence[_Trips]) -> DayOfRoute:
    if not trips:
        return DayOfRoute(0, None, None, 0.0, None, None)
    first = np.concatenate([one.departure_s[:, 0] for one in trips])
    run_s = np.concatenate([one.arrival_s[:, -1] - one.departure_s[:, 0] for one in trips])
    ways = np.concatenate([np.full(len(one.departure_s), one.direction) for one in trips])
    in_peak = (first >= PEAK_S[0]) & (first < PEAK_S[1])
    busiest = max(int((in_peak & (ways == way)).sum()) for way in set(ways.tolist()))
    headway = (PEAK_S[1] - PEAK_S[0]) / 60 / busiest if busiest >= 2 else None
    return DayOfRoute(
        len(first), int(first.min()), int(first.max()), float(run_s.sum()) / 3600, float(run_s.mean()) / 60, headway
    )


def _name(route_id: str, city: City, days: Mapping[str, LaidScenario]) -> str:
    for day in days.values():
        for route in day.applied.routes:
            if route.edit.route_id == route_id:
                assert isinstance(route.edit, AddRoute)
                return route.edit.name
    found = city.routes.loc[city.routes["route_id"] == route_id, "short_name"]
    return str(found.iloc[0]) if len(found) else ""


def _route_words(route: RouteDiff) -> list[str]:
    """Say what differs on each day: trips, headway, hours of service, minutes of a trip."""
    said = []
    for service, old in route.before.items():
        new, day = route.after[service], _DAY_WORDS[service]
        if new.n_trips == 0:
            said.append(f"{route.name} no longer runs {day}: {old.n_trips:,} trips fewer.")
        elif old.n_trips == 0:
            every = f", a bus every {new.peak_headway_min:.3g} min from 7 to 9 am" if new.peak_headway_min else ""
            said.append(
                f"{route.name} is new {day}: {new.n_trips:,} trips from {_clock(new.first_s)} to {_clock(new.last_s)}{every}, "
                f"{_minutes(new.trip_min)} a trip."
            )
        else:
            parts = list(_day_words(old, new))
            said.append(f"{route.name} {day}: {'; '.join(parts) if parts else 'other times at some stops'}.")
    return said


def _day_words(old: DayOfRoute, new: DayOfRoute) -> list[str]:
    parts = []
    if new.n_trips != old.n_trips:
        more = new.n_trips - old.n_trips
        parts.append(
            f"{new.n_trips:,} trips instead of {old.n_trips:,} ({abs(more):,} {'more' if more > 0 else 'fewer'})"
        )
    if _rounded(new.peak_headway_min) != _rounded(old.peak_headway_min):
        was, now = (f"every {one:.3g} min" if one else "hardly" for one in (old.peak_headway_min, new.peak_headway_min))
        parts.append(f"from 7 to 9 am a bus {now} instead of {was}")
    for word, was_s, now_s in (("first", old.first_s, new.first_s), ("last", old.last_s, new.last_s)):
        if was_s is not None and now_s is not None and abs(now_s - was_s) >= 60:
            parts.append(f"the {word} bus leaves at {_clock(now_s)} instead of {_clock(was_s)}")
    if _minutes(new.trip_min) != _minutes(old.trip_min):
        parts.append(f"a trip takes {_minutes(new.trip_min)} instead of {_minutes(old.trip_min)} on average")
    if round(new.hours) != round(old.hours):
        parts.append(f"{new.hours:,.0f} hours under way instead of {old.hours:,.0f}")
    return parts


def _way_back_words(route: RouteDiff) -> list[str]:
    before, after = route.own_way_back
    if before == after or all(day.n_trips == 0 for day in route.after.values()):
        return []
    way = "streets of its own" if after else "the streets of the way out"
    return [f"{route.name} takes {way} on the way back."]


def _stop_words(route: RouteDiff) -> list[str]:
    """Say which stops go and come, unless the whole route does."""
    if all(day.n_trips == 0 for day in route.after.values()) or all(day.n_trips == 0 for day in route.before.values()):
        return []
    days = " and ".join(_DAY_WORDS[service] for service in route.before)
    when = "" if len(route.before) == len(SERVICES) else f" {days}"
    said = []
    for names, word in ((route.stops_dropped, "no longer calls"), (route.stops_added, "also calls")):
        if names:
            count = "1 stop" if len(names) == 1 else f"{len(names)} stops"
            shown = "; ".join(names[:MAX_NAMED]) + (
                f"; and {len(names) - MAX_NAMED} more" if len(names) > MAX_NAMED else ""
            )
            said.append(f"{route.name} {word} at {count}{when}: {shown}.")
    return said


def _rounded(value: float | None) -> str:
    return "" if value is None else f"{value:.3g}"


def _minutes(value: float | None) -> str:
    return "" if value is None else f"{value:.1f} min"


def _clock(second: int | None) -> str:
    return "" if second is None else clock_text(second - second % 60)
