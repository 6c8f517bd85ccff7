"""The base without some routes equals a city compiled without them; killed work goes on; a full disk leaves a usable cache."""

from __future__ import annotations

import errno
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.network.random_city import random_city
from tests.scenes import GridCity
from workbench.errors import InputError, StorageError
from workbench.network import Baseline, SearchParams, baseline_without, is_without_ready, prepare_baseline, without
from workbench.network.without import without_folder


def travel_of(baseline: Baseline) -> np.ndarray:
    """Return all travel times with the patch laid over them."""
    travel = np.array(baseline.travel_s)
    origin = np.repeat(np.arange(len(travel)), np.diff(baseline.patch.indptr))
    travel[origin, baseline.patch.zone_ix] = baseline.patch.travel_s
    return travel


def compiled_without(scene: GridCity, route_ids: list[str], folder: Path, params: SearchParams) -> Baseline:
    """Return the baseline of a city that never had these routes."""
    fewer = replace(scene, routes=[route for route in scene.routes if route.route_id not in route_ids])
    return prepare_baseline(fewer.city("fewer"), params=params, cache_dir=folder)


@pytest.mark.parametrize("seed", range(8))
def test_it_equals_a_city_that_never_had_the_routes(seed: int, tmp_path: Path) -> None:
    rng = np.random.default_rng(seed)
    scene = random_city(rng)
    params = SearchParams(max_rides=2 + seed % 3, max_travel_s=2400 + 600 * (seed % 2))
    base = prepare_baseline(scene.city(), params=params, cache_dir=tmp_path / "a")
    for route_ids in (["R0"], ["R3", "R1"], [f"R{r}" for r in range(8)]):
        patched = baseline_without(base, route_ids)
        expected = compiled_without(scene, route_ids, tmp_path / "-".join(route_ids), params)
        np.testing.assert_array_equal(travel_of(patched), expected.travel_s)
        np.testing.assert_array_equal(patched.median_s, expected.median_s)
        assert patched.travel_s is base.travel_s
        # only pairs that differ are kept
        rows = np.repeat(np.arange(len(base.median_s)), np.diff(patched.patch.indptr))
        assert (base.travel_s[rows, patched.patch.zone_ix] != patched.patch.travel_s).any(axis=1).all()


def test_some_routes_do_matter(tmp_path: Path) -> None:
    """Without this the comparison above could pass on cities where no route matters."""
    base = prepare_baseline(random_city(np.random.default_rng(0)).city(), cache_dir=tmp_path)
    assert len(baseline_without(base, [f"R{r}" for r in range(9)]).patch.zone_ix) > 0


def test_names_are_sets_and_nothing_is_nothing(tmp_path: Path) -> None:
    base = prepare_baseline(random_city(np.random.default_rng(1)).city(), cache_dir=tmp_path)
    assert baseline_without(base, []) is base
    assert without_folder(base, ["R1", "R2", "R1"]) == without_folder(base, ["R2", "R1"])
    assert not is_without_ready(base, ["R1"])
    assert baseline_without(base, ["R1"]) is baseline_without(base, ["R1"])
    assert is_without_ready(base, ["R1"])
    with pytest.raises(InputError, match="has no route 'B46', 'Q1'; ids are those of the GTFS feed"):
        baseline_without(base, ["Q1", "R1", "B46"])


def test_interrupted_work_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(without, "_CHUNK", 2)
    base = prepare_baseline(random_city(np.random.default_rng(3), n_zones=9).city(), cache_dir=tmp_path / "cut")
    search, searched = without.search_origins, list[int]()

    def stop_after_two_chunks(network: object, origins: np.ndarray, *arrays: np.ndarray) -> None:
        if len(searched) >= 4:
            raise KeyboardInterrupt
        searched.extend(origins)
        search(network, origins, *arrays)  # type: ignore[arg-type]

    monkeypatch.setattr(without, "search_origins", stop_after_two_chunks)
    with pytest.raises(KeyboardInterrupt):
        baseline_without(base, ["R0", "R1", "R2"])
    folder = without_folder(base, ["R0", "R1", "R2"])
    with (folder / "travel_s.u16").open("ab") as file:  # what a killed process wrote but did not record
        file.write(b"rubbish")
    searched = []
    monkeypatch.setattr(without, "search_origins", lambda *a: (searched.extend(a[1]), search(*a)))
    shares: list[float] = []
    resumed = baseline_without(base, ["R0", "R1", "R2"], report=lambda share, _: shares.append(share))
    assert searched == [4, 5, 6, 7, 8]
    assert shares[0] == pytest.approx(4 / 9)
    assert shares[-1] == 1
    again = prepare_baseline(base.city, cache_dir=tmp_path / "whole")
    np.testing.assert_array_equal(travel_of(resumed), travel_of(baseline_without(again, ["R0", "R1", "R2"])))


SCRIPT = """
import sys, time
from pathlib import Path
import numpy as np
from tests.network.test_without import prepared
from workbench.network import baseline_without, without
without._CHUNK = 1
search = without.search_origins
def slow(*arguments):
    time.sleep(float(sys.argv[2]))
    search(*arguments)
without.search_origins = slow
found = baseline_without(prepared(Path(sys.argv[1])), ["R0", "R1"])
print(int(found.median_s.astype(np.int64).sum()), len(found.patch.zone_ix))
"""


def prepared(folder: Path) -> Baseline:
    return prepare_baseline(random_city(np.random.default_rng(3), n_zones=9).city("resume"), cache_dir=folder)


def test_a_killed_process_leaves_a_usable_cache(tmp_path: Path) -> None:
    folder = without_folder(prepared(tmp_path), ["R0", "R1"])
    run = [sys.executable, "-c", SCRIPT, str(tmp_path), "0.3"]
    killed = subprocess.Popen(run, stdout=subprocess.PIPE)
    for _ in range(600):
        if without._read_progress(folder)[0] >= 2:
            break
        time.sleep(0.05)
    os.kill(killed.pid, signal.SIGKILL)
    killed.communicate(timeout=60)
    n_done = without._read_progress(folder)[0]
    assert 2 <= n_done < 9
    shares: list[float] = []
    found = baseline_without(prepared(tmp_path), ["R0", "R1"], report=lambda share, _: shares.append(share))
    assert shares[0] == pytest.approx(n_done / 9)
    other = baseline_without(prepared(tmp_path / "other"), ["R0", "R1"])
    np.testing.assert_array_equal(travel_of(found), travel_of(other))


def test_two_processes_share_the_work(tmp_path: Path) -> None:
    prepared(tmp_path)
    run = [sys.executable, "-c", SCRIPT, str(tmp_path), "0"]
    both = [subprocess.Popen(run, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    answers = {process.communicate(timeout=300)[0].strip() for process in both}
    assert [process.returncode for process in both] == [0, 0]
    found = baseline_without(prepared(tmp_path / "other"), ["R0", "R1"])
    assert answers == {f"{int(found.median_s.astype(np.int64).sum())} {len(found.patch.zone_ix)}"}


def test_a_full_disk_is_one_sentence_and_the_work_goes_on_afterwards(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(without, "_CHUNK", 2)
    base = prepared(tmp_path)
    append, calls = without._append, list[int]()

    def full(folder: Path, n_done: int, *arrays: np.ndarray) -> None:
        calls.append(n_done)
        if len(calls) > 2:
            with (folder / "travel_s.u16").open("ab") as file:
                file.write(b"half a r")
            raise OSError(errno.ENOSPC, "No space left on device")
        append(folder, n_done, *arrays)

    monkeypatch.setattr(without, "_append", full)
    with pytest.raises(StorageError, match=r"without routes R0, R1 cannot be kept in .*No space left"):
        baseline_without(base, ["R0", "R1"])
    monkeypatch.setattr(without, "_append", append)
    assert without._read_progress(without_folder(base, ["R0", "R1"]))[0] == 4
    found = baseline_without(base, ["R0", "R1"])
    other = baseline_without(prepared(tmp_path / "other"), ["R0", "R1"])
    np.testing.assert_array_equal(travel_of(found), travel_of(other))


def test_a_disk_without_room_is_refused_before_the_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    base = prepared(tmp_path)
    monkeypatch.setattr("workbench.network.base.shutil.disk_usage", lambda _: shutil._ntuple_diskusage(10, 10, 0))
    with pytest.raises(StorageError, match=r"route R0 need up to .* GB in .*, where 0\.00 GB are free"):
        baseline_without(base, ["R0"])


def test_files_cut_short_are_computed_anew(tmp_path: Path) -> None:
    base = prepared(tmp_path)
    first = baseline_without(base, ["R0", "R1"])
    pairs, rows = np.array(first.patch.zone_ix), np.array(first.patch.travel_s)
    with (without_folder(base, ["R0", "R1"]) / "n_pairs.i64").open("r+b") as file:
        file.truncate(8)
    second = baseline_without(prepared(tmp_path), ["R0", "R1"])
    np.testing.assert_array_equal(second.patch.zone_ix, pairs)
    np.testing.assert_array_equal(second.patch.travel_s, rows)
