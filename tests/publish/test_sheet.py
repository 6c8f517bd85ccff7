"""The card on one sheet of paper: everything that matters on it, a code that leads to its page, one page in every layout."""

import dataclasses
import re

import pytest
import segno

from tests.publish.cards import NASTY, card, city
from tests.publish.test_browser import browser  # noqa: F401  (a fixture)
from workbench.errors import InputError
from workbench.publish.card import STYLE_PATH, TEMPLATES
from workbench.publish.card_tables import group_table
from workbench.publish.maps.basemap import build_basemap
from workbench.publish.maps.drawing import render_drawing
from workbench.publish.sheet import SHEET_STYLE_PATH, qr_code, render_sheet, require_address
from workbench.scoring.noise import merge_phases
from workbench.scoring.scorecard import LosingPair, Measure

ADDRESS = "https://example.org/lists/2026/alternatives/main-street.html"
LONG = "The crosstown bus from the ferry to the hospital by the market, the school and the park"


def full_card(a_city, **changes):
    """A card with as much on it as a sheet must hold: twelve groups with margins, long sentences, worst pairs."""
    one = card(a_city, **changes)
    estimate = Measure(1_234_567, "residents", "invented", low=1_134_567, high=1_334_567, margin=100_000)
    share = Measure(0.123, "share", "invented", low=0.101, high=0.145, margin=0.022)
    group = one.groups[0]
    many = tuple(
        dataclasses.replace(
            group,
            group_id=f"g{n}",
            label="People who speak English less than very well",
            **dict.fromkeys(("near_route", "gaining", "losing"), estimate),
            **dict.fromkeys(("share_of_people", "share_of_gain", "share_of_loss"), share),
        )
        for n in range(12)
    )
    areas = tuple(
        dataclasses.replace(one.areas[0], kind="nta", kind_label="neighborhood", area_id=f"N{n}",
                            name="Soundview-Bruckner-Bronx River and Beyond", access_change=Measure(n, "residents", "x"))
        for n in range(1, 30)
    )  # fmt: skip
    pair = LosingPair("home", LONG, "shop", LONG, 6_543, 24.0, 39.0, (0, 0), (0, 0), rides_before=1, rides_after=2)
    sentences = (
        "Changes route Bx12-SBS: 25 trips in these hours, today 24.",
        "Saves people about 1,230 hours of travel a day in all, if everybody makes one trip a day (± 120).",
        "123,000 people get at least 10 minutes closer to Soundview-Bruckner-Bronx River (± 12,000).",
        "123,000 people (± 12,000, within noise) can reach at least 1% more people within 45 minutes.",
        "123,000 people can walk to a stop of what it changes or adds (a quarter mile).",
        "44,500 people lose two minutes or more on one likely trip in fifty. 490,000 people can reach fewer people. Some trip "
        "gets longer, if only by seconds, for 5.77 million people: 647 hours a day in all. 99,900 people can no longer "
        "walk to a route they can walk to today.",
        "Frees 12 buses and saves about $14.6 million a year (range $11.6 million to $16.1 million), against today.",
    )
    rides = {f"residents_{word}_rides": Measure(123_456, "residents", "invented") for word in ("more", "fewer")}
    return dataclasses.replace(
        one, groups=(group, *many), areas=areas, worst=(pair,) * 5, headline=(*one.headline, *sentences), rides=rides
    )


def sheet_of(a_card, a_city, **options):
    drawing = render_drawing(a_card, build_basemap(a_city), color="var(--line-a)", label="Map")
    return render_sheet(a_card, drawing, letter="A", color="var(--line-a)", **options)


@pytest.fixture(scope="module")
def town():
    return city()


def test_the_sheet_holds_what_matters_and_where_the_rest_is(town):
    html = sheet_of(full_card(town), town, address=ADDRESS)
    words = " ".join(re.sub(r"<[^>]+>", " ", html).split())
    for text in ("Who gains", "Who loses", "Who are they?", "By neighborhood", "Who loses most", "one more change"):
        assert text in words, text
    assert f'<a href="{ADDRESS}">' in html
    assert "1,230,000 (1,130,000 to 1,330,000)" in words
    assert "25 more areas change less." in words
    assert "Noise has not been measured" in words


def test_names_are_text(town):
    html = sheet_of(card(town, name=NASTY), town)
    assert "<script>" not in html
    assert "<img" not in html


def test_without_an_address_there_is_no_code_and_no_link(town):
    html = sheet_of(card(town), town)
    assert "sheet-qr" not in html
    assert "<a " not in html
    assert "stands on the page of this route" in html


def test_the_code_is_that_of_the_address_with_room_for_damage():
    svg = str(qr_code(ADDRESS))
    made = segno.make(ADDRESS, error="q", micro=False)
    width = made.symbol_size(border=4)[0]
    assert f'viewBox="0 0 {width} {width}"' in svg  # four light modules around it: the standard's quiet zone
    assert made.error in ("Q", "H")
    assert f"QR code: {ADDRESS}" in svg


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("example.org/list", "must be a web address such as"),
        ("javascript:alert(1)", "must be a web address such as"),
        ("https://exa mple.org/", "must be a web address such as"),
        ("https://example.org/" + "x" * 300, "address has 320 characters, at most 300"),
    ],
)
def test_what_is_no_address_is_refused(address, message):
    with pytest.raises(InputError, match=message):
        require_address(address)


def test_what_is_suppressed_says_so_on_sheet_and_card(town):
    one = card(town)
    hidden = Measure(None, "residents", "x", uncertainty="too few to say: why", suppressed=True)
    rows = (one.groups[0], dataclasses.replace(one.groups[0], group_id="g", near_route=hidden, gaining=hidden))
    one = dataclasses.replace(one, groups=rows)
    table = group_table(one.to_json()["groups"])
    assert [cell.text for cell in table.rows[1].cells[:2]] == ["too few to say", "too few to say"]
    assert sheet_of(one, town).count("too few to say") == 2


def test_a_column_in_which_nothing_happens_is_left_out(town):
    zero = Measure(0, "residents", "x")
    none = Measure(None, "share", "x", uncertainty="nobody loses")
    row = dataclasses.replace(card(town).groups[0], losing=zero, share_of_loss=none)
    table = group_table(dataclasses.replace(card(town), groups=(row,)).to_json()["groups"])
    assert "Lose access" not in table.columns
    assert "Share of loss" not in table.columns
    assert "Share of gain" in table.columns


@pytest.mark.browser
@pytest.mark.parametrize("direction", ["ltr", "rtl"])
@pytest.mark.parametrize("paper", ["Letter", "A4"])
@pytest.mark.parametrize("phases", [1, 2])
def test_it_is_one_page_of_paper_in_every_layout(browser, town, tmp_path, direction, paper, phases):  # noqa: F811
    one = full_card(town, name=LONG)
    if phases > 1:
        losers = {**one.losers, "residents_losing_access": Measure(5, "residents", "x")}
        one = dataclasses.replace(merge_phases([dataclasses.replace(one, losers=losers)] * 2), headline=one.headline)
    (tmp_path / "sheet.html").write_text(
        sheet_of(one, town, address=ADDRESS, assets=".", direction=direction), encoding="utf-8"
    )
    for path in (STYLE_PATH, TEMPLATES / "site.css", SHEET_STYLE_PATH):
        (tmp_path / path.name).write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    page = browser.new_page(viewport={"width": 900, "height": 1200})
    page.goto((tmp_path / "sheet.html").as_uri())
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    code, title = (page.locator(which).bounding_box() for which in (".sheet-qr", "h1"))
    assert (code["x"] > title["x"]) == (direction == "ltr"), "the code stands at the end of the line"
    pdf = page.pdf(format=paper, print_background=True)
    assert len(re.findall(rb"/Type\s*/Page\b(?!s)", pdf)) == 1
    page.close()
