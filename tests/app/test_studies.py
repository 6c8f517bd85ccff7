"""The buttons below the exact card: what each part is worth, what would change the verdict; progress, stopping, other cards."""

from __future__ import annotations

import threading

import pytest
from playwright.sync_api import Page, expect

from tests.app.map_actions import draw_route, open_page, wait_for_stage
from tests.app.paper_city import lonlat
from tests.app.test_workbench_page import draw, during
from workbench.app.components.sketch_map import Sketch
from workbench.app.desk import Desk
from workbench.app.pages.workbench import WorkbenchPage
from workbench.app.results.studies import ONE_CHANGE, parts_note
from workbench.departures import score_departures
from workbench.parts import score_parts
from workbench.rides import score_rides
from workbench.scenario import Scenario, SetHeadway
from workbench.storage import Store

LINE = (lonlat(2, 3), lonlat(20, 3))


def idle(page: WorkbenchPage) -> bool:
    return page.studies._task is None


def test_the_value_of_each_stretch_appears_in_the_card(desk: Desk, store: Store) -> None:
    page = WorkbenchPage(desk, store)
    assert "study-parts" not in page.result.html  # no card, no question
    draw(page, LINE)
    assert 'data-action="study-parts"' in page.result.html
    assert "each stretch of it is left out in turn" in page.result.html
    during(
        lambda: page._on_action("study-parts", ""), lambda: idle(page) and "What each part is worth" in page.result.html
    )
    assert 'data-action="study-parts"' not in page.result.html
    assert page.card is not None
    scenario = page._drawn()
    assert scenario is not None
    wanted = score_parts(desk.city, scenario, page.card, baseline=desk.preparation.result()).parts
    assert page.studies.on_card(page.card).parts == wanted
    assert len(wanted) > 1
    old, other = page.card, (lonlat(2, 5), lonlat(20, 5))
    page.state.points = other  # the drawing has moved on, its card is not there yet: no answer about two things at once
    page._on_action("study-sensitivity", "")
    assert idle(page)
    during(lambda: page.table.on_sketch(Sketch(2, other, finished=True)), lambda: page.card not in (None, old))
    # Another card: the answers of the first are gone.
    assert "What each part is worth" not in page.result.html
    assert 'data-action="study-parts"' in page.result.html


def test_what_would_change_the_verdict_is_said_in_sentences(desk: Desk, store: Store) -> None:
    page = WorkbenchPage(desk, store)
    draw(page, LINE)
    during(
        lambda: page._on_action("study-sensitivity", ""),
        lambda: idle(page) and "other assumptions were tried" in page.result.html,
    )
    assert 'data-action="study-sensitivity"' not in page.result.html
    assert 'data-action="study-parts"' in page.result.html  # the other question may still be asked
    assert page.studies.error == ""


def test_rides_and_minutes_to_leave_come_onto_the_card_and_leave_with_it(desk: Desk, store: Store) -> None:
    page = WorkbenchPage(desk, store)
    draw(page, LINE)
    assert "Who has to change vehicle once more was not counted for this card." in page.result.html
    during(lambda: page._on_action("study-rides", ""), lambda: idle(page) and "Changing vehicle" in page.result.html)
    assert "was not counted" not in page.result.html
    assert 'data-action="study-rides"' not in page.result.html
    during(
        lambda: page._on_action("study-departures", ""),
        lambda: idle(page) and "Good and bad minutes to leave" in page.result.html,
    )
    assert "Changing vehicle" in page.result.html  # one answer does not drive out the other
    assert page.card is not None
    scenario = page._drawn()
    assert scenario is not None
    shown, asked = page.studies.on_card(page.card), {"baseline": desk.preparation.result()}
    assert shown.rides == score_rides(desk.city, scenario, page.card, **asked).rides
    assert shown.departures == score_departures(desk.city, scenario, page.card, **asked).departures
    assert float(shown.departures["person_minutes_per_day_p75"].value or 0) > 0
    old = page.card
    during(
        lambda: page.table.on_sketch(Sketch(2, (lonlat(2, 5), lonlat(20, 5)), finished=True)),
        lambda: page.card not in (None, old),
    )
    assert "Changing vehicle" not in page.result.html
    assert 'data-action="study-rides"' in page.result.html
    assert 'data-action="study-departures"' in page.result.html


def test_progress_is_shown_and_the_work_can_be_stopped(desk: Desk, store: Store) -> None:
    page = WorkbenchPage(desk, store)
    draw(page, LINE)
    gate = threading.Event()
    desk._studies.start(lambda report: gate.wait(60))  # the thread is busy: ours waits
    try:
        during(lambda: page._on_action("study-parts", ""), lambda: 'data-action="study-stop"' in page.result.html)
        page._on_action("study-sensitivity", "")  # one at a time
        task = page.studies._task
        assert task is not None
        page._on_action("study-stop", "")
        page.studies._watch()
    finally:
        gate.set()
    assert idle(page)
    assert 'data-action="study-parts"' in page.result.html
    assert page.studies.error == ""


def test_a_single_change_of_today_has_no_parts(desk: Desk, store: Store) -> None:
    change = SetHeadway(route_id="N1", headway_s=300, start_s=21600, end_s=36000)
    assert parts_note(Scenario("one", (change,))) == ONE_CHANGE
    assert "2 routes or stops" in parts_note(
        Scenario("two", (change, SetHeadway(route_id="N1b", headway_s=300, start_s=21600, end_s=36000)))
    )
    page = WorkbenchPage(desk, store)
    during(lambda: page._change_today((change,)), lambda: page.state.stage in ("exact", "refused"))
    assert page.state.stage == "exact"
    assert ONE_CHANGE in page.result.html
    assert 'data-action="study-parts"' not in page.result.html
    assert 'data-action="study-sensitivity"' in page.result.html
    page._on_action("study-parts", "")  # an old button pressed late
    assert idle(page)


@pytest.mark.browser
def test_the_buttons_work_in_a_browser(page: Page) -> None:
    open_page(page)
    draw_route(page)
    wait_for_stage(page, "exact")
    page.click('[data-action="study-parts"]')
    expect(page.locator("summary", has_text="What each part is worth")).to_have_count(1, timeout=60_000)
    page.click('[data-action="study-rides"]')
    expect(page.locator(".balance-worse")).to_contain_text(
        "must change once more on one likely trip in fifty", timeout=60_000
    )
    page.click('[data-action="study-departures"]')
    expect(page.locator("summary", has_text="Good and bad minutes to leave")).to_have_count(1, timeout=60_000)
    page.click('.studies [data-action="study-sensitivity"]')
    expect(page.locator(".assume-answer")).to_contain_text("other assumptions were tried", timeout=60_000)
