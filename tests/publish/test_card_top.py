"""The first screen of a card: what it is, one sentence on top, nothing twice, how sure, and what is not as usual."""

import dataclasses

import pytest

from tests.publish.cards import card, city
from tests.scenario.scenario_scenes import row_route
from tests.scenes import GridCity
from workbench.evaluate import evaluate, prepare
from workbench.network import SearchParams
from workbench.publish.card import render_card
from workbench.publish.card_top import lead_sentences, sure_words, what_words, worse_words
from workbench.publish.card_view import build_card_view
from workbench.publish.sheet import render_sheet
from workbench.scenario import RemoveRoute, Scenario
from workbench.scoring import ScoringParams, fit_words
from workbench.scoring.scorecard import Measure

HEADLINE = (
    "Saves people about 1,100 hours of travel a day in all, if everybody makes one trip a day.",
    "About 4,000 people get at least 5 minutes closer to Belmont.",
    "Roughly 130,000 people can reach at least 1% more people within 45 minutes; another timetable may give half or double.",
    "91,400 people can walk to a stop of this route (a quarter mile).",
    "Nobody's trip gets longer: this route only adds service; its price is money.",
    "Needs 22 buses and about $31.5 million a year (range $23.3 million to $32.6 million).",
)
KINDS = ("saved", "closer", "reach", "near", "loss", "need")


def plain(*sentences: str, kinds: tuple[str, ...] = KINDS) -> dict[str, object]:
    return {"headline": sentences or HEADLINE, "headline_kinds": kinds}


@pytest.fixture(scope="module")
def scored(tmp_path_factory):
    """A new route beside the only one that runs, and that one gone; each scored."""
    scene = GridCity().stop("A", 0, 0).stop("B", 10, 0).stop("C", 20, 0)
    scene.zone("a", 0, 0).zone("b", 10, 0).zone("c", 20, 0)
    scene.route("R", "A B C", first_s=6 * 3600, headway_s=600, n_trips=24, hop_s=300)
    baseline = prepare(scene.city(), cache_dir=tmp_path_factory.mktemp("cache"))
    edits = {"New": row_route(speed_factor=2.0), "Gone": RemoveRoute(route_id="R")}
    return {name: evaluate(baseline.city, Scenario(name, (edit,)), baseline=baseline) for name, edit in edits.items()}


def test_the_sentence_on_top_is_the_plainest_and_figures_are_not_said_again():
    assert lead_sentences(plain(), has_figures=True) == (HEADLINE[1], HEADLINE[3], HEADLINE[4])
    assert lead_sentences(plain(), has_figures=False) == (HEADLINE[1], HEADLINE[0], *HEADLINE[2:])
    nobody_closer = plain(HEADLINE[0], *HEADLINE[2:], kinds=(KINDS[0], *KINDS[2:]))
    assert lead_sentences(nobody_closer, has_figures=True)[0] == HEADLINE[0]
    changed = plain("Changes route Bx12: 13 trips in these hours, today 25.", *HEADLINE, kinds=("changed", *KINDS))
    assert lead_sentences(changed, has_figures=True) == (HEADLINE[1], HEADLINE[3], HEADLINE[4])
    assert lead_sentences({}, has_figures=True) == ()


def test_a_card_kept_before_sentences_had_kinds_shows_them_all():
    assert lead_sentences(plain(kinds=()), has_figures=True) == HEADLINE


def test_a_loss_without_a_gain_is_on_top():
    assert worse_words(11_234) == "Nobody's trip gets quicker; 11,200 people lose two minutes or more."
    assert worse_words(0) == "Nobody's trip gets quicker; some get a little longer."
    assert lead_sentences(plain(), has_figures=True, top=worse_words(0))[0] == worse_words(0)


def test_how_sure_a_single_timetable_is():
    noise = ("Noise has not been measured.",)
    assert sure_words(noise, n_phases=1, gains=True)[1].startswith("Another one may give a fifth more or fewer hours")
    assert sure_words(noise, n_phases=1, gains=False) == noise
    assert sure_words(noise, n_phases=10, gains=True) == noise


def test_what_it_is_comes_from_the_card_itself(scored):
    plain = scored["New"].to_json()
    what = what_words(plain)
    assert what.startswith("A new route of ")
    assert what.endswith("a bus every 10 minutes.")
    assert what_words({"name": "nothing known"}) == ""
    gone = what_words(scored["Gone"].to_json())
    assert gone.startswith("Removes route ")
    view = build_card_view(scored["Gone"])
    assert view.lead[0].startswith("Nobody's trip gets quicker; ")
    assert not any("Removes route" in sentence for sentence in view.lead)


def test_every_sentence_of_a_real_headline_is_known(scored):
    # What the figures say is not said again: hours, people gaining and what it needs.
    view = build_card_view(scored["New"])
    assert not [one for one in view.lead[1:] if one.startswith(("Saves people", "Needs", "Roughly"))]
    assert any("can walk to a stop" in one for one in view.lead)
    assert any("Nobody's trip gets longer" in one for one in view.lead)


def test_differences_against_today_have_a_direction_in_words(scored):
    needs = {fact.key: fact for fact in build_card_view(scored["Gone"]).needs}
    assert needs["cost_per_year"].text.endswith(" a year less")
    assert needs["cost_per_year"].text.startswith("$")
    assert needs["cost_per_year"].label == "Cost a year, against today"
    assert needs["buses_needed"].text.endswith(" less")


def test_what_is_not_usual_stands_at_the_top_and_on_paper():
    usual = card(city())
    parameters = dataclasses.asdict(SearchParams()) | dataclasses.asdict(ScoringParams())
    assert "Not the usual assumptions" not in render_card(dataclasses.replace(usual, parameters=parameters))
    changed = dataclasses.replace(usual, parameters={**parameters, "usd_per_hour": 300.0, "walk_mps": 0.9})
    words = "One hour of a bus on the road: changed from $272 to $300; Walking speed: changed from 1.3 to 0.9 meters a second."
    html = render_card(changed)
    assert words in html
    assert html.index(words) < html.index("Who gains")
    assert "changed; usually $272" in html
    assert words in render_sheet(changed, "")


@pytest.mark.parametrize(
    ("name", "value", "text", "fitted"),
    [
        ("near_walk_m", 800.0, "Walk to a stop (a quarter mile).", "Walk to a stop (800 meters (2,620 feet))."),
        ("near_walk_m", 800.0, "People within a quarter-mile walk", "People within a walk of 800 meters (2,620 feet)"),
        ("near_walk_m", 240.0, "A quarter mile is a walk of about five minutes.",
         "A walk of 240 meters (790 feet) takes about 3 minutes."),
        ("gain_share", 0.05, "reach at least 1% more people", "reach at least 5% more people"),
        ("gain_trip_share", 0.1, "on one likely trip in fifty", "on 10% of their likely trips"),
        ("gain_trip_share", 0.1, "at least one likely trip in fifty quicker", "10% of their likely trips quicker"),
        ("trips_per_resident", 2.0, "if everybody makes one trip a day", "if everybody makes 2 trips a day"),
        ("near_walk_m", 400.0, "a quarter mile", "a quarter mile"),
    ],
)  # fmt: skip
def test_words_name_the_parameters_that_were_used(name, value, text, fitted):
    assert fit_words(text, {name: value}) == fitted
    assert fit_words(text, {}) == text


def test_losers_who_notice_stand_at_the_top():
    one = card(city())
    noticed = dataclasses.replace(
        one, losers={**one.losers, "residents_losing_2_min": Measure(1_234, "residents", "invented")}
    )
    assert "people lose two minutes or more on one likely trip in fifty" in render_card(noticed)
    none = dataclasses.replace(
        one, losers={**one.losers, "residents_longer_trips": Measure(0, "residents", "invented")}
    )
    assert "people have a trip that gets longer</p>" in render_card(none)
