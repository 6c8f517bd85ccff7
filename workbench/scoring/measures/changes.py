"""The pairs of zones whose median travel time a scenario changes: every indicator of time looks only at these."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from workbench.network import NO_MEDIAN

__all__ = ["Before", "Changes", "find_changes", "measure_before"]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

_ROWS = 256
"""Origins handled at once: a block of rows stays in the cache of the processor."""


@dataclass(frozen=True, eq=False)
class Changes:
    """Changed pairs, sorted by origin and destination. Pairs not reached in time count as the longest journey."""

    n_zones: int
    origin_ix: IntArray
    """(n_pairs,)"""
    destination_ix: IntArray
    before_s: IntArray
    """(n_pairs,) median travel time, seconds, at most the longest journey that counts."""
    after_s: IntArray

    @property
    def saved_s(self) -> IntArray:
        """(n_pairs,) seconds saved; negative where the trip gets longer."""
        return self.before_s - self.after_s

    def sum_by_origin(self, value: npt.NDArray[np.float64], where: npt.NDArray[np.bool_] | None = None) -> FloatArray:
        """Return the sum of a value per pair for each origin: (n_zones,)."""
        weights = value if where is None else np.where(where, value, 0.0)
        return np.bincount(self.origin_ix, weights=weights, minlength=self.n_zones).astype(np.float64)


@dataclass(frozen=True, eq=False)
class Before:
    """What the whole matrix of today says about each origin; it depends on the baseline only, so it is kept."""

    reached: FloatArray
    """(n_limits, n_zones) residents within each time limit, the own zone included."""
    weight: FloatArray
    """(n_zones,) residents of all other zones, each counted with the share of its travel time."""
    weight_by_s: FloatArray
    """(65,536,) share that a resident counts at each travel time in seconds; from the longest journey on it stays."""


def find_changes(before_s: npt.NDArray[np.uint16], after_s: npt.NDArray[np.uint16], *, max_travel_s: int) -> Changes:
    """
    Return the pairs whose median changes.

    Parameters
    ----------
    before_s, after_s
        (n_zones, n_zones) seconds from origin to destination, NO_MEDIAN where not reached.
    max_travel_s
        What a pair not reached counts as: its saving is then at least what is said.
    """
    flat = np.flatnonzero((before_s != after_s).ravel())
    origin_ix, destination_ix = np.divmod(flat, before_s.shape[1])
    capped = [np.minimum(matrix.ravel()[flat].astype(np.int64), max_travel_s) for matrix in (before_s, after_s)]
    return Changes(before_s.shape[0], origin_ix, destination_ix, capped[0], capped[1])


def measure_before(
    before_s: npt.NDArray[np.uint16],
    residents: FloatArray,
    *,
    limits_min: tuple[int, ...],
    decay_half_min: float,
    max_travel_s: int,
) -> Before:
    """
    Return how many residents each origin reaches, and the weight of all its destinations.

    Parameters
    ----------
    before_s
        (n_zones, n_zones) median travel times, seconds.
    residents
        (n_zones,)
    limits_min
        Time limits, minutes.
    decay_half_min
        Extra minutes that halve the weight of a destination.
    max_travel_s
        What a pair not reached counts as.
    """
    n_zones = len(residents)
    weight_by_s = np.exp2(-np.minimum(np.arange(NO_MEDIAN + 1), max_travel_s) / (60.0 * decay_half_min))
    narrow = weight_by_s.astype(np.float32)
    reached = np.empty((len(limits_min), n_zones))
    weight = np.empty(n_zones)
    for start in range(0, n_zones, _ROWS):
        rows = np.asarray(before_s[start : start + _ROWS])
        for limit, minutes in enumerate(limits_min):
            reached[limit, start : start + _ROWS] = (rows <= 60 * minutes) @ residents
        weight[start : start + _ROWS] = narrow[rows] @ residents
    own = np.diagonal(before_s)
    weight -= weight_by_s[own].astype(np.float32) * residents
    return Before(reached, np.maximum(weight, 0.0), weight_by_s)
