"""The `workbench` command: each command reads its input, calls one function of the house, and prints the result."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import click
from tqdm import tqdm

import workbench
from workbench.assembly import Ballot, read_ballots, restrict_ballots, tally_ranked_pairs
from workbench.bench import machine_facts, run_benchmarks
from workbench.city import City, build_city, describe_city, load_city
from workbench.errors import InputError, ScenarioError, WorkbenchError
from workbench.evaluate import evaluate, prepare
from workbench.network import Baseline, use_threads, warm_up
from workbench.scenario import Scenario, apply_scenario
from workbench.scoring import Scorecard, compare_scorecards, comparison_table
from workbench.settings import Settings, read_settings

__all__ = ["main"]

BAD_INPUT = 2
Command = Callable[..., None]


class _Workbench(click.Group):
    """Turns our errors into one clear sentence each and exit code 2."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except WorkbenchError as error:
            click.echo(f"workbench: {error}", err=True)
            sys.exit(BAD_INPUT)
        except KeyboardInterrupt:
            click.echo("workbench: stopped; finished work is kept and continues next time", err=True)
            sys.exit(130)


def _city_options(command: Command) -> Command:
    """Options of every command that loads a city."""
    command = click.option("--cache-dir", type=click.Path(path_type=Path), help="Folder for base travel times.")(
        command
    )
    return click.option("--city", help="City pack: nyc (embedded) or a folder.")(command)


_as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON instead of text.")
_window = click.option("--window", default="weekday-am", show_default=True, help="Departure window.")
_files = click.Path(exists=True, dir_okay=False, path_type=Path)
_folders = click.Path(exists=True, file_okay=False, path_type=Path)


@click.group(cls=_Workbench, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(workbench.__version__, prog_name="workbench")
def main() -> None:
    """Assembly Lines: draw the bus route you want, see exactly who gains, who loses, and decide together."""


@main.command()
@_city_options
@click.option("--host", help="Address to listen on; 0.0.0.0 for other devices in the room.")
@click.option("--port", type=int, help="Port to listen on.")
@click.option("--data-dir", type=click.Path(path_type=Path), help="Folder for alternatives and ballots.")
def serve(city: str | None, cache_dir: Path | None, host: str | None, port: int | None, data_dir: Path | None) -> None:
    """Open the workbench in the browser."""
    flags = {"city": city, "cache_dir": cache_dir, "host": host, "port": port, "data_dir": data_dir}
    settings = _settings(flags)
    loaded = load_city(settings.city)
    baseline = _prepare(loaded, settings, "weekday-am")
    with _progress() as report:
        report(0.0, "loading the search, on the first start compiling it; about half a minute")
        warm_up(baseline)
        report(1.0, "the search is ready")
    from workbench.app.serve import serve as serve_app  # Panel takes a second to import

    settings.data_dir.mkdir(parents=True, exist_ok=True)
    serve_app(
        loaded,
        storage_url=settings.storage_url,
        cache_dir=settings.cache_dir,
        host=settings.host,
        port=settings.port,
        threads=settings.threads,
        on_ready=lambda address: click.echo(f"The workbench is open at {address}  (stop it with Ctrl+C)"),
    )


@main.command()
@click.argument("files", nargs=-1, required=True, type=_files)
@_city_options
@_window
@_as_json
def score(files: tuple[Path, ...], city: str | None, cache_dir: Path | None, window: str, as_json: bool) -> None:
    """Score the routes drawn in FILES (GeoJSON or the workbench's own JSON)."""
    settings = _settings({"city": city, "cache_dir": cache_dir})
    loaded, cards = _score(files, settings, window)
    if as_json:
        _print_json({"city": loaded.city_id, "window": window, "scorecards": [card.to_json() for card in cards]})
        return
    for card in cards:
        click.echo("\n".join([card.name, "-" * len(card.name), *card.headline, *map(str, card.problems), ""]))


@main.command()
@click.argument("files", nargs=-1, required=True, type=_files)
@_city_options
@_window
@_as_json
def compare(files: tuple[Path, ...], city: str | None, cache_dir: Path | None, window: str, as_json: bool) -> None:
    """Compare two to eight alternatives, one file each."""
    loaded, cards = _score(files, _settings({"city": city, "cache_dir": cache_dir}), window)
    comparison = compare_scorecards(cards)
    if as_json:
        _print_json({"city": loaded.city_id, "window": window, **comparison.to_json()})
        return
    click.echo(comparison_table(comparison))


@main.command()
@click.argument("out", type=click.Path(file_okay=False, path_type=Path))
@click.argument("files", nargs=-1, type=_files)
@_city_options
@_window
@click.option("--ballots", type=_files, help="CSV with one ballot a row; with FILES only.")
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
    ballots: Path | None,
    asked_on: dt.datetime | None,
    data_dir: Path | None,
) -> None:
    """
    Write the ranked list as a static page into OUT.

    Without FILES: the alternatives and ballots kept by the workbench on this machine. With FILES: these routes, and the
    ballots of --ballots.
    """
    if ballots and not files:
        raise InputError("--ballots goes with FILES; without FILES the ballots kept by the workbench are counted")
    settings = _settings({"city": city, "cache_dir": cache_dir, "data_dir": data_dir})
    loaded = load_city(settings.city)
    scenarios, cast = _named_files(files, ballots, loaded) if files else _kept(settings)
    baseline = _prepare(loaded, settings, window)
    from workbench.publish import PublishedAlternative, publish_site

    with _progress() as report:
        alternatives = []
        for number, (key, scenario) in enumerate(scenarios.items()):
            report(number / len(scenarios), f"scoring {scenario.name}")
            card = evaluate(loaded, scenario, baseline=baseline)
            alternatives.append(PublishedAlternative(key, scenario.name, card, json.dumps(scenario.to_json())))
        report(1.0, "every alternative is scored")
    outcome = tally_ranked_pairs(list(scenarios), cast) if cast else None
    date = asked_on.date() if asked_on else dt.datetime.now(dt.UTC).astimezone().date()
    written = publish_site(out, alternatives, outcome, city=loaded, asked_on=date)
    click.echo(
        f"Open {written.index}: {written.n_files} files, {written.n_bytes / 1e6:.1f} MB, {len(cast)} ballots counted"
    )


@main.command()
@_city_options
@click.option("--quick", is_flag=True, help="Leave out what takes longer than a minute.")
@_as_json
def bench(city: str | None, cache_dir: Path | None, quick: bool, as_json: bool) -> None:
    """Measure the engine on this machine: medians of several runs, ratios inside one run."""
    settings = _settings({"city": city, "cache_dir": cache_dir})
    loaded = load_city(settings.city)
    baseline = _prepare(loaded, settings, "weekday-am")
    with _progress() as report:
        results = run_benchmarks(baseline, quick=quick, report=report)
    if as_json:
        _print_json({"machine": machine_facts(), "benchmarks": [result.to_json() for result in results]})
        return
    click.echo("\n".join(f"{key}: {value}" for key, value in machine_facts().items()) + "\n")
    for result in results:
        click.echo(str(result))


@main.group("city")
def city_group() -> None:
    """Build a city pack, or see what is in one."""


@city_group.command("build")
@click.argument("city_id", default="nyc")
@click.option("--gtfs", "gtfs_dir", required=True, type=_folders, help="Folder with the GTFS zips.")
@click.option(
    "--wheels", "wheels_dir", required=True, type=_folders, help="Folder with the data wheels of sources.lock."
)
@click.option(
    "--out", "out_dir", required=True, type=click.Path(file_okay=False, path_type=Path), help="Folder to write."
)
def build(city_id: str, gtfs_dir: Path, wheels_dir: Path, out_dir: Path) -> None:
    """Build the pack of CITY_ID from its sources; the same sources give the same bytes."""
    with _progress() as report:
        built = build_city(city_id, gtfs_dir=gtfs_dir, wheels_dir=wheels_dir, out_dir=out_dir, report=report)
    for problem in built.problems:
        click.echo(f"{problem.level} {problem.code}: {problem}")
    click.echo("\n".join(f"{name}: {count:,}" for name, count in built.counts.items()))


@city_group.command("info")
@_city_options
@_as_json
def info(city: str | None, cache_dir: Path | None, as_json: bool) -> None:
    """Print what is in a city pack and what in it is estimated."""
    loaded = load_city(_settings({"city": city, "cache_dir": cache_dir}).city)
    if as_json:
        sources = [dataclasses.asdict(source) for source in loaded.sources]
        counts = {"stops": loaded.n_stops, "routes": len(loaded.routes), "zones": loaded.n_zones}
        _print_json({"city": loaded.city_id, "version": loaded.version, "counts": counts, "sources": sources})
        return
    click.echo(describe_city(loaded))


def _settings(flags: Mapping[str, object]) -> Settings:
    """Read the settings and use the threads they ask for."""
    settings = read_settings(flags)
    if settings.threads:
        use_threads(settings.threads)
    return settings


def _prepare(loaded: City, settings: Settings, window: str) -> Baseline:
    """Return the baseline, with a progress bar while it is computed."""
    with _progress() as report:
        return prepare(loaded, window, cache_dir=settings.cache_dir, report=report)


def _score(files: tuple[Path, ...], settings: Settings, window: str) -> tuple[City, list[Scorecard]]:
    """Score every file; input is checked before anything heavy starts."""
    loaded = load_city(settings.city)
    scenarios = _read_scenarios(files, loaded)
    started = time.perf_counter()
    baseline = _prepare(loaded, settings, window)
    prepare_s = time.perf_counter() - started
    cards = [evaluate(loaded, scenario, baseline=baseline) for scenario in scenarios]
    return loaded, [dataclasses.replace(card, timing_s={**card.timing_s, "prepare": prepare_s}) for card in cards]


def _read_scenarios(files: tuple[Path, ...], loaded: City) -> list[Scenario]:
    """Read every file and report the faults of all of them at once, each with its file."""
    scenarios, faults = [], []
    for path in files:
        try:
            scenario = Scenario.from_file(path, city=loaded)
            apply_scenario(scenario, loaded)
            scenarios.append(scenario)
        except (InputError, ScenarioError) as error:
            faults += [f"{path.name}: {line}" for line in str(error).splitlines()]
    if faults:
        raise InputError("\n".join(faults))
    return scenarios


def _named_files(
    files: tuple[Path, ...], ballots: Path | None, loaded: City
) -> tuple[dict[str, Scenario], tuple[Ballot, ...]]:
    """Return the scenarios of some files by id, and the ballots cast on them."""
    from workbench.publish import build_alternative_id

    found = _read_scenarios(files, loaded)
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


@contextmanager
def _progress() -> Iterator[Callable[[float, str], None]]:
    """Show a progress bar on standard error from the first report on; nothing if there is no work."""
    bars: list[tqdm[None]] = []

    def report(share: float, text: str) -> None:
        if not bars:
            form = "{percentage:3.0f} % |{bar:30}| {desc}"
            bars.append(tqdm(total=1.0, bar_format=form, file=sys.stderr, leave=True))
        bars[0].set_description_str(text, refresh=False)
        bars[0].n = share
        bars[0].refresh()

    try:
        yield report
    finally:
        for bar in bars:
            bar.close()


def _print_json(content: object) -> None:
    """Print JSON that any reader accepts: no NaN."""
    click.echo(json.dumps(content, ensure_ascii=False, allow_nan=False, indent=2))
