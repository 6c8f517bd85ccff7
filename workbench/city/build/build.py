"""Builds a city pack from its sources. Read `build_city` first; each kind of city has a module that knows its sources."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from workbench.city.build.anywhere.anywhere import anywhere_contents
from workbench.city.build.anywhere.cityfile import read_city_file
from workbench.city.build.newyork.ground import Ground, read_wheel_ground
from workbench.city.build.newyork.newyork import newyork_contents
from workbench.city.build.real_streets import OsmSource, add_real_streets, open_osm
from workbench.city.build.sources import CITIES, CitySpec, with_dates
from workbench.city.build.timetables import Report
from workbench.city.build.write import PackContents, require_pack_or_nothing, write_pack
from workbench.city.fetch.ground import read_live_ground
from workbench.errors import InputError, Level, NotFoundError, Problem

__all__ = ["BuildReport", "build_city", "build_city_file", "check_city_file"]

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class BuildReport:
    """What building a pack found."""

    problems: tuple[Problem, ...]
    counts: Mapping[str, int]
    version: str
    """Version of the city that was built; "" where nothing was written."""

    @property
    def errors(self) -> tuple[Problem, ...]:
        """The problems that make the city unusable."""
        return tuple(problem for problem in self.problems if problem.level is Level.ERROR)


def build_city(
    city_id: str,
    *,
    out_dir: Path,
    gtfs_dir: Path | None = None,
    wheels_dir: Path | None = None,
    live_dir: Path | None = None,
    dates: Mapping[str, dt.date] | None = None,
    report: Report | None = None,
    spec: CitySpec | None = None,
    osm: OsmSource | None = None,
) -> BuildReport:
    """
    Build a city pack. The same sources give the same bytes.

    Parameters
    ----------
    city_id
        One of `CITIES`.
    out_dir
        Folder of the pack; made if need be.
    gtfs_dir
        Folder with the feeds as `<feed>.zip`; `gtfs` in `live_dir` if None.
    wheels_dir
        Folder with the wheels named in `sources.lock` of the pack; not needed with `live_dir`.
    live_dir
        Folder of `workbench city fetch`: boundaries, people and groups are taken from there.
    dates
        `weekday`, `saturday`, `sunday` -> service date, in place of those of the city; with `live_dir`, typical days of the feeds if None.
    report
        Told the share of the work done (0 to 1) and what comes next.
    spec
        Stands in for `CITIES[city_id]`.
    osm
        Where to take real streets from; None derives all streets.

    Raises
    ------
    NotFoundError
        If the city is unknown.
    InputError
        If a source is missing, is another than expected, or cannot be used.
    FetchError
        If real streets cannot be downloaded.
    StorageError
        If `out_dir` holds anything but a pack.
    """
    if spec is None:
        if city_id not in CITIES:
            raise NotFoundError(f"city {city_id!r} is not known; there are {', '.join(CITIES)}")
        spec = CITIES[city_id]
    require_pack_or_nothing(out_dir)
    if dates is not None or live_dir is not None:
        spec = with_dates(spec, dates or {})
    tell = report or (lambda _share, _text: None)
    opened = open_osm(osm)
    tell(0.0, "boundaries and people")
    ground, feeds_dir = _read_ground(spec, gtfs_dir, wheels_dir, live_dir)
    contents = newyork_contents(spec, gtfs_dir=feeds_dir, ground=ground, tell=tell)
    return _write(out_dir, add_real_streets(contents, osm, opened, report=tell), tell)


def build_city_file(
    path: Path, *, out_dir: Path, report: Report | None = None, osm: OsmSource | None = None
) -> BuildReport:
    """
    Build the pack of any city from its city file (docs/any-city.md). The same sources give the same bytes.

    Parameters
    ----------
    path
        The city file, TOML.
    out_dir
        Folder of the pack; made if need be.
    report
        Told the share of the work done (0 to 1) and what comes next.
    osm
        Where to take real streets from, where they reach; None keeps the streets of the city file.

    Raises
    ------
    InputError
        If something the file names cannot be used; it lists everything.
    FetchError
        If real streets cannot be downloaded.
    StorageError
        If `out_dir` holds anything but a pack.
    """
    require_pack_or_nothing(out_dir)
    tell = report or (lambda _share, _text: None)
    city = read_city_file(path)
    if osm is not None and city.streets is not None:
        raise InputError(f"{path.name}: names its own [streets]; leave out --streets")
    opened = open_osm(osm)
    contents = anywhere_contents(city, tell=tell)
    return _write(out_dir, add_real_streets(contents, osm, opened, report=tell), tell)


def check_city_file(path: Path, *, report: Report | None = None) -> BuildReport:
    """Do everything `build_city_file` does but write the pack; errors are problems of the report, not raised."""
    tell = report or (lambda _share, _text: None)
    try:
        contents = anywhere_contents(read_city_file(path), tell=tell)
    except InputError as error:
        faults = error.problems or tuple(Problem(Level.ERROR, "city-file", line) for line in str(error).splitlines())
        return BuildReport(faults, {}, "")
    tell(1.0, "checked")
    return BuildReport(tuple(defect.problem() for defect in contents.defects), contents.counts, "")


def _read_ground(
    spec: CitySpec, gtfs_dir: Path | None, wheels_dir: Path | None, live_dir: Path | None
) -> tuple[Ground, Path]:
    """Return boundaries, people and groups, and the folder of the feeds."""
    if live_dir is not None:
        return read_live_ground(spec, live_dir), gtfs_dir or live_dir / "gtfs"
    if gtfs_dir is None or wheels_dir is None:
        raise InputError("a build needs the folders of the feeds and the wheels, or of live sources")
    return read_wheel_ground(spec, wheels_dir), gtfs_dir


def _write(out_dir: Path, contents: PackContents, tell: Report) -> BuildReport:
    manifest = write_pack(out_dir, contents)
    tell(1.0, "done")
    return BuildReport(tuple(defect.problem() for defect in contents.defects), contents.counts, manifest["version"])
