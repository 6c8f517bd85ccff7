"""
Names of streets from the names of bus stops: `BROADWAY/W 34 ST` stands on Broadway at West 34th Street.

A stop votes for its street and for the street that crosses there; a street is followed straight on through its corners, and
what lies between two pieces of one name has that name too.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from workbench.city.streets.graph import BUS, StreetGraph

__all__ = ["name_streets", "straight_on"]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
Votes = dict[int, Counter[str]]
Said = TypeVar("Said", str, int)

STOP_M = 30.0
"""A stop is this near to its street, metres."""
CLEARLY_M = 6.0
"""Of two streets that meet at a corner the stop's own is nearer by this much, metres; else it does not vote."""
CORNER_M = 30.0
"""A stop is this near to the corner it is named for, metres."""
STRAIGHT_ON = np.cos(np.radians(35.0))
"""Two lines that meet at a corner with a smaller turn are one street."""
HEADING_M = 30.0
AGREEMENT = 0.7
"""Share of the votes a name needs."""
LONGEST_GAP_M = 1200.0
"""Between two pieces of one name at most this much is given the name too, metres."""


def name_streets(graph: StreetGraph, stops: pd.DataFrame) -> tuple[npt.NDArray[np.int32], tuple[str, ...]]:
    """
    Return the name of each edge as its place in the names, -1 where it is not known; and the names, sorted.

    Parameters
    ----------
    graph
        The streets.
    stops
        Bus stops: stop_name as `ON STREET/CROSS STREET`, x, y.
    """
    row = np.repeat(np.arange(graph.n_edges), np.diff(graph.line_indptr))
    lines = np.asarray(shapely.linestrings(graph.line_xy, indices=row), dtype=object)
    one, two = straight_on(graph, lines)
    n = graph.n_edges
    _, street = connected_components(coo_matrix((np.ones(len(one)), (one, two)), shape=(n, n)), directed=False)
    votes = _votes(graph, lines, street.astype(np.int64), stops)
    named = {edge: name for edge, count in votes.items() if (name := _agreed(count))}
    _fill(named, one, two, graph.edge_length_m())
    names = tuple(sorted(set(named.values())))
    place = {name: k for k, name in enumerate(names)}
    edge_name = np.full(n, -1, dtype=np.int32)
    for edge, name in named.items():
        edge_name[edge] = place[name]
    return edge_name, names


def straight_on(graph: StreetGraph, lines: npt.NDArray[np.object_]) -> tuple[IntArray, IntArray]:
    """Return pairs of edges that are one street: each continues the other best where they meet."""
    n = graph.n_edges
    reach = np.minimum(HEADING_M, shapely.length(lines) / 2)
    xy = [shapely.get_coordinates(shapely.line_interpolate_point(lines, at)) for at in (0 * reach, reach, -reach)]
    last = shapely.get_coordinates(shapely.get_point(lines, -1))
    out = np.concatenate([xy[1] - xy[0], xy[2] - last])  # from each end into the edge
    out /= np.maximum(np.hypot(*out.T), 1e-9)[:, None]
    corner = np.concatenate([graph.edge_from, graph.edge_to])
    order = np.argsort(corner, kind="stable")
    pairs = []
    for ends in np.split(order, np.flatnonzero(np.diff(corner[order])) + 1):
        straight = -(out[ends] @ out[ends].T)
        np.fill_diagonal(straight, -1.0)
        best = straight.argmax(axis=1)
        for a, b in enumerate(best.tolist()):
            if a < b and best[b] == a and straight[a, b] >= STRAIGHT_ON:
                pairs.append((ends[a] % n, ends[b] % n))
    found = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    return found[:, 0], found[:, 1]


def _votes(graph: StreetGraph, lines: npt.NDArray[np.object_], street: IntArray, stops: pd.DataFrame) -> Votes:
    """Return for each edge what the stops on it and at its corners call it."""
    votes: Votes = defaultdict(Counter)
    by_bus = np.flatnonzero((graph.edge_rank <= BUS) & graph.edge_drive)
    points = np.asarray(shapely.points(stops["x"], stops["y"]))
    stop, near = shapely.STRtree(lines[by_bus]).query(points, predicate="dwithin", distance=STOP_M + CLEARLY_M)
    gap_m = shapely.distance(points[stop], lines[by_bus[near]])
    order = np.lexsort((near, gap_m, stop))
    at: dict[int, list[int]] = {}
    for k in order.tolist():
        at.setdefault(int(stop[k]), []).append(k)
    edges_at = _edges_at(graph)
    at_corner: dict[tuple[int, str], Counter[int]] = defaultdict(Counter)
    nodes = np.column_stack([graph.node_x, graph.node_y])
    xy = stops[["x", "y"]].to_numpy(dtype=np.float64)
    for ix, name in enumerate(stops["stop_name"].tolist()):
        on, _, cross = (part.strip() for part in re.sub(r"\s+", " ", name).partition("/"))
        choices = at.get(ix, [])
        if not on or not cross or not choices or gap_m[choices[0]] > STOP_M:
            continue
        edge = int(by_bus[near[choices[0]]])
        others = [k for k in choices[1:] if street[by_bus[near[k]]] != street[edge]]
        if others and gap_m[others[0]] - gap_m[choices[0]] < CLEARLY_M:
            continue
        votes[edge][on] += 1
        ends = [int(graph.edge_from[edge]), int(graph.edge_to[edge])]
        corner = min(ends, key=lambda node: float(np.hypot(*(nodes[node] - xy[ix]))))
        if np.hypot(*(nodes[corner] - xy[ix])) <= CORNER_M:
            at_corner[int(street[edge]), cross][corner] += 1
    for (own, cross), corners in at_corner.items():
        place = _agreed(corners)
        if place is None:
            continue
        crossing = [e for e in edges_at[place] if street[e] != own]
        if len({int(street[e]) for e in crossing}) == 1:
            for edge in crossing:
                votes[edge][cross] += corners[place]
    return votes


def _edges_at(graph: StreetGraph) -> list[list[int]]:
    at: list[list[int]] = [[] for _ in range(graph.n_nodes)]
    for edge, (a, b) in enumerate(zip(graph.edge_from.tolist(), graph.edge_to.tolist(), strict=True)):
        at[a].append(edge)
        if a != b:
            at[b].append(edge)
    return at


def _agreed(count: Counter[Said]) -> Said | None:
    """Return what most stops say, if enough of them agree; of equals none."""
    name, n = max(sorted(count.items()), key=lambda item: item[1])
    return name if n >= AGREEMENT * count.total() else None


def _fill(named: dict[int, str], one: IntArray, two: IntArray, length_m: FloatArray) -> None:
    """Write into `named`: edges between two of one name, straight on along one street, have that name too."""
    beside: dict[int, list[int]] = defaultdict(list)
    for a, b in zip(one.tolist(), two.tolist(), strict=True):
        beside[a].append(b)
        beside[b].append(a)
    for start in sorted(named):
        for step in beside[start]:
            run, before, here, gap_m = [], start, step, 0.0
            while here not in named and gap_m <= LONGEST_GAP_M:
                run.append(here)
                gap_m += float(length_m[here])
                ahead = [edge for edge in beside[here] if edge != before]
                if len(ahead) != 1 or ahead[0] in run:
                    break
                before, here = here, ahead[0]
            if named.get(here) == named[start] and gap_m <= LONGEST_GAP_M:
                named.update(dict.fromkeys(run, named[start]))
