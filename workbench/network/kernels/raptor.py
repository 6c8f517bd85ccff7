"""
Range RAPTOR with departures as vector lanes: one label row of times per stop.

After Delling, Pajor and Werneck, "Round-Based Public Transit Routing" (2015, doi 10.1287/trsc.2014.0534), section 3
(RAPTOR) and 4.2 (rRAPTOR). Instead of one run per departure, every label is a row of times, one lane per departure,
never decreasing along the lanes. Three consequences carry the speed:

* lanes that can board a trip are a prefix of the row, so one compare decides who boards;
* an arrival that does not improve the last lane on board improves none, so one compare decides who improves;
* walking is a vector operation on a row.

`reach[event]` is how many lanes are already on board a trip when it leaves a position. It is kept over the rounds: those
lanes have delivered every later arrival with fewer rides. Trips must be sorted and never overtake: lanes on board an
earlier trip lose nothing by skipping the later ones. Walks are never chained: `ride` holds arrivals by vehicle, `ready`
holds when one can board after at most one walk; the scan reads `ready` only, the walk reads `ride` only.

Cost: rounds x (calls of touched patterns + boardings + label rows walked). Assumptions: rows of seeds never decrease. Proofs: docs/engine.md.
"""

from __future__ import annotations

import numpy as np
from numba import njit, prange

from workbench.network.kernels.arrays import (
    MAY_ALIGHT,
    MAY_BOARD,
    NO_MEDIAN,
    UNIT,
    UNREACHED,
    Int32Array,
    Int64Array,
    Labels,
    Links,
    Patch,
    ScanTimetable,
    Store,
    Tasks,
    UInt8Array,
    UInt16Array,
)
from workbench.network.kernels.lanes import Lanes, width

_NOT_QUEUED = np.int32(2**31 - 1)


@njit(cache=True, nogil=True, parallel=True)
def search_base(
    lanes: Lanes,
    timetable: ScanTimetable,
    transfers: Links,
    zone_stops: Links,
    stop_zones: Links,
    change_s: np.uint16,
    depart: UInt16Array,
    latest: UInt16Array,
    n_lanes: int,
    max_rides: int,
    origins: Int32Array,
    n_threads: int,
    travel: UInt16Array,
    median: UInt16Array,
    few: UInt16Array,
) -> None:
    """
    Search from each zone of `origins`; fills `travel` (n_origins, n_zones, n_lanes) and `median` (n_origins, n_zones).

    `few` (n_rounds, n_origins, n_zones) gets the medians with at most 1, 2, ... rides on the way: RAPTOR's rounds are exact
    for each number of rides, so one search serves all: 27 s of CPU for New York, instead of 35 s for a search each. No rounds
    where nobody wants them. `zone_stops` serves as access and as egress, `stop_zones` is its transpose. Walks from zone to
    zone are not in `travel`.
    """
    n_stops, n_zones = stop_zones.indptr.shape[0] - 1, zone_stops.indptr.shape[0] - 1
    for thread in prange(n_threads):
        labels = new_labels(lanes, timetable, timetable, n_stops, n_zones)
        for x in range(thread, origins.shape[0], n_threads):
            clear(labels)
            links = slice(zone_stops.indptr[origins[x]], zone_stops.indptr[origins[x] + 1])
            n_marked = start_walking(
                zone_stops.to_ix[links], zone_stops.walk_s[links], np.uint16(0), depart, n_lanes, labels
            )
            for k in range(max_rides - 1):
                n_improved = scan_patterns(lanes, timetable, latest, n_lanes, labels, n_marked)
                if k < few.shape[0]:
                    push_zones(lanes, stop_zones, labels, n_improved)
                    write_travel(lanes, labels.arrived, depart, latest, n_lanes, travel[x], few[k, x])
                n_marked = relax_transfers(lanes, transfers, change_s, latest, labels, n_improved)
            n_improved = scan_patterns(lanes, timetable, latest, n_lanes, labels, n_marked)
            pull_zones(lanes, zone_stops, labels.ride, labels.arrived)
            unmark(labels.is_improved, labels.improved, n_improved)
            write_travel(lanes, labels.arrived, depart, latest, n_lanes, travel[x], median[x])


@njit(cache=True, nogil=True)
def search_stop_labels(
    lanes: Lanes,
    timetable: ScanTimetable,
    transfers: Links,
    change_s: np.uint16,
    stop_ix: int,
    depart: UInt16Array,
    latest: UInt16Array,
    n_lanes: int,
    max_rides: int,
) -> UInt16Array:
    """Return arrivals by vehicle at every stop, (n_stops, width) kernel seconds, starting at one stop without a walk."""
    n_stops = timetable.stop_call_indptr.shape[0] - 1
    labels = new_labels(lanes, timetable, timetable, n_stops, 1)
    clear(labels)
    here, no_walk = np.full(1, stop_ix, np.int32), np.zeros(1, np.uint16)
    n_marked = start_walking(here, no_walk, np.uint16(0), depart, n_lanes, labels)
    for _ in range(max_rides):
        n_improved = scan_patterns(lanes, timetable, latest, n_lanes, labels, n_marked)
        n_marked = relax_transfers(lanes, transfers, change_s, latest, labels, n_improved)
    unmark(labels.is_marked, labels.marked, n_marked)
    return labels.ride


@njit(cache=True, nogil=True, parallel=True)
def search_calls(
    lanes: Lanes,
    forward: ScanTimetable,
    backward: ScanTimetable,
    transfers: Links,
    stop_zones: Links,
    n_zones: int,
    change_s: np.uint16,
    more_rides: int,
    n_threads: int,
    tasks: Tasks,
    near_stop_ix: Int32Array,
    store: Store,
) -> None:
    """
    One search per task: a stop of added service with the times of all trips there as lanes, on the old timetable.

    Fills `store.at_zone[unit, :, k]` with the earliest arrivals with at most k more rides (tasks on the reversed timetable:
    reversed seconds) and, for searches onwards, `store.at_stop[unit, k - 1]` with the arrivals by vehicle near added stops
    after at most k rides, k from 1 to `more_rides` - 1. One search with all trips as lanes costs little more than one with
    a single trip: docs/performance.md.
    """
    n_stops = stop_zones.indptr.shape[0] - 1
    for thread in prange(n_threads):
        labels = new_labels(lanes, forward, backward, n_stops, n_zones)
        for x in range(thread, tasks.n_lanes.shape[0], n_threads):
            clear(labels)
            start, latest, n_lanes, unit = tasks.start_s[x], tasks.latest_s[x], tasks.n_lanes[x], tasks.unit[x]
            timetable = backward if tasks.is_backward[x] else forward
            for e in range(tasks.zone_indptr[x], tasks.zone_indptr[x + 1]):
                add_walk(lanes, start, tasks.zone_walk_s[e], labels.arrived[tasks.zone_ix[e]])
            write_zones(labels.arrived, n_lanes, 0, unit, store.at_zone)
            if more_rides == 0:
                continue
            links = slice(tasks.stop_indptr[x], tasks.stop_indptr[x + 1])
            n_marked = start_walking(tasks.stop_ix[links], tasks.stop_walk_s[links], change_s, start, n_lanes, labels)
            for k in range(1, more_rides):
                n_improved = scan_patterns(lanes, timetable, latest, n_lanes, labels, n_marked)
                push_zones(lanes, stop_zones, labels, n_improved)
                write_zones(labels.arrived, n_lanes, k, unit, store.at_zone)
                if not tasks.is_backward[x]:
                    write_stops(labels.ride, near_stop_ix, n_lanes, k - 1, unit, store.at_stop)
                n_marked = relax_transfers(lanes, transfers, change_s, latest, labels, n_improved)
            n_improved = scan_patterns(lanes, timetable, latest, n_lanes, labels, n_marked)
            push_zones(lanes, stop_zones, labels, n_improved)
            unmark(labels.is_improved, labels.improved, n_improved)
            write_zones(labels.arrived, n_lanes, more_rides, unit, store.at_zone)


@njit(cache=True, nogil=True, inline="never")
def new_labels(lanes: Lanes, one: ScanTimetable, other: ScanTimetable, n_stops: int, n_zones: int) -> Labels:
    """Allocate scratch large enough for searches on either timetable."""
    most_trips = 1
    for timetable in (one, other):
        for p in range(timetable.pattern_n_trips.shape[0]):
            most_trips = max(most_trips, timetable.pattern_n_trips[p])
    n_patterns = max(one.pattern_n_trips.shape[0], other.pattern_n_trips.shape[0])
    return Labels(
        np.empty((n_stops, width(lanes)), np.uint16),
        np.empty((n_stops, width(lanes)), np.uint16),
        np.empty((n_zones, width(lanes)), np.uint16),
        np.empty(max(one.arrival_s.shape[0], other.arrival_s.shape[0]), np.uint8),
        np.full(n_patterns, _NOT_QUEUED, np.int32),
        np.zeros(most_trips, np.uint8),
        np.zeros(most_trips, np.uint16),
        np.zeros(n_stops, np.uint8),
        np.zeros(n_stops, np.int32),
        np.zeros(n_stops, np.uint8),
        np.zeros(n_stops, np.int32),
    )


@njit(cache=True, nogil=True, inline="never")
def clear(labels: Labels) -> None:
    """Forget the last search; the lists are empty after every search by themselves."""
    labels.ride[:] = UNREACHED
    labels.ready[:] = UNREACHED
    labels.arrived[:] = UNREACHED
    labels.reach[:] = 0


@njit(cache=True, nogil=True, inline="never")
def start_walking(
    stop_ix: Int32Array, walk_s: UInt16Array, change_s: np.uint16, start: UInt16Array, n_lanes: int, labels: Labels
) -> int:
    """Seed the first round: `ready` after a walk from where one starts; returns how many stops are marked."""
    n_marked = 0
    for j in range(stop_ix.shape[0]):
        waiting = labels.ready[stop_ix[j]]
        walk = np.uint16(walk_s[j] + change_s)
        for m in range(n_lanes):
            waiting[m] = min(waiting[m], np.uint16(start[m] + walk))
        n_marked = mark(stop_ix[j], labels.is_marked, labels.marked, n_marked)
    return n_marked


@njit(cache=True, nogil=True)
def mark(s: int, is_listed: UInt8Array, listed: Int32Array, n: int) -> int:
    """Put a stop on a list once; returns the list's new length."""
    if is_listed[s] == 0:
        is_listed[s] = 1
        listed[n] = s
        return n + 1
    return n


@njit(cache=True, nogil=True)
def unmark(is_listed: UInt8Array, listed: Int32Array, n: int) -> None:
    """Empty a list."""
    for h in range(n):
        is_listed[listed[h]] = 0


@njit(cache=True, nogil=True)
def queue_patterns(timetable: ScanTimetable, labels: Labels, n_marked: int) -> None:
    """Phase 1 of a round: note for each pattern at a marked stop the first position to scan from."""
    for h in range(n_marked):
        s = labels.marked[h]
        for e in range(timetable.stop_call_indptr[s], timetable.stop_call_indptr[s + 1]):
            p = timetable.stop_call_pattern_ix[e]
            labels.first_pos[p] = min(labels.first_pos[p], timetable.stop_call_pos[e])


@njit(cache=True, nogil=True)
def lower_prefix(lanes: Lanes, row: UInt16Array, n: int, value: np.uint16) -> None:
    """Make the first n lanes of a row at most `value`, without a branch: whole vectors."""
    n_row = np.uint16(n)
    for m in range(width(lanes)):
        offered = value if lanes.number[m] < n_row else np.uint16(UNREACHED)
        row[m] = min(row[m], offered)


@njit(cache=True, nogil=True, inline="never")
def scan_patterns(
    lanes: Lanes, timetable: ScanTimetable, latest: UInt16Array, n_lanes: int, labels: Labels, n_marked: int
) -> int:
    """
    Phases 1 and 2 of a round: collect the patterns at marked stops, ride each once; returns how many stops improved.

    Patterns are taken in memory order and scanned position by position with the list of trips that carry somebody:
    that locality made a prototype 1.6 times faster than trip by trip (docs/performance.md).
    """
    ride, ready, reach, on_board, active = labels.ride, labels.ready, labels.reach, labels.on_board, labels.active
    first_pos, is_marked = labels.first_pos, labels.is_marked
    queue_patterns(timetable, labels, n_marked)
    latest_of_all = latest[n_lanes - 1]
    n_improved = 0
    for p in range(timetable.pattern_n_trips.shape[0]):
        if first_pos[p] == _NOT_QUEUED:
            continue
        start = np.int64(first_pos[p])
        first_pos[p] = _NOT_QUEUED
        call0 = np.int64(timetable.pattern_call_indptr[p])
        n_calls = np.int64(timetable.pattern_call_indptr[p + 1]) - call0
        n_trips = np.int64(timetable.pattern_n_trips[p])
        column = timetable.pattern_event_start[p] + start * n_trips
        n_active = 0
        earliest = n_trips >> 1
        for i in range(start, n_calls):
            s = timetable.call_stop_ix[call0 + i]
            flags = timetable.call_flags[call0 + i]
            if n_active > 0:
                row = ride[s]
                may_alight = flags & MAY_ALIGHT
                n_kept = 0
                for h in range(n_active):
                    t = np.int64(active[h])
                    n_on = np.int64(on_board[t])
                    arrival = timetable.arrival_s[column + t]
                    if arrival > latest[n_on - 1]:
                        on_board[t] = 0
                        continue
                    if may_alight and arrival < row[n_on - 1]:
                        lower_prefix(lanes, row, n_on, arrival)
                        n_improved = mark(s, labels.is_improved, labels.improved, n_improved)
                    if reach[column + t] >= n_on:
                        on_board[t] = 0
                    else:
                        reach[column + t] = n_on
                        active[n_kept] = t
                        n_kept += 1
                n_active = n_kept
            if is_marked[s] and flags & MAY_BOARD:
                waiting = ready[s]
                while earliest > 0 and timetable.departure_s[column + earliest - 1] >= waiting[0]:
                    earliest -= 1
                while earliest < n_trips and timetable.departure_s[column + earliest] < waiting[0]:
                    earliest += 1
                boarded = np.int64(0)
                for t in range(earliest, n_trips):
                    boarded = max(boarded, np.int64(reach[column + t]))
                    if boarded >= n_lanes:
                        break
                    departure = timetable.departure_s[column + t]
                    if departure > latest_of_all:
                        break
                    if waiting[boarded] <= departure:
                        boarded += 1
                        while boarded < n_lanes and waiting[boarded] <= departure:
                            boarded += 1
                        if departure > latest[boarded - 1]:
                            continue
                        reach[column + t] = boarded
                        if on_board[t] == 0:
                            active[n_active] = t
                            n_active += 1
                        on_board[t] = boarded
            column += n_trips
        for h in range(n_active):
            on_board[active[h]] = 0
    unmark(is_marked, labels.marked, n_marked)
    return n_improved


@njit(cache=True, nogil=True, inline="never")
def relax_transfers(
    lanes: Lanes, transfers: Links, change_s: np.uint16, latest: UInt16Array, labels: Labels, n_improved: int
) -> int:
    """Phase 3: change at the same stop or walk to another; returns how many stops one can now board at earlier."""
    n_marked = 0
    for h in range(n_improved):
        s = labels.improved[h]
        arrived = labels.ride[s]
        if walk_row(lanes, arrived, change_s, latest, labels.ready[s]):
            n_marked = mark(s, labels.is_marked, labels.marked, n_marked)
        for e in range(transfers.indptr[s], transfers.indptr[s + 1]):
            to = transfers.to_ix[e]
            if walk_row(lanes, arrived, np.uint16(transfers.walk_s[e] + change_s), latest, labels.ready[to]):
                n_marked = mark(to, labels.is_marked, labels.marked, n_marked)
    unmark(labels.is_improved, labels.improved, n_improved)
    return n_marked


@njit(cache=True, nogil=True, inline="always")
def walk_row(lanes: Lanes, arrived: UInt16Array, walk_s: np.uint16, latest: UInt16Array, waiting: UInt16Array) -> bool:
    """Offer `arrived` + walk to `waiting`, in place; true if a lane improved within its limit."""
    better = np.uint16(0)
    for m in range(width(lanes)):
        offered = np.uint16(arrived[m] + walk_s)
        better = np.uint16(better | (np.uint16(offered < waiting[m]) & np.uint16(offered <= latest[m])))
        waiting[m] = min(offered, waiting[m])
    return better != 0


@njit(cache=True, nogil=True, inline="always")
def add_walk(lanes: Lanes, arrived: UInt16Array, walk_s: np.uint16, at_zone: UInt16Array) -> None:
    """Offer `arrived` + walk to a zone, in place."""
    for m in range(width(lanes)):
        at_zone[m] = min(at_zone[m], np.uint16(arrived[m] + walk_s))


@njit(cache=True, nogil=True, inline="never")
def push_zones(lanes: Lanes, stop_zones: Links, labels: Labels, n_improved: int) -> None:
    """Walk from the stops just improved into the zones around them."""
    for h in range(n_improved):
        s = labels.improved[h]
        for e in range(stop_zones.indptr[s], stop_zones.indptr[s + 1]):
            add_walk(lanes, labels.ride[s], stop_zones.walk_s[e], labels.arrived[stop_zones.to_ix[e]])


@njit(cache=True, nogil=True, inline="never")
def pull_zones(lanes: Lanes, zone_stops: Links, ride: UInt16Array, arrived: UInt16Array) -> None:
    """Walk into every zone from all stops around it: as `push_zones`, where most stops have improved."""
    for z in range(arrived.shape[0]):
        for e in range(zone_stops.indptr[z], zone_stops.indptr[z + 1]):
            add_walk(lanes, ride[zone_stops.to_ix[e]], zone_stops.walk_s[e], arrived[z])


@njit(cache=True, nogil=True, inline="never")
def write_zones(arrived: UInt16Array, n_lanes: int, level: int, unit: Int64Array, at_zone: UInt16Array) -> None:
    """Store arrivals (n_zones, width) lane by lane: what follows works on zones as vectors."""
    n_zones = arrived.shape[0]
    for first in range(0, n_zones, UNIT):
        for m in range(n_lanes):
            row = at_zone[unit[m // UNIT], first // UNIT, level, m % UNIT]
            for z in range(min(UNIT, n_zones - first)):
                row[z] = arrived[first + z, m]


@njit(cache=True, nogil=True, inline="never")
def write_stops(
    ride: UInt16Array, near_stop_ix: Int32Array, n_lanes: int, level: int, unit: Int64Array, at_stop: UInt16Array
) -> None:
    """Store arrivals by vehicle at the stops near added ones."""
    for i in range(near_stop_ix.shape[0]):
        row = ride[near_stop_ix[i]]
        for first in range(0, n_lanes, UNIT):
            at_stop[unit[first // UNIT], level, i] = row[first : first + UNIT]


@njit(cache=True, nogil=True, inline="never")
def write_travel(
    lanes: Lanes,
    arrived: UInt16Array,
    depart: UInt16Array,
    latest: UInt16Array,
    n_lanes: int,
    travel: UInt16Array,
    median: UInt16Array,
) -> None:
    """Turn arrivals at zones into travel times (n_zones, n_lanes) and their lower medians (n_zones), seconds."""
    row = np.empty(arrived.shape[1], np.uint16)
    rank = (n_lanes - 1) // 2
    for z in range(arrived.shape[0]):
        at_zone = arrived[z]
        for m in range(width(lanes)):
            row[m] = np.uint16(at_zone[m] - depart[m]) if at_zone[m] <= latest[m] else np.uint16(NO_MEDIAN)
        travel[z] = row[:n_lanes]
        median[z] = row_rank(lanes, row, rank)


@njit(cache=True, nogil=True, inline="never")
def row_rank(lanes: Lanes, row: UInt16Array, rank: int) -> np.uint16:
    """Return the value of this rank (from 0) in a row of travel times below 8,191 s, by bisection of bits."""
    low = 0
    for bit in range(12, -1, -1):
        threshold = np.uint16(low | (1 << bit))
        below = np.uint16(0)
        for m in range(width(lanes)):
            below = np.uint16(below + np.uint16(row[m] < threshold))
        if below <= rank:
            low = low | (1 << bit)
    return np.uint16(low) if low < 8191 else np.uint16(NO_MEDIAN)


@njit(cache=True, nogil=True, parallel=True)
def travel_ranks(
    lanes: Lanes, travel: UInt16Array, patch: Patch, rank: int, n_threads: int, values: UInt16Array
) -> None:
    """Fill `values` (n_origins, n_zones) with the travel time of one rank (from 0) over the departures, patch included."""
    for thread in prange(n_threads):
        rank_rows(thread, lanes, travel, patch, rank, n_threads, values)


@njit(cache=True, nogil=True, inline="never")
def rank_rows(
    thread: int, lanes: Lanes, travel: UInt16Array, patch: Patch, rank: int, n_threads: int, values: UInt16Array
) -> None:
    """One thread's share of `travel_ranks`: every n_threads-th origin."""
    n_origins, n_zones, n_departures = travel.shape
    row = np.full(width(lanes), NO_MEDIAN, np.uint16)
    for o in range(thread, n_origins, n_threads):
        for z in range(n_zones):
            for m in range(n_departures):
                row[m] = travel[o, z, m]
            values[o, z] = row_rank(lanes, row, rank)
        for x in range(patch.indptr[o], patch.indptr[o + 1]):
            for m in range(n_departures):
                row[m] = patch.travel_s[x, m]
            values[o, patch.zone_ix[x]] = row_rank(lanes, row, rank)
