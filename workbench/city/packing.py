"""Parts of a city as files of a pack, and back: tables (gzipped CSV), polygons, walking, map layers."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from workbench.city.arrays import read_arrays, write_arrays
from workbench.city.walking import Walking

__all__ = [
    "read_shapes",
    "read_table",
    "read_walking",
    "write_layer",
    "write_shapes",
    "write_table",
    "write_walking",
]

_NUMBERS: dict[str, dict[str, str]] = {
    "stops": {"lon": "float64", "lat": "float64", "x": "float64", "y": "float64"},
    "routes": {},
    "zones": {"residents": "int64", "x": "float64", "y": "float64"},
    "blocks": {"zone_ix": "int32", "residents": "int64", "x": "float64", "y": "float64"},
    "opportunities": {"x": "float64", "y": "float64"},
    "jobs": {"jobs": "int64"},
}
"""Columns of each table that are numbers; all others are text."""


def write_table(path: Path, table: pd.DataFrame) -> int:
    """Write a table and return the number of its rows."""
    text = table.to_csv(index=False, lineterminator="\n")
    path.write_bytes(gzip.compress(text.encode(), compresslevel=9, mtime=0))
    return len(table)


def read_table(folder: Path, name: str) -> pd.DataFrame:
    """Read a table: columns of `_NUMBERS` as numbers, all others as text."""
    with gzip.open(folder / f"{name}.csv.gz", "rt", encoding="utf-8", newline="") as source:
        table = pd.read_csv(source, dtype=str, keep_default_na=False)
    return table.astype(_NUMBERS.get(name, {}))


def write_shapes(path: Path, shapes: Any) -> int:
    """Write polygons as decimetre steps between points."""
    as_multi = [shape if shape.geom_type == "MultiPolygon" else shapely.MultiPolygon([shape]) for shape in shapes]
    _, coordinates, offsets = shapely.to_ragged_array(as_multi)
    decimetres = np.round(coordinates * 10).astype(np.int64)
    steps = np.diff(decimetres, axis=0, prepend=np.zeros((1, 2), dtype=np.int64)).astype(np.int32)
    names = ("ring", "polygon", "shape")
    arrays = {name: offset.astype(np.int32) for name, offset in zip(names, offsets, strict=True)}
    write_arrays(path, {"x_step_dm": steps[:, 0], "y_step_dm": steps[:, 1], **arrays})
    return len(as_multi)


def read_shapes(path: Path) -> Any:
    """Read polygons, each a MultiPolygon."""
    arrays = read_arrays(path)
    steps = np.column_stack([arrays["x_step_dm"], arrays["y_step_dm"]]).astype(np.int64)
    coordinates = np.cumsum(steps, axis=0) / 10
    offsets = tuple(arrays[name].astype(np.int64) for name in ("ring", "polygon", "shape"))
    return shapely.from_ragged_array(shapely.GeometryType.MULTIPOLYGON, coordinates, offsets)


_BEARING_STEPS = 360
"""Bearings are kept in quarter degrees; 65535 stands for none."""
_AGREEMENT_STEPS = 200
"""How much streets agree is kept in steps of half a percent."""


def write_walking(path: Path, walking: Walking) -> int:
    """Write the rasters and bridges of the walking estimate and return the number of land cells."""
    quarter = walking.grid_bearing_rad / (np.pi / 2) * _BEARING_STEPS
    code = np.where(np.isnan(quarter), 65535, np.round(np.nan_to_num(quarter))).astype(np.uint16)
    more: dict[str, npt.NDArray[np.generic]] = {}
    if walking.grid_agreement is not None:
        more["agreement"] = np.round(np.nan_to_num(walking.grid_agreement) * _AGREEMENT_STEPS).astype(np.uint8)
    if walking.is_walled is not None:
        more["walled_bits"] = np.packbits(walking.is_walled, axis=1)
    if walking.off_street_m is not None:
        more["off_street_m"] = walking.off_street_m
    write_arrays(
        path,
        {
            "frame": np.array([walking.x_min, walking.y_min, walking.grid_cell_m, walking.land_cell_m]),
            "bearing": code,
            "land_columns": np.array([walking.is_land.shape[1]], dtype=np.int32),
            "land_bits": np.packbits(walking.is_land, axis=1),
            "bridges_dm": np.round(walking.bridges * 10).astype(np.int32),
            "corners_dm": np.round(walking.corners * 10).astype(np.int32),
        }
        | more,
    )
    return walking.is_land.size


def read_walking(path: Path) -> Walking:
    """Read the walking estimate. Packs of before November 2026 know no agreement, walls, corners and gaps."""
    arrays = read_arrays(path)
    columns = int(arrays["land_columns"][0])
    x_min, y_min, grid_cell_m, land_cell_m = (float(value) for value in arrays["frame"])
    code = arrays["bearing"].astype(np.float64)
    return Walking(
        x_min=x_min,
        y_min=y_min,
        grid_cell_m=grid_cell_m,
        grid_bearing_rad=np.where(code == 65535, np.nan, code / _BEARING_STEPS * (np.pi / 2)),
        land_cell_m=land_cell_m,
        is_land=_cells(arrays["land_bits"], columns),
        bridges=arrays["bridges_dm"].astype(np.float64) / 10,
        grid_agreement=arrays["agreement"].astype(np.float64) / _AGREEMENT_STEPS if "agreement" in arrays else None,
        is_walled=_cells(arrays["walled_bits"], columns) if "walled_bits" in arrays else None,
        corners=arrays["corners_dm"].astype(np.float64) / 10 if "corners_dm" in arrays else np.zeros((0, 2)),
        off_street_m=arrays["off_street_m"].astype(np.uint8) if "off_street_m" in arrays else None,
    )


def _cells(bits: npt.NDArray[Any], columns: int) -> npt.NDArray[np.bool_]:
    return np.unpackbits(bits.astype(np.uint8), axis=1, count=columns).astype(np.bool_)


def write_layer(path: Path, features: list[dict[str, Any]]) -> None:
    """Write a map layer as GeoJSON."""
    text = json.dumps({"type": "FeatureCollection", "features": features}, separators=(",", ":"), ensure_ascii=False)
    path.write_bytes(gzip.compress(text.encode(), compresslevel=9, mtime=0))
