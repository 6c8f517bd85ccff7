"""Rides: who has to change vehicle once more than today, and who once less. One is never set against the other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from workbench.city.city import City
from workbench.network import NO_MEDIAN
from workbench.scoring.measures.changes import Before
from workbench.scoring.measures.groups import BY_SHARE, ESTIMATED, neighborhood_of_zones
from workbench.scoring.measures.margins import GroupShares, estimate_count, is_too_few, suppressed
from workbench.scoring.params import ScoringParams
from workbench.scoring.scorecard import Measure, RideRow

__all__ = ["RideChanges", "find_ride_changes", "likely_share", "ride_measures", "ride_rows", "rides_needed"]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
UInt16Array = npt.NDArray[np.uint16]

SOURCE = "scheduled travel times with at most 1, 2, ... rides, residents by tax lot"
_ROWS = 64
"""Origins handled at once: a block of rows stays in the cache of the processor."""


@dataclass(frozen=True, eq=False)
class RideChanges:
    """Pairs of zones that need more rides than before, or fewer; sorted by origin and destination."""

    n_zones: int
    origin_ix: IntArray
    """(n_pairs,)"""
    destination_ix: IntArray
    rides_before: IntArray
    """(n_pairs,) rides that are needed, at least 1."""
    rides_after: IntArray
    before_s: IntArray
    """(n_pairs,) median travel time with as many rides as one likes, seconds."""
    after_s: IntArray

    @property
    def is_more(self) -> npt.NDArray[np.bool_]:
        """(n_pairs,) True where more rides are needed, False where fewer."""
        return self.rides_after > self.rides_before


def rides_needed(median_s: UInt16Array, tolerance_s: float) -> IntArray:
    """
    Return how many rides a trip needs: 0 where it cannot be made in time.

    Formula
    -------
    r = smallest K with m_K <= m_4 + tolerance, where m_K is the median travel time with at most K rides, walks wholly on
    foot included. A trip on foot counts as one ride: what is looked at is how often one changes.

    Parameters
    ----------
    median_s
        (n, max_rides, n_zones) with at most 1, 2, ... rides, seconds; NO_MEDIAN where not reached.
    tolerance_s
        Nobody changes vehicle to save less.
    """
    enough = median_s <= median_s[:, -1:, :] + float(tolerance_s)
    rides = np.argmax(enough, axis=1) + 1
    return np.where(median_s[:, -1, :] == NO_MEDIAN, 0, rides).astype(np.int64)


def find_ride_changes(
    before: tuple[UInt16Array, UInt16Array],
    after: tuple[UInt16Array, UInt16Array],
    *,
    tolerance_s: float,
    max_travel_s: int,
) -> RideChanges:
    """
    Return the pairs that need more rides, and those that need fewer.

    Formula
    -------
    A pair needs more rides if r' > r and m'_r > m_r + tolerance: whoever rides as often as today takes longer by more
    than the tolerance, and more rides save more than the tolerance. It needs fewer if the same holds with before and
    after exchanged. So what only adds service makes no pair need more, and what only takes away makes none need fewer.

    A pair is judged only where m_r + tolerance and m'_4 + tolerance are within the longest journey: beyond it nothing is
    known.

    Parameters
    ----------
    before, after
        Medians with fewer rides, (n_zones, max_rides - 1, n_zones), and with as many as one likes, (n_zones, n_zones).
    tolerance_s
        As for `rides_needed`.
    max_travel_s
        The longest journey that counts.
    """
    n_zones = len(before[1])
    found: list[npt.NDArray[np.int64]] = []
    for start in range(0, n_zones, _ROWS):
        rows = slice(start, start + _ROWS)
        old, new = (np.concatenate([few[rows], all_[rows, None]], axis=1) for few, all_ in (before, after))
        r_old, r_new = rides_needed(old, tolerance_s), rides_needed(new, tolerance_s)
        more = _needs_more(old, new, r_old, r_new, tolerance_s, max_travel_s)
        fewer = _needs_more(new, old, r_new, r_old, tolerance_s, max_travel_s)
        at = np.nonzero(more | fewer)
        columns = (at[0] + start, at[1], r_old[at], r_new[at], old[at[0], -1, at[1]], new[at[0], -1, at[1]])
        found.append(np.stack([column.astype(np.int64) for column in columns]))
    return RideChanges(n_zones, *np.concatenate(found, axis=1))


def _needs_more(
    old: UInt16Array,
    new: UInt16Array,
    rides_old: IntArray,
    rides_new: IntArray,
    tolerance_s: float,
    max_travel_s: int,
) -> npt.NDArray[np.bool_]:
    """Tell which pairs need more rides with the new times than with the old ones: (n, n_zones)."""
    with_old = np.maximum(rides_old - 1, 0)[:, None, :]
    then = np.take_along_axis(old, with_old, axis=1)[:, 0].astype(np.float64)
    now = np.take_along_axis(new, with_old, axis=1)[:, 0].astype(np.float64)
    is_known = (rides_old > 0) & (then + tolerance_s <= max_travel_s)
    is_known &= (rides_new > 0) & (new[:, -1] + float(tolerance_s) <= max_travel_s)
    return np.asarray(is_known & (rides_new > rides_old) & (now > then + tolerance_s))


def likely_share(changes: RideChanges, before: Before, residents: FloatArray, *, more: bool) -> FloatArray:
    """
    Return the share of the likely trips from each zone that need more rides, or fewer: (n_zones,), 0 to 1.

    Formula
    -------
    share(o) = sum of w(o, d) over these pairs / sum of w(o, d) over all d other than o; w(o, d) = R(d) 2^(-T(o, d) / half).
    """
    mine = changes.is_more == more
    weight = residents[changes.destination_ix] * before.weight_by_s[changes.before_s]
    by_origin = np.bincount(changes.origin_ix[mine], weights=weight[mine], minlength=changes.n_zones)
    share = np.divide(by_origin, before.weight, out=np.zeros_like(before.weight), where=before.weight > 0)
    return np.minimum(share, 1.0)


def ride_measures(
    changes: RideChanges, before: Before, residents: FloatArray, params: ScoringParams, note: str
) -> dict[str, Measure]:
    """Return the indicators of rides; `note` says which timetable was looked at."""
    measures: dict[str, Measure] = {}
    enough = f"at least {params.gain_trip_share:.1%} of the likely trips"
    for word, more in (("more", True), ("fewer", False)):
        share = likely_share(changes, before, residents, more=more)
        any_ = np.zeros(changes.n_zones, dtype=np.bool_)
        any_[changes.origin_ix[changes.is_more == more]] = True
        trips = float(share @ residents) * params.trips_per_resident
        people = float(residents[share >= params.gain_trip_share].sum())
        measures[f"residents_{word}_rides"] = Measure(
            round(people), "residents", SOURCE, uncertainty=f"{enough}; {note}"
        )
        measures[f"residents_{word}_rides_any"] = Measure(
            round(residents[any_].sum()), "residents", SOURCE, uncertainty=f"any trip at all, however unlikely; {note}"
        )
        measures[f"trips_{word}_rides_per_day"] = Measure(
            round(trips), "trips per day", SOURCE, uncertainty=f"weighted by people and nearness, no forecast; {note}"
        )
    return measures


def ride_rows(
    city: City, share_more: FloatArray, share_fewer: FloatArray, params: ScoringParams
) -> tuple[RideRow, ...]:
    """
    Return who needs more rides and who fewer on one likely trip in fifty: everybody, each group, then every area affected.

    Figures of groups that say too little are left out, as everywhere on the card.
    """
    residents = city.zones["residents"].to_numpy(dtype=np.float64)
    more, fewer = (residents * (share >= params.gain_trip_share) for share in (share_more, share_fewer))
    people = (residents, more, fewer)
    rows = [_row(("group", "group", "all", "Everybody"), people, _counted), *_groups(city, people, params)]
    for kind in city.area_kinds:
        of_zone = city.zones[kind.column].to_numpy(dtype=str)
        table = city.areas[kind.kind]
        names = dict(zip(table["area_id"].astype(str), table["name"].astype(str), strict=True))
        for area_id in map(str, np.unique(of_zone[(more > 0) | (fewer > 0)])):
            if area_id:
                here = (of_zone == area_id).astype(np.float64)
                named = (kind.kind, kind.label, area_id, names.get(area_id, area_id))
                rows.append(_row(named, (residents * here, more * here, fewer * here), _counted))
    return tuple(rows)


People = tuple[FloatArray, FloatArray, FloatArray]
"""Residents, those who need more rides, those who need fewer: of the same zones or neighborhoods."""


def _groups(city: City, people: People, params: ScoringParams) -> list[RideRow]:
    """Return one row for each group: its share of each neighborhood, with the survey's margin of error."""
    row, n = neighborhood_of_zones(city), len(city.group_shares)
    residents, more, fewer = (
        np.bincount(row, weights=amount, minlength=n + 1)[:n].astype(np.float64) for amount in people
    )
    why = f"fewer than {params.fewest_people} people, or a margin of error too wide for its value"
    rows = []
    for group in city.groups:
        shares = GroupShares.of(
            city.group_shares[group.group_id].to_numpy(dtype=np.float64),
            city.group_shares[f"{group.group_id}_moe"].to_numpy(dtype=np.float64),
        )

        def count(people: FloatArray, shares: GroupShares = shares) -> Measure:
            found = estimate_count(shares, people, ESTIMATED, BY_SHARE)
            return suppressed(found, why) if is_too_few(found, params) else found

        rows.append(_row(("group", "group", group.group_id, group.label), (residents, more, fewer), count))
    return rows


def _counted(people: FloatArray) -> Measure:
    return Measure(round(people.sum()), "residents", SOURCE)


def _row(names: tuple[str, str, str, str], people: People, count: Callable[[FloatArray], Measure]) -> RideRow:
    residents, more, fewer = (count(amount) for amount in people)
    return RideRow(*names, residents, more, fewer)
