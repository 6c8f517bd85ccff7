"""The city as published: stops, routes, timetables, zones, blocks, groups, walking. Loaded from a pack, never changed."""

from __future__ import annotations

import dataclasses
import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from workbench.errors import InputError, NotFoundError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from geopandas import GeoDataFrame
    from numpy.typing import NDArray
    from pandas import DataFrame, Series

    from workbench.city.streets.graph import StreetGraph
    from workbench.city.streets.walking import StreetWalking
    from workbench.city.timetable import Timetable
    from workbench.city.walking import Walking

__all__ = ["AreaKind", "City", "Group", "Source"]


@dataclass(frozen=True, slots=True)
class Source:
    """Where a layer of the city comes from."""

    layer: str
    name: str
    vintage: str
    licence: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class AreaKind:
    """A way to divide the city: boroughs, wards, council districts."""

    kind: str
    """Key of `City.areas`, e.g. `council_district`."""
    label: str
    """One of them in plain words, e.g. `council district`."""
    column: str
    """Column of `City.zones` and `City.blocks` with the area_id, "" for none; New York has `nta_id` for `nta`."""


@dataclass(frozen=True, slots=True)
class Group:
    """A group of residents whose share is known by neighborhood."""

    group_id: str
    """Column of `City.group_shares`, e.g. `zero_car`."""
    label: str
    """In plain words, e.g. `People in homes without a car`."""
    note: str = ""


@dataclass(frozen=True, eq=False)
class City:
    """
    One city at one date. Tables are read-only by agreement; rows are found by position (`_ix`).

    Coordinates `x`, `y` are metres in `crs`; lon/lat stand beside them only in `stops` and in the map layers.
    """

    city_id: str
    name: str
    version: str
    """Content hash of the pack: same bytes, same version."""
    crs: str
    """Metric CRS as an EPSG code, e.g. `EPSG:32118`."""
    timezone: str
    bounds_lonlat: tuple[float, float, float, float]
    """West, south, east, north of the land, degrees."""
    stops: DataFrame
    """Columns stop_id, stop_name, mode (`bus`, `subway`, ...), parent_station (or ""), lon, lat, x, y."""
    routes: DataFrame
    """Columns route_id, short_name, long_name, mode, color (`#rrggbb`), agency."""
    zones: GeoDataFrame
    """Columns zone_id, name, residents (int), x, y (where its residents live, on average), geometry (polygon), and
    the column of each area kind. One row per origin and destination of travel times."""
    blocks: DataFrame
    """Columns block_id, zone_ix, residents (int), x, y, and the column of each area kind that blocks know."""
    areas: Mapping[str, GeoDataFrame]
    """One table for each area kind, and `land` where the pack has it: columns area_id, name, geometry."""
    groups: tuple[Group, ...]
    group_shares: DataFrame
    """One row for each area whose groups are known; the index is named after the column of `zones` it belongs to
    (`nta_id` in New York; `zone_id` where groups are known by zone). For each group a column of its share of residents
    (0 to 1) and `<group_id>_moe`, its margin of error (90 %, same unit). NaN where the source gives none."""
    opportunities: DataFrame
    """Places, one row each: columns kind (`subway_station`, `park`, ...), name, x, y. Residents and jobs are opportunities
    too, known by zone: `opportunities.count_by_zone` has all of them."""
    walking: Walking | StreetWalking
    """Walking distances: estimated, or along real streets where the pack has them."""
    sources: tuple[Source, ...]
    load_timetable: Callable[[str], Timetable]
    """Returns the timetable of `weekday`, `saturday` or `sunday`; raises `NotFoundError` for any other name."""
    load_streets: Callable[[], StreetGraph | None] = lambda: None
    """Returns the streets as a graph; None where the pack has none."""
    layers: Mapping[str, Path] = field(default_factory=dict)
    """Map layers in lon/lat: name -> gzipped GeoJSON file. `zones` features have `id` = zone_ix."""
    area_kinds: tuple[AreaKind, ...] = ()
    """Largest areas first: the first kind names the parts of the city, the last its neighborhoods; may be none."""
    jobs: NDArray[np.int64] | None = None
    """(n_zones,) jobs at workplaces in each zone; None where the pack has no jobs."""
    attached: Mapping[str, str] = field(default_factory=dict)
    """What was attached after the pack was built (`jobs`, `places:<kind>`) -> hash of its content. `version` does not
    change with it, because travel times do not; `data_version` does."""
    cache_dir: Path | None = None
    """Folder for what is computed from the city alone (`derived_arrays`), so that the next start is quicker; nothing is
    kept if None. A city made by replacing parts of another has a version of its own, or no folder."""

    @property
    def data_version(self) -> str:
        """`version` and a hash over what was attached: figures with the same one were counted on the same data."""
        if not self.attached:
            return self.version
        content = "".join(f"{name} {digest}\n" for name, digest in sorted(self.attached.items()))
        return f"{self.version}+{hashlib.sha256(content.encode()).hexdigest()[:8]}"

    def with_jobs(self, jobs: NDArray[np.int64], source: Source) -> City:
        """Return this city with these jobs, (n_zones,); jobs that were attached before give way."""
        if jobs.shape != (self.n_zones,) or (jobs < 0).any():
            raise InputError(f"jobs must be {self.n_zones:,} numbers of 0 or more, one for each zone of {self.name}")
        kept = jobs.astype(np.int64)
        kept.setflags(write=False)
        return self._with_attached({"jobs": kept.tobytes()}, (dataclasses.replace(source, layer="jobs"),), jobs=kept)

    def with_places(self, places: DataFrame, source: Source) -> City:
        """
        Return this city with these places, as `opportunities`; places of the same kinds that it had give way.

        Travel times do not depend on places, so what is kept of them on the disk stays valid.
        """
        kinds = sorted(places["kind"].unique())
        others = self.opportunities[~self.opportunities["kind"].isin(kinds)]
        columns = ["kind", "name", "x", "y"]
        joined = pd.concat([table[columns] for table in (others, places) if len(table)] or [others])
        joined = joined.sort_values(columns, ignore_index=True)
        content = {
            f"places:{kind}": joined[joined["kind"] == kind].to_csv(index=False, lineterminator="\n").encode()
            for kind in kinds
        }
        sources = tuple(dataclasses.replace(source, layer=name) for name in content)
        return self._with_attached(content, sources, opportunities=joined)

    def _with_attached(self, content: Mapping[str, bytes], sources: tuple[Source, ...], **parts: Any) -> City:
        digests = {name: hashlib.sha256(part).hexdigest()[:16] for name, part in content.items()}
        others = tuple(source for source in self.sources if source.layer not in content)
        attached = dict(sorted({**self.attached, **digests}.items()))
        return dataclasses.replace(self, sources=(*others, *sources), attached=attached, **parts)

    @property
    def n_zones(self) -> int:
        """Number of zones."""
        return len(self.zones)

    @property
    def n_stops(self) -> int:
        """Number of stops."""
        return len(self.stops)

    def get_stop_ix(self, stop_id: str) -> int:
        """Return the row of a stop; raises `NotFoundError`."""
        rows = self.stops.index[self.stops["stop_id"] == stop_id]
        if len(rows) == 0:
            raise NotFoundError(f"stop {stop_id!r} is not in {self.name}")
        return int(rows[0])

    @property
    def land(self) -> GeoDataFrame:
        """Everything dry: the table `land` of `areas`, else the parts of the city, else its zones."""
        if "land" in self.areas:
            return self.areas["land"]
        return self.areas[self.area_kinds[0].kind] if self.area_kinds else self.zones

    def zone_parts(self) -> Series[str]:
        """Return for each zone the id of the part of the city it lies in (New York's boroughs); one part if none."""
        zones = self.zones
        parts: Series[str] = zones[self.area_kinds[0].column] if self.area_kinds else zones["zone_id"].map(lambda _: "")
        return parts

    def zone_neighborhoods(self) -> Series[str]:
        """Return the name of each zone's neighborhood; the zone's own name where there is none."""
        names: Series[str] = self.zones["name"]
        if self.area_kinds:
            finest = self.area_kinds[-1]
            areas = self.areas[finest.kind]
            known = dict(zip(areas["area_id"], areas["name"], strict=True))
            names = self.zones[finest.column].map(known).fillna(names)
        return names
