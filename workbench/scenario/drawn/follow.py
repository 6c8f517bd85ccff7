"""From a drawn line, or two corners, to a line along streets; a pack without streets keeps what was drawn and says so."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt
import shapely

from workbench.city.city import City
from workbench.city.streets.matching import match_line
from workbench.city.streets.snap import StreetIndex
from workbench.errors import InputError, NotFoundError
from workbench.scenario.boundary import line_in_metres, metres_to_lonlat
from workbench.scenario.drawn.corners import Corner, find_corner
from workbench.scenario.drawn.way_back import APART_M, apart_m, find_way_back

__all__ = ["FollowedLine", "follow_streets", "line_between_corners", "way_between"]

Line = tuple[tuple[float, float], ...]
FloatArray = npt.NDArray[np.float64]

TIDY_M = 2.0
"""Points that bend a followed line less than this are left out, metres."""
WAY_BACK = " One-way streets send the way back along other streets; it is scored there, with stops of its own."
NO_STREETS = "This city has no street map, so the line was kept as it was drawn."

_index: WeakKeyDictionary[City, StreetIndex] = WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class FollowedLine:
    """A line laid on streets."""

    line_lonlat: Line
    """What to put into an edit."""
    back_lonlat: Line
    """The way back where one-way streets send it elsewhere; empty where it is the same line or not known."""
    share_on_street: float
    """Of its length, 0 to 1."""
    words: str
    """One or two sentences on what was done."""


def follow_streets(city: City, line_lonlat: Line) -> FollowedLine:
    """
    Lay a drawn line on the streets it was meant to follow, streets with buses preferred, one-way streets kept to.

    Parameters
    ----------
    city
        The city; without a street graph the line is returned as it is.
    line_lonlat
        (lon, lat) of each drawn point, in the direction of travel.

    Raises
    ------
    InputError
        If the line has fewer than two points or is not finite.
    """
    index = _streets(city)
    if index is None:
        return FollowedLine(line_lonlat, (), 0.0, NO_STREETS)
    drawn = line_in_metres(line_lonlat, city.crs)
    out = match_line(index, drawn)
    line = _tidied(out.xy)
    back = find_way_back(index, drawn, line)
    return FollowedLine(
        _lonlat(line, city),
        () if back is None else _lonlat(_tidied(back), city),
        out.share_on_street,
        _words(out.share_on_street, back is not None),
    )


def line_between_corners(city: City, corners: Sequence[str]) -> tuple[FollowedLine, tuple[Corner, ...]]:
    """
    Return the shortest way for a bus through corners named by their streets, in their order; straight without streets.

    Raises
    ------
    InputError
        If a text names no corner or several, there are fewer than two, or two in a row are one.
    """
    if len(corners) < 2:
        raise InputError(f"{len(corners)} corners are named, a route needs at least 2")
    found = tuple(find_corner(city, text) for text in corners)
    places = [(corner.lon, corner.lat) for corner in found]
    if any(one == other for one, other in itertools.pairwise(places)):
        raise InputError("two corners in a row are the same place")
    index = _streets(city)
    if index is None:
        words = (
            "This city has no street map, so the line runs straight from corner to corner: bend it to follow streets."
        )
        return FollowedLine(tuple(places), (), 0.0, words), found
    xy = line_in_metres(tuple(places), city.crs)
    line, share = _through(index, xy)
    way_back, share_back = _through(index, xy[::-1])
    differs = share_back > 0 and apart_m(line, way_back) > APART_M
    words = "The line is the shortest way a bus may take along streets; drag it where it should run."
    if share < 0.995:
        words = f"{1 - share:.0%} of the line runs straight, because no way along streets was found there."
    words += WAY_BACK if differs else ""
    return FollowedLine(_lonlat(line, city), _lonlat(way_back, city) if differs else (), share, words), found


def _through(index: StreetIndex, xy: FloatArray) -> tuple[FloatArray, float]:
    """Return the shortest way through places in their order, and the share of it along streets."""
    legs = [index.path((a[0], a[1]), (b[0], b[1])) for a, b in itertools.pairwise(xy)]
    parts = [leg.xy if leg is not None else xy[n : n + 2] for n, leg in enumerate(legs)]
    on_street_m = sum(leg.length_m for leg in legs if leg is not None)
    total_m = sum(float(shapely.LineString(part).length) for part in parts)
    return _tidied(np.concatenate(parts)), min(1.0, on_street_m / total_m) if total_m > 0 else 0.0


def way_between(city: City, start: tuple[float, float], end: tuple[float, float]) -> Line:
    """Return the shortest way a bus may take along streets between two places (lon, lat); straight where none is known."""
    index = _streets(city)
    a, b = line_in_metres((start, end), city.crs, drop_repeats=False)
    path = None if index is None else index.path((float(a[0]), float(a[1])), (float(b[0]), float(b[1])))
    return (start, end) if path is None or len(path.xy) < 2 else _lonlat(_tidied(path.xy), city)


def _streets(city: City) -> StreetIndex | None:
    """Return the streets made ready, once for a city; None where the pack has none."""
    if city not in _index:
        try:
            graph = city.load_streets()
        except NotFoundError:
            graph = None
        if graph is None:
            return None
        _index[city] = StreetIndex(graph)
    return _index[city]


def _tidied(xy: FloatArray) -> FloatArray:
    line = shapely.LineString(xy).simplify(TIDY_M)
    return np.asarray(shapely.get_coordinates(line), dtype=np.float64)


def _lonlat(xy: FloatArray, city: City) -> Line:
    return tuple((round(float(lon), 6), round(float(lat), 6)) for lon, lat in metres_to_lonlat(xy, city.crs))


def _words(share: float, differs: bool) -> str:
    said = f"{share:.0%} of the line follows streets."
    if share < 0.995:
        said += " Where no street was near, it stays as drawn."
    if differs:
        said += WAY_BACK
    return said
