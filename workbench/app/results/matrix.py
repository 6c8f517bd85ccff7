"""Alternatives side by side as a table ready to print: rows of indicators, bars, and which ones are dominated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from workbench.app.alternatives import SavedAlternative
from workbench.app.assumptions import USUAL, Assumptions
from workbench.app.results.mixed import Scored, describe_scored, is_mixed
from workbench.errors import InputError
from workbench.publish.figures import format_measure, format_spread
from workbench.scoring import INDICATORS, Measure, Standing, compare_scorecards, find_difference, fit_words
from workbench.scoring.indicators import Better

__all__ = ["Cell", "Matrix", "Row", "RowGroup", "build_matrix"]

MOST_COMPARED = 8

_ROWS = (
    (
        "Who gains",
        (
            ("person_minutes_per_day", "Minutes saved a day in all, if everybody makes one trip"),
            ("residents_gaining_access", "People who can reach at least 1% more within 45 minutes"),
            ("residents_gaining_5_min", "People with trips at least 5 minutes quicker"),
            ("residents_near_route", "People within a quarter-mile walk of a stop"),
            ("residents_new_every_10_min", "People who get service every 10 minutes nearby for the first time"),
        ),
    ),
    (
        "Who loses",
        (
            ("person_minutes_lost_per_day", "Minutes lost a day in all, if everybody makes one trip"),
            ("residents_losing_2_min", "People who lose two minutes or more on one likely trip in fifty"),
            ("residents_longer_trips", "People with a trip that gets longer, if only by seconds"),
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
    is_close: bool
    """One of those that share the lead: they differ within noise."""
    spread: str
    """`± 300` between timetables; empty where they agree or nobody looked."""
    within_noise: bool
    """The value itself is no larger than its spread."""


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
    noise: str
    """What is known of the noise."""
    is_measured: bool
    """Whether every figure is the mean of several timetables."""
    scored: Scored
    """With which assumptions."""


def build_matrix(alternatives: Sequence[SavedAlternative], room: Assumptions = USUAL) -> Matrix:
    """
    Return the table of the first eight alternatives; the order is that of saving and says nothing about merit.

    Those that were scored with different assumptions stand side by side without bars, marks and verdicts.
    """
    shown = tuple(alternatives[:MOST_COMPARED])
    scored = describe_scored(shown, room)
    groups = [RowGroup(title, tuple(_row(shown, key, label) for key, label in rows)) for title, rows in _ROWS]
    title = "Who they are: people who can reach at least 1% more"
    title = title if scored.is_mixed or not shown else fit_words(title, shown[0].parameters)
    groups.append(RowGroup(title, _people_rows(shown)))
    verdicts, note = _verdicts(shown)
    left_out = len(alternatives) - len(shown)
    if left_out:
        note = f"{note} {left_out} more alternatives do not fit in this table.".strip()
    return Matrix(
        shown,
        tuple(group for group in groups if group.rows),
        verdicts,
        note,
        _noise(shown),
        all(_n_phases(one) > 1 for one in shown),
        scored,
    )


def _row(alternatives: Sequence[SavedAlternative], key: str, label: str) -> Row:
    measures = [alternative.measure(key) for alternative in alternatives]
    tone = {"losers": "worse", "service": "plain"}.get(INDICATORS[key].part, "better")
    words = label if is_mixed(alternatives) or not alternatives else fit_words(label, alternatives[0].parameters)
    return Row(words, tone, _cells(measures, key, mixed=is_mixed(alternatives)))


def _people_rows(alternatives: Sequence[SavedAlternative]) -> tuple[Row, ...]:
    """Return one row for each group of residents that every card has."""
    by_card = [{str(row["group_id"]): row for row in alternative.group_rows()} for alternative in alternatives]
    shared = [group_id for group_id in (by_card[0] if by_card else {}) if all(group_id in card for card in by_card)]
    return tuple(
        Row(
            str(by_card[0][group_id]["label"]),
            "better",
            _cells(
                [card[group_id]["gaining"] for card in by_card],
                "residents_gaining_access",
                mixed=is_mixed(alternatives),
            ),
        )
        for group_id in shared
        if group_id != "all"
    )


def _cells(plain: Sequence[Mapping[str, object]], key: str, *, mixed: bool) -> tuple[Cell, ...]:
    """Return the cells of one row; `key` says which way is better. What is `mixed` cannot be set side by side."""
    measures = [_measure(one) for one in plain]
    longest = max((abs(one.value) for one in measures if one.value is not None and not mixed), default=0.0)
    leaders = frozenset() if mixed else _leaders(measures, key)
    return tuple(
        Cell(
            text=format_measure(shown) or ("too few to say" if one.suppressed else "not known"),
            percent=100 * abs(one.value) / longest if one.value is not None and longest else 0.0,
            is_best=ix in leaders and not _is_close(measures, leaders),
            is_close=ix in leaders and _is_close(measures, leaders),
            spread=format_spread(shown),
            within_noise=one.within_noise,
        )
        for ix, (shown, one) in enumerate(zip(plain, measures, strict=True))
    )


def _leaders(measures: Sequence[Measure], key: str) -> frozenset[int]:
    """Return the positions of the best, and of those that differ from it within noise; none where all are the same."""
    better = INDICATORS[key].better
    known = {ix: float(one.value) for ix, one in enumerate(measures) if one.value is not None}
    if better is Better.NEITHER or len(set(known.values())) < 2:
        return frozenset()
    best = max(known.values()) if better is Better.MORE else min(known.values())
    first = next(ix for ix, value in known.items() if value == best)
    close = (Standing.SAME, Standing.NOISE)
    return frozenset(
        ix
        for ix, value in known.items()
        if value == best or find_difference(key, measures[ix], measures[first]).standing in close
    )


def _is_close(measures: Sequence[Measure], leaders: frozenset[int]) -> bool:
    """Tell whether those in the lead differ, though only within noise."""
    return len({measures[ix].value for ix in leaders}) > 1


def _measure(plain: Mapping[str, object]) -> Measure:
    """Return one indicator of a saved card; unknown where the card does not have it."""
    return Measure(**cast("Mapping[str, Any]", plain)) if plain else Measure(None, "", "")


def _n_phases(alternative: SavedAlternative) -> int:
    return cast("int", alternative.card.get("n_phases", 1))


def _noise(alternatives: Sequence[SavedAlternative]) -> str:
    """Say how many timetables stand behind the figures."""
    numbers = {_n_phases(alternative) for alternative in alternatives}
    if numbers <= {1}:
        return "Noise has not been measured: each figure is that of one possible timetable, and small differences may be luck."
    if len(numbers) > 1:
        return (
            "Some figures are those of one possible timetable, others means of several: small differences may be luck."
        )
    return (
        f"Each figure is the mean of {numbers.pop()} possible timetables, the same for all; ± tells how far any of them "
        "lies from it. ≈ marks those in the lead that differ within noise: too close to call."
    )


def _verdicts(alternatives: Sequence[SavedAlternative]) -> tuple[tuple[str, ...], str]:
    """Say of each alternative which others are at least as good in everything; nothing is deleted."""
    if len(alternatives) < 2:
        return ("",) * len(alternatives), "Keep at least two alternatives to compare them."
    if is_mixed(alternatives):
        return ("",) * len(alternatives), "They are not judged against each other: they were not scored alike."
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
