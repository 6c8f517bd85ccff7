"""Who gains and who loses, by group of residents. People are counted, not zones.

Groups are known as shares of a neighborhood, from a survey; every block and zone takes its neighborhood's share. So all
numbers by group are estimates: counts are people of the Census x shares of the survey, totals of the survey are not used.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from workbench.city.city import City, Group
from workbench.scoring.city_tables import tables_of
from workbench.scoring.measures.access import Access, weighted_quantile
from workbench.scoring.measures.coverage import BLOCKS_ESTIMATED, Coverage
from workbench.scoring.measures.losers import losing_access
from workbench.scoring.measures.margins import GroupShares, estimate_count, estimate_ratio, is_too_few, suppressed
from workbench.scoring.measures.travel_time import WEIGHTED, TravelTime
from workbench.scoring.params import ScoringParams
from workbench.scoring.scorecard import GroupRow, Measure, measures_of, with_measures

__all__ = ["group_rows", "neighborhood_of_zones", "suppress_group"]

BoolArray = npt.NDArray[np.bool_]
FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

COUNTED = "residents by tax lot"
ESTIMATED = "residents by tax lot, group shares of each neighborhood"
BY_SHARE = "estimate: each place takes its neighborhood's share; range is the 90% margin of error of the shares"
ACCESS = "scheduled travel times, residents by tax lot"
NOBODY_GAINS = "nobody's access grows"
NOBODY_LOSES = "nobody's access falls"
NOBODY_CHANGES = "nobody's access changes"
NOBODY = "nobody of this group is known"
BY_SHARE_POINT = "estimate: each place takes its neighborhood's share; the margin of error of a percentile is not known"


@dataclass(frozen=True, eq=False)
class _Weights:
    """Sums over the zones or blocks of each neighborhood, those without a neighborhood left out: (n_neighborhoods,)."""

    people: FloatArray
    near: FloatArray
    gaining: FloatArray
    losing: FloatArray
    affected: FloatArray
    longer: FloatArray
    gained: FloatArray
    """Residents x residents who come within reach."""
    lost: FloatArray
    saved: FloatArray
    """Residents x minutes."""
    lost_minutes: FloatArray


def group_rows(
    city: City,
    coverage: Coverage,
    access: Access,
    travel_time: TravelTime,
    longer: BoolArray,
    params: ScoringParams,
) -> tuple[GroupRow, ...]:
    """
    Return everybody first, then each group of the city in its order; nothing is suppressed yet.

    Parameters
    ----------
    city
        Its groups and their shares by neighborhood.
    coverage, access, travel_time
        What changes.
    longer
        (n_zones,) zones from which some trip gets longer.
    params
        What counts as a gain.
    """
    tables = tables_of(city)
    residents, block_residents, row = tables.residents, tables.block_residents, tables.neighborhood
    block_row = row[tables.block_zone_ix]
    change = access.headline_change()
    gained, lost = np.maximum(change, 0.0), np.maximum(-change, 0.0)
    by_zone = (
        residents * access.gaining(params),
        residents * losing_access(access),
        residents * (change != 0),
        residents * longer,
        residents * gained,
        residents * lost,
        residents * travel_time.minutes_saved,
        residents * travel_time.minutes_lost,
    )
    n = len(city.group_shares)
    sums = _Weights(
        _sum_by(row, residents, n),
        _sum_by(block_row, block_residents * coverage.near, n),
        *(_sum_by(row, weight, n) for weight in by_zone),
    )
    near = float(block_residents[coverage.near].sum())
    moved = np.flatnonzero(change != 0)
    moved = moved[np.argsort(change[moved], kind="stable")]  # once, not for every group and percentile
    everybody = _everybody(residents, near, by_zone, change, moved)
    return (everybody, *(_group_row(group, city, sums, row, residents, change, moved) for group in city.groups))


def neighborhood_of_zones(city: City) -> IntArray:
    """Return for each zone its row of `City.group_shares`, or one past the last where it has none: (n_zones,)."""
    return tables_of(city).neighborhood


def suppress_group(row: GroupRow, params: ScoringParams) -> GroupRow:
    """
    Return the row without the figures that say too little; everybody is counted, not estimated, and stays whole.

    Where a count is suppressed, what is said of these people per head is suppressed with it.
    """
    if row.group_id == "all":
        return row
    why = f"fewer than {params.fewest_people} people, or a margin of error too wide for its value"
    shown: dict[str, Measure] = {}
    for field, measure in measures_of(row).items():
        people = getattr(row, _RESTS_ON.get(field, field))
        hidden = is_too_few(measure, params) or is_too_few(people, params)
        shown[field] = suppressed(measure, why) if hidden and measure.value is not None else measure
    return with_measures(row, shown)


_RESTS_ON = {
    "share_of_people": "residents",
    "minutes_saved": "residents",
    "minutes_lost": "residents",
    "access_change": "residents",
    "access_change_p10": "affected",
    "access_change_median": "affected",
}
"""Figure -> the count of people behind it: it is suppressed with that count."""


def _sum_by(row: IntArray, weight: FloatArray, n: int) -> FloatArray:
    return np.bincount(row, weights=weight, minlength=n + 1)[:n].astype(np.float64)


def _everybody(
    residents: FloatArray, near: float, by_zone: tuple[FloatArray, ...], change: FloatArray, moved: IntArray
) -> GroupRow:
    """Return the row of everybody: counted, not estimated."""
    gaining, losing, affected, longer, gained, lost, saved, lost_minutes = (float(weight.sum()) for weight in by_zone)
    everybody = max(float(residents.sum()), 1.0)
    p10, median = (_quantile(change, residents, moved, share, ACCESS, "") for share in (0.1, 0.5))
    return GroupRow(
        group_id="all",
        label="Everybody",
        residents=Measure(round(residents.sum()), "residents", COUNTED),
        near_route=Measure(round(near), "residents", COUNTED, uncertainty=BLOCKS_ESTIMATED),
        gaining=Measure(round(gaining), "residents", ACCESS),
        losing=Measure(round(losing), "residents", ACCESS),
        affected=Measure(round(affected), "residents", ACCESS),
        longer_trips=Measure(round(longer), "residents", ACCESS),
        share_of_people=Measure(1.0, "share", COUNTED),
        share_of_gain=_whole(gained, NOBODY_GAINS),
        share_of_loss=_whole(lost, NOBODY_LOSES),
        minutes_saved=Measure(round(saved / everybody, 4), "minutes", ACCESS, uncertainty=WEIGHTED),
        minutes_lost=Measure(round(lost_minutes / everybody, 4), "minutes", ACCESS, uncertainty=WEIGHTED),
        access_change=Measure(round((gained - lost) / everybody, 4), "residents", ACCESS),
        access_change_p10=p10,
        access_change_median=median,
    )


def _whole(amount: float, none: str) -> Measure:
    return Measure(1.0 if amount > 0 else None, "share", ACCESS, uncertainty="" if amount > 0 else none)


def _group_row(
    group: Group,
    city: City,
    sums: _Weights,
    row: IntArray,
    residents: FloatArray,
    change: FloatArray,
    moved: IntArray,
) -> GroupRow:
    """Return one group; shares of people, gain and loss are of those neighborhoods for which the survey gives a share."""
    known = tables_of(city).shares
    column = known[group.group_id]
    shares = GroupShares.of(column, known[f"{group.group_id}_moe"])
    note = f"{BY_SHARE}; {group.note}" if group.note else BY_SHARE
    in_group = residents * np.append(np.nan_to_num(column), 0.0)[row]

    def count(people: FloatArray) -> Measure:
        return estimate_count(shares, people, ESTIMATED, note)

    def part(amount: FloatArray, none: str) -> Measure:
        whole = float(amount[shares.is_known].sum())
        value, margin = shares.count(amount)
        found = None if whole <= 0 else (value / whole, None if margin is None else margin / whole)
        return estimate_ratio(found, "share", ESTIMATED, BY_SHARE, none)

    def mean(amount: FloatArray, unit: str, why: str = BY_SHARE) -> Measure:
        return estimate_ratio(shares.ratio(amount, sums.people), unit, ESTIMATED, why, NOBODY)

    return GroupRow(
        group_id=group.group_id,
        label=group.label,
        residents=count(sums.people),
        near_route=count(sums.near),
        gaining=count(sums.gaining),
        losing=count(sums.losing),
        affected=count(sums.affected),
        longer_trips=count(sums.longer),
        share_of_people=part(sums.people, NOBODY),
        share_of_gain=part(sums.gained, NOBODY_GAINS),
        share_of_loss=part(sums.lost, NOBODY_LOSES),
        minutes_saved=mean(sums.saved, "minutes", f"{BY_SHARE}; {WEIGHTED}"),
        minutes_lost=mean(sums.lost_minutes, "minutes", f"{BY_SHARE}; {WEIGHTED}"),
        access_change=mean(sums.gained - sums.lost, "residents"),
        access_change_p10=_quantile(change, in_group, moved, 0.1, ESTIMATED, BY_SHARE_POINT),
        access_change_median=_quantile(change, in_group, moved, 0.5, ESTIMATED, BY_SHARE_POINT),
    )


def _quantile(change: FloatArray, people: FloatArray, moved: IntArray, share: float, source: str, note: str) -> Measure:
    """Return a percentile over those for whom it changes: zones `moved`."""
    value = weighted_quantile(change[moved], people[moved], share)
    if value is None:
        return Measure(None, "residents", source, uncertainty=NOBODY_CHANGES)
    return Measure(round(value, 1), "residents", source, uncertainty=note)
