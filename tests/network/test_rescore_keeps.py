"""Percentiles, distributions of pairs, and searches kept between edits."""

from __future__ import annotations

from dataclasses import replace

import numba
import numpy as np
import pytest

from tests.network.random_city import random_addition, random_city
from workbench.errors import InputError
from workbench.network import (
    NO_MEDIAN,
    AddedPattern,
    Baseline,
    SearchParams,
    ServiceAddition,
    pair_distribution,
    prepare_baseline,
    rescore,
    search_sample,
)
from workbench.network.increment import _searches
from workbench.network.search import search_origins

COMPILED = not numba.config.DISABLE_JIT
PERCENTILES = (25, 50, 75)


@pytest.fixture
def scene_of(tmp_path_factory: pytest.TempPathFactory):
    """Return a random city's scene and baseline by seed."""

    def build(seed: int, params: SearchParams | None = None):
        rng = np.random.default_rng(seed)
        scene = random_city(rng)
        folder = tmp_path_factory.mktemp("base")
        return rng, scene, prepare_baseline(scene.city(f"keeps{seed}"), params=params, cache_dir=folder)

    return build


def everything(baseline: Baseline, addition: ServiceAddition) -> np.ndarray:
    """Return the medians of searching the whole city again."""
    return search_sample(baseline, addition, np.arange(baseline.network.n_zones, dtype=np.int32))


@pytest.mark.parametrize("seed", range(20 if COMPILED else 3))
def test_percentiles_are_those_of_sorted_departures(seed: int, scene_of) -> None:
    rng, scene, baseline = scene_of(seed)
    network = baseline.network
    for percentile in PERCENTILES:
        rank = 119 * percentile // 100
        by_hand = np.minimum(np.sort(baseline.travel_s, axis=2)[:, :, rank], network.walk_s)
        np.testing.assert_array_equal(baseline.percentile_s(percentile), by_hand)
    addition = random_addition(rng, scene)
    result = rescore(baseline, addition, percentiles=PERCENTILES)
    for origin in range(network.n_zones):
        pairs = [pair_distribution(baseline, addition, origin, z) for z in range(network.n_zones)]
        for percentile in PERCENTILES:
            rank = 119 * percentile // 100
            np.testing.assert_array_equal(
                result.percentile_s[percentile][origin], [np.sort(after)[rank] for _, after in pairs]
            )
            np.testing.assert_array_equal(
                baseline.percentile_s(percentile)[origin], [np.sort(before)[rank] for before, _ in pairs]
            )
        # a law: added service makes no departure arrive later
        assert all((after <= before).all() for before, after in pairs)


def test_bad_pairs_and_percentiles_are_named(scene_of) -> None:
    rng, scene, baseline = scene_of(3)
    with pytest.raises(InputError, match="destination is zone position 99, must be 0 to 6"):
        pair_distribution(baseline, random_addition(rng, scene), 0, 99)
    with pytest.raises(InputError, match="percentile is 0, must be 1 to 99"):
        baseline.percentile_s(0)


def test_a_stop_that_did_not_change_is_not_searched_again(scene_of) -> None:
    _, scene, baseline = scene_of(11)
    xy = scene.xy
    times = (7 * 3600 + 600 * np.arange(12)[:, None] + np.array([0, 120, 300, 420])).astype(np.int32)

    def route(third: tuple[float, float]) -> ServiceAddition:
        new_xy = np.array([xy(2, 2), third], dtype=np.float64)
        n = len(scene.stop_at)
        return ServiceAddition(new_xy, (AddedPattern("NEW", 0, np.array([0, n, n + 1, 5], np.int32), times, times),))

    first = rescore(baseline, route(xy(12, 12)))
    assert first.counters.n_searches == 6  # boarding at three stops, alighting at three
    again = rescore(baseline, route(xy(12, 12)))
    assert again.counters.n_searches == 0
    np.testing.assert_array_equal(first.median_s, again.median_s)
    dragged = rescore(baseline, route(xy(12, 13)))
    assert dragged.counters.n_searches == 2  # the dragged stop, onwards and backwards
    np.testing.assert_array_equal(dragged.median_s, everything(baseline, route(xy(12, 13))))


@pytest.mark.parametrize("seed", range(12 if COMPILED else 2))
def test_kept_searches_give_the_numbers_of_fresh_ones(seed: int, scene_of) -> None:
    """Many edits after one another, each re-using what it can of the others, also where results had to give way."""
    rng, scene, baseline = scene_of(100 + seed, SearchParams(max_rides=int(2 + seed % 4)))
    additions = [random_addition(rng, scene, n_patterns=int(rng.integers(1, 4))) for _ in range(4)]
    mixed = [replace(a, patterns=a.patterns[::-1]) for a in additions]
    for addition in [*additions, *mixed, *additions]:
        np.testing.assert_array_equal(rescore(baseline, addition).median_s, everything(baseline, addition))
    kept = _searches[baseline]
    kept.forget()
    np.testing.assert_array_equal(rescore(baseline, additions[0]).median_s, everything(baseline, additions[0]))


@pytest.mark.parametrize("seed", range(30 if COMPILED else 3))
def test_riding_added_service_twice(seed: int, scene_of) -> None:
    """Patterns that only together lead anywhere: most journeys that gain use two of them or more."""
    rng, scene, baseline = scene_of(300 + seed, SearchParams(max_rides=3 + seed % 3, change_s=0))
    n = len(scene.stop_at)
    new_xy = np.array([scene.xy(*rng.integers(0, 26, 2)) for _ in range(3)], dtype=np.float64)
    patterns = []
    for p, (a, b) in enumerate(((0, n), (n, n + 1), (n + 1, n + 2), (n + 2, 1), (n + 1, n), (2, n + 1))):
        start = 7 * 3600 - 300 + int(rng.integers(0, 400)) + int(rng.integers(3, 12)) * 60 * np.arange(40)
        times = (start[:, None] + np.array([0, int(rng.integers(60, 400))])).astype(np.int32)
        patterns.append(AddedPattern(f"R{p}", 0, np.array([a, b], np.int32), times, times))
    addition = ServiceAddition(new_xy, tuple(patterns))
    result = rescore(baseline, addition)
    np.testing.assert_array_equal(result.median_s, everything(baseline, addition))
    assert result.counters.n_reboardings > 0


def test_a_patch_replaces_rows(scene_of) -> None:
    """A baseline whose stored rows are another city's, and a patch with the true ones, re-scores like the true one."""
    rng, scene, baseline = scene_of(7)
    wrong = np.full_like(baseline.travel_s, NO_MEDIAN)
    n = baseline.network.n_zones
    patch = baseline.patch._replace(
        indptr=np.arange(0, n * n + 1, n, dtype=np.int64),
        zone_ix=np.tile(np.arange(n, dtype=np.int32), n),
        travel_s=baseline.travel_s.reshape(n * n, -1).copy(),
    )
    patched = replace(baseline, travel_s=wrong, patch=patch)
    addition = random_addition(rng, scene)
    np.testing.assert_array_equal(rescore(patched, addition).median_s, rescore(baseline, addition).median_s)
    np.testing.assert_array_equal(patched.percentile_s(75), baseline.percentile_s(75))
    np.testing.assert_array_equal(patched.travel_row(1, 2), baseline.travel_row(1, 2))


def test_the_base_is_what_a_search_of_one_origin_finds(scene_of) -> None:
    _, _, baseline = scene_of(8)
    n = baseline.network.n_zones
    travel, median = np.empty((1, n, 120), np.uint16), np.empty((1, n), np.uint16)
    search_origins(baseline.network, np.array([3], np.int32), travel, median)
    np.testing.assert_array_equal(travel[0], baseline.travel_s[3])
    np.testing.assert_array_equal(median[0], baseline.median_s[3])
