"""
Rides on added service after a ride on added service: which trips can be boarded again, with how many old rides between.

Searches around added stops use the old timetable only, so that their results stay true whatever else is added. A journey
that uses added service twice is then put together from two of them: after alighting from trip t at row r, and at most k old
rides, the rider is ready at row r' and boards the first trip t' there. `Reboardings` of docs/engine.md.
"""

from __future__ import annotations

import numpy as np
from numba import njit, prange

from workbench.network.kernels.arrays import (
    NO_MEDIAN,
    UNIT,
    UNREACHED,
    Calls,
    Int32Array,
    Int64Array,
    Onward,
    Reach,
    Store,
    UInt16Array,
)


@njit(cache=True, nogil=True, parallel=True)
def find_reboardings(
    calls: Calls,
    onward: Onward,
    reach: Reach,
    store: Store,
    change_s: np.uint16,
    more_rides: int,
    max_travel_s: int,
    n_threads: int,
    found: Int32Array,
    n_found: Int64Array,
) -> None:
    """
    List the boardings of added trips after alightings from added trips that nothing dominates.

    A row of `found` (n_threads, most, 5) is (row, trip, old rides between, row boarded, trip boarded); `n_found` (n_threads,)
    says how many each thread found, those beyond `most` are only counted. A boarding is dominated by one of the same
    pattern at an earlier call, of an earlier trip or the same, after no more old rides; and by staying on board.
    """
    for thread in prange(n_threads):
        n_found[thread] = find_reboardings_of(
            thread, calls, onward, reach, store, change_s, more_rides, max_travel_s, n_threads, found[thread]
        )


@njit(cache=True, nogil=True, inline="never")
def find_reboardings_of(
    thread: int,
    calls: Calls,
    onward: Onward,
    reach: Reach,
    store: Store,
    change_s: np.uint16,
    more_rides: int,
    max_travel_s: int,
    n_threads: int,
    found: Int32Array,
) -> int:
    """One thread's share of `find_reboardings`: every n_threads-th search; returns how many there are."""
    n_rows = calls.time_indptr.shape[0] - 1
    first_trip = np.empty((max(more_rides, 1), n_rows, reach_width(onward)), np.int32)
    fewest = np.empty(n_rows, np.int32)
    n = 0
    for x in range(thread, onward.unit.shape[0], n_threads):
        first_trips(x, calls, onward, reach, store, change_s, more_rides, first_trip)
        for out in range(onward.indptr[x], onward.indptr[x + 1]):
            row, trip, lane = onward.row[out], onward.trip[out], onward.lane[out]
            alights = np.int64(calls.arrival_s[calls.time_indptr[row] + trip])
            for p in range(calls.pattern_row_indptr.shape[0] - 1):
                first, last = calls.pattern_row_indptr[p], calls.pattern_row_indptr[p + 1] - 1
                none = np.int32(calls.time_indptr[first + 1] - calls.time_indptr[first])
                fewest[first:last] = none
                for k in range(more_rides):
                    best = none
                    for to_row in range(first, last):
                        if first <= row <= to_row:
                            best = min(best, np.int32(trip))
                        best = min(best, fewest[to_row])
                        boards = first_trip[k, to_row, lane]
                        if boards < best:
                            departs = np.int64(calls.departure_s[calls.time_indptr[to_row] + boards])
                            if departs - alights <= max_travel_s:
                                if n < found.shape[0]:
                                    found[n, 0], found[n, 1], found[n, 2] = row, trip, k
                                    found[n, 3], found[n, 4] = to_row, boards
                                n += 1
                                best = boards
                        fewest[to_row] = best
    return n


@njit(cache=True, nogil=True)
def reach_width(onward: Onward) -> int:
    """Return the most lanes a search onwards can have."""
    return onward.unit.shape[1] * UNIT


@njit(cache=True, nogil=True)
def first_trips(
    x: int,
    calls: Calls,
    onward: Onward,
    reach: Reach,
    store: Store,
    change_s: np.uint16,
    more_rides: int,
    first_trip: Int32Array,
) -> None:
    """Fill `first_trip[k, row, lane]` for one search: the first trip that can be boarded there after at most k old rides."""
    ready = np.empty(UNIT, np.uint16)
    n_lanes = 0
    for out in range(onward.indptr[x], onward.indptr[x + 1]):
        n_lanes = max(n_lanes, onward.lane[out] + 1)
    start = np.full(reach_width(onward), UNREACHED, np.uint16)
    for out in range(onward.indptr[x], onward.indptr[x + 1]):
        start[onward.lane[out]] = calls.arrival_s[calls.time_indptr[onward.row[out]] + onward.trip[out]]
    for row in range(calls.time_indptr.shape[0] - 1):
        departs = calls.departure_s[calls.time_indptr[row] : calls.time_indptr[row + 1]]
        n_trips = departs.shape[0]
        between = reach.between_s[x, row]
        for k in range(more_rides):
            for first in range(0, n_lanes, UNIT):
                for m in range(UNIT):
                    ready[m] = UNREACHED
                if calls.may_board[row]:
                    if between != NO_MEDIAN:
                        walk_to_row(start[first : first + UNIT], between, ready)
                    if k > 0:
                        for e in range(reach.row_indptr[row], reach.row_indptr[row + 1]):
                            by_ride = store.at_stop[onward.unit[x, first // UNIT], k - 1, reach.near_pos[e]]
                            walk_to_row(by_ride, reach.walk_s[e], ready)
                boards = 0
                for m in range(min(UNIT, n_lanes - first)):
                    while boards < n_trips and (
                        departs[boards] < np.int64(ready[m]) + change_s or ready[m] >= UNREACHED
                    ):
                        boards += 1
                    first_trip[k, row, first + m] = boards


@njit(cache=True, nogil=True, inline="never")
def walk_to_row(arrived: UInt16Array, walk_s: np.uint16, ready: UInt16Array) -> None:
    """Offer `arrived` + walk to `ready`, lane by lane."""
    for m in range(UNIT):
        ready[m] = min(ready[m], np.uint16(arrived[m] + walk_s))
