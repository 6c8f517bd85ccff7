"""What walking meets: land, walled grounds and their corners, bridges with a footway, and how the street grid lies."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from pyproj import Transformer
from scipy.ndimage import distance_transform_edt, gaussian_filter

from workbench.city.build.sources import Bridge, NoFootway, Waterway
from workbench.city.defect import Defect
from workbench.city.walking import OFF_STREET_MOST_M, Walking
from workbench.errors import InputError

__all__ = [
    "build_walking",
    "find_bridges",
    "find_corners",
    "grid_bearings",
    "land_beyond",
    "off_street",
    "rasterize",
    "walled_grounds",
    "waterway_lines",
]

BoolArray = npt.NDArray[np.bool_]
FloatArray = npt.NDArray[np.float64]

LAND_CELL_M = 25.0
GRID_CELL_M = 100.0
FRAME_STEP_M = 1000.0
MARGIN_M = 500.0
WATERWAY_WIDTH_M = 75.0
"""How wide a narrow waterway is drawn, metres: wide enough that no straight line crosses it within the tolerance."""
OUTSIDE_STOP_M = 200.0
"""Around stops beyond the city line it is dry this far, metres: boundaries end there, streets do not."""
BRIDGE_LONGEST_M = 1300.0
"""Bus shapes over more water than this lead out of the city or through a tunnel; metres (Marine Parkway has 1,150)."""
BRIDGE_SHORTEST_M = 15.0
SHORE_M = 20.0
"""Ends of a bridge are put this far inland, metres."""
SAME_BRIDGE_M = 80.0
_FINER, _BAND_ROWS = 3, 200
_GAP_STEP_M = 4
BEARING_SPREAD_M = 200.0
"""Street bearings are averaged over about this distance, metres."""
WALL_INSIDE_M = 30.0
"""Walls stand this far inside the outline of a ground, metres: outlines run along the middle of the streets around it."""
OPEN_STREET_M = 25.0
"""A bus line across a walled ground is a street that wide on both sides of its middle, metres ..."""
OPEN_STOP_M = 300.0
"""... where a stop is that near; elsewhere it is a motorway between walls."""
CORNER_INSIDE_M = 20.0
"""Corners to walk around are put this far from the shore or the wall, metres."""
CORNER_SIMPLE_M = 20.0
"""Shores and walls are straightened that much before their corners are counted, metres."""


def land_beyond(land: shapely.Geometry, stops: pd.DataFrame) -> shapely.Geometry:
    """Return the ground around the stops (x, y) beyond the city line, where boundaries end and streets do not."""
    points = np.asarray(shapely.points(stops["x"], stops["y"]))
    beyond = points[shapely.distance(points, land) > OUTSIDE_STOP_M / 4]
    return shapely.union_all(shapely.buffer(beyond, OUTSIDE_STOP_M))


def build_walking(
    land: shapely.Geometry,
    beyond: shapely.Geometry,
    streets: gpd.GeoDataFrame,
    waterways: shapely.Geometry,
    bridges: FloatArray,
    *,
    walled: shapely.Geometry | None = None,
) -> Walking:
    """
    Build the rasters of the walking estimate.

    Parameters
    ----------
    land
        Everything dry inside the city line.
    beyond
        As `land_beyond`.
    streets
        Lines that tell how the grid lies.
    waterways
        Lines of narrow water, as `waterway_lines`.
    bridges
        As `find_bridges`.
    walled
        As `walled_grounds`; None if there are none.
    """
    walled = shapely.GeometryCollection() if walled is None else walled
    x_min, y_min, x_max, y_max = _frame(shapely.union(land, beyond))
    shape = (round((y_max - y_min) / LAND_CELL_M), round((x_max - x_min) / LAND_CELL_M))
    is_land = rasterize([land, beyond], x_min, y_min, LAND_CELL_M, shape)
    is_land &= ~rasterize([_widened(waterways)], x_min, y_min, LAND_CELL_M, shape)
    grid_shape = (round((y_max - y_min) / GRID_CELL_M), round((x_max - x_min) / GRID_CELL_M))
    bearing, agreement = grid_bearings(streets, x_min, y_min, grid_shape)
    free = shapely.difference(shapely.union(land, beyond), shapely.union(_widened(waterways), walled))
    return Walking(
        x_min=x_min,
        y_min=y_min,
        grid_cell_m=GRID_CELL_M,
        grid_bearing_rad=bearing,
        land_cell_m=LAND_CELL_M,
        is_land=is_land,
        bridges=bridges,
        grid_agreement=agreement,
        is_walled=rasterize([walled], x_min, y_min, LAND_CELL_M, shape) & is_land,
        corners=find_corners(free),
        off_street_m=off_street(streets, x_min, y_min, shape),
    )


def walled_grounds(
    grounds: Iterable[shapely.Geometry], bus_lines: Iterable[shapely.LineString], stops: pd.DataFrame
) -> shapely.Geometry:
    """
    Return where one cannot walk through: the grounds without the streets at their edges, and without bus streets.

    Parameters
    ----------
    grounds
        Cemeteries, airports, rail yards.
    bus_lines
        Where a bus passes and stops, people walk too.
    stops
        Stops with x, y.
    """
    walls = shapely.buffer(shapely.union_all(list(grounds)), -WALL_INSIDE_M)
    if walls.is_empty:
        return walls
    shapely.prepare(walls)
    points = np.asarray(shapely.points(stops["x"], stops["y"]))
    near = shapely.union_all(shapely.buffer(points[shapely.dwithin(points, walls, OPEN_STOP_M)], OPEN_STOP_M))
    lines = np.asarray(list(bus_lines), dtype=object)
    inside = shapely.intersection(
        shapely.union_all(shapely.intersection(lines[shapely.intersects(walls, lines)], walls)), near
    )
    return shapely.difference(walls, shapely.buffer(inside, OPEN_STREET_M))


def off_street(streets: gpd.GeoDataFrame, x_min: float, y_min: float, shape: tuple[int, int]) -> npt.NDArray[np.uint8]:
    """Return how far the nearest street is from the middle of each cell: (rows, columns), at most `OFF_STREET_MOST_M`."""
    step_m = LAND_CELL_M / _FINER
    points = shapely.get_coordinates(shapely.segmentize(streets.geometry.values, step_m))
    column, row = np.floor((points - (x_min, y_min)) / step_m).astype(np.int64).T
    inside = (row >= 0) & (row < _FINER * shape[0]) & (column >= 0) & (column < _FINER * shape[1])
    gap_m = np.full(shape, OFF_STREET_MOST_M, dtype=np.float64)
    # in bands of rows, each with a margin of the longest distance: the fine raster of a whole city would take a gigabyte
    margin = int(np.ceil(OFF_STREET_MOST_M / LAND_CELL_M))
    for start in range(0, shape[0], _BAND_ROWS):
        low, high = max(start - margin, 0), min(start + _BAND_ROWS + margin, shape[0])
        mine = inside & (row >= _FINER * low) & (row < _FINER * high)
        if not mine.any():
            continue
        is_free = np.ones((_FINER * (high - low), _FINER * shape[1]), dtype=np.bool_)
        is_free[row[mine] - _FINER * low, column[mine]] = False
        middle = distance_transform_edt(is_free)[_FINER // 2 :: _FINER, _FINER // 2 :: _FINER] * step_m
        band = slice(start, min(start + _BAND_ROWS, shape[0]))
        gap_m[band] = np.minimum(middle[start - low :][: band.stop - start], OFF_STREET_MOST_M)
    return np.round(gap_m / _GAP_STEP_M).astype(np.uint8) * np.uint8(_GAP_STEP_M)


def find_corners(free: shapely.Geometry) -> FloatArray:
    """Return the corners a shortest way turns at, (n, 2) metres: where open ground bends around water or a wall."""
    sharp = shapely.buffer(free, -CORNER_INSIDE_M, join_style="mitre", mitre_limit=2.0)
    inside = shapely.simplify(sharp, CORNER_SIMPLE_M)
    found = [np.zeros((0, 2))]
    for ring in shapely.get_rings(shapely.orient_polygons(shapely.get_parts(inside))):
        corner = shapely.get_coordinates(ring)[:-1]
        before, after = corner - np.roll(corner, 1, axis=0), np.roll(corner, -1, axis=0) - corner
        found.append(corner[before[:, 0] * after[:, 1] < before[:, 1] * after[:, 0]])
    return np.unique(np.round(np.concatenate(found), 1), axis=0)


def waterway_lines(waterways: Sequence[Waterway], tracts: gpd.GeoDataFrame) -> shapely.Geometry:
    """
    Return the lines of narrow waterways: where the tracts of their two sides meet.

    Raises
    ------
    InputError
        If a tract is unknown, or the two sides of a waterway do not meet.
    """
    shape_of = dict(zip(tracts["area_id"], tracts.geometry, strict=True))
    lines = []
    for waterway in waterways:
        unknown = sorted({*waterway.left, *waterway.right} - set(shape_of))
        if unknown:
            raise InputError(f"{waterway.name}: census tracts {', '.join(unknown)} are not known")
        left, right = (
            shapely.union_all([shape_of[tract] for tract in side]) for side in (waterway.left, waterway.right)
        )
        line = shapely.intersection(shapely.boundary(left), shapely.buffer(right, 2.0))
        if line.length < WATERWAY_WIDTH_M:
            raise InputError(f"{waterway.name}: the tracts of its two sides do not meet")
        lines.append(shapely.line_merge(line))
    return shapely.union_all(lines)


def find_bridges(
    bus_lines: Iterable[shapely.LineString],
    land: shapely.Geometry,
    beyond: shapely.Geometry,
    waterways: shapely.Geometry,
    *,
    no_footway: Sequence[NoFootway],
    more: Sequence[Bridge],
    crs: str,
) -> tuple[FloatArray, tuple[Defect, ...]]:
    """
    Return bridges with a footway: where buses cross water and people may too, and those we list.

    Returns
    -------
    bridges, defects
        (n, 5) ends x, y, x, y on land and length, metres; the crossings left out are reported with their reason.
    """
    project = Transformer.from_crs("EPSG:4326", crs, always_xy=True)
    banks = shapely.difference(land, _widened(waterways))
    dry = shapely.union(banks, beyond)
    shapely.prepare(banks)
    shapely.prepare(dry)
    found: list[tuple[float, ...]] = []
    left_out = dict.fromkeys((place.name for place in no_footway), 0)
    closed = [(*project.transform(place.lon, place.lat), place.radius_m, place.name) for place in no_footway]
    for line in bus_lines:
        for crossing in _crossings(line, dry, banks):
            middle_x, middle_y = (crossing[0] + crossing[2]) / 2, (crossing[1] + crossing[3]) / 2
            names = [name for x, y, radius, name in closed if np.hypot(middle_x - x, middle_y - y) <= radius]
            for name in names:
                left_out[name] += 1
            if not names:
                found.append(crossing)
    for bridge in more:
        ends = (*project.transform(bridge.lon_a, bridge.lat_a), *project.transform(bridge.lon_b, bridge.lat_b))
        found.append((*ends, float(np.hypot(ends[2] - ends[0], ends[3] - ends[1]))))
    reason = {place.name: place.reason for place in no_footway}
    defects = tuple(
        Defect("crossing-without-footway", n, f"bus shapes cross {name}: not walked ({reason[name]})")
        for name, n in left_out.items()
        if n
    )
    return _distinct(found), defects


def grid_bearings(
    streets: gpd.GeoDataFrame, x_min: float, y_min: float, shape: tuple[int, int]
) -> tuple[FloatArray, FloatArray]:
    """
    Return how the street grid lies in each cell, and how much the streets around agree.

    Segments within about `BEARING_SPREAD_M` are averaged by length on the circle of quarter turns, so that a street and
    its cross street agree.

    Returns
    -------
    bearing, agreement
        (rows, columns) clockwise from north, 0 to pi/2; and 0 (streets in every direction) to 1 (all parallel or square).
        NaN where there are no streets.
    """
    ends, line_ix = shapely.get_coordinates(streets.geometry.values, return_index=True)
    same = line_ix[1:] == line_ix[:-1]
    a, b = ends[:-1][same], ends[1:][same]
    dx, dy = (b - a).T
    length = np.hypot(dx, dy)
    pieces = np.maximum(np.ceil(length / (GRID_CELL_M / 2)).astype(np.int64), 1)
    segment = np.repeat(np.arange(len(a)), pieces)
    share = (np.arange(len(segment)) - np.repeat(np.cumsum(pieces) - pieces, pieces) + 0.5) / pieces[segment]
    x, y = (a[segment] + share[:, None] * (b - a)[segment]).T
    row, column = ((y - y_min) // GRID_CELL_M).astype(np.int64), ((x - x_min) // GRID_CELL_M).astype(np.int64)
    inside = (row >= 0) & (row < shape[0]) & (column >= 0) & (column < shape[1])
    weight = (length / pieces)[segment]
    quarter_turns = 4 * np.arctan2(dx, dy)[segment]
    sums = []
    for values in (np.cos(quarter_turns), np.sin(quarter_turns), np.ones(len(segment))):
        cells = np.zeros(shape)
        np.add.at(cells, (row[inside], column[inside]), (weight * values)[inside])
        sums.append(gaussian_filter(cells, BEARING_SPREAD_M / GRID_CELL_M, mode="constant", truncate=2.0))
    cos, sin, total = sums
    with np.errstate(invalid="ignore", divide="ignore"):
        agreement = np.hypot(cos, sin) / total
    bearing = np.mod(np.arctan2(sin, cos) / 4, np.pi / 2)
    return np.where(total > 1.0, bearing, np.nan), np.where(total > 1.0, np.minimum(agreement, 1.0), np.nan)


def rasterize(
    shapes: Iterable[shapely.Geometry], x_min: float, y_min: float, cell_m: float, shape: tuple[int, int]
) -> BoolArray:
    """Return (rows, columns) True where the middle of a cell lies inside one of the shapes (even-odd rule)."""
    is_inside = np.zeros(shape, dtype=np.bool_)
    for polygon in shapes:
        toggles = np.zeros((shape[0], shape[1] + 1), dtype=np.int32)
        for ring in shapely.get_rings(shapely.get_parts(polygon)):
            _toggle_right_of(toggles, (shapely.get_coordinates(ring) - (x_min, y_min)) / cell_m - 0.5)
        is_inside |= np.cumsum(toggles, axis=1)[:, :-1] % 2 == 1
    return is_inside


def _toggle_right_of(toggles: npt.NDArray[np.int32], ring: FloatArray) -> None:
    """Write into `toggles`: each edge of the ring flips all cells to its right, in every row it crosses."""
    low, high = ring[:-1], ring[1:]
    down = low[:, 1] > high[:, 1]
    low, high = np.where(down[:, None], high, low), np.where(down[:, None], low, high)
    first = np.ceil(low[:, 1]).astype(np.int64)
    n_rows = np.maximum(np.ceil(high[:, 1]).astype(np.int64) - first, 0)
    edge = np.repeat(np.arange(len(low)), n_rows)
    row = first[edge] + np.arange(len(edge)) - np.repeat(np.cumsum(n_rows) - n_rows, n_rows)
    rise = high[edge, 1] - low[edge, 1]
    x = low[edge, 0] + (row - low[edge, 1]) / rise * (high[edge, 0] - low[edge, 0])
    column = np.clip(np.ceil(x).astype(np.int64), 0, toggles.shape[1] - 1)
    in_frame = (row >= 0) & (row < toggles.shape[0])
    np.add.at(toggles, (row[in_frame], column[in_frame]), 1)


def _widened(waterways: shapely.Geometry) -> shapely.Geometry:
    return shapely.buffer(waterways, WATERWAY_WIDTH_M / 2, cap_style="flat")


def _crossings(line: shapely.LineString, dry: shapely.Geometry, banks: shapely.Geometry) -> list[tuple[float, ...]]:
    """Return the stretches of a bus shape over water, from bank to bank: ends a little inland, and length."""
    if shapely.contains(dry, line):
        return []
    crossings: list[tuple[float, ...]] = []
    for part in shapely.get_parts(shapely.difference(line, dry)):
        if not BRIDGE_SHORTEST_M <= part.length <= BRIDGE_LONGEST_M:
            continue
        ends = [shapely.Point(part.coords[0]), shapely.Point(part.coords[-1])]
        if any(shapely.distance(end, banks) > 1.0 for end in ends):
            continue
        start_m, end_m = (shapely.line_locate_point(line, end) for end in ends)
        if abs(end_m - start_m - part.length) > SHORE_M:
            continue  # a shape that passes the same place twice: another crossing stands for it
        a = shapely.line_interpolate_point(line, max(start_m - SHORE_M, 0.0))
        b = shapely.line_interpolate_point(line, end_m + SHORE_M)
        crossings.append((a.x, a.y, b.x, b.y, part.length + 2 * SHORE_M))
    return crossings


def _distinct(crossings: list[tuple[float, ...]]) -> FloatArray:
    """Return each bridge once, the shortest crossing of those whose middles are near; sorted by place."""
    table = np.round(np.array(sorted(crossings, key=lambda row: (round(row[4], 1), row))).reshape(-1, 5), 1)
    kept: list[int] = []
    middle = np.column_stack([table[:, [0, 2]].mean(axis=1), table[:, [1, 3]].mean(axis=1)])
    for n in range(len(table)):
        if all(np.hypot(*(middle[n] - middle[other])) > SAME_BRIDGE_M for other in kept):
            kept.append(n)
    chosen = table[kept]
    return chosen[np.lexsort((chosen[:, 1], chosen[:, 0]))]


def _frame(extent: shapely.Geometry) -> tuple[float, float, float, float]:
    """Return the frame of the rasters: the extent with a margin, on round numbers."""
    west, south, east, north = shapely.bounds(extent)
    return (
        float(np.floor((west - MARGIN_M) / FRAME_STEP_M) * FRAME_STEP_M),
        float(np.floor((south - MARGIN_M) / FRAME_STEP_M) * FRAME_STEP_M),
        float(np.ceil((east + MARGIN_M) / FRAME_STEP_M) * FRAME_STEP_M),
        float(np.ceil((north + MARGIN_M) / FRAME_STEP_M) * FRAME_STEP_M),
    )
