"""One service day of a city's timetable as flat arrays, by pattern."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["Timetable"]

Int32Array = npt.NDArray[np.int32]
Int64Array = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Timetable:
    """
    Every trip that runs in one service day, trips of the previous day that pass midnight included.

    A *pattern* is all trips with the same route, direction, stops and boarding rules, and none overtakes another:
    later rows of its block are never earlier at any stop. Trips that overtake live in a pattern of their own.
    Seconds count from noon minus 12 h of `service_date`; trips of the day before are shifted by -86,400.
    """

    service: str
    """`weekday`, `saturday` or `sunday`."""
    service_date: dt.date
    pattern_route_ix: Int32Array
    """(n_patterns,) row of `City.routes`."""
    pattern_direction: Int32Array
    """(n_patterns,) GTFS direction_id, 0 or 1."""
    pattern_headsign: tuple[str, ...]
    """(n_patterns,) the commonest trip_headsign."""
    pattern_stop_indptr: Int32Array
    """(n_patterns + 1,) calls of pattern p are `pattern_stop_ix[indptr[p]:indptr[p + 1]]`."""
    pattern_stop_ix: Int32Array
    """(n_calls,) row of `City.stops`."""
    pattern_may_board: BoolArray
    """(n_calls,) False where GTFS pickup_type is 1."""
    pattern_may_alight: BoolArray
    """(n_calls,) False where GTFS drop_off_type is 1."""
    pattern_trip_indptr: Int32Array
    """(n_patterns + 1,) trips of pattern p."""
    trip_id: npt.NDArray[np.object_]
    """(n_trips,) GTFS trip_id."""
    trip_is_previous_day: BoolArray
    """(n_trips,) True for a trip of the service day before."""
    pattern_time_indptr: Int64Array
    """(n_patterns + 1,) start of the pattern's block in `arrival_s` and `departure_s`."""
    arrival_s: Int32Array
    """(n_events,) trips x stops, row by row: seconds of the service day."""
    departure_s: Int32Array
    """(n_events,) like `arrival_s`, never before it."""

    @property
    def n_patterns(self) -> int:
        """Number of patterns."""
        return len(self.pattern_route_ix)

    @property
    def n_trips(self) -> int:
        """Number of trips, those of the previous day included."""
        return len(self.trip_id)

    def pattern_stops(self, pattern_ix: int) -> Int32Array:
        """Return the stop rows of a pattern, in order: (n_stops,)."""
        return self.pattern_stop_ix[self.pattern_stop_indptr[pattern_ix] : self.pattern_stop_indptr[pattern_ix + 1]]

    def pattern_times(self, pattern_ix: int) -> tuple[Int32Array, Int32Array]:
        """Return arrivals and departures of a pattern, each (n_trips, n_stops), in seconds of the service day."""
        block = slice(self.pattern_time_indptr[pattern_ix], self.pattern_time_indptr[pattern_ix + 1])
        shape = (-1, len(self.pattern_stops(pattern_ix)))
        return self.arrival_s[block].reshape(shape), self.departure_s[block].reshape(shape)
