"""Every page, in every theme and size: accessible, within its width, and served without another host."""

from __future__ import annotations

import os
import urllib.request
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.app.map_actions import draw_route, open_page, wait_for_stage

pytestmark = pytest.mark.browser

AXE = Path(__file__).parents[2] / "workbench" / "frontend" / "node_modules" / "axe-core" / "axe.min.js"


def violations(page: Page) -> list[str]:
    """Return what axe-core finds of WCAG 2.2 A and AA, moderate ones included."""
    if not AXE.is_file():
        message = "axe-core is not installed: run `npm ci` in workbench/frontend"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    page.evaluate(AXE.read_text())
    found = page.evaluate(
        """async () => (await axe.run({ runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] })).violations
            .map((v) => `${v.id} (${v.impact}): ${v.nodes.map((n) => n.target.join(" ")).join(", ")}`)"""
    )
    return list(found)


@pytest.mark.parametrize("theme", ["light", "dark", "contrast"])
def test_the_drawing_page_has_no_accessibility_violation(page: Page, theme: str) -> None:
    open_page(page, f"/?theme={theme}")
    assert violations(page) == []
    draw_route(page)
    wait_for_stage(page, "exact")
    assert violations(page) == []


@pytest.mark.parametrize("theme", ["light", "dark", "contrast"])
def test_the_voting_page_has_no_accessibility_violation(page: Page, theme: str) -> None:
    open_page(page, f"/compare?theme={theme}")
    assert violations(page) == []


@pytest.mark.parametrize("path", ["/", "/compare"])
def test_nothing_is_wider_than_a_small_phone(chromium: Browser, served: str, path: str) -> None:
    context = chromium.new_context(base_url=served, viewport={"width": 360, "height": 740}, has_touch=True)
    page = context.new_page()
    open_page(page, path)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    small = page.evaluate(
        """() => [...document.querySelectorAll("main button, header button, header a")]
            .filter((b) => b.offsetParent && b.getBoundingClientRect().height < 44).map((b) => b.outerHTML.slice(0, 80))"""
    )
    assert small == []
    context.close()


def test_a_route_is_drawn_by_touch_on_a_phone(chromium: Browser, served: str) -> None:
    context = chromium.new_context(
        base_url=served, viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
    )
    page = context.new_page()
    open_page(page)
    box = page.locator(".sk-root canvas").bounding_box()
    assert box is not None
    for share in (0.3, 0.5, 0.7):
        page.touchscreen.tap(box["x"] + box["width"] * share, box["y"] + box["height"] * 0.6)
        page.wait_for_timeout(400)  # two quick taps would zoom
    expect(page.locator(".sk-root")).to_have_attribute("data-points", "3")
    page.tap('[data-tool="done"]')
    wait_for_stage(page, "exact")
    context.close()


def test_the_theme_is_chosen_kept_and_reaches_the_map(page: Page) -> None:
    open_page(page)
    page.click('[data-set-theme="dark"]')
    water = page.locator(".sk-root").evaluate(
        '(root) => root.sketchmap.map.getPaintProperty("water", "background-color")'
    )
    assert water == "#0c1620"
    page.goto("/compare")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"


def test_the_pages_mirror_for_right_to_left_writing(page: Page) -> None:
    open_page(page)
    page.evaluate("document.documentElement.dir = 'rtl'")
    map_box = page.locator(".map-cell").bounding_box()
    side_box = page.locator(".side").bounding_box()
    assert map_box is not None
    assert side_box is not None
    assert side_box["x"] < map_box["x"]


def test_the_legend_never_lies_on_the_buttons_of_the_map(page: Page) -> None:
    open_page(page)
    draw_route(page)
    wait_for_stage(page, "exact")
    page.wait_for_selector(".sk-legend", state="visible")
    for direction in ("ltr", "rtl"):
        page.evaluate("(dir) => { document.documentElement.dir = dir }", direction)
        legend = page.locator(".sk-legend").bounding_box()
        buttons = page.locator(".maplibregl-ctrl-group").bounding_box()
        assert legend is not None
        assert buttons is not None
        assert legend["x"] + legend["width"] < buttons["x"], direction


def test_layers_travel_compressed_and_are_not_sent_twice(served: str) -> None:
    request = urllib.request.Request(f"{served}/layers/zones.geojson", headers={"Accept-Encoding": "gzip"})
    with urllib.request.urlopen(request) as answer:
        assert answer.headers["Content-Encoding"] == "gzip"
        tag = answer.headers["Etag"]
    again = urllib.request.Request(f"{served}/layers/zones.geojson", headers={"If-None-Match": tag})
    with pytest.raises(urllib.error.HTTPError) as not_modified:
        urllib.request.urlopen(again)
    assert not_modified.value.code == 304
    not_modified.value.close()


@pytest.mark.parametrize("path", ["/layers/../manifest.geojson", "/layers/nothing.geojson", "/dist/../package.json"])
def test_only_listed_files_are_served(served: str, path: str) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"{served}{path}")
    assert refused.value.code in (403, 404)
    refused.value.close()


def test_two_people_draw_without_seeing_each_other(context: BrowserContext) -> None:
    first, second = context.new_page(), context.new_page()
    open_page(first)
    open_page(second)
    first.bring_to_front()
    draw_route(first)
    wait_for_stage(first, "exact")
    expect(second.locator(".result-body")).to_have_attribute("data-stage", "empty")
