from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from workbench.city.arrays import read_arrays, write_arrays
from workbench.city.packing import read_walking, write_walking
from workbench.city.walking import Walking


@pytest.fixture
def walking() -> Walking:
    rng = np.random.default_rng(4)
    bearing = np.round(rng.uniform(0, 360, (6, 5))) / 360 * np.pi / 2
    bearing[0, 0] = np.nan
    return Walking(
        x_min=1000.0,
        y_min=-2000.0,
        grid_cell_m=100.0,
        grid_bearing_rad=bearing,
        land_cell_m=25.0,
        is_land=rng.random((24, 20)) < 0.8,
        bridges=np.array([[1010.5, -1990.0, 1200.0, -1800.1, 268.7]]),
        grid_agreement=np.round(rng.random((6, 5)) * 200) / 200,
        is_walled=rng.random((24, 20)) < 0.1,
        corners=np.array([[1100.1, -1900.2], [1300.0, -1700.0]]),
        off_street_m=(rng.integers(0, 11, (24, 20)) * 4).astype(np.uint8),
    )


def test_walking_comes_back_as_it_was_written(walking: Walking, tmp_path: Path) -> None:
    write_walking(tmp_path / "walking.npz.xz", walking)
    back = read_walking(tmp_path / "walking.npz.xz")
    for field in dataclasses.fields(Walking):
        there, here = getattr(back, field.name), getattr(walking, field.name)
        assert np.asarray(there).dtype == np.asarray(here).dtype, field.name
        assert np.allclose(there, here, rtol=0, atol=1e-9, equal_nan=True), field.name


def test_a_file_of_before_knows_less(walking: Walking, tmp_path: Path) -> None:
    path = tmp_path / "walking.npz.xz"
    write_walking(path, walking)
    later = ("agreement", "walled_bits", "corners_dm", "off_street_m")
    write_arrays(path, {name: array for name, array in read_arrays(path).items() if name not in later})
    back = read_walking(path)
    assert back.grid_agreement is None
    assert back.is_walled is None
    assert back.off_street_m is None
    assert back.corners.shape == (0, 2)
    assert np.array_equal(back.is_land, walking.is_land)
