"""What the documents promise is there: every setting, parameter and command; every example runs, every link leads somewhere."""

from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path

import click
import pytest

from workbench import City, Scenario, SearchParams, __version__
from workbench.cli import main
from workbench.network import Baseline
from workbench.scenario import apply_scenario
from workbench.scenario.kinds import KINDS
from workbench.settings import Settings

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]


def blocks(path: Path, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", path.read_text(), re.DOTALL)


def test_every_setting_is_documented_with_its_default() -> None:
    text = (ROOT / "docs" / "settings.md").read_text()
    rows = dict(re.findall(r"\| `(\w+)` \| (.*?) \|", text))
    assert set(rows) == {field.name for field in dataclasses.fields(Settings)}
    for name in ("city", "host", "port", "threads"):
        assert rows[name] == f"`{getattr(Settings(), name)}`"


def test_every_command_is_documented_and_no_other() -> None:
    def names(group: click.Group, prefix: str) -> set[str]:
        found: set[str] = set()
        for name, command in group.commands.items():
            found |= names(command, f"{prefix} {name}") if isinstance(command, click.Group) else {f"{prefix} {name}"}
        return found

    text = (ROOT / "docs" / "commands.md").read_text()
    documented = {match.strip() for match in re.findall(r"\| `(workbench (?:city |cache )?[a-z]+)", text)}
    assert documented == names(main, "workbench")


def test_every_search_parameter_is_in_the_engine_page() -> None:
    text = " ".join((ROOT / "docs" / "engine.md").read_text().split())
    for value in ("1.3 m/s", "800 m", "400 m", "60 s", "4 rides", "90 minutes", "1,600 m"):
        assert value in text
    params = SearchParams()
    assert (params.walk_mps, params.access_walk_m, params.transfer_walk_m) == (1.3, 800, 400)
    assert (params.change_s, params.max_rides, params.max_travel_s, params.direct_walk_m) == (60, 4, 5400, 1600)


def test_every_search_parameter_can_be_looked_up_with_the_commands() -> None:
    text = (ROOT / "docs" / "commands.md").read_text()
    rows = dict(re.findall(r"\| `(\w+)` \| ([\d.]+) \|", text))
    defaults = dataclasses.asdict(SearchParams())
    assert {name: float(value) for name, value in rows.items() if name in defaults} == defaults


@pytest.mark.city
def test_the_python_example_of_the_journeys_page_runs(capsys: pytest.CaptureFixture[str]) -> None:
    (example,) = blocks(ROOT / "docs" / "journeys.md", "python")
    exec(compile(example, "journeys.md", "exec"), {})
    printed = capsys.readouterr().out
    assert "43 min, 2 rides: leave 8:00 am, arrive 8:43 am" in printed
    assert "43 min, 2 rides: leave 8:00 am, arrive 8:43 am" in (ROOT / "docs" / "journeys.md").read_text()


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_between_pages_lead_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", path.read_text()):
        if "://" not in target:
            assert (path.parent / target).exists(), target


def test_changelog_has_this_version() -> None:
    assert f"## {__version__}" in (ROOT / "CHANGELOG.md").read_text()
    assert f'version = "{__version__}"' in (ROOT / "pyproject.toml").read_text()


@pytest.mark.city
def test_the_python_example_of_the_readme_runs(
    nyc_baseline: Baseline, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    (example,) = blocks(ROOT / "README.md", "python")
    exec(compile(example, "README.md", "exec"), {})
    assert "people can walk to a stop" in capsys.readouterr().out


@pytest.mark.city
def test_the_scenario_examples_fit_new_york(nyc: City) -> None:
    examples = blocks(ROOT / "docs" / "scenarios.md", "json")
    one, all_kinds, pair, by_hand = (apply_scenario(Scenario.from_json(example), nyc) for example in examples)
    assert one.change.removed_route_ids == ("M15+",)
    assert len(by_hand.routes[0].stops.name) == 3
    assert all_kinds.change.removed_route_ids == ("B46", "BX12", "M15+", "M31")
    assert pair.routes[0].back_stops is not None


def test_every_kind_of_edit_is_documented_and_has_an_example() -> None:
    text = (ROOT / "docs" / "scenarios.md").read_text()
    assert set(re.findall(r"^\| `([a-z-]+)` \|", text, re.MULTILINE)) == set(KINDS)
    files = [json.loads(path.read_text()) for path in (ROOT / "examples").glob("*.json")]
    assert {edit["kind"] for file in files for edit in file["edits"]} == set(KINDS) - {"add-route"}


@pytest.mark.city
def test_the_geojson_example_of_the_commands_is_a_route(nyc_baseline: Baseline) -> None:
    (example,) = blocks(ROOT / "docs" / "commands.md", "json")
    scenario = Scenario.from_geojson(json.loads(example), city=nyc_baseline.city)
    assert scenario.edits[0].headway_s == 480


@pytest.mark.city
def test_the_python_example_of_the_city_pack_page_runs(capsys: pytest.CaptureFixture[str]) -> None:
    page = (ROOT / "docs" / "city-pack.md").read_text()
    (example,) = blocks(ROOT / "docs" / "city-pack.md", "python")
    exec(compile(example, "city-pack.md", "exec"), {})
    counts = re.findall(r"[\d,]+", capsys.readouterr().out.splitlines()[0])
    assert all(count.strip(",") in page for count in counts), "the page has other counts than the pack"
