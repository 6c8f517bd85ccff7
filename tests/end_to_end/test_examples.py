"""The example routes on real New York: the re-score equals searching the whole city again, bit for bit."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.scenario.edited_city import edited_city
from workbench import Scenario, evaluate
from workbench.network import Baseline, baseline_without, rescore, search_sample
from workbench.network.network import build_network
from workbench.network.search import search_origins
from workbench.scenario import apply_scenario

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*.geojson"))
EDITS = sorted((Path(__file__).parents[2] / "examples").glob("*.json"))
"""Changes of today's routes; four patches serve them all."""
OTHER_HOURS = ("m15-longer-day",)
"""These change nothing between 7 and 9, and must not."""
N_ORIGINS = 150

pytestmark = pytest.mark.city


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_rescore_equals_full_search(path: Path, nyc_baseline: Baseline) -> None:
    """On 150 origins, half of them changed by the route; `benchmarks/exactness.py` does all 2,325."""
    scenario = Scenario.from_file(path, city=nyc_baseline.city)
    addition = apply_scenario(scenario, nyc_baseline.city).addition
    result = rescore(nyc_baseline, addition).median_s
    assert (result <= nyc_baseline.median_s).all(), "added service makes nothing later"
    rng = np.random.default_rng(11)
    changed = np.flatnonzero((result != nyc_baseline.median_s).any(axis=1))
    assert len(changed) > 50
    some = rng.choice(changed, min(N_ORIGINS // 2, len(changed)), replace=False)
    others = rng.choice(len(result), N_ORIGINS - len(some), replace=False)
    origins = np.unique(np.concatenate([some, others])).astype(np.int32)
    np.testing.assert_array_equal(result[origins], search_sample(nyc_baseline, addition, origins))


@pytest.mark.parametrize("path", EDITS, ids=lambda path: path.stem)
def test_edits_equal_a_city_compiled_as_edited(path: Path, nyc_baseline: Baseline) -> None:
    """On 40 origins, most of them changed; the other side knows nothing of patches and re-scores."""
    city = nyc_baseline.city
    change = apply_scenario(Scenario.from_file(path, city=city), city).change
    without = baseline_without(nyc_baseline, change.removed_route_ids)
    result = rescore(without, change.addition).median_s
    n_changed = (result != nyc_baseline.median_s).sum(axis=1)
    assert n_changed.sum() > 50 if path.stem not in OTHER_HOURS else n_changed.sum() == 0
    rng = np.random.default_rng(11)
    often = np.argsort(n_changed)[-200:]
    origins = np.unique(np.concatenate([rng.choice(often, 30), rng.choice(len(result), 10)])).astype(np.int32)
    network = build_network(edited_city(city, change, "weekday"), nyc_baseline.window, nyc_baseline.params)
    travel = np.empty((len(origins), city.n_zones, nyc_baseline.window.n_departures), dtype=np.uint16)
    expected = np.empty((len(origins), city.n_zones), dtype=np.uint16)
    search_origins(network, origins, travel, expected)
    np.testing.assert_array_equal(result[origins], expected)


def test_the_card_of_an_edit_says_what_changes(nyc_baseline: Baseline) -> None:
    by_name = {path.stem: path for path in EDITS}
    gone = evaluate(nyc_baseline.city, Scenario.from_file(by_name["bx12-removed"]), baseline=nyc_baseline)
    assert gone.headline[0].startswith("Removes route Bx12: its ")
    assert gone.losers["residents_longer_trips"].value > 10_000
    assert gone.losers["residents_losing_stop"].value > 10_000
    assert gone.access["residents_gaining_access"].value == 0
    assert gone.service["buses_needed"].value < 0
    assert gone.service["cost_per_year"].high < 0
    assert gone.headline[-1].startswith("Frees ")
    lane = evaluate(nyc_baseline.city, Scenario.from_file(by_name["m15-bus-lane"]), baseline=nyc_baseline)
    assert lane.access["residents_gaining_access"].value > 10_000
    assert lane.losers["residents_losing_stop"].value == 0


def test_two_routes_together_are_exact(nyc_baseline: Baseline) -> None:
    city = nyc_baseline.city
    routes = [Scenario.from_file(path, city=city).edits[0] for path in EXAMPLES[:2]]
    addition = apply_scenario(Scenario("two", tuple(routes)), city).addition
    result = rescore(nyc_baseline, addition).median_s
    origins = np.arange(0, len(result), 31, dtype=np.int32)
    np.testing.assert_array_equal(result[origins], search_sample(nyc_baseline, addition, origins))


def test_people_who_gain_add_up_by_borough(nyc_baseline: Baseline) -> None:
    card = evaluate(nyc_baseline.city, Scenario.from_file(EXAMPLES[0], city=nyc_baseline.city), baseline=nyc_baseline)
    boroughs = [row for row in card.areas if row.kind == "borough"]
    assert sum(row.gaining.value or 0 for row in boroughs) == card.access["residents_gaining_access"].value
    assert {row.name for row in boroughs} <= {"Manhattan", "Brooklyn", "Queens", "Bronx", "Staten Island"}


def test_the_card_says_what_is_estimated(nyc_baseline: Baseline) -> None:
    card = evaluate(nyc_baseline.city, Scenario.from_file(EXAMPLES[0], city=nyc_baseline.city), baseline=nyc_baseline)
    said = {assumption.name: assumption.source for assumption in card.assumptions}
    assert "estimated, not measured on streets" in said["walking"]
    assert "an estimate" in said["groups"]
    assert any(name.startswith("path of") and "not matched to streets" in why for name, why in said.items())


def test_the_same_sketch_gives_the_same_card(nyc_baseline: Baseline) -> None:
    scenario = Scenario.from_file(EXAMPLES[2], city=nyc_baseline.city)
    first, second = (evaluate(nyc_baseline.city, scenario, baseline=nyc_baseline).to_json() for _ in range(2))
    first.pop("timing_s")
    second.pop("timing_s")
    assert first == second


def test_nothing_drawn_changes_nothing(nyc_baseline: Baseline) -> None:
    card = evaluate(nyc_baseline.city, Scenario("nothing"), baseline=nyc_baseline)
    assert card.access["residents_gaining_access"].value == 0
    assert card.losers["residents_longer_trips"].value == 0
