"""The route editor in a real browser: with the keyboard alone, with a click on the map; a binary file comes through whole."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.app.map_actions import on_screen, open_page, wait_for_stage
from tests.app.test_workbench_page import LINE
from workbench.scenario import AddRoute
from workbench.scenario.formats.lines import write_lines

pytestmark = pytest.mark.browser


def test_a_route_is_found_changed_and_undone_with_the_keyboard_alone(page: Page) -> None:
    open_page(page)
    page.focus("#edit-route")
    page.keyboard.type("N1b")
    page.keyboard.press("Enter")
    button = page.locator("[data-key=edit-do-busway]")
    button.wait_for()
    button.focus()
    page.keyboard.press("Enter")
    wait_for_stage(page, "exact")
    expect(page.locator("[data-opened] li")).to_have_text("Route N1b runs 43% faster with a busway.")
    expect(page.locator("[data-budget]")).to_contain_text("a year")
    expect(page.locator("[data-key=edit-do-busway]")).to_be_focused()
    page.focus("[data-key=undo-edit]")
    page.keyboard.press("Enter")
    wait_for_stage(page, "empty")
    expect(page.locator("[data-opened]")).to_have_count(0)
    page.focus("[data-key=redo-edit]")
    page.keyboard.press("Enter")
    wait_for_stage(page, "exact")
    expect(page.locator("[data-opened] li")).to_have_count(1)


def test_a_click_on_the_map_picks_a_route_and_draws_nothing(page: Page) -> None:
    open_page(page)
    page.click("[data-key=edit-pick]")
    page.mouse.click(*on_screen(page, 16, 21))
    page.click("[data-key=edit-near-N1]")
    expect(page.locator("#edit-direction")).to_be_visible()
    assert page.locator(".sk-root").get_attribute("data-points") in (None, "0")


def test_a_geopackage_comes_through_whole(page: Page, tmp_path: Path) -> None:
    write_lines("x", (AddRoute("r", "From a file", LINE, headway_s=720),), tmp_path / "r.gpkg", "geopackage")
    open_page(page)
    page.set_input_files("[data-upload]", files=[tmp_path / "r.gpkg"])
    wait_for_stage(page, "exact")
    expect(page.locator("#title")).to_have_value("From a file")
    expect(page.locator(".sk-root")).to_have_attribute("data-points", "3")
