"""Random scenarios on real New York: every kind of edit, in every borough. Used by CI and by `benchmarks/exactness.py`."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from workbench.city import City
from workbench.city.near import nearest
from workbench.errors import ScenarioError
from workbench.scenario import (
    AddRoute,
    AddStop,
    ChangeSpeed,
    Edit,
    MoveStop,
    RemoveRoute,
    RemoveStop,
    RemoveTrips,
    Reroute,
    Scenario,
    SetHeadway,
    apply_scenario,
)

__all__ = ["BOROUGHS", "KINDS", "random_scenario"]

BOROUGHS = ("Bronx", "Brooklyn", "Manhattan", "Queens", "Staten Island")
HOURS = {"weekday-am": (6, 11), "weekday-midday": (11, 16), "weekday-evening": (20, 25)}
"""Service of time bands, hours of the service day: around the window; 11 to 16 for Saturday and Sunday."""


class _Ground:
    """What a random edit needs to know: one borough, one window."""

    def __init__(self, city: City, rng: np.random.Generator, borough: str, window_id: str) -> None:
        self.city, self.rng = city, rng
        self.service = window_id if window_id in ("saturday", "sunday") else "weekday"
        low, high = HOURS.get(window_id, (11, 16))
        self.start_s, self.end_s = low * 3600, high * 3600
        zones = city.zones
        self.homes = zones[(zones["borough"] == borough) & (zones["residents"] > 500)][["x", "y"]].to_numpy()
        timetable = city.load_timetable(self.service)
        stop_xy = city.stops[["x", "y"]].to_numpy()
        at = nearest(*stop_xy.T, *zones[["x", "y"]].to_numpy().T)[0]
        inside = (zones["borough"] == borough).to_numpy()[at]
        is_bus = (city.routes["mode"] == "bus").to_numpy()
        self.patterns = [
            p
            for p in range(timetable.n_patterns)
            if is_bus[timetable.pattern_route_ix[p]]
            and inside[timetable.pattern_stops(p)].mean() > 0.8
            and self._runs(timetable.pattern_times(p)[1][:, 0])
        ]

    def _runs(self, leaves_s: np.ndarray) -> bool:
        return bool(((leaves_s >= self.start_s) & (leaves_s < self.end_s)).any())

    def route(self) -> tuple[str, int, list[str]]:
        """Return id, direction and stop ids of a pattern that runs in the window."""
        timetable = self.city.load_timetable(self.service)
        pattern = int(self.rng.choice(self.patterns))
        stops = self.city.stops["stop_id"].to_numpy()[timetable.pattern_stops(pattern)]
        route_id = self.city.routes["route_id"].iloc[int(timetable.pattern_route_ix[pattern])]
        return str(route_id), int(timetable.pattern_direction[pattern]), [str(stop) for stop in stops]

    def some(self, stops: list[str]) -> str:
        return stops[int(self.rng.integers(1, len(stops) - 1))]

    def near(self, stop_id: str) -> tuple[float, float]:
        """Return a place 60 to 180 m from a stop, lon and lat."""
        row = self.city.stops[self.city.stops["stop_id"] == stop_id].iloc[0]
        angle, far = self.rng.uniform(0, 2 * np.pi), self.rng.uniform(60, 180)
        return float(row["lon"] + far * np.cos(angle) / 84_400), float(row["lat"] + far * np.sin(angle) / 111_200)

    def line(self) -> tuple[tuple[float, float], ...]:
        """Return a line of two to four points where people of the borough live, 2 to 12 km long."""
        import pyproj  # only here

        to_lonlat = pyproj.Transformer.from_crs(self.city.crs, "EPSG:4326", always_xy=True)
        for _ in range(500):
            xy = self.homes[self.rng.choice(len(self.homes), int(self.rng.integers(2, 5)), replace=False)]
            xy = xy[np.argsort(xy @ self.rng.normal(size=2))]
            length = np.hypot(*np.diff(xy, axis=0).T).sum()
            if 2_000 <= length <= 12_000:
                lon, lat = to_lonlat.transform(*xy.T)
                return tuple((float(a), float(b)) for a, b in zip(lon, lat, strict=True))
        raise AssertionError

    def added(self, number: int = 0) -> AddRoute:
        headway = int(self.rng.choice([180, 240, 300, 420, 480, 600, 720, 900, 1200]))
        return AddRoute(
            f"new-{number}",
            f"New {number}",
            self.line(),
            headway_s=headway,
            span_start_s=self.start_s - 3600,
            span_end_s=self.end_s,
            both_directions=bool(self.rng.random() < 0.8),
            spacing_m=float(self.rng.choice([250.0, 304.8, 400.0, 600.0])),
            speed_factor=float(self.rng.choice([1.0, 1.0, 1.2, 0.8])),
            seed=int(self.rng.integers(0, 1000)),
        )

    def headway(self, *, more: bool) -> tuple[Edit, ...]:
        route_id, direction, _ = self.route()
        headway = int(self.rng.choice([180, 240, 300] if more else [1200, 1800, 2400]))
        one = direction if self.rng.random() < 0.3 else None
        return (
            SetHeadway(
                route_id=route_id, headway_s=headway, start_s=self.start_s, end_s=self.end_s, direction=one,
                days=(self.service,),
            ),
        )  # fmt: skip


def _shortened(ground: _Ground) -> tuple[Edit, ...]:
    route_id, direction, stops = ground.route()
    middle = ground.some(stops)
    ends = {"to_stop_id": middle} if ground.rng.random() < 0.5 else {"from_stop_id": middle}
    return (Reroute(route_id=route_id, direction=direction, days=(ground.service,), **ends),)


def _rerouted(ground: _Ground) -> tuple[Edit, ...]:
    route_id, direction, _ = ground.route()
    return (Reroute(route_id=route_id, direction=direction, line_lonlat=ground.line(), days=(ground.service,)),)


def _moved(ground: _Ground) -> tuple[Edit, ...]:
    route_id, _, stops = ground.route()
    stop = ground.some(stops)
    return (MoveStop(stop_id=stop, place_lonlat=ground.near(stop), route_ids=(route_id,), days=(ground.service,)),)


def _faster(ground: _Ground) -> tuple[Edit, ...]:
    route_id, _, _ = ground.route()
    factor = float(ground.rng.choice([0.7, 0.9, 1.15, 1.4]))
    return (ChangeSpeed(route_id=route_id, speed_factor=factor, days=(ground.service,)),)


def _one_stop(ground: _Ground) -> tuple[Edit, ...]:
    route_id, _, stops = ground.route()
    stop, days = ground.some(stops), (ground.service,)
    if ground.rng.random() < 0.5:
        return (RemoveStop(stop_id=stop, route_ids=(route_id,), days=days),)
    return (AddStop(route_id=route_id, after_stop_id=stop, place_lonlat=ground.near(stop), days=days),)


KINDS: Mapping[str, Callable[[_Ground], tuple[Edit, ...]]] = {
    "new route": lambda ground: (ground.added(),),
    "several new routes": lambda ground: tuple(ground.added(n) for n in range(int(ground.rng.integers(2, 4)))),
    "route removed": lambda ground: (RemoveRoute(route_id=ground.route()[0], days=(ground.service,)),),
    "trips removed": lambda ground: (
        RemoveTrips(route_id=ground.route()[0], start_s=ground.start_s, end_s=ground.end_s, days=(ground.service,)),
    ),
    "more often": lambda ground: ground.headway(more=True),
    "less often": lambda ground: ground.headway(more=False),
    "stop moved": _moved,
    "stop removed or added": _one_stop,
    "faster or slower": _faster,
    "shortened": _shortened,
    "rerouted": _rerouted,
    "package": lambda ground: (ground.added(), *ground.headway(more=True), *_faster(ground)),
}
"""What a scenario changes, and how one is made up."""


def random_scenario(city: City, kind: str, borough: str, window_id: str, seed: int) -> Scenario:
    """Return the first random scenario of a kind that can be used: the same for the same arguments."""
    rng = np.random.default_rng([seed, list(KINDS).index(kind), BOROUGHS.index(borough)])
    ground = _Ground(city, rng, borough, window_id)
    for _ in range(200):
        edits = KINDS[kind](ground)
        try:
            apply_scenario(scenario := Scenario(f"{kind}, {borough}", edits), city, service=ground.service)
        except ScenarioError:
            continue
        return scenario
    raise AssertionError(f"no {kind} can be made up for {borough}")
