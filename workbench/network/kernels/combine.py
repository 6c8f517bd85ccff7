"""
First-ride decomposition: old travel times + searches around an added route -> new medians, exactly.

Every journey that gets better has a *first* ride on added service. Before it the rider uses the old network only (`before`:
latest departure minute that catches trip t at call i with at most a rides); after it anything (`after`: earliest arrival at
each zone from call j with at most b more rides), a + 1 + b <= max_rides. A *row* is one call of an added pattern; rows of one
pattern are consecutive. Proofs and the order of loops: docs/engine.md.

Cost: rows x zones x trips to prepare; then per origin the candidates that no other dominates, against the zones whose bound
beats the old median (about 4 % of all zones).
"""

from __future__ import annotations

import numpy as np
from numba import njit, prange

from workbench.network.kernels.arrays import LANES, NO_MEDIAN, OFFSET_S, UNREACHED

_NEVER = np.uint16(64_000)
_BLOCK = 64


@njit(cache=True, nogil=True, parallel=True)
def accumulate(after, before, board_s, pattern_row_indptr, bound_by_zone, candidates):
    """
    Make `after` cumulative, bound it, and keep only the boardings that nothing dominates.

    `after[row]` becomes the best over alighting at that row or any later one of its pattern. `bound_by_zone[z, row, k]` =
    min over trips of (arrival when alighting after `row`) - (departure at `row`), seconds. `candidates[o, row, k, trip]` is
    `before` where no boarding of the same trip at an earlier row, or with fewer rides, leaves home as late; else 0.
    """
    n_rows, n_levels, n_zones, n_trips = after.shape
    for z in prange(n_zones):
        latest = np.empty(n_trips, np.uint8)
        latest_fewer = np.empty(n_trips, np.uint8)
        for p in range(pattern_row_indptr.shape[0] - 1):
            first, last = pattern_row_indptr[p], pattern_row_indptr[p + 1] - 1
            for k in range(n_levels):
                for row in range(last - 1, first - 1, -1):
                    best = after[row + 1, k, z]
                    if row + 2 <= last:
                        later = after[row + 2, k, z]
                        for t in range(n_trips):
                            best[t] = min(best[t], later[t])
                    bound = np.uint16(NO_MEDIAN)
                    departs = board_s[row]
                    for t in range(n_trips):
                        bound = min(bound, np.uint16(best[t] - departs[t]))
                    bound_by_zone[z, row, k] = bound
                bound_by_zone[z, last, k] = NO_MEDIAN
            for k in range(n_levels):
                latest[:] = 0
                latest_fewer[:] = 0
                for row in range(first, last):
                    minutes = before[row, k, z]
                    kept = candidates[z, row, k]
                    if k > 0:
                        fewer = before[row, k - 1, z]
                        for t in range(n_trips):
                            latest_fewer[t] = max(latest_fewer[t], fewer[t])
                    for t in range(n_trips):
                        minute = minutes[t]
                        kept[t] = minute if (minute > latest[t]) & (minute > latest_fewer[t]) else np.uint8(0)
                        latest[t] = max(latest[t], minute)


@njit(cache=True, nogil=True, parallel=True)
def transpose_bounds(bound_by_zone, bound_by_row):
    """Store (n_zones, n_row_levels) bounds also as (n_row_levels, n_zones): row tests then read memory in order."""
    n_zones, n_rows = bound_by_zone.shape
    for block in prange((n_zones + _BLOCK - 1) // _BLOCK):
        for row in range(n_rows):
            for z in range(block * _BLOCK, min(n_zones, (block + 1) * _BLOCK)):
                bound_by_row[row, z] = bound_by_zone[z, row]


@njit(cache=True, nogil=True, inline="never")
def collect_candidates(candidates, board_s, pattern_row_indptr, max_travel_s, rows, trip_of, minute_of, n_of):
    """
    List the useful boardings of one origin: returns their number of rows.

    `rows[x]` = (row, level after, slack): `level after` says how many rides remain, `slack` is the shortest time from
    leaving home to boarding, seconds. Of trips that are caught leaving in the same minute the earliest serves.
    """
    n_rows = 0
    n_levels = candidates.shape[1]
    n_trips = candidates.shape[2]
    for p in range(pattern_row_indptr.shape[0] - 1):
        for row in range(pattern_row_indptr[p], pattern_row_indptr[p + 1] - 1):
            for a in range(n_levels):
                minutes = candidates[row, a]
                some = np.uint8(0)
                for t in range(n_trips):
                    some = np.uint8(some | minutes[t])
                if some == 0:
                    continue
                n = 0
                slack = np.int64(1_000_000)
                previous = np.int64(0)
                for t in range(n_trips):
                    minute = np.int64(minutes[t])
                    if minute == 0 or minute == previous or board_s[row, t] == 0:
                        continue
                    previous = minute
                    trip_of[n_rows, n] = t
                    minute_of[n_rows, n] = minute - 1
                    n += 1
                    slack = min(slack, np.int64(board_s[row, t]) - OFFSET_S - 60 * (minute - 1))
                if n > 0 and slack < max_travel_s:
                    rows[n_rows, 0] = row
                    rows[n_rows, 1] = n_levels - 1 - a
                    rows[n_rows, 2] = slack
                    n_of[n_rows] = n
                    n_rows += 1
    return n_rows


@njit(cache=True, nogil=True, inline="never")
def suffix_minimum(via):
    """Make lane m the best of lanes m and later, by doubling; lanes from LANES on stay at `_NEVER`."""
    for step in (1, 2, 4, 8, 16, 32, 64):
        for m in range(LANES):
            via[m] = min(via[m], via[m + step])


@njit(cache=True, nogil=True, inline="never")
def new_median(via, old_row, n_lanes, depart, max_travel_s, old_median, values):
    """Return the median of min(old, via) of one pair, or `old_median` if it does not fall. `values` is scratch."""
    rank = (n_lanes - 1) // 2
    for m in range(n_lanes):
        values[m] = old_row[m]
    limit = np.uint16(max_travel_s)
    threshold = np.uint16(old_median)
    below = np.uint16(0)
    for m in range(LANES):
        offered = np.uint16(via[m] - depart[m])
        offered = offered if offered <= limit else np.uint16(NO_MEDIAN)
        values[m] = min(offered, values[m])
        below = np.uint16(below + np.uint16(values[m] < threshold))
    if below <= rank:
        return np.uint16(old_median)
    low = 0
    for bit in range(12, -1, -1):
        threshold = np.uint16(low | (1 << bit))
        below = np.uint16(0)
        for m in range(LANES):
            below = np.uint16(below + np.uint16(values[m] < threshold))
        if below <= rank:
            low = low | (1 << bit)
    return np.uint16(low)


@njit(cache=True, nogil=True, parallel=True)
def combine(
    travel, old_medians, after, bound_by_row, bound_by_zone, candidates, board_s, pattern_row_indptr, max_travel_s,
    n_threads, new_medians, counters,
):  # fmt: skip
    """
    Fill `new_medians` (n_origins, n_zones). `counters` (n_threads, 4): origins touched, candidate boardings, pairs whose
    bound beats the old median, pairs whose median falls.
    """
    n_origins, n_zones, n_lanes = travel.shape
    n_trips = after.shape[3]
    n_levels = after.shape[1]
    n_call_rows = after.shape[0]
    for thread in prange(n_threads):
        low = np.empty(n_zones, np.uint16)
        rows = np.empty((n_call_rows * n_levels, 3), np.int64)
        trip_of = np.empty((n_call_rows * n_levels, n_trips), np.int32)
        minute_of = np.empty((n_call_rows * n_levels, n_trips), np.int32)
        n_of = np.empty(n_call_rows * n_levels, np.int64)
        via = np.full(2 * LANES, _NEVER, np.uint16)
        values = np.full(LANES, NO_MEDIAN, np.uint16)
        depart = (OFFSET_S + 60 * np.arange(LANES)).astype(np.uint16)
        hopeful = np.empty(n_zones, np.int32)
        for o in range(thread, n_origins, n_threads):
            old = old_medians[o]
            new = new_medians[o]
            new[:] = old
            n_rows = collect_candidates(
                candidates[o], board_s, pattern_row_indptr, max_travel_s, rows, trip_of, minute_of, n_of
            )
            if n_rows == 0:
                continue
            counters[thread, 0] += 1
            low[:] = NO_MEDIAN
            for x in range(n_rows):
                counters[thread, 1] += n_of[x]
                bound = bound_by_row[rows[x, 0] * n_levels + rows[x, 1]]
                slack = np.uint16(rows[x, 2])
                for z in range(n_zones):
                    # a bound is at most UNREACHED + a walk, a slack below 7,200: the sum stays in uint16
                    low[z] = min(low[z], np.uint16(min(bound[z], np.uint16(UNREACHED)) + slack))
            n_hopeful = 0
            for z in range(n_zones):
                hopeful[n_hopeful] = z
                n_hopeful += np.int64(low[z] < old[z]) & np.int64(low[z] <= max_travel_s)
            counters[thread, 2] += n_hopeful
            for h in range(n_hopeful):
                z = hopeful[h]
                old_median = np.int64(old[z])
                found = False
                for x in range(n_rows):
                    row, level = rows[x, 0], rows[x, 1]
                    if np.int64(bound_by_zone[z, row, level]) + rows[x, 2] >= old_median:
                        continue
                    arrivals = after[row + 1, level, z]
                    for c in range(n_of[x]):
                        minute = minute_of[x, c]
                        arrival = np.int64(arrivals[trip_of[x, c]])
                        travel_s = arrival - OFFSET_S - 60 * minute
                        if travel_s < old_median and travel_s <= max_travel_s:
                            if not found:
                                found = True
                                via[:LANES] = _NEVER
                            via[minute] = min(via[minute], np.uint16(arrival))
                if found:
                    suffix_minimum(via)
                    new[z] = new_median(via, travel[o, z], n_lanes, depart, max_travel_s, old_median, values)
                    counters[thread, 3] += np.int64(new[z] < old[z])
