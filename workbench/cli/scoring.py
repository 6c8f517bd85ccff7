"""Commands that score what somebody drew: `score`, `compare`, `batch`."""

from __future__ import annotations

import dataclasses
import functools
import time
from dataclasses import dataclass
from pathlib import Path

import click

from workbench.city import City, load_city
from workbench.cli.asking import (
    Asked,
    answer_all,
    demand_lines,
    departure_lines,
    part_lines,
    percentiles_option,
    ride_lines,
    why_lines,
)
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
from workbench.evaluate import evaluate, prepare
from workbench.network import (
    Baseline,
    SearchParams,
    override_params,
)
from workbench.scenario import Scenario
from workbench.scoring import (
    Demand,
    Scorecard,
    ScoringParams,
    compare_scorecards,
    comparison_table,
    read_demand,
    require_phases,
)
from workbench.sensitivity import Sensitivity
from workbench.settings import Settings

__all__ = ["batch", "compare", "evaluate_all", "score", "try_assumptions"]


@click.command()
@click.argument("files", nargs=-1, required=True, type=FILES)
@city_options
@window_option
@phases_option
@params_option
@click.option("--parts", is_flag=True, help="Say what each route and each stretch of a new route is worth.")
@click.option(
    "--rides", is_flag=True, help="Count who has to change vehicle once more, and who once less; some 20 s each."
)
@percentiles_option
@click.option("--why", is_flag=True, help="Tell the journeys before and after of those who lose most.")
@click.option(
    "--sensitivity",
    type=click.Choice(["quick", "full"]),
    help="Say which assumption would change the verdict; full also tries walking speeds and other times of the week.",
)
@click.option("--od", type=FILES, help="CSV of trips (origin,destination,count, or LODES OD) to count as well.")
@as_json_option
def score(
    files: tuple[Path, ...],
    city: str | None,
    cache_dir: Path | None,
    window: str,
    phases: int,
    params: tuple[str, ...],
    parts: bool,
    rides: bool,
    percentiles: bool,
    why: bool,
    sensitivity: str | None,
    od: Path | None,
    as_json: bool,
) -> None:
    """Score the routes drawn in FILES (GeoJSON or the workbench's own JSON)."""
    settings = load_settings({"city": city, "cache_dir": cache_dir})
    scored = _score(files, settings, window, phases, params, od)
    loaded, cards = scored.city, scored.cards
    asked = Asked(parts=parts, why=why, rides=rides, percentiles=percentiles)
    with progress() as report:
        cards = answer_all(loaded, scored.pairs, asked, baseline=scored.baseline, report=report)
    tried = try_assumptions(loaded, scored.scenarios, scored.baseline, settings, sensitivity) if sensitivity else None
    if as_json:
        content = {"city": loaded.city_id, "window": window, "scorecards": [card.to_json() for card in cards]}
        print_json(content | ({"sensitivity": tried.to_json()} if tried else {}))
        return
    for card in cards:
        lines = [card.name, "-" * len(card.name), *card.headline, *card.noise, *map(str, card.problems)]
        lines += [*demand_lines(card), *part_lines(card), *ride_lines(card), *departure_lines(card)]
        click.echo("\n".join([*lines, *(why_lines(card) if why else ()), ""]))
    if tried:
        click.echo("\n".join(["Which assumption would change the verdict", *tried.in_words()]))


def try_assumptions(
    loaded: City,
    scenarios: list[Scenario],
    baseline: Baseline,
    settings: Settings,
    kind: str,
    scoring: ScoringParams | None = None,
) -> Sensitivity:
    """Score everything again with other assumptions, under a progress bar; `full` needs other bases too."""
    from workbench.sensitivity import find_sensitivity

    with progress() as report:
        found = find_sensitivity(
            loaded,
            scenarios,
            baseline=baseline,
            scoring=scoring,
            with_bases=kind == "full",
            cache_dir=settings.cache_dir,
            report=report,
        )
        report(1.0, f"assumptions tried: {len(found.outcomes)}")
    return found


@click.command()
@click.argument("out", type=click.Path(dir_okay=False, path_type=Path))
@click.argument("files", nargs=-1, required=True, type=FILES)
@city_options
@window_option
@params_option
@click.option(
    "--workers",
    type=click.IntRange(1, 64),
    help="Processes that score at the same time; by default one for each processor, where there is work enough.",
)
def batch(
    out: Path,
    files: tuple[Path, ...],
    city: str | None,
    cache_dir: Path | None,
    window: str,
    params: tuple[str, ...],
    workers: int | None,
) -> None:
    """
    Score many FILES into OUT: one line of JSON each, in their order.

    What OUT holds already is not scored again, so that a batch that was stopped goes on.
    """
    from workbench.batch import Workers, count_workers, score_batch

    settings = load_settings({"city": city, "cache_dir": cache_dir})
    override_params(SearchParams(), params)
    loaded = load_city(settings.city, cache_dir=settings.cache_dir)
    scenarios = read_scenarios(files, loaded)
    baseline = prepare_baseline_of(loaded, settings, window, params)
    n_workers = workers or count_workers(len(scenarios), settings.threads or None)
    helpers = Workers(n_workers, functools.partial(_open_again, settings, window, params))
    with progress() as report:
        done = score_batch(loaded, scenarios, out, baseline=baseline, report=report, workers=helpers)
        report(1.0, "done")
    click.echo(f"{out}: {done.in_words()}")


def _open_again(settings: Settings, window: str, params: tuple[str, ...]) -> Baseline:
    """Return the baseline in a process of its own: what the command opened, without a word."""
    loaded = load_city(settings.city, cache_dir=settings.cache_dir)
    return prepare(loaded, window, override_params(SearchParams(), params), cache_dir=settings.cache_dir)


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
    scored = _score(files, load_settings({"city": city, "cache_dir": cache_dir}), window, phases, params)
    comparison = compare_scorecards(scored.cards)
    if as_json:
        print_json({"city": scored.city.city_id, "window": window, **comparison.to_json()})
        return
    click.echo(comparison_table(comparison))


@dataclass(frozen=True)
class _Scored:
    """What `score` and `compare` share."""

    city: City
    baseline: Baseline
    scenarios: list[Scenario]
    cards: list[Scorecard]

    @property
    def pairs(self) -> list[tuple[Scenario, Scorecard]]:
        """Each scenario with its card."""
        return list(zip(self.scenarios, self.cards, strict=True))


def _score(
    files: tuple[Path, ...],
    settings: Settings,
    window: str,
    phases: int,
    params: tuple[str, ...],
    od: Path | None = None,
) -> _Scored:
    """Score every file; input is checked before anything heavy starts."""
    require_phases(phases)
    override_params(SearchParams(), params)
    loaded = load_city(settings.city, cache_dir=settings.cache_dir)
    scenarios = read_scenarios(files, loaded)
    demand = read_demand(od, loaded) if od else None
    started = time.perf_counter()
    baseline = prepare_baseline_of(loaded, settings, window, params)
    prepare_s = time.perf_counter() - started
    with progress() as report:
        takes_long = phases > 1 or any(scenario.changes_today for scenario in scenarios)
        cards = evaluate_all(loaded, scenarios, baseline, phases, report if takes_long else None, demand)
    timed = [dataclasses.replace(card, timing_s={**card.timing_s, "prepare": prepare_s}) for card in cards]
    return _Scored(loaded, baseline, scenarios, timed)


def evaluate_all(
    loaded: City,
    scenarios: list[Scenario],
    baseline: Baseline,
    phases: int,
    report: Report | None,
    demand: Demand | None = None,
    scoring: ScoringParams | None = None,
) -> list[Scorecard]:
    """Score every scenario, with one progress bar over all of them."""
    cards = []
    for number, scenario in enumerate(scenarios):

        def report_part(share: float, text: str, done: int = number) -> None:
            if report is not None:
                report((done + share) / len(scenarios), text)

        report_part(0.0, f"scoring {scenario.name}")
        cards.append(
            evaluate(
                loaded,
                scenario,
                scoring=scoring,
                phases=phases,
                demand=demand,
                baseline=baseline,
                report=report_part,
            )
        )
    if report is not None:
        report(1.0, f"scored: {len(cards)}")
    return cards
