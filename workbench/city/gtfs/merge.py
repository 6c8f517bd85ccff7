"""Joins the feeds of a city: one table of stops, one of routes, one list of calls by trip, ids unique throughout."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from pyproj import Transformer

from workbench.city.defect import Defect
from workbench.city.gtfs.feed import Feed, StopTimes
from workbench.errors import InputError

__all__ = ["MergedFeeds", "merge_feeds"]

Int32Array = npt.NDArray[np.int32]
Int64Array = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

SAME_STOP_M = 300.0
"""Stops of two feeds with one id are one stop if no farther apart, metres (the MTA's differ by up to 147 m)."""
NOTABLE_OFFSET_M = 20.0
"""Disagreements about a stop's place above this are reported, metres."""
_MODES = {0: "tram", 1: "subway", 2: "rail", 3: "bus", 4: "ferry", 11: "bus", 12: "monorail"}
_MODE_COLORS = {"bus": "#0039a6", "subway": "#6d6e71"}


@dataclass(frozen=True, eq=False)
class MergedFeeds:
    """All feeds as one: calls of trip t are rows `call_indptr[t]` to `call_indptr[t + 1] - 1`."""

    stops: pd.DataFrame
    """Columns as `City.stops`: every stop some wanted trip calls at."""
    routes: pd.DataFrame
    """Columns as `City.routes`: every route some wanted trip runs on."""
    stations: pd.DataFrame
    """Columns station_id, name, mode, x, y: parents of the stops that have one."""
    trips: pd.DataFrame
    """Columns feed_id, trip_id, service_id, headsign, direction, route_ix, shape_id; one row per trip."""
    call_indptr: Int64Array
    stop_ix: Int32Array
    arrival_s: Int32Array
    departure_s: Int32Array
    may_board: BoolArray
    may_alight: BoolArray
    defects: tuple[Defect, ...]


def merge_feeds(feeds: Sequence[Feed], times: Sequence[StopTimes], *, crs: str) -> MergedFeeds:
    """
    Join feeds; where two feeds describe one stop or route, the first is kept.

    Parameters
    ----------
    feeds
        In order of trust.
    times
        The calls of each feed's wanted trips.
    crs
        Metric CRS of the city.
    """
    raw_stops = pd.concat([_feed_stops(feed, calls, crs) for feed, calls in zip(feeds, times, strict=True)])
    stops, stop_key_ix, stop_defects = _merge_stops(raw_stops.reset_index(drop=True))
    raw_routes = pd.concat([_feed_routes(feed, calls) for feed, calls in zip(feeds, times, strict=True)])
    routes, route_key_ix, route_defects = _merge_routes(raw_routes.reset_index(drop=True))
    trips, parts, n_short = [], [], 0
    for feed, calls in zip(feeds, times, strict=True):
        feed_stop_ix = np.full(len(feed.tables["stops"]), -1, dtype=np.int32)
        for row, stop_id in enumerate(feed.tables["stops"]["stop_id"]):
            feed_stop_ix[row] = stop_key_ix.get((feed.feed_id, stop_id), -1)
        kept, n_calls, n_dropped = _long_enough(calls)
        n_short += n_dropped
        parts.append((kept._replace(stop_ix=feed_stop_ix[kept.stop_ix]), n_calls))
        trips.append(_feed_trips(feed, kept, route_key_ix))
    if n_short:
        stop_defects.append(Defect("short-trips", n_short, "trips with fewer than two calls: left out"))
    joined = [np.concatenate(column) for column in zip(*(calls for calls, _ in parts), strict=True)]
    return MergedFeeds(
        stops=stops,
        routes=routes,
        stations=_stations(feeds, stops, crs),
        trips=pd.concat(trips, ignore_index=True),
        call_indptr=np.concatenate([[0], np.cumsum(np.concatenate([n for _, n in parts]))]).astype(np.int64),
        stop_ix=joined[1],
        arrival_s=joined[2],
        departure_s=joined[3],
        may_board=joined[4],
        may_alight=joined[5],
        defects=(*stop_defects, *route_defects),
    )


def _feed_stops(feed: Feed, calls: StopTimes, crs: str) -> pd.DataFrame:
    """Return the stops of one feed that its calls use, with places and mode."""
    used = np.unique(calls.stop_ix)
    table = feed.tables["stops"].iloc[used].reset_index(drop=True)
    route_type = feed.tables["routes"].set_index("route_id")["route_type"]
    trip_type = feed.tables["trips"]["route_id"].map(route_type).to_numpy()[calls.trip_ix]
    served = pd.DataFrame({"stop_ix": calls.stop_ix, "route_type": trip_type}).drop_duplicates()
    stop_type = served.sort_values(["stop_ix", "route_type"]).drop_duplicates("stop_ix")["route_type"]
    lon, lat = (_degrees(table[name], feed.feed_id) for name in ("stop_lon", "stop_lat"))
    x, y = _project(lon, lat, crs)
    return pd.DataFrame(
        {
            "feed_id": feed.feed_id,
            "stop_id": table["stop_id"],
            "stop_name": table["stop_name"],
            "mode": [_mode(value) for value in stop_type],
            "parent_station": table["parent_station"],
            "lon": lon,
            "lat": lat,
            "x": x,
            "y": y,
        }
    )


def _merge_stops(raw: pd.DataFrame) -> tuple[pd.DataFrame, dict[tuple[str, str], int], list[Defect]]:
    """Return unique stops in Morton order, the row of each (feed, stop id), and what was bent."""
    first = raw.drop_duplicates("stop_id").set_index("stop_id")
    offset_m = np.hypot(
        raw["x"].to_numpy() - first["x"].reindex(raw["stop_id"]).to_numpy(),
        raw["y"].to_numpy() - first["y"].reindex(raw["stop_id"]).to_numpy(),
    )
    other = offset_m > SAME_STOP_M
    key = raw["stop_id"].where(~other, raw["feed_id"] + ":" + raw["stop_id"])
    repeated = key.duplicated(keep="first").to_numpy()
    moved = repeated & ~other & (offset_m > NOTABLE_OFFSET_M)
    stops = raw.assign(stop_id=key)[~repeated]
    stops = stops.iloc[_morton_order(stops["x"].to_numpy(), stops["y"].to_numpy())].drop(columns="feed_id")
    stops = stops.reset_index(drop=True)
    row = {stop_id: ix for ix, stop_id in enumerate(stops["stop_id"])}
    keys = zip(raw["feed_id"], raw["stop_id"], strict=True)
    key_ix = {pair: row[stop_id] for pair, stop_id in zip(keys, key, strict=True)}
    farthest = f"{offset_m[moved].max():.0f} m" if moved.any() else ""
    counted = (
        ("shared-stop-ids", int((repeated & ~other).sum()), "stops listed by two feeds: the first feed is kept"),
        ("shared-stops-apart", int(moved.sum()), f"of these lie more than 20 m apart (at most {farthest}): first kept"),
        ("stop-id-clash", int(other.sum()), "stops share an id with a far-away stop: named `feed:id`"),
    )
    return stops, key_ix, [Defect(code, n, what) for code, n, what in counted if n]


def _feed_routes(feed: Feed, calls: StopTimes) -> pd.DataFrame:
    """Return the routes of one feed that its calls use."""
    ids = feed.tables["trips"]["route_id"].to_numpy()[np.unique(calls.trip_ix)]
    table = feed.tables["routes"]
    unknown = sorted(set(ids) - set(table["route_id"]))
    if unknown:
        raise InputError(f"{feed.feed_id}: trips name routes not in routes.txt: {', '.join(unknown[:5])}")
    agency = feed.tables["agency"].drop_duplicates("agency_id").set_index("agency_id")["agency_name"]
    mode = [_mode(value) for value in table["route_type"]]
    color = [
        f"#{value.lower()}" if re.fullmatch("[0-9A-Fa-f]{6}", value) else _MODE_COLORS.get(kind, "#0039a6")
        for value, kind in zip(table["route_color"], mode, strict=True)
    ]
    only = agency.iloc[0] if len(agency) == 1 else ""
    return pd.DataFrame(
        {
            "feed_id": feed.feed_id,
            "route_id": table["route_id"],
            "short_name": table["route_short_name"].where(table["route_short_name"] != "", table["route_id"]),
            "long_name": table["route_long_name"],
            "mode": mode,
            "color": color,
            "agency": table["agency_id"].map(agency).fillna(only),
            "is_used": table["route_id"].isin(set(ids)),
        }
    )


def _merge_routes(raw: pd.DataFrame) -> tuple[pd.DataFrame, dict[tuple[str, str], int], list[Defect]]:
    """Return unique used routes sorted by mode and name, the row of each (feed, route id), and what was bent."""
    n_listed = int(raw.duplicated("route_id").sum())
    used = raw[raw["is_used"]]
    first_agency = used.drop_duplicates("route_id").set_index("route_id")["agency"]
    other = (used["agency"] != used["route_id"].map(first_agency)).to_numpy()
    key = used["route_id"].where(~other, used["feed_id"] + ":" + used["route_id"])
    routes = used.assign(route_id=key).drop_duplicates("route_id")
    order = sorted(
        range(len(routes)), key=lambda n: (routes["mode"].iloc[n] == "bus", *_natural(routes["route_id"].iloc[n]))
    )
    routes = routes.iloc[order].drop(columns=["feed_id", "is_used"]).reset_index(drop=True)
    row = {route_id: ix for ix, route_id in enumerate(routes["route_id"])}
    keys = zip(used["feed_id"], used["route_id"], strict=True)
    key_ix = {pair: row[route_id] for pair, route_id in zip(keys, key, strict=True)}
    n_idle = int(raw["route_id"].nunique() - len(routes))
    counted = (
        ("routes-listed-twice", n_listed, "routes are listed by more than one feed: kept once, where trips run"),
        ("routes-without-trips", n_idle, "listed routes have no trip on the days we keep: left out"),
        ("route-id-clash", int(other.sum()), "routes of another agency share an id: named `feed:id`"),
    )
    return routes, key_ix, [Defect(code, n, what) for code, n, what in counted if n]


def _feed_trips(feed: Feed, calls: StopTimes, route_key_ix: dict[tuple[str, str], int]) -> pd.DataFrame:
    table = feed.tables["trips"].iloc[np.unique(calls.trip_ix)].reset_index(drop=True)
    return pd.DataFrame(
        {
            "feed_id": feed.feed_id,
            "trip_id": table["trip_id"],
            "service_id": table["service_id"],
            "headsign": table["trip_headsign"],
            "direction": (table["direction_id"] == "1").astype(np.int32),
            "route_ix": [route_key_ix[feed.feed_id, route_id] for route_id in table["route_id"]],
            "shape_id": table["shape_id"],
        }
    )


def _long_enough(calls: StopTimes) -> tuple[StopTimes, Int64Array, int]:
    """Leave out trips with one call; return the rest, the number of calls of each trip, and how many were left out."""
    _, which, n_calls = np.unique(calls.trip_ix, return_inverse=True, return_counts=True)
    keep = n_calls[which] >= 2
    return calls.at(keep), n_calls[n_calls >= 2], int((n_calls < 2).sum())


def _stations(feeds: Sequence[Feed], stops: pd.DataFrame, crs: str) -> pd.DataFrame:
    """Return the parent stations of the stops: station_id, name, mode, x, y, sorted by id."""
    mode = stops[stops["parent_station"] != ""].drop_duplicates("parent_station").set_index("parent_station")["mode"]
    tables = [feed.tables["stops"].assign(feed_id=feed.feed_id) for feed in feeds]
    table = pd.concat(tables, ignore_index=True)
    table = table[table["stop_id"].isin(mode.index)].drop_duplicates("stop_id").sort_values("stop_id")
    x, y = _project(_degrees(table["stop_lon"], "stations"), _degrees(table["stop_lat"], "stations"), crs)
    return pd.DataFrame(
        {
            "station_id": table["stop_id"].to_numpy(),
            "name": table["stop_name"].to_numpy(),
            "mode": mode.reindex(table["stop_id"]).to_numpy(),
            "x": x,
            "y": y,
        }
    )


def _mode(route_type: str) -> str:
    if not route_type.isdecimal():
        raise InputError(f"route_type {route_type!r} is not a number")
    code = int(route_type)
    return _MODES.get(code, {1: "rail", 2: "bus", 4: "subway", 7: "bus", 9: "tram"}.get(code // 100, "other"))


def _degrees(values: pd.Series[str], where: str) -> npt.NDArray[np.float64]:
    numbers = pd.to_numeric(values, errors="coerce").to_numpy(dtype=np.float64)
    if not (np.abs(numbers) <= 180).all():
        raise InputError(f"{where}: {int((~(np.abs(numbers) <= 180)).sum()):,} stops in use have no place on the map")
    return numbers


def _project(
    lon: npt.NDArray[np.float64], lat: npt.NDArray[np.float64], crs: str
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return x, y in metres, rounded to decimetres."""
    x, y = Transformer.from_crs("EPSG:4326", crs, always_xy=True).transform(lon, lat)
    return np.round(x, 1), np.round(y, 1)


def _natural(name: str) -> tuple[str, int, str]:
    """Sort key that puts B9 before B10."""
    match = re.match(r"(\D*)(\d*)(.*)", name)
    assert match is not None
    return match[1], int(match[2] or 0), match[3]


def _morton_order(x: npt.NDArray[np.float64], y: npt.NDArray[np.float64]) -> npt.NDArray[np.intp]:
    """Return the order along a Z-curve: near stops get near rows, which keeps the search's memory reads together."""

    def spread(values: npt.NDArray[np.float64]) -> npt.NDArray[np.uint64]:
        cells = ((values - values.min()) / 4.0).astype(np.uint64)
        bits = np.zeros(len(cells), dtype=np.uint64)
        for bit in range(16):
            bits |= ((cells >> np.uint64(bit)) & np.uint64(1)) << np.uint64(2 * bit)
        return bits

    if len(x) == 0:
        return np.zeros(0, dtype=np.intp)
    return np.argsort(spread(x) | (spread(y) << np.uint64(1)), kind="stable")
