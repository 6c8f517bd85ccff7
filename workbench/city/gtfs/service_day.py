"""One service day: which trips run, those of the day before past midnight, gathered into patterns that never overtake."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from workbench.city.defect import Defect
from workbench.city.gtfs.feed import Feed
from workbench.city.gtfs.merge import MergedFeeds
from workbench.city.timetable import Timetable
from workbench.errors import InputError

__all__ = [
    "DAY_S",
    "WEEKDAYS",
    "Calendar",
    "ServiceKey",
    "build_timetable",
    "check_calendar_end",
    "find_services",
    "wanted_trips",
]

BoolArray = npt.NDArray[np.bool_]
IntpArray = npt.NDArray[np.intp]

DAY_S = 86_400
"""Seconds of a day; trips of the service day before are shifted back by it."""
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

ServiceKey = tuple[str, dt.date]
"""Feed id and service date."""


def find_services(feed: Feed, date: dt.date, *, required: bool = True) -> tuple[frozenset[str], tuple[Defect, ...]]:
    """
    Return the service ids that run on a date: calendar.txt, then what calendar_dates.txt adds and takes away.

    Raises
    ------
    InputError
        If `required` and no service of the feed runs on the date although its calendar covers other dates.
    """
    regular, added, removed = Calendar(feed).says(date)
    services = frozenset((regular | added) - removed)
    if required and not services:
        raise InputError(f"{feed.feed_id}: no service on {date}; its calendar ends {_last_date(feed)}")
    counted = (
        ("services-removed", len(removed), f"services switched off on {date} by calendar_dates.txt: not run"),
        ("services-added", len(added), f"services switched on for {date} by calendar_dates.txt: run"),
    )
    return services, tuple(Defect(code, n, what, feed.feed_id) for code, n, what in counted if n)


class Calendar:
    """Which services of a feed run on which date: calendar.txt, then what calendar_dates.txt adds and takes away."""

    def __init__(self, feed: Feed) -> None:
        calendar, exceptions = feed.tables["calendar"], feed.tables["calendar_dates"]
        self._service_id = calendar["service_id"].to_numpy(dtype=object)
        self._start, self._end = (calendar[name].to_numpy(dtype=object) for name in ("start_date", "end_date"))
        self._runs_on = [(calendar[day] == "1").to_numpy(dtype=np.bool_) for day in WEEKDAYS]
        self._exceptions: dict[tuple[str, str], set[str]] = {}
        columns = (exceptions[name] for name in ("date", "exception_type", "service_id"))
        for day, kind, service_id in zip(*columns, strict=True):
            self._exceptions.setdefault((day, kind), set()).add(service_id)

    def running(self, date: dt.date) -> frozenset[str]:
        """Return the services that run on a date; none is fine."""
        regular, added, removed = self.says(date)
        return frozenset((regular | added) - removed)

    def says(self, date: dt.date) -> tuple[set[str], set[str], set[str]]:
        """Return what calendar.txt runs on a date, and what calendar_dates.txt adds to it and takes away from it."""
        day = date.strftime("%Y%m%d")
        in_range = (self._start <= day) & (day <= self._end)
        regular = set(self._service_id[in_range & self._runs_on[date.weekday()]])
        added = self._exceptions.get((day, "1"), set()) - regular
        removed = self._exceptions.get((day, "2"), set()) & regular
        return regular, added, removed


def check_calendar_end(feed: Feed, last_date: dt.date) -> tuple[Defect, ...]:
    """Report a calendar that ends soon after the last service date we keep."""
    end = _last_date(feed)
    if not end.isdecimal() or dt.datetime.strptime(end, "%Y%m%d").date() - last_date > dt.timedelta(days=30):
        return ()
    return (
        Defect(
            "calendar-ends", 1, f"calendar ends {end}, soon after {last_date}: later dates are unknown", feed.feed_id
        ),
    )


def wanted_trips(feed: Feed, services: frozenset[str]) -> BoolArray:
    """Return (n_trips,) True for the trips of the feed that belong to one of the services."""
    return feed.tables["trips"]["service_id"].isin(services).to_numpy(dtype=np.bool_)


@dataclass(frozen=True, eq=False)
class _DayTrips:
    """Trips of one service day: rows of `MergedFeeds.trips`, and which of them began the day before."""

    rows: IntpArray
    is_previous: BoolArray


def build_timetable(
    merged: MergedFeeds, service: str, date: dt.date, services: dict[ServiceKey, frozenset[str]]
) -> tuple[Timetable, tuple[Defect, ...]]:
    """
    Gather the trips of a service day into patterns.

    Parameters
    ----------
    merged
        All feeds as one.
    service
        `weekday`, `saturday` or `sunday`.
    date
        The service date.
    services
        Service ids by feed and date, for `date` and for the day before.

    Returns
    -------
    timetable, defects
        Patterns sorted by route, direction and stops; trips in a pattern by departure. Splits are reported.
    """
    day = _day_trips(merged, date, services)
    groups = _group(merged, day)
    patterns = [part for members in groups for part in _no_overtaking(merged, day, members)]
    n_previous = int(day.is_previous.sum())
    counted = (
        (
            "overtaking-splits",
            len(patterns) - len(groups),
            f"patterns split on {date} because trips overtake: none lost",
        ),
        ("previous-day-trips", n_previous, f"trips of the day before run past midnight into {date}: added"),
    )
    defects = tuple(Defect(code, n, what) for code, n, what in counted if n)
    return _pack(merged, day, patterns, service, date), defects


def _day_trips(merged: MergedFeeds, date: dt.date, services: dict[ServiceKey, frozenset[str]]) -> _DayTrips:
    trips = merged.trips
    last_s = merged.arrival_s[merged.call_indptr[1:] - 1]
    today, before = np.zeros(len(trips), dtype=np.bool_), np.zeros(len(trips), dtype=np.bool_)
    for feed_id in trips["feed_id"].unique():
        of_feed = (trips["feed_id"] == feed_id).to_numpy()
        today |= of_feed & trips["service_id"].isin(services[feed_id, date]).to_numpy()
        before |= of_feed & trips["service_id"].isin(services[feed_id, date - dt.timedelta(days=1)]).to_numpy()
    before &= last_s >= DAY_S
    rows = np.concatenate([np.flatnonzero(today), np.flatnonzero(before)])
    is_previous = np.zeros(len(rows), dtype=np.bool_)
    is_previous[int(today.sum()) :] = True
    return _DayTrips(rows, is_previous)


def _group(merged: MergedFeeds, day: _DayTrips) -> list[list[int]]:
    """Return positions in `day.rows` that share route, direction, stops and boarding rules, in a fixed order."""
    groups: dict[tuple[int, int, bytes, bytes, bytes], list[int]] = {}
    route_ix, direction = merged.trips["route_ix"].to_numpy(), merged.trips["direction"].to_numpy()
    for position, row in enumerate(day.rows):
        calls = slice(merged.call_indptr[row], merged.call_indptr[row + 1])
        key = (
            int(route_ix[row]),
            int(direction[row]),
            merged.stop_ix[calls].astype(">i4").tobytes(),
            merged.may_board[calls].tobytes(),
            merged.may_alight[calls].tobytes(),
        )
        groups.setdefault(key, []).append(position)
    return [groups[key] for key in sorted(groups)]


def _times(merged: MergedFeeds, day: _DayTrips, members: list[int] | IntpArray) -> tuple[IntpArray, IntpArray]:
    """Return arrivals and departures of trips that share a pattern, each (n_trips, n_stops)."""
    rows = day.rows[members]
    n_stops = int(merged.call_indptr[rows[0] + 1] - merged.call_indptr[rows[0]])
    calls = merged.call_indptr[rows][:, None] + np.arange(n_stops)
    shift = np.where(day.is_previous[members], DAY_S, 0)[:, None]
    return merged.arrival_s[calls] - shift, merged.departure_s[calls] - shift


def _no_overtaking(merged: MergedFeeds, day: _DayTrips, members: list[int]) -> list[IntpArray]:
    """Split trips of one pattern into as few rows of non-overtaking trips as first-fit finds."""
    arrival, departure = _times(merged, day, members)
    trip_id = merged.trips["trip_id"].to_numpy()[day.rows[members]]
    order = sorted(range(len(members)), key=lambda n: (departure[n, 0], arrival[n, -1], trip_id[n]))
    rows: list[list[int]] = []
    for n in order:
        for row in rows:
            last = row[-1]
            if (arrival[n] >= arrival[last]).all() and (departure[n] >= departure[last]).all():
                row.append(n)
                break
        else:
            rows.append([n])
    return [np.array(members, dtype=np.intp)[row] for row in rows]


def _pack(merged: MergedFeeds, day: _DayTrips, patterns: list[IntpArray], service: str, date: dt.date) -> Timetable:
    first = np.array([day.rows[members[0]] for members in patterns], dtype=np.intp)
    calls = [np.arange(merged.call_indptr[row], merged.call_indptr[row + 1]) for row in first]
    times = [_times(merged, day, members) for members in patterns]
    every = np.concatenate([*patterns, np.zeros(0, dtype=np.intp)])
    every_call = np.concatenate([*calls, np.zeros(0, dtype=np.int64)])
    no_times = np.zeros(0, dtype=np.int32)  # a day without any trip is a timetable too
    headsign, trip_id = merged.trips["headsign"].to_numpy(), merged.trips["trip_id"].to_numpy()
    return Timetable(
        service=service,
        service_date=date,
        pattern_route_ix=merged.trips["route_ix"].to_numpy()[first].astype(np.int32),
        pattern_direction=merged.trips["direction"].to_numpy()[first].astype(np.int32),
        pattern_headsign=tuple(_commonest(headsign[day.rows[members]]) for members in patterns),
        pattern_stop_indptr=np.cumsum([0, *map(len, calls)], dtype=np.int32),
        pattern_stop_ix=merged.stop_ix[every_call],
        pattern_may_board=merged.may_board[every_call],
        pattern_may_alight=merged.may_alight[every_call],
        pattern_trip_indptr=np.cumsum([0, *map(len, patterns)], dtype=np.int32),
        trip_id=trip_id[day.rows[every]].astype(np.object_),
        trip_is_previous_day=day.is_previous[every],
        pattern_time_indptr=np.cumsum([0, *(arrival.size for arrival, _ in times)], dtype=np.int64),
        arrival_s=np.concatenate([no_times, *(arrival.ravel() for arrival, _ in times)]).astype(np.int32),
        departure_s=np.concatenate([no_times, *(departure.ravel() for _, departure in times)]).astype(np.int32),
    )


def _commonest(values: npt.NDArray[np.object_]) -> str:
    """Return the most frequent value, the first in the alphabet among equals."""
    return str(min(Counter(values).items(), key=lambda item: (-item[1], item[0]))[0])


def _last_date(feed: Feed) -> str:
    dates = [*feed.tables["calendar"]["end_date"], *feed.tables["calendar_dates"]["date"]]
    return max(dates, default="never")
