"""What the usual tools do, to measure the engine against: Dijkstra (scipy) on a graph of mean headways, in one run."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from workbench.network import OneToAll
from workbench.network.kernels.arrays import CLIP_S, MAY_ALIGHT, MAY_BOARD, OFFSET_S
from workbench.network.network import Network

__all__ = ["FrequencyGraph", "OneToAllTimes", "build_frequency_graph", "measure_one_to_all"]

FloatArray = npt.NDArray[np.float64]

_AT_ONCE_S = 0.001
"""Weight of an edge that takes no time: scipy takes a weight of 0 for no edge."""


@dataclass(frozen=True, eq=False)
class FrequencyGraph:
    """
    A city as a graph without a timetable: boarding costs half the mean headway, riding the mean time of a hop.

    It answers an easier question only roughly, with any number of rides; it is here for its speed, not for its answers.
    """

    graph: csr_array
    """Seconds. Nodes: stops, then calls of patterns, then the origins asked for."""
    n_stops: int
    n_calls: int


@dataclass(frozen=True, slots=True)
class OneToAllTimes:
    """Processor time of one-to-all searches, one departure, seconds; taken in turns in one run."""

    ours_s: tuple[float, ...]
    """One for each origin, the fastest of its repeats."""
    dijkstra_s: tuple[float, ...]
    n_stops: int
    n_edges: int

    @property
    def ratio(self) -> float:
        """Ours over Dijkstra's, medians."""
        return float(np.median(self.ours_s) / np.median(self.dijkstra_s))


def build_frequency_graph(network: Network, zones: npt.NDArray[np.int32]) -> FrequencyGraph:
    """Return the graph of a network's timetable, with some zones as origins."""
    timetable, links = network.forward, network.transfers
    n_stops, n_calls = network.n_stops, len(timetable.call_stop_ix)
    board, hop = _waits_and_hops(network)
    call = np.arange(n_calls)
    last = np.zeros(n_calls, dtype=np.bool_)
    last[timetable.pattern_call_indptr[1:] - 1] = True
    boards = ((timetable.call_flags & MAY_BOARD) > 0) & ~last
    alights = (timetable.call_flags & MAY_ALIGHT) > 0
    walk_from = np.repeat(np.arange(n_stops), np.diff(links.indptr))
    access = network.zone_stops
    rows = [np.arange(access.indptr[zone], access.indptr[zone + 1]) for zone in zones]
    zone_node = n_stops + n_calls + np.repeat(np.arange(len(zones)), [len(row) for row in rows])
    picked = np.concatenate([*rows, np.zeros(0, dtype=np.int64)]).astype(np.int64)
    edges = [
        (timetable.call_stop_ix[boards], n_stops + call[boards], board[boards]),
        (n_stops + call[~last], n_stops + call[~last] + 1, hop[~last]),
        (n_stops + call[alights], timetable.call_stop_ix[alights], np.full(alights.sum(), _AT_ONCE_S)),
        (walk_from, links.to_ix, links.walk_s + float(network.params.change_s)),
        (zone_node, access.to_ix[picked], access.walk_s[picked].astype(np.float64)),
    ]
    from_ix, to_ix, seconds = (np.concatenate([edge[part] for edge in edges]) for part in range(3))
    n_nodes = n_stops + n_calls + len(zones)
    weights = np.maximum(seconds, _AT_ONCE_S)
    return FrequencyGraph(csr_array((weights, (from_ix, to_ix)), shape=(n_nodes, n_nodes)), n_stops, n_calls)


def measure_one_to_all(
    network: Network, *, depart_s: int, n_origins: int = 200, repeats: int = 3, seed: int = 1
) -> OneToAllTimes:
    """
    Time our search and Dijkstra in turns, from random zones to every stop.

    Parameters
    ----------
    network
        Compiled for a window that holds the departure; a window of one departure has the fewest trips.
    depart_s
        Seconds of the service day.
    """
    reach = np.flatnonzero(np.diff(network.zone_stops.indptr) > 0)
    zones = np.random.default_rng(seed).choice(reach, min(n_origins, len(reach)), replace=False).astype(np.int32)
    frequency = build_frequency_graph(network, zones)
    search, limit_s = OneToAll(network), float(network.params.max_travel_s)
    search.from_zone(int(zones[0]), depart_s)  # compiled or loaded before anything is timed
    first = frequency.n_stops + frequency.n_calls
    ours, theirs = np.full(len(zones), np.inf), np.full(len(zones), np.inf)
    for _ in range(repeats):  # a round of each in turns, so that neither empties the other's caches at every search
        for number, zone in enumerate(zones):
            started = time.thread_time()
            search.from_zone(int(zone), depart_s)
            ours[number] = min(ours[number], time.thread_time() - started)
        for number in range(len(zones)):
            started = time.thread_time()
            dijkstra(frequency.graph, indices=first + number, limit=limit_s)
            theirs[number] = min(theirs[number], time.thread_time() - started)
    return OneToAllTimes(tuple(ours.tolist()), tuple(theirs.tolist()), frequency.n_stops, int(frequency.graph.nnz))


def _waits_and_hops(network: Network) -> tuple[FloatArray, FloatArray]:
    """Return for each call half the mean headway, and the mean time to the next call, seconds."""
    timetable = network.forward
    span_s = 60.0 * network.window.n_departures + network.params.max_travel_s
    board, hop = np.empty(len(timetable.call_stop_ix)), np.zeros(len(timetable.call_stop_ix))
    for p, n_trips in enumerate(timetable.pattern_n_trips.tolist()):
        calls = slice(timetable.pattern_call_indptr[p], timetable.pattern_call_indptr[p + 1])
        n_calls = calls.stop - calls.start
        events = slice(timetable.pattern_event_start[p], timetable.pattern_event_start[p] + n_calls * n_trips)
        arrival, departure = (
            times[events].reshape(n_calls, n_trips).astype(np.float64)
            for times in (timetable.arrival_s, timetable.departure_s)
        )
        can_board = (departure >= OFFSET_S) & (departure <= OFFSET_S + span_s)
        board[calls] = span_s / np.maximum(can_board.sum(axis=1), 1) / 2
        is_whole = (departure[:-1] > 0) & (arrival[1:] < CLIP_S)  # times far outside the window are cut off
        hops = np.where(is_whole, arrival[1:] - departure[:-1], 0.0)
        hop[calls.start : calls.stop - 1] = hops.sum(axis=1) / np.maximum(is_whole.sum(axis=1), 1)
    return board, hop
