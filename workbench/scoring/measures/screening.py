"""A screening table in the manner of Title VI: do people of color and people with low incomes get their share?

It screens; it decides nothing. The agency's own analysis, its thresholds and its riders' survey are what counts in law.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from workbench.city.city import City
from workbench.scoring.city_tables import tables_of
from workbench.scoring.measures.margins import GroupShares, estimate_ratio
from workbench.scoring.params import ScoringParams
from workbench.scoring.scorecard import Measure, ScreeningRow

__all__ = ["LABEL", "LOW_INCOME", "MINORITY", "Finding", "judge", "screening_rows"]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

LABEL = "Screening only: an agency's Title VI analysis uses its own thresholds, data and riders' surveys."
MINORITY = ("hispanic", "black", "asian", "other_race")
"""Groups of the city that together are people of color; they do not overlap."""
LOW_INCOME = ("poverty",)
SOURCE = "residents by tax lot, group shares of each neighborhood, scheduled travel times"
NOTE = "estimate: each place takes its neighborhood's share; range is the 90% margin of error of the shares"


class Finding(StrEnum):
    """What the screen says of one group and one effect."""

    WITHIN = "within the thresholds"
    FLAGGED = "beyond a threshold: look closer"
    UNCLEAR = "too close to say"
    NOTHING = "nothing to share"


def screening_rows(
    city: City, row: IntArray, near: FloatArray, gained: FloatArray, lost: FloatArray
) -> tuple[ScreeningRow, ...]:
    """
    Return how each population's share of each effect compares with its share of people; nothing is judged yet.

    Formula
    -------
    With p the people of each neighborhood and e an effect there, both as shares of the city's: difference = sum of (e - p) s,
    ratio = sum of e s / sum of p s, margins as in `margins`: people near a stop and access gained are benefits,
    access lost is a burden.

    Parameters
    ----------
    city
        A population whose groups it does not have is left out.
    row
        (n_zones,) row of `City.group_shares`, or one past the last.
    near
        (n_zones,) residents near a stop of what the scenario adds or changes.
    gained, lost
        (n_zones,) residents x residents who come within reach, or fall out of it.
    """
    known = {group.group_id for group in city.groups}
    residents = tables_of(city).residents
    n = len(city.group_shares)
    effects = (("near", "living near a stop", near), ("gain", "access gained", gained), ("loss", "access lost", lost))
    rows = []
    for population, label, groups in (
        ("minority", "People of color", MINORITY),
        ("low_income", "People below the poverty line", LOW_INCOME),
    ):
        if not set(groups) <= known:
            continue
        shares = _together(city, groups)
        people = _shares_of(row, residents, n, shares)
        for effect, words, weight in effects:
            rows.append(_row(population, label, effect, words, shares, people, _shares_of(row, weight, n, shares)))
    return tuple(rows)


def judge(row: ScreeningRow, params: ScoringParams) -> ScreeningRow:
    """
    Return the row with its finding.

    Formula
    -------
    A benefit is flagged if the difference is below -`screening_gap` or the ratio below `screening_ratio`; a burden if the
    difference is above `screening_gap` or the ratio above 1 / `screening_ratio`. It is too close to say if the margin of
    error reaches across the threshold.
    """
    if row.difference.value is None or row.ratio.value is None:
        return dataclasses.replace(row, finding=str(Finding.NOTHING))
    sign = -1.0 if row.effect == "loss" else 1.0
    limit = params.screening_ratio if sign > 0 else 1.0 / params.screening_ratio
    found = [
        _side(sign * (float(row.difference.value) + sign * params.screening_gap), row.difference.margin),
        _side(sign * (float(row.ratio.value) - limit), row.ratio.margin),
    ]
    for finding in (Finding.FLAGGED, Finding.UNCLEAR):
        if finding in found:
            return dataclasses.replace(row, finding=str(finding))
    return dataclasses.replace(row, finding=str(Finding.WITHIN))


def _side(above: float, margin: float | int | None) -> Finding:
    """Tell on which side of a threshold a value lies, as far as its margin lets one."""
    if margin is not None and abs(above) < margin:
        return Finding.UNCLEAR
    return Finding.FLAGGED if above < 0 else Finding.WITHIN


def _together(city: City, groups: Sequence[str]) -> GroupShares:
    """Return several groups that do not overlap as one: shares add up, margins as root of the sum of squares."""
    known = tables_of(city).shares
    share = np.column_stack([known[group] for group in groups]).sum(axis=1)
    margins = np.column_stack([known[f"{group}_moe"] for group in groups])
    return GroupShares.of(share, np.sqrt(np.square(margins).sum(axis=1)))


def _shares_of(row: IntArray, weight: FloatArray, n: int, shares: GroupShares) -> FloatArray | None:
    """Return a weight by neighborhood as shares of its sum over those where the survey knows the group; None for nothing."""
    by_row = np.bincount(row, weights=weight, minlength=n + 1)[:n].astype(np.float64)
    whole = float(by_row[shares.is_known].sum())
    return by_row / whole if whole > 0 else None


def _row(
    population: str,
    label: str,
    effect: str,
    words: str,
    shares: GroupShares,
    people: FloatArray | None,
    part: FloatArray | None,
) -> ScreeningRow:
    """Return one population and one effect."""

    def share(weight: FloatArray | None) -> Measure:
        return estimate_ratio(
            None if weight is None else shares.count(weight), "share", SOURCE, NOTE, "nothing to share"
        )

    difference = None if people is None or part is None else shares.count(part - people)
    ratio = None if people is None or part is None else shares.ratio(part, people)
    return ScreeningRow(
        population=population,
        label=label,
        effect=effect,
        effect_label=words,
        share_of_people=share(people),
        share_of_effect=share(part),
        difference=estimate_ratio(difference, "points", SOURCE, NOTE, "nothing to share"),
        ratio=estimate_ratio(ratio, "times", SOURCE, NOTE, "nothing to share"),
        finding="",
    )
