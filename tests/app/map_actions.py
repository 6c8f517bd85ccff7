"""What a person does on the map, for the browser tests."""

from __future__ import annotations

from playwright.sync_api import Page

from tests.app.paper_city import lonlat

ALONG = ((2, 3), (12, 3), (24, 4), (32, 4))
"""A line through the south of the paper city, in squares."""


def open_page(page: Page, path: str = "/") -> None:
    """Open a page and wait for its map."""
    page.goto(path)
    page.wait_for_selector('.sk-root[data-ready="1"]')
    page.wait_for_selector('.sk-root[data-idle="1"]')


def on_screen(page: Page, column: float, row: float) -> tuple[float, float]:
    """Return where a square of the paper lies on the screen."""
    x, y = page.locator(".sk-root").evaluate(
        """(root, place) => {
            const { map } = root.sketchmap;
            const point = map.project(place);
            const box = map.getCanvas().getBoundingClientRect();
            return [point.x + box.x, point.y + box.y];
        }""",
        list(lonlat(column, row)),
    )
    return x, y


def click_squares(page: Page, squares: tuple[tuple[float, float], ...]) -> None:
    """Click one place after the other."""
    for column, row in squares:
        x, y = on_screen(page, column, row)
        page.mouse.move(x, y)
        page.mouse.click(x, y)


def draw_route(page: Page, squares: tuple[tuple[float, float], ...] = ALONG) -> None:
    """Draw a line by mouse and finish it by clicking its last point again."""
    click_squares(page, (*squares, squares[-1]))


def wait_for_stage(page: Page, stage: str) -> None:
    """Wait for `preview`, `exact`, `refused` or `empty`."""
    page.wait_for_selector(f'.result-body[data-stage="{stage}"]')


def keep_alternative(page: Page, title: str, squares: tuple[tuple[float, float], ...]) -> None:
    """Draw a route, name it, and keep it."""
    page.fill("#title", title)
    page.keyboard.press("Enter")
    draw_route(page, squares)
    wait_for_stage(page, "exact")
    page.wait_for_selector(f'.card-title:text-is("{title}")')
    page.click('[data-key="save"]')
    page.wait_for_selector(f'.shelf-name:has-text("{title}")')
