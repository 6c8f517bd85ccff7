"""The ground of the map in a real browser: what is written at which zoom, colours that follow the theme, room for controls."""

from __future__ import annotations

import base64
import io

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.app.map_actions import open_page
from tests.app.paper_city import lonlat

pytestmark = pytest.mark.browser

LAND = lonlat(30, 2)
"""A place on the paper city's land where nothing is drawn."""


def go(page: Page, zoom: float, column: float = 18, row: float = 10) -> None:
    """Move the map and wait until everything in view is drawn."""
    page.locator(".sk-root").evaluate(
        """(root, [center, zoom]) => new Promise((done) => {
            const { map } = root.sketchmap;
            map.once("idle", done);
            map.jumpTo({ center, zoom });
        })""",
        [list(lonlat(column, row)), zoom],
    )


def written(page: Page, *layers: str) -> set[str]:
    """Return the names that are on the screen in some layers, `routes` for bullets of the subway."""
    found = page.locator(".sk-root").evaluate(
        """(root, layers) => root.sketchmap.map.queryRenderedFeatures({ layers })
            .map(({ properties }) => properties.routes ?? properties.name)""",
        list(layers),
    )
    return set(found)


def color_at(page: Page, place: tuple[float, float]) -> tuple[int, int, int]:
    """Return the colour of the drawn map at a place."""
    picture = page.locator(".sk-root").evaluate(
        """(root, place) => new Promise((done) => {
            const { map } = root.sketchmap;
            map.once("render", () => {
                const canvas = document.createElement("canvas");
                canvas.width = canvas.height = 1;
                const { x, y } = map.project(place);
                const scale = map.getCanvas().width / map.getContainer().clientWidth;
                canvas.getContext("2d").drawImage(map.getCanvas(), x * scale, y * scale, 1, 1, 0, 0, 1, 1);
                done(canvas.toDataURL("image/png").split(",")[1]);
            });
            map.triggerRepaint();
        })""",
        list(place),
    )
    red, green, blue = Image.open(io.BytesIO(base64.b64decode(picture))).convert("RGB").getpixel((0, 0))
    return red, green, blue


def test_what_is_written_grows_with_the_zoom_and_bullets_are_drawn_on_demand(page: Page) -> None:
    missing: list[str] = []
    page.on("console", lambda message: missing.append(message.text) if "could not be loaded" in message.text else None)
    open_page(page)
    go(page, 11)
    assert written(page, "borough-names") == {"West", "East"}
    assert written(page, "labels") == {"Old Paper"}
    assert written(page, "station-names", "bus-names", "street-names", "stop-names") == set()
    go(page, 14)
    assert written(page, "station-names") == {"Middle"}
    assert written(page, "line-names") == {"1 2"}
    assert written(page, "borough-names") == set()
    go(page, 14, row=6)
    assert written(page, "street-names") == {"Paper Street"}
    go(page, 16, row=21)
    assert "N1" in written(page, "bus-names")
    assert written(page, "stop-names") >= {"N6"}
    images = page.locator(".sk-root").evaluate("(root) => root.sketchmap.map.listImages()")
    assert any(name.startswith("trunk|") and name.endswith("|#d82233|1 2") for name in images)
    assert any(name.startswith("lines|") and name.endswith("|1#d82233 2#d82233") for name in images)
    assert missing == []


def test_the_ground_follows_the_theme(page: Page) -> None:
    open_page(page, "/?theme=light")
    light = color_at(page, LAND)
    page.click('[data-set-theme="dark"]')
    dark = color_at(page, LAND)
    page.click('[data-set-theme="contrast"]')
    contrast = color_at(page, LAND)
    # themes.ts: land #f1eee5, #20262d, #1a1a1a
    assert light == pytest.approx((0xF1, 0xEE, 0xE5), abs=2)
    assert dark == pytest.approx((0x20, 0x26, 0x2D), abs=2)
    assert contrast == pytest.approx((0x1A, 0x1A, 0x1A), abs=2)


def test_words_are_larger_on_a_projector(page: Page) -> None:
    open_page(page)
    size = '(root) => root.sketchmap.map.getLayoutProperty("labels", "text-size").at(-1)'
    at_a_desk = page.locator(".sk-root").evaluate(size)
    page.set_viewport_size({"width": 1920, "height": 1080})
    page.wait_for_selector('.sk-root[data-scale="1.3"]')
    assert page.locator(".sk-root").evaluate(size) == pytest.approx(1.3 * at_a_desk)


def test_who_made_the_data_is_written_on_the_map(page: Page) -> None:
    open_page(page)
    credit = page.locator(".maplibregl-ctrl-attrib-inner")
    expect(credit).to_be_visible()
    assert credit.inner_text() == "Data: Paper Transit"
    page.set_viewport_size({"width": 390, "height": 844})
    open_page(page)
    expect(credit).to_be_hidden()
    page.click(".maplibregl-ctrl-attrib-button")
    expect(credit).to_be_visible()


def test_on_a_phone_the_city_stands_between_the_buttons_and_the_legend(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    open_page(page)
    top, bottom, height = page.locator(".sk-root").evaluate(
        """(root) => {
            const { map } = root.sketchmap;
            const lats = [];
            const walk = (value) => typeof value[0] === "number" ? lats.push(value[1]) : value.forEach(walk);
            map.querySourceFeatures("land").forEach(({ geometry }) => walk(geometry.coordinates));
            const y = (lat) => map.project([map.getCenter().lng, lat]).y;
            return [y(Math.max(...lats)), y(Math.min(...lats)), map.getContainer().clientHeight];
        }"""
    )
    buttons = page.locator(".sk-bar").bounding_box()
    area = page.locator(".sk-root").bounding_box()
    assert buttons is not None
    assert area is not None
    assert top >= buttons["y"] + buttons["height"] - area["y"]
    assert bottom <= height - 164, "the legend of a phone reaches 164 pixels up"


def test_in_a_mirrored_page_the_buttons_stay_where_the_map_is_empty(page: Page) -> None:
    page.add_init_script("document.addEventListener('DOMContentLoaded', () => (document.documentElement.dir = 'rtl'))")
    open_page(page)
    area, bar = page.locator(".sk-root").bounding_box(), page.locator(".sk-bar").bounding_box()
    assert area is not None
    assert bar is not None
    assert bar["x"] - area["x"] < 30
