"""Stops in a real browser: dragged, moved with arrow keys, added and removed; one step to undo each; kept over a reload."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, WebSocketRoute, expect

from tests.app.map_actions import ALONG, click_squares, draw_route, open_page, wait_for_stage
from tests.app.paper_city import lonlat

pytestmark = pytest.mark.browser


def table(page: Page) -> list[object]:
    """Return how many points are drawn, how many steps can be undone, and what Python keeps with the line."""
    found: list[object] = page.locator(".sk-root").evaluate(
        """(root) => {
            const { history, sketch } = root.sketchmap.drawing;
            return [sketch.points.length, history.past.length, sketch.form ?? ""];
        }"""
    )
    return found


def stops_by_hand(page: Page) -> int:
    return str(table(page)[2]).count("[") - 1 if '"stops"' in str(table(page)[2]) else 0


def with_stops(page: Page) -> int:
    """Draw a route, take up its stops and return how many there are."""
    open_page(page)
    draw_route(page)
    wait_for_stage(page, "exact")
    page.click('[data-tool="stops"]')
    page.wait_for_selector(".sk-handle-stop .sk-dot")
    return page.locator(".sk-handle-stop").count()


def drag(page: Page, number: int, right_px: float, down_px: float) -> None:
    box = page.locator(".sk-handle-stop .sk-dot").nth(number).bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + right_px / 2, y + down_px / 2, steps=3)
    page.mouse.move(x + right_px, y + down_px, steps=3)
    page.mouse.up()


def test_a_stop_is_dragged_along_the_line_and_undone(page: Page) -> None:
    n = with_stops(page)
    steps = table(page)[1]
    drag(page, 2, 9, 20)  # down and to the right: it slides along the line
    expect(page.locator(".notice")).to_have_text("Stop 3 is moved.")
    wait_for_stage(page, "exact")
    assert stops_by_hand(page) == n
    assert table(page)[1] == steps + 1  # one drag is one step
    expect(page.locator('[data-tool="stops"]')).to_have_attribute("aria-pressed", "true")
    page.click('[data-tool="undo"]')
    expect(page.locator("[data-key=stops-auto]")).to_have_count(0)
    assert stops_by_hand(page) == 0
    page.click('[data-tool="redo"]')
    expect(page.locator("[data-key=stops-auto]")).to_have_count(1)
    page.click("[data-key=stops]")
    page.click("[data-key=stops-auto]")
    expect(page.locator(".notice")).to_have_text("The stops are placed automatically again.")


def test_stops_are_moved_removed_and_added_with_the_keyboard_alone(page: Page) -> None:
    n = with_stops(page)
    page.locator(".sk-handle-stop .sk-dot").nth(3).focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(page.locator(".notice")).to_have_text("Stop 4 is moved.")
    wait_for_stage(page, "exact")
    expect(page.locator(".sk-handle-stop .sk-dot").nth(3)).to_be_focused()
    page.keyboard.press("Delete")
    expect(page.locator(".notice")).to_contain_text("is taken away")
    expect(page.locator(".sk-handle-stop")).to_have_count(n - 1)
    page.focus("[data-key=stops]")
    page.keyboard.press("Enter")
    page.focus("[data-key=stop-on-0-2]")
    page.keyboard.press("Enter")
    expect(page.locator(".notice")).to_have_text("Stop 2 is moved 50 m on.")
    page.focus("[data-key=stop-remove-0-2]")
    page.keyboard.press("Enter")
    expect(page.locator(".sk-handle-stop")).to_have_count(n - 2)


def test_a_click_on_the_route_adds_a_stop_and_its_cross_takes_it_away(page: Page) -> None:
    n = with_stops(page)
    page.locator(".sk-root").evaluate(
        "(root, center) => root.sketchmap.map.jumpTo({ center, zoom: 14.5 })", list(lonlat(*ALONG[0]))
    )
    page.wait_for_timeout(600)  # the handles follow with the next picture
    boxes = [page.locator(".sk-handle-stop .sk-dot").nth(k).bounding_box() for k in (0, 1)]
    middle = [
        sum(box[axis] + box[size] / 2 for box in boxes if box) / 2 for axis, size in (("x", "width"), ("y", "height"))
    ]
    page.mouse.click(*middle)
    expect(page.locator(".sk-handle-stop")).to_have_count(n + 1)
    expect(page.locator(".notice")).to_contain_text("Stop 2 is added")
    page.locator(".sk-handle-stop .sk-dot").nth(1).click()
    page.locator(".sk-handle-stop .sk-remove").nth(1).click()
    expect(page.locator(".sk-handle-stop")).to_have_count(n)


def test_line_form_and_stops_survive_a_reload_and_can_still_be_undone(page: Page) -> None:
    n = with_stops(page)
    drag(page, 2, 9, 0)
    expect(page.locator(".notice")).to_have_text("Stop 3 is moved.")
    page.fill("#headway", "7")
    page.keyboard.press("Enter")
    wait_for_stage(page, "exact")
    expect(page.locator("#headway-meaning")).to_contain_text("8.6 buses")
    before = table(page)
    page.reload()
    page.wait_for_selector('.sk-root[data-ready="1"]')
    wait_for_stage(page, "exact")
    assert table(page) == before
    expect(page.locator("#headway")).to_have_value("7")
    assert stops_by_hand(page) == n
    page.click('[data-tool="undo"]')
    expect(page.locator("#headway")).to_have_value("10")
    assert stops_by_hand(page) == n
    page.click('[data-tool="undo"]')
    expect(page.locator("[data-key=stops-auto]")).to_have_count(0)


def test_what_was_drawn_while_the_connection_was_lost_is_there_after_a_reload(page: Page) -> None:
    sockets: list[WebSocketRoute] = []

    def pass_on(socket: WebSocketRoute) -> None:
        socket.connect_to_server()
        sockets.append(socket)

    page.route_web_socket(re.compile(".*"), pass_on)
    open_page(page)
    click_squares(page, ALONG[:2])
    expect(page.locator(".sk-root")).to_have_attribute("data-points", "2")
    wait_for_stage(page, "exact")
    for socket in sockets:
        socket.close()
    click_squares(page, ALONG[2:])
    expect(page.locator(".sk-root")).to_have_attribute("data-points", "4")
    page.reload()
    page.wait_for_selector('.sk-root[data-ready="1"]')
    expect(page.locator(".sk-root")).to_have_attribute("data-points", "4")
    wait_for_stage(page, "exact")


def test_a_stop_of_a_route_of_today_is_dragged(page: Page) -> None:
    open_page(page)
    page.focus("#edit-route")
    page.keyboard.type("N1b")
    page.keyboard.press("Enter")
    page.click("[data-key=edit-move-stops]")
    page.wait_for_selector(".sk-handle-stop .sk-dot")
    drag(page, 3, 14, 0)
    expect(page.locator("[data-opened] li")).to_contain_text("Moves stop ")
    wait_for_stage(page, "exact")
    page.click('[data-tool="undo"]')
    expect(page.locator("[data-opened]")).to_have_count(0)
