"""The commands `city build` and `city info`."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import click

from workbench.city import describe_city, load_city
from workbench.cli.frame import (
    FOLDERS,
    as_json_option,
    city_options,
    load_settings,
    print_json,
    progress,
)

__all__ = ["city_group"]


@click.group("city")
def city_group() -> None:
    """Build a city pack, or see what is in one."""


@city_group.command("build")
@click.argument("city_id", default="nyc")
@click.option("--gtfs", "gtfs_dir", required=True, type=FOLDERS, help="Folder with the GTFS zips.")
@click.option(
    "--wheels", "wheels_dir", required=True, type=FOLDERS, help="Folder with the data wheels of sources.lock."
)
@click.option(
    "--out", "out_dir", required=True, type=click.Path(file_okay=False, path_type=Path), help="Folder to write."
)
def build(city_id: str, gtfs_dir: Path, wheels_dir: Path, out_dir: Path) -> None:
    """Build the pack of CITY_ID from its sources; the same sources give the same bytes."""
    from workbench.city import build_city  # takes a quarter of a second to import

    with progress() as report:
        built = build_city(city_id, gtfs_dir=gtfs_dir, wheels_dir=wheels_dir, out_dir=out_dir, report=report)
    for problem in built.problems:
        click.echo(f"{problem.level} {problem.code}: {problem}")
    click.echo("\n".join(f"{name}: {count:,}" for name, count in built.counts.items()))


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
