"""Streets as a graph: corners and the street lines between them, for snapping, matching and walking."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import shapely

__all__ = ["BUS", "BUSY_BUS", "FOOTWAY", "OTHER", "StreetGraph"]

FloatArray = npt.NDArray[np.float64]
Int32Array = npt.NDArray[np.int32]
Int8Array = npt.NDArray[np.int8]
BoolArray = npt.NDArray[np.bool_]

BUSY_BUS, BUS, OTHER, FOOTWAY = 1, 2, 3, 4
"""Ranks of an edge: busy bus street or main road, other bus street or through road, other street, way for feet only."""


@dataclass(frozen=True, eq=False)
class StreetGraph:
    """
    A street network, undirected, with the direction vehicles may take on each edge. Metres in the city's CRS.

    The line of edge e is `line_xy[line_indptr[e] : line_indptr[e + 1]]`; it starts at node `edge_from[e]` and ends at
    node `edge_to[e]`, both ends included.
    """

    node_x: FloatArray
    """(n_nodes,) metres."""
    node_y: FloatArray
    edge_from: Int32Array
    """(n_edges,) node."""
    edge_to: Int32Array
    line_indptr: Int32Array
    """(n_edges + 1,)"""
    line_xy: FloatArray
    """(n_points, 2) metres."""
    edge_rank: Int8Array
    """(n_edges,) `BUSY_BUS`, `BUS`, `OTHER` or `FOOTWAY`."""
    edge_oneway: Int8Array
    """(n_edges,) 1: vehicles only along the line, -1: only against it, 0: both ways or not known."""
    edge_walk: BoolArray
    """(n_edges,) people may walk here."""
    edge_drive: BoolArray
    """(n_edges,) a bus may drive here."""
    edge_name: Int32Array
    """(n_edges,) position in `names`; -1 where there is no name."""
    names: tuple[str, ...]
    edge_real: BoolArray
    """(n_edges,) read from a street map; elsewhere it was derived."""
    edge_layer: Int8Array
    """(n_edges,) 1 on a bridge, -1 in a tunnel, 0 on the ground."""
    real_area: shapely.Geometry = field(default_factory=shapely.Polygon)
    """Where the street map reaches: walks between two places inside follow its streets. Empty where there is none."""

    @property
    def n_nodes(self) -> int:
        """Number of corners."""
        return len(self.node_x)

    @property
    def n_edges(self) -> int:
        """Number of street lines between corners."""
        return len(self.edge_from)

    @property
    def is_real(self) -> bool:
        """True if every line was read from a street map."""
        return bool(self.edge_real.all())

    def edge_length_m(self) -> FloatArray:
        """Return the length of each line: (n_edges,) metres."""
        step_m = np.hypot(*np.diff(self.line_xy, axis=0, prepend=self.line_xy[:1]).T)
        step_m[self.line_indptr[:-1]] = 0.0
        return np.add.reduceat(step_m, self.line_indptr[:-1]) if self.n_edges else np.zeros(0)
