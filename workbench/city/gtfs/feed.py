"""
Reads one GTFS zip: small tables as text, stop times as flat arrays. Nothing in the zip is trusted.

Only tables we know are opened, by exact name; bytes are counted while they are unpacked; nothing is written to disk.
Whatever had to be bent is counted as a `Defect`.
"""

from __future__ import annotations

import hashlib
import io
import logging
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.csv as pa_csv

from workbench.city.defect import Defect
from workbench.errors import InputError

__all__ = ["Feed", "StopTimes", "read_feed", "read_shapes", "read_stop_times"]

logger = logging.getLogger(__name__)

Int32Array = npt.NDArray[np.int32]
BoolArray = npt.NDArray[np.bool_]

MAX_TABLE_BYTES = 1 << 30
"""Largest table we unpack, bytes; the largest of the MTA has 153 MB."""
MAX_FEED_BYTES = 3 << 30
"""Largest feed we unpack, bytes."""
_CHUNK_BYTES = 1 << 22

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
    "frequencies": ("trip_id", "start_time", "end_time", "headway_secs"),
    "feed_info": ("feed_version", "feed_start_date", "feed_end_date"),
}
"""Tables read as text, and their columns; others are left out."""
_REQUIRED = ("agency", "stops", "routes", "trips")
_STOP_TIME_COLUMNS = (
    *("trip_id", "stop_id", "arrival_time", "departure_time"),
    *("stop_sequence", "pickup_type", "drop_off_type"),
)


@dataclass(frozen=True, eq=False)
class Feed:
    """One GTFS zip, its small tables in memory. Every value is stripped text, "" where there is none."""

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


def read_feed(path: Path, *, feed_id: str) -> Feed:
    """
    Read the small tables of a GTFS zip.

    Raises
    ------
    InputError
        If the file is missing, is no zip, is too large, or lacks a required table.
    """
    if not path.is_file():
        raise InputError(f"{path.name}: GTFS feed not found in {path.parent}")
    try:
        with zipfile.ZipFile(path) as archive:
            names = frozenset(archive.namelist())
            total = sum(info.file_size for info in archive.infolist())
            if total > MAX_FEED_BYTES:
                raise InputError(f"{path.name}: unpacks to {total:,} bytes, must be at most {MAX_FEED_BYTES:,}")
            absent = [name for name in (*_REQUIRED, "stop_times") if f"{name}.txt" not in names]
            if absent:
                raise InputError(f"{path.name}: lacks {', '.join(f'{name}.txt' for name in absent)}")
            tables, defects = {}, []
            for name, columns in SMALL_TABLES.items():
                table, n_padded = _text_table(archive, name, columns)
                tables[name] = table
                if n_padded:
                    what = f"values in {name}.txt have spaces around them: stripped"
                    defects.append(Defect("padded-values", n_padded, what, feed_id))
    except zipfile.BadZipFile as error:
        raise InputError(f"{path.name}: is not a readable zip ({error})") from error
    missing = frozenset(name for name in SMALL_TABLES if f"{name}.txt" not in names)
    defects += _table_defects(feed_id, tables, missing)
    return Feed(feed_id, path, _sha256(path), tables, missing, tuple(defects))


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
    with zipfile.ZipFile(feed.path) as archive:
        table = _arrow_table(archive, "stop_times", _STOP_TIME_COLUMNS, dictionary=True)
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
        ("unknown-trips", n_orphans, "calls of trips that trips.txt does not list: left out"),
        ("calls-out-of-order", n_disordered, "places in stop_times.txt where rows are out of order: sorted"),
        ("blank-times", n_blank, "calls without a time: spread evenly between their neighbors"),
        ("times-going-back", n_backward, "times earlier than the one before in the same trip: raised to it"),
        *_call_defects(times),
    )
    return times, tuple(Defect(code, n, what, feed.feed_id) for code, n, what in counted if n)


def read_shapes(feed: Feed, shape_ids: frozenset[str]) -> pd.DataFrame:
    """Return the points of the wanted shapes: shape_id, lon, lat, sorted by shape and sequence."""
    with zipfile.ZipFile(feed.path) as archive:
        if "shapes.txt" not in archive.namelist():
            return pd.DataFrame({"shape_id": [], "lon": [], "lat": []})
        columns = ("shape_id", "shape_pt_sequence", "shape_pt_lon", "shape_pt_lat")
        table = _arrow_table(archive, "shapes", columns, dictionary=True)
    ids = _column_values(table["shape_id"])
    points = pd.DataFrame(
        {
            "shape_id": ids,
            "sequence": _numbers(table["shape_pt_sequence"], feed.feed_id),
            "lon": _column_values(table["shape_pt_lon"]).astype(np.float64),
            "lat": _column_values(table["shape_pt_lat"]).astype(np.float64),
        }
    )
    points = points[points["shape_id"].isin(shape_ids)]
    return points.sort_values(["shape_id", "sequence"], kind="stable", ignore_index=True)[["shape_id", "lon", "lat"]]


def _unpack(archive: zipfile.ZipFile, name: str) -> bytes:
    """Unpack one table, counting bytes as they come: the size a zip claims is not believed."""
    unpacked = io.BytesIO()
    with archive.open(f"{name}.txt") as source:
        while chunk := source.read(_CHUNK_BYTES):
            if unpacked.tell() + len(chunk) > MAX_TABLE_BYTES:
                raise InputError(f"{name}.txt: unpacks to more than {MAX_TABLE_BYTES:,} bytes")
            unpacked.write(chunk)
    return unpacked.getvalue()


def _arrow_table(
    archive: zipfile.ZipFile, name: str, columns: tuple[str, ...], *, dictionary: bool = False
) -> pa.Table:
    kind = pa.dictionary(pa.int32(), pa.string()) if dictionary else pa.string()
    options = pa_csv.ConvertOptions(
        include_columns=list(columns),
        include_missing_columns=True,
        column_types=dict.fromkeys(columns, kind),
        strings_can_be_null=False,
    )
    try:
        table = pa_csv.read_csv(
            pa.BufferReader(_unpack(archive, name)),
            parse_options=pa_csv.ParseOptions(newlines_in_values=not dictionary),
            convert_options=options,
        )
    except pa.ArrowInvalid as error:
        raise InputError(f"{name}.txt: cannot be read as CSV ({error})") from error
    return table.unify_dictionaries().combine_chunks() if dictionary else table


def _text_table(archive: zipfile.ZipFile, name: str, columns: tuple[str, ...]) -> tuple[pd.DataFrame, int]:
    """Return a table as stripped text, and how many values had spaces around them."""
    if f"{name}.txt" not in archive.namelist():
        return pd.DataFrame({column: [] for column in columns}, dtype=object), 0
    read = _arrow_table(archive, name, columns)
    table, n_padded = {}, 0
    for column in columns:
        values = [value or "" for value in read[column].to_pylist()]
        stripped = [value.strip() for value in values]
        n_padded += sum(len(a) != len(b) for a, b in zip(values, stripped, strict=True))
        table[column] = stripped
    return pd.DataFrame(table, dtype=object), n_padded


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
    seconds = np.full(len(values), -1, dtype=np.int32)
    for n, value in enumerate(values):
        if value:
            parts = value.split(":")
            if len(parts) != 3 or not all(part.isdecimal() and len(part) <= 3 for part in parts):
                raise InputError(f"{where}: time {value[:20]!r} is not H:MM:SS")
            seconds[n] = int(parts[0]) * 3600 + int(parts[1]) * 60 + int(parts[2])
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


def _table_defects(feed_id: str, tables: dict[str, pd.DataFrame], missing: frozenset[str]) -> list[Defect]:
    defects = []
    n_repeated = int(tables["stops"]["stop_id"].duplicated().sum() + tables["trips"]["trip_id"].duplicated().sum())
    if n_repeated:
        raise InputError(f"{feed_id}: {n_repeated:,} stop or trip ids appear twice")
    if "calendar" in missing:
        what = "feed without calendar.txt: every date comes from calendar_dates.txt"
        defects.append(Defect("no-calendar", 1, what, feed_id))
    if "transfers" in missing:
        what = "feed without transfers.txt: changes are found by walking distance"
        defects.append(Defect("no-transfers", 1, what, feed_id))
    elif len(tables["transfers"]):
        what = "rows of transfers.txt are not used: changes are found by walking distance"
        defects.append(Defect("transfers-not-used", len(tables["transfers"]), what, feed_id))
    if len(tables["frequencies"]):
        what = "rows of frequencies.txt are not used: only the listed trips run"
        defects.append(Defect("frequencies-not-used", len(tables["frequencies"]), what, feed_id))
    return defects


def _sha256(path: Path) -> str:
    with path.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()
