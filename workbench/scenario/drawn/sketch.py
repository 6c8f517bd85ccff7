"""From a drawn line to stops: placed at a spacing, moved to an existing bus stop where one is near."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from workbench.city.near import nearest

__all__ = ["BusStops", "PlacedStops", "name_stops", "nearest_stops", "place_stops"]

FloatArray = npt.NDArray[np.float64]
Int32Array = npt.NDArray[np.int32]

NAME_FROM_M = 150.0
"""A new stop is named after an existing one within this distance, metres."""


@dataclass(frozen=True, eq=False)
class BusStops:
    """The bus stops a sketch may use: those of the city and those that earlier edits placed."""

    stop_ix: Int32Array
    """(n,) row of the city's stops; larger numbers are new stops."""
    xy: FloatArray
    """(n, 2) metres."""
    name: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class PlacedStops:
    """The stops of one route in the order of its line."""

    along_m: FloatArray
    """(n,) where the bus stops, metres from the start of the line."""
    xy: FloatArray
    """(n, 2) where people wait, metres: the existing stop, or the place on the line."""
    stop_ix: Int32Array
    """(n,) row of an existing stop, or -1 for a new one."""
    name: tuple[str, ...]

    def reversed(self) -> PlacedStops:
        """Return the same stops for the same line back."""
        along_m = self.along_m[-1] + self.along_m[0] - self.along_m[::-1]
        return PlacedStops(along_m, self.xy[::-1], self.stop_ix[::-1], self.name[::-1])


def place_stops(
    line_xy: FloatArray, stops: BusStops, *, spacing_m: float, snap_m: float, land: BaseGeometry | None = None
) -> PlacedStops:
    """
    Return the stops of a line.

    Both ends are stops; between them the line is cut into equal parts, as near to the spacing as equal parts can be.
    A place on water is left out, since nobody can wait there, unless an existing stop is near.

    Parameters
    ----------
    line_xy
        Points of the line, metres.
    stops
        Existing stops a place may be moved to.
    spacing_m
        Wanted distance along the line, metres.
    snap_m
        Longest move to an existing stop, metres.
    land
        Where new stops may be; anywhere if None.

    Returns
    -------
    placed
        At least two stops; two neighbouring places never share one existing stop.
    """
    line = shapely.LineString(line_xy)
    n_parts = max(1, round(line.length / spacing_m))
    along_m = np.linspace(0.0, line.length, n_parts + 1)
    xy = shapely.get_coordinates(shapely.line_interpolate_point(line, along_m))
    nearest, gap_m = nearest_stops(stops, xy)
    stop_ix = np.full(len(xy), -1, dtype=np.int32)
    snaps = gap_m <= snap_m
    stop_ix[snaps] = stops.stop_ix[nearest[snaps]]
    keep = _keep(xy, stop_ix, land)
    stop_ix, along_m, xy = stop_ix[keep], along_m[keep], xy[keep]
    nearest, gap_m = nearest[keep], gap_m[keep]
    if len(stop_ix) == 2 and stop_ix[0] == stop_ix[1]:
        stop_ix[1] = -1  # a short line with one stop near both its ends
    exists = stop_ix >= 0
    xy[exists] = stops.xy[nearest[exists]]
    return PlacedStops(along_m, xy, stop_ix, name_stops(stops, stop_ix, nearest, gap_m))


def nearest_stops(stops: BusStops, xy: FloatArray) -> tuple[npt.NDArray[np.int64], FloatArray]:
    """Return for each place the position of the nearest existing stop and its distance, metres."""
    if len(stops.name) == 0:
        return np.zeros(len(xy), dtype=np.int64), np.full(len(xy), np.inf)
    return nearest(*xy.T, *stops.xy.T)


def _keep(xy: FloatArray, stop_ix: Int32Array, land: BaseGeometry | None) -> npt.NDArray[np.bool_]:
    """Tell which places become stops: the ends, and those on land that do not repeat the stop before."""
    keep = np.ones(len(xy), dtype=np.bool_)
    if land is not None:
        keep = shapely.contains_xy(land, xy[:, 0], xy[:, 1]) | (stop_ix >= 0)
    keep[[0, -1]] = True
    last = -1
    for place in range(len(xy)):
        if keep[place] and stop_ix[place] >= 0 and stop_ix[place] == last:
            keep[place] = False
        elif keep[place]:
            last = int(stop_ix[place])
    if not keep[-1]:  # the end repeats its neighbour: the end stays, the neighbour goes
        neighbour = int(np.flatnonzero(keep)[-1])
        keep[neighbour] = neighbour == 0
        keep[-1] = True
    return keep


def name_stops(
    stops: BusStops, stop_ix: Int32Array, nearest: npt.NDArray[np.int64], gap_m: FloatArray
) -> tuple[str, ...]:
    """Name each stop: its own name, the neighbour it is near to, or a number."""
    names = []
    for place, (row, gap) in enumerate(zip(nearest, gap_m, strict=True)):
        if stop_ix[place] >= 0:
            names.append(stops.name[row])
        elif gap <= NAME_FROM_M:
            names.append(f"near {stops.name[row].removeprefix('near ')}")
        else:
            names.append(f"New stop {place + 1}")
    return tuple(names)
