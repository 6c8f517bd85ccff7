"""Walking by real streets where a city has them, by the estimate elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import ClassVar

import numpy as np
import numpy.typing as npt
import shapely

from workbench.city.streets.footpaths import FootPaths
from workbench.city.streets.graph import StreetGraph
from workbench.city.walking import Walking

__all__ = ["WALK_LIMIT_M", "StreetWalking"]

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

WALK_LIMIT_M = 5000.0
"""Longer walks are not looked for, metres: no search allows one."""


class StreetWalking:
    """
    Walking distances along real streets between places inside `StreetGraph.real_area`, else by the estimate.

    A place is tied to the nearest walkable street on the ground, straight. One-way streets, which bind vehicles only, are
    walked both ways. Streets are read and made ready when the first distance is asked for.
    """

    made_by: ClassVar[tuple[str, ...]] = (
        *Walking.made_by,
        "workbench.city.streets.footpaths",
        "workbench.city.streets.walking",
    )
    """The code that decides a distance: what was computed with other code is not used again."""

    def __init__(self, load_streets: Callable[[], StreetGraph | None], estimate: Walking) -> None:
        self._load_streets = load_streets
        self.estimate = estimate
        """Used where one of two places lies outside the area with real streets."""

    @cached_property
    def paths(self) -> FootPaths:
        """The walkable streets."""
        return FootPaths(self._graph)

    @property
    def real_area(self) -> shapely.Geometry:
        """Where walks follow real streets, in the city's CRS."""
        return self._graph.real_area

    def distance_m(
        self, ax: FloatArray, ay: FloatArray, bx: FloatArray, by: FloatArray, *, limit_m: float = WALK_LIMIT_M
    ) -> FloatArray:
        """
        Return the walking distance of each pair of points, in metres: (n,); infinite where there is no way.

        It is symmetric bit for bit and never shorter than the straight line.

        Parameters
        ----------
        ax, ay, bx, by
            (n,) metres in the city's CRS.
        limit_m
            Longer walks are infinite, metres; at most `WALK_LIMIT_M` counts.
        """
        ax, ay, bx, by = (np.asarray(values, dtype=np.float64) for values in (ax, ay, bx, by))
        limit_m = min(limit_m, WALK_LIMIT_M)
        n = len(ax)
        places, place_ix = np.unique(np.concatenate([ax + 1j * ay, bx + 1j * by]), return_inverse=True)
        x, y = np.ascontiguousarray(places.real), np.ascontiguousarray(places.imag)
        inside = shapely.contains_xy(self._area, x, y)
        a, b = place_ix[:n], place_ix[n:]
        by_streets = inside[a] & inside[b]
        distance = np.empty(n)
        rest = np.flatnonzero(~by_streets)
        distance[rest] = self.estimate.distance_m(ax[rest], ay[rest], bx[rest], by[rest])
        real = np.flatnonzero(by_streets)
        if len(real):
            distance[real] = self._by_streets(x, y, a[real], b[real], limit_m)
        distance[distance > limit_m] = np.inf
        return distance

    def _by_streets(
        self, x: FloatArray, y: FloatArray, a: npt.NDArray[np.int64], b: npt.NDArray[np.int64], limit_m: float
    ) -> FloatArray:
        """Return the way from place a to place b of each pair, metres. Searches start where there are fewer places."""
        used = np.unique(np.concatenate([a, b]))
        ties = self.paths.tie(x[used], y[used])
        a_tie, b_tie = np.searchsorted(used, a), np.searchsorted(used, b)
        if len(np.unique(b)) < len(np.unique(a)):
            a_tie, b_tie = b_tie, a_tie
        distance = self.paths.distances_cm(ties.take(a_tie), ties.take(b_tie), limit_m) / 100
        straight = np.hypot(np.abs(x[a] - x[b]), np.abs(y[a] - y[b]))
        distance = np.where(a == b, 0.0, np.maximum(distance, straight))
        return np.where(distance > limit_m, np.inf, distance)

    @cached_property
    def _graph(self) -> StreetGraph:
        graph = self._load_streets()
        assert graph is not None, "a pack that says it has real streets has a street graph"
        return graph

    @cached_property
    def _area(self) -> shapely.Geometry:
        area = self.real_area
        shapely.prepare(area)
        return area
