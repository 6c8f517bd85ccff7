"""Small maps and the difference of two on the comparing page, in Python and in Chromium."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.app.map_actions import keep_alternative, open_page
from tests.app.paper_city import lonlat
from tests.app.test_workbench_page import draw, during
from workbench.app.desk import Desk
from workbench.app.pages.compare import ComparePage
from workbench.app.pages.workbench import WorkbenchPage
from workbench.storage import Store, open_store


@pytest.fixture
def store(desk: Desk, tmp_path: Path) -> Iterator[Store]:
    """Two routes, one with a name that would run if it were markup."""
    with open_store(f"sqlite:///{tmp_path / 'workbench.db'}") as store:
        page = WorkbenchPage(desk, store)
        for seq, (row, name) in enumerate(((3, "South <i>line</i>"), (6, "")), start=1):
            page.state.title = name
            draw(page, (lonlat(2, row), lonlat(20, row)), seq)
            page._on_action("save", "")
        yield store


def drawn(page: ComparePage) -> bool:
    return page.sides.task is None and 'class="difference"' in page.sides.fragment.html


def test_maps_and_the_difference_appear_by_themselves_and_follow_the_choice(desk: Desk, store: Store) -> None:
    page = ComparePage(desk, store)
    during(page._on_ready, lambda: drawn(page))
    html = page.sides.fragment.html
    assert html.count('class="small-map"') == 3  # two and the difference
    assert "South &lt;i&gt;line&lt;/i&gt;" in html
    assert "<i>line" not in html
    assert "people reach at least 1% more with A than with B." in html
    first, second = (one.alternative_id for one in page.alternatives)
    page.sides._on_field("one", "never seen")
    assert page.sides.state.one == first

    def swap() -> None:
        page.sides._on_field("one", second)
        page.sides._on_field("other", first)

    during(swap, lambda: "Difference map of B" in page.sides.fragment.html)
    during(lambda: page.sides._on_field("other", second), lambda: "not the same" in page.sides.fragment.html)
    # The figures are those of the cards: who gains with A by its card gains on its map.
    card = page.alternatives[0].measure("residents_gaining_access")
    assert f"{card['value']:,} people can reach at least 1% more" in html


def test_measuring_the_noise_draws_the_maps_anew_with_what_is_within_noise(desk: Desk, store: Store) -> None:
    page = ComparePage(desk, store)
    during(page._on_ready, lambda: drawn(page))
    assert "The noise has not been measured: a small difference" in page.sides.fragment.html
    during(
        lambda: page._on_matrix("measure-noise", ""),
        lambda: page.measuring is None and drawn(page) and "over 10 timetables" in page.sides.fragment.html,
    )
    assert "but within noise." in page.sides.fragment.html


def test_drawing_can_be_stopped_and_begun_again(desk: Desk, store: Store) -> None:
    page = ComparePage(desk, store)
    gate = threading.Event()
    desk._maps.start(lambda report: gate.wait(60))  # the thread is busy: ours waits
    try:
        during(page.sides.start, lambda: "Drawing the maps" in page.sides.fragment.html)
        during(
            lambda: page.sides._on_action("stop-maps", ""),
            lambda: page.sides.task is None or page.sides._watch() is None,
        )
    finally:
        gate.set()
    assert page.sides.drawn is None
    assert "Stopped." in page.sides.fragment.html
    during(lambda: page.sides._on_action("draw-maps", ""), lambda: drawn(page))


def test_without_alternatives_nothing_is_drawn(desk: Desk, tmp_path: Path) -> None:
    with open_store(f"sqlite:///{tmp_path / 'empty.db'}") as empty:
        page = ComparePage(desk, empty)
        page.sides.start()
        assert page.sides.task is None
        assert "When alternatives are kept" in page.sides.fragment.html


@pytest.mark.browser
@pytest.mark.parametrize("size", [(1920, 1080), (390, 844)])
def test_the_maps_fit_every_screen(page: Page, size: tuple[int, int]) -> None:
    open_page(page)
    if page.locator(".shelf-name").count() < 2:
        keep_alternative(page, "Mapped", ((2, 3), (18, 3), (32, 3)))
        keep_alternative(page, "Beside", ((2, 5), (18, 5), (32, 5)))
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.click('a:has-text("Compare and vote") >> nth=0')
    page.wait_for_selector(".difference", timeout=60_000)
    for rtl in (False, True):
        page.evaluate(f"document.documentElement.dir = '{'rtl' if rtl else 'ltr'}'")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        widths = page.locator(".small-map").evaluate_all("maps => maps.map(one => one.getBoundingClientRect().width)")
        assert min(widths) > 150
    before = page.locator(".difference-words").inner_text()
    page.select_option('[data-field="one"]', index=1)
    page.select_option('[data-field="other"]', index=0)
    expect(page.locator(".difference-words")).not_to_have_text(before)
