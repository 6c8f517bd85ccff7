"""What parts are worth, on the city of three zones and with the real engine; checked against scoring the rest by itself."""

import re
from pathlib import Path

import numpy as np
import pytest

from tests.scenario.scenario_scenes import drawn, far_bus_city, row_route
from workbench.evaluate import evaluate, prepare
from workbench.network import AddedPattern, ServiceAddition, rescore, search_sample
from workbench.parts import cut_evenly, cut_ways, score_parts, without_stretch
from workbench.scenario import RemoveRoute, Scenario, apply_scenario

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def city():
    return far_bus_city().city()


@pytest.fixture(scope="module")
def baseline(city, tmp_path_factory):
    return prepare(city, cache_dir=tmp_path_factory.mktemp("cache"))


def parts_of(city, baseline, *edits, phases=1, n_segments=6):
    scenario = Scenario("test", edits)
    card = evaluate(city, scenario, baseline=baseline, phases=phases)
    return card, score_parts(city, scenario, card, baseline=baseline, n_segments=n_segments).parts


def minutes_of(card_or_part):
    measures = getattr(card_or_part, "measures", None) or card_or_part.travel_time
    return measures["person_minutes_per_day"].value


def test_a_route_is_worth_what_is_missing_without_it(city, baseline):
    one = row_route(line_lonlat=drawn((0, 0), (10, 0)))
    two = row_route(route_id="two", name="Second", line_lonlat=drawn((10, 0), (20, 0)), headway_s=720)
    whole, parts = parts_of(city, baseline, one, two, n_segments=1)
    assert [(part.kind, part.name) for part in parts] == [("route", "Row Zero"), ("route", "Second")]
    for part, rest in zip(parts, (two, one), strict=True):
        alone = evaluate(city, Scenario("rest", (rest,)), baseline=baseline)
        assert minutes_of(part) == minutes_of(whole) - minutes_of(alone)
        assert (
            part.measures["cost_per_year"].value
            == whole.service["cost_per_year"].value - alone.service["cost_per_year"].value
        )
        assert part.share == round(minutes_of(part) / minutes_of(whole), 4)
    # each alone serves one pair; the trip from home to far needs both, so together they are worth more than the whole
    assert sum(part.share for part in parts) > 1


def test_stretches_of_a_route_by_hand(city, baseline):
    # Stops at 0, 1, 2, 3, 4 km; home at the first, mid at the third, far at the last (1, 2, 4 residents).
    whole, parts = parts_of(city, baseline, row_route(), n_segments=2)
    assert [(part.kind, part.name.split(": ")[1]) for part in parts] == [
        ("segment", "New stop 1 to New stop 3"),
        ("segment", "New stop 3 to New stop 5"),
    ]
    # Without the first half the bus runs from mid to far only: what a route drawn there would do.
    later = evaluate(city, Scenario("half", (row_route(line_lonlat=drawn((10, 0), (20, 0))),)), baseline=baseline)
    assert minutes_of(parts[0]) == pytest.approx(minutes_of(whole) - minutes_of(later), rel=0.01)
    # home has no stop then, its one resident does not count as near; mid keeps its stop
    assert parts[0].measures["residents_near_route"].value == 1
    assert parts[1].measures["residents_near_route"].value == 4
    assert all(0 < part.share < 1 for part in parts)


def test_with_ten_timetables_a_part_has_a_spread(city, baseline):
    _, parts = parts_of(city, baseline, row_route(headway_s=540), phases=3, n_segments=2)
    for part in parts:
        assert part.measures["person_minutes_per_day"].spread > 0
        assert part.measures["residents_near_route"].spread == 0


def test_a_single_route_has_stretches_only_and_none_if_none_are_wanted(city, baseline):
    _, parts = parts_of(city, baseline, row_route())
    assert {part.kind for part in parts} == {"segment"}
    assert len(parts) == 4  # four hops
    assert parts_of(city, baseline, row_route(), n_segments=1)[1] == ()


def test_a_change_of_today_is_a_part_too(tmp_path):
    scene = far_bus_city().stop("home stop", 0, 0).stop("far stop", 20, 0)
    scene.route("slow", ["home stop", "far stop"], first_s=5 * 3600, headway_s=600, n_trips=100, hop_s=2000)
    city = scene.city()
    baseline = prepare(city, cache_dir=tmp_path)
    _, parts = parts_of(city, baseline, RemoveRoute(route_id="slow"), row_route(), n_segments=1)
    assert [(part.kind, part.name) for part in parts] == [("change", "the change of slow"), ("route", "Row Zero")]
    assert parts[0].measures["cost_per_year"].value < 0


def pattern(direction, n_stops):
    times = np.arange(n_stops, dtype=np.int32)[None, :] * 60
    stops = np.arange(n_stops, dtype=np.int32)
    return AddedPattern("r", direction, stops if direction == 0 else stops[::-1].copy(), times, times)


def test_nobody_rides_over_a_cut():
    addition = ServiceAddition(np.zeros((0, 2)), (pattern(0, 5), pattern(1, 5)))
    cut = without_stretch(addition, "r", ((1, 3), (1, 3)))
    assert [one.stop_ix.tolist() for one in cut.patterns] == [[0, 1], [3, 4], [4, 3], [1, 0]]
    assert [one.arrival_s[0].tolist() for one in cut.patterns] == [[0, 60], [180, 240], [0, 60], [180, 240]]
    short = without_stretch(addition, "r", ((0, 3), (1, 4)))
    assert [one.stop_ix.tolist() for one in short.patterns] == [[3, 4], [4, 3]]
    assert without_stretch(addition, "other", ((0, 3), (1, 4))).patterns == addition.patterns


@pytest.mark.parametrize(
    ("along", "n_parts", "cuts"),
    [
        ([0, 100, 200, 300, 400], 2, [(0, 2), (2, 4)]),
        ([0, 10, 20, 30, 400], 2, [(0, 3), (3, 4)]),  # as near to the middle as there is a stop
        ([0, 100], 6, []),
        ([0, 1, 2, 1000], 6, [(0, 1), (1, 2), (2, 3)]),
    ],
)
def test_a_route_is_cut_at_stops(along, n_parts, cuts):
    assert cut_evenly(np.array(along, dtype=float), n_parts) == cuts


def test_a_cut_route_is_exact(city, baseline):
    applied = apply_scenario(Scenario("test", (row_route(headway_s=540),)), city)
    origins = np.arange(city.n_zones, dtype=np.int32)
    for first, last in ((0, 1), (1, 2), (1, 3), (2, 4)):
        cut = without_stretch(applied.addition, "new-1", ((first, last), (4 - last, 4 - first)))
        result = rescore(baseline, cut).median_s
        np.testing.assert_array_equal(result, search_sample(baseline, cut, origins))
        assert (result >= rescore(baseline, applied.addition).median_s).all()


def test_a_way_back_of_its_own_is_cut_along_its_own_stops(city, baseline):
    back = drawn((20, 0), (20, 5), (0, 5), (0, 0))  # 6,000 m: a stop every 1,000 m, 7 stops
    applied = apply_scenario(Scenario("test", (row_route(line_back_lonlat=back),)), city)
    (route,) = applied.routes
    assert cut_ways(route, 2) == [((0, 2), (3, 6)), ((2, 4), (0, 3))]
    assert len(cut_ways(route, 9)) == 4  # as many as the way with fewer stops has hops
    origins = np.arange(city.n_zones, dtype=np.int32)
    for ends in cut_ways(route, 2):
        cut = without_stretch(applied.addition, "new-1", ends)
        result = rescore(baseline, cut).median_s
        np.testing.assert_array_equal(result, search_sample(baseline, cut, origins))
        assert (result != rescore(baseline, applied.addition).median_s).any()


@pytest.mark.city
def test_the_python_example_of_the_page_runs(nyc_baseline, monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    (example,) = re.findall(r"```python\n(.*?)```", (ROOT / "docs/indicators/parts.md").read_text(), re.DOTALL)
    exec(compile(example, "parts.md", "exec"), {})
    assert len(re.findall(r"^\d+% North Shore", capsys.readouterr().out, re.MULTILINE)) == 6


@pytest.mark.city
def test_stretches_of_a_real_route_equal_a_full_search(nyc_baseline):
    city = nyc_baseline.city
    applied = apply_scenario(Scenario.from_file(ROOT / "examples/north-shore.geojson", city=city), city)
    (route,) = applied.routes
    cut = without_stretch(applied.addition, route.edit.route_id, cut_ways(route, 4)[1])
    result = rescore(nyc_baseline, cut).median_s
    changed = np.flatnonzero((result != nyc_baseline.median_s).any(axis=1))
    origins = changed[:: max(1, len(changed) // 25)].astype(np.int32)
    np.testing.assert_array_equal(result[origins], search_sample(nyc_baseline, cut, origins))
