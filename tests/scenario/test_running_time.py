import numpy as np
import pytest

from tests.scenes import BLOCK_M, ORIGIN_X, ORIGIN_Y, GridCity
from workbench.scenario.drawn.running_time import (
    DEFAULT_SPEED_MPS,
    N_HOURS,
    SPEED_WORDS,
    Segments,
    SpeedSource,
    hop_speeds,
    segment_speeds,
)


def segment(column, row, way):
    middle = np.array([[ORIGIN_X + column * BLOCK_M, ORIGIN_Y + row * BLOCK_M]])
    return Segments(np.array([200.0]), middle, np.array([way], dtype=float))


EAST, WEST, NORTH = (1, 0), (-1, 0), (0, 1)


def street_city():
    """On row 0 of the west half: eastbound 40 s a block (5 m/s), westbound 50 s (4 m/s), 8 to 10 am only."""
    scene = GridCity().zone("west", 5, 0).zone("east", 35, 0)
    scene.stop("A", 0, 0).stop("B", 1, 0).stop("C", 2, 0)
    scene.route("E", "A B C", first_s=8 * 3600, headway_s=600, n_trips=12, hop_s=40)
    scene.route("W", "C B A", first_s=8 * 3600, headway_s=600, n_trips=12, hop_s=50, direction=1)
    return scene.city()


def speed_at(city, hour, *where):
    speed, source = segment_speeds(hop_speeds(city, "weekday"), segment(*where))
    return pytest.approx(float(speed[0, hour])), SpeedSource(source[0, hour])


def test_a_bus_the_same_way_tells_the_speed():
    assert speed_at(street_city(), 8, 0.5, 0, EAST) == (5.0, SpeedSource.SAME_WAY)
    assert speed_at(street_city(), 8, 0.5, 0, WEST) == (4.0, SpeedSource.SAME_WAY)


def test_a_bus_in_another_direction_is_second_choice():
    # Both ways together: 12 trips in 2 hops of 200 m each way: 400 m in 40 + 50 s for each pair of trips
    assert speed_at(street_city(), 8, 0.5, 0, NORTH) == (400 / 90, SpeedSource.NEAR)


def test_the_way_may_differ_by_35_degrees():
    for degrees, source in ((34, SpeedSource.SAME_WAY), (36, SpeedSource.NEAR)):
        angle = np.radians(degrees)
        assert speed_at(street_city(), 8, 0.5, 0, (np.cos(angle), np.sin(angle)))[1] is source


def test_beyond_250_m_the_borough_answers():
    # Middles of hops at columns 0.5 and 1.5; 1.2 rows are 240 m, 1.3 rows 260 m.
    assert speed_at(street_city(), 8, 0.5, 1.2, EAST)[1] is SpeedSource.SAME_WAY
    speed, source = speed_at(street_city(), 8, 0.5, 1.3, EAST)
    assert source is SpeedSource.BOROUGH
    assert speed in (4.0, 5.0)  # half of the trips run each speed: the lower median


def test_an_hour_without_buses_takes_the_boroughs_day():
    speed, source = speed_at(street_city(), 3, 0.5, 0, EAST)
    assert source is SpeedSource.BOROUGH
    assert speed == 4.0  # the median hour; every hour has the median 4


def test_a_borough_without_buses_takes_the_citys():
    assert speed_at(street_city(), 8, 35, 0, EAST)[1] is SpeedSource.CITY


def test_only_a_city_without_buses_needs_the_parameter():
    scene = GridCity().zone("west", 5, 0).stop("A", 0, 0).stop("B", 1, 0)
    scene.route("T", "A B", first_s=0, headway_s=600, n_trips=1, mode="subway")
    assert speed_at(scene.city(), 8, 0.5, 0, EAST) == (DEFAULT_SPEED_MPS, SpeedSource.PARAMETER)


def test_speed_follows_the_hour():
    scene = GridCity().zone("west", 5, 0).stop("A", 0, 0).stop("B", 1, 0)
    scene.route("slow", "A B", first_s=8 * 3600, headway_s=600, n_trips=6, hop_s=50)
    scene.route("fast", "A B", first_s=22 * 3600, headway_s=600, n_trips=6, hop_s=25)
    assert speed_at(scene.city(), 8, 0.5, 0, EAST) == (4.0, SpeedSource.SAME_WAY)
    assert speed_at(scene.city(), 22, 0.5, 0, EAST) == (8.0, SpeedSource.SAME_WAY)


def test_time_at_stops_is_inside_the_speed():
    # 40 s a hop and 10 s at each way stop: A to B 50 s from departure to departure, B to C (the last) 40 s.
    scene = GridCity().zone("west", 5, 0).stop("A", 0, 0).stop("B", 1, 0).stop("C", 2, 0)
    scene.route("E", "A B C", first_s=8 * 3600, headway_s=600, n_trips=6, hop_s=40, dwell_s=10)
    speeds = hop_speeds(scene.city(), "weekday")
    assert speeds.total_s[:, 8].tolist() == [300.0, 240.0]


def test_express_hops_and_impossible_speeds_are_left_out():
    scene = GridCity().zone("west", 5, 0).stop("A", 0, 0).stop("B", 8, 0).stop("C", 9, 0)
    scene.route("express", "A B", first_s=8 * 3600, headway_s=600, n_trips=6, hop_s=100)  # 1,600 m
    scene.route("rocket", "B C", first_s=8 * 3600, headway_s=600, n_trips=6, hop_s=5)  # 40 m/s
    assert len(hop_speeds(scene.city(), "weekday").distance_m) == 0


def test_speeds_are_computed_once_for_a_city():
    city = street_city()
    assert hop_speeds(city, "weekday") is hop_speeds(city, "weekday")
    assert hop_speeds(city, "weekday").n_trips.shape[1] == N_HOURS


def test_the_other_direction_is_the_same_street_backwards():
    there = Segments(np.array([1.0, 2.0]), np.array([[0.0, 0.0], [5.0, 0.0]]), np.array([[1.0, 0.0], [0.0, 1.0]]))
    back = there.reversed()
    assert back.length_m.tolist() == [2.0, 1.0]
    assert back.middle_xy.tolist() == [[5.0, 0.0], [0.0, 0.0]]
    assert back.way.tolist() == [[0.0, -1.0], [-1.0, 0.0]]


def test_every_source_has_words():
    assert set(SPEED_WORDS) == set(SpeedSource)
