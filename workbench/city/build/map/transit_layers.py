"""Map layers of lines and stations: which lines run where, side by side on shared tracks, and who calls at a station."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from workbench.city.streets.derived.from_blocks import LineThinner
from workbench.city.timetable import Timetable

__all__ = ["bus_lines", "station_lines", "subway_lines"]

ROUTE_SIMPLIFY_M = 8.0
_TRUNK_M = 60.0
"""Subway lines closer than this share a trunk: colors are drawn side by side, metres."""
_SHORTEST_RUN_M = 250.0
"""Shorter stretches of a trunk keep the place of the stretch before, metres: no flicker at crossings."""
_STEP_M = 25.0
"""Trunks are looked for at points this far apart, metres."""
_COMPLEX_M = 180.0
"""Stations of one name closer than this, each to the next, are written once, metres."""
_DAY_S = (7 * 3600, 20 * 3600)
"""A station shows the routes of the day, not those of the night, seconds of the service day."""
_FEWEST_CALLS = 12
"""Routes with fewer calls by day are left out while others have more: trips to and from the yard, detours."""

Line = tuple[shapely.Geometry, dict[str, Any]]


def bus_lines(shapes: gpd.GeoDataFrame, routes: pd.DataFrame) -> list[Line]:
    """Return each bus route: `route` (its id), `name`, `color`."""
    lines: list[Line] = []
    for route_ix, own in shapes.groupby("route_ix", sort=True):
        parts = shapely.simplify(_merged(own, same_m=25.0), ROUTE_SIMPLIFY_M)
        row = routes.iloc[route_ix]
        properties = {"route": row["route_id"], "name": row["short_name"], "color": row["color"]}
        lines.append((shapely.multilinestrings(list(parts)), properties))
    return lines


def subway_lines(shapes: gpd.GeoDataFrame, routes: pd.DataFrame) -> list[Line]:
    """
    Return the tracks of each color, cut where the routes on them or the colors beside them change.

    Properties: `routes` (their names, e.g. `1 2 3`), `color`, `offset` (place beside the other colors of a trunk, in line
    widths to the right).
    """
    shapes = shapes.assign(color=routes["color"].to_numpy()[shapes["route_ix"]])
    by_color = dict(list(shapes.groupby("color", sort=True)))
    tracks = {color: _simple_union(own) for color, own in by_color.items()}
    lines: list[Line] = []
    for color, own in by_color.items():
        by_route = {int(route_ix): _simple_union(part) for route_ix, part in own.groupby("route_ix", sort=True)}
        pieces: dict[tuple[float, str], list[shapely.LineString]] = {}
        for part in _merged(own, same_m=40.0):
            for offset, riding, piece in _cut(part, color, tracks, by_route):
                pieces.setdefault((offset, " ".join(route_names(riding, routes))), []).append(piece)
        for (offset, names), found in sorted(pieces.items()):
            properties = {"routes": names, "color": color, "offset": offset}
            lines.append((shapely.multilinestrings(found), properties))
    return lines


def station_lines(
    stations: pd.DataFrame, stops: pd.DataFrame, routes: pd.DataFrame, timetable: Timetable | None
) -> list[dict[str, Any]]:
    """
    Return the properties of each station: `name`, `mode`; on one of several of a name, the one that carries it on the
    map, `lines` (`1#d82233 7#9a38a1`: names and colors of the routes that call there by day) and `rank` (1: four routes
    or more, 2: two or three, 3: one).
    """
    calling = _routes_by_station(stations, stops, timetable)
    complexes = _complexes(stations)
    properties: list[dict[str, Any]] = [
        {"name": name, "mode": mode} for name, mode in zip(stations["name"], stations["mode"], strict=True)
    ]
    for members in complexes:
        found = sorted(frozenset().union(*(calling[member] for member in members)))
        first = max(members, key=lambda member: (len(calling[member]), -member))
        names = _named(found, routes)
        properties[first]["lines"] = " ".join(f"{name}{color}" for name, color in names)
        properties[first]["rank"] = 1 if len(names) > 3 else 2 if len(names) > 1 else 3
    return properties


def route_names(route_ixs: Sequence[int], routes: pd.DataFrame) -> list[str]:
    """Return the names of routes, each once."""
    return [name for name, _ in _named(route_ixs, routes)]


def _named(route_ixs: Sequence[int], routes: pd.DataFrame) -> list[tuple[str, str]]:
    """Return names and colors, each once. An express named a letter more than its local (`6X`) goes by the local's."""
    known = set(routes["short_name"])
    rows = routes.iloc[list(route_ixs)]
    names = [name[:-1] if name[-1:] == "X" and name[:-1] in known else name for name in rows["short_name"].astype(str)]
    return list(dict.fromkeys(zip((name.replace(" ", "\u00a0") for name in names), rows["color"], strict=True)))


def _routes_by_station(
    stations: pd.DataFrame, stops: pd.DataFrame, timetable: Timetable | None
) -> list[frozenset[int]]:
    """Return for each station the rows of the routes that call there by day."""
    if timetable is None:
        return [frozenset()] * len(stations)
    row = {station_id: ix for ix, station_id in enumerate(stations["station_id"])}
    station_of_stop = np.array([row.get(parent, -1) for parent in stops["parent_station"]], dtype=np.int64)
    n_calls: dict[int, dict[int, int]] = {}
    for pattern in range(timetable.n_patterns):
        calls = slice(*timetable.pattern_stop_indptr[pattern : pattern + 2])
        at = station_of_stop[timetable.pattern_stop_ix[calls]]
        if (at < 0).all():
            continue
        times = timetable.departure_s[slice(*timetable.pattern_time_indptr[pattern : pattern + 2])].reshape(-1, len(at))
        by_day = ((times >= _DAY_S[0]) & (times < _DAY_S[1])).sum(axis=0)
        route_ix = int(timetable.pattern_route_ix[pattern])
        for station, count in zip(at.tolist(), by_day.tolist(), strict=True):
            if station >= 0:
                of_station = n_calls.setdefault(station, {})
                of_station[route_ix] = of_station.get(route_ix, 0) + count
    return [_usual(n_calls.get(station, {})) for station in range(len(stations))]


def _usual(n_calls: Mapping[int, int]) -> frozenset[int]:
    usual = frozenset(route_ix for route_ix, count in n_calls.items() if count >= _FEWEST_CALLS)
    return usual or frozenset(n_calls)


def _complexes(stations: pd.DataFrame) -> list[list[int]]:
    """Return the rows of stations that share a name and lie near each other, each group sorted."""
    x, y = stations["x"].to_numpy(), stations["y"].to_numpy()
    groups = []
    for rows in pd.Series(np.arange(len(stations))).groupby(stations["name"].to_numpy(), sort=True):
        left = [int(row) for row in rows[1]]
        while left:
            group = [left.pop(0)]
            for member in group:
                near = [other for other in left if np.hypot(x[other] - x[member], y[other] - y[member]) <= _COMPLEX_M]
                group += near
                left = [other for other in left if other not in near]
            groups.append(sorted(group))
    return groups


def _merged(shapes: gpd.GeoDataFrame, *, same_m: float) -> list[shapely.LineString]:
    """Return what shapes cover, each street once: the longest, then what the others add."""
    lines = sorted(shapes.geometry.values, key=lambda line: -round(line.length, 1))
    thinner = LineThinner(tuple(shapely.total_bounds(lines)), same_m=same_m)
    return [part for line in lines for part in thinner.keep_new(line)]


def _simple_union(shapes: gpd.GeoDataFrame) -> shapely.Geometry:
    union = shapely.union_all(shapely.simplify(shapes.geometry.values, ROUTE_SIMPLIFY_M))
    shapely.prepare(union)
    return union


def _cut(
    line: shapely.LineString,
    color: str,
    tracks: Mapping[str, shapely.Geometry],
    by_route: Mapping[int, shapely.Geometry],
) -> list[tuple[float, tuple[int, ...], shapely.LineString]]:
    """Cut a line where the colors beside it or its routes change; pieces point north or east: offsets agree."""
    along = np.append(np.arange(0.0, line.length, _STEP_M), line.length)
    points = shapely.line_interpolate_point(line, along)
    beside = np.array([shapely.dwithin(points, other, _TRUNK_M) | (name == color) for name, other in tracks.items()])
    place = list(tracks).index(color)
    offset = beside[:place].sum(axis=0) - (beside.sum(axis=0) - 1) / 2
    riding = np.array([shapely.dwithin(points, track, _TRUNK_M) for track in by_route.values()])
    pieces = []
    for start, end in _runs(np.vstack([offset, riding])):
        piece = shapely.simplify(shapely.LineString(points[start : end + 1]), ROUTE_SIMPLIFY_M)
        dx, dy = np.subtract(piece.coords[-1], piece.coords[0])
        here = riding[:, start : end + 1].mean(axis=1) > 0.5
        routes = tuple(route_ix for route_ix, is_here in zip(by_route, here, strict=True) if is_here)
        pieces.append((float(np.median(offset[start:end])), routes, piece if dx + dy >= 0 else piece.reverse()))
    return pieces


def _runs(states: npt.NDArray[np.float64]) -> list[tuple[int, int]]:
    """Return first and last point of each stretch of one state (a column each); short stretches join the one before."""
    cuts = [0]
    for n in range(1, states.shape[1]):
        if (states[:, n] != states[:, cuts[-1]]).any() and (n - cuts[-1]) * _STEP_M >= _SHORTEST_RUN_M:
            cuts.append(n)
    ends = [*cuts[1:], states.shape[1] - 1]
    return [(start, end) for start, end in zip(cuts, ends, strict=True) if end > start]
