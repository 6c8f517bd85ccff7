"""How much work one click makes, counted: times on a shared machine hide what counters show."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.app.map_actions import ALONG, click_squares, draw_route, on_screen, open_page, wait_for_stage

pytestmark = pytest.mark.browser

COUNT = """root => {
    const { map } = root.sketchmap;
    root.counted = { pictures: 0, sources: [], edge: map.getPaintProperty("zone-edge", "line-opacity") };
    map.on("render", () => root.counted.pictures++);
    for (const name of Object.keys(map.getStyle().sources)) {
        const source = map.getSource(name), set = source.setData.bind(source);
        source.setData = (...data) => { root.counted.sources.push(name); return set(...data); };
    }
}"""


def counted(page: Page) -> dict[str, object]:
    found: dict[str, object] = page.locator(".sk-root").evaluate("root => root.counted")
    return found


def wait_until_painted(page: Page) -> None:
    """Wait until the map shows the exact result of the line as it is now, and rests."""
    page.locator(".sk-root").evaluate(
        """root => new Promise(done => {
            const { map } = root.sketchmap;
            const look = () => root.dataset.painted === root.dataset.seq && map.loaded() ? setTimeout(done, 700) : setTimeout(look, 50);
            look();
        })"""
    )


def test_ending_a_line_is_told_once(page: Page) -> None:
    open_page(page)
    click_squares(page, ALONG)
    wait_until_painted(page)
    root = page.locator(".sk-root")
    before = int(root.get_attribute("data-seq") or 0)
    click_squares(page, ALONG[-1:])
    wait_until_painted(page)
    # Showing the handles on the line is no change of it: the score that is being made is not begun again.
    assert int(root.get_attribute("data-seq") or 0) == before + 1


def test_ending_a_line_whose_card_is_there_changes_no_card_and_no_stop(page: Page) -> None:
    open_page(page)
    click_squares(page, ALONG)
    wait_for_stage(page, "exact")
    wait_until_painted(page)
    page.locator(".result-body").evaluate("body => body.classList.add('the-same')")
    page.locator(".sk-root").evaluate(COUNT)
    click_squares(page, ALONG[-1:])
    wait_until_painted(page)
    expect(page.locator(".result-body.the-same")).to_have_attribute("data-stage", "exact")
    sources = counted(page)["sources"]
    assert isinstance(sources, list)
    assert {"stops_drawn", "routes", "zones", "streets"}.isdisjoint(sources)


def test_the_pointer_on_its_way_to_the_next_point_paints_no_map(page: Page) -> None:
    open_page(page)
    click_squares(page, ALONG[:1])
    wait_for_rest(page)
    page.locator(".sk-root").evaluate(COUNT)
    for column in range(4, 12):
        page.mouse.move(*on_screen(page, column, 8))
        page.wait_for_timeout(30)
    band = page.locator(".sk-band[data-shown] line")
    x, y = on_screen(page, 11, 8)
    box = page.locator(".sk-root canvas").bounding_box()
    assert box is not None
    # It ends at the pointer, in the colour of the line, dotted.
    assert abs(float(band.get_attribute("x2") or 0) - (x - box["x"])) < 2
    assert abs(float(band.get_attribute("y2") or 0) - (y - box["y"])) < 2
    assert band.get_attribute("stroke")
    assert band.get_attribute("stroke-dasharray")
    page.wait_for_timeout(300)
    assert counted(page)["pictures"] == 0
    assert counted(page)["sources"] == []


def wait_for_rest(page: Page) -> None:
    page.locator(".sk-root").evaluate(
        """root => new Promise(done => {
            const { map } = root.sketchmap;
            let at = performance.now();
            map.on("render", () => { at = performance.now(); });
            const look = () => performance.now() - at > 600 && map.loaded() ? done() : setTimeout(look, 50);
            look();
        })"""
    )


def test_areas_are_outlined_only_where_somebody_points(page: Page) -> None:
    open_page(page)
    draw_route(page)
    wait_for_stage(page, "exact")
    wait_until_painted(page)
    root = page.locator(".sk-root")
    edge = 'root => root.sketchmap.map.getPaintProperty("zone-edge", "line-opacity")'
    page.mouse.move(*on_screen(page, 20, 8))
    page.wait_for_timeout(200)
    assert root.evaluate(edge) == 1
    page.mouse.move(2, 2)
    page.wait_for_timeout(200)
    assert root.evaluate(edge) == 0
