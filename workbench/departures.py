"""What a good and a bad minute to leave gain, and how much one has to watch the clock: percentiles of the departures."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np

from workbench.city.city import City
from workbench.evaluate import measure_today
from workbench.network import Baseline, baseline_without, rescore
from workbench.scenario import Scenario, apply_scenario
from workbench.scoring import DEPARTURE_PERCENTILES, Scorecard, ScoringParams, departure_measures, merge_measures

__all__ = ["score_departures"]

Report = Callable[[float, str], None]


def score_departures(
    city: City,
    scenario: Scenario,
    card: Scorecard,
    *,
    baseline: Baseline,
    scoring: ScoringParams | None = None,
    report: Report | None = None,
) -> Scorecard:
    """
    Return the card with what the quarter of the departures at a good minute gains, and that at a bad one; exactly.

    A few seconds for each timetable of the card: the re-score looks at three percentiles instead of one.

    Parameters
    ----------
    city, scenario
        What the card was made of.
    card
        As `evaluate` returned it; one of several timetables gets means with their spread.
    baseline
        What `prepare` returned for the city and the card's window.
    scoring
        The parameters of the card.
    report
        Told how far the work is. What it raises stops the work.

    Raises
    ------
    ScenarioError
        With every problem of the edits.
    """
    scoring = scoring or ScoringParams()
    residents = city.zones["residents"].to_numpy(dtype=np.float64)
    before = measure_today(baseline, scoring)
    note = "one possible timetable" if card.n_phases == 1 else f"mean of {card.n_phases} timetables"
    found = []
    for phase in range(card.n_phases):
        if report is not None:
            report(phase / card.n_phases, f"{scenario.name}: good and bad minutes to leave")
        applied = apply_scenario(scenario, city, service=baseline.window.service, phase=phase)
        without = baseline_without(baseline, applied.change.removed_route_ids)
        after = rescore(without, applied.addition, percentiles=DEPARTURE_PERCENTILES).percentile_s
        today = {percentile: baseline.percentile_s(percentile) for percentile in DEPARTURE_PERCENTILES}
        longest_s = baseline.params.max_travel_s
        found.append(departure_measures(today, after, before, residents, scoring, max_travel_s=longest_s, note=note))
    merged = {key: merge_measures([one[key] for one in found]) if len(found) > 1 else found[0][key] for key in found[0]}
    return dataclasses.replace(card, departures=merged)
