"""Thousands of odd little cities: the engine equals its plain twin, the re-score equals searching everything again, laws."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterator

import numba
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.network.strategies import (
    OddCity,
    baseline_in_memory,
    baseline_patched,
    full_travel,
    odd_additions,
    odd_cities,
    seeded_addition,
    seeded_city,
)
from tests.reference.raptor import FAR, PlainNetwork
from workbench.network import NO_MEDIAN, ServiceAddition, rescore
from workbench.network.network import add_service, build_network
from workbench.network.search import stop_arrivals
from workbench.network.timetable import reverse_timetable

COMPILED = not numba.config.DISABLE_JIT
BOUNDS_CHECKED = bool(int(os.environ.get("NUMBA_BOUNDSCHECK") or 0))


def blocks(compiled: int, bounds_checked: int, uncompiled: int, size: int = 250) -> list[range]:
    """Return seeds in blocks: as many as this kind of run can afford."""
    n = (bounds_checked if BOUNDS_CHECKED else compiled) if COMPILED else uncompiled
    return [range(first, min(first + size, n)) for first in range(0, n, size)]


def named(seeds: range) -> str:
    return f"{seeds.start}-{seeds.stop - 1}"


@pytest.fixture(autouse=True, scope="module")
def _one_thread() -> Iterator[None]:
    """Waking a second thread takes longer than searching a city this small; other tests use both."""
    n_threads = numba.get_num_threads()
    numba.set_num_threads(1)
    yield
    numba.set_num_threads(n_threads)


def twin(odd: OddCity, addition: ServiceAddition | None = None) -> PlainNetwork:
    return PlainNetwork(odd.city, odd.window, odd.params, addition, trips=odd.trips)


def as_engine(times: object) -> np.ndarray:
    """Return the twin's seconds in the engine's form."""
    found = np.array(times, dtype=np.float64)
    return np.where(found == FAR, NO_MEDIAN, found).astype(np.uint16)


def require_equals_twin(odd: OddCity) -> float:
    """Compare all travel times and all medians; returns the share of pairs and minutes that are reached."""
    baseline, plain = baseline_in_memory(odd), twin(odd)
    origins = range(plain.n_zones)
    np.testing.assert_array_equal(baseline.travel_s, as_engine([plain.travel(origin) for origin in origins]))
    np.testing.assert_array_equal(baseline.median_s, as_engine([plain.medians(origin) for origin in origins]))
    return float((baseline.travel_s != NO_MEDIAN).mean())


def require_exact(odd: OddCity, addition: ServiceAddition) -> bool:
    """Compare a re-score with searching again, and hold the law of added service; tells whether a median fell."""
    baseline = baseline_in_memory(odd)
    travel, median = full_travel(baseline, addition)
    np.testing.assert_array_equal(rescore(baseline, addition).median_s, median)
    assert (travel <= baseline.travel_s).all(), "added service made an arrival later"
    assert (median <= baseline.median_s).all()
    return bool((median < baseline.median_s).any())


def each(seeds: range, check: object) -> list[object]:
    """Run a check for each seed; a failure names its seed."""
    found = []
    for seed in seeds:
        try:
            found.append(check(seed))  # type: ignore[operator]
        except AssertionError as error:
            raise AssertionError(f"seed {seed}: {error}") from error
    return found


@pytest.mark.parametrize("seeds", blocks(1500, 600, 40), ids=named)
def test_base_equals_the_twin(seeds: range) -> None:
    reached = each(seeds, lambda seed: require_equals_twin(seeded_city(seed, is_small=True)))
    assert np.mean(reached) > 0.1, "too little is reached for the comparison to mean something"


@pytest.mark.parametrize("seeds", blocks(1500, 600, 40), ids=named)
def test_rescore_equals_full_recompute(seeds: range) -> None:
    def check(seed: int) -> bool:
        odd = seeded_city(seed)
        return require_exact(odd, seeded_addition(seed, odd))

    assert np.mean(each(seeds, check)) > 0.15, "too few additions change anything for the comparison to mean something"


@pytest.mark.parametrize("seeds", blocks(750, 250, 15), ids=named)
def test_rescore_without_some_routes_equals_full_recompute(seeds: range) -> None:
    """The patch stands for the routes taken out; what comes back may be anything."""

    def check(seed: int) -> int:
        odd = seeded_city(seed)
        gone = [route_id for n, route_id in enumerate(odd.city.routes["route_id"]) if (seed + n) % 3 == 0]
        baseline, addition = baseline_patched(odd, gone), seeded_addition(seed, odd)
        np.testing.assert_array_equal(rescore(baseline, addition).median_s, full_travel(baseline, addition)[1])
        return len(baseline.patch.zone_ix)

    assert np.mean(np.array(each(seeds, check)) > 0) > 0.1, "too few routes matter for the comparison to mean something"


@pytest.mark.parametrize("seeds", blocks(250, 100, 6), ids=named)
def test_rescore_equals_the_twin(seeds: range) -> None:
    def check(seed: int) -> None:
        odd = seeded_city(seed, is_small=True)
        addition = seeded_addition(seed, odd)
        plain = twin(odd, addition)
        expected = as_engine([plain.medians(origin) for origin in range(plain.n_zones)])
        np.testing.assert_array_equal(rescore(baseline_in_memory(odd), addition).median_s, expected)

    each(seeds, check)


@pytest.mark.parametrize("seeds", blocks(250, 100, 6), ids=named)
def test_stop_arrivals_equal_the_twin(seeds: range) -> None:
    def check(seed: int) -> None:
        odd = seeded_city(seed, is_small=True)
        network, plain = baseline_in_memory(odd).network, twin(odd)
        stop = seed % network.n_stops
        minutes = [odd.window.start_s + 60 * minute for minute in range(odd.window.n_departures)]
        columns = [plain.stop_arrivals({stop: at}, at) for at in minutes]
        expected = [[int(found.get(s, -1)) for found in columns] for s in range(network.n_stops)]
        np.testing.assert_array_equal(stop_arrivals(network, stop), expected)

    each(seeds, check)


@pytest.mark.parametrize("seeds", blocks(250, 100, 6), ids=named)
def test_longer_limit_reaches_no_less(seeds: range) -> None:
    """And what was reached before is reached at the same second."""

    def check(seed: int) -> None:
        odd = seeded_city(seed)
        limit_s = min(odd.params.max_travel_s, 5400)
        short, long = (
            baseline_in_memory(
                dataclasses.replace(odd, params=dataclasses.replace(odd.params, max_travel_s=s))
            ).travel_s
            for s in (limit_s, limit_s + 1200)
        )
        np.testing.assert_array_equal(np.where(long <= limit_s, long, NO_MEDIAN), short)

    each(seeds, check)


@pytest.mark.parametrize("seeds", blocks(250, 100, 4), ids=named)
def test_order_of_patterns_and_nothing_at_all_change_nothing(seeds: range) -> None:
    def check(seed: int) -> None:
        odd = seeded_city(seed)
        baseline, addition = baseline_in_memory(odd), seeded_addition(seed, odd, n_patterns=3)
        expected = rescore(baseline, addition).median_s
        for order in ((2, 1, 0), (1, 2, 0)):
            turned = ServiceAddition(addition.new_stop_xy, tuple(addition.patterns[number] for number in order))
            np.testing.assert_array_equal(rescore(baseline, turned).median_s, expected)
        for stops in (np.zeros((0, 2)), addition.new_stop_xy):  # stops that nothing serves are nothing too
            np.testing.assert_array_equal(rescore(baseline, ServiceAddition(stops, ())).median_s, baseline.median_s)

    each(seeds, check)


@pytest.mark.parametrize("seeds", blocks(250, 100, 4), ids=named)
def test_one_after_the_other_equals_both_at_once(seeds: range) -> None:
    def check(seed: int) -> None:
        odd = seeded_city(seed)
        baseline, both = baseline_in_memory(odd), seeded_addition(seed, odd, n_patterns=2)
        first = ServiceAddition(both.new_stop_xy, both.patterns[:1])
        second = ServiceAddition(np.zeros((0, 2)), both.patterns[1:])
        grown = add_service(baseline.network, odd.city, first)
        grown = dataclasses.replace(grown, backward=reverse_timetable(grown.forward, odd.window, odd.params))
        between = baseline_in_memory(odd, grown)
        for one, other in zip(full_travel(between, second), full_travel(baseline, both), strict=True):
            np.testing.assert_array_equal(one, other)
        np.testing.assert_array_equal(rescore(between, second).median_s, rescore(baseline, both).median_s)

    each(seeds, check)


FOUND = settings(
    max_examples=60 if COMPILED else 6,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@FOUND
@given(odd=odd_cities())
def test_hypothesis_finds_no_city_where_the_twin_differs(odd: OddCity) -> None:
    require_equals_twin(odd)


@FOUND
@given(data=st.data())
def test_hypothesis_finds_no_inexact_rescore(data: st.DataObject) -> None:
    odd = data.draw(odd_cities())
    require_exact(odd, data.draw(odd_additions(odd)))


def oddities(odd: OddCity, addition: ServiceAddition) -> set[str]:
    """Return in words what is odd about a city and what is added to it."""
    network, window = build_network(odd.city, odd.window, odd.params), odd.window
    calls = [list(zip(*trip, strict=True)) for trip in odd.trips]
    timetable, links = odd.city.load_timetable("weekday"), np.diff(network.zone_stops.indptr)
    sequences = [tuple(call[0]) for call in calls]
    last_s = window.end_s + odd.params.max_travel_s
    n_trips = np.diff(timetable.pattern_trip_indptr)
    facts = {
        "loop": any(len(set(stops)) < len(stops) for stops in sequences),
        "zero-second hop": any(a == b for call in calls for a, b in zip(call[2][:-1], call[1][1:], strict=True)),
        "overtaking": timetable.n_patterns > len({(s, c[3], c[4]) for s, c in zip(sequences, calls, strict=True)}),
        "day before": bool(timetable.trip_is_previous_day.any()),
        "after midnight": any(call[1][-1] >= 86_400 for call in calls),
        "only on": any(not all(call[4][1:]) for call in calls),
        "only off": any(not all(call[3][:-1]) for call in calls),
        "zone without stops": bool((links == 0).any()),
        "zone with one stop": bool((links == 1).any()),
        "no transfers": len(network.transfers.to_ix) == 0,
        "one trip": bool((n_trips == 1).any()),
        "crosses the window's start": any(call[2][0] < window.start_s <= call[1][-1] for call in calls),
        "at the window's start": any(window.start_s in call[2] for call in calls),
        "after the window": any(window.end_s < call[2][0] <= last_s for call in calls),
        "at the last second": any(last_s - 60 in call[1] for call in calls),
        "two stops at one place": any((network.transfers.walk_s == 0).tolist()),
        "no trip at all": len(odd.trips) == 0,
        "one departure": window.n_departures == 1,
        "new stops": len(addition.new_stop_xy) > 0,
        "way back": len(addition.patterns) > 1
        and addition.patterns[0].stop_ix.tolist() == addition.patterns[1].stop_ix[::-1].tolist(),
        "more trips than lanes": any(len(pattern.arrival_s) > 128 for pattern in addition.patterns),
        "added only on or off": not all(p.may_board.all() and p.may_alight.all() for p in addition.patterns),
        "added trips at the same time": any((np.diff(p.departure_s[:, 0]) == 0).any() for p in addition.patterns),
    }
    return {word for word, holds in facts.items() if holds} | {f"of {len(facts)}"}


def test_seeds_are_odd_in_every_way() -> None:
    """Without this the tests above could pass on cities that are all alike."""
    n_seeds = 500
    seen = [
        oddities(odd, seeded_addition(seed, odd))
        for seed, odd in ((seed, seeded_city(seed)) for seed in range(n_seeds))
    ]
    words = set().union(*seen)
    (total,) = (int(word.split()[1]) for word in words if word.startswith("of "))
    assert len(words) - 1 == total, f"never seen: all but {sorted(words)}"
