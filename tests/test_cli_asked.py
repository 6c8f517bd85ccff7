"""What `score` and `publish` may be asked beside the card: the answers in JSON, as lines, and on the published pages."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

from tests.publish.cards import card, city
from tests.publish.test_asked import with_rides
from tests.test_cli import ROOT, STUYVESANT, UNION_SQUARE, feature, run
from workbench.cli.asking import Asked, answer_all, departure_lines, ride_lines
from workbench.evaluate import evaluate, prepare
from workbench.network import Baseline
from workbench.scenario import Scenario
from workbench.scoring import Measure
from workbench.scoring.indicators import INDICATORS


@pytest.fixture
def route(tmp_path: Path) -> Path:
    path = tmp_path / "14-street.geojson"
    path.write_text(json.dumps(feature([UNION_SQUARE, STUYVESANT], headway_min=10, name="14 Street")))
    return path


def test_rides_and_minutes_are_told_in_lines() -> None:
    plain = card(city())
    assert ride_lines(plain) == departure_lines(plain) == []
    measures = {key: Measure(600, one.unit, "x") for key, one in INDICATORS.items() if one.part == "departures"}
    one = dataclasses.replace(with_rides(plain), departures=measures)
    assert ride_lines(one) == [
        "",
        "Changing vehicle:",
        "  1,512 people need one more change on one likely trip in fifty, 0 on any trip: 1,036 likely trips a day",
        "  1,210 people need one change fewer on one likely trip in fifty, 0 on any trip: 0 likely trips a day",
        "  1,000 people of Here on the way to There: 1 ride today, 2 after (26.5 and 26.5 min)",
    ]
    assert departure_lines(one)[2:] == [
        "  at a good minute 10 hours a day are saved, 10 lost",
        "  at a bad minute 10 hours a day are saved, 10 lost",
        "  good and bad minutes move together by 10 hours a day, apart by 10",
    ]


def test_several_questions_share_one_progress_bar(tmp_path: Path) -> None:
    from tests.scenario.scenario_scenes import far_bus_city, row_route

    town = far_bus_city().city()
    baseline = prepare(town, cache_dir=tmp_path)
    scenarios = [Scenario("one", (row_route(),)), Scenario("two", (row_route(headway_s=900),))]
    pairs = [(one, evaluate(town, one, baseline=baseline)) for one in scenarios]
    told: list[tuple[float, str]] = []
    asked = Asked(parts=True, why=True, rides=True, percentiles=True)
    cards = answer_all(town, pairs, asked, baseline=baseline, report=lambda share, text: told.append((share, text)))
    shares = [share for share, _ in told]
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0, 1)
    assert {text.split(":")[0] for _, text in told[:-1]} == {"one", "two"}
    for one in cards:
        assert one.parts
        assert one.rides
        assert one.departures
    told.clear()
    assert answer_all(town, pairs, Asked(), baseline=baseline, report=lambda *_: told.append((0, ""))) == [
        one for _, one in pairs
    ]
    assert told == []


@pytest.mark.city
def test_score_answers_in_json(nyc_baseline: Baseline) -> None:
    route = ROOT / "examples/fordham-crosstown.geojson"
    result = run("score", route, "--rides", "--percentiles", "--json")
    assert result.exit_code == 0, result.output
    (one,) = json.loads(result.stdout)["scorecards"]
    for part in ("rides", "departures"):
        assert list(one[part]) == [key for key, indicator in INDICATORS.items() if indicator.part == part]
    assert one["rides"]["residents_more_rides_any"]["value"] == 0  # it only adds
    assert one["rides"]["residents_fewer_rides_any"]["value"] > 0
    assert one["departures"]["person_minutes_per_day_p75"]["value"] > 0
    assert {row["kind"] for row in one["ride_rows"]} >= {"group"}
    plain = json.loads(run("score", route, "--json").stdout)["scorecards"][0]
    assert plain["rides"] == plain["departures"] == {}


@pytest.mark.city
def test_publish_puts_every_answer_on_the_pages(route: Path, tmp_path: Path, nyc_baseline: Baseline) -> None:
    out = tmp_path / "out"
    options = ("--parts", "--percentiles", "--sensitivity", "quick", "--phases", "2")
    result = run("publish", out, route, *options, "--asked-on", "2026-11-22")
    assert result.exit_code == 0, result.output
    page = (out / "alternatives/14-street.html").read_text()
    for words in (
        "What each part is worth",
        "Changing vehicle",
        "Good and bad minutes to leave",
        "What would change this?",
        "other assumptions were tried",
    ):
        assert words in page
    assert "was not counted for this card" not in page
    assert '"rides"' in (out / "maps/14-street.html").read_text()
    assert (out / "data/rides-14-street.csv").read_text().startswith("kind,id,name")
    tried = json.loads((out / "data/sensitivity.json").read_text())
    assert len(tried["outcomes"]) > 10
    scores = json.loads((out / "data/scores.json").read_text())["scorecards"][0]
    assert scores["parts"]
    assert scores["departures"]["person_minutes_per_day_p25"]["spread"] is not None
    assert "first of the 2 timetables" in scores["rides"]["residents_fewer_rides"]["uncertainty"]
    text = result.stderr
    assert "questions answered" in text
    assert "assumptions tried" in text


@pytest.mark.city
def test_publish_without_rides_says_that_nobody_counted(route: Path, tmp_path: Path, nyc_baseline: Baseline) -> None:
    result = run("publish", tmp_path / "out", route, "--no-rides", "--phases", "1", "--asked-on", "2026-11-22")
    assert result.exit_code == 0, result.output
    assert "was not counted for this card" in (tmp_path / "out/alternatives/14-street.html").read_text()
    assert not (tmp_path / "out/data/sensitivity.json").exists()
