"""Margins of error of group figures: survey shares by neighborhood and exact weights in, a value with its 90 % margin out.

Shares come from a survey and have margins; the weights (people of the Census, gains of the engine) are taken as given.
Every figure here is a sum of weights x shares, or one such sum divided by another, so one place holds the formulas.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from workbench.scoring.params import ScoringParams
from workbench.scoring.scorecard import Measure

__all__ = ["TOO_FEW", "Z_90", "GroupShares", "estimate_count", "estimate_ratio", "is_too_few", "suppressed"]

FloatArray = npt.NDArray[np.float64]

Z_90 = 1.645
"""Standard errors in a 90 % margin of error, as the Census Bureau publishes them."""
TOO_FEW = "too few to say"
NO_MARGIN = "the margin of error is not known"


@dataclass(frozen=True, eq=False)
class GroupShares:
    """The shares of one group by neighborhood, neighborhoods without a share left out."""

    is_known: npt.NDArray[np.bool_]
    """(n_neighborhoods,) the survey gives a share there."""
    share: FloatArray
    """(n_known,) 0 to 1."""
    margin: FloatArray | None
    """(n_known,) 90 % margins; a neighborhood without one has the largest of the others. None if none is known."""

    @staticmethod
    def of(share: FloatArray, margin: FloatArray) -> GroupShares:
        """Take shares and margins by neighborhood, NaN where the survey gives none."""
        is_known = ~np.isnan(share)
        known = margin[is_known]
        if np.isnan(known).all():
            return GroupShares(is_known, share[is_known], None)
        return GroupShares(is_known, share[is_known], np.where(np.isnan(known), np.nanmax(known), known))

    def count(self, weight: FloatArray) -> tuple[float, float | None]:
        """
        Return the sum of weight x share, and its margin.

        Formula
        -------
        value = sum of w s; margin = square root of the sum of (w m)^2: the Census Bureau's formulas for a number times an
        estimate, and for a sum of estimates of different places.

        References
        ----------
        U.S. Census Bureau (2020), Understanding and Using American Community Survey Data, chapter 8.
        """
        known = weight[self.is_known]
        margin = None if self.margin is None else float(np.sqrt(np.square(known * self.margin).sum()))
        return float(known @ self.share), margin

    def ratio(self, above: FloatArray, below: FloatArray) -> tuple[float, float | None] | None:
        """
        Return sum of (above x share) / sum of (below x share) with its margin; None where nobody is below.

        Formula
        -------
        r = sum of a s / sum of b s; margin = sqrt(sum of ((a - r b) m)^2) / sum of b s. Both sums hold the same shares, so
        their errors partly cancel; the Bureau's formula for a ratio takes them as independent and would be too wide.
        """
        a, b = above[self.is_known], below[self.is_known]
        whole = float(b @ self.share)
        if whole <= 0:
            return None
        value = float(a @ self.share) / whole
        if self.margin is None:
            return value, None
        return value, float(np.sqrt(np.square((a - value * b) * self.margin).sum())) / whole


def estimate_count(shares: GroupShares, people: FloatArray, source: str, note: str) -> Measure:
    """Return how many of these people, by neighborhood, belong to the group."""
    value, margin = shares.count(people)
    return _measure(value, margin, "residents", source, note, digits=0, most=float(people.sum()))


def estimate_ratio(value: tuple[float, float | None] | None, unit: str, source: str, note: str, none: str) -> Measure:
    """Return a ratio with its range; `none` says why there is none. A share lies between 0 and 1."""
    if value is None:
        return Measure(None, unit, source, uncertainty=none)
    return _measure(*value, unit, source, note, digits=4, most=1.0 if unit == "share" else np.inf)


def is_too_few(measure: Measure, params: ScoringParams) -> bool:
    """
    Tell whether an estimate says too little to be shown.

    Formula
    -------
    A count of people below `fewest_people`, or a coefficient of variation margin / 1.645 / |value| above `largest_cv`. An
    exact nothing (0, margin 0) can be shown.
    """
    value = measure.value
    if value is None or (value == 0 and not measure.margin):
        return False
    if measure.unit == "residents" and measure.margin is not None and abs(value) < params.fewest_people:
        return True
    return bool(measure.margin) and (measure.margin or 0.0) > Z_90 * params.largest_cv * abs(value)


def suppressed(measure: Measure, why: str) -> Measure:
    """Return the measure without any number."""
    return dataclasses.replace(
        measure,
        value=None,
        low=None,
        high=None,
        margin=None,
        spread=None,
        by_phase=(),
        within_noise=False,
        suppressed=True,
        uncertainty=f"{TOO_FEW}: {why}",
    )


def _measure(
    value: float, margin: float | None, unit: str, source: str, note: str, *, digits: int, most: float
) -> Measure:
    """Return a value with the range its margin gives, which stays between nothing and the most there can be."""

    def rounded(number: float) -> float | int:
        return round(number, digits) if digits else round(number)

    if margin is None:
        return Measure(rounded(value), unit, source, uncertainty="; ".join(part for part in (note, NO_MARGIN) if part))
    low = max(value - margin, 0.0) if unit in ("residents", "share") and value >= 0 else value - margin
    return Measure(
        rounded(value),
        unit,
        source,
        low=rounded(low),
        high=rounded(min(value + margin, most)),
        margin=rounded(margin) if digits else round(margin, 1),
        uncertainty=note,
    )
