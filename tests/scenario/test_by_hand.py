"""Stops placed by hand: on the line in their order, in every file, in the feed, and what cannot be is said."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tests.scenario.scenario_scenes import city, drawn, row_route
from workbench.errors import InputError, ScenarioError
from workbench.scenario import HandStop, Scenario, apply_scenario, describe_edit
from workbench.scenario.drawn.by_hand import keep_on_line, lay_by_hand
from workbench.scenario.formats.lines import write_lines

LINE = tuple((round(lon, 7), round(lat, 7)) for lon, lat in drawn((0, 0), (20, 0)))


def at(*places: tuple[float, float]) -> tuple[HandStop, ...]:
    return tuple(HandStop(round(lon, 6), round(lat, 6)) for lon, lat in drawn(*places))


BY_HAND = row_route(line_lonlat=LINE, stops=at((1, 0), (4, 0.2), (12, 0), (19, 0)))


def test_stops_stand_where_they_were_put_and_buses_run_between_them() -> None:
    # squares of 200 m: stops 200, 800, 2,400 and 3,800 m along; the second one 40 m aside stands on the line
    applied = apply_scenario(Scenario("hand", (BY_HAND,)), city())
    (route,) = applied.routes
    np.testing.assert_allclose(route.stops.along_m, [200, 800, 2400, 3800], atol=0.5)
    assert route.length_m == pytest.approx(3600, abs=1)
    out, back = applied.addition.patterns
    assert out.stop_ix.tolist() == back.stop_ix.tolist()[::-1]
    # the only bus of this city runs 4 m/s: 600, 1,600 and 1,400 m
    assert np.abs(np.diff(out.arrival_s[0]) - [150, 400, 350]).max() <= 1
    assert "4 stops placed by hand" in describe_edit(BY_HAND, city())


def test_an_existing_stop_is_used_where_it_stands() -> None:
    scene = city()
    stop = scene.stops.iloc[0]
    lon, lat = float(stop["lon"]), float(stop["lat"])
    # the line begins 44 m south of the stop and leads away from it
    line = ((lon, lat - 0.0004), (lon + 0.04, lat - 0.0004))
    hand = (HandStop(lon, lat, str(stop["stop_id"])), HandStop(lon + 0.02, lat - 0.0004))
    (route,) = apply_scenario(Scenario("s", (row_route(line_lonlat=line, stops=hand),)), scene).routes
    assert route.stops.stop_ix.tolist() == [0, scene.n_stops]
    assert route.stops.name[0] == stop["stop_name"]
    np.testing.assert_allclose(route.stops.xy[0], scene.stops[["x", "y"]].to_numpy()[0])


def test_the_order_decides_where_a_line_passes_a_place_twice() -> None:
    # 1,000 m east, 10 m north, 1,000 m back: a place at x = 500 is passed at 500 m and at 1,510 m
    line = np.array([(0, 0), (1000, 0), (1000, 10), (0, 10)], dtype=float)
    along_m, gap_m = lay_by_hand(line, np.array([(100, 5), (900, 5), (500, 5)], dtype=float))
    assert along_m.tolist() == [100, 900, 1510]
    assert gap_m.tolist() == [5, 5, 5]
    first, _ = lay_by_hand(line, np.array([(500, 5), (900, 5), (100, 5)], dtype=float))
    assert first.tolist() == [500, 900, 1910]


def test_stops_that_a_changed_line_still_passes_are_kept() -> None:
    stops = at((1, 0), (4, 0), (12, 0), (19, 0))
    assert keep_on_line(LINE, stops, city()) == stops
    bent = drawn((0, 0), (5, 0), (10, 6), (20, 6))
    assert keep_on_line(bent, stops, city()) == stops[:2]
    assert keep_on_line(drawn((0, 6), (20, 6)), stops, city()) == ()


@pytest.mark.parametrize(
    ("values", "code", "words"),
    [
        ({"stops": at((1, 0))}, "stops-number", "the line has 1 stops placed by hand"),
        ({"stops": at((1, 0), (4, 1))}, "stop-off-line", "stop 2 is 200 m from the line, at most 100 m"),
        ({"stops": at((4, 0), (1, 0))}, "stops-order", "must be 20 m apart and in its order"),
        ({"stops": at((4, 0), (4.05, 0))}, "stops-order", "stops 1 and 2 stand at one place"),
        ({"stops": (HandStop(0, 0, "nobody"), *at((4, 0)))}, "stop-unknown", "no stop 'nobody'"),
        ({"stops": (HandStop(float("nan"), 0), *at((4, 0)))}, "coordinate-not-finite", "stop 1 of the line"),
        ({"stops_back": at((4, 0), (1, 0))}, "stops-back", "the way back is the same line"),
    ],
)
def test_what_cannot_be_is_said(values: dict[str, object], code: str, words: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        apply_scenario(Scenario("hand", (row_route(line_lonlat=LINE, **values),)), city())
    assert any(problem.code == code and words in problem.message for problem in caught.value.problems), caught.value


def test_every_file_gives_the_stops_again(tmp_path: Path) -> None:
    scenario = Scenario("hand", (BY_HAND,))
    assert Scenario.from_json(json.dumps(scenario.to_json())) == scenario
    assert Scenario.from_geojson(json.dumps(scenario.to_geojson()), city=city()).edits == scenario.edits
    for kind, name in (("kml", "a.kml"), ("geopackage", "a.gpkg")):
        write_lines("a", scenario.edits, tmp_path / name, kind)
        assert Scenario.from_file(tmp_path / name).edits == scenario.edits, kind
    with pytest.raises(InputError, match="no room for stops placed by hand"):
        write_lines("a", scenario.edits, tmp_path / "a.zip", "shapefile")


def test_automatic_stops_keep_the_id_and_version_3_knew_no_others() -> None:
    plain = Scenario("any", (row_route(line_lonlat=LINE),))
    written = plain.to_json()
    edit = written["edits"][0]  # type: ignore[index,call-overload]
    del edit["stops"], edit["stops_back"]  # type: ignore[arg-type,call-overload,union-attr]
    old = {**written, "format_version": 3}
    assert Scenario.from_json(old).scenario_id == plain.scenario_id
    assert Scenario("any", (BY_HAND,)).scenario_id != plain.scenario_id
    with pytest.raises(InputError, match="'stops' is not a field of add-route in format_version 3"):
        Scenario.from_json({**Scenario("any", (BY_HAND,)).to_json(), "format_version": 3})
