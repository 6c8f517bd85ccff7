"""Which way buses run on each street: where they run one way only, and often, the street is taken for one-way."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import shapely

__all__ = ["find_oneway"]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
Int8Array = npt.NDArray[np.int8]
LineArray = npt.NDArray[np.object_]

NEAR_M = 15.0
"""A bus this near to a point of a street runs on that street, metres."""
ALONG = 0.9
"""Cosine of the largest angle between a bus and the street it runs on."""
OFTEN = 300
"""Trips a weekday one way that make a street one-way if none runs the other way (docs/data.md has the measurement)."""
_PLACES = (0.3, 0.5, 0.7)


def find_oneway(streets: LineArray, bus_lines: LineArray, n_trips: IntArray, *, often: int = OFTEN) -> Int8Array:
    """
    Return for each street 1 where buses run only along its line, -1 only against it, 0 both ways or not known.

    At each of three places of the street at least `often` trips must run one way and none the other.

    Parameters
    ----------
    streets
        Lines.
    bus_lines, n_trips
        Shapes of bus trips in the order they are driven, and trips a weekday.
    often
        Trips a weekday that are enough.
    """
    along, against = trips_each_way(streets, bus_lines, n_trips)
    forward = (along.min(axis=0) >= often) & (against.max(axis=0) == 0)
    backward = (against.min(axis=0) >= often) & (along.max(axis=0) == 0)
    return np.where(forward, 1, np.where(backward, -1, 0)).astype(np.int8)


def trips_each_way(
    streets: LineArray, bus_lines: LineArray, n_trips: IntArray, places: Sequence[float] = _PLACES
) -> tuple[FloatArray, FloatArray]:
    """Return trips along and against each street, (n_places, n_streets)."""
    points, shape = shapely.get_coordinates(bus_lines, return_index=True)
    same = shape[1:] == shape[:-1]
    same &= np.hypot(*np.diff(points, axis=0).T) > 0.1
    start, end, shape = points[:-1][same], points[1:][same], shape[1:][same]
    tree = shapely.STRtree(np.asarray(shapely.linestrings(np.stack([start, end], axis=1))))
    heading = (end - start) / np.hypot(*(end - start).T)[:, None]
    counts = []
    for place in places:
        at = shapely.line_interpolate_point(streets, place, normalized=True)
        ahead = shapely.line_interpolate_point(streets, place + 0.02, normalized=True)
        toward = shapely.get_coordinates(ahead) - shapely.get_coordinates(at)
        toward /= np.maximum(np.hypot(*toward.T), 1e-6)[:, None]
        street, segment = tree.query(at, predicate="dwithin", distance=NEAR_M)
        cosine = (toward[street] * heading[segment]).sum(axis=1)
        counts.append(
            [_sum_trips(street, shape[segment], cosine * sign > ALONG, n_trips, len(streets)) for sign in (1, -1)]
        )
    both = np.array(counts)
    return both[:, 0], both[:, 1]


def _sum_trips(
    street: IntArray, shape: IntArray, counts: npt.NDArray[np.bool_], n_trips: IntArray, n: int
) -> FloatArray:
    """Return the trips of the shapes that pass each street, each shape once."""
    passing = np.unique(np.column_stack([street[counts], shape[counts]]), axis=0)
    return np.bincount(passing[:, 0], weights=n_trips[passing[:, 1]], minlength=n).astype(np.float64)
