"""Why people lose: the journeys before and after of the pairs that lose most, found and told in words."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np

from workbench.city.city import City
from workbench.explain import JourneyPlan, plan_journeys
from workbench.network import (
    NO_MEDIAN,
    Baseline,
    Journey,
    Place,
    baseline_without,
    clock_words,
    pair_distribution,
)
from workbench.scenario import Scenario, apply_scenario
from workbench.scoring import LosingPair, Scorecard

__all__ = ["explain_losers"]

Report = Callable[[float, str], None]


def explain_losers(
    city: City, scenario: Scenario, card: Scorecard, *, baseline: Baseline, report: Report | None = None
) -> Scorecard:
    """
    Return the card with the journeys behind its worst pairs: before and after, in words, and how many rides each takes.

    A median belongs to no single departure. The one shown is that whose two travel times lie nearest to the two medians;
    of equals the earliest.

    Parameters
    ----------
    city, scenario
        What the card was made of.
    card
        Its `worst` pairs are explained; a card without any is returned as it is.
    baseline
        What `prepare` returned for the city and the card's window.
    report
        Told how far the work is.
    """
    if not card.worst:
        return card
    applied = apply_scenario(scenario, city, service=baseline.window.service)
    without = baseline_without(baseline, applied.change.removed_route_ids)
    row_of = {str(zone_id): row for row, zone_id in enumerate(city.zones["zone_id"])}
    told = []
    for number, pair in enumerate(card.worst):
        if report is not None:
            report(number / len(card.worst), f"{scenario.name}: from {pair.from_name} to {pair.to_name}")
        origin, destination = row_of[pair.from_zone_id], row_of[pair.to_zone_id]
        before_s = baseline.travel_row(origin, destination)
        after_s = pair_distribution(without, applied.addition, origin, destination)[1]
        departure = _typical(pair, before_s, after_s, baseline.params.max_travel_s)
        told.append(_tell(pair, city, scenario, baseline, (origin, destination), departure))
    return dataclasses.replace(card, worst=tuple(told))


def _typical(
    pair: LosingPair,
    before_s: np.ndarray[tuple[int, ...], np.dtype[np.uint16]],
    after_s: np.ndarray[tuple[int, ...], np.dtype[np.uint16]],
    longest_s: int,
) -> int:
    """Return the departure, counted from the start of the window, whose times lie nearest to the medians of the pair."""
    before, after = (np.where(row == NO_MEDIAN, longest_s, row).astype(np.float64) for row in (before_s, after_s))
    return int(np.argmin(np.abs(before - 60 * pair.before_min) + np.abs(after - 60 * pair.after_min)))


def _tell(
    pair: LosingPair, city: City, scenario: Scenario, baseline: Baseline, zones: tuple[int, int], departure: int
) -> LosingPair:
    """Return the pair with its journeys at one departure."""
    window = baseline.window
    xy = city.zones[["x", "y"]].to_numpy(dtype=np.float64)
    origin, destination = (
        Place(name, *lonlat, float(xy[zone, 0]), float(xy[zone, 1]))
        for name, lonlat, zone in (
            (pair.from_name, pair.from_lonlat, zones[0]),
            (pair.to_name, pair.to_lonlat, zones[1]),
        )
    )
    depart_s = window.start_s + 60 * departure
    date = city.load_timetable(window.service).service_date
    found = plan_journeys(
        city,
        JourneyPlan(origin, destination, window.service, date, depart_s),
        scenario=scenario,
        search=baseline.params,
    )
    before, after = (journeys[0] if journeys else None for journeys in (found.before, found.after))
    return dataclasses.replace(
        pair,
        depart=clock_words(depart_s),
        before=_words(before),
        after=_words(after),
        rides_before=None if before is None else before.rides,
        rides_after=None if after is None else after.rides,
    )


def _words(journey: Journey | None) -> tuple[str, ...]:
    if journey is None:
        return ("There is no way to get there in time.",)
    return (journey.summary(), *journey.in_words())
