"""How far it is to walk between two points of a city: an estimate where there is no street network."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from workbench.city.around import WaysAround

__all__ = ["DETOUR", "WATER_TOLERANCE_M", "Walking", "grid_share"]

FloatArray = npt.NDArray[np.float64]
Int64Array = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

DETOUR = 1.25
"""Walked over straight distance in an ordinary street grid; measured against OSM of Manhattan (docs/data.md)."""

WATER_TOLERANCE_M = 40.0
"""
Water or wall a straight line may cross and still count as a walk, metres: shores are drawn to about 10 m and stops stand
on piers and quays, so a line along the shore dips into the water here and there. Narrower canals are drawn wider.
"""

OFF_STREET_SHARE = 0.7
"""Of the way from a place to the nearest street so much comes on top: the street may lie ahead, aside or behind."""
OFF_STREET_MOST_M = 40.0
"""Places farther than this from any street that we know have a path of their own, metres."""
OFF_STREET_UNKNOWN_M = 10.0
"""How far a place is from a street where that is not known, metres."""
OFF_STREET_FULL_M = 100.0
"""Walks shorter than this have less of it, in proportion: next door is not reached by the street, metres."""

_IRREGULAR, _REGULAR = 0.3, 0.9
_LEAST_GRID_SHARE = 0.3
_SAMPLES_AT_ONCE = 1 << 21


@dataclass(frozen=True, eq=False)
class Walking:
    """
    Walking distances by estimate: the way along the local street grid, mixed with 1.25 x the straight line.

    The more the streets around agree, the more the grid counts (`grid_share`). A straight line over water, or through a
    walled ground, is no walk: the way leads around, or over a bridge (`WaysAround`). At both ends most of the way
    to the nearest street comes on top.

    Rasters share one frame: cell (row, column) covers the square whose lower left corner is
    (`x_min` + column * cell, `y_min` + row * cell), in metres of the city's CRS.
    """

    made_by: ClassVar[tuple[str, ...]] = ("workbench.city.around", "workbench.city.walking")
    """The code that decides a distance: what was computed with other code is not used again."""

    x_min: float
    y_min: float
    grid_cell_m: float
    """Side of a bearing cell, metres."""
    grid_bearing_rad: FloatArray
    """(rows, columns) bearing of the local street grid, 0 to pi/2; NaN where it has none."""
    land_cell_m: float
    """Side of a land cell, metres."""
    is_land: BoolArray
    """(rows, columns) True where it is dry."""
    bridges: FloatArray = field(default_factory=lambda: np.zeros((0, 5)))
    """(n_bridges, 5) bridges with a footway: x, y of one end, x, y of the other, length; metres."""
    grid_agreement: FloatArray | None = None
    """(rows, columns) how much the streets around agree: 0 not at all, 1 all parallel or square; None: not known."""
    is_walled: BoolArray | None = None
    """(rows, columns) True on grounds one may walk out of but not through: cemeteries, airports; None: there are none."""
    corners: FloatArray = field(default_factory=lambda: np.zeros((0, 2)))
    """(n_corners, 2) x, y of the corners of water and walls that a way around turns at."""

    off_street_m: npt.NDArray[np.uint8] | None = None
    """(rows, columns) of the land cells: how far the nearest street is, at most `OFF_STREET_MOST_M`; None: not known."""

    def distance_m(
        self, ax: FloatArray, ay: FloatArray, bx: FloatArray, by: FloatArray, *, limit_m: float = np.inf
    ) -> FloatArray:
        """
        Return the estimated walking distance of each pair of points, in metres: (n,); infinite where no way is known.

        Walks longer than `limit_m` are infinite too: real streets, where a city has them, are not searched farther.

        It is symmetric: from a to b is as far as from b to a, bit for bit; and never shorter than the straight line.
        """
        ax, ay, bx, by = (np.asarray(values, dtype=np.float64) for values in (ax, ay, bx, by))
        straight_m = np.hypot(bx - ax, by - ay)
        distance = self._unblocked_m(ax, ay, bx, by)
        blocked = np.flatnonzero(self.is_blocked(ax, ay, bx, by))
        if len(blocked):
            around = self._ways_around.distance_m(*(values[blocked] for values in (ax, ay, bx, by)))
            distance[blocked] = np.maximum(around, straight_m[blocked])
        to_street_m = OFF_STREET_SHARE * (self._off_street_at(ax, ay) + self._off_street_at(bx, by))
        distance += to_street_m * np.minimum(straight_m / OFF_STREET_FULL_M, 1.0)
        distance[distance > limit_m] = np.inf
        return distance

    def is_blocked(self, ax: FloatArray, ay: FloatArray, bx: FloatArray, by: FloatArray) -> BoolArray:
        """
        Return True where more than `WATER_TOLERANCE_M` of water or wall lie on the straight line: (n,).

        Where an end lies inside a walled ground, the way out of it is free.
        """
        ax, ay, bx, by = _ordered(ax, ay, bx, by)
        blocked = np.zeros(len(ax), dtype=np.bool_)
        near = np.flatnonzero(self._box_has_barrier(ax, ay, bx, by))
        n_samples = np.maximum(np.ceil(np.hypot(bx - ax, by - ay)[near] / (self.land_cell_m / 2)).astype(np.int64), 1)
        part_of = np.cumsum(n_samples) // _SAMPLES_AT_ONCE
        starts = np.flatnonzero(np.diff(part_of, prepend=-1))
        for start, stop in zip(starts, np.append(starts, len(near))[1:], strict=True):
            some = near[start:stop]
            barrier_m = self._barrier_on_line(
                *(values[some] for values in (ax, ay, bx, by)), n_samples=n_samples[start:stop]
            )
            blocked[some] = barrier_m > WATER_TOLERANCE_M
        return blocked

    def agreement_at(self, x: FloatArray, y: FloatArray) -> FloatArray:
        """Return how much the streets around each point agree, 0 to 1: (n,); 0 where there are none, or it is not known."""
        if self.grid_agreement is None:
            return np.zeros(len(x))
        row, column, inside = self._cell_inside(x, y, self.grid_cell_m, self.grid_bearing_rad.shape)
        agreement: FloatArray = np.where(inside, np.nan_to_num(self.grid_agreement[row, column]), 0.0)
        return agreement

    def _unblocked_m(self, ax: FloatArray, ay: FloatArray, bx: FloatArray, by: FloatArray) -> FloatArray:
        """Return the estimate where nothing is in the way, from street to street; symmetric."""
        ax, ay, bx, by = _ordered(ax, ay, bx, by)
        dx, dy = bx - ax, by - ay
        straight_m = np.hypot(dx, dy)
        bearing, share = self._grid_at((ax + bx) / 2, (ay + by) / 2)
        cos, sin = np.cos(bearing), np.sin(bearing)
        along_grid_m = np.maximum(np.abs(dx * sin + dy * cos) + np.abs(dx * cos - dy * sin), straight_m)
        estimate_m: FloatArray = share * along_grid_m + (1 - share) * DETOUR * straight_m
        return estimate_m

    def _grid_at(self, x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return the bearing of the street grid and how much it counts; 0 and 0 where there is none."""
        row, column, inside = self._cell_inside(x, y, self.grid_cell_m, self.grid_bearing_rad.shape)
        bearing = np.where(inside, self.grid_bearing_rad[row, column], np.nan)
        share = np.full(len(x), 0.5) if self.grid_agreement is None else grid_share(self.grid_agreement[row, column])
        return np.nan_to_num(bearing), np.where(np.isnan(bearing), 0.0, share)

    def _off_street_at(self, x: FloatArray, y: FloatArray) -> FloatArray:
        """Return how far the nearest street is from each point, metres."""
        if self.off_street_m is None:
            return np.full(len(x), OFF_STREET_UNKNOWN_M)
        row, column, inside = self._cell_inside(x, y, self.land_cell_m, self.off_street_m.shape)
        return np.where(inside, self.off_street_m[row, column].astype(np.float64), OFF_STREET_UNKNOWN_M)

    @cached_property
    def _ways_around(self) -> WaysAround:
        return WaysAround(self.corners, self.bridges, is_blocked=self.is_blocked, length_m=self._unblocked_m)

    @cached_property
    def _barrier_count(self) -> npt.NDArray[np.int32]:
        """(rows + 1, columns + 1) number of barrier cells below and left: those in any box are four reads."""
        barrier = ~self.is_land if self.is_walled is None else ~self.is_land | self.is_walled
        count = np.zeros((barrier.shape[0] + 1, barrier.shape[1] + 1), dtype=np.int32)
        np.cumsum(barrier, axis=1, dtype=np.int32, out=count[1:, 1:])
        np.cumsum(count, axis=0, out=count)
        return count

    def _cell(self, x: FloatArray, y: FloatArray, cell_m: float) -> tuple[Int64Array, Int64Array]:
        return (
            np.floor((y - self.y_min) / cell_m).astype(np.int64),
            np.floor((x - self.x_min) / cell_m).astype(np.int64),
        )

    def _cell_inside(
        self, x: FloatArray, y: FloatArray, cell_m: float, shape: tuple[int, ...]
    ) -> tuple[Int64Array, Int64Array, BoolArray]:
        """Return row and column of each point, moved into the raster, and whether they lay inside it."""
        row, column = self._cell(x, y, cell_m)
        inside = (row >= 0) & (row < shape[0]) & (column >= 0) & (column < shape[1])
        return np.clip(row, 0, shape[0] - 1), np.clip(column, 0, shape[1] - 1), inside

    def _box_has_barrier(self, ax: FloatArray, ay: FloatArray, bx: FloatArray, by: FloatArray) -> BoolArray:
        """Return True where the box around a pair holds water or wall or leaves the raster; all other pairs are free."""
        rows, columns = self.is_land.shape
        low_row, low_column = self._cell(np.minimum(ax, bx), np.minimum(ay, by), self.land_cell_m)
        high_row, high_column = self._cell(np.maximum(ax, bx), np.maximum(ay, by), self.land_cell_m)
        outside = (low_row < 0) | (low_column < 0) | (high_row >= rows) | (high_column >= columns)
        low_row, high_row = np.clip(low_row, 0, rows), np.clip(high_row + 1, 0, rows)
        low_column, high_column = np.clip(low_column, 0, columns), np.clip(high_column + 1, 0, columns)
        count = self._barrier_count
        n_barrier = (
            count[high_row, high_column]
            - count[low_row, high_column]
            - count[high_row, low_column]
            + count[low_row, low_column]
        )
        has_barrier: BoolArray = outside | (n_barrier > 0)
        return has_barrier

    def _barrier_on_line(
        self, ax: FloatArray, ay: FloatArray, bx: FloatArray, by: FloatArray, *, n_samples: Int64Array
    ) -> FloatArray:
        """Return the metres of water and wall under each straight line, sampled twice a cell."""
        pair = np.repeat(np.arange(len(ax)), n_samples)
        first = np.cumsum(n_samples) - n_samples
        share = (np.arange(len(pair)) - first[pair] + 0.5) / n_samples[pair]
        x, y = ax[pair] + share * (bx - ax)[pair], ay[pair] + share * (by - ay)[pair]
        row, column, inside = self._cell_inside(x, y, self.land_cell_m, self.is_land.shape)
        is_barrier = ~(inside & self.is_land[row, column])
        if self.is_walled is not None:
            is_barrier |= inside & _in_the_middle(self.is_walled[row, column], pair, first, n_samples)
        n_barrier = np.bincount(pair, weights=is_barrier, minlength=len(ax))
        return n_barrier / n_samples * np.hypot(bx - ax, by - ay)


def grid_share(agreement: FloatArray) -> FloatArray:
    """
    Return how much the way along the grid counts where the streets around agree so much: 0.3 (none) to 1 (regular).

    Measured: on a regular grid the way along it alone is best, elsewhere a mixture errs less (docs/data.md).
    """
    regular = np.clip((agreement - _IRREGULAR) / (_REGULAR - _IRREGULAR), 0.0, 1.0)
    share: FloatArray = _LEAST_GRID_SHARE + (1 - _LEAST_GRID_SHARE) * regular
    return share


def _in_the_middle(walled: BoolArray, pair: Int64Array, first: Int64Array, n_samples: Int64Array) -> BoolArray:
    """Return the walled samples that have open ground on both sides: where a line ends inside, one may walk out."""
    n_open = np.cumsum(~walled)
    n_open = n_open - (n_open[first] - ~walled[first])[pair]
    middle: BoolArray = walled & (n_open > 0) & (n_open < n_open[first + n_samples - 1][pair])
    return middle


def _ordered(
    ax: FloatArray, ay: FloatArray, bx: FloatArray, by: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Return the pairs with the western (then southern) point first, so that direction cannot change a bit."""
    swap = (ax > bx) | ((ax == bx) & (ay > by))
    return np.where(swap, bx, ax), np.where(swap, by, ay), np.where(swap, ax, bx), np.where(swap, ay, by)
