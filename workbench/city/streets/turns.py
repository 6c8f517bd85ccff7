"""
Ways along streets where a turn has a price: between two ways of one length a bus takes the one with fewer turns.

A street graph whose corners cost nothing answers a diagonal with a staircase, because every staircase in a grid is as short as the
way with one turn. Here one searches among *arcs*, an edge in one direction; to go on from an arc to the next costs metres by the angle
between them (Caldwell, 1961, On finding minimum routes in a network with turn penalties, doi:10.1145/366105.366184).
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import shapely

from workbench.city.streets.snap import StreetIndex

__all__ = ["Arcs", "OnArc", "Tree", "TurnParams"]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

HEADING_M = 15.0
"""The direction in which an arc leaves or comes to a corner is taken over this length, metres: corners are drawn to some metres."""


@dataclass(frozen=True, slots=True)
class TurnParams:
    """What a way costs beside its length."""

    turn_m: float = 80.0
    """Price of a turn by 90 degrees, metres; smaller and larger angles in proportion. Measured on thirty bus routes drawn by a shaky
    hand (`benchmarks/laid_lines.py --seed 3`): without a price 367 turns where the routes have 307, with 80 m 337 and the most of
    the laid length right (96.2%); from 120 m on turns that were meant are cut off."""
    straight_deg: float = 15.0
    """A smaller angle is the bend of a street and costs nothing, degrees."""
    about_m: float = 500.0
    """Price of turning about on the spot, metres: buses do it where a street ends."""


class OnArc(NamedTuple):
    """A place on a street with the direction of travel."""

    arc: int
    off_m: float
    """From the beginning of the arc, metres."""


class Tree(NamedTuple):
    """The cheapest ways from the end of one arc."""

    cost_m: dict[int, float]
    """By arc, to its beginning, the turn into it included."""
    before: dict[int, int]
    """By arc, the arc before it."""

    def chain(self, source: int, target: int) -> list[int]:
        """Return the arcs from the source to the target, both included."""
        arcs = [target]
        while True:
            arcs.append(self.before[arcs[-1]])
            if arcs[-1] == source:
                return arcs[::-1]


class Arcs:
    """Streets as arcs: arc 2e is edge e along its line, arc 2e + 1 against it. Build it once for a graph and keep it."""

    def __init__(self, index: StreetIndex, *, for_bus: bool = True, params: TurnParams = TurnParams()) -> None:
        self.index, self.for_bus, self.params = index, for_bus, params
        g = index.graph
        usable = index.usable(for_bus)
        oneway = g.edge_oneway if for_bus else np.zeros(g.n_edges, dtype=np.int8)
        self.open = np.column_stack([usable & (oneway >= 0), usable & (oneway <= 0)]).ravel()
        """(2 * n_edges,) the direction may be taken."""
        tail = np.column_stack([g.edge_from, g.edge_to]).ravel().astype(np.int64)
        head = np.column_stack([g.edge_to, g.edge_from]).ravel().astype(np.int64)
        self.length_m = np.maximum(index.length_m, 0.1)
        self._weight: list[float] = self.length_m.repeat(2).tolist()
        self._indptr, self._next, self._price = self._turns(tail, head)
        self._known: dict[int, list[tuple[int, float]]] = {}

    def _turns(self, tail: IntArray, head: IntArray) -> tuple[IntArray, IntArray, FloatArray]:
        """Return the arcs that go on from each arc and the price of the turn into them, in compressed rows."""
        usable = np.flatnonzero(self.open)
        leaving = usable[np.argsort(tail[usable], kind="stable")]
        n_nodes = self.index.graph.n_nodes
        first = np.searchsorted(tail[leaving], np.arange(n_nodes + 1))
        count = np.zeros(len(head), dtype=np.int64)
        count[usable] = (first[1:] - first[:-1])[head[usable]]
        indptr = np.concatenate([[0], np.cumsum(count)])
        start = np.repeat(first[head[usable]] - indptr[usable], count[usable])
        onto = leaving[np.arange(indptr[-1]) + start]
        source = np.repeat(np.arange(len(head)), count)
        out_rad, in_rad = self._headings()
        turn = np.degrees(np.abs((out_rad[onto] - in_rad[source] + np.pi) % (2 * np.pi) - np.pi))
        about = onto // 2 == source // 2
        choices = np.bincount(source, weights=~about, minlength=len(head))[source]
        is_bend = (turn < self.params.straight_deg) | (choices == 1)  # where there is nothing to choose, nobody turns
        price = np.where(is_bend, 0.0, self.params.turn_m * turn / 90.0)
        return indptr, onto, np.where(about, self.params.about_m, price)

    def _headings(self) -> tuple[FloatArray, FloatArray]:
        """Return the direction in which each arc leaves its first corner, and in which it comes to its last, radians."""
        line, length_m = self.index.line, self.index.length_m
        near_m = np.minimum(HEADING_M, length_m / 2)
        at = [
            shapely.get_coordinates(shapely.line_interpolate_point(line, m))
            for m in (0 * near_m, near_m, length_m - near_m, length_m)
        ]
        from_start, to_end = (np.arctan2(*(b - a).T[::-1]) for a, b in (at[:2], at[2:]))
        out = np.column_stack([from_start, to_end + np.pi]).ravel()
        into = np.column_stack([to_end, from_start + np.pi]).ravel()
        return out, into

    def onward(self, arc: int) -> list[tuple[int, float]]:
        """Return the arcs that go on from an arc, and what it costs to turn into each, metres."""
        if arc not in self._known:
            row = slice(self._indptr[arc], self._indptr[arc + 1])
            self._known[arc] = list(zip(self._next[row].tolist(), self._price[row].tolist(), strict=True))
        return self._known[arc]

    def tree(
        self,
        source: int,
        *,
        limit_m: float = np.inf,
        targets: frozenset[int] | None = None,
        weight_m: Sequence[float] | None = None,
    ) -> Tree:
        """
        Return the cheapest ways from the end of an arc: up to a cost, or until all targets are reached.

        `weight_m` stands for the length of each arc where another way than the shortest is wanted.
        """
        weight_m = self._weight if weight_m is None else weight_m
        cost: dict[int, float] = {}
        before: dict[int, int] = {}
        waiting = [(price, arc, source) for arc, price in self.onward(source) if price <= limit_m]
        heapq.heapify(waiting)
        missing = set(targets) if targets is not None else None
        while waiting:
            at, arc, came = heapq.heappop(waiting)
            if arc in cost:
                continue
            cost[arc], before[arc] = at, came
            if missing is not None:
                missing.discard(arc)
                if not missing:
                    break
            end = at + weight_m[arc]
            if end == np.inf:
                continue
            for following, price in self.onward(arc):
                if following not in cost and end + price <= limit_m:
                    heapq.heappush(waiting, (end + price, following, arc))
        return Tree(cost, before)

    def cost_m(self, a: OnArc, b: OnArc, tree: Tree) -> float:
        """Return what the cheapest way between two places costs, infinite where there is none; `tree` is that of a's arc."""
        if a.arc == b.arc and b.off_m >= a.off_m:
            return b.off_m - a.off_m
        onto = tree.cost_m.get(b.arc, np.inf)
        return self._weight[a.arc] - a.off_m + onto + b.off_m

    def on_edge(self, edge: int, along_m: float) -> list[OnArc]:
        """Return a place of an edge in the directions one may take there."""
        ways = (OnArc(2 * edge, along_m), OnArc(2 * edge + 1, float(self.length_m[edge]) - along_m))
        return [way for way in ways if self.open[way.arc]]

    def points(self, a: OnArc, b: OnArc, chain: list[int]) -> FloatArray:
        """Return the points of a way: the rest of the first arc, those between, the beginning of the last."""
        if len(chain) == 1:
            return self.part(a.arc, a.off_m, b.off_m)
        parts = [self.part(a.arc, a.off_m, np.inf), *(self.part(arc, 0.0, np.inf) for arc in chain[1:-1])]
        xy = np.vstack([*parts, self.part(b.arc, 0.0, b.off_m)])
        moved = np.concatenate([[True], np.hypot(*np.diff(xy, axis=0).T) > 0.05])
        return np.asarray(xy[moved], dtype=np.float64)

    def part(self, arc: int, from_m: float, to_m: float) -> FloatArray:
        """Return the points of an arc between two places, metres from its beginning."""
        edge, length_m = arc // 2, float(self.index.length_m[arc // 2])
        low, high = min(from_m, length_m), min(to_m, length_m)
        return self.index.part(edge, *((length_m - low, length_m - high) if arc % 2 else (low, high)))
