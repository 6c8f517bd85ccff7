"""Finds streets: the nearest one to a point, and the shortest way along streets between two points."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from workbench.city.streets.graph import StreetGraph

__all__ = ["NearStreet", "StreetIndex", "StreetPath"]

FloatArray = npt.NDArray[np.float64]
Int32Array = npt.NDArray[np.int32]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

NONE = -9999
"""What scipy gives as predecessor of a corner that was not reached."""


@dataclass(frozen=True, eq=False)
class NearStreet:
    """The nearest street to each of n points."""

    edge_ix: Int32Array
    """-1 where none is within the limit; the other fields are NaN there, the distance infinite."""
    along_m: FloatArray
    """From the start of the edge's line, metres."""
    x: FloatArray
    y: FloatArray
    distance_m: FloatArray


@dataclass(frozen=True, eq=False)
class StreetPath:
    """A way along streets."""

    edge_ix: Int32Array
    """Edges in order; the first and the last may be used in part."""
    is_forward: BoolArray
    """The edge is used in the direction of its line."""
    xy: FloatArray
    """(m, 2) metres, from the start on its street to the end on its street."""
    length_m: float


class StreetIndex:
    """
    Streets made ready to be searched. Build it once for a graph and keep it: New York takes a second.

    Where `for_bus` is True, only edges with `edge_drive` count and one-way streets are kept to; else edges with `edge_walk`
    count, both ways.
    """

    def __init__(self, graph: StreetGraph) -> None:
        self.graph = graph
        self.length_m = graph.edge_length_m()
        row = np.repeat(np.arange(graph.n_edges), np.diff(graph.line_indptr))
        self.line = np.asarray(shapely.linestrings(graph.line_xy, indices=row), dtype=object)
        self._tree: dict[bool, tuple[IntArray, shapely.STRtree]] = {}
        self._matrix: dict[bool, tuple[csr_matrix, dict[tuple[int, int], int]]] = {}

    def usable(self, for_bus: bool) -> BoolArray:
        """Return which edges count."""
        return self.graph.edge_drive if for_bus else self.graph.edge_walk

    def tree(self, for_bus: bool) -> tuple[IntArray, shapely.STRtree]:
        """Return the edges that count, and their tree."""
        if for_bus not in self._tree:
            rows = np.flatnonzero(self.usable(for_bus))
            self._tree[for_bus] = (rows, shapely.STRtree(self.line[rows]))
        return self._tree[for_bus]

    def matrix(self, for_bus: bool) -> tuple[csr_matrix, dict[tuple[int, int], int]]:
        """Return metres from corner to corner, and the edge that joins two corners (the shortest of several)."""
        if for_bus not in self._matrix:
            g = self.graph
            use = self.usable(for_bus)
            oneway = g.edge_oneway if for_bus else np.zeros(g.n_edges, dtype=np.int8)
            rows = np.concatenate([np.flatnonzero(use & (oneway >= 0)), np.flatnonzero(use & (oneway <= 0))])
            n_forward = int((use & (oneway >= 0)).sum())
            tail = np.concatenate([g.edge_from[rows[:n_forward]], g.edge_to[rows[n_forward:]]]).astype(np.int64)
            head = np.concatenate([g.edge_to[rows[:n_forward]], g.edge_from[rows[n_forward:]]]).astype(np.int64)
            cost = np.maximum(self.length_m[rows], 0.1)
            order = np.lexsort((rows, cost, head, tail))
            first = np.concatenate([[True], (np.diff(tail[order]) != 0) | (np.diff(head[order]) != 0)])[: len(order)]
            pick = order[first]
            matrix = csr_matrix((cost[pick], (tail[pick], head[pick])), shape=(g.n_nodes, g.n_nodes))
            pairs = zip(tail[pick].tolist(), head[pick].tolist(), strict=True)
            self._matrix[for_bus] = (matrix, dict(zip(pairs, rows[pick].tolist(), strict=True)))
        return self._matrix[for_bus]

    def nearest(self, x: FloatArray, y: FloatArray, *, limit_m: float = 50.0, for_bus: bool = False) -> NearStreet:
        """Return the nearest street to each point, at most `limit_m` away."""
        points = np.asarray(shapely.points(np.atleast_1d(x), np.atleast_1d(y)))
        rows, tree = self.tree(for_bus)
        n = len(points)
        edge_ix = np.full(n, -1, dtype=np.int32)
        along_m, near_x, near_y = np.full((3, n), np.nan)
        distance_m = np.full(n, np.inf)
        if len(rows) and n:
            (point, place), gap_m = tree.query_nearest(
                points, max_distance=limit_m, return_distance=True, all_matches=True
            )
            order = np.lexsort((-place, point))  # of several equally near the first edge is written last
            point, place, gap_m = point[order], place[order], gap_m[order]
            edge_ix[point], distance_m[point] = rows[place], gap_m
            found = np.flatnonzero(edge_ix >= 0)
            line = self.line[edge_ix[found]]
            along_m[found] = shapely.line_locate_point(line, points[found])
            spot = shapely.line_interpolate_point(line, along_m[found])
            near_x[found], near_y[found] = shapely.get_x(spot), shapely.get_y(spot)
        return NearStreet(edge_ix, along_m, near_x, near_y, distance_m)

    def candidates(
        self, xy: FloatArray, *, limit_m: float, most: int, for_bus: bool
    ) -> tuple[IntArray, IntArray, FloatArray, FloatArray]:
        """Return up to `most` streets near each point, nearest first: point, edge, along_m, distance_m."""
        rows, tree = self.tree(for_bus)
        points = np.asarray(shapely.points(xy))
        if not len(rows):
            return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64), np.zeros(0), np.zeros(0)
        point, place = tree.query(points, predicate="dwithin", distance=limit_m)
        edge = rows[place]
        gap_m = shapely.distance(points[point], self.line[edge])
        order = np.lexsort((edge, gap_m, point))
        point, edge, gap_m = point[order], edge[order], gap_m[order]
        start = np.searchsorted(point, np.arange(len(points)))
        keep = np.arange(len(point)) - start[point] < most
        point, edge, gap_m = point[keep], edge[keep], gap_m[keep]
        return point, edge, shapely.line_locate_point(self.line[edge], points[point]), gap_m

    def path(
        self,
        from_xy: tuple[float, float],
        to_xy: tuple[float, float],
        *,
        limit_m: float = 100.0,
        for_bus: bool = True,
        cost: csr_matrix | None = None,
    ) -> StreetPath | None:
        """
        Return the shortest way along streets between the streets nearest to two points; None where there is none.

        `cost`, as `matrix` returns it, stands for metres where another way than the shortest is wanted.
        """
        ends = np.array([from_xy, to_xy], dtype=np.float64)
        near = self.nearest(ends[:, 0], ends[:, 1], limit_m=limit_m, for_bus=for_bus)
        if (near.edge_ix < 0).any():
            return None
        (a, b), (along_a, along_b) = near.edge_ix.tolist(), near.along_m.tolist()
        return self.path_between(a, along_a, b, along_b, for_bus=for_bus, cost=cost)

    def path_between(
        self,
        a: int,
        along_a: float,
        b: int,
        along_b: float,
        *,
        for_bus: bool = True,
        cost: csr_matrix | None = None,
    ) -> StreetPath | None:
        """Return the shortest way from a place on edge a to a place on edge b; None where there is none; as `path`."""
        matrix = self.matrix(for_bus)[0] if cost is None else cost
        best: tuple[float, list[int]] | None = None
        reached = {
            node: dijkstra(matrix, indices=node, return_predecessors=True)
            for node, _ in self.exits(a, along_a, for_bus)
        }
        for node, out_m in self.exits(a, along_a, for_bus):
            distance, before = reached[node]
            for end, in_m in self.entries(b, along_b, for_bus):
                total = out_m + float(distance[end]) + in_m
                if np.isfinite(total) and (best is None or total < best[0]):
                    chain = [end]
                    while chain[-1] != node and before[chain[-1]] != NONE:
                        chain.append(int(before[chain[-1]]))
                    best = (total, chain[::-1])
        direct = self.direct_m(a, along_a, b, along_b, for_bus)
        if direct is not None and (best is None or direct <= best[0]):
            return self.drawn(a, along_a, b, along_b, [], direct, for_bus)
        return None if best is None else self.drawn(a, along_a, b, along_b, best[1], best[0], for_bus)

    def exits(self, edge: int, along_m: float, for_bus: bool) -> list[tuple[int, float]]:
        """Return the corners at which one leaves an edge, and the metres to each."""
        g = self.graph
        oneway = int(g.edge_oneway[edge]) if for_bus else 0
        ends = []
        if oneway >= 0:
            ends.append((int(g.edge_to[edge]), float(self.length_m[edge]) - along_m))
        if oneway <= 0:
            ends.append((int(g.edge_from[edge]), along_m))
        return ends

    def entries(self, edge: int, along_m: float, for_bus: bool) -> list[tuple[int, float]]:
        """Return the corners at which one comes to an edge, and the metres from each."""
        g = self.graph
        oneway = int(g.edge_oneway[edge]) if for_bus else 0
        ends = []
        if oneway >= 0:
            ends.append((int(g.edge_from[edge]), along_m))
        if oneway <= 0:
            ends.append((int(g.edge_to[edge]), float(self.length_m[edge]) - along_m))
        return ends

    def direct_m(self, a: int, along_a: float, b: int, along_b: float, for_bus: bool) -> float | None:
        """Return the metres between two places on one edge without leaving it; None where that is not possible."""
        oneway = int(self.graph.edge_oneway[a]) if for_bus else 0
        step = along_b - along_a
        return abs(step) if a == b and step * oneway >= 0 else None

    def drawn(
        self,
        a: int,
        along_a: float,
        b: int,
        along_b: float,
        corners: list[int],
        total_m: float,
        for_bus: bool,
    ) -> StreetPath:
        """Return the path by the rest of edge a, the edges between corners, and the beginning of edge b."""
        g, edge_of = self.graph, self.matrix(for_bus)[1]
        if not corners:
            line = self.part(a, along_a, along_b)
            return StreetPath(np.array([a], dtype=np.int32), np.array([along_b >= along_a]), line, total_m)
        first_forward = self._leaves_forward(a, along_a, corners[0])
        steps = [(a, first_forward, self.part(a, along_a, float(self.length_m[a]) if first_forward else 0.0))]
        for tail, head in itertools.pairwise(corners):
            edge = edge_of[tail, head]
            forward = int(g.edge_from[edge]) == tail
            points = g.line_xy[g.line_indptr[edge] : g.line_indptr[edge + 1]]
            steps.append((edge, forward, points if forward else points[::-1]))
        last_forward = self._enters_forward(b, along_b, corners[-1])
        steps.append((b, last_forward, self.part(b, 0.0 if last_forward else float(self.length_m[b]), along_b)))
        xy = np.vstack([points for _, _, points in steps])
        moved = np.concatenate([[True], np.hypot(*np.diff(xy, axis=0).T) > 0.05])
        return StreetPath(
            np.array([edge for edge, _, _ in steps], dtype=np.int32),
            np.array([forward for _, forward, _ in steps]),
            xy[moved],
            total_m,
        )

    def _leaves_forward(self, edge: int, along_m: float, corner: int) -> bool:
        if self.graph.edge_from[edge] == self.graph.edge_to[edge]:
            return bool(along_m * 2 >= self.length_m[edge])
        return int(self.graph.edge_to[edge]) == corner

    def _enters_forward(self, edge: int, along_m: float, corner: int) -> bool:
        if self.graph.edge_from[edge] == self.graph.edge_to[edge]:
            return bool(along_m * 2 <= self.length_m[edge])
        return int(self.graph.edge_from[edge]) == corner

    def part(self, edge: int, from_m: float, to_m: float) -> FloatArray:
        """Return the points of an edge between two places on it, in that order."""
        g = self.graph
        points = g.line_xy[g.line_indptr[edge] : g.line_indptr[edge + 1]]
        at_m = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
        low, high = min(from_m, to_m), max(from_m, to_m)
        stops = np.concatenate([[low], at_m[(at_m > low) & (at_m < high)], [high]])
        xy = np.column_stack([np.interp(stops, at_m, points[:, 0]), np.interp(stops, at_m, points[:, 1])])
        return xy if from_m <= to_m else xy[::-1]
