"""The fields on the card that change what the room takes for granted, by mouse, by keyboard and on every screen."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.app.map_actions import draw_route, keep_alternative, open_page, wait_for_stage
from tests.app.test_pages import violations

pytestmark = pytest.mark.browser


@pytest.fixture
def card(page: Page) -> Iterator[Page]:
    """A page with an exact card and its assumptions unfolded; the room is left with the usual ones."""
    open_page(page)
    draw_route(page)
    wait_for_stage(page, "exact")
    page.click('[data-key="card-assumed"]')
    page.click('[data-key="assume-group-1"]')
    yield page
    if page.locator('[data-action="assume-reset"]').count():
        page.click('[data-action="assume-reset"]')
        expect(page.locator('[data-action="assume-reset"]')).to_have_count(0, timeout=60_000)


def type_value(page: Page, name: str, text: str) -> None:
    """Type a value by keyboard and send it."""
    page.focus(f"#assume-{name}")
    page.keyboard.press("Control+A")
    page.keyboard.type(text)
    page.keyboard.press("Enter")


def test_a_changed_cost_changes_the_card_and_survives_a_reload(card: Page) -> None:
    before = card.locator('.fact[data-key="cost_per_year"] dd').inner_text()
    type_value(card, "usd_per_hour", "290")
    expect(card.locator(".card-not-usual")).to_contain_text("changed from $272 to $290")
    expect(card.locator("#assume-usd_per_hour")).to_be_focused()
    assert card.locator('.assume-row[data-assumption="usd_per_hour"]').get_attribute("class") == "assume-row is-changed"
    assert card.locator('.fact[data-key="cost_per_year"] dd').inner_text() == before  # its range is another parameter
    type_value(card, "usd_per_hour_high", "600")
    expect(card.locator('.fact[data-key="cost_per_year"] dd')).not_to_have_text(before)
    card.reload()
    card.wait_for_selector('.sk-root[data-ready="1"]')
    card.click('[data-key="card-assumed"]')
    card.click('[data-key="assume-group-1"]')
    expect(card.locator("#assume-usd_per_hour")).to_have_value("290")
    draw_route(card)
    wait_for_stage(card, "exact")
    expect(card.locator(".card-not-usual")).to_contain_text("changed from $272 to $290")
    card.click('[data-action="assume-undo"]')
    expect(card.locator("#assume-usd_per_hour_high")).to_have_value("300")
    card.click('[data-action="assume-reset"]')
    expect(card.locator(".card-not-usual")).to_have_count(0)


def test_a_bad_value_is_refused_beside_its_field(card: Page) -> None:
    type_value(card, "usd_per_hour", "9000")
    expect(card.locator(".assume-error")).to_have_text(
        "“One hour of a bus on the road” is 9000, must be 1 to 5,000 dollars. It stays 272."
    )
    expect(card.locator("#assume-usd_per_hour")).to_have_value("272")
    type_value(card, "usd_per_hour", "9000")  # once more: it does not stay either
    expect(card.locator("#assume-usd_per_hour")).to_have_value("272")
    expect(card.locator(".card-not-usual")).to_have_count(0)
    assert violations(card) == []


def test_walking_slower_is_computed_and_shown(card: Page) -> None:
    card.click('[data-key="assume-group-2"]')
    card.click('[data-key="assume-walk_mps-0.9"]')
    expect(card.locator(".card-not-usual")).to_contain_text("Walking speed: changed from 1.3 to 0.9", timeout=60_000)
    expect(card.locator("[data-pending]")).to_have_count(0)
    assert card.locator('[data-key="assume-walk_mps-0.9"]').get_attribute("aria-pressed") == "true"


@pytest.mark.parametrize("theme", ["light", "dark", "contrast"])
def test_the_fields_fit_every_screen_in_both_directions(card: Page, theme: str) -> None:
    card.click(f'[data-set-theme="{theme}"]')
    type_value(card, "usd_per_hour", "290")
    expect(card.locator(".card-not-usual")).to_be_visible()
    for width, height in ((1366, 768), (1920, 1080), (390, 844)):
        card.set_viewport_size({"width": width, "height": height})
        for direction in ("ltr", "rtl"):
            card.evaluate(f"document.documentElement.dir = '{direction}'")
            assert card.evaluate("document.documentElement.scrollWidth <= innerWidth")
            panel = card.locator(".assumptions")
            assert panel.evaluate("panel => panel.scrollWidth <= panel.clientWidth")
            sizes = card.locator(".assumptions button:visible, .assumptions input:visible").evaluate_all(
                "all => all.map(one => one.getBoundingClientRect().height)"
            )
            assert min(sizes) >= 44
    assert violations(card) == []


def test_what_would_turn_the_verdict_unfolds_where_the_assumptions_are(card: Page) -> None:
    card.click('[data-key="card-assumed"]')  # folded away
    card.click('[data-key="study-sensitivity"]')
    expect(card.locator(".assume-answer")).to_contain_text("other assumptions were tried", timeout=60_000)
    expect(card.locator(".assume-answer h4")).to_be_in_viewport()
    expect(card.locator('[data-assumption="usd_per_hour"] .assume-stands')).to_have_text(
        "The verdict stands with $215 and $300."
    )


def test_alternatives_of_different_assumptions_say_so_until_scored_alike(page: Page) -> None:
    open_page(page)
    keep_alternative(page, "Cheap hour", ((2, 3), (18, 3), (32, 3)))
    draw_route(page, ((2, 5), (18, 5), (32, 5)))
    wait_for_stage(page, "exact")
    page.click('[data-key="card-assumed"]')
    page.click('[data-key="assume-group-1"]')
    type_value(page, "layover_min", "9")
    expect(page.locator(".card-not-usual")).to_be_visible()
    page.click('[data-key="save"]')
    page.wait_for_selector(".notice")
    page.click('a:has-text("Compare and vote") >> nth=0')
    expect(page.locator('[data-scored="mixed"]')).to_contain_text("Not scored alike")
    assert page.locator(".best-mark").count() == 0
    assert violations(page) == []
    page.click('[data-action="score-alike"]')
    expect(page.locator('[data-scored="alike"]')).to_contain_text("Shortest rest at the end of a trip", timeout=60_000)
    expect(page.locator('[data-action="score-alike"]')).to_have_count(0)
    page.click('a:has-text("Draw") >> nth=0')
    page.wait_for_selector('.sk-root[data-ready="1"]')
    page.click('[data-key="card-assumed"]')
    page.click('[data-action="assume-reset"]')
    expect(page.locator('[data-action="assume-reset"]')).to_have_count(0)
    page.click('a:has-text("Compare and vote") >> nth=0')
    page.click('[data-action="score-alike"]')
    expect(page.locator("[data-scored]")).to_have_count(0, timeout=60_000)
