"""The only door to the kernels: checks what goes in, lets one thread in at a time, and says what comes out."""

from __future__ import annotations

import threading
from dataclasses import dataclass

import numba
import numpy as np
import numpy.typing as npt

from workbench.errors import InputError
from workbench.network.kernels import raptor
from workbench.network.kernels.arrays import (
    LANES,
    NO_MEDIAN,
    OFFSET_S,
    UNIT,
    UNREACHED,
    Boardings,
    Calls,
    Links,
    Onward,
    Patch,
    Reach,
    ScanTimetable,
    Store,
    Tasks,
)
from workbench.network.kernels.combine import combine, find_boardings, list_boardings
from workbench.network.kernels.lanes import WIDE, lanes_for
from workbench.network.kernels.raptor import search_base, search_stop_labels, travel_ranks
from workbench.network.kernels.reboard import find_reboardings
from workbench.network.network import Network
from workbench.network.params import SearchParams, Window
from workbench.network.timetable import reversed_horizon_s

__all__ = [
    "Counters",
    "combine_percentiles",
    "first_boardings",
    "percentiles_of",
    "rank_of",
    "reboardings_of",
    "search_calls",
    "search_few_rides",
    "search_origins",
    "stop_arrivals",
    "use_threads",
]

_ONE_AT_A_TIME = threading.Lock()
_LONGEST_WALK_S = 25_000
_UINT16 = 65_536
_REBOARDINGS_A_TIME = 16
"""Room for boardings after another added ride, by stop time and thread; a first guess, the busiest route needs 11."""


@dataclass(frozen=True, slots=True)
class Counters:
    """Operations of one re-score: free of noise, so that tests and benchmarks can gate on them."""

    n_searches: int
    """Searches around stops done now; those kept from an edit before are not counted."""
    n_boardings: int
    """First boardings of added service that nothing dominates, over all origins."""
    n_reboardings: int
    """Boardings of added service after another ride on it."""
    n_tests: int
    """Tests of one boarding against a tile of 64 destinations."""
    n_hopeful_pairs: int
    """Pairs with a boarding that beats the old median at some minute."""
    n_changed_pairs: int
    """Pairs whose median falls."""


def use_threads(n_threads: int) -> int:
    """Search with at most this many threads from now on; returns how many it was before."""
    before = int(numba.get_num_threads())
    numba.set_num_threads(min(n_threads, numba.config.NUMBA_NUM_THREADS))  # type: ignore[attr-defined]
    return before


def departures(window: Window, params: SearchParams) -> tuple[npt.NDArray[np.uint16], npt.NDArray[np.uint16]]:
    """Return departure and latest arrival of each lane, kernel seconds: two arrays (LANES,)."""
    depart = np.full(LANES, UNREACHED, dtype=np.uint16)
    depart[: window.n_departures] = OFFSET_S + 60 * np.arange(window.n_departures)
    latest = np.zeros(LANES, dtype=np.uint16)
    latest[: window.n_departures] = depart[: window.n_departures] + params.max_travel_s
    return depart, latest


def search_origins(
    network: Network, origins: npt.NDArray[np.int32], travel: npt.NDArray[np.uint16], median: npt.NDArray[np.uint16]
) -> None:
    """
    Search from some zones at every departure of the window; results go into the arrays given.

    Parameters
    ----------
    origins
        (n,) zone positions.
    travel
        (n, n_zones, n_departures) seconds by transit from door to door, NO_MEDIAN where not reached; walks wholly on
        foot are not in it.
    median
        (n, n_zones) lower median over the departures, walks wholly on foot included.
    """
    few = np.empty((0, len(origins), network.n_zones), dtype=np.uint16)
    _search(network, origins, network.params.max_rides, travel, median, few)
    np.minimum(median, network.walk_s[origins], out=median)


def _search(
    network: Network,
    origins: npt.NDArray[np.int32],
    max_rides: int,
    travel: npt.NDArray[np.uint16],
    median: npt.NDArray[np.uint16],
    few: npt.NDArray[np.uint16],
) -> None:
    """Check what goes in, and call the kernel; walks wholly on foot are in none of the results."""
    n_departures = network.window.n_departures
    _require_network(network)
    _require_shape("travel", travel, (len(origins), network.n_zones, n_departures))
    _require_shape("median", median, (len(origins), network.n_zones))
    if len(origins) and not 0 <= origins.min() <= origins.max() < network.n_zones:
        raise InputError(f"origins reach {origins.max()}, must be 0 to {network.n_zones - 1}")
    depart, latest = departures(network.window, network.params)
    with _ONE_AT_A_TIME:
        search_base(
            WIDE, network.forward, network.transfers, network.zone_stops, network.stop_zones,
            np.uint16(network.params.change_s), depart, latest,
            n_departures, max_rides, origins.astype(np.int32), numba.get_num_threads(), travel, median, few,
        )  # fmt: skip


def search_few_rides(network: Network, origins: npt.NDArray[np.int32], median: npt.NDArray[np.uint16]) -> None:
    """
    Search from some zones with every number of rides below the most that a journey may have; fills the array given.

    Parameters
    ----------
    origins
        (n,) zone positions.
    median
        (n, max_rides - 1, n_zones) lower median over the departures with at most 1, 2, ... rides, walks wholly on foot
        included.
    """
    n, n_zones, n_few = len(origins), network.n_zones, network.params.max_rides - 1
    _require_shape("median", median, (n, n_few, n_zones))
    if n_few == 0:
        return
    few = np.empty((n_few - 1, n, n_zones), dtype=np.uint16)
    travel, last = np.empty((n, n_zones, network.window.n_departures), np.uint16), np.empty((n, n_zones), np.uint16)
    _search(network, origins, n_few, travel, last, few)
    for ride, found in enumerate((*few, last)):
        np.minimum(found, network.walk_s[origins], out=median[:, ride])


def percentiles_of(
    network: Network, travel: npt.NDArray[np.uint16], patch: Patch, percentile: int
) -> npt.NDArray[np.uint16]:
    """Return the lower percentile of stored travel times over the departures, walks wholly on foot included."""
    _require_shape("travel", travel, (network.n_zones, network.n_zones, network.window.n_departures))
    values = np.empty((network.n_zones, network.n_zones), dtype=np.uint16)
    rank = rank_of(percentile, network.window.n_departures)
    with _ONE_AT_A_TIME:
        travel_ranks(WIDE, travel, patch, rank, numba.get_num_threads(), values)
    return np.minimum(values, network.walk_s)


def rank_of(percentile: int, n_departures: int) -> int:
    """Return which of the sorted departures, from 0, is a percentile: the lower one between two."""
    if not 1 <= percentile <= 99:
        raise InputError(f"percentile is {percentile}, must be 1 to 99")
    return (n_departures - 1) * percentile // 100


def stop_arrivals(network: Network, stop_ix: int) -> npt.NDArray[np.int32]:
    """
    Return earliest arrivals by vehicle at every stop for every departure of the window, starting at one stop.

    Shape (n_stops, n_departures), seconds of the service day; -1 where not reached in time. The first ride is boarded at
    `stop_ix` itself, without a walk; the last walk from a vehicle is not in it.
    """
    if not 0 <= stop_ix < network.n_stops:
        raise InputError(f"stop position is {stop_ix}, must be 0 to {network.n_stops - 1}")
    _require_network(network)
    depart, latest = departures(network.window, network.params)
    n = network.window.n_departures
    labels = search_stop_labels(
        WIDE, network.forward, network.transfers, np.uint16(network.params.change_s), stop_ix, depart, latest, n,
        network.params.max_rides,
    )[:, :n].astype(np.int32)  # fmt: skip
    in_time = labels <= latest[:n]
    return np.where(in_time, labels - OFFSET_S + network.window.start_s, np.int32(-1)).astype(np.int32)


def search_calls(network: Network, tasks: Tasks, near_stop_ix: npt.NDArray[np.int32], store: Store) -> None:
    """
    Search around stops of added service on the timetable of `network`; results go into the units of `store`.

    All tasks have rows of the same width, one unit or two.
    """
    _require_network(network)
    n_units, n_tiles, n_levels, _, _ = store.at_zone.shape
    if n_levels != network.params.max_rides or n_tiles * UNIT < network.n_zones:
        raise InputError(f"the store has {n_levels} levels and {n_tiles} tiles, the network {network.n_zones} zones")
    if len(tasks.unit) and not 0 <= tasks.unit.min() <= tasks.unit.max() < n_units:
        raise InputError(f"a result goes to unit {tasks.unit.max()}, must be 0 to {n_units - 1}")
    _require_shape("start_s", tasks.start_s, (len(tasks.n_lanes), tasks.unit.shape[1] * UNIT))
    lanes = lanes_for(tasks.start_s.shape[1])
    with _ONE_AT_A_TIME:
        raptor.search_calls(
            lanes, network.forward, network.backward, network.transfers, network.stop_zones, network.n_zones,
            np.uint16(network.params.change_s), network.params.max_rides - 1, numba.get_num_threads(), tasks,
            near_stop_ix, store,
        )  # fmt: skip


def reboardings_of(network: Network, calls: Calls, onward: Onward, reach: Reach, store: Store) -> npt.NDArray[np.int32]:
    """Return the boardings of added trips after alightings from added trips: see `find_reboardings`, (n, 5)."""
    params, n_threads = network.params, numba.get_num_threads()
    most, n_found = max(_REBOARDINGS_A_TIME * len(calls.arrival_s), 64), np.zeros(n_threads, dtype=np.int64)
    while True:
        found = np.empty((n_threads, most, 5), dtype=np.int32)
        with _ONE_AT_A_TIME:
            find_reboardings(
                calls, onward, reach, store, np.uint16(params.change_s), params.max_rides - 1, params.max_travel_s,
                n_threads, found, n_found,
            )  # fmt: skip
        if n_found.max() <= most:
            return np.concatenate([of_thread[:n] for of_thread, n in zip(found, n_found, strict=True)])
        most = int(n_found.max())


def first_boardings(network: Network, calls: Calls, store: Store) -> Boardings:
    """Return the boardings of added service by origin that nothing dominates."""
    n_zones, n_times, n_levels = network.n_zones, len(calls.arrival_s), network.params.max_rides
    kept = np.empty((store.at_zone.shape[1], n_times * n_levels, UNIT), dtype=np.uint8)
    is_used = np.zeros(kept.shape[:2], dtype=np.uint8)
    n_groups, n_entries = np.zeros(n_zones, dtype=np.int64), np.zeros(n_zones, dtype=np.int64)
    horizon = reversed_horizon_s(network.window, network.params)
    with _ONE_AT_A_TIME:
        find_boardings(
            calls, store.at_zone, horizon, network.window.n_departures, network.params.max_travel_s,
            numba.get_num_threads(), kept, is_used, n_groups, n_entries,
        )  # fmt: skip
        groups, entries = int(n_groups.sum()), int(n_entries.sum())
        boardings = Boardings(
            group_indptr=np.concatenate([[0], np.cumsum(n_groups)]).astype(np.int64),
            row_level=np.empty(groups, dtype=np.int32),
            slack_s=np.empty(groups, dtype=np.uint16),
            entry_indptr=np.full(groups + 1, entries, dtype=np.int64),
            trip=np.empty(entries, dtype=np.uint16),
            minute=np.empty(entries, dtype=np.uint8),
        )
        list_boardings(
            calls, n_levels, numba.get_num_threads(), kept, is_used, np.cumsum(n_entries) - n_entries, boardings
        )
    return boardings


def combine_percentiles(
    network: Network,
    travel: npt.NDArray[np.uint16],
    patch: Patch,
    old: npt.NDArray[np.uint16],
    ranks: npt.NDArray[np.int64],
    store: Store,
    calls: Calls,
    reboardings: npt.NDArray[np.int32],
    boardings: Boardings,
) -> tuple[npt.NDArray[np.uint16], tuple[int, int, int]]:
    """
    Return travel times of some ranks with the added service, and counters of the kernel.

    `old` and the result are (n_ranks, n_zones, n_zones) seconds; a rank counts from 0 along sorted departures.
    """
    n_zones = network.n_zones
    _require_shape("travel", travel, (n_zones, n_zones, network.window.n_departures))
    _require_shape("old", old, (len(ranks), n_zones, n_zones))
    _require_shape("patch", patch.travel_s, (len(patch.zone_ix), network.window.n_departures))
    new = old.copy()
    n_threads = numba.get_num_threads()
    counters = np.zeros((n_threads, 8), dtype=np.int64)
    with _ONE_AT_A_TIME:
        combine(
            travel, patch, old, ranks, store.at_zone, calls, reboardings, boardings, network.params.max_travel_s,
            n_threads, new, counters,
        )  # fmt: skip
    n_tests, n_hopeful, n_changed = (int(total) for total in counters.sum(axis=0)[:3])
    return new, (n_tests, n_hopeful, n_changed)


def _require_shape(name: str, array: npt.NDArray[np.generic], shape: tuple[int, ...]) -> None:
    """Compiled code checks no bounds, so shapes are checked here."""
    if array.shape != shape or not array.flags.c_contiguous:
        raise InputError(f"{name} has shape {array.shape}, must be {shape} and contiguous")


def _require_network(network: Network) -> None:
    """Refuse numbers that kernels cannot hold."""
    if not 1 <= network.window.n_departures <= LANES:
        raise InputError(f"a window has {network.window.n_departures} departures, must be 1 to {LANES}")
    for name, links in (("transfers", network.transfers), ("zone links", network.zone_stops)):
        longest = int(links.walk_s.max(initial=0)) + network.params.change_s
        if longest > _LONGEST_WALK_S:
            raise InputError(f"the longest of the {name} takes {longest} s, must be at most {_LONGEST_WALK_S}")
    for timetable in (network.forward, network.backward):
        _require_timetable(timetable, network.n_stops)
    _require_links(network.transfers, network.n_stops, network.n_stops)
    _require_links(network.zone_stops, network.n_zones, network.n_stops)


def _require_timetable(timetable: ScanTimetable, n_stops: int) -> None:
    """Check that every position points inside its array."""
    if len(timetable.stop_call_indptr) != n_stops + 1:
        raise InputError(f"the timetable knows {len(timetable.stop_call_indptr) - 1} stops, must be {n_stops}")
    if timetable.pattern_n_trips.max(initial=0) >= _UINT16:
        raise InputError(f"a pattern has {timetable.pattern_n_trips.max()} trips, must be at most {_UINT16 - 1}")
    calls = timetable.call_stop_ix
    if len(calls) and not 0 <= calls.min() <= calls.max() < n_stops:
        raise InputError(f"a call is at stop {calls.max()}, must be 0 to {n_stops - 1}")


def _require_links(links: Links, n_from: int, n_to: int) -> None:
    """Check that links start and end at places there are."""
    if len(links.indptr) != n_from + 1 or links.indptr[-1] != len(links.to_ix):
        raise InputError(f"links start at {len(links.indptr) - 1} places, must be {n_from}")
    if len(links.to_ix) and not 0 <= links.to_ix.min() <= links.to_ix.max() < n_to:
        raise InputError(f"a link ends at {links.to_ix.max()}, must be 0 to {n_to - 1}")


assert NO_MEDIAN == _UINT16 - 1
