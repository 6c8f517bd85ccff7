"""Cleaning the cache: what is stale goes, what is current or in use stays, whatever happens meanwhile."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from tests.network.random_city import random_city
from workbench.errors import StorageError
from workbench.network import (
    Baseline,
    SearchParams,
    base,
    baseline_without,
    cache,
    clean_cache,
    list_cache,
    prepare_baseline,
)
from workbench.network.cache import hold_folder, mark_used
from workbench.network.without import without_folder


def prepared(folder: Path, city_id: str = "now", *, change_s: int = 60, hold: bool = False) -> Baseline:
    city = random_city(np.random.default_rng(3), n_zones=9).city(city_id)
    baseline = prepare_baseline(city, params=SearchParams(change_s=change_s), cache_dir=folder)
    mark_used(baseline.path, city, baseline.window, baseline.params)
    if not hold:
        let_go()
    return baseline


def let_go() -> None:
    """Be a process that has ended."""
    for mark in cache._held.values():
        os.close(mark)
    cache._held.clear()


def age(folder: Path, days: float) -> None:
    then = time.time() - 86_400 * days
    os.utime(folder / "last_used", (then, then))


def test_old_versions_and_other_parameters_go_and_current_bases_stay(tmp_path: Path) -> None:
    now, old, slow, young = (
        prepared(tmp_path), prepared(tmp_path, "old"), prepared(tmp_path, change_s=0), prepared(tmp_path, "young"),
    )  # fmt: skip
    for baseline in (now, old, slow):
        age(baseline.path, 40)
    stale = {entry.path for entry in list_cache(tmp_path, current_versions=("now-test",)) if entry.is_stale}
    assert stale == {old.path, slow.path}
    assert all(baseline.path.exists() for baseline in (now, old, slow, young))  # listing removes nothing
    assert {entry.path for entry in clean_cache(tmp_path, current_versions=("now-test",))} == stale
    assert [baseline.path.exists() for baseline in (now, old, slow, young)] == [True, False, False, True]


def test_what_a_process_has_open_is_never_removed(tmp_path: Path) -> None:
    script = "import sys, time; from pathlib import Path; from tests.network.test_cache import prepared\n"
    script += "prepared(Path(sys.argv[1]), hold=True); print('ready', flush=True); time.sleep(600)"
    other = subprocess.Popen([sys.executable, "-c", script, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    try:
        assert other.stdout is not None
        assert other.stdout.readline().strip() == "ready"
        (entry,) = list_cache(tmp_path)
        age(entry.path, 400)
        (entry,) = list_cache(tmp_path)
        assert (entry.is_in_use, entry.is_stale) == (True, False)
        assert clean_cache(tmp_path) == ()
    finally:
        other.kill()
        other.communicate()
    (removed,) = clean_cache(tmp_path)  # the process is dead: its hold is gone with it
    assert removed.path == entry.path


def test_patches_beyond_the_limit_go_least_recently_used_first(tmp_path: Path) -> None:
    baseline = prepared(tmp_path)
    folders = {}
    for days, route_id in enumerate(("R0", "R1", "R2")):
        baseline_without(baseline, [route_id])
        folders[route_id] = without_folder(baseline, [route_id])
        age(folders[route_id], days)
    let_go()
    size = {entry.path: entry.n_bytes for entry in list_cache(tmp_path) if entry.kind == "patch"}
    limit = size[folders["R0"]] + size[folders["R1"]]
    (removed,) = clean_cache(tmp_path, max_patch_bytes=limit)
    assert removed.path == folders["R2"]
    assert "without R2" in removed.label
    hold_folder(folders["R1"])
    clean_cache(tmp_path, max_patch_bytes=0)
    assert [folder.exists() for folder in folders.values()] == [False, True, False]
    let_go()
    # a removed patch is computed again when it is needed
    again = baseline_without(prepared(tmp_path), ["R2"])
    assert folders["R2"].exists()
    assert len(again.patch.indptr) == 10


def test_a_base_whose_patch_is_in_use_stays(tmp_path: Path) -> None:
    baseline = prepared(tmp_path, "old")
    baseline_without(baseline, ["R0"])
    age(baseline.path, 40)
    assert clean_cache(tmp_path) == ()
    let_go()
    assert {entry.kind for entry in clean_cache(tmp_path)} == {"base", "patch"}
    assert not baseline.path.exists()


def test_folders_of_others_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "base" / "my holiday pictures").mkdir(parents=True)
    assert list_cache(tmp_path) == ()
    assert list_cache(tmp_path / "nowhere") == ()


def test_a_folder_that_cannot_be_removed_is_a_warning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    baseline = prepared(tmp_path, "old")
    age(baseline.path, 40)

    def refuse(_: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(cache.shutil, "rmtree", refuse)
    assert clean_cache(tmp_path) == ()
    assert "could not be removed from the cache" in caplog.text
    # half a folder is never believed: it is computed anew
    monkeypatch.undo()
    np.testing.assert_array_equal(prepared(tmp_path, "old").median_s, baseline.median_s)


SCRIPT = """
import sys, time
from pathlib import Path
from tests.network.test_cache import prepared
from workbench.network import base
base._CHUNK, base._FLUSH_EVERY_S = 1, 0.0
search = base.search_origins
def slow(*arguments):
    time.sleep(0.3)
    search(*arguments)
base.search_origins = slow
prepared(Path(sys.argv[1]))
"""


def test_a_killed_process_leaves_a_base_that_goes_on(tmp_path: Path) -> None:
    killed = subprocess.Popen([sys.executable, "-c", SCRIPT, str(tmp_path / "killed")])
    n_done = 0
    for _ in range(600):
        found = list((tmp_path / "killed").glob("base/*"))
        n_done = base._read_progress(found[0]) if found else 0
        if n_done >= 2:
            break
        time.sleep(0.05)
    os.kill(killed.pid, signal.SIGKILL)
    killed.communicate(timeout=60)
    n_done = base._read_progress(next((tmp_path / "killed").glob("base/*")))
    assert 2 <= n_done < 9
    shares: list[float] = []
    city = random_city(np.random.default_rng(3), n_zones=9).city("now")
    found_again = prepare_baseline(city, cache_dir=tmp_path / "killed", report=lambda share, _: shares.append(share))
    assert shares[0] == pytest.approx(n_done / 9)
    whole = prepared(tmp_path / "whole")
    np.testing.assert_array_equal(found_again.travel_s, whole.travel_s)
    np.testing.assert_array_equal(found_again.median_s, whole.median_s)


def test_a_disk_that_fills_up_while_files_are_made_leaves_a_usable_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    allocate = os.posix_fallocate

    def full(*_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(base.os, "posix_fallocate", full)
    with pytest.raises(StorageError, match=r"base travel times cannot be kept in .*: No space left on device"):
        prepared(tmp_path)
    assert not list(tmp_path.rglob("*.u16")), "what could be had of the disk is given back"
    monkeypatch.setattr(base.os, "posix_fallocate", allocate)
    again = prepared(tmp_path)
    np.testing.assert_array_equal(again.travel_s, prepared(tmp_path / "other").travel_s)
