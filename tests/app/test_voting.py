"""Three alternatives, ballots entered on the page, and the count with its tie, in a real browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.app.map_actions import keep_alternative, open_page

pytestmark = pytest.mark.browser


@pytest.fixture
def three_alternatives(page: Page) -> list[str]:
    """Keep three routes and return their ids; those of earlier tests are removed."""
    open_page(page)
    while page.locator('[data-action="remove"]').count():
        n_left = page.locator(".shelf-row").count()
        page.locator('[data-action="remove"]').first.click()
        expect(page.locator(".shelf-row")).to_have_count(n_left - 1)
    keep_alternative(page, "South", ((2, 3), (18, 3), (32, 3)))
    keep_alternative(page, "Short", ((2, 9), (14, 9)))
    keep_alternative(page, "Diagonal", ((2, 2), (18, 10), (32, 18)))
    rows = page.locator(".shelf-row")
    return [rows.nth(number).get_attribute("data-alternative") or "" for number in range(3)]


def vote(page: Page, *ids: str) -> None:
    """Cast a ballot, best first."""
    for one in ids:
        page.click(f'[data-key="add-{one}"]')
    page.click('[data-key="cast"]')
    expect(page.locator(".ballot .notice")).to_contain_text("Your ballot is kept")


def test_alternatives_are_compared_voted_on_and_counted_with_a_visible_tie(
    page: Page, three_alternatives: list[str]
) -> None:
    south, short, diagonal = three_alternatives
    page.click('a:has-text("Compare and vote") >> nth=0')
    page.wait_for_selector('.sk-root[data-ready="1"]')
    expect(page.locator(".matrix-table thead th")).to_have_count(3)
    expect(page.locator(".matrix-table")).to_contain_text("Who gains")
    expect(page.locator(".matrix-table")).to_contain_text("Who loses")
    page.wait_for_selector(".sk-root[data-painted]")
    before = int(page.locator(".count").get_attribute("data-ballots") or "0")
    vote(page, south, short)
    vote(page, short, south)
    vote(page, south, short)
    vote(page, short, south)
    expect(page.locator(".count")).to_have_attribute("data-ballots", str(before + 4))
    page.click('[data-key="count"]')
    # South and Short beat each other on two ballots each; both stand above Diagonal on all four.
    first = page.locator('.ranking .place[data-place="1"]')
    expect(first).to_contain_text("South")
    expect(first).to_contain_text("Short")
    expect(first).to_contain_text("tied")
    expect(page.locator('.ranking .place[data-place="3"]')).to_contain_text("Diagonal")
    expect(page.locator(".sentences")).to_contain_text("Place 1 is shared by")
    assert diagonal


def test_a_ballot_is_ordered_by_keyboard_and_the_focus_stays(page: Page, three_alternatives: list[str]) -> None:
    south, short, diagonal = three_alternatives
    open_page(page, "/compare")
    for one in three_alternatives:
        page.click(f'[data-key="add-{one}"]')
    up = page.locator(f'[data-key="up-{diagonal}"]')
    up.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".ballot .place").nth(1)).to_contain_text("Diagonal")
    expect(page.locator(f'[data-key="up-{diagonal}"]')).to_be_focused()
    page.locator(f'[data-key="tie-{diagonal}"]').focus()
    page.keyboard.press("Space")
    expect(page.locator(".ballot .place").first).to_contain_text("South")
    expect(page.locator(".ballot .place").first).to_contain_text("Diagonal")
    expect(page.locator(".ballot .place")).to_have_count(2)
    page.click(f'[data-key="out-{short}"]')
    expect(page.locator(".ballot .place")).to_have_count(1)
    assert south


def test_a_removed_alternative_comes_back_and_a_name_is_text(page: Page, three_alternatives: list[str]) -> None:
    south = three_alternatives[0]
    page.click(f'[data-key="remove-{south}"]')
    expect(page.locator(".shelf-row")).to_have_count(2)
    page.click('[data-key="restore"]')
    expect(page.locator(".shelf-row")).to_have_count(3)
    page.click(f'[data-key="start-{south}"]')
    field = page.locator(f'[data-key="rename-{south}"]')
    expect(field).to_be_focused()
    field.fill("<b onclick=alert(1)>South</b>")
    page.keyboard.press("Enter")
    expect(page.locator(f'[data-alternative="{south}"] .shelf-name')).to_contain_text("<b onclick=alert(1)>South</b>")
