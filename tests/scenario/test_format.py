import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.scenario.scenario_scenes import row_route
from workbench.errors import InputError
from workbench.scenario import AddRoute, ChangeSpeed, Scenario
from workbench.scenario.edits import SERVICES, clean_text
from workbench.scenario.format import MAX_BYTES, parse_json

names = st.text(min_size=1, max_size=30).map(clean_text).filter(bool)
points = st.tuples(st.floats(-180, 180), st.floats(-90, 90))
edits = st.builds(
    AddRoute,
    route_id=names,
    name=names,
    line_lonlat=st.lists(points, min_size=2, max_size=6).map(tuple),
    headway_s=st.integers(60, 7200),
    span_start_s=st.integers(0, 10 * 3600),
    span_end_s=st.integers(12 * 3600, 30 * 3600),
    days=st.sampled_from([SERVICES, ("weekday",), ("saturday", "sunday")]),
    both_directions=st.booleans(),
    spacing_m=st.floats(100, 2000),
    snap_m=st.floats(0, 200),
    speed_factor=st.floats(0.25, 4),
    seed=st.integers(0, 1000),
)
scenarios = st.builds(
    Scenario, name=names, edits=st.lists(edits, max_size=3, unique_by=lambda edit: edit.route_id).map(tuple)
)


@given(scenarios)
@settings(deadline=None)
def test_our_json_read_back_is_the_same_scenario(scenario):
    text = json.dumps(scenario.to_json())
    assert Scenario.from_json(text) == scenario
    assert Scenario.from_json(text).scenario_id == scenario.scenario_id


@given(scenarios.filter(lambda scenario: scenario.edits))
@settings(deadline=None)
def test_geojson_read_back_is_the_same_scenario(scenario):
    assert Scenario.from_geojson(json.dumps(scenario.to_geojson())) == scenario


def test_the_id_depends_on_edits_but_not_on_the_scenarios_name():
    scenario = Scenario("one", (row_route(),))
    assert Scenario("two", (row_route(),)).scenario_id == scenario.scenario_id
    assert Scenario("one", (row_route(headway_s=480),)).scenario_id != scenario.scenario_id
    assert Scenario("one", (row_route(spacing_m=1000),)).scenario_id == scenario.scenario_id  # int and float alike


def test_the_id_does_not_change_from_release_to_release():
    edit = AddRoute("r", "Route", ((-73.9, 40.7), (-73.8, 40.7)))
    assert Scenario("any", (edit,)).scenario_id == "b99ce94e3db98068"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"format": "other"}, "its format must be 'assembly-lines-scenario'"),
        ({"format_version": 5}, "format_version is 5, this program reads 1 to 4"),
        ({"edits": "none"}, "edits are missing or not a list"),
        ({"edits": [1]}, "edit 1: it is not an object"),
        ({"edits": [{"kind": "close-street"}]}, "kind is 'close-street', must be one of add-route, remove-route"),
        ({"edits": [{"kind": "add-route"}] * 21}, "there are 21 new routes, at most 20"),
        ({"edits": [{"kind": "remove-route", "route_id": "R"}] * 201}, "there are 201 edits, at most 200"),
    ],
)
def test_a_scenario_of_another_shape_is_refused_in_words(change, words):
    data = Scenario("one", (row_route(),)).to_json() | change
    with pytest.raises(InputError, match=words.replace("(", r"\(")):
        Scenario.from_json(data)


OLD = Path(__file__).parents[1] / "data"


def test_a_file_of_version_1_is_read_as_it_was_written():
    scenario = Scenario.from_file(OLD / "scenario-version-1.json")
    (edit,) = scenario.edits
    assert isinstance(edit, AddRoute)
    assert (edit.name, edit.headway_s, len(edit.line_lonlat)) == ("14 Street shuttle", 480, 3)
    assert scenario.scenario_id == "e5c73e5a775b1a10"
    assert Scenario.from_json(scenario.to_json()) == scenario
    assert scenario.to_json()["format_version"] == 4


def test_a_file_of_version_2_is_read_as_it_was_written_and_keeps_its_id():
    scenario = Scenario.from_file(OLD / "scenario-version-2.json")
    assert [type(edit).__name__ for edit in scenario.edits] == [
        *("RemoveRoute", "RemoveTrips", "SetHeadway", "MoveStop", "RemoveStop", "AddStop", "Reroute", "ChangeSpeed")
    ]
    assert scenario.edits[-1] == ChangeSpeed(
        route_id="M15+", speed_factor=1.15, from_stop_id="405382", to_stop_id="401701"
    )
    assert scenario.scenario_id == "344d1fe57d87877d"  # as version 2 computed it
    assert Scenario.from_json(scenario.to_json()) == scenario


@pytest.mark.parametrize(("version", "kind"), [(1, "remove-route"), (2, "change-span"), (2, "all-door-boarding")])
def test_an_edit_that_a_version_did_not_know_is_refused(version, kind):
    data = {
        "format": "assembly-lines-scenario",
        "format_version": version,
        "edits": [{"kind": kind, "route_id": "B46"}],
    }
    with pytest.raises(InputError, match=f"kind is '{kind}', in format_version {version} it must be one of add-route"):
        Scenario.from_json(data)


def test_every_bad_field_of_every_edit_is_named_at_once():
    good = Scenario("one", (row_route(),)).to_json()["edits"][0]
    bad = [good | {"headway_s": "ten", "colour": "red"}, good | {"both_directions": 1, "seed": 1.5}]
    with pytest.raises(InputError) as caught:
        Scenario.from_json(Scenario("one").to_json() | {"edits": bad})
    text = str(caught.value)
    assert "edit 1: 'colour' is not a field of add-route" in text
    assert "edit 1: headway_s is 'ten', must be a number" in text
    assert "edit 2: both_directions is 1, must be true or false" in text
    assert "edit 2: seed is 1.5, must be a whole number" in text


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ("[" * 200_000, "json-depth"),
        ("[" * 21 + "]" * 21, "json-depth"),
        ('{"a": ' * 30 + "1" + "}" * 30, "json-depth"),
        (" " * (MAX_BYTES + 1), "text-size"),
        ("{", "json-invalid"),
        ("", "json-invalid"),
        ("9" * 5000, "json-invalid"),
        (b"\xff\xfe", "text-encoding"),
        ('"' + '\\"' * 400_000, "json-invalid"),  # quotes that never close: must be quick to refuse
    ],
)
def test_hostile_text_is_refused_with_one_sentence(data, code):
    with pytest.raises(InputError) as caught:
        parse_json(data)
    assert [problem.code for problem in caught.value.problems] == [code]
    assert "\n" not in str(caught.value)


def test_an_object_nested_too_deep_is_refused_like_its_text():
    nested: dict[str, object] = {}
    for _ in range(100_000):
        nested = {"a": nested}
    with pytest.raises(InputError, match="at most 20"):
        parse_json(nested)


def test_brackets_inside_strings_do_not_count_as_depth():
    assert parse_json('{"name": "' + "[" * 50 + '\\"["}') == {"name": "[" * 50 + '"['}


def test_files_are_told_apart_by_content(tmp_path):
    scenario = Scenario("Two ways", (row_route(),))
    ours, drawing = tmp_path / "a.json", tmp_path / "b.json"
    ours.write_text(json.dumps(scenario.to_json()))
    drawing.write_text("\ufeff" + json.dumps(scenario.to_geojson()), encoding="utf-8")
    assert Scenario.from_file(ours) == Scenario.from_file(drawing) == scenario


def test_a_file_that_is_missing_or_too_large_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"gone\.geojson: cannot be read"):
        Scenario.from_file(tmp_path / "gone.geojson")
    large = tmp_path / "large.geojson"
    large.write_bytes(b" " * (MAX_BYTES + 5))
    with pytest.raises(InputError, match="at most 1,000,000 are allowed"):
        Scenario.from_file(large)
