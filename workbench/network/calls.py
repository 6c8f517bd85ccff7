"""Searches around the stops of added service: which are needed, and the results kept between edits."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from workbench.city.city import City
from workbench.errors import InputError
from workbench.network.addition import AddedPattern, ServiceAddition
from workbench.network.kernels.arrays import (
    LANES,
    NO_MEDIAN,
    OFFSET_S,
    UNIT,
    UNREACHED,
    Calls,
    Onward,
    Reach,
    Store,
    Tasks,
)
from workbench.network.network import Network, StopWalks, walks_of_stops
from workbench.network.params import SearchParams, Window
from workbench.network.search import search_calls
from workbench.network.timetable import kernel_seconds, reversed_horizon_s

__all__ = ["MAX_TABLE_BYTES", "CallSearches", "Found", "build_calls"]

Int64Array = npt.NDArray[np.int64]
UInt16Array = npt.NDArray[np.uint16]

MAX_TABLE_BYTES = 6_000_000_000
"""Largest table of search results a re-score may need; a package of routes beyond it is refused in words."""
KEPT_BYTES = 400_000_000
"""Results kept between edits, so that a stop that did not change is not searched again: some six routes of 30 stops."""
MOST_UNITS = 4096
"""More than that are not kept, however small the city."""
_MARGIN_M = 400.0
"""Arrivals are also kept at stops this much farther than needed, so that a stop may be dragged without searching anew."""


@dataclass(frozen=True, eq=False)
class Found:
    """Added service, and where the results of the searches around its stops are."""

    calls: Calls
    onward: Onward
    reach: Reach
    store: Store
    n_searched: int
    """Searches that had to be done now; the others were kept from before."""


@dataclass(frozen=True, eq=False)
class _Search:
    """One search: its key, and the alightings or boardings it serves."""

    is_backward: bool
    place: int
    """Row of the unique places."""
    start_s: UInt16Array
    latest_s: UInt16Array
    row: Int64Array
    trip: Int64Array
    lane: Int64Array

    @property
    def n_units(self) -> int:
        return -(-len(self.start_s) // UNIT)


class CallSearches:
    """
    Searches around stops on one baseline's timetable, the latest results kept.

    Results do not depend on other added service, so they stay true from edit to edit. One re-score at a time may use it.
    """

    def __init__(self, network: Network, city: City) -> None:
        self.lock = threading.Lock()
        """Held by whoever uses the results."""
        self._network, self._city = network, city
        self._units: OrderedDict[tuple[object, ...], Int64Array] = OrderedDict()
        self._free: list[int] = []
        self._near_ix = np.zeros(0, dtype=np.int32)
        self._store: Store | None = None

    def find(self, addition: ServiceAddition) -> Found:
        """
        Return the results around every stop of added service, searching where they are not known yet.

        Raises
        ------
        InputError
            If a pattern names a stop that does not exist, or the service needs more than MAX_TABLE_BYTES.
        """
        network = self._network
        calls, place_of_row, walks = build_calls(addition, network, self._city)
        searches = _searches(calls, place_of_row, len(walks.x), network.window, network.params)
        is_watched = bool(np.isin(walks.stop_ix, self._near_ix).all())
        near_ix = self._near_ix if is_watched else _stops_around(walks, network)
        self._require_room(sum(search.n_units for search in searches), len(near_ix), calls)
        if not is_watched:
            self._watch(near_ix)
        units, missing = self._assign(searches, walks)
        store = self._store
        assert store is not None
        if missing:
            for narrow in (True, False):
                batch = [x for x in missing if (searches[x].n_units == 1) == narrow]
                if batch:
                    tasks = _tasks([searches[x] for x in batch], [units[x] for x in batch], walks)
                    search_calls(network, tasks, self._near_ix, store)
        for search, unit in zip(searches, units, strict=True):
            time = calls.time_indptr[search.row] + search.trip
            to_unit, to_lane = unit[search.lane // UNIT], search.lane % UNIT
            if search.is_backward:
                calls.back_unit[time], calls.back_lane[time] = to_unit, to_lane
            else:
                calls.onward_unit[time], calls.onward_lane[time] = to_unit, to_lane
        onward = _onward([(s, u) for s, u in zip(searches, units, strict=True) if not s.is_backward])
        places = [search.place for search in searches if not search.is_backward]
        reach = _reach(walks, place_of_row, np.array(places, dtype=np.int64), self._near_ix, network.n_stops)
        return Found(calls, onward, reach, store, len(missing))

    def _require_room(self, n_units: int, n_near: int, calls: Calls) -> None:
        """Make the store large enough for one re-score, forgetting what it holds; refuse what is too large."""
        network = self._network
        n_tiles = -(-network.n_zones // UNIT)
        unit_bytes = 2 * network.params.max_rides * UNIT * UNIT * n_tiles
        needed_bytes = n_units * (unit_bytes + 2 * network.params.max_rides * n_near * UNIT)
        if needed_bytes > MAX_TABLE_BYTES:
            n_rows, n_times = len(calls.may_board), len(calls.arrival_s)
            raise InputError(
                f"the added service has {n_rows} stops and {n_times} stop times in the window: re-scoring it needs "
                f"{needed_bytes / 1e9:.1f} GB, must be at most {MAX_TABLE_BYTES / 1e9:.0f} GB; use fewer routes or "
                "longer headways"
            )
        if self._store is None or n_units > len(self._store.at_zone):
            n_units = max(n_units, min(KEPT_BYTES // unit_bytes, MOST_UNITS))
            at_zone = np.empty((n_units, n_tiles, network.params.max_rides, UNIT, UNIT), dtype=np.uint16)
            self._store = Store(at_zone, self._new_at_stop(n_units))
            self._units.clear()
            self._free = list(range(n_units))

    def _watch(self, near_ix: npt.NDArray[np.int32]) -> None:
        """Keep arrivals at other stops from now on; searches onwards are then no longer known."""
        self._near_ix = near_ix
        for key in [key for key in self._units if not key[0]]:
            self._free.extend(int(unit) for unit in self._units.pop(key))
        assert self._store is not None
        self._store = self._store._replace(at_stop=self._new_at_stop(len(self._store.at_zone)))

    def _new_at_stop(self, n_units: int) -> UInt16Array:
        n_levels = max(0, self._network.params.max_rides - 2)
        return np.empty((n_units, n_levels, len(self._near_ix), UNIT), dtype=np.uint16)

    def _assign(self, searches: list[_Search], walks: StopWalks) -> tuple[list[Int64Array], list[int]]:
        """Return the units of each search, and which searches have to be done; those used longest ago give way."""
        keys = [(s.is_backward, walks.key[s.place], s.start_s.tobytes(), s.latest_s.tobytes()) for s in searches]
        units: list[Int64Array] = [np.zeros(0, dtype=np.int64)] * len(searches)
        missing = []
        for x, key in enumerate(keys):
            if key in self._units:
                self._units.move_to_end(key)
                units[x] = self._units[key]
            else:
                missing.append(x)
        for x in missing:
            while len(self._free) < searches[x].n_units:
                _, given = self._units.popitem(last=False)
                self._free.extend(int(unit) for unit in given)
            units[x] = np.array([self._free.pop() for _ in range(searches[x].n_units)], dtype=np.int64)
            self._units[keys[x]] = units[x]
        return units, missing

    def take_memory(self) -> None:
        """Write to all memory for results once, and drop what was in it."""
        with self.lock:
            self.forget()
            if self._store is not None:
                self._store.at_zone.fill(0)

    def forget(self) -> None:
        """Drop all results."""
        self._units.clear()
        self._free = [] if self._store is None else list(range(len(self._store.at_zone)))


def build_calls(addition: ServiceAddition, network: Network, city: City) -> tuple[Calls, Int64Array, StopWalks]:
    """Return the calls of added patterns that matter in the window, the place of each row, and walks from the places."""
    window, params = network.window, network.params
    n_all = network.n_stops + len(addition.new_stop_xy)
    for pattern in addition.patterns:
        if pattern.stop_ix.min() < 0 or pattern.stop_ix.max() >= n_all:
            raise InputError(f"route {pattern.route_id}: a stop position is outside 0 to {n_all - 1}")
    useful = [_useful_trips(pattern, window, params) for pattern in addition.patterns]
    kept = [(pattern, trips) for pattern, trips in zip(addition.patterns, useful, strict=True) if trips.any()]
    n_calls = np.array([len(pattern.stop_ix) for pattern, _ in kept], dtype=np.int64)
    n_times = np.repeat(np.array([trips.sum() for _, trips in kept], dtype=np.int64), n_calls)
    stop_ix = _join([pattern.stop_ix for pattern, _ in kept])
    places, place_of_row = np.unique(stop_ix, return_inverse=True)
    last, first = np.cumsum(n_calls) - 1, np.cumsum(n_calls) - n_calls
    may_board = _join([pattern.may_board for pattern, _ in kept]).astype(np.uint8)
    may_alight = _join([pattern.may_alight for pattern, _ in kept]).astype(np.uint8)
    may_board[last], may_alight[first] = 0, 0
    times = int(n_times.sum())
    calls = Calls(
        pattern_row_indptr=np.concatenate([[0], np.cumsum(n_calls)]).astype(np.int64),
        time_indptr=np.concatenate([[0], np.cumsum(n_times)]).astype(np.int64),
        may_board=may_board,
        may_alight=may_alight,
        arrival_s=_join([kernel_seconds(p.arrival_s[trips].T, window).ravel() for p, trips in kept]).astype(np.uint16),
        departure_s=_join([kernel_seconds(p.departure_s[trips].T, window).ravel() for p, trips in kept]).astype(
            np.uint16
        ),
        onward_unit=np.full(times, -1, dtype=np.int64),
        onward_lane=np.zeros(times, dtype=np.int64),
        back_unit=np.full(times, -1, dtype=np.int64),
        back_lane=np.zeros(times, dtype=np.int64),
    )
    return calls, place_of_row.astype(np.int64), walks_of_stops(network, city, places, addition.new_stop_xy)


def _useful_trips(pattern: AddedPattern, window: Window, params: SearchParams) -> npt.NDArray[np.bool_]:
    """Return which trips somebody who leaves in the window can board, and leave in time."""
    latest_boarding_s = window.end_s + params.max_travel_s
    useful = (pattern.departure_s[:, -2] >= window.start_s) & (pattern.departure_s[:, 0] <= latest_boarding_s)
    return np.asarray(useful)


def _searches(
    calls: Calls, place_of_row: Int64Array, n_places: int, window: Window, params: SearchParams
) -> list[_Search]:
    """
    Return one search per place and direction of search, all trip times there as lanes, at most LANES a search.

    Both directions of a route that share a stop share its searches: the cost grows far slower than the lanes.
    """
    end_s = OFFSET_S + 60 * (window.n_departures - 1)
    horizon = reversed_horizon_s(window, params)
    n_times = np.diff(calls.time_indptr)
    row = np.repeat(np.arange(len(n_times)), n_times)
    trip = np.arange(len(row)) - calls.time_indptr[row]
    arrival, departure = calls.arrival_s.astype(np.int64), calls.departure_s.astype(np.int64)
    alights = (calls.may_alight[row] > 0) & (arrival >= OFFSET_S)
    alights &= arrival <= np.minimum(arrival, end_s) + params.max_travel_s
    boards = (calls.may_board[row] > 0) & (departure >= OFFSET_S) & (departure <= end_s + params.max_travel_s)
    searches: list[_Search] = []
    for is_backward, keep in ((False, alights), (True, boards)):
        start = horizon - departure if is_backward else arrival
        limit = horizon - OFFSET_S if is_backward else LANES * 60 + UNREACHED
        latest = (
            np.minimum(start + params.max_travel_s, limit)
            if is_backward
            else np.minimum(start, end_s) + params.max_travel_s
        )
        place = place_of_row[row[keep]]
        order = np.argsort(place, kind="stable")
        bounds = np.searchsorted(place[order], np.arange(n_places + 1))
        kept = np.flatnonzero(keep)[order]
        for p in range(n_places):
            mine = kept[bounds[p] : bounds[p + 1]]
            if len(mine):
                searches += _split(is_backward, p, start[mine], latest[mine], row[mine], trip[mine])
    return searches


def _split(
    is_backward: bool, place: int, start_s: Int64Array, latest_s: Int64Array, row: Int64Array, trip: Int64Array
) -> list[_Search]:
    """Return the searches of one place, equal times on one lane; more times than LANES make several searches."""
    times, lane_of = np.unique(start_s, return_inverse=True)
    latest_of = np.zeros(len(times), dtype=np.int64)
    latest_of[lane_of] = latest_s  # the same for equal times
    searches = []
    for first in range(0, len(times), LANES):
        mine = (lane_of >= first) & (lane_of < first + LANES)
        lanes = slice(first, min(first + LANES, len(times)))
        start, latest = times[lanes].astype(np.uint16), latest_of[lanes].astype(np.uint16)
        searches.append(_Search(is_backward, place, start, latest, row[mine], trip[mine], lane_of[mine] - first))
    return searches


def _tasks(searches: list[_Search], units: list[Int64Array], walks: StopWalks) -> Tasks:
    """Return searches of the same width as flat arrays."""
    n, n_units = len(searches), max(len(unit) for unit in units)
    start, latest = np.full((n, n_units * UNIT), UNREACHED, np.uint16), np.zeros((n, n_units * UNIT), np.uint16)
    for x, search in enumerate(searches):
        start[x, : len(search.start_s)], latest[x, : len(search.start_s)] = search.start_s, search.latest_s
    stop_indptr, stop_ix, stop_s = _rows_of(walks.stop_indptr, walks.stop_ix, walks.stop_s, searches)
    zone_indptr, zone_ix, zone_s = _rows_of(walks.zone_indptr, walks.zone_ix, walks.zone_s, searches)
    return Tasks(
        is_backward=np.array([search.is_backward for search in searches], dtype=np.uint8),
        start_s=start,
        latest_s=latest,
        n_lanes=np.array([len(search.start_s) for search in searches], dtype=np.int64),
        unit=np.stack(units),
        stop_indptr=stop_indptr,
        stop_ix=stop_ix,
        stop_walk_s=stop_s,
        zone_indptr=zone_indptr,
        zone_ix=zone_ix,
        zone_walk_s=zone_s,
    )


def _rows_of(
    indptr: Int64Array, to_ix: npt.NDArray[np.int32], walk_s: UInt16Array, searches: list[_Search]
) -> tuple[Int64Array, npt.NDArray[np.int32], UInt16Array]:
    """Return the links of the places of some searches, in their order."""
    rows = [slice(indptr[search.place], indptr[search.place + 1]) for search in searches]
    lengths = [row.stop - row.start for row in rows]
    return (
        np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        np.concatenate([to_ix[row] for row in rows]),
        np.concatenate([walk_s[row] for row in rows]),
    )


def _onward(searches: list[tuple[_Search, Int64Array]]) -> Onward:
    """Return the alightings of each search onwards; a search of fewer units than the widest repeats its last."""
    width = max((len(unit) for _, unit in searches), default=1)
    unit = [np.pad(unit, (0, width - len(unit)), mode="edge") for _, unit in searches]
    lengths = [len(search.row) for search, _ in searches]
    return Onward(
        unit=np.stack(unit) if unit else np.zeros((0, width), dtype=np.int64),
        indptr=np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        row=_join([search.row for search, _ in searches]).astype(np.int64),
        trip=_join([search.trip for search, _ in searches]).astype(np.int64),
        lane=_join([search.lane for search, _ in searches]).astype(np.int64),
    )


def _stops_around(walks: StopWalks, network: Network) -> npt.NDArray[np.int32]:
    """Return the stops in reach of any place or of somewhere near it."""
    reach_m = network.params.transfer_walk_m + _MARGIN_M
    is_near = np.zeros(network.n_stops, dtype=np.bool_)
    for x, y in zip(walks.x, walks.y, strict=True):
        is_near |= (network.stop_x - x) ** 2 + (network.stop_y - y) ** 2 <= reach_m**2
    is_near[walks.stop_ix] = True
    return np.flatnonzero(is_near).astype(np.int32)


def _reach(
    walks: StopWalks, place_of_row: Int64Array, search_place: Int64Array, near_ix: npt.NDArray[np.int32], n_stops: int
) -> Reach:
    """Return how one gets on foot to each row from the stops watched, and from the stop of each search onwards."""
    position = np.zeros(n_stops, dtype=np.int64)
    position[near_ix] = np.arange(len(near_ix))
    rows = [slice(walks.stop_indptr[p], walks.stop_indptr[p + 1]) for p in place_of_row]
    lengths = [row.stop - row.start for row in rows]
    near = _join([walks.stop_ix[row] for row in rows]).astype(np.int64)
    return Reach(
        row_indptr=np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        near_pos=position[near],
        walk_s=_join([walks.stop_s[row] for row in rows]).astype(np.uint16),
        between_s=np.ascontiguousarray(walks.between_s[search_place][:, place_of_row]),
    )


def _join(parts: list[npt.NDArray[np.generic]]) -> npt.NDArray[np.generic]:
    """Concatenate, also nothing."""
    return np.concatenate(parts) if parts else np.zeros(0, dtype=np.int64)


assert NO_MEDIAN > UNREACHED
