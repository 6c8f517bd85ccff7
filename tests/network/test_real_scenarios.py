"""Incremental equals full, bit for bit, on a few real scenarios of New York; `benchmarks/exactness.py` has many more."""

from __future__ import annotations

import numba
import numpy as np
import pytest

from tests.network.real_scenarios import random_scenario
from workbench.city import City
from workbench.network import Baseline, baseline_without, rescore, search_sample
from workbench.scenario import apply_scenario

pytestmark = [
    pytest.mark.city,
    pytest.mark.skipif(numba.config.DISABLE_JIT, reason="the whole city takes hours uncompiled"),
]

SCENARIOS = (
    ("new route", "Bronx", 16),
    ("new route", "Queens", 12),
    ("several new routes", "Brooklyn", 13),
    ("several new routes", "Manhattan", 14),
    ("package", "Staten Island", 15),  # takes existing routes out of the base: half a minute the first time
)
N_ORIGINS = 24


@pytest.mark.parametrize(("kind", "borough", "seed"), SCENARIOS)
def test_incremental_equals_full(kind: str, borough: str, seed: int, nyc: City, nyc_baseline: Baseline) -> None:
    change = apply_scenario(random_scenario(nyc, kind, borough, "weekday-am", seed), nyc).change
    without = baseline_without(nyc_baseline, change.removed_route_ids)
    result = rescore(without, change.addition).median_s
    by_change = np.argsort(-(result != nyc_baseline.median_s).sum(axis=1), kind="stable")
    others = np.random.default_rng(seed).choice(by_change[12:], N_ORIGINS - 12, replace=False)
    origins = np.concatenate([by_change[:12], others]).astype(np.int32)
    expected = search_sample(without, change.addition, origins)
    assert (expected != nyc_baseline.median_s[origins]).sum() > 500, "nothing changes: the comparison means nothing"
    np.testing.assert_array_equal(result[origins], expected)
