"""Changing a route that runs today: found by name or on the map, changed by one press each, undone one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.app.paper_city import lonlat, paper_city
from tests.app.test_workbench_page import LINE, during
from workbench.app.alternatives import list_alternatives
from workbench.app.components.fragment import Upload
from workbench.app.components.sketch_map import Laid, Sketch, StopAct
from workbench.app.desk import Desk
from workbench.app.editing import table as drawing_table
from workbench.app.editing.route_edits import Choice, build_edits
from workbench.app.editing.today import bus_routes, find_route, routes_near, stops_today
from workbench.app.pages.workbench import WorkbenchPage
from workbench.city.city import City
from workbench.errors import InputError
from workbench.scenario import (
    AddRoute,
    AddStop,
    AllDoorBoarding,
    ChangeSpan,
    ChangeSpeed,
    HandStop,
    MoveStop,
    RemoveRoute,
    RemoveStop,
    Reroute,
    Scenario,
    SetHeadway,
    apply_scenario,
)
from workbench.scenario.drawn.follow import FollowedLine
from workbench.scenario.formats.lines import write_lines
from workbench.storage import Store


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> City:
    return paper_city(tmp_path_factory.mktemp("layers"))


@pytest.fixture(scope="module")
def desk(city: City, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    desk = Desk(city, cache_dir=tmp_path_factory.mktemp("cache"), n_threads=2)
    desk.preparation.result()
    yield desk
    desk.close()


def test_routes_are_found_by_name_and_by_place(city: City) -> None:
    assert [route.route_id for route in bus_routes(city)] == ["N1", "N1b"]
    assert find_route(city, " n1B ").route_id == "N1b"
    with pytest.raises(InputError, match=r"no one bus route is called 'N'; did you mean N1, N1b\?"):
        find_route(city, "N")
    with pytest.raises(InputError, match=r"no one bus route is called 'Q58'$"):
        find_route(city, "Q58")
    assert [route.route_id for route in routes_near(city, lonlat(4.4, 21.2))] == ["N1", "N1b"]
    assert routes_near(city, lonlat(4.4, 5)) == ()
    assert [stop.stop_id for stop in stops_today(city, "N1b", 0)][:3] == ["N11", "N10", "N9"]
    assert stops_today(city, "N1", 1) == ()


ONE_WAY = Choice("N1", direction="0", from_stop_id="N2", to_stop_id="N8")
BEYOND = (lonlat(33, 21), lonlat(33, 12))


@pytest.mark.parametrize(
    ("act", "choice", "expected"),
    [
        ("headway", Choice("N1", headway_text="7.5"), (SetHeadway(route_id="N1", headway_s=450, start_s=21600, end_s=36000),)),
        ("span", Choice("N1", span_start="5", span_end="25:30"), (ChangeSpan(route_id="N1", start_s=18000, end_s=91800),)),
        ("remove-route", Choice("N1"), (RemoveRoute(route_id="N1"),)),
        ("busway", ONE_WAY, (ChangeSpeed(route_id="N1", speed_factor=1.43, measure="busway", from_stop_id="N2", to_stop_id="N8", direction=0),)),
        ("all-doors", Choice("N1"), (AllDoorBoarding(route_id="N1"),)),
        ("thin", ONE_WAY, tuple(RemoveStop(stop_id=one, route_ids=("N1",)) for one in ("N3", "N5", "N7"))),
        ("remove-stop", ONE_WAY, (RemoveStop(stop_id="N2", route_ids=("N1",)),)),
        ("start-here", ONE_WAY, (Reroute(route_id="N1", direction=0, to_stop_id="N2"),)),
        ("end-here", ONE_WAY, (Reroute(route_id="N1", direction=0, from_stop_id="N8"),)),
        ("drawn", Choice("N1", "0", from_stop_id="N11", drawn=BEYOND), (Reroute(route_id="N1", direction=0, from_stop_id="N11", line_lonlat=BEYOND),)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_each_press_is_an_edit_that_fits_the_city(
    act: str, choice: Choice, expected: tuple[object, ...], city: City
) -> None:
    found = build_edits(city, act, choice)
    assert found == expected
    assert apply_scenario(Scenario("one", found), city).change.removed_route_ids == ("N1",)


def test_a_straightened_stretch_runs_straight_where_there_is_no_street_map(city: City) -> None:
    (edit,) = build_edits(city, "straight", ONE_WAY)
    assert isinstance(edit, Reroute)
    assert edit.line_lonlat == tuple(
        (stop.lon, stop.lat) for stop in stops_today(city, "N1", 0) if stop.stop_id in ("N2", "N8")
    )


@pytest.mark.parametrize(
    ("act", "choice", "said"),
    [
        ("end-here", Choice("N1"), "choose one direction first"),
        ("end-here", Choice("N1", "0"), "choose a stop in the field To first"),
        ("drawn", ONE_WAY, "nothing is drawn yet"),
        ("thin", Choice("N1", "0", from_stop_id="N2", to_stop_id="N3"), "there is none to leave out"),
        ("headway", Choice("N1", headway_text="often"), "must be a number of minutes"),
        ("span", Choice("N1", span_start="5:75"), "minutes must be 0 to 59"),
        ("span", Choice("N1", span_start="early"), "must be hours and minutes"),
        ("add-stop", ONE_WAY, "does not name two streets"),
        ("fly", ONE_WAY, "nothing the editor can do"),
    ],
)
def test_what_is_missing_is_said(act: str, choice: Choice, said: str, city: City) -> None:
    with pytest.raises(InputError, match=said):
        build_edits(city, act, choice)


def chosen(desk: Desk, store: Store) -> WorkbenchPage:
    page = WorkbenchPage(desk, store)
    page.editor._on_field("edit-route_text", "N1")
    return page


def press(page: WorkbenchPage, act: str) -> None:
    n = len(page.state.opened)
    during(
        lambda: page.editor._on_action("edit", act), lambda: len(page.state.opened) > n and page.state.stage == "exact"
    )


def test_presses_are_scored_exactly_and_undone_one_by_one(
    desk: Desk, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = chosen(desk, store)
    assert page.editor.on_map()[0].stops[0][2] == "N0"
    press(page, "busway")
    assert page.card is not None
    assert page.card.travel_time["person_minutes_per_day"].value > 0
    first, forms = page.state.opened, [page.table.form()]
    page.editor._on_field("edit-direction", "0")
    press(page, "thin")
    assert len(page.state.opened) == 1 + 5  # every second of twelve stops, both ends kept
    assert "6 changes so far" in page.editor.fragment.html
    sent: list[dict[str, object]] = []
    monkeypatch.setattr(page.map, "_send_msg", sent.append)
    page.editor._on_action("undo-edit", "")
    page.editor._on_action("redo-edit", "")
    assert sent == [{"type": "press", "tool": "undo"}, {"type": "press", "tool": "redo"}]  # one history: the browser's
    notes = page.table.form()
    during(lambda: step(page, forms[0]), lambda: page.state.stage == "exact" and len(page.state.opened) == 1)
    assert page.state.opened == first
    assert "1 change so far" in page.editor.fragment.html
    during(lambda: step(page, notes), lambda: page.state.stage == "exact" and len(page.state.opened) == 6)
    during(lambda: page._on_action("put-aside", ""), lambda: page.state.stage == "empty")
    assert {"type": "note", "form": '{"headway_text": "10"}'} in sent
    during(lambda: step(page, notes), lambda: page.state.stage == "exact")
    assert len(page.state.opened) == 6
    during(lambda: step(page, ""), lambda: page.state.stage == "empty")
    assert page.state.opened == ()


def step(page: WorkbenchPage, form: str) -> None:
    """What the browser tells after a step back or forward to a table with this form."""
    page.table.on_sketch(Sketch(page.state.seq + 1, (), finished=False, stepped=True, form=form))


def test_what_does_not_fit_changes_nothing_and_is_said_in_the_panel(desk: Desk, store: Store) -> None:
    page = chosen(desk, store)
    page.editor._on_field("edit-headway_text", "0")
    during(lambda: page.editor._on_action("edit", "headway"), lambda: page.editor.state.error != "")
    assert page.state.opened == ()
    assert "must be 60 to 7200" in page.editor.fragment.html
    page.editor._on_field("edit-route_text", "Q58")
    assert "no one bus route is called" in page.editor.fragment.html.lower()
    page.editor._on_field("edit-direction", "sideways")  # nobody but our own page sends this
    assert page.editor.state.direction == "both"


def test_a_click_on_the_map_adds_a_stop_after_the_one_before_it(desk: Desk, store: Store) -> None:
    page = chosen(desk, store)
    page.editor._on_field("edit-direction", "0")
    page.editor._on_action("pick-stop", "")
    assert page.editor.state.picking == "stop"
    place = lonlat(10, 21.5)  # stops N3 and N4 stand at 9 and 12
    during(lambda: page.map.handlers["picked"]("start", place), lambda: page.state.stage == "exact")
    assert page.state.opened == (AddStop(route_id="N1", after_stop_id="N3", place_lonlat=place, direction=0),)
    assert page.editor.state.picking == ""
    assert "Route N1 toward N11 also stops at a new stop after" in page.form.html
    page.editor._on_field("edit-direction", "both")
    page.editor._on_action("pick-stop", "")
    during(lambda: page.map.handlers["picked"]("start", place), lambda: page.editor.state.error != "")
    assert "choose one direction first" in page.editor.state.error.lower()


def test_two_quick_presses_are_two_changes_in_their_order(desk: Desk, store: Store) -> None:
    page = chosen(desk, store)

    def both() -> None:
        page.editor._on_action("edit", "busway")
        page.editor._on_action("edit", "headway")

    during(both, lambda: len(page.state.opened) == 2)
    assert [type(edit) for edit in page.state.opened] == [ChangeSpeed, SetHeadway]


def test_a_chosen_route_is_brought_onto_the_map(desk: Desk, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    page = WorkbenchPage(desk, store)
    sent: list[dict[str, object]] = []
    monkeypatch.setattr(page.map, "_send_msg", sent.append)
    page.editor._on_field("edit-route_text", "N1")
    (fit,) = [message["points"] for message in sent if message["type"] == "fit"]
    assert fit == [[stop.lon, stop.lat] for stop in stops_today(desk.city, "N1", 0)]


def test_a_click_on_the_map_picks_a_route_and_the_trip_gets_its_clicks_back(desk: Desk, store: Store) -> None:
    page = WorkbenchPage(desk, store)
    page.editor._on_action("pick-route", "")
    page.map.handlers["picked"]("start", lonlat(4.4, 21.2))
    assert [route.name for route in page.editor.state.near] == ["N1", "N1b"]
    page.editor._on_action("take-route", "N1b")
    assert page.editor.state.route_id == "N1b"
    page.map.handlers["picked"]("start", lonlat(4.4, 21.2))
    assert page.trip.state.start != ""


def test_a_drawn_line_extends_a_route_and_leaves_the_table(desk: Desk, store: Store) -> None:
    page = chosen(desk, store)
    page.editor._on_field("edit-direction", "0")
    page.editor._on_field("edit-from_stop", "N11")
    page.state.param.update(points=BEYOND)
    press(page, "drawn")
    (edit,) = page.state.opened
    assert isinstance(edit, Reroute)
    assert page.state.points == ()
    assert page.card is not None
    assert page.card.changed[0].kind == "changed"


def test_the_budget_line_follows_and_the_cap_is_said_in_words(desk: Desk, store: Store) -> None:
    page = WorkbenchPage(desk, store)
    during(lambda: page.table.on_sketch(Sketch(1, LINE, finished=True)), lambda: page.state.stage == "exact")
    assert "data-budget" in page.result.html
    assert "cap" not in page.result.html.split("data-budget")[1].split("</div>")[0]
    page._on_field("cap-buses", "1")
    assert "Over the cap of 1 buses by " in page.result.html
    page._on_field("cap-usd", "900")
    assert "Within the cap of $900.0 million a year" in page.result.html
    page._on_field("cap-usd", "much")
    assert "The cap of money is &#39;much&#39;, must be a number" in page.result.html


def test_two_corners_draw_a_line_and_say_what_was_done(
    desk: Desk, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = WorkbenchPage(desk, store)
    page._on_field("corner-from", "Nowhere")
    during(lambda: page._on_action("draw-between", ""), lambda: page.state.error != "")
    assert "does not name two streets" in page.state.error
    names = desk.city.stops["stop_name"].copy()
    named = names.mask(names == "N2", "MAIN ST/2 AV").mask(names == "N9", "MAIN ST/9 AV")
    monkeypatch.setitem(desk.city.stops, "stop_name", named)
    page._on_field("corner-from", "2nd Avenue & Main Street")
    page._on_field("corner-to", "Main St & 9 Av")
    during(lambda: page._on_action("draw-between", ""), lambda: page.state.stage == "exact")
    assert len(page.state.points) == 2
    assert "From MAIN ST/2 AV to MAIN ST/9 AV" in page.state.notice
    assert "no street map" in page.state.notice
    line = tuple(page.state.points)
    during(lambda: page.table.on_sketch(Sketch(5, line, finished=True)), lambda: page.state.stage == "exact")
    assert "no street map" in page.state.notice  # the browser sends the line back; what was said of it stays
    during(
        lambda: page.table.on_sketch(Sketch(6, (*line, lonlat(30, 3)), finished=True)),
        lambda: page.state.stage == "exact",
    )
    assert page.state.notice == ""
    during(lambda: page._on_action("follow", ""), lambda: "kept as it was drawn" in page.state.notice)
    assert page.state.busy == ""


def test_a_line_laid_on_one_way_streets_has_a_way_back_that_comes_with_it(
    desk: Desk, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    back = (LINE[-1], lonlat(32, 5), lonlat(2, 5), LINE[0])
    handles = (LINE[0], LINE[-1])
    followed = FollowedLine(LINE, back, 1.0, "On streets.", handles)
    monkeypatch.setattr(drawing_table, "follow_streets", lambda *_: followed)
    page = WorkbenchPage(desk, store)
    during(lambda: page.table.on_sketch(Sketch(1, LINE[::2], finished=True)), lambda: page.state.stage == "exact")
    sent: list[dict[str, object]] = []
    monkeypatch.setattr(page.map, "_send_msg", sent.append)
    during(
        lambda: page._on_action("follow", ""), lambda: page.card is not None and page.card.routes[0].back is not None
    )
    (put,) = [message for message in sent if message["type"] == "sketch"]
    assert put["points"] == [list(point) for point in handles]
    assert put["laid"] == {"line": [list(point) for point in LINE], "back": [list(point) for point in back]}
    assert put["amend"] is None  # a step of its own
    # undo: the line as it was drawn; redo: line and way back again
    during(
        lambda: page.table.on_sketch(Sketch(2, LINE[::2], finished=True, stepped=True)),
        lambda: page.card is not None and page.card.routes[0].back is None,
    )
    again = Sketch(3, handles, finished=True, stepped=True, laid=Laid(LINE, back))
    during(lambda: page.table.on_sketch(again), lambda: page.card is not None and page.card.routes[0].back is not None)
    assert page.card is not None
    assert page.card.routes[0].back is not None
    assert page.card.routes[0].back.line == back
    page._on_action("save", "")
    (kept,) = list_alternatives(store)
    on_map = {route.route_id: route for route in kept.on_map()}
    assert set(on_map) == {"a1-proposed", "a1-proposed-back"}
    assert on_map["a1-proposed-back"].line == back
    assert len(on_map["a1-proposed-back"].stops) > 5
    during(lambda: page._on_action("edit", "a1"), lambda: page.state.stage == "exact")
    assert page.state.back == back  # a copy of an alternative has both ways


def test_a_handle_that_moves_has_the_line_laid_anew_without_a_step(
    desk: Desk, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[tuple[float, float], ...]] = []

    def lay(_city: City, handles: tuple[tuple[float, float], ...]) -> FollowedLine:
        asked.append(handles)
        return FollowedLine(LINE, (), 1.0, "On streets.", handles)

    monkeypatch.setattr(drawing_table, "lay_again", lay)
    page = WorkbenchPage(desk, store)
    sent: list[dict[str, object]] = []
    monkeypatch.setattr(page.map, "_send_msg", sent.append)
    handles = (LINE[0], lonlat(18, 4), LINE[-1])
    moved = Sketch(7, handles, finished=True, laid=Laid((), ()))
    during(lambda: page.table.on_sketch(moved), lambda: page.state.stage == "exact")
    assert asked == [handles]
    assert page.state.line == LINE
    (amended,) = [message for message in sent if message["type"] == "sketch"]
    assert (amended["amend"], amended["points"]) == (7, [list(point) for point in handles])
    assert page.card is not None
    assert page.card.routes[0].line == LINE


def drawn_stops(page: WorkbenchPage) -> tuple[tuple[float, float, str], ...]:
    assert page.card is not None
    return page.card.shapes[0].stops


def test_a_stop_of_the_drawn_route_is_moved_added_and_removed(desk: Desk, store: Store) -> None:
    page = WorkbenchPage(desk, store)
    during(lambda: page.table.on_sketch(Sketch(1, LINE, finished=True)), lambda: page.state.stage == "exact")
    before = drawn_stops(page)
    assert page.state.stops == ()
    lon, lat, _ = before[2]

    def act(kind: str, at: tuple[float, float], to: tuple[float, float]) -> None:
        told, card = StopAct(kind, "proposed", at, to), page.card
        during(lambda: page.map.handlers["stop"](told), lambda: page.card is not card or page.state.error != "")

    act("move", (lon, lat), (lon + 0.001, lat))
    assert page.state.notice == "Stop 3 is moved."
    moved = drawn_stops(page)
    assert len(page.state.stops) == len(before)
    assert moved[2][0] == pytest.approx(lon + 0.001, abs=2e-4)
    assert np.array([stop[:2] for stop in moved[3:]]) == pytest.approx(
        np.array([stop[:2] for stop in before[3:]]), abs=1e-5
    )
    act("remove", moved[2][:2], moved[2][:2])
    fewer = [stop[:2] for stop in drawn_stops(page)]
    assert np.array(fewer) == pytest.approx(np.array([stop[:2] for stop in (*moved[:2], *moved[3:])]), abs=1e-5)
    act("add", moved[2][:2], moved[2][:2])
    assert drawn_stops(page)[2][:2] == pytest.approx(moved[2][:2], abs=1e-5)
    act("add", lonlat(4, 21), lonlat(4, 21))  # far from the line
    assert "click nearer to it" in page.state.error
    assert len(page.state.stops) == len(before)
    during(lambda: page._on_action("stops-auto", ""), lambda: drawn_stops(page) == before)
    assert page.state.stops == ()


def test_stops_by_hand_stay_where_the_line_still_passes(desk: Desk, store: Store) -> None:
    page = WorkbenchPage(desk, store)
    straight = (lonlat(2, 2), lonlat(32, 2))
    during(lambda: page.table.on_sketch(Sketch(1, straight, finished=True)), lambda: page.state.stage == "exact")
    by_hand = tuple(HandStop(*lonlat(column, 2)) for column in (2, 10, 20, 32))
    page.state.stops = by_hand
    bent = (lonlat(2, 2), lonlat(12, 2), lonlat(20, 8), lonlat(32, 8))
    during(lambda: page.table.on_sketch(Sketch(2, bent, finished=True)), lambda: len(page.state.stops) == 2)
    assert page.state.stops == by_hand[:2]
    assert page.state.notice == "2 of 4 stops placed by hand are left out: the line no longer passes within 100 m."
    away = (lonlat(2, 12), lonlat(32, 12))
    during(lambda: page.table.on_sketch(Sketch(3, away, finished=True)), lambda: page.state.stops == ())
    assert "placed automatically again" in page.state.notice


@pytest.mark.parametrize("form", ["[1]", "{", '{"stops": "all"}', '{"opened": {"format": "other"}}', '{"title": 7.5}'])
def test_a_form_that_is_not_ours_is_refused_and_changes_nothing(form: str, desk: Desk, store: Store) -> None:
    page = WorkbenchPage(desk, store)
    page.state.title = "Mine"
    told: list[str] = []
    page.table.refuse = lambda error: told.append(str(error))
    back = Sketch(1, (), finished=False, stepped=True, form=form)
    during(lambda: page.table.on_sketch(back), lambda: told != [])
    assert page.state.title == "Mine"


def test_a_dragged_stop_of_a_route_of_today_is_a_change_said_in_words(desk: Desk, store: Store) -> None:
    page = chosen(desk, store)
    three = next(stop for stop in stops_today(desk.city, "N1", 0) if stop.stop_id == "N3")
    place = lonlat(9.5, 21)

    def act(kind: str, at: tuple[float, float], to: tuple[float, float], expected: Callable[[], bool]) -> None:
        during(lambda: page.map.handlers["stop"](StopAct(kind, "today-0", at, to)), expected)

    move = MoveStop(stop_id="N3", place_lonlat=place, route_ids=("N1",))
    act("move", (three.lon, three.lat), place, lambda: page.state.opened == (move,))
    assert "Moves stop N3" in page.form.html
    on_map = page.editor.on_map()[0]
    assert on_map.movable
    assert on_map.stops[3][:2] == place
    further = replace(move, place_lonlat=lonlat(9.7, 21))
    act("move", place, further.place_lonlat, lambda: page.state.opened == (further,))  # the same change, further
    gone = RemoveStop(stop_id="N3", route_ids=("N1",))
    act("remove", further.place_lonlat, further.place_lonlat, lambda: page.state.opened == (gone,))
    assert "N3" not in [name for _, _, name in page.editor.on_map()[0].stops]
    act("add", lonlat(10, 21), lonlat(10, 21), lambda: len(page.state.opened) == 2)
    assert isinstance(page.state.opened[1], AddStop)


@pytest.mark.parametrize(("kind", "name"), [("kml", "r.kml"), ("geopackage", "r.gpkg"), ("shapefile", "r.zip")])
def test_lines_of_geographic_programs_are_opened(
    kind: str, name: str, desk: Desk, store: Store, tmp_path: Path
) -> None:
    page = WorkbenchPage(desk, store)
    write_lines("x", (AddRoute("r", "From a file", LINE, headway_s=720),), tmp_path / name, kind)
    data = (tmp_path / name).read_bytes()
    upload = Upload(name, len(data), data.decode(), b"") if kind == "kml" else Upload(name, len(data), "", data)
    during(lambda: page._on_upload(upload), lambda: page.state.stage == "exact")
    assert (page.state.title, page.state.headway_text) == ("From a file", "12")
    page._on_upload(Upload("r.gpkg", 3, "", b"abc"))
    assert "not a GeoPackage" in page.state.error
