"""
RAPTOR for one departure: scalar labels, and parents by round so that a journey can be told ride by ride.

After Delling, Pajor and Werneck, "Round-Based Public Transit Routing" (2015, doi 10.1287/trsc.2014.0534), section 3.1,
with local and target pruning (3.1) and marked stops (3.1). Round k finds the arrivals with at most k rides. As in
`raptor.py` walks are never chained: the scan reads only `ready` (when one can board) and writes only `ride` (arrivals by
vehicle), the walk reads only `ride` and writes only `ready`; so one array of each serves all rounds.

`caught[call]` is the earliest trip that carried somebody away from a call in an earlier round. Whoever gets there later
than that trip gains nothing on this pattern from there on: 20% fewer boardings, 3% of the time.

Measured on New York, 200 origins, in turns in one run: links packed into one number save 10 to 15%; asking `ready` alone
at every stop ridden by, not a list of marked stops as well, 3 to 8%; patterns in memory order rather than as they are met,
up to 6%, and simpler; compiled without parents, 6%. Without gain: links sorted by time, stepping to the next trip instead
of bisection, updating without branches (8% slower).

Cost: rounds x (calls of touched patterns + boardings + walking links of improved stops). Trips must be sorted and never
overtake.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from workbench.network.kernels.arrays import (
    MAY_ALIGHT,
    MAY_BOARD,
    UNREACHED,
    Int32Array,
    Int64Array,
    Links,
    ScanTimetable,
    UInt8Array,
    UInt16Array,
)

UInt32Array = npt.NDArray[np.uint32]

__all__ = [
    "MAX_PACKED_STOPS",
    "MAX_PACKED_WALK_S",
    "Counters",
    "PackedLinks",
    "Parents",
    "Scratch",
    "new_scratch",
    "pack_links",
    "search_one",
]

_NOT_QUEUED = np.int32(2**31 - 1)

_STOP_BITS = np.uint32(19)
_STOP_MASK = np.uint32((1 << 19) - 1)
MAX_PACKED_STOPS = 1 << 19
"""Stops that a packed link can name."""
MAX_PACKED_WALK_S = (1 << 13) - 1
"""Longest walk of a packed link, seconds: the longest and slowest `SearchParams` allows takes 6,667."""


class PackedLinks(NamedTuple):
    """Walking links with far end and time in one number: walks are most of a search, and this makes it 10 to 15% faster."""

    indptr: Int32Array  # (n_stops + 1,)  links of stop s: packed[indptr[s]:indptr[s + 1]]
    packed: UInt32Array  # (n_links,)     far end in the lower 19 bits, seconds in the upper 13


class Counters(NamedTuple):
    """Operations of searches."""

    n_patterns: int  # patterns scanned
    n_calls: int  # calls looked at
    n_boardings: int
    n_arrivals: int  # stops a vehicle reached earlier
    n_links: int  # walking links tried


class Scratch(NamedTuple):
    """Labels of one search and the lists that drive its rounds; used again and again."""

    ride: UInt16Array  # (n_stops,)       earliest arrival by vehicle, kernel seconds
    ready: UInt16Array  # (n_stops,)      earliest time one can board, after at most one walk
    caught: UInt16Array  # (n_calls,)     earliest trip that left this call with somebody on board in an earlier round
    first_pos: Int32Array  # (n_patterns,) first position to scan from in this round
    is_marked: UInt8Array  # (n_stops,)   1 for stops to board at in this round
    marked: Int32Array  # (n_stops,)      the list of them
    is_improved: UInt8Array  # (n_stops,) 1 for stops a vehicle reached earlier in this round
    improved: Int32Array  # (n_stops,)    the list of them
    counters: Int64Array  # (5,)          as in `Counters`


class Parents(NamedTuple):
    """How each stop was reached in each round; -1 where that round did not improve it."""

    board_call: Int32Array  # (max_rides + 1, n_stops)  call at which the vehicle that reached this stop was boarded
    alight_call: Int32Array  # (max_rides + 1, n_stops)  call at which it was left
    trip: Int32Array  # (max_rides + 1, n_stops)        its trip, a column of the pattern
    from_stop: Int32Array  # (max_rides + 1, n_stops)   stop one walked (or changed) from to board here; round 0: itself
    goal_stop: Int32Array  # (max_rides + 1,)           last stop before the goal; -1 if the round gets there no earlier
    goal_s: UInt16Array  # (max_rides + 1,)             earliest arrival at the goal with at most k rides


def pack_links(links: Links) -> PackedLinks:
    """Return links packed; the caller has checked both limits."""
    packed = links.to_ix.astype(np.uint32) | (links.walk_s.astype(np.uint32) << _STOP_BITS)
    return PackedLinks(links.indptr, packed)


@njit(cache=True, nogil=True)
def new_scratch(timetable: ScanTimetable) -> Scratch:
    """Allocate scratch for searches on a timetable."""
    n_stops = timetable.stop_call_indptr.shape[0] - 1
    n_patterns = timetable.pattern_n_trips.shape[0]
    return Scratch(
        np.empty(n_stops, np.uint16),
        np.empty(n_stops, np.uint16),
        np.empty(timetable.call_stop_ix.shape[0], np.uint16),
        np.full(n_patterns, _NOT_QUEUED, np.int32),
        np.zeros(n_stops, np.uint8),
        np.empty(n_stops, np.int32),
        np.zeros(n_stops, np.uint8),
        np.empty(n_stops, np.int32),
        np.zeros(5, np.int64),
    )


@njit(cache=True, nogil=True)
def search_one(
    timetable: ScanTimetable,
    transfers: PackedLinks,
    change_s: int,
    access_stop: Int32Array,
    access_s: UInt16Array,
    egress_stop: Int32Array,
    egress_s: UInt16Array,
    depart: int,
    latest: int,
    max_rides: int,
    walks_last: bool,
    scratch: Scratch,
    parents: Parents | None,
) -> None:
    """
    Search from some stops, reached `access_s` after `depart`; `scratch.ride` gets the earliest arrivals by vehicle.

    With egress stops the search aims at one goal: whatever is not earlier than the goal is cut off (target pruning), so
    that other stops may keep later arrivals or none. `walks_last` walks also after the last ride, so that `scratch.ready`
    knows how early one is at each stop. Without parents the kernel is compiled without a trace of them.
    """
    scratch.ride[:] = UNREACHED
    scratch.ready[:] = UNREACHED
    scratch.caught[:] = 65_535
    n_marked = 0
    for j in range(access_stop.shape[0]):
        s = access_stop[j]
        at = depart + np.int64(access_s[j])
        if at < scratch.ready[s] and at <= latest:
            scratch.ready[s] = at
            if scratch.is_marked[s] == 0:
                scratch.is_marked[s] = 1
                scratch.marked[n_marked] = s
                n_marked += 1
            if parents is not None:
                parents.from_stop[0, s] = s
    goal_s = np.int64(latest) + 1
    for round_ in range(1, max_rides + 1):
        if n_marked == 0:
            break
        n_improved = scan_patterns(timetable, goal_s - 1, scratch, n_marked, parents, round_)
        if egress_stop.shape[0] > 0:
            for j in range(egress_stop.shape[0]):
                at = np.int64(scratch.ride[egress_stop[j]]) + np.int64(egress_s[j])
                if at < goal_s:
                    goal_s = at
                    if parents is not None:
                        parents.goal_stop[round_] = egress_stop[j]
                        parents.goal_s[round_] = at
        if round_ == max_rides and not walks_last:
            n_marked = 0
            for h in range(n_improved):
                scratch.is_improved[scratch.improved[h]] = 0
            break
        n_marked = relax_transfers(transfers, change_s, goal_s - 1, scratch, n_improved, parents, round_)
    for h in range(n_marked):
        scratch.is_marked[scratch.marked[h]] = 0


@njit(cache=True, nogil=True)
def scan_patterns(
    timetable: ScanTimetable, latest: int, scratch: Scratch, n_marked: int, parents: Parents | None, round_: int
) -> int:
    """Phases 1 and 2 of a round: collect the patterns at marked stops, ride each once; returns how many stops improved."""
    ride, ready, caught, first_pos = scratch.ride, scratch.ready, scratch.caught, scratch.first_pos
    is_marked, is_improved, improved = scratch.is_marked, scratch.is_improved, scratch.improved
    arrival_s, departure_s = timetable.arrival_s, timetable.departure_s
    for h in range(n_marked):
        s = scratch.marked[h]
        for e in range(timetable.stop_call_indptr[s], timetable.stop_call_indptr[s + 1]):
            p = timetable.stop_call_pattern_ix[e]
            first_pos[p] = min(first_pos[p], timetable.stop_call_pos[e])
    n_improved = n_scanned = n_looked = n_boarded = 0
    for p in range(timetable.pattern_n_trips.shape[0]):
        if first_pos[p] == _NOT_QUEUED:
            continue
        n_scanned += 1
        start = np.int64(first_pos[p])
        first_pos[p] = _NOT_QUEUED
        call = np.int64(timetable.pattern_call_indptr[p]) + start
        end = np.int64(timetable.pattern_call_indptr[p + 1])
        n_trips = np.int64(timetable.pattern_n_trips[p])
        column = timetable.pattern_event_start[p] + start * n_trips
        trip = n_trips
        board_call = np.int64(-1)
        n_looked += end - call
        while call < end:
            s = timetable.call_stop_ix[call]
            flags = timetable.call_flags[call]
            if trip < n_trips:
                arrival = np.int64(arrival_s[column + trip])
                if arrival > latest:
                    trip = n_trips
                elif arrival < ride[s] and flags & MAY_ALIGHT:
                    ride[s] = arrival
                    if is_improved[s] == 0:
                        is_improved[s] = 1
                        improved[n_improved] = s
                        n_improved += 1
                    if parents is not None:
                        parents.board_call[round_, s] = board_call
                        parents.alight_call[round_, s] = call
                        parents.trip[round_, s] = trip
            earliest = min(trip, np.int64(caught[call]))
            if flags & MAY_BOARD and earliest > 0:
                high = min(earliest, n_trips)
                if departure_s[column + high - 1] >= ready[s]:
                    low = find_trip(departure_s, column, high, ready[s])
                    if departure_s[column + low] <= latest:
                        trip = low
                        board_call = call
                        n_boarded += 1
            if trip < np.int64(caught[call]):
                if trip < n_trips:
                    caught[call] = trip
            else:
                trip = n_trips
            call += 1
            column += n_trips
    for h in range(n_marked):
        is_marked[scratch.marked[h]] = 0
    scratch.counters[0] += n_scanned
    scratch.counters[1] += n_looked
    scratch.counters[2] += n_boarded
    scratch.counters[3] += n_improved
    return n_improved


@njit(cache=True, nogil=True)
def find_trip(departure_s: UInt16Array, column: int, high: int, waiting: int) -> int:
    """Return the earliest trip of a column that leaves at or after `waiting`; the one before `high` does."""
    low = 0
    while low < high:
        middle = (low + high) >> 1
        if departure_s[column + middle] >= waiting:
            high = middle
        else:
            low = middle + 1
    return low


@njit(cache=True, nogil=True)
def relax_transfers(
    transfers: PackedLinks,
    change_s: int,
    latest: int,
    scratch: Scratch,
    n_improved: int,
    parents: Parents | None,
    round_: int,
) -> int:
    """Phase 3: change at the same stop or walk to another; returns how many stops one can now board at earlier."""
    ready, is_marked, marked = scratch.ready, scratch.is_marked, scratch.marked
    n_marked = 0
    n_walked = 0
    limit = np.uint16(latest)
    for h in range(n_improved):
        s = scratch.improved[h]
        scratch.is_improved[s] = 0
        changed = np.uint16(scratch.ride[s] + change_s)
        if changed > latest:
            continue
        if changed < ready[s]:
            ready[s] = changed
            if is_marked[s] == 0:
                is_marked[s] = 1
                marked[n_marked] = s
                n_marked += 1
            if parents is not None:
                parents.from_stop[round_, s] = s
        n_walked += transfers.indptr[s + 1] - transfers.indptr[s]
        for e in range(transfers.indptr[s], transfers.indptr[s + 1]):
            link = transfers.packed[e]
            to = link & _STOP_MASK
            at = np.uint16(changed + (link >> _STOP_BITS))
            if at < ready[to] and at <= limit:
                ready[to] = at
                if is_marked[to] == 0:
                    is_marked[to] = 1
                    marked[n_marked] = to
                    n_marked += 1
                if parents is not None:
                    parents.from_stop[round_, to] = s
    scratch.counters[4] += n_walked
    return n_marked
