import numpy as np
import pytest

from tests.scenario.scenario_scenes import buses_of, city, drawn, far_bus_city, row_route
from workbench.errors import Level, ScenarioError
from workbench.scenario import Scenario, apply_scenario
from workbench.scenario.drawn.running_time import SpeedSource


def test_an_empty_scenario_adds_nothing():
    applied = apply_scenario(Scenario("nothing"), city())
    assert (applied.addition.patterns, applied.routes, applied.problems) == ((), (), ())
    assert applied.addition.new_stop_xy.shape == (0, 2)


def test_a_route_gets_stops_trips_and_both_directions():
    # 4,000 m, a stop every 1,000 m; the only bus runs 4 m/s, so every hop takes 250 s.
    edit = row_route()
    applied = apply_scenario(Scenario("one", (edit,)), city())
    there, back = applied.addition.patterns
    assert there.stop_ix.tolist() == [2, 3, 4, 5, 6]  # the city has stops 0 and 1
    assert back.stop_ix.tolist() == [6, 5, 4, 3, 2]
    np.testing.assert_allclose(np.diff(applied.addition.new_stop_xy[:, 0]), 1000.0, atol=1e-6)
    assert (there.departure_s[:, 0] == buses_of(edit, 0)).all()
    assert (np.diff(there.arrival_s, axis=1) == 250).all()
    assert (back.departure_s[:, 0] == buses_of(edit, 1)).all()
    assert len(there.departure_s) == 96  # 16 h, every 10 min
    assert applied.routes[0].length_m == pytest.approx(4000)


def test_one_way_speed_factor_and_days():
    edit = row_route(both_directions=False, speed_factor=1.25, days=("weekday",))
    applied = apply_scenario(Scenario("one", (edit,)), city())
    assert len(applied.addition.patterns) == 1
    assert (np.diff(applied.addition.patterns[0].arrival_s, axis=1) == 200).all()  # 1000 m at 5 m/s


def test_a_route_that_does_not_run_on_the_day_adds_nothing_and_says_so():
    applied = apply_scenario(Scenario("one", (row_route(days=("sunday",)),)), city(), service="weekday")
    assert applied.addition.patterns == ()
    assert "not-running" in [problem.code for problem in applied.problems]
    assert applied.routes[0].cost_service == "sunday"
    assert len(applied.routes[0].cost_times_s[0]) == 96


def test_existing_bus_stops_are_used_and_trains_are_not():
    scene = far_bus_city()
    scene.stop("mid stop", 10, 0.1).stop("platform", 5, 0)
    grid = scene.city()
    grid.stops.loc[grid.stops["stop_id"] == "platform", "mode"] = "subway"
    applied = apply_scenario(Scenario("one", (row_route(),)), grid)
    assert applied.routes[0].stops.stop_ix.tolist() == [4, 5, 2, 6, 7]
    assert applied.routes[0].stops.name[2] == "mid stop"
    assert len(applied.addition.new_stop_xy) == 4


def test_a_later_route_uses_new_stops_of_an_earlier_one():
    second = row_route(route_id="new-2", name="Column Ten", line_lonlat=drawn((10, 0), (10, 20)))
    applied = apply_scenario(Scenario("two", (row_route(), second)), city())
    assert applied.routes[0].stops.stop_ix.tolist() == [2, 3, 4, 5, 6]
    assert applied.routes[1].stops.stop_ix.tolist() == [4, 7, 8, 9, 10]
    assert len(applied.addition.new_stop_xy) == 9


def test_leaving_a_route_out_does_not_move_the_buses_of_the_other():
    first, second = row_route(route_id="a"), row_route(route_id="b")
    both = apply_scenario(Scenario("two", (first, second)), city())
    alone = apply_scenario(Scenario("one", (second,)), city())
    assert (both.routes[1].times_s[0] == alone.routes[0].times_s[0]).all()


def test_the_city_is_not_touched():
    grid = city()
    before = grid.stops.copy()
    apply_scenario(Scenario("one", (row_route(),)), grid)
    assert grid.stops.equals(before)


def test_speed_from_afar_is_a_warning():
    applied = apply_scenario(Scenario("one", (row_route(),)), city())
    # Middles of segments at 500, 1500, 2500, 3500 m; the last is nearest to "far", in the borough without any bus.
    assert applied.routes[0].speed_share == {SpeedSource.BOROUGH: 0.75, SpeedSource.CITY: 0.25}
    assert [problem.code for problem in applied.problems] == ["speed-borrowed"]
    assert applied.problems[0].level is Level.WARNING
    assert "100% of its length has no bus nearby" in applied.problems[0].message


def test_every_problem_of_every_edit_is_raised_at_once():
    scenario = Scenario(
        "bad",
        (
            row_route(route_id="X", headway_s=0),
            row_route(route_id="a", line_lonlat=((-74.5, 40.7), (-74.4, 40.7))),
            row_route(route_id="a", line_lonlat=()),
        ),
    )
    with pytest.raises(ScenarioError) as caught:
        apply_scenario(scenario, city())
    codes = [problem.code for problem in caught.value.problems]
    assert codes == ["headway-range", "route-exists", "line-outside", "line-points", "route-twice"]
    assert str(caught.value).count("\n") == 4
