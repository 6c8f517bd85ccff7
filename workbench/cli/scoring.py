"""Commands that score what somebody drew: `score`, `compare`, `publish`."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import time
from dataclasses import dataclass
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
from workbench.scoring import (
    PUBLISHED_PHASES,
    Demand,
    Scorecard,
    compare_scorecards,
    comparison_table,
    read_demand,
    require_phases,
)
from workbench.sensitivity import Sensitivity
from workbench.settings import Settings

__all__ = ["batch", "compare", "publish", "score"]


@click.command()
@click.argument("files", nargs=-1, required=True, type=FILES)
@city_options
@window_option
@phases_option
@params_option
@click.option("--parts", is_flag=True, help="Say what each route and each stretch of a new route is worth.")
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
    why: bool,
    sensitivity: str | None,
    od: Path | None,
    as_json: bool,
) -> None:
    """Score the routes drawn in FILES (GeoJSON or the workbench's own JSON)."""
    settings = load_settings({"city": city, "cache_dir": cache_dir})
    scored = _score(files, settings, window, phases, params, od)
    loaded, cards = scored.city, scored.cards
    if parts or why:
        cards = [_with_more(scored, scenario, card, parts=parts, why=why) for scenario, card in scored.pairs]
    tried = _find_sensitivity(scored, settings, sensitivity) if sensitivity else None
    if as_json:
        content = {"city": loaded.city_id, "window": window, "scorecards": [card.to_json() for card in cards]}
        print_json(content | ({"sensitivity": tried.to_json()} if tried else {}))
        return
    for card in cards:
        lines = [card.name, "-" * len(card.name), *card.headline, *card.noise, *map(str, card.problems)]
        click.echo(
            "\n".join([*lines, *_demand_lines(card), *_part_lines(card), *(_why_lines(card) if why else ()), ""])
        )
    if tried:
        click.echo("\n".join(["Which assumption would change the verdict", *tried.in_words()]))


def _with_more(scored: _Scored, scenario: Scenario, card: Scorecard, *, parts: bool, why: bool) -> Scorecard:
    """Return the card with what takes longer than a card."""
    from workbench.parts import score_parts
    from workbench.why import explain_losers

    with progress() as report:
        if parts:
            card = score_parts(scored.city, scenario, card, baseline=scored.baseline, report=report)
        if why:
            card = explain_losers(scored.city, scenario, card, baseline=scored.baseline, report=report)
        report(1.0, f"{card.name}: done")
    return card


def _find_sensitivity(scored: _Scored, settings: Settings, kind: str) -> Sensitivity:
    from workbench.sensitivity import find_sensitivity

    with progress() as report:
        found = find_sensitivity(
            scored.city,
            scored.scenarios,
            baseline=scored.baseline,
            with_bases=kind == "full",
            cache_dir=settings.cache_dir,
            report=report,
        )
        report(1.0, f"assumptions tried: {len(found.outcomes)}")
    return found


def _demand_lines(card: Scorecard) -> list[str]:
    """Return what happens to the trips of the table, if one was given."""
    if not card.demand:
        return []
    value = {key: float(measure.value or 0) for key, measure in card.demand.items()}
    return [
        f"Of {value['od_trips']:,.0f} trips of the table {value['od_trips_quicker_2_min']:,.0f} get 2 minutes quicker or more, "
        f"{value['od_trips_longer_2_min']:,.0f} longer; {value['od_minutes_saved'] / 60:,.0f} hours are saved, "
        f"{value['od_minutes_lost'] / 60:,.0f} lost. Trips as they were then; no forecast."
    ]


def _part_lines(card: Scorecard) -> list[str]:
    """Return what each part is worth, one line each."""
    lines = []
    for part in card.parts:
        minutes = part.measures.get("person_minutes_per_day")
        if minutes is None:
            lines.append(f"  {part.name}: {part.note}")
            continue
        hours = float(minutes.value or 0) / 60
        wanders = f" ± {minutes.spread / 60:,.0f}" if minutes.spread else ""
        noise = ", within noise" if minutes.within_noise else ""
        lines.append(f"  {part.name}: {hours:,.0f}{wanders} hours a day, {part.share:.0%} of the whole{noise}")
    return ["", "Without this part would be missing (parts do not add up):", *lines] if lines else []


def _why_lines(card: Scorecard) -> list[str]:
    """Return the journeys of those who lose most."""
    lines = ["", "Who loses most, and why" if card.worst else "Nobody's trip gets longer."]
    for pair in card.worst:
        lines += [
            "",
            f"{pair.residents:,} people of {pair.from_name} on the way to {pair.to_name}: "
            f"{pair.before_min:g} min today, {pair.after_min:g} min after; leaving {pair.depart}:",
            *(f"  today  {line}" for line in pair.before),
            *(f"  after  {line}" for line in pair.after),
        ]
    return lines


@click.command()
@click.argument("out", type=click.Path(dir_okay=False, path_type=Path))
@click.argument("files", nargs=-1, required=True, type=FILES)
@city_options
@window_option
@params_option
def batch(
    out: Path,
    files: tuple[Path, ...],
    city: str | None,
    cache_dir: Path | None,
    window: str,
    params: tuple[str, ...],
) -> None:
    """
    Score many FILES, one after another, into OUT: one line of JSON each.

    What OUT holds already is not scored again, so that a batch that was stopped goes on.
    """
    from workbench.batch import score_batch

    settings = load_settings({"city": city, "cache_dir": cache_dir})
    override_params(SearchParams(), params)
    loaded = load_city(settings.city, cache_dir=settings.cache_dir)
    scenarios = read_scenarios(files, loaded)
    baseline = prepare_baseline_of(loaded, settings, window, params)
    with progress() as report:
        done = score_batch(loaded, scenarios, out, baseline=baseline, report=report)
        report(1.0, "done")
    click.echo(f"{out}: {done.in_words()}")


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
    from workbench.parts import score_parts
    from workbench.publish import PublishedAlternative, publish_site
    from workbench.why import explain_losers

    with progress() as report:
        cards = _evaluate_all(loaded, list(scenarios.values()), baseline, phases, report)
        if parts:
            pairs = list(zip(scenarios.values(), cards, strict=True))
            cards = [score_parts(loaded, one, card, baseline=baseline, report=report) for one, card in pairs]
        cards = [
            explain_losers(loaded, scenario, card, baseline=baseline)
            for scenario, card in zip(scenarios.values(), cards, strict=True)
        ]
        alternatives = [
            PublishedAlternative(key, scenario.name, card, json.dumps(scenario.to_json()))
            for (key, scenario), card in zip(scenarios.items(), cards, strict=True)
        ]
    outcome = tally_ranked_pairs(list(scenarios), cast) if cast else None
    date = asked_on.date() if asked_on else dt.datetime.now(dt.UTC).astimezone().date()
    written = publish_site(out, alternatives, outcome, city=loaded, asked_on=date, address=address)
    click.echo(
        f"Open {written.index}: {written.n_files} files, {written.n_bytes / 1e6:.1f} MB, {len(cast)} ballots counted"
    )


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
        cards = _evaluate_all(loaded, scenarios, baseline, phases, report if takes_long else None, demand)
    timed = [dataclasses.replace(card, timing_s={**card.timing_s, "prepare": prepare_s}) for card in cards]
    return _Scored(loaded, baseline, scenarios, timed)


def _evaluate_all(
    loaded: City,
    scenarios: list[Scenario],
    baseline: Baseline,
    phases: int,
    report: Report | None,
    demand: Demand | None = None,
) -> list[Scorecard]:
    """Score every scenario, with one progress bar over all of them."""
    cards = []
    for number, scenario in enumerate(scenarios):

        def report_part(share: float, text: str, done: int = number) -> None:
            if report is not None:
                report((done + share) / len(scenarios), text)

        report_part(0.0, f"scoring {scenario.name}")
        cards.append(evaluate(loaded, scenario, phases=phases, demand=demand, baseline=baseline, report=report_part))
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
