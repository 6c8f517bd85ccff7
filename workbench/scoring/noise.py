"""Noise: the cards of one scenario under several timetables in, one card with mean, spread and "within noise" out.

A headway does not say at which minute the buses leave. Each phase is one possible timetable; what differs between
phases is luck, not the idea. docs/noise.md explains it in plain words.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import fmean

import numpy as np

from workbench.errors import InputError
from workbench.scoring.headline import headline
from workbench.scoring.indicators import INDICATORS, PARTS, Better
from workbench.scoring.scorecard import (
    AreaRow,
    ChangedService,
    Measure,
    ReachRow,
    Row,
    Scorecard,
    ZoneResults,
    measures_of,
    with_measures,
)

__all__ = [
    "PUBLISHED_PHASES",
    "Difference",
    "Standing",
    "find_difference",
    "merge_measures",
    "merge_phases",
    "require_phases",
]

Number = float | int

PUBLISHED_PHASES = 10
"""Timetables behind a published card."""
MOST_PHASES = 100
_DIGITS = 4


class Standing(StrEnum):
    """How one alternative stands beside another in one indicator."""

    BETTER = "better"
    WORSE = "worse"
    SAME = "same"
    NOISE = "within noise"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Difference:
    """One value minus another, timetable by timetable."""

    value: Number | None
    """Mean difference; None where it is not known."""
    spread: Number | None
    """Furthest that the difference in any one timetable lies from `value`; None where the noise was not measured."""
    standing: Standing


def require_phases(n_phases: int) -> None:
    """Raise `InputError` unless this many timetables can be looked at."""
    if not 1 <= n_phases <= MOST_PHASES:
        raise InputError(f"phases is {n_phases}, must be 1 to {MOST_PHASES}")


def merge_phases(cards: Sequence[Scorecard]) -> Scorecard:
    """
    Return one card for a scenario from its cards under several timetables; a single card is returned as it is.

    Values are means, each with its spread. A zone counts as worse on the map if it is in at least half of the phases.

    Parameters
    ----------
    cards
        One per phase, in the order of the phases; scored alike.
    """
    if len(cards) == 1:
        return cards[0]
    first = cards[0]
    parts = {part: _merge_part([getattr(card, part) for card in cards]) for part in PARTS}
    service, coverage, travel_time, access, losers = (parts[part] for part in PARTS)
    areas = _merge_areas(cards)
    changed = tuple(_merge_changed(rows) for rows in zip(*(card.changed for card in cards), strict=True))
    said = headline(parts, n_routes=len(first.routes), areas=areas, changed=changed, parameters=first.parameters)
    return dataclasses.replace(
        first,
        service=service,
        coverage=coverage,
        travel_time=travel_time,
        access=access,
        losers=losers,
        headline=said.sentences,
        headline_kinds=said.kinds,
        changed=changed,
        groups=tuple(_merge_rows(rows) for rows in zip(*(card.groups for card in cards), strict=True)),
        areas=areas,
        reach=tuple(_merge_reach(rows) for rows in zip(*(card.reach for card in cards), strict=True)),
        demand=_merge_part([card.demand for card in cards]),
        screening=tuple(_merge_rows(rows) for rows in zip(*(card.screening for card in cards), strict=True)),
        zones=_merge_zones([card.zones for card in cards]),
        n_phases=len(cards),
        noise=_describe(parts, len(cards)),
    )


def merge_measures(measures: Sequence[Measure]) -> Measure:
    """
    Return the mean of one measure over timetables.

    Formula
    -------
    value = mean of x(k) over the phases k, rounded like x; spread = max over k of |x(k) - value|; within noise if
    0 < |value| <= spread, or value = 0 < spread. So value - spread to value + spread holds every timetable.
    """
    first, by_phase = measures[0], tuple(measure.value for measure in measures)
    known = [value for value in by_phase if value is not None]
    if not known:
        return dataclasses.replace(first, by_phase=by_phase)
    value, spread = _mean_and_spread(known)
    some = f"known in {len(known)} of {len(measures)} timetables" if len(known) < len(measures) else ""
    told = next(measure.uncertainty for measure in measures if measure.value is not None)
    return dataclasses.replace(
        first,
        value=value,
        low=_mean_end([measure.low for measure in measures]),
        high=_mean_end([measure.high for measure in measures]),
        margin=_mean_end([measure.margin for measure in measures]),
        uncertainty="; ".join(text for text in (told, some) if text),
        within_noise=_is_noise(value, spread),
        spread=spread,
        by_phase=by_phase,
    )


def find_difference(key: str, one: Measure, other: Measure) -> Difference:
    """
    Return how one alternative stands beside another in one indicator.

    Where both have the same number of timetables they are compared timetable by timetable: phase k of both has the
    same luck, which then cancels out (common random numbers).

    Formula
    -------
    d(k) = x(k) - y(k); value = mean of d; spread = max over k of |d(k) - value|; within noise if |value| <= spread and
    the d(k) are not all 0.

    Parameters
    ----------
    key
        Of the indicator; it says which way is better.
    one, other
        What to compare.
    """
    if one.value is None or other.value is None:
        return Difference(None, None, Standing.UNKNOWN)
    if not one.by_phase or len(one.by_phase) != len(other.by_phase):
        value = _rounded(one.value - other.value)
        return Difference(value, None, _standing(key, value, 0))
    pairs = zip(one.by_phase, other.by_phase, strict=True)
    apart = [a - b for a, b in pairs if a is not None and b is not None]
    if not apart:
        return Difference(None, None, Standing.UNKNOWN)
    mean = fmean(apart)
    value, spread = _rounded(mean), _rounded(max(abs(d - mean) for d in apart))
    return Difference(value, spread, _standing(key, value, spread))


def _standing(key: str, value: Number, spread: Number) -> Standing:
    if _is_noise(value, spread):
        return Standing.NOISE
    better = INDICATORS[key].better
    if value == 0 or better is Better.NEITHER:
        return Standing.SAME if value == 0 else Standing.UNKNOWN
    return Standing.BETTER if (value > 0) == (better is Better.MORE) else Standing.WORSE


def _is_noise(value: Number, spread: Number) -> bool:
    return spread > 0 and abs(value) <= spread


def _mean_and_spread(values: Sequence[Number]) -> tuple[Number, Number]:
    """Return the mean, rounded like the values, and the furthest any of them lies from it."""
    mean = fmean(values)
    value = round(mean) if all(isinstance(one, int) for one in values) else _rounded(mean)
    return value, _rounded(max(abs(one - value) for one in values))


def _mean_end(ends: Sequence[Number | None]) -> Number | None:
    known = [end for end in ends if end is not None]
    return _mean_and_spread(known)[0] if known else None


def _rounded(value: Number) -> Number:
    return value if isinstance(value, int) else round(value, _DIGITS)


def _merge_part(parts: Sequence[Mapping[str, Measure]]) -> dict[str, Measure]:
    return {key: merge_measures([part[key] for part in parts]) for key in parts[0]}


def _merge_rows(rows: Sequence[Row]) -> Row:
    """Return a row with every figure as its mean over timetables."""
    by_phase = [measures_of(row) for row in rows]
    return with_measures(rows[0], {name: merge_measures([one[name] for one in by_phase]) for name in by_phase[0]})


def _merge_reach(rows: Sequence[ReachRow]) -> ReachRow:
    return dataclasses.replace(rows[0], measures=_merge_part([row.measures for row in rows]))


def _merge_changed(rows: Sequence[ChangedService]) -> ChangedService:
    """Return an existing route with the mean number of its trips: one more or fewer may start in the window by luck."""
    return dataclasses.replace(rows[0], trips_after=round(fmean(row.trips_after for row in rows)))


def _merge_areas(cards: Sequence[Scorecard]) -> tuple[AreaRow, ...]:
    """Return every area that some timetable changes, as if it stood on every card: with zeros where nothing changes."""
    by_card = [{(row.kind, row.area_id): row for row in card.areas} for card in cards]
    kinds = list(dict.fromkeys(kind for rows in by_card for kind, _ in rows))
    keys = sorted({key for rows in by_card for key in rows}, key=lambda key: (kinds.index(key[0]), key[1]))
    return tuple(_merge_area([rows.get(key) for rows in by_card]) for key in keys)


def _merge_area(rows: Sequence[AreaRow | None]) -> AreaRow:
    known = next(row for row in rows if row is not None)
    merged = _merge_rows([row if row is not None else _unchanged(known) for row in rows])
    return with_measures(merged, {name: _without_phases(one) for name, one in measures_of(merged).items()})


def _unchanged(area: AreaRow) -> AreaRow:
    """Return the row of an area in a timetable that changes nothing there; who lives near depends on no timetable."""
    zeros = {
        name: dataclasses.replace(one, value=0.0 if isinstance(one.value, float) else 0)
        for name, one in measures_of(area).items()
        if name != "near_route"
    }
    return with_measures(area, zeros)


def _without_phases(measure: Measure) -> Measure:
    """Leave the single timetables of an area out: there are hundreds of areas."""
    return dataclasses.replace(measure, by_phase=())


def _merge_zones(zones: Sequence[ZoneResults]) -> ZoneResults:
    by_phase = np.stack([one.access_after for one in zones])
    return ZoneResults(
        access_before=zones[0].access_before,
        access_after=by_phase.mean(axis=0),
        minutes_saved=np.mean([one.minutes_saved for one in zones], axis=0),
        worse=np.mean([one.worse for one in zones], axis=0) >= 0.5,
        access_by_phase=by_phase if len(zones) > 1 else None,
        blocks_near=zones[0].blocks_near,
    )


def _describe(parts: Mapping[str, Mapping[str, Measure]], n_phases: int) -> tuple[str, ...]:
    """Return in sentences what is known of the noise."""
    measures = {key: measure for part in PARTS for key, measure in parts[part].items()}
    sentences = [
        f"Each figure is the mean of {n_phases} possible timetables; ± tells how far any of them lies from it. "
        "Where no ± stands, they agree to within 1%."
    ]
    noisy = [INDICATORS[key].label for key, measure in measures.items() if key in INDICATORS and measure.within_noise]
    if noisy:
        sentences.append(f"Within noise, no larger than the luck of the minute: {'; '.join(noisy)}.")
    return tuple(sentences)
