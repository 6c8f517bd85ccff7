"""The site in Chromium, opened from the file system: no request to any host, maps drawn, names never run."""

import datetime as dt
import os
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from tests.publish.cards import NASTY, alternatives, card, city, outcome
from workbench.publish import PublishedAlternative, publish_site

pytestmark = pytest.mark.browser
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="module")
def browser():
    path = shutil.which("chromium")
    if path is None:
        message = "Chromium is not installed (Debian: apt-get install chromium)"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    with (
        sync_playwright() as starter,
        starter.chromium.launch(executable_path=path, args=FLAGS) as chromium,
    ):
        yield chromium


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site") / "out"
    publish_site(folder, alternatives(city()), outcome(), city=city(), asked_on=dt.date(2026, 11, 21))
    return folder


def open_page(browser, path: Path, **options):
    """Open a file; the page carries what it asked for and what went wrong."""
    page = browser.new_page(**options)
    page.asked, page.wrong = [], []
    page.on("request", lambda request: page.asked.append(request.url))
    page.on("requestfailed", lambda request: page.wrong.append(f"failed: {request.url}"))
    page.on("console", lambda message: page.wrong.append(message.text))
    page.on("pageerror", lambda error: page.wrong.append(str(error)))
    page.goto(path.as_uri())
    return page


def test_every_page_is_read_from_files_alone(browser, site):
    pages = [site / "index.html", *sorted((site / "alternatives").iterdir()), *sorted((site / "maps").iterdir())]
    assert len(pages) == 7
    for path in pages:
        page = open_page(browser, path)
        page.wait_for_load_state("networkidle")
        assert page.asked
        assert [url for url in page.asked if not url.startswith(site.as_uri())] == []
        assert page.wrong == []
        page.close()


def test_the_map_draws_the_route_the_areas_and_the_legend(browser, site):
    page = open_page(browser, site / "alternatives/a.html", viewport={"width": 1366, "height": 900})
    frame = page.frame_locator("iframe")
    frame.locator(".legend li").nth(6).wait_for()
    assert frame.locator(".legend li").count() == 7
    assert frame.locator("path.leaflet-interactive").count() == 2  # the two stops
    assert frame.locator(".map-label").count() >= 1
    # What a reader sees in the middle of zone `home`, which reaches 30% more: the darkest green.
    pixel = """() => {
      const pane = document.querySelector(".leaflet-results-pane canvas");
      const dots = [...document.querySelectorAll("path.leaflet-interactive")].map((dot) => dot.getBoundingClientRect());
      const box = pane.getBoundingClientRect();
      const scale = pane.width / box.width;
      const at = [(dots[0].x + dots[0].width / 2 - box.x) * scale, (dots[0].y + dots[0].height / 2 - box.y) * scale];
      return [...pane.getContext("2d").getImageData(...at, 1, 1).data];
    }"""
    red, green, blue, alpha = page.frames[1].evaluate(pixel)
    assert alpha > 150
    assert red < 40 < green
    assert blue < green
    page.close()


def test_the_legend_changes_what_is_shown(browser, site):
    page = open_page(browser, site / "maps/a.html")
    assert page.locator(".legend p").inner_text().startswith("Change in how many residents")
    page.get_by_label("Time saved").check()
    assert page.locator(".legend p").inner_text().startswith("Average cut in travel time")
    assert "2 minutes or more" in page.locator(".legend").inner_text()
    page.close()


def test_names_in_maps_are_shown_and_never_run(browser, tmp_path):
    a_city = city()
    a_city.zones["name"] = NASTY
    for table in a_city.areas.values():
        table["name"] = NASTY
    one = PublishedAlternative("a", NASTY, card(a_city, stop_names=(NASTY, NASTY)))
    publish_site(tmp_path / "out", [one], None, city=a_city, asked_on=dt.date(2026, 11, 21), title=NASTY)
    page = open_page(browser, tmp_path / "out/maps/a.html")
    stop = page.locator("path.leaflet-interactive").first
    stop.hover()
    page.locator(".leaflet-tooltip > span").wait_for()  # a stop's name
    assert page.locator(".leaflet-tooltip > span").inner_text() == NASTY
    spot = stop.bounding_box()
    for step in range(5):  # Leaflet listens to the pointer on its canvas every 32 ms only
        page.mouse.move(spot["x"] + 20 + step / 2, spot["y"] + 5)
        page.wait_for_timeout(50)
    page.get_by_text("1,000 residents").wait_for()
    assert page.locator(".leaflet-tooltip strong").inner_text() == NASTY
    assert page.locator("img").count() == 0
    assert page.title() == f"Map of {NASTY}"
    page.goto((tmp_path / "out/alternatives/a.html").as_uri())
    assert page.locator("h1").inner_text().endswith(NASTY)
    assert page.locator("main img").count() == 0
    assert page.wrong == []
    page.close()


@pytest.mark.parametrize("width", [320, 390, 1366, 1920])
def test_no_page_is_wider_than_the_screen(browser, site, width):
    for path in (site / "index.html", site / "alternatives/a.html"):
        page = open_page(browser, path, viewport={"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.close()


def test_on_paper_the_still_map_stands_for_the_moving_one(browser, site):
    page = open_page(browser, site / "alternatives/a.html")
    assert page.locator("iframe").is_visible()
    assert not page.locator(".map-paper").is_visible()
    page.emulate_media(media="print")
    assert not page.locator("iframe").is_visible()
    assert page.locator(".map-paper svg").is_visible()
    page.close()


def test_the_list_can_be_read_without_scripts(browser, site):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((site / "index.html").as_uri())
    assert page.get_by_role("heading", name="How it was counted").is_visible()
    assert page.locator(".entry-map svg").first.is_visible()
    context.close()
