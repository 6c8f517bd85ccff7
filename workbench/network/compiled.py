"""A compiled network as named arrays and back, so that it can be kept beside the base and need not be compiled again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from workbench.network.kernels.arrays import Links, ScanTimetable

__all__ = ["from_arrays", "to_arrays"]

AnyArray = npt.NDArray[Any]
Parts = Mapping[str, ScanTimetable | Links | AnyArray]

_KINDS: Mapping[str, type[ScanTimetable | Links]] = {
    "forward": ScanTimetable,
    "backward": ScanTimetable,
    "transfers": Links,
    "zone_stops": Links,
    "stop_zones": Links,
}


def to_arrays(parts: Parts) -> dict[str, AnyArray]:
    """Return every array of the parts of a network, bundles as `part.field`."""
    arrays: dict[str, AnyArray] = {}
    for name, part in parts.items():
        if isinstance(part, np.ndarray):
            arrays[name] = part
        else:
            arrays |= {f"{name}.{field}": array for field, array in part._asdict().items()}
    return arrays


def from_arrays(arrays: Mapping[str, AnyArray]) -> dict[str, Any]:
    """Return the parts of a network that `to_arrays` took apart."""
    parts: dict[str, Any] = {name: array for name, array in arrays.items() if "." not in name}
    for name, kind in _KINDS.items():
        parts[name] = kind(**{field: arrays[f"{name}.{field}"] for field in kind._fields})
    return parts
