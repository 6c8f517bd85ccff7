""" "Show me that trip": what people type, what they see, what the map is told; and all of it in the browser."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page

from tests.app.map_actions import click_squares, draw_route, on_screen, open_page, wait_for_stage
from tests.app.paper_city import lonlat, paper_city
from workbench.app.components.sketch_map import SketchMap, read_message
from workbench.app.desk import Desk
from workbench.app.results.trip import TripPanel, neighborhoods, read_clock_s, read_place
from workbench.errors import InputError
from workbench.scenario import AddRoute, Scenario

ROUTE = Scenario("South", (AddRoute("proposed", "South", (lonlat(2, 3), lonlat(18, 3), lonlat(32, 3)), headway_s=600),))


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("trip")
    desk = Desk(paper_city(folder / "layers"), cache_dir=folder / "cache", n_threads=2)
    yield desk
    desk.close()


class Told(SketchMap):
    """A map that remembers what it was told."""

    def __init__(self) -> None:
        super().__init__()
        self.messages: list[dict[str, object]] = []

    def _send_msg(self, data: dict[str, object]) -> None:  # type: ignore[override]
        self.messages.append(data)

    def trip(self) -> tuple[list[str], list[tuple[str, str]]]:
        """Return the ends and the legs shown last."""
        last = [message for message in self.messages if message["type"] == "trip"][-1]
        return [end["end"] for end in last["ends"]], [(leg["when"], leg["mode"]) for leg in last["lines"]]  # type: ignore[attr-defined]


def panel(desk: Desk, scenario: Scenario | None = None) -> tuple[TripPanel, Told]:
    told = Told()
    return TripPanel(desk, told, lambda: scenario, lambda: "weekday"), told


def wait_for(trip: TripPanel, act: Callable[[], None], stage: str = "shown") -> None:
    async def run() -> None:
        act()
        for _ in range(600):
            if trip.state.stage == stage and trip.state.stage != "working":
                break
            await asyncio.sleep(0.05)
        await asyncio.sleep(0.05)

    asyncio.run(run())
    assert trip.state.stage == stage


def at(column: float, row: float) -> str:
    lon, lat = lonlat(column, row)
    return f"{lat:.6f}, {lon:.6f}"


def choose(trip: TripPanel, start: str, end: str) -> None:
    trip._on_field("trip-start", start)
    trip._on_field("trip-end", end)


def test_before_and_after_in_words_and_on_the_map(desk: Desk) -> None:
    trip, told = panel(desk, ROUTE)
    assert "Choose where somebody starts" in trip.fragment.html
    wait_for(trip, lambda: choose(trip, at(2, 3), at(32, 3)))
    # today nobody rides in the south: 30 squares, 6 km, are too far to walk
    assert "There is no way to get there in time." in trip.fragment.html
    assert "Only with the change one gets there in time." in trip.fragment.html
    assert "Ride South" in trip.fragment.html
    ends, legs = told.trip()
    assert ends == ["start", "end"]
    assert ("after", "ride") in legs
    assert ("before", "ride") not in legs


def test_without_a_drawing_only_today_is_shown(desk: Desk) -> None:
    trip, told = panel(desk)
    wait_for(trip, lambda: choose(trip, at(0, 21), at(33, 21)))
    assert "Today" in trip.fragment.html
    assert "With your route" not in trip.fragment.html
    assert {when for when, _ in told.trip()[1]} == {"before"}


def test_a_new_drawing_looks_again(desk: Desk) -> None:
    told, drawn = Told(), []
    trip = TripPanel(desk, told, lambda: drawn[0] if drawn else None, lambda: "weekday")
    trip.refresh()
    assert told.messages == [], "nothing was asked for yet"
    wait_for(trip, lambda: choose(trip, at(2, 3), at(32, 3)))
    drawn.append(ROUTE)
    asked = len(told.messages)

    async def look() -> None:
        trip.refresh()
        while len(told.messages) < asked + 2:
            await asyncio.sleep(0.02)

    asyncio.run(asyncio.wait_for(look(), 30))
    assert "Ride South" in trip.fragment.html


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("trip-start", "Atlantis", "The start is &#39;Atlantis&#39;, must be one neighborhood of Paper City"),
        ("trip-start", "10, 10", "The start is at latitude 10, longitude 10, must be in Paper City"),
        ("trip-clock", "noon", "Time is &#39;noon&#39;, must be hours and minutes such as 8:05 or 17:30"),
    ],
)
def test_what_cannot_be_used_is_one_sentence(desk: Desk, field: str, value: str, said: str) -> None:
    trip, told = panel(desk)
    wait_for(trip, lambda: choose(trip, at(0, 21), at(33, 21)))
    trip._on_field(field, value)
    assert trip.state.stage == "refused"
    assert said in trip.fragment.html
    assert told.trip() == ([], [])


def test_clear_and_swap(desk: Desk) -> None:
    trip, told = panel(desk)
    wait_for(trip, lambda: choose(trip, at(0, 21), at(33, 21)))
    wait_for(trip, lambda: trip._on_action("swap", ""))
    assert (trip.state.start, trip.state.end) == (at(33, 21), at(0, 21))
    trip._on_action("clear", "")
    assert (trip.state.start, trip.state.end, trip.state.stage) == ("", "", "empty")
    assert told.trip() == ([], [])


def test_picking_on_the_map(desk: Desk) -> None:
    trip, told = panel(desk)
    trip._on_action("pick", "start")
    assert told.messages[-1] == {"type": "pick", "end": "start", "text": "Click the start of the trip on the map."}
    told._handle_msg({"type": "not-picked"})
    assert trip.state.picking == ""
    trip._on_action("pick", "start")
    told._handle_msg({"type": "picked", "end": "start", "point": list(lonlat(0, 21))})
    assert told.trip() == (["start"], [])
    lat, lon = map(float, trip.state.start.split(","))
    assert (lon, lat) == pytest.approx(lonlat(0, 21), abs=1e-5)


def test_messages_of_the_map_are_checked() -> None:
    assert read_message({"type": "picked", "end": "end", "point": [1.5, 2]}) == ("picked", "end", (1.5, 2.0))
    for wrong in ({"end": "middle", "point": [1, 2]}, {"end": "start", "point": [1]}, {"end": "start"}):
        with pytest.raises(InputError):
            read_message({"type": "picked", **wrong})


def test_places_and_times_as_typed(desk: Desk) -> None:
    assert set(neighborhoods(desk.city)) == {"West", "East"}
    assert read_place(desk.city, "west", "x").name == "West"
    assert read_place(desk.city, "Eas", "x").name == "East"
    with pytest.raises(InputError, match="did you mean East or West"):
        read_place(desk.city, "st", "x")
    assert [read_clock_s(text) for text in ("8:05", "17:30", "00:00", "08:05 pm")] == [29100, 63000, 0, 72300]
    for text in ("", "25:00", "8", "<b>"):
        with pytest.raises(InputError):
            read_clock_s(text)


# ---- in the browser


@pytest.mark.browser
def test_two_clicks_show_the_trip_and_draw_nothing(page: Page) -> None:
    open_page(page)
    for end, place in (("start", (1, 21)), ("end", (32, 21))):
        page.click(f'[data-key="trip-pick-{end}"]')
        page.wait_for_selector(".sk-root[data-picking]")
        click_squares(page, (place,))
        page.wait_for_selector(".sk-root:not([data-picking])")
    page.wait_for_selector('.trip[data-stage="shown"]')
    page.wait_for_selector(".sk-root[data-trip]:not([data-trip='0'])")
    assert "Ride N1" in page.locator(".trip").inner_text()
    assert page.locator('.result-body[data-stage="empty"]').count() == 1, "a picked place is no point of the route"
    page.click('[data-key="trip-clear"]')
    page.wait_for_selector('.trip[data-stage="empty"]')
    page.wait_for_selector('.sk-root[data-trip="0"]')


@pytest.mark.browser
def test_keyboard_alone_shows_the_trip_with_the_drawn_route(page: Page) -> None:
    open_page(page)
    draw_route(page)
    wait_for_stage(page, "exact")
    page.focus("#trip-start")
    page.keyboard.type(at(2, 3))
    page.keyboard.press("Enter")
    page.focus('[data-key="trip-pick-end"]')
    page.keyboard.press("Enter")
    page.wait_for_selector(".sk-root[data-picking]")
    page.keyboard.press("Escape")
    page.wait_for_selector(".sk-root:not([data-picking])")
    page.wait_for_function("document.activeElement?.dataset.key === 'trip-pick-end'")
    page.keyboard.press("Enter")
    page.wait_for_selector(".sk-root[data-picking]")
    page.keyboard.press(" ")
    page.wait_for_selector('.trip[data-stage="shown"]')
    assert page.locator(".trip-side").count() == 2
    assert page.locator("#trip-end").input_value() != ""


@pytest.mark.browser
@pytest.mark.parametrize("direction", ["ltr", "rtl"])
def test_fits_a_phone(page: Page, direction: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    open_page(page)
    page.evaluate(f"document.documentElement.dir = '{direction}'")
    page.fill("#trip-start", at(1, 21))
    page.keyboard.press("Enter")
    page.fill("#trip-end", at(32, 21))
    page.keyboard.press("Enter")
    page.wait_for_selector('.trip[data-stage="shown"]')
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    for key in ("trip-pick-start", "trip-pick-end", "trip-swap", "trip-clear"):
        box = page.locator(f'[data-key="{key}"]').bounding_box()
        assert box is not None
        assert box["height"] >= 44
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390
    page.click('[data-key="trip-pick-start"]')
    page.wait_for_selector(".sk-root[data-picking]")
    x, y = on_screen(page, 4, 21)
    assert 0 <= y <= 844, "the map is in view while a place is picked"
    page.mouse.click(x, y)
    page.wait_for_selector(".sk-root:not([data-picking])")
    page.wait_for_function("window.scrollY > 0")
