"""The drawing table without a browser: stages, saving, and drawing while the base is still being computed."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable

import pytest

from tests.app.paper_city import lonlat
from workbench.app.alternatives import letter_of, list_alternatives
from workbench.app.assumptions import Assumptions
from workbench.app.components.fragment import Upload
from workbench.app.components.sketch_map import Sketch
from workbench.app.desk import Desk
from workbench.app.pages.compare import ComparePage
from workbench.app.pages.workbench import WorkbenchPage
from workbench.app.results.matrix import build_matrix
from workbench.errors import StorageError
from workbench.jobs import Jobs
from workbench.network import Baseline
from workbench.scenario import Scenario
from workbench.scoring import Scorecard
from workbench.storage import Store

LINE = (lonlat(2, 3), lonlat(18, 3), lonlat(32, 3))


def during(act: Callable[[], object], until: Callable[[], bool]) -> None:
    """Do something inside an event loop, as the server does, and wait until it shows."""

    async def run() -> None:
        act()
        for _ in range(600):
            if until():
                return
            await asyncio.sleep(0.05)
        pytest.fail("it did not happen within 30 seconds")

    asyncio.run(run())


def draw(page: WorkbenchPage, line: tuple[tuple[float, float], ...] = LINE, seq: int = 1) -> None:
    during(
        lambda: page.table.on_sketch(Sketch(seq, line, finished=True)), lambda: page.state.stage in ("exact", "refused")
    )


def test_a_drawing_becomes_an_exact_card_and_a_kept_alternative(desk: Desk, store: Store) -> None:
    page = WorkbenchPage(desk, store)
    assert "Draw the bus route you want" in page.result.html
    page.state.title = "South <i>line</i>"
    draw(page)
    assert page.state.stage == "exact"
    assert 'data-state="exact"' in page.result.html
    assert "South &lt;i&gt;line&lt;/i&gt;" in page.result.html
    page._on_action("save", "")
    (kept,) = list_alternatives(store)
    assert (kept.letter, kept.name) == ("A", "South <i>line</i>")
    assert kept.scenario.edits[0].line_lonlat == LINE
    assert len(kept.on_map()[0].stops) > 5
    assert page.state.stage == "empty"
    assert "Saved as alternative A" in page.result.html


def test_saving_before_the_exact_result_is_refused_in_words(desk: Desk, store: Store) -> None:
    page = WorkbenchPage(desk, store)
    page._on_action("save", "")
    assert "The exact result is not there yet" in page.result.html
    assert store.alternatives.count() == 0


def test_one_point_is_no_route_and_no_error_while_drawing(desk: Desk, store: Store) -> None:
    page = WorkbenchPage(desk, store)
    page.table.on_sketch(Sketch(1, LINE[:1], finished=False))
    assert (page.state.stage, page.state.error) == ("empty", "")


def test_a_file_too_large_is_refused_and_the_drawing_stays(desk: Desk, store: Store) -> None:
    page = WorkbenchPage(desk, store)
    draw(page)
    page._on_upload(Upload("big.geojson", 3_000_000, ""))
    assert page.state.error == "The file has 3.0 MB, at most 1 MB are read."
    assert page.state.points == LINE
    assert page.card is not None


def test_people_draw_while_the_base_is_computed_and_the_exact_card_follows(desk: Desk, store: Store) -> None:
    gate, jobs = threading.Event(), Jobs(1, name="gate")
    ready = desk.preparation

    def wait(report: Callable[[float, str], None]) -> object:
        report(0.4, "12 s left")
        gate.wait(30)
        return ready.result()

    async def run() -> None:
        page = WorkbenchPage(desk, store)
        page.table.on_sketch(Sketch(1, (lonlat(2, 9), lonlat(20, 9)), finished=True))
        while page.state.stage != "preview":
            await asyncio.sleep(0.02)
        assert "Getting ready" in page.result.html
        assert 'max="100" value="40"' in page.result.html
        assert "Travel times are still being computed" in page.result.html
        gate.set()
        while page.state.stage != "exact":
            await asyncio.sleep(0.02)
        assert "Getting ready" not in page.result.html

    desk.preparation = jobs.start(wait)
    try:
        asyncio.run(asyncio.wait_for(run(), 60))
    finally:
        gate.set()
        jobs.close()
        desk.preparation = ready


def test_a_base_that_cannot_be_computed_is_said_on_the_page(desk: Desk, store: Store) -> None:
    jobs = Jobs(1, name="full")
    ready = desk.preparation

    def fail(_report: Callable[[float, str], None]) -> object:
        raise StorageError("the disk is full")

    desk.preparation = jobs.start(fail)
    try:
        page = WorkbenchPage(desk, store)
        draw(page, (lonlat(2, 12), lonlat(20, 12)))
        assert page.state.error == "The disk is full."
    finally:
        jobs.close()
        desk.preparation = ready


def test_letters_stay_with_their_alternative_whatever_is_removed(desk: Desk, store: Store) -> None:
    page = WorkbenchPage(desk, store)
    for seq, row in enumerate((3, 6, 9), start=1):
        draw(page, (lonlat(2, row), lonlat(20, row)), seq)
        page._on_action("save", "")
    page._on_action("remove", "a1")
    assert [kept.letter for kept in list_alternatives(store)] == ["B", "C"]
    page._on_action("restore", "a1")
    assert [kept.letter for kept in list_alternatives(store)] == ["A", "B", "C"]
    assert [letter_of(number) for number in (0, 25, 26, 51, 52)] == ["A", "Z", "AA", "AZ", "BA"]


def test_the_matrix_marks_the_best_of_a_row_and_who_is_dominated(desk: Desk, store: Store) -> None:
    page = WorkbenchPage(desk, store)
    draw(page)
    page._on_action("save", "")
    page.state.headway_text = "30"  # the same line with a third of the buses: fewer gain, it costs less
    draw(page, seq=2)
    page._on_action("save", "")
    matrix = build_matrix(list_alternatives(store))
    rows = {row.label: row for group in matrix.groups for row in group.rows}
    assert [cell.is_best for cell in rows["Cost"].cells] == [False, True]
    assert rows["Cost"].cells[0].percent == 100
    near = rows["People within a quarter-mile walk of a stop"]
    assert [cell.is_best for cell in near.cells] == [False, False]  # both serve the same people
    assert matrix.verdicts == ("", "")  # one gives more, the other costs less
    assert matrix.note == ""


def test_a_saved_card_is_the_card_that_was_shown(desk: Desk, store: Store) -> None:
    page = WorkbenchPage(desk, store)
    draw(page)
    assert page.card is not None
    shown = page.card.to_json()
    page._on_action("save", "")
    (kept,) = store.alternatives.list()
    saved = json.loads(kept.scorecard_json)
    assert {key: saved[key] for key in shown} == json.loads(json.dumps(shown))


def test_an_empty_ballot_is_not_cast_and_a_full_one_is_kept(desk: Desk, store: Store) -> None:
    table = WorkbenchPage(desk, store)
    for seq, row in enumerate((3, 6), start=1):
        draw(table, (lonlat(2, row), lonlat(20, row)), seq)
        table._on_action("save", "")
    page = ComparePage(desk, store)
    page._on_ballot("cast", "")
    assert "The ballot is empty" in page.ballot.html
    assert store.ballots.count() == 0
    page._on_ballot("add", "a2")
    page._on_ballot("add", "a1")
    page._on_ballot("add", "no-such-alternative")
    page._on_ballot("cast", "")
    (ballot,) = store.ballots.list()
    assert ballot.ranking == (frozenset({"a2"}), frozenset({"a1"}))
    assert page.state.places == ()
    page._on_count("count", "")
    assert page.count.html.index("Place 1") < page.count.html.index("Place 2")


def test_what_the_next_click_would_draw_is_scored_ahead(
    desk: Desk, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    scored: list[int] = []
    evaluate = desk._evaluate

    def count(scenario: Scenario, baseline: Baseline, assumed: Assumptions) -> Scorecard:
        scored.append(len(scenario.edits[0].line_lonlat))
        return evaluate(scenario, baseline, assumed)

    monkeypatch.setattr(desk, "_evaluate", count)

    async def run() -> None:
        await desk.preparation.wait()
        page = WorkbenchPage(desk, store)
        line = (lonlat(3, 9), lonlat(14, 9), lonlat(21, 8))
        page.table.on_sketch(Sketch(1, line[:2], finished=False))
        while page.state.stage != "exact":
            await asyncio.sleep(0.02)
        n_kept = len(desk._kept)
        page._on_ahead(Sketch(1, line, finished=False))
        while scored != [2, 3]:
            await asyncio.sleep(0.02)
        assert page.card is not None
        assert page.card.routes[0].line == line[:2], "what may come is not shown"
        while len(desk._kept) == n_kept:
            await asyncio.sleep(0.02)
        page.table.on_sketch(Sketch(2, line, finished=False))
        while page.card is None or page.card.routes[0].line != line:
            await asyncio.sleep(0.02)
        assert scored == [2, 3], "it was there already"

    asyncio.run(asyncio.wait_for(run(), 60))
