"""The evidence card: gains and losses beside each other, previews told apart, and text that stays text."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from tests.scenes import GridCity
from workbench.evaluate import evaluate
from workbench.publish.card import STYLE_PATH, render_card
from workbench.publish.card_view import build_card_view
from workbench.publish.figures import format_change, format_measure, format_people, format_share, format_usd
from workbench.scenario import AddRoute, Scenario
from workbench.scenario.boundary import metres_to_lonlat
from workbench.scoring import Scorecard


@pytest.fixture(scope="module")
def scorecard(tmp_path_factory: pytest.TempPathFactory) -> Scorecard:
    """A bus every 10 minutes between two places 6 km apart that nothing joined before."""
    grid = GridCity().zone("home", 1, 5, residents=4_000).zone("work", 31, 5, residents=6_000)
    grid.stop("X", 35, 35).stop("Y", 36, 35).route("X1", "X Y", first_s=6 * 3600, headway_s=600, n_trips=30)
    city = grid.city()
    import numpy as np

    line = metres_to_lonlat(np.array([grid.xy(1, 5), grid.xy(31, 5)]), city.crs)
    route = AddRoute("new", "The <b>New</b> Line", tuple(map(tuple, line.tolist())))
    return evaluate(city, Scenario("The <b>New</b> Line", (route,)), cache_dir=tmp_path_factory.mktemp("cache"))


class Balanced(HTMLParser):
    """Fails on a tag that is closed but not open."""

    VOID = frozenset({"br", "input", "i/", "meta", "link"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_card_is_whole_html_and_names_are_text(scorecard: Scorecard) -> None:
    html = render_card(scorecard, letter="A", color="var(--line-a)")
    parser = Balanced()
    parser.feed(html)
    assert parser.open == []
    assert "The &lt;b&gt;New&lt;/b&gt; Line" in html
    assert "<b>New" not in html


def test_gains_and_losses_stand_beside_each_other(scorecard: Scorecard) -> None:
    html = render_card(scorecard)
    # Everybody gains: each place reaches the other now, in some 20 minutes instead of the 90 that not reached counts as.
    # 10,000 people save 70 minutes each, if everybody makes one trip: some 11,700 hours. Nobody loses by an added bus.
    gain, loss = re.findall(r'<span class="figure">([^<]*)</span>', html)
    assert int(gain.replace(",", "")) == pytest.approx(11_700, rel=0.03)
    assert loss == "0"
    assert re.findall(r'balance-people"><b>([^<]*)</b>', html) == ["roughly 10,000", "0"]
    assert html.index("Who gains") < html.index("Who loses") < html.index("What it needs")


def test_a_saved_card_looks_like_the_card_it_was_saved_from(scorecard: Scorecard) -> None:
    assert render_card(scorecard.to_json()) == render_card(scorecard)


def test_a_preview_says_so_and_shows_no_gain_or_loss(scorecard: Scorecard) -> None:
    whole = scorecard.to_json()
    part = {key: whole[key] for key in ("name", "window_id", "service", "coverage")}
    html = render_card(part, exact=False)
    assert 'data-state="preview"' in html
    assert "Travel times are still being computed" in html
    assert html.count("Being computed") == 2
    assert '<span class="figure">' not in html
    assert "Quicker trips" not in html


def test_the_summary_is_shorter_and_keeps_the_losers(scorecard: Scorecard) -> None:
    summary, full = render_card(scorecard, level="summary"), render_card(scorecard)
    assert len(summary) < len(full) / 2
    assert "Who loses" in summary


def test_a_value_that_is_not_known_is_never_a_zero(scorecard: Scorecard) -> None:
    card = scorecard.to_json()
    card["service"]["cost_per_year"] = {"value": None, "unit": "USD per year", "source": "", "uncertainty": "no rate"}  # type: ignore[index,call-overload]
    view = build_card_view(card)
    fact = next(fact for fact in view.needs if fact.key == "cost_per_year")
    assert (fact.text, fact.note) == ("not known", "no rate")


def test_every_source_and_assumption_is_on_the_full_card(scorecard: Scorecard) -> None:
    view = build_card_view(scorecard)
    named = {
        measure.source
        for part in (scorecard.service, scorecard.coverage, scorecard.losers)
        for measure in part.values()
    }
    assert named <= set(view.sources)
    assert len(view.assumptions) + sum(len(group.lines) for group in view.assumed) == len(scorecard.assumptions)


def test_the_style_sheet_asks_nobody_for_anything_and_has_no_physical_sides() -> None:
    style = STYLE_PATH.read_text()
    assert "url(" not in style
    assert "@import" not in style
    assert not re.search(r"(?:margin|padding|border)-(?:left|right|top|bottom)\b", style)


@pytest.mark.parametrize(
    ("measure", "text"),
    [
        ({"value": 48_213, "unit": "residents"}, "48,200"),
        ({"value": 7, "unit": "residents"}, "7"),
        ({"value": None, "unit": "residents"}, ""),
        ({"value": 5.2e6, "unit": "USD per year", "low": 4.1e6, "high": 5.9e6}, "$4.1 to 5.9 million a year"),
        ({"value": 640_400, "unit": "USD per year"}, "$640,000 a year"),
        ({"value": 8.0467, "unit": "km"}, "5.0 miles"),
        ({"value": 305, "unit": "m"}, "1,000 feet"),
        ({"value": 0.05, "unit": "minutes"}, "3.0 seconds"),
        ({"value": 51.8, "unit": "minutes"}, "52 min"),
        ({"value": 0.254, "unit": "share"}, "25%"),
        ({"value": 1, "unit": "buses"}, "1 bus"),
        ({"value": 3, "unit": "rides"}, "3 rides"),
    ],
)
def test_a_measure_in_words(measure: dict[str, object], text: str) -> None:
    assert format_measure(measure) == text


def test_numbers_in_words() -> None:
    assert format_change(-35) == "\u221235"
    assert format_change(1_234) == "+1,230"
    assert format_change(-0.2) == "0"
    assert format_people(1_234_567) == "1,230,000"
    assert format_share(0.0004) == "under 0.1%"
    assert format_share(0.004) == "0.4%"
    assert format_usd(999_600) == "$1,000,000"
