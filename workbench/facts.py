"""A scenario in the words of scoring, which knows nothing of scenarios: routes, stops, assumptions, places with names."""

from __future__ import annotations

import dataclasses

import numpy as np

from workbench.city import NO_JOBS, City
from workbench.network import SearchParams, Window
from workbench.scenario import SPEED_WORDS, AppliedRoute, AppliedScenario, PlacedStops, metres_to_lonlat
from workbench.scoring import (
    Assumption,
    Before,
    ChangedService,
    Changes,
    LosingPair,
    RouteChange,
    RouteOperation,
    RouteShape,
    changed_service,
    stops_after,
    tables_of,
    worst_pairs,
)

__all__ = [
    "assumptions_of",
    "changed_services",
    "losing_pairs",
    "named_pairs",
    "neighborhoods",
    "operation_of",
    "route_changes",
    "served_places",
    "shape_of",
]

FloatArray = np.ndarray[tuple[int, ...], np.dtype[np.float64]]
IntArray = np.ndarray[tuple[int, ...], np.dtype[np.int64]]


def route_changes(applied: AppliedScenario) -> tuple[RouteChange, ...]:
    """Hand changed routes to scoring, which knows nothing of scenarios."""
    return tuple(RouteChange(route.route_id, route.name, route.before, route.after) for route in applied.changed)


def served_places(applied: AppliedScenario, service: str) -> FloatArray:
    """Return the places of all stops of new routes, and of changed routes as they run on a day: (n, 2) metres."""
    new = [way.xy for route in applied.routes for way in route.ways]
    return np.concatenate([np.zeros((0, 2)), *new, stops_after(route_changes(applied), service, applied.places)])


def changed_services(applied: AppliedScenario, city: City, window: Window) -> tuple[ChangedService, ...]:
    """Return what to say and draw of every existing route that changes."""
    return tuple(_changed_of(change, applied, city, window) for change in route_changes(applied))


def _changed_of(change: RouteChange, applied: AppliedScenario, city: City, window: Window) -> ChangedService:
    """Return what to say and draw of a changed route: the stops of its commonest trips, of today where none is left."""
    patterns = change.after.get(window.service) or change.before.get(window.service) or ()
    stops: list[tuple[float, float, str]] = []
    if patterns:
        stop_ix = max(patterns, key=lambda pattern: pattern.arrival_s.size).stop_ix
        lonlat = metres_to_lonlat(applied.places[stop_ix], city.crs)
        names = [city.stops["stop_name"].iloc[stop] if stop < city.n_stops else "New stop" for stop in stop_ix]
        stops = [(float(lon), float(lat), str(name)) for (lon, lat), name in zip(lonlat, names, strict=True)]
    return changed_service(change, window.service, window, stops)


def operation_of(route: AppliedRoute) -> RouteOperation:
    """Hand a route to scoring, which knows nothing of scenarios."""
    ends_m = float(np.hypot(*(route.stops.xy[-1] - route.stops.xy[0])))
    return RouteOperation(
        length_m=route.length_m,
        n_stops=_n_stops(route),
        headway_s=route.edit.headway_s,
        days=route.edit.days,
        times_s=route.times_s,
        cost_times_s=route.cost_times_s,
        is_loop=ends_m <= route.edit.spacing_m,
        back_length_m=route.back_length_m if route.back_stops is not None else None,
    )


def _n_stops(route: AppliedRoute) -> int:
    """Return how many stops a route has; where the way back has its own, each counts once."""
    if route.back_stops is None:
        return len(route.stops.name)
    return len({int(stop) for way in route.ways for stop in way.stop_ix})


def shape_of(route: AppliedRoute, city: City) -> RouteShape:
    """Return what to draw of a route."""
    edit, back = route.edit, None
    if route.back_stops is not None:
        back = RouteShape(f"{edit.route_id}-back", edit.line_back_lonlat, _named(route.back_stops, city))
    return RouteShape(edit.route_id, edit.line_lonlat, _named(route.stops, city), back)


def _named(stops: PlacedStops, city: City) -> tuple[tuple[float, float, str], ...]:
    """Return (lon, lat, name) of each stop."""
    lonlat = metres_to_lonlat(stops.xy, city.crs).tolist()
    return tuple((lon, lat, name) for (lon, lat), name in zip(lonlat, stops.name, strict=True))


def assumptions_of(applied: AppliedScenario, city: City, search: SearchParams, phases: int) -> tuple[Assumption, ...]:
    """Return what was chosen or found for each route, what the city's layers rest on, and what a journey may be."""
    return (*_route_assumptions(applied, phases), *_city_assumptions(city), *_search_assumptions(search))


def _route_assumptions(applied: AppliedScenario, phases: int) -> tuple[Assumption, ...]:
    """Return what was chosen or found for each route."""
    first = "at a seeded minute" if phases == 1 else f"at {phases} seeded minutes, the mean is shown"
    lines: list[Assumption] = []
    for route in applied.routes:
        edit, of = route.edit, f" of {route.edit.name}"
        lines += [
            Assumption(f"path{of}", "as drawn", "", "not matched to streets or one-way rules"),
            Assumption(f"headway{of}", edit.headway_s / 60, "min", "as drawn"),
            Assumption(f"first departure{of}", first, "", f"seed {edit.seed}, not a timetable"),
            Assumption(f"stop spacing{of}", round(edit.spacing_m), "m", "1,000 ft unless chosen otherwise"),
            Assumption(f"speed over today's buses{of}", edit.speed_factor, "times", "as drawn"),
        ]
        lines += [
            Assumption(f"length with speed from {SPEED_WORDS[source]}{of}", round(share, 3), "share", "timetable")
            for source, share in route.speed_share.items()
        ]
    for number, (words, granted) in enumerate(applied.change_words, 1):
        lines.append(Assumption(f"change {number}", words, "", granted))
    return tuple(lines)


def _city_assumptions(city: City) -> tuple[Assumption, ...]:
    """Return what the city pack says of the layers that figures of people and walks rest on."""
    rests_on = [source for source in city.sources if source.layer in ("people", "groups", "walking") and source.note]
    jobs = () if city.jobs is not None else (Assumption("jobs", "not in the pack", "", NO_JOBS),)
    return (*(Assumption(source.layer, source.name, "", source.note) for source in rests_on), *jobs)


def _search_assumptions(search: SearchParams) -> tuple[Assumption, ...]:
    """Return what a journey may be; the longest trip in minutes."""
    known = {one.name: one.metadata for one in dataclasses.fields(search)}
    values = {**dataclasses.asdict(search), "max_travel_s": search.max_travel_s / 60}
    units = {name: facts["unit"] for name, facts in known.items()} | {"max_travel_s": "min"}
    return tuple(
        Assumption(facts["label"], values[name], units[name], facts["source"]) for name, facts in known.items()
    )


def losing_pairs(city: City, before: Before, changes: Changes, residents: FloatArray) -> tuple[LosingPair, ...]:
    """Return the pairs that lose most, with names and places."""
    pairs = list(worst_pairs(changes, residents, neighborhoods(city), before.weight_by_s))
    ends = changes.origin_ix[pairs], changes.destination_ix[pairs]
    return named_pairs(city, ends, (changes.before_s[pairs], changes.after_s[pairs]), residents)


def neighborhoods(city: City) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    """Return a number for the neighborhood of each zone: (n_zones,)."""
    return tables_of(city).zone_name_ix


def named_pairs(
    city: City, ends: tuple[IntArray, IntArray], times_s: tuple[IntArray, IntArray], residents: FloatArray
) -> tuple[LosingPair, ...]:
    """Return pairs of zones with names and places; `times_s` are the medians before and after."""
    if len(ends[0]) == 0:
        return ()
    tables = tables_of(city)
    names, zone_ids = tables.zone_name, city.zones["zone_id"].to_numpy(dtype=str)
    places = [metres_to_lonlat(tables.zone_xy[zones], city.crs).tolist() for zones in ends]
    return tuple(
        LosingPair(
            from_zone_id=str(zone_ids[origin]),
            from_name=str(names[origin]),
            to_zone_id=str(zone_ids[destination]),
            to_name=str(names[destination]),
            residents=round(residents[origin]),
            before_min=round(float(before_s) / 60, 1),
            after_min=round(float(after_s) / 60, 1),
            from_lonlat=(start[0], start[1]),
            to_lonlat=(end[0], end[1]),
        )
        for origin, destination, before_s, after_s, start, end in zip(*ends, *times_s, *places, strict=True)
    )
