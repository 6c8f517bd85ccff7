"""Tiny invented cities with round numbers: blocks of 200 m, hops of 30 s, residents 1, 2, 4, 8 ...

A `GridCity` is built in words and turned into a real `City`, so that every room can be tested on a city one can draw
on a napkin. Residents are powers of two: a sum tells exactly which zones were reached.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely.geometry import box

from workbench.city.city import AreaKind, City, Group, Source
from workbench.city.timetable import Timetable
from workbench.city.walking import Walking
from workbench.errors import NotFoundError

BLOCK_M = 200.0
ORIGIN_X, ORIGIN_Y = 300_000.0, 60_000.0
CRS = "EPSG:32118"


@dataclass
class SceneRoute:
    """A route in words: stops by name, a running time per hop, and departures at the first stop."""

    route_id: str
    stops: tuple[str, ...]
    departures_s: tuple[int, ...]
    hop_s: tuple[int, ...]
    dwell_s: int = 0
    direction: int = 0
    no_board: frozenset[str] = frozenset()
    no_alight: frozenset[str] = frozenset()
    mode: str = "bus"


@dataclass
class GridCity:
    """
    A city on squared paper: columns go east, rows go north, one square is 200 m.

    `stop("A", 2, 0)` puts stop A at column 2, row 0; `zone("home", 0, 0)` a zone there, the n-th zone with 2**n
    residents; `route(...)` runs trips. `city()` builds the `City`.
    """

    stop_at: dict[str, tuple[float, float]] = field(default_factory=dict)
    zone_at: dict[str, tuple[float, float]] = field(default_factory=dict)
    residents: dict[str, int] = field(default_factory=dict)
    routes: list[SceneRoute] = field(default_factory=list)
    size: tuple[int, int] = (40, 40)

    def stop(self, name: str, column: float, row: float) -> GridCity:
        """Add a stop."""
        self.stop_at[name] = (column, row)
        return self

    def zone(self, name: str, column: float, row: float, residents: int | None = None) -> GridCity:
        """Add a zone; the n-th (from 0) has 2**n residents unless told otherwise."""
        self.residents[name] = 2 ** len(self.zone_at) if residents is None else residents
        self.zone_at[name] = (column, row)
        return self

    def route(
        self,
        route_id: str,
        stops: str | Sequence[str],
        *,
        first_s: int,
        headway_s: int,
        n_trips: int,
        hop_s: int | Sequence[int] = 30,
        **more: object,
    ) -> GridCity:
        """Add a route of `n_trips` trips, `headway_s` apart; stops as "A B C" or a list."""
        names = tuple(stops.split()) if isinstance(stops, str) else tuple(stops)
        hops = (hop_s,) * (len(names) - 1) if isinstance(hop_s, int) else tuple(hop_s)
        departures = tuple(first_s + headway_s * trip for trip in range(n_trips))
        self.routes.append(SceneRoute(route_id, names, departures, hops, **more))  # type: ignore[arg-type]
        return self

    def xy(self, column: float, row: float) -> tuple[float, float]:
        """Return the place of a square in metres."""
        return ORIGIN_X + BLOCK_M * column, ORIGIN_Y + BLOCK_M * row

    def city(self, city_id: str = "grid") -> City:
        """Build the `City`; every service day has the same trips."""
        stops = self._stops()
        routes = self._routes()
        zones = self._zones()
        return City(
            city_id=city_id,
            name="Grid City",
            version=f"{city_id}-test",
            crs=CRS,
            timezone="America/New_York",
            bounds_lonlat=(-74.3, 40.4, -73.6, 41.0),
            stops=stops,
            routes=routes,
            zones=zones,
            blocks=self._blocks(zones),
            areas=self._areas(zones),
            groups=(Group("zero_car", "People in homes without a car"),),
            group_shares=pd.DataFrame(
                {"zero_car": 0.5, "zero_car_moe": 0.1}, index=pd.Index(sorted(set(zones["nta_id"])), name="nta_id")
            ),
            opportunities=pd.DataFrame({"kind": [], "name": [], "x": [], "y": []}),
            walking=self._walking(),
            sources=(Source("all", "invented", "2026", "CC0-1.0"),),
            load_timetable=lambda service: self._timetable(service, stops, routes),
            layers={},
            area_kinds=(
                AreaKind("borough", "borough", "borough"),
                AreaKind("community_district", "community district", "community_district"),
                AreaKind("council_district", "council district", "council_district"),
                AreaKind("nta", "neighborhood", "nta_id"),
            ),
        )

    def _stops(self) -> pd.DataFrame:
        x, y = np.array([self.xy(*at) for at in self.stop_at.values()]).reshape(-1, 2).T
        points = gpd.GeoSeries(gpd.points_from_xy(x, y), crs=CRS).to_crs("EPSG:4326")
        names = list(self.stop_at)
        return pd.DataFrame(
            {
                "stop_id": names,
                "stop_name": names,
                "mode": "bus",
                "parent_station": "",
                "lon": points.x,
                "lat": points.y,
                "x": x,
                "y": y,
            }
        )

    def _routes(self) -> pd.DataFrame:
        mode = {route.route_id: route.mode for route in self.routes}
        ids = list(mode)
        return pd.DataFrame(
            {
                "route_id": ids,
                "short_name": ids,
                "long_name": ids,
                "mode": list(mode.values()),
                "color": "#0039a6",
                "agency": "test",
            }
        )

    def _zones(self) -> gpd.GeoDataFrame:
        names = list(self.zone_at)
        x, y = np.array([self.xy(*at) for at in self.zone_at.values()]).reshape(-1, 2).T
        half = BLOCK_M / 2
        squares = [box(cx - half, cy - half, cx + half, cy + half) for cx, cy in zip(x, y, strict=True)]
        west = x < ORIGIN_X + BLOCK_M * self.size[0] / 2
        side = np.where(west, "West", "East")
        return gpd.GeoDataFrame(
            {
                "zone_id": names,
                "name": names,
                "borough": side,
                "nta_id": side,
                "nta_name": side,
                "community_district": side,
                "council_district": side,
                "residents": [self.residents[name] for name in names],
                "x": x,
                "y": y,
            },
            geometry=squares,
            crs=CRS,
        )

    @staticmethod
    def _blocks(zones: gpd.GeoDataFrame) -> pd.DataFrame:
        """One block per zone, at the same place."""
        return pd.DataFrame(
            {
                "block_id": zones["zone_id"],
                "zone_ix": np.arange(len(zones), dtype=np.int32),
                "nta_id": zones["nta_id"],
                "community_district": zones["community_district"],
                "council_district": zones["council_district"],
                "residents": zones["residents"],
                "x": zones["x"],
                "y": zones["y"],
            }
        )

    def _areas(self, zones: gpd.GeoDataFrame) -> dict[str, gpd.GeoDataFrame]:
        middle = ORIGIN_X + BLOCK_M * self.size[0] / 2
        east, north = self.xy(*self.size)
        halves = gpd.GeoDataFrame(
            {"area_id": ["West", "East"], "name": ["West", "East"]},
            geometry=[
                box(ORIGIN_X - BLOCK_M, ORIGIN_Y - BLOCK_M, middle, north),
                box(middle, ORIGIN_Y - BLOCK_M, east, north),
            ],
            crs=zones.crs,
        )
        return dict.fromkeys(("borough", "community_district", "nta", "council_district"), halves)

    def _walking(self) -> Walking:
        """Land everywhere, streets due north past every place: the estimate is (1.25 x straight + |dx| + |dy|) / 2."""
        columns, rows = (2 * side + 4 for side in self.size)
        return Walking(
            x_min=ORIGIN_X - 2 * BLOCK_M,
            y_min=ORIGIN_Y - 2 * BLOCK_M,
            grid_cell_m=BLOCK_M,
            grid_bearing_rad=np.zeros((rows, columns)),
            land_cell_m=BLOCK_M,
            is_land=np.ones((rows, columns), dtype=np.bool_),
            off_street_m=np.zeros((rows, columns), dtype=np.uint8),
        )

    def _timetable(self, service: str, stops: pd.DataFrame, routes: pd.DataFrame) -> Timetable:
        if service not in ("weekday", "saturday", "sunday"):
            raise NotFoundError(f"service {service!r} is not known")
        stop_ix = {stop_id: ix for ix, stop_id in enumerate(stops["stop_id"])}
        route_ix = {route_id: ix for ix, route_id in enumerate(routes["route_id"])}
        arrivals, departures, trip_ids = [], [], []
        for route in self.routes:
            run = np.cumsum([0, *route.hop_s])
            dwell = route.dwell_s * np.arange(len(route.stops))
            start = np.array(route.departures_s)[:, None]
            arrival = start + run + np.maximum(dwell - route.dwell_s, 0)
            arrivals.append(arrival)
            departures.append(start + run + dwell)
            trip_ids += [f"{route.route_id}.{route.direction}.{n}" for n in range(len(arrival))]
        calls = [len(route.stops) for route in self.routes]
        return Timetable(
            service=service,
            service_date=dt.date(2026, 10, 14),
            pattern_route_ix=np.array([route_ix[route.route_id] for route in self.routes], dtype=np.int32),
            pattern_direction=np.array([route.direction for route in self.routes], dtype=np.int32),
            pattern_headsign=tuple(route.stops[-1] for route in self.routes),
            pattern_stop_indptr=np.cumsum([0, *calls], dtype=np.int32),
            pattern_stop_ix=np.array([stop_ix[s] for route in self.routes for s in route.stops], dtype=np.int32),
            pattern_may_board=np.array([s not in r.no_board for r in self.routes for s in r.stops], dtype=np.bool_),
            pattern_may_alight=np.array([s not in r.no_alight for r in self.routes for s in r.stops], dtype=np.bool_),
            pattern_trip_indptr=np.cumsum([0, *(len(block) for block in arrivals)], dtype=np.int32),
            trip_id=np.array(trip_ids, dtype=np.object_),
            trip_is_previous_day=np.zeros(len(trip_ids), dtype=np.bool_),
            pattern_time_indptr=np.cumsum([0, *(block.size for block in arrivals)], dtype=np.int64),
            arrival_s=np.concatenate([block.ravel() for block in arrivals]).astype(np.int32),
            departure_s=np.concatenate([block.ravel() for block in departures]).astype(np.int32),
        )
