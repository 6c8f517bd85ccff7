"""Small matrices of travel times in minutes, and residents 1, 2, 4, 8 ... so that a sum tells who was counted."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from workbench.scoring.measures.changes import Before, Changes, find_changes, measure_before
from workbench.scoring.params import ACCESS_MIN

NEVER = -1


def minutes(rows: list[list[float]]) -> npt.NDArray[np.uint16]:
    """Return seconds as the engine gives them; NEVER where not reached."""
    table = np.array(rows, dtype=np.float64)
    return np.where(table < 0, 65535, table * 60).astype(np.uint16)


def residents_of(n_zones: int) -> npt.NDArray[np.float64]:
    """Return 1, 2, 4, ..."""
    return 2.0 ** np.arange(n_zones)


def before_of(median_s: npt.NDArray[np.uint16], residents: npt.NDArray[np.float64]) -> Before:
    """Return what today's times say: 20 minutes halve a weight, the longest journey is 90 minutes."""
    return measure_before(median_s, residents, limits_min=ACCESS_MIN, decay_half_min=20.0, max_travel_s=5400)


def changes_of(before: npt.NDArray[np.uint16], after: npt.NDArray[np.uint16]) -> Changes:
    """Return the changed pairs; the longest journey is 90 minutes."""
    return find_changes(before, after, max_travel_s=5400)
