"""Which dates stand for a weekday, a Saturday and a Sunday."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from tests.city.small_sources import table
from tests.city.tiny_feed import tiny_feed
from workbench.city.gtfs.dates import choose_dates, feed_validity
from workbench.errors import InputError

HEAD = "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date"
EVERY_DAY = table(HEAD, "wk,1,1,1,1,1,1,1,20260901,20260930")


def test_a_typical_date_is_chosen_and_said(tmp_path: Path) -> None:
    # Tuesday 1 September is the first day; the first Wednesday is the 2nd, but all of September runs alike
    found = choose_dates([tiny_feed(tmp_path, calendar=EVERY_DAY)], {})
    assert found.dates == {
        "weekday": dt.date(2026, 9, 2),
        "saturday": dt.date(2026, 9, 5),
        "sunday": dt.date(2026, 9, 6),
    }
    assert [defect.code for defect in found.defects] == ["date-chosen"] * 3
    assert "Wednesday 2026-09-02" in found.defects[0].what


def test_an_exceptional_date_is_not_typical(tmp_path: Path) -> None:
    # The first two Wednesdays are strikes; the commonest weekday is then a Wednesday with service
    strikes = table("service_id,date,exception_type", "wk,20260902,2", "wk,20260909,2")
    feed = tiny_feed(tmp_path, calendar=EVERY_DAY)
    feed.tables["calendar_dates"] = tiny_feed(tmp_path, "x", calendar_dates=strikes).tables["calendar_dates"]
    assert choose_dates([feed], {}).dates["weekday"] == dt.date(2026, 9, 16)


def test_two_feeds_share_their_dates(tmp_path: Path) -> None:
    early = tiny_feed(tmp_path, "early", calendar=EVERY_DAY)
    late = tiny_feed(tmp_path, "late", calendar=table(HEAD, "wk,1,1,1,1,1,0,0,20260920,20261231"))
    found = choose_dates([early, late], {})
    assert found.dates["weekday"] == dt.date(2026, 9, 23)
    # the late feed has no weekend: the early one runs alone, and that is said
    assert [d.where for d in found.defects if d.code == "feed-without-service"] == ["late", "late"]


def test_feeds_of_other_weeks_are_refused_or_stand_in(tmp_path: Path) -> None:
    old = tiny_feed(tmp_path, "old", calendar=table(HEAD, "wk,1,1,1,1,1,0,0,20250901,20250930"))
    new = tiny_feed(tmp_path, "new")
    with pytest.raises(InputError, match=r"no date lies within all feeds .*old from 2025-09-01 to 2025-09-30"):
        choose_dates([new, old], {})
    found = choose_dates([new, old], {}, mixed=True)
    wednesday = found.dates["weekday"]
    assert wednesday == dt.date(2026, 9, 2)
    assert found.of_feed["old"][wednesday] == dt.date(2025, 9, 3)
    assert found.of_feed["old"][wednesday - dt.timedelta(days=1)] == dt.date(2025, 9, 2)
    assert found.of_feed["new"][wednesday] == wednesday
    assert [d.where for d in found.defects if d.code == "feeds-on-different-dates"] == ["old"]


def test_a_given_date_is_kept_if_feeds_are_valid_then(tmp_path: Path) -> None:
    feed = tiny_feed(tmp_path)
    given = {"weekday": dt.date(2026, 10, 14)}
    found = choose_dates([feed], given)
    assert found.dates == given
    assert [defect.code for defect in found.defects] == ["no-saturday", "no-sunday"]
    with pytest.raises(InputError, match=r"dates\.weekday: 2027-10-13 lies outside tiny"):
        choose_dates([feed], {"weekday": dt.date(2027, 10, 13)})


def test_a_city_without_weekdays_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no feed runs on a Tuesday, Wednesday or Thursday"):
        choose_dates([tiny_feed(tmp_path, calendar=table(HEAD, "wk,0,0,0,0,0,1,1,20260901,20260930"))], {})


def test_dates_that_cannot_be_read(tmp_path: Path) -> None:
    feed = tiny_feed(tmp_path, calendar=table(HEAD, "wk,1,1,1,1,1,0,0,2026-09-01,20260930"))
    with pytest.raises(InputError, match="date '2026-09-01' is not YYYYMMDD"):
        feed_validity(feed)
