"""Who has to change vehicle once more, and who once less: travel times with fewer rides, before and after, exactly."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np

from workbench.city.city import City
from workbench.evaluate import measure_today
from workbench.facts import named_pairs, neighborhoods
from workbench.network import Baseline, baseline_without, few_rides_after, few_rides_today, rescore
from workbench.scenario import AppliedScenario, Scenario, apply_scenario
from workbench.scoring import (
    LosingPair,
    RideChanges,
    Scorecard,
    ScoringParams,
    find_ride_changes,
    likely_share,
    pick_worst,
    ride_measures,
    ride_rows,
)

__all__ = ["score_rides"]

Report = Callable[[float, str], None]
UInt16Array = np.ndarray[tuple[int, ...], np.dtype[np.uint16]]
FloatArray = np.ndarray[tuple[int, ...], np.dtype[np.float64]]


def score_rides(
    city: City,
    scenario: Scenario,
    card: Scorecard,
    *,
    baseline: Baseline,
    scoring: ScoringParams | None = None,
    report: Report | None = None,
) -> Scorecard:
    """
    Return the card with who needs one more ride, and who one ride fewer: counted, by group and area, the likeliest pairs named.

    The whole city is searched with at most 1, 2, 3 rides, as it is (kept beside the base) and after the change (each
    time anew): about as long as the base each. A card of several timetables is asked about its first.

    Parameters
    ----------
    city, scenario
        What the card was made of.
    card
        As `evaluate` returned it.
    baseline
        What `prepare` returned for the city and the card's window.
    scoring
        The parameters of the card.
    report
        Told how far the work is. What it raises stops the work; searches of the city as it is go on there next time.

    Raises
    ------
    ScenarioError
        With every problem of the edits.
    StorageError
        If the times of today cannot be kept.
    """
    scoring = scoring or ScoringParams()
    applied = apply_scenario(scenario, city, service=baseline.window.service)
    today = few_rides_today(baseline, report=_share_of(report, 0.0, 0.5, scenario.name))
    after = few_rides_after(baseline, applied.change, report=_share_of(report, 0.5, 1.0, scenario.name))
    before = measure_today(baseline, scoring)
    changes = find_ride_changes(
        (today, baseline.median_s),
        (after, _median_after(baseline, applied)),
        tolerance_s=60 * scoring.ride_tolerance_min,
        max_travel_s=baseline.params.max_travel_s,
    )
    residents = city.zones["residents"].to_numpy(dtype=np.float64)
    more, fewer = (likely_share(changes, before, residents, more=is_more) for is_more in (True, False))
    note = "one possible timetable" if card.n_phases == 1 else f"the first of the {card.n_phases} timetables"
    return dataclasses.replace(
        card,
        rides=ride_measures(changes, before, residents, scoring, note),
        ride_rows=ride_rows(city, more, fewer, scoring),
        worst_rides=_worst(city, changes, before.weight_by_s, residents),
        zones=dataclasses.replace(card.zones, more_rides=more, fewer_rides=fewer),
    )


def _share_of(report: Report | None, low: float, high: float, name: str) -> Report:
    """Return a report whose work is a share of the whole."""

    def tell(share: float, text: str) -> None:
        if report is not None:
            report(low + share * (high - low), f"{name}: {text}")

    return tell


def _median_after(baseline: Baseline, applied: AppliedScenario) -> UInt16Array:
    """Return the medians that the card was made of."""
    without = baseline_without(baseline, applied.change.removed_route_ids)
    return rescore(without, applied.addition).median_s if applied.addition.patterns else without.median_s


def _worst(city: City, changes: RideChanges, weight_by_s: FloatArray, residents: FloatArray) -> tuple[LosingPair, ...]:
    """
    Return the pairs whose one more ride weighs most, with names.

    Formula
    -------
    loss(o, d) = R(o) R(d) 2^(-T(o, d) / half) (r' - r): the likely trips between them times the rides more.
    """
    more = np.flatnonzero(changes.is_more)
    origin, destination = changes.origin_ix[more], changes.destination_ix[more]
    rides = (changes.rides_after - changes.rides_before)[more]
    loss = residents[origin] * residents[destination] * weight_by_s[changes.before_s[more]] * rides
    at = more[list(pick_worst(origin, destination, loss, neighborhoods(city)))]
    ends = changes.origin_ix[at], changes.destination_ix[at]
    pairs = named_pairs(city, ends, (changes.before_s[at], changes.after_s[at]), residents)
    return tuple(
        dataclasses.replace(pair, rides_before=int(before), rides_after=int(after))
        for pair, before, after in zip(pairs, changes.rides_before[at], changes.rides_after[at], strict=True)
    )
