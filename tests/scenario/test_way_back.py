"""A way back on other streets: stops and times of its own, in every file format, in figures and in words."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tests.scenario.edited_city import edited_city
from tests.scenario.formats.test_gtfs import read_again, rows, small_city, trips_of
from tests.scenario.scenario_scenes import buses_of, city, drawn, row_route
from workbench.errors import InputError, ScenarioError
from workbench.facts import operation_of, served_places, shape_of
from workbench.network import get_window
from workbench.scenario import Scenario, apply_scenario, describe_edit, diff
from workbench.scenario.formats.gtfs import write_gtfs
from workbench.scenario.formats.lines import write_lines
from workbench.scoring import ScoringParams
from workbench.scoring.measures.cost import service_measures

OUT = tuple((round(lon, 7), round(lat, 7)) for lon, lat in drawn((0, 0), (20, 0)))
BACK = tuple((round(lon, 7), round(lat, 7)) for lon, lat in drawn((20, 1), (10, 1), (10, 6), (0, 6), (0, 1)))
"""2,000 m west, 1,000 m north, 2,000 m west, 1,000 m south: 6,000 m, begun and ended one square from the way out."""
PAIR = row_route(line_lonlat=OUT, line_back_lonlat=BACK)


def test_the_way_back_has_stops_and_times_of_its_own() -> None:
    # 6,000 m, a stop every 1,000 m: 7 stops; the only bus runs 4 m/s, so every hop takes 250 s.
    applied = apply_scenario(Scenario("pair", (PAIR,)), city())
    out, back = applied.addition.patterns
    assert out.stop_ix.tolist() == [2, 3, 4, 5, 6]
    assert back.stop_ix.tolist() == [7, 8, 9, 10, 11, 12, 13]
    np.testing.assert_array_equal(back.departure_s[:, 0], buses_of(PAIR, 1))
    assert np.abs(np.diff(back.arrival_s, axis=1) - 250).max() <= 1
    (route,) = applied.routes
    assert (route.length_m, route.back_length_m) == (pytest.approx(4000, abs=0.1), pytest.approx(6000, abs=0.1))
    assert len(served_places(applied, "weekday")) == 12
    shape = shape_of(route, city())
    assert shape.back is not None
    assert (shape.line, shape.back.line, len(shape.back.stops)) == (OUT, BACK, 7)


def test_a_way_back_uses_the_stops_of_the_way_out_where_they_share_a_street() -> None:
    back = drawn((20, 0), (10, 0), (10, 5), (0, 5), (0, 0))  # the first 2,000 m are those of the way out
    (route,) = apply_scenario(Scenario("pair", (row_route(line_back_lonlat=back),)), city()).routes
    assert route.ways[0].stop_ix.tolist() == [2, 3, 4, 5, 6]
    assert route.ways[1].stop_ix.tolist() == [6, 5, 4, 7, 8, 9, 2]
    assert operation_of(route).n_stops == 8  # each place once


def test_the_same_line_drawn_as_a_way_back_is_the_plain_route() -> None:
    plain = apply_scenario(Scenario("plain", (row_route(),)), city())
    same = apply_scenario(Scenario("same", (row_route(line_back_lonlat=row_route().line_lonlat[::-1]),)), city())
    for one, other in zip(plain.addition.patterns, same.addition.patterns, strict=True):
        assert one.stop_ix.tolist() == other.stop_ix.tolist()
        np.testing.assert_array_equal(one.arrival_s, other.arrival_s)


def test_cost_counts_each_way_with_its_own_length() -> None:
    (route,) = apply_scenario(Scenario("pair", (PAIR,)), city()).routes
    found = service_measures([operation_of(route)], get_window("weekday-am"), ScoringParams())
    value = {key: measure.value for key, measure in found.items()}
    assert (value["length_km"], value["n_stops"], value["stop_spacing_m"]) == (
        5.0,
        12,
        1000,
    )  # 4 and 6 km; 4 and 6 hops
    assert (value["running_time_out_min"], value["running_time_back_min"]) == (16.7, 25.0)  # 1,000 s and 1,500 s
    # cycle: 1,000 + 300 s rest + 1,500 + 300 s rest = 3,100 s, every 600 s: 6 buses
    assert (value["cycle_min"], value["buses_needed"]) == (51.7, 6)
    params = ScoringParams()
    n_days = sum(params.days_per_year(day) for day in ("weekday", "saturday", "sunday"))
    assert value["revenue_km_per_year"] == pytest.approx(n_days * 96 * (4 + 6), abs=60)


@pytest.mark.parametrize(
    ("values", "code", "words"),
    [
        ({"line_back_lonlat": drawn((20, 0))}, "line-points", "the way back has 1 point, a route needs at least 2"),
        ({"line_back_lonlat": BACK, "both_directions": False}, "line-back", "runs in one direction only"),
        ({"line_back_lonlat": OUT}, "line-back-ends", "the way back begins 4,000 m from the end of the way out"),
        ({"line_back_lonlat": drawn((20, 1), (8, 1))}, "line-back-ends", "ends 1,612 m from the beginning"),
        ({"line_back_lonlat": drawn((20, 1), (20, 60), (0, 1))}, "line-outside", "1 of 3 points lie outside"),
    ],
)
def test_a_way_back_that_cannot_be_is_said(values: dict[str, object], code: str, words: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        apply_scenario(Scenario("pair", (row_route(**values),)), city())
    assert any(problem.code == code and words in problem.message for problem in caught.value.problems)


def test_every_file_gives_the_way_back_again(tmp_path: Path) -> None:
    scenario = Scenario("pair", (PAIR, row_route(route_id="new-2")))
    assert Scenario.from_json(json.dumps(scenario.to_json())) == scenario
    assert Scenario.from_geojson(json.dumps(scenario.to_geojson()), city=city()) == scenario
    tidy = Scenario("a", (PAIR, row_route(route_id="new-2", line_lonlat=OUT)))
    for kind, name in (("kml", "a.kml"), ("shapefile", "a.zip"), ("geopackage", "a.gpkg")):
        write_lines("a", tidy.edits, tmp_path / name, kind)
        assert Scenario.from_file(tmp_path / name).edits == tidy.edits, kind


def test_an_empty_way_back_keeps_the_id_and_another_one_changes_it() -> None:
    plain = Scenario("any", (row_route(line_lonlat=OUT),))
    written = plain.to_json()
    del written["edits"][0]["line_back_lonlat"]  # type: ignore[index,union-attr,call-overload]
    assert Scenario.from_json(written) == plain
    assert Scenario("any", (PAIR,)).scenario_id != plain.scenario_id


def test_a_line_in_three_parts_is_no_route() -> None:
    geometry = {"type": "MultiLineString", "coordinates": [OUT, BACK, OUT]}
    data = json.loads(json.dumps({"type": "Feature", "properties": {}, "geometry": geometry}))
    with pytest.raises(InputError, match="MultiLineString of two lines: way out and way back"):
        Scenario.from_geojson(data)


def test_gtfs_read_again_is_the_timetable_that_was_scored(tmp_path: Path) -> None:
    edit = row_route(line_lonlat=drawn((0, 3), (15, 3)), line_back_lonlat=drawn((15, 4), (8, 4), (8, 8), (0, 4)))
    report = write_gtfs(Scenario("pair", (edit,)), small_city(), tmp_path / "feed.zip")
    again = read_again(tmp_path / "feed.zip", small_city(), dict(report.date_of))
    for service, found in again.items():
        change = apply_scenario(Scenario("pair", (edit,)), small_city(), service=service).change
        expected = edited_city(small_city(), change, service)
        assert trips_of(found, service, like=expected) == trips_of(expected, service, like=expected)
    shapes = rows(tmp_path / "feed.zip", "shapes")
    for way, line in enumerate((edit.line_lonlat, edit.line_back_lonlat)):
        own = [row for row in shapes if row["shape_id"] == f"new-1-{way}"]
        assert [(float(row["shape_pt_lon"]), float(row["shape_pt_lat"])) for row in own] == list(line)


def test_a_way_back_is_said_in_words() -> None:
    plain, pair = Scenario("A", (row_route(line_lonlat=OUT),)), Scenario("B", (PAIR,))
    assert describe_edit(PAIR, city()) == "Adds Row Zero, a bus every 10 min, by streets of its own on the way back."
    assert "Row Zero takes streets of its own on the way back." in diff(city(), plain, pair).words
    assert "Row Zero takes the streets of the way out on the way back." in diff(city(), pair, plain).words
    assert "Row Zero takes streets of its own on the way back." in diff(city(), pair).words
