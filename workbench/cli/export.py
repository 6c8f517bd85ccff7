"""`workbench export`: a scenario in the files of other programs."""

from __future__ import annotations

import json
from pathlib import Path

import click

from workbench.city import load_city
from workbench.cli.frame import FILES, city_options, load_settings, progress, read_scenarios
from workbench.errors import InputError
from workbench.scenario import Scenario
from workbench.scenario.formats.gtfs import DEFAULT_URL, write_gtfs
from workbench.scenario.formats.lines import LINE_FORMATS, write_lines

__all__ = ["export"]

FORMATS = ("gtfs", "geojson", *LINE_FORMATS, "json")


@click.command()
@click.argument("kind", metavar="FORMAT", type=click.Choice(FORMATS))
@click.argument("file", required=False, type=FILES)
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="File to write.")
@click.option("--url", default=DEFAULT_URL, show_default=True, help="GTFS: web address of whoever proposes it.")
@city_options
def export(kind: str, file: Path | None, out: Path, url: str, city: str | None, cache_dir: Path | None) -> None:
    """
    Write the scenario in FILE for other programs.

    FORMAT gtfs is the whole edited timetable, without FILE today's; json is the workbench's own; geojson, kml, shapefile and
    geopackage hold the lines of new routes.
    """
    if file is None and kind != "gtfs":
        raise InputError(f"export {kind} needs a FILE with a scenario")
    settings = load_settings({"city": city, "cache_dir": cache_dir})
    loaded = load_city(settings.city, cache_dir=settings.cache_dir)
    scenario = read_scenarios((file,), loaded)[0] if file is not None else Scenario("Today's timetable")
    if kind == "gtfs":
        with progress() as report:
            done = write_gtfs(scenario, loaded, out, url=url, report=report)
        days = ", ".join(f"{service} {date}" for service, date in done.date_of)
        click.echo(f"{out}: {done.n_trips:,} trips of {done.n_routes} routes at {done.n_stops:,} stops; {days}")
        return
    if kind in LINE_FORMATS:
        write_lines(scenario.name, scenario.edits, out, kind)
    else:
        plain = scenario.to_geojson() if kind == "geojson" else scenario.to_json()
        try:
            out.write_text(json.dumps(plain, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        except OSError as error:
            raise InputError(f"{out}: cannot be written: {error.strerror or error}") from error
    click.echo(f"{out}: written")
