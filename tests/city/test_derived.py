"""Arrays computed from a city alone: kept, found again, made anew when anything that decides them changes."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from tests.scenes import GridCity
from workbench.city import City, derived
from workbench.city.derived import KEEP_FILES, derived_arrays
from workbench.network import SearchParams, get_window
from workbench.network.network import Network, build_network
from workbench.scenario import hop_speeds

SEVEN = 7 * 3600


def city_with(cache_dir: Path | None) -> City:
    scene = GridCity().stop("A", 0, 0).stop("B", 5, 0).stop("C", 9, 2)
    scene.zone("home", 0, 1).zone("work", 9, 2)
    scene.route("R", "A B C", first_s=SEVEN, headway_s=600, n_trips=20, hop_s=120)
    return dataclasses.replace(scene.city(), cache_dir=cache_dir)


class Maker:
    """Counts how often it is asked to compute."""

    def __init__(self) -> None:
        self.n_calls = 0

    def __call__(self) -> Mapping[str, np.ndarray]:
        self.n_calls += 1
        return {"squares": np.arange(5) ** 2, "none": np.zeros((0, 3), dtype=np.uint16)}


def squares(city: City, make: Maker, parameters: object = 1) -> np.ndarray:
    arrays = derived_arrays(city, "squares", parameters, made_by=("workbench.city.derived",), build=make)
    assert arrays["none"].shape == (0, 3)
    assert arrays["none"].dtype == np.uint16
    return arrays["squares"]


def test_arrays_are_made_once_and_found_again(tmp_path: Path) -> None:
    make, city = Maker(), city_with(tmp_path)
    for _ in range(3):
        assert squares(city, make).tolist() == [0, 1, 4, 9, 16]
    assert make.n_calls == 1


def test_other_parameters_versions_and_code_are_other_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make, city = Maker(), city_with(tmp_path)
    squares(city, make)
    squares(city, make, parameters=2)
    squares(dataclasses.replace(city, version="another"), make)
    monkeypatch.setattr(derived, "_source_hash", lambda _: "other code")
    squares(city, make)
    assert make.n_calls == 4


def test_city_without_a_folder_keeps_nothing(tmp_path: Path) -> None:
    make, city = Maker(), city_with(None)
    squares(city, make)
    squares(city, make)
    assert make.n_calls == 2
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("damage", ["cut", "empty", "nonsense"])
def test_damaged_file_is_made_anew(damage: str, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    make, city = Maker(), city_with(tmp_path)
    squares(city, make)
    (file,) = (tmp_path / "derived").iterdir()
    content = file.read_bytes()
    file.write_bytes({"cut": content[: len(content) // 2], "empty": b"", "nonsense": b"no archive at all"}[damage])
    assert squares(city, make).tolist() == [0, 1, 4, 9, 16]
    assert make.n_calls == 2
    assert "cannot be read and is made anew" in caplog.text
    squares(city, make)
    assert make.n_calls == 2


def test_folder_that_cannot_be_written_costs_only_time(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "derived").write_text("a file where the folder should be")
    make = Maker()
    assert squares(city_with(tmp_path), make).tolist() == [0, 1, 4, 9, 16]
    assert "the next start is slower" in caplog.text


def test_oldest_files_go(tmp_path: Path) -> None:
    make, city = Maker(), city_with(tmp_path)
    for number in range(KEEP_FILES + 3):
        squares(city, make, parameters=number)
        for file in (tmp_path / "derived").iterdir():
            os.utime(file, (file.stat().st_atime, file.stat().st_mtime - 10))
    assert len(list((tmp_path / "derived").iterdir())) == KEEP_FILES
    squares(city, make, parameters=KEEP_FILES + 2)  # the newest is still there
    assert make.n_calls == KEEP_FILES + 3


def arrays_of(network: Network) -> dict[str, np.ndarray]:
    found = {}
    for field in dataclasses.fields(network):
        value = getattr(network, field.name)
        if isinstance(value, tuple):
            found |= {f"{field.name}.{name}": array for name, array in value._asdict().items()}  # type: ignore[attr-defined]
        elif isinstance(value, np.ndarray):
            found[field.name] = value
    return found


def test_network_and_speeds_are_the_same_from_the_folder(tmp_path: Path) -> None:
    window, params = get_window("weekday-am"), SearchParams()
    fresh = arrays_of(build_network(city_with(None), window, params))
    written, read = (arrays_of(build_network(city_with(tmp_path), window, params)) for _ in range(2))
    assert len(fresh) == 5 + 2 * 10 + 3 * 3
    for name, array in fresh.items():
        for other in (written[name], read[name]):
            assert other.dtype == array.dtype, name
            np.testing.assert_array_equal(other, array, err_msg=name)
    slower = build_network(city_with(tmp_path), window, SearchParams(walk_mps=0.9))
    assert slower.zone_stops.walk_s.sum() > read["zone_stops.walk_s"].sum()
    speeds = [vars(hop_speeds(city_with(folder), "weekday")) for folder in (None, tmp_path, tmp_path)]
    for name, array in speeds[0].items():
        np.testing.assert_array_equal(speeds[1][name], array, err_msg=name)
        np.testing.assert_array_equal(speeds[2][name], array, err_msg=name)


def test_damaged_network_file_changes_no_number(tmp_path: Path) -> None:
    window, params = get_window("weekday-am"), SearchParams()
    first = arrays_of(build_network(city_with(tmp_path), window, params))
    for file in (tmp_path / "derived").iterdir():
        file.write_bytes(file.read_bytes()[:-200])
    second = arrays_of(build_network(city_with(tmp_path), window, params))
    for name, array in first.items():
        np.testing.assert_array_equal(second[name], array, err_msg=name)
