"""
First-ride decomposition: old travel times + searches around added stops -> new percentiles, exactly.

Every journey that gets better has a *first* ride on added service. Before it the rider uses the old network only; after it
anything. A *row* is one call of an added pattern. Everything works on tiles of UNIT zones, which fit into the fast cache and
are vectors: origins first (`collect_boardings`), then destinations (`combine`). Proofs and the order of loops: docs/engine.md.

Cost: rows x levels x trips x zones to prepare; then per origin and tile of destinations the boardings whose bound beats the
old travel time somewhere in the tile; stored rows are read for pairs with a boarding that does beat it (about 3 %).
"""

from __future__ import annotations

import numpy as np
from numba import njit, prange

from workbench.network.kernels.arrays import (
    LANES,
    NO_MEDIAN,
    OFFSET_S,
    UNIT,
    UNREACHED,
    Boardings,
    Calls,
    Int32Array,
    Int64Array,
    Patch,
    UInt8Array,
    UInt16Array,
)

_NEVER = np.uint16(64_000)
_NO_BOUND = np.uint16(50_000)  # so low that a slack below 7,200 s can be added in uint16


@njit(cache=True, nogil=True, parallel=True)
def find_boardings(
    calls: Calls,
    at_zone: UInt16Array,
    horizon_s: int,
    n_departures: int,
    max_travel_s: int,
    n_threads: int,
    kept: UInt8Array,
    is_used: UInt8Array,
    n_groups: Int64Array,
    n_entries: Int64Array,
) -> None:
    """
    Find each origin's first boardings that nothing dominates.

    A boarding is dropped if the same trip is caught at an earlier call of its pattern, or after fewer rides, leaving home no
    earlier; of trips caught by leaving in the same minute the earliest serves. Fills `kept[tile, slot, origin]` with the
    departure minute + 1 where `is_used[tile, slot]`, slot = time x max_rides + rides before; and counts by origin.
    """
    for thread in prange(n_threads):
        for tile in range(thread, at_zone.shape[1], n_threads):
            find_boardings_of(
                tile,
                calls,
                at_zone,
                horizon_s,
                n_departures,
                max_travel_s,
                kept[tile],
                is_used[tile],
                n_groups,
                n_entries,
            )


@njit(cache=True, nogil=True, inline="never")
def find_boardings_of(
    tile: int,
    calls: Calls,
    at_zone: UInt16Array,
    horizon_s: int,
    n_departures: int,
    max_travel_s: int,
    kept: UInt8Array,
    is_used: UInt8Array,
    n_groups: Int64Array,
    n_entries: Int64Array,
) -> None:
    """Do `find_boardings` for one tile of origins."""
    n_levels, n_times = at_zone.shape[2], calls.arrival_s.shape[0]
    minutes, minutes_fewer = np.zeros((n_times, UNIT), np.uint8), np.zeros((n_times, UNIT), np.uint8)
    caught, caught_fewer = np.empty((n_times, UNIT), np.uint8), np.empty((n_times, UNIT), np.uint8)
    previous, entries, groups = np.empty(UNIT, np.uint8), np.zeros(UNIT, np.int32), np.zeros(UNIT, np.int32)
    for a in range(n_levels):
        minutes, minutes_fewer = minutes_fewer, minutes
        for x in range(n_times):
            if calls.back_unit[x] >= 0:
                leaves = at_zone[calls.back_unit[x], tile, a, calls.back_lane[x]]
                leaving_minutes(leaves, horizon_s, n_departures, minutes[x])
        for p in range(calls.pattern_row_indptr.shape[0] - 1):
            caught[:] = 0
            caught_fewer[:] = 0
            for row in range(calls.pattern_row_indptr[p], calls.pattern_row_indptr[p + 1] - 1):
                if calls.may_board[row] == 0:
                    continue
                previous[:] = 0
                time0 = calls.time_indptr[row]
                for t in range(calls.time_indptr[row + 1] - time0):
                    x = time0 + t
                    if calls.back_unit[x] < 0:
                        continue
                    # leaving earlier than this makes the journey too long
                    soonest = max(1, (np.int64(calls.departure_s[x]) - OFFSET_S - max_travel_s) // 60 + 2)
                    slot = x * n_levels + a
                    is_used[slot] = keep_latest(
                        minutes[x], minutes_fewer[x], soonest, caught[t], caught_fewer[t], previous, kept[slot]
                    )
                    if is_used[slot]:
                        count_kept(kept[slot], entries)
                count_kept(previous, groups)
    for z in range(min(UNIT, n_entries.shape[0] - tile * UNIT)):
        n_entries[tile * UNIT + z], n_groups[tile * UNIT + z] = entries[z], groups[z]


@njit(cache=True, nogil=True, inline="never")
def leaving_minutes(reversed_s: UInt16Array, horizon_s: int, n_departures: int, minutes: UInt8Array) -> None:
    """Fill in the latest departure minute + 1 of a tile of zones from reversed seconds; 0 where it is before the window."""
    latest, most = np.uint16(horizon_s - OFFSET_S), np.uint32(n_departures)
    for z in range(UNIT):
        leaves = np.uint32(np.uint16(latest - min(reversed_s[z], latest)))
        # 34,953 / 2**21: exact division by 60 below 2**16
        minute = min(np.uint32(np.uint32(leaves * np.uint32(34_953)) >> np.uint32(21)) + np.uint32(1), most)
        minutes[z] = np.uint8(minute) if reversed_s[z] <= latest else np.uint8(0)


@njit(cache=True, nogil=True, inline="never")
def keep_latest(
    minutes: UInt8Array,
    minutes_fewer: UInt8Array,
    soonest: int,
    caught: UInt8Array,
    caught_fewer: UInt8Array,
    previous: UInt8Array,
    kept: UInt8Array,
) -> bool:
    """Fill `kept` with the minutes that beat what was caught before, in a tile of zones; true if there are some."""
    some, low = np.uint8(0), np.uint8(min(soonest, 255))
    for z in range(UNIT):
        minute = minutes[z]
        caught_fewer[z] = max(caught_fewer[z], minutes_fewer[z])
        is_kept = (minute > caught[z]) & (minute > caught_fewer[z]) & (minute != previous[z]) & (minute >= low)
        caught[z] = max(caught[z], minute)
        kept[z] = minute if is_kept else np.uint8(0)
        previous[z] = minute if is_kept else previous[z]
        some = np.uint8(some | kept[z])
    return some != 0


@njit(cache=True, nogil=True, inline="never")
def count_kept(kept: UInt8Array, counts: Int32Array) -> None:
    """Count where there is something."""
    for z in range(UNIT):
        counts[z] += np.int32(kept[z] > 0)


@njit(cache=True, nogil=True, parallel=True)
def list_boardings(
    calls: Calls,
    n_levels: int,
    n_threads: int,
    kept: UInt8Array,
    is_used: UInt8Array,
    entry: Int64Array,
    boardings: Boardings,
) -> None:
    """Turn what `find_boardings` found into lists by origin; `entry` says where each begins, and is moved on."""
    for thread in prange(n_threads):
        for tile in range(thread, kept.shape[0], n_threads):
            list_boardings_of(tile, calls, n_levels, kept[tile], is_used[tile], entry, boardings)


@njit(cache=True, nogil=True, inline="never")
def list_boardings_of(
    tile: int,
    calls: Calls,
    n_levels: int,
    kept: UInt8Array,
    is_used: UInt8Array,
    entry: Int64Array,
    boardings: Boardings,
) -> None:
    """Do `list_boardings` for one tile of origins."""
    n_here = min(UNIT, entry.shape[0] - tile * UNIT)
    group, group_of = np.empty(UNIT, np.int64), np.full(UNIT, -1, np.int64)
    for z in range(n_here):
        group[z] = boardings.group_indptr[tile * UNIT + z] - 1
    for a in range(n_levels):
        for row in range(calls.may_board.shape[0]):
            row_level = row * n_levels + n_levels - 1 - a
            time0 = calls.time_indptr[row]
            for t in range(calls.time_indptr[row + 1] - time0):
                slot = (time0 + t) * n_levels + a
                if is_used[slot] == 0:
                    continue
                boards_s = np.int64(calls.departure_s[time0 + t]) - OFFSET_S
                for z in range(n_here):
                    if kept[slot, z] == 0:
                        continue
                    slack, e = np.uint16(boards_s - 60 * (np.int64(kept[slot, z]) - 1)), entry[tile * UNIT + z]
                    if group_of[z] != row_level:
                        group_of[z] = row_level
                        group[z] += 1
                        boardings.row_level[group[z]] = row_level
                        boardings.entry_indptr[group[z]] = e
                        boardings.slack_s[group[z]] = slack
                    boardings.slack_s[group[z]] = min(boardings.slack_s[group[z]], slack)
                    boardings.trip[e] = t
                    boardings.minute[e] = kept[slot, z] - 1
                    entry[tile * UNIT + z] = e + 1


@njit(cache=True, nogil=True, parallel=True)
def combine(
    travel: UInt16Array,
    patch: Patch,
    old: UInt16Array,
    ranks: Int64Array,
    at_zone: UInt16Array,
    calls: Calls,
    reboardings: Int32Array,
    boardings: Boardings,
    max_travel_s: int,
    n_threads: int,
    new: UInt16Array,
    counters: Int64Array,
) -> None:
    """
    Fill `new` (n_ranks, n_origins, n_zones), the travel times of these ranks, from old and added journeys.

    `old` has the same shape. `counters` (n_threads, 3): tests of a boarding against a tile, pairs with a boarding that beats
    the old value, pairs whose value falls.
    """
    for thread in prange(n_threads):
        combine_tiles(
            thread, travel, patch, old, ranks, at_zone, calls, reboardings, boardings, max_travel_s, n_threads, new, counters
        )  # fmt: skip


@njit(cache=True, nogil=True, inline="never")
def combine_tiles(
    thread: int,
    travel: UInt16Array,
    patch: Patch,
    old: UInt16Array,
    ranks: Int64Array,
    at_zone: UInt16Array,
    calls: Calls,
    reboardings: Int32Array,
    boardings: Boardings,
    max_travel_s: int,
    n_threads: int,
    new: UInt16Array,
    counters: Int64Array,
) -> None:
    """One thread's share of `combine`: every n_threads-th tile of destinations."""
    n_origins, n_zones, n_departures = travel.shape
    n_levels = at_zone.shape[2]
    n_rows = calls.time_indptr.shape[0] - 1
    onward = np.empty((max(1, calls.time_indptr[n_rows]) * n_levels, UNIT), np.uint16)
    bounds = np.empty((n_rows * n_levels, UNIT), np.uint16)
    via = np.empty((LANES, UNIT), np.uint16)
    touched, is_touched = np.empty(LANES, np.int64), np.zeros(LANES, np.uint8)
    limit, lowest = np.empty(UNIT, np.uint16), np.empty(UNIT, np.uint16)
    pair_via, values = np.full(2 * LANES, _NEVER, np.uint16), np.full(LANES, NO_MEDIAN, np.uint16)
    depart = (OFFSET_S + 60 * np.arange(LANES)).astype(np.uint16)
    for first in range(thread * UNIT, n_zones, n_threads * UNIT):
        n_here = min(UNIT, n_zones - first)
        gather_onward(calls, at_zone, first // UNIT, n_here, onward)
        ride_again(calls, reboardings, n_levels, onward)
        bound_rows(calls, n_levels, onward, bounds)
        for q in range(ranks.shape[0]):
            for o in range(n_origins):
                if boardings.group_indptr[o] == boardings.group_indptr[o + 1]:
                    continue
                limit[:] = 0
                for z in range(n_here):
                    limit[z] = min(old[q, o, first + z], np.uint16(max_travel_s + 1))
                n_touched = ride_first(
                    calls, boardings, o, n_levels, onward, bounds, depart, limit, via, touched, is_touched, lowest, counters[thread]
                )  # fmt: skip
                if n_touched == 0:
                    continue
                for h in range(n_touched):
                    is_touched[touched[h]] = 0
                for z in range(n_here):
                    if lowest[z] == _NEVER:
                        continue
                    counters[thread, 1] += 1
                    pair_via[:LANES] = _NEVER
                    for h in range(n_touched):
                        pair_via[touched[h]] = via[touched[h], z]
                    suffix_minimum(pair_via)
                    at = find_patch(patch, o, first + z)
                    row = travel[o, first + z] if at < 0 else patch.travel_s[at]
                    value = new_rank(
                        pair_via, row, n_departures, depart, max_travel_s, old[q, o, first + z], ranks[q], values
                    )
                    counters[thread, 2] += np.int64(value < old[q, o, first + z])
                    new[q, o, first + z] = value


@njit(cache=True, nogil=True, inline="never")
def gather_onward(calls: Calls, at_zone: UInt16Array, tile: int, n_here: int, onward: UInt16Array) -> None:
    """Copy arrivals at a tile of zones after alighting: rows of `onward` are (row, rides left, trip)."""
    n_levels = at_zone.shape[2]
    for row in range(calls.time_indptr.shape[0] - 1):
        time0, n_trips = calls.time_indptr[row], calls.time_indptr[row + 1] - calls.time_indptr[row]
        for b in range(n_levels):
            for t in range(n_trips):
                arrivals = onward[time0 * n_levels + b * n_trips + t]
                unit = calls.onward_unit[time0 + t] if calls.may_alight[row] else np.int64(-1)
                if unit < 0:
                    arrivals[:] = UNREACHED
                else:
                    stored = at_zone[unit, tile, b, calls.onward_lane[time0 + t]]
                    for z in range(UNIT):
                        arrivals[z] = stored[z]
                    for z in range(n_here, UNIT):
                        arrivals[z] = UNREACHED


@njit(cache=True, nogil=True, inline="never")
def ride_again(calls: Calls, reboardings: Int32Array, n_levels: int, onward: UInt16Array) -> None:
    """
    Let riders board added service again, then make `onward` the best over alighting at a row or any later one.

    With b rides left, k old rides and the added one leave b - 1 - k: values of fewer rides are finished when they are used.
    """
    for b in range(n_levels):
        for x in range(reboardings.shape[0]):
            row, t, k = np.int64(reboardings[x, 0]), np.int64(reboardings[x, 1]), np.int64(reboardings[x, 2])
            if k >= b:
                continue
            onto, boards = np.int64(reboardings[x, 3]) + 1, np.int64(reboardings[x, 4])
            n_trips = calls.time_indptr[row + 1] - calls.time_indptr[row]
            n_onto = calls.time_indptr[onto + 1] - calls.time_indptr[onto]
            lower(
                onward[calls.time_indptr[row] * n_levels + b * n_trips + t],
                onward[calls.time_indptr[onto] * n_levels + (b - 1 - k) * n_onto + boards],
            )
        for p in range(calls.pattern_row_indptr.shape[0] - 1):
            for row in range(calls.pattern_row_indptr[p + 1] - 2, calls.pattern_row_indptr[p] - 1, -1):
                time0, n_trips = calls.time_indptr[row], calls.time_indptr[row + 1] - calls.time_indptr[row]
                later = calls.time_indptr[row + 1]
                for t in range(n_trips):
                    lower(onward[time0 * n_levels + b * n_trips + t], onward[later * n_levels + b * n_trips + t])


@njit(cache=True, nogil=True)
def lower(row: UInt16Array, other: UInt16Array) -> None:
    """Make a tile at most another."""
    for z in range(UNIT):
        row[z] = min(row[z], other[z])


@njit(cache=True, nogil=True, inline="never")
def bound_rows(calls: Calls, n_levels: int, onward: UInt16Array, bounds: UInt16Array) -> None:
    """Fill `bounds[row x n_levels + b]`: the least time from boarding at a row to each zone, over its trips, seconds."""
    for p in range(calls.pattern_row_indptr.shape[0] - 1):
        last = calls.pattern_row_indptr[p + 1] - 1
        for row in range(calls.pattern_row_indptr[p], last + 1):
            for b in range(n_levels):
                bound = bounds[row * n_levels + b]
                bound[:] = _NO_BOUND
                if row == last:
                    continue
                time0, later = calls.time_indptr[row], calls.time_indptr[row + 1]
                n_trips = later - time0
                for t in range(n_trips):
                    arrivals, departs = onward[later * n_levels + b * n_trips + t], calls.departure_s[time0 + t]
                    for z in range(UNIT):
                        bound[z] = min(bound[z], np.uint16(arrivals[z] - departs))


@njit(cache=True, nogil=True, inline="never")
def ride_first(
    calls: Calls,
    boardings: Boardings,
    o: int,
    n_levels: int,
    onward: UInt16Array,
    bounds: UInt16Array,
    depart: UInt16Array,
    limit: UInt16Array,
    via: UInt16Array,
    touched: Int64Array,
    is_touched: UInt8Array,
    lowest: UInt16Array,
    counters: Int64Array,
) -> int:
    """
    Put one origin's arrivals at a tile of zones that beat `limit` into `via[minute]`; returns the number of such minutes.

    They are listed in `touched`; `lowest` is the earliest arrival of each zone, `_NEVER` where none beats its limit.
    """
    n_touched = 0
    lowest[:] = _NEVER
    for g in range(boardings.group_indptr[o], boardings.group_indptr[o + 1]):
        bound, slack = bounds[boardings.row_level[g]], boardings.slack_s[g]
        some = np.uint16(0)
        for z in range(UNIT):
            some = np.uint16(some | np.uint16(np.uint16(bound[z] + slack) < limit[z]))
        if some == 0:
            continue
        row, b = boardings.row_level[g] // n_levels, boardings.row_level[g] % n_levels
        later = calls.time_indptr[row + 1]
        slot = later * n_levels + b * (later - calls.time_indptr[row])
        counters[0] += boardings.entry_indptr[g + 1] - boardings.entry_indptr[g]
        for e in range(boardings.entry_indptr[g], boardings.entry_indptr[g + 1]):
            arrivals, minute = onward[slot + boardings.trip[e]], np.int64(boardings.minute[e])
            leaves = depart[minute]
            some = np.uint16(0)
            for z in range(UNIT):
                some = np.uint16(some | np.uint16(np.uint16(arrivals[z] - leaves) < limit[z]))
            if some == 0:
                continue
            at_minute = via[minute]
            if is_touched[minute] == 0:
                is_touched[minute] = 1
                touched[n_touched] = minute
                n_touched += 1
                at_minute[:] = _NEVER
            for z in range(UNIT):
                offered = arrivals[z] if np.uint16(arrivals[z] - leaves) < limit[z] else _NEVER
                at_minute[z] = min(at_minute[z], offered)
                lowest[z] = min(lowest[z], offered)
    return n_touched


@njit(cache=True, nogil=True)
def find_patch(patch: Patch, o: int, z: int) -> int:
    """Return the row of a patch that replaces a pair's row of the base; -1 if there is none."""
    low, high = patch.indptr[o], patch.indptr[o + 1]
    while low < high:
        middle = (low + high) // 2
        if patch.zone_ix[middle] < z:
            low = middle + 1
        else:
            high = middle
    is_there = low < patch.indptr[o + 1] and patch.zone_ix[low] == z
    return int(low) if is_there else -1


@njit(cache=True, nogil=True, inline="never")
def suffix_minimum(via: UInt16Array) -> None:
    """Make lane m the best of lanes m and later, by doubling; lanes from LANES on stay at `_NEVER`."""
    for step in (1, 2, 4, 8, 16, 32, 64):
        for m in range(LANES):
            via[m] = min(via[m], via[m + step])


@njit(cache=True, nogil=True, inline="never")
def new_rank(
    via: UInt16Array,
    old_row: UInt16Array,
    n_lanes: int,
    depart: UInt16Array,
    max_travel_s: int,
    old_value: int,
    rank: int,
    values: UInt16Array,
) -> np.uint16:
    """Return the value of this rank of min(old, via) of one pair, or `old_value` if it does not fall. `values` is scratch."""
    for m in range(n_lanes):
        values[m] = old_row[m]
    limit = np.uint16(max_travel_s)
    threshold = np.uint16(old_value)
    below = np.uint16(0)
    for m in range(LANES):
        offered = np.uint16(via[m] - depart[m])
        offered = offered if offered <= limit else np.uint16(NO_MEDIAN)
        values[m] = min(offered, values[m])
        below = np.uint16(below + np.uint16(values[m] < threshold))
    if below <= rank:
        return np.uint16(old_value)
    low = 0
    for bit in range(12, -1, -1):
        threshold = np.uint16(low | (1 << bit))
        below = np.uint16(0)
        for m in range(LANES):
            below = np.uint16(below + np.uint16(values[m] < threshold))
        if below <= rank:
            low = low | (1 << bit)
    return np.uint16(low)
