"""The command `city fetch`: downloads the live sources of a city."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from workbench.cli.city import city_group
from workbench.cli.frame import progress

if TYPE_CHECKING:
    from workbench.city.fetch.live import NotFetched

__all__ = ["fetch"]

_SOME_MISSING = 1


@city_group.command("fetch")
@click.argument("city_id", default="nyc")
@click.option(
    "--out", "out_dir", required=True, type=click.Path(file_okay=False, path_type=Path), help="Folder to download to."
)
@click.option("--only", default="", help="Sources to get, separated by commas; all if not given.")
@click.option(
    "--gtfs-url", "feeds", multiple=True, metavar="NAME=URL", help="Another GTFS feed to get; may be repeated."
)
@click.option("--state", help="Two letters: get the Census files of any place in the USA in place of CITY_ID's.")
@click.option("--counties", default="", help="With --state: codes of three digits, separated by commas.")
@click.option(
    "--census-key", envvar="CENSUS_API_KEY", default="", help="Key of the Census API; or CENSUS_API_KEY is set."
)
@click.option("--dry-run", is_flag=True, help="List what would be downloaded, with licences, and stop.")
def fetch(
    city_id: str,
    out_dir: Path,
    only: str,
    feeds: tuple[str, ...],
    state: str | None,
    counties: str,
    census_key: str,
    dry_run: bool,
) -> None:
    """Download the live sources of CITY_ID. Go on with the same command after a cut; what has not changed is not sent again."""
    from workbench.city.fetch.addresses import live_files, own_feeds, us_files
    from workbench.city.fetch.live import choose_files, fetch_files
    from workbench.city.fetch.note import shown_url

    own = own_feeds(feeds)
    if state is not None:
        every = (*own, *us_files(state, [code for code in counties.split(",") if code], census_key=census_key))
    else:
        every = (*own, *live_files(city_id, census_key=census_key)) if not own or only else own
    files = choose_files(every, only)
    if dry_run:
        for file in files:
            click.echo(
                f"{file.path}  {shown_url(file.url)}  ({file.name}, {file.vintage or 'current'}, {file.licence})"
            )
        return
    with progress() as report:
        done = fetch_files(files, out_dir, report=report)
    for file, got in done.fetched:
        click.echo(f"{file.path}: {got.how}, {got.n_bytes:,} bytes, sha256 {got.sha256[:12]}")
    _tell_missing(done.missing, has_key=bool(census_key))
    click.echo(f"{len(done.fetched)} of {len(files)} files are in {out_dir}")
    if done.missing:
        sys.exit(_SOME_MISSING)


def _tell_missing(missing: Sequence[NotFetched], *, has_key: bool) -> None:
    """Say for each host what could not be had, why, and what a pack lacks without it."""
    from workbench.city.fetch.addresses import CENSUS_KEY_PAGE

    for host, gaps in _by_host(missing).items():
        for gap in gaps:
            if not gap.skipped:
                click.echo(f"{gap.file.path}: {gap.why}", err=True)
        kept = [gap.file.path for gap in gaps if gap.kept]
        if kept:
            click.echo(f"  The copies of an earlier time stay: {', '.join(kept)}", err=True)
        lacking = dict.fromkeys(gap.file.without for gap in gaps if not gap.kept)
        if lacking:
            click.echo(f"  Without {host} a pack lacks {', '.join(lacking)}.", err=True)
    if not has_key and any(gap.file.dataset == "census" for gap in missing):
        click.echo(f"The Census API needs a free key: {CENSUS_KEY_PAGE}, then --census-key KEY", err=True)


def _by_host(gaps: Sequence[NotFetched]) -> dict[str, list[NotFetched]]:
    """Return what is missing by the host it should come from, in order."""
    hosts: dict[str, list[NotFetched]] = {}
    for gap in gaps:
        hosts.setdefault(gap.host, []).append(gap)
    return hosts
