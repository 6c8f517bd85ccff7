"""The command that gives everything away: `publish`."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from workbench.assembly import Ballot, read_ballots, restrict_ballots, tally_ranked_pairs
from workbench.city import City, load_city
from workbench.cli.asking import Asked, answer_all, percentiles_option
from workbench.cli.frame import (
    FILES,
    city_options,
    load_settings,
    prepare_baseline_of,
    progress,
    read_scenarios,
    window_option,
)
from workbench.cli.scoring import evaluate_all, try_assumptions
from workbench.errors import InputError
from workbench.network import Baseline, SearchParams
from workbench.scenario import Scenario
from workbench.scoring import PUBLISHED_PHASES, ScoringParams, require_phases
from workbench.settings import Settings

if TYPE_CHECKING:
    from workbench.publish import PublishedStudy

__all__ = ["publish", "room_parameters"]


@click.command()
@click.argument("out", type=click.Path(file_okay=False, path_type=Path))
@click.argument("files", nargs=-1, type=FILES)
@city_options
@window_option
@click.option(
    "--phases",
    type=int,
    default=PUBLISHED_PHASES,
    show_default=True,
    help="Possible timetables of the headways behind every figure; 1 leaves the noise unmeasured.",
)
@click.option("--ballots", type=FILES, help="CSV with one ballot a row; with FILES only.")
@click.option("--asked-on", type=click.DateTime(["%Y-%m-%d"]), help="Date the city was asked, printed on the page.")
@click.option("--address", default="", help="Web address of the site: printed sheets carry links and QR codes.")
@click.option(
    "--parts", is_flag=True, help="Say on each card what each route and each stretch of a new route is worth."
)
@click.option(
    "--rides/--no-rides",
    default=True,
    show_default=True,
    help="Count who has to change vehicle once more; as long as a base for each route.",
)
@percentiles_option
@click.option(
    "--sensitivity",
    type=click.Choice(["quick", "full"]),
    help="Say which assumption would change the verdict; full also tries walking speeds and other times of the week.",
)
@click.option(
    "--data-dir", type=click.Path(path_type=Path), help="Folder with the alternatives and ballots to publish."
)
def publish(
    out: Path,
    files: tuple[Path, ...],
    city: str | None,
    cache_dir: Path | None,
    window: str,
    phases: int,
    ballots: Path | None,
    asked_on: dt.datetime | None,
    address: str,
    parts: bool,
    rides: bool,
    percentiles: bool,
    sensitivity: str | None,
    data_dir: Path | None,
) -> None:
    """
    Write the ranked list as a static page into OUT.

    Without FILES: the alternatives and ballots kept by the workbench on this machine, scored with what its room takes for
    granted. With FILES: these routes, and the
    ballots of --ballots.
    """
    require_phases(phases)
    if ballots and not files:
        raise InputError("--ballots goes with FILES; without FILES the ballots kept by the workbench are counted")
    settings = load_settings({"city": city, "cache_dir": cache_dir, "data_dir": data_dir})
    loaded = load_city(settings.city, cache_dir=settings.cache_dir)
    scenarios, cast = _named_files(files, ballots, loaded) if files else _kept(settings)
    params, scoring = ((), ScoringParams()) if files else room_parameters(settings)
    baseline = prepare_baseline_of(loaded, settings, window, params)
    from workbench.publish import PublishedAlternative, publish_site

    asked = Asked(parts=parts, why=True, rides=rides, percentiles=percentiles)
    with progress() as report:
        cards = evaluate_all(loaded, list(scenarios.values()), baseline, phases, report, scoring=scoring)
    with progress() as report:
        pairs = list(zip(scenarios.values(), cards, strict=True))
        cards = answer_all(loaded, pairs, asked, baseline=baseline, report=report, scoring=scoring)
    alternatives = [
        PublishedAlternative(key, scenario.name, card, json.dumps(scenario.to_json()))
        for (key, scenario), card in zip(scenarios.items(), cards, strict=True)
    ]
    study = _study(loaded, list(scenarios.values()), baseline, settings, sensitivity, scoring) if sensitivity else None
    outcome = tally_ranked_pairs(list(scenarios), cast) if cast else None
    date = asked_on.date() if asked_on else dt.datetime.now(dt.UTC).astimezone().date()
    written = publish_site(out, alternatives, outcome, city=loaded, asked_on=date, address=address, study=study)
    click.echo(
        f"Open {written.index}: {written.n_files} files, {written.n_bytes / 1e6:.1f} MB, {len(cast)} ballots counted"
    )


def _study(
    loaded: City,
    scenarios: list[Scenario],
    baseline: Baseline,
    settings: Settings,
    kind: str,
    scoring: ScoringParams,
) -> PublishedStudy:
    """Return which assumption would change the verdict on the routes that the site sets side by side."""
    from workbench.publish import PublishedStudy
    from workbench.publish.side_by_side import MOST_COMPARED

    found = try_assumptions(loaded, scenarios[:MOST_COMPARED], baseline, settings, kind, scoring=scoring)
    return PublishedStudy(found.verdict, found.in_words()[len(found.verdict) :], found.to_json())


def _named_files(
    files: tuple[Path, ...], ballots: Path | None, loaded: City
) -> tuple[dict[str, Scenario], tuple[Ballot, ...]]:
    """Return the scenarios of some files by id, and the ballots cast on them."""
    from workbench.publish import build_alternative_id

    found = read_scenarios(files, loaded)
    ids = [build_alternative_id(path.stem) for path in files]
    repeated = sorted({key for key in ids if ids.count(key) > 1})
    if repeated:
        raise InputError(f"two files are called {', '.join(repeated)}; ballots could not tell them apart: rename one")
    scenarios = dict(zip(ids, found, strict=True))
    names = {key: scenario.name for key, scenario in scenarios.items()}
    return scenarios, read_ballots(ballots, names) if ballots else ()


def room_parameters(settings: Settings) -> tuple[tuple[str, ...], ScoringParams]:
    """Return what the room takes for granted: search parameters as `NAME=VALUE`, and those of scoring."""
    from workbench.publish.assumed import PARAMETERS, with_changes
    from workbench.storage import open_store

    with open_store(settings.storage_url) as store:
        kept = store.assumptions.newest()
    changes = json.loads(kept) if kept else {}
    search, scoring = with_changes(SearchParams(), ScoringParams(), changes)
    params = tuple(f"{name}={getattr(search, name)}" for name in changes if PARAMETERS[name].needs_base)
    return params, scoring


def _kept(settings: Settings) -> tuple[dict[str, Scenario], tuple[Ballot, ...]]:
    """Return the alternatives and ballots that the workbench keeps on this machine."""
    from workbench.storage import open_store

    with open_store(settings.storage_url) as store:
        kept = {item.alternative_id: item for item in store.alternatives.list()}
        cast = store.ballots.list()
    if not kept:
        raise InputError(
            f"no alternative is kept in {settings.storage_url}; save some in the workbench, or name FILES to publish"
        )
    scenarios = {
        key: dataclasses.replace(Scenario.from_json(item.scenario_json), name=item.name) for key, item in kept.items()
    }
    return scenarios, restrict_ballots(cast, scenarios)
