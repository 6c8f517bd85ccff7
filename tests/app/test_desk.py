"""The desk scores nothing twice: who asks for what is being scored waits for it, and what nobody waits for is kept."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

import pytest
from markupsafe import Markup

from workbench.app import desk as desk_module
from workbench.app import rendering
from workbench.app.desk import Desk
from workbench.app.rendering import LastCard
from workbench.city.city import City
from workbench.jobs import SupersededWork
from workbench.scenario import Scenario
from workbench.scoring import Scorecard

FIRST, SECOND = Scenario("first", ()), Scenario("second", ())


@dataclass(frozen=True)
class Card:
    """Stands in for a scorecard: the desk looks at nothing but its name."""

    name: str


class Counted:
    """Stands in for `evaluate`: counts what it is asked for and answers when told to."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.go_on = threading.Event()

    def __call__(self, _city: object, scenario: Scenario, **_options: object) -> Card:
        self.names.append(scenario.name)
        if not self.go_on.wait(20):
            raise TimeoutError
        return Card(scenario.name)


@pytest.fixture
def scored(monkeypatch: pytest.MonkeyPatch) -> Counted:
    counted = Counted()
    monkeypatch.setattr(desk_module, "evaluate", counted)
    monkeypatch.setattr(desk_module, "_prepare", lambda *_: object())
    return counted


@pytest.fixture
def desk(scored: Counted) -> Iterator[Desk]:
    desk = Desk(cast("City", object()), n_threads=2)
    desk.preparation.result()
    yield desk
    scored.go_on.set()
    desk.close()


async def until_begun(scored: Counted, n: int) -> None:
    while len(scored.names) < n:
        await asyncio.sleep(0.01)


def test_ending_a_line_waits_for_the_score_of_its_last_point(desk: Desk, scored: Counted) -> None:
    async def ask() -> list[object]:
        queue = desk.new_queue()
        last_point = asyncio.ensure_future(desk.score(FIRST, queue))
        await until_begun(scored, 1)
        ended = asyncio.ensure_future(desk.score(FIRST, queue))
        elsewhere = asyncio.ensure_future(desk.score(FIRST, desk.new_queue()))  # another table draws the very same
        await asyncio.sleep(0.05)
        scored.go_on.set()
        answers: list[object] = await asyncio.gather(last_point, ended, elsewhere, return_exceptions=True)
        return answers

    last_point, ended, elsewhere = asyncio.run(ask())
    assert isinstance(last_point, SupersededWork)
    assert (ended, elsewhere) == (Card("first"), Card("first"))
    assert scored.names == ["first"]


def test_an_overtaken_score_is_kept(desk: Desk, scored: Counted) -> None:
    async def ask() -> object:
        queue = desk.new_queue()
        overtaken = asyncio.ensure_future(desk.score(FIRST, queue))
        await until_begun(scored, 1)
        newer = asyncio.ensure_future(desk.score(SECOND, queue))
        await asyncio.sleep(0.05)
        scored.go_on.set()
        await asyncio.gather(overtaken, newer, return_exceptions=True)
        return await desk.score(FIRST, queue)  # undo

    assert asyncio.run(ask()) == Card("first")
    assert scored.names == ["first", "second"]


def test_a_click_where_the_pointer_rested_waits_for_what_was_scored_ahead(desk: Desk, scored: Counted) -> None:
    async def ask() -> object:
        ahead = asyncio.ensure_future(desk.score_ahead(FIRST))
        await until_begun(scored, 1)
        clicked = asyncio.ensure_future(desk.score(FIRST, desk.new_queue()))
        await asyncio.sleep(0.05)
        scored.go_on.set()
        await ahead
        return await clicked

    assert asyncio.run(ask()) == Card("first")
    assert scored.names == ["first"]


def test_a_score_that_failed_is_tried_again(desk: Desk, scored: Counted, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> Card:
        raise ZeroDivisionError

    monkeypatch.setattr(desk_module, "evaluate", fail)
    with pytest.raises(ZeroDivisionError):
        asyncio.run(desk.score(FIRST, desk.new_queue()))
    monkeypatch.setattr(desk_module, "evaluate", scored)
    scored.go_on.set()
    assert asyncio.run(desk.score(FIRST, desk.new_queue())) == Card("first")


def test_a_card_is_rendered_once_until_it_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    rendered: list[tuple[str, str, str]] = []

    def count(card: Card, *, color: str, panel: str) -> str:
        rendered.append((card.name, color, panel))
        return f"<p>{card.name} {color} {panel}</p>"

    monkeypatch.setattr(rendering, "render_card", count)
    last = LastCard()
    first, other = cast("Scorecard", Card("first")), cast("Scorecard", Card("other"))
    for _ in range(2):
        assert last.render(first, color="red", panel=Markup("")) == "<p>first red </p>"
    assert len(rendered) == 1
    last.render(first, color="blue", panel=Markup(""))
    last.render(first, color="blue", panel=Markup("faster walking"))
    assert last.render(other, color="blue", panel=Markup("faster walking")) == "<p>other blue faster walking</p>"
    assert len(rendered) == 4
