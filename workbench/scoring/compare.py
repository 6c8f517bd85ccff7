"""Two to eight alternatives side by side: which are dominated, which form the Pareto set. Nothing is deleted.

Where the noise was measured, a difference within noise makes nobody better and nobody worse.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from workbench.errors import InputError
from workbench.scoring.indicators import INDICATORS, Better
from workbench.scoring.noise import Difference, Standing, find_difference
from workbench.scoring.scorecard import Json, Measure, Scorecard

__all__ = [
    "CRITERIA",
    "Comparison",
    "Pair",
    "compare_scorecards",
    "comparison_table",
    "find_differences",
    "get_measure",
]

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


@dataclass(frozen=True, slots=True)
class Pair:
    """Two alternatives in one criterion."""

    key: str
    """Of `INDICATORS`."""
    one: int
    """Position of an alternative."""
    other: int
    """Position of a later one."""
    difference: Difference
    """`one` minus `other`."""


@dataclass(frozen=True, eq=False)
class Comparison:
    """Alternatives in the order given; the order says nothing about merit."""

    scorecards: tuple[Scorecard, ...]
    criteria: tuple[str, ...]
    """Keys of `INDICATORS`."""
    values: tuple[tuple[Measure, ...], ...]
    """One row per criterion, one entry per alternative."""
    dominated_by: tuple[tuple[int, ...], ...]
    """For each alternative the others that are better in one criterion, and in every other better or exactly equal."""
    differences: tuple[Pair, ...]
    """Every two alternatives in every criterion, in the order of criteria and positions."""

    @property
    def is_pareto(self) -> tuple[bool, ...]:
        """For each alternative, whether no other dominates it."""
        return tuple(not others for others in self.dominated_by)

    @property
    def n_phases(self) -> int:
        """How many timetables stand behind every figure; the noise is not measured where it is 1."""
        return self.scorecards[0].n_phases

    def to_json(self) -> dict[str, Json]:
        """Return plain dicts and lists: the cards, and who dominates whom by position."""
        cards: list[Json] = [card.to_json() for card in self.scorecards]
        dominated: list[Json] = [list(others) for others in self.dominated_by]
        return {
            "criteria": list(self.criteria),
            "n_phases": self.n_phases,
            "scorecards": cards,
            "dominated_by": dominated,
            "is_pareto": list(self.is_pareto),
            "differences": [_pair_json(pair) for pair in self.differences],
        }


def compare_scorecards(scorecards: Sequence[Scorecard], *, criteria: Sequence[str] = CRITERIA) -> Comparison:
    """
    Return alternatives side by side.

    An unknown value can neither dominate nor be dominated, nor can a difference within noise.

    Raises
    ------
    InputError
        If there are fewer than 2 or more than 8, a criterion is unknown or has no better side, or they were not
        scored alike (same city, window, parameters and number of timetables).
    """
    low, high = LIMITS
    if not low <= len(scorecards) <= high:
        raise InputError(f"{len(scorecards)} alternatives were given, must be {low} to {high}")
    for key in criteria:
        if key not in INDICATORS or INDICATORS[key].better is Better.NEITHER:
            raise InputError(f"{key!r} cannot be compared: it is not an indicator with a better side")
    alike = {
        (card.city_version, card.window_id, card.n_phases, tuple(sorted(card.parameters.items())))
        for card in scorecards
    }
    if len(alike) > 1:
        raise InputError(
            "these alternatives were not scored alike: city, window, parameters and number of timetables must be the same"
        )
    values = tuple(tuple(get_measure(card, key) for card in scorecards) for key in criteria)
    everyone = range(len(scorecards))
    dominated_by = tuple(
        tuple(other for other in everyone if other != one and _dominates(criteria, values, other, one))
        for one in everyone
    )
    return Comparison(tuple(scorecards), tuple(criteria), values, dominated_by, find_differences(scorecards, criteria))


def find_differences(scorecards: Sequence[Scorecard], criteria: Sequence[str] = CRITERIA) -> tuple[Pair, ...]:
    """Return how every two alternatives stand beside each other, timetable by timetable, in every criterion all have."""
    return tuple(
        Pair(key, one, other, find_difference(key, get_measure(first, key), get_measure(second, key)))
        for key in criteria
        if all(key in getattr(card, INDICATORS[key].part) for card in scorecards)
        for (one, first), (other, second) in combinations(enumerate(scorecards), 2)
    )


def comparison_table(comparison: Comparison) -> str:
    """Return the comparison as plain text: one column per alternative, a letter each."""
    letters = [chr(ord("A") + number) for number in range(len(comparison.scorecards))]
    rows = [["", *letters]]
    for key, measures in zip(comparison.criteria, comparison.values, strict=True):
        values = [_cell(one) for one in measures]
        rows.append([f"{INDICATORS[key].label} ({INDICATORS[key].unit})", *values])
    names = [f"{letter}  {card.name}" for letter, card in zip(letters, comparison.scorecards, strict=True)]
    notes = _noise_notes(comparison, letters)
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


def _cell(measure: Measure) -> str:
    """Return a value with its spread, where it has one."""
    if measure.value is None:
        return "unknown"
    spread = f" ± {measure.spread:,.0f}" if measure.spread else ""
    return f"{measure.value:,.0f}{spread}"


def _dominates(criteria: Sequence[str], values: Sequence[Sequence[Measure]], one: int, other: int) -> bool:
    """Tell whether one alternative is better in some line and better or exactly equal in all: noise counts as neither."""
    standings = {find_difference(key, row[one], row[other]).standing for key, row in zip(criteria, values, strict=True)}
    return Standing.BETTER in standings and standings <= {Standing.BETTER, Standing.SAME}


def _noise_notes(comparison: Comparison, letters: Sequence[str]) -> list[str]:
    """Return in sentences which differences are within noise, or that nobody has looked."""
    if comparison.n_phases == 1:
        return ["Noise has not been measured: small differences may be the luck of one timetable."]
    close: dict[str, list[str]] = {}
    for pair in comparison.differences:
        if pair.difference.standing is Standing.NOISE:
            close.setdefault(pair.key, []).append(f"{letters[pair.one]} and {letters[pair.other]}")
    return [f"{INDICATORS[key].label}: {', '.join(pairs)} differ within noise." for key, pairs in close.items()]


def _pair_json(pair: Pair) -> dict[str, Json]:
    difference = pair.difference
    return {
        "criterion": pair.key,
        "one": pair.one,
        "other": pair.other,
        "value": difference.value,
        "spread": difference.spread,
        "standing": str(difference.standing),
        "within_noise": difference.standing is Standing.NOISE,
    }
