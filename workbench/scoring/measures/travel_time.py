"""Travel time: who gets quicker trips, and how many minutes are saved. Weighted by opportunity: not a forecast of riders."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from workbench.scoring.measures.changes import Before, Changes
from workbench.scoring.params import GAIN_MIN, ScoringParams
from workbench.scoring.scorecard import Measure

__all__ = ["TravelTime", "lost_time_measures", "score_travel_time", "travel_time_measures"]

BoolArray = npt.NDArray[np.bool_]
FloatArray = npt.NDArray[np.float64]

SOURCE = "scheduled travel times, residents by tax lot"
WEIGHTED = "weighted by people and nearness, scheduled times; not a forecast of riders"


@dataclass(frozen=True, eq=False)
class TravelTime:
    """What each zone gains in time."""

    minutes_saved: FloatArray
    """(n_zones,) weighted mean cut of the median travel time; trips that get longer are not subtracted."""
    minutes_lost: FloatArray
    """(n_zones,) the same for trips that get longer; trips that get quicker are not subtracted."""
    quicker: BoolArray
    """(n_thresholds, n_zones) enough of the likely trips get quicker by at least 2, 5, 10 minutes."""
    slower: BoolArray
    """(n_thresholds, n_zones) enough of them get longer by at least as much."""


def score_travel_time(before: Before, changes: Changes, residents: FloatArray, params: ScoringParams) -> TravelTime:
    """
    Return the minutes each zone saves, and those it loses.

    Formula
    -------
    saved(o) = sum over d of w(o, d) max(T(o, d) - T'(o, d), 0) / sum over d of w(o, d), where T and T' are median
    travel times before and after and w(o, d) = R(d) 2^(-T(o, d) / half) for d other than o; a pair not reached within
    the longest journey counts as that journey. A zone is *quicker by m minutes* if the destinations d
    with T - T' >= m hold at least `gain_trip_share` of the weight of all. Minutes lost and *slower* are the same with T' - T.
    """
    there = residents[changes.destination_ix]
    saved_s = np.maximum(changes.saved_s, 0)
    weight = there * before.weight_by_s[changes.before_s]
    saved, lost = (
        np.divide(weighted, 60.0 * before.weight, out=np.zeros_like(weighted), where=before.weight > 0)
        for weighted in (changes.sum_by_origin(weight * part) for part in (saved_s, saved_s - changes.saved_s))
    )
    needed = np.where(before.weight > 0, params.gain_trip_share * before.weight, np.inf)
    quicker, slower = (
        np.array([changes.sum_by_origin(weight, part >= 60 * threshold) >= needed for threshold in GAIN_MIN])
        for part in (saved_s, saved_s - changes.saved_s)
    )
    return TravelTime(saved, lost, quicker, slower)


def lost_time_measures(result: TravelTime, residents: FloatArray, params: ScoringParams) -> dict[str, Measure]:
    """Return the indicators of time lost, which is never set against time saved."""
    total = float(result.minutes_lost @ residents) * params.trips_per_resident
    measures = {
        "person_minutes_lost_per_day": Measure(round(total), "person-minutes per day", SOURCE, uncertainty=WEIGHTED)
    }
    for threshold, slower in zip(GAIN_MIN, result.slower, strict=True):
        measures[f"residents_losing_{threshold}_min"] = Measure(
            round(residents[slower].sum()), "residents", SOURCE, uncertainty=_enough(params)
        )
    return measures


def travel_time_measures(result: TravelTime, residents: FloatArray, params: ScoringParams) -> dict[str, Measure]:
    """Return the indicators of travel time."""
    measures = {}
    for threshold, quicker in zip(GAIN_MIN, result.quicker, strict=True):
        measures[f"residents_gaining_{threshold}_min"] = Measure(
            round(residents[quicker].sum()), "residents", SOURCE, uncertainty=_enough(params)
        )
    person_minutes = float(result.minutes_saved @ residents)
    mean = person_minutes / max(float(residents.sum()), 1.0)
    measures["minutes_saved_mean"] = Measure(round(mean, 4), "minutes", SOURCE, uncertainty=WEIGHTED)
    total = person_minutes * params.trips_per_resident
    measures["person_minutes_per_day"] = Measure(round(total), "person-minutes per day", SOURCE, uncertainty=WEIGHTED)
    return measures


def _enough(params: ScoringParams) -> str:
    return f"at least {params.gain_trip_share:.1%} of the likely trips, {WEIGHTED}"
