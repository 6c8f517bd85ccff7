"""Who gains and who loses, by area: every kind of area the city has. People are counted, not zones."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from workbench.city.city import AreaKind, City
from workbench.scoring.measures.access import Access
from workbench.scoring.measures.changes import Changes
from workbench.scoring.measures.coverage import BLOCKS_ESTIMATED, Coverage
from workbench.scoring.measures.losers import losing_access, losing_time
from workbench.scoring.measures.margins import suppressed
from workbench.scoring.measures.travel_time import WEIGHTED, TravelTime
from workbench.scoring.params import GAIN_MIN, ScoringParams
from workbench.scoring.scorecard import AreaRow, Measure, with_measures

__all__ = ["area_rows", "suppress_area"]

FloatArray = npt.NDArray[np.float64]

ACCESS = "scheduled travel times, residents by tax lot"
_PER_RESIDENT = ("minutes_saved", "minutes_lost", "access_change", "access_change_p10", "access_change_median")


def area_rows(
    city: City,
    coverage: Coverage,
    access: Access,
    travel_time: TravelTime,
    changes: Changes,
    params: ScoringParams,
) -> tuple[AreaRow, ...]:
    """
    Return every area in which anything changes, by kind in the city's order and by id; the largest kind always.

    An area counts the zones that lie in it; people near the route are counted by block.
    """
    rows: list[AreaRow] = []
    for number, kind in enumerate(city.area_kinds):
        rows += _rows_of(city, kind, coverage, access, travel_time, changes, params, always=number == 0)
    return tuple(rows)


def suppress_area(row: AreaRow, params: ScoringParams) -> AreaRow:
    """Return the row without figures per resident where too few people live: a mean of so few says nothing of an area."""
    if row.residents >= params.fewest_people:
        return row
    why = f"fewer than {params.fewest_people} people live here"
    hidden = {name: suppressed(getattr(row, name), why) for name in _PER_RESIDENT}
    return with_measures(row, hidden)


def _rows_of(
    city: City,
    kind: AreaKind,
    coverage: Coverage,
    access: Access,
    travel_time: TravelTime,
    changes: Changes,
    params: ScoringParams,
    *,
    always: bool,
) -> list[AreaRow]:
    """Return the areas of one kind; zones outside any area have an empty id."""
    area_ids, row = np.unique(city.zones[kind.column].to_numpy(dtype=str), return_inverse=True)
    residents = city.zones["residents"].to_numpy(dtype=np.float64)
    change, longer = access.headline_change(), losing_time(changes)
    by_zone = {
        "people": residents,
        "gaining": residents * access.gaining(params),
        "losing": residents * losing_access(access),
        "longer_trips": residents * longer,
        "minutes_saved": residents * travel_time.minutes_saved,
        "minutes_lost": residents * travel_time.minutes_lost,
        "access_change": residents * change,
    }
    n = len(area_ids)
    sums: dict[str, FloatArray] = {
        name: np.bincount(row, weights=weight, minlength=n).astype(np.float64) for name, weight in by_zone.items()
    }
    sums |= closer_by_area(row, len(area_ids), changes, residents)
    near_route = _near_by_area(city, kind.column, coverage, area_ids, row)
    moves = (np.bincount(row, weights=(change != 0) | longer, minlength=len(area_ids)) > 0) | (near_route > 0)
    moves |= sums[f"closer_{GAIN_MIN[0]}_min"] > 0
    shown = np.array([bool(area_id) and (always or moves[at]) for at, area_id in enumerate(area_ids)])
    low, middle = (quantile_by(row, change, residents, share, len(area_ids)) for share in (0.1, 0.5))
    table = city.areas[kind.kind]
    names = dict(zip(table["area_id"].astype(str), table["name"].astype(str), strict=True))
    totals = {**sums, "near_route": near_route}
    own = [{name: float(total[at]) for name, total in totals.items()} for at in range(len(area_ids))]
    return [
        _area_row(kind, str(area_ids[at]), names, own[at], low[at], middle[at], coverage.source)
        for at in map(int, np.flatnonzero(shown))
    ]


def closer_by_area(
    row: npt.NDArray[np.int64], n_areas: int, changes: Changes, residents: FloatArray
) -> dict[str, FloatArray]:
    """
    Return how many residents of elsewhere get 2, 5, 10 minutes closer to each area.

    Formula
    -------
    c(o, a) = sum over zones d of area a of R(d) (T(o, d) - T'(o, d)) / sum over d of R(d): the cut in travel time from o,
    averaged over the people of the area; longer trips count against quicker ones to the same area. An area is closer by m
    minutes for the residents of every zone o outside it with c(o, a) >= m.
    """
    n_zones = len(residents)
    there = row[changes.destination_ix]
    key = changes.origin_ix * n_areas + there
    saved = np.bincount(key, weights=residents[changes.destination_ix] * changes.saved_s, minlength=n_zones * n_areas)
    people = np.bincount(row, weights=residents, minlength=n_areas)
    by_area = saved.reshape(n_zones, n_areas)
    by_area[np.arange(n_zones), row] = 0.0
    limit = np.where(people > 0, 60.0 * people, np.inf)
    return {f"closer_{minutes}_min": residents @ (by_area >= minutes * limit) for minutes in GAIN_MIN}


def _near_by_area(
    city: City, column: str, coverage: Coverage, area_ids: npt.NDArray[np.str_], zone_row: npt.NDArray[np.int64]
) -> FloatArray:
    """Return residents near the route by area: by the block's own area where blocks have one, else by its zone's."""
    near = np.flatnonzero(coverage.near)
    people = city.blocks["residents"].to_numpy(dtype=np.float64)[near]
    if column in city.blocks.columns:
        own = city.blocks[column].to_numpy()[near].astype(str)
        at = np.searchsorted(area_ids, own)
        is_known = area_ids[np.minimum(at, len(area_ids) - 1)] == own
        return np.bincount(at[is_known], weights=people[is_known], minlength=len(area_ids)).astype(np.float64)
    at = zone_row[city.blocks["zone_ix"].to_numpy(dtype=np.int64)[near]]
    return np.bincount(at, weights=people, minlength=len(area_ids)).astype(np.float64)


def _area_row(
    kind: AreaKind,
    area_id: str,
    names: Mapping[str, str],
    sums: Mapping[str, float],
    p10: float,
    median: float,
    near_source: str,
) -> AreaRow:
    """Return one area from its sums over residents."""
    people = sums["people"]

    def count(name: str) -> Measure:
        return Measure(round(sums[name]), "residents", ACCESS)

    def mean(name: str, unit: str, digits: int, note: str = "") -> Measure:
        return Measure(round(sums[name] / people, digits) if people > 0 else 0.0, unit, ACCESS, uncertainty=note)

    return AreaRow(
        kind=kind.kind,
        kind_label=kind.label,
        area_id=area_id,
        name=names.get(area_id, area_id),
        residents=round(people),
        near_route=Measure(round(sums["near_route"]), "residents", near_source, uncertainty=BLOCKS_ESTIMATED),
        gaining=count("gaining"),
        losing=count("losing"),
        longer_trips=count("longer_trips"),
        minutes_saved=mean("minutes_saved", "minutes", 4, WEIGHTED),
        minutes_lost=mean("minutes_lost", "minutes", 4, WEIGHTED),
        access_change=mean("access_change", "residents", 1),
        access_change_p10=Measure(round(float(p10), 1), "residents", ACCESS),
        access_change_median=Measure(round(float(median), 1), "residents", ACCESS),
        closer_2_min=count("closer_2_min"),
        closer_5_min=count("closer_5_min"),
        closer_10_min=count("closer_10_min"),
    )


def quantile_by(
    row: npt.NDArray[np.int64], value: FloatArray, weight: FloatArray, share: float, n_rows: int
) -> FloatArray:
    """Return for each row the smallest value that at least this share of its weight does not exceed; 0 without weight."""
    order = np.lexsort((value, row))
    row, value, weight = row[order], value[order], weight[order]
    total = np.bincount(row, weights=weight, minlength=n_rows)
    before = np.concatenate([[0.0], np.cumsum(total)])
    reached = np.cumsum(weight) - before[row]
    enough = np.flatnonzero((reached >= share * total[row] - 1e-9) & (weight > 0))
    found = np.zeros(n_rows)
    found[row[enough[::-1]]] = value[enough[::-1]]  # the first of each row is written last
    return found
