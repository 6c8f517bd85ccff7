"""Two to eight alternatives side by side: which are dominated, which form the Pareto set. Nothing is deleted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from workbench.errors import InputError
from workbench.scoring.indicators import INDICATORS, Better
from workbench.scoring.scorecard import Json, Measure, Scorecard

__all__ = ["CRITERIA", "Comparison", "compare_scorecards", "comparison_table", "get_measure"]

LIMITS = (2, 8)
CRITERIA = (
    "residents_gaining_access",
    "residents_near_route",
    "residents_new_every_10_min",
    "person_minutes_per_day",
    "residents_longer_trips",
    "cost_per_year",
)
"""What alternatives are compared by unless told otherwise: three kinds of gain, loss, and money."""


@dataclass(frozen=True, eq=False)
class Comparison:
    """Alternatives in the order given; the order says nothing about merit."""

    scorecards: tuple[Scorecard, ...]
    criteria: tuple[str, ...]
    """Keys of `INDICATORS`."""
    values: tuple[tuple[Measure, ...], ...]
    """One row per criterion, one entry per alternative."""
    dominated_by: tuple[tuple[int, ...], ...]
    """For each alternative the others that are at least as good in every criterion and better in one."""

    @property
    def is_pareto(self) -> tuple[bool, ...]:
        """For each alternative, whether no other dominates it."""
        return tuple(not others for others in self.dominated_by)

    def to_json(self) -> dict[str, Json]:
        """Return plain dicts and lists: the cards, and who dominates whom by position."""
        cards: list[Json] = [card.to_json() for card in self.scorecards]
        dominated: list[Json] = [list(others) for others in self.dominated_by]
        return {
            "criteria": list(self.criteria),
            "scorecards": cards,
            "dominated_by": dominated,
            "is_pareto": list(self.is_pareto),
        }


def compare_scorecards(scorecards: Sequence[Scorecard], *, criteria: Sequence[str] = CRITERIA) -> Comparison:
    """
    Return alternatives side by side. An unknown value can neither dominate nor be dominated.

    Raises
    ------
    InputError
        If there are fewer than 2 or more than 8, a criterion is unknown or has no better side, or they were not
        scored alike (same city, window and parameters).
    """
    low, high = LIMITS
    if not low <= len(scorecards) <= high:
        raise InputError(f"{len(scorecards)} alternatives were given, must be {low} to {high}")
    for key in criteria:
        if key not in INDICATORS or INDICATORS[key].better is Better.NEITHER:
            raise InputError(f"{key!r} cannot be compared: it is not an indicator with a better side")
    alike = {(card.city_version, card.window_id, tuple(sorted(card.parameters.items()))) for card in scorecards}
    if len(alike) > 1:
        raise InputError("these alternatives were not scored alike: city, window and parameters must be the same")
    values = tuple(tuple(get_measure(card, key) for card in scorecards) for key in criteria)
    merit = [[_merit(key, row[n]) for key, row in zip(criteria, values, strict=True)] for n in range(len(scorecards))]
    dominated_by = tuple(
        tuple(other for other in range(len(merit)) if other != one and _dominates(merit[other], merit[one]))
        for one in range(len(merit))
    )
    return Comparison(tuple(scorecards), tuple(criteria), values, dominated_by)


def comparison_table(comparison: Comparison) -> str:
    """Return the comparison as plain text: one column per alternative, a letter each."""
    letters = [chr(ord("A") + number) for number in range(len(comparison.scorecards))]
    rows = [["", *letters]]
    for key, measures in zip(comparison.criteria, comparison.values, strict=True):
        values = ["unknown" if one.value is None else f"{one.value:,.0f}" for one in measures]
        rows.append([f"{INDICATORS[key].label} ({INDICATORS[key].unit})", *values])
    names = [f"{letter}  {card.name}" for letter, card in zip(letters, comparison.scorecards, strict=True)]
    notes = []
    for letter, others in zip(letters, comparison.dominated_by, strict=True):
        if others:
            better = " and ".join(letters[other] for other in others)
            notes.append(f"{letter}: {better} is at least as good in every line and better in one.")
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    table = [
        "  ".join(cell.ljust(width) if column == 0 else cell.rjust(width) for column, (cell, width) in pairs)
        for pairs in (list(enumerate(zip(row, widths, strict=True))) for row in rows)
    ]
    return "\n".join([*names, "", *table, *([""] if notes else []), *notes])


def get_measure(card: Scorecard, key: str) -> Measure:
    """Return an indicator of a card by key."""
    measure: Measure = getattr(card, INDICATORS[key].part)[key]
    return measure


def _merit(key: str, measure: Measure) -> float | None:
    """Return a number that is larger where the value is better."""
    if measure.value is None:
        return None
    return float(measure.value) * (1.0 if INDICATORS[key].better is Better.MORE else -1.0)


def _dominates(one: Sequence[float | None], other: Sequence[float | None]) -> bool:
    pairs = [(a, b) for a, b in zip(one, other, strict=True) if a is not None and b is not None]
    if len(pairs) < len(one):
        return False
    return all(a >= b for a, b in pairs) and any(a > b for a, b in pairs)
