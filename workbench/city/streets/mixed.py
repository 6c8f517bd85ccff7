"""Real streets where a street map reaches and derived ones elsewhere, as one graph."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely
from scipy.spatial import cKDTree

from workbench.city.streets.graph import StreetGraph

__all__ = ["join_streets", "street_lines"]

FloatArray = npt.NDArray[np.float64]
Int64Array = npt.NDArray[np.int64]

BESIDE_M = 20.0
"""Derived streets this near to a real one are the same street, metres."""
SHORTEST_M = 15.0
"""Shorter remains of a derived street are left out, metres."""
JOIN_M = 120.0
"""Where a derived street was cut off, it is joined to the nearest real corner for vehicles within this, metres."""


@dataclass(frozen=True, eq=False)
class _Pieces:
    """What is left of derived streets."""

    lines: list[FloatArray]
    edge: Int64Array
    """(n,) the derived street each is left of; -1 for a joint."""


def street_lines(graph: StreetGraph) -> npt.NDArray[np.object_]:
    """Return the line of each edge as a shapely LineString."""
    of_line = np.repeat(np.arange(graph.n_edges), np.diff(graph.line_indptr))
    lines: npt.NDArray[np.object_] = np.asarray(shapely.linestrings(graph.line_xy, indices=of_line), dtype=object)
    return lines


def join_streets(real: StreetGraph, derived: StreetGraph) -> StreetGraph:
    """
    Return all real streets, and the derived ones outside their area, joined where they were cut.

    Parameters
    ----------
    real
        Streets with the area they cover.
    derived
        Streets of the whole city.
    """
    pieces = _outside(real, derived)
    joints = _joints(real, derived, pieces)
    lines = [*pieces.lines, *joints]
    n_real, n_more = real.n_edges, len(lines)
    edge = np.concatenate([pieces.edge, np.full(len(joints), -1, dtype=np.int64)])
    ends = np.array([line[[0, -1]] for line in lines], dtype=np.float64).reshape(-1, 2)
    nodes, node_ix = np.unique(np.round(np.concatenate([_nodes(real), ends]), 1), axis=0, return_inverse=True)
    # real corners keep their numbers, even two at one place; derived ends at a real corner are joined to it
    number = np.full(len(nodes), -1, dtype=np.int64)
    number[node_ix[: real.n_nodes]] = np.arange(real.n_nodes)
    new = np.flatnonzero(number < 0)
    number[new] = real.n_nodes + np.arange(len(new))
    more = number[node_ix[real.n_nodes :]].reshape(-1, 2).astype(np.int32)
    names = tuple(sorted({*real.names, *derived.names}))
    points = [real.line_xy, *lines]
    sizes = np.array([len(line) for line in lines], dtype=np.int64)
    is_piece = edge >= 0

    def both(
        values: npt.NDArray[np.generic], old: npt.NDArray[np.generic], of_joint: object
    ) -> npt.NDArray[np.generic]:
        added = np.full(n_more, of_joint, dtype=values.dtype)
        added[is_piece] = old[edge[is_piece]]
        return np.concatenate([values, added])

    return StreetGraph(
        node_x=np.concatenate([real.node_x, nodes[new, 0]]),
        node_y=np.concatenate([real.node_y, nodes[new, 1]]),
        edge_from=np.concatenate([real.edge_from, more[:, 0]]),
        edge_to=np.concatenate([real.edge_to, more[:, 1]]),
        line_indptr=np.concatenate([real.line_indptr, real.line_indptr[-1] + np.cumsum(sizes)]).astype(np.int32),
        line_xy=np.concatenate(points),
        edge_rank=both(real.edge_rank, derived.edge_rank, 3).astype(np.int8),
        edge_oneway=both(real.edge_oneway, derived.edge_oneway, 0).astype(np.int8),
        edge_walk=both(real.edge_walk, derived.edge_walk, True).astype(np.bool_),
        edge_drive=both(real.edge_drive, derived.edge_drive, True).astype(np.bool_),
        edge_name=both(_renamed(real, names), _renamed(derived, names), -1).astype(np.int32),
        names=names,
        edge_real=np.arange(n_real + n_more) < n_real,
        edge_layer=both(real.edge_layer, derived.edge_layer, 0).astype(np.int8),
        real_area=real.real_area,
    )


def _outside(real: StreetGraph, derived: StreetGraph) -> _Pieces:
    """Return what of derived streets lies outside the area of real ones, and beside none that leads out of it."""
    real_lines = street_lines(real)
    shapely.prepare(real.real_area)
    leading_out = real_lines[real.edge_drive & ~shapely.contains(real.real_area, real_lines)]
    known = shapely.union_all([real.real_area, *shapely.buffer(leading_out, BESIDE_M)])
    shapely.prepare(known)
    lines, edges = [], []
    derived_lines = street_lines(derived)
    touched = shapely.intersects(known, derived_lines)
    for edge in range(derived.n_edges):
        line = derived_lines[edge]
        parts = shapely.get_parts(shapely.difference(line, known)) if touched[edge] else [line]
        for part in parts:
            if part.geom_type == "LineString" and (not touched[edge] or part.length >= SHORTEST_M):
                lines.append(np.round(shapely.get_coordinates(part), 1))
                edges.append(edge)
    return _Pieces(lines, np.array(edges, dtype=np.int64))


def _joints(real: StreetGraph, derived: StreetGraph, pieces: _Pieces) -> list[FloatArray]:
    """Return straight lines from where a street for vehicles was cut to the nearest real corner."""
    driven = np.unique(np.concatenate([real.edge_from[real.edge_drive], real.edge_to[real.edge_drive]]))
    ends = [
        line[n]
        for line, edge in zip(pieces.lines, pieces.edge, strict=True)
        if derived.edge_drive[edge]
        for n in (0, -1)
    ]
    if not ends or len(driven) == 0:
        return []
    old = {(round(x, 1), round(y, 1)) for x, y in _nodes(derived)}
    cut = np.array([end for end in ends if (round(end[0], 1), round(end[1], 1)) not in old]).reshape(-1, 2)
    cut = np.unique(cut, axis=0)
    if len(cut) == 0:
        return []
    corners = _nodes(real)[driven]
    gap_m, nearest = cKDTree(corners).query(cut)
    return [
        np.array([end, corners[corner]])
        for end, corner, gap in zip(cut, nearest, gap_m, strict=True)
        if 0 < gap <= JOIN_M
    ]


def _nodes(graph: StreetGraph) -> FloatArray:
    return np.column_stack([graph.node_x, graph.node_y])


def _renamed(graph: StreetGraph, names: tuple[str, ...]) -> npt.NDArray[np.int32]:
    """Return `edge_name` as positions in other names."""
    place = {name: n for n, name in enumerate(names)}
    position = np.array([*(place[name] for name in graph.names), -1], dtype=np.int32)
    return position[graph.edge_name]  # -1 takes the last one, which is -1
