"""From a service day to the arrays one window's search scans; the same backwards; more patterns appended."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from workbench.city.timetable import Timetable
from workbench.network.addition import AddedPattern
from workbench.network.kernels.arrays import CLIP_S, MAY_ALIGHT, MAY_BOARD, OFFSET_S, ScanTimetable
from workbench.network.params import SearchParams, Window

__all__ = [
    "PatternColumns",
    "append_patterns",
    "compile_timetable",
    "grow_stops",
    "kernel_seconds",
    "pattern_columns",
    "reverse_timetable",
    "reversed_horizon_s",
]


@dataclass(frozen=True, eq=False)
class PatternColumns:
    """One pattern ready to be scanned."""

    stop_ix: npt.NDArray[np.int32]
    """(n_stops,)"""
    flags: npt.NDArray[np.uint8]
    """(n_stops,) MAY_BOARD | MAY_ALIGHT."""
    arrival_s: npt.NDArray[np.uint16]
    """(n_stops, n_trips) kernel seconds."""
    departure_s: npt.NDArray[np.uint16]


def kernel_seconds(service_day_s: npt.NDArray[np.int32], window: Window) -> npt.NDArray[np.uint16]:
    """Return seconds of the service day as kernel seconds, cut to 0 .. CLIP_S."""
    return np.clip(service_day_s.astype(np.int64) - window.start_s + OFFSET_S, 0, CLIP_S).astype(np.uint16)


def reversed_horizon_s(window: Window, params: SearchParams) -> int:
    """Return the kernel second that becomes 0 when time runs backwards: no journey is later."""
    return OFFSET_S + 60 * window.n_departures + params.max_travel_s + OFFSET_S


def compile_timetable(
    timetable: Timetable,
    window: Window,
    params: SearchParams,
    n_stops: int,
    *,
    without_route_ix: npt.NDArray[np.int32] | None = None,
) -> ScanTimetable:
    """Return the trips that move inside the window or up to the longest journey after it, some routes left out."""
    last_s = window.end_s + params.max_travel_s
    left_out = np.zeros(0, dtype=np.int32) if without_route_ix is None else without_route_ix
    patterns = []
    for pattern_ix in map(int, np.flatnonzero(~np.isin(timetable.pattern_route_ix, left_out))):
        arrival, departure = timetable.pattern_times(pattern_ix)
        runs = (arrival[:, -1] >= window.start_s) & (departure[:, 0] <= last_s)
        if runs.any():
            calls = slice(timetable.pattern_stop_indptr[pattern_ix], timetable.pattern_stop_indptr[pattern_ix + 1])
            board, alight = timetable.pattern_may_board[calls], timetable.pattern_may_alight[calls]
            patterns.append(
                PatternColumns(
                    stop_ix=timetable.pattern_stop_ix[calls],
                    flags=(MAY_BOARD * board + MAY_ALIGHT * alight).astype(np.uint8),
                    arrival_s=kernel_seconds(arrival[runs].T, window),
                    departure_s=kernel_seconds(departure[runs].T, window),
                )
            )
    empty = ScanTimetable(
        pattern_call_indptr=np.zeros(1, dtype=np.int32),
        pattern_event_start=np.zeros(0, dtype=np.int64),
        pattern_n_trips=np.zeros(0, dtype=np.int32),
        call_stop_ix=np.zeros(0, dtype=np.int32),
        call_flags=np.zeros(0, dtype=np.uint8),
        arrival_s=np.zeros(0, dtype=np.uint16),
        departure_s=np.zeros(0, dtype=np.uint16),
        stop_call_indptr=np.zeros(n_stops + 1, dtype=np.int32),
        stop_call_pattern_ix=np.zeros(0, dtype=np.int32),
        stop_call_pos=np.zeros(0, dtype=np.int32),
    )
    return append_patterns(empty, patterns)


def pattern_columns(pattern: AddedPattern, window: Window) -> PatternColumns:
    """Return an added pattern ready to be scanned, where one may board and alight as it says."""
    return PatternColumns(
        stop_ix=pattern.stop_ix.astype(np.int32),
        flags=(MAY_BOARD * pattern.may_board + MAY_ALIGHT * pattern.may_alight).astype(np.uint8),
        arrival_s=kernel_seconds(pattern.arrival_s.T, window),
        departure_s=kernel_seconds(pattern.departure_s.T, window),
    )


def append_patterns(timetable: ScanTimetable, patterns: list[PatternColumns]) -> ScanTimetable:
    """Return the timetable with patterns added at the end; those that are there keep their place."""
    n_calls = np.array([len(pattern.stop_ix) for pattern in patterns], dtype=np.int64)
    n_trips = np.array([pattern.arrival_s.shape[1] for pattern in patterns], dtype=np.int64)
    call_indptr = np.concatenate(
        [timetable.pattern_call_indptr, timetable.pattern_call_indptr[-1] + np.cumsum(n_calls)]
    )
    event_start = len(timetable.arrival_s) + np.cumsum([0, *(n_calls * n_trips)])[: len(patterns)]
    call_stop_ix = np.concatenate([timetable.call_stop_ix, *(pattern.stop_ix for pattern in patterns)])
    call_flags = np.concatenate([timetable.call_flags, *(pattern.flags for pattern in patterns)])
    grown = timetable._replace(
        pattern_call_indptr=call_indptr.astype(np.int32),
        pattern_event_start=np.concatenate([timetable.pattern_event_start, event_start]).astype(np.int64),
        pattern_n_trips=np.concatenate([timetable.pattern_n_trips, n_trips]).astype(np.int32),
        call_stop_ix=call_stop_ix.astype(np.int32),
        call_flags=call_flags.astype(np.uint8),
        arrival_s=np.concatenate([timetable.arrival_s, *(pattern.arrival_s.ravel() for pattern in patterns)]),
        departure_s=np.concatenate([timetable.departure_s, *(pattern.departure_s.ravel() for pattern in patterns)]),
    )
    return _with_boardings(grown)


def grow_stops(timetable: ScanTimetable, n_stops: int) -> ScanTimetable:
    """Return the timetable with room for more stops, which nothing serves yet."""
    indptr = timetable.stop_call_indptr
    more = np.full(n_stops + 1 - len(indptr), indptr[-1], dtype=np.int32)
    return timetable._replace(stop_call_indptr=np.concatenate([indptr, more]))


def reverse_timetable(timetable: ScanTimetable, window: Window, params: SearchParams) -> ScanTimetable:
    """
    Return the timetable with time running backwards from the horizon.

    Stops of a pattern and trips change order, arrivals become departures, boarding becomes alighting.
    """
    horizon = reversed_horizon_s(window, params)
    calls, events = timetable.pattern_call_indptr, timetable.pattern_event_start
    arrival, departure = np.empty_like(timetable.arrival_s), np.empty_like(timetable.departure_s)
    stop_ix, flags = np.empty_like(timetable.call_stop_ix), np.empty_like(timetable.call_flags)
    for p, n_trips in enumerate(timetable.pattern_n_trips):
        call = slice(calls[p], calls[p + 1])
        event = slice(events[p], events[p] + (calls[p + 1] - calls[p]) * int(n_trips))
        stop_ix[call] = timetable.call_stop_ix[call][::-1]
        flags[call] = timetable.call_flags[call][::-1]
        # reversing the whole block reverses stops and trips at once
        arrival[event] = np.clip(horizon - timetable.departure_s[event][::-1].astype(np.int64), 0, CLIP_S)
        departure[event] = np.clip(horizon - timetable.arrival_s[event][::-1].astype(np.int64), 0, CLIP_S)
    swapped = ((flags & MAY_BOARD) * MAY_ALIGHT + ((flags & MAY_ALIGHT) > 0) * MAY_BOARD).astype(np.uint8)
    return _with_boardings(
        timetable._replace(arrival_s=arrival, departure_s=departure, call_stop_ix=stop_ix, call_flags=swapped)
    )


def _with_boardings(timetable: ScanTimetable) -> ScanTimetable:
    """Return the timetable with the list of boardings by stop made anew; nobody boards at a last stop."""
    n_stops = len(timetable.stop_call_indptr) - 1
    n_calls = np.diff(timetable.pattern_call_indptr)
    pattern_ix = np.repeat(np.arange(len(n_calls), dtype=np.int32), n_calls)
    pos = np.arange(len(pattern_ix), dtype=np.int32) - timetable.pattern_call_indptr[pattern_ix]
    boards = ((timetable.call_flags & MAY_BOARD) > 0) & (pos < n_calls[pattern_ix] - 1)
    order = np.argsort(timetable.call_stop_ix[boards], kind="stable")
    indptr = np.zeros(n_stops + 1, dtype=np.int32)
    np.cumsum(np.bincount(timetable.call_stop_ix[boards], minlength=n_stops), out=indptr[1:])
    return timetable._replace(
        stop_call_indptr=indptr,
        stop_call_pattern_ix=pattern_ix[boards][order].astype(np.int32),
        stop_call_pos=pos[boards][order].astype(np.int32),
    )
