"""What every command shares: options, settings, the progress bar, and our errors in one clear sentence each."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import click
from tqdm import tqdm

from workbench.city import City
from workbench.errors import InputError, ScenarioError, WorkbenchError
from workbench.evaluate import prepare
from workbench.network import Baseline, SearchParams, override_params, use_threads
from workbench.scenario import Scenario, apply_scenario
from workbench.settings import Settings, read_settings

__all__ = [
    "BAD_INPUT",
    "FILES",
    "FOLDERS",
    "CleanErrors",
    "Command",
    "Report",
    "as_json_option",
    "city_options",
    "load_settings",
    "params_option",
    "phases_option",
    "prepare_baseline_of",
    "print_json",
    "progress",
    "read_scenarios",
    "window_option",
]

BAD_INPUT = 2
Command = Callable[..., None]
Report = Callable[[float, str], None]


class CleanErrors(click.Group):
    """Turns our errors into one clear sentence each and exit code 2."""

    def invoke(self, ctx: click.Context) -> object:
        """Run a command; what people can cause or meet ends here."""
        try:
            return super().invoke(ctx)
        except WorkbenchError as error:
            click.echo(f"workbench: {error}", err=True)
            sys.exit(BAD_INPUT)
        except KeyboardInterrupt:
            click.echo("workbench: stopped; finished work is kept and continues next time", err=True)
            sys.exit(130)


def city_options(command: Command) -> Command:
    """Options of every command that loads a city."""
    command = click.option("--cache-dir", type=click.Path(path_type=Path), help="Folder for base travel times.")(
        command
    )
    return click.option("--city", help="City pack: nyc (embedded) or a folder.")(command)


as_json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON instead of text.")
window_option = click.option("--window", default="weekday-am", show_default=True, help="Departure window.")
phases_option = click.option(
    "--phases",
    type=int,
    default=1,
    show_default=True,
    help="Possible timetables of the headways to look at; 10 also measure the noise.",
)
params_option = click.option(
    "--param", "params", multiple=True, metavar="NAME=VALUE", help="Search parameter to change; may be repeated."
)
FILES = click.Path(exists=True, dir_okay=False, path_type=Path)
FOLDERS = click.Path(exists=True, file_okay=False, path_type=Path)


def load_settings(flags: Mapping[str, object]) -> Settings:
    """Read the settings and use the threads they ask for."""
    settings = read_settings(flags)
    if settings.threads:
        use_threads(settings.threads)
    return settings


def prepare_baseline_of(loaded: City, settings: Settings, window: str, params: tuple[str, ...] = ()) -> Baseline:
    """Return the baseline, with a progress bar while it is computed."""
    search = override_params(SearchParams(), params)
    with progress() as report:
        return prepare(loaded, window, search, cache_dir=settings.cache_dir, report=report)


def read_scenarios(files: tuple[Path, ...], loaded: City) -> list[Scenario]:
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


@contextmanager
def progress() -> Iterator[Report]:
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


def print_json(content: object) -> None:
    """Print JSON that any reader accepts: no NaN."""
    click.echo(json.dumps(content, ensure_ascii=False, allow_nan=False, indent=2))
