"""Departures: what a good and a bad minute to leave gain, and how far they are apart, weighted over likely trips."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from workbench.scoring.measures.changes import Before
from workbench.scoring.measures.travel_time import WEIGHTED
from workbench.scoring.params import ScoringParams
from workbench.scoring.scorecard import Measure

__all__ = ["DEPARTURE_PERCENTILES", "departure_measures"]

FloatArray = npt.NDArray[np.float64]
UInt16Array = npt.NDArray[np.uint16]

DEPARTURE_PERCENTILES = (25, 50, 75)
"""A good minute to leave: one departure in four is as quick; the middle; a bad one: three in four are as quick."""
STEADIER_MIN = 5
SOURCE = "scheduled travel times, residents by tax lot"
_ROWS = 256
"""Origins handled at once: a block of rows stays in the cache of the processor."""


def departure_measures(
    before_s: Mapping[int, UInt16Array],
    after_s: Mapping[int, UInt16Array],
    before: Before,
    residents: FloatArray,
    params: ScoringParams,
    *,
    max_travel_s: int,
    note: str,
) -> dict[str, Measure]:
    """
    Return the indicators of the spread over departures.

    Formula
    -------
    saved_p(o) = sum over d of w(o, d) max(T_p - T'_p, 0) / sum of w(o, d), for the percentiles p = 25 and 75 of the
    departures, w of the median as for minutes saved; lost_p likewise, never subtracted. The gap of a pair is
    g = T_75 - T_25; `steadier` sums max(g - g', 0), `less_steady` max(g' - g, 0). A pair not reached counts as the
    longest journey.

    Parameters
    ----------
    before_s, after_s
        By percentile, (n_zones, n_zones) seconds; keys of `DEPARTURE_PERCENTILES`.
    before
        Weights of today.
    residents
        (n_zones,)
    params
        What counts.
    max_travel_s
        The longest journey.
    note
        Which timetable was looked at.
    """
    sums = {name: np.zeros(len(residents)) for name in _SUMS}
    for start in range(0, len(residents), _ROWS):
        rows = slice(start, start + _ROWS)
        old, new = (
            {p: np.minimum(matrix[rows], max_travel_s).astype(np.float32) for p, matrix in of.items()}
            for of in (before_s, after_s)
        )
        weight = before.weight_by_s[before_s[50][rows]] * residents
        of_rows = _sums_of(old, new, weight, np.arange(start, start + len(weight)))
        for name, values in of_rows.items():
            sums[name][rows] = values
    return _measures(sums, before, residents, params, note)


_SUMS = (
    "saved_25",
    "lost_25",
    "saved_75",
    "lost_75",
    "gap",
    "gap_after",
    "steadier",
    "less_steady",
    "much_steadier",
    "much_less",
)


def _sums_of(
    old: Mapping[int, npt.NDArray[np.float32]],
    new: Mapping[int, npt.NDArray[np.float32]],
    weight: FloatArray,
    own_ix: npt.NDArray[np.int64],
) -> dict[str, FloatArray]:
    """Return weighted sums over the destinations of some origins: seconds, and for `much_...` weights."""
    weight[np.arange(len(own_ix)), own_ix] = 0.0

    def total(values: npt.NDArray[np.float32] | npt.NDArray[np.bool_]) -> FloatArray:
        return np.asarray((weight * values).sum(axis=1))

    found = {}
    for p in (25, 75):
        saved = old[p] - new[p]
        found[f"saved_{p}"], found[f"lost_{p}"] = total(np.maximum(saved, 0)), total(np.maximum(-saved, 0))
    gap, gap_after = old[75] - old[25], new[75] - new[25]
    nearer = gap - gap_after
    return found | {
        "gap": total(gap),
        "gap_after": total(gap_after),
        "steadier": total(np.maximum(nearer, 0)),
        "less_steady": total(np.maximum(-nearer, 0)),
        "much_steadier": total(nearer >= 60 * STEADIER_MIN),
        "much_less": total(nearer <= -60 * STEADIER_MIN),
    }


def _measures(
    sums: Mapping[str, FloatArray], before: Before, residents: FloatArray, params: ScoringParams, note: str
) -> dict[str, Measure]:
    def person_minutes(name: str) -> float:
        by_zone = np.divide(sums[name], 60 * before.weight, out=np.zeros_like(residents), where=before.weight > 0)
        return float(by_zone @ residents)

    def minutes(name: str) -> Measure:
        total = round(person_minutes(name) * params.trips_per_resident)
        return Measure(total, "person-minutes per day", SOURCE, uncertainty=f"{WEIGHTED}; {note}")

    def mean(name: str) -> Measure:
        value = person_minutes(name) / max(float(residents.sum()), 1.0)
        return Measure(round(value, 4), "minutes", SOURCE, uncertainty=f"{WEIGHTED}; {note}")

    def people(name: str) -> Measure:
        enough = (before.weight > 0) & (sums[name] >= params.gain_trip_share * before.weight)
        why = f"at least {params.gain_trip_share:.1%} of the likely trips, {WEIGHTED}; {note}"
        return Measure(round(residents[enough].sum()), "residents", SOURCE, uncertainty=why)

    return {
        "person_minutes_per_day_p25": minutes("saved_25"),
        "person_minutes_lost_per_day_p25": minutes("lost_25"),
        "person_minutes_per_day_p75": minutes("saved_75"),
        "person_minutes_lost_per_day_p75": minutes("lost_75"),
        "clock_gap_before": mean("gap"),
        "clock_gap_after": mean("gap_after"),
        "person_minutes_steadier_per_day": minutes("steadier"),
        "person_minutes_less_steady_per_day": minutes("less_steady"),
        "residents_steadier_5_min": people("much_steadier"),
        "residents_less_steady_5_min": people("much_less"),
    }
