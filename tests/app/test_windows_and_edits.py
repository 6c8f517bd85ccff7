"""The drawing table at other times of the week, and with changes of today's routes opened from a file."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.app.paper_city import lonlat, paper_city
from tests.app.test_workbench_page import LINE, draw, during
from workbench.app import desk as desk_module
from workbench.app.alternatives import list_alternatives
from workbench.app.components.fragment import Upload
from workbench.app.components.sketch_map import Sketch
from workbench.app.desk import Desk
from workbench.app.draft import read_upload
from workbench.app.pages.workbench import WorkbenchPage
from workbench.errors import InputError, ScenarioError
from workbench.jobs import SupersededWork
from workbench.scenario import ChangeSpeed, Edit, RemoveRoute, RemoveTrips, Scenario
from workbench.storage import Store


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(paper_city(tmp_path / "layers"), cache_dir=tmp_path / "cache", n_threads=2)
    desk.preparation.result()
    yield desk
    desk.close()


def opened(page: WorkbenchPage, *edits: Edit, name: str = "Package") -> None:
    text = json.dumps(Scenario(name, edits).to_json())
    during(lambda: page._on_upload(Upload("p.json", len(text), text)), lambda: page.state.stage in ("exact", "refused"))


def test_another_window_is_computed_when_somebody_asks_and_the_card_says_which(desk: Desk, store: Store) -> None:
    page = WorkbenchPage(desk, store)
    assert '<option value="weekday-am" selected>Weekday 7 to 9 am</option>' in page.form.html
    draw(page)
    assert "every minute of a weekday 7 to 9 am" in page.result.html
    during(
        lambda: page._on_field("window", "saturday"),
        lambda: page.card is not None and page.card.window_id == "saturday",
    )
    assert "every minute of a Saturday 12 to 2 pm" in page.result.html
    assert '<option value="saturday" selected>' in page.form.html
    page._on_action("save", "")
    assert "choose that time, then keep it" in page.state.error
    assert list_alternatives(store) == ()
    page._on_field("window", "whenever")  # nobody but our own page sends this; it changes nothing
    assert page.state.window_id == "saturday"


def test_people_draw_while_another_window_is_computed(
    desk: Desk, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate, prepare = threading.Event(), desk_module.prepare

    def slow(*arguments: object, report: desk_module.Report, **more: object) -> object:
        report(0.4, "about 12 s left")
        gate.wait(30)
        return prepare(*arguments, report=report, **more)

    monkeypatch.setattr(desk_module, "prepare", slow)

    async def run() -> None:
        page = WorkbenchPage(desk, store)
        page._on_field("window", "sunday")
        page.state.param.update(points=LINE, seq=1)
        page._rescore()
        while page.state.stage != "preview":
            await asyncio.sleep(0.02)
        page._show_result()
        assert 'max="100" value="40"' in page.result.html
        page.state.param.update(points=LINE[:2], seq=2)  # drawn on meanwhile
        page._rescore()
        gate.set()
        while page.state.stage != "exact":
            await asyncio.sleep(0.02)
        assert page.card is not None
        assert (page.card.window_id, page.card.routes[0].line) == ("sunday", LINE[:2])

    try:
        asyncio.run(asyncio.wait_for(run(), 60))
    finally:
        gate.set()


def test_opened_changes_are_scored_drawn_kept_and_put_aside(desk: Desk, store: Store) -> None:
    page = WorkbenchPage(desk, store)
    opened(page, RemoveRoute(route_id="N1"), name="No N1")
    assert page.state.stage == "exact", page.state.error
    assert "Removes route N1" in page.form.html
    assert "Removes route N1: its 12 trips in these hours no longer run." in page.result.html
    assert page.card is not None
    assert page.card.losers["residents_longer_trips"].value > 0
    page._on_action("save", "")
    (kept,) = list_alternatives(store)
    assert kept.name == "No N1"
    assert [len(route.stops) for route in kept.on_map()] == [12]
    assert page.state.opened == ()
    # a copy comes back to the table, and a new route is drawn beside the change
    during(lambda: page._on_action("edit", kept.alternative_id), lambda: page.state.stage == "exact")
    assert page.state.title == "No N1, changed"
    during(
        lambda: page.table.on_sketch(Sketch(2, LINE, finished=True)),
        lambda: page.card is not None and page.card.routes != (),
    )
    assert page.card.headline[0] == "Removes route N1: its 12 trips in these hours no longer run."
    assert len(page.card.routes) == 1
    sent: list[tuple[str, str]] = []
    page.form.download = lambda name, text: sent.append((name, text))  # type: ignore[method-assign]
    page._on_action("download", "")
    ((name, text),) = sent
    assert name == "no-n1-changed.json"
    assert [type(edit).__name__ for edit in Scenario.from_json(text).edits] == ["RemoveRoute", "AddRoute"]
    during(lambda: page._on_action("put-aside", ""), lambda: page.card is not None and page.card.changed == ())
    assert "Removes route N1" not in page.form.html


def test_the_first_edit_of_a_route_shows_how_far_it_is(
    desk: Desk, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate, without = threading.Event(), desk_module.baseline_without

    def slow(*arguments: object, report: desk_module.Report) -> object:
        report(0.6, "computing travel times without route N1; about 9 s left")
        gate.wait(30)
        return without(*arguments, report=report)

    monkeypatch.setattr(desk_module, "baseline_without", slow)
    text = json.dumps(Scenario("Faster", (ChangeSpeed(route_id="N1", speed_factor=1.5),)).to_json())

    async def run() -> None:
        page = WorkbenchPage(desk, store)
        page._on_upload(Upload("p.json", len(text), text))
        while 'max="100" value="60"' not in page.result.html:
            page._show_result()
            await asyncio.sleep(0.02)
        assert "without route N1; about 9 s left" in page.result.html
        gate.set()
        while page.state.stage != "exact":
            await asyncio.sleep(0.02)
        assert "Getting ready" not in page.result.html

    try:
        asyncio.run(asyncio.wait_for(run(), 60))
    finally:
        gate.set()
    # the next edit of the same route needs no waiting
    waited: list[object] = []
    scenario = Scenario("Fewer", (RemoveTrips(route_id="N1", start_s=7 * 3600, end_s=8 * 3600),))
    card = asyncio.run(desk.score(scenario, desk.new_queue(), on_wait=waited.append))
    assert waited == [desk.preparation]
    assert card.changed[0].trips_after < card.changed[0].trips_before


def test_an_older_request_that_waited_longer_does_not_overtake_a_newer_one(desk: Desk) -> None:
    async def run() -> list[object]:
        queue = desk.new_queue()
        old = desk.score(Scenario("old", (RemoveRoute(route_id="N1b"),)), queue, "weekday-evening")
        new = desk.score(Scenario("new", (RemoveRoute(route_id="N1"),)), queue)
        return await asyncio.gather(old, new, return_exceptions=True)

    old, new = asyncio.run(asyncio.wait_for(run(), 60))
    assert isinstance(old, SupersededWork)
    assert new.name == "new"  # type: ignore[attr-defined]


def test_files_that_do_not_fit_are_refused_in_words(desk: Desk) -> None:
    city = desk.city
    unknown = json.dumps(Scenario("x", (RemoveRoute(route_id="n1"),)).to_json())
    with pytest.raises(ScenarioError, match="route 'n1' does not run in Paper City; its GTFS id is 'N1'"):
        read_upload(unknown, city)
    with pytest.raises(InputError, match="takes one at a time"):
        read_upload(json.dumps(Scenario("x").to_json()), city)
    line = [list(lonlat(2, 3)), list(lonlat(18, 3))]
    drawn = {"type": "Feature", "properties": {"name": "One"}, "geometry": {"type": "LineString", "coordinates": line}}
    assert read_upload(json.dumps(drawn), city).edits[0].name == "One"  # type: ignore[union-attr]
