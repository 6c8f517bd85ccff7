"""Walking links between places: which are near enough, and how long the walk takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from workbench.city.near import pairs_within
from workbench.network.kernels.arrays import Links

if TYPE_CHECKING:
    from workbench.city.streets.walking import StreetWalking
    from workbench.city.walking import Walking

__all__ = ["links_from_pairs", "near_pairs", "transpose_links", "walk_seconds"]

Int32Array = npt.NDArray[np.int32]
FloatArray = npt.NDArray[np.float64]


def near_pairs(
    walking: Walking | StreetWalking, ax: FloatArray, ay: FloatArray, bx: FloatArray, by: FloatArray, limit_m: float
) -> tuple[Int32Array, Int32Array, FloatArray]:
    """
    Return all pairs of a place a and a place b within a walk of `limit_m`, sorted by both.

    A walk is never shorter than the straight line, so only pairs that near in the air are looked at.

    Returns
    -------
    a_ix, b_ix
        (n_pairs,) int32 positions in the arrays given.
    distance_m
        (n_pairs,) walking distance, metres.
    """
    empty = np.zeros(0, dtype=np.int32)
    if len(ax) == 0 or len(bx) == 0 or limit_m <= 0:
        return empty, empty.copy(), np.zeros(0)
    a_ix, b_ix = (ix.astype(np.int32) for ix in pairs_within(ax, ay, bx, by, limit_m=limit_m))
    distance = walking.distance_m(ax[a_ix], ay[a_ix], bx[b_ix], by[b_ix], limit_m=limit_m)
    keep = distance <= limit_m
    return a_ix[keep], b_ix[keep], distance[keep]


def walk_seconds(distance_m: FloatArray, walk_mps: float) -> npt.NDArray[np.uint16]:
    """Return walking times rounded up to whole seconds: (n,) uint16."""
    return np.ceil(distance_m / walk_mps).astype(np.uint16)


def links_from_pairs(from_ix: Int32Array, to_ix: Int32Array, walk_s: npt.NDArray[np.uint16], n_from: int) -> Links:
    """Return links in compressed sparse rows, each row sorted by its far end."""
    order = np.lexsort((to_ix, from_ix))
    indptr = np.zeros(n_from + 1, dtype=np.int32)
    np.cumsum(np.bincount(from_ix, minlength=n_from), out=indptr[1:])
    return Links(indptr, to_ix[order].astype(np.int32), walk_s[order].astype(np.uint16))


def transpose_links(links: Links, n_to: int) -> Links:
    """Return the same links seen from the other end."""
    from_ix = np.repeat(np.arange(len(links.indptr) - 1, dtype=np.int32), np.diff(links.indptr))
    return links_from_pairs(links.to_ix, from_ix, links.walk_s, n_to)
