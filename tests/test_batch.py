"""A batch: one line a scenario, stopped and resumed, refused scenarios told, and never mixed with other data."""

import json

import pytest

from tests.scenario.scenario_scenes import drawn, far_bus_city, row_route
from workbench.batch import read_batch, score_batch
from workbench.errors import InputError, StorageError
from workbench.evaluate import evaluate, prepare
from workbench.scenario import Scenario


@pytest.fixture(scope="module")
def city():
    return far_bus_city().city()


@pytest.fixture(scope="module")
def baseline(city, tmp_path_factory):
    return prepare(city, cache_dir=tmp_path_factory.mktemp("cache"))


def some(n):
    return [Scenario(f"to {end}", (row_route(line_lonlat=drawn((0, 0), (end, 0))),)) for end in range(12, 12 + n)]


def test_every_scenario_gets_a_line_with_every_indicator(city, baseline, tmp_path):
    done = score_batch(city, some(3), tmp_path / "out.jsonl", baseline=baseline)
    assert (done.n_scored, done.n_kept, done.n_refused) == (3, 0, 0)
    assert done.routes_per_minute > 0
    assert done.in_words().startswith("scored 3 in ")
    lines = read_batch(tmp_path / "out.jsonl")
    assert [line["name"] for line in lines] == ["to 12", "to 13", "to 14"]
    card = evaluate(city, some(3)[2], baseline=baseline)
    assert lines[2]["indicators"]["person_minutes_per_day"] == card.travel_time["person_minutes_per_day"].value
    assert lines[2]["scenario_id"] == card.scenario_id


def test_a_batch_that_was_stopped_goes_on(city, baseline, tmp_path):
    out, told = tmp_path / "out.jsonl", []

    def stop(share, text):
        told.append((share, text))
        if len(told) == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        score_batch(city, some(4), out, baseline=baseline, report=stop)
    assert len(read_batch(out)) == 2
    with out.open("a") as file:
        file.write('{"scenario_id": "half a li')  # cut by a power failure
    done = score_batch(city, some(4), out, baseline=baseline)
    assert (done.n_scored, done.n_kept) == (2, 2)
    assert "2 were there already" in done.in_words()
    assert [line["name"] for line in read_batch(out)] == ["to 12", "to 13", "to 14", "to 15"]
    assert told[0] == (0.0, "scoring to 12")
    assert score_batch(city, some(4), out, baseline=baseline).n_scored == 0


def test_one_that_cannot_run_says_why_and_stops_nobody(city, baseline, tmp_path):
    bad = Scenario("bad", (row_route(headway_s=0),))
    done = score_batch(city, [bad, *some(1)], tmp_path / "out.jsonl", baseline=baseline)
    assert (done.n_scored, done.n_refused) == (2, 1)
    assert "headway is 0 min" in read_batch(tmp_path / "out.jsonl")[0]["error"]


def test_results_of_other_data_are_not_mixed(city, baseline, tmp_path):
    out = tmp_path / "out.jsonl"
    out.write_text(json.dumps({"scenario_id": "x", "city_version": "other", "window": "weekday-am"}) + "\n")
    with pytest.raises(InputError, match="other city data or another window"):
        score_batch(city, some(1), out, baseline=baseline)
    out.write_text("not results\n")
    with pytest.raises(InputError, match="something else than results"):
        score_batch(city, some(1), out, baseline=baseline)
    assert out.read_text() == "not results\n"


def test_a_file_that_cannot_be_written_is_one_sentence(city, baseline, tmp_path):
    with pytest.raises(StorageError, match="results cannot be written to"):
        score_batch(city, some(1), tmp_path / "missing" / "out.jsonl", baseline=baseline)
