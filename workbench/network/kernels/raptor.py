"""
Range RAPTOR with departures as vector lanes: one label row of LANES times per stop.

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

Cost: rounds x (calls of touched patterns + boardings + label rows walked). Assumptions: at most LANES lanes, rows of
seeds never decrease. Proofs: docs/engine.md.
"""

from __future__ import annotations

import numpy as np
from numba import njit, prange

from workbench.network.kernels.arrays import (
    LANES,
    MAY_ALIGHT,
    MAY_BOARD,
    NO_MEDIAN,
    UNREACHED,
    Int32Array,
    Labels,
    Links,
    ScanTimetable,
    Tasks,
    UInt8Array,
    UInt16Array,
)

_NOT_QUEUED = np.int32(2**31 - 1)
_LANE = np.arange(LANES).astype(np.uint16)


@njit(cache=True, nogil=True, parallel=True)
def search_base(
    timetable: ScanTimetable,
    transfers: Links,
    zone_stops: Links,
    change_s: np.uint16,
    depart: UInt16Array,
    latest: UInt16Array,
    n_lanes: int,
    max_rides: int,
    origins: Int32Array,
    n_threads: int,
    travel: UInt16Array,
    median: UInt16Array,
) -> None:
    """
    Search from each zone of `origins`; fills `travel` (n_origins, n_zones, n_lanes) and `median` (n_origins, n_zones).

    `zone_stops` serves as access and as egress. Walks from zone to zone are not in `travel`.
    """
    n_stops = timetable.stop_call_indptr.shape[0] - 1
    for thread in prange(n_threads):
        labels = new_labels(timetable, timetable, n_stops)
        for x in range(thread, origins.shape[0], n_threads):
            clear(labels)
            links = slice(zone_stops.indptr[origins[x]], zone_stops.indptr[origins[x] + 1])
            search_origin(
                timetable,
                transfers,
                change_s,
                zone_stops.to_ix[links],
                zone_stops.walk_s[links],
                depart,
                latest,
                n_lanes,
                max_rides,
                labels,
            )
            reach_zones(zone_stops, labels.ride, depart, latest, n_lanes, travel[x], median[x])


@njit(cache=True, nogil=True)
def search_stop_labels(
    timetable: ScanTimetable,
    transfers: Links,
    change_s: np.uint16,
    stop_ix: int,
    depart: UInt16Array,
    latest: UInt16Array,
    n_lanes: int,
    max_rides: int,
) -> UInt16Array:
    """Return arrivals by vehicle at every stop, (n_stops, LANES) kernel seconds, starting at one stop without a walk."""
    labels = new_labels(timetable, timetable, timetable.stop_call_indptr.shape[0] - 1)
    clear(labels)
    here = np.full(1, stop_ix, np.int32)
    no_walk = np.zeros(1, np.uint16)
    search_origin(timetable, transfers, change_s, here, no_walk, depart, latest, n_lanes, max_rides, labels)
    return labels.ride


@njit(cache=True, nogil=True, parallel=True)
def search_calls(
    forward: ScanTimetable,
    backward: ScanTimetable,
    transfers: Links,
    stop_zones: Links,
    n_zones: int,
    change_s: np.uint16,
    more_rides: int,
    n_threads: int,
    tasks: Tasks,
    minute_of: UInt8Array,
    after: UInt16Array,
    before: UInt8Array,
) -> None:
    """
    One search per task: a stop of the added route with the times of all trips there as lanes.

    Forward tasks fill `after[row, k, zone, trip]` (kernel seconds of arrival with at most k more rides); backward tasks,
    on the reversed base timetable, fill `before[row, k, zone, trip]` (latest departure minute + 1 with at most k rides
    before, 0 for none; `minute_of` translates reversed seconds). `transfers` are the same both ways. One search with all
    trips as lanes costs little more than one with a single trip: a prototype was 2 to 3 times faster (docs/performance.md).
    """
    n_stops = forward.stop_call_indptr.shape[0] - 1
    for thread in prange(n_threads):
        labels = new_labels(forward, backward, n_stops)
        arrived = np.empty((n_zones, LANES), np.uint16)
        levels = np.empty((more_rides + 1, n_zones, LANES), np.uint16)
        for x in range(thread, tasks.stop_ix.shape[0], n_threads):
            clear(labels)
            arrived[:] = UNREACHED
            start, latest, n_lanes = tasks.start_s[x], tasks.latest_s[x], tasks.n_lanes[x]
            timetable = backward if tasks.is_backward[x] else forward
            search_call(
                timetable,
                transfers,
                stop_zones,
                change_s,
                tasks.stop_ix[x],
                start,
                latest,
                n_lanes,
                more_rides,
                arrived,
                levels,
                labels,
            )
            out = range(tasks.out_indptr[x], tasks.out_indptr[x + 1])
            for k in range(more_rides + 1):
                for z in range(n_zones):
                    times = levels[k, z]
                    if tasks.is_backward[x]:
                        for e in out:
                            before[tasks.out_row[e], k, z, tasks.out_trip[e]] = minute_of[times[tasks.out_lane[e]]]
                    else:
                        for e in out:
                            after[tasks.out_row[e], k, z, tasks.out_trip[e]] = times[tasks.out_lane[e]]


@njit(cache=True, nogil=True, inline="never")
def new_labels(one: ScanTimetable, other: ScanTimetable, n_stops: int) -> Labels:
    """Allocate scratch large enough for searches on either timetable."""
    most_trips = 1
    for p in range(one.pattern_n_trips.shape[0]):
        most_trips = max(most_trips, one.pattern_n_trips[p])
    for p in range(other.pattern_n_trips.shape[0]):
        most_trips = max(most_trips, other.pattern_n_trips[p])
    n_patterns = max(one.pattern_n_trips.shape[0], other.pattern_n_trips.shape[0])
    return Labels(
        np.empty((n_stops, LANES), np.uint16),
        np.empty((n_stops, LANES), np.uint16),
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
    labels.reach[:] = 0


@njit(cache=True, nogil=True, inline="never")
def search_origin(
    timetable: ScanTimetable,
    transfers: Links,
    change_s: np.uint16,
    access_stop: Int32Array,
    access_s: UInt16Array,
    depart: UInt16Array,
    latest: UInt16Array,
    n_lanes: int,
    max_rides: int,
    labels: Labels,
) -> None:
    """All rounds from one origin: `labels.ride` gets the earliest arrivals with at most `max_rides` rides."""
    n_marked = 0
    for j in range(access_stop.shape[0]):
        waiting = labels.ready[access_stop[j]]
        for m in range(n_lanes):
            waiting[m] = min(waiting[m], np.uint16(depart[m] + access_s[j]))
        n_marked = mark(access_stop[j], labels.is_marked, labels.marked, n_marked)
    for round_ in range(max_rides):
        n_improved = scan_patterns(timetable, latest, n_lanes, labels, n_marked)
        if round_ == max_rides - 1:
            unmark(labels.is_improved, labels.improved, n_improved)
            break
        n_marked = relax_transfers(transfers, change_s, latest, labels, n_improved)


@njit(cache=True, nogil=True, inline="never")
def search_call(
    timetable: ScanTimetable,
    transfers: Links,
    stop_zones: Links,
    change_s: np.uint16,
    stop_ix: int,
    start: UInt16Array,
    latest: UInt16Array,
    n_lanes: int,
    more_rides: int,
    arrived: UInt16Array,
    levels: UInt16Array,
    labels: Labels,
) -> None:
    """
    Search from one stop where a vehicle arrives at `start` (lane by lane), with 0 to `more_rides` further rides.

    `levels[k]` (n_zones, LANES) gets the earliest arrivals at zones with at most k more rides; `arrived` is scratch.
    """
    labels.ride[stop_ix][:] = start
    n_improved = mark(stop_ix, labels.is_improved, labels.improved, 0)
    for k in range(more_rides + 1):
        for h in range(n_improved):
            by_ride = labels.ride[labels.improved[h]]
            for e in range(stop_zones.indptr[labels.improved[h]], stop_zones.indptr[labels.improved[h] + 1]):
                at_zone = arrived[stop_zones.to_ix[e]]
                walk = stop_zones.walk_s[e]
                for m in range(LANES):
                    at_zone[m] = min(at_zone[m], np.uint16(by_ride[m] + walk))
        levels[k] = arrived
        if k == more_rides:
            unmark(labels.is_improved, labels.improved, n_improved)
            break
        n_marked = relax_transfers(transfers, change_s, latest, labels, n_improved)
        n_improved = scan_patterns(timetable, latest, n_lanes, labels, n_marked)


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


@njit(cache=True, nogil=True, inline="never")
def scan_patterns(timetable: ScanTimetable, latest: UInt16Array, n_lanes: int, labels: Labels, n_marked: int) -> int:
    """
    Phases 1 and 2 of a round: collect the patterns at marked stops, ride each once; returns how many stops improved.

    Patterns are taken in memory order and scanned position by position with the list of trips that carry somebody:
    that locality made a prototype 1.6 times faster than trip by trip (docs/performance.md).
    """
    ride, ready, reach, on_board, active = labels.ride, labels.ready, labels.reach, labels.on_board, labels.active
    first_pos, is_marked = labels.first_pos, labels.is_marked
    for h in range(n_marked):
        s = labels.marked[h]
        for e in range(timetable.stop_call_indptr[s], timetable.stop_call_indptr[s + 1]):
            p = timetable.stop_call_pattern_ix[e]
            first_pos[p] = min(first_pos[p], timetable.stop_call_pos[e])
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
                    lanes = np.int64(on_board[t])
                    arrival = timetable.arrival_s[column + t]
                    if arrival > latest[lanes - 1]:
                        on_board[t] = 0
                        continue
                    if may_alight and arrival < row[lanes - 1]:
                        n_row = np.uint16(lanes)
                        for m in range(LANES):
                            offered = arrival if _LANE[m] < n_row else np.uint16(UNREACHED)
                            row[m] = min(row[m], offered)
                        n_improved = mark(s, labels.is_improved, labels.improved, n_improved)
                    if reach[column + t] >= lanes:
                        on_board[t] = 0
                    else:
                        reach[column + t] = lanes
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
def relax_transfers(transfers: Links, change_s: np.uint16, latest: UInt16Array, labels: Labels, n_improved: int) -> int:
    """Phase 3: change at the same stop or walk to another; returns how many stops one can now board at earlier."""
    n_marked = 0
    for h in range(n_improved):
        s = labels.improved[h]
        arrived = labels.ride[s]
        if walk_row(arrived, change_s, latest, labels.ready[s]):
            n_marked = mark(s, labels.is_marked, labels.marked, n_marked)
        for e in range(transfers.indptr[s], transfers.indptr[s + 1]):
            to = transfers.to_ix[e]
            if walk_row(arrived, np.uint16(transfers.walk_s[e] + change_s), latest, labels.ready[to]):
                n_marked = mark(to, labels.is_marked, labels.marked, n_marked)
    unmark(labels.is_improved, labels.improved, n_improved)
    return n_marked


@njit(cache=True, nogil=True, inline="never")
def walk_row(arrived: UInt16Array, walk_s: np.uint16, latest: UInt16Array, waiting: UInt16Array) -> bool:
    """Offer `arrived` + walk to `waiting`, in place; true if a lane improved within its limit."""
    better = np.uint16(0)
    for m in range(LANES):
        offered = np.uint16(arrived[m] + walk_s)
        better = np.uint16(better | (np.uint16(offered < waiting[m]) & np.uint16(offered <= latest[m])))
        waiting[m] = min(offered, waiting[m])
    return better != 0


@njit(cache=True, nogil=True, inline="never")
def reach_zones(
    zone_stops: Links,
    ride: UInt16Array,
    depart: UInt16Array,
    latest: UInt16Array,
    n_lanes: int,
    travel: UInt16Array,
    median: UInt16Array,
) -> None:
    """Walk from the last stops into every zone: fills `travel` (n_zones, n_lanes) and `median` (n_zones), seconds."""
    row = np.empty(LANES, np.uint16)
    rank = (n_lanes - 1) // 2
    for z in range(zone_stops.indptr.shape[0] - 1):
        row[:] = UNREACHED
        for e in range(zone_stops.indptr[z], zone_stops.indptr[z + 1]):
            arrived = ride[zone_stops.to_ix[e]]
            walk = zone_stops.walk_s[e]
            for m in range(LANES):
                row[m] = min(row[m], np.uint16(arrived[m] + walk))
        for m in range(LANES):
            row[m] = np.uint16(row[m] - depart[m]) if row[m] <= latest[m] else np.uint16(NO_MEDIAN)
        travel[z] = row[:n_lanes]
        median[z] = row_median(row, rank)


@njit(cache=True, nogil=True, inline="never")
def row_median(row: UInt16Array, rank: int) -> np.uint16:
    """Return the value of this rank (from 0) in a row of travel times below 8,191 s, by bisection of bits."""
    low = 0
    for bit in range(12, -1, -1):
        threshold = np.uint16(low | (1 << bit))
        below = np.uint16(0)
        for m in range(LANES):
            below = np.uint16(below + np.uint16(row[m] < threshold))
        if below <= rank:
            low = low | (1 << bit)
    return np.uint16(low) if low < 8191 else np.uint16(NO_MEDIAN)
