"""Who gains and who loses, by area: every kind of area the city has. People are counted, not zones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from workbench.city.city import AreaKind, City
from workbench.scoring.city_tables import AreaTable, tables_of
from workbench.scoring.measures.access import Access
from workbench.scoring.measures.changes import Changes
from workbench.scoring.measures.coverage import BLOCKS_ESTIMATED, Coverage
from workbench.scoring.measures.losers import losing_access, losing_time
from workbench.scoring.measures.margins import suppressed
from workbench.scoring.measures.travel_time import WEIGHTED, TravelTime
from workbench.scoring.params import GAIN_MIN, ScoringParams
from workbench.scoring.scorecard import AreaRow, Measure, with_measures

__all__ = ["area_rows", "suppress_area"]

BoolArray = npt.NDArray[np.bool_]
FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

ACCESS = "scheduled travel times, residents by tax lot"
_PER_RESIDENT = ("minutes_saved", "minutes_lost", "access_change", "access_change_p10", "access_change_median")


@dataclass(frozen=True, eq=False)
class _Moves:
    """What changes, before it is summed by area."""

    residents: FloatArray
    """(n_zones,)"""
    change: FloatArray
    """(n_zones,) residents more within 45 minutes."""
    any_change: BoolArray
    """(n_zones,)"""
    by_zone: Mapping[str, FloatArray]
    """Figure -> (n_zones,) residents x figure."""
    saved: FloatArray
    """(n_pairs,) residents of the destination x seconds saved."""
    changes: Changes


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
    tables = tables_of(city)
    residents = tables.residents
    change, longer = access.headline_change(), losing_time(changes)
    moves = _Moves(
        residents,
        change,
        (change != 0) | longer,
        {
            "people": residents,
            "gaining": residents * access.gaining(params),
            "losing": residents * losing_access(access),
            "longer_trips": residents * longer,
            "minutes_saved": residents * travel_time.minutes_saved,
            "minutes_lost": residents * travel_time.minutes_lost,
            "access_change": residents * change,
        },
        residents[changes.destination_ix] * changes.saved_s,
        changes,
    )
    near = np.flatnonzero(coverage.near)
    near_people = tables.block_residents[near]
    rows: list[AreaRow] = []
    for number, areas in enumerate(tables.areas):
        near_route = _near_by_area(areas, near, near_people)
        rows += _rows_of(areas, moves, near_route, coverage.source, always=number == 0)
    return tuple(rows)


def suppress_area(row: AreaRow, params: ScoringParams) -> AreaRow:
    """Return the row without figures per resident where too few people live: a mean of so few says nothing of an area."""
    if row.residents >= params.fewest_people:
        return row
    why = f"fewer than {params.fewest_people} people live here"
    hidden = {name: suppressed(getattr(row, name), why) for name in _PER_RESIDENT}
    return with_measures(row, hidden)


def _rows_of(
    areas: AreaTable, moves: _Moves, near_route: FloatArray, near_source: str, *, always: bool
) -> list[AreaRow]:
    """Return the areas of one kind; zones outside any area have an empty id."""
    row, n = areas.zone_row, len(areas.area_ids)
    sums: dict[str, FloatArray] = {
        name: np.bincount(row, weights=weight, minlength=n).astype(np.float64) for name, weight in moves.by_zone.items()
    }
    sums |= closer_by_area(row, n, moves.changes, moves.saved, moves.residents)
    shown = (np.bincount(row, weights=moves.any_change, minlength=n) > 0) | (near_route > 0)
    shown |= sums[f"closer_{GAIN_MIN[0]}_min"] > 0
    shown = (areas.area_ids != "") & (always | shown)
    quantiles = (quantile_by(row, moves.change, moves.residents, share, n).tolist() for share in (0.1, 0.5))
    low, middle = quantiles
    totals = {name: total.tolist() for name, total in (sums | {"near_route": near_route}).items()}
    ids = areas.area_ids.tolist()
    return [
        _area_row(
            areas.kind,
            ids[at],
            areas.names,
            {name: total[at] for name, total in totals.items()},
            low[at],
            middle[at],
            near_source,
        )
        for at in np.flatnonzero(shown).tolist()
    ]


def closer_by_area(
    row: IntArray, n_areas: int, changes: Changes, saved: FloatArray, residents: FloatArray
) -> dict[str, FloatArray]:
    """
    Return how many residents of elsewhere get 2, 5, 10 minutes closer to each area.

    Formula
    -------
    c(o, a) = sum over zones d of area a of R(d) (T(o, d) - T'(o, d)) / sum over d of R(d): the cut in travel time from o,
    averaged over the people of the area; longer trips count against quicker ones to the same area. An area is closer by m
    minutes for the residents of every zone o outside it with c(o, a) >= m.

    Parameters
    ----------
    row
        (n_zones,) row of each zone's area.
    n_areas
        How many areas there are.
    changes
        Changed pairs.
    saved
        (n_pairs,) R(d) (T(o, d) - T'(o, d)) of each, seconds.
    residents
        (n_zones,)
    """
    n_zones = len(residents)
    key = changes.origin_ix * n_areas + row[changes.destination_ix]
    by_area = np.bincount(key, weights=saved, minlength=n_zones * n_areas).reshape(n_zones, n_areas)
    by_area[np.arange(n_zones), row] = 0.0
    people = np.bincount(row, weights=residents, minlength=n_areas)
    limit = np.where(people > 0, 60.0 * people, np.inf)
    origin, area = np.nonzero(by_area >= GAIN_MIN[0] * limit)  # a few; only these can be closer by more minutes
    closer: dict[str, FloatArray] = {}
    for minutes in GAIN_MIN:
        enough = by_area[origin, area] >= minutes * limit[area]
        counted = np.bincount(area[enough], weights=residents[origin[enough]], minlength=n_areas)
        closer[f"closer_{minutes}_min"] = counted.astype(np.float64)
    return closer


def _near_by_area(areas: AreaTable, near: IntArray, people: FloatArray) -> FloatArray:
    """Return residents near the route by area, from the blocks that are near and their residents."""
    row = areas.block_row[near]
    is_known = row >= 0
    return np.bincount(row[is_known], weights=people[is_known], minlength=len(areas.area_ids)).astype(np.float64)


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
