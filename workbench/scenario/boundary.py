"""Where a route may lie: the boroughs, the water between them, and a narrow margin. Projects drawn lines to metres."""

from __future__ import annotations

from functools import lru_cache
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import Transformer
from shapely.geometry.base import BaseGeometry

from workbench.city.city import City
from workbench.city.derived import derived_arrays
from workbench.errors import Level, Problem
from workbench.scenario.edits import AddRoute, where_of_added

__all__ = [
    "LENGTH_LIMITS_M",
    "check_inside",
    "check_line_inside",
    "check_place_inside",
    "city_land",
    "line_in_metres",
    "metres_to_lonlat",
]

FloatArray = npt.NDArray[np.float64]
Line = tuple[tuple[float, float], ...]

LENGTH_LIMITS_M = (300.0, 80_000.0)
"""Shortest and longest route: one stop spacing, and the length of the city from end to end twice over."""
MARGIN_M = 250.0
"""How far outside a point may lie: piers, sketchy fingers."""
CHANNEL_M = 1000.0
"""Water narrower than twice this, between two shores of the city, counts as inside: bridges cross it."""
OUTSIDE_LIMIT_M = 300.0
"""Longest part of a line between two points that may lie outside."""
BACK_LIMIT_M = 400.0
"""The way back must begin and end this near to the ends of the way out, metres: a quarter mile, two avenues."""
_DETAIL_M = 30.0

_shapes: WeakKeyDictionary[City, tuple[BaseGeometry, BaseGeometry]] = WeakKeyDictionary()


def check_inside(edit: AddRoute, city: City) -> list[Problem]:
    """Return what is wrong with the place and the length of a new route, and of its way back if that is another one."""
    where = where_of_added(edit)
    found = check_line_inside(edit.line_lonlat, city, where)
    back = edit.line_back_lonlat
    if not back:
        return found
    found += check_line_inside(back, city, f"{where}, way back")
    if not found and len(back) >= 2 and len(edit.line_lonlat) >= 2 and np.isfinite((*edit.line_lonlat, *back)).all():
        found += _check_ends(edit.line_lonlat, back, city, where)
    return found


def _check_ends(line: Line, back: Line, city: City, where: str) -> list[Problem]:
    """Say where the way back does not begin near the end of the way out, or does not end near its beginning."""
    ends = line_in_metres((line[-1], line[0], back[0], back[-1]), city.crs, drop_repeats=False)
    apart_m = np.hypot(*(ends[2:] - ends[:2]).T)
    words = ("begins {:,.0f} m from the end", "ends {:,.0f} m from the beginning")
    return [
        Problem(
            Level.ERROR,
            "line-back-ends",
            f"the way back {text.format(gap)} of the way out, at most {BACK_LIMIT_M:g} m are allowed",
            where,
        )
        for text, gap in zip(words, apart_m, strict=True)
        if gap > BACK_LIMIT_M
    ]


def check_line_inside(line_lonlat: Line, city: City, where: str, *, min_length_m: float | None = None) -> list[Problem]:
    """Return what is wrong with the place and the length of a line; a line no check could read is left to `check_edit`."""
    if len(line_lonlat) < 2 or not np.isfinite(line_lonlat).all():
        return []
    _, allowed = _city_shapes(city)
    drawn = line_in_metres(line_lonlat, city.crs, drop_repeats=False)
    outside = ~shapely.contains_xy(allowed, drawn[:, 0], drawn[:, 1])
    if outside.any():
        return [_outside_problem(line_lonlat, city, outside, where)]
    line = shapely.LineString(drawn)
    low, high = LENGTH_LIMITS_M
    low = low if min_length_m is None else min_length_m
    if not low <= line.length <= high:
        message = f"the route is {line.length:,.0f} m long, must be {low:,.0f} m to {high / 1000:,.0f} km"
        return [Problem(Level.ERROR, "line-length", message, where)]
    beyond_m = line.difference(allowed).length
    if beyond_m > OUTSIDE_LIMIT_M:
        message = (
            f"{beyond_m / 1000:.1f} km of the line lie outside {city.name} or on open water, "
            f"at most {OUTSIDE_LIMIT_M / 1000:g} km may: add points so that it follows streets and bridges"
        )
        return [Problem(Level.ERROR, "line-outside", message, where)]
    return []


def check_place_inside(place_lonlat: tuple[float, float], city: City, where: str) -> list[Problem]:
    """Return what is wrong with the place of a stop: it must be on land, or as near to it as a pier."""
    if len(place_lonlat) != 2 or not np.isfinite(place_lonlat).all():
        return []
    ((x, y),) = line_in_metres((place_lonlat,), city.crs)
    if bool(shapely.contains_xy(city_land(city).buffer(MARGIN_M), x, y)):
        return []
    lon, lat = place_lonlat
    message = f"its place is outside {city.name} or on water: latitude {lat:.4f}, longitude {lon:.4f}"
    return [Problem(Level.ERROR, "place-outside", message + _swapped(lon, lat, city), where)]


def city_land(city: City) -> BaseGeometry:
    """Return the land of a city, metres, without details below 30 m; stops are placed only there."""
    return _city_shapes(city)[0]


def line_in_metres(line_lonlat: tuple[tuple[float, float], ...], crs: str, *, drop_repeats: bool = True) -> FloatArray:
    """Return a drawn line in the city's CRS, (n_points, 2); points that repeat the one before are dropped."""
    lon, lat = np.array(line_lonlat, dtype=np.float64).reshape(-1, 2).T
    points = np.column_stack(_transformer("EPSG:4326", crs).transform(lon, lat))
    if not drop_repeats:
        return points
    keep = np.ones(len(points), dtype=np.bool_)
    keep[1:] = (np.diff(points, axis=0) != 0).any(axis=1)
    return points[keep]


def metres_to_lonlat(points: FloatArray, crs: str) -> FloatArray:
    """Return (n, 2) lon, lat of points in the city's CRS."""
    x, y = points.reshape(-1, 2).T
    return np.column_stack(_transformer(crs, "EPSG:4326").transform(x, y))


def _outside_problem(line_lonlat: Line, city: City, outside: npt.NDArray[np.bool_], where: str) -> Problem:
    """Say how many points are outside, where the first is, and whether the numbers look swapped."""
    first = int(np.flatnonzero(outside)[0])
    lon, lat = line_lonlat[first]
    n_points, n_outside = len(outside), int(outside.sum())
    count = f"the whole line lies outside {city.name}"
    if n_outside < n_points:
        count = f"{n_outside} of {n_points} points lie outside {city.name}"
    message = f"{count}: point {first + 1} is at latitude {lat:.4f}, longitude {lon:.4f}"
    return Problem(Level.ERROR, "line-outside", message + _swapped(lon, lat, city), where)


def _swapped(lon: float, lat: float, city: City) -> str:
    """Return a hint if two numbers make sense the other way round."""
    west, south, east, north = city.bounds_lonlat
    if south <= lon <= north and west <= lat <= east:
        return "; latitude and longitude seem to be swapped, GeoJSON puts longitude first"
    return ""


def _city_shapes(city: City) -> tuple[BaseGeometry, BaseGeometry]:
    """Return land and the allowed area, computed once for a city."""
    if city not in _shapes:
        arrays = derived_arrays(city, "land", None, made_by=("workbench.scenario.boundary",), build=lambda: _draw(city))
        land, allowed = (shapely.from_wkb(arrays[name].tobytes()) for name in ("land", "allowed"))
        shapely.prepare(land)
        shapely.prepare(allowed)
        _shapes[city] = land, allowed
    return _shapes[city]


def _draw(city: City) -> dict[str, npt.NDArray[np.uint8]]:
    """Return the same shapes as bytes of well-known binary, which keeps every coordinate as it is."""
    land = shapely.union_all(city.land.geometry.simplify(_DETAIL_M).to_numpy()).buffer(0)
    closed = land.buffer(CHANNEL_M, quad_segs=4).buffer(MARGIN_M - CHANNEL_M, quad_segs=4)
    allowed = closed.union(land.buffer(MARGIN_M, quad_segs=4))
    shapes = {"land": land, "allowed": allowed}
    return {name: np.frombuffer(shapely.to_wkb(shape), dtype=np.uint8) for name, shape in shapes.items()}


@lru_cache(maxsize=8)
def _transformer(source: str, target: str) -> Transformer:
    return Transformer.from_crs(source, target, always_xy=True)
