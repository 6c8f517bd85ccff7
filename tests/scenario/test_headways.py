import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tests.scenario.scenario_scenes import row_route
from workbench.scenario.headways import departures, trip_times
from workbench.scenario.running_time import N_HOURS


@given(
    st.integers(60, 7200),
    st.integers(0, 20 * 3600),
    st.integers(7200, 10 * 3600),
    st.integers(0, 99),
    st.integers(0, 1),
)
def test_departures_fill_the_span_from_a_phase_below_the_headway(headway_s, start_s, length_s, seed, direction):
    edit = row_route(headway_s=headway_s, span_start_s=start_s, span_end_s=start_s + length_s, seed=seed)
    times = departures(edit, direction)
    assert start_s <= times[0] < start_s + headway_s
    assert (np.diff(times) == headway_s).all()
    assert times[-1] < start_s + length_s <= times[-1] + headway_s  # the end is excluded, and no bus is missing


def test_the_same_seed_gives_the_same_buses_and_another_seed_others():
    first = departures(row_route(seed=1), 0)
    assert (departures(row_route(seed=1, name="Renamed", spacing_m=500.0), 0) == first).all()
    phases = {int(departures(row_route(seed=seed), 0)[0]) for seed in range(20)}
    assert len(phases) > 15
    assert departures(row_route(seed=1), 1)[0] != first[0]  # the other direction has its own phase


def test_the_luck_is_a_share_of_the_headway():
    # Common random numbers: half the headway, half the phase (rounded down to a second)
    start_s = row_route().span_start_s
    for seed in range(5):
        long = departures(row_route(seed=seed, headway_s=1200), 0)[0] - start_s
        short = departures(row_route(seed=seed, headway_s=600), 0)[0] - start_s
        assert long // 2 == short


def test_times_follow_length_and_speed_of_the_hour():
    # Two segments of 500 m: 5 m/s until 9 am, 10 m/s from then on.
    speed = np.full((2, N_HOURS), 5.0)
    speed[:, 9:] = 10.0
    start = np.array([8 * 3600, 9 * 3600 - 100, 9 * 3600], dtype=np.int32)
    times = trip_times(start, np.array([500.0, 500.0]), speed)
    assert (times - start[:, None]).tolist() == [[0, 100, 200], [0, 100, 150], [0, 50, 100]]


def test_a_faster_hour_never_lets_a_bus_overtake():
    # The 8:59:50 bus needs 1,000 s, the 9:00:00 bus would need 100 s: it follows the first.
    speed = np.full((1, N_HOURS), 1.0)
    speed[:, 9:] = 10.0
    times = trip_times(np.array([32_390, 32_400], dtype=np.int32), np.array([1000.0]), speed)
    assert times[:, 1].tolist() == [33_390, 33_390]


def test_stops_at_one_place_are_a_second_apart():
    assert trip_times(np.array([0], dtype=np.int32), np.array([0.0]), np.ones((1, N_HOURS)))[0].tolist() == [0, 1]
