import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.scenes import BLOCK_M, ORIGIN_X, ORIGIN_Y, GridCity
from workbench.city.streets.walking import StreetWalking
from workbench.network.addition import AddedPattern, ServiceAddition
from workbench.network.params import get_window
from workbench.scoring.measures.coverage import (
    blocks_near,
    coverage_measures,
    score_coverage,
    stop_departures,
    walking_source,
)
from workbench.scoring.params import ScoringParams

WINDOW = get_window("weekday-am")
PARAMS = ScoringParams()

# Walking on the grid: (1.25 x straight + |dx| + |dy|) / 2. One block along a street is 225 m, two blocks 450 m,
# one block and a corner (1.25 x 282.8 + 400) / 2 = 376.8 m. So 400 m reach the block, its sides and its corners.


def scene():
    """Zones 1 block away, at the corner, 2 blocks away, far away (1, 2, 4, 8 residents); old stops at column 30."""
    grid = GridCity()
    grid.zone("side", 11, 10).zone("corner", 11, 11).zone("two", 12, 10).zone("far", 30, 30)
    grid.stop("Old", 30, 30).stop("Older", 31, 30)
    return grid


def service(headway_s, *squares, n_new=2):
    """A new route of `n_new` stops at the squares, one direction, all day from 5 am."""
    start = np.arange(5 * 3600, 22 * 3600, headway_s, dtype=np.int32)
    times = start[:, None] + 60 * np.arange(n_new, dtype=np.int32)
    xy = np.array(squares, dtype=float) * BLOCK_M + [ORIGIN_X, ORIGIN_Y]
    pattern = AddedPattern("new", 0, np.arange(2, 2 + n_new, dtype=np.int32), times, times)
    return xy, ServiceAddition(xy, (pattern,))


def score(city, headway_s, *squares):
    xy, addition = service(headway_s, *squares)
    coverage = score_coverage(city, WINDOW, xy, addition, PARAMS)
    residents = city.blocks["residents"].to_numpy(dtype=float)
    return {key: measure.value for key, measure in coverage_measures(coverage, residents).items()}


def city_with_bus(headway_s=3600, **more):
    n_trips = 20 * 3600 // headway_s
    return scene().route("X", "Old Older", first_s=5 * 3600, headway_s=headway_s, n_trips=n_trips, **more).city()


def test_people_within_a_quarter_mile_walk_are_counted_once():
    # Two stops near the same blocks: side (1) and corner (2) count once each, two blocks are too far.
    assert score(city_with_bus(), 600, (10, 10), (10, 10.1))["residents_near_route"] == 3


def test_frequent_service_is_new_where_there_was_none():
    found = score(city_with_bus(), 600, (10, 10), (10, 10.1))
    assert (found["residents_new_every_10_min"], found["residents_new_every_15_min"]) == (3, 3)


@pytest.mark.parametrize(("headway_min", "every_10", "every_15"), [(10, 3, 3), (15, 0, 3), (20, 0, 0)])
def test_the_headway_decides_the_class(headway_min, every_10, every_15):
    found = score(city_with_bus(), headway_min * 60, (10, 10), (10, 10.1))
    assert (found["residents_new_every_10_min"], found["residents_new_every_15_min"]) == (every_10, every_15)


def test_frequent_service_that_was_there_is_not_new():
    city = city_with_bus(headway_s=600)  # the old bus at "far" runs every 10 min
    found = score(city, 600, (30, 30), (10, 10))
    assert found["residents_near_route"] == 8 + 3
    assert found["residents_new_every_10_min"] == 0  # the last stop of a one-way route cannot be boarded
    assert score(city, 600, (10, 10), (30, 30))["residents_new_every_10_min"] == 3


def test_departures_are_those_of_the_busiest_route_and_direction():
    # In 7 to 9 am: X every 30 min has 4 departures at Old; Y every 20 min has 6; they are not added.
    grid = scene().route("X", "Old Older", first_s=7 * 3600, headway_s=1800, n_trips=20)
    grid.route("Y", "Old Older", first_s=7 * 3600, headway_s=1200, n_trips=20)
    grid.route("Z", "Older Old", first_s=7 * 3600, headway_s=60, n_trips=3, no_board=frozenset(["Older"]))
    assert stop_departures(grid.city(), WINDOW).tolist() == [6, 0]


def test_patterns_of_one_route_and_direction_are_added():
    # Two patterns of X, one short: both serve Old.
    grid = scene().stop("Oldest", 32, 30)
    grid.route("X", "Old Older Oldest", first_s=7 * 3600, headway_s=1800, n_trips=20)
    grid.route("X", "Old Older", first_s=7 * 3600 + 900, headway_s=1800, n_trips=20)
    assert stop_departures(grid.city(), WINDOW).tolist() == [8, 4, 0]


def test_a_scenario_without_stops_covers_nobody():
    addition = ServiceAddition(np.zeros((0, 2)), ())
    coverage = score_coverage(city_with_bus(), WINDOW, np.zeros((0, 2)), addition, PARAMS)
    assert not coverage.near.any()
    assert not coverage.new_frequent.any()


def test_the_source_says_whether_walks_follow_real_streets():
    city = scene().route("X", "Old Older", first_s=7 * 3600, headway_s=1800, n_trips=20).city()
    assert walking_source(city) == "residents by tax lot, summed to blocks; estimated walking distance"
    real = dataclasses.replace(city, walking=StreetWalking(lambda: None, city.walking))
    assert "walking along real streets where known, estimated elsewhere" in walking_source(real)
    xy, addition = service(600, (10, 10), (10, 12))
    covered = score_coverage(city, WINDOW, xy, addition, PARAMS)
    told = dataclasses.replace(covered, source=walking_source(real))
    measures = coverage_measures(told, city.blocks["residents"].to_numpy(dtype=float))
    assert {one.source for one in measures.values()} == {walking_source(real)}


squares = st.lists(st.tuples(st.integers(0, 39), st.integers(0, 39)), max_size=6)


@given(squares, st.lists(st.sampled_from(range(4)), unique=True))
@settings(deadline=None, max_examples=60)
def test_looking_only_around_finds_all_that_looking_at_every_pair_finds(stops, rows):
    city = scene().city()
    xy = np.array(stops, dtype=float).reshape(-1, 2) * BLOCK_M + [ORIGIN_X, ORIGIN_Y]
    blocks = city.blocks[["x", "y"]].to_numpy(dtype=float)
    expected = np.zeros(len(blocks), dtype=bool)
    for row in rows:
        for x, y in xy:
            walk_m = city.walking.distance_m(blocks[[row], 0], blocks[[row], 1], np.array([x]), np.array([y]))[0]
            expected[row] |= walk_m <= 402.336
    found = blocks_near(city, np.array(sorted(rows), dtype=np.int64), xy, 402.336)
    assert found.tolist() == expected.tolist()
