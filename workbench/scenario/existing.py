"""Edits of routes that run today. They name GTFS ids of routes, stops and trips, never positions.

Each says which days it is for. `direction` is GTFS direction_id, None for both; `via_stop_ids` narrows an edit to the
trips that call at all these stops in this order.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from workbench.errors import Level, NotFoundError, Problem
from workbench.scenario.edits import (
    HEADWAY_LIMITS_S,
    LAST_SECOND,
    MAX_VERTICES,
    SEED_LIMITS,
    SERVICES,
    SNAP_LIMITS_M,
    SPACING_LIMITS_M,
    SPEED_FACTOR_LIMITS,
)
from workbench.scenario.today.bus_priority import BUS_PRIORITY

__all__ = [
    "AddStop",
    "AllDoorBoarding",
    "ChangeSpan",
    "ChangeSpeed",
    "ExistingEdit",
    "MoveStop",
    "RemoveRoute",
    "RemoveStop",
    "RemoveTrips",
    "Reroute",
    "SetHeadway",
    "bus_priority",
    "check_existing",
]

Place = tuple[float, float]
DWELL_LIMITS_S = (0, 300)
DWELL_SHARE_LIMITS = (0.0, 0.6)
SAVING_SHARE_LIMITS = (0.0, 0.9)
MAX_IDS = 2000
"""Most ids in one list."""
MAX_ID_LENGTH = 80


@dataclass(frozen=True, kw_only=True)
class RemoveRoute:
    """A route stops running."""

    route_id: str
    days: tuple[str, ...] = SERVICES


@dataclass(frozen=True, kw_only=True)
class RemoveTrips:
    """Some trips of a route stop running: those named, or those that leave their first stop within a time band."""

    route_id: str
    trip_ids: tuple[str, ...] = ()
    """GTFS trip_id of each; empty for all trips of the band."""
    start_s: int = 0
    """First second of the band, seconds of the service day."""
    end_s: int = LAST_SECOND
    """First second after the band."""
    direction: int | None = None
    via_stop_ids: tuple[str, ...] = ()
    days: tuple[str, ...] = SERVICES


@dataclass(frozen=True, kw_only=True)
class SetHeadway:
    """
    A route runs at another headway within a time band.

    Trips that leave their first stop in the band are replaced. Each new trip takes the stops and running times of the
    trip of today that leaves nearest in time; so branches keep their share.
    """

    route_id: str
    headway_s: int
    """Time between departures in each direction, seconds."""
    start_s: int = 0
    end_s: int = LAST_SECOND
    direction: int | None = None
    via_stop_ids: tuple[str, ...] = ()
    seed: int = 0
    """Decides the minute at which the first bus leaves, between 0 and the headway."""
    days: tuple[str, ...] = SERVICES


@dataclass(frozen=True, kw_only=True)
class MoveStop:
    """A stop moves to another place, for some routes or for all that serve it. The timetable stays."""

    stop_id: str
    place_lonlat: Place
    route_ids: tuple[str, ...] = ()
    """Empty for all routes that serve it."""
    days: tuple[str, ...] = SERVICES


@dataclass(frozen=True, kw_only=True)
class RemoveStop:
    """A stop is no longer served by some routes, or by any. The times at all other stops stay."""

    stop_id: str
    route_ids: tuple[str, ...] = ()
    """Empty for all routes that serve it."""
    days: tuple[str, ...] = SERVICES


@dataclass(frozen=True, kw_only=True)
class AddStop:
    """A route calls at one more stop: an existing one, or a new one at a place."""

    route_id: str
    after_stop_id: str
    """The stop before it; trips that do not go on from there stay as they are."""
    stop_id: str = ""
    """An existing stop; empty for a new one at `place_lonlat`."""
    place_lonlat: Place = ()  # type: ignore[assignment]
    dwell_s: int = 20
    """Time lost by stopping, seconds, doors and pulling away together; TCQSM 3rd edition (2013), chapter 6: 15 to 30."""
    direction: int | None = None
    via_stop_ids: tuple[str, ...] = ()
    days: tuple[str, ...] = SERVICES


@dataclass(frozen=True, kw_only=True)
class Reroute:
    """
    One direction of a route takes another way between two of its stops.

    No `from_stop_id` means from the beginning, no `to_stop_id` to the end: so a route is also extended, or rerouted as a
    whole. With one of them and neither line nor stops the route is cut short there.
    """

    route_id: str
    direction: int
    from_stop_id: str = ""
    to_stop_id: str = ""
    line_lonlat: tuple[Place, ...] = ()
    """The new way as drawn, in the direction of travel; stops are placed along it as for a new route."""
    stop_ids: tuple[str, ...] = ()
    """Instead of a line: existing stops between the two, in order; straight from stop to stop."""
    spacing_m: float = 304.8
    snap_m: float = 40.0
    speed_factor: float = 1.0
    """Speed on the new way over that of today's buses nearby."""
    via_stop_ids: tuple[str, ...] = ()
    days: tuple[str, ...] = SERVICES


@dataclass(frozen=True, kw_only=True)
class ChangeSpeed:
    """
    A route runs faster or slower between two of its stops: a bus lane, a busway, traffic.

    Time at stops stays. Where a bus would overtake the one before on the same stops, it follows that one instead.
    """

    route_id: str
    speed_factor: float
    """New speed over today's: 1.1 is a tenth faster, 0.9 a tenth slower."""
    from_stop_id: str = ""
    """Empty for the first stop."""
    to_stop_id: str = ""
    """Empty for the last stop."""
    start_s: int = 0
    end_s: int = LAST_SECOND
    direction: int | None = None
    via_stop_ids: tuple[str, ...] = ()
    days: tuple[str, ...] = SERVICES
    measure: str = ""
    """What is built for it, one of `BUS_PRIORITY`; empty where nothing is said. `bus_priority` fills in the factor."""


@dataclass(frozen=True, kw_only=True)
class ChangeSpan:
    """
    A route starts earlier or later in the day, or ends earlier or later.

    Trips that would leave their first stop outside the new span stop running. Where the span grows, buses are added every
    `headway_s` before the first trip and after the last one of today; each takes the stops and times of that trip.
    """

    route_id: str
    start_s: int
    """First second of service, seconds of the service day."""
    end_s: int
    """First second after the last departure."""
    headway_s: int = 1800
    """Time between added buses, seconds; 30 min is New York's usual floor."""
    direction: int | None = None
    via_stop_ids: tuple[str, ...] = ()
    days: tuple[str, ...] = SERVICES


@dataclass(frozen=True, kw_only=True)
class AllDoorBoarding:
    """
    People get on and off through every door, so that the bus stands less at stops.

    The time from stop to stop, standing included, shrinks by `dwell_share` x `saving_share`. New York's bus timetables do not
    say how long a bus stands, hence the share.
    """

    route_id: str
    dwell_share: float = 0.22
    """Share of a trip's time spent at stops; all New York buses (Comptroller, 2017)."""
    saving_share: float = 0.38
    """Share of that time saved: San Francisco, all buses (SFMTA, All-Door Boarding Evaluation, December 2014). The first
    month there saved 0.01 to 0.16; the Bx12 without any fare collection 0.84 (Streetsblog NYC, 4 August 2009)."""
    from_stop_id: str = ""
    """Empty for the first stop."""
    to_stop_id: str = ""
    """Empty for the last stop."""
    start_s: int = 0
    end_s: int = LAST_SECOND
    direction: int | None = None
    via_stop_ids: tuple[str, ...] = ()
    days: tuple[str, ...] = SERVICES


ExistingEdit = (
    RemoveRoute
    | RemoveTrips
    | SetHeadway
    | ChangeSpan
    | MoveStop
    | RemoveStop
    | AddStop
    | Reroute
    | ChangeSpeed
    | AllDoorBoarding
)


def bus_priority(measure: str, route_id: str, *, speed_factor: float | None = None, **where: Any) -> ChangeSpeed:
    """
    Return the change of speed that a bus lane or a busway stands for.

    Parameters
    ----------
    measure
        One of `BUS_PRIORITY`: `bus-lane`, `camera-lane`, `sbs`, `busway`.
    route_id
        The route that uses it.
    speed_factor
        Instead of the default of the measure.
    where
        Other fields of `ChangeSpeed`: the stretch, the hours, the direction, the days.

    Raises
    ------
    NotFoundError
        If the measure is not known.
    """
    if measure not in BUS_PRIORITY:
        raise NotFoundError(f"measure {measure!r} is not known; there are {', '.join(BUS_PRIORITY)}")
    factor = BUS_PRIORITY[measure].speed_factor if speed_factor is None else speed_factor
    return ChangeSpeed(route_id=route_id, measure=measure, speed_factor=factor, **where)


def check_existing(edit: ExistingEdit, where: str) -> list[Problem]:
    """Return everything wrong with the values of an edit, whatever the city."""
    found = [*_check_ids(edit, where), *_check_days(edit.days, where)]
    ranges: list[tuple[str, str, str, str, tuple[float, float]]] = [
        ("headway_s", "headway-range", "headway", "s", HEADWAY_LIMITS_S),
        ("speed_factor", "speed-range", "speed factor", "", SPEED_FACTOR_LIMITS),
        ("dwell_s", "dwell-range", "time lost by stopping", "s", DWELL_LIMITS_S),
        ("dwell_share", "dwell-range", "share of time at stops", "", DWELL_SHARE_LIMITS),
        ("saving_share", "dwell-range", "share of that time saved", "", SAVING_SHARE_LIMITS),
        ("spacing_m", "spacing-range", "stop spacing", "m", SPACING_LIMITS_M),
        ("snap_m", "snap-range", "snapping distance", "m", SNAP_LIMITS_M),
        ("seed", "seed-range", "seed", "", SEED_LIMITS),
    ]
    for name, code, label, unit, (low, high) in ranges:
        value = getattr(edit, name, low)
        if not low <= value <= high:  # also true of a NaN
            text = f"{label} is {value:g} {unit}".rstrip() + f", must be {low:g} to {high:g} {unit}".rstrip()
            found.append(_error(code, text, where))
    if getattr(edit, "direction", None) not in (None, 0, 1):
        found.append(
            _error("direction-range", f"direction is {getattr(edit, 'direction', None)}, must be 0 or 1", where)
        )
    if isinstance(edit, ChangeSpeed) and edit.measure and edit.measure not in BUS_PRIORITY:
        message = f"measure is {edit.measure[:40]!r}, must be one of {', '.join(BUS_PRIORITY)}, or empty"
        found.append(_error("measure-unknown", message, where))
    start_s, end_s = getattr(edit, "start_s", 0), getattr(edit, "end_s", LAST_SECOND)
    if not 0 <= start_s < end_s <= LAST_SECOND:
        band = f"{start_s / 3600:.2f} to {end_s / 3600:.2f} h"
        message = f"the time band is {band}, must start before it ends and lie within 0 to {LAST_SECOND // 3600} h"
        found.append(_error("band-range", message, where))
    return found + _check_places(edit, where)


def _check_ids(edit: ExistingEdit, where: str) -> list[Problem]:
    found = []
    needed = {"route_id": "route", "stop_id": "stop", "after_stop_id": "stop before the new one"}
    for name, label in needed.items():
        if getattr(edit, name, "x") == "" and not (isinstance(edit, AddStop) and name == "stop_id"):
            found.append(_error("id-empty", f"the id of the {label} is empty", where))
    for name in ("trip_ids", "via_stop_ids", "stop_ids", "route_ids"):
        ids = getattr(edit, name, ())
        if len(ids) > MAX_IDS:
            found.append(_error("ids-many", f"{name} has {len(ids):,} ids, at most {MAX_IDS:,} are allowed", where))
        if any(not 0 < len(one) <= MAX_ID_LENGTH for one in ids):
            message = f"{name} holds an id that is empty or longer than {MAX_ID_LENGTH} characters"
            found.append(_error("id-empty", message, where))
    return found


def _check_days(days: tuple[str, ...], where: str) -> list[Problem]:
    if days and len(set(days)) == len(days) and set(days) <= set(SERVICES):
        return []
    listed = ", ".join(days[:5])[:60] or "none"
    return [
        _error("days-unknown", f"days are {listed}, must be one or more of {', '.join(SERVICES)}, each once", where)
    ]


def _check_places(edit: ExistingEdit, where: str) -> list[Problem]:
    """Return what is wrong with places and lines, and with edits that say too little or too much."""
    found = []
    line = edit.line_lonlat if isinstance(edit, Reroute) else ()
    if len(line) == 1 or len(line) > MAX_VERTICES:
        message = f"the line has {len(line):,} points, must be 2 to {MAX_VERTICES:,}"
        found.append(_error("line-points", message, where))
    place = edit.place_lonlat if isinstance(edit, MoveStop | AddStop) else ()
    if any(not math.isfinite(value) for point in (*line, place) for value in point):
        found.append(_error("coordinate-not-finite", "a place is not a place on Earth", where))
    if isinstance(edit, MoveStop) and len(place) != 2:
        found.append(_error("place-missing", "place_lonlat is missing, must be [longitude, latitude]", where))
    if isinstance(edit, AddStop) and (len(place) == 2) == bool(edit.stop_id):
        message = "it needs either the stop_id of an existing stop or the place_lonlat of a new one"
        found.append(_error("place-missing", message, where))
    if isinstance(edit, Reroute):
        if line and edit.stop_ids:
            found.append(_error("way-twice", "it gives both a line and stop_ids, must give one of them", where))
        one_end = bool(edit.from_stop_id) != bool(edit.to_stop_id)
        if not line and not edit.stop_ids and not one_end:
            message = "it gives neither a line nor stop_ids for the new way"
            found.append(_error("way-missing", message, where))
    return found


def _error(code: str, message: str, where: str) -> Problem:
    return Problem(Level.ERROR, code, message, where)
