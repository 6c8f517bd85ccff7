"""The commands `city build` and `city info`."""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from workbench.city import describe_city, load_city
from workbench.cli.frame import (
    BAD_INPUT,
    FOLDERS,
    as_json_option,
    city_options,
    load_settings,
    print_json,
    progress,
)
from workbench.errors import InputError

if TYPE_CHECKING:
    from workbench.city import BuildReport
    from workbench.city.build.real_streets import OsmSource

__all__ = ["city_group"]


@click.group("city")
def city_group() -> None:
    """Build a city pack, or see what is in one."""


@city_group.command("build")
@click.argument("city", default="nyc")
@click.option("--gtfs", "gtfs_dir", type=FOLDERS, help="Folder with the GTFS zips of New York.")
@click.option("--wheels", "wheels_dir", type=FOLDERS, help="Folder with the data wheels of sources.lock, for New York.")
@click.option(
    "--live",
    "live_dir",
    type=FOLDERS,
    help="Folder of `city fetch`, for New York: boundaries, people, groups and feeds from there, without wheels.",
)
@click.option(
    "--dates",
    metavar="DATE,DATE,DATE",
    help="For New York: a weekday, a Saturday and a Sunday, as 2026-12-02,2026-12-05,2026-12-06; --live chooses typical ones.",
)
@click.option(
    "--out", "out_dir", required=True, type=click.Path(file_okay=False, path_type=Path), help="Folder to write."
)
@click.option(
    "--streets",
    type=click.Choice(["derived", "osm"]),
    default="derived",
    help="Derive the streets, or take real ones from OpenStreetMap where it reaches.",
)
@click.option(
    "--osm",
    "osm_file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="For --streets osm: an .osm.pbf, .osm or Overpass JSON file; without it they are downloaded.",
)
@click.option("--overpass", help="For --streets osm: the Overpass server to download from, in place of the public one.")
def build(
    city: str,
    gtfs_dir: Path | None,
    wheels_dir: Path | None,
    live_dir: Path | None,
    dates: str | None,
    out_dir: Path,
    streets: str,
    osm_file: Path | None,
    overpass: str | None,
) -> None:
    """
    Build the pack of CITY from its sources; the same sources give the same bytes.

    CITY is nyc, or a city file (TOML) that names the sources of any other city.
    """
    from workbench.city import build_city, build_city_file  # takes a quarter of a second to import
    from workbench.city.build.sources import read_dates

    is_file = Path(city).suffix == ".toml"
    if is_file and (gtfs_dir or wheels_dir or live_dir or dates):
        raise InputError("--gtfs, --wheels, --live and --dates are for New York; a city file names its own sources")
    if not is_file and not (live_dir or (gtfs_dir and wheels_dir)):
        raise InputError(
            f"{city}: needs --gtfs and --wheels, or --live; any other city is built from a city file that ends in .toml"
        )
    if live_dir and wheels_dir:
        raise InputError("--live and --wheels both bring boundaries and people: give one of them")
    osm = _osm_source(streets, osm_file, overpass)
    with progress() as report:
        if is_file:
            built = build_city_file(Path(city), out_dir=out_dir, report=report, osm=osm)
        else:
            built = build_city(
                city,
                out_dir=out_dir,
                gtfs_dir=gtfs_dir,
                wheels_dir=wheels_dir,
                live_dir=live_dir,
                dates=read_dates(dates) if dates else None,
                report=report,
                osm=osm,
            )
    _print_report(built)


def _osm_source(streets: str, osm_file: Path | None, overpass: str | None) -> OsmSource | None:
    """Return where real streets come from; None if they are derived."""
    from workbench.city.build.real_streets import OsmSource
    from workbench.city.streets.osm.overpass import OVERPASS_URL, Overpass

    if streets == "derived":
        if osm_file or overpass:
            raise InputError("--osm and --overpass need --streets osm")
        return None
    if osm_file and overpass:
        raise InputError("--osm reads a file and --overpass downloads: give one of them")
    return OsmSource(osm_file, Overpass(overpass or OVERPASS_URL), load_settings({}).cache_dir)


@city_group.command("check")
@click.argument("city")
@as_json_option
def check(city: str, as_json: bool) -> None:
    """
    Say everything that is wrong or notable about CITY: a city file (TOML), or a pack.

    Ends with code 2 if it cannot be used, 0 if there are only warnings.
    """
    from workbench.city import check_city_file, check_pack

    with progress() as report:
        is_file = Path(city).suffix == ".toml"
        found = check_city_file(Path(city), report=report) if is_file else check_pack(city, report=report)
    if as_json:
        problems = [dataclasses.asdict(problem) for problem in found.problems]
        print_json({"usable": not found.errors, "problems": problems, "counts": dict(found.counts)})
    else:
        _print_report(found)
    if found.errors:
        sys.exit(BAD_INPUT)


def _print_report(found: BuildReport) -> None:
    for problem in found.problems:
        click.echo(f"{problem.level} {problem.code}: {problem}")
    click.echo("\n".join(f"{name}: {count:,}" for name, count in found.counts.items()))


@city_group.command("info")
@city_options
@as_json_option
def info(city: str | None, cache_dir: Path | None, as_json: bool) -> None:
    """Print what is in a city pack and what in it is estimated."""
    loaded = load_city(load_settings({"city": city, "cache_dir": cache_dir}).city)
    if as_json:
        sources = [dataclasses.asdict(source) for source in loaded.sources]
        counts = {"stops": loaded.n_stops, "routes": len(loaded.routes), "zones": loaded.n_zones}
        print_json({"city": loaded.city_id, "version": loaded.version, "counts": counts, "sources": sources})
        return
    click.echo(describe_city(loaded))
