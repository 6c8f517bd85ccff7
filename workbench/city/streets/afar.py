"""
Lays a line that was drawn from afar: a few clicks, miles apart, mean a direction and not each street.

Between two clicks the cheapest way with a price on turns (`turns`) is taken, where a metre costs more the farther it is from the line
that was drawn and where no bus runs yet. So the way stays near the line without a step at every corner.
"""

from __future__ import annotations

import itertools

import numpy as np
import numpy.typing as npt
import shapely

from workbench.city.streets.graph import BUS
from workbench.city.streets.matching import MatchedLine
from workbench.city.streets.turns import Arcs
from workbench.city.streets.via import lay_through

__all__ = ["is_from_afar", "lay_from_afar"]

FloatArray = npt.NDArray[np.float64]

APART_M = 1500.0
"""Clicks that are this far apart, as the average of a line, follow no street in particular, metres."""
CLICK_M = 250.0
"""A click means the nearest street within this: two pixels where the whole city is on the screen, metres."""
DOUBLE_SHARE, DOUBLE_M = 0.2, 400.0
"""At this share of the distance of two clicks, and no less than so many metres, from the drawn line a metre costs two;
nearer it costs less by the square, so that a few blocks beside the line are nearly free."""
WIDTH = 2.0
"""Streets farther than so many of these distances are not taken at all."""
QUIET = 1.25
"""What a metre costs where no bus runs yet."""


def is_from_afar(xy: FloatArray) -> bool:
    """Tell whether a drawn line (n, 2), metres, has its points too far apart to mean each street."""
    return float(np.hypot(*np.diff(xy, axis=0).T).mean()) >= APART_M


def lay_from_afar(arcs: Arcs, xy: FloatArray) -> MatchedLine:
    """
    Return the way along streets through the clicks, near the drawn line and with few turns; straight where no way is found.

    Parameters
    ----------
    arcs
        The streets with the price of turns.
    xy
        (n, 2) at least two clicks, metres.
    """
    found = arcs.index.nearest(*xy.T, limit_m=CLICK_M, for_bus=arcs.for_bus)
    is_near = found.edge_ix >= 0
    places = np.where(is_near[:, None], np.column_stack([found.x, found.y]), xy)
    return lay_through(arcs, places, weights_m=[_weights(arcs, a, b) for a, b in itertools.pairwise(places)])


def _weights(arcs: Arcs, a: FloatArray, b: FloatArray) -> list[float]:
    """Return what stands for the length of each arc between two clicks."""
    index = arcs.index
    double_m = max(DOUBLE_SHARE * float(np.hypot(*(b - a))), DOUBLE_M)
    away = shapely.distance(index.line, shapely.LineString([a, b])) / double_m
    quiet = np.where(index.graph.edge_rank > BUS, QUIET, 1.0)
    cost = np.where(away <= WIDTH, arcs.length_m * quiet * (1.0 + away**2), np.inf)
    return [float(value) for value in cost.repeat(2)]
