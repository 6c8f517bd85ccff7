"""The whole timetable of a city with a scenario as one GTFS feed; the same scenario and city give the same bytes."""

from __future__ import annotations

import csv
import datetime as dt
import io
import zipfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv

from workbench.city.city import City
from workbench.errors import InputError
from workbench.scenario.edits import AddRoute
from workbench.scenario.formats.edited_days import DatedTrip, EditedDays, edited_days
from workbench.scenario.scenario import Scenario

__all__ = ["DEFAULT_URL", "GtfsReport", "write_gtfs"]

Report = Callable[[float, str], None]
Row = Sequence[object]

DEFAULT_URL = "https://example.org/"
"""Stands where GTFS wants an address and nobody gave one; a reserved name that belongs to nobody."""
PUBLISHER = "Assembly Lines workbench (PROPOSAL, not a timetable anybody runs)"
ROUTE_TYPE = {"tram": 0, "subway": 1, "rail": 2, "bus": 3, "ferry": 4, "monorail": 12}
OTHER_TYPE = 1700
NEW_COLOR = "6d28d9"
_ZIP_TIME = (1980, 1, 1, 0, 0, 0)
_TRIPS_AT_ONCE = 4000


@dataclass(frozen=True, slots=True)
class GtfsReport:
    """What a feed holds."""

    path: Path
    n_trips: int
    n_stop_times: int
    n_stops: int
    n_routes: int
    date_of: tuple[tuple[str, dt.date], ...]
    """Service days and the date that stands for each."""


def write_gtfs(
    scenario: Scenario, city: City, path: Path, *, url: str = DEFAULT_URL, report: Report | None = None
) -> GtfsReport:
    """
    Write the whole edited timetable as a GTFS zip.

    It holds the service days of the city pack on their dates, by calendar_dates.txt, and the trips of the day before that are
    still under way after midnight: what our own reader makes of it is the timetable that was scored. feed_info.txt says
    that it is a proposal. Routes and stops without a trip left are left out. Drawn routes have shapes.

    Parameters
    ----------
    scenario
        Its edits; none writes today's timetable.
    city
        The city, which is not changed.
    path
        The zip; written beside itself first, so that a broken run leaves the old file.
    url
        Web address of whoever proposes it; also stands for the agencies, whose addresses the pack does not keep.
    report
        Told the share of the work done and what comes next.

    Raises
    ------
    ScenarioError
        With every problem of every edit.
    InputError
        If the address is none, or the file cannot be written.
    """
    if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).netloc:
        raise InputError(f"url is {url[:60]!r}, must begin with http:// or https:// and a host")
    tell = report or (lambda _share, _text: None)
    tell(0.0, "trips of three service days")
    days = edited_days(scenario, city)
    part = path.with_name(path.name + ".part")
    try:
        with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
            found = _write_tables(archive, scenario, city, days, url, tell)
        part.replace(path)
    except OSError as error:
        raise InputError(f"{path}: cannot be written: {error.strerror or error}") from error
    finally:
        part.unlink(missing_ok=True)
    tell(1.0, f"{path.name}: written")
    n_stop_times, n_stops, n_routes = found
    return GtfsReport(path, len(days.trips), n_stop_times, n_stops, n_routes, tuple(days.date_of.items()))


def _write_tables(
    archive: zipfile.ZipFile, scenario: Scenario, city: City, days: EditedDays, url: str, tell: Report
) -> tuple[int, int, int]:
    """Write every table; return the number of stop times, stops and routes."""
    runs = {trip.route_id for trip in days.trips}
    drawn = [edit for edit in scenario.edits if isinstance(edit, AddRoute) and edit.route_id in runs]
    dates = sorted({date for trip in days.trips for date in trip.dates})
    service_ids = {_dates_key(trip.dates): "" for trip in days.trips}
    for key in sorted(service_ids):
        service_ids[key] = _service_name(key, days)
    routes = list(_route_rows(city, drawn, runs))
    stops = list(_stop_rows(city, days))
    _write(archive, "agency", "agency_id,agency_name,agency_url,agency_timezone,agency_lang", _agency_rows(city, url))
    _write(archive, "feed_info", _FEED_INFO, [_feed_info(scenario, city, dates, url)])
    _write(archive, "calendar_dates", "service_id,date,exception_type", _calendar_rows(service_ids))
    _write(archive, "routes", _ROUTES, routes)
    _write(archive, "stops", "stop_id,stop_name,stop_lat,stop_lon,location_type,parent_station", stops)
    _write(
        archive,
        "trips",
        "route_id,service_id,trip_id,trip_headsign,direction_id,shape_id",
        _trip_rows(days.trips, service_ids, {edit.route_id for edit in drawn}),
    )
    if drawn:
        _write(archive, "shapes", "shape_id,shape_pt_lat,shape_pt_lon,shape_pt_sequence", _shape_rows(drawn))
    return _write_stop_times(archive, days.trips, tell), len(stops), len(routes)


_FEED_INFO = (
    "feed_publisher_name,feed_publisher_url,feed_lang,feed_start_date,feed_end_date,feed_version,feed_contact_url"
)
_ROUTES = "route_id,agency_id,route_short_name,route_long_name,route_desc,route_type,route_color,route_text_color"


def _feed_info(scenario: Scenario, city: City, dates: Sequence[dt.date], url: str) -> Row:
    version = f"PROPOSAL {scenario.scenario_id} ({scenario.name}) on {city.city_id} {city.version}"
    first, last = (f"{date:%Y%m%d}" for date in (dates[0], dates[-1])) if dates else ("", "")
    return (PUBLISHER, url, "en", first, last, version, url)


def _agency_rows(city: City, url: str) -> Iterable[Row]:
    for name in _agencies(city):
        yield (_agency_id(city, name), name, url, city.timezone, "en")


def _agencies(city: City) -> list[str]:
    return sorted({str(name) or city.name for name in city.routes["agency"]}) or [city.name]


def _agency_id(city: City, name: str) -> str:
    return str(_agencies(city).index(name) + 1)


def _calendar_rows(service_ids: dict[tuple[dt.date, ...], str]) -> Iterable[Row]:
    for dates, service_id in sorted(service_ids.items()):
        for date in dates:
            yield (service_id, f"{date:%Y%m%d}", 1)


def _dates_key(dates: set[dt.date]) -> tuple[dt.date, ...]:
    return tuple(sorted(dates))


def _service_name(dates: tuple[dt.date, ...], days: EditedDays) -> str:
    """Return e.g. `weekday`, or `before-weekday+weekday` for trips that also run the night before."""
    words = {date - dt.timedelta(days=1): f"before-{service}" for service, date in days.date_of.items()}
    words |= {date: service for service, date in days.date_of.items()}
    return "+".join(words[date] for date in dates)


def _route_rows(city: City, drawn: Sequence[AddRoute], runs: set[str]) -> Iterable[Row]:
    agencies = {name: _agency_id(city, name) for name in _agencies(city)}
    for row in city.routes.itertuples():
        if row.route_id in runs:
            color = str(row.color).removeprefix("#")
            agency = agencies[str(row.agency) or city.name]
            kind = ROUTE_TYPE.get(str(row.mode), OTHER_TYPE)
            long_name = "" if str(row.long_name) == str(row.short_name) else str(row.long_name)
            yield (row.route_id, agency, row.short_name, long_name, "", kind, color, _text_color(color))
    first = agencies[_agencies(city)[0]]
    for edit in drawn:
        yield (edit.route_id, first, "", edit.name, "Proposed; it does not run today.", 3, NEW_COLOR, "ffffff")


def _text_color(color: str) -> str:
    red, green, blue = (int(color[at : at + 2], 16) for at in (0, 2, 4))
    return "000000" if 0.299 * red + 0.587 * green + 0.114 * blue > 140 else "ffffff"


def _stop_rows(city: City, days: EditedDays) -> Iterable[Row]:
    """Yield the stops in use, after the stations they belong to; a station lies in the middle of its stops."""
    used = {stop_id for trip in {id(trip.stop_ids): trip for trip in days.trips}.values() for stop_id in trip.stop_ids}
    stops = city.stops[city.stops["stop_id"].isin(used)]
    stations = stops[stops["parent_station"] != ""].groupby("parent_station", sort=True)
    for station_id, own in stations:
        yield (station_id, own["stop_name"].iloc[0], own["lat"].mean(), own["lon"].mean(), 1, "")
    for row in stops.itertuples():
        yield (row.stop_id, row.stop_name, row.lat, row.lon, 0, row.parent_station)
    for stop in days.new_stops:
        if stop.stop_id in used:
            yield (stop.stop_id, stop.name, round(stop.lat, 7), round(stop.lon, 7), 0, "")


def _trip_rows(
    trips: Sequence[DatedTrip], service_ids: dict[tuple[dt.date, ...], str], drawn: set[str]
) -> Iterable[Row]:
    for trip in trips:
        shape = f"{trip.route_id}-{trip.direction}" if trip.route_id in drawn else ""
        service = service_ids[_dates_key(trip.dates)]
        yield (trip.route_id, service, trip.trip_id, trip.headsign, trip.direction, shape)


def _shape_rows(drawn: Sequence[AddRoute]) -> Iterable[Row]:
    for edit in drawn:
        back = edit.line_back_lonlat or edit.line_lonlat[::-1]
        for direction, line in enumerate((edit.line_lonlat, back)[: 1 + edit.both_directions]):
            for number, (lon, lat) in enumerate(line):
                yield (f"{edit.route_id}-{direction}", lat, lon, number)


def _write(archive: zipfile.ZipFile, name: str, header: str, rows: Iterable[Row]) -> None:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header.split(","))
    writer.writerows(rows)
    archive.writestr(_info(name), text.getvalue())


def _info(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(f"{name}.txt", _ZIP_TIME)
    info.compress_type = zipfile.ZIP_DEFLATED
    return info


def _write_stop_times(archive: zipfile.ZipFile, trips: Sequence[DatedTrip], tell: Report) -> int:
    """Write the calls of all trips, some thousand trips at a time; return how many there are."""
    n_rows = 0
    options = pa_csv.WriteOptions(include_header=False, quoting_style="needed")
    with archive.open(_info("stop_times"), "w", force_zip64=True) as file:
        file.write(b"trip_id,arrival_time,departure_time,stop_id,stop_sequence,pickup_type,drop_off_type\n")
        for start in range(0, len(trips), _TRIPS_AT_ONCE):
            tell(0.2 + 0.8 * start / len(trips), "stop times")
            table = _stop_times(trips[start : start + _TRIPS_AT_ONCE])
            buffer = io.BytesIO()
            pa_csv.write_csv(table, buffer, options)
            file.write(buffer.getvalue())
            n_rows += len(table)
    return n_rows


def _stop_times(trips: Sequence[DatedTrip]) -> pa.Table:
    n_calls = np.array([len(trip.stop_ids) for trip in trips])
    arrival, departure = (
        _clock(np.concatenate([getattr(trip, name) for trip in trips])) for name in ("arrival_s", "departure_s")
    )
    sequence = np.concatenate([np.arange(1, n + 1) for n in n_calls])
    pickup, drop_off = (
        np.where(np.concatenate([getattr(trip, name) for trip in trips]), 0, 1) for name in ("may_board", "may_alight")
    )
    ids = pa.array([trip.trip_id for trip in trips])
    return pa.table(
        {
            "trip_id": ids.take(pa.array(np.repeat(np.arange(len(trips)), n_calls))),
            "arrival_time": arrival,
            "departure_time": departure,
            "stop_id": pa.array(np.concatenate([trip.stop_ids for trip in trips]), pa.string()),
            "stop_sequence": sequence,
            "pickup_type": pickup,
            "drop_off_type": drop_off,
        }
    )


def _clock(seconds: np.ndarray[tuple[int], np.dtype[np.int32]]) -> pa.Array:
    """Return seconds as `HH:MM:SS`, hours past 24 allowed."""
    distinct, which = np.unique(seconds, return_inverse=True)
    texts = [f"{s // 3600:02d}:{s // 60 % 60:02d}:{s % 60:02d}" for s in distinct.tolist()]
    return pa.array(texts).take(pa.array(which))
