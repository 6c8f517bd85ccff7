"""
Lays a drawn line on the streets it was meant to follow: a hidden Markov model over the street graph.

After Newson and Krumm (2009), Hidden Markov map matching through noise and sparseness, doi:10.1145/1653771.1653818: a place is
the likelier the nearer it is to the drawn line, a step the likelier the less the way along streets differs from the straight one.
Two things are added, because a hand errs otherwise than a receiver: a turn has a price (`turns`), and a place where the hand cut a
corner may be passed over.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import shapely

from workbench.city.streets.graph import BUS
from workbench.city.streets.snap import StreetIndex
from workbench.city.streets.turns import Arcs, OnArc, Tree
from workbench.errors import InputError

__all__ = ["MatchParams", "MatchedLine", "StreetPart", "match_line"]

FloatArray = npt.NDArray[np.float64]
Int32Array = npt.NDArray[np.int32]
BoolArray = npt.NDArray[np.bool_]

AROUND_M = 600.0
"""Ways along streets from one place to the next are looked for up to this cost, metres."""
MAX_POINTS = 5000
"""Longest line that is matched, points after resampling."""
BRIDGE, BRIDGE_M = 3.0, 900.0
"""A gap with streets all the way is closed along them up to this many times what was drawn, and so many metres."""
MOST_PASSED = 4
"""Ways passed over on from one point to the next; the others lost against them."""
BEAM = 25.0
"""A place that is this much less likely than the best one is given up (log likelihood)."""


@dataclass(frozen=True, slots=True)
class MatchParams:
    """How a drawn line is matched to streets; tried on thirty bus routes drawn by a shaky hand (`benchmarks/laid_lines.py`, seed 3)."""

    step_m: float = 50.0
    """The line is looked at this often, metres."""
    limit_m: float = 100.0
    """Streets farther from the drawn line than this are not meant, metres (a finger on a phone at neighborhood zoom)."""
    spread_m: float = 40.0
    """Spread of a drawn line around the street it means, metres."""
    detour_m: float = 25.0
    """A way this much longer than the straight line is e times less likely, metres; a turn counts as `TurnParams.turn_m`."""
    quiet_cost: float = 0.6
    """Added where no bus runs yet: a street with buses is preferred unless another is clearly nearer (log likelihood)."""
    pass_cost: float = 3.0
    """Of a point that is passed over because the hand cut a corner there (log likelihood)."""
    pass_m: float = 250.0
    """Longest stretch that is passed over, metres."""
    most: int = 9
    """Streets considered at each place."""


class StreetPart(NamedTuple):
    """A part of a laid line that follows streets."""

    start: OnArc
    end: OnArc
    arcs: tuple[int, ...]
    """In order, from the arc of the start to the arc of the end."""


@dataclass(frozen=True, eq=False)
class MatchedLine:
    """A drawn line laid on streets."""

    xy: FloatArray
    """(m, 2) metres: along streets where they were found, as drawn elsewhere."""
    is_on_street: BoolArray
    """(m - 1,) False where no street was near, or none that leads on: the drawn line was kept."""
    parts: tuple[StreetPart | FloatArray, ...]
    """In order: along streets, or drawn points (n, 2)."""
    share_on_street: float
    """Of the length of `xy`, 0 to 1."""

    @property
    def edge_ix(self) -> Int32Array:
        """Edges in order."""
        return np.array([arc // 2 for arc in self._arcs], dtype=np.int32)

    @property
    def is_forward(self) -> BoolArray:
        """Whether each edge is used in the direction of its line."""
        return np.array([arc % 2 == 0 for arc in self._arcs], dtype=np.bool_)

    @property
    def _arcs(self) -> list[int]:
        return [arc for part in self.parts if isinstance(part, StreetPart) for arc in part.arcs]


class _State(NamedTuple):
    """A possible true place at one point of the drawn line."""

    place: OnArc
    cost: float
    before: int
    """Position among the states of the point before; -1 at the beginning."""
    since_m: float
    """Drawn since the place was met: more than 0 where points are passed over, metres."""


def match_line(
    index: StreetIndex,
    xy: FloatArray,
    *,
    for_bus: bool = True,
    params: MatchParams = MatchParams(),
    arcs: Arcs | None = None,
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
    arcs
        Made of `index` before; made anew if None.

    Raises
    ------
    InputError
        If the line has fewer than two points, is not finite, or is too long.
    """
    drawn = _resample(np.asarray(xy, dtype=np.float64), params.step_m)
    arcs = arcs or Arcs(index, for_bus=for_bus)
    ways = _Ways(arcs)
    places = _places(index, arcs, drawn, params)
    return joined(arcs, _parts(drawn, _runs(drawn, places, ways, params), ways, places))


def joined(arcs: Arcs, parts: list[StreetPart | FloatArray]) -> MatchedLine:
    """Return parts as one line; the step from part to part is on no street."""
    points = [
        arcs.points(part.start, part.end, list(part.arcs)) if isinstance(part, StreetPart) else part for part in parts
    ]
    xy = np.vstack(points)
    flags = [isinstance(part, StreetPart) for part in parts]
    on_street = np.concatenate([np.append(np.full(len(p) - 1, f), False) for p, f in zip(points, flags, strict=True)])[
        :-1
    ]
    length_m = np.hypot(*np.diff(xy, axis=0).T)
    moved = length_m > 0.05
    xy, on_street, length_m = xy[np.concatenate([[True], moved])], on_street[moved], length_m[moved]
    return MatchedLine(xy, on_street, tuple(parts), float(length_m[on_street].sum() / max(length_m.sum(), 1e-9)))


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


def _places(index: StreetIndex, arcs: Arcs, drawn: FloatArray, params: MatchParams) -> list[list[tuple[OnArc, float]]]:
    """Return for each point the places on streets it may mean, each with what it costs."""
    near = index.candidates(drawn, limit_m=params.limit_m, most=params.most, for_bus=arcs.for_bus)
    point, edge, along_m, gap_m = near
    cost = (gap_m / params.spread_m) ** 2 / 2 + params.quiet_cost * (index.graph.edge_rank[edge] > BUS)
    places: list[list[tuple[OnArc, float]]] = [[] for _ in drawn]
    for row, one, along, price in zip(point.tolist(), edge.tolist(), along_m.tolist(), cost.tolist(), strict=True):
        places[row] += [(place, price) for place in arcs.on_edge(one, along)]
    return places


class _Ways:
    """Ways along streets between places near one drawn line, each tree searched once."""

    def __init__(self, arcs: Arcs) -> None:
        self.arcs = arcs
        self._trees: dict[int, Tree] = {}

    def tree(self, arc: int) -> Tree:
        """Return the cheapest ways from an arc."""
        if arc not in self._trees:
            self._trees[arc] = self.arcs.tree(arc, limit_m=AROUND_M)
        return self._trees[arc]

    def stays(self, a: OnArc, b: OnArc, drawn_m: float) -> bool:
        """Tell whether b is a step back on one street, no longer than what was drawn: a shaky hand, not another round."""
        return a.arc == b.arc and 0 <= a.off_m - b.off_m <= 1.01 * drawn_m

    def cost_m(self, a: OnArc, b: OnArc, drawn_m: float) -> float:
        """Return what the cheapest way costs, infinite where there is none."""
        return 0.0 if self.stays(a, b, drawn_m) else self.arcs.cost_m(a, b, self.tree(a.arc))


def _runs(
    drawn: FloatArray, places: list[list[tuple[OnArc, float]]], ways: _Ways, params: MatchParams
) -> list[list[tuple[int, OnArc]]]:
    """Return the best places as runs of (point, place), broken where no street is near or leads on (Viterbi, 1967)."""
    runs: list[list[tuple[int, OnArc]]] = []
    layers: list[list[_State]] = []
    step_m = np.append(np.hypot(*np.diff(drawn, axis=0).T), 0.0)
    for n in range(len(drawn) + 1):
        layer = (
            _next_layer(layers[-1], places[n], float(step_m[n - 1]), ways, params) if layers and n < len(drawn) else []
        )
        if layer:
            layers.append(layer)
            continue
        if layers:
            run = _best(layers, n - len(layers))
            at_end = run[0][0] == 0 or n == len(drawn)
            runs += [run] if len(run) > 1 or at_end else []
        layers = [[_State(place, cost, -1, 0.0) for place, cost in places[n]]] if n < len(drawn) and places[n] else []
    return runs


def _next_layer(
    last: list[_State], places: list[tuple[OnArc, float]], step_m: float, ways: _Ways, params: MatchParams
) -> list[_State]:
    """Return the states of the next point: at a street near it, or where they were if the point is passed over."""
    limit = min(state.cost for state in last) + BEAM
    alive = [(k, state) for k, state in enumerate(last) if state.cost <= limit]
    layer: list[_State] = []
    for place, price in places:
        best, chosen = np.inf, -1
        for k, state in alive:
            drawn_m = state.since_m + step_m
            cost = state.cost + abs(ways.cost_m(state.place, place, drawn_m) - drawn_m) / params.detour_m
            if cost < best:
                best, chosen = cost, k
        if chosen >= 0:
            layer.append(_State(place, best + price, chosen, 0.0))
    passed = [
        _State(state.place, state.cost + params.pass_cost, k, state.since_m + step_m)
        for k, state in alive
        if state.since_m + step_m <= params.pass_m
    ]
    return layer + sorted(passed, key=lambda state: state.cost)[:MOST_PASSED]


def _best(layers: list[list[_State]], first: int) -> list[tuple[int, OnArc]]:
    """Return the best places of a run that begins at a point; points passed over are left out."""
    row = min(range(len(layers[-1])), key=lambda k: layers[-1][k].cost)
    found: list[tuple[int, OnArc]] = []
    for n in range(len(layers) - 1, -1, -1):
        state = layers[n][row]
        if state.since_m == 0.0:
            found.append((first + n, state.place))
        row = state.before
    return found[::-1]


def _parts(
    drawn: FloatArray, runs: list[list[tuple[int, OnArc]]], ways: _Ways, places: list[list[tuple[OnArc, float]]]
) -> list[StreetPart | FloatArray]:
    """Return runs along streets and what was drawn before, between and after them; gaps with streets all the way are closed."""
    at_m = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(drawn, axis=0).T))])
    parts: list[StreetPart | FloatArray] = []
    done, end = 0, len(drawn) - 1
    for run in runs:
        first = run[0][0]
        part = _street_part(run, ways, at_m)
        last = parts[-1] if parts else None
        if isinstance(last, StreetPart) and all(places[done : first + 1]):
            bridged = _bridged(last, part, ways, float(at_m[first] - at_m[done]))
            if bridged is not None:
                parts[-1] = bridged
                done = run[-1][0]
                continue
        if first > done:
            parts.append(drawn[done : first + 1])
        parts.append(part)
        done = run[-1][0]
    if done < end and parts and isinstance(parts[-1], StreetPart) and all(places[done:]):
        ended = _ended(parts[-1], [place for place, _ in places[end]], ways, float(at_m[end] - at_m[done]))
        if ended is not None:
            parts[-1], done = ended, end
    if done < end or not parts:
        parts.append(drawn[done:])
    return parts


def _ended(part: StreetPart, places: list[OnArc], ways: _Ways, drawn_m: float) -> StreetPart | None:
    """Return a part led on to the place nearest along streets, where its last points were passed over; None if none is in reach."""
    tree = ways.arcs.tree(part.end.arc, limit_m=BRIDGE * drawn_m + BRIDGE_M)
    cost_m = [ways.arcs.cost_m(part.end, place, tree) for place in places]
    best = int(np.argmin(cost_m))
    if not np.isfinite(cost_m[best]):
        return None
    place = places[best]
    ahead = place.arc == part.end.arc and place.off_m >= part.end.off_m
    chain = [] if ahead else tree.chain(part.end.arc, place.arc)[1:]
    return StreetPart(part.start, place, (*part.arcs, *chain))


def _bridged(one: StreetPart, other: StreetPart, ways: _Ways, drawn_m: float) -> StreetPart | None:
    """Return two parts joined along streets, where streets are near all the way between; None where they lead nowhere."""
    limit_m = BRIDGE * drawn_m + BRIDGE_M
    tree = ways.arcs.tree(one.end.arc, limit_m=limit_m, targets=frozenset({other.start.arc}))
    if other.start.arc not in tree.cost_m:
        return None
    chain = tree.chain(one.end.arc, other.start.arc)
    return StreetPart(one.start, other.end, (*one.arcs, *chain[1:], *other.arcs[1:]))


def _street_part(run: list[tuple[int, OnArc]], ways: _Ways, at_m: FloatArray) -> StreetPart:
    """Return the way through the places of a run."""
    arcs, at = [run[0][1].arc], run[0][1]
    for (n, a), (m, b) in itertools.pairwise(run):
        if not ways.stays(a, b, float(at_m[m] - at_m[n])):
            if a.arc != b.arc or b.off_m < a.off_m:
                arcs += ways.tree(a.arc).chain(a.arc, b.arc)[1:]
            at = b
    first = run[0][1]
    if len(arcs) == 1:
        at = OnArc(at.arc, max(at.off_m, first.off_m))
    return StreetPart(first, at, tuple(arcs))
