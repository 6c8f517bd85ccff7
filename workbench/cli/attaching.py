"""The commands `city jobs` and `city places`: what people know about their city, attached to its pack."""

from __future__ import annotations

from pathlib import Path

import click

from workbench.city import Source
from workbench.cli.city import city_group
from workbench.cli.frame import FILES, Command, load_settings

__all__ = ["jobs", "places"]


def _attaching(command: Command) -> Command:
    """Options of both commands."""
    options = (
        click.option("--city", help="City pack to add to: nyc (embedded) or a folder."),
        click.option(
            "--out",
            "out_dir",
            required=True,
            type=click.Path(file_okay=False, path_type=Path),
            help="Folder of the new pack; the folder of --city itself to add to it.",
        ),
        click.option("--source", help="Who made the table; the file's name if not given."),
        click.option("--vintage", default="not stated", show_default=True, help="When it was counted."),
        click.option("--licence", default="not stated", show_default=True, help="Terms of use."),
    )
    for option in reversed(options):
        command = option(command)
    return command


@city_group.command("jobs")
@click.argument("file", type=FILES)
@_attaching
@click.option("--id-column", help="Column with census tracts, blocks or zones; found by its usual names.")
@click.option("--jobs-column", help="Column with the number of jobs; found by its usual names.")
def jobs(
    file: Path,
    city: str | None,
    out_dir: Path,
    source: str | None,
    vintage: str,
    licence: str,
    id_column: str | None,
    jobs_column: str | None,
) -> None:
    """Write a copy of a city pack with the jobs of FILE: LEHD LODES by block, or a CSV by tract or zone."""
    from workbench.city.attach.attach import attach_jobs

    pack = load_settings({"city": city}).city
    about = Source("", source or file.name, vintage, licence)
    done = attach_jobs(pack, file, out_dir=out_dir, source=about, id_column=id_column, jobs_column=jobs_column)
    for problem in done.problems:
        click.echo(f"{problem.level} {problem.code}: {problem}")
    jobs_by_zone = done.city.jobs
    n_zones = 0 if jobs_by_zone is None else int((jobs_by_zone > 0).sum())
    click.echo(f"{file.name}: {done.n_rows:,} rows; {done.n_kept:,} jobs in {n_zones:,} of {done.city.n_zones:,} zones")
    if done.n_replaced:
        click.echo(f"The {done.n_replaced:,} jobs that the pack had gave way.")
    click.echo(f"Written to {out_dir}; use it with --city {out_dir}")


@city_group.command("places")
@click.argument("file", type=FILES)
@_attaching
@click.option("--kind", required=True, help="What they are, one word for one of them: school, clinic, food_pantry.")
@click.option("--name-column", help="Column with names; found by its usual names.")
@click.option("--lat-column", help="Column with latitudes; found by its usual names.")
@click.option("--lon-column", help="Column with longitudes; found by its usual names.")
@click.option("--crs", help="Coordinate system of a CSV that is not in degrees, e.g. EPSG:2263.")
def places(
    file: Path,
    city: str | None,
    out_dir: Path,
    source: str | None,
    vintage: str,
    licence: str,
    kind: str,
    **options: str | None,
) -> None:
    """Write a copy of a city pack with the places of FILE: CSV, GeoJSON, GeoPackage or zipped shapefile."""
    from workbench.city.attach.attach import attach_places

    pack = load_settings({"city": city}).city
    about = Source("", source or file.name, vintage, licence)
    done = attach_places(pack, file, kind=kind, out_dir=out_dir, source=about, **options)
    for problem in done.problems:
        click.echo(f"{problem.level} {problem.code}: {problem}")
    click.echo(f"{file.name}: {done.n_rows:,} rows; {done.n_kept:,} places of kind {kind}")
    if done.n_replaced:
        click.echo(f"The {done.n_replaced:,} places of kind {kind} that the pack had gave way.")
    click.echo(f"Written to {out_dir}; use it with --city {out_dir}")
