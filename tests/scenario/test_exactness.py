"""Any edits, scored by patch and re-score, equal a city compiled and searched from scratch with the edited timetable."""

from __future__ import annotations

from pathlib import Path

import numba
import numpy as np
import pytest

from tests.network.random_city import SIDE, START_S, random_city
from tests.scenario.edited_city import edited_city
from tests.scenario.scenario_scenes import drawn
from tests.scenes import GridCity
from workbench.city.city import City
from workbench.errors import ScenarioError
from workbench.network import Baseline, SearchParams, baseline_without, prepare_baseline, rescore, search_sample
from workbench.network.network import build_network
from workbench.network.search import search_origins
from workbench.scenario import (
    AddRoute,
    AddStop,
    AllDoorBoarding,
    AppliedScenario,
    ChangeSpan,
    ChangeSpeed,
    Edit,
    MoveStop,
    RemoveRoute,
    RemoveStop,
    RemoveTrips,
    Reroute,
    Scenario,
    SetHeadway,
    apply_scenario,
)

COMPILED = not numba.config.DISABLE_JIT
SEVEN = 7 * 3600


def random_edit(rng: np.random.Generator, scene: GridCity, kind: int) -> Edit:
    """Return an edit of some kind of some route; it may turn out to change nothing."""
    route = scene.routes[rng.integers(0, len(scene.routes))]
    route_id, stops = route.route_id, route.stops
    some = [str(stop) for stop in rng.choice(stops, 2)]
    place = drawn((float(rng.uniform(0, SIDE)), float(rng.uniform(0, SIDE))))[0]
    start = START_S + 600 * int(rng.integers(0, 6))
    other = tuple(f"S{s}" for s in rng.integers(0, len(scene.stop_at), 2))
    line = drawn(scene.stop_at[stops[0]], (float(rng.uniform(0, SIDE)), 3.0), scene.stop_at[stops[-1]])
    edits: tuple[Edit, ...] = (
        RemoveRoute(route_id=route_id),
        RemoveTrips(route_id=route_id, start_s=start, end_s=start + 3000),
        SetHeadway(route_id=route_id, headway_s=int(rng.integers(2, 20)) * 60, start_s=start, end_s=start + 5400),
        MoveStop(stop_id=some[0], place_lonlat=place, route_ids=(route_id,) if rng.random() < 0.5 else ()),
        RemoveStop(stop_id=some[0], route_ids=(route_id,) if rng.random() < 0.5 else ()),
        AddStop(route_id=route_id, after_stop_id=some[0], place_lonlat=place),
        Reroute(route_id=route_id, direction=0, from_stop_id=stops[0], to_stop_id=stops[-1], stop_ids=other),
        ChangeSpeed(route_id=route_id, speed_factor=float(rng.uniform(0.4, 2.5)), start_s=start, end_s=start + 3600),
        Reroute(route_id=route_id, direction=0, line_lonlat=line, spacing_m=700.0),
        AddRoute("new", "New", line, headway_s=480, spacing_m=900.0),
        ChangeSpan(route_id=route_id, start_s=start - 3000, end_s=start + 4200, headway_s=540),
        AllDoorBoarding(route_id=route_id, saving_share=float(rng.uniform(0.2, 0.9)), from_stop_id=stops[0]),
        AddRoute("pair", "Pair", line, headway_s=540, spacing_m=800.0, line_back_lonlat=(line[2], place, line[0])),
    )
    return edits[kind % len(edits)]


def random_change(rng: np.random.Generator, scene: GridCity, city: City, kind: int) -> tuple[Scenario, AppliedScenario]:
    """Return a scenario of one to four edits, the first that can be used."""
    for _ in range(200):
        kinds = [kind, *rng.integers(0, 13, int(rng.integers(0, 4)))]
        edits = tuple(random_edit(rng, scene, int(one)) for one in kinds)
        try:
            scenario = Scenario("random", edits)
            return scenario, apply_scenario(scenario, city)
        except ScenarioError:
            continue
    raise AssertionError


def searched(city: City, baseline: Baseline, origins: np.ndarray) -> np.ndarray:
    """Compile a city and search from some origins: medians."""
    network = build_network(city, baseline.window, baseline.params)
    travel = np.empty((len(origins), network.n_zones, baseline.window.n_departures), dtype=np.uint16)
    median = np.empty((len(origins), network.n_zones), dtype=np.uint16)
    search_origins(network, origins, travel, median)
    return median


@pytest.mark.parametrize("seed", range(40 if COMPILED else 6))
def test_random_edits_are_exact(seed: int, tmp_path: Path) -> None:
    rng = np.random.default_rng(seed)
    scene = random_city(rng)
    city = scene.city(f"edits{seed}")
    params = SearchParams(max_rides=2 + seed % 3, change_s=30 * (seed % 3))
    baseline = prepare_baseline(city, params=params, cache_dir=tmp_path)
    everywhere = np.arange(city.n_zones, dtype=np.int32)
    for turn in range(2):
        scenario, applied = random_change(rng, scene, city, seed + 6 * turn)
        change = applied.change
        expected = searched(edited_city(city, change, "weekday"), baseline, everywhere)
        without = baseline_without(baseline, change.removed_route_ids)
        sampled = search_sample(without, change.addition, everywhere)
        np.testing.assert_array_equal(sampled, expected, err_msg=f"full: {scenario.edits}")
        result = rescore(without, change.addition).median_s
        np.testing.assert_array_equal(result, expected, err_msg=f"re-score: {scenario.edits}")


def two_line_city(
    *, stops: str = "A B C D", hop_s: int | list[int] = 300, headway_s: int = 600, at_b: float = 10
) -> City:
    """A city whose line R can be built as edited in the first place."""
    scene = GridCity().stop("A", 0, 0).stop("B", at_b, 0).stop("C", 20, 0).stop("D", 30, 0).stop("E", 30, 10)
    scene.zone("a", 0, 1).zone("b", 10, 1).zone("c", 20, 1).zone("d", 30, 1).zone("e", 30, 11)
    scene.route("R", stops, first_s=SEVEN - 3600, headway_s=headway_s, n_trips=20_000 // headway_s, hop_s=hop_s)
    return scene.route("S", "D E", first_s=SEVEN, headway_s=900, n_trips=14, hop_s=240).city("two lines")


@pytest.mark.parametrize(
    ("edit", "built"),
    [
        (RemoveStop(stop_id="B"), two_line_city(stops="A C D", hop_s=[600, 300])),
        (ChangeSpeed(route_id="R", speed_factor=1.5), two_line_city(hop_s=200)),
        (ChangeSpeed(route_id="R", speed_factor=0.75), two_line_city(hop_s=400)),
        (AllDoorBoarding(route_id="R", dwell_share=0.5, saving_share=0.5), two_line_city(hop_s=225)),
        (MoveStop(stop_id="B", place_lonlat=drawn((12, 0))[0]), two_line_city(at_b=12)),
        (Reroute(route_id="R", direction=0, from_stop_id="C"), two_line_city(stops="A B C")),
    ],
    ids=["stop removed", "faster", "slower", "all doors", "stop moved", "cut short"],
)
def test_an_edit_equals_a_city_that_was_built_so(edit: Edit, built: City, tmp_path: Path) -> None:
    """No code of the edits stands behind the expected side: the city is drawn as it should become."""
    city = two_line_city()
    baseline = prepare_baseline(city, cache_dir=tmp_path)
    applied = apply_scenario(Scenario("edit", (edit,)), city)
    everywhere = np.arange(city.n_zones, dtype=np.int32)
    expected = searched(built, baseline, everywhere)
    assert (expected != baseline.median_s).any()
    without = baseline_without(baseline, applied.change.removed_route_ids)
    np.testing.assert_array_equal(search_sample(without, applied.addition, everywhere), expected)
    np.testing.assert_array_equal(rescore(without, applied.addition).median_s, expected)


NEW_YORK = {
    "B46 less often and without a stop": (
        SetHeadway(route_id="B46", headway_s=900, start_s=6 * 3600, end_s=10 * 3600),
        RemoveStop(stop_id="307094", route_ids=("B46",)),
    ),
}


@pytest.mark.city
@pytest.mark.parametrize("name", NEW_YORK)
def test_edits_of_new_york_are_exact(name: str, nyc_baseline: Baseline) -> None:
    city = nyc_baseline.city
    applied = apply_scenario(Scenario(name, NEW_YORK[name]), city)
    without = baseline_without(nyc_baseline, applied.change.removed_route_ids)
    result = rescore(without, applied.addition).median_s
    changed = np.argsort((result != nyc_baseline.median_s).sum(axis=1))[::-1]
    origins = np.concatenate([changed[:6], changed[[400, 900, 1500, 2200]]]).astype(np.int32)
    expected = searched(edited_city(city, applied.change, "weekday"), nyc_baseline, origins)
    np.testing.assert_array_equal(result[origins], expected)
    assert (expected != nyc_baseline.median_s[origins]).any()
