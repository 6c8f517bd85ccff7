"""OpenStreetMap as a `StreetGraph`: ways joined where they share a node, bridges above streets not."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import Transformer

from workbench.city.defect import Defect
from workbench.city.streets.derived.chains import join_chains
from workbench.city.streets.graph import StreetGraph
from workbench.city.streets.osm.data import LonLatBounds, OsmData
from workbench.city.streets.osm.read import read_osm_file
from workbench.city.streets.osm.tags import WayKind, classify_way
from workbench.city.streets.reach import covered_area, lonlat_box
from workbench.errors import InputError

__all__ = ["OsmStreets", "build_osm_streets", "read_osm"]

logger = logging.getLogger(__name__)

FloatArray = npt.NDArray[np.float64]
Int64Array = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class OsmStreets:
    """Streets read from OpenStreetMap."""

    graph: StreetGraph
    vintage: str
    """Date of the data, e.g. `2019-10-26`; "" where it is not known."""
    defects: tuple[Defect, ...]


def read_osm(source: Path, crs: str, *, bounds_lonlat: LonLatBounds | None = None) -> OsmStreets:
    """
    Read the streets of an OpenStreetMap file: `.osm.pbf`, `.osm` XML or Overpass JSON.

    Parameters
    ----------
    source
        The file; JSON and XML may be zipped or gzipped.
    crs
        Metric CRS of the city.
    bounds_lonlat
        West, south, east, north, degrees: streets outside are left out. None takes all.

    Raises
    ------
    InputError
        If the file cannot be used, or holds no streets inside the bounds.
    """
    return build_osm_streets(read_osm_file(source), crs, where=source.name, bounds_lonlat=bounds_lonlat)


def build_osm_streets(data: OsmData, crs: str, *, where: str, bounds_lonlat: LonLatBounds | None = None) -> OsmStreets:
    """Return what was read as a street graph; arguments and errors as `read_osm`."""
    defects = [*data.defects, *_check_directions(data, where)]
    kinds = [classify_way(tags) for tags in data.tags]
    way, a, b = _segments(data, np.array([kind is not None for kind in kinds], dtype=np.bool_))
    x, y = Transformer.from_crs("EPSG:4326", crs, always_xy=True).transform(data.lon, data.lat)
    xy = np.round(np.column_stack([x, y]), 1)
    is_inside = _inside(data, bounds_lonlat)
    keep = is_inside[a] | is_inside[b]
    if not keep.all():
        defects.append(Defect("osm-outside", int((~keep).sum()), "pieces of streets outside the area: left out", where))
    on_map: BoolArray = np.asarray(np.isfinite(xy).all(axis=1))
    keep &= on_map[a] & on_map[b]
    way, a, b = way[keep], a[keep], b[keep]
    way, a, b, found = _without_doubles(way, a, b, kinds, where)
    defects += found
    if len(way) == 0:
        inside = f" inside west, south, east, north {bounds_lonlat}" if bounds_lonlat else ""
        raise InputError(f"{where}: holds no street where one may walk or drive{inside}")
    short = np.diff(data.way_indptr) < 2
    if short.any():
        defects.append(Defect("osm-short-ways", int(short.sum()), "ways with fewer than two nodes: left out", where))
    graph = _graph(way, a, b, kinds, xy)
    graph = dataclasses.replace(graph, real_area=_area(graph, crs, data.bounds_lonlat, bounds_lonlat))
    logger.info("%s: %d streets between %d corners", where, graph.n_edges, graph.n_nodes)
    return OsmStreets(graph, data.vintage, tuple(defects))


def _segments(data: OsmData, used: BoolArray) -> tuple[Int64Array, Int64Array, Int64Array]:
    """Return the pieces from node to node of the ways used: way, first node, second node. None leads over a gap."""
    way = np.repeat(np.arange(len(data.way_id)), np.diff(data.way_indptr))
    a, b = data.way_node[:-1], data.way_node[1:]
    whole = (way[:-1] == way[1:]) & (a >= 0) & (b >= 0) & (a != b) & used[way[:-1]]
    return way[:-1][whole], a[whole], b[whole]


def _inside(data: OsmData, bounds_lonlat: LonLatBounds | None) -> BoolArray:
    if bounds_lonlat is None:
        return np.ones(len(data.node_id), dtype=np.bool_)
    west, south, east, north = bounds_lonlat
    inside: BoolArray = (data.lon >= west) & (data.lon <= east) & (data.lat >= south) & (data.lat <= north)
    return inside


def _check_directions(data: OsmData, where: str) -> list[Defect]:
    """Report one-way streets whose direction changes with the hour: they count as two-way."""
    n_changing = sum(tags.get("oneway") in ("reversible", "alternating") for tags in data.tags)
    what = "streets whose direction changes with the hour: taken as open both ways"
    return [Defect("osm-reversible", n_changing, what, where)] if n_changing else []


def _without_doubles(
    way: Int64Array, a: Int64Array, b: Int64Array, kinds: Sequence[WayKind | None], where: str
) -> tuple[Int64Array, Int64Array, Int64Array, list[Defect]]:
    """Keep the first of pieces between the same two nodes that are used alike; ways are in the order of their ids."""
    code = {kind: n for n, kind in enumerate(dict.fromkeys(kinds))}
    kind_of_way = np.array([code[kind] for kind in kinds], dtype=np.int64)
    key = np.column_stack([np.minimum(a, b), np.maximum(a, b), kind_of_way[way]])
    _, first = np.unique(key, axis=0, return_index=True)
    first.sort()
    n_double = len(way) - len(first)
    what = "pieces of streets drawn twice: once is kept"
    found = [Defect("osm-double-streets", n_double, what, where)] if n_double else []
    return way[first], a[first], b[first], found


def _graph(
    way: Int64Array, a: Int64Array, b: Int64Array, kinds: Sequence[WayKind | None], xy: FloatArray
) -> StreetGraph:
    """Return the pieces joined to lines from corner to corner."""
    distinct = {kind: n for n, kind in enumerate(dict.fromkeys(kinds))}
    alike = np.array([distinct[kind] for kind in kinds], dtype=np.int64)[way]
    directed = np.array([kind is not None and kind.oneway != 0 for kind in kinds], dtype=np.bool_)[way]
    chain_nodes, chain_indptr, first_segment = join_chains(a, b, alike, directed)
    edge_kinds = [kind for n in way[first_segment] if (kind := kinds[n]) is not None]
    ends = np.column_stack([chain_nodes[chain_indptr[:-1]], chain_nodes[chain_indptr[1:] - 1]])
    corners, corner_ix = np.unique(ends, return_inverse=True)
    corner_ix = corner_ix.reshape(-1, 2)
    names = sorted({kind.name for kind in edge_kinds} - {""})
    name_ix = {name: n for n, name in enumerate(names)} | {"": -1}
    n_edges = len(edge_kinds)
    return StreetGraph(
        node_x=xy[corners, 0],
        node_y=xy[corners, 1],
        edge_from=corner_ix[:, 0].astype(np.int32),
        edge_to=corner_ix[:, 1].astype(np.int32),
        line_indptr=chain_indptr.astype(np.int32),
        line_xy=xy[chain_nodes],
        edge_rank=np.array([kind.rank for kind in edge_kinds], dtype=np.int8),
        edge_oneway=np.array([kind.oneway for kind in edge_kinds], dtype=np.int8),
        edge_walk=np.array([kind.walk for kind in edge_kinds], dtype=np.bool_),
        edge_drive=np.array([kind.drive for kind in edge_kinds], dtype=np.bool_),
        edge_name=np.array([name_ix[kind.name] for kind in edge_kinds], dtype=np.int32),
        names=tuple(names),
        edge_real=np.ones(n_edges, dtype=np.bool_),
        edge_layer=np.array([kind.layer for kind in edge_kinds], dtype=np.int8),
    )


def _area(graph: StreetGraph, crs: str, *bounds_lonlat: LonLatBounds | None) -> shapely.Geometry:
    """Return the area whose streets are known: around those one may walk, inside the bounds that are given."""
    pieces = np.split(graph.line_xy, graph.line_indptr[1:-1])
    area = covered_area([pieces[n] for n in np.flatnonzero(graph.edge_walk)])
    for bounds in bounds_lonlat:
        if bounds is not None:
            area = shapely.intersection(area, lonlat_box(bounds, crs))
    return shapely.set_precision(area, 0.1)
