"""The city file: a short TOML file that names what a city is built from. `read_city_file`; docs/any-city.md explains it."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo, available_timezones

from pyproj import CRS
from pyproj.exceptions import CRSError

from workbench.city.build.sources import Bridge, NoFootway
from workbench.city.city import Source
from workbench.errors import InputError

__all__ = [
    "AreaSource",
    "CityFile",
    "FeedSource",
    "FileSource",
    "GroupColumn",
    "GroupsSource",
    "read_city_file",
    "source_of",
    "utc_offset",
]

_ID = re.compile("[a-z][a-z0-9_]{0,39}")
_RESERVED = {"zone_id", "zone_ix", "block_id", "name", "residents", "x", "y", "geometry", "land", "zone", "lon", "lat"}
"""Names a kind of area cannot have: they are columns of tables, or mean something else."""
_SERVICES = ("weekday", "saturday", "sunday")


@dataclass(frozen=True, slots=True, kw_only=True)
class FileSource:
    """One table or map of the city, and where it comes from."""

    file: Path
    id: str = ""
    """Column with its ids."""
    name: str = ""
    """Column with its names."""
    residents: str = ""
    """Column with its residents."""
    lon: str = "lon"
    lat: str = "lat"
    layer: str = ""
    """Layer of a GeoPackage with more than one."""
    shapes: Path | None = None
    """Map with the outlines, where `file` is a table without any."""
    shapes_id: str = ""
    """Column of `shapes` with the ids."""
    source: str = ""
    vintage: str = ""
    licence: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedSource(FileSource):
    """A GTFS feed: `file` is a zip, or a folder with its tables; `id` is its name in reports."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AreaSource(FileSource):
    """A way to divide the city, or places of one kind."""

    kind: str = ""
    """Name of the kind; places may leave it out and have it in a column `kind`."""
    label: str = ""
    """One area in plain words, e.g. `council district`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupColumn:
    """One group of residents: its column with shares (0 to 1), or with counts of a total in the column `of`."""

    id: str
    label: str
    column: str
    of: str = ""
    moe: str = ""
    """Column with the margin of error (90 %), in the unit of `column`."""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupsSource(FileSource):
    """Groups of residents by zone or by a kind of area."""

    by: str = "zone"
    group: tuple[GroupColumn, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CityFile:
    """What a city file says; every path is absolute."""

    path: Path
    id: str
    name: str
    feeds: tuple[FeedSource, ...]
    zones: FileSource
    timezone: str = ""
    crs: str = ""
    dates: Mapping[str, dt.date] = dataclasses.field(default_factory=dict)
    mixed_dates: bool = False
    blocks: FileSource | None = None
    areas: tuple[AreaSource, ...] = ()
    land: FileSource | None = None
    water: FileSource | None = None
    streets: FileSource | None = None
    groups: GroupsSource | None = None
    places: tuple[AreaSource, ...] = ()
    bridges: tuple[Bridge, ...] = ()
    no_footway: tuple[NoFootway, ...] = ()

    def files(self) -> tuple[Path, ...]:
        """Return every file it names but the feeds."""
        single = [self.zones, self.blocks, self.land, self.water, self.streets, self.groups]
        sources = [source for source in (*single, *self.areas, *self.places) if source is not None]
        return tuple(path for source in sources for path in (source.file, source.shapes) if path is not None)


_Kind = TypeVar("_Kind")
_File = TypeVar("_File", bound=FileSource)


def read_city_file(path: Path) -> CityFile:
    """
    Read a city file. Relative paths in it are relative to the file.

    Raises
    ------
    InputError
        If it cannot be read, or says something that cannot be; it lists everything that is wrong.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{path.name}: is not a TOML file ({error})") from error
    reader = _Reader(path)
    found = reader.city(content)
    if reader.wrong or found is None:
        raise InputError("\n".join(f"{path.name}: {fault}" for fault in reader.wrong))
    return found


def source_of(found: FileSource | None, layer: str, name: str, *, note: str = "") -> Source:
    """Return where a layer comes from, as `City.sources`; `name` if the city file does not say."""
    if found is None:
        return Source(layer, name, "as its sources", "as its sources", note)
    return Source(layer, found.source or name, found.vintage or "date not stated", found.licence or "not stated", note)


class _Reader:
    """Turns the tables of a city file into objects and gathers what is wrong in `wrong`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.wrong: list[str] = []

    def city(self, content: dict[str, Any]) -> CityFile | None:
        known = {field.name for field in dataclasses.fields(CityFile)} - {"path", "feeds", "bridges"} | {
            "feed",
            "bridge",
        }
        for key in sorted(set(content) - known):
            self.wrong.append(f"{key!r} is not known here; there are {', '.join(sorted(known))}")
        single: dict[str, Any] = {}
        for key, kind in (("zones", FileSource), ("blocks", FileSource), ("land", FileSource), ("water", FileSource)):
            single[key] = self.one(content, key, kind)
        single["streets"] = self.one(content, "streets", FileSource)
        single["groups"] = self.groups(content)
        feeds = self.many(content, "feed", FeedSource)
        areas, places = (self.many(content, key, AreaSource) for key in ("areas", "places"))
        bridges = tuple(bridge for row in self.rows(content, "bridge") if (bridge := self.bridge(row)) is not None)
        closed = tuple(place for row in self.rows(content, "no_footway") if (place := self.no_footway(row)) is not None)
        self.check(content, single["zones"], feeds, areas)
        dates = self.dates(content)
        if self.wrong:
            return None
        return CityFile(
            path=self.path,
            id=content["id"],
            name=content["name"],
            timezone=content.get("timezone", ""),
            crs=content.get("crs", ""),
            dates=dates,
            mixed_dates=content.get("mixed_dates", False),
            feeds=tuple(dataclasses.replace(feed, id=feed.id or feed.file.stem) for feed in feeds),
            areas=areas,
            places=places,
            bridges=bridges,
            no_footway=closed,
            **single,
        )

    def check(
        self,
        content: dict[str, Any],
        zones: FileSource | None,
        feeds: tuple[FeedSource, ...],
        areas: tuple[AreaSource, ...],
    ) -> None:
        """Gather what is missing or cannot be in the plain values."""
        for key in ("id", "name"):
            if not isinstance(content.get(key), str) or not content[key].strip():
                self.wrong.append(f"{key} is missing: a text")
        if isinstance(content.get("id"), str) and not _ID.fullmatch(content["id"]):
            self.wrong.append(f"id is {content['id']!r}, must be small letters, digits and _")
        if zones is None and "zones" not in content:
            self.wrong.append("[zones] is missing: a file with places where people live, and how many")
        if not feeds and "feed" not in content:
            self.wrong.append("[[feed]] is missing: at least one GTFS zip or folder")
        names = [feed.id or feed.file.stem for feed in feeds]
        self.wrong += [f"two feeds are called {name!r}" for name in sorted(set(names)) if names.count(name) > 1]
        kinds = [area.kind for area in areas]
        self.wrong += [
            f"two kinds of areas are called {kind!r}" for kind in sorted(set(kinds)) if kinds.count(kind) > 1
        ]
        for kind in kinds:
            if not _ID.fullmatch(kind) or kind in _RESERVED:
                self.wrong.append(
                    f"areas.kind is {kind!r}: small letters, digits and _, and none of {sorted(_RESERVED)}"
                )
        self.check_zone_and_crs(content)

    def check_zone_and_crs(self, content: dict[str, Any]) -> None:
        zone, crs = content.get("timezone", ""), content.get("crs", "")
        if zone and (not isinstance(zone, str) or zone not in available_timezones()):
            self.wrong.append(f"timezone is {zone!r}, must be a name like 'America/New_York'")
        if not isinstance(content.get("mixed_dates", False), bool):
            self.wrong.append(f"mixed_dates is {content['mixed_dates']!r}, must be true or false")
        try:
            known = CRS.from_user_input(crs) if crs else None
        except CRSError:
            self.wrong.append(f"crs is {crs!r}, must be a code like 'EPSG:32618'")
            return
        if known is not None and (not known.is_projected or {axis.unit_name for axis in known.axis_info} != {"metre"}):
            self.wrong.append(f"crs is {crs!r} ({known.name}), must be one in metres, such as the UTM zone of the city")

    def dates(self, content: dict[str, Any]) -> dict[str, dt.date]:
        found: dict[str, dt.date] = {}
        table = content.get("dates", {})
        for service, date in table.items() if isinstance(table, dict) else ():
            if service not in _SERVICES:
                self.wrong.append(f"dates.{service} is not known; there are {', '.join(_SERVICES)}")
            elif not isinstance(date, dt.date) or isinstance(date, dt.datetime):
                self.wrong.append(f"dates.{service} is {date!r}, must be a date like 2026-10-14, without quotes")
            elif (date.weekday() < 5, date.weekday() == 5, date.weekday() == 6)[_SERVICES.index(service)]:
                found[service] = date
            else:
                self.wrong.append(f"dates.{service} is {date}, a {date:%A}")
        return found

    def groups(self, content: dict[str, Any]) -> GroupsSource | None:
        table = content.get("groups")
        if not isinstance(table, dict):
            return None
        groups = tuple(
            group
            for row in self.rows(table, "group", "groups.")
            if (group := self.build(row, GroupColumn, "groups.group")) is not None
        )
        rest = {key: value for key, value in table.items() if key != "group"}
        found = self.one({"groups": rest}, "groups", GroupsSource)
        if found is not None and not groups:
            self.wrong.append("[[groups.group]] is missing: at least one group with id, label and column")
        return None if found is None else dataclasses.replace(found, group=groups)

    def one(self, content: Mapping[str, Any], key: str, kind: type[_File]) -> _File | None:
        if key not in content:
            return None
        return self.file_source(content[key], kind, key)

    def many(self, content: Mapping[str, Any], key: str, kind: type[_File]) -> tuple[_File, ...]:
        found = (self.file_source(row, kind, key) for row in self.rows(content, key))
        return tuple(source for source in found if source is not None)

    def rows(self, content: Mapping[str, Any], key: str, where: str = "") -> list[Any]:
        rows = content.get(key, [])
        if isinstance(rows, list):
            return rows
        self.wrong.append(f"{where}{key} must be written [[{where}{key}]], once for each")
        return []

    def file_source(self, row: object, kind: type[_File], where: str) -> _File | None:
        if not isinstance(row, dict) or not isinstance(row.get("file"), str):
            self.wrong.append(f"{where}.file is missing: the path of a file")
            return None
        paths = {key: self.path.parent / row[key] for key in ("file", "shapes") if isinstance(row.get(key), str)}
        for key, path in paths.items():
            if not path.exists():
                self.wrong.append(f"{where}.{key}: {row[key]} is not there (looked for {path})")
        return self.build({**row, **paths}, kind, where)

    def build(self, row: object, kind: type[_Kind], where: str) -> _Kind | None:
        """Return the object if the row has all its keys, no other, and texts."""
        assert dataclasses.is_dataclass(kind)
        fields = {field.name: field for field in dataclasses.fields(kind)}
        if not isinstance(row, dict):
            self.wrong.append(f"{where} must be a table")
            return None
        n_before = len(self.wrong)
        self.wrong += [f"{where}.{key} is not known; there are {', '.join(fields)}" for key in row if key not in fields]
        needed = [name for name, field in fields.items() if field.default is dataclasses.MISSING]
        self.wrong += [f"{where}.{name} is missing" for name in needed if name not in row]
        for key, value in row.items():
            if key in fields and not isinstance(value, (str, Path)):
                self.wrong.append(f"{where}.{key} is {value!r}, must be a text")
        return None if len(self.wrong) > n_before else kind(**row)

    def bridge(self, row: object) -> Bridge | None:
        """Return a bridge: name, from and to as [lon, lat]."""
        if not isinstance(row, dict) or set(row) != {"name", "from", "to"}:
            self.wrong.append("bridge must have name, from and to: its two ends on land as [lon, lat]")
            return None
        ends = [self.lonlat(row[key], f"bridge.{key}") for key in ("from", "to")]
        return None if None in ends else Bridge(str(row["name"]), *ends[0], *ends[1])  # type: ignore[misc]

    def no_footway(self, row: object) -> NoFootway | None:
        """Return a place where buses cross water and people on foot cannot: name, at as [lon, lat], radius_m, reason."""
        if not isinstance(row, dict) or set(row) != {"name", "at", "radius_m", "reason"}:
            self.wrong.append("no_footway must have name, at as [lon, lat], radius_m and reason")
            return None
        at = self.lonlat(row["at"], "no_footway.at")
        if not isinstance(row["radius_m"], int | float) or not 0 < row["radius_m"] <= 10_000:
            self.wrong.append(f"no_footway.radius_m is {row['radius_m']!r}, must be above 0 and at most 10000")
            return None
        return None if at is None else NoFootway(str(row["name"]), *at, float(row["radius_m"]), str(row["reason"]))

    def lonlat(self, value: object, where: str) -> tuple[float, float] | None:
        numbers = value if isinstance(value, list) else []
        if len(numbers) == 2 and all(isinstance(number, int | float) for number in numbers):
            lon, lat = float(numbers[0]), float(numbers[1])
            if abs(lon) <= 180 and abs(lat) <= 90:
                return lon, lat
        self.wrong.append(f"{where} is {value!r}, must be [longitude, latitude] in degrees")
        return None


def utc_offset(timezone: str, date: dt.date) -> dt.timedelta:
    """Return how far a time zone is ahead of UTC at noon of a date."""
    offset = dt.datetime.combine(date, dt.time(12), tzinfo=ZoneInfo(timezone)).utcoffset()
    return offset if offset is not None else dt.timedelta(0)
