"""
Shortest ways on foot in a street graph: places are tied to the nearest street, and one search serves many pairs.

All lengths are whole centimetres, so that sums are exact and a way is as long back as forth, whoever asks. Searches run on a
tile of the graph: what lies farther away in a straight line than the limit cannot be on a way within it.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import shapely
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components, dijkstra

from workbench.city.streets.graph import StreetGraph

__all__ = ["SMALLEST_M", "TIE_M", "FootPaths", "Ties"]

FloatArray = npt.NDArray[np.float64]
Int64Array = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

TIE_M = 250.0
"""A place farther than this from any walkable street is not tied to one, metres."""
SMALLEST_M = 1000.0
"""Walkable streets connected to less than this of others are left out, metres: courtyards, decks, stretches cut off."""
TILE_M = 1000.0
_SOURCES_AT_ONCE = 256
_TILES_KEPT = 256


class Ties(NamedTuple):
    """Where places are tied to the streets; centimetres."""

    edge: Int64Array
    """(n,) walkable edge; -1 where none is near enough."""
    foot_cm: FloatArray
    """(n,) from the place straight to the street."""
    along_cm: FloatArray
    """(n,) from the start of the edge to there."""

    def take(self, ix: Int64Array) -> Ties:
        """Return some of them."""
        return Ties(self.edge[ix], self.foot_cm[ix], self.along_cm[ix])


class _Tile(NamedTuple):
    nodes: Int64Array
    """(n,) sorted nodes of the whole graph."""
    matrix: csr_matrix


class FootPaths:
    """The walkable part of a street graph, ready for searches."""

    def __init__(self, graph: StreetGraph) -> None:
        length_cm = np.maximum(np.round(graph.edge_length_m() * 100), 1.0)
        chosen = np.flatnonzero(graph.edge_walk & graph.edge_real)
        a, b = (ends[chosen].astype(np.int64) for ends in (graph.edge_from, graph.edge_to))
        whole = _matrix(a, b, length_cm[chosen], graph.n_nodes)
        _, part = connected_components(whole, directed=False)
        part_cm = np.bincount(part[a], weights=length_cm[chosen], minlength=part.max(initial=-1) + 1)
        large = part_cm[part[a]] >= SMALLEST_M * 100
        self.n_left_out = int((~large).sum())
        """Walkable edges that belong to no large part."""
        chosen, a, b = chosen[large], a[large], b[large]
        self.edge_from, self.edge_to, self.length_cm = a, b, length_cm[chosen]
        self.node_x, self.node_y = graph.node_x, graph.node_y
        self._matrix = _matrix(a, b, self.length_cm, graph.n_nodes)
        self._walked = np.unique(np.concatenate([a, b]))
        pieces = np.split(graph.line_xy, graph.line_indptr[1:-1])
        on_ground = np.flatnonzero(graph.edge_layer[chosen] == 0)
        self._tied_edge = on_ground
        self._lines = np.array([shapely.LineString(pieces[edge]) for edge in chosen[on_ground]], dtype=object)
        self._tree = shapely.STRtree(self._lines)
        self._tile = lru_cache(maxsize=_TILES_KEPT)(self._cut_tile)

    def tie(self, x: FloatArray, y: FloatArray) -> Ties:
        """Tie places to the nearest walkable street on the ground, the first of equals."""
        points = np.asarray(shapely.points(x, y))
        edge = np.full(len(points), -1, dtype=np.int64)
        foot_cm, along_cm = np.zeros(len(points)), np.zeros(len(points))
        if len(points) == 0 or len(self._lines) == 0:
            return Ties(edge, foot_cm, along_cm)
        point_ix, line_ix = self._tree.query_nearest(points, max_distance=TIE_M)
        order = np.lexsort((line_ix, point_ix))
        point_ix, line_ix = point_ix[order], line_ix[order]
        first = np.flatnonzero(np.diff(point_ix, prepend=-1))
        point_ix, line_ix = point_ix[first], line_ix[first]
        near, lines = points[point_ix], self._lines[line_ix]
        edge[point_ix] = self._tied_edge[line_ix]
        foot_cm[point_ix] = np.round(shapely.distance(near, lines) * 100)
        along = np.round(shapely.line_locate_point(lines, near) * 100)
        along_cm[point_ix] = np.clip(along, 0, self.length_cm[edge[point_ix]])
        return Ties(edge, foot_cm, along_cm)

    def distances_cm(self, a: Ties, b: Ties, limit_m: float) -> FloatArray:
        """Return the way between the places of each pair: (n,) centimetres; infinite where it is longer than the limit."""
        limit_cm = np.floor(limit_m * 100)
        distance = np.full(len(a.edge), np.inf)
        tied = (a.edge >= 0) & (b.edge >= 0)
        same = tied & (a.edge == b.edge)
        distance[same] = np.abs(a.along_cm - b.along_cm)[same]
        pairs = np.flatnonzero(tied & (a.foot_cm + b.foot_cm <= limit_cm))
        # either end of the first place's street, to either end of the second's
        nodes = np.concatenate([self.edge_from[a.edge[pairs]], self.edge_to[a.edge[pairs]]])
        start_cm = np.concatenate([a.along_cm[pairs], self.length_cm[a.edge[pairs]] - a.along_cm[pairs]])
        to_edge, to_along = np.tile(b.edge[pairs], 2), np.tile(b.along_cm[pairs], 2)
        found = start_cm + self._from_nodes(nodes, to_edge, to_along, limit_m)
        best = np.minimum(found[: len(pairs)], found[len(pairs) :])
        distance[pairs] = np.minimum(distance[pairs], best)
        distance += a.foot_cm + b.foot_cm
        distance[~tied | (distance > limit_cm)] = np.inf
        return distance

    def _from_nodes(self, node: Int64Array, to_edge: Int64Array, to_along: FloatArray, limit_m: float) -> FloatArray:
        """Return for each row the way from a node to a point of an edge: (n,) centimetres."""
        found = np.full(len(node), np.inf)
        column, row = (np.floor(xy[node] / TILE_M).astype(np.int64) for xy in (self.node_x, self.node_y))
        margin_m = np.ceil(limit_m / 500.0) * 500.0
        order = np.lexsort((node, row, column))
        node, to_edge, to_along = node[order], to_edge[order], to_along[order]
        column, row = column[order], row[order]
        changes = np.flatnonzero((np.diff(column) != 0) | (np.diff(row) != 0)) + 1
        for start, end in zip([0, *changes.tolist()], [*changes.tolist(), len(node)], strict=True):
            if start < end:
                tile = self._tile(int(column[start]), int(row[start]), margin_m)
                part = slice(start, end)
                found[order[part]] = self._in_tile(tile, node[part], to_edge[part], to_along[part], limit_m)
        return found

    def _in_tile(
        self, tile: _Tile, node: Int64Array, to_edge: Int64Array, to_along: FloatArray, limit_m: float
    ) -> FloatArray:
        """Return `_from_nodes` for sorted nodes of one tile."""
        sources, source_row = np.unique(node, return_inverse=True)
        indices = np.searchsorted(tile.nodes, sources)
        near, near_is_in = _positions(tile.nodes, self.edge_from[to_edge])
        far, far_is_in = _positions(tile.nodes, self.edge_to[to_edge])
        rest_cm = self.length_cm[to_edge] - to_along
        found = np.empty(len(node))
        for first in range(0, len(sources), _SOURCES_AT_ONCE):
            reached = dijkstra(tile.matrix, indices=indices[first : first + _SOURCES_AT_ONCE], limit=limit_m * 100)
            low, high = np.searchsorted(source_row, [first, first + _SOURCES_AT_ONCE])
            part = slice(int(low), int(high))
            by_near = np.where(near_is_in[part], reached[source_row[part] - first, near[part]], np.inf)
            by_far = np.where(far_is_in[part], reached[source_row[part] - first, far[part]], np.inf)
            found[part] = np.minimum(by_near + to_along[part], by_far + rest_cm[part])
        return found

    def _cut_tile(self, column: int, row: int, margin_m: float) -> _Tile:
        """Return the part of the graph inside a tile and within a margin around it."""
        x, y = self.node_x[self._walked], self.node_y[self._walked]
        inside = (x >= column * TILE_M - margin_m) & (x <= (column + 1) * TILE_M + margin_m)
        inside &= (y >= row * TILE_M - margin_m) & (y <= (row + 1) * TILE_M + margin_m)
        nodes = self._walked[inside]
        return _Tile(nodes, self._matrix[nodes][:, nodes])


def _matrix(a: Int64Array, b: Int64Array, length_cm: FloatArray, n_nodes: int) -> csr_matrix:
    """Return the lengths between nodes both ways, the shortest of parallel edges; loops lead nowhere."""
    leads = a != b
    tail, head = np.concatenate([a[leads], b[leads]]), np.concatenate([b[leads], a[leads]])
    length = np.concatenate([length_cm[leads], length_cm[leads]])
    order = np.lexsort((length, head, tail))
    tail, head, length = tail[order], head[order], length[order]
    first = np.ones(len(tail), dtype=np.bool_)
    first[1:] = (np.diff(tail) != 0) | (np.diff(head) != 0)
    return csr_matrix((length[first], (tail[first], head[first])), shape=(n_nodes, n_nodes))


def _positions(nodes: Int64Array, wanted: Int64Array) -> tuple[Int64Array, BoolArray]:
    """Return where wanted nodes stand among sorted ones, and whether they do."""
    position = np.minimum(np.searchsorted(nodes, wanted), len(nodes) - 1)
    return position, nodes[position] == wanted
