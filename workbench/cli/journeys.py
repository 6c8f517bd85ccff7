"""The command `journey`: how one gets from one place to another."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from pathlib import Path

import click

from workbench.city import load_city
from workbench.cli.frame import (
    FILES,
    as_json_option,
    city_options,
    load_settings,
    params_option,
    print_json,
    read_scenarios,
)
from workbench.errors import InputError
from workbench.explain import journey as explain_journey
from workbench.network import SearchParams, override_params

__all__ = ["journey"]


@click.command()
@click.option("--from", "from_at", metavar="LAT,LON", help="Where one starts, on foot.")
@click.option("--to", "to_at", metavar="LAT,LON", help="Where one goes.")
@click.option("--from-stop", metavar="ID", help="Instead of --from: GTFS stop_id where one boards.")
@click.option("--to-stop", metavar="ID", help="Instead of --to: GTFS stop_id where one gets off.")
@click.option("--depart", required=True, metavar="DATE-TIME", help="Local time, e.g. 2026-10-14T08:00.")
@click.option("--scenario", type=FILES, help="What changes: a file as for `score`. Before and after are shown.")
@click.option("--geojson", type=click.Path(dir_okay=False, path_type=Path), help="Write the legs here as well.")
@city_options
@params_option
@as_json_option
def journey(
    from_at: str | None,
    to_at: str | None,
    from_stop: str | None,
    to_stop: str | None,
    depart: str,
    scenario: Path | None,
    geojson: Path | None,
    city: str | None,
    cache_dir: Path | None,
    params: tuple[str, ...],
    as_json: bool,
) -> None:
    """Show how one gets from one place to another, leg by leg: today, and with a scenario."""
    ends = _end("--from", from_at, from_stop), _end("--to", to_at, to_stop)
    leaves = _departure(depart)
    search = override_params(SearchParams(), params)
    settings = load_settings({"city": city, "cache_dir": cache_dir})
    loaded = load_city(settings.city, cache_dir=settings.cache_dir)
    change = read_scenarios((scenario,), loaded)[0] if scenario else None
    explained = explain_journey(loaded, *ends, leaves, scenario=change, search=search)
    if geojson is not None:
        _write_text(geojson, json.dumps(explained.to_geojson(), ensure_ascii=False, indent=1))
    if as_json:
        print_json({"city": loaded.city_id, **explained.to_json(), "parameters": dataclasses.asdict(search)})
        return
    click.echo("\n".join(explained.in_words()))


def _end(option: str, at: str | None, stop_id: str | None) -> tuple[float, float] | str:
    """Return (lon, lat) of a point given as `LAT,LON`, or a stop_id."""
    if (at is None) == (stop_id is None):
        raise InputError(f"give either {option} LAT,LON or {option}-stop ID, one of the two")
    if at is None:
        return stop_id or ""
    try:
        lat, lon = (float(part) for part in at.split(","))
    except ValueError as error:
        raise InputError(f"{option} is {at[:40]!r}, must be LAT,LON in degrees, such as 40.6500,-73.9496") from error
    return lon, lat


def _departure(text: str) -> dt.datetime:
    """Return a local time given as in ISO 8601, without a time zone."""
    try:
        found = dt.datetime.fromisoformat(text)
    except ValueError as error:
        raise InputError(f"--depart is {text[:40]!r}, must be a date and a time such as 2026-10-14T08:00") from error
    if found.tzinfo is not None:
        raise InputError(f"--depart is {text[:40]!r}, must be local time of the city, without a time zone")
    return found


def _write_text(path: Path, text: str) -> None:
    """Write a file that a person asked for."""
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror or error}") from error
