"""The base: a hand-worked scene, interruption and resumption, two processes, a full disk, a damaged cache."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.network.random_city import random_city
from tests.scenes import GridCity
from workbench.errors import InputError, StorageError
from workbench.network import NO_MEDIAN, Baseline, SearchParams, base, prepare_baseline

SEVEN = 7 * 3600


def two_lines() -> GridCity:
    """
    Home - A ==bus R1, every 10 min, 300 s a hop== B == C; at C one changes to R2 to D, every 20 min.

    Zones lie on the stops' squares; streets run north, so a walk of d squares along a street is 225 m x d:
    (1.25 x 200 + 200) / 2 = 225.
    """
    return (
        GridCity()
        .stop("A", 0, 0).stop("B", 10, 0).stop("C", 20, 0).stop("D", 30, 0)
        .zone("home", 0, 1).zone("middle", 10, 0).zone("far", 30, 0)
        .route("R1", "A B C", first_s=SEVEN, headway_s=600, n_trips=20, hop_s=300)
        .route("R2", "C D", first_s=SEVEN, headway_s=1200, n_trips=10, hop_s=300)
    )  # fmt: skip


def test_hand_worked_scene(tmp_path: Path) -> None:
    baseline = prepare_baseline(two_lines().city(), cache_dir=tmp_path)
    # Walk from home to A: 225 m / 1.3 m/s = 173.08, so 174 s. Leaving at 7:00 one is at A at 7:02:54, boards at 7:10,
    # is at B at 7:15: 900 s. Leaving at 7:07 (420 s) one is there at 594 s and boards the same bus: 900 - 420 = 480 s.
    to_middle = baseline.travel_s[0, 1]
    assert list(to_middle[[0, 1, 7, 8]]) == [900, 840, 480, 1020]
    # ten departures a cycle, 480 to 1020 in steps of 60; of 120 values the 60th smallest is the fifth step: 720
    assert baseline.median_s[0, 1] == 720
    # To far: C is reached 600 s after boarding. The 7:10 bus is at C at 7:20:00; the bus to D leaves at 7:20 but changing
    # takes 60 s, so 7:40, at D at 7:45: 2700 s. The 7:20 bus is at C at 7:30 and makes 7:40 as well.
    to_far = baseline.travel_s[0, 2]
    assert list(to_far[[0, 7, 8, 17]]) == [2700, 2280, 2220, 1680]
    # nothing runs back, and it is too far to walk
    assert baseline.median_s[2, 0] == NO_MEDIAN
    assert baseline.median_s[0, 0] == 0


def test_a_short_walk_beats_waiting(tmp_path: Path) -> None:
    scene = two_lines().zone("next door", 0, 3)
    baseline = prepare_baseline(scene.city(), cache_dir=tmp_path)
    # two squares: 450 m / 1.3 = 346.2, so 347 s on foot, both ways
    assert baseline.median_s[0, 3] == baseline.median_s[3, 0] == 347


def test_flags_are_respected(tmp_path: Path) -> None:
    scene = GridCity().stop("A", 0, 0).stop("B", 10, 0).stop("C", 20, 0)
    scene.zone("a", 0, 0).zone("b", 10, 0).zone("c", 20, 0)
    scene.route("X", "A B C", first_s=SEVEN, headway_s=300, n_trips=60, no_alight=frozenset("B"))
    medians = prepare_baseline(scene.city(), cache_dir=tmp_path).median_s
    assert medians[0, 1] == NO_MEDIAN  # the express does not let anybody out at B
    assert medians[0, 2] < 600
    assert medians[1, 2] < 600  # but takes people there


def prepared(folder: Path, **more: object) -> Baseline:
    city = random_city(np.random.default_rng(3), n_zones=9).city("resume")
    return prepare_baseline(city, cache_dir=folder, **more)  # type: ignore[arg-type]


def test_interrupted_work_is_kept_and_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base, "_CHUNK", 2)
    whole = prepared(tmp_path / "whole")
    searched: list[int] = []
    search = base.search_origins

    def stop_after_two_chunks(network: object, origins: np.ndarray, travel: np.ndarray, median: np.ndarray) -> None:
        if len(searched) >= 4:
            raise KeyboardInterrupt
        searched.extend(origins)
        search(network, origins, travel, median)  # type: ignore[arg-type]

    monkeypatch.setattr(base, "search_origins", stop_after_two_chunks)
    with pytest.raises(KeyboardInterrupt):
        prepared(tmp_path / "cut")
    again: list[int] = []

    def watch(network: object, origins: np.ndarray, travel: np.ndarray, median: np.ndarray) -> None:
        again.extend(origins)
        search(network, origins, travel, median)  # type: ignore[arg-type]

    monkeypatch.setattr(base, "search_origins", watch)
    shares: list[float] = []
    resumed = prepared(tmp_path / "cut", report=lambda share, _: shares.append(share))
    assert searched == [0, 1, 2, 3]
    assert again == [4, 5, 6, 7, 8]
    assert shares[0] == pytest.approx(4 / 9)
    assert shares[-1] == 1
    np.testing.assert_array_equal(resumed.travel_s, whole.travel_s)
    np.testing.assert_array_equal(resumed.median_s, whole.median_s)


def test_kept_files_are_used_and_damaged_ones_are_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = prepared(tmp_path)
    calls: list[int] = []
    search = base.search_origins
    monkeypatch.setattr(base, "search_origins", lambda *a: (calls.append(1), search(*a)))
    prepared(tmp_path)
    assert calls == []
    with (first.path / "travel.u16").open("r+b") as file:
        file.truncate(100)
    second = prepared(tmp_path)
    assert calls
    np.testing.assert_array_equal(second.median_s, first.median_s)


def test_other_parameters_are_other_files(tmp_path: Path) -> None:
    paths = {prepared(tmp_path, params=SearchParams(change_s=change)).path for change in (0, 60)}
    assert len(paths) == 2


def test_arrays_are_read_only(tmp_path: Path) -> None:
    baseline = prepared(tmp_path)
    for array in (baseline.travel_s, baseline.median_s):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0


def test_full_disk_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base.shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10, 10, 5))
    with pytest.raises(StorageError, match=r"need 0\.00 GB in .* where 0\.00 GB are free"):
        prepared(tmp_path)


def test_folder_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "base").write_text("a file where a folder should be")
    with pytest.raises(StorageError, match="cannot be kept in"):
        prepared(tmp_path)


SCRIPT = """
import sys
from pathlib import Path
import numpy as np
from tests.network.test_base import prepared
print(int(prepared(Path(sys.argv[1])).median_s.astype(np.int64).sum()))
"""


def test_two_processes_share_the_work(tmp_path: Path) -> None:
    run = [sys.executable, "-c", SCRIPT, str(tmp_path)]
    both = [subprocess.Popen(run, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    sums = {process.communicate(timeout=300)[0].strip() for process in both}
    assert [process.returncode for process in both] == [0, 0]
    assert sums == {str(int(prepared(tmp_path).median_s.astype(np.int64).sum()))}


@pytest.mark.parametrize(
    ("name", "value"), [("walk_mps", 0.0), ("max_travel_s", 10), ("max_rides", 0), ("change_s", -1)]
)
def test_parameters_out_of_range_are_refused(name: str, value: float) -> None:
    with pytest.raises(InputError, match=f"{name} is .*must be"):
        SearchParams(**{name: value})  # type: ignore[arg-type]
