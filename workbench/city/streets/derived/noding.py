"""Loose street lines to a net: loose ends led to the next line, then every crossing made a corner."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import shapely

from workbench.city.streets.derived.chains import join_chains

__all__ = ["Net", "connect_ends", "join_streets", "node_lines"]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]
LineArray = npt.NDArray[np.object_]

REACH_M = 45.0
"""A loose end is led straight on to a line up to this far ahead, metres."""
ASIDE_M = 30.0
"""Where none lies ahead, to the nearest line up to this far away, metres."""
BEYOND_M = 0.5
"""It is led this much too far, so that the lines cross for certain; what sticks out is dropped later. Metres."""
TOUCH_M = 0.3
GRID_M = 0.1
"""Corners are rounded to this, metres."""


@dataclass(frozen=True, eq=False)
class Net:
    """Lines between corners. `line[e]` runs from `xy[start[e]]` to `xy[end[e]]`; `kind[e]` says what it came from, 0 best."""

    xy: FloatArray
    """(n_corners, 2) metres."""
    start: IntArray
    end: IntArray
    line: LineArray
    kind: IntArray

    def take(self, keep: BoolArray | IntArray) -> Net:
        """Return the net with some of its lines; corners keep their numbers."""
        return replace(self, start=self.start[keep], end=self.end[keep], line=self.line[keep], kind=self.kind[keep])

    def degree(self) -> IntArray:
        """Return how many line ends meet at each corner."""
        return np.bincount(np.concatenate([self.start, self.end]), minlength=len(self.xy))


def connect_ends(lines: LineArray, *, reach_m: float = REACH_M, aside_m: float = ASIDE_M) -> LineArray:
    """Return the lines, each loose end led straight on to the line ahead, or to the nearest one beside it."""
    tree = shapely.STRtree(lines)
    n = len(lines)
    tail = shapely.line_interpolate_point(lines, np.minimum(20.0, shapely.length(lines) / 2))
    head = shapely.line_interpolate_point(lines, -np.minimum(20.0, shapely.length(lines) / 2))
    ends = np.concatenate([shapely.get_point(lines, 0), shapely.get_point(lines, -1)])
    inner = np.concatenate([tail, head])
    own = np.tile(np.arange(n), 2)
    loose = _distance_to_others(tree, lines, ends, own, aside_m) > TOUCH_M
    end_xy, inner_xy = shapely.get_coordinates(ends), shapely.get_coordinates(inner)
    toward = end_xy - inner_xy
    toward /= np.maximum(np.hypot(*toward.T), 0.01)[:, None]
    target = _ahead(tree, lines, end_xy, toward, own, loose, reach_m)
    missing = loose & np.isnan(target[:, 0])
    target[missing] = _beside(tree, lines, ends, own, missing, aside_m)[missing]
    step = target - end_xy
    gap_m = np.hypot(*step.T)
    target += step / np.maximum(gap_m, 0.01)[:, None] * BEYOND_M
    extended = lines.copy()
    for row in np.flatnonzero((~np.isnan(target)).any(axis=1).reshape(2, n).any(axis=0)):
        points = shapely.get_coordinates(extended[row])
        if not np.isnan(target[row, 0]):
            points = np.vstack([target[row], points])
        if not np.isnan(target[row + n, 0]):
            points = np.vstack([points, target[row + n]])
        extended[row] = shapely.LineString(points)
    return extended


def node_lines(lines: LineArray, kind: IntArray) -> Net:
    """Cut lines where they cross and return the net; a piece has the best kind of the lines it lies on."""
    noded = shapely.get_parts(shapely.line_merge(shapely.union_all(lines, grid_size=GRID_M)))
    noded = noded[shapely.length(noded) > GRID_M]
    middle = shapely.line_interpolate_point(noded, 0.5, normalized=True)
    tree = shapely.STRtree(lines)
    piece, source = tree.query(middle, predicate="dwithin", distance=5 * GRID_M)
    best = np.full(len(noded), int(kind.max(initial=0)), dtype=np.int64)
    np.minimum.at(best, piece, kind[source])
    return _net(noded, best)


def join_streets(net: Net) -> Net:
    """Join lines of one kind where exactly two meet, and forget corners without a line."""
    nodes, indptr, first = join_chains(net.start, net.end, net.kind, np.zeros(len(net.start), dtype=np.bool_))
    link: dict[tuple[int, int], list[int]] = {}
    for row, (a, b) in enumerate(zip(net.start.tolist(), net.end.tolist(), strict=True)):
        link.setdefault((min(a, b), max(a, b)), []).append(row)
    lines = np.empty(len(first), dtype=object)
    for row in range(len(first)):
        chain = nodes[indptr[row] : indptr[row + 1]].tolist()
        parts: list[FloatArray] = []
        for step, (a, b) in enumerate(itertools.pairwise(chain)):
            rows = link[min(a, b), max(a, b)]
            piece = int(first[row]) if step == 0 and int(first[row]) in rows else rows[0]
            rows.remove(piece)
            points = shapely.get_coordinates(net.line[piece])
            forward = net.start[piece] == a if a != b else True
            parts.append((points if forward else points[::-1])[bool(parts) :])
        lines[row] = shapely.LineString(np.vstack(parts))
    return _net(lines, net.kind[first])


def _net(lines: LineArray, kind: IntArray) -> Net:
    """Return lines as a net, in an order that does not depend on the library."""
    xy, row = shapely.get_coordinates(lines, return_index=True)
    first = np.flatnonzero(np.diff(row, prepend=-1))
    last = np.append(first[1:], len(xy)) - 1
    ends = np.round(np.concatenate([xy[first], xy[last]]), 1)
    order = np.lexsort((np.round(shapely.length(lines), 1), *ends[len(lines) :].T, *ends[: len(lines)].T))
    corners, node = np.unique(ends, axis=0, return_inverse=True)
    node = node.reshape(2, -1)[:, order]
    return Net(corners, node[0], node[1], lines[order], kind[order])


def _distance_to_others(
    tree: shapely.STRtree, lines: LineArray, points: LineArray, own: IntArray, limit_m: float
) -> FloatArray:
    point, other = tree.query(points, predicate="dwithin", distance=limit_m)
    foreign = other != own[point]
    point, other = point[foreign], other[foreign]
    nearest = np.full(len(points), np.inf)
    np.minimum.at(nearest, point, shapely.distance(points[point], lines[other]))
    return nearest


def _ahead(
    tree: shapely.STRtree,
    lines: LineArray,
    end_xy: FloatArray,
    toward: FloatArray,
    own: IntArray,
    loose: BoolArray,
    reach_m: float,
) -> FloatArray:
    """Return where each loose end meets a line straight ahead; NaN where none is in reach."""
    rows = np.flatnonzero(loose)
    rays_xy = np.stack([end_xy[rows] + 0.2 * toward[rows], end_xy[rows] + reach_m * toward[rows]], axis=1)
    rays = np.asarray(shapely.linestrings(rays_xy))
    ray, other = tree.query(rays, predicate="intersects")
    foreign = other != own[rows[ray]]
    ray, other = ray[foreign], other[foreign]
    hits = shapely.intersection(rays[ray], lines[other])
    xy, hit = shapely.get_coordinates(hits, return_index=True)
    row = rows[ray[hit]]
    gap = np.hypot(*(xy - end_xy[row]).T)
    return _nearest_target(len(end_xy), row, xy, gap)


def _beside(
    tree: shapely.STRtree, lines: LineArray, ends: LineArray, own: IntArray, wanted: BoolArray, aside_m: float
) -> FloatArray:
    """Return the nearest point of another line; NaN where none is in reach."""
    rows = np.flatnonzero(wanted)
    near, other = tree.query(ends[rows], predicate="dwithin", distance=aside_m)
    foreign = other != own[rows[near]]
    row, other = rows[near[foreign]], other[foreign]
    touch = shapely.line_interpolate_point(lines[other], shapely.line_locate_point(lines[other], ends[row]))
    xy = shapely.get_coordinates(touch)
    return _nearest_target(len(ends), row, xy, np.hypot(*(xy - shapely.get_coordinates(ends[row])).T))


def _nearest_target(n: int, row: IntArray, xy: FloatArray, gap: FloatArray) -> FloatArray:
    target = np.full((n, 2), np.nan)
    order = np.lexsort((xy[:, 1], xy[:, 0], -np.round(gap, 3)))
    target[row[order]] = xy[order]  # the nearest is written last
    return target
