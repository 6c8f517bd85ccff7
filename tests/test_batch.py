"""A batch: one line a scenario, stopped and resumed, refused scenarios told, and never mixed with other data."""

import json
import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest

from tests.scenario.scenario_scenes import drawn, far_bus_city, row_route
from workbench.batch import WORTH_A_WORKER, Workers, count_workers, read_batch, score_batch
from workbench.errors import InputError, StorageError
from workbench.evaluate import evaluate, prepare
from workbench.scenario import Scenario


@pytest.fixture(scope="module")
def city():
    return far_bus_city().city()


@pytest.fixture(scope="module")
def cache_dir(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def baseline(city, cache_dir):
    return prepare(city, cache_dir=cache_dir)


def open_again(cache_dir):
    """What a worker does first: the same city, the same base."""
    return prepare(far_bus_city().city(), cache_dir=cache_dir)


@pytest.fixture(scope="module")
def two(baseline, cache_dir):
    return Workers(2, partial(open_again, cache_dir))


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


def figures(path):
    """Lines without how long they took."""
    return [{key: value for key, value in line.items() if key != "score_s"} for line in read_batch(path)]


def test_two_workers_write_the_same_lines_in_the_same_order(city, baseline, two, tmp_path):
    scenarios = [*some(4), Scenario("bad", (row_route(headway_s=0),)), *some(7)[4:]]
    alone = score_batch(city, scenarios, tmp_path / "alone.jsonl", baseline=baseline)
    both = score_batch(city, scenarios, tmp_path / "both.jsonl", baseline=baseline, workers=two)
    assert (both.n_scored, both.n_refused) == (alone.n_scored, alone.n_refused) == (8, 1)
    assert figures(tmp_path / "both.jsonl") == figures(tmp_path / "alone.jsonl")
    assert [line["name"] for line in figures(tmp_path / "both.jsonl")] == [one.name for one in scenarios]


def test_two_workers_that_were_stopped_go_on(city, baseline, two, tmp_path):
    out, told = tmp_path / "out.jsonl", []

    def stop(share, text):
        told.append(share)
        if len(told) == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        score_batch(city, some(9), out, baseline=baseline, report=stop, workers=two)
    assert [line["name"] for line in read_batch(out)] == ["to 12", "to 13"]
    done = score_batch(city, some(9), out, baseline=baseline, workers=two)
    assert (done.n_scored, done.n_kept) == (7, 2)
    assert [line["name"] for line in read_batch(out)] == [one.name for one in some(9)]


KILLED = """
import multiprocessing, sys
from functools import partial
from pathlib import Path
from tests.test_batch import far_bus_city, open_again, prepare, some
from workbench.batch import Workers, score_batch

cache_dir, out = Path(sys.argv[1]), Path(sys.argv[2])
n_told = 0

def tell(share, text):
    global n_told
    n_told += 1
    if n_told == 3:
        print(*(child.pid for child in multiprocessing.active_children()), flush=True)
        input()

if __name__ == "__main__":
    baseline = open_again(cache_dir)
    workers = Workers(2, partial(open_again, cache_dir))
    score_batch(baseline.city, some(9), out, baseline=baseline, report=tell, workers=workers)
"""


def test_a_batch_that_is_killed_loses_nothing_and_leaves_nobody_behind(city, baseline, two, cache_dir, tmp_path):
    script, out = tmp_path / "killed.py", tmp_path / "out.jsonl"
    script.write_text(KILLED)
    root = str(Path(__file__).parents[1])
    process = subprocess.Popen(
        [sys.executable, str(script), str(cache_dir), str(out)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=os.environ | {"PYTHONPATH": root},
    )  # fmt: skip
    with process:
        pids = [int(pid) for pid in process.stdout.readline().split()]
        assert len(pids) == 2
        process.send_signal(signal.SIGKILL)
    assert [line["name"] for line in read_batch(out)] == ["to 12", "to 13"]
    assert process.returncode == -signal.SIGKILL
    deadline = time.monotonic() + 30
    while any(is_running(pid) for pid in pids):
        assert time.monotonic() < deadline, "workers outlive the batch"
        time.sleep(0.05)
    done = score_batch(city, some(9), out, baseline=baseline, workers=two)
    assert (done.n_scored, done.n_kept) == (7, 2)
    assert [line["name"] for line in read_batch(out)] == [one.name for one in some(9)]


def is_running(pid):
    """Tell whether a process does anything; one that ended and that nobody has asked about does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def end_worker(cache_dir):
    os._exit(3)


def test_a_worker_that_ends_is_one_sentence_and_what_is_written_stays(city, baseline, cache_dir, tmp_path):
    broken = Workers(2, partial(end_worker, cache_dir))
    with pytest.raises(StorageError, match="ended before its work was done; run it again"):
        score_batch(city, some(3), tmp_path / "out.jsonl", baseline=baseline, workers=broken)
    assert read_batch(tmp_path / "out.jsonl") == []


def test_a_worker_for_each_processor_where_there_is_work_for_them():
    assert count_workers(WORTH_A_WORKER, 8) == count_workers(0, 8) == 1
    assert count_workers(3 * WORTH_A_WORKER, 8) == 3
    assert count_workers(1000, 8) == 8
    assert count_workers(10_000) == (os.cpu_count() or 1)
