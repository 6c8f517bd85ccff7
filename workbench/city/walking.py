"""How far it is to walk between two points of a city: an estimate where there is no street network."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt

__all__ = ["DETOUR", "WATER_TOLERANCE_M", "Walking"]

FloatArray = npt.NDArray[np.float64]
Int64Array = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

DETOUR = 1.25
"""Walked over straight distance in an ordinary street grid; measured against OSM of Manhattan (docs/data.md)."""

WATER_TOLERANCE_M = 40.0
"""
Water a straight line may cross and still count as a walk, metres: shores are drawn to about 10 m and stops stand on piers
and quays, so a line along the shore dips into the water here and there. Narrower canals are barriers of their own.
"""

BRIDGE_WALK_M = 5000.0
"""Walks over a bridge longer than this are not looked for, metres: no search allows a longer walk."""


@dataclass(frozen=True, eq=False)
class Walking:
    """
    Walking distances by estimate: the mean of 1.25 x the straight line and the way along the local street grid.

    Rasters share one frame: cell (row, column) covers the square whose lower left corner is
    (`x_min` + column * cell, `y_min` + row * cell), in metres of the city's CRS.
    """

    x_min: float
    y_min: float
    grid_cell_m: float
    """Side of a bearing cell, metres."""
    grid_bearing_rad: FloatArray
    """(rows, columns) bearing of the local street grid, 0 to pi/2; NaN where it has none."""
    land_cell_m: float
    """Side of a land cell, metres."""
    is_land: npt.NDArray[np.bool_]
    """(rows, columns) True where one can walk."""
    bridges: FloatArray = field(default_factory=lambda: np.zeros((0, 5)))
    """(n_bridges, 5) bridges with a footway: x, y of one end, x, y of the other, length; metres."""

    def distance_m(self, ax: FloatArray, ay: FloatArray, bx: FloatArray, by: FloatArray) -> FloatArray:
        """
        Return the estimated walking distance of each pair of points, in metres: (n,); infinite across water.

        Where water lies on the straight line, the way leads over the best bridge. It is symmetric: from a to b is as far
        as from b to a, bit for bit.
        """
        ax, ay, bx, by = _ordered(*(np.asarray(values, dtype=np.float64) for values in (ax, ay, bx, by)))
        distance = self._without_bridge(ax, ay, bx, by)
        blocked = np.flatnonzero(np.isinf(distance))
        if len(blocked) and len(self.bridges):
            distance[blocked] = self._over_bridge(*(values[blocked] for values in (ax, ay, bx, by)))
        return distance

    def _without_bridge(self, ax: FloatArray, ay: FloatArray, bx: FloatArray, by: FloatArray) -> FloatArray:
        """Return the estimate, infinite where the straight line crosses water; pairs are `_ordered`."""
        dx, dy = bx - ax, by - ay
        straight_m = np.hypot(dx, dy)
        bearing = self._bearing_at((ax + bx) / 2, (ay + by) / 2)
        cos, sin = np.cos(bearing), np.sin(bearing)
        along_grid_m = np.abs(dx * sin + dy * cos) + np.abs(dx * cos - dy * sin)
        distance = np.where(np.isnan(bearing), DETOUR * straight_m, (DETOUR * straight_m + along_grid_m) / 2)
        near_water = np.flatnonzero(self._box_has_water(ax, ay, bx, by))
        water_m = self._water_on_line(*(values[near_water] for values in (ax, ay, dx, dy, straight_m)))
        distance[near_water[water_m > WATER_TOLERANCE_M]] = np.inf
        return distance

    def _over_bridge(self, ax: FloatArray, ay: FloatArray, bx: FloatArray, by: FloatArray) -> FloatArray:
        """Return the shortest way over one bridge, each way along it tried; infinite above `BRIDGE_WALK_M`."""
        best = np.full(len(ax), np.inf)
        for near_x, near_y, far_x, far_y, length_m in np.concatenate([self.bridges, self.bridges[:, [2, 3, 0, 1, 4]]]):
            bound_m = np.hypot(near_x - ax, near_y - ay) + length_m + np.hypot(bx - far_x, by - far_y)
            tried = np.flatnonzero(bound_m < np.minimum(best, BRIDGE_WALK_M))
            if len(tried) == 0:
                continue
            n = len(tried)
            before = self._without_bridge(*_ordered(ax[tried], ay[tried], np.full(n, near_x), np.full(n, near_y)))
            after = self._without_bridge(*_ordered(bx[tried], by[tried], np.full(n, far_x), np.full(n, far_y)))
            best[tried] = np.minimum(best[tried], before + length_m + after)
        return best

    @cached_property
    def _water_count(self) -> Int64Array:
        """(rows + 1, columns + 1) number of water cells below and left: the water in any box is four reads."""
        count = np.zeros((self.is_land.shape[0] + 1, self.is_land.shape[1] + 1), dtype=np.int64)
        count[1:, 1:] = np.cumsum(np.cumsum(~self.is_land, axis=0), axis=1)
        return count

    def _cell(self, x: FloatArray, y: FloatArray, cell_m: float) -> tuple[Int64Array, Int64Array]:
        return (
            np.floor((y - self.y_min) / cell_m).astype(np.int64),
            np.floor((x - self.x_min) / cell_m).astype(np.int64),
        )

    def _bearing_at(self, x: FloatArray, y: FloatArray) -> FloatArray:
        row, column = self._cell(x, y, self.grid_cell_m)
        rows, columns = self.grid_bearing_rad.shape
        known = (row >= 0) & (row < rows) & (column >= 0) & (column < columns)
        return np.where(
            known, self.grid_bearing_rad[np.clip(row, 0, rows - 1), np.clip(column, 0, columns - 1)], np.nan
        )

    def _box_has_water(self, ax: FloatArray, ay: FloatArray, bx: FloatArray, by: FloatArray) -> BoolArray:
        """Return True where the box around a pair holds water or leaves the raster; all other pairs are dry."""
        rows, columns = self.is_land.shape
        low_row, low_column = self._cell(np.minimum(ax, bx), np.minimum(ay, by), self.land_cell_m)
        high_row, high_column = self._cell(np.maximum(ax, bx), np.maximum(ay, by), self.land_cell_m)
        outside = (low_row < 0) | (low_column < 0) | (high_row >= rows) | (high_column >= columns)
        low_row, high_row = np.clip(low_row, 0, rows), np.clip(high_row + 1, 0, rows)
        low_column, high_column = np.clip(low_column, 0, columns), np.clip(high_column + 1, 0, columns)
        count = self._water_count
        n_water = (
            count[high_row, high_column]
            - count[low_row, high_column]
            - count[high_row, low_column]
            + count[low_row, low_column]
        )
        has_water: BoolArray = outside | (n_water > 0)
        return has_water

    def _water_on_line(
        self, ax: FloatArray, ay: FloatArray, dx: FloatArray, dy: FloatArray, straight_m: FloatArray
    ) -> FloatArray:
        """Return the metres of water under each straight line, sampled twice a cell."""
        n_samples = np.maximum(np.ceil(straight_m / (self.land_cell_m / 2)).astype(np.int64), 1)
        pair = np.repeat(np.arange(len(ax)), n_samples)
        number = np.arange(len(pair)) - np.repeat(np.cumsum(n_samples) - n_samples, n_samples)
        share = (number + 0.5) / n_samples[pair]
        row, column = self._cell(ax[pair] + share * dx[pair], ay[pair] + share * dy[pair], self.land_cell_m)
        rows, columns = self.is_land.shape
        inside = (row >= 0) & (row < rows) & (column >= 0) & (column < columns)
        is_water = ~(inside & self.is_land[np.clip(row, 0, rows - 1), np.clip(column, 0, columns - 1)])
        n_water = np.bincount(pair, weights=is_water, minlength=len(ax))
        return n_water / n_samples * straight_m


def _ordered(
    ax: FloatArray, ay: FloatArray, bx: FloatArray, by: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Return the pairs with the western (then southern) point first, so that direction cannot change a bit."""
    swap = (ax > bx) | ((ax == bx) & (ay > by))
    return np.where(swap, bx, ax), np.where(swap, by, ay), np.where(swap, ax, bx), np.where(swap, ay, by)
