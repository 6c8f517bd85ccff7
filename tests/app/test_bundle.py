"""The committed bundle of the map is what its sources build, byte for byte, and asks no other host for anything."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

FRONTEND = Path(__file__).parents[2] / "workbench" / "frontend"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the sources, built; skipped without npm and its packages, which CI must have."""
    npm = shutil.which("npm")
    if npm is None or not (FRONTEND / "node_modules").is_dir():
        message = "the bundle cannot be built: run `npm ci` in workbench/frontend (Node 20 or newer)"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    copy = tmp_path_factory.mktemp("frontend") / "frontend"
    shutil.copytree(FRONTEND, copy, ignore=shutil.ignore_patterns("node_modules", "dist", "build"))
    (copy / "node_modules").symlink_to(FRONTEND / "node_modules")
    for script in ("check", "build", "test"):
        run = subprocess.run([npm, "run", "--silent", script], cwd=copy, capture_output=True, text=True, timeout=300)
        assert run.returncode == 0, f"npm run {script}:\n{run.stdout}\n{run.stderr}"
    return copy / "dist"


def test_the_committed_bundle_is_what_the_sources_build(built: Path) -> None:
    committed = FRONTEND / "dist"
    assert sorted(path.name for path in committed.iterdir()) == sorted(path.name for path in built.iterdir())
    for path in committed.iterdir():
        assert path.read_bytes() == (built / path.name).read_bytes(), f"{path.name} is stale: npm run build"


def test_the_lock_file_names_no_registry() -> None:
    lock = (FRONTEND / "package-lock.json").read_text()
    assert '"resolved"' not in lock
    assert not re.search(r"https?://[^\"]*registry", lock)


def test_the_styles_load_nothing_from_elsewhere() -> None:
    style = (FRONTEND / "dist" / "sketchmap.css").read_text()
    found = re.findall(r"url\((?![\"']?data:)[^)]*\)", style)
    assert found == []
