"""Exact re-score of added service: old base + searches around the new stops -> new medians, without searching the city."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from workbench.errors import InputError
from workbench.network.addition import AddedPattern, ServiceAddition
from workbench.network.base import Baseline
from workbench.network.kernels.arrays import LANES, OFFSET_S, UNREACHED, Tasks
from workbench.network.network import add_service
from workbench.network.params import SearchParams, Window
from workbench.network.search import Counters, combine_medians, search_after_and_before, search_origins
from workbench.network.timetable import kernel_seconds, reversed_horizon_s

__all__ = ["Rescore", "rescore", "search_sample", "warm_up"]

Int64Array = npt.NDArray[np.int64]

MAX_TABLE_BYTES = 6_000_000_000
"""Largest table of search results a re-score may make; a package of routes beyond it is refused in words."""


@dataclass(frozen=True, eq=False)
class Rescore:
    """Travel times after a change, for the window of the baseline."""

    median_s: npt.NDArray[np.uint16]
    """(n_zones, n_zones) seconds from origin to destination; NO_MEDIAN where most departures do not arrive."""
    counters: Counters
    timing_s: Mapping[str, float]
    """Seconds spent in `prepare`, `search` and `combine`."""


@dataclass(frozen=True, eq=False)
class _Rows:
    """Trips of all added patterns that matter in the window: one row per call, one column per trip."""

    pattern_row_indptr: Int64Array
    """(n_patterns + 1,)"""
    stop_ix: npt.NDArray[np.int32]
    """(n_rows,)"""
    arrival_s: npt.NDArray[np.uint16]
    """(n_rows, n_columns) kernel seconds, 0 where there is no trip."""
    departure_s: npt.NDArray[np.uint16]


def rescore(baseline: Baseline, addition: ServiceAddition) -> Rescore:
    """
    Return the exact medians of the city with added service.

    Equal, bit for bit, to searching the whole city again with the service in its timetable.

    Raises
    ------
    InputError
        If a pattern names a stop that does not exist, or the package of routes is too large.
    """
    started = time.perf_counter()
    window, params = baseline.window, baseline.params
    rows = _rows(addition, window, params)
    if rows.arrival_s.size == 0:
        nothing = Counters(0, 0, 0, 0)
        return Rescore(baseline.median_s.copy(), nothing, {"prepare": 0.0, "search": 0.0, "combine": 0.0})
    n_rows, n_columns = rows.arrival_s.shape
    # `after` (2 bytes), `before` and `candidates` (1 byte each)
    n_bytes = 4 * n_rows * params.max_rides * baseline.network.n_zones * n_columns
    if n_bytes > MAX_TABLE_BYTES:
        raise InputError(
            f"the added service has {n_rows} stops with up to {n_columns} trips in the window: re-scoring it needs "
            f"{n_bytes / 1e9:.1f} GB, must be at most {MAX_TABLE_BYTES / 1e9:.0f} GB; use fewer routes or longer headways"
        )
    network = add_service(baseline.network, baseline.city, addition)
    tasks = _call_tasks(rows, window, params)
    prepared = time.perf_counter()
    after, before = search_after_and_before(network, tasks, n_rows, n_columns)
    searched = time.perf_counter()
    medians, counters = combine_medians(
        network, baseline.travel_s, baseline.median_s, after, before, rows.departure_s, rows.pattern_row_indptr
    )
    combined = time.perf_counter()
    timing = {"prepare": prepared - started, "search": searched - prepared, "combine": combined - searched}
    return Rescore(medians, counters, timing)


def search_sample(
    baseline: Baseline, addition: ServiceAddition, origins: npt.NDArray[np.int32]
) -> npt.NDArray[np.uint16]:
    """
    Return medians from some origins by searching again with the service in the timetable: (n_origins, n_zones) seconds.

    This is the slow way round, for checking `rescore`: the two must agree bit for bit.
    """
    network = add_service(baseline.network, baseline.city, addition)
    travel = np.empty((len(origins), network.n_zones, network.window.n_departures), dtype=np.uint16)
    median = np.empty((len(origins), network.n_zones), dtype=np.uint16)
    search_origins(network, origins, travel, median)
    return median


def warm_up(baseline: Baseline) -> None:
    """Load or compile the searches now, on the smallest work there is, so that the first re-score does not wait."""
    two_stops = np.array([0, 1], dtype=np.int32)
    times = np.array([[0, 60]], dtype=np.int32) + baseline.window.start_s
    pattern = AddedPattern("warm-up", 0, two_stops, times, times)
    addition = ServiceAddition(np.zeros((0, 2)), (pattern,))
    rescore(baseline, addition)
    search_sample(baseline, addition, np.zeros(1, dtype=np.int32))


def _rows(addition: ServiceAddition, window: Window, params: SearchParams) -> _Rows:
    """Return the trips that can be used in the window, padded to the same number of columns."""
    useful = [_useful_trips(pattern, window, params) for pattern in addition.patterns]
    n_calls = [len(pattern.stop_ix) for pattern in addition.patterns]
    n_columns = max((int(trips.sum()) for trips in useful), default=0)
    n_columns = -(-n_columns // 32) * 32  # whole vectors
    indptr = np.cumsum([0, *n_calls], dtype=np.int64)
    arrival = np.zeros((int(indptr[-1]), n_columns), dtype=np.uint16)
    departure = np.zeros_like(arrival)
    for pattern, trips, start in zip(addition.patterns, useful, indptr[:-1], strict=True):
        block = (slice(start, start + len(pattern.stop_ix)), slice(0, int(trips.sum())))
        arrival[block] = kernel_seconds(pattern.arrival_s[trips].T, window)
        departure[block] = kernel_seconds(pattern.departure_s[trips].T, window)
    stop_ix = np.concatenate([np.zeros(0, np.int32), *(pattern.stop_ix for pattern in addition.patterns)])
    return _Rows(indptr, stop_ix.astype(np.int32), arrival, departure)


def _useful_trips(pattern: AddedPattern, window: Window, params: SearchParams) -> npt.NDArray[np.bool_]:
    """Return which trips somebody who leaves in the window can board, and leave in time."""
    latest_boarding_s = window.end_s + params.max_travel_s
    return (pattern.departure_s[:, -2] >= window.start_s) & (pattern.departure_s[:, 0] <= latest_boarding_s)


def _call_tasks(rows: _Rows, window: Window, params: SearchParams) -> Tasks:
    """
    Return one search per stop and direction of search, all trip times there as lanes, at most LANES a search.

    Both directions of a route that share a stop share its searches: the cost grows far slower than the lanes.
    """
    last_row = rows.pattern_row_indptr[1:] - 1
    first_row = rows.pattern_row_indptr[:-1]
    can_alight = np.ones(len(rows.stop_ix), dtype=np.bool_)
    can_alight[first_row] = False
    can_board = np.ones(len(rows.stop_ix), dtype=np.bool_)
    can_board[last_row] = False
    end_s = OFFSET_S + 60 * (window.n_departures - 1)
    horizon = reversed_horizon_s(window, params)
    builder = _TaskBuilder()
    for stop in np.unique(rows.stop_ix):
        at_stop = rows.stop_ix == stop
        row, trip = np.nonzero((at_stop & can_alight)[:, None] & (rows.arrival_s > 0))
        arrival = rows.arrival_s[row, trip].astype(np.int64)
        latest = np.minimum(arrival, end_s) + params.max_travel_s
        builder.add(False, int(stop), arrival, latest, row, trip, keep=(arrival >= OFFSET_S) & (arrival <= latest))
        row, trip = np.nonzero((at_stop & can_board)[:, None] & (rows.departure_s > 0))
        departure = rows.departure_s[row, trip].astype(np.int64)
        keep = (departure >= OFFSET_S) & (departure <= end_s + params.max_travel_s)
        reversed_s = horizon - departure
        latest = np.minimum(reversed_s + params.max_travel_s, horizon - OFFSET_S)
        builder.add(True, int(stop), reversed_s, latest, row, trip, keep=keep)
    return builder.tasks()


class _TaskBuilder:
    """Collects searches; one with more times than lanes is split."""

    def __init__(self) -> None:
        self._heads: list[tuple[bool, int, int]] = []
        self._start: list[npt.NDArray[np.uint16]] = []
        self._latest: list[npt.NDArray[np.uint16]] = []
        self._out: list[tuple[Int64Array, Int64Array, Int64Array]] = []

    def add(
        self,
        is_backward: bool,
        stop_ix: int,
        start_s: Int64Array,
        latest_s: Int64Array,
        row: npt.NDArray[np.intp],
        trip: npt.NDArray[np.intp],
        *,
        keep: npt.NDArray[np.bool_],
    ) -> None:
        """Add the searches of one stop; equal times share a lane."""
        times, lane_of = np.unique(start_s[keep], return_inverse=True)
        latest_of = np.zeros(len(times), dtype=np.int64)
        np.maximum.at(latest_of, lane_of, latest_s[keep])
        row, trip = row[keep], trip[keep]
        for first in range(0, len(times), LANES):
            block = slice(first, min(first + LANES, len(times)))
            n_lanes = block.stop - first
            start, latest = np.full(LANES, UNREACHED, dtype=np.uint16), np.zeros(LANES, dtype=np.uint16)
            start[:n_lanes], latest[:n_lanes] = times[block], latest_of[block]
            mine = (lane_of >= first) & (lane_of < block.stop)
            self._heads.append((is_backward, stop_ix, n_lanes))
            self._start.append(start)
            self._latest.append(latest)
            self._out.append((lane_of[mine] - first, row[mine].astype(np.int64), trip[mine].astype(np.int64)))

    def tasks(self) -> Tasks:
        """Return all searches as flat arrays."""
        none = np.zeros((0, LANES), dtype=np.uint16)
        n_out = [len(lanes) for lanes, _, _ in self._out]
        return Tasks(
            is_backward=np.array([head[0] for head in self._heads], dtype=np.uint8),
            stop_ix=np.array([head[1] for head in self._heads], dtype=np.int32),
            start_s=np.stack(self._start) if self._start else none,
            latest_s=np.stack(self._latest) if self._latest else none.copy(),
            n_lanes=np.array([head[2] for head in self._heads], dtype=np.int64),
            out_indptr=np.cumsum([0, *n_out], dtype=np.int64),
            out_lane=_join([out[0] for out in self._out]),
            out_row=_join([out[1] for out in self._out]),
            out_trip=_join([out[2] for out in self._out]),
        )


def _join(parts: list[Int64Array]) -> Int64Array:
    """Concatenate, also nothing."""
    return np.concatenate([np.zeros(0, dtype=np.int64), *parts]).astype(np.int64)
