"""`workbench export` and `workbench diff` on the embedded city."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.test_docs import blocks
from workbench.cli import main
from workbench.scenario import Scenario

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "examples"


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


@pytest.mark.city
@pytest.mark.parametrize(
    ("kind", "name"), [("kml", "a.kml"), ("shapefile", "a.zip"), ("geopackage", "a.gpkg"), ("json", "a.json")]
)
def test_a_route_goes_out_and_comes_back(kind: str, name: str, tmp_path: Path) -> None:
    result = run("export", kind, EXAMPLES / "north-shore.geojson", "--out", tmp_path / name)
    assert result.exit_code == 0, result.output
    assert Scenario.from_file(tmp_path / name).edits == Scenario.from_file(EXAMPLES / "north-shore.geojson").edits
    assert (
        run("diff", tmp_path / name, EXAMPLES / "north-shore.geojson")
        .stdout.splitlines()[2]
        .endswith("runs the same buses as " + Scenario.from_file(tmp_path / name).name + ".")
    )


@pytest.mark.city
def test_a_difference_is_told_with_its_budget() -> None:
    result = run("diff", EXAMPLES / "m15-longer-day.json", "--cap-usd", "3000000", "--json")
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert [route["name"] for route in told["routes"]] == ["M15-SBS"]
    assert told["budget"]["hours_per_year"] > 5000
    assert told["words"][-1].startswith("Within the cap of $3.0 million a year: ")
    text = run("diff", EXAMPLES / "m15-longer-day.json", "--cap-usd", "1").stdout
    assert "Over the cap of $0 a year by $" in text


@pytest.mark.city
def test_what_cannot_be_exported_is_one_sentence(tmp_path: Path) -> None:
    changed = run("export", "kml", EXAMPLES / "bx12-removed.json", "--out", tmp_path / "a.kml")
    assert changed.exit_code == 2
    assert "new routes only" in changed.stderr
    nothing = run("export", "geojson", "--out", tmp_path / "a.geojson")
    assert nothing.exit_code == 2
    assert "needs a FILE" in nothing.stderr
    assert run("diff", EXAMPLES / "bx12-removed.json", "--cap-buses", "-3").exit_code == 2
    assert list(tmp_path.iterdir()) == []


@pytest.mark.city
def test_the_python_example_of_the_scenarios_page_runs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    for example in blocks(ROOT / "docs" / "scenarios.md", "python"):
        exec(compile(example, "scenarios.md", "exec"), {})
    assert "M15-SBS on weekdays: " in capsys.readouterr().out
