"""Drawing in a real browser: by mouse, by keyboard, with undo, and with input that cannot be used."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Page, expect

from tests.app.map_actions import ALONG, click_squares, draw_route, on_screen, open_page, wait_for_stage
from tests.app.paper_city import lonlat

pytestmark = pytest.mark.browser

WATCH_STAGES = """
() => {
    window.stages = [];
    new MutationObserver(() => {
        const stage = document.querySelector(".result-body")?.dataset.stage;
        if (stage && stage !== window.stages.at(-1)) window.stages.push(stage);
    }).observe(document.body, { subtree: true, childList: true, attributes: true });
}
"""


def painted_zones(page: Page) -> int:
    """Return how many zones of the paper city are painted in another colour than "no change"."""
    return page.locator(".sk-root").evaluate(
        """(root) => {
            let n = 0;
            for (let id = 0; id < 96; id++) {
                const { v } = root.sketchmap.map.getFeatureState({ source: "zones", id });
                if (v !== undefined && v !== 128) n++;
            }
            return n;
        }"""
    )


def test_a_line_gets_an_exact_card_and_the_map_is_painted(page: Page) -> None:
    open_page(page)
    page.evaluate(WATCH_STAGES)
    draw_route(page)
    wait_for_stage(page, "exact")
    page.wait_for_selector(".sk-root[data-painted]")
    assert page.evaluate("window.stages")[-1] == "exact"
    # A bus every 10 minutes along the south, where there was none: people near it gain hours, nobody loses any.
    gained = page.locator(".balance-better .figure").inner_text()
    assert int(gained.replace(",", "")) > 100
    gainers = page.locator(".balance-better .balance-people b").inner_text()
    assert int(gainers.removeprefix("roughly ").replace(",", "")) > 10_000
    assert page.locator(".balance-worse .figure").inner_text() == "0"
    assert page.locator(".card .badge").first.inner_text() == "Exact"
    assert painted_zones(page) > 10
    expect(page.locator(".sk-legend")).to_be_visible()


def test_the_page_of_the_drawing_table_is_no_longer_than_the_screen(page: Page) -> None:
    open_page(page)
    draw_route(page)
    wait_for_stage(page, "exact")
    assert page.evaluate("document.documentElement.scrollHeight - innerHeight") == 0, "only the side scrolls"
    expect(page.locator(".card-title").first).to_be_in_viewport()  # nobody scrolls to find the card
    assert page.evaluate("(side => side.scrollHeight - side.clientHeight)(document.querySelector('.side'))") > 100


def test_the_seq_on_the_screen_is_that_of_the_last_click(page: Page) -> None:
    open_page(page)
    draw_route(page)
    sent = page.locator(".sk-root").get_attribute("data-seq")
    page.wait_for_selector(f'.sk-root[data-painted="{sent}"]')


def test_drawing_by_keyboard_alone(page: Page) -> None:
    open_page(page)
    page.locator(".sk-root canvas").focus()
    page.keyboard.press("Space")
    for _ in range(2):
        page.keyboard.press("ArrowRight")
        page.wait_for_timeout(500)  # the map glides
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    page.wait_for_timeout(500)
    page.keyboard.press("Space")
    expect(page.locator(".sk-root")).to_have_attribute("data-points", "3")
    page.keyboard.press("Backspace")
    expect(page.locator(".sk-root")).to_have_attribute("data-points", "2")
    page.keyboard.press("Enter")
    wait_for_stage(page, "exact")
    expect(page.locator(".sk-live")).to_contain_text("Exact result")  # said after "Line finished"


def test_undo_and_redo_go_one_click_at_a_time(page: Page) -> None:
    open_page(page)
    root = page.locator(".sk-root")
    click_squares(page, ALONG)
    for n_points in ("3", "2", "1", "0"):
        page.click('[data-tool="undo"]')
        expect(root).to_have_attribute("data-points", n_points)
    wait_for_stage(page, "empty")
    for n_points in ("1", "2", "3", "4"):
        page.click('[data-tool="redo"]')
        expect(root).to_have_attribute("data-points", n_points)
    page.click('[data-tool="clear"]')
    expect(root).to_have_attribute("data-points", "0")
    page.click('[data-tool="undo"]')
    expect(root).to_have_attribute("data-points", "4")


def test_a_finished_line_can_be_bent_by_dragging_a_point(page: Page) -> None:
    open_page(page)
    draw_route(page)
    wait_for_stage(page, "exact")
    x, y = on_screen(page, *ALONG[2])
    to_x, to_y = on_screen(page, 24, 12)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move((x + to_x) / 2, (y + to_y) / 2, steps=5)
    page.mouse.move(to_x, to_y, steps=5)
    page.mouse.up()
    lon, lat = lonlat(24, 12)
    moved = page.locator(".sk-root").evaluate("(root) => root.sketchmap.drawing.sketch.points[2]")
    assert moved == pytest.approx([lon, lat], abs=0.0015)
    sent = page.locator(".sk-root").get_attribute("data-seq")
    page.wait_for_selector(f'.sk-root[data-painted="{sent}"]')


def test_the_exact_result_follows_a_point_while_it_is_dragged(page: Page) -> None:
    open_page(page)
    draw_route(page)
    wait_for_stage(page, "exact")
    root = page.locator(".sk-root")
    before = root.get_attribute("data-painted")
    undoable = root.evaluate("(root) => root.sketchmap.drawing.history.past?.length")
    page.mouse.move(*on_screen(page, *ALONG[2]))
    page.mouse.down()
    page.mouse.move(*on_screen(page, 24, 9), steps=6)
    page.wait_for_selector(f'.sk-root[data-painted]:not([data-painted="{before}"])')
    assert page.locator('.result-body[data-stage="exact"]').count() == 1, "no preview stands in while the hand moves"
    page.mouse.move(*on_screen(page, 24, 12), steps=6)
    page.mouse.up()
    sent = root.get_attribute("data-seq")
    page.wait_for_selector(f'.sk-root[data-painted="{sent}"]')
    page.click('[data-tool="undo"]')  # the whole drag is one step
    back = root.evaluate("(root) => root.sketchmap.drawing.sketch.points[2]")
    assert back == pytest.approx(list(lonlat(*ALONG[2])), abs=0.0015)
    assert root.evaluate("(root) => root.sketchmap.drawing.history.past?.length") == undoable


def test_where_the_pointer_rests_is_told_once(page: Page) -> None:
    open_page(page)
    click_squares(page, ALONG[:2])
    page.wait_for_selector('.sk-root[data-painted="2"]')
    page.locator(".sk-root").evaluate(
        """(root) => {
            const events = root.sketchmap.drawing.events, tell = events.ahead;
            window.ahead = [];
            events.ahead = (points) => { window.ahead.push(points); tell(points); };
        }"""
    )
    x, y = on_screen(page, *ALONG[2])
    page.locator(".maplibregl-canvas").evaluate(  # one quick move, however slow the machine: on the way nothing is told
        """(canvas, [x, y]) => {
            for (let left = 50; left >= 0; left -= 10)
                canvas.dispatchEvent(new MouseEvent("mousemove", { clientX: x - left, clientY: y, bubbles: true }));
        }""",
        [x, y],
    )
    page.wait_for_timeout(1_500)
    (points,) = page.evaluate("window.ahead")
    assert len(points) == 3
    page.mouse.click(x, y)
    page.wait_for_selector('.sk-root[data-painted="3"]')
    drawn = page.locator(".sk-root").evaluate("(root) => root.sketchmap.drawing.sketch.points")
    assert drawn == points, "the very line that was told is drawn"


def test_a_click_on_an_area_tells_its_change_in_words(page: Page) -> None:
    open_page(page)
    draw_route(page)
    page.wait_for_selector(".sk-root[data-painted]")
    page.mouse.click(*on_screen(page, 15, 7))
    words = page.locator(".sk-popup")
    expect(words).to_contain_text("West")
    expect(words).to_contain_text("people within 45 minutes today")


@pytest.mark.parametrize(
    ("headway", "sentence"),
    [
        ("0", "Headway is 0 min, must be 1 to 120 min."),
        ("often", "Time between buses is 'often', must be a number of minutes from 1 to 120."),
    ],
)
def test_a_headway_that_cannot_be_used_is_said_in_one_sentence(page: Page, headway: str, sentence: str) -> None:
    open_page(page)
    draw_route(page)
    wait_for_stage(page, "exact")
    page.fill("#headway", headway)
    page.keyboard.press("Enter")
    wait_for_stage(page, "refused")
    expect(page.locator(".result-body [role=alert]")).to_have_text(sentence)
    expect(page.locator(".sk-root")).to_have_attribute("data-points", "4")  # the line is still there
    page.click('[data-key="headway-15"]')
    wait_for_stage(page, "exact")
    expect(page.locator(".result-body [role=alert]")).to_have_count(0)


def test_a_line_outside_the_city_is_refused_and_undo_brings_the_good_one_back(page: Page) -> None:
    open_page(page)
    draw_route(page)
    wait_for_stage(page, "exact")
    page.locator(".sk-root").evaluate(
        "(root) => root.sketchmap.drawing.change({ points: [[-73.0, 40.5], [-73.1, 40.6]], finished: true })"
    )
    wait_for_stage(page, "refused")
    alert = page.locator(".result-body [role=alert]")
    expect(alert).to_contain_text("outside Paper City")
    page.click('[data-tool="undo"]')
    wait_for_stage(page, "exact")


def line(points: list[tuple[float, float]], **properties: object) -> str:
    """Return a GeoJSON feature."""
    geometry = {"type": "LineString", "coordinates": points}
    return json.dumps({"type": "Feature", "properties": properties, "geometry": geometry})


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{not json", "JSON"),
        (line([lonlat(2, 3)]), "1 point"),
        (line([lonlat(2 + n / 1000, 3) for n in range(10_000)]), "10,000 points"),
        (line([(2.35, 48.85), (2.4, 48.9)]), "outside Paper City"),
        (line([lonlat(2, 3), lonlat(30, 3)], headway_min=0), "Headway is 0 min"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_and_the_drawing_stays(page: Page, text: str, words: str) -> None:
    open_page(page)
    draw_route(page)
    wait_for_stage(page, "exact")
    file = {"name": "line.geojson", "mimeType": "application/geo+json", "buffer": text.encode()}
    page.set_input_files("[data-upload]", files=[file])
    expect(page.locator(".result-body [role=alert]")).to_contain_text(words)
    assert page.locator(".result-body [role=alert]").inner_text().count(". ") == 0  # one sentence
    expect(page.locator(".card")).to_be_visible()
    expect(page.locator(".sk-root")).to_have_attribute("data-points", "4")


def test_a_downloaded_route_can_be_opened_again(page: Page) -> None:
    open_page(page)
    draw_route(page)
    wait_for_stage(page, "exact")
    with page.expect_download() as download:
        page.click('[data-key="download"]')
    path = download.value.path()
    page.click('[data-tool="clear"]')
    wait_for_stage(page, "empty")
    page.set_input_files("[data-upload]", files=[{"name": "r.geojson", "mimeType": "", "buffer": path.read_bytes()}])
    wait_for_stage(page, "exact")
    expect(page.locator(".sk-root")).to_have_attribute("data-points", "4")
