import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.scenario.scenario_scenes import city, drawn, row_route
from workbench.errors import InputError
from workbench.scenario import AddRoute, Scenario

LINE = [list(point) for point in drawn((0, 0), (20, 0))]


def feature(coordinates=None, kind="LineString", **properties):
    geometry = {"type": kind, "coordinates": LINE if coordinates is None else coordinates}
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def refused(data):
    with pytest.raises(InputError) as caught:
        Scenario.from_geojson(data, city=city())
    assert "Traceback" not in str(caught.value)
    return caught.value


def test_a_bare_line_gets_every_default():
    scenario = Scenario.from_geojson({"type": "LineString", "coordinates": LINE}, city=city())
    assert scenario.edits == (AddRoute("new-1", "Route 1", tuple(map(tuple, LINE))),)
    assert scenario.name == "Route 1"


def test_properties_are_read_with_their_units():
    properties = {
        "name": " Row\tZero ",
        "headway_min": 7.5,
        "spacing_ft": 1000,
        "span_start": "05:30",
        "span_end": "25:00",
    }
    edit = Scenario.from_geojson(feature(**properties), city=city()).edits[0]
    assert (edit.name, edit.headway_s, edit.spacing_m) == ("Row Zero", 450, 304.8)
    assert (edit.span_start_s, edit.span_end_s) == (19_800, 90_000)


def test_the_collections_name_names_the_scenario():
    data = {"type": "FeatureCollection", "name": "Package", "features": [feature(), feature()]}
    scenario = Scenario.from_geojson(data, city=city())
    assert scenario.name == "Package"
    assert [edit.route_id for edit in scenario.edits] == ["new-1", "new-2"]


def test_a_height_beside_each_point_is_dropped():
    with_height = [[*point, 12.0] for point in LINE]
    assert Scenario.from_geojson(feature(with_height)).edits[0].line_lonlat == tuple(map(tuple, LINE))


@pytest.mark.parametrize(
    ("data", "code", "words"),
    [
        ("not json", "json-invalid", "this is not valid JSON"),
        ("[]", "geojson-type", "this is JSON but not GeoJSON"),
        ('{"a": 1}', "geojson-type", "this is JSON but not GeoJSON"),
        ({"type": "Topology"}, "geojson-type", "type is 'Topology', must be FeatureCollection or Feature"),
        ({"type": "FeatureCollection", "features": []}, "geojson-empty", "holds no route"),
        ({"type": "FeatureCollection", "features": [7]}, "geojson-type", "feature 1: it is not a GeoJSON Feature"),
        ({"type": "Feature", "geometry": None}, "geometry-missing", "it has no geometry"),
        (feature([[[0, 0]]], "Polygon"), "geometry-type", "its geometry is Polygon, must be LineString"),
        (feature([LINE], "MultiLineString"), "geometry-type", "its geometry is MultiLineString"),
        (feature([LINE[0]]), "line-points", "the line has 1 point, a route needs at least 2"),
        (feature([]), "line-points", "the line has no points"),
        (feature(LINE * 5000), "line-points", "the line has 10,000 points, at most 5,000 are allowed"),
        (feature(["here", "there"]), "coordinates-shape", "point 1 is 'here', must be [longitude, latitude]"),
        (feature({"x": 1}), "coordinates-shape", "must be a list of points"),
        (feature([LINE[0], [None, 40.7]]), "coordinate-not-finite", "point 2"),
        (feature([LINE[0], [True, 40.7]]), "coordinate-not-finite", "point 2"),
        (feature([LINE[0], [10**400, 40.7]]), "coordinate-not-finite", "must be ordinary finite numbers"),
        (feature(headway_min=0), "headway-range", "headway is 0 min, must be 1 to 120 min"),
        (feature(headway_min="ten"), "value-type", "headway_min is 'ten', must be a number"),
        (feature(headway=10), "unit-missing", "'headway' has no unit, write headway_min"),
        (feature(spacing_m=300, spacing_ft=1000), "spacing-twice", "both spacing_m and spacing_ft"),
        (feature(spacing_ft=10), "spacing-range", "stop spacing is 3.048 m, must be 100 to 2000 m"),
        (feature(span_start="6 am"), "value-type", "must be a time such as 06:00"),
        (feature(span_start="06:75"), "value-type", "must be a time such as 06:00"),
        (feature(days="weekday"), "value-type", "days is 'weekday', must be a list of words"),
        (feature(name="x" * 81), "name-long", "81 characters, at most 80"),
        (feature(name={"a": 1}), "value-type", "name is {'a': 1}, must be text"),
        (feature([[-74.5, 40.7], [-74.4, 40.7]]), "line-outside", "the whole line lies outside Grid City"),
        (feature([*LINE, [-74.5, 40.7]]), "line-outside", "1 of 3 points lie outside Grid City: point 3"),
        (feature([[lat, lon] for lon, lat in LINE]), "line-outside", "latitude and longitude seem to be swapped"),
        (feature([LINE[0], LINE[0]]), "line-length", "0 m long, must be 300 m to 80 km"),
    ],
)
def test_each_bad_file_gets_one_clear_sentence(data, code, words):
    error = refused(data)
    assert [problem.code for problem in error.problems] == [code]
    assert words in str(error)
    assert "\n" not in str(error)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "1e999"])
def test_numbers_that_json_programs_let_through_are_refused(number):
    text = json.dumps(feature()).replace(json.dumps(LINE[1][0]), number)
    assert [problem.code for problem in refused(text).problems] == ["coordinate-not-finite"]


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=10,
)
keys = st.sampled_from(
    [
        "name",
        "route_id",
        "headway_min",
        "headway",
        "spacing_m",
        "spacing_ft",
        "span_start",
        "days",
        "seed",
        "both_directions",
    ]
)
features = st.fixed_dictionaries(
    {
        "type": st.sampled_from(["Feature", "FeatureCollection", "LineString", "Oddity"]),
        "properties": st.dictionaries(keys, anything, max_size=5) | anything,
        "geometry": st.fixed_dictionaries({"type": st.just("LineString"), "coordinates": st.just(LINE) | anything})
        | anything,
        "features": st.lists(anything, max_size=2),
    }
)


@given(features | anything | st.text())
@settings(deadline=None, max_examples=300)
def test_whatever_is_sent_is_either_a_scenario_or_refused_in_printable_words(data):
    text = data if isinstance(data, str) else json.dumps(data)
    problems = ()
    try:
        scenario = Scenario.from_geojson(text)
    except InputError as error:
        problems = error.problems
        scenario = None
    assert (scenario is None) == bool(problems)
    assert all(len(str(problem).encode("utf-8")) < 1000 for problem in problems)
    if scenario is not None:
        assert Scenario.from_geojson(json.dumps(scenario.to_geojson())) == scenario


def test_a_huge_name_does_not_make_a_huge_message():
    error = refused(feature(name="x" * 500_000, headway_min=0))
    assert len(str(error)) < 500


def test_all_faults_of_a_file_are_reported_at_once():
    features = [
        feature(name="First", headway_min=0, spacing_m=5),
        feature([[0, 0]], "Point", name="Second", headway_min=500),
        feature([LINE[0]], name="Third"),
        feature([[-74.5, 40.7], [-74.4, 40.7]], name="Fourth"),
    ]
    problems = refused({"type": "FeatureCollection", "features": features}).problems
    assert [(problem.where, problem.code) for problem in problems] == [
        ("route 'First'", "headway-range"),
        ("route 'First'", "spacing-range"),
        ("route 'Second'", "geometry-type"),
        ("route 'Second'", "headway-range"),
        ("route 'Third'", "line-points"),
        ("route 'Fourth'", "line-outside"),
    ]


def test_limits_on_the_whole_file():
    many = {"type": "FeatureCollection", "features": [feature() for _ in range(21)]}
    assert [problem.code for problem in refused(many).problems] == ["edits-many"]
    long = {"type": "FeatureCollection", "features": [feature(LINE * 1300), feature(LINE * 1300)]}
    assert "the lines have 5,200 points together" in str(refused(long))
    twice = {"type": "FeatureCollection", "features": [feature(route_id="a"), feature(route_id="a")]}
    assert "route_id 'a' is used more than once" in str(refused(twice))


def test_what_is_written_names_every_value():
    written = Scenario("One", (row_route(),)).to_geojson()
    assert set(written["features"][0]["properties"]) == {
        *("name", "route_id", "headway_min", "span_start", "span_end", "days", "both_directions"),
        *("spacing_m", "snap_m", "speed_factor", "seed"),
    }
