"""Which places lie near one another in the air: pairs within a limit, and the nearest of many. Plain numpy.

A tree (scipy) finds the same, but loading it takes longer than all the searches of a re-score together.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["nearest", "pairs_within"]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

_PLACES_AT_ONCE = 1 << 21
"""Distances computed in one go, so that 20,000 places against 2,000 need no gigabyte."""


def pairs_within(
    ax: FloatArray, ay: FloatArray, bx: FloatArray, by: FloatArray, *, limit_m: float
) -> tuple[IntArray, IntArray]:
    """
    Return all pairs of a place a and a place b at most `limit_m` apart in a straight line, sorted by both.

    Places b are put into square cells as wide as the limit, row by row; whatever is near enough to a place a lies in
    three runs of neighbouring cells. Cost: both sorted once, and the places in nine cells looked at for each a.

    Returns
    -------
    a_ix, b_ix
        (n_pairs,) positions in the arrays given.
    """
    none = np.zeros(0, dtype=np.int64)
    if len(ax) == 0 or len(bx) == 0 or limit_m <= 0:
        return none, none.copy()
    left, low = min(ax.min(), bx.min()), min(ay.min(), by.min())
    a_column, b_column = (np.floor((x - left) / limit_m).astype(np.int64) + 1 for x in (ax, bx))
    a_row, b_row = (np.floor((y - low) / limit_m).astype(np.int64) + 1 for y in (ay, by))
    width = max(a_column.max(), b_column.max()) + 2
    cell = b_row * width + b_column
    order = np.argsort(cell, kind="stable")
    cell = cell[order]
    middle = (a_row + np.array([[-1], [0], [1]])) * width + a_column
    first, last = np.searchsorted(cell, middle - 1, side="left"), np.searchsorted(cell, middle + 1, side="right")
    n_near = (last - first).ravel()
    a_ix = np.repeat(np.tile(np.arange(len(ax)), 3), n_near)
    before = np.cumsum(n_near) - n_near
    b_ix = order[np.arange(len(a_ix)) + np.repeat(first.ravel() - before, n_near)]
    near = np.hypot(ax[a_ix] - bx[b_ix], ay[a_ix] - by[b_ix]) <= limit_m
    a_ix, b_ix = a_ix[near], b_ix[near]
    sorted_ix = np.lexsort((b_ix, a_ix))
    return a_ix[sorted_ix], b_ix[sorted_ix]


def nearest(ax: FloatArray, ay: FloatArray, bx: FloatArray, by: FloatArray) -> tuple[IntArray, FloatArray]:
    """
    Return for each place a the position of the nearest place b, the first of equals, and the distance to it, metres.

    Every distance is computed; there must be at least one place b.
    """
    b_ix, distance_m = np.empty(len(ax), dtype=np.int64), np.empty(len(ax))
    step = max(1, _PLACES_AT_ONCE // len(bx))
    for start in range(0, len(ax), step):
        part = slice(start, start + step)
        square = (ax[part, None] - bx) ** 2 + (ay[part, None] - by) ** 2
        b_ix[part] = square.argmin(axis=1)
        distance_m[part] = np.sqrt(square[np.arange(len(square)), b_ix[part]])
    return b_ix, distance_m
