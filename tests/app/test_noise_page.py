"""The button "Measure the noise" on the comparing page: ten timetables of each alternative, progress, stopping."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.app.map_actions import keep_alternative, open_page
from tests.app.paper_city import lonlat
from tests.app.test_workbench_page import draw, during
from tests.scoring.test_compare import card
from workbench.app.alternatives import list_alternatives
from workbench.app.desk import Desk
from workbench.app.pages.compare import ComparePage
from workbench.app.pages.workbench import WorkbenchPage
from workbench.app.results.matrix import build_matrix
from workbench.scoring import INDICATORS, Scorecard, merge_phases
from workbench.storage import Store, open_store


@pytest.fixture
def store(desk: Desk, tmp_path: Path) -> Iterator[Store]:
    """Two routes, drawn one after the other."""
    with open_store(f"sqlite:///{tmp_path / 'workbench.db'}") as store:
        page = WorkbenchPage(desk, store)
        for seq, (row, headway) in enumerate(((3, "9"), (6, "13")), start=1):
            page.state.headway_text = headway
            draw(page, (lonlat(2, row), lonlat(20, row)), seq)
            page._on_action("save", "")
        yield store


def test_measuring_the_noise_puts_means_and_spreads_in_the_table(desk: Desk, store: Store) -> None:
    page = ComparePage(desk, store)
    assert "Noise has not been measured" in page.matrix.html
    assert 'data-action="measure-noise"' in page.matrix.html
    during(lambda: page._on_matrix("measure-noise", ""), lambda: page.measuring is None)
    assert page.state.error == ""
    assert "the mean of 10 possible timetables" in page.matrix.html
    assert 'data-action="measure-noise"' not in page.matrix.html
    for alternative in page.alternatives:
        assert alternative.card["n_phases"] == 10
        assert len(alternative.measure("residents_gaining_access")["by_phase"]) == 10
        assert len(alternative.stops) == 1  # what was kept beside the card is still there
    assert [alternative.name for alternative in page.alternatives] == ["Route A", "Route B"]
    # The kept cards are those of the live drawing, untouched.
    assert [kept.card["n_phases"] for kept in list_alternatives(store)] == [1, 1]


def test_progress_is_shown_and_the_work_can_be_stopped(desk: Desk, store: Store) -> None:
    page = ComparePage(desk, store)
    gate = threading.Event()
    desk._noise.start(lambda report: gate.wait(60))  # the thread is busy: ours waits
    page_says: list[str] = []

    def stop() -> bool:
        if page.measuring is not None and "Measuring the noise" in page.matrix.html:
            page_says.append(page.matrix.html)
            page._on_matrix("stop-noise", "")
            gate.set()
        return bool(page_says) and page.measuring is None

    try:
        during(lambda: page._on_matrix("measure-noise", ""), stop)
    finally:
        gate.set()
    assert 'data-action="stop-noise"' in page_says[0]
    assert "Measuring the noise" not in page.matrix.html
    assert page.state.error == ""
    assert [alternative.card["n_phases"] for alternative in page.alternatives] == [1, 1]


class Kept:
    """As much of a kept alternative as the table needs: people gaining, one number a timetable."""

    def __init__(self, name: str, *gaining: int) -> None:
        self.letter = self.name = name
        self.merged = merge_phases([card(name, residents_gaining_access=value) for value in gaining])
        self.card = self.merged.to_json()

    def measure(self, key: str) -> Mapping[str, object]:
        part: Mapping[str, Mapping[str, object]] = self.card[INDICATORS[key].part]  # type: ignore[assignment]
        return part.get(key, {})

    @property
    def parameters(self) -> Mapping[str, object]:
        return self.merged.parameters

    def group_rows(self) -> tuple[()]:
        return ()

    def scorecard(self) -> Scorecard:
        return self.merged


def test_who_leads_by_no_more_than_noise_is_too_close_to_call() -> None:
    # B leads A by 10, 10: certain. C leads B by 4 on average, but not in the second timetable.
    matrix = build_matrix([Kept("A", 100, 120), Kept("B", 110, 130), Kept("C", 120, 128)])  # type: ignore[list-item]
    row = matrix.groups[0].rows[1]  # people, below the minutes
    assert [cell.is_best for cell in row.cells] == [False, False, False]
    assert [cell.is_close for cell in row.cells] == [False, True, True]
    assert [cell.spread for cell in row.cells] == ["± 10", "± 10", "± 4"]
    assert matrix.verdicts == ("B and C do at least as well in everything compared, and better in something", "", "")
    alone = build_matrix([Kept("A", 100, 120), Kept("B", 110, 130)])  # type: ignore[list-item]
    assert [cell.is_best for cell in alone.groups[0].rows[1].cells] == [False, True]
    assert alone.is_measured
    assert "too close to call" in alone.noise


def test_alternatives_with_and_without_measured_noise_say_so() -> None:
    mixed = build_matrix([Kept("A", 100), Kept("B", 110, 130)])  # type: ignore[list-item]
    assert not mixed.is_measured
    assert mixed.noise.startswith("Some figures are those of one possible timetable")


@pytest.mark.browser
def test_the_button_works_in_a_browser(page: Page) -> None:
    open_page(page)
    keep_alternative(page, "Noisy", ((2, 3), (18, 3), (32, 3)))
    keep_alternative(page, "Noisier", ((2, 5), (18, 5), (32, 5)))
    page.click('a:has-text("Compare and vote") >> nth=0')
    expect(page.locator(".matrix")).to_contain_text("Noise has not been measured")
    page.click('[data-action="measure-noise"]')
    expect(page.locator(".matrix")).to_contain_text("the mean of 10 possible timetables", timeout=60_000)
    expect(page.locator('[data-action="measure-noise"]')).to_have_count(0)
