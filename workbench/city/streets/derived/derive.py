"""Street lines made a graph: corners, straight streets between them, bridges and tunnels, and who may use them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely
from scipy.spatial import cKDTree

from workbench.city.streets.derived.noding import Net, connect_ends, join_streets, node_lines
from workbench.city.streets.derived.oneway import find_oneway
from workbench.city.streets.derived.simplify import (
    drop_doubles,
    drop_specks,
    drop_stubs,
    join_parts,
    merge_corners,
    straighten,
)
from workbench.city.streets.graph import BUS, BUSY_BUS, FOOTWAY, OTHER, StreetGraph

__all__ = ["Crossing", "NoWalk", "derive_streets", "street_lines"]

FloatArray = npt.NDArray[np.float64]
Int8Array = npt.NDArray[np.int8]
BoolArray = npt.NDArray[np.bool_]

SOURCES = ("bus", "tract", "outline", "block", "rough")
"""Where lines come from, the most exact first."""
STRAIGHT_M = 6.0
"""Points nearer than this to their line are left out, metres."""
ROUGH_STRAIGHT_M = 12.0
"""The same for lines between blocks, which zigzag, metres."""
OVER_WATER_M = 15.0
"""A street with more than this off the land is a bridge or tunnel, metres."""


@dataclass(frozen=True, slots=True)
class Crossing:
    """A bridge that no bus shape shows, by its ends in the city's CRS."""

    ax: float
    ay: float
    bx: float
    by: float
    drive: bool
    """A bus may drive over it; people may walk over all of them."""


@dataclass(frozen=True, slots=True)
class NoWalk:
    """A place where buses cross water and people on foot cannot."""

    x: float
    y: float
    radius_m: float
    is_tunnel: bool


def derive_streets(
    lines: gpd.GeoDataFrame,
    bus_lines: gpd.GeoDataFrame,
    land: shapely.Geometry,
    *,
    crossings: Sequence[Crossing] = (),
    no_walk: Sequence[NoWalk] = (),
) -> StreetGraph:
    """
    Return the graph of loose street lines. The same lines give the same graph.

    Parameters
    ----------
    lines
        As `from_blocks.build_streets`.
    bus_lines
        Bus shapes with `n_trips`, trips a weekday.
    land
        Everything dry.
    crossings
        Bridges to add.
    no_walk
        Where people on foot cannot follow the bus.
    """
    kind = np.array([SOURCES.index(source) for source in lines["source"]], dtype=np.int64) + 1
    kind[lines["rank"].to_numpy() == BUSY_BUS] = 0
    net = node_lines(connect_ends(np.asarray(lines.geometry.values, dtype=object)), kind)
    net = drop_doubles(merge_corners(net))
    net = drop_stubs(join_streets(net))
    net = drop_doubles(merge_corners(net))
    net = join_parts(drop_stubs(net), land, kind=SOURCES.index("block") + 1)
    net = join_streets(drop_specks(net))
    is_rough = net.kind > SOURCES.index("outline") + 1
    net = _forget_lost_corners(straighten(net, np.where(is_rough, ROUGH_STRAIGHT_M, STRAIGHT_M)))
    walk, layer = _over_water(net, land, no_walk)
    rank = np.where(net.kind == 0, BUSY_BUS, np.where(net.kind == 1, BUS, OTHER)).astype(np.int8)
    graph = _graph(net, rank, walk, layer, crossings)
    oneway = np.zeros(graph.n_edges, dtype=np.int8)
    by_bus = np.flatnonzero(net.kind <= 1)
    oneway[by_bus] = find_oneway(
        net.line[by_bus], np.asarray(bus_lines.geometry.values), bus_lines["n_trips"].to_numpy(dtype=np.int64)
    )
    return replace(graph, edge_oneway=oneway)


def street_lines(graph: StreetGraph, crs: str) -> gpd.GeoDataFrame:
    """Return the lines of a graph as a table: `rank`, geometry; what is for feet only is left out."""
    row = np.repeat(np.arange(graph.n_edges), np.diff(graph.line_indptr))
    lines = np.asarray(shapely.linestrings(graph.line_xy, indices=row))
    keep = graph.edge_rank != FOOTWAY
    return gpd.GeoDataFrame({"rank": graph.edge_rank[keep].astype(np.int64)}, geometry=lines[keep], crs=crs)


def _forget_lost_corners(net: Net) -> Net:
    used, node = np.unique(np.concatenate([net.start, net.end]), return_inverse=True)
    start, end = node.reshape(2, -1)
    return replace(net, xy=net.xy[used], start=start, end=end)


def _over_water(net: Net, land: shapely.Geometry, no_walk: Sequence[NoWalk]) -> tuple[BoolArray, Int8Array]:
    """Return which lines people may walk, and the layer: 1 bridge, -1 tunnel, 0 ground."""
    walk = np.ones(len(net.line), dtype=np.bool_)
    layer = np.zeros(len(net.line), dtype=np.int8)
    shapely.prepare(land)
    leaving = np.flatnonzero(~shapely.contains_properly(land, net.line))
    wet = shapely.difference(net.line[leaving], land)
    is_crossing = shapely.length(wet) > OVER_WATER_M
    layer[leaving[is_crossing]] = 1
    for place in no_walk:
        near = shapely.dwithin(wet, shapely.Point(place.x, place.y), place.radius_m) & is_crossing
        walk[leaving[near]] = False
        if place.is_tunnel:
            layer[leaving[near]] = -1
    return walk, layer


def _graph(net: Net, rank: Int8Array, walk: BoolArray, layer: Int8Array, crossings: Sequence[Crossing]) -> StreetGraph:
    ends = np.array([[[c.ax, c.ay], [c.bx, c.by]] for c in crossings]).reshape(-1, 2, 2)
    corner = cKDTree(net.xy).query(ends)[1].reshape(-1, 2) if len(net.xy) else np.zeros((0, 2), dtype=np.int64)
    bridges = [
        shapely.LineString(np.round(np.vstack([net.xy[a], points, net.xy[b]]), 1))
        for points, (a, b) in zip(ends, corner, strict=True)
    ]
    drive = np.array([crossing.drive for crossing in crossings], dtype=np.bool_)
    points, row = shapely.get_coordinates([*net.line, *bridges], return_index=True)
    n_edges = len(net.line) + len(bridges)
    return StreetGraph(
        node_x=net.xy[:, 0],
        node_y=net.xy[:, 1],
        edge_from=np.concatenate([net.start, corner[:, 0]]).astype(np.int32),
        edge_to=np.concatenate([net.end, corner[:, 1]]).astype(np.int32),
        line_indptr=np.concatenate([[0], np.cumsum(np.bincount(row, minlength=n_edges))]).astype(np.int32),
        line_xy=np.round(points, 1),
        edge_rank=np.concatenate([rank, np.where(drive, OTHER, FOOTWAY)]).astype(np.int8),
        edge_oneway=np.zeros(n_edges, dtype=np.int8),
        edge_walk=np.concatenate([walk, np.ones(len(bridges), dtype=np.bool_)]),
        edge_drive=np.concatenate([np.ones(len(net.line), dtype=np.bool_), drive]),
        edge_name=np.full(n_edges, -1, dtype=np.int32),
        names=(),
        edge_real=np.zeros(n_edges, dtype=np.bool_),
        edge_layer=np.concatenate([layer, np.ones(len(bridges), dtype=np.int8)]),
    )
