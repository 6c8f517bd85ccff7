"""The exact re-score equals searching the whole city again, and both equal the plain twin."""

from __future__ import annotations

import numba
import numpy as np
import pytest

from tests.network.random_city import random_addition, random_city
from tests.reference.raptor import FAR, PlainNetwork
from workbench.city.city import City
from workbench.network import (
    NO_MEDIAN,
    Baseline,
    SearchParams,
    ServiceAddition,
    prepare_baseline,
    rescore,
    search_sample,
)

COMPILED = not numba.config.DISABLE_JIT
"""Uncompiled kernels are a hundred times slower: fewer seeds there, all of them compiled and bounds-checked."""

PARAMS = (
    SearchParams(),
    SearchParams(change_s=0, transfer_walk_m=0, direct_walk_m=0, max_travel_s=2400),
    SearchParams(max_rides=2, access_walk_m=300, change_s=120, max_travel_s=1800),
    SearchParams(max_rides=1, walk_mps=0.9),
)


def full_recompute(baseline: Baseline, addition: ServiceAddition) -> np.ndarray:
    """Search the whole city again with the service in its timetable."""
    return search_sample(baseline, addition, np.arange(baseline.network.n_zones, dtype=np.int32))


def twin_medians(city: City, baseline: Baseline, addition: ServiceAddition | None) -> np.ndarray:
    """Return medians by the plain twin, in the engine's form."""
    plain = PlainNetwork(city, baseline.window, baseline.params, addition)
    rows = [plain.medians(origin) for origin in range(plain.n_zones)]
    return np.array([[NO_MEDIAN if t == FAR else t for t in row] for row in rows], dtype=np.uint16)


@pytest.mark.parametrize("seed", range(60 if COMPILED else 12))
def test_rescore_equals_full_recompute(seed: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    rng = np.random.default_rng(seed)
    scene = random_city(rng)
    city = scene.city(f"random{seed}")
    baseline = prepare_baseline(city, params=PARAMS[seed % 4], cache_dir=tmp_path_factory.mktemp("base"))
    for _ in range(4):
        addition = random_addition(rng, scene, n_patterns=int(rng.integers(1, 4)))
        result = rescore(baseline, addition).median_s
        np.testing.assert_array_equal(result, full_recompute(baseline, addition))
        # a law: added service makes no median later
        assert (result <= baseline.median_s).all()


@pytest.mark.parametrize("seed", range(50 if COMPILED else 4))
def test_engine_equals_the_twin(seed: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    rng = np.random.default_rng(1000 + seed)
    scene = random_city(rng, n_stops=9, n_zones=4, n_routes=4)
    city = scene.city(f"twin{seed}")
    baseline = prepare_baseline(city, params=PARAMS[seed % 4], cache_dir=tmp_path_factory.mktemp("base"))
    np.testing.assert_array_equal(baseline.median_s, twin_medians(city, baseline, None))
    plain = PlainNetwork(city, baseline.window, baseline.params)
    expected = np.array([plain.travel(origin) for origin in range(plain.n_zones)])
    expected = np.where(np.isinf(expected), NO_MEDIAN, expected).astype(np.uint16)
    np.testing.assert_array_equal(baseline.travel_s, expected)
    addition = random_addition(rng, scene)
    np.testing.assert_array_equal(rescore(baseline, addition).median_s, twin_medians(city, baseline, addition))


def test_nothing_added_changes_nothing(tmp_path_factory: pytest.TempPathFactory) -> None:
    city = random_city(np.random.default_rng(5)).city()
    baseline = prepare_baseline(city, cache_dir=tmp_path_factory.mktemp("base"))
    nothing = ServiceAddition(np.zeros((0, 2)), ())
    np.testing.assert_array_equal(rescore(baseline, nothing).median_s, baseline.median_s)


def test_random_routes_do_change_something(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Without this the comparisons above could pass on cities where no route matters."""
    rng = np.random.default_rng(0)
    scene = random_city(rng)
    baseline = prepare_baseline(scene.city(), cache_dir=tmp_path_factory.mktemp("base"))
    changed = [(rescore(baseline, random_addition(rng, scene)).median_s != baseline.median_s).sum() for _ in range(10)]
    assert sum(count > 0 for count in changed) >= 5
