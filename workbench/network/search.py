"""The only door to the kernels: checks what goes in, lets one thread in at a time, and says what comes out."""

from __future__ import annotations

import threading
from dataclasses import dataclass

import numba
import numpy as np
import numpy.typing as npt

from workbench.errors import InputError
from workbench.network.kernels.arrays import LANES, NO_MEDIAN, OFFSET_S, UNREACHED, Links, ScanTimetable, Tasks
from workbench.network.kernels.combine import accumulate, combine, transpose_bounds
from workbench.network.kernels.raptor import search_base, search_calls, search_stop_labels
from workbench.network.network import Network
from workbench.network.params import SearchParams, Window
from workbench.network.timetable import reversed_horizon_s

__all__ = ["Counters", "combine_medians", "search_after_and_before", "search_origins", "stop_arrivals", "use_threads"]

_ONE_AT_A_TIME = threading.Lock()
_LONGEST_WALK_S = 25_000
_UINT16 = 65_536


@dataclass(frozen=True, slots=True)
class Counters:
    """Operations of one combination: free of noise, so that tests and benchmarks can gate on them."""

    n_origins: int
    n_candidates: int
    n_hopeful_pairs: int
    n_changed_pairs: int


def use_threads(n_threads: int) -> None:
    """Search with at most this many threads from now on."""
    numba.set_num_threads(min(n_threads, numba.get_num_threads()))


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
    n_departures = network.window.n_departures
    _require_network(network)
    _require_shape("travel", travel, (len(origins), network.n_zones, n_departures))
    _require_shape("median", median, (len(origins), network.n_zones))
    if len(origins) and not 0 <= origins.min() <= origins.max() < network.n_zones:
        raise InputError(f"origins reach {origins.max()}, must be 0 to {network.n_zones - 1}")
    depart, latest = departures(network.window, network.params)
    with _ONE_AT_A_TIME:
        search_base(
            network.forward, network.transfers, network.zone_stops, np.uint16(network.params.change_s), depart, latest,
            n_departures, network.params.max_rides, origins.astype(np.int32), numba.get_num_threads(), travel, median,
        )  # fmt: skip
    np.minimum(median, network.walk_s[origins], out=median)


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
        network.forward, network.transfers, np.uint16(network.params.change_s), stop_ix, depart, latest, n,
        network.params.max_rides,
    )[:, :n].astype(np.int32)  # fmt: skip
    in_time = labels <= latest[:n]
    return np.where(in_time, labels - OFFSET_S + network.window.start_s, np.int32(-1)).astype(np.int32)


def search_after_and_before(
    network: Network, tasks: Tasks, n_rows: int, n_columns: int
) -> tuple[npt.NDArray[np.uint16], npt.NDArray[np.uint8]]:
    """
    Search around the calls of added patterns; `network` has them in `forward` and not in `backward`.

    Returns
    -------
    after
        (n_rows, max_rides, n_zones, n_columns) kernel seconds of arrival after alighting there, with at most k more rides.
    before
        Same shape: latest departure minute + 1 that catches the trip there with at most k rides before; 0 for none.
    """
    _require_network(network)
    params, window = network.params, network.window
    shape = (n_rows, params.max_rides, network.n_zones, n_columns)
    after = np.full(shape, UNREACHED, dtype=np.uint16)
    before = np.zeros(shape, dtype=np.uint8)
    with _ONE_AT_A_TIME:
        search_calls(
            network.forward, network.backward, network.transfers, network.stop_zones, network.n_zones,
            np.uint16(params.change_s), params.max_rides - 1, numba.get_num_threads(), tasks,
            _minute_of(window, params), after, before,
        )  # fmt: skip
    return after, before


def combine_medians(
    network: Network,
    travel: npt.NDArray[np.uint16],
    old_medians: npt.NDArray[np.uint16],
    after: npt.NDArray[np.uint16],
    before: npt.NDArray[np.uint8],
    board_s: npt.NDArray[np.uint16],
    pattern_row_indptr: npt.NDArray[np.int64],
) -> tuple[npt.NDArray[np.uint16], Counters]:
    """
    Return the medians with the added service, (n_zones, n_zones) seconds, and what it took. `after` is overwritten.

    `board_s` (n_rows, n_columns) holds kernel seconds of boarding, 0 where there is no trip.
    """
    n_rows, n_levels, n_zones, n_columns = after.shape
    _require_shape("travel", travel, (n_zones, n_zones, network.window.n_departures))
    _require_shape("old_medians", old_medians, (n_zones, n_zones))
    _require_shape("before", before, after.shape)
    _require_shape("board_s", board_s, (n_rows, n_columns))
    bound_by_zone = np.empty((n_zones, n_rows, n_levels), dtype=np.uint16)
    flat_bounds = bound_by_zone.reshape(n_zones, n_rows * n_levels)
    bound_by_row = np.empty((n_rows * n_levels, n_zones), dtype=np.uint16)
    candidates = np.zeros((n_zones, n_rows, n_levels, n_columns), dtype=np.uint8)
    new_medians = np.empty_like(old_medians)
    n_threads = numba.get_num_threads()
    counters = np.zeros((n_threads, 4), dtype=np.int64)
    with _ONE_AT_A_TIME:
        accumulate(after, before, board_s, pattern_row_indptr, bound_by_zone, candidates)
        transpose_bounds(flat_bounds, bound_by_row)
        combine(
            travel, old_medians, after, bound_by_row, flat_bounds, candidates, board_s, pattern_row_indptr,
            network.params.max_travel_s, n_threads, new_medians, counters,
        )  # fmt: skip
    return new_medians, Counters(*(int(total) for total in counters.sum(axis=0)))


def _minute_of(window: Window, params: SearchParams) -> npt.NDArray[np.uint8]:
    """Return the departure minute + 1 for each reversed kernel second at which one leaves home; 0 for too early."""
    leaves_s = reversed_horizon_s(window, params) - np.arange(_UINT16) - OFFSET_S
    minute = np.minimum(leaves_s // 60 + 1, window.n_departures)
    return np.where(leaves_s >= 0, minute, 0).astype(np.uint8)


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
