"""
Lays a drawn line on the streets it was meant to follow: a hidden Markov model over the street graph.

After Newson and Krumm (2009), Hidden Markov map matching through noise and sparseness, doi:10.1145/1653771.1653818: a place is
the likelier the nearer it is to the drawn line, a step the likelier the less the way along streets differs from the straight one.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely
from scipy.sparse.csgraph import dijkstra

from workbench.city.streets.graph import BUS
from workbench.city.streets.snap import NONE, StreetIndex
from workbench.errors import InputError

__all__ = ["MatchParams", "MatchedLine", "match_line"]

FloatArray = npt.NDArray[np.float64]
Int32Array = npt.NDArray[np.int32]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

AROUND_M = 400.0
"""Ways along streets are looked for this far around the drawn line, metres."""
MAX_POINTS = 5000
"""Longest line that is matched, points after resampling."""


@dataclass(frozen=True, slots=True)
class MatchParams:
    """How a drawn line is matched to streets."""

    step_m: float = 40.0
    """The line is looked at this often, metres."""
    limit_m: float = 60.0
    """Streets farther from the drawn line than this are not meant, metres (a finger on a phone at neighborhood zoom)."""
    spread_m: float = 20.0
    """Spread of a drawn line around the street it means, metres."""
    detour_m: float = 25.0
    """A way this much longer than the straight line is e times less likely, metres."""
    quiet_cost: float = 0.4
    """Added where no bus runs yet: a street with buses is preferred unless another is clearly nearer (log likelihood)."""
    loop_share: float = 0.6
    """A way that comes back to a corner was meant if the hand drew at least this share of its length meanwhile."""
    most: int = 8
    """Streets considered at each place."""


@dataclass(frozen=True, eq=False)
class MatchedLine:
    """A drawn line laid on streets."""

    xy: FloatArray
    """(m, 2) metres: along streets where they were found, as drawn elsewhere."""
    is_on_street: BoolArray
    """(m - 1,) False where no street was near, or none that leads on: the drawn line was kept."""
    edge_ix: Int32Array
    """Edges in order."""
    is_forward: BoolArray
    """The edge is used in the direction of its line."""
    share_on_street: float
    """Of the length of `xy`, 0 to 1."""


@dataclass(frozen=True, slots=True)
class _Place:
    """A possible true place of a point of the drawn line."""

    edge: int
    along_m: float
    cost: float


def match_line(
    index: StreetIndex, xy: FloatArray, *, for_bus: bool = True, params: MatchParams = MatchParams()
) -> MatchedLine:
    """
    Lay a drawn line on streets; where none is near, the drawn line is kept and marked.

    Parameters
    ----------
    index
        The streets.
    xy
        (n, 2) the drawn line in the city's CRS, metres.
    for_bus
        Keep to one-way streets and to those a bus may drive; else to those people may walk.
    params
        How to match.

    Raises
    ------
    InputError
        If the line has fewer than two points, is not finite, or is too long.
    """
    drawn = _resample(np.asarray(xy, dtype=np.float64), params.step_m)
    places = _places(index, drawn, for_bus, params)
    ways = _Ways(index, drawn, places, for_bus)
    runs = _viterbi(drawn, places, ways, params)
    return _assemble(index, drawn, places, runs, ways, params)


def _resample(xy: FloatArray, step_m: float) -> FloatArray:
    if xy.ndim != 2 or xy.shape[1] != 2 or len(xy) < 2 or not np.isfinite(xy).all():
        raise InputError(f"a drawn line has shape {xy.shape}, must be at least two finite points (n, 2)")
    line = shapely.LineString(xy)
    if line.length > step_m * MAX_POINTS:
        raise InputError(
            f"a drawn line has {line.length / 1000:,.0f} km, must be at most {step_m * MAX_POINTS / 1000:,.0f}"
        )
    n = max(int(np.ceil(line.length / step_m)), 1)
    return shapely.get_coordinates(shapely.line_interpolate_point(line, np.linspace(0.0, line.length, n + 1)))


def _places(index: StreetIndex, drawn: FloatArray, for_bus: bool, params: MatchParams) -> list[list[_Place]]:
    """Return for each point the places on streets it may mean."""
    point, edge, along_m, gap_m = index.candidates(drawn, limit_m=params.limit_m, most=params.most, for_bus=for_bus)
    cost = (gap_m / params.spread_m) ** 2 / 2 + params.quiet_cost * (index.graph.edge_rank[edge] > BUS)
    places: list[list[_Place]] = [[] for _ in drawn]
    for row, *place in zip(point.tolist(), edge.tolist(), along_m.tolist(), cost.tolist(), strict=True):
        places[row].append(_Place(*place))
    return places


class _Ways:
    """Ways along streets between places near one drawn line."""

    def __init__(self, index: StreetIndex, drawn: FloatArray, places: list[list[_Place]], for_bus: bool) -> None:
        self.index, self.for_bus = index, for_bus
        matrix, _ = index.matrix(for_bus)
        g = index.graph
        near = shapely.contains_xy(shapely.LineString(drawn).buffer(AROUND_M, quad_segs=2), g.node_x, g.node_y)
        for place in (place for group in places for place in group):
            near[[g.edge_from[place.edge], g.edge_to[place.edge]]] = True
        self.nodes = np.flatnonzero(near)
        self.row = {node: row for row, node in enumerate(self.nodes.tolist())}
        sources = sorted(
            {node for group in places for place in group for node, _ in index.exits(place.edge, place.along_m, for_bus)}
        )
        self.source_row = {node: row for row, node in enumerate(sources)}
        if sources:
            inside = matrix[self.nodes][:, self.nodes]
            self.distance, self.before = dijkstra(
                inside, indices=[self.row[node] for node in sources], return_predecessors=True
            )

    def length_m(self, a: _Place, b: _Place) -> tuple[float, tuple[int, int] | None]:
        """Return the shortest way between two places, infinite if there is none, and its first and last corner."""
        direct = self.index.direct_m(a.edge, a.along_m, b.edge, b.along_m, self.for_bus)
        best: tuple[float, tuple[int, int] | None] = (np.inf if direct is None else direct, None)
        for node, out_m in self.index.exits(a.edge, a.along_m, self.for_bus):
            reached = self.distance[self.source_row[node]]
            for end, in_m in self.index.entries(b.edge, b.along_m, self.for_bus):
                total = out_m + float(reached[self.row[end]]) + in_m
                if total < best[0]:
                    best = (total, (node, end))
        return best

    def corners(self, first: int, last: int) -> list[int]:
        """Return the corners of the shortest way between two corners, both included."""
        before = self.before[self.source_row[first]]
        chain = [self.row[last]]
        while before[chain[-1]] != NONE:
            chain.append(int(before[chain[-1]]))
        return [int(self.nodes[row]) for row in reversed(chain)]


def _viterbi(
    drawn: FloatArray, places: list[list[_Place]], ways: _Ways, params: MatchParams
) -> list[tuple[int, list[int]]]:
    """Return the best places: runs as (first point, place of each point), broken where no street is near or leads on."""
    runs: list[tuple[int, list[int]]] = []
    start, cost, back = 0, [place.cost for place in places[0]], [[-1] * len(places[0])]
    for n in range(1, len(drawn) + 1):
        step: list[tuple[float, int]] = []
        if n < len(drawn) and places[n] and cost:
            straight_m = float(np.hypot(*(drawn[n] - drawn[n - 1])))
            for place in places[n]:
                options = [
                    (cost[k] + abs(ways.length_m(before, place)[0] - straight_m) / params.detour_m, k)
                    for k, before in enumerate(places[n - 1])
                    if np.isfinite(cost[k])
                ]
                step.append(min(options, default=(np.inf, -1)))
        if any(np.isfinite(value) for value, _ in step):
            cost = [value + place.cost for (value, _), place in zip(step, places[n], strict=True)]
            back.append([k for _, k in step])
            continue
        if cost:
            chosen = [int(np.argmin(cost))]
            for row in reversed(back[1:]):
                chosen.append(row[chosen[-1]])
            runs.append((start, chosen[::-1]))
        if n < len(drawn):
            start, cost, back = n, [place.cost for place in places[n]], [[-1] * len(places[n])]
    return [run for run in runs if len(run[1]) > 1]


def _assemble(
    index: StreetIndex,
    drawn: FloatArray,
    places: list[list[_Place]],
    runs: list[tuple[int, list[int]]],
    ways: _Ways,
    params: MatchParams,
) -> MatchedLine:
    """Put runs along streets and drawn parts between them together."""
    parts: list[tuple[FloatArray, bool]] = []
    edges: list[int] = []
    forward: list[bool] = []
    done = 0
    for start, chosen in runs:
        if start > done:
            parts.append((drawn[done : start + 1], False))
        at = [places[start + n][k] for n, k in enumerate(chosen)]
        passed: list[tuple[int, int]] = []
        for n, (a, b) in enumerate(itertools.pairwise(at)):
            via = ways.length_m(a, b)[1]
            passed += [] if via is None else [(corner, n) for corner in ways.corners(*via)]
        corners = _without_loops(index, passed, params)
        a, b = at[0], at[-1]
        path = index.drawn(a.edge, a.along_m, b.edge, b.along_m, corners, 0.0, ways.for_bus)
        parts.append((path.xy, True))
        edges += path.edge_ix.tolist()
        forward += path.is_forward.tolist()
        done = start + len(chosen) - 1
    if done < len(drawn) - 1:
        parts.append((drawn[done:], False))
    xy, on_street = _joined(parts)
    length_m = np.hypot(*np.diff(xy, axis=0).T)
    share = float(length_m[on_street].sum() / max(length_m.sum(), 1e-9))
    return MatchedLine(xy, on_street, np.array(edges, dtype=np.int32), np.array(forward, dtype=np.bool_), share)


def _without_loops(index: StreetIndex, passed: list[tuple[int, int]], params: MatchParams) -> list[int]:
    """Leave out ways that come back to a corner while the hand drew on: there and back, or around a block twice."""
    xy = np.column_stack([index.graph.node_x, index.graph.node_y])
    kept: list[tuple[int, int]] = []
    for corner, n in passed:
        if kept and kept[-1][0] == corner:
            continue
        earlier = [place for place, (other, _) in enumerate(kept) if other == corner]
        if earlier:
            loop = [other for other, _ in kept[earlier[-1] :]] + [corner]
            loop_m = np.hypot(*np.diff(xy[loop], axis=0).T).sum()
            if (n - kept[earlier[-1]][1]) * params.step_m < params.loop_share * loop_m:
                del kept[earlier[-1] + 1 :]
                continue
        kept.append((corner, n))
    return [corner for corner, _ in kept]


def _joined(parts: list[tuple[FloatArray, bool]]) -> tuple[FloatArray, BoolArray]:
    """Return all points, and for each step whether it is on a street; the step from part to part is not."""
    xy = np.vstack([points for points, _ in parts])
    on_street = np.concatenate([np.append(np.full(len(points) - 1, flag), False) for points, flag in parts])[:-1]
    moved = np.hypot(*np.diff(xy, axis=0).T) > 0.05
    return xy[np.concatenate([[True], moved])], on_street[moved]
