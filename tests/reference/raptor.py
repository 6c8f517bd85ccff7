"""
A plain twin of the travel-time kernels, written from the definition with dicts and loops.

RAPTOR by rounds (Delling, Pajor and Werneck 2015, section 3.1), one departure at a time, every trip looked at.
Walks are never chained: what a vehicle reaches and where one can board are kept apart.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from workbench.city.city import City
from workbench.network.addition import ServiceAddition
from workbench.network.params import SearchParams, Window

FAR = math.inf
Trip = list[tuple[int, int, int, bool, bool]]
"""Calls as (stop, arrival, departure, may board, may alight)."""


class PlainNetwork:
    """Trips as lists of calls and walks as dicts, from a city and perhaps some added service."""

    def __init__(
        self,
        city: City,
        window: Window,
        params: SearchParams,
        addition: ServiceAddition | None = None,
        *,
        trips: Sequence[Trip] | None = None,
    ) -> None:
        self.window, self.params = window, params
        self.trips = list(trips) if trips is not None else _trips(city, window.service)
        places = list(zip(city.stops["x"], city.stops["y"], strict=True))
        if addition is not None:
            places += [tuple(xy) for xy in addition.new_stop_xy]
            for pattern in addition.patterns:
                for arrivals, departures in zip(pattern.arrival_s, pattern.departure_s, strict=True):
                    calls = zip(
                        pattern.stop_ix, arrivals, departures, pattern.may_board, pattern.may_alight, strict=True
                    )
                    self.trips.append([(int(s), int(a), int(d), bool(b), bool(e)) for s, a, d, b, e in calls])
        zones = list(zip(city.zones["x"], city.zones["y"], strict=True))
        self.n_zones = len(zones)
        self.access = _walks(city, zones, places, params.access_walk_m, params)
        self.transfer = _walks(city, places, places, params.transfer_walk_m, params)
        for s, near in self.transfer.items():
            near[s] = 0
        on_foot = _walks(city, zones, zones, params.direct_walk_m, params)
        self.direct = {a: {b: s for b, s in near.items() if s <= params.max_travel_s} for a, near in on_foot.items()}
        for z, near in self.direct.items():
            near[z] = 0

    def stop_arrivals(self, ready: dict[int, float], depart_s: int) -> dict[int, float]:
        """Return the earliest arrival by vehicle at each stop, from times at which one is ready to board."""
        arrived: dict[int, float] = {}
        limit = depart_s + self.params.max_travel_s
        for _ in range(self.params.max_rides):
            arrived_now: dict[int, float] = {}
            for trip in self.trips:
                aboard = False
                for stop, arrival, departure, may_board, may_alight in trip:
                    if aboard and may_alight and arrival <= limit and arrival < arrived_now.get(stop, FAR):
                        arrived_now[stop] = arrival
                    if may_board and ready.get(stop, FAR) <= departure:
                        aboard = True
            ready = {}
            for stop, arrival in arrived_now.items():
                if arrival < arrived.get(stop, FAR):
                    arrived[stop] = arrival
                for other, walk in self.transfer[stop].items():
                    at = arrival + walk + self.params.change_s
                    ready[other] = min(ready.get(other, FAR), at)
        return arrived

    def zone_times(self, origin: int, depart_s: int) -> list[float]:
        """Return travel times to every zone for one departure, seconds; FAR where not reached."""
        ready = {stop: depart_s + walk for stop, walk in self.access[origin].items()}
        arrived = self.stop_arrivals(ready, depart_s)
        times = []
        for zone in range(self.n_zones):
            last = min((arrived[s] + walk for s, walk in self.access[zone].items() if s in arrived), default=FAR)
            times.append(last - depart_s if last - depart_s <= self.params.max_travel_s else FAR)
        return times

    def travel(self, origin: int) -> list[list[float]]:
        """Return travel times by zone and departure minute."""
        start, n = self.window.start_s, self.window.n_departures
        columns = [self.zone_times(origin, start + 60 * minute) for minute in range(n)]
        return [list(row) for row in zip(*columns, strict=True)]

    def medians(self, origin: int) -> list[float]:
        """Return lower medians by zone, walks wholly on foot included."""
        rank = (self.window.n_departures - 1) // 2
        found = []
        for zone, row in enumerate(self.travel(origin)):
            walk = self.direct[origin].get(zone, FAR)
            found.append(min(sorted(row)[rank], walk))
        return found


def _trips(city: City, service: str) -> list[Trip]:
    """Return every trip of the timetable."""
    table, trips = city.load_timetable(service), []
    for p in range(table.n_patterns):
        calls = slice(table.pattern_stop_indptr[p], table.pattern_stop_indptr[p + 1])
        arrivals, departures = table.pattern_times(p)
        for a, d in zip(arrivals, departures, strict=True):
            rows = zip(
                table.pattern_stop_ix[calls],
                a,
                d,
                table.pattern_may_board[calls],
                table.pattern_may_alight[calls],
                strict=True,
            )
            trips.append([(int(s), int(x), int(y), bool(b), bool(e)) for s, x, y, b, e in rows])
    return trips


def _walks(city: City, froms: list, tos: list, limit_m: float, params: SearchParams) -> dict[int, dict[int, int]]:
    """Return walking seconds between places, rounded up."""
    found: dict[int, dict[int, int]] = {a: {} for a in range(len(froms))}
    to_x, to_y = np.array(tos, dtype=np.float64).reshape(-1, 2).T
    for a, (ax, ay) in enumerate(froms):
        for b, metres in enumerate(city.walking.distance_m(np.full(len(tos), ax), np.full(len(tos), ay), to_x, to_y)):
            if limit_m > 0 and metres <= limit_m:
                found[a][b] = math.ceil(metres / params.walk_mps)
    return found
