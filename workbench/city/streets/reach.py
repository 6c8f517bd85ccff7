"""Which area a street map covers, seen from where its streets are."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import Transformer
from scipy import ndimage

__all__ = ["covered_area", "lonlat_box"]

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

CELL_M = 20.0
GAP_M = 120.0
"""Ground between streets up to twice this apart belongs to the area, metres; so do parks and yards with streets all around."""
TONGUE_M = 100.0
"""A strip of streets narrower than twice this does not count, metres: a bridge that leads out of the extract."""
EDGE_M = 60.0
"""The area goes on this far beyond the outermost streets, metres: homes and stops stand beside them."""
_AROUND = 20


def covered_area(lines: list[FloatArray]) -> shapely.Geometry:
    """
    Return the area around which street lines lie: gaps and holes closed, bridges that lead out cut off.

    Parameters
    ----------
    lines
        (n, 2) points of each line, metres.
    """
    if not lines:
        return shapely.Polygon()
    points = _along(lines, CELL_M / 2)
    low = np.floor(points.min(axis=0) / CELL_M).astype(np.int64) - _AROUND
    column, row = (np.floor(points / CELL_M).astype(np.int64) - low).T
    shape = (int(row.max()) + _AROUND + 1, int(column.max()) + _AROUND + 1)
    is_street = np.zeros(shape, dtype=np.bool_)
    is_street[row, column] = True
    closed = _shrunk(_grown(is_street, GAP_M), GAP_M) | is_street
    closed = ndimage.binary_fill_holes(closed)
    core = _shrunk(closed, TONGUE_M)
    return _outline(_grown(core, TONGUE_M + EDGE_M), low) if core.any() else shapely.Polygon()


def lonlat_box(bounds_lonlat: tuple[float, float, float, float], crs: str) -> shapely.Geometry:
    """Return a box of west, south, east, north in degrees as a polygon in a metric CRS."""
    box = shapely.segmentize(shapely.box(*bounds_lonlat), 0.02)
    project = Transformer.from_crs("EPSG:4326", crs, always_xy=True)
    return shapely.transform(box, lambda xy: np.column_stack(project.transform(xy[:, 0], xy[:, 1])))


def _along(lines: list[FloatArray], step_m: float) -> FloatArray:
    """Return points at most a step apart along all lines."""
    whole = np.concatenate(lines)
    n_pieces = np.concatenate([np.append(np.hypot(*np.diff(line, axis=0).T), 0.0) for line in lines])
    n_pieces = np.maximum(np.ceil(n_pieces / step_m).astype(np.int64), 1)
    ends = np.cumsum([len(line) for line in lines]) - 1
    following = np.minimum(np.arange(len(whole)) + 1, len(whole) - 1)
    following[ends] = ends
    piece = np.repeat(np.arange(len(whole)), n_pieces)
    share = (np.arange(len(piece)) - np.repeat(np.cumsum(n_pieces) - n_pieces, n_pieces)) / n_pieces[piece]
    points: FloatArray = whole[piece] + share[:, None] * (whole[following] - whole)[piece]
    return points


def _grown(cells: BoolArray, by_m: float) -> BoolArray:
    grown: BoolArray = ndimage.distance_transform_edt(~cells) * CELL_M <= by_m if cells.any() else cells
    return grown


def _shrunk(cells: BoolArray, by_m: float) -> BoolArray:
    shrunk: BoolArray = ndimage.distance_transform_edt(cells) * CELL_M > by_m
    return shrunk


def _outline(cells: BoolArray, low: npt.NDArray[np.int64]) -> shapely.Geometry:
    """Return cells as polygons on whole decimetres."""
    padded = np.pad(cells, ((0, 0), (1, 1))).astype(np.int8)
    row, start = np.nonzero(np.diff(padded, axis=1) == 1)
    _, end = np.nonzero(np.diff(padded, axis=1) == -1)
    west, east, south = ((ix + offset) * CELL_M for ix, offset in ((start, low[0]), (end, low[0]), (row, low[1])))
    outline = shapely.simplify(shapely.union_all(shapely.box(west, south, east, south + CELL_M)), CELL_M)
    return shapely.set_precision(shapely.normalize(outline), 0.1)
