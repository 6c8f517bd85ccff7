"""Commands that score what somebody drew: `score`, `compare`, `publish`."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import time
from pathlib import Path

import click

from workbench.assembly import Ballot, read_ballots, restrict_ballots, tally_ranked_pairs
from workbench.city import City, load_city
from workbench.cli.frame import (
    FILES,
    Report,
    as_json_option,
    city_options,
    load_settings,
    params_option,
    phases_option,
    prepare_baseline_of,
    print_json,
    progress,
    read_scenarios,
    window_option,
)
from workbench.errors import InputError
from workbench.evaluate import evaluate
from workbench.network import (
    Baseline,
    SearchParams,
    override_params,
)
from workbench.scenario import Scenario
from workbench.scoring import PUBLISHED_PHASES, Scorecard, compare_scorecards, comparison_table, require_phases
from workbench.settings import Settings

__all__ = ["compare", "publish", "score"]


@click.command()
@click.argument("files", nargs=-1, required=True, type=FILES)
@city_options
@window_option
@phases_option
@params_option
@as_json_option
def score(
    files: tuple[Path, ...],
    city: str | None,
    cache_dir: Path | None,
    window: str,
    phases: int,
    params: tuple[str, ...],
    as_json: bool,
) -> None:
    """Score the routes drawn in FILES (GeoJSON or the workbench's own JSON)."""
    settings = load_settings({"city": city, "cache_dir": cache_dir})
    loaded, cards = _score(files, settings, window, phases, params)
    if as_json:
        print_json({"city": loaded.city_id, "window": window, "scorecards": [card.to_json() for card in cards]})
        return
    for card in cards:
        click.echo(
            "\n".join([card.name, "-" * len(card.name), *card.headline, *card.noise, *map(str, card.problems), ""])
        )


@click.command()
@click.argument("files", nargs=-1, required=True, type=FILES)
@city_options
@window_option
@phases_option
@params_option
@as_json_option
def compare(
    files: tuple[Path, ...],
    city: str | None,
    cache_dir: Path | None,
    window: str,
    phases: int,
    params: tuple[str, ...],
    as_json: bool,
) -> None:
    """Compare two to eight alternatives, one file each."""
    loaded, cards = _score(files, load_settings({"city": city, "cache_dir": cache_dir}), window, phases, params)
    comparison = compare_scorecards(cards)
    if as_json:
        print_json({"city": loaded.city_id, "window": window, **comparison.to_json()})
        return
    click.echo(comparison_table(comparison))


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
    data_dir: Path | None,
) -> None:
    """
    Write the ranked list as a static page into OUT.

    Without FILES: the alternatives and ballots kept by the workbench on this machine. With FILES: these routes, and the
    ballots of --ballots.
    """
    require_phases(phases)
    if ballots and not files:
        raise InputError("--ballots goes with FILES; without FILES the ballots kept by the workbench are counted")
    settings = load_settings({"city": city, "cache_dir": cache_dir, "data_dir": data_dir})
    loaded = load_city(settings.city, cache_dir=settings.cache_dir)
    scenarios, cast = _named_files(files, ballots, loaded) if files else _kept(settings)
    baseline = prepare_baseline_of(loaded, settings, window)
    from workbench.publish import PublishedAlternative, publish_site

    with progress() as report:
        cards = _evaluate_all(loaded, list(scenarios.values()), baseline, phases, report)
        alternatives = [
            PublishedAlternative(key, scenario.name, card, json.dumps(scenario.to_json()))
            for (key, scenario), card in zip(scenarios.items(), cards, strict=True)
        ]
    outcome = tally_ranked_pairs(list(scenarios), cast) if cast else None
    date = asked_on.date() if asked_on else dt.datetime.now(dt.UTC).astimezone().date()
    written = publish_site(out, alternatives, outcome, city=loaded, asked_on=date)
    click.echo(
        f"Open {written.index}: {written.n_files} files, {written.n_bytes / 1e6:.1f} MB, {len(cast)} ballots counted"
    )


def _score(
    files: tuple[Path, ...], settings: Settings, window: str, phases: int, params: tuple[str, ...]
) -> tuple[City, list[Scorecard]]:
    """Score every file; input is checked before anything heavy starts."""
    require_phases(phases)
    override_params(SearchParams(), params)
    loaded = load_city(settings.city, cache_dir=settings.cache_dir)
    scenarios = read_scenarios(files, loaded)
    started = time.perf_counter()
    baseline = prepare_baseline_of(loaded, settings, window, params)
    prepare_s = time.perf_counter() - started
    with progress() as report:
        takes_long = phases > 1 or any(scenario.changes_today for scenario in scenarios)
        cards = _evaluate_all(loaded, scenarios, baseline, phases, report if takes_long else None)
    return loaded, [dataclasses.replace(card, timing_s={**card.timing_s, "prepare": prepare_s}) for card in cards]


def _evaluate_all(
    loaded: City, scenarios: list[Scenario], baseline: Baseline, phases: int, report: Report | None
) -> list[Scorecard]:
    """Score every scenario, with one progress bar over all of them."""
    cards = []
    for number, scenario in enumerate(scenarios):

        def report_part(share: float, text: str, done: int = number) -> None:
            if report is not None:
                report((done + share) / len(scenarios), text)

        report_part(0.0, f"scoring {scenario.name}")
        cards.append(evaluate(loaded, scenario, phases=phases, baseline=baseline, report=report_part))
    if report is not None:
        report(1.0, f"scored: {len(cards)}")
    return cards


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
