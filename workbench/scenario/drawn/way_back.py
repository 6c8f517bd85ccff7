"""
Where buses come back when one-way streets keep them off the way out: the next streets that lead back, and as few turns aside as can be.

A line matched against the traffic may go around a block here and there; a shortest way would cut off every bend. So in a second
try each metre costs more the farther it is from the way out, and the cheaper of the two is taken.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import shapely

from workbench.city.streets.matching import match_line
from workbench.city.streets.turns import Arcs, OnArc

__all__ = ["APART_M", "apart_m", "find_way_back"]

FloatArray = npt.NDArray[np.float64]

APART_M = 60.0
"""A way back farther from the way out than this is said to take other streets, metres: half a short block."""
ASIDE_M = 300.0
"""This far from the way out a metre costs twice as much: about two short blocks or one long one."""
FAR_M = 600.0
"""A way back that leaves any part of the way out farther than this has cut off a part of the route."""
AROUND_M = 1500.0
"""Streets are looked at this far around the way out, metres."""


def find_way_back(arcs: Arcs, out: FloatArray) -> FloatArray | None:
    """
    Return the way back along streets, None where it is the way out itself or no street is near.

    Parameters
    ----------
    arcs
        The streets with the price of turns.
    out
        (m, 2) the way out along streets, metres.
    """
    matched = match_line(arcs.index, out[::-1], arcs=arcs)
    if matched.share_on_street == 0 or apart_m(out, matched.xy) <= APART_M:
        return None
    beside = _beside(arcs, out)
    shorter = beside is not None and shapely.LineString(beside).length < shapely.LineString(matched.xy).length
    return beside if shorter else matched.xy


def apart_m(one: FloatArray, other: FloatArray) -> float:
    """Return how far the farthest point of one line is from the other, metres."""
    return float(shapely.hausdorff_distance(shapely.LineString(one), shapely.LineString(other), densify=0.1))


def _beside(arcs: Arcs, out: FloatArray) -> FloatArray | None:
    """Return the way from the end to the beginning that keeps near the way out; None where it would cut off a part."""
    starts, ends = _at(arcs, out[-1]), _at(arcs, out[0])
    weight_m = _weights(arcs, out)
    targets = frozenset(place.arc for place in ends)
    best, xy = np.inf, None
    for a in starts:
        tree = arcs.tree(a.arc, targets=targets, weight_m=weight_m)
        for b in ends:
            cost_m = arcs.cost_m(a, b, tree)
            if cost_m < best and b.arc in tree.cost_m:
                best, xy = cost_m, arcs.points(a, b, tree.chain(a.arc, b.arc))
    return xy if xy is not None and len(xy) > 1 and apart_m(out, xy) <= FAR_M else None


def _at(arcs: Arcs, place: FloatArray) -> list[OnArc]:
    near = arcs.index.nearest(place[:1], place[1:], limit_m=100.0, for_bus=True)
    return arcs.on_edge(int(near.edge_ix[0]), float(near.along_m[0])) if near.edge_ix[0] >= 0 else []


def _weights(arcs: Arcs, out: FloatArray) -> list[float]:
    """Return the length of each arc, more the farther it is from the way out; endless where it is not looked at."""
    g = arcs.index.graph
    low, high = out.min(axis=0) - AROUND_M, out.max(axis=0) + AROUND_M
    node_xy = np.column_stack([g.node_x, g.node_y])
    inside = np.flatnonzero(((node_xy >= low) & (node_xy <= high)).all(axis=1))
    line = shapely.LineString(out)
    shapely.prepare(line)
    away_m = np.full(g.n_nodes, np.inf)
    away_m[inside] = shapely.distance(line, shapely.points(node_xy[inside]))
    middle_m = (away_m[g.edge_from] + away_m[g.edge_to]) / 2
    weight_m: list[float] = (arcs.length_m * (1 + (middle_m / ASIDE_M) ** 2)).repeat(2).tolist()
    return weight_m
