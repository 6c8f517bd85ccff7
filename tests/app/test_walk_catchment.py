"""Who lives within a walk of the stops, as the map shows it: the very people the card counts."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from tests.app.map_actions import draw_route, on_screen, open_page, wait_for_stage
from tests.app.paper_city import lonlat, paper_city
from workbench import AddRoute, Scenario, evaluate
from workbench.app.results.walk_catchment import describe_walk, find_walk_catchment


def test_dots_are_the_people_the_card_counts(tmp_path: Path) -> None:
    city = paper_city(tmp_path)
    line = (lonlat(0, 3), lonlat(33, 3))
    card = evaluate(city, Scenario("Along", (AddRoute("new", "Along", line),)), cache_dir=tmp_path)
    assert card.zones.blocks_near is not None
    catchment = find_walk_catchment(city, card.zones.blocks_near)
    dots = np.frombuffer(catchment.blocks, dtype="<f4").reshape(-1, 3)
    assert len(dots) > 3
    assert dots[:, 2].sum() == catchment.residents == card.coverage["residents_near_route"].value
    _, lat = np.array([lonlat(0, 3), lonlat(0, 4)]).T
    assert (np.abs(dots[:, 1] - lat[0]) <= 2.1 * (lat[1] - lat[0])).all(), "nobody further than 400 m, two squares"


def test_blocks_without_people_are_no_dots(tmp_path: Path) -> None:
    city = paper_city(tmp_path)
    empty = dataclasses.replace(city, blocks=city.blocks.assign(residents=0))
    catchment = find_walk_catchment(empty, np.ones(len(city.blocks), dtype=np.bool_))
    assert (catchment.blocks, catchment.residents) == (b"", 0)


@pytest.mark.parametrize(("metres", "words"), [(400.0, "a quarter-mile walk"), (650.0, "a walk of 650 meters")])
def test_the_legend_names_the_walk_that_was_counted(tmp_path: Path, metres: float, words: str) -> None:
    city = paper_city(tmp_path)
    catchment = find_walk_catchment(city, np.ones(len(city.blocks), dtype=np.bool_))
    sentence = describe_walk(catchment, metres)
    assert sentence == f"96,000 people live within {words} of a stop. Each dot is a block of houses."


@pytest.mark.browser
def test_the_walk_is_shown_on_the_map_and_follows_the_line(page: Page) -> None:
    open_page(page)
    draw_route(page)
    wait_for_stage(page, "exact")
    page.click('.sk-legend-choice button:text-is("Walk")')
    title = page.locator(".sk-legend-title")
    expect(title).to_contain_text("people live within a quarter-mile walk of a stop")
    expect(page.locator(".sk-legend-bar")).to_be_hidden()
    count = "async (root) => (await root.sketchmap.map.getSource('walk').getData()).features.length"
    root = page.locator(".sk-root")
    n_before = root.evaluate(count)
    assert n_before > 3
    words = title.text_content()
    before = root.get_attribute("data-painted")
    page.mouse.click(*on_screen(page, 32, 4), button="right")  # without its last point the route serves fewer
    page.wait_for_selector(f'.sk-root[data-painted]:not([data-painted="{before}"])')
    expect(title).not_to_have_text(words or "")
    assert 0 < root.evaluate(count) < n_before
    page.click('.sk-legend-choice button:text-is("Minutes")')
    expect(page.locator(".sk-legend-bar")).to_be_visible()
    assert root.evaluate(count) == 0
