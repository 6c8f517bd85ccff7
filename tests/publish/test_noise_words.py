"""Noise on cards and on the published site: the spread, the words, and "not measured" where nobody looked."""

import csv
import datetime as dt
import io
import json
import re
from dataclasses import replace

import pytest

from tests.publish.cards import alternatives, card, city, outcome
from tests.publish.test_site import publish, text_of
from workbench.errors import InputError
from workbench.publish import publish_site, render_card
from workbench.publish.card_view import build_card_view
from workbench.publish.figures import format_spread
from workbench.scoring.noise import merge_phases
from workbench.scoring.scorecard import Measure


def over_two(a_card, gaining, longer=(7, 7), saved=(7_200, 7_200)):
    """A card over two timetables: people gaining, people with longer trips, minutes saved, everything else alike."""
    return merge_phases(
        [
            replace(
                a_card,
                access={"residents_gaining_access": Measure(gain, "residents", "invented")},
                losers={**a_card.losers, "residents_longer_trips": Measure(loss, "residents", "invented")},
                travel_time={
                    **a_card.travel_time,
                    "person_minutes_per_day": Measure(minutes, "person-minutes per day", "invented"),
                },
            )
            for gain, loss, minutes in zip(gaining, longer, saved, strict=True)
        ]
    )


def whole(a_card):
    """A card with the parts a headline needs."""
    return replace(
        a_card,
        losers={**a_card.losers, "residents_losing_access": Measure(0, "residents", "invented")},
    )


def figure_lines(html):
    """The two large numbers with what stands beside them, and how many people stand behind each."""
    found = re.findall(r'<span class="figure">(.*?)<p>.*?<p class="balance-people">(.*?)</p>', html, re.DOTALL)
    return [" ".join(re.sub(r"<[^>]+>", " ", part).split()) for one in found for part in one]


def test_a_card_of_one_timetable_says_that_nobody_looked():
    html = render_card(whole(card(city())))
    assert "Noise has not been measured" in html
    assert "±" not in html


def test_the_first_sentences_give_the_spread():
    one = over_two(whole(card(city())), (1_400, 1_600), saved=(6_600, 7_800))
    assert one.headline[0] == (
        "Saves people about 120 hours of travel a day in all, if everybody makes one trip a day (± 10)."
    )
    assert one.headline[1] == "1,500 people (± 100) can reach at least 1% more people within 45 minutes."
    calm = over_two(whole(card(city())), (1_499, 1_501))
    assert calm.headline[1] == "1,500 people can reach at least 1% more people within 45 minutes."
    noisy = over_two(whole(card(city())), (0, 200))
    assert noisy.headline[1] == "100 people (± 100, within noise) can reach at least 1% more people within 45 minutes."


def test_a_saved_card_from_before_there_was_noise_says_so_too():
    old = {key: value for key, value in card(city()).to_json().items() if key not in ("noise", "n_phases")}
    assert "Noise has not been measured" in render_card(old)


def test_a_preview_says_nothing_of_noise():
    assert build_card_view(card(city()), exact=False).noise == ()


def test_a_card_of_two_timetables_shows_spread_and_words():
    # 1,400 and 1,600 people gain: 1,500 ± 100. 0 and 10 lose: 5 ± 5, within noise. 110 and 130 hours are saved.
    one = over_two(whole(card(city())), (1_400, 1_600), (0, 10), (6_600, 7_800))
    html = render_card(one)
    gain = "1,500 ± 100 people reach at least 1% more people within 45 minutes"
    loss = "5 ± 5 within noise people have a trip that gets longer, if only by seconds"
    assert figure_lines(html) == ["120 ± 10", gain, "0", loss]
    assert "the mean of 2 possible timetables" in html
    assert "Within noise, no larger than the luck of the minute: People with a trip that gets longer." in html
    assert "not been measured" not in html
    assert render_card(one.to_json()) == html


def test_a_summary_leaves_out_what_the_page_says_once():
    one = over_two(whole(card(city())), (1_400, 1_600), (0, 10))
    summary = render_card(one, level="summary")
    assert "possible timetables" not in summary
    assert "Within noise, no larger" in summary
    assert "Noise has not been measured" in render_card(whole(card(city())), level="summary")


def site_of(tmp_path, gaining):
    """Publish a, b, c with the people gaining in each of two timetables; return its folder."""
    some = [
        replace(one, scorecard=over_two(whole(one.scorecard), values))
        for one, values in zip(alternatives(city()), gaining, strict=True)
    ]
    publish(tmp_path / "out", some, outcome())
    return tmp_path / "out"


def rows_of(path):
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))


def test_the_site_names_differences_within_noise(tmp_path):
    # a and b: 100 fewer, then 100 more. a and c, b and c: always hundreds more.
    out = site_of(tmp_path, [(1_400, 1_600), (1_500, 1_500), (900, 950)])
    words = text_of(out / "index.html")
    assert "mean of 2 possible timetables" in words
    assert "People who can reach at least 1% more people in 45 minutes: A and B Every two" in words
    rows = [row for row in rows_of(out / "data/differences.csv") if row["indicator"] == "residents_gaining_access"]
    assert [(row["one"], row["other"], row["one_minus_other"], row["spread"], row["one_is"]) for row in rows] == [
        ("a", "b", "0.0", "100.0", "within noise"),
        ("a", "c", "575.0", "75.0", "better"),
        ("b", "c", "575.0", "25.0", "better"),
    ]
    assert {row["n_timetables"] for row in rows} == {"2"}
    scores = json.loads((out / "data/scores.json").read_text())["scorecards"]
    assert scores[0]["access"]["residents_gaining_access"]["by_phase"] == [1400, 1600]
    assert json.loads((out / "manifest.json").read_text())["n_timetables"] == 2


def test_the_site_says_where_no_difference_is_within_noise(tmp_path):
    out = site_of(tmp_path, [(1_400, 1_600), (1_200, 1_400), (900, 950)])
    assert "No difference between two routes in what they are compared by is within noise." in text_of(
        out / "index.html"
    )


def test_the_table_says_of_each_value_whether_it_is_noise(tmp_path):
    out = site_of(tmp_path, [(1_400, 1_600), (1_200, 1_400), (900, 950)])
    rows = {row["indicator"]: row for row in rows_of(out / "data/comparison.csv") if row["alternative_id"] == "a"}
    gain = rows["residents_gaining_access"]
    assert (gain["value"], gain["spread"], gain["within_noise"], gain["n_timetables"]) == ("1500", "100", "no", "2")
    publish(tmp_path / "one")
    words = text_of(tmp_path / "one/index.html")
    assert "The noise has not been measured" in words
    row = rows_of(tmp_path / "one/data/comparison.csv")[0]
    assert (row["within_noise"], row["spread"], row["n_timetables"]) == ("not measured", "", "1")


def test_routes_scored_with_other_numbers_of_timetables_are_refused(tmp_path):
    a_city = city()
    some = alternatives(a_city)
    some[1] = replace(some[1], scorecard=over_two(whole(some[1].scorecard), (1, 2)))
    with pytest.raises(InputError, match="'River Road' was scored with 2 timetables, the first alternative with 1"):
        publish_site(tmp_path / "out", some, None, city=a_city, asked_on=dt.date(2026, 11, 21))


@pytest.mark.parametrize(
    ("measure", "text"),
    [
        ({"unit": "residents", "value": 900}, ""),
        ({"unit": "residents", "value": 900, "spread": None}, ""),
        ({"unit": "residents", "value": 900, "spread": 0}, ""),
        ({"unit": "residents", "value": 900, "spread": 8}, ""),  # less than 1%
        ({"unit": "residents", "value": 900, "spread": 9}, "± 9"),
        ({"unit": "residents", "value": 900, "spread": 343}, "± 340"),
        ({"unit": "residents", "value": 0, "spread": 1_234}, "± 1,200"),
        ({"unit": "residents", "value": 0, "spread": 0.2}, "± 1"),  # never ± 0
        ({"unit": "minutes", "value": 0.002, "spread": 0.0006}, "± 0.036 seconds"),
        ({"unit": "minutes", "value": 40, "spread": 1.26}, "± 1.3 min"),
        ({"unit": "USD per year", "value": 500_000, "spread": 12_400}, "± $12,000"),
        ({"unit": "USD per year", "value": 900, "spread": 48}, "± $48"),
        ({"unit": "person-minutes per day", "value": 40_000, "spread": 4_210}, "± 4,200 minutes"),
        ({"unit": "share", "value": 0.2, "spread": 0.012}, "± 1.2 points"),
        ({"unit": "buses", "value": 7, "spread": 1}, "± 1"),
        ({"unit": "km/h", "value": 3, "spread": 0.08}, "± 0.05 mph"),
        ({"unit": "hours per year", "value": 100, "spread": 12.5}, "± 12 hours"),
        ({"unit": "rides", "value": 2, "spread": 1}, "± 1 rides"),
    ],
)
def test_a_spread_in_words(measure, text):
    assert format_spread(measure) == text
