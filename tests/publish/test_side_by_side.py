"""Small maps side by side and the difference of two: what they say, draw and never let through."""

from dataclasses import replace

import numpy as np
import pytest

from tests.publish.cards import NASTY, alternatives, card, city
from tests.publish.test_site import publish, text_of
from workbench.errors import InputError
from workbench.publish import PublishedAlternative
from workbench.publish.maps.basemap import build_basemap
from workbench.publish.side_by_side import Side, fit_sides, render_difference, render_small_maps
from workbench.publish.verdicts import judge_sides


def sides(a_city, *afters, names=("Main Street", "River Road", "Hill Street")):
    return [
        Side("ABC"[ix], name, f"var(--line-{'abc'[ix]})", card(a_city, name, after=after))
        for ix, (after, name) in enumerate(zip(afters, names, strict=False))
    ]


# Zones home (1,000 people), school (500), shop (200), park (3), each reaching 100 today.
ONE, OTHER = (130.0, 112.0, 97.0, 200.0), (106.0, 100.5, 100.5, 100.0)


def test_each_map_says_in_words_what_its_colours_say():
    a_city = city()
    both = sides(a_city, ONE, OTHER)
    html = render_small_maps(both, fit_sides(both, build_basemap(a_city)), a_city)
    assert html.count('class="small-map"') == 2
    # home, school and park reach at least 1% more with A: 1,503 people to three digits; shop 3% fewer.
    assert "1,500 people can reach at least 1% more, 200 at least 1% fewer." in html
    assert "1,000 people can reach at least 1% more, 0 at least 1% fewer." in html
    assert html.count('id="small-ground"') == 1  # the ground is drawn once
    assert html.count('href="#small-ground"') == 2
    # As a table: home 30% more with A; with B 6%: the class 5 to 10%.
    table = " ".join(html.split("<tbody>")[1].split())
    assert "10% more, or better</th><td>1,500</td><td>0</td>" in table
    assert "5 to 10% more</th><td>0</td><td>1,000</td>" in table
    assert "1 to 5% fewer</th><td>200</td><td>0</td>" in table


def test_the_difference_names_who_reaches_more_with_which():
    a_city = city()
    one, other = sides(a_city, ONE, OTHER)
    frame = fit_sides([one, other], build_basemap(a_city))
    html = render_difference(one, other, frame, a_city)
    # home 24% and school 11.5% more with A; shop 3.5% more with B; park's 3 people too.
    assert "1,500 people reach at least 1% more with A than with B." in html
    assert "200 people reach at least 1% more with B than with A." in html
    assert "For 0 people the two are less than 1% apart." in html
    assert "The noise has not been measured" in html
    assert html.count('fill="#542788"') == 1  # home and school, one shape
    assert html.count('fill="#fdb863"') == 1  # shop, 1 to 5% more with B
    assert html.count('fill="url(#small-hatch)"') == 1  # B's side is hatched too
    assert "stroke-dasharray" in html
    swapped = render_difference(other, one, frame, a_city)
    assert "1,500 people reach at least 1% more with A than with B." in swapped


def test_alike_alternatives_colour_nothing_and_noise_is_told_apart():
    a_city = city()
    one, same = sides(a_city, ONE, ONE)
    frame = fit_sides([one, same], build_basemap(a_city))
    html = render_difference(one, same, frame, a_city)
    assert "For 1,700 people the two are less than 1% apart." in html
    assert "fill-opacity" not in html
    # Two timetables: home gets 40 or 0 more with A, mean 20, spread 20: noise; school 10 both times.
    phases = np.array([[140.0, 110, 100, 100], [100.0, 110, 100, 100]])
    noisy = [
        replace(
            side, card=replace(side.card, zones=replace(side.card.zones, access_by_phase=by, access_after=by.mean(0)))
        )
        for side, by in ((one, phases), (same, np.full((2, 4), 100.0)))
    ]
    html = render_difference(noisy[0], noisy[1], frame, a_city)
    assert "500 people reach at least 1% more with A than with B." in html
    assert "For 1,000 people they are further apart, but within noise." in html
    assert "over 2 timetables" in html


def test_other_cities_are_refused_and_names_are_never_markup():
    a_city = city()
    one, other = sides(a_city, ONE, OTHER, names=(NASTY, "B"))
    frame = fit_sides([one, other], build_basemap(a_city))
    for html in (render_small_maps([one, other], frame, a_city), render_difference(one, other, frame, a_city)):
        assert "<script" not in html
        assert "<img" not in html
    strange = replace(other.card.zones, access_before=np.array([1.0, 2, 3, 4]))
    with pytest.raises(InputError, match="not scored alike"):
        render_difference(one, replace(other, card=replace(other.card, zones=strange)), frame, a_city)


def test_the_matrix_marks_who_is_beaten_in_everything():
    a_city = city()
    one, other = sides(a_city, ONE, OTHER)
    cheaper = replace(one.card.service["cost_per_year"], value=1_000_000, low=None, high=None)
    other = replace(other, card=replace(other.card, service=dict(other.card.service) | {"cost_per_year": cheaper}))
    found = judge_sides([one, other])
    assert found.verdicts == ("Yes, by B", "No")
    assert found.rows[-1] == ("Cost a year", ("$1.6 to 2.2 million a year", "$1.0 million a year"))
    alone = judge_sides([one, replace(other, card=replace(other.card, window_id="saturday"))])
    assert "not judged" in alone.note


def test_the_site_has_a_page_side_by_side(tmp_path):
    a_city = city()
    publish(tmp_path / "out", a_city=a_city)
    page = (tmp_path / "out/compare.html").read_text()
    assert page.count("<details") == 1 + 3  # the table, and every two of three
    assert "Beaten in everything?" in text_of(tmp_path / "out/compare.html")
    assert 'href="compare.html"' in (tmp_path / "out/index.html").read_text()
    only = alternatives(a_city)[:1]
    publish(tmp_path / "one", only, a_city=a_city)
    assert not (tmp_path / "one/compare.html").exists()
    assert "compare.html" not in (tmp_path / "one/index.html").read_text()


def test_beyond_eight_the_page_says_who_is_left_out(tmp_path):
    a_city = city()
    many = [PublishedAlternative(f"r{n}", f"Route {n}", card(a_city, f"Route {n}")) for n in range(9)]
    publish(tmp_path / "out", many, a_city=a_city)
    words = text_of(tmp_path / "out/compare.html")
    assert "The first 8 are shown; 1 more" in words
    assert (tmp_path / "out/compare.html").read_text().count("<details") == 1 + 28
