"""A new route as people draw it, and the limits of every edit. An edit names ids and places, never array positions."""

from __future__ import annotations

import math
import unicodedata
from dataclasses import dataclass

from workbench.errors import Level, Problem

__all__ = [
    "HEADWAY_LIMITS_S",
    "MAX_NAME_LENGTH",
    "MAX_VERTICES",
    "SERVICES",
    "SPACING_LIMITS_M",
    "AddRoute",
    "HandStop",
    "check_added",
    "clean_text",
    "where_of_added",
]

SERVICES = ("weekday", "saturday", "sunday")
HEADWAY_LIMITS_S = (60, 7200)
SPACING_LIMITS_M = (100.0, 2000.0)
SNAP_LIMITS_M = (0.0, 200.0)
SPEED_FACTOR_LIMITS = (0.25, 4.0)
SEED_LIMITS = (0, 2**31 - 1)
LAST_SECOND = 30 * 3600
"""End of the longest service day, 6 am of the day after."""
MAX_VERTICES = 5000
MAX_NAME_LENGTH = 80
MAX_STOPS = 200
"""Most stops placed by hand on one way."""
_STEERING = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")
"""Characters that turn the direction of writing around; a name could hide behind them."""


@dataclass(frozen=True, slots=True)
class HandStop:
    """A stop that somebody placed by hand."""

    lon: float
    """Degrees."""
    lat: float
    stop_id: str = ""
    """Of the existing bus stop that is used; empty for a new one, which stands on the line."""


@dataclass(frozen=True)
class AddRoute:
    """A new bus route along a drawn line."""

    route_id: str
    """Id of the proposal, unique in its scenario and not the id of a route that runs today."""
    name: str
    line_lonlat: tuple[tuple[float, float], ...]
    """(lon, lat) of each point as it was drawn, degrees."""
    headway_s: int = 600
    """Time between departures, seconds; 10 min is New York's "frequent" (Brooklyn redesign draft, 2022)."""
    span_start_s: int = 6 * 3600
    """First second of service, seconds of the service day."""
    span_end_s: int = 22 * 3600
    """First second after service, seconds of the service day."""
    days: tuple[str, ...] = SERVICES
    """Days it runs: `weekday`, `saturday`, `sunday`."""
    both_directions: bool = True
    spacing_m: float = 304.8
    """Wanted distance between stops, metres; 1,000 ft is the low end of the MTA's redesign target."""
    snap_m: float = 40.0
    """An existing bus stop this near to a wanted place is used instead of a new one, metres."""
    speed_factor: float = 1.0
    """Speed over that of today's buses on the same streets; 1.1 stands for a camera-enforced bus lane."""
    seed: int = 0
    """Decides the minute at which the first bus leaves, between 0 and the headway."""
    line_back_lonlat: tuple[tuple[float, float], ...] = ()
    """The way back where it takes other streets, in its own direction of travel; empty for the same line back."""
    stops: tuple[HandStop, ...] = ()
    """Stops placed by hand, in the order of the line; empty to place them by `spacing_m` and `snap_m`."""
    stops_back: tuple[HandStop, ...] = ()
    """The same for a way back that takes other streets."""


def check_added(edit: AddRoute) -> list[Problem]:
    """Return everything wrong with the values of an edit, whatever the city."""
    where = where_of_added(edit)
    found = [
        *_check_text(edit, where),
        *_check_line(edit, where),
        *_check_stops(edit, where),
        *_check_span(edit, where),
    ]
    ranges = (
        ("headway-range", "headway", edit.headway_s / 60, "min", tuple(s / 60 for s in HEADWAY_LIMITS_S)),
        ("spacing-range", "stop spacing", edit.spacing_m, "m", SPACING_LIMITS_M),
        ("snap-range", "snapping distance", edit.snap_m, "m", SNAP_LIMITS_M),
        ("speed-range", "speed factor", edit.speed_factor, "", SPEED_FACTOR_LIMITS),
        ("seed-range", "seed", edit.seed, "", SEED_LIMITS),
    )
    for code, label, value, unit, (low, high) in ranges:
        if not low <= value <= high:  # also true of a NaN
            text = f"{label} is {value:g} {unit}".rstrip() + f", must be {low:g} to {high:g} {unit}".rstrip()
            found.append(_error(code, text, where))
    return found


def where_of_added(edit: AddRoute) -> str:
    """Return the place a problem names: the route, by a name of sane length."""
    return f"route {edit.name[:40]!r}"


def clean_text(text: str) -> str:
    """Return a name as one line of plain text: control and steering characters removed, spaces joined."""
    kept = "".join(
        " " if char.isspace() else char
        for char in text
        if char.isspace() or (unicodedata.category(char) not in ("Cc", "Cs", "Co", "Cn") and char not in _STEERING)
    )
    return " ".join(kept.split())


def _check_text(edit: AddRoute, where: str) -> list[Problem]:
    found = []
    for label, value in (("name", edit.name), ("id", edit.route_id)):
        if not value:
            found.append(_error("name-empty", f"its {label} is empty", where))
        elif len(value) > MAX_NAME_LENGTH:
            message = f"its {label} has {len(value)} characters, at most {MAX_NAME_LENGTH} are allowed"
            found.append(_error("name-long", message, where))
        elif value != clean_text(value):
            found.append(_error("name-characters", f"its {label} holds characters that are not text", where))
    return found


def _check_line(edit: AddRoute, where: str) -> list[Problem]:
    found = _check_points(edit.line_lonlat, "the line", where)
    if edit.line_back_lonlat:
        found += _check_points(edit.line_back_lonlat, "the way back", where)
        if not edit.both_directions:
            found.append(_error("line-back", "it has a way back, but runs in one direction only", where))
    return found


def _check_points(line: tuple[tuple[float, float], ...], label: str, where: str) -> list[Problem]:
    n_points = len(line)
    if n_points < 2:
        points = "1 point" if n_points == 1 else "no points"
        return [_error("line-points", f"{label} has {points}, a route needs at least 2", where)]
    if n_points > MAX_VERTICES:
        return [_error("line-points", f"{label} has {n_points:,} points, at most {MAX_VERTICES:,} are allowed", where)]
    bad = [n for n, point in enumerate(line, 1) if not all(map(math.isfinite, point))]
    if bad:
        return [_error("coordinate-not-finite", f"point {bad[0]} of {label} is not a place on Earth", where)]
    return []


def _check_stops(edit: AddRoute, where: str) -> list[Problem]:
    found = []
    for stops, label in ((edit.stops, "the line"), (edit.stops_back, "the way back")):
        if len(stops) == 1 or len(stops) > MAX_STOPS:
            message = (
                f"{label} has {len(stops):,} stops placed by hand, must be 2 to {MAX_STOPS}, or none for automatic ones"
            )
            found.append(_error("stops-number", message, where))
        bad = [n for n, stop in enumerate(stops, 1) if not (math.isfinite(stop.lon) and math.isfinite(stop.lat))]
        if bad:
            found.append(_error("coordinate-not-finite", f"stop {bad[0]} of {label} is not a place on Earth", where))
    if edit.stops_back and not edit.line_back_lonlat:
        found.append(_error("stops-back", "it has stops on a way back, but the way back is the same line", where))
    return found


def _check_span(edit: AddRoute, where: str) -> list[Problem]:
    found = []
    if not 0 <= edit.span_start_s < edit.span_end_s <= LAST_SECOND:
        span = f"{edit.span_start_s / 3600:.2f} to {edit.span_end_s / 3600:.2f} h"
        message = f"service runs from {span}, must start before it ends and lie within 0 to {LAST_SECOND // 3600} h"
        found.append(_error("span-range", message, where))
    elif edit.span_end_s - edit.span_start_s < edit.headway_s:
        span_min = (edit.span_end_s - edit.span_start_s) / 60
        message = f"service lasts {span_min:g} min, shorter than the headway of {edit.headway_s / 60:g} min"
        found.append(_error("span-short", message, where))
    unknown = [day for day in edit.days if day not in SERVICES]
    if unknown or not edit.days or len(set(edit.days)) < len(edit.days):
        message = f"days are {', '.join(edit.days[:5])[:60] or 'none'}, must be one or more of {', '.join(SERVICES)}, each once"
        found.append(_error("days-unknown", message, where))
    return found


def _error(code: str, message: str, where: str) -> Problem:
    return Problem(Level.ERROR, code, message, where)
