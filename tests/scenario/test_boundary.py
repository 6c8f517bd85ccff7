import pytest

from tests.scenario.scenario_scenes import city, drawn, row_route
from workbench.scenario.boundary import check_inside, line_in_metres

# The grid city is a square from -1 to 40 in squares of 200 m; its margin is 250 m, 1.25 squares.


def codes(*squares):
    return [problem.code for problem in check_inside(row_route(line_lonlat=drawn(*squares)), city())]


def test_a_line_inside_or_in_the_margin_is_fine():
    assert codes((0, 0), (39, 39)) == []
    assert codes((-2, 0), (20, 0)) == []


def test_a_point_beyond_the_margin_is_outside():
    assert codes((-3, 0), (20, 0)) == ["line-outside"]


@pytest.mark.parametrize(("end", "expected"), [((1.4, 0), ["line-length"]), ((1.6, 0), [])])
def test_a_route_is_at_least_300_m_long(end, expected):
    assert codes((0, 0), end) == expected


def test_a_route_is_at_most_80_km_long():
    there_and_back = [(0, 0), (39, 0)] * 6  # 11 x 7.8 km
    problems = check_inside(row_route(line_lonlat=drawn(*there_and_back)), city())
    assert "85,800 m long, must be 300 m to 80 km" in problems[0].message


def test_metres_drop_points_that_repeat():
    line = drawn((0, 0), (0, 0), (20, 0), (20, 0))
    assert len(line_in_metres(line, "EPSG:32118")) == 2
    assert len(line_in_metres(line, "EPSG:32118", drop_repeats=False)) == 4
