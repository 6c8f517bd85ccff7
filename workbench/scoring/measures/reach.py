"""Access to what is worth reaching besides people: jobs and places of every kind, within time limits and to the nearest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from workbench.scoring.measures.access import weighted_quantile
from workbench.scoring.measures.changes import Changes
from workbench.scoring.params import ACCESS_MIN, GAIN_MIN
from workbench.scoring.scorecard import Measure, ReachRow

__all__ = ["REACH_FIELDS", "PlacesBefore", "measure_places", "reach_rows"]

FloatArray = npt.NDArray[np.float64]
UInt16Array = npt.NDArray[np.uint16]

SOURCE = "scheduled travel times, residents by tax lot; a place counts in its zone"
NEAREST = "to the middle of the nearest zone with one; 0 in one's own zone"
NOBODY = "nobody's access to it changes"
ONLY_PLACES = "said of places only"
_ROWS = 256

REACH_FIELDS = (
    *(
        f"access_{minutes}_{suffix}"
        for minutes in ACCESS_MIN
        for suffix in ("before", "after", "change_mean", "change_p10", "change_median")
    ),
    "nearest_before_min",
    "nearest_after_min",
    "residents_nearer_2_min",
    "residents_farther_2_min",
)
"""Figures of every kind of opportunity, in their order."""


@dataclass(frozen=True, eq=False)
class PlacesBefore:
    """What today's travel times say of opportunities; it depends on the baseline and the city's places only."""

    counts: Mapping[str, FloatArray]
    """Kind -> how many in each zone: (n_zones,)."""
    reached: Mapping[str, FloatArray]
    """Kind -> (n_limits, n_zones) within each time limit, the own zone included."""
    nearest_s: Mapping[str, FloatArray]
    """Kind -> (n_zones,) median travel time to the nearest zone that has one; places only, not jobs."""


def measure_places(before_s: UInt16Array, counts: Mapping[str, FloatArray], max_travel_s: int) -> PlacesBefore:
    """
    Return how much each zone reaches today, and how far the nearest is.

    Parameters
    ----------
    before_s
        (n_zones, n_zones) median travel times, seconds.
    counts
        By kind, without residents: (n_zones,) each.
    max_travel_s
        What a zone not reached counts as.
    """
    kinds, n_zones = list(counts), len(before_s)
    reached = {kind: np.zeros((len(ACCESS_MIN), n_zones)) for kind in kinds}
    if kinds:
        table = np.stack([counts[kind] for kind in kinds], axis=1).astype(np.float32)
        for start in range(0, n_zones, _ROWS):
            rows = np.asarray(before_s[start : start + _ROWS])
            for limit, minutes in enumerate(ACCESS_MIN):
                found = (rows <= 60 * minutes).astype(np.float32) @ table
                for column, kind in enumerate(kinds):
                    reached[kind][limit, start : start + _ROWS] = found[:, column]
    places = {kind: _nearest_s(before_s, counts[kind], max_travel_s) for kind in kinds if kind != "jobs"}
    return PlacesBefore(counts, reached, places)


def reach_rows(
    before: PlacesBefore,
    changes: Changes,
    after_s: UInt16Array,
    residents: FloatArray,
    labels: Mapping[str, str],
    max_travel_s: int,
) -> tuple[ReachRow, ...]:
    """
    Return one row for each kind of opportunity: jobs first, if the city has them, then places.

    Formula
    -------
    As access to residents (`score_access`), with the number of jobs or places in the place of residents. Nearest: the
    smallest median travel time to any zone with one of the kind.

    Parameters
    ----------
    before
        What `measure_places` returned.
    changes
        Changed pairs.
    after_s
        (n_zones, n_zones) median travel times after the change.
    residents
        (n_zones,)
    labels
        Kind -> many of them in plain words: `subway stations`.
    max_travel_s
        What a zone not reached counts as.
    """
    rows = []
    for kind, count in before.counts.items():
        measures = _access(count, before.reached[kind], changes, residents, kind)
        measures |= _nearest(before, kind, changes, after_s, residents, max_travel_s)
        rows.append(ReachRow(kind, labels[kind], round(float(count.sum())), measures))
    return tuple(rows)


def _access(
    count: FloatArray, reached: FloatArray, changes: Changes, residents: FloatArray, kind: str
) -> dict[str, Measure]:
    """Return what the average resident reaches, and how that changes: mean over all, spread over those affected."""
    unit = "jobs" if kind == "jobs" else "places"
    everybody = max(float(residents.sum()), 1.0)
    there = count[changes.destination_ix]
    found: dict[str, Measure] = {}

    def measure(value: float | None) -> Measure:
        if value is None:
            return Measure(None, unit, SOURCE, uncertainty=NOBODY)
        return Measure(round(float(value), 2 if unit == "places" else 1), unit, SOURCE)

    for limit, minutes in enumerate(ACCESS_MIN):
        was, is_now = changes.before_s <= 60 * minutes, changes.after_s <= 60 * minutes
        change = changes.sum_by_origin(there, is_now & ~was) - changes.sum_by_origin(there, was & ~is_now)
        moved = change != 0
        before = float(reached[limit] @ residents) / everybody
        mean = float(change @ residents) / everybody
        found[f"access_{minutes}_before"] = measure(before)
        found[f"access_{minutes}_after"] = measure(before + mean)
        found[f"access_{minutes}_change_mean"] = measure(mean)
        for name, share in (("p10", 0.1), ("median", 0.5)):
            value = weighted_quantile(change[moved], residents[moved], share)
            found[f"access_{minutes}_change_{name}"] = measure(value)
    return found


def _nearest(
    before: PlacesBefore, kind: str, changes: Changes, after_s: UInt16Array, residents: FloatArray, max_travel_s: int
) -> dict[str, Measure]:
    """Return how long the nearest takes, mean over all residents, and who gets nearer or farther by two minutes."""
    keys = REACH_FIELDS[-4:]
    if kind not in before.nearest_s:
        units = ("minutes", "minutes", "residents", "residents")
        return {
            key: Measure(None, unit, SOURCE, uncertainty=ONLY_PLACES) for key, unit in zip(keys, units, strict=True)
        }
    old = before.nearest_s[kind]
    new = _nearest_after(old, before.counts[kind], changes, after_s, max_travel_s)
    everybody = max(float(residents.sum()), 1.0)
    step = 60 * GAIN_MIN[0]
    people = float(residents[old - new >= step].sum()), float(residents[new - old >= step].sum())
    means = (float(seconds @ residents) / everybody / 60 for seconds in (old, new))
    found = [Measure(round(mean, 2), "minutes", SOURCE, uncertainty=NEAREST) for mean in means]
    found += [Measure(round(count), "residents", SOURCE, uncertainty=NEAREST) for count in people]
    return dict(zip(keys, found, strict=True))


def _nearest_s(median_s: UInt16Array, count: FloatArray, max_travel_s: int) -> FloatArray:
    """Return the seconds to the nearest zone with any, 0 where the own zone has one: (n_zones,)."""
    has = np.flatnonzero(count > 0)
    if len(has) == 0:
        return np.full(len(count), float(max_travel_s))
    seconds: FloatArray = np.minimum(np.asarray(median_s[:, has]).min(axis=1), max_travel_s).astype(np.float64)
    seconds[has] = 0.0
    return seconds


def _nearest_after(
    old_s: FloatArray, count: FloatArray, changes: Changes, after_s: UInt16Array, max_travel_s: int
) -> FloatArray:
    """Return `_nearest_s` after the change from that of today: only zones with a changed trip to such a place can differ."""
    there = count[changes.destination_ix] > 0
    origin, saved_s = changes.origin_ix[there], changes.saved_s[there]
    new = old_s.copy()
    np.minimum.at(new, origin, changes.after_s[there].astype(np.float64))
    again = np.unique(origin[saved_s < 0])  # where a trip gets longer, another place may be the nearest now
    if len(again):
        has = np.flatnonzero(count > 0)
        nearest_s = np.minimum(np.asarray(after_s[np.ix_(again, has)]).min(axis=1), max_travel_s).astype(np.float64)
        new[again] = np.where(count[again] > 0, 0.0, nearest_s)
    return new
