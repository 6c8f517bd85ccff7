"""
Odd little cities for comparing the engine with its twin and with itself: whatever a timetable may hold and rarely does.

Loops, trips that overtake, hops of zero seconds, equal times at several stops, trips after midnight and of the day before,
stops where one may only get on or only off, zones without a stop or with one, stops at one place, no walks between stops,
patterns of one trip, trips that touch the borders of the window or lie beyond it.

One recipe serves two cooks: `odd_cities` draws it with hypothesis, which shrinks what fails; `seeded_city` with a seed,
thousands of them in the time of a hundred. Squares are 104 m: along a street 1.125 x 104 m / 1.3 m/s = 90 s, so that walks,
hops and headways meet in many ties.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

import numpy as np
import pandas as pd
from hypothesis import strategies as st

from workbench.city import City, Walking
from workbench.city.gtfs.merge import MergedFeeds
from workbench.city.gtfs.service_day import DAY_S, build_timetable
from workbench.network import AddedPattern, Baseline, SearchParams, ServiceAddition, Window
from workbench.network.base import no_patch
from workbench.network.kernels.arrays import Patch
from workbench.network.network import Network, add_service, build_network, remove_routes
from workbench.network.search import search_origins

__all__ = [
    "OddCity",
    "Trip",
    "baseline_in_memory",
    "baseline_patched",
    "full_travel",
    "odd_additions",
    "odd_cities",
    "seeded_addition",
    "seeded_city",
]

T = TypeVar("T")
Trip = list[tuple[int, int, int, bool, bool]]
"""Calls as (stop, arrival, departure, may board, may alight), seconds of the service day looked at."""

SQUARE_M = 104.0
_SIDE = 26
_DAY = dt.date(2026, 10, 14)
_WALKING = Walking(
    x_min=-20 * SQUARE_M,
    y_min=-20 * SQUARE_M,
    grid_cell_m=4 * SQUARE_M,
    grid_bearing_rad=np.zeros((40, 40)),
    land_cell_m=4 * SQUARE_M,
    is_land=np.ones((40, 40), dtype=np.bool_),
)
_NOTHING = pd.DataFrame()


class Choice(Protocol):
    """Where the accidents of a city come from."""

    def whole(self, low: int, high: int) -> int:
        """Return a whole number, both ends included."""

    def pick(self, options: Sequence[T]) -> T:
        """Return one of the options, the first the plainest."""

    def happens(self, percent: int) -> bool:
        """Tell whether something happens."""


class _Seeded:
    def __init__(self, seed: int) -> None:
        self._rng = random.Random(seed)

    def whole(self, low: int, high: int) -> int:
        return self._rng.randint(low, high)

    def pick(self, options: Sequence[T]) -> T:
        return self._rng.choice(options)

    def happens(self, percent: int) -> bool:
        return self._rng.randrange(100) < percent


class _Drawn:
    def __init__(self, draw: st.DrawFn) -> None:
        self._draw = draw

    def whole(self, low: int, high: int) -> int:
        return self._draw(st.integers(low, high))

    def pick(self, options: Sequence[T]) -> T:
        return self._draw(st.sampled_from(options))

    def happens(self, percent: int) -> bool:
        return self._draw(st.integers(0, 99)) >= 100 - percent


@dataclass(frozen=True, eq=False, repr=False)
class OddCity:
    """A city, what is asked of it, and its trips as they were before anybody put them into patterns."""

    city: City
    window: Window
    params: SearchParams
    trips: tuple[Trip, ...]

    def __repr__(self) -> str:
        places = [f"{frame[['x', 'y']].to_numpy() / SQUARE_M}" for frame in (self.city.stops, self.city.zones)]
        return "\n".join([str(self.window), str(self.params), *places, *map(str, self.trips)])


def seeded_city(seed: int, *, is_small: bool = False) -> OddCity:
    """Return the odd city of a seed; small ones have few departures, for the slow twin."""
    return _make_city(_Seeded(seed), is_small=is_small)


def seeded_addition(seed: int, odd: OddCity, *, n_patterns: int | None = None) -> ServiceAddition:
    """Return the odd added service of a seed."""
    return _make_addition(_Seeded(-1 - seed), odd, n_patterns)


@st.composite
def odd_cities(draw: st.DrawFn, *, is_small: bool = True) -> OddCity:
    """Draw an odd city."""
    return _make_city(_Drawn(draw), is_small=is_small)


@st.composite
def odd_additions(draw: st.DrawFn, odd: OddCity) -> ServiceAddition:
    """Draw odd added service."""
    return _make_addition(_Drawn(draw), odd, None)


def baseline_in_memory(odd: OddCity, network: Network | None = None) -> Baseline:
    """Return the baseline of an odd city without any file; `network` in place of the city's own if it is given."""
    network = network or build_network(odd.city, odd.window, odd.params)
    n_zones = network.n_zones
    travel = np.empty((n_zones, n_zones, odd.window.n_departures), dtype=np.uint16)
    median = np.empty((n_zones, n_zones), dtype=np.uint16)
    search_origins(network, np.arange(n_zones, dtype=np.int32), travel, median)
    for array in (travel, median):
        array.flags.writeable = False
    return Baseline(odd.city, odd.window, odd.params, network, travel, median, Path("not-kept"), no_patch(network))


def baseline_patched(odd: OddCity, route_ids: Sequence[str]) -> Baseline:
    """Return the baseline without some routes as the city's own travel times and a patch, without any file."""
    whole = baseline_in_memory(odd)
    plain = baseline_in_memory(odd, remove_routes(whole.network, odd.city, route_ids))
    differs = (plain.travel_s != whole.travel_s).any(axis=-1)
    patch = Patch(
        indptr=np.concatenate([[0], np.cumsum(differs.sum(axis=1))]).astype(np.int64),
        zone_ix=np.nonzero(differs)[1].astype(np.int32),
        travel_s=plain.travel_s[differs],
    )
    return dataclasses.replace(whole, network=plain.network, median_s=plain.median_s, patch=patch)


def full_travel(baseline: Baseline, addition: ServiceAddition) -> tuple[np.ndarray, np.ndarray]:
    """Search the whole city again with added service: travel times without walks on foot, and medians."""
    network = add_service(baseline.network, baseline.city, addition)
    n_zones = network.n_zones
    travel = np.empty((n_zones, n_zones, network.window.n_departures), dtype=np.uint16)
    median = np.empty((n_zones, n_zones), dtype=np.uint16)
    search_origins(network, np.arange(n_zones, dtype=np.int32), travel, median)
    return travel, median


def _make_city(choice: Choice, *, is_small: bool) -> OddCity:
    """The recipe: places, then limits, then trips."""
    n_stops, n_zones = choice.whole(2, 8 if is_small else 10), choice.whole(1, 4 if is_small else 8)
    stops: list[tuple[int, int]] = []
    for _ in range(n_stops):
        stops.append(_stop_place(choice, stops))
    if choice.happens(30):
        stops[-1] = stops[0]  # two stops at one place
    zones = [_zone_place(choice, stops) for _ in range(n_zones)]
    start_s = choice.pick((25_200, 25_200, 0, 1_800, 84_600))  # 7:00, midnight, 0:30, 23:30
    n_departures = choice.pick((3, 4, 5, 7, 9, 1, 2) if is_small else (120, 120, 119, 64, 33, 16, 2, 1))
    window = Window("odd", "odd", "weekday", start_s, n_departures)
    params = SearchParams(
        access_walk_m=choice.pick((800.0, 800.0, 800.0, 300.0, 130.0)),
        transfer_walk_m=choice.pick((400.0, 0.0, 250.0)),
        direct_walk_m=choice.pick((0.0, 500.0, 1600.0)),
        change_s=choice.pick((60, 0, 30, 180)),
        max_rides=choice.pick((4, 2, 3, 2, 3, 1, 6)),
        max_travel_s=choice.pick((5400, 5400, 7200, 2400, 1500, 900, 600)),
    )
    routes = [_make_route(choice, n_stops, window, params) for _ in range(choice.whole(1, 5 if is_small else 10))]
    return OddCity(_city(stops, zones, routes), window, params, tuple(trip for route in routes for trip in route.trips))


def _stop_place(choice: Choice, others: list[tuple[int, int]]) -> tuple[int, int]:
    """Anywhere, or round the corner from another stop, so that people change on foot."""
    if others and choice.happens(50):
        column, row = choice.pick(others)
        return column + choice.pick((1, 2, -1, 0)), row + choice.pick((0, 0, 1))
    return choice.whole(0, _SIDE), choice.whole(0, _SIDE // 2)


def _zone_place(choice: Choice, stops: list[tuple[int, int]]) -> tuple[int, int]:
    """At a stop, a few squares from it, or far from every stop."""
    if choice.happens(12):
        return 80, choice.whole(60, 90)
    column, row = choice.pick(stops)
    return column + choice.pick((0, 0, 1, -2, 5)), row + choice.pick((0, 1, 0, -3))


@dataclass(frozen=True)
class _Route:
    trips: list[Trip]
    is_of_day_before: list[bool]


def _make_route(choice: Choice, n_stops: int, window: Window, params: SearchParams) -> _Route:
    """Trips of one stop sequence, in any order and at any time, each with hops of its own."""
    stops = [choice.whole(0, n_stops - 1) for _ in range(choice.whole(2, 6))]  # loops and repeats are allowed
    rule = choice.pick(("all", "all", "first only on", "some only on", "some only off", "some neither"))
    odd_stop = choice.pick(stops)
    board = [not (rule in ("some only off", "some neither") and s == odd_stop) for s in stops]
    alight = [not (rule in ("some only on", "some neither") and s == odd_stop) for s in stops]
    if rule == "first only on":
        board, alight = [True] + [False] * (len(stops) - 1), [False] + [True] * (len(stops) - 1)
    hops = [choice.pick((60, 0, 0, 30, 90, 240, 400)) for _ in stops[1:]]
    dwell = choice.pick((0, 0, 30))
    end = 60 * window.n_departures
    anchor = choice.pick((0, 0, -60, -600, end // 2, end, end + params.max_travel_s - 60))
    headway = choice.pick((300, 300, 600, 120, 60, 30, 0))
    overtakes, before = choice.happens(40), choice.happens(25)
    trips, is_before = [], []
    for number in range(choice.pick((8, 12, 12, 4, 2, 1))):
        at = window.start_s + anchor + number * headway
        late = [choice.pick((0, 0, 60, 300)) if overtakes else 0 for _ in hops]
        of_before = before and choice.happens(50)
        if at < 0 and not of_before:
            continue  # no trip of today begins before noon minus 12 h
        trip: Trip = []
        for position, stop in enumerate(stops):
            if position:
                at += hops[position - 1] + late[position - 1]
            wait = dwell if 0 < position < len(stops) - 1 else 0
            trip.append((stop, at, at + wait, board[position], alight[position]))
            at += wait
        if at >= 0:  # a trip of yesterday that ended yesterday is none of ours
            trips.append(trip)
            is_before.append(of_before)
    return _Route(trips, is_before)


def _city(stops: list[tuple[int, int]], zones: list[tuple[int, int]], routes: list[_Route]) -> City:
    """Return a city with what the network reads of one; its timetable is gathered into patterns by the real code."""
    merged, day = _merged(routes), {("odd", _DAY): {"today"}, ("odd", _DAY - dt.timedelta(days=1)): {"before"}}
    timetable, _ = build_timetable(merged, "weekday", _DAY, {key: frozenset(ids) for key, ids in day.items()})
    stop_xy, zone_xy = np.array(stops) * SQUARE_M, np.array(zones) * SQUARE_M
    return City(
        city_id="odd",
        name="Odd City",
        version="odd-test",
        crs="EPSG:32118",
        timezone="America/New_York",
        bounds_lonlat=(-74.3, 40.4, -73.6, 41.0),
        stops=pd.DataFrame({"x": stop_xy[:, 0], "y": stop_xy[:, 1]}),
        routes=pd.DataFrame({"route_id": [f"R{number}" for number in range(len(routes))]}),
        zones=pd.DataFrame({"x": zone_xy[:, 0], "y": zone_xy[:, 1]}),  # type: ignore[arg-type]
        blocks=_NOTHING,
        areas={},
        groups=(),
        group_shares=_NOTHING,
        opportunities=_NOTHING,
        walking=_WALKING,
        sources=(),
        load_timetable=lambda _: timetable,
    )


def _merged(routes: list[_Route]) -> MergedFeeds:
    """Return the trips as feeds have them: those of the day before count their seconds from that day."""
    pairs = [
        (trip, before) for route in routes for trip, before in zip(route.trips, route.is_of_day_before, strict=True)
    ]
    calls = [
        (stop, arrival + DAY_S * before, departure + DAY_S * before, board, alight)
        for trip, before in pairs
        for stop, arrival, departure, board, alight in trip
    ]
    columns = list(zip(*calls, strict=True)) or [()] * 5
    kinds = (np.int32, np.int32, np.int32, np.bool_, np.bool_)
    stop_ix, arrival, departure, board, alight = (
        np.array(column, dtype=kind) for column, kind in zip(columns, kinds, strict=True)
    )
    trips = pd.DataFrame(
        {
            "feed_id": "odd",
            "trip_id": [f"T{number}" for number in range(len(pairs))],
            "service_id": ["before" if before else "today" for _, before in pairs],
            "headsign": "",
            "direction": 0,
            "route_ix": [number for number, route in enumerate(routes) for _ in route.trips],
        }
    )
    indptr = np.cumsum([0, *(len(trip) for trip, _ in pairs)], dtype=np.int64)
    nothing = dict.fromkeys(("stops", "routes", "stations"), _NOTHING)
    return MergedFeeds(
        **nothing, trips=trips, call_indptr=indptr, stop_ix=stop_ix, arrival_s=arrival, departure_s=departure,
        may_board=board, may_alight=alight, defects=(),
    )  # fmt: skip


def _make_addition(choice: Choice, odd: OddCity, n_patterns: int | None) -> ServiceAddition:
    """Added patterns at old and new stops; the second is often the first one's way back."""
    n_old, n_new = odd.city.n_stops, choice.pick((0, 0, 1, 2))
    places = [(choice.whole(0, _SIDE), choice.whole(0, _SIDE // 2)) for _ in range(n_new)]
    patterns: list[AddedPattern] = []
    for number in range(n_patterns if n_patterns is not None else choice.whole(1, 3)):
        if number == 1 and choice.happens(60):
            stops = patterns[0].stop_ix[::-1].copy()
        else:
            stops = np.array([choice.whole(0, n_old + n_new - 1) for _ in range(choice.whole(2, 6))], dtype=np.int32)
        patterns.append(_make_pattern(choice, number, stops, odd.window, odd.params))
    return ServiceAddition(np.array(places, dtype=np.float64).reshape(n_new, 2) * SQUARE_M, tuple(patterns))


def _make_pattern(choice: Choice, number: int, stops: np.ndarray, window: Window, params: SearchParams) -> AddedPattern:
    """Trips that never overtake: later ones are as slow or slower; equal times and equal trips are allowed."""
    n_trips = choice.pick((9, 20, 20, 40, 3, 1, 150))
    end = 60 * window.n_departures
    anchor = choice.pick((0, 0, 0, -60, -900, end // 2, end - 60, end + params.max_travel_s))
    start = window.start_s + anchor + choice.pick((300, 300, 180, 90, 60, 20, 0)) * np.arange(n_trips)
    hop = np.array([choice.pick((60, 0, 30, 45, 240)) for _ in stops[1:]])
    slower = choice.pick((0, 0, 7)) * np.arange(n_trips)
    run = np.concatenate([np.zeros((n_trips, 1), dtype=np.int64), np.cumsum(hop + slower[:, None], axis=1)], axis=1)
    dwell = choice.pick((0, 0, 15)) * np.arange(len(stops))
    departure = (start[:, None] + run + dwell).astype(np.int32)
    arrival = departure.copy()
    arrival[:, 1:] -= np.int32(dwell[1])
    flags = [np.array([not choice.happens(15) for _ in stops], dtype=np.bool_) for _ in "ab"]
    if choice.happens(60):
        flags = [np.ones(len(stops), dtype=np.bool_) for _ in "ab"]
    return AddedPattern(f"NEW{number}", number % 2, stops, arrival, departure, *flags)
