"""What somebody asked for besides the card, on card, sheet, map, pages and in files: rides, minutes to leave, assumptions."""

import csv
import dataclasses
import datetime as dt
import json

import numpy as np
import pytest

from tests.publish.cards import NASTY, alternatives, card, city
from workbench.publish import PublishedStudy, publish_site, render_card
from workbench.publish.card_view import build_card_view
from workbench.publish.maps.basemap import build_basemap
from workbench.publish.maps.drawing import render_drawing
from workbench.publish.maps.folium_map import _results
from workbench.publish.results import RIDES, build_layers
from workbench.publish.sheet import render_sheet
from workbench.scoring import LosingPair, Measure, RideRow
from workbench.scoring.indicators import INDICATORS

DATE = dt.date(2026, 11, 22)


def people(value, **more):
    return Measure(value, "residents", "invented", **more)


def with_rides(one, more=(0.2, 0.05, 0.0, 0.0), fewer=(0.5, 0.0, 0.05, 1.0)):
    """The card of somebody who asked who has to change once more."""
    rides = {key: Measure(0, i.unit, "rides invented") for key, i in INDICATORS.items() if i.part == "rides"}
    rides |= {"residents_more_rides": people(1_512), "residents_fewer_rides": people(1_210)}
    rides |= {"trips_more_rides_per_day": Measure(1_036, "trips per day", "rides invented")}
    hidden = people(None, suppressed=True)
    rows = (
        RideRow("group", "group", "all", "Everybody", people(1703), people(1512), people(1210)),
        RideRow(
            *("group", "group", "poor", "Poor", people(800), people(400, low=300, high=500, margin=100), hidden),
        ),
        *(
            RideRow("borough", "borough", str(n), f"B{n}", people(90), people(n), people(0))
            for n in range(1, 14)
        ),
        RideRow("nta", "neighborhood", "x", NASTY, people(90), people(0), people(7)),
    )  # fmt: skip
    pair = LosingPair("h", "Here", "t", "There", 1_000, 26.5, 26.5, (0, 0), (0, 0), rides_before=1, rides_after=2)
    zones = dataclasses.replace(one.zones, more_rides=np.array(more), fewer_rides=np.array(fewer))
    parameters = {**one.parameters, "ride_tolerance_min": 7.5}
    return dataclasses.replace(
        one, rides=rides, ride_rows=rows, worst_rides=(pair,), zones=zones, parameters=parameters
    )


def test_a_card_nobody_asked_says_that_changes_were_not_counted():
    html = render_card(card(city()))
    assert "Who has to change vehicle once more was not counted for this card." in html
    assert "Changing vehicle" not in html
    assert "Good and bad minutes" not in html


def test_losses_and_gains_of_rides_stand_beside_the_others():
    one = with_rides(card(city()))
    html = render_card(one)
    assert "was not counted" not in html
    assert "<b>1,510</b> people must change once more on one likely trip in fifty" in html
    assert "<b>1,210</b> people change once less on one likely trip in fifty" in html
    assert html.index("Who gains") < html.index("change once less") < html.index("Who loses")
    assert html.index("Who loses") < html.index("must change once more") < html.index("What it needs")
    assert "no more than 7.5 minutes longer than the quickest way" in html
    assert "1,040 trips" in html
    assert "1,000 people of Here on the way to There: 26 min today, 26 min after, with one more change" in html
    assert NASTY not in html
    assert render_card(one.to_json()) == html
    view = build_card_view(one)
    (section,) = [section for section in view.sections if section.title == "Changing vehicle"]
    assert [table.title for table in section.tables] == ["By group", "By borough", "By neighborhood"]
    groups, boroughs, _ = section.tables
    assert [[cell.text for cell in cells] for _, cells, _ in groups.lines] == [
        ["1,510", "1,210"],
        ["400", "too few to say"],
    ]
    assert groups.lines[1][1][0].range == "300 to 500"
    assert [name for name, _, _ in boroughs.lines] == [f"B{n}" for n in range(13, 1, -1)]  # most people first
    assert boroughs.note == "1 more with fewer people."
    assert "rides invented" in view.sources
    summary = render_card(one, level="summary")
    assert "must change once more" in summary
    assert "By borough" not in summary


def test_good_and_bad_minutes_are_a_section_of_their_own():
    measures = {key: Measure(120, i.unit, "invented") for key, i in INDICATORS.items() if i.part == "departures"}
    html = render_card(dataclasses.replace(card(city()), departures=measures))
    assert "Good and bad minutes to leave" in html
    assert html.count('data-key="person_minutes_lost_per_day_p75"') == 1


def test_the_sheet_has_the_two_lines():
    a_city = city()
    one = with_rides(card(a_city))
    html = render_sheet(one, render_drawing(one, build_basemap(a_city), color="#000", label="Map"))
    assert "<b>1,510</b> people must change once more" in html
    assert "<b>1,210</b> people change once less" in html


def test_the_map_paints_losses_before_gains_and_leaves_empty_zones_blank():
    a_city = city()
    one = with_rides(card(a_city))
    layers = build_layers(one, build_basemap(a_city))
    assert [layer.key for layer, _ in layers] == ["access", "minutes", "rides"]
    labels = [RIDES.steps[ix].label for ix in layers[2][1]]
    assert labels == [
        "one in ten needs one more change, or more do",  # though half need one fewer
        "one in fifty to one in ten needs one more",
        "one in fifty to one in ten needs one fewer",
        "fewer than one in fifty",  # three residents
    ]
    told = _results(one, build_basemap(a_city))
    assert told["more_rides"] == [20.0, 5.0, 0.0, 0.0]
    assert "more_rides" not in _results(card(a_city), build_basemap(a_city))


@pytest.mark.parametrize(
    ("more", "fewer", "step"),
    [(0.1, 0, 0), (0.0999, 0, 1), (0.02, 0.9, 1), (0.0199, 0, 2), (0, 0.02, 3), (0.01, 0.1, 4)],
)
def test_the_limits_are_those_the_labels_say(more, fewer, step):
    a_city = city()
    one = with_rides(card(a_city), more=(more, 0, 0, 0), fewer=(fewer, 0, 0, 0))
    assert build_layers(one, build_basemap(a_city))[2][1][0] == step


def test_files_have_every_figure(tmp_path):
    a_city = city()
    listed = [dataclasses.replace(one, scorecard=with_rides(one.scorecard)) for one in alternatives(a_city)]
    publish_site(tmp_path / "out", listed, None, city=a_city, asked_on=DATE)
    rows = list(csv.DictReader((tmp_path / "out/data/rides-a.csv").read_text(encoding="utf-8").splitlines()))
    assert len(rows) == 16
    poor = next(row for row in rows if row["id"] == "poor")
    assert (poor["one_more_change"], poor["more_low"], poor["more_high"]) == ("400", "300", "500")
    assert (poor["one_change_fewer"], poor["suppressed"]) == ("", "yes")
    compared = (tmp_path / "out/data/comparison.csv").read_text()
    assert ",rides,residents_more_rides," in compared
    page = (tmp_path / "out/alternatives/a.html").read_text()
    assert 'href="../data/rides-a.csv"' in page
    matrix = (tmp_path / "out/compare.html").read_text()
    assert "People with one likely trip in fifty that needs one more change" in matrix
    plain = tmp_path / "plain"
    publish_site(plain, alternatives(a_city), None, city=a_city, asked_on=DATE)
    assert not (plain / "data/rides-a.csv").exists()
    assert "rides-a.csv" not in (plain / "alternatives/a.html").read_text()
    assert "needs one more change" not in (plain / "compare.html").read_text()


STUDY = PublishedStudy(
    ("Main Street <b>costs</b> money.",),
    ("2 other assumptions were tried; one of them changes this:", "With 1 = 2"),
    {"n": 1},
)


def test_what_would_change_the_verdict_stands_where_routes_are_compared(tmp_path):
    a_city = city()
    publish_site(tmp_path / "out", alternatives(a_city), None, city=a_city, asked_on=DATE, study=STUDY)
    page = (tmp_path / "out/compare.html").read_text()
    assert "one of them changes this:" in page
    assert "<li>With 1 = 2</li>" in page
    assert "Main Street &lt;b&gt;costs&lt;/b&gt; money." in page
    assert json.loads((tmp_path / "out/data/sensitivity.json").read_text()) == {"n": 1}
    assert "would-change" not in (tmp_path / "out/alternatives/a.html").read_text()


def test_of_a_single_route_it_stands_on_its_page(tmp_path):
    a_city = city()
    publish_site(tmp_path / "out", alternatives(a_city)[:1], None, city=a_city, asked_on=DATE, study=STUDY)
    page = (tmp_path / "out/alternatives/a.html").read_text()
    assert 'id="would-change"' in page
    assert 'href="../data/sensitivity.json"' in page
    publish_site(tmp_path / "plain", alternatives(a_city)[:1], None, city=a_city, asked_on=DATE)
    assert "would-change" not in (tmp_path / "plain/alternatives/a.html").read_text()
    assert not (tmp_path / "plain/data/sensitivity.json").exists()
