"""What every card asks of the city, found once: plain arrays of zones, blocks, stops and areas, in the city's order.

Asking the tables of pandas again for every card took longer than all the counting.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt

from workbench.city.city import AreaKind, City

__all__ = ["AreaTable", "CityTables", "tables_of"]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
StrArray = npt.NDArray[np.str_]

_Kept = TypeVar("_Kept", bound=np.generic)

_tables: WeakKeyDictionary[City, CityTables] = WeakKeyDictionary()


@dataclass(frozen=True, eq=False)
class AreaTable:
    """The areas of one kind, by id; zones outside any area have an empty id."""

    kind: AreaKind
    area_ids: StrArray
    """(n_areas,) sorted."""
    names: Mapping[str, str]
    """Id -> name, of the areas that have one."""
    zone_row: IntArray
    """(n_zones,) row of each zone's area."""
    block_row: IntArray
    """(n_blocks,) row of each block's area, its own where blocks have one, else its zone's; -1 where it is not known."""


@dataclass(frozen=True, eq=False)
class CityTables:
    """Nobody writes to these arrays."""

    residents: FloatArray
    """(n_zones,)"""
    zone_xy: FloatArray
    """(n_zones, 2) metres."""
    neighborhood: IntArray
    """(n_zones,) row of `City.group_shares`, or one past the last where a zone has none."""
    zone_name: StrArray
    """(n_zones,) the neighborhood's, or the zone's own where there is none."""
    zone_name_ix: IntArray
    """(n_zones,) a number for each such name."""
    shares: Mapping[str, FloatArray]
    """Column of `City.group_shares` -> (n_neighborhoods,)."""
    block_residents: FloatArray
    """(n_blocks,)"""
    block_xy: FloatArray
    """(n_blocks, 2) metres."""
    block_zone_ix: IntArray
    """(n_blocks,)"""
    stop_xy: FloatArray
    """(n_stops, 2) metres."""
    areas: tuple[AreaTable, ...]
    """By kind, in the city's order."""


def tables_of(city: City) -> CityTables:
    """Return the arrays of a city."""
    found = _tables.get(city)
    if found is None:
        found = _tables.setdefault(city, _read(city))
    return found


def _read(city: City) -> CityTables:
    zones, blocks = city.zones, city.blocks
    zone_ix = blocks["zone_ix"].to_numpy(dtype=np.int64)
    names = city.zone_neighborhoods().to_numpy(dtype=str)
    return CityTables(
        residents=_kept(zones["residents"].to_numpy(dtype=np.float64)),
        zone_xy=_kept(zones[["x", "y"]].to_numpy(dtype=np.float64)),
        neighborhood=_kept(_neighborhoods(city)),
        zone_name=_kept(names),
        zone_name_ix=_kept(np.unique(names, return_inverse=True)[1].astype(np.int64)),
        shares={str(name): _kept(column.to_numpy(dtype=np.float64)) for name, column in city.group_shares.items()},
        block_residents=_kept(blocks["residents"].to_numpy(dtype=np.float64)),
        block_xy=_kept(blocks[["x", "y"]].to_numpy(dtype=np.float64)),
        block_zone_ix=_kept(zone_ix),
        stop_xy=_kept(city.stops[["x", "y"]].to_numpy(dtype=np.float64)),
        areas=tuple(_areas_of(city, kind, zone_ix) for kind in city.area_kinds),
    )


def _neighborhoods(city: City) -> IntArray:
    index = city.group_shares.index
    if not city.groups:
        return np.full(city.n_zones, len(index), dtype=np.int64)
    row = index.get_indexer(city.zones[str(index.name)])
    return np.where(row < 0, len(index), row).astype(np.int64)


def _areas_of(city: City, kind: AreaKind, zone_ix: IntArray) -> AreaTable:
    area_ids, row = np.unique(city.zones[kind.column].to_numpy(dtype=str), return_inverse=True)
    table = city.areas[kind.kind]
    names = dict(zip(table["area_id"].astype(str), table["name"].astype(str), strict=True))
    block_row = row[zone_ix]
    if kind.column in city.blocks.columns:
        own = city.blocks[kind.column].to_numpy().astype(str)
        at = np.minimum(np.searchsorted(area_ids, own), len(area_ids) - 1)
        block_row = np.where(area_ids[at] == own, at, -1)
    return AreaTable(kind, area_ids, names, _kept(row.astype(np.int64)), _kept(block_row.astype(np.int64)))


def _kept(values: npt.NDArray[_Kept]) -> npt.NDArray[_Kept]:
    """Return a copy that nobody writes to."""
    values = values.copy()
    values.flags.writeable = False
    return values
