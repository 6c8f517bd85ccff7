"""Who gains: the same counts by group of residents and by area. People are counted, not zones.

Groups are known as shares of a neighborhood (NTA); every block and zone takes its neighborhood's share, so all
numbers by group are estimates.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from workbench.city.city import City, Group
from workbench.scoring.access import Access
from workbench.scoring.coverage import Coverage
from workbench.scoring.losers import losing_access
from workbench.scoring.params import ScoringParams
from workbench.scoring.scorecard import AreaRow, GroupRow, Measure

__all__ = ["AREA_COLUMNS", "area_rows", "group_rows"]

BoolArray = npt.NDArray[np.bool_]
FloatArray = npt.NDArray[np.float64]

AREA_COLUMNS = {
    "borough": "borough",
    "community_district": "community_district",
    "nta": "nta_id",
    "council_district": "council_district",
}
"""Kind of area -> column of `City.zones`."""
COUNTED = "residents by tax lot"
ESTIMATED = "residents by tax lot, group shares of each neighborhood"
BY_SHARE = "estimate: each place takes its neighborhood's share; range is the 90% margin of error of the shares"
ACCESS = "scheduled travel times, residents by tax lot"


def group_rows(city: City, coverage: Coverage, access: Access, params: ScoringParams) -> tuple[GroupRow, ...]:
    """Return everybody first, then each group of the city in its order."""
    zone_residents = city.zones["residents"].to_numpy(dtype=np.float64)
    block_residents = city.blocks["residents"].to_numpy(dtype=np.float64)
    zone_nta, block_nta = _nta_rows(city, city.zones["nta_id"]), _nta_rows(city, city.blocks["nta_id"])
    n_ntas = len(city.group_shares)
    gain = np.maximum(access.headline_change(), 0.0) * zone_residents
    by_nta = tuple(
        np.bincount(nta, weights=value, minlength=n_ntas + 1).astype(np.float64)
        for nta, value in (
            (block_nta, block_residents),
            (block_nta, block_residents * coverage.near),
            (zone_nta, zone_residents * access.gaining(params)),
            (zone_nta, gain),
        )
    )
    everybody = GroupRow(
        group_id="all",
        label="Everybody",
        residents=Measure(round(by_nta[0].sum()), "residents", COUNTED),
        near_route=Measure(round(by_nta[1].sum()), "residents", COUNTED),
        gaining=Measure(round(by_nta[2].sum()), "residents", ACCESS),
        share_of_people=Measure(1.0, "share", COUNTED),
        share_of_gain=_share_of_gain(float(gain.sum()), float(gain.sum()), ACCESS, ""),
    )
    return (everybody, *(_group_row(group, city, *by_nta) for group in city.groups))


def area_rows(city: City, access: Access, params: ScoringParams) -> tuple[AreaRow, ...]:
    """Return every area of each kind in which anybody's access changes, by kind and id; boroughs always."""
    residents = city.zones["residents"].to_numpy(dtype=np.float64)
    change, gaining, losing = access.headline_change(), access.gaining(params), losing_access(access)
    rows: list[AreaRow] = []
    for kind, column in AREA_COLUMNS.items():
        area_ids, row = np.unique(city.zones[column].to_numpy(dtype=str), return_inverse=True)
        area = city.areas[kind]
        names = dict(zip(area["area_id"].astype(str), area["name"].astype(str), strict=True))
        people, gainers, losers, total = (
            np.bincount(row, weights=value, minlength=len(area_ids))
            for value in (residents, residents * gaining, residents * losing, residents * change)
        )
        moved = np.bincount(row, weights=change != 0, minlength=len(area_ids)) > 0
        for place, area_id in enumerate(area_ids):
            if area_id and (moved[place] or kind == "borough"):
                mean = total[place] / people[place] if people[place] > 0 else 0.0
                rows.append(
                    AreaRow(
                        kind=kind,
                        area_id=str(area_id),
                        name=names.get(str(area_id), str(area_id)),
                        residents=round(people[place]),
                        gaining=Measure(round(gainers[place]), "residents", ACCESS),
                        losing=Measure(round(losers[place]), "residents", ACCESS),
                        access_change=Measure(round(float(mean), 1), "residents", ACCESS),
                    )
                )
    return tuple(rows)


def _nta_rows(city: City, nta_id: pd.Series[str]) -> npt.NDArray[np.int64]:
    """Return the row of `group_shares` of each place, or one past the last where its neighborhood is not in it."""
    index = city.group_shares.index
    row = index.get_indexer(pd.Index(nta_id))
    return np.where(row < 0, len(index), row).astype(np.int64)


def _group_row(
    group: Group, city: City, people: FloatArray, near: FloatArray, gaining: FloatArray, gain: FloatArray
) -> GroupRow:
    """Return one group; the arguments are sums by neighborhood, the last entry those without one."""
    share = np.nan_to_num(city.group_shares[group.group_id].to_numpy(dtype=np.float64))
    moe = np.nan_to_num(city.group_shares[f"{group.group_id}_moe"].to_numpy(dtype=np.float64))
    note = f"{BY_SHARE}; {group.note}" if group.note else BY_SHARE
    in_group = float(people[:-1] @ share)
    return GroupRow(
        group_id=group.group_id,
        label=group.label,
        residents=_estimate(people, share, moe, note),
        near_route=_estimate(near, share, moe, note),
        gaining=_estimate(gaining, share, moe, note),
        share_of_people=Measure(
            round(in_group / max(float(people.sum()), 1.0), 4), "share", ESTIMATED, uncertainty=BY_SHARE
        ),
        share_of_gain=_share_of_gain(float(gain[:-1] @ share), float(gain.sum()), ESTIMATED, BY_SHARE),
    )


def _estimate(by_nta: FloatArray, share: FloatArray, moe: FloatArray, note: str) -> Measure:
    """Return a count with its margin: errors of neighborhoods are independent, so their squares add up."""
    value = float(by_nta[:-1] @ share)
    margin = float(np.sqrt(((by_nta[:-1] * moe) ** 2).sum()))
    low, high = max(value - margin, 0.0), min(value + margin, float(by_nta.sum()))
    return Measure(round(value), "residents", ESTIMATED, low=round(low), high=round(high), uncertainty=note)


def _share_of_gain(part: float, whole: float, source: str, note: str) -> Measure:
    if whole <= 0:
        return Measure(None, "share", source, uncertainty="nobody's access grows")
    return Measure(round(part / whole, 4), "share", source, uncertainty=note)
