"""The command line: the contract of `score --json`, and one clear sentence and exit code 2 for each bad input."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from workbench.cli import main
from workbench.network import Baseline

ROOT = Path(__file__).parents[1]
EXAMPLES = sorted((ROOT / "examples").glob("*.geojson"))
UNION_SQUARE = [-73.9903, 40.7359]
STUYVESANT = [-73.9757, 40.7312]


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def feature(coordinates: object, **properties: object) -> dict[str, object]:
    geometry = {"type": "LineString", "coordinates": coordinates}
    return {"type": "Feature", "properties": {"name": "Test", **properties}, "geometry": geometry}


@pytest.fixture
def good(tmp_path: Path) -> Path:
    path = tmp_path / "good.geojson"
    path.write_text(json.dumps(feature([UNION_SQUARE, STUYVESANT], headway_min=10)))
    return path


@pytest.mark.city
def test_scores_every_example_under_the_contract(nyc_baseline: Baseline) -> None:
    result = run("score", *EXAMPLES, "--json")
    assert result.exit_code == 0, result.output
    answer = json.loads(result.stdout)
    assert (answer["city"], answer["window"]) == ("nyc", "weekday-am")
    assert len(answer["scorecards"]) == len(EXAMPLES) >= 6
    for card in answer["scorecards"]:
        assert {
            "name", "service", "coverage", "travel_time", "access", "groups", "losers", "timing_s", "parameters",
        } <= set(card)  # fmt: skip
        assert set(card["timing_s"]) == {"prepare", "score"}
        for part in ("service", "coverage", "travel_time", "access", "losers"):
            for measure in card[part].values():
                assert {"value", "unit", "source", "uncertainty", "within_noise"} <= set(measure)
        assert card["coverage"]["residents_near_route"]["value"] > 1000
        assert card["access"]["residents_gaining_access"]["value"] > 0
        assert card["service"]["buses_needed"]["value"] >= 1
        assert {group["group_id"] for group in card["groups"]} >= {"all", "zero_car"}


@pytest.mark.city
def test_text_is_plain_sentences(good: Path, nyc_baseline: Baseline) -> None:
    result = run("score", good)
    assert result.exit_code == 0, result.output
    assert "people can walk to a stop of this route" in result.stdout
    assert "buses and about $" in result.stdout


@pytest.mark.city
def test_parts_trips_of_a_table_and_reasons_are_told(good: Path, tmp_path: Path, nyc_baseline: Baseline) -> None:
    ends = nyc_baseline.city.zones["zone_id"].iloc[[0, 100]].tolist()
    table = tmp_path / "od.csv"
    table.write_text(f"origin,destination,count\n{ends[0]},{ends[1]},50\n")
    result = run("score", good, "--parts", "--why", "--od", table)
    assert result.exit_code == 0, result.output
    assert "Without this part would be missing (parts do not add up):" in result.stdout
    assert "% of the whole" in result.stdout
    assert "Of 50 trips of the table" in result.stdout
    assert "Nobody's trip gets longer." in result.stdout


@pytest.mark.city
def test_a_batch_goes_on_where_it_was_stopped(good: Path, tmp_path: Path, nyc_baseline: Baseline) -> None:
    out = tmp_path / "out.jsonl"
    assert "scored 1 in " in run("batch", out, good).stdout
    again = run("batch", out, good, EXAMPLES[0])
    assert again.exit_code == 0, again.output
    assert "1 were there already" in again.stdout
    assert len(out.read_text().splitlines()) == 2


@pytest.mark.city
def test_phases_measure_the_noise(good: Path, nyc_baseline: Baseline) -> None:
    assert "Noise has not been measured" in run("score", good).stdout
    two = run("compare", good, EXAMPLES[0], "--phases", "2", "--json")
    assert two.exit_code == 0, two.output
    answer = json.loads(two.stdout)
    assert answer["n_phases"] == 2
    minutes = answer["scorecards"][0]["travel_time"]["person_minutes_per_day"]
    one, other = minutes["by_phase"]
    assert one != other
    assert abs(one - minutes["value"]) <= minutes["spread"] >= abs(other - minutes["value"])
    (pair,) = [row for row in answer["differences"] if row["criterion"] == "person_minutes_per_day"]
    assert pair["standing"] in ("better", "worse", "within noise")
    assert "timetable 2 of 2" in two.stderr


BAD: dict[str, tuple[str, str]] = {
    "not JSON": ("{", "JSON"),
    "no GeoJSON": ('{"type": "Nothing"}', "Nothing"),
    "outside": (json.dumps(feature([[-0.12, 51.5], [-0.13, 51.51]])), "outside"),
    "partly outside": (json.dumps(feature([UNION_SQUARE, STUYVESANT, [-73.0, 41.5]])), "outside"),
    "one point": (json.dumps(feature([UNION_SQUARE])), "1 point"),
    "10,000 points": (
        json.dumps(feature([[-73.99 + i * 1e-6, 40.73 + i * 1e-6] for i in range(10_000)])),
        "10,000 points",
    ),
    "headway 0": (json.dumps(feature([UNION_SQUARE, STUYVESANT], headway_min=0)), "headway is 0"),
    "a place, not a line": (json.dumps({"type": "Point", "coordinates": UNION_SQUARE}), "Point"),
}


@pytest.mark.city
@pytest.mark.parametrize(("content", "said"), BAD.values(), ids=BAD)
@pytest.mark.parametrize("command", ["score", "compare", "publish"])
def test_bad_input_is_one_sentence_and_exit_code_2(
    command: str, content: str, said: str, good: Path, tmp_path: Path
) -> None:
    bad = tmp_path / "bad.geojson"
    bad.write_text(content)
    out = [tmp_path / "out"] if command == "publish" else []
    result = run(command, *out, good, bad, "--cache-dir", tmp_path / "never-computed")
    assert result.exit_code == 2
    assert said in result.stderr
    assert "bad.geojson" in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1
    assert "Traceback" not in result.output
    kept = [path for path in (tmp_path / "never-computed").rglob("*") if path.is_file()]
    # what checking needs: where the land is, and how fast buses run there; no network, no travel times
    for_checking = ("nyc-land-", "nyc-hop-speeds-")
    assert all(path.name.startswith(for_checking) for path in kept), "input is checked before anything heavy starts"


@pytest.mark.city
def test_faults_of_all_files_are_reported_at_once(tmp_path: Path) -> None:
    for name, (content, _) in zip("ab", list(BAD.values())[4:7:2], strict=True):
        (tmp_path / f"{name}.geojson").write_text(content)
    result = run("score", tmp_path / "a.geojson", tmp_path / "b.geojson")
    assert result.exit_code == 2
    assert "a.geojson" in result.stderr
    assert "b.geojson" in result.stderr


@pytest.mark.city
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("score", EXAMPLES[0], "--window", "noon"), "window 'noon' is not known"),
        (("score", EXAMPLES[0], "--city", "atlantis"), "atlantis"),
        (("score", "missing.geojson"), "missing.geojson"),
        (("compare", EXAMPLES[0]), "must be 2 to 8"),
        (("serve", "--port", "99999"), "port is 99999, must be 0 to 65535"),
        (("score", EXAMPLES[0], "--phases", "0"), "phases is 0, must be 1 to 100"),
        (("compare", *EXAMPLES[:2], "--phases", "101"), "phases is 101, must be 1 to 100"),
        (("publish", "out", EXAMPLES[0], "--phases", "-1"), "phases is -1, must be 1 to 100"),
    ],
)
def test_bad_options_are_one_sentence(arguments: tuple[str, ...], said: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert said in result.stderr


@pytest.mark.city
def test_publishes_files_with_ballots(tmp_path: Path, nyc_baseline: Baseline) -> None:
    ballots = tmp_path / "ballots.csv"
    ids = [path.stem for path in EXAMPLES[:3]]
    ballots.write_text(f"ranking\n{ids[0]} > {ids[1]} > {ids[2]}\n{ids[1]} = {ids[0]} > {ids[2]}\n{ids[0]}\n")
    result = run(
        "publish", tmp_path / "out", *EXAMPLES[:3], "--ballots", ballots, "--asked-on", "2026-11-21", "--no-rides"
    )
    assert result.exit_code == 0, result.output
    assert "3 ballots counted" in result.stdout
    page = (tmp_path / "out" / "index.html").read_text()
    assert "No answer yet" in page
    assert "November 21, 2026" in page or "21 November 2026" in page


@pytest.mark.city
def test_publish_without_anything_kept_says_so(tmp_path: Path) -> None:
    result = run("publish", tmp_path / "out", "--data-dir", tmp_path)
    assert result.exit_code == 2
    assert "no alternative is kept" in result.stderr


@pytest.mark.city
def test_city_info_names_sources_and_estimates() -> None:
    result = run("city", "info")
    assert result.exit_code == 0
    assert "2,325" in result.stdout
    assert "estimate" in result.stdout.lower()
    assert json.loads(run("city", "info", "--json").stdout)["counts"]["zones"] == 2325


def test_cache_is_listed_and_cleaned(tmp_path: Path) -> None:
    old = tmp_path / "base" / "nyc-weekday-am-0123456789abcdef"
    old.mkdir(parents=True)
    (old / "travel.u16").write_bytes(b"0" * 2_000_000)
    (old / "last_used").touch()
    listed = run("cache", "list", "--cache-dir", tmp_path, "--days", "0")
    assert listed.exit_code == 0, listed.output
    assert "nyc-weekday-am-0123456789abcdef; 2 MB; unused for 0 days; stale" in listed.stdout
    assert run("cache", "clean", "--cache-dir", tmp_path).stdout.startswith("0 removed")
    answer = json.loads(run("cache", "clean", "--cache-dir", tmp_path, "--days", "0", "--json").stdout)
    assert [(entry["kind"], entry["n_bytes"]) for entry in answer["entries"]] == [("base", 2_000_000)]
    assert not old.exists()
    assert run("cache", "list", "--cache-dir", tmp_path, "--days", "-1").exit_code == 2
