"""What the room takes for granted: changed on the card, scored again exactly, kept, taken back, and never mixed without a word."""

from __future__ import annotations

import dataclasses
import json
import threading
from pathlib import Path

import pytest

from tests.app.paper_city import lonlat
from tests.app.test_workbench_page import draw, during
from workbench.app import desk as desk_module
from workbench.app.alternatives import list_alternatives
from workbench.app.assumptions import USUAL, Assumptions, assumptions_of, get_room, read_value
from workbench.app.components.fragment import Upload
from workbench.app.desk import Desk
from workbench.app.editing.route_fields import read_values, values_of
from workbench.app.pages.compare import ComparePage
from workbench.app.pages.workbench import WorkbenchPage
from workbench.cli.publishing import room_parameters
from workbench.errors import InputError
from workbench.evaluate import evaluate
from workbench.network import Baseline, SearchParams, override_params
from workbench.publish.assumed import PARAMETERS, changed_words
from workbench.scenario import AddRoute, Scenario
from workbench.scoring import Scorecard, ScoringParams
from workbench.settings import Settings
from workbench.storage import Store, open_store

LINE = (lonlat(2, 3), lonlat(18, 3), lonlat(32, 3))
OTHER = (lonlat(2, 5), lonlat(18, 5), lonlat(32, 5))


def change(page: WorkbenchPage, name: str, text: str) -> None:
    """Type a value and wait until the card was scored with it."""

    def scored() -> bool:
        return page.card is not None and assumptions_of(page.card.parameters) == page.room.current != before

    before = page.room.current
    during(lambda: page._on_field(f"assume:{name}", text), scored)


def same(one: Scorecard, other: Scorecard) -> bool:
    """Tell whether two cards say the same, however long they took."""
    return {**one.to_json(), "timing_s": {}} == {**other.to_json(), "timing_s": {}}


# ---- the values


def test_every_parameter_has_words_and_reads_back_what_it_writes() -> None:
    names = {field.name for kind in (SearchParams, ScoringParams) for field in dataclasses.fields(kind)}
    assert set(PARAMETERS) == names
    for name, one in PARAMETERS.items():
        assert read_value(name, one.number(one.default)) == one.default
        for limit in one.limits:
            assert read_value(name, one.number(limit)) == pytest.approx(limit)


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("usd_per_hour", " $290 ", 290.0),
        ("usd_per_hour", "1,290", 1290.0),
        ("walk_mps", "0,9", 0.9),
        ("layover_share", "12.5%", 0.125),
        ("max_travel_s", "75", 4500),
        ("max_rides", "3", 3),
    ],
)
def test_values_are_read_in_the_units_people_type(name: str, text: str, value: float) -> None:
    found = read_value(name, text)
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("usd_per_hour", "free", "“One hour of a bus on the road” is 'free', must be a number from 1 to 5,000"),
        ("usd_per_hour", "", "is '', must be a number from 1 to 5,000"),
        ("usd_per_hour", "inf", "must be a number from 1 to 5,000"),
        ("usd_per_hour", "9000", "“One hour of a bus on the road” is 9000, must be 1 to 5,000 dollars"),
        ("walk_mps", "0.2", "“Walking speed” is 0.2, must be 0.3 to 3 meters a second"),
        ("layover_share", "-1", "“Rest at the end of a trip” is -1, must be 0 to 50 % of its running time"),
        ("max_rides", "2.5", "“Most rides in a trip” is 2.5, must be a whole number from 1 to 8"),
        ("max_travel_s", "5", "“Longest trip that counts” is 5, must be 10 to 120 minutes"),
        ("wheels", "4", "assumption 'wheels' is not known"),
    ],
)
def test_bad_values_are_refused_with_value_limit_and_place(name: str, text: str, message: str) -> None:
    with pytest.raises(InputError) as refused:
        read_value(name, text)
    assert message in str(refused.value)


def test_what_is_changed_is_said_in_words() -> None:
    assumed = USUAL.having({"usd_per_hour": 300, "walk_mps": 0.9, "layover_share": 0.15})
    assert changed_words(assumed.parameters) == (
        "One hour of a bus on the road: changed from $272 to $300",
        "Rest at the end of a trip: changed from 10 to 15% of its running time",
        "Walking speed: changed from 1.3 to 0.9 meters a second",
    )
    assert assumptions_of(assumed.parameters) == assumed
    assert changed_words({}) == ()


# ---- the card


def test_a_changed_cost_is_scored_at_once_and_exactly(desk: Desk, store: Store) -> None:
    page = WorkbenchPage(desk, store)
    draw(page, LINE)
    usual = page.card
    assert "Not the usual assumptions" not in page.result.html
    change(page, "usd_per_hour", "290")
    scenario = page._drawn()
    assert page.card is not None
    assert usual is not None
    assert scenario is not None
    wanted = evaluate(
        desk.city, scenario, baseline=desk.preparation.result(), scoring=ScoringParams(usd_per_hour=290.0)
    )
    assert same(page.card, wanted)
    assert page.card.service["cost_per_year"].value == pytest.approx(
        usual.service["cost_per_year"].value * 290 / 272  # type: ignore[operator]
    )
    assert "One hour of a bus on the road: changed from $272 to $290" in page.result.html
    assert "Changed: $272 is usual." in page.result.html


def test_labels_name_the_walk_that_was_used(desk: Desk, store: Store) -> None:
    page = WorkbenchPage(desk, store)
    draw(page, LINE)
    assert "a quarter mile" in page.result.html
    change(page, "near_walk_m", "600")
    assert page.card is not None
    assert any("(600 meters (1,970 feet))" in line for line in page.card.headline)
    assert "quarter mile)" not in page.result.html
    assert "People within a walk of 600 meters (1,970 feet) of a stop" in page.result.html


def test_a_bad_value_changes_nothing_and_says_so_beside_its_field(desk: Desk, store: Store) -> None:
    page = WorkbenchPage(desk, store)
    draw(page, LINE)
    card = page.card
    page._on_field("assume:usd_per_hour", "9000")
    assert "is 9000, must be 1 to 5,000 dollars. It stays 272." in page.result.html
    assert 'aria-invalid="true"' in page.result.html
    page._on_field("assume:usd_per_hour", "310")
    assert "low end, middle and high end would be $215, $310 and $300, must rise" in page.result.html
    assert (page.card, page.room.current, store.assumptions.newest()) == (card, USUAL, "")
    page._on_action("assume", "usd_per_hour=nothing")
    assert "must be a number from 1 to 5,000" in page.result.html


def test_search_parameters_wait_for_their_travel_times_while_one_draws_on(
    desk: Desk, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate, prepare = threading.Event(), desk_module.prepare

    def slow(*arguments: object, report: desk_module.Report, **more: object) -> object:
        report(0.4, "about 12 s left")
        gate.wait(30)
        return prepare(*arguments, report=report, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(desk_module, "prepare", slow)
    page = WorkbenchPage(desk, store)
    draw(page, LINE)

    def shows_progress() -> bool:
        page._show_result()
        return 'max="100" value="40"' in page.result.html

    try:
        during(lambda: page._on_action("assume", "walk_mps=0.9"), shows_progress)
        assert "Walking speed: 0.9 meters a second." in page.result.html
        assert "Waiting for travel times: 1.3 meters a second is usual." in page.result.html
        assert page.room.current == USUAL
        # Drawing goes on, with the travel times that are there; so does changing what needs none.
        draw(page, OTHER, seq=2)
        assert page.card is not None
        assert page.card.parameters["walk_mps"] == 1.3
        change(page, "usd_per_hour", "290")
        assert page.room.pending is not None
        assert page.room.pending.scoring.usd_per_hour == 290
    finally:
        gate.set()

    def settled() -> bool:
        page.panel._tick()
        return page.room.pending is None and page.card is not None and page.card.parameters["walk_mps"] == 0.9

    during(lambda: None, settled)
    scenario = page._drawn()
    assert page.card is not None
    assert scenario is not None
    # As `workbench score --param walk_mps=0.9` reads it.
    search = override_params(SearchParams(), ("walk_mps=0.9",))
    scoring = ScoringParams(usd_per_hour=290.0)
    assert same(page.card, evaluate(desk.city, scenario, search=search, scoring=scoring, cache_dir=desk.cache_dir))


def test_cancel_returns_to_the_old_ones_and_stops_the_work(
    desk: Desk, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate, stopped = threading.Event(), threading.Event()

    def slow(*_arguments: object, report: desk_module.Report, **_more: object) -> Baseline:
        try:
            for _ in range(600):
                report(0.1, "")
                gate.wait(0.05)
        except BaseException:
            stopped.set()
            raise
        raise AssertionError("nobody cancelled")

    monkeypatch.setattr(desk_module, "prepare", slow)
    page = WorkbenchPage(desk, store)
    draw(page, LINE)
    card = page.card
    page._on_field("assume:change_s", "90")
    assert page.room.pending is not None
    assert 'data-action="assume-cancel"' in page.result.html
    page._on_action("assume-cancel", "")
    assert stopped.wait(20)
    assert (page.room.pending, page.room.current, page.card) == (None, USUAL, card)
    assert "data-pending" not in page.result.html


def test_bases_of_assumptions_tried_long_ago_are_let_go(desk: Desk) -> None:
    tried = [USUAL.having({"change_s": seconds}) for seconds in range(1, 9)]
    for assumed in tried:
        assert desk.window_task("weekday-am", assumed).result().params == assumed.search
    held = {search for _, search in desk._windows}
    assert {one.search for one in tried[-1 - desk_module.N_OTHER_BASES :]} <= held
    assert not {one.search for one in tried[: -1 - desk_module.N_OTHER_BASES]} & held
    assert desk.window_task("weekday-am") is desk.preparation


def test_changes_are_taken_back_one_by_one_or_all_at_once(desk: Desk, store: Store) -> None:
    page = WorkbenchPage(desk, store)
    draw(page, LINE)
    assert 'data-action="assume-undo"' not in page.result.html
    change(page, "usd_per_hour", "290")
    change(page, "layover_min", "7")
    during(lambda: page._on_action("assume-undo", ""), lambda: page.card.parameters["layover_min"] == 5)  # type: ignore[union-attr]
    assert page.room.current.changed == {"usd_per_hour": 290}
    change(page, "layover_min", "7")
    during(lambda: page._on_action("assume-reset", ""), lambda: page.card.parameters["usd_per_hour"] == 272)  # type: ignore[union-attr]
    assert page.room.current == USUAL
    assert "Not the usual assumptions" not in page.result.html
    during(lambda: page._on_action("assume-undo", ""), lambda: page.card.parameters["layover_min"] == 7)  # type: ignore[union-attr]


def test_they_belong_to_the_room_and_survive_a_restart(desk: Desk, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'workbench.db'}"
    with open_store(url) as store:
        page, beside = WorkbenchPage(desk, store), WorkbenchPage(desk, store)
        draw(page, LINE)
        draw(beside, OTHER)
        during(
            lambda: page._on_field("assume:usd_per_hour", "290"),
            lambda: beside.card is not None and beside.card.parameters["usd_per_hour"] == 290,
        )
        assert "changed from $272 to $290" in beside.result.html
    with open_store(url) as store:
        again = WorkbenchPage(desk, store)
        assert again.room.current == USUAL.having({"usd_per_hour": 290})
        draw(again, LINE)
        assert again.card is not None
        assert again.card.parameters["usd_per_hour"] == 290


def test_kept_assumptions_that_cannot_be_used_are_said(desk: Desk, store: Store) -> None:
    store.assumptions.add('{"usd_per_hour": 9000}')
    page = WorkbenchPage(desk, store)
    assert page.room.current == USUAL
    assert "The assumptions that were kept cannot be used" in page.result.html


def test_what_would_turn_the_verdict_stands_beside_each_assumption(desk: Desk, store: Store) -> None:
    page = WorkbenchPage(desk, store)
    draw(page, LINE)
    assert "Not tried." not in page.result.html
    during(
        lambda: page._on_action("study-sensitivity", ""),
        lambda: page.studies._task is None and page.studies.sensitivity(page.card) is not None,
    )
    assert "The verdict stands with $215 and $300." in page.result.html
    assert "Not tried." in page.result.html  # walking speed needs travel times of its own
    assert 'data-action="study-sensitivity-full"' in page.result.html
    change(page, "layover_min", "7")  # another card: the answer was about the first
    assert "The verdict stands" not in page.result.html


# ---- side by side


def keep(page: WorkbenchPage, line: tuple[tuple[float, float], ...], seq: int) -> None:
    draw(page, line, seq)
    page._on_action("save", "")


def test_alternatives_of_different_assumptions_are_not_compared_until_scored_alike(desk: Desk, store: Store) -> None:
    page = WorkbenchPage(desk, store)
    keep(page, LINE, 1)
    draw(page, OTHER, 2)
    change(page, "usd_per_hour", "290")
    page._on_action("save", "")
    first, second = list_alternatives(store)
    assert (first.assumed, second.assumed) == (USUAL, USUAL.having({"usd_per_hour": 290}))

    compared = ComparePage(desk, store)
    html = compared.matrix.html
    assert "Not scored alike: do not compare these figures yet." in html
    assert "A was scored with the usual assumptions." in html
    assert "B was scored with other assumptions (One hour of a bus on the road: changed from $272 to $290)." in html
    assert "best-mark" not in html
    assert "<i style" not in html
    assert "They are not judged against each other" in html
    during(compared._on_ready, lambda: compared.sides.drawn is not None and compared.sides.state.error != "")
    assert "A and B were scored with different assumptions" in compared.sides.fragment.html
    # The small maps are of the cards as they were kept.
    assert [side.card.parameters["usd_per_hour"] for side in compared.sides.drawn.sides] == [272, 290]  # type: ignore[union-attr]

    during(
        lambda: compared._on_matrix("score-alike", ""),
        lambda: compared.measuring is None and 'data-scored="alike"' in compared.matrix.html,
    )
    assert (
        "All were scored with other assumptions (One hour of a bus on the road: changed from $272 to $290)."
        in compared.matrix.html
    )
    assert 'data-action="score-alike"' not in compared.matrix.html
    kept = list_alternatives(store)
    assert [one.assumed for one in kept] == [compared.room.current] * 2
    assert [one.stops for one in kept] == [first.stops, second.stops]
    wanted = evaluate(
        desk.city,
        first.scenario,
        baseline=desk.preparation.result(),
        scoring=ScoringParams(usd_per_hour=290.0),
    )
    assert kept[0].card["service"] == wanted.to_json()["service"]


def test_alternatives_scored_alike_but_not_as_the_room_offer_to_be_scored_again(desk: Desk, store: Store) -> None:
    page = WorkbenchPage(desk, store)
    keep(page, LINE, 1)
    keep(page, OTHER, 2)
    compared = ComparePage(desk, store)
    assert "data-scored" not in compared.matrix.html
    get_room(store, lambda assumed: desk.window_task("weekday-am", assumed)).change("layover_min", "7")
    # The page that is open hears of it; what is side by side is still alike.
    assert "All were scored with the usual assumptions. The room now takes for granted" in compared.matrix.html
    assert "Not scored alike" not in compared.matrix.html
    assert 'data-action="score-alike"' in compared.matrix.html


def test_nothing_is_kept_with_a_card_of_other_assumptions(desk: Desk, store: Store) -> None:
    page = WorkbenchPage(desk, store)
    draw(page, LINE)
    page.room.current = Assumptions(scoring=ScoringParams(layover_min=7.0))  # the new card is not there yet
    page._on_action("save", "")
    assert "exact result is not there yet" in page.state.error
    assert list_alternatives(store) == ()


# ---- this route only


def test_an_opened_route_keeps_its_stops_speed_and_hours(desk: Desk, store: Store) -> None:
    route = AddRoute(
        "proposed", "Rapid", LINE, headway_s=480, spacing_m=900.0, speed_factor=1.2, span_start_s=5 * 3600, seed=3
    )
    text = json.dumps(Scenario("Rapid", (route,)).to_json())
    page = WorkbenchPage(desk, store)
    during(lambda: page._on_upload(Upload("rapid.json", len(text), text)), lambda: page.state.stage == "exact")
    assert page.card is not None
    wanted = evaluate(desk.city, Scenario("Rapid", (route,)), baseline=desk.preparation.result())
    assert same(page.card, wanted)
    assert "Chosen for this route: 304.8 meters is usual." in page.result.html
    page._on_action("save", "")
    (kept,) = list_alternatives(store)
    during(lambda: page._on_action("edit", kept.alternative_id), lambda: page.state.stage == "exact")
    assert page.card is not None
    assert page.card.service == wanted.service
    assert read_values(json.loads(json.dumps(values_of(dataclasses.replace(route, days=("weekday",)))))) == {
        "days": ("weekday",),
        "spacing_m": 900.0,
        "speed_factor": 1.2,
        "span_start_s": 5 * 3600,
        "seed": 3,
    }


def test_the_distance_of_stops_and_the_speed_can_be_typed(desk: Desk, store: Store) -> None:
    page = WorkbenchPage(desk, store)
    draw(page, LINE)
    usual = page.card
    assert usual is not None
    during(lambda: page._on_field("assume:spacing_m", "900"), lambda: page.card is not usual)
    assert page.card is not None
    assert page.card.service["n_stops"].value < usual.service["n_stops"].value  # type: ignore[operator]
    fewer = page.card
    during(lambda: page._on_field("assume:speed_factor", "1.2"), lambda: page.card is not fewer)
    assert page.card.service["speed_kmh"].value > fewer.service["speed_kmh"].value  # type: ignore[union-attr, operator]
    page._on_field("assume:spacing_m", "5000")
    assert "is 5000, must be 100 to 2,000 meters. It stays 900." in page.result.html
    assert page.room.current == USUAL  # it is of this route, not of the room
    kept = page.table.form()
    page.state.route_values = {}
    page.table._restore(kept)  # as the browser does after an undo or a reload
    assert page.state.route_values == {"spacing_m": 900.0, "speed_factor": 1.2}
    page._on_action("save", "")
    assert page.state.route_values == {}


@pytest.mark.parametrize(
    "plain", [[], {"wheels": 4}, {"spacing_m": "far"}, {"seed": 1.5}, {"days": [1]}, {"seed": True}]
)
def test_route_values_that_are_none_are_refused(plain: object) -> None:
    with pytest.raises(InputError, match="what was kept of the route cannot be read"):
        read_values(plain)


# ---- published


def test_what_is_published_without_files_is_scored_with_what_the_room_takes_for_granted(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    with open_store(settings.storage_url) as store:
        assert room_parameters(settings) == ((), ScoringParams())
        store.assumptions.add('{"walk_mps": 0.9, "max_rides": 3, "usd_per_hour": 290.0}')
    params, scoring = room_parameters(settings)
    assert scoring == ScoringParams(usd_per_hour=290.0)
    assert override_params(SearchParams(), params) == SearchParams(walk_mps=0.9, max_rides=3)
