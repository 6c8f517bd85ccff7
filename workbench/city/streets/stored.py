"""A street graph as a file of the pack: `write_street_graph`, `read_street_graph`. What is read equals what was written."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import shapely

from workbench.city.arrays import read_arrays, write_arrays
from workbench.city.streets.graph import StreetGraph
from workbench.errors import InputError

__all__ = ["read_street_graph", "write_street_graph"]

FloatArray = npt.NDArray[np.float64]

_WALK, _DRIVE, _REAL = 1, 2, 4


def write_street_graph(path: Path, graph: StreetGraph) -> int:
    """
    Write a street graph, lines as decimetre steps from point to point; return the number of edges.

    Corners are not written: each is where some line starts or ends. Coordinates must be whole decimetres, or what is
    read differs from what was written by up to 5 cm.
    """
    parts = shapely.get_parts(graph.real_area)
    area = shapely.MultiPolygon([part for part in parts if part.geom_type == "Polygon" and not part.is_empty])
    _, area_xy, area_offsets = shapely.to_ragged_array([area])
    flags = graph.edge_walk * _WALK + graph.edge_drive * _DRIVE + graph.edge_real * _REAL
    write_arrays(
        path,
        {
            "node_from": graph.edge_from,
            "node_to": graph.edge_to,
            "n_points": np.diff(graph.line_indptr).astype(np.int32),
            "line_step_dm": _steps_dm(graph.line_xy),
            "rank": graph.edge_rank,
            "oneway": graph.edge_oneway,
            "layer": graph.edge_layer,
            "flags": flags.astype(np.uint8),
            "name": graph.edge_name,
            "names": np.frombuffer("\n".join(graph.names).encode(), dtype=np.uint8),
            "area_step_dm": _steps_dm(area_xy),
            "area_ring": area_offsets[0].astype(np.int32),
            "area_polygon": area_offsets[1].astype(np.int32),
        },
    )
    return graph.n_edges


def read_street_graph(path: Path) -> StreetGraph:
    """
    Read what `write_street_graph` wrote.

    Raises
    ------
    InputError
        If the file is damaged or holds something else.
    """
    try:
        arrays = read_arrays(path)
        edge_from, edge_to = arrays["node_from"].astype(np.int32), arrays["node_to"].astype(np.int32)
        line_indptr = np.concatenate([[0], np.cumsum(arrays["n_points"], dtype=np.int64)]).astype(np.int32)
        line_xy = _from_steps(arrays["line_step_dm"])
        if len(line_xy) != line_indptr[-1] or len(edge_from) != len(line_indptr) - 1:
            raise InputError(f"{path.name}: is not a street graph: its lines and points do not agree")
        node_xy = np.zeros((int(max(edge_from.max(initial=-1), edge_to.max(initial=-1))) + 1, 2))
        node_xy[edge_from], node_xy[edge_to] = line_xy[line_indptr[:-1]], line_xy[line_indptr[1:] - 1]
        text = arrays["names"].astype(np.uint8).tobytes().decode()
        flags = arrays["flags"].astype(np.uint8)
        offsets = (arrays["area_ring"].astype(np.int64), arrays["area_polygon"].astype(np.int64))
        return StreetGraph(
            node_x=node_xy[:, 0].copy(),
            node_y=node_xy[:, 1].copy(),
            edge_from=edge_from,
            edge_to=edge_to,
            line_indptr=line_indptr,
            line_xy=line_xy,
            edge_rank=arrays["rank"].astype(np.int8),
            edge_oneway=arrays["oneway"].astype(np.int8),
            edge_walk=(flags & _WALK) > 0,
            edge_drive=(flags & _DRIVE) > 0,
            edge_name=arrays["name"].astype(np.int32),
            names=tuple(text.split("\n")) if text else (),
            edge_real=(flags & _REAL) > 0,
            edge_layer=arrays["layer"].astype(np.int8),
            real_area=_read_area(_from_steps(arrays["area_step_dm"]), *offsets),
        )
    except (KeyError, ValueError, IndexError, shapely.errors.ShapelyError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{path.name}: is not a street graph ({error})") from error


def _steps_dm(xy: FloatArray) -> npt.NDArray[np.int32]:
    decimetres = np.round(xy * 10).astype(np.int64)
    return np.diff(decimetres, axis=0, prepend=np.zeros((1, 2), dtype=np.int64)).astype(np.int32)


def _from_steps(steps_dm: npt.NDArray[np.generic]) -> FloatArray:
    return np.cumsum(steps_dm.astype(np.int64).reshape(-1, 2), axis=0) / 10


def _read_area(xy: FloatArray, ring: npt.NDArray[np.int64], polygon: npt.NDArray[np.int64]) -> shapely.Geometry:
    """Return the polygon or polygons; an empty polygon where there is none."""
    offsets = (ring, polygon, np.array([0, len(polygon) - 1]))
    area = shapely.from_ragged_array(shapely.GeometryType.MULTIPOLYGON, xy, offsets)[0]
    parts = shapely.get_parts(area)
    return parts[0] if len(parts) == 1 else area if len(parts) else shapely.Polygon()
