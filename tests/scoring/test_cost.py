import numpy as np
import pytest

from workbench.network.params import get_window
from workbench.scoring.measures.cost import RouteOperation, service_measures
from workbench.scoring.params import ScoringParams

WINDOW = get_window("weekday-am")
PARAMS = ScoringParams()
HOUR = 3600


def trips(start_s, end_s, headway_s, run_s, n_stops=3):
    start = np.arange(start_s, end_s, headway_s, dtype=np.int32)
    run = np.linspace(0, run_s, n_stops).astype(np.int32)
    return start[:, None] + run[None, :]


def operation(times, *, headway_s=900, days=("weekday",), is_loop=False):
    return RouteOperation(10_000.0, 3, headway_s, days, times, times, is_loop)


def values(*routes, params=PARAMS):
    return {key: measure.value for key, measure in service_measures(routes, WINDOW, params).items()}


def test_a_round_trip_by_hand():
    # 55 min round trip (30 + 25) with 5 min rest at each end is a cycle of 65 min; every 15 min takes 5 buses.
    out, back = trips(7 * HOUR, 9 * HOUR, 900, 1800), trips(7 * HOUR, 9 * HOUR, 900, 1500)
    found = values(operation((out, back)))
    assert (found["running_time_out_min"], found["running_time_back_min"]) == (30.0, 25.0)
    assert (found["cycle_min"], found["buses_needed"], found["buses_with_spares"]) == (65.0, 5, 6)
    assert found["speed_kmh"] == 20.0  # 10 km in half an hour
    # 8 departures each way: 8 x 65 min = 520 min = 8.667 h a day, 255 weekdays
    assert found["revenue_hours_per_year"] == 2210
    assert found["revenue_km_per_year"] == 16 * 10 * 255
    assert found["cost_per_year"] == 2210 * 272
    assert (found["length_km"], found["n_stops"], found["stop_spacing_m"]) == (10.0, 3, 5000.0)


def test_the_price_is_a_range_and_says_what_it_is():
    cost = service_measures([operation((trips(7 * HOUR, 9 * HOUR, 900, 3000),) * 2)], WINDOW, PARAMS)["cost_per_year"]
    hours = 16 * (3000 + 300) * 255 / 3600
    assert (cost.low, cost.value, cost.high) == (round(hours * 215), round(hours * 272), round(hours * 300))
    assert "not what one more bus costs" in cost.uncertainty


@pytest.mark.parametrize(
    ("run_min", "layover_min"),
    [(20, 5), (50, 5), (60, 6), (100, 10)],  # 10%, but never below 5 min
)
def test_layover(run_min, layover_min):
    times = trips(7 * HOUR, 9 * HOUR, 900, 60 * run_min)
    assert values(operation((times, times)))["cycle_min"] == 2 * (run_min + layover_min)


def test_the_slowest_hour_decides_how_many_buses():
    slow, fast = trips(8 * HOUR, 9 * HOUR, 900, 3600), trips(20 * HOUR, 21 * HOUR, 900, 1800)
    times = np.vstack((slow, fast))
    found = values(operation((times, times)))
    assert (found["cycle_min"], found["buses_needed"]) == (132.0, 9)  # 2 x 66 min / 15 min = 8.8
    assert found["running_time_out_min"] == 60.0  # the window is 7 to 9 am


def test_exactly_divisible_cycles_need_no_extra_bus():
    times = trips(7 * HOUR, 9 * HOUR, 900, 1500)  # 2 x (25 + 5) = 60 = 4 x 15
    assert values(operation((times, times)))["buses_needed"] == 4


def test_a_one_way_route_pays_its_way_back_unless_it_is_a_loop():
    times = trips(7 * HOUR, 9 * HOUR, 900, 1500)
    one_way, loop = values(operation((times,))), values(operation((times,), is_loop=True))
    assert (one_way["cycle_min"], loop["cycle_min"]) == (60.0, 30.0)
    assert one_way["cost_per_year"] == pytest.approx(2 * loop["cost_per_year"], abs=1)
    assert one_way["running_time_back_min"] is None


def test_days_of_the_year_add_up():
    times = trips(7 * HOUR, 8 * HOUR, 3600, 3300)  # one trip of 55 min and 5.5 min rest
    hours = 60.5 / 60
    for days, n_days in ((("weekday",), 255), (("saturday",), 52), (("sunday",), 58)):
        found = values(operation((times,), days=days, is_loop=True))
        assert found["revenue_hours_per_year"] == round(hours * n_days)
    everything = values(operation((times,), days=("weekday", "saturday", "sunday"), is_loop=True))
    assert everything["revenue_hours_per_year"] == round(hours * 365)


def test_several_routes_add_up():
    times = trips(7 * HOUR, 9 * HOUR, 900, 1500)
    one, two = values(operation((times, times))), values(operation((times, times)), operation((times, times)))
    for key in ("length_km", "n_stops", "buses_needed", "revenue_hours_per_year", "cost_per_year"):
        assert two[key] == 2 * one[key]
    for key in ("running_time_out_min", "cycle_min", "stop_spacing_m", "speed_kmh"):
        assert two[key] == one[key]


def test_a_route_not_running_in_the_window_has_no_running_time_there():
    none = np.zeros((0, 3), dtype=np.int32)
    times = trips(7 * HOUR, 9 * HOUR, 900, 1500)
    route = RouteOperation(10_000.0, 3, 900, ("sunday",), (none, none), (times, times), is_loop=False)
    found = service_measures([route], WINDOW, PARAMS)
    assert found["running_time_out_min"].value is None
    assert found["running_time_out_min"].uncertainty == "no trip starts in the window"
    assert found["buses_needed"].value == 4


def test_no_route_costs_nothing():
    found = values()
    assert (found["cost_per_year"], found["buses_needed"], found["length_km"]) == (0, 0, 0.0)
    assert found["stop_spacing_m"] is None
