"""The matrix of the published site: what alternatives are compared by, and which are beaten in everything."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from workbench.errors import InputError
from workbench.publish.figures import format_measure, format_spread
from workbench.publish.side_by_side import Side
from workbench.scoring.compare import CRITERIA, compare_scorecards
from workbench.scoring.indicators import INDICATORS
from workbench.scoring.scorecard import Measure

__all__ = ["Verdicts", "judge_sides"]

ASKED_CRITERIA = ("residents_more_rides", "residents_fewer_rides")
"""What alternatives are compared by besides, where all were asked."""


@dataclass(frozen=True, slots=True)
class Verdicts:
    """A table ready to print."""

    rows: tuple[tuple[str, tuple[str, ...]], ...]
    """Label and one text for each alternative."""
    verdicts: tuple[str, ...]
    """For each alternative: no, or by whom."""
    note: str
    """Why they are not judged, or empty."""


def judge_sides(sides: Sequence[Side]) -> Verdicts:
    """Return the matrix of two to eight alternatives; a criterion that a card lacks, or nobody asked for, is left out for all."""
    known = [
        key
        for key in (*CRITERIA, *ASKED_CRITERIA)
        if all(key in getattr(side.card, INDICATORS[key].part) for side in sides)
    ]
    rows = tuple(
        (INDICATORS[key].label, tuple(_text(getattr(side.card, INDICATORS[key].part)[key]) for side in sides))
        for key in known
    )
    try:
        comparison = compare_scorecards([side.card for side in sides], criteria=known)
    except InputError as error:
        return Verdicts(rows, (), f"They are not judged against each other: {error}.")
    verdicts = tuple(
        f"Yes, by {' and '.join(sides[other].letter for other in others)}" if others else "No"
        for others in comparison.dominated_by
    )
    return Verdicts(rows, verdicts, "")


def _text(measure: Measure) -> str:
    """Return a value with its spread, and "within noise" where it is."""
    plain = asdict(measure)
    noise = " (within noise)" if measure.within_noise else ""
    return f"{format_measure(plain) or 'not known'} {format_spread(plain)}".strip() + noise
