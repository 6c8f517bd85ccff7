"""From GTFS feeds to the timetables of a city: read, joined, and gathered by service day; and the shapes of its trips."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from workbench.city.defect import Defect
from workbench.city.gtfs.feed import Feed, StopTimes, read_feed, read_shapes, read_stop_times
from workbench.city.gtfs.frequencies import expand_frequencies
from workbench.city.gtfs.merge import MergedFeeds, merge_feeds
from workbench.city.gtfs.service_day import ServiceKey, build_timetable, check_calendar_end, find_services, wanted_trips
from workbench.city.gtfs.stop_places import drop_unplaced_calls, place_stops
from workbench.city.streets.derived.from_blocks import route_shapes
from workbench.city.timetable import Timetable
from workbench.errors import InputError

__all__ = ["CityTimetables", "Report", "build_timetables", "read_feeds", "timetable_counts"]

Report = Callable[[float, str], None]


@dataclass(frozen=True, eq=False)
class CityTimetables:
    """What the feeds of a city say."""

    feeds: tuple[Feed, ...]
    merged: MergedFeeds
    timetables: Mapping[str, Timetable]
    shapes: gpd.GeoDataFrame
    """As `streets.from_blocks.route_shapes`: the trips of the first service day."""
    defects: tuple[Defect, ...]


def read_feeds(paths: Mapping[str, Path], *, tell: Report) -> tuple[tuple[Feed, ...], tuple[Defect, ...]]:
    """
    Read the small tables of all feeds: feed id -> GTFS zip or folder.

    Raises
    ------
    InputError
        If a feed cannot be used; it lists the faults of all of them.
    """
    feeds, defects = [], []
    faults: list[str] = []
    for number, (feed_id, path) in enumerate(paths.items()):
        tell(number / len(paths), f"timetable: {feed_id}")
        try:
            feed, found = place_stops(read_feed(path, feed_id=feed_id))
        except InputError as error:
            faults += str(error).splitlines()
            continue
        feeds.append(feed)
        defects += [*feed.defects, *found]
    if faults:
        raise InputError("\n".join(faults))
    return tuple(feeds), tuple(defects)


def build_timetables(
    feeds: Sequence[Feed],
    dates: Mapping[str, dt.date],
    *,
    crs: str,
    tell: Report,
    of_feed: Mapping[str, Mapping[dt.date, dt.date]] | None = None,
) -> CityTimetables:
    """
    Return the timetable of each service day.

    Parameters
    ----------
    feeds
        In order of trust: where two disagree about a stop, the first is kept.
    dates
        `weekday`, `saturday`, `sunday` -> service date.
    crs
        Metric CRS of the city.
    tell
        Told the share of the work done (0 to 1) and what comes next.
    of_feed
        As `Dates.of_feed`; without it every feed must have service on every date.
    """
    read, times = [], []
    services: dict[ServiceKey, frozenset[str]] = {}
    defects: list[Defect] = []
    faults: list[str] = []
    days = sorted({day for date in dates.values() for day in (date, date - dt.timedelta(days=1))})
    for number, feed in enumerate(feeds):
        tell(number / len(feeds), f"timetable: stop times of {feed.feed_id}")
        own = of_feed[feed.feed_id] if of_feed is not None else {}
        running: dict[ServiceKey, frozenset[str]] = {}
        for date in days:
            running[feed.feed_id, date], found = find_services(feed, own.get(date, date), required=of_feed is None)
            defects += found
        try:
            grown, calls, found = _read_calls(feed, frozenset().union(*running.values()))
        except InputError as error:
            faults += str(error).splitlines()
            continue
        defects += [*check_calendar_end(feed, max(own.get(day, day) for day in days)), *found]
        read.append(grown)
        times.append(calls)
        services |= running
    if faults:
        raise InputError("\n".join(faults))
    tell(1.0, "timetable: joining the feeds")
    merged = merge_feeds(read, times, crs=crs)
    defects += merged.defects
    timetables = {}
    for service, date in dates.items():
        timetables[service], found = build_timetable(merged, service, date, services)
        defects += found
    shapes, found = _read_shapes(read, merged, services, next(iter(dates.values())), crs)
    return CityTimetables(tuple(read), merged, timetables, shapes, (*defects, *found))


def timetable_counts(read: CityTimetables) -> dict[str, int]:
    """Return how many stops, routes, stations, trips and stop times there are."""
    merged = read.merged
    counts = {"stops": len(merged.stops), "routes": len(merged.routes), "stations": len(merged.stations)}
    for service, timetable in read.timetables.items():
        today = ~timetable.trip_is_previous_day
        n_calls = (timetable.pattern_stop_indptr[1:] - timetable.pattern_stop_indptr[:-1]).repeat(
            timetable.pattern_trip_indptr[1:] - timetable.pattern_trip_indptr[:-1]
        )
        counts[f"{service}_trips"] = int(today.sum())
        counts[f"{service}_previous_day_trips"] = int((~today).sum())
        counts[f"{service}_stop_times"] = int(n_calls[today].sum())
        counts[f"{service}_patterns"] = timetable.n_patterns
        counts[f"{service}_stops_used"] = int(pd.unique(timetable.pattern_stop_ix).size)
        counts[f"{service}_routes"] = int(pd.unique(timetable.pattern_route_ix).size)
    return counts


def _read_calls(feed: Feed, services: frozenset[str]) -> tuple[Feed, StopTimes, tuple[Defect, ...]]:
    """Return the calls of the trips of some services, and the feed with the trips its frequencies make."""
    calls, found = read_stop_times(feed, wanted=wanted_trips(feed, services))
    calls, unplaced = drop_unplaced_calls(feed, calls)
    grown, calls, expanded = expand_frequencies(feed, calls)
    return grown, calls, (*found, *unplaced, *expanded)


def _read_shapes(
    feeds: Sequence[Feed],
    merged: MergedFeeds,
    services: Mapping[ServiceKey, frozenset[str]],
    date: dt.date,
    crs: str,
) -> tuple[gpd.GeoDataFrame, tuple[Defect, ...]]:
    """Return the shapes of the trips of one service day, as `route_shapes`; straight lines where a trip has none."""
    trips = merged.trips
    runs = np.zeros(len(trips), dtype=np.bool_)
    points = []
    for feed in feeds:
        of_feed = trips["feed_id"] == feed.feed_id
        runs |= (of_feed & trips["service_id"].isin(services[feed.feed_id, date])).to_numpy()
        of_shapes = read_shapes(feed, frozenset(trips["shape_id"][of_feed & runs]) - {""})
        n_points = of_shapes["shape_id"].map(of_shapes["shape_id"].value_counts())
        points.append(of_shapes[n_points >= 2].assign(feed_id=feed.feed_id))
    known = pd.MultiIndex.from_frame(pd.concat(points)[["feed_id", "shape_id"]].drop_duplicates())
    has_shape = pd.MultiIndex.from_frame(trips[["feed_id", "shape_id"]]).isin(known)
    bare = np.flatnonzero(runs & ~has_shape)
    trips, drawn = _draw_from_stop_to_stop(merged, bare)
    shapes = route_shapes(pd.concat([*points, drawn], ignore_index=True), trips[runs], merged.routes, crs=crs)
    what = "trips have no shape: drawn straight from stop to stop"
    return shapes, (Defect("shapes-missing", len(bare), what),) if len(bare) else ()


def _draw_from_stop_to_stop(merged: MergedFeeds, rows: npt.NDArray[np.intp]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the trips with a shape id for these rows, and the points of those shapes; trips with the same stops share."""
    lon, lat = (merged.stops[column].to_numpy(dtype=np.float64) for column in ("lon", "lat"))
    shape_id = merged.trips["shape_id"].to_numpy(dtype=object).copy()
    feed_id = merged.trips["feed_id"].to_numpy()
    names: dict[tuple[str, int, bytes], str] = {}
    parts = [pd.DataFrame({"shape_id": [], "lon": [], "lat": [], "feed_id": []}, dtype=object)]
    for row in rows:
        stop_ix = merged.stop_ix[merged.call_indptr[row] : merged.call_indptr[row + 1]]
        key = (str(feed_id[row]), int(merged.trips["route_ix"].iloc[row]), stop_ix.tobytes())
        if key not in names:
            names[key] = f"stops {len(names)}"
            columns = {"shape_id": names[key], "lon": lon[stop_ix], "lat": lat[stop_ix], "feed_id": key[0]}
            parts.append(pd.DataFrame(columns))
        shape_id[row] = names[key]
    points = pd.concat(parts, ignore_index=True).astype({"lon": np.float64, "lat": np.float64})
    return merged.trips.assign(shape_id=shape_id), points
