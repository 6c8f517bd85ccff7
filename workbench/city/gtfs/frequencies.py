"""`frequencies.txt`: trips that are said to come every so often become trips with times of their own."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import numpy as np
import pandas as pd

from workbench.city.defect import Defect
from workbench.city.gtfs.feed import Feed, StopTimes, read_clock
from workbench.errors import InputError

__all__ = ["MAX_TRIPS", "expand_frequencies"]

MAX_TRIPS = 200_000
"""Most trips one feed may grow to by its frequencies: more is an error in it."""
_FEWEST_S = 10
"""Trips closer than this are an error in the feed, seconds."""


def expand_frequencies(feed: Feed, calls: StopTimes) -> tuple[Feed, StopTimes, tuple[Defect, ...]]:
    """
    Replace each trip that `frequencies.txt` names by one trip for each departure.

    The first leaves at `start_time`, the next `headway_secs` later, the last before `end_time`; the times between its
    stops are those of the trip. Where `exact_times` is 0 only the headway is promised, not the minute: the departures are
    then one possible timetable of many, and are reported as such.

    Parameters
    ----------
    feed
        The feed; its trips grow.
    calls
        The calls of its wanted trips, sorted by trip.

    Returns
    -------
    feed, calls, defects
        The new trips are called `<trip_id>@<H:MM:SS>`; those they replace keep their row and lose their calls.

    Raises
    ------
    InputError
        If a time or a headway cannot be read, windows of one trip overlap, or there would be too many trips.
    """
    table = feed.tables["frequencies"]
    if table.empty:
        return feed, calls, ()
    trips = feed.tables["trips"]
    row_of = pd.Series(np.arange(len(trips)), index=trips["trip_id"])
    trip_ix = row_of.reindex(table["trip_id"]).fillna(-1).to_numpy(dtype=np.int64)
    starts = _departures(feed, table)
    n_unknown = int((trip_ix < 0).sum())
    has_calls = np.isin(trip_ix, calls.trip_ix)
    source = np.repeat(trip_ix, [len(times) for times in starts])
    start_s = np.concatenate([*starts, np.zeros(0, dtype=np.int64)])
    keep = np.repeat(has_calls, [len(times) for times in starts])
    source, start_s = source[keep], start_s[keep]
    new_trips = trips.iloc[source].reset_index(drop=True)
    new_trips["trip_id"] = [
        f"{trip_id}@{_clock(second)}" for trip_id, second in zip(new_trips["trip_id"], start_s, strict=True)
    ]
    if new_trips["trip_id"].duplicated().any():
        first = new_trips["trip_id"][new_trips["trip_id"].duplicated()].iloc[0]
        raise InputError(f"{feed.feed_id}: windows of frequencies.txt overlap: {first!r} would run twice")
    grown = pd.concat([trips, new_trips], ignore_index=True)
    n_loose = int((has_calls & (table["exact_times"] != "1").to_numpy()).sum())
    counted = (
        ("frequencies-expanded", len(new_trips), f"trips made from {int(has_calls.sum()):,} rows of frequencies.txt"),
        (
            "headway-only",
            n_loose,
            "rows of frequencies.txt promise a headway, not minutes (exact_times 0): the first trip leaves at "
            "start_time, one possible timetable of many",
        ),
        ("unknown-frequencies", n_unknown, "rows of frequencies.txt name trips not in trips.txt: left out"),
    )
    return (
        dataclasses.replace(feed, tables={**feed.tables, "trips": grown}),
        _with_copies(calls, source, start_s, len(trips)),
        tuple(Defect(code, n, what, feed.feed_id) for code, n, what in counted if n),
    )


def _departures(feed: Feed, table: pd.DataFrame) -> list[np.ndarray]:
    """Return the departures of each row of the table, seconds of the service day."""
    found, wrong, n_trips = [], [], 0
    columns = zip(*(table[name] for name in ("trip_id", "start_time", "end_time", "headway_secs")), strict=True)
    for trip_id, start, end, headway in columns:
        where = f"{feed.feed_id}: frequencies.txt, trip {trip_id!r}"
        if not headway.isdecimal() or int(headway) < _FEWEST_S:
            wrong.append(f"{where}: headway_secs is {headway[:20]!r}, must be at least {_FEWEST_S}")
            continue
        first_s, last_s = read_clock(start, where), read_clock(end, where)
        if last_s <= first_s:
            wrong.append(f"{where}: end_time {end} is not after start_time {start}")
            continue
        n_trips += -(-(last_s - first_s) // int(headway))
        found.append(np.arange(first_s, last_s, int(headway), dtype=np.int64) if n_trips <= MAX_TRIPS else None)
    if n_trips > MAX_TRIPS:
        wrong.append(f"{feed.feed_id}: frequencies.txt makes {n_trips:,} trips, must be at most {MAX_TRIPS:,}")
    if wrong:
        raise InputError("\n".join(wrong))
    return [times for times in found if times is not None]


def _with_copies(calls: StopTimes, source: np.ndarray, start_s: np.ndarray, n_before: int) -> StopTimes:
    """Return the calls without those of the source trips, and a copy for each departure behind them."""
    rows = list(_rows(calls, source))
    kept = np.flatnonzero(~np.isin(calls.trip_ix, np.unique(source)))
    every = np.concatenate([kept, *rows]).astype(np.int64)
    shift = np.concatenate(
        [np.zeros(len(kept), dtype=np.int64)]
        + [np.full(len(row), start - calls.departure_s[row[0]]) for row, start in zip(rows, start_s, strict=True)]
    )
    number = np.concatenate(
        [calls.trip_ix[kept].astype(np.int64)] + [np.full(len(row), n_before + n) for n, row in enumerate(rows)]
    )
    return StopTimes(
        trip_ix=number.astype(np.int32),
        stop_ix=calls.stop_ix[every],
        arrival_s=np.maximum(calls.arrival_s[every] + shift, 0).astype(np.int32),
        departure_s=(calls.departure_s[every] + shift).astype(np.int32),
        may_board=calls.may_board[every],
        may_alight=calls.may_alight[every],
    )


def _rows(calls: StopTimes, source: np.ndarray) -> Iterator[np.ndarray]:
    """Return for each trip its rows of the calls, which are sorted by trip."""
    first, last = (np.searchsorted(calls.trip_ix, source, side=side) for side in ("left", "right"))
    for a, b in zip(first, last, strict=True):
        yield np.arange(a, b)


def _clock(seconds: int) -> str:
    return f"{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
