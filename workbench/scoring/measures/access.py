"""Access: how many residents can be reached within 30, 45 and 60 minutes, before and after."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from workbench.scoring.measures.changes import Before, Changes
from workbench.scoring.params import ACCESS_MIN, HEADLINE_ACCESS_MIN, ScoringParams
from workbench.scoring.scorecard import Measure

__all__ = ["Access", "access_measures", "score_access", "weighted_quantile"]

BoolArray = npt.NDArray[np.bool_]
FloatArray = npt.NDArray[np.float64]

SOURCE = "scheduled travel times, residents by tax lot"


@dataclass(frozen=True, eq=False)
class Access:
    """Residents reached from each zone; gains and losses are kept apart, so that one never hides the other."""

    before: FloatArray
    """(n_limits, n_zones) residents."""
    gained: FloatArray
    """(n_limits, n_zones) residents who come within reach."""
    lost: FloatArray
    """(n_limits, n_zones) residents who fall out of reach."""

    @property
    def after(self) -> FloatArray:
        """(n_limits, n_zones) residents."""
        return self.before + self.gained - self.lost

    @property
    def change(self) -> FloatArray:
        """(n_limits, n_zones) residents, negative where access falls."""
        return self.gained - self.lost

    def headline_change(self) -> FloatArray:
        """Return the change within 45 minutes: (n_zones,)."""
        return np.asarray(self.change[ACCESS_MIN.index(HEADLINE_ACCESS_MIN)])

    def headline_before(self) -> FloatArray:
        """Return residents within 45 minutes today: (n_zones,)."""
        return np.asarray(self.before[ACCESS_MIN.index(HEADLINE_ACCESS_MIN)])

    def gaining(self, params: ScoringParams) -> BoolArray:
        """Tell which zones reach at least 1% more within 45 minutes: (n_zones,)."""
        change = self.headline_change()
        return np.asarray((change > 0) & (change >= params.gain_share * self.headline_before()))


def score_access(before: Before, changes: Changes, residents: FloatArray) -> Access:
    """
    Return residents reached from each zone before and after.

    Formula
    -------
    A(o) = sum of residents R(d) over all d with median travel time T(o, d) <= limit, the own zone included.

    References
    ----------
    Hansen, W. (1959), How accessibility shapes land use, doi:10.1080/01944365908978307.
    """
    gained, lost = np.zeros_like(before.reached), np.zeros_like(before.reached)
    there = residents[changes.destination_ix]
    for limit, minutes in enumerate(ACCESS_MIN):
        was, is_now = changes.before_s <= 60 * minutes, changes.after_s <= 60 * minutes
        gained[limit] = changes.sum_by_origin(there, is_now & ~was)
        lost[limit] = changes.sum_by_origin(there, was & ~is_now)
    return Access(before.reached, gained, lost)


def access_measures(access: Access, residents: FloatArray, params: ScoringParams) -> dict[str, Measure]:
    """Return the indicators of access: means over everybody, spread over those whose access changes."""
    gaining = residents[access.gaining(params)].sum()
    measures = {"residents_gaining_access": Measure(round(gaining), "residents", SOURCE)}
    everybody = max(residents.sum(), 1.0)
    for limit, minutes in enumerate(ACCESS_MIN):
        change = access.change[limit]
        affected = (access.gained[limit] > 0) | (access.lost[limit] > 0)
        measures[f"access_{minutes}_before"] = _residents(access.before[limit] @ residents / everybody)
        measures[f"access_{minutes}_after"] = _residents(access.after[limit] @ residents / everybody)
        measures[f"access_{minutes}_change_mean"] = _residents(change @ residents / everybody)
        for name, share in (("p10", 0.1), ("median", 0.5)):
            value = weighted_quantile(change[affected], residents[affected], share)
            measures[f"access_{minutes}_change_{name}"] = _residents(value)
    return measures


def weighted_quantile(values: FloatArray, weights: FloatArray, share: float) -> float | None:
    """Return the smallest value that at least this share of the weight does not exceed; None without weight."""
    if weights.sum() <= 0:
        return None
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(reached, share * reached[-1])])


def _residents(value: float | None) -> Measure:
    if value is None:
        return Measure(None, "residents", SOURCE, uncertainty="nobody's access changes")
    return Measure(round(float(value), 1), "residents", SOURCE)
