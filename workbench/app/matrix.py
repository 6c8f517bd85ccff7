"""Alternatives side by side as a table ready to print: rows of indicators, bars, and which ones are dominated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from workbench.app.alternatives import SavedAlternative
from workbench.errors import InputError
from workbench.publish.figures import format_measure
from workbench.scoring import INDICATORS, compare_scorecards
from workbench.scoring.indicators import Better

__all__ = ["Cell", "Matrix", "Row", "RowGroup", "build_matrix"]

MOST_COMPARED = 8

_ROWS = (
    (
        "Who gains",
        (
            ("residents_gaining_access", "People who can reach at least 1% more within 45 minutes"),
            ("residents_gaining_5_min", "People with trips at least 5 minutes quicker"),
            ("residents_near_route", "People within a quarter-mile walk of a stop"),
            ("residents_new_every_10_min", "People who get service every 10 minutes nearby for the first time"),
        ),
    ),
    (
        "Who loses",
        (
            ("residents_longer_trips", "People with a trip that gets longer"),
            ("residents_losing_access", "People who can reach fewer people within 45 minutes"),
        ),
    ),
    (
        "What it needs",
        (
            ("cost_per_year", "Cost"),
            ("buses_needed", "Buses on the road at once"),
            ("length_km", "Length, one way"),
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class Cell:
    """One value."""

    text: str
    percent: float
    """Length of its bar beside the longest of the row, 0 to 100."""
    is_best: bool


@dataclass(frozen=True, slots=True)
class Row:
    """One indicator over all alternatives."""

    label: str
    tone: str
    """`better`, `worse` or `plain`: the colour of the bars."""
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class RowGroup:
    """Rows under one heading."""

    title: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Matrix:
    """The whole table."""

    alternatives: tuple[SavedAlternative, ...]
    groups: tuple[RowGroup, ...]
    verdicts: tuple[str, ...]
    """For each alternative: what dominates it, or empty."""
    note: str
    """Why they cannot be compared, or empty."""


def build_matrix(alternatives: Sequence[SavedAlternative]) -> Matrix:
    """Return the table of the first eight alternatives; the order is that of saving and says nothing about merit."""
    shown = tuple(alternatives[:MOST_COMPARED])
    groups = [RowGroup(title, tuple(_row(shown, key, label) for key, label in rows)) for title, rows in _ROWS]
    groups.append(RowGroup("Who they are: people who can reach at least 1% more", _people_rows(shown)))
    verdicts, note = _verdicts(shown)
    left_out = len(alternatives) - len(shown)
    if left_out:
        note = f"{note} {left_out} more alternatives do not fit in this table.".strip()
    return Matrix(shown, tuple(group for group in groups if group.rows), verdicts, note)


def _row(alternatives: Sequence[SavedAlternative], key: str, label: str) -> Row:
    indicator = INDICATORS[key]
    measures = [alternative.measure(key) for alternative in alternatives]
    tone = {"losers": "worse", "service": "plain"}.get(indicator.part, "better")
    return Row(label, tone, _cells(measures, indicator.better))


def _people_rows(alternatives: Sequence[SavedAlternative]) -> tuple[Row, ...]:
    """Return one row for each group of residents that every card has."""
    by_card = [{str(row["group_id"]): row for row in alternative.group_rows()} for alternative in alternatives]
    shared = [group_id for group_id in (by_card[0] if by_card else {}) if all(group_id in card for card in by_card)]
    return tuple(
        Row(
            str(by_card[0][group_id]["label"]),
            "better",
            _cells([card[group_id]["gaining"] for card in by_card], Better.MORE),
        )
        for group_id in shared
        if group_id != "all"
    )


def _cells(measures: Sequence[Mapping[str, object]], better: Better) -> tuple[Cell, ...]:
    values = [measure.get("value") for measure in measures]
    known = [float(value) for value in values if isinstance(value, int | float)]
    longest = max(map(abs, known), default=0.0)
    best = None
    if better is not Better.NEITHER and len(set(known)) > 1:
        best = max(known) if better is Better.MORE else min(known)
    return tuple(
        Cell(
            text=format_measure(measure) or "not known",
            percent=100 * abs(float(value)) / longest if isinstance(value, int | float) and longest else 0.0,
            is_best=best is not None and value == best,
        )
        for measure, value in zip(measures, values, strict=True)
    )


def _verdicts(alternatives: Sequence[SavedAlternative]) -> tuple[tuple[str, ...], str]:
    """Say of each alternative which others are at least as good in everything; nothing is deleted."""
    if len(alternatives) < 2:
        return ("",) * len(alternatives), "Keep at least two alternatives to compare them."
    try:
        comparison = compare_scorecards([alternative.scorecard() for alternative in alternatives])
    except InputError as error:
        return ("",) * len(alternatives), f"They are not judged against each other: {error}."
    return tuple(
        f"{' and '.join(alternatives[other].letter for other in others)} "
        f"{'does' if len(others) == 1 else 'do'} at least as well in everything compared, and better in something"
        if others
        else ""
        for others in comparison.dominated_by
    ), ""
