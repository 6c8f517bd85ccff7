"""The `workbench cache` commands: what is kept on this disk between runs, and removing what nobody needs any more."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path

import click

from workbench.city import load_city
from workbench.network import KEEP_DAYS, MAX_PATCH_BYTES, CacheEntry, clean_cache, default_cache_dir, list_cache
from workbench.settings import read_settings

__all__ = ["cache_group"]

Command = Callable[..., None]


@click.group("cache")
def cache_group() -> None:
    """See what is kept on this disk between runs, or remove what nobody needs any more."""


def _options(command: Command) -> Command:
    """Options of both commands."""
    for option in (
        click.option("--json", "as_json", is_flag=True, help="Print JSON instead of text."),
        click.option(
            "--patch-gb",
            default=MAX_PATCH_BYTES / 1e9,
            show_default=True,
            type=click.FloatRange(min=0),
            help="Room for all travel times without some routes, GB.",
        ),
        click.option(
            "--days",
            default=KEEP_DAYS,
            show_default=True,
            type=click.FloatRange(min=0),
            help="How long bases of other versions and parameters stay unused.",
        ),
        click.option("--cache-dir", type=click.Path(path_type=Path), help="Folder for base travel times."),
        click.option("--city", help="City pack in use: nyc (embedded) or a folder."),
    ):
        command = option(command)
    return command


@cache_group.command("list")
@_options
def cache_list(city: str | None, cache_dir: Path | None, days: float, patch_gb: float, as_json: bool) -> None:
    """Print what the cache holds and what `cache clean` would remove. Nothing is changed."""
    folder, versions = _cache_of(city, cache_dir)
    entries = list_cache(folder, current_versions=versions, keep_days=days, max_patch_bytes=round(1e9 * patch_gb))
    _print_entries(folder, entries, as_json, f"{len(entries)} kept in {folder}")


@cache_group.command("clean")
@_options
def cache_clean(city: str | None, cache_dir: Path | None, days: float, patch_gb: float, as_json: bool) -> None:
    """Remove bases of other versions and parameters that nobody uses, and patches beyond their limit."""
    folder, versions = _cache_of(city, cache_dir)
    entries = clean_cache(folder, current_versions=versions, keep_days=days, max_patch_bytes=round(1e9 * patch_gb))
    _print_entries(folder, entries, as_json, f"{len(entries)} removed from {folder}")


def _cache_of(city: str | None, cache_dir: Path | None) -> tuple[Path, tuple[str, ...]]:
    """Return the cache folder of this machine and the version of the city in use."""
    settings = read_settings({"city": city, "cache_dir": cache_dir})
    return settings.cache_dir or default_cache_dir(), (load_city(settings.city).version,)


def _print_entries(folder: Path, entries: tuple[CacheEntry, ...], as_json: bool, told: str) -> None:
    if as_json:
        listed = [{**dataclasses.asdict(entry), "path": str(entry.path)} for entry in entries]
        content = {"cache_dir": str(folder), "entries": listed}
        click.echo(json.dumps(content, ensure_ascii=False, allow_nan=False, indent=2))
        return
    for entry in entries:
        size, idle = f"{entry.n_bytes / 1e6:,.0f} MB", f"unused for {entry.idle_days:.0f} days"
        marks = [mark for mark, holds in (("in use", entry.is_in_use), ("stale", entry.is_stale)) if holds]
        click.echo("; ".join([entry.label, size, idle, *marks]))
    click.echo(told)
