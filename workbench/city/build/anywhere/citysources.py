"""Reads everything a city file names, says everything that cannot be used at once, and settles dates and time zone."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar
from zoneinfo import available_timezones

import geopandas as gpd
import pandas as pd
import shapely

from workbench.city.build.anywhere.cityfile import CityFile, utc_offset
from workbench.city.build.anywhere.mapfiles import read_areas, read_union
from workbench.city.build.anywhere.parts import read_blocks, read_places, read_zones
from workbench.city.build.timetables import CityTimetables, Report, build_timetables, read_feeds
from workbench.city.defect import Defect
from workbench.city.gtfs.dates import Dates, choose_dates
from workbench.city.gtfs.feed import Feed
from workbench.errors import InputError, Level, Problem

__all__ = ["CitySources", "Faults", "read_sources"]

Made = TypeVar("Made")


@dataclass(frozen=True, eq=False)
class CitySources:
    """What the files of a city hold, in its CRS; zones and areas are not put together yet."""

    crs: str
    timezone: str
    dates: Dates
    timetables: CityTimetables
    zones: pd.DataFrame
    blocks: pd.DataFrame | None
    areas: dict[str, gpd.GeoDataFrame]
    places: list[pd.DataFrame]
    land: shapely.Geometry | None
    water: shapely.Geometry | None
    defects: tuple[Defect, ...]


@dataclass
class Faults:
    """Gathers what cannot be used, so that all of it is said at once."""

    found: list[Problem] = field(default_factory=list)

    def attempt(self, code: str, make: Callable[[], Made]) -> Made | None:
        """Return what `make` makes; None if it raises `InputError`, which is kept."""
        try:
            return make()
        except InputError as error:
            self.found += [Problem(Level.ERROR, code, line) for line in str(error).splitlines()]
            return None

    def require(self, code: str, make: Callable[[], Made]) -> Made:
        """Return what `make` makes; raise everything found if it cannot, or if anything failed before."""
        made = self.attempt(code, make)
        self.require_none()
        assert made is not None
        return made

    def require_none(self) -> None:
        """Raise everything found so far."""
        if self.found:
            raise InputError("\n".join(str(problem) for problem in self.found), problems=self.found)


def read_sources(city: CityFile, *, tell: Report) -> CitySources:
    """
    Read every file of a city.

    Parameters
    ----------
    city
        As `read_city_file`.
    tell
        Told the share of the work done (0 to 0.5) and what comes next.

    Raises
    ------
    InputError
        If something cannot be used; it lists everything found, with a code each.
    """
    faults = Faults()
    paths = {feed.id: feed.file for feed in city.feeds}
    read = faults.attempt("feed-unusable", lambda: read_feeds(paths, tell=lambda share, text: tell(0.2 * share, text)))
    feeds, defects = read or ((), ())
    tell(0.2, "zones, blocks and areas")
    crs = city.crs or faults.attempt("crs-unknown", lambda: _utm_zone(city, feeds)) or "EPSG:3857"
    zones = faults.attempt("zones-unusable", lambda: read_zones(city.zones, crs))
    blocks = faults.attempt("blocks-unusable", lambda: read_blocks(city.blocks, crs) if city.blocks else None)
    areas: dict[str, gpd.GeoDataFrame] = {}
    for area in city.areas:
        found = faults.attempt("areas-unusable", partial(read_areas, area, crs, default_id="area_id"))
        areas |= {area.kind: found} if found is not None else {}
    places = faults.attempt("places-unusable", lambda: read_places(city.places, crs))
    land = faults.attempt("land-unusable", lambda: read_union(city.land, crs) if city.land else None)
    water = faults.attempt("water-unusable", lambda: read_union(city.water, crs) if city.water else None)
    if len(feeds) < len(city.feeds) or zones is None:
        faults.require_none()
    assert zones is not None
    dates = faults.require("dates-unusable", lambda: choose_dates(feeds, city.dates, mixed=city.mixed_dates))
    timezone, named = faults.require("time-zones", lambda: _timezone(city, feeds, dates))
    timetables = faults.require("timetable-unusable", lambda: _timetables(feeds, dates, crs, tell))
    defects = (*defects, *dates.defects, *named, *timetables.defects)
    return CitySources(crs, timezone, dates, timetables, zones, blocks, areas, places or [], land, water, defects)


def _utm_zone(city: CityFile, feeds: tuple[Feed, ...]) -> str:
    """Return the UTM zone of the middle of the stops."""
    stops = (
        pd.concat([feed.tables["stops"] for feed in feeds]) if feeds else pd.DataFrame({"stop_lon": [], "stop_lat": []})
    )
    lon, lat = (pd.to_numeric(stops[name], errors="coerce").median() for name in ("stop_lon", "stop_lat"))
    if not (abs(lon) <= 180 and abs(lat) <= 84):
        raise InputError(f"{city.path.name}: no feed says where the city is; name its crs, such as 'EPSG:32618'")
    return f"EPSG:{(32600 if lat >= 0 else 32700) + min(int((lon + 180) // 6) + 1, 60)}"


def _timezone(city: CityFile, feeds: tuple[Feed, ...], dates: Dates) -> tuple[str, tuple[Defect, ...]]:
    """Return the time zone of the city; raise if feeds tell time differently on its dates."""
    of_feed = {feed.feed_id: feed.tables["agency"]["agency_timezone"].iloc[0] for feed in feeds}
    unknown = [feed_id for feed_id, name in of_feed.items() if name not in available_timezones()]
    if unknown and not city.timezone:
        names = ", ".join(f"{feed_id} has {of_feed[feed_id]!r}" for feed_id in unknown)
        raise InputError(f"agency_timezone is not known: {names}; name `timezone` in the city file")
    zone = city.timezone or of_feed[feeds[0].feed_id]
    days = tuple(dates.dates.values())
    apart = [
        feed_id
        for feed_id, name in of_feed.items()
        if feed_id not in unknown and any(utc_offset(name, day) != utc_offset(zone, day) for day in days)
    ]
    if apart:
        names = ", ".join(f"{feed_id} in {of_feed[feed_id]}" for feed_id in apart)
        raise InputError(
            f"feeds in different time zones cannot be one timetable: the city is in {zone}, {names}; leave those feeds out"
        )
    other = sorted({name for name in of_feed.values() if name != zone})
    if not other:
        return zone, ()
    what = (
        f"time zones are called otherwise, {', '.join(map(repr, other))}: taken as {zone}, the same hour on these dates"
    )
    return zone, (Defect("time-zone-names", len(other), what),)


def _timetables(feeds: tuple[Feed, ...], dates: Dates, crs: str, tell: Report) -> CityTimetables:
    """Return the timetables; a service day without a trip is left out later, a weekday without one is refused."""
    found = build_timetables(
        feeds,
        dates.dates,
        crs=crs,
        tell=lambda share, text: tell(0.2 + 0.3 * share, text),
        of_feed=dates.of_feed,
    )
    kept = {service: table for service, table in found.timetables.items() if table.n_trips}
    if "weekday" not in kept:
        raise InputError(f"no trip runs on {dates.dates['weekday']}, the weekday of the city")
    return dataclasses.replace(found, timetables=kept)
