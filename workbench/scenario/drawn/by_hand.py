"""Stops that somebody placed by hand on a drawn route: checked, laid on the line in their order, kept when the line changes."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import shapely

from workbench.city.city import City
from workbench.errors import Level, NotFoundError, Problem
from workbench.scenario.boundary import check_place_inside, line_in_metres
from workbench.scenario.drawn.sketch import BusStops, PlacedStops, name_stops, nearest_stops
from workbench.scenario.edits import AddRoute, HandStop, where_of_added

__all__ = ["HAND_LIMIT_M", "check_hand_stops", "keep_on_line", "lay_by_hand", "place_by_hand", "places_of"]

FloatArray = npt.NDArray[np.float64]
Int32Array = npt.NDArray[np.int32]
Line = tuple[tuple[float, float], ...]

HAND_LIMIT_M = 100.0
"""A stop placed by hand may stand this far from the line, metres: about the width of a large crossing."""
APART_M = 20.0
"""Two stops in a row are at least this far apart along the line, metres: a bus is 12 to 18 m long."""


def check_hand_stops(edit: AddRoute, city: City) -> list[Problem]:
    """Return what is wrong with the places of stops on either way; lines no check could read are left to others."""
    where = where_of_added(edit)
    found = _check_way(edit.line_lonlat, edit.stops, city, where)
    return found + _check_way(edit.line_back_lonlat, edit.stops_back, city, f"{where}, way back")


def _check_way(line: Line, stops: tuple[HandStop, ...], city: City, where: str) -> list[Problem]:
    if len(stops) < 2 or len(line) < 2 or not np.isfinite(line).all() or not np.isfinite(_lonlat(stops)).all():
        return []
    found = []
    for stop in stops:
        if stop.stop_id:
            found += _check_stop_id(stop.stop_id, city, where)
        else:
            found += check_place_inside((stop.lon, stop.lat), city, where)
    if found:
        return found
    line_xy, xy = line_in_metres(line, city.crs), places_of(stops, city)
    along_m, gap_m = lay_by_hand(line_xy, xy)
    for n in np.flatnonzero(gap_m > HAND_LIMIT_M).tolist():
        message = f"stop {n + 1} is {gap_m[n]:,.0f} m from the line, at most {HAND_LIMIT_M:g} m are allowed"
        found.append(Problem(Level.ERROR, "stop-off-line", message, where))
    if not found:
        for n in np.flatnonzero(np.diff(along_m) < APART_M).tolist():
            message = f"stops {n + 1} and {n + 2} stand at one place of the line, must be {APART_M:g} m apart and in its order"
            found.append(Problem(Level.ERROR, "stops-order", message, where))
    return found


def _check_stop_id(stop_id: str, city: City, where: str) -> list[Problem]:
    try:
        row = city.get_stop_ix(stop_id)
    except NotFoundError:
        return [Problem(Level.ERROR, "stop-unknown", f"the city has no stop {stop_id[:40]!r}", where)]
    if city.stops["mode"].iloc[row] != "bus":
        return [Problem(Level.ERROR, "stop-unknown", f"stop {stop_id[:40]!r} is no bus stop", where)]
    return []


def place_by_hand(line_xy: FloatArray, hand: tuple[HandStop, ...], stops: BusStops, city: City) -> PlacedStops:
    """
    Return stops placed by hand: an existing one where it stands, a new one on the line at the place nearest to it.

    Parameters
    ----------
    line_xy
        Points of the line, metres.
    hand
        At least two, in the order of the line; `check_hand_stops` found nothing wrong with them.
    stops
        Existing stops, which give new ones their names.
    city
        The city.
    """
    along_m, _ = lay_by_hand(line_xy, places_of(hand, city))
    xy = shapely.get_coordinates(shapely.line_interpolate_point(shapely.LineString(line_xy), along_m))
    stop_ix = np.array([city.get_stop_ix(stop.stop_id) if stop.stop_id else -1 for stop in hand], dtype=np.int32)
    exists = stop_ix >= 0
    xy[exists] = city.stops[["x", "y"]].to_numpy(dtype=np.float64)[stop_ix[exists]]
    near, gap_m = nearest_stops(stops, xy)
    names = list(name_stops(stops, np.where(exists, -1, stop_ix), near, gap_m))
    for n in np.flatnonzero(exists).tolist():
        names[n] = str(city.stops["stop_name"].iloc[stop_ix[n]])
    return PlacedStops(along_m, xy, stop_ix, tuple(names))


def lay_by_hand(line_xy: FloatArray, xy: FloatArray) -> tuple[FloatArray, FloatArray]:
    """
    Return where each place lies along a line, in their order, and how far from it, metres.

    The sum of the squared distances is the smallest one that keeps the order: on a line that comes back to a street, a place belongs
    to the pass that its neighbours leave to it.
    """
    a, step = line_xy[:-1], np.diff(line_xy, axis=0)
    length_m = np.hypot(*step.T)
    start_m = np.concatenate([[0.0], np.cumsum(length_m)[:-1]])
    squared = np.maximum(length_m**2, 1e-12)
    share = np.clip(((xy[:, None, :] - a[None]) * step[None]).sum(axis=2) / squared, 0.0, 1.0)
    gap_m = np.hypot(*np.moveaxis(xy[:, None, :] - (a[None] + share[..., None] * step[None]), 2, 0))
    at_m = start_m[None] + share * length_m[None]
    best = np.full(len(length_m), 0.0)
    chosen = np.zeros(gap_m.shape, dtype=np.int64)
    for n in range(len(xy)):
        cost = np.empty(len(length_m))
        for k in range(len(length_m)):
            # from an earlier part, or from the same one if the place before lies before on it
            before = np.arange(k + 1) if n == 0 or at_m[n - 1, k] < at_m[n, k] else np.arange(k)
            if n == 0 or len(before) == 0:
                chosen[n, k] = k
                cost[k] = gap_m[n, k] ** 2 if n == 0 else np.inf
            else:
                chosen[n, k] = before[np.argmin(best[before])]
                cost[k] = best[chosen[n, k]] + gap_m[n, k] ** 2
        best = cost
    row = int(np.argmin(best))
    if not np.isfinite(best[row]):  # more places than parts in their order: each at its nearest place
        rows = gap_m.argmin(axis=1)
    else:
        rows = np.empty(len(xy), dtype=np.int64)
        for n in range(len(xy) - 1, -1, -1):
            rows[n], row = row, int(chosen[n, row])
    every = np.arange(len(xy))
    return at_m[every, rows], gap_m[every, rows]


def keep_on_line(line: Line, stops: tuple[HandStop, ...], city: City) -> tuple[HandStop, ...]:
    """Return the stops that a changed line still passes within 100 m, in its order; none if fewer than two are left."""
    if len(stops) < 2 or len(line) < 2:
        return ()
    line_xy, xy = line_in_metres(line, city.crs), places_of(stops, city)
    gap_m = np.asarray(shapely.distance(shapely.LineString(line_xy), np.asarray(shapely.points(xy))))
    kept = [n for n in range(len(stops)) if gap_m[n] <= HAND_LIMIT_M]
    if len(kept) < 2:
        return ()
    along_m, _ = lay_by_hand(line_xy, xy[kept])
    last_m, chosen = -np.inf, []
    for n, at_m in zip(kept, along_m.tolist(), strict=True):
        if at_m - last_m >= APART_M:
            chosen.append(stops[n])
            last_m = at_m
    return tuple(chosen) if len(chosen) >= 2 else ()


def places_of(stops: tuple[HandStop, ...], city: City) -> FloatArray:
    """Return (n, 2) metres of stops."""
    return line_in_metres(_lonlat(stops), city.crs, drop_repeats=False)


def _lonlat(stops: tuple[HandStop, ...]) -> Line:
    return tuple((stop.lon, stop.lat) for stop in stops)
