"""What a scenario changes, in words; and what each kind of edit takes for granted."""

from __future__ import annotations

from workbench.city.city import City
from workbench.scenario.edits import LAST_SECOND, SERVICES, AddRoute
from workbench.scenario.existing import (
    AddStop,
    AllDoorBoarding,
    ChangeSpan,
    ChangeSpeed,
    MoveStop,
    RemoveRoute,
    RemoveStop,
    RemoveTrips,
    Reroute,
    SetHeadway,
)
from workbench.scenario.formats.fields import clock_text
from workbench.scenario.kinds import Edit
from workbench.scenario.today.bus_priority import BUS_PRIORITY
from workbench.scenario.today.toward import goes_to

__all__ = ["describe_edit", "taken_for_granted"]

_Directed = AddStop | AllDoorBoarding | ChangeSpan | ChangeSpeed | RemoveTrips | Reroute | SetHeadway

_GRANTED: dict[type[Edit], str] = {
    RemoveRoute: "everything else runs as today",
    RemoveTrips: "all other trips run as today",
    SetHeadway: "each new trip takes the stops and running times of the trip of today nearest in time; a seeded minute",
    MoveStop: "the timetable stays as it is",
    RemoveStop: "the times at all other stops stay as they are: no time is said to be saved",
    AddStop: "running time shared by distance; every later stop is put off by the time lost",
    Reroute: "path as drawn, speeds of today's buses nearby, time after the new way shifted",
    ChangeSpeed: "time at stops stays; a bus never overtakes the one before on the same stops",
    ChangeSpan: "added buses take the stops and times of today's first or last trip; a trip counts where it begins",
}


def describe_edit(edit: Edit, city: City) -> str:
    """Return one sentence that says what an edit changes, with the names people know."""
    if isinstance(edit, AddRoute):
        back = ", by streets of its own on the way back" if edit.line_back_lonlat else ""
        by_hand = (
            f", {len(edit.stops) + len(edit.stops_back)} stops placed by hand" if edit.stops or edit.stops_back else ""
        )
        return f"Adds {edit.name}, a bus every {edit.headway_s / 60:g} min{back}{by_hand}."
    sentence = _sentence(edit, city)
    days = "" if edit.days == SERVICES else f" ({', '.join(edit.days)})"
    return f"{sentence[:1].upper()}{sentence[1:]}{days}."


def taken_for_granted(edit: Edit) -> str:
    """Return what the figures of an edit rest on."""
    if isinstance(edit, AllDoorBoarding):
        return (
            f"{edit.dwell_share:.0%} of the trip is spent at stops (all New York buses 2017: 22%), {edit.saving_share:.0%} of "
            "that is saved (San Francisco 2014: 38%; New York's Bx12 without fares at most 84%)"
        )
    if isinstance(edit, ChangeSpeed) and edit.measure:
        built = BUS_PRIORITY[edit.measure]
        return f"{_GRANTED[ChangeSpeed]}; {built.label}: {built.source}"
    return _GRANTED.get(type(edit), "as drawn")


def _sentence(edit: Edit, city: City) -> str:
    if isinstance(edit, RemoveRoute):
        return f"Removes {_route(edit.route_id, city)}"
    if isinstance(edit, RemoveTrips):
        trips = f"{len(edit.trip_ids):,} trips" if edit.trip_ids else "trips"
        return f"Removes {trips} of {_way(edit, city)}{_band(edit.start_s, edit.end_s)}"
    if isinstance(edit, SetHeadway):
        every = f"a bus every {edit.headway_s / 60:g} min"
        return f"{_way(edit, city)}: {every}{_band(edit.start_s, edit.end_s)}"
    if isinstance(edit, MoveStop):
        lon, lat = edit.place_lonlat
        return f"Moves stop {_stop(edit.stop_id, city)} to {lat:.5f}, {lon:.5f}{_routes(edit.route_ids, city)}"
    if isinstance(edit, RemoveStop):
        return f"Removes stop {_stop(edit.stop_id, city)}{_routes(edit.route_ids, city)}"
    if isinstance(edit, AddStop):
        new = f"stop {_stop(edit.stop_id, city)}" if edit.stop_id else "a new stop"
        return f"{_way(edit, city)} also stops at {new} after {_stop(edit.after_stop_id, city)}"
    if isinstance(edit, Reroute):
        return _rerouted(edit, city)
    if isinstance(edit, ChangeSpan):
        span = f"runs from {clock_text(edit.start_s)} to {clock_text(edit.end_s)}"
        every = f"added buses every {edit.headway_s / 60:g} min"
        return f"{_way(edit, city)} {span}, {every}"
    assert isinstance(edit, ChangeSpeed | AllDoorBoarding)
    where = f"{_between(edit, city)}{_band(edit.start_s, edit.end_s)}"
    if isinstance(edit, AllDoorBoarding):
        percent = 100 * edit.dwell_share * edit.saving_share
        return f"{_way(edit, city)} boards through all doors and takes {percent:.3g}% less time{where}"
    percent = 100 * (edit.speed_factor - 1)
    word = "faster" if percent >= 0 else "slower"
    built = f" with a {BUS_PRIORITY[edit.measure].label}" if edit.measure else ""
    return f"{_way(edit, city)} runs {abs(percent):.3g}% {word}{built}{where}"


def _rerouted(edit: Reroute, city: City) -> str:
    route = _way(edit, city)
    if edit.line_lonlat or edit.stop_ids:
        return f"{route} takes another way{_between(edit, city)}"
    if edit.from_stop_id:
        return f"{route} is cut short: it ends at {_stop(edit.from_stop_id, city)}"
    return f"{route} is cut short: it begins at {_stop(edit.to_stop_id, city)}"


def _route(route_id: str, city: City) -> str:
    return f"route {city.routes.loc[city.routes['route_id'] == route_id, 'short_name'].iloc[0]}"


def _routes(route_ids: tuple[str, ...], city: City) -> str:
    return f" for {', '.join(_route(route_id, city) for route_id in route_ids)}" if route_ids else " for all its routes"


def _stop(stop_id: str, city: City) -> str:
    return f"{city.stops['stop_name'].iloc[city.get_stop_ix(stop_id)]} ({stop_id})"


def _way(edit: _Directed, city: City) -> str:
    """Return a route, and where its buses go if one direction is meant."""
    route = _route(edit.route_id, city)
    if edit.direction is None:
        return route
    end = goes_to(city, edit.route_id, edit.direction)
    return f"{route} toward {end}" if end else f"{route} in direction {edit.direction}"


def _band(start_s: int, end_s: int) -> str:
    if (start_s, end_s) == (0, LAST_SECOND):
        return ""
    return f" between {clock_text(start_s)} and {clock_text(end_s)}"


def _between(edit: Reroute | ChangeSpeed | AllDoorBoarding, city: City) -> str:
    start = f" from {_stop(edit.from_stop_id, city)}" if edit.from_stop_id else ""
    return start + (f" to {_stop(edit.to_stop_id, city)}" if edit.to_stop_id else "")
