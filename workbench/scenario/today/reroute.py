"""A new way for part of a route: its stops, and when each trip is there."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt
import shapely

from workbench.scenario.boundary import city_land, line_in_metres
from workbench.scenario.drawn.headways import trip_times
from workbench.scenario.drawn.running_time import N_HOURS, Segments, hop_speeds, segment_speeds
from workbench.scenario.drawn.sketch import BusStops, place_stops
from workbench.scenario.existing import Reroute
from workbench.scenario.today.working import Block

if TYPE_CHECKING:
    from workbench.city.city import City
    from workbench.scenario.today.alter import Ground

__all__ = ["END_LIMIT_M", "bus_stops", "line_segments", "reroute_block"]

FloatArray = npt.NDArray[np.float64]
Int32Array = npt.NDArray[np.int32]

END_LIMIT_M = 400.0
"""A drawn way must begin and end this near to the stops it leaves and joins, metres: a quarter mile."""
_bus_stops: WeakKeyDictionary[City, tuple[Int32Array, tuple[str, ...]]] = WeakKeyDictionary()


def reroute_block(block: Block, edit: Reroute, ground: Ground, start: int | None, end: int | None) -> Block:
    """
    Return a block that takes the new way from position `start` to position `end`; None for the ends of the route.

    Trips keep their times before the new way, and the running times after it; where the route begins anew they keep
    the time at which they join it.
    """
    way_ix, segments = _way(block, edit, ground, start, end)
    head = np.arange(0 if start is None else start)  # calls before the stop the new way leaves from
    tail = np.arange(len(block.stop_ix) if end is None else end + 1, len(block.stop_ix))
    n_way = len(way_ix)
    speed_mps = np.zeros((0, N_HOURS))
    if n_way > 1:
        speed_mps = segment_speeds(hop_speeds(ground.city, ground.service), segments)[0] * edit.speed_factor
    if start is None and end is not None:
        way_s = _times_before(block.arrival_s[:, end], segments.length_m, speed_mps)
    else:
        way_s = trip_times(block.departure_s[:, start or 0], segments.length_m, speed_mps)
    arrival, leaving = way_s.copy(), way_s.copy()
    may_board, may_alight = np.ones(n_way, dtype=np.bool_), np.ones(n_way, dtype=np.bool_)
    if start is not None:
        arrival[:, 0] = block.arrival_s[:, start]
        may_board[0], may_alight[0] = block.may_board[start], block.may_alight[start]
    late = np.zeros((len(block.trip_id), 1), dtype=np.int32)
    if end is not None:
        late = (arrival[:, -1:] - block.arrival_s[:, end, None]).astype(np.int32)
        leaving[:, -1] = block.departure_s[:, end] + late[:, 0]
        may_board[-1], may_alight[-1] = block.may_board[end], block.may_alight[end]
    return replace(
        block,
        stop_ix=np.concatenate([block.stop_ix[head], way_ix, block.stop_ix[tail]]).astype(np.int32),
        may_board=np.concatenate([block.may_board[head], may_board, block.may_board[tail]]),
        may_alight=np.concatenate([block.may_alight[head], may_alight, block.may_alight[tail]]),
    ).with_times(
        np.hstack([block.arrival_s[:, head], arrival, block.arrival_s[:, tail] + late]),
        np.hstack([block.departure_s[:, head], leaving, block.departure_s[:, tail] + late]),
    )


def line_segments(line_xy: FloatArray, along_m: FloatArray) -> Segments:
    """Return the parts of a line between the places where the bus stops."""
    line = shapely.LineString(line_xy)
    start_m, end_m = along_m[:-1], along_m[1:]
    on_line = shapely.get_coordinates(shapely.line_interpolate_point(line, along_m))
    step = np.diff(on_line, axis=0)
    straight_m = np.hypot(step[:, 0], step[:, 1])[:, None]
    way = np.divide(step, straight_m, out=np.zeros_like(step), where=straight_m > 0)
    middle = shapely.get_coordinates(shapely.line_interpolate_point(line, (start_m + end_m) / 2))
    return Segments(end_m - start_m, middle, way)


def bus_stops(ground: Ground) -> BusStops:
    """Return the stops a drawn way may use: bus stops of today and those of earlier edits."""
    rows, names = _bus_stops_today(ground.city)
    new = ground.city.n_stops + np.arange(len(ground.new_xy), dtype=np.int32)
    numbers = np.concatenate([rows, new]).astype(np.int32)
    return BusStops(numbers, ground.places()[numbers], (*names, *map(str, ground.new_name)))


def _bus_stops_today(city: City) -> tuple[Int32Array, tuple[str, ...]]:
    """Return the rows and names of the city's bus stops; found once, because every drawn line asks for them."""
    if city not in _bus_stops:
        rows = np.flatnonzero((city.stops["mode"] == "bus").to_numpy()).astype(np.int32)
        _bus_stops[city] = rows, tuple(map(str, city.stops["stop_name"].to_numpy()[rows]))
    return _bus_stops[city]


def _way(
    block: Block, edit: Reroute, ground: Ground, start: int | None, end: int | None
) -> tuple[Int32Array, Segments]:
    """Return the stops of the new way, those it leaves from and joins included, and the parts between them."""
    first = [] if start is None else [int(block.stop_ix[start])]
    last = [] if end is None else [int(block.stop_ix[end])]
    if not edit.line_lonlat:
        way_ix = np.array(
            [*first, *(ground.numbers(stop_id, block.route_id)[-1] for stop_id in edit.stop_ids), *last], dtype=np.int32
        )
        line_xy = ground.places()[way_ix]
        step = np.diff(line_xy, axis=0)
        along_m = np.concatenate([[0.0], np.cumsum(np.hypot(step[:, 0], step[:, 1]))])
        return way_ix, line_segments(line_xy, along_m) if len(way_ix) > 1 else _no_segments()
    line_xy = line_in_metres(edit.line_lonlat, ground.city.crs)
    placed = place_stops(
        line_xy, bus_stops(ground), spacing_m=edit.spacing_m, snap_m=edit.snap_m, land=city_land(ground.city)
    )
    way = [
        int(number) if number >= 0 else ground.stop_at((float(xy[0]), float(xy[1])), name)
        for number, xy, name in zip(placed.stop_ix, placed.xy, placed.name, strict=True)
    ]
    way = [*(first or way[:1]), *way[1:-1], *(last or way[-1:])]
    keep = [0, *(k for k in range(1, len(way) - 1) if way[k] not in (way[0], way[-1])), len(way) - 1]
    return np.array([way[k] for k in keep], dtype=np.int32), line_segments(line_xy, placed.along_m[keep])


def _times_before(arrival_s: Int32Array, length_m: FloatArray, speed_mps: FloatArray) -> Int32Array:
    """Return when each trip is at each stop of a new beginning, so that it joins the route at the time it used to."""
    run_s = trip_times(arrival_s, length_m, speed_mps)
    early = arrival_s - (run_s[:, -1] - run_s[:, 0])
    run_s = np.vstack([trip_times(early[k : k + 1], length_m, speed_mps) for k in range(len(early))])
    return (run_s - run_s[:, -1:] + arrival_s[:, None]).astype(np.int32)


def _no_segments() -> Segments:
    return Segments(np.zeros(0), np.zeros((0, 2)), np.zeros((0, 2)))
