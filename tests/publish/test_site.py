"""The published site as files: the list, ties, the empty places, the data, and what must never be in it."""

import datetime as dt
import hashlib
import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from tests.publish.cards import NASTY, alternatives, card, city, outcome
from workbench.errors import InputError
from workbench.publish import PublishedAlternative, build_alternative_id, publish_site

DAY = dt.date(2026, 11, 21)


def publish(out_dir, some=None, vote=None, a_city=None, **more):
    a_city = a_city or city()
    return publish_site(out_dir, some or alternatives(a_city), vote, city=a_city, asked_on=DAY, version="0.1.0", **more)


def text_of(path):
    """The words of a page, without its markup."""
    words = []
    parser = HTMLParser()
    parser.handle_data = words.append
    parser.feed(path.read_text(encoding="utf-8"))
    return " ".join(" ".join(words).split())


def read(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_list_stands_in_the_order_of_the_ballots(tmp_path):
    report = publish(tmp_path / "out", vote=outcome("2: c > a > b\n1: a > c"))
    assert report.index == tmp_path / "out/index.html"
    assert report.n_files == len(read(tmp_path / "out"))
    words = text_of(report.index)
    assert "3 routes, in the order of 3 ballots." in words
    ids = re.findall(r'<article class="entry" id="(\w+)"', report.index.read_text())
    assert ids == ["c", "a", "b"]
    assert "Place 1: Hill Street." in words
    assert "Hill Street over Main Street: 2 to 1. Locked." in words
    for key in "abc":
        assert (tmp_path / f"out/alternatives/{key}.html").exists()
        assert (tmp_path / f"out/maps/{key}.html").exists()
    assert "Place 1 of 3, by 3 ballots." in text_of(tmp_path / "out/alternatives/c.html")


def test_ties_are_visible(tmp_path):
    publish(tmp_path / "out", vote=outcome("1: a > b > c\n1: b > a > c"))
    words = text_of(tmp_path / "out/index.html")
    assert "Tied. 2 routes share place 1: the ballots put none of them above the others." in words
    assert "Place 1 is shared by Main Street and River Road: they are tied." in words
    page = (tmp_path / "out/index.html").read_text()
    assert page.count('class="place place-tied"') == 1
    assert page.count('class="place"') == 1
    shared = text_of(tmp_path / "out/alternatives/a.html")
    assert "Shares place 1 with River Road: they are tied of 3, by 2 ballots." in shared
    assert "3" in re.search(r"Place (\d)", text_of(tmp_path / "out/alternatives/c.html")).group(1)


def test_without_a_vote_the_page_says_so(tmp_path):
    publish(tmp_path / "out")
    words = text_of(tmp_path / "out/index.html")
    assert "Nobody has voted yet: the routes stand in the order in which they were entered." in words
    assert "No ballots have been counted." in words
    assert not (tmp_path / "out/data/vote.json").exists()


def test_the_city_has_not_answered_and_every_page_says_since_when(tmp_path):
    publish(tmp_path / "out", vote=outcome())
    index = text_of(tmp_path / "out/index.html")
    assert index.count("No answer yet") == 4  # above the list, and at each route
    assert index.count("Asked on November 21, 2026.") == 3
    assert index.count("Timeline") == 3
    page = text_of(tmp_path / "out/alternatives/b.html")
    assert "No answer yet" in page
    assert "Asked November 21, 2026 Answered no date yet Decided no date yet Buses running no date yet" in page


def test_the_same_input_gives_the_same_bytes_whatever_the_scoring_took(tmp_path):
    publish(tmp_path / "one", vote=outcome())
    a_city = city()
    slow = [
        PublishedAlternative(
            one.alternative_id, one.name, replace(one.scorecard, timing_s={"score": 99.0}), one.scenario_json
        )
        for one in alternatives(a_city)
    ]
    publish(tmp_path / "two", slow, vote=outcome())
    assert read(tmp_path / "one") == read(tmp_path / "two")


def test_the_data_hold_the_numbers_and_no_ballot(tmp_path):
    publish(tmp_path / "out", vote=outcome())
    files = read(tmp_path / "out")
    scores = json.loads(files["data/scores.json"])
    assert (scores["city"], scores["window"]) == ("grid", "weekday-am")
    first = scores["scorecards"][0]
    assert first["alternative_id"] == "a"
    assert first["service"]["buses_needed"]["value"] == 3
    assert "timing_s" not in first
    vote = json.loads(files["data/vote.json"])
    assert vote["ranking"] == [["a"], ["b"], ["c"]]
    assert vote["pairwise"] == [[0, 2, 3], [1, 0, 3], [0, 0, 0]]
    assert "a,Main Street,b,River Road,2" in files["data/pairs.csv"].decode()
    assert "a,Main Street,service,cost_per_year" in files["data/comparison.csv"].decode()
    assert ",'=1+1," in files["data/comparison.csv"].decode()
    assert "borough,West,'=HYPERLINK(1),1703,1500,0,1500," in files["data/areas-a.csv"].decode()
    assert json.loads(files["data/scenario-a.json"]) == {"edits": []}
    assert not [name for name, content in files.items() if b"secret-" in content]


def test_the_manifest_names_sources_parameters_and_versions(tmp_path):
    publish(tmp_path / "out", vote=outcome())
    files = read(tmp_path / "out")
    manifest = json.loads(files["manifest.json"])
    assert manifest["made_by"] == "Assembly Lines workbench 0.1.0"
    assert manifest["city"] == {"city_id": "grid", "name": "Grid City", "version": "grid-test"}
    assert manifest["asked_on"] == "2026-11-21"
    assert manifest["parameters"] == {"walk_mps": 1.3, "max_rides": 4}
    assert manifest["sources"][0]["licence"] == "CC0-1.0"
    for name, entry in manifest["files"].items():
        assert hashlib.sha256(files[name]).hexdigest() == entry["sha256"]
    words = text_of(tmp_path / "out/index.html")
    for said in ("invented", "CC0-1.0", "walk_mps", "weekday 7 to 9 am", "Assembly Lines workbench 0.1.0"):
        assert said in words


def test_names_are_text_never_markup(tmp_path):
    a_city = city()
    some = [PublishedAlternative(key, f"{key} {NASTY}", card(a_city, stop_names=(NASTY, NASTY))) for key in "abc"]
    publish(tmp_path / "out", some, outcome(), a_city, title=NASTY)
    for name, content in read(tmp_path / "out").items():
        if name.endswith(".html"):
            assert b"<script>document" not in content, name
            assert b"<img" not in content, name
    assert NASTY in text_of(tmp_path / "out/alternatives/a.html")


def test_pages_need_no_script_and_load_nothing_from_elsewhere(tmp_path):
    publish(tmp_path / "out", vote=outcome())
    for path in [tmp_path / "out/index.html", *(tmp_path / "out/alternatives").iterdir()]:
        page = path.read_text()
        assert "<script" not in page
        assert "://" not in page
        for target in re.findall(r'(?:href|src)="([^"#]+)', page):
            assert (path.parent / target).exists(), f"{path.name} points to {target}"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda some: [], "there are 0 alternatives"),
        (lambda some: some * 9, "there are 27 alternatives to publish, must be 1 to 26"),
        (lambda some: [some[0], some[0], some[1]], "alternative id 'a' is there 2 times"),
        (lambda some: [replace(some[0], alternative_id="../a"), *some[1:]], "alternative id '../a' must be"),
        (lambda some: [replace(some[0], alternative_id="A"), *some[1:]], "alternative id 'A' must be"),
        (lambda some: some[:2], "the vote was on a, b, c; the alternatives are a, b; they must be the same"),
        (lambda some: [_scored(some[0], city_version="other"), *some[1:]], "'Main Street' was scored on other data"),
        (lambda some: [*some[:2], _scored(some[2], window_id="sunday")], "'Hill Street' was scored with other param"),
        (lambda some: [*some[:2], _scored(some[2], parameters={})], "'Hill Street' was scored with other param"),
    ],
)
def test_what_does_not_belong_together_is_refused(tmp_path, change, message):
    a_city = city()
    with pytest.raises(InputError, match=re.escape(message)):
        publish_site(tmp_path / "out", change(alternatives(a_city)), outcome(), city=a_city, asked_on=DAY)
    assert not (tmp_path / "out").exists()


def _scored(one, **changes):
    return replace(one, scorecard=replace(one.scorecard, **changes))


@pytest.mark.parametrize(
    ("name", "alternative_id"),
    [
        ("Fordham Road / Bx12", "fordham-road-bx12"),
        ("  Ávila/Straße ", "avila-strasse"),
        ("../../etc/passwd", "etc-passwd"),
        ("東", "alternative"),
        ("x" * 39 + " y", "x" * 39),
    ],
)
def test_an_id_is_made_from_a_name(name, alternative_id):
    assert build_alternative_id(name) == alternative_id


def test_the_installed_version_is_named_by_default(tmp_path):
    publish_site(tmp_path / "out", alternatives(city()), None, city=city(), asked_on=DAY)
    assert re.search(r"Assembly Lines workbench \d+\.\d+", text_of(tmp_path / "out/index.html"))
