import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.scenario.scenario_scenes import buses_of, city, drawn, row_route
from workbench.scenario import Scenario, apply_scenario
from workbench.scenario.drawn.headways import DRAWN, departures, phase_share, trip_times
from workbench.scenario.drawn.running_time import N_HOURS

seeds, directions, phases = st.integers(0, 2**31 - 1), st.integers(0, 1), st.integers(0, 29)
lucks = st.sampled_from([DRAWN, "M15", "B46", "Q44+"])


@given(st.integers(60, 7200), st.integers(0, 20 * 3600), st.integers(7200, 10 * 3600), seeds, lucks, directions, phases)
def test_departures_fill_the_span_from_a_phase_below_the_headway(
    headway_s, start_s, length_s, seed, luck, direction, phase
):
    times = departures(headway_s, start_s, start_s + length_s, seed=seed, luck=luck, direction=direction, phase=phase)
    assert start_s <= times[0] < start_s + headway_s
    assert (np.diff(times) == headway_s).all()
    assert times[-1] < start_s + length_s <= times[-1] + headway_s  # the end is excluded, and no bus is missing


@given(seeds, lucks, directions, st.integers(0, 2))
def test_ten_phases_fall_one_into_each_tenth_of_the_headway(seed, luck, direction, turn):
    shares = [phase_share(seed=seed, luck=luck, direction=direction, phase=10 * turn + k) for k in range(10)]
    assert all(0 <= share < 1 for share in shares)
    assert sorted(int(10 * share) for share in shares) == list(range(10))
    assert 0.45 <= np.mean(shares) <= 0.55  # each is at most a tenth above the foot of its tenth


def test_ten_phases_do_not_all_fall_on_the_same_second_of_the_minute():
    # With even steps of a tenth every bus of a 10-minute headway would leave at the same second after the full minute.
    seconds = {int(buses_of(row_route(headway_s=600), 0, phase)[0]) % 60 for phase in range(10)}
    assert len(seconds) > 5


def test_the_first_phase_is_that_of_the_live_card():
    # What people drew at the drawing table before there were ten phases: its routes have the id "proposed".
    rng = np.random.default_rng([7, 0xD552D944, 1])  # the CRC-32 of "proposed"
    assert phase_share(seed=7, luck="proposed", direction=1, phase=0) == rng.random()
    assert DRAWN == "proposed"


def test_the_same_seed_gives_the_same_buses_and_another_seed_others():
    first = buses_of(row_route(seed=1))
    assert (buses_of(row_route(seed=1, name="Renamed", spacing_m=500.0)) == first).all()
    assert len({int(buses_of(row_route(seed=seed))[0]) for seed in range(20)}) > 15
    assert buses_of(row_route(seed=1), 1)[0] != first[0]  # the other direction has its own phase


def test_the_luck_is_a_share_of_the_headway():
    # Common random numbers: half the headway, half the phase (rounded down to a second)
    start_s = row_route().span_start_s
    for seed in range(5):
        long = buses_of(row_route(seed=seed, headway_s=1200))[0] - start_s
        short = buses_of(row_route(seed=seed, headway_s=600))[0] - start_s
        assert long // 2 == short


def test_directions_do_not_keep_step_over_the_phases():
    # Were both moved alike, the distance between them would be the same in all ten timetables.
    apart = {round((buses_of(row_route(), 0, k)[0] - buses_of(row_route(), 1, k)[0]) / 60) % 10 for k in range(10)}
    assert len(apart) > 3


def patterns(phase, *edits):
    added = apply_scenario(Scenario("test", edits), city(), phase=phase).addition.patterns
    return {(pattern.route_id, pattern.direction): pattern.departure_s.tolist() for pattern in added}


@pytest.mark.parametrize("phase", [0, 1, 9])
def test_two_alternatives_that_share_a_route_have_the_same_buses_on_it(phase):
    shared = row_route(route_id="shared", seed=1)
    other = row_route(route_id="other", line_lonlat=drawn((0, 0), (0, 20)))
    both, alone = patterns(phase, other, shared), patterns(phase, shared)
    for direction in (0, 1):
        assert both["shared", direction] == alone["shared", direction]
    assert both["other", 0][0][0] != both["shared", 0][0][0]  # another seed: they do not keep step


@pytest.mark.parametrize("phase", [0, 1, 9])
def test_routes_drawn_apart_share_their_luck_whatever_their_ids(phase):
    one = patterns(phase, row_route(route_id="one"))
    longer = patterns(phase, row_route(route_id="longer", line_lonlat=drawn((0, 0), (0, 30))))
    for direction in (0, 1):
        first_stop = [trip[0] for trip in one["one", direction]]
        assert first_stop == [trip[0] for trip in longer["longer", direction]]


def test_routes_of_today_each_have_their_own_luck():
    shares = {phase_share(seed=0, luck=luck, direction=0, phase=3) for luck in (DRAWN, "M15", "B46")}
    assert len(shares) == 3


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


def test_routes_of_one_file_do_not_keep_step():
    lines = [{"type": "LineString", "coordinates": [list(place) for place in drawn((0, n), (20, n))]} for n in range(3)]
    features = [{"type": "Feature", "properties": {}, "geometry": line} for line in lines]
    features[2]["properties"] = {"seed": 7}
    edits = Scenario.from_geojson({"type": "FeatureCollection", "features": features}).edits
    assert [edit.seed for edit in edits] == [0, 1, 7]
    assert buses_of(edits[0])[0] != buses_of(edits[1])[0]
