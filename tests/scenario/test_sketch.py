import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import box

from workbench.scenario.drawn.sketch import BusStops, place_stops

STRAIGHT = np.array([[0.0, 0.0], [1000.0, 0.0]])
NO_STOPS = BusStops(np.zeros(0, dtype=np.int32), np.zeros((0, 2)), ())


def stops(*places):
    """Bus stops numbered from 10: (x, y, name)."""
    rows = np.arange(10, 10 + len(places), dtype=np.int32)
    xy = np.array([place[:2] for place in places], dtype=float).reshape(-1, 2)
    return BusStops(rows, xy, tuple(place[2] for place in places))


def test_stops_are_spaced_evenly_and_both_ends_are_stops():
    placed = place_stops(STRAIGHT, NO_STOPS, spacing_m=300, snap_m=40)  # 1000 / 300 = 3.3, so 3 parts
    np.testing.assert_allclose(placed.along_m, [0, 333.333, 666.667, 1000], atol=0.001)
    assert placed.name == ("New stop 1", "New stop 2", "New stop 3", "New stop 4")
    assert placed.stop_ix.tolist() == [-1, -1, -1, -1]


def test_a_line_shorter_than_the_spacing_has_two_stops():
    assert place_stops(STRAIGHT, NO_STOPS, spacing_m=2000, snap_m=40).along_m.tolist() == [0, 1000]


def test_a_near_bus_stop_is_used_and_a_far_one_gives_its_name():
    near = stops((500.0, 30.0, "5 AV"), (1000.0, 90.0, "10 AV"), (0.0, 160.0, "FAR AV"))
    placed = place_stops(STRAIGHT, near, spacing_m=500, snap_m=40)
    assert placed.stop_ix.tolist() == [-1, 10, -1]
    assert placed.name == ("New stop 1", "5 AV", "near 10 AV")
    assert placed.xy[1].tolist() == [500.0, 30.0]  # people wait at the stop, not on the line
    assert placed.along_m.tolist() == [0, 500, 1000]  # the bus still runs along the line


@pytest.mark.parametrize(("distance_m", "expected"), [(40.0, 10), (40.1, -1)])
def test_the_snapping_distance_is_a_limit(distance_m, expected):
    placed = place_stops(STRAIGHT, stops((500.0, distance_m, "5 AV")), spacing_m=500, snap_m=40)
    assert placed.stop_ix[1] == expected


def test_two_neighbours_never_share_a_stop():
    # places at 0, 200, 400, ...; the stop at 300 is 100 m from two of them
    placed = place_stops(STRAIGHT, stops((300.0, 0.0, "3 AV")), spacing_m=200, snap_m=120)
    assert placed.stop_ix.tolist() == [-1, 10, -1, -1, -1]
    assert placed.along_m.tolist() == [0, 200, 600, 800, 1000]


def test_the_end_stays_where_it_shares_a_stop_with_its_neighbour():
    placed = place_stops(STRAIGHT, stops((900.0, 0.0, "9 AV")), spacing_m=200, snap_m=120)
    assert placed.along_m.tolist() == [0, 200, 400, 600, 1000]
    assert placed.stop_ix.tolist() == [-1, -1, -1, -1, 10]


def test_a_short_line_with_one_stop_near_both_ends_keeps_two_stops():
    line = np.array([[0.0, 0.0], [300.0, 0.0]])
    placed = place_stops(line, stops((150.0, 0.0, "MID")), spacing_m=2000, snap_m=200)
    assert placed.stop_ix.tolist() == [10, -1]
    assert placed.xy.tolist() == [[150.0, 0.0], [300.0, 0.0]]


def test_no_new_stop_on_water_but_existing_ones_and_ends_remain():
    land = box(-10, -10, 250, 10)
    placed = place_stops(STRAIGHT, stops((600.0, 0.0, "ISLAND")), spacing_m=200, snap_m=40, land=land)
    assert placed.along_m.tolist() == [0, 200, 600, 1000]


def test_a_loop_may_end_at_its_first_stop():
    square = np.array([[0, 0], [500, 0], [500, 500], [0, 500], [0, 0]], dtype=float)
    placed = place_stops(square, stops((0.0, 0.0, "START")), spacing_m=500, snap_m=40)
    assert placed.stop_ix.tolist() == [10, -1, -1, -1, 10]


coordinate = st.floats(-5000, 5000)


@given(
    st.lists(st.tuples(coordinate, coordinate), min_size=2, max_size=8, unique=True),
    st.lists(st.tuples(coordinate, coordinate), max_size=20),
    st.floats(100, 2000),
    st.floats(0, 200),
)
@settings(deadline=None)
def test_laws_of_placing(line, existing, spacing_m, snap_m):
    line_xy = np.array(line)
    length_m = float(np.hypot(*np.diff(line_xy, axis=0).T).sum())
    placed = place_stops(line_xy, stops(*[(x, y, "S") for x, y in existing]), spacing_m=spacing_m, snap_m=snap_m)
    assert len(placed.name) == len(placed.xy) == len(placed.stop_ix) >= 2
    assert placed.along_m[0] == 0
    assert placed.along_m[-1] == pytest.approx(length_m)
    assert (np.diff(placed.along_m) > 0).all() or length_m < 1e-6
    used = placed.stop_ix[placed.stop_ix >= 0]
    both = (placed.stop_ix[1:] >= 0) & (placed.stop_ix[:-1] >= 0)
    assert not (both & (np.diff(placed.stop_ix) == 0)).any()
    assert set(used.tolist()) <= set(range(10, 10 + len(existing)))
