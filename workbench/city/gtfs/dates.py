"""On which dates a feed runs, and which dates stand for a typical weekday, Saturday and Sunday of several feeds."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from workbench.city.defect import Defect
from workbench.city.gtfs.feed import Feed
from workbench.city.gtfs.service_day import WEEKDAYS, Calendar
from workbench.errors import InputError

__all__ = ["Dates", "choose_dates", "feed_validity"]

_LONGEST_DAYS = 3 * 366
"""Calendars that say more than this are looked at from their start, days."""
_DAYS_OF = {"weekday": (2, 1, 3), "saturday": (5,), "sunday": (6,)}
"""Days that may stand for a service, the preferred first; Monday is 0. Mondays and Fridays are often different."""


@dataclass(frozen=True)
class Dates:
    """Which date stands for each service, in words and for each feed."""

    dates: Mapping[str, dt.date]
    """`weekday`, `saturday`, `sunday` -> the date of the pack."""
    of_feed: Mapping[str, Mapping[dt.date, dt.date]]
    """Feed -> date of the pack (and the day before each) -> the date taken from that feed."""
    defects: tuple[Defect, ...]


def feed_validity(feed: Feed) -> tuple[dt.date, dt.date]:
    """
    Return the first and last date on which a feed may run.

    Raises
    ------
    InputError
        If a date cannot be read.
    """
    calendar, exceptions = feed.tables["calendar"], feed.tables["calendar_dates"]
    days = (calendar[list(WEEKDAYS)] == "1").any(axis=1)
    texts = [
        *calendar["start_date"][days],
        *calendar["end_date"][days],
        *exceptions["date"][exceptions["exception_type"] == "1"],
    ]
    if not texts:
        raise InputError(f"{feed.feed_id}: its calendar has no day of the week and no date with service")
    dates = [_read_date(text, feed.feed_id) for text in texts]
    return min(dates), max(dates)


def choose_dates(feeds: Sequence[Feed], given: Mapping[str, dt.date], *, mixed: bool = False) -> Dates:
    """
    Choose the dates of a pack.

    Given dates are kept. Otherwise, among the dates on which all feeds are valid, the one whose services run most often
    on that kind of day (Tuesday to Thursday for `weekday`); the first such date.

    Parameters
    ----------
    feeds
        All feeds.
    given
        Dates by service that were chosen by people.
    mixed
        Feeds that are not valid on the chosen dates stand in with a date of their own, of the same day of the week.

    Raises
    ------
    InputError
        If the feeds have no date in common and `mixed` is False, or a given date is the wrong day of the week.
    """
    validity = {feed.feed_id: feed_validity(feed) for feed in feeds}
    first, last = max(a for a, _ in validity.values()), min(b for _, b in validity.values())
    if not mixed:
        _require_valid(validity, given, first, last)
    calendars = {feed.feed_id: Calendar(feed) for feed in feeds}
    pool = list(calendars.values())
    if first > last:
        pool, (first, last) = pool[:1], validity[feeds[0].feed_id]
    chosen: dict[str, dt.date] = {}
    defects = []
    for service, days in _DAYS_OF.items():
        date = given.get(service) or _typical(pool, days, first, last)
        if date is None:
            defects.append(Defect(f"no-{service}", 1, f"service day left out: no feed runs on a {service}"))
            continue
        chosen[service] = date
        if service not in given:
            what = f"date chosen, {date:%A} {date}: its services run most often from {first} to {last}"
            defects.append(Defect("date-chosen", 1, what))
    if "weekday" not in chosen:
        raise InputError("no feed runs on a Tuesday, Wednesday or Thursday: name a weekday under [dates]")
    of_feed, found = _dates_of_feeds(calendars, validity, chosen)
    return Dates(chosen, of_feed, (*defects, *found))


def _require_valid(
    validity: Mapping[str, tuple[dt.date, dt.date]], given: Mapping[str, dt.date], first: dt.date, last: dt.date
) -> None:
    """Raise one error that says which feeds are not valid on which dates."""
    listed = "; ".join(f"{feed_id} from {a} to {b}" for feed_id, (a, b) in validity.items())
    advice = "fetch feeds of the same weeks, or say `mixed_dates = true` to take each feed on a day of its own"
    wrong = []
    if first > last:
        wrong.append(f"no date lies within all feeds ({listed}): {advice}")
    for service, date in given.items():
        off = [feed_id for feed_id, (a, b) in validity.items() if not a <= date <= b]
        if off:
            wrong.append(f"dates.{service}: {date} lies outside {', '.join(off)} ({listed}): {advice}")
    if wrong:
        raise InputError("\n".join(wrong))


def _typical(calendars: Sequence[Calendar], days: Sequence[int], first: dt.date, last: dt.date) -> dt.date | None:
    """Return the date whose services are the most frequent; the preferred day of the week, then the earliest."""
    if last > first:
        first += dt.timedelta(days=1)  # its night before is not known
    n_days = min((last - first).days, _LONGEST_DAYS) + 1
    candidates = [date for n in range(n_days) if (date := first + dt.timedelta(days=n)).weekday() in days]
    running = {date: tuple(calendar.running(date) for calendar in calendars) for date in candidates}
    running = {date: services for date, services in running.items() if any(services)}
    if not running:
        return None
    often = Counter(running.values())
    return min(running, key=lambda date: (-often[running[date]], days.index(date.weekday()), date))


def _dates_of_feeds(
    calendars: Mapping[str, Calendar],
    validity: Mapping[str, tuple[dt.date, dt.date]],
    chosen: Mapping[str, dt.date],
) -> tuple[dict[str, dict[dt.date, dt.date]], list[Defect]]:
    """Return for each feed the date that stands for each date of the pack, its own where it is not valid then."""
    of_feed: dict[str, dict[dt.date, dt.date]] = {}
    defects = []
    for feed_id, calendar in calendars.items():
        first, last = validity[feed_id]
        own: dict[dt.date, dt.date] = {}
        for service, date in chosen.items():
            taken = date
            if not first <= date <= last:
                taken = _typical([calendar], (date.weekday(),), first, last) or date
                what = f"feed stands in with {taken:%A} {taken} for {service} {date}, on which it is not valid"
                defects.append(Defect("feeds-on-different-dates", 1, what, feed_id))
            own[date] = taken
            own.setdefault(date - dt.timedelta(days=1), taken - dt.timedelta(days=1))
            if not calendar.running(taken):
                defects.append(Defect("feed-without-service", 1, f"feed has no service on {taken:%A} {taken}", feed_id))
        of_feed[feed_id] = own
    return of_feed, defects


def _read_date(text: str, where: str) -> dt.date:
    try:
        return dt.datetime.strptime(text, "%Y%m%d").replace(tzinfo=dt.UTC).date()
    except ValueError as error:
        raise InputError(f"{where}: date {text[:20]!r} is not YYYYMMDD") from error
