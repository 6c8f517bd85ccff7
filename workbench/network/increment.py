"""Exact re-score of added service: old base + searches around the new stops -> new medians, without searching the city."""

from __future__ import annotations

import mmap
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt

from workbench.errors import InputError
from workbench.network.addition import AddedPattern, ServiceAddition, ServiceChange
from workbench.network.base import MEDIAN, Baseline, fill_few_rides
from workbench.network.calls import CallSearches
from workbench.network.network import add_service, remove_routes
from workbench.network.search import (
    Counters,
    combine_percentiles,
    first_boardings,
    rank_of,
    reboardings_of,
    search_origins,
)

__all__ = ["Rescore", "few_rides_after", "pair_distribution", "rescore", "search_sample", "warm_up"]

_searches: WeakKeyDictionary[Baseline, CallSearches] = WeakKeyDictionary()
_guard = threading.Lock()
_KEPT_BASELINES = 3
"""Baselines whose searches are kept, those used last: the city as it is, and without the routes being edited."""


@dataclass(frozen=True, eq=False)
class Rescore:
    """Travel times after a change, for the window of the baseline."""

    percentile_s: Mapping[int, npt.NDArray[np.uint16]]
    """By percentile, (n_zones, n_zones) seconds from origin to destination; NO_MEDIAN where too few departures arrive."""
    counters: Counters
    timing_s: Mapping[str, float]
    """Seconds spent in `search` and `combine`."""

    @property
    def median_s(self) -> npt.NDArray[np.uint16]:
        """The percentile that leads."""
        return self.percentile_s[MEDIAN]


def rescore(baseline: Baseline, addition: ServiceAddition, *, percentiles: Sequence[int] = (MEDIAN,)) -> Rescore:
    """
    Return the exact travel times of the city with added service, at some percentiles of the departures.

    Equal, bit for bit, to searching the whole city again with the service in its timetable. Results of the searches around
    stops are kept with the baseline: a stop whose place and times did not change since an earlier call is not searched again.

    Raises
    ------
    InputError
        If a pattern names a stop that does not exist, or the package of routes is too large.
    """
    started = time.perf_counter()
    network = baseline.network
    searches = _searches_of(baseline)
    with searches.lock:
        found = searches.find(addition)
        searched = time.perf_counter()
        if len(found.calls.arrival_s) == 0:
            timing = {"search": searched - started, "combine": 0.0}
            unchanged = {percentile: baseline.percentile_s(percentile).copy() for percentile in percentiles}
            return Rescore(unchanged, Counters(0, 0, 0, 0, 0, 0), timing)
        boardings = first_boardings(network, found.calls, found.store)
        again = reboardings_of(network, found.calls, found.onward, found.reach, found.store)
        old = np.stack([baseline.percentile_s(percentile) for percentile in percentiles])
        ranks = np.array([rank_of(percentile, network.window.n_departures) for percentile in percentiles])
        new, (n_tests, n_hopeful, n_changed) = combine_percentiles(
            network, baseline.travel_s, baseline.patch, old, ranks, found.store, found.calls, again, boardings
        )
    timing = {"search": searched - started, "combine": time.perf_counter() - searched}
    counters = Counters(found.n_searched, len(boardings.trip), len(again), n_tests, n_hopeful, n_changed)
    return Rescore(dict(zip(percentiles, new, strict=True)), counters, timing)


def pair_distribution(
    baseline: Baseline, addition: ServiceAddition, origin: int, destination: int
) -> tuple[npt.NDArray[np.uint16], npt.NDArray[np.uint16]]:
    """
    Return the travel times of one pair of zones at every departure, without and with added service: two (n_departures,).

    Seconds from door to door, the walk all the way included; NO_MEDIAN where a departure does not arrive in time.
    """
    n_zones, n_departures = baseline.network.n_zones, baseline.window.n_departures
    for name, zone in (("origin", origin), ("destination", destination)):
        if not 0 <= zone < n_zones:
            raise InputError(f"{name} is zone position {zone}, must be 0 to {n_zones - 1}")
    network = add_service(baseline.network, baseline.city, addition)
    travel = np.empty((1, n_zones, n_departures), dtype=np.uint16)
    search_origins(network, np.array([origin], dtype=np.int32), travel, np.empty((1, n_zones), dtype=np.uint16))
    after = np.minimum(travel[0, destination], network.walk_s[origin, destination])
    return baseline.travel_row(origin, destination), after


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


def few_rides_after(
    baseline: Baseline, change: ServiceChange, *, report: Callable[[float, str], None]
) -> npt.NDArray[np.uint16]:
    """
    Return median travel times with at most 1, 2, ... rides after a change: as `few_rides_today`, of the whole city anew.

    Nothing is kept: the searches of `rescore` know journeys of any number of rides only.
    """
    network = baseline.network
    if change.removed_route_ids:
        network = remove_routes(network, baseline.city, change.removed_route_ids)
    if change.addition.patterns:
        network = add_service(network, baseline.city, change.addition)
    median = np.empty((network.n_zones, network.params.max_rides - 1, network.n_zones), dtype=np.uint16)
    fill_few_rides(network, median, "afterwards", report)
    return median


def _searches_of(baseline: Baseline) -> CallSearches:
    """Return what is kept for a baseline; whoever was used longest ago gives way, so that memory does not pile up."""
    with _guard:
        searches = _searches.pop(baseline, None) or CallSearches(baseline.network, baseline.city)
        _searches[baseline] = searches
        for oldest in list(_searches)[:-_KEPT_BASELINES]:
            del _searches[oldest]
    return searches


def warm_up(baseline: Baseline) -> None:
    """
    Load or compile the searches now, on the smallest work there is, so that the first re-score does not wait.

    Memory for results is taken from the system, and every page of the base is met once: page by page they cost the first
    re-scores more than the work itself.
    """
    two_stops = np.array([0, 1], dtype=np.int32)
    times = np.array([[0, 60]], dtype=np.int32) + baseline.window.start_s
    pattern = AddedPattern("warm-up", 0, two_stops, times, times)
    addition = ServiceAddition(np.zeros((0, 2)), (pattern,))
    rescore(baseline, addition)
    search_sample(baseline, addition, np.zeros(1, dtype=np.int32))
    _searches_of(baseline).take_memory()
    baseline.travel_s.reshape(-1)[:: mmap.PAGESIZE // baseline.travel_s.itemsize].max(initial=0)
