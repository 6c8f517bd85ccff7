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

from workbench.network.kernels.arrays import (
    LANES,
    NO_MEDIAN,
    OFFSET_S,
    Int32Array,
    Int64Array,
    UInt8Array,
    UInt16Array,
)

_NEVER = np.uint16(64_000)
_BLOCK = 64
_NO_BOUND = 50_000  # so low that a slack below 7,200 s can be added in uint16


@njit(cache=True, nogil=True, parallel=True)
def accumulate(
    after: UInt16Array,
    before: UInt8Array,
    board_s: UInt16Array,
    pattern_row_indptr: Int64Array,
    bound_by_zone: UInt16Array,
    candidates: UInt8Array,
) -> None:
    """
    Make `after` cumulative, bound it, and keep only the boardings that nothing dominates.

    `after[row]` becomes the best over alighting at that row or any later one of its pattern. `bound_by_zone[z, row, k]` =
    min over trips of (arrival when alighting after `row`) - (departure at `row`), seconds. `candidates[o, row, k, trip]` is
    `before` where no boarding of the same trip at an earlier row, or with fewer rides, leaves home as late; else 0.
    """
    _, n_levels, n_zones, n_trips = after.shape
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
                    bound_by_zone[z, row, k] = min(bound, np.uint16(_NO_BOUND))
                bound_by_zone[z, last, k] = _NO_BOUND
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
def transpose_bounds(bound_by_zone: UInt16Array, bound_by_row: UInt16Array) -> None:
    """Store (n_zones, n_row_levels) bounds also as (n_row_levels, n_zones): row tests then read memory in order."""
    n_zones, n_rows = bound_by_zone.shape
    for block in prange((n_zones + _BLOCK - 1) // _BLOCK):
        for row in range(n_rows):
            for z in range(block * _BLOCK, min(n_zones, (block + 1) * _BLOCK)):
                bound_by_row[row, z] = bound_by_zone[z, row]


@njit(cache=True, nogil=True, inline="never")
def collect_candidates(
    candidates: UInt8Array,
    board_s: UInt16Array,
    pattern_row_indptr: Int64Array,
    max_travel_s: int,
    row_level: Int32Array,
    slack: Int32Array,
    trip_of: Int32Array,
    minute_of: Int32Array,
    n_of: Int32Array,
) -> int:
    """
    List the useful boardings of one origin: returns the number of (row, level) pairs that have some.

    `row_level[x]` is row x n_levels + level, the level saying how many rides remain after the added one; `slack[x]` the
    shortest time from leaving home to boarding, seconds. Boardings of x are `n_of[x]` pairs of `trip_of` and `minute_of`
    (departure minute, from 0). Of trips caught by leaving in the same minute the earliest serves.
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
                shortest = np.int64(1_000_000)
                previous = np.int64(0)
                for t in range(n_trips):
                    minute = np.int64(minutes[t])
                    if minute == 0 or minute == previous or board_s[row, t] == 0:
                        continue
                    previous = minute
                    trip_of[n_rows, n] = t
                    minute_of[n_rows, n] = minute - 1
                    n += 1
                    shortest = min(shortest, np.int64(board_s[row, t]) - OFFSET_S - 60 * (minute - 1))
                if n > 0 and shortest < max_travel_s:
                    row_level[n_rows] = row * n_levels + n_levels - 1 - a
                    slack[n_rows] = shortest
                    n_of[n_rows] = n
                    n_rows += 1
    return n_rows


@njit(cache=True, nogil=True, inline="never")
def suffix_minimum(via: UInt16Array) -> None:
    """Make lane m the best of lanes m and later, by doubling; lanes from LANES on stay at `_NEVER`."""
    for step in (1, 2, 4, 8, 16, 32, 64):
        for m in range(LANES):
            via[m] = min(via[m], via[m + step])


@njit(cache=True, nogil=True, inline="never")
def new_median(
    via: UInt16Array,
    old_row: UInt16Array,
    n_lanes: int,
    depart: UInt16Array,
    max_travel_s: int,
    old_median: int,
    values: UInt16Array,
) -> np.uint16:
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


@njit(cache=True, nogil=True, inline="never")
def collect_via(
    after: UInt16Array,
    bounds: UInt16Array,
    z: int,
    row_level: Int32Array,
    slack: Int32Array,
    n_rows: int,
    trip_of: Int32Array,
    minute_of: Int32Array,
    n_of: Int32Array,
    old_median: int,
    max_travel_s: int,
    via: UInt16Array,
) -> bool:
    """Put the earliest arrivals at zone `z` by departure minute into `via`; false if no boarding beats the median."""
    n_levels = after.shape[1]
    found = False
    for x in range(n_rows):
        if np.int32(bounds[row_level[x]]) + slack[x] >= old_median:
            continue
        row, level = row_level[x] // n_levels, row_level[x] % n_levels
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
    return found


@njit(cache=True, nogil=True, inline="never")
def hopeful_zones(
    bound_by_row: UInt16Array,
    row_level: Int32Array,
    slack: Int32Array,
    n_rows: int,
    old: UInt16Array,
    max_travel_s: int,
    low: UInt16Array,
    hopeful: Int32Array,
) -> int:
    """List the zones where some boarding's bound beats the old median; returns how many."""
    n_zones = old.shape[0]
    low[:] = NO_MEDIAN
    for x in range(n_rows):
        bound, more = bound_by_row[row_level[x]], np.uint16(slack[x])
        for z in range(n_zones):
            low[z] = min(low[z], np.uint16(bound[z] + more))
    limit = np.uint16(max_travel_s)
    n = 0
    for z in range(n_zones):
        hopeful[n] = z
        n += np.int64(low[z] < old[z]) & np.int64(low[z] <= limit)
    return n


@njit(cache=True, nogil=True, parallel=True)
def combine(
    travel: UInt16Array,
    old_medians: UInt16Array,
    after: UInt16Array,
    bound_by_row: UInt16Array,
    bound_by_zone: UInt16Array,
    candidates: UInt8Array,
    board_s: UInt16Array,
    pattern_row_indptr: Int64Array,
    max_travel_s: int,
    n_threads: int,
    new_medians: UInt16Array,
    counters: Int64Array,
) -> None:
    """
    Fill `new_medians` (n_origins, n_zones) from old and added journeys, each origin on its own.

    `bound_by_zone` (n_zones, n_row_levels) and `bound_by_row`, its transpose, are the bounds of `accumulate`.
    `counters` (n_threads, 4): origins touched, candidate boardings, pairs whose bound beats the old median, pairs whose
    median falls.
    """
    n_origins, n_zones, n_lanes = travel.shape
    n_trips = after.shape[3]
    n_row_levels = bound_by_row.shape[0]
    for thread in prange(n_threads):
        row_level = np.empty(n_row_levels, np.int32)
        slack = np.empty(n_row_levels, np.int32)
        n_of = np.empty(n_row_levels, np.int32)
        trip_of = np.empty((n_row_levels, n_trips), np.int32)
        minute_of = np.empty((n_row_levels, n_trips), np.int32)
        low = np.empty(n_zones, np.uint16)
        hopeful = np.empty(n_zones, np.int32)
        via = np.full(2 * LANES, _NEVER, np.uint16)
        values = np.full(LANES, NO_MEDIAN, np.uint16)
        depart = (OFFSET_S + 60 * np.arange(LANES)).astype(np.uint16)
        for o in range(thread, n_origins, n_threads):
            old, new = old_medians[o], new_medians[o]
            new[:] = old
            n_rows = collect_candidates(
                candidates[o], board_s, pattern_row_indptr, max_travel_s, row_level, slack, trip_of, minute_of, n_of
            )
            if n_rows == 0:
                continue
            n_hopeful = hopeful_zones(bound_by_row, row_level, slack, n_rows, old, max_travel_s, low, hopeful)
            counters[thread, 0] += 1
            counters[thread, 1] += n_of[:n_rows].sum()
            counters[thread, 2] += n_hopeful
            for h in range(n_hopeful):
                z = hopeful[h]
                median = np.int64(old[z])
                if collect_via(
                    after, bound_by_zone[z], z, row_level, slack, n_rows, trip_of, minute_of, n_of, median,
                    max_travel_s, via,
                ):  # fmt: skip
                    suffix_minimum(via)
                    new[z] = new_median(via, travel[o, z], n_lanes, depart, max_travel_s, median, values)
                    counters[thread, 3] += np.int64(new[z] < old[z])
