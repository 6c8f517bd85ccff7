"""The way around water and walls: over corners of the shore and bridges, each in sight of the next."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from workbench.city.near import pairs_within

__all__ = ["LONGEST_M", "SIGHT_M", "WaysAround"]

FloatArray = npt.NDArray[np.float64]
Int64Array = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

LONGEST_M = 5000.0
"""Ways around longer than this between their first and last corner are not looked for: no search allows such a walk."""
SIGHT_M = 1500.0
"""Corners farther than this from where one stands are not walked to directly, metres."""
_CHOICES_AT_ONCE = 1 << 22
_POINTS_AT_ONCE = 1 << 12


class WaysAround:
    """
    Shortest ways between points that do not see each other.

    A way leads from the start to a *node* in sight (a corner of the shore or of a wall, or the end of a bridge), on over
    nodes in sight of one another and over bridges, to one in sight of the end. All lengths are whole decimetres, so that
    their sums are exact and a way is as long forth as back, bit for bit.
    """

    def __init__(
        self,
        corners: FloatArray,
        bridges: FloatArray,
        *,
        is_blocked: Callable[[FloatArray, FloatArray, FloatArray, FloatArray], BoolArray],
        length_m: Callable[[FloatArray, FloatArray, FloatArray, FloatArray], FloatArray],
    ) -> None:
        """
        Prepare the nodes.

        Parameters
        ----------
        corners
            (n, 2) metres.
        bridges
            (m, 5) as `Walking.bridges`.
        is_blocked
            Tells of lines (ax, ay, bx, by) whether something stands in the way; the same in both directions.
        length_m
            Walking distance along lines that nothing blocks; the same in both directions, never below the straight line.
        """
        self._x = np.concatenate([corners[:, 0], bridges[:, 0], bridges[:, 2]])
        self._y = np.concatenate([corners[:, 1], bridges[:, 1], bridges[:, 3]])
        self._is_blocked = is_blocked
        self._length_m = length_m
        self._between = self._all_ways(len(corners), bridges)

    def distance_m(self, ax: FloatArray, ay: FloatArray, bx: FloatArray, by: FloatArray) -> FloatArray:
        """Return the length of the shortest way of each pair, metres: (n,); infinite where there is none."""
        best = np.full(len(ax), np.inf)
        if len(ax) == 0 or len(self._x) == 0:
            return best
        ends, end_ix = np.unique(np.column_stack([np.r_[ax, bx], np.r_[ay, by]]), axis=0, return_inverse=True)
        end_ix = end_ix.ravel()
        indptr, node, leg = self._nodes_in_sight(*ends.T)
        a_ix, b_ix = end_ix[: len(ax)], end_ix[len(ax) :]
        n_a, n_b = (indptr[ix + 1] - indptr[ix] for ix in (a_ix, b_ix))
        n_choices = n_a * n_b
        pairs = np.flatnonzero(n_choices)
        part_of = np.cumsum(n_choices[pairs]) // _CHOICES_AT_ONCE
        for part in np.unique(part_of):
            some = pairs[part_of == part]
            first = np.cumsum(n_choices[some]) - n_choices[some]
            pair = np.repeat(some, n_choices[some])
            number = np.arange(len(pair)) - np.repeat(first, n_choices[some])
            from_a = indptr[a_ix[pair]] + number // n_b[pair]
            from_b = indptr[b_ix[pair]] + number % n_b[pair]
            way = leg[from_a] + self._between[node[from_a], node[from_b]] + leg[from_b]
            best[some] = np.minimum.reduceat(way, first)
        return best / 10

    def _nodes_in_sight(self, x: FloatArray, y: FloatArray) -> tuple[Int64Array, Int64Array, FloatArray]:
        """Return for each point the nodes in sight, in compressed rows, and the walk to them in decimetres."""
        parts: list[tuple[Int64Array, Int64Array, FloatArray]] = []
        for start in range(0, len(x), _POINTS_AT_ONCE):
            some = slice(start, start + _POINTS_AT_ONCE)
            point, node = pairs_within(x[some], y[some], self._x, self._y, limit_m=SIGHT_M)
            ends = (x[some][point], y[some][point], self._x[node], self._y[node])
            seen = ~self._is_blocked(*ends)
            leg = _decimetres(self._length_m(*(values[seen] for values in ends)))
            parts.append((start + point[seen], node[seen], leg))
        point, node, leg = (np.concatenate(values) for values in zip(*parts, strict=True))
        indptr = np.zeros(len(x) + 1, dtype=np.int64)
        np.cumsum(np.bincount(point, minlength=len(x)), out=indptr[1:])
        return indptr, node, leg

    def _all_ways(self, n_corners: int, bridges: FloatArray) -> FloatArray:
        """Return (n_nodes, n_nodes) the shortest ways between nodes in decimetres, infinite beyond `LONGEST_M`."""
        from scipy.sparse import csr_array  # loaded only where a walk is blocked: it takes a while
        from scipy.sparse.csgraph import dijkstra

        n = len(self._x)
        if n == 0:
            return np.zeros((0, 0))
        indptr, head, leg = self._nodes_in_sight(self._x, self._y)
        tail = np.repeat(np.arange(n), np.diff(indptr))
        over_a = n_corners + np.arange(len(bridges))
        over_b = over_a + len(bridges)
        over = _decimetres(bridges[:, 4])
        tail, head = np.r_[tail, over_a, over_b], np.r_[head, over_b, over_a]
        leg = np.maximum(np.r_[leg, over, over], 1.0)  # two nodes at one place: no zero, which would mean no edge
        order = np.lexsort(
            (leg, head, tail)
        )  # where two see one another over a bridge between them, the shorter way counts
        tail, head, leg = tail[order], head[order], leg[order]
        keep = (tail != head) & (np.diff(tail * n + head, prepend=-1) != 0)
        edges = csr_array((leg[keep], (tail[keep], head[keep])), shape=(n, n))
        ways: FloatArray = dijkstra(edges, directed=True, limit=10 * LONGEST_M)
        return ways


def _decimetres(metres: FloatArray) -> FloatArray:
    return np.ceil(metres * 10)
