"""Coverage: who can walk to the route, and who gets frequent service nearby for the first time. Grain: tax blocks."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt

from workbench.city.city import City
from workbench.city.derived import derived_arrays
from workbench.city.walking import Walking
from workbench.network import ServiceAddition, ServiceChange, Window, near_pairs
from workbench.scoring.city_tables import tables_of
from workbench.scoring.params import FREQUENT_MIN, ScoringParams
from workbench.scoring.scorecard import Measure

__all__ = [
    "BLOCKS_ESTIMATED",
    "Coverage",
    "blocks_near",
    "coverage_measures",
    "departures_after",
    "score_coverage",
    "stop_departures",
    "walking_source",
]

BoolArray = npt.NDArray[np.bool_]
FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

ESTIMATED = "residents by tax lot, summed to blocks; estimated walking distance"
REAL = "residents by tax lot, summed to blocks; walking along real streets where known, estimated elsewhere"
BLOCKS_ESTIMATED = "estimate: the Census counts tracts; people of a block are shared out by the homes on its lots"

_departures: WeakKeyDictionary[City, dict[str, IntArray]] = WeakKeyDictionary()


@dataclass(frozen=True, eq=False)
class Coverage:
    """Which blocks a scenario serves."""

    near: BoolArray
    """(n_blocks,) within walking reach of a stop of a new route."""
    new_frequent: BoolArray
    """(n_thresholds, n_blocks) near service every 10, 15 minutes after the change, but not before."""
    source: str = ESTIMATED
    """What counts of people near a stop rest on: of `walking_source`."""


def score_coverage(
    city: City, window: Window, stop_xy: FloatArray, addition: ServiceAddition, params: ScoringParams
) -> Coverage:
    """
    Return which blocks a scenario serves.

    A stop has service every m minutes if one route in one direction leaves it at least as often as that over the
    window, give or take one departure. Different routes at a stop are not added up.

    Parameters
    ----------
    city
        The city today.
    window
        When departures are counted.
    stop_xy
        (n, 2) places of all stops of the new routes, metres; a scenario that does not run in the window has them too.
    addition
        The added trips.
    params
        `near_walk_m`.
    """
    tables = tables_of(city)
    near = blocks_near(city, np.arange(len(tables.block_xy)), stop_xy, params.near_walk_m)
    rows = np.flatnonzero(near)
    before, after = stop_departures(city, window), _added_departures(city, window, addition)
    all_xy = np.concatenate((tables.stop_xy, addition.new_stop_xy))
    new_frequent = np.zeros((len(FREQUENT_MIN), len(near)), dtype=np.bool_)
    for threshold, minutes in enumerate(FREQUENT_MIN):
        enough = window.n_departures / minutes - 1
        with_new = blocks_near(city, rows, all_xy[after >= enough], params.near_walk_m)
        served = np.flatnonzero(with_new)  # nobody else can be new to it
        with_old = blocks_near(city, served, tables.stop_xy[before >= enough], params.near_walk_m)
        new_frequent[threshold] = with_new & ~with_old
    return Coverage(near, new_frequent, walking_source(city))


def walking_source(city: City) -> str:
    """Return what counts of people near a stop rest on: real streets where the pack has them, else the estimate."""
    return ESTIMATED if isinstance(city.walking, Walking) else REAL


def coverage_measures(coverage: Coverage, residents: FloatArray) -> dict[str, Measure]:
    """Return the indicators of coverage; `residents` are those of blocks."""
    counts = {"residents_near_route": coverage.near} | {
        f"residents_new_every_{minutes}_min": blocks
        for minutes, blocks in zip(FREQUENT_MIN, coverage.new_frequent, strict=True)
    }
    return {
        key: Measure(round(residents[blocks].sum()), "residents", coverage.source, uncertainty=BLOCKS_ESTIMATED)
        for key, blocks in counts.items()
    }


def stop_departures(city: City, window: Window) -> IntArray:
    """Return the departures in the window of the busiest route and direction at each stop: (n_stops,)."""
    by_window = _departures.setdefault(city, {})
    if window.window_id not in by_window:
        arrays = derived_arrays(
            city,
            f"departures-{window.window_id}",
            dataclasses.asdict(window),
            made_by=("workbench.city.timetable", "workbench.scoring.measures.coverage"),
            build=lambda: {"busiest": _count_departures(city, window)},
        )
        by_window[window.window_id] = arrays["busiest"]
    return by_window[window.window_id]


def departures_after(city: City, window: Window, change: ServiceChange) -> IntArray:
    """Return the same after a change, at existing stops and at the new ones of the change."""
    left = _count_departures(city, window, without=change.removed_route_ids)
    added = _added_departures(city, window, change.addition)
    padded = np.concatenate([left, np.zeros(len(added) - len(left), dtype=np.int64)])
    return np.asarray(np.maximum(padded, added), dtype=np.int64)


def _count_departures(city: City, window: Window, *, without: Sequence[str] = ()) -> IntArray:
    """Return the same from the timetable, some routes left out."""
    timetable = city.load_timetable(window.service)
    gone = np.flatnonzero(city.routes["route_id"].isin(list(without)).to_numpy())
    keys, counts = [], []
    for pattern in map(int, np.flatnonzero(~np.isin(timetable.pattern_route_ix, gone))):
        _, departure = timetable.pattern_times(pattern)
        calls = slice(timetable.pattern_stop_indptr[pattern], timetable.pattern_stop_indptr[pattern + 1])
        leaving = _in_window(departure, window) * timetable.pattern_may_board[calls]
        route = 2 * int(timetable.pattern_route_ix[pattern]) + int(timetable.pattern_direction[pattern])
        keys.append(route * city.n_stops + timetable.pattern_stops(pattern)[:-1].astype(np.int64))
        counts.append(leaving[:-1])
    return _busiest(keys, counts, city.n_stops)


def _added_departures(city: City, window: Window, addition: ServiceAddition) -> IntArray:
    """Return the same for added service, at existing and new stops."""
    n_stops = city.n_stops + len(addition.new_stop_xy)
    numbers: dict[tuple[str, int], int] = {}
    keys, counts = [], []
    for pattern in addition.patterns:
        number = numbers.setdefault((pattern.route_id, pattern.direction), len(numbers))
        keys.append(number * n_stops + pattern.stop_ix[:-1].astype(np.int64))
        counts.append((_in_window(pattern.departure_s, window) * pattern.may_board)[:-1])
    return _busiest(keys, counts, n_stops)


def _in_window(departure_s: npt.NDArray[np.int32], window: Window) -> IntArray:
    """Return how many trips leave each stop in the window."""
    inside = (departure_s >= window.start_s) & (departure_s < window.end_s)
    return np.asarray(inside.sum(axis=0), dtype=np.int64)


def _busiest(keys: Sequence[IntArray], counts: Sequence[IntArray], n_stops: int) -> IntArray:
    """Sum counts by route, direction and stop; return the largest of each stop."""
    largest = np.zeros(n_stops, dtype=np.int64)
    if keys:
        key, row = np.unique(np.concatenate(keys), return_inverse=True)
        total = np.bincount(row, weights=np.concatenate(counts), minlength=len(key)).astype(np.int64)
        np.maximum.at(largest, key % n_stops, total)
    return largest


def blocks_near(city: City, rows: IntArray, stop_xy: FloatArray, limit_m: float) -> BoolArray:
    """Tell which blocks, of those given, have a stop within a walk: (n_blocks,)."""
    all_xy = tables_of(city).block_xy
    near = np.zeros(len(all_xy), dtype=np.bool_)
    if len(stop_xy) == 0 or len(rows) == 0:
        return near
    xy = all_xy[rows]
    around = _in_box(xy, stop_xy, limit_m)  # a route's box holds a tenth of the city
    rows, xy = rows[around], xy[around]
    if len(rows) == 0:
        return near
    stop_xy = stop_xy[_in_box(stop_xy, xy, limit_m)]
    (x, y), (stop_x, stop_y) = np.ascontiguousarray(xy.T), np.ascontiguousarray(stop_xy.T)
    block, _, _ = near_pairs(city.walking, x, y, stop_x, stop_y, limit_m)
    near[rows[block]] = True
    return near


def _in_box(xy: FloatArray, around: FloatArray, limit_m: float) -> BoolArray:
    """Tell which places lie in the box around others, or less than the limit outside it: (n,)."""
    return np.asarray(((xy >= around.min(axis=0) - limit_m) & (xy <= around.max(axis=0) + limit_m)).all(axis=1))
