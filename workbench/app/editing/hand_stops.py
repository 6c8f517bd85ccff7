"""One act on a stop of the drawn route: moved, added, removed. From then on its stops are those placed by hand."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import shapely

from workbench.city.city import City
from workbench.errors import InputError
from workbench.scenario import AddRoute, AppliedRoute, HandStop, PlacedStops, Scenario, apply_scenario
from workbench.scenario.boundary import check_place_inside, line_in_metres, metres_to_lonlat
from workbench.scenario.drawn.by_hand import APART_M, HAND_LIMIT_M

__all__ = ["Changed", "change_stop"]

FloatArray = npt.NDArray[np.float64]
Place = tuple[float, float]

SAME_M = 30.0
"""A stop this near to where the map showed it is the one that is meant, metres."""


class Changed(NamedTuple):
    """Stops after one act."""

    stops: tuple[HandStop, ...]
    words: str


def change_stop(
    city: City, scenario: Scenario, way: int, act: str, *, at: Place, to: Place | None = None, by_m: float = 0.0
) -> Changed:
    """
    Return the stops of one way of the drawn route, the last one of a scenario, after one act.

    Parameters
    ----------
    city
        The city.
    scenario
        What is on the table.
    way
        0 for the way out, 1 for a way back along other streets.
    act
        `move` (to a place, or by metres along the line), `add` or `remove`.
    at
        Where the stop stands, (lon, lat); with `add`, the new place.
    to
        Where it shall stand; a bus stop of today within the snapping distance is used, else the nearest place on the line.
    by_m
        Metres along the line, negative for back, where `to` is None.

    Raises
    ------
    InputError
        In one sentence, why that cannot be.
    ScenarioError
        What is wrong with the drawing.
    """
    route = _drawn(city, scenario)
    placed = route.stops if way == 0 or route.back_stops is None else route.back_stops
    line_lonlat = route.edit.line_lonlat if way == 0 else route.edit.line_back_lonlat
    line = shapely.LineString(line_in_metres(line_lonlat, city.crs))
    stops = list(_as_hand_stops(placed, city))
    if act == "add":
        return _added(city, route.edit, line, placed, stops, at)
    n = _nearest(placed, line_in_metres((at,), city.crs)[0])
    if act == "remove":
        if len(stops) <= 2:
            raise InputError("a route needs at least two stops")
        del stops[n]
        return Changed(tuple(stops), f"Stop {n + 1} ({placed.name[n]}) is taken away.")
    low = placed.along_m[n - 1] + APART_M if n > 0 else 0.0
    high = placed.along_m[n + 1] - APART_M if n + 1 < len(stops) else line.length
    if to is None:
        stops[n] = _on_line(city, line, float(np.clip(placed.along_m[n] + by_m, low, high)))
        return Changed(tuple(stops), f"Stop {n + 1} is moved {abs(by_m):.0f} m {'on' if by_m > 0 else 'back'}.")
    stops[n], word = _put(city, route.edit, line, line_in_metres((to,), city.crs)[0], low, high)
    return Changed(tuple(stops), f"Stop {n + 1} is moved{word}.")


def _drawn(city: City, scenario: Scenario) -> AppliedRoute:
    edit = next((edit for edit in reversed(scenario.edits) if isinstance(edit, AddRoute)), None)
    if edit is None:
        raise InputError("nothing is drawn yet: draw a line on the map first")
    return apply_scenario(scenario, city, service=edit.days[0]).routes[-1]


def _as_hand_stops(placed: PlacedStops, city: City) -> tuple[HandStop, ...]:
    lonlat = metres_to_lonlat(placed.xy, city.crs).round(6).tolist()
    ids = city.stops["stop_id"].to_numpy(dtype=str)
    return tuple(
        HandStop(lon, lat, str(ids[ix]) if 0 <= ix < city.n_stops else "")
        for (lon, lat), ix in zip(lonlat, placed.stop_ix.tolist(), strict=True)
    )


def _nearest(placed: PlacedStops, xy: FloatArray) -> int:
    gap_m = np.hypot(*(placed.xy - xy).T)
    if gap_m.min() > SAME_M:
        raise InputError("the stops have changed meanwhile; try again")
    return int(gap_m.argmin())


def _added(
    city: City, edit: AddRoute, line: shapely.LineString, placed: PlacedStops, stops: list[HandStop], at: Place
) -> Changed:
    xy = line_in_metres((at,), city.crs)[0]
    if line.distance(shapely.Point(xy)) > HAND_LIMIT_M:
        raise InputError(f"that is more than {HAND_LIMIT_M:g} m from the route: click nearer to it")
    along_m = float(line.project(shapely.Point(xy)))
    n = int(np.searchsorted(placed.along_m, along_m))
    low = placed.along_m[n - 1] + APART_M if n > 0 else 0.0
    high = placed.along_m[n] - APART_M if n < len(stops) else line.length
    if low > high or not low - APART_M <= along_m <= high + APART_M:
        raise InputError(f"there is a stop already: two stops are at least {APART_M:g} m apart")
    stop, word = _put(city, edit, line, xy, low, high)
    return Changed((*stops[:n], stop, *stops[n:]), f"Stop {n + 1} is added{word}.")


def _put(
    city: City, edit: AddRoute, line: shapely.LineString, xy: FloatArray, low: float, high: float
) -> tuple[HandStop, str]:
    """Return a stop at a place: a bus stop of today near it that the line passes between the neighbours, else on the line."""
    table = city.stops
    rows = np.flatnonzero((table["mode"] == "bus").to_numpy())
    places = table[["x", "y"]].to_numpy(dtype=np.float64)[rows]
    gap_m = np.hypot(*(places - xy).T)
    for k in np.flatnonzero(gap_m <= edit.snap_m)[np.argsort(gap_m[gap_m <= edit.snap_m])].tolist():
        there = shapely.Point(places[k])
        if low <= line.project(there) <= high and line.distance(there) <= HAND_LIMIT_M:
            row = table.iloc[rows[k]]
            return HandStop(float(row["lon"]), float(row["lat"]), str(row["stop_id"])), f" to {row['stop_name']}"
    return _on_line(city, line, float(np.clip(line.project(shapely.Point(xy)), low, high))), ""


def _on_line(city: City, line: shapely.LineString, along_m: float) -> HandStop:
    xy = shapely.get_coordinates(line.interpolate(along_m))
    lon, lat = (round(float(part), 6) for part in metres_to_lonlat(xy, city.crs)[0])
    found = check_place_inside((lon, lat), city, "the stop")
    if found:
        raise InputError("nobody can wait on the water: a stop stands on land")
    return HandStop(lon, lat)
