"""
Reads one GTFS feed: small tables as text, stop times as flat arrays. Nothing in the feed is trusted.

Whatever had to be bent is counted as a `Defect`.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.csv as pa_csv

from workbench.city.defect import Defect
from workbench.city.gtfs.tables import UTF16_MARKS, FeedFiles, decode_table, hash_feed, open_feed
from workbench.errors import InputError

__all__ = ["Feed", "StopTimes", "read_clock", "read_feed", "read_shapes", "read_stop_times", "some"]

logger = logging.getLogger(__name__)

Int32Array = npt.NDArray[np.int32]
BoolArray = npt.NDArray[np.bool_]

SMALL_TABLES: dict[str, tuple[str, ...]] = {
    "agency": ("agency_id", "agency_name", "agency_url", "agency_timezone"),
    "stops": ("stop_id", "stop_name", "stop_lat", "stop_lon", "location_type", "parent_station"),
    "routes": ("route_id", "agency_id", "route_short_name", "route_long_name", "route_type", "route_color"),
    "trips": ("route_id", "service_id", "trip_id", "trip_headsign", "direction_id", "shape_id"),
    "calendar": (
        "service_id",
        *("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"),
        *("start_date", "end_date"),
    ),
    "calendar_dates": ("service_id", "date", "exception_type"),
    "transfers": ("from_stop_id", "to_stop_id", "transfer_type", "min_transfer_time"),
    "frequencies": ("trip_id", "start_time", "end_time", "headway_secs", "exact_times"),
    "pathways": ("pathway_id",),
    "feed_info": ("feed_version", "feed_start_date", "feed_end_date"),
}
"""Tables read as text, and their columns; others are left out."""
_REQUIRED = ("agency", "stops", "routes", "trips")
_KEYS = {"stops": "stop_id", "trips": "trip_id", "routes": "route_id"}
_REFERENCES = (("trips", "route_id", "routes"),)
"""Table, its column, and the table that must list every value of it."""
_STOP_TIME_COLUMNS = (
    *("trip_id", "stop_id", "arrival_time", "departure_time"),
    *("stop_sequence", "pickup_type", "drop_off_type"),
)


@dataclass(frozen=True, eq=False)
class Feed:
    """One GTFS feed, its small tables in memory. Every value is stripped text, "" where there is none."""

    feed_id: str
    path: Path
    sha256: str
    tables: dict[str, pd.DataFrame]
    """Table name -> the columns of `SMALL_TABLES`; a table the feed lacks has no rows."""
    missing: frozenset[str]
    """Names of tables the feed lacks."""
    defects: tuple[Defect, ...] = field(default=())


class StopTimes(NamedTuple):
    """Calls of the wanted trips, sorted by trip and stop_sequence."""

    trip_ix: Int32Array  # (n,) row of the feed's trips
    stop_ix: Int32Array  # (n,) row of the feed's stops
    arrival_s: Int32Array  # (n,) seconds of the service day
    departure_s: Int32Array  # (n,) seconds of the service day
    may_board: BoolArray  # (n,) False where pickup_type is 1
    may_alight: BoolArray  # (n,) False where drop_off_type is 1

    def at(self, rows: npt.NDArray[np.generic]) -> StopTimes:
        """Return some of the calls: by position, or where True."""
        return StopTimes(
            self.trip_ix[rows],
            self.stop_ix[rows],
            self.arrival_s[rows],
            self.departure_s[rows],
            self.may_board[rows],
            self.may_alight[rows],
        )


def read_feed(path: Path, *, feed_id: str) -> Feed:
    """
    Read the small tables of a GTFS zip.

    Raises
    ------
    InputError
        If the file is missing, is no zip, is too large, or lacks a required table.
    """
    with open_feed(path, feed_id=feed_id) as files:
        absent = [name for name in (*_REQUIRED, "stop_times") if name not in files.members]
        if absent:
            raise InputError(f"{path.name}: lacks {', '.join(f'{name}.txt' for name in absent)}")
        tables, defects = {}, list(files.defects)
        for name, columns in SMALL_TABLES.items():
            tables[name], found = _text_table(files, name, columns, feed_id)
            defects += found
        missing = frozenset(name for name in SMALL_TABLES if name not in files.members)
    _require_usable(path.name, feed_id, tables)
    defects += _table_defects(feed_id, tables, missing)
    return Feed(feed_id, path, hash_feed(path), tables, missing, tuple(defects))


def read_stop_times(feed: Feed, *, wanted: BoolArray) -> tuple[StopTimes, tuple[Defect, ...]]:
    """
    Read the calls of the wanted trips.

    Parameters
    ----------
    feed
        The feed, read before.
    wanted
        (n_trips,) True for the rows of its trips to keep.

    Returns
    -------
    stop_times, defects
        The calls, and what was bent.

    Raises
    ------
    InputError
        If calls name unknown stops, or times cannot be read.
    """
    with open_feed(feed.path, feed_id=feed.feed_id) as files:
        table, encoding = _arrow_table(files, "stop_times", _STOP_TIME_COLUMNS, dictionary=True)
    trip_ix = _positions(table["trip_id"], feed.tables["trips"]["trip_id"])
    n_orphans = int((trip_ix < 0).sum())
    keep = (trip_ix >= 0) & wanted[np.maximum(trip_ix, 0)]
    table, trip_ix = table.filter(pa.array(keep)), trip_ix[keep]
    stop_ix = _positions(table["stop_id"], feed.tables["stops"]["stop_id"])
    if (stop_ix < 0).any():
        raise InputError(f"{feed.feed_id}: stop_times.txt names {int((stop_ix < 0).sum()):,} stops not in stops.txt")
    sequence = _numbers(table["stop_sequence"], feed.feed_id)
    arrival, departure = (_seconds(table[f"{name}_time"], feed.feed_id) for name in ("arrival", "departure"))
    pickup, drop_off = (_column_values(table[f"{name}_type"]) for name in ("pickup", "drop_off"))
    order = np.lexsort((sequence, trip_ix))
    n_disordered = int((np.diff(order) < 0).sum())
    arrival, departure, n_blank = _fill_blank_times(trip_ix[order], arrival[order], departure[order], feed.feed_id)
    arrival, departure, n_backward = _forbid_going_back(trip_ix[order], arrival, departure)
    times = StopTimes(
        trip_ix=trip_ix[order],
        stop_ix=stop_ix[order],
        arrival_s=arrival,
        departure_s=departure,
        may_board=(pickup != "1")[order],
        may_alight=(drop_off != "1")[order],
    )
    counted = (
        ("not-utf8", int(bool(encoding)), f"table, stop_times.txt, is written in {encoding}, not UTF-8: read as that"),
        ("unknown-trips", n_orphans, "calls of trips that trips.txt does not list: left out"),
        ("calls-out-of-order", n_disordered, "places in stop_times.txt where rows are out of order: sorted"),
        ("blank-times", n_blank, "calls without a time: spread evenly between their neighbors"),
        ("times-going-back", n_backward, "times earlier than the one before in the same trip: raised to it"),
        *_call_defects(times),
    )
    return times, tuple(Defect(code, n, what, feed.feed_id) for code, n, what in counted if n)


def read_shapes(feed: Feed, shape_ids: frozenset[str]) -> pd.DataFrame:
    """Return the points of the wanted shapes: shape_id, lon, lat, sorted by shape and sequence."""
    with open_feed(feed.path, feed_id=feed.feed_id) as files:
        if "shapes" not in files.members:
            return pd.DataFrame({"shape_id": [], "lon": [], "lat": []}, dtype=object)
        columns = ("shape_id", "shape_pt_sequence", "shape_pt_lon", "shape_pt_lat")
        table, _ = _arrow_table(files, "shapes", columns, dictionary=True)
    ids = _column_values(table["shape_id"])
    points = pd.DataFrame(
        {
            "shape_id": ids,
            "sequence": _numbers(table["shape_pt_sequence"], feed.feed_id),
            "lon": _degrees(table["shape_pt_lon"]),
            "lat": _degrees(table["shape_pt_lat"]),
        }
    )
    points = points[points["shape_id"].isin(shape_ids)].dropna()
    return points.sort_values(["shape_id", "sequence"], kind="stable", ignore_index=True)[["shape_id", "lon", "lat"]]


def _arrow_table(
    files: FeedFiles, name: str, columns: tuple[str, ...], *, dictionary: bool = False
) -> tuple[pa.Table, str]:
    """Return a table, and the name of its encoding if it was not UTF-8."""
    kind = pa.dictionary(pa.int32(), pa.string()) if dictionary else pa.string()
    options = pa_csv.ConvertOptions(
        include_columns=list(columns),
        include_missing_columns=True,
        column_types=dict.fromkeys(columns, kind),
        strings_can_be_null=False,
    )
    parse = pa_csv.ParseOptions(newlines_in_values=not dictionary)

    def read(text: bytes) -> pa.Table:
        return pa_csv.read_csv(pa.BufferReader(text), parse_options=parse, convert_options=options)

    content, encoding = files.read(name), ""
    if not content[:4096].strip():
        raise InputError(f"{files.path.name}: {name}.txt is empty")
    if content.startswith(UTF16_MARKS):
        content, encoding = decode_table(content)
    try:
        try:
            table = read(content)
        except pa.ArrowInvalid as error:
            if "UTF8" not in str(error):
                raise
            content, encoding = decode_table(content)
            table = read(content)
    except pa.ArrowInvalid as error:
        raise InputError(f"{files.path.name}: {name}.txt cannot be read as CSV ({error})") from error
    return table.unify_dictionaries().combine_chunks() if dictionary else table, encoding


def _text_table(
    files: FeedFiles, name: str, columns: tuple[str, ...], feed_id: str
) -> tuple[pd.DataFrame, list[Defect]]:
    """Return a table as stripped text, and what was bent; no rows if the feed does not have it."""
    if name not in files.members:
        return pd.DataFrame({column: [] for column in columns}, dtype=object), []
    read, encoding = _arrow_table(files, name, columns)
    table, n_padded = {}, 0
    for column in columns:
        values = [value or "" for value in read[column].to_pylist()]
        stripped = [value.strip() for value in values]
        n_padded += sum(len(a) != len(b) for a, b in zip(values, stripped, strict=True))
        table[column] = stripped
    counted = (
        ("padded-values", n_padded, f"values in {name}.txt have spaces around them: stripped"),
        ("not-utf8", int(bool(encoding)), f"table, {name}.txt, is written in {encoding}, not UTF-8: read as that"),
    )
    return pd.DataFrame(table, dtype=object), [Defect(code, n, what, feed_id) for code, n, what in counted if n]


def _plain_seconds(values: npt.NDArray[np.object_]) -> Int32Array:
    """Read times written HH:MM:SS, nearly all of them, in one go; -1 for any other text."""
    digits = np.frombuffer(values.astype("U9").tobytes(), dtype=np.uint32).reshape(-1, 9).astype(np.int32) - ord("0")
    numbers = digits[:, [0, 1, 3, 4, 6, 7]]
    is_plain = ((numbers >= 0) & (numbers <= 9)).all(axis=1)
    is_plain &= (digits[:, [2, 5]] == ord(":") - ord("0")).all(axis=1) & (digits[:, 8] == -ord("0"))
    seconds: Int32Array = (numbers @ np.array([36_000, 3600, 600, 60, 10, 1])).astype(np.int32)
    return np.where(is_plain, seconds, np.int32(-1))


def read_clock(value: str, where: str) -> int:
    """Return the seconds of H:MM:SS, hours past 24 allowed; raises `InputError`."""
    parts = value.split(":")
    if len(parts) != 3 or not all(part.isdecimal() and len(part) <= 3 for part in parts):
        raise InputError(f"{where}: time {value[:20]!r} is not H:MM:SS")
    return int(parts[0]) * 3600 + int(parts[1]) * 60 + int(parts[2])


def _dictionary(column: pa.ChunkedArray) -> tuple[npt.NDArray[np.object_], Int32Array]:
    """Return the distinct stripped values of a column and, for each row, which one it is; nulls are ""."""
    chunk = column.combine_chunks()
    array = chunk.chunk(0) if isinstance(chunk, pa.ChunkedArray) and chunk.num_chunks else chunk
    if len(array) == 0:
        return np.array([""], dtype=object), np.zeros(0, dtype=np.int32)
    values = np.array(["", *(value.strip() for value in array.dictionary.to_pylist())], dtype=object)
    codes = array.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    return values, codes.astype(np.int32) + np.int32(1)


def _column_values(column: pa.ChunkedArray) -> npt.NDArray[np.object_]:
    values, codes = _dictionary(column)
    return values[codes]


def _degrees(column: pa.ChunkedArray) -> npt.NDArray[np.float64]:
    """Return numbers, NaN where there is none."""
    values, codes = _dictionary(column)
    numbers = pd.to_numeric(pd.Series(values), errors="coerce").to_numpy(dtype=np.float64)
    return np.where(np.abs(numbers) <= 180, numbers, np.nan)[codes]


def _positions(column: pa.ChunkedArray, ids: pd.Series[str]) -> Int32Array:
    """Return the row of each value among `ids`, -1 where it is unknown."""
    values, codes = _dictionary(column)
    return pd.Index(ids).get_indexer(pd.Index(values)).astype(np.int32)[codes]


def _numbers(column: pa.ChunkedArray, where: str) -> Int32Array:
    values, codes = _dictionary(column)
    numbers = np.full(len(values), -1, dtype=np.int32)
    for n, value in enumerate(values):
        if value.isdecimal():
            numbers[n] = int(value)
    if (numbers[codes] < 0).any():
        raise InputError(f"{where}: a sequence number is not a whole number")
    return numbers[codes]


def _seconds(column: pa.ChunkedArray, where: str) -> Int32Array:
    """Read H:MM:SS, hours past 24 allowed; -1 where blank. Only distinct values are parsed."""
    values, codes = _dictionary(column)
    seconds = _plain_seconds(values)
    for n in np.flatnonzero(seconds < 0):
        value = values[n]
        if value:
            seconds[n] = read_clock(value, where)
    return seconds[codes]


def _fill_blank_times(
    trip_ix: Int32Array, arrival: Int32Array, departure: Int32Array, where: str
) -> tuple[Int32Array, Int32Array, int]:
    """Fill times between timepoints evenly; GTFS requires the first and the last call of a trip to have one."""
    arrival = np.where(arrival < 0, departure, arrival)
    departure = np.where(departure < 0, arrival, departure)
    blank = arrival < 0
    if blank.any():
        is_end = np.ones(len(trip_ix), dtype=np.bool_)
        is_end[1:-1] = (trip_ix[1:-1] != trip_ix[:-2]) | (trip_ix[1:-1] != trip_ix[2:])
        if (blank & is_end).any():
            raise InputError(f"{where}: {int((blank & is_end).sum()):,} trips start or end without a time")
        row = np.arange(len(trip_ix))
        known_row = np.repeat(row[~blank].astype(np.float64), 2)
        known_row[1::2] += 1e-3  # a timepoint is left a moment after it is reached
        known_s = np.column_stack([arrival[~blank], departure[~blank]]).ravel()
        arrival[blank] = departure[blank] = np.rint(np.interp(row[blank], known_row, known_s)).astype(np.int32)
    return arrival, departure, int(blank.sum())


def _forbid_going_back(
    trip_ix: Int32Array, arrival: Int32Array, departure: Int32Array
) -> tuple[Int32Array, Int32Array, int]:
    """Raise every time of a trip to the latest one before it."""
    raised = np.column_stack([arrival, departure]).astype(np.int64)
    raised += trip_ix[:, None].astype(np.int64) * 10_000_000  # trips apart, so that one running maximum serves all
    raised = np.maximum.accumulate(raised.ravel()).reshape(-1, 2)
    raised -= trip_ix[:, None].astype(np.int64) * 10_000_000
    n_raised = int((raised[:, 0] != arrival).sum() + (raised[:, 1] != departure).sum())
    return raised[:, 0].astype(np.int32), raised[:, 1].astype(np.int32), n_raised


def _call_defects(times: StopTimes) -> list[tuple[str, int, str]]:
    """Count what is allowed but surprising in the calls."""
    same_trip = times.trip_ix[1:] == times.trip_ix[:-1]
    hop_s = times.arrival_s[1:] - times.departure_s[:-1]
    return [
        ("times-past-midnight", int((times.departure_s >= 86_400).sum()), "calls at 24:00 or later: kept"),
        ("zero-second-hops", int((same_trip & (hop_s == 0)).sum()), "hops that take 0 seconds: kept"),
        ("no-boarding", int((~times.may_board).sum()), "calls where nobody may board: respected"),
        ("no-alighting", int((~times.may_alight).sum()), "calls where nobody may alight: respected"),
    ]


def _require_usable(file_name: str, feed_id: str, tables: dict[str, pd.DataFrame]) -> None:
    """Raise one error that lists all that makes the tables of a feed useless."""
    wrong = [f"{file_name}: {name}.txt has no rows" for name in _REQUIRED if tables[name].empty]
    if tables["calendar"].empty and tables["calendar_dates"].empty:
        wrong.append(f"{file_name}: has neither calendar.txt nor calendar_dates.txt with rows: no trip has a date")
    for name, column in _KEYS.items():
        ids = tables[name][column]
        repeated = ids[ids.duplicated()].unique()
        if len(repeated):
            wrong.append(f"{feed_id}: {len(repeated):,} ids of {name}.txt appear twice: {some(repeated)}")
    for name, column, other in _REFERENCES:
        unknown = tables[name][column][~tables[name][column].isin(tables[other][column])].unique()
        if len(unknown):
            wrong.append(f"{feed_id}: {name}.txt names {len(unknown):,} {column} not in {other}.txt: {some(unknown)}")
    zones = sorted(set(tables["agency"]["agency_timezone"]))
    if len(zones) > 1:
        wrong.append(f"{feed_id}: agency.txt has {len(zones)} time zones, must be one: {', '.join(zones)}")
    if wrong:
        raise InputError("\n".join(wrong))


def _table_defects(feed_id: str, tables: dict[str, pd.DataFrame], missing: frozenset[str]) -> list[Defect]:
    """Count what is missing or unused in the small tables."""
    found = []
    if "calendar" in missing:
        found.append(("no-calendar", 1, "feed without calendar.txt: every date comes from calendar_dates.txt"))
    if "transfers" in missing:
        found.append(("no-transfers", 1, "feed without transfers.txt: changes are found by walking distance"))
    parents = tables["stops"]["parent_station"]
    lost = (parents != "") & ~parents.isin(tables["stops"]["stop_id"])
    dated = pd.concat([tables[name]["service_id"] for name in ("calendar", "calendar_dates")])
    found += [
        (
            "transfers-not-used",
            len(tables["transfers"]),
            "rows of transfers.txt are not used: changes are found by walking distance",
        ),
        ("pathways-not-used", len(tables["pathways"]), "rows of pathways.txt are not used: stations are points"),
        ("unknown-parents", int(lost.sum()), f"stops name a parent_station not in stops.txt: {some(parents[lost])}"),
        (
            "trips-without-dates",
            int((~tables["trips"]["service_id"].isin(dated)).sum()),
            "trips whose service_id has no dates in calendar.txt or calendar_dates.txt: never run",
        ),
    ]
    return [Defect(code, n, what, feed_id) for code, n, what in found if n]


def some(values: Iterable[str]) -> str:
    """Return the first few values in words, so that people can find them."""
    listed = list(dict.fromkeys(values))
    return ", ".join(repr(value[:40]) for value in listed[:3]) + (", ..." if len(listed) > 3 else "")
