"""From a drawn line, two corners or a few handles to a line along streets; a pack without streets keeps what was drawn and says so."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt
import shapely

from workbench.city.city import City
from workbench.city.streets.afar import is_from_afar, lay_from_afar
from workbench.city.streets.matching import MatchedLine, MatchParams, match_line
from workbench.city.streets.snap import StreetIndex
from workbench.city.streets.turns import Arcs
from workbench.city.streets.via import find_handles, lay_through
from workbench.errors import InputError, NotFoundError
from workbench.scenario.boundary import line_in_metres, metres_to_lonlat
from workbench.scenario.drawn.corners import Corner, find_corner
from workbench.scenario.drawn.way_back import apart_m, find_way_back

__all__ = ["FollowedLine", "follow_streets", "handles_of", "lay_again", "line_between_corners", "way_between"]

Line = tuple[tuple[float, float], ...]
FloatArray = npt.NDArray[np.float64]

TIDY_M = 2.0
"""Points that bend a followed line less than this are left out, metres."""
SAME_M = 15.0
"""A line that differs less from one along streets is that one, metres."""
EXACT = MatchParams(step_m=25.0, limit_m=25.0, spread_m=5.0, quiet_cost=0.0)
"""For a line that was laid on streets before: nobody's hand shook."""
WAY_BACK = " One-way streets send the way back along other streets; it is scored there, with stops of its own."
FROM_AFAR = (
    "Your points are far apart, so the line takes the streets with few turns between them, near where you drew; "
    "drag it where it should run."
)
NO_STREETS = "This city has no street map, so the line was kept as it was drawn."

_arcs: WeakKeyDictionary[City, Arcs] = WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class FollowedLine:
    """A line laid on streets."""

    line_lonlat: Line
    """What to put into an edit: every bend of the streets."""
    back_lonlat: Line
    """The way back where one-way streets send it elsewhere; empty where it is the same line or not known."""
    share_on_street: float
    """Of its length, 0 to 1."""
    words: str
    """One or two sentences on what was done."""
    handles_lonlat: Line
    """The few places that keep the line on its streets: `lay_again` through them is the line again."""


def follow_streets(city: City, line_lonlat: Line) -> FollowedLine:
    """
    Lay a drawn line on the streets it was meant to follow, streets with buses preferred, one-way streets kept to.

    Points a mile apart and more mean no street in particular: then few turns count more than each bend of the line.

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
    arcs = _streets(city)
    if arcs is None:
        return _as_drawn(line_lonlat)
    drawn = line_in_metres(line_lonlat, city.crs)
    if is_from_afar(drawn):
        out = lay_from_afar(arcs, drawn)
        found = _followed(city, arcs, out, find_handles(arcs, out))
        return dataclasses.replace(found, words=f"{FROM_AFAR} {found.words}")
    out = match_line(arcs.index, drawn, arcs=arcs)
    return _followed(city, arcs, out, find_handles(arcs, out))


def lay_again(city: City, handles_lonlat: Line) -> FollowedLine:
    """
    Lay a line through handles in their order: the shortest way along streets from one to the next, few turns preferred.

    A handle without a street within 60 m is reached straight. Without a street graph the line is straight throughout.
    """
    arcs = _streets(city)
    if arcs is None:
        return _as_drawn(handles_lonlat)
    places = line_in_metres(handles_lonlat, city.crs)
    if len(places) < 2:
        raise InputError("a route needs at least two places that are not the same")
    found = _followed(city, arcs, lay_through(arcs, places), places)
    return FollowedLine(found.line_lonlat, found.back_lonlat, found.share_on_street, found.words, handles_lonlat)


def handles_of(city: City, line_lonlat: Line) -> Line:
    """Return the few places that keep a line on the streets it runs along already; none where it leaves them."""
    arcs = _streets(city)
    if arcs is None:
        return ()
    line = line_in_metres(line_lonlat, city.crs)
    found = match_line(arcs.index, line, arcs=arcs, params=EXACT)
    if apart_m(line, found.xy) > SAME_M:
        return ()
    return _lonlat(find_handles(arcs, found), city)


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
    places = tuple((corner.lon, corner.lat) for corner in found)
    if any(one == other for one, other in itertools.pairwise(places)):
        raise InputError("two corners in a row are the same place")
    if _streets(city) is None:
        words = (
            "This city has no street map, so the line runs straight from corner to corner: bend it to follow streets."
        )
        return FollowedLine(places, (), 0.0, words, places), found
    laid = lay_again(city, places)
    words = "The line is the shortest way a bus may take along streets; drag it where it should run."
    if laid.share_on_street < 0.995:
        words = (
            f"{1 - laid.share_on_street:.0%} of the line runs straight, because no way along streets was found there."
        )
    words += WAY_BACK if laid.back_lonlat else ""
    return FollowedLine(laid.line_lonlat, laid.back_lonlat, laid.share_on_street, words, places), found


def way_between(city: City, start: tuple[float, float], end: tuple[float, float]) -> Line:
    """Return the shortest way a bus may take along streets between two places (lon, lat); straight where none is known."""
    arcs = _streets(city)
    if arcs is None:
        return (start, end)
    way = lay_through(arcs, line_in_metres((start, end), city.crs, drop_repeats=False))
    return (start, end) if way.share_on_street == 0 or len(way.xy) < 2 else _lonlat(_tidied(way.xy), city)


def _followed(city: City, arcs: Arcs, out: MatchedLine, handles: FloatArray) -> FollowedLine:
    line = _tidied(out.xy)
    back = find_way_back(arcs, line)
    return FollowedLine(
        _lonlat(line, city),
        () if back is None else _lonlat(_tidied(back), city),
        out.share_on_street,
        _words(out.share_on_street, back is not None),
        _lonlat(handles, city),
    )


def _as_drawn(line_lonlat: Line) -> FollowedLine:
    return FollowedLine(line_lonlat, (), 0.0, NO_STREETS, line_lonlat)


def _streets(city: City) -> Arcs | None:
    """Return the streets made ready, once for a city; None where the pack has none."""
    if city not in _arcs:
        try:
            graph = city.load_streets()
        except NotFoundError:
            graph = None
        if graph is None:
            return None
        _arcs[city] = Arcs(StreetIndex(graph))
    return _arcs[city]


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
