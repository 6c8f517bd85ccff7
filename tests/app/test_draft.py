"""From typed text to a scenario, and from errors to a sentence."""

from __future__ import annotations

import pytest

from workbench.app.draft import build_scenario, describe_headway, one_sentence, read_headway_s
from workbench.app.state import DraftState
from workbench.errors import InputError, Level, Problem

LINE = ((-73.99, 40.7), (-73.98, 40.71))


@pytest.mark.parametrize(("text", "seconds"), [("10", 600), (" 7.5 ", 450), ("7,5", 450), ("0", 0), ("-3", -180)])
def test_minutes_are_read_as_people_type_them(text: str, seconds: int) -> None:
    assert read_headway_s(text) == seconds


@pytest.mark.parametrize("text", ["", "often", "nan", "inf", "1e99", "10 min"])
def test_what_is_no_number_of_minutes_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="must be a number of minutes from 1 to 120"):
        read_headway_s(text)


def test_a_route_without_a_name_gets_the_suggested_one() -> None:
    state = DraftState(points=LINE, headway_text="8")
    scenario = build_scenario(state, "Route A")
    assert (scenario.name, scenario.edits[0].name, scenario.edits[0].headway_s) == ("Route A", "Route A", 480)
    state.title = "  Utica\u202e Avenue "
    assert build_scenario(state, "Route A").name == "Utica Avenue"


def test_two_drawings_of_the_same_line_are_the_same_scenario() -> None:
    one = build_scenario(DraftState(points=LINE), "Route A")
    other = build_scenario(DraftState(points=LINE), "Route A")
    assert one.scenario_id == other.scenario_id


def test_many_problems_become_one_sentence() -> None:
    problems = [Problem(Level.ERROR, "x", f"fault {n}", "route 'A'") for n in range(4)]
    problems.append(Problem(Level.WARNING, "y", "only a warning"))
    assert one_sentence(InputError("long", problems=problems)) == "Fault 0; fault 1; and 2 more."
    assert one_sentence(InputError("the file\nis empty")) == "The file is empty."


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("10", "6 buses an hour each way"),
        ("60", "1 bus an hour each way"),
        ("7", "8.6 buses an hour each way"),
        ("0", ""),
        ("x", ""),
    ],
)
def test_a_headway_is_also_said_in_buses_an_hour(text: str, meaning: str) -> None:
    assert describe_headway(text) == meaning
