"""The city as published: stops, routes, timetables, zones, blocks, groups, walking. Loaded from a pack, never changed."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.errors import NotFoundError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from geopandas import GeoDataFrame
    from pandas import DataFrame

    from workbench.city.timetable import Timetable
    from workbench.city.walking import Walking

__all__ = ["City", "Group", "Source"]


@dataclass(frozen=True, slots=True)
class Source:
    """Where a layer of the city comes from."""

    layer: str
    name: str
    vintage: str
    licence: str
    note: str = ""


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
    """Columns zone_id, name, borough, nta_id, nta_name, community_district, council_district, residents (int), x, y
    (where its residents live, on average), geometry (polygon). One row per origin and destination of travel times."""
    blocks: DataFrame
    """Columns block_id, zone_ix, nta_id, community_district, council_district, residents (int), x, y."""
    areas: Mapping[str, GeoDataFrame]
    """`borough`, `community_district`, `nta`, `council_district`: columns area_id, name, geometry."""
    groups: tuple[Group, ...]
    group_shares: DataFrame
    """Index nta_id; for each group a column of its share of residents (0 to 1) and `<group_id>_moe`, its margin of
    error (90 %, same unit). NaN where the source gives none."""
    opportunities: DataFrame
    """Columns kind (`subway_station`, `park`, ...), name, x, y. Residents are an opportunity too, counted from zones."""
    walking: Walking
    sources: tuple[Source, ...]
    load_timetable: Callable[[str], Timetable]
    """Returns the timetable of `weekday`, `saturday` or `sunday`; raises `NotFoundError` for any other name."""
    layers: Mapping[str, Path] = field(default_factory=dict)
    """Map layers in lon/lat: name -> gzipped GeoJSON file. `zones` features have `id` = zone_ix."""
    cache_dir: Path | None = None
    """Folder for what is computed from the city alone (`derived_arrays`), so that the next start is quicker; nothing is
    kept if None. A city made by replacing parts of another has a version of its own, or no folder."""

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
