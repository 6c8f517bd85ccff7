"""A raw net of streets made simple: near corners are one, doubles and stubs go, streets run straight from corner to corner."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import shapely
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from workbench.city.streets.derived.noding import Net, join_streets

__all__ = ["drop_doubles", "drop_specks", "drop_stubs", "join_parts", "merge_corners", "straighten"]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

MERGE_M = 20.0
"""Corners joined by a shorter line are one corner, metres."""
NEAR_M = 10.0
"""Corners nearer than this are one, joined or not, metres."""
WIDEST_M = 32.0
"""The corners that become one lie at most this far apart, metres."""
SAME_STREET_M = 25.0
"""Of two lines between the same corners, the second is left out if it stays this near to the first, metres."""
STUB_M = 45.0
"""Dead ends shorter than this are left out, metres."""
LINK_M = 150.0
"""Groups of lines that meet no other are joined to the rest over land if they are this near, metres."""
SPECK_M = 1500.0
"""Others are left out if they are shorter than this in all, metres."""


def merge_corners(net: Net, *, merge_m: float = MERGE_M, near_m: float = NEAR_M, widest_m: float = WIDEST_M) -> Net:
    """
    Make near corners one, shortest gap first; it stands where the best kind of line puts it.

    Lines follow their corners. Lines that shrink to nothing are left out.
    """
    short = np.flatnonzero((shapely.length(net.line) < merge_m) & (net.start != net.end))
    near = cKDTree(net.xy).query_pairs(near_m, output_type="ndarray").astype(np.int64).reshape(-1, 2)
    pairs = np.concatenate([np.column_stack([net.start[short], net.end[short]]), near])
    pairs.sort(axis=1)
    gap = np.round(np.hypot(*(net.xy[pairs[:, 0]] - net.xy[pairs[:, 1]]).T), 1)
    pairs = pairs[np.lexsort((pairs[:, 1], pairs[:, 0], gap))]
    group = _clusters(net.xy, pairs, widest_m)
    best = np.full(len(net.xy), 99, dtype=np.int64)
    for ends in (net.start, net.end):
        np.minimum.at(best, ends, net.kind)
    group_best = np.full(len(net.xy), 99, dtype=np.int64)
    np.minimum.at(group_best, group, best)
    leads = best == group_best[group]
    weight = np.bincount(group[leads], minlength=len(net.xy))
    middle = (
        np.column_stack(
            [np.bincount(group[leads], weights=net.xy[leads, axis], minlength=len(net.xy)) for axis in (0, 1)]
        )
        / np.maximum(weight, 1)[:, None]
    )
    xy = np.where((weight > 0)[:, None], np.round(middle, 1), net.xy)
    start, end = group[net.start], group[net.end]
    moved = replace(net, xy=xy, start=start, end=end, line=_led_to(net.line, xy[start], xy[end], widest_m))
    return moved.take((start != end) | (shapely.length(moved.line) > 3 * widest_m))


def drop_doubles(net: Net, *, same_m: float = SAME_STREET_M) -> Net:
    """Of lines between the same two corners keep the best kind, then the shortest, and those that go elsewhere."""
    low, high = np.minimum(net.start, net.end), np.maximum(net.start, net.end)
    order = np.lexsort((np.round(shapely.length(net.line), 1), net.kind, high, low))
    keep = np.ones(len(order), dtype=np.bool_)
    same = np.flatnonzero((np.diff(low[order]) == 0) & (np.diff(high[order]) == 0)) + 1
    kept_of: dict[tuple[int, int], list[int]] = {}
    for place in same:
        row = int(order[place])
        first = kept_of.setdefault((int(low[row]), int(high[row])), [int(order[place - 1])])
        if any(shapely.hausdorff_distance(net.line[row], net.line[other], densify=0.25) <= same_m for other in first):
            keep[row] = False
        else:
            first.append(row)
    return net.take(keep)


def drop_stubs(net: Net, *, stub_m: float = STUB_M) -> Net:
    """Leave out short dead ends, and join what is left; again while that makes new ones."""
    while True:
        degree = net.degree()
        is_loose = (degree[net.start] == 1) | (degree[net.end] == 1)
        stub = is_loose & (shapely.length(net.line) < stub_m)
        if not stub.any():
            return net
        net = join_streets(net.take(~stub))


def join_parts(net: Net, land: shapely.Geometry, *, link_m: float = LINK_M, kind: int) -> Net:
    """Join groups of lines to the largest by the shortest straight line from corner to corner over land, if it is short."""
    shapely.prepare(land)
    part, length_m = _parts(net)
    main = np.flatnonzero(part == np.argmax(length_m))
    tree = cKDTree(net.xy[main])
    links = []
    for other in np.flatnonzero(length_m > 0):
        own = np.flatnonzero(part == other)
        if own[0] in main:
            continue
        gap_m, place = tree.query(net.xy[own])
        for row in np.lexsort((own, np.round(gap_m, 1)))[:3]:
            ends = own[row], main[place[row]]
            line = shapely.LineString(net.xy[list(ends)])
            if gap_m[row] <= link_m and shapely.covers(land, line):
                links.append((*ends, line))
                break
    if not links:
        return net
    start, end, added = zip(*links, strict=True)
    return replace(
        net,
        start=np.append(net.start, start),
        end=np.append(net.end, end),
        line=np.append(net.line, np.array(added, dtype=object)),
        kind=np.append(net.kind, np.full(len(links), kind)),
    )


def drop_specks(net: Net, *, speck_m: float = SPECK_M) -> Net:
    """Leave out groups of lines that meet no other and are short in all."""
    part, length_m = _parts(net)
    return net.take(length_m[part[net.start]] >= speck_m)


def _parts(net: Net) -> tuple[IntArray, FloatArray]:
    """Return the group of each corner, and the length of each group, metres."""
    n = len(net.xy)
    joins = coo_matrix((np.ones(len(net.start)), (net.start, net.end)), shape=(n, n))
    _, part = connected_components(joins, directed=False)
    length_m = np.bincount(part[net.start], weights=shapely.length(net.line), minlength=n)
    return part.astype(np.int64), length_m.astype(np.float64)


def straighten(net: Net, tolerance_m: FloatArray) -> Net:
    """Leave out points of each line nearer to it than its tolerance; corners stay."""
    simple = shapely.set_precision(shapely.simplify(net.line, tolerance_m), 0.1, mode="pointwise")
    return replace(net, line=_led_to(simple, net.xy[net.start], net.xy[net.end], 0.0))


def _clusters(xy: FloatArray, pairs: IntArray, widest_m: float) -> IntArray:
    """Join pairs in their order unless the group grew wider than allowed; return the group of each corner."""
    root = list(range(len(xy)))
    box: dict[int, tuple[float, float, float, float]] = {}

    def find(node: int) -> int:
        while root[node] != node:
            root[node] = root[root[node]]
            node = root[node]
        return node

    points = xy.tolist()
    for a, b in pairs.tolist():
        a, b = find(a), find(b)
        if a == b:
            continue
        x0, y0, x1, y1 = box.get(a, (*points[a], *points[a]))
        u0, v0, u1, v1 = box.get(b, (*points[b], *points[b]))
        wide = (min(x0, u0), min(y0, v0), max(x1, u1), max(y1, v1))
        if np.hypot(wide[2] - wide[0], wide[3] - wide[1]) <= widest_m:
            root[max(a, b)] = min(a, b)
            box[min(a, b)] = wide
    return np.array([find(node) for node in range(len(xy))], dtype=np.int64)


def _led_to(
    lines: npt.NDArray[np.object_], start_xy: FloatArray, end_xy: FloatArray, clear_m: float
) -> npt.NDArray[np.object_]:
    """Move the ends of lines; points of a line within `clear_m` of a moved end are left out, so that it stays straight."""
    points, row = shapely.get_coordinates(lines, return_index=True)
    first = np.flatnonzero(np.diff(row, prepend=-1))
    last = np.append(first[1:], len(points)) - 1
    shift = np.hypot(*(points[first] - start_xy).T), np.hypot(*(points[last] - end_xy).T)
    near_start = np.hypot(*(points - start_xy[row]).T) < np.minimum(clear_m, 1.5 * shift[0])[row]
    near_end = np.hypot(*(points - end_xy[row]).T) < np.minimum(clear_m, 1.5 * shift[1])[row]
    keep = ~(near_start | near_end)
    keep[first] = keep[last] = True
    points[first], points[last] = start_xy, end_xy
    return np.asarray(shapely.linestrings(points[keep], indices=row[keep]))
