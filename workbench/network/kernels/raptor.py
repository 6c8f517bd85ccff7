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

from workbench.network.kernels.arrays import LANES, MAY_ALIGHT, MAY_BOARD, NO_MEDIAN, UNREACHED

_NOT_QUEUED = np.int32(2**31 - 1)
_LANE = np.arange(LANES).astype(np.uint16)


@njit(cache=True, nogil=True, inline="never")
def collect_patterns(timetable, marked_stops, n_marked, first_pos):
    """Phase 1 of a round: for each pattern the first position at a marked stop, written into `first_pos`."""
    for m in range(n_marked):
        s = marked_stops[m]
        for e in range(timetable.stop_call_indptr[s], timetable.stop_call_indptr[s + 1]):
            p = timetable.stop_call_pattern_ix[e]
            first_pos[p] = min(first_pos[p], timetable.stop_call_pos[e])


@njit(cache=True, nogil=True, inline="never")
def scan_patterns(
    timetable, latest, n_lanes, ride, ready, reach, first_pos, on_board, active, is_marked, is_improved, improved
):
    """
    Phase 2: ride every collected pattern once; returns how many stops improved (written into `improved`).

    Patterns are taken in memory order and scanned position by position with the list of trips that carry somebody
    (`active`, lanes in `on_board`): locality made this 1.6 times faster than trip by trip.
    """
    latest_of_all = latest[n_lanes - 1]
    n_improved = 0
    for p in range(first_pos.shape[0]):
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
                        if is_improved[s] == 0:
                            is_improved[s] = 1
                            improved[n_improved] = s
                            n_improved += 1
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
    return n_improved


@njit(cache=True, nogil=True, inline="never")
def walk_row(arrived, walk_s, latest, waiting):
    """Offer `arrived` + walk to `waiting`, in place; true if a lane improved within its limit."""
    better = np.uint16(0)
    for m in range(LANES):
        offered = np.uint16(arrived[m] + walk_s)
        better = np.uint16(better | (np.uint16(offered < waiting[m]) & np.uint16(offered <= latest[m])))
        waiting[m] = min(offered, waiting[m])
    return better != 0


@njit(cache=True, nogil=True, inline="never")
def relax_transfers(transfers, change_s, latest, ride, ready, improved, n_improved, is_improved, is_marked, marked):
    """Phase 3: change at the same stop or walk to another; returns how many stops to board at (in `marked`)."""
    n_marked = 0
    for h in range(n_improved):
        s = improved[h]
        is_improved[s] = 0
        arrived = ride[s]
        if walk_row(arrived, np.uint16(change_s), latest, ready[s]) and is_marked[s] == 0:
            is_marked[s] = 1
            marked[n_marked] = s
            n_marked += 1
        for e in range(transfers.indptr[s], transfers.indptr[s + 1]):
            to = transfers.to_ix[e]
            if walk_row(arrived, np.uint16(transfers.walk_s[e] + change_s), latest, ready[to]) and is_marked[to] == 0:
                is_marked[to] = 1
                marked[n_marked] = to
                n_marked += 1
    return n_marked


@njit(cache=True, nogil=True, inline="never")
def search_origin(
    timetable, transfers, change_s, access_stop, access_s, depart, latest, n_lanes, max_rides,
    ride, ready, reach, first_pos, on_board, active, is_marked, marked, is_improved, improved,
):  # fmt: skip
    """All rounds from one origin: `ride` gets the earliest arrivals by vehicle with at most `max_rides` rides."""
    n_marked = 0
    for j in range(access_stop.shape[0]):
        s = access_stop[j]
        waiting = ready[s]
        for m in range(n_lanes):
            waiting[m] = min(waiting[m], np.uint16(depart[m] + access_s[j]))
        if is_marked[s] == 0:
            is_marked[s] = 1
            marked[n_marked] = s
            n_marked += 1
    for round_ in range(1, max_rides + 1):
        collect_patterns(timetable, marked, n_marked, first_pos)
        n_improved = scan_patterns(
            timetable, latest, n_lanes, ride, ready, reach, first_pos, on_board, active, is_marked, is_improved, improved
        )
        for m in range(n_marked):
            is_marked[marked[m]] = 0
        if round_ == max_rides:
            for h in range(n_improved):
                is_improved[improved[h]] = 0
            n_marked = 0
            break
        n_marked = relax_transfers(
            transfers, change_s, latest, ride, ready, improved, n_improved, is_improved, is_marked, marked
        )
        if n_marked == 0:
            break


@njit(cache=True, nogil=True, inline="never")
def row_median(row, rank, n_bits):
    """Return the value of this rank (from 0) in a row of travel times, by bisection of bits; NO_MEDIAN if too large."""
    low = 0
    for bit in range(n_bits - 1, -1, -1):
        threshold = np.uint16(low | (1 << bit))
        below = np.uint16(0)
        for m in range(LANES):
            below += np.uint16(row[m] < threshold)
        if below <= rank:
            low = low | (1 << bit)
    return np.uint16(low) if low < (1 << n_bits) - 1 else np.uint16(NO_MEDIAN)


@njit(cache=True, nogil=True, inline="never")
def reach_zones(egress, ride, depart, latest, n_lanes, travel, median):
    """Walk from the last stops into every zone: fills `travel` (n_zones, n_lanes) and `median` (n_zones), seconds."""
    row = np.empty(LANES, np.uint16)
    rank = (n_lanes - 1) // 2
    for z in range(egress.indptr.shape[0] - 1):
        row[:] = UNREACHED
        for e in range(egress.indptr[z], egress.indptr[z + 1]):
            arrived = ride[egress.to_ix[e]]
            walk = egress.walk_s[e]
            for m in range(LANES):
                row[m] = min(row[m], np.uint16(arrived[m] + walk))
        for m in range(LANES):
            row[m] = np.uint16(row[m] - depart[m]) if row[m] <= latest[m] else np.uint16(NO_MEDIAN)
        out = travel[z]
        for m in range(n_lanes):
            out[m] = row[m]
        median[z] = row_median(row, rank, 13)


@njit(cache=True, nogil=True, parallel=True)
def search_base(
    timetable, transfers, zone_links, change_s, depart, latest, n_lanes, max_rides, origins, n_threads, travel, median
):
    """
    Search from each zone of `origins`; fills `travel` (n_origins, n_zones, n_lanes) and `median` (n_origins, n_zones).

    `zone_links` go from zones to stops and serve as access and egress. Walks from zone to zone are not in `travel`.
    """
    n_stops = timetable.stop_call_indptr.shape[0] - 1
    for thread in prange(n_threads):
        ride = np.empty((n_stops, LANES), np.uint16)
        ready = np.empty((n_stops, LANES), np.uint16)
        reach = np.empty(timetable.arrival_s.shape[0], np.uint8)
        first_pos = np.full(timetable.pattern_n_trips.shape[0], _NOT_QUEUED, np.int32)
        most_trips = 1
        for p in range(timetable.pattern_n_trips.shape[0]):
            most_trips = max(most_trips, timetable.pattern_n_trips[p])
        on_board = np.zeros(most_trips, np.uint8)
        active = np.zeros(most_trips, np.uint16)
        is_marked = np.zeros(n_stops, np.uint8)
        marked = np.zeros(n_stops, np.int32)
        is_improved = np.zeros(n_stops, np.uint8)
        improved = np.zeros(n_stops, np.int32)
        for x in range(thread, origins.shape[0], n_threads):
            ride[:] = UNREACHED
            ready[:] = UNREACHED
            reach[:] = 0
            links = slice(zone_links.indptr[origins[x]], zone_links.indptr[origins[x] + 1])
            search_origin(
                timetable, transfers, change_s, zone_links.to_ix[links], zone_links.walk_s[links], depart, latest,
                n_lanes, max_rides, ride, ready, reach, first_pos, on_board, active, is_marked, marked, is_improved,
                improved,
            )  # fmt: skip
            reach_zones(zone_links, ride, depart, latest, n_lanes, travel[x], median[x])


@njit(cache=True, nogil=True)
def search_stop_labels(timetable, transfers, change_s, stop_ix, depart, latest, n_lanes, max_rides):
    """Return arrivals by vehicle at every stop, (n_stops, LANES) kernel seconds, starting at one stop without a walk."""
    n_stops = timetable.stop_call_indptr.shape[0] - 1
    ride = np.full((n_stops, LANES), UNREACHED, np.uint16)
    ready = np.full((n_stops, LANES), UNREACHED, np.uint16)
    reach = np.zeros(timetable.arrival_s.shape[0], np.uint8)
    first_pos = np.full(timetable.pattern_n_trips.shape[0], _NOT_QUEUED, np.int32)
    most_trips = 1
    for p in range(timetable.pattern_n_trips.shape[0]):
        most_trips = max(most_trips, timetable.pattern_n_trips[p])
    search_origin(
        timetable, transfers, change_s, np.full(1, stop_ix, np.int32), np.zeros(1, np.uint16), depart, latest, n_lanes,
        max_rides, ride, ready, reach, first_pos, np.zeros(most_trips, np.uint8), np.zeros(most_trips, np.uint16),
        np.zeros(n_stops, np.uint8), np.zeros(n_stops, np.int32), np.zeros(n_stops, np.uint8),
        np.zeros(n_stops, np.int32),
    )  # fmt: skip
    return ride


@njit(cache=True, nogil=True, inline="never")
def search_call(
    timetable, transfers, stop_zones, change_s, stop_ix, start, latest, n_lanes, more_rides, arrived, levels,
    ride, ready, reach, first_pos, on_board, active, is_marked, marked, is_improved, improved,
):  # fmt: skip
    """
    Search from one stop where a vehicle arrives at `start` (lane by lane), with 0 to `more_rides` further rides.

    `levels[k]` (n_zones, LANES) gets the earliest arrivals at zones with at most k more rides; `arrived` is scratch.
    """
    row = ride[stop_ix]
    for m in range(LANES):
        row[m] = start[m]
    improved[0] = stop_ix
    n_improved = 1
    n_marked = 0
    for k in range(more_rides + 1):
        if k > 0:
            collect_patterns(timetable, marked, n_marked, first_pos)
            n_improved = scan_patterns(
                timetable, latest, n_lanes, ride, ready, reach, first_pos, on_board, active, is_marked, is_improved,
                improved,
            )  # fmt: skip
            for m in range(n_marked):
                is_marked[marked[m]] = 0
            n_marked = 0
        for h in range(n_improved):
            s = improved[h]
            by_ride = ride[s]
            for e in range(stop_zones.indptr[s], stop_zones.indptr[s + 1]):
                at_zone = arrived[stop_zones.to_ix[e]]
                walk = stop_zones.walk_s[e]
                for m in range(LANES):
                    at_zone[m] = min(at_zone[m], np.uint16(by_ride[m] + walk))
        if k < more_rides:
            n_marked = relax_transfers(
                transfers, change_s, latest, ride, ready, improved, n_improved, is_improved, is_marked, marked
            )
        else:
            for h in range(n_improved):
                is_improved[improved[h]] = 0
        levels[k] = arrived


@njit(cache=True, nogil=True, parallel=True)
def search_calls(
    forward, backward, transfers_out, transfers_in, stop_zones, n_zones, change_s, more_rides, n_threads,
    task_backward, task_stop_ix, task_start, task_latest, task_n_lanes,
    out_indptr, out_lane, out_row, out_trip, minute_of, after, before,
):  # fmt: skip
    """
    One search per task: a stop of the added route with the times of all trips there as lanes.

    Forward tasks fill `after[row, k, zone, trip]` (kernel seconds of arrival with at most k more rides); backward tasks,
    on the reversed base timetable, fill `before[row, k, zone, trip]` (latest departure minute + 1 with at most k rides
    before, 0 for none; `minute_of` translates reversed seconds). Lane `out_lane[e]` of task x belongs to the call row
    `out_row[e]` and trip `out_trip[e]`, e from out_indptr[x] to out_indptr[x + 1].
    """
    n_stops = forward.stop_call_indptr.shape[0] - 1
    n_events = max(forward.arrival_s.shape[0], backward.arrival_s.shape[0])
    n_patterns = max(forward.pattern_n_trips.shape[0], backward.pattern_n_trips.shape[0])
    for thread in prange(n_threads):
        most_trips = 1
        for p in range(forward.pattern_n_trips.shape[0]):
            most_trips = max(most_trips, forward.pattern_n_trips[p])
        for p in range(backward.pattern_n_trips.shape[0]):
            most_trips = max(most_trips, backward.pattern_n_trips[p])
        ride = np.empty((n_stops, LANES), np.uint16)
        ready = np.empty((n_stops, LANES), np.uint16)
        arrived = np.empty((n_zones, LANES), np.uint16)
        levels = np.empty((more_rides + 1, n_zones, LANES), np.uint16)
        reach = np.empty(n_events, np.uint8)
        first_pos = np.full(n_patterns, _NOT_QUEUED, np.int32)
        on_board = np.zeros(most_trips, np.uint8)
        active = np.zeros(most_trips, np.uint16)
        is_marked = np.zeros(n_stops, np.uint8)
        marked = np.zeros(n_stops, np.int32)
        is_improved = np.zeros(n_stops, np.uint8)
        improved = np.zeros(n_stops, np.int32)
        for x in range(thread, task_stop_ix.shape[0], n_threads):
            ride[:] = UNREACHED
            ready[:] = UNREACHED
            arrived[:] = UNREACHED
            reach[:] = 0
            backwards = task_backward[x]
            if backwards:
                search_call(
                    backward, transfers_in, stop_zones, change_s, task_stop_ix[x], task_start[x], task_latest[x],
                    task_n_lanes[x], more_rides, arrived, levels, ride, ready, reach,
                    first_pos[: backward.pattern_n_trips.shape[0]], on_board, active, is_marked, marked, is_improved,
                    improved,
                )  # fmt: skip
            else:
                search_call(
                    forward, transfers_out, stop_zones, change_s, task_stop_ix[x], task_start[x], task_latest[x],
                    task_n_lanes[x], more_rides, arrived, levels, ride, ready, reach,
                    first_pos[: forward.pattern_n_trips.shape[0]], on_board, active, is_marked, marked, is_improved,
                    improved,
                )  # fmt: skip
            for k in range(more_rides + 1):
                for z in range(n_zones):
                    times = levels[k, z]
                    if backwards:
                        for e in range(out_indptr[x], out_indptr[x + 1]):
                            before[out_row[e], k, z, out_trip[e]] = minute_of[times[out_lane[e]]]
                    else:
                        for e in range(out_indptr[x], out_indptr[x + 1]):
                            after[out_row[e], k, z, out_trip[e]] = times[out_lane[e]]
