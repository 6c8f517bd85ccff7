"""
Street lines for a city without a street map: bus shapes, lines of districts, middles between tax blocks, clipped to land.

They lie on the real grid but are approximate and loose; `derive.derive_streets` makes a graph of them (docs/data.md has the
measurements).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from pyproj import Transformer
from scipy.spatial import Voronoi

__all__ = ["LineThinner", "block_middles", "build_streets", "route_shapes"]

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

SAMPLE_M = 8.0
"""Lines are compared at points this far apart, metres."""
SAME_STREET_M = 12.0
"""Two lines closer than this are one street, metres: less than the width of most streets."""
ROUGH_SAME_STREET_M = 30.0
"""The same for lines drawn less exactly, metres."""
BUS_NEAR_M = 18.0
"""A bus line this near to the middle of a line runs on that street, metres."""
SHORTEST_M = 30.0
"""Pieces shorter than this are left out, metres: most are the zigzag where lines of two sources meet."""
LARGEST_GAP_M = 120.0
"""Farther than this from any lot there is no street but a park, a yard or water, metres."""
LOT_CELL_M = 15.0
"""Lots of one block nearer than about this stand for each other, metres: half the points, the same lines."""
SHORE_M = 25.0
"""Lines of districts this near to the shore follow the shore, not a street, metres."""
LONGEST_CROSSING_M = 5000.0
"""Bus lines over more water or foreign ground than this leave the city, metres."""
CROSSING_WIDTH_M = 3.0
"""How wide the strip of a crossing is, to each side, metres."""
SIMPLIFY_M = 5.0
"""Points closer to the line than this are left out, metres."""
STRAIGHTEN_M = 12.0
"""The same for middles between blocks, metres: lots facing each other are not in step, so those lines zigzag."""
BUSY_TRIPS = 150
"""A street with this many bus trips a weekday, both ways together, has rank 1."""


class LineThinner:
    """
    Draws each street once: remembers where lines have been, and returns only the parts of a line that go elsewhere.

    The memory is a raster of `SAMPLE_M` cells; where a line has been is widened to `SAME_STREET_M` on both sides.
    """

    def __init__(self, bounds: tuple[float, float, float, float], *, same_m: float = SAME_STREET_M) -> None:
        self._x_min, self._y_min = bounds[0] - 100, bounds[1] - 100
        shape = np.ceil([(bounds[3] + 100 - self._y_min) / SAMPLE_M, (bounds[2] + 100 - self._x_min) / SAMPLE_M])
        self._has_line = np.zeros(shape.astype(int), dtype=np.bool_)
        self._reach = reach = int(same_m // SAMPLE_M)
        offsets = np.mgrid[-reach : reach + 1, -reach : reach + 1].reshape(2, -1)
        self._disc = offsets[:, np.hypot(*offsets) * SAMPLE_M <= same_m]

    def keep_new(self, line: shapely.LineString) -> list[shapely.LineString]:
        """Return the parts of a line at least `SHORTEST_M` long where no line has been, and remember the line."""
        points, row, column = self._sample(line)
        is_new = ~self._has_line[row, column]
        rows, columns = row[:, None] + self._disc[0], column[:, None] + self._disc[1]
        height, width = self._has_line.shape
        self._has_line[np.clip(rows, 0, height - 1), np.clip(columns, 0, width - 1)] = True
        edges = np.flatnonzero(np.diff(np.concatenate([[False], is_new, [False]]).astype(np.int8)))
        parts = []
        for start, end in edges.reshape(-1, 2):
            # a few points more at both ends close the gap to the line that was there before
            part = points[max(start - self._reach - 1, 0) : end + self._reach + 1]
            if (end - start) * SAMPLE_M >= SHORTEST_M:
                parts.append(shapely.LineString(part))
        return parts

    def _sample(self, line: shapely.LineString) -> tuple[FloatArray, npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        corners = shapely.get_coordinates(line)
        at_m = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(corners, axis=0).T))])
        along = np.append(np.arange(0.0, at_m[-1], SAMPLE_M), at_m[-1])
        points = np.column_stack([np.interp(along, at_m, corners[:, 0]), np.interp(along, at_m, corners[:, 1])])
        row = np.floor((points[:, 1] - self._y_min) / SAMPLE_M).astype(np.int64)
        column = np.floor((points[:, 0] - self._x_min) / SAMPLE_M).astype(np.int64)
        height, width = self._has_line.shape
        return points, np.clip(row, 0, height - 1), np.clip(column, 0, width - 1)


def build_streets(
    lots: pd.DataFrame,
    tracts: gpd.GeoDataFrame,
    bus_lines: gpd.GeoDataFrame,
    land: shapely.Geometry,
    *,
    outlines: Sequence[shapely.Geometry] = (),
    rough_outlines: Sequence[shapely.Geometry] = (),
) -> gpd.GeoDataFrame:
    """
    Return street lines, clipped to land, each street once; `derive.derive_streets` makes a graph of them.

    Parameters
    ----------
    lots
        As `people.read_lots`.
    tracts
        Census tracts.
    bus_lines
        Bus shapes with `n_trips`, trips a weekday.
    land
        Everything dry.
    outlines
        Lines of other districts, which run along streets; the most exact first.
    rough_outlines
        The same, drawn less exactly: used only where there is no other line.

    Returns
    -------
    streets
        `rank` (1 busy bus street, 2 bus street, 3 other), `source` (`bus`, `tract`, `outline`, `block`, `rough`),
        geometry (line).
    """
    bounds = shapely.bounds(land)
    thinner = LineThinner(tuple(bounds))
    by_trips = bus_lines.sort_values(["n_trips", "shape_id"], ascending=[False, True], kind="stable")
    drawn = {"bus": _thin(thinner, by_trips.geometry.values, dry_or_crossing(by_trips.geometry.values, land))}
    shore = shapely.boundary(land).buffer(SHORE_M)
    inner = {
        "tract": [_inner_lines(tracts)],
        "outline": outlines,
        "block": [block_middles(lots)],
        "rough": rough_outlines,
    }
    for source, shapes in inner.items():
        if source == "rough":
            thinner = _reminded(tuple(bounds), [line for part in drawn.values() for line in part])
        drawn[source] = []
        for shape in shapes:
            chains = _chains(shape if source == "block" else shapely.difference(shape, shore))
            drawn[source] += _thin(thinner, chains, land)
    lines = [line for part in drawn.values() for line in part]
    sources = [name for name, part in drawn.items() for _ in part]
    rank = np.full(len(lines), 3, dtype=np.int64)
    rank[: len(drawn["bus"])] = np.where(_is_busy(drawn["bus"], by_trips), 1, 2)
    tolerance = np.where(np.isin(sources, ["block", "rough"]), STRAIGHTEN_M, SIMPLIFY_M)
    simple = shapely.set_precision(shapely.simplify(lines, tolerance), 0.1, mode="pointwise")
    return gpd.GeoDataFrame({"rank": rank, "source": sources}, geometry=simple, crs=tracts.crs)


def route_shapes(points: pd.DataFrame, trips: pd.DataFrame, routes: pd.DataFrame, *, crs: str) -> gpd.GeoDataFrame:
    """
    Return the shapes of trips as lines.

    Parameters
    ----------
    points
        Points of shapes as `gtfs.read_shapes`, with the feed: feed_id, shape_id, lon, lat.
    trips
        Trips of one service day: feed_id, shape_id, route_ix.
    routes
        As `City.routes`.
    crs
        Metric CRS of the lines.

    Returns
    -------
    shapes
        feed_id, shape_id, route_ix, mode, n_trips, geometry; sorted by feed and shape. A shape that several routes
        use counts for the first.
    """
    used = trips[trips["shape_id"] != ""].groupby(["feed_id", "shape_id"])["route_ix"].agg(["min", "size"])
    x, y = Transformer.from_crs("EPSG:4326", crs, always_xy=True).transform(points["lon"], points["lat"])
    key = points["feed_id"] + "\n" + points["shape_id"]
    codes, names = pd.factorize(key, sort=True)
    order = np.argsort(codes, kind="stable")
    lines = np.asarray(shapely.linestrings(np.column_stack([x, y])[order], indices=codes[order]))
    feed_id, shape_id = zip(*(name.split("\n") for name in names), strict=True)
    index = pd.MultiIndex.from_arrays([feed_id, shape_id])
    used = used.reindex(index)
    keep = used["size"].notna().to_numpy()
    route_ix = used["min"].to_numpy()[keep].astype(np.int64)
    return gpd.GeoDataFrame(
        {
            "feed_id": np.array(feed_id, dtype=object)[keep],
            "shape_id": np.array(shape_id, dtype=object)[keep],
            "route_ix": route_ix,
            "mode": routes["mode"].to_numpy()[route_ix],
            "n_trips": used["size"].to_numpy()[keep].astype(np.int64),
        },
        geometry=lines[keep],
        crs=crs,
    )


def block_middles(lots: pd.DataFrame) -> shapely.Geometry:
    """
    Return the lines halfway between lots of different blocks: the edges of their Voronoi cells.

    Of a block's lots in one cell of `LOT_CELL_M` one is enough. Edges farther than `LARGEST_GAP_M` from their lots are left out.
    """
    cell = lots.assign(row=lots["y"] // LOT_CELL_M, column=lots["x"] // LOT_CELL_M)
    place = lots[~cell.duplicated(["block_id", "row", "column"])]
    points = place[["x", "y"]].to_numpy()
    middle = points.mean(axis=0)
    cells = Voronoi(points - middle)  # small numbers: Qhull computes in one precision
    between, ends = cells.ridge_points, np.array(cells.ridge_vertices)
    block_ix = pd.factorize(place["block_id"])[0]
    is_street = (block_ix[between[:, 0]] != block_ix[between[:, 1]]) & (ends >= 0).all(axis=1)
    ends, between = ends[is_street], between[is_street]
    corner = cells.vertices[ends]
    gap_m = np.hypot(*(corner - (points - middle)[between[:, 0]][:, None, :]).transpose(2, 0, 1)).max(axis=1)
    edges = corner[gap_m <= LARGEST_GAP_M] + middle
    return shapely.MultiLineString(list(np.round(edges, 2)))


def dry_or_crossing(bus_lines: Sequence[shapely.LineString], land: shapely.Geometry) -> shapely.Geometry:
    """Return land and a strip along each stretch of a bus line that leaves it and comes back: bridges and tunnels."""
    shapely.prepare(land)
    leaving = [line for line in bus_lines if not shapely.contains_properly(land, line)]
    away = shapely.get_parts(shapely.difference(leaving, land))
    away = away[(shapely.get_type_id(away) == 1) & (shapely.length(away) <= LONGEST_CROSSING_M)]
    ends = np.stack([shapely.get_point(away, 0), shapely.get_point(away, -1)])
    returns = (shapely.distance(ends, land) < 1.0).all(axis=0)
    return shapely.union_all([land, *shapely.buffer(away[returns], CROSSING_WIDTH_M, quad_segs=2)])


def _inner_lines(areas: gpd.GeoDataFrame) -> shapely.Geometry:
    """Return the outlines of areas, lines shared by two of them once."""
    return shapely.union_all(shapely.boundary(areas.geometry.values))


def _chains(lines: shapely.Geometry) -> list[shapely.LineString]:
    """Join lines end to end and return them, longest first, in an order that does not depend on the library."""
    merged = shapely.get_parts(shapely.line_merge(lines))
    merged = merged[shapely.length(merged) > 0]
    keys = np.round(shapely.bounds(merged), 1)
    order = np.lexsort((*keys.T, -np.round(shapely.length(merged), 1)))
    return list(merged[order])


def _reminded(bounds: tuple[float, float, float, float], lines: Iterable[shapely.LineString]) -> LineThinner:
    """Return a thinner for rough lines, which remembers lines more widely."""
    thinner = LineThinner(bounds, same_m=ROUGH_SAME_STREET_M)
    for line in lines:
        thinner.keep_new(line)
    return thinner


def _thin(
    thinner: LineThinner, lines: Iterable[shapely.LineString], land: shapely.Geometry
) -> list[shapely.LineString]:
    shapely.prepare(land)
    kept = []
    for line in lines:
        for part in thinner.keep_new(line):
            if shapely.contains_properly(land, part):
                kept.append(part)
            else:
                dry = shapely.get_parts(shapely.intersection(part, land))
                kept += [piece for piece in dry if piece.geom_type == "LineString" and piece.length >= SHORTEST_M]
    return kept


def _is_busy(lines: Sequence[shapely.LineString], bus_lines: gpd.GeoDataFrame) -> BoolArray:
    """Return True for lines whose middle has at least `BUSY_TRIPS` trips a weekday passing within a street's width."""
    middles = shapely.line_interpolate_point(lines, 0.5, normalized=True)
    tree = shapely.STRtree(bus_lines.geometry.values)
    line_ix, shape_ix = tree.query(middles, predicate="dwithin", distance=BUS_NEAR_M)
    trips = np.bincount(line_ix, weights=bus_lines["n_trips"].to_numpy()[shape_ix], minlength=len(middles))
    return trips >= BUSY_TRIPS
