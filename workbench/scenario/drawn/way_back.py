"""
Where buses come back when one-way streets keep them off the way out: the next streets that lead back, and as few turns aside as can be.

A line matched against the traffic would zigzag around the block at every corner; a shortest way would cut off every bend. So
each metre costs more the farther it is from the way out.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import shapely

from workbench.city.streets.matching import match_line
from workbench.city.streets.snap import StreetIndex

__all__ = ["APART_M", "apart_m", "find_way_back"]

FloatArray = npt.NDArray[np.float64]

APART_M = 60.0
"""A way back farther from the way out than this is said to take other streets, metres: half a short block."""
ASIDE_M = 300.0
"""This far from the way out a metre costs twice as much: about two short blocks or one long one."""
FAR_M = 600.0
"""A way back that leaves any part of the way out farther than this has cut off a part of the route."""


def find_way_back(index: StreetIndex, drawn: FloatArray, out: FloatArray) -> FloatArray | None:
    """
    Return the way back along streets, None where it is the way out itself or no street is near.

    Parameters
    ----------
    index
        The streets.
    drawn
        (n, 2) the line the way out was made of, metres.
    out
        (m, 2) the way out along streets.
    """
    matched = match_line(index, drawn[::-1])
    if matched.share_on_street == 0 or apart_m(out, matched.xy) <= APART_M:
        return None
    beside = _beside(index, out)
    shorter = beside is not None and shapely.LineString(beside).length < shapely.LineString(matched.xy).length
    return beside if shorter else matched.xy


def apart_m(one: FloatArray, other: FloatArray) -> float:
    """Return how far the farthest point of one line is from the other, metres."""
    return float(shapely.hausdorff_distance(shapely.LineString(one), shapely.LineString(other), densify=0.1))


def _beside(index: StreetIndex, out: FloatArray) -> FloatArray | None:
    """Return the way from the end to the beginning that keeps near the way out; None where it would cut off a part."""
    line = shapely.LineString(out)
    shapely.prepare(line)
    matrix = index.matrix(for_bus=True)[0].copy()
    away_m = np.asarray(shapely.distance(line, shapely.points(index.graph.node_x, index.graph.node_y)))
    tail = np.repeat(np.arange(len(away_m)), np.diff(matrix.indptr))
    matrix.data *= 1 + ((away_m[tail] + away_m[matrix.indices]) / 2 / ASIDE_M) ** 2
    ends = (float(out[-1, 0]), float(out[-1, 1])), (float(out[0, 0]), float(out[0, 1]))
    path = index.path(*ends, cost=matrix)
    return path.xy if path is not None and len(path.xy) > 1 and apart_m(out, path.xy) <= FAR_M else None
