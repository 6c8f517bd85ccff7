"""Two alternatives zone by zone: where people reach more with the one, where with the other, and how many they are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from workbench.errors import InputError
from workbench.scoring.scorecard import ZoneResults

__all__ = ["ALIKE_SHARE", "ZoneDifference", "find_zone_difference"]

ALIKE_SHARE = 0.01
"""Zones that differ by less than this share of what they reach today count as alike: the limit of a gain on the card."""

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class ZoneDifference:
    """How one alternative stands beside another in every zone; rows as in `City.zones`."""

    share: FloatArray
    """(n_zones,) residents reached within 45 minutes, one less other, as a share of those reached today."""
    within_noise: BoolArray
    """(n_zones,) the difference is there, but no larger than its spread between timetables; all False where nobody looked."""
    n_phases: int
    """Timetables that stand behind it; the noise is not measured where it is 1."""

    @property
    def more_with_one(self) -> BoolArray:
        """(n_zones,) whose people reach at least 1% more with the first, beyond noise."""
        return (self.share >= ALIKE_SHARE) & ~self.within_noise

    @property
    def more_with_other(self) -> BoolArray:
        """(n_zones,) whose people reach at least 1% more with the second, beyond noise."""
        return (self.share <= -ALIKE_SHARE) & ~self.within_noise

    @property
    def unsure(self) -> BoolArray:
        """(n_zones,) that differ by at least 1%, though only within noise."""
        return (np.abs(self.share) >= ALIKE_SHARE) & self.within_noise

    @property
    def alike(self) -> BoolArray:
        """(n_zones,) that differ by less than 1%."""
        return np.abs(self.share) < ALIKE_SHARE


def find_zone_difference(one: ZoneResults, other: ZoneResults) -> ZoneDifference:
    """
    Return how one alternative stands beside another in every zone.

    Formula
    -------
    d(z) = (reached in 45 minutes with one - with other) / reached today. Where both were scored under the same number of
    timetables: d(k) of each timetable, so that the luck of the minute cancels out; spread = max over k of |d(k) - mean|;
    within noise if |mean| <= spread and the d(k) are not all 0. In a zone that reaches nobody today any difference counts as
    infinite.

    Raises
    ------
    InputError
        If the two were not scored on the same city and window.
    """
    if one.access_before.shape != other.access_before.shape or not np.array_equal(
        one.access_before, other.access_before
    ):
        raise InputError(
            "the two alternatives were not scored alike: what people reach today must be the same for both"
        )
    apart = one.access_after - other.access_after
    noise, n_phases = np.zeros(len(apart), dtype=np.bool_), 1
    first, second = one.access_by_phase, other.access_by_phase
    if first is not None and second is not None and len(first) == len(second):
        by_phase = first - second
        spread = np.abs(by_phase - apart).max(axis=0)
        tiny = 1e-9 * np.maximum(one.access_before, 1.0)  # sums of means: not exact to the last digit
        noise, n_phases = (spread > tiny) & (np.abs(apart) <= spread), len(first)
    before = one.access_before
    unknown = np.where(apart == 0, 0.0, np.copysign(np.inf, apart))
    share = np.divide(apart, before, out=unknown, where=before > 0)
    return ZoneDifference(share, noise, n_phases)
