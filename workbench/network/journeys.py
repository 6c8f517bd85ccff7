"""Journeys as people tell them: legs, waits and changes, with the stops they pass; in words."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["Journey", "Leg", "Mode", "Place", "clock_words", "minutes_words"]

LonLat = tuple[float, float]


class Mode(StrEnum):
    """How one gets along on a leg."""

    WALK = "walk"
    RIDE = "ride"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a journey begins, ends or changes: a stop, or any other point."""

    name: str
    lon: float
    lat: float
    x: float
    """Metres in the city's CRS."""
    y: float
    stop_id: str = ""
    """GTFS stop_id; empty for a point that is no stop, from which one walks."""


@dataclass(frozen=True, slots=True)
class Leg:
    """One walk or one ride. Seconds are of the service day."""

    mode: Mode
    from_name: str
    to_name: str
    from_id: str
    """GTFS stop_id; empty for a point that is no stop."""
    to_id: str
    depart_s: int
    arrive_s: int
    line_lonlat: tuple[LonLat, ...]
    """Both ends of a walk; every stop of a ride, those passed included."""
    wait_s: int = 0
    """Between being at the stop and leaving it by vehicle, the time to change included; 0 for a walk."""
    route_id: str = ""
    route_name: str = ""
    headsign: str = ""
    trip_id: str = ""
    """GTFS trip_id; empty for a walk and for trips that a scenario adds."""
    n_stops: int = 0
    """Stops ridden: 1 to the next stop."""

    @property
    def duration_s(self) -> int:
        """Time under way, the wait before it not included."""
        return self.arrive_s - self.depart_s


@dataclass(frozen=True, slots=True)
class Journey:
    """The whole way from an origin to a destination."""

    depart_s: int
    """When one leaves the origin, seconds of the service day."""
    arrive_s: int
    legs: tuple[Leg, ...]
    """Without gaps but the waits; empty if origin and destination are the same."""

    @property
    def duration_s(self) -> int:
        """From leaving the origin to being at the destination."""
        return self.arrive_s - self.depart_s

    @property
    def rides(self) -> int:
        """Number of rides."""
        return sum(leg.mode is Mode.RIDE for leg in self.legs)

    def summary(self) -> str:
        """Return one line, e.g. `41 min, 2 rides: leave 8:00 am, arrive 8:41 am`."""
        rides = {0: "on foot", 1: "1 ride"}.get(self.rides, f"{self.rides} rides")
        clocks = f"leave {clock_words(self.depart_s)}, arrive {clock_words(self.arrive_s)}"
        return f"{minutes_words(self.depart_s, self.arrive_s)}, {rides}: {clocks}"

    def in_words(self) -> tuple[str, ...]:
        """Return the journey as sentences, one for each leg."""
        if not self.legs:
            return ("You are there already.",)
        return tuple(_leg_words(leg, before) for leg, before in zip(self.legs, (None, *self.legs), strict=False))


def clock_words(service_day_s: int) -> str:
    """Return a time of the service day as on a clock, e.g. `8:41 am`; whole minutes, as timetables print them."""
    minute = service_day_s // 60 % 1440
    half = "am" if minute < 720 else "pm"
    return f"{minute // 60 % 12 or 12}:{minute % 60:02d} {half}"


def minutes_words(start_s: int, end_s: int) -> str:
    """
    Return the time between two moments as two clocks show it, e.g. `12 min` or `1 h 5 min`.

    Every moment is cut to its minute first, so that the minutes of all legs and waits add up to those of the journey.
    """
    minutes = end_s // 60 - start_s // 60
    if minutes == 0:
        return "less than 1 min"
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def _leg_words(leg: Leg, before: Leg | None) -> str:
    if leg.mode is Mode.WALK:
        if leg.from_id and leg.from_name == leg.to_name:
            return f"Change platforms at {leg.to_name}, {_under_way(leg)}."
        return f"Walk {_under_way(leg)} to {leg.to_name}."
    stops = "1 stop" if leg.n_stops == 1 else f"{leg.n_stops} stops"
    change = f"Change at {leg.from_name}. " if before is not None and before.mode is Mode.RIDE else ""
    wait = f"Wait {minutes_words(leg.depart_s - leg.wait_s, leg.depart_s)}. " if leg.wait_s else ""
    towards = f" towards {leg.headsign}" if leg.headsign and leg.headsign != leg.to_name else ""
    ride = f"Ride {leg.route_name}{towards} {stops}, {_under_way(leg)}, to {leg.to_name}"
    return f"{change}{wait}{ride} ({clock_words(leg.depart_s)} to {clock_words(leg.arrive_s)})."


def _under_way(leg: Leg) -> str:
    return minutes_words(leg.depart_s, leg.arrive_s)
