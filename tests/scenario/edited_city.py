"""The slow way round for edits: a city whose timetable holds the change itself, to be compiled and searched from scratch."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from workbench.city.city import City
from workbench.city.timetable import Timetable
from workbench.network import ServiceChange


def edited_city(city: City, change: ServiceChange, service: str) -> City:
    """Return a city that has always run as a change says, on one service day."""
    timetable = city.load_timetable(service)
    known = list(city.routes["route_id"])
    new_ids = sorted({pattern.route_id for pattern in change.addition.patterns} - set(known))
    routes = pd.concat([city.routes, city.routes.iloc[[0] * len(new_ids)].assign(route_id=new_ids)], ignore_index=True)
    xy = change.addition.new_stop_xy
    stops = city.stops.iloc[[0] * len(xy)].assign(stop_id=[f"new {k}" for k in range(len(xy))], x=xy[:, 0], y=xy[:, 1])
    edited = _edited_timetable(timetable, list(routes["route_id"]), change)
    return replace(
        city,
        version=f"{city.version}-edited-{id(change)}",
        cache_dir=None,
        stops=pd.concat([city.stops, stops], ignore_index=True),
        routes=routes,
        load_timetable=lambda _: edited,
    )


def _edited_timetable(timetable: Timetable, route_ids: list[str], change: ServiceChange) -> Timetable:
    """Return the timetable written anew, pattern by pattern."""
    rows = []
    for p in range(timetable.n_patterns):
        if route_ids[timetable.pattern_route_ix[p]] in change.removed_route_ids:
            continue
        calls = slice(timetable.pattern_stop_indptr[p], timetable.pattern_stop_indptr[p + 1])
        flags = timetable.pattern_may_board[calls], timetable.pattern_may_alight[calls]
        route, way = int(timetable.pattern_route_ix[p]), int(timetable.pattern_direction[p])
        rows.append((route, way, timetable.pattern_stops(p), *flags, *timetable.pattern_times(p)))
    for one in change.addition.patterns:
        route = route_ids.index(one.route_id)
        rows.append((route, one.direction, one.stop_ix, one.may_board, one.may_alight, one.arrival_s, one.departure_s))
    n_stops, n_trips = [len(row[2]) for row in rows], [len(row[5]) for row in rows]

    def indptr(counts: list[int]) -> np.ndarray:
        return np.cumsum([0, *counts]).astype(np.int64)

    def join(column: int, dtype: type) -> np.ndarray:
        return np.concatenate([np.zeros(0, dtype), *(np.asarray(row[column]).ravel() for row in rows)]).astype(dtype)

    return replace(
        timetable,
        pattern_route_ix=np.array([row[0] for row in rows], dtype=np.int32),
        pattern_direction=np.array([row[1] for row in rows], dtype=np.int32),
        pattern_headsign=("",) * len(rows),
        pattern_stop_indptr=indptr(n_stops).astype(np.int32),
        pattern_stop_ix=join(2, np.int32),
        pattern_may_board=join(3, np.bool_),
        pattern_may_alight=join(4, np.bool_),
        pattern_trip_indptr=indptr(n_trips).astype(np.int32),
        trip_id=np.array([str(n) for n in range(sum(n_trips))], dtype=np.object_),
        trip_is_previous_day=np.zeros(sum(n_trips), dtype=np.bool_),
        pattern_time_indptr=indptr([stops * trips for stops, trips in zip(n_stops, n_trips, strict=True)]),
        arrival_s=join(5, np.int32),
        departure_s=join(6, np.int32),
    )
