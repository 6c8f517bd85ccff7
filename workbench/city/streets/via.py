"""
Lays a line through a few places along streets, and finds the few places that keep a laid line where it is.

A line along streets has a point at every bend; nobody wants a handle on each. Its *handles* are places in whose order the cheapest way
along streets (`turns`) is the line again: as far apart as that holds.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import shapely
import shapely.ops

from workbench.city.streets.matching import MatchedLine, StreetPart, joined
from workbench.city.streets.turns import Arcs, OnArc, Tree

__all__ = ["find_handles", "lay_through"]

FloatArray = npt.NDArray[np.float64]

LIMIT_M = 60.0
"""A place farther from every street than this is reached straight, metres."""
BESIDE_M = 10.0
"""A street this much farther than the nearest one may be meant as well: a place near a corner, metres."""
MOST_BESIDE = 3
GAP_FACTOR = 5.0
"""A metre beside the street costs as many metres on it."""
DETOUR, DETOUR_M = 3.0, 2000.0
"""A way along streets longer than this many times the straight one, and by so many metres, is none."""
SAME_M = 5.0
"""Lines nearer to one another than this are the same, metres."""
MOST_ROUNDS = 3
OFF_STREET_M = 40.0
"""Bends smaller than this get no handle where a line keeps off the streets, metres."""
FIRST_LOOK_M, LAST_LOOK_M = 750.0, 3000.0
"""How far the next handle is looked for: two on a straight street are about this far apart at most, metres."""


class _Stay(NamedTuple):
    """A place a handle may stand for."""

    place: OnArc | None
    """None off the streets."""
    cost: float


def lay_through(arcs: Arcs, places: FloatArray, *, weights_m: Sequence[Sequence[float]] | None = None) -> MatchedLine:
    """
    Return the cheapest way along streets through places in their order, straight where a place has no street near.

    Parameters
    ----------
    arcs
        The streets with the price of turns.
    places
        (n, 2) at least two, metres.
    weights_m
        For each step from place to place, what stands for the length of each arc; infinite where one may not go.
    """
    stays = _stays(arcs, places)
    ways = _Ways(arcs, weights_m)
    layers: list[list[tuple[float, int]]] = [[(stay.cost, -1) for stay in stays[0]]]
    for n in range(1, len(places)):
        straight_m = float(np.hypot(*(places[n] - places[n - 1])))
        targets = frozenset(stay.place.arc for stay in stays[n] if stay.place is not None)
        layer = []
        for stay in stays[n]:
            options = []
            for k, before in enumerate(stays[n - 1]):
                step_m = ways.step_m(n - 1, before.place, stay.place, targets, straight_m)
                options.append((layers[-1][k][0] + step_m + stay.cost, k))
            layer.append(min(options))
        layers.append(layer)
    row = min(range(len(layers[-1])), key=lambda k: layers[-1][k][0])
    chosen: list[OnArc | None] = []
    for n in range(len(places) - 1, -1, -1):
        chosen.append(stays[n][row].place)
        row = layers[n][row][1]
    return joined(arcs, _parts(ways, chosen[::-1], places))


def _stays(arcs: Arcs, places: FloatArray) -> list[list[_Stay]]:
    point, edge, along_m, gap_m = arcs.index.candidates(places, limit_m=LIMIT_M, most=8, for_bus=arcs.for_bus)
    stays: list[list[_Stay]] = [[] for _ in places]
    nearest = np.full(len(places), np.inf)
    np.minimum.at(nearest, point, gap_m)
    for n, one, along, gap in zip(point.tolist(), edge.tolist(), along_m.tolist(), gap_m.tolist(), strict=True):
        if gap <= nearest[n] + BESIDE_M and len(stays[n]) < 2 * MOST_BESIDE:
            stays[n] += [_Stay(place, GAP_FACTOR * gap) for place in arcs.on_edge(one, along)]
    return [found or [_Stay(None, 0.0)] for found in stays]


class _Ways:
    """Ways from place to place, each tree searched once; `weights_m` as in `lay_through`."""

    def __init__(self, arcs: Arcs, weights_m: Sequence[Sequence[float]] | None) -> None:
        self.arcs, self._weights_m = arcs, weights_m
        self._trees: dict[tuple[int, int], Tree] = {}

    def tree(self, step: int, arc: int) -> Tree:
        """Return the ways that a step searched from an arc."""
        return self._trees[self._key(step, arc)]

    def _key(self, step: int, arc: int) -> tuple[int, int]:
        return (0 if self._weights_m is None else step), arc

    def step_m(self, step: int, a: OnArc | None, b: OnArc | None, targets: frozenset[int], straight_m: float) -> float:
        """Return what it costs to go from one place to the next; straight where there is no way along streets."""
        if a is None or b is None:
            return straight_m
        limit_m = DETOUR * straight_m + DETOUR_M
        key = self._key(step, a.arc)
        if key not in self._trees or not targets <= self._trees[key].cost_m.keys():
            weight_m = None if self._weights_m is None else self._weights_m[step]
            self._trees[key] = self.arcs.tree(a.arc, limit_m=limit_m, targets=targets, weight_m=weight_m)
        cost_m = self.arcs.cost_m(a, b, self._trees[key])
        return cost_m if np.isfinite(cost_m) else 2 * limit_m


def _parts(ways: _Ways, chosen: list[OnArc | None], places: FloatArray) -> list[StreetPart | FloatArray]:
    arcs = ways.arcs
    parts: list[StreetPart | FloatArray] = []
    for n in range(1, len(chosen)):
        a, b = chosen[n - 1], chosen[n]
        ahead = a is not None and b is not None and a.arc == b.arc and b.off_m >= a.off_m
        if a is None or b is None or not (ahead or b.arc in ways.tree(n - 1, a.arc).cost_m):
            parts.append(np.vstack([_spot(arcs, a, places[n - 1]), _spot(arcs, b, places[n])]))
            continue
        chain = [a.arc] if ahead else ways.tree(n - 1, a.arc).chain(a.arc, b.arc)
        last = parts[-1] if parts else None
        if isinstance(last, StreetPart):
            parts[-1] = StreetPart(last.start, b, (*last.arcs, *chain[1:]))
        else:
            parts.append(StreetPart(a, b, tuple(chain)))
    return parts


def _spot(arcs: Arcs, place: OnArc | None, drawn: FloatArray) -> FloatArray:
    return drawn if place is None else arcs.part(place.arc, place.off_m, place.off_m)[0]


def find_handles(arcs: Arcs, line: MatchedLine) -> FloatArray:
    """
    Return the few places through which `lay_through` gives a laid line again; its ends are the first and the last.

    Where that does not hold yet, because a way in the other direction of a street is cheaper, places are added.
    """
    handles = _first_handles(arcs, line)
    whole = shapely.LineString(line.xy)
    for _ in range(MOST_ROUNDS):
        again = shapely.LineString(lay_through(arcs, handles).xy)
        if shapely.hausdorff_distance(whole, again, densify=0.05) <= SAME_M:
            break
        handles = _more_handles(arcs, line, handles)
    return handles


def _first_handles(arcs: Arcs, line: MatchedLine) -> FloatArray:
    found: list[FloatArray] = []
    for part in line.parts:
        if isinstance(part, StreetPart):
            found += _of_street(arcs, part)
        else:
            points = shapely.get_coordinates(shapely.LineString(part).simplify(OFF_STREET_M))
            away = arcs.index.nearest(*points.T, limit_m=LIMIT_M, for_bus=arcs.for_bus).edge_ix < 0
            away[[0, -1]] |= np.array([part is line.parts[0], part is line.parts[-1]])
            found += list(points[away])
    return _apart(np.array(found)) if len(found) > 1 else line.xy[[0, -1]]


def _of_street(arcs: Arcs, part: StreetPart) -> list[FloatArray]:
    """Return the handles of one part: from each the farthest place that the cheapest way reaches along the part."""
    handles = [arcs.part(part.start.arc, part.start.off_m, part.start.off_m)[0]]
    at, last = 0, len(part.arcs) - 1
    while (reached := _farthest(arcs, part.arcs, at)) < last:
        # the longest street of the last few is the safest place: no other one is near its middle
        nearby = range(max(at + 1, reached - 4), reached + 1)
        at = max(nearby, key=lambda k: (arcs.length_m[part.arcs[k] // 2], k)) if reached > at else at + 1
        if at >= last:
            break
        middle = float(arcs.length_m[part.arcs[at] // 2]) / 2
        handles.append(arcs.part(part.arcs[at], middle, middle)[0])
    return [*handles, arcs.part(part.end.arc, part.end.off_m, part.end.off_m)[0]]


def _farthest(arcs: Arcs, chain: tuple[int, ...], at: int) -> int:
    """Return the last position up to which the cheapest way from an arc follows the chain."""
    limit_m = FIRST_LOOK_M
    while True:
        before = arcs.tree(chain[at], limit_m=limit_m).before
        reached = at
        while reached + 1 < len(chain) and before.get(chain[reached + 1]) == chain[reached]:
            if chain[reached + 1] in chain[at : reached + 1]:
                return reached
            reached += 1
        if reached + 1 == len(chain) or chain[reached + 1] in before or limit_m >= LAST_LOOK_M:
            return reached
        limit_m *= 2


def _more_handles(arcs: Arcs, line: MatchedLine, handles: FloatArray) -> FloatArray:
    """Return the handles with one more in each stretch where the way through them leaves the line."""
    whole = shapely.LineString(line.xy)
    more = [handles[0]]
    done_m = 0.0
    for a, b in itertools.pairwise(handles):
        end_m = _after(whole, shapely.Point(b), done_m)
        stretch = shapely.ops.substring(whole, done_m, end_m)
        way = lay_through(arcs, np.array([a, b])).xy
        if stretch.length > 2 * SAME_M and len(way) > 1:
            apart_m = shapely.hausdorff_distance(stretch, shapely.LineString(way), densify=0.05)
            if apart_m > SAME_M:
                more.append(shapely.get_coordinates(stretch.interpolate(0.5, normalized=True))[0])
        more.append(b)
        done_m = end_m
    return np.array(more)


def _after(line: shapely.LineString, place: shapely.Point, from_m: float) -> float:
    """Return where a line passes a place, past some point of it: metres along it."""
    rest = shapely.ops.substring(line, from_m, line.length)
    return from_m + float(rest.project(place)) if rest.length > 0 else float(line.length)


def _apart(places: FloatArray) -> FloatArray:
    keep = np.concatenate([[True], np.hypot(*np.diff(places, axis=0).T) > 1.0])
    return np.asarray(places[keep], dtype=np.float64)
