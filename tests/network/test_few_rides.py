"""Travel times with at most 1, 2, 3 rides: equal to the twin, kept beside the base, taken up again, never in anybody's way."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.network.random_city import random_addition, random_city
from tests.network.test_increment import COMPILED
from tests.reference.raptor import FAR, PlainNetwork
from tests.scenes import GridCity
from workbench.city.city import City
from workbench.errors import StorageError
from workbench.network import (
    NO_MEDIAN,
    Baseline,
    SearchParams,
    ServiceAddition,
    ServiceChange,
    base,
    few_rides_after,
    few_rides_today,
    prepare_baseline,
)
from workbench.network.search import search_few_rides, search_origins

NOTHING = ServiceAddition(np.zeros((0, 2)), ())
SEVEN = 7 * 3600


def silent(_share: float, _text: str) -> None:
    """Report to nobody."""


def twin(city: City, baseline: Baseline, n_rides: int, addition: ServiceAddition | None = None) -> np.ndarray:
    """Return medians with at most so many rides by the plain twin."""
    params = replace(baseline.params, max_rides=n_rides)
    plain = PlainNetwork(city, baseline.window, params, addition)
    rows = [plain.medians(origin) for origin in range(plain.n_zones)]
    return np.array([[NO_MEDIAN if t == FAR else t for t in row] for row in rows], dtype=np.uint16)


def test_by_hand(tmp_path: Path) -> None:
    # A one-seat bus A to C takes 20 minutes every 10; by way of B it is 2 x 5 minutes and a change of 60 s, every 10 too:
    # R1 leaves on full tens, R2 leaves B 6 minutes after, when one has just changed.
    scene = (
        GridCity()
        .stop("A", 0, 0).stop("B", 10, 0).stop("C", 20, 0)
        .zone("a", 0, 0).zone("c", 20, 0)
        .route("slow", "A C", first_s=SEVEN, headway_s=600, n_trips=30, hop_s=1200)
        .route("R1", "A B", first_s=SEVEN, headway_s=600, n_trips=30, hop_s=300)
        .route("R2", "B C", first_s=SEVEN + 360, headway_s=600, n_trips=30, hop_s=300)
    )  # fmt: skip
    baseline = prepare_baseline(scene.city(), cache_dir=tmp_path)
    few = few_rides_today(baseline)
    assert few.shape == (2, 3, 2)
    # waits of 0 to 9 minutes, lower median 4: 20 + 4 min with one ride, 11 + 4 with two or three
    assert few[0, :, 1].tolist() == [1440, 900, 900]
    assert baseline.median_s[0, 1] == 900


@pytest.mark.parametrize("seed", range(12 if COMPILED else 2))
def test_they_equal_the_twin_before_and_after(seed: int, tmp_path: Path) -> None:
    rng = np.random.default_rng(seed)
    scene = random_city(rng)
    city = scene.city(f"few{seed}")
    params = SearchParams(max_rides=4 - seed % 3, max_travel_s=2400 + 600 * (seed % 2))
    baseline = prepare_baseline(city, params=params, cache_dir=tmp_path)
    addition = random_addition(rng, scene)
    today = few_rides_today(baseline)
    after = few_rides_after(baseline, ServiceChange((), addition), report=silent)
    assert today.shape == (city.n_zones, params.max_rides - 1, city.n_zones)
    for n_rides in range(1, params.max_rides):
        np.testing.assert_array_equal(today[:, n_rides - 1], twin(city, baseline, n_rides))
        np.testing.assert_array_equal(after[:, n_rides - 1], twin(city, baseline, n_rides, addition))
    # laws: one more ride makes no trip longer; added service makes none longer with any number of rides
    whole = np.concatenate([today, baseline.median_s[:, None]], axis=1)
    assert (np.diff(whole.astype(np.int64), axis=1) <= 0).all()
    assert (after <= today).all()


@pytest.mark.parametrize("seed", range(4))
def test_without_a_route_they_equal_a_city_that_never_had_it(seed: int, tmp_path: Path) -> None:
    scene = random_city(np.random.default_rng(seed))
    baseline = prepare_baseline(scene.city("all"), cache_dir=tmp_path / "all")
    after = few_rides_after(baseline, ServiceChange(("R0", "R1"), NOTHING), report=silent)
    scene.routes = [route for route in scene.routes if route.route_id not in ("R0", "R1")]
    never = prepare_baseline(scene.city("fewer"), cache_dir=tmp_path / "fewer")
    np.testing.assert_array_equal(after, few_rides_today(never))
    assert (after >= few_rides_today(baseline)).all()


@pytest.mark.city
def test_on_new_york_they_equal_a_search_with_so_many_rides(nyc_baseline: Baseline) -> None:
    network = nyc_baseline.network
    origins = np.arange(5, network.n_zones, 100, dtype=np.int32)
    few = np.empty((len(origins), 3, network.n_zones), dtype=np.uint16)
    search_few_rides(network, origins, few)
    travel = np.empty((len(origins), network.n_zones, network.window.n_departures), dtype=np.uint16)
    median = np.empty((len(origins), network.n_zones), dtype=np.uint16)
    for n_rides in (1, 2, 3):
        search_origins(replace(network, params=replace(network.params, max_rides=n_rides)), origins, travel, median)
        np.testing.assert_array_equal(few[:, n_rides - 1], median)
    assert (few[:, 2] >= nyc_baseline.median_s[origins]).all()
    assert (few[:, 0] > few[:, 1]).any()


def test_with_one_ride_at_most_there_is_nothing_to_search(tmp_path: Path) -> None:
    city = random_city(np.random.default_rng(1)).city()
    baseline = prepare_baseline(city, params=SearchParams(max_rides=1), cache_dir=tmp_path)
    assert few_rides_today(baseline).shape == (city.n_zones, 0, city.n_zones)


def test_cut_work_is_kept_and_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base, "_FEW_RIDES_CHUNK", 2)
    city = random_city(np.random.default_rng(3), n_zones=9).city("cut")
    baseline = prepare_baseline(city, cache_dir=tmp_path / "cut")
    searched: list[int] = []
    search = base.search_few_rides

    def watch(network: object, origins: np.ndarray, median: np.ndarray) -> None:
        searched.extend(origins)
        search(network, origins, median)  # type: ignore[arg-type]

    monkeypatch.setattr(base, "search_few_rides", watch)

    def stop_in_the_middle(share: float, _text: str) -> None:
        if share > 0.4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        few_rides_today(baseline, report=stop_in_the_middle)
    assert searched == [0, 1, 2, 3]
    resumed = few_rides_today(baseline)
    assert searched == [*range(9)]
    kept = few_rides_today(baseline)
    assert len(searched) == 9  # from the file
    np.testing.assert_array_equal(kept, resumed)
    whole = few_rides_today(prepare_baseline(city, cache_dir=tmp_path / "whole"))
    np.testing.assert_array_equal(resumed, whole)
    with (baseline.path / "few-rides.u16").open("r+b") as file:
        file.truncate(10)
    searched.clear()
    np.testing.assert_array_equal(few_rides_today(baseline), whole)  # a damaged file is not believed
    assert searched == [*range(9)]


def test_a_folder_that_cannot_be_written_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    baseline = prepare_baseline(random_city(np.random.default_rng(3)).city(), cache_dir=tmp_path)
    monkeypatch.setattr(base, "require_space", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(StorageError, match=r"travel times with fewer rides cannot be kept in .*No space left"):
        few_rides_today(baseline)
