import dataclasses

import pytest

from tests.scenario.scenario_scenes import row_route
from workbench.scenario import check_edit
from workbench.scenario.edits import MAX_NAME_LENGTH, MAX_VERTICES, clean_text


def only_problem(edit):
    problems = check_edit(edit)
    assert len(problems) == 1, problems
    return problems[0]


def test_a_sound_edit_has_no_problem():
    assert check_edit(row_route()) == []


def test_an_edit_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        row_route().headway_s = 5


@pytest.mark.parametrize(
    ("values", "code", "words"),
    [
        ({"headway_s": 0}, "headway-range", "headway is 0 min, must be 1 to 120 min"),
        ({"headway_s": 59}, "headway-range", "must be 1 to 120 min"),
        ({"headway_s": 7201, "span_end_s": 30 * 3600}, "headway-range", "must be 1 to 120 min"),
        ({"headway_s": -600}, "headway-range", "headway is -10 min"),
        ({"spacing_m": 99.0}, "spacing-range", "stop spacing is 99 m, must be 100 to 2000 m"),
        ({"spacing_m": 2001.0}, "spacing-range", "must be 100 to 2000 m"),
        ({"spacing_m": float("nan")}, "spacing-range", "stop spacing is nan m"),
        ({"speed_factor": 0.0}, "speed-range", "speed factor is 0, must be 0.25 to 4"),
        ({"snap_m": -1.0}, "snap-range", "must be 0 to 200 m"),
        ({"seed": -1}, "seed-range", "seed is -1"),
        ({"span_start_s": 8 * 3600, "span_end_s": 7 * 3600}, "span-range", "must start before it ends"),
        ({"span_end_s": 31 * 3600}, "span-range", "within 0 to 30 h"),
        ({"span_start_s": 0, "span_end_s": 300}, "span-short", "5 min, shorter than the headway of 10 min"),
        ({"days": ()}, "days-unknown", "days are none"),
        ({"days": ("weekday", "friday")}, "days-unknown", "days are weekday, friday"),
        ({"days": ("sunday", "sunday")}, "days-unknown", "each once"),
        ({"name": ""}, "name-empty", "its name is empty"),
        ({"route_id": ""}, "name-empty", "its id is empty"),
        ({"name": "x" * (MAX_NAME_LENGTH + 1)}, "name-long", "has 81 characters, at most 80"),
        ({"name": "a\x07b"}, "name-characters", "characters that are not text"),
        ({"line_lonlat": ()}, "line-points", "no points"),
        ({"line_lonlat": ((-73.9, 40.7),)}, "line-points", "the line has 1 point, a route needs at least 2"),
        ({"line_lonlat": ((-73.9, 40.7),) * (MAX_VERTICES + 1)}, "line-points", "5,001 points, at most 5,000"),
        ({"line_lonlat": ((-73.9, 40.7), (float("inf"), 40.7))}, "coordinate-not-finite", "point 2"),
    ],
)
def test_each_bad_value_is_named_with_its_limit(values, code, words):
    problem = only_problem(row_route(**values))
    assert problem.code == code
    assert words in problem.message
    assert problem.where.startswith("route ")


def test_all_problems_are_reported_at_once():
    codes = {problem.code for problem in check_edit(row_route(headway_s=0, spacing_m=5.0, name="", line_lonlat=()))}
    assert codes == {"headway-range", "spacing-range", "name-empty", "line-points"}


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("  Utica\n\tAvenue ", "Utica Avenue"),
        ("a\x00b\x1bc", "abc"),
        ("safe\u202egnp.exe", "safegnp.exe"),
        ("\ufeffRuta 5", "Ruta 5"),
        ("বাস ১২", "বাস ১২"),
        ("بس\u200cرو", "بس\u200cرو"),  # a joiner that Urdu and Persian need stays
        ("\ud800x", "x"),
        ("<b>bold</b>", "<b>bold</b>"),  # text stays text; whoever shows it escapes it
    ],
)
def test_names_become_one_line_of_text(raw, clean):
    assert clean_text(raw) == clean
