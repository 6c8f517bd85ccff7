"""Two places + a departure + perhaps a scenario -> the journey behind a travel time, before and after, leg by leg."""

from __future__ import annotations

import datetime as dt
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from threading import Lock
from weakref import WeakKeyDictionary

import numpy as np

from workbench.city.city import City
from workbench.errors import InputError
from workbench.network import (
    Journey,
    JourneySearch,
    Leg,
    NewStop,
    Place,
    SearchParams,
    Window,
    compile_journeys,
    find_stop,
)
from workbench.scenario import AppliedScenario, Scenario, apply_scenario
from workbench.scenario.boundary import line_in_metres, metres_to_lonlat

__all__ = ["Explanation", "JourneyPlan", "departure_of", "journey", "place_at", "plan_journeys"]

SERVICES = ("weekday", "saturday", "sunday")
N_KEPT = 4
"""Compiled departures kept for a city: the one in hand before and after, and the one looked at just now. 15 MB each."""

_kept: WeakKeyDictionary[City, OrderedDict[object, JourneySearch]] = WeakKeyDictionary()
_keeping = Lock()


@dataclass(frozen=True, slots=True)
class JourneyPlan:
    """What was asked for."""

    origin: Place
    destination: Place
    service: str
    """`weekday`, `saturday` or `sunday`: whose timetable."""
    service_date: dt.date
    depart_s: int
    """Seconds of the service day."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """The journeys of one plan; none of `before` beats another of them in both arrival and rides, nor of `after`."""

    plan: JourneyPlan
    before: tuple[Journey, ...]
    """Earliest arrival first; empty if one does not arrive in time."""
    after: tuple[Journey, ...] | None
    """With the scenario; None if there is none."""
    scenario_name: str = ""

    @property
    def best(self) -> Journey | None:
        """The earliest arrival, with the scenario if there is one; None if one does not arrive in time."""
        journeys = self.before if self.after is None else self.after
        return journeys[0] if journeys else None

    def in_words(self) -> tuple[str, ...]:
        """Return the answer as lines of text."""
        origin, destination = self.plan.origin.name, self.plan.destination.name
        lines = [f"From {origin} to {destination}, {self.plan.service_date:%A, %B %-d, %Y}", ""]
        if self.after is None:
            return (*lines, *_journey_lines(self.before))
        lines += ["Today", "-----", *_journey_lines(self.before), ""]
        title = f"With {self.scenario_name}"
        return (*lines, title, "-" * len(title), *_journey_lines(self.after), "", self.difference())

    def difference(self) -> str:
        """Return in one sentence what the scenario changes for this journey."""
        if not self.before or not self.after:
            return _only_one(bool(self.before), bool(self.after))
        saved_s = self.before[0].arrive_s - self.after[0].arrive_s
        if saved_s == 0:
            return "The arrival stays the same."
        minutes, seconds = divmod(abs(saved_s), 60)
        amount = " ".join(part for part in (f"{minutes} min" * bool(minutes), f"{seconds} s" * bool(seconds)) if part)
        return f"One arrives {amount} {'earlier' if saved_s > 0 else 'later'}."

    def to_json(self) -> dict[str, object]:
        """Return plain values; the fields of the best journey stand at the top."""
        plan = self.plan
        content = _journey_json(plan, self.best) | {
            "depart": _clock(plan, plan.depart_s),
            "from": _place_json(plan.origin),
            "to": _place_json(plan.destination),
            "service": plan.service,
            "alternatives": [
                _journey_json(plan, one) for one in (self.before if self.after is None else self.after)[1:]
            ],
        }
        if self.after is not None:
            content |= {
                "scenario": self.scenario_name,
                "difference": self.difference(),
                "before": [_journey_json(plan, one) for one in self.before],
                "after": [_journey_json(plan, one) for one in self.after],
            }
        return content

    def to_geojson(self) -> dict[str, object]:
        """Return every leg of the best journeys before and after as a GeoJSON feature."""
        features = []
        for when, journeys in (("before", self.before), ("after", self.after or ())):
            for number, leg in enumerate(journeys[0].legs if journeys else (), start=1):
                content = _leg_json(self.plan, leg)
                line = content.pop("line")
                geometry = {"type": "LineString", "coordinates": line}
                properties = {"when": when, "leg": number, **content}
                features.append({"type": "Feature", "properties": properties, "geometry": geometry})
        return {"type": "FeatureCollection", "features": features}


def journey(
    city: City,
    origin: tuple[float, float] | str,
    destination: tuple[float, float] | str,
    depart: dt.datetime,
    *,
    scenario: Scenario | None = None,
    search: SearchParams | None = None,
) -> Explanation:
    """
    Return how one gets from one place to another, leaving at a moment: today, and with a scenario.

    Parameters
    ----------
    origin, destination
        (lon, lat) in degrees, from which one walks to the first stop; or a GTFS stop_id, at which one boards.
    depart
        Local time on one of the service dates of the city's timetable.
    scenario
        What changes.
    search
        What a journey may be; defaults: DESIGN section 4.

    Raises
    ------
    InputError
        If a point lies outside the city, or the timetable does not hold the date.
    NotFoundError
        If a stop is not in the city.
    ScenarioError
        With every problem of the scenario.
    """
    ends = [
        find_stop(city, end) if isinstance(end, str) else place_at(city, end, name)
        for end, name in ((origin, "the start"), (destination, "the destination"))
    ]
    service, depart_s = departure_of(city, depart)
    plan = JourneyPlan(ends[0], ends[1], service, depart.date(), depart_s)
    return plan_journeys(city, plan, scenario=scenario, search=search)


def plan_journeys(
    city: City, plan: JourneyPlan, *, scenario: Scenario | None = None, search: SearchParams | None = None
) -> Explanation:
    """Return the journeys of a plan; arguments and errors as in `journey`."""
    applied = apply_scenario(scenario, city, service=plan.service) if scenario else None
    params = search or SearchParams()
    before = _search(city, plan, params).find(plan.origin, plan.destination, plan.depart_s)
    if scenario is None or applied is None:
        return Explanation(plan, before, None)
    after = _search(city, plan, params, scenario, applied).find(plan.origin, plan.destination, plan.depart_s)
    return Explanation(plan, before, after, scenario.name)


def place_at(city: City, lonlat: tuple[float, float], name: str) -> Place:
    """Return a point of the city as a place; raises `InputError` if it is outside."""
    lon, lat = lonlat
    west, south, east, north = city.bounds_lonlat
    if not (west <= lon <= east and south <= lat <= north):
        swapped = "; latitude and longitude seem to be swapped" if south <= lon <= north and west <= lat <= east else ""
        limits = f"latitude {south:.2f} to {north:.2f} and longitude {west:.2f} to {east:.2f}"
        raise InputError(f"{name} is at latitude {lat:g}, longitude {lon:g}, must be in {city.name}: {limits}{swapped}")
    x, y = line_in_metres(((lon, lat),), city.crs)[0]
    return Place(name, lon, lat, float(x), float(y))


def departure_of(city: City, depart: dt.datetime) -> tuple[str, int]:
    """
    Return the service day and its second for a local time.

    Raises
    ------
    InputError
        Naming the dates the timetable holds, if it does not hold this one.
    """
    known: list[str] = []
    for service in SERVICES:
        date = city.load_timetable(service).service_date
        if date == depart.date():
            return service, depart.hour * 3600 + depart.minute * 60 + depart.second
        known.append(f"{date} ({service})")
    raise InputError(f"departure date is {depart.date()}, the timetable of {city.name} holds {', '.join(known)}")


def _search(
    city: City,
    plan: JourneyPlan,
    params: SearchParams,
    scenario: Scenario | None = None,
    applied: AppliedScenario | None = None,
) -> JourneySearch:
    """Return the compiled departure, from memory if it was asked for lately."""
    key = (plan.service, plan.depart_s, params, scenario.scenario_id if scenario else "")
    with _keeping:
        kept = _kept.setdefault(city, OrderedDict())
        if key in kept:
            kept.move_to_end(key)
            return kept[key]
    window = Window("departure", "one departure", plan.service, plan.depart_s, 1)
    if applied is None:
        found = compile_journeys(city, window, params)
    else:
        names = {route.edit.route_id: route.edit.name for route in applied.routes}
        found = compile_journeys(
            city, window, params, change=applied.change, route_names=names, new_stops=_new_stops(city, applied)
        )
    with _keeping:
        kept[key] = found
        while len(kept) > N_KEPT:
            kept.popitem(last=False)
    return found


def _new_stops(city: City, applied: AppliedScenario) -> list[NewStop]:
    """Return names and places of the stops a scenario adds, in the order of the added service."""
    xy = applied.change.addition.new_stop_xy
    if len(xy) == 0:
        return []
    names: Mapping[tuple[float, float], str] = {
        (float(x), float(y)): name
        for route in applied.routes
        for way in route.ways
        for (x, y), name in zip(way.xy, way.name, strict=True)
    }
    lonlat = metres_to_lonlat(xy, city.crs)
    return [
        NewStop(names.get((float(x), float(y)), "a new stop"), float(lon), float(lat))
        for (x, y), (lon, lat) in zip(np.asarray(xy), lonlat, strict=True)
    ]


def _journey_lines(journeys: Sequence[Journey]) -> list[str]:
    if not journeys:
        return ["There is no way to get there in time."]
    lines = []
    for number, one in enumerate(journeys):
        fewer = "" if number == 0 else "With fewer rides: "
        lines += ([""] if number else []) + [f"{fewer}{one.summary()}", *(f"  {line}" for line in one.in_words())]
    return lines


def _only_one(has_before: bool, has_after: bool) -> str:
    if has_before == has_after:
        return "There is no way to get there in time, neither today nor with the change."
    return "Only today one gets there in time." if has_before else "Only with the change one gets there in time."


def _clock(plan: JourneyPlan, service_day_s: int) -> str:
    """Return local date and time; the service day may pass midnight."""
    midnight = dt.datetime.combine(plan.service_date, dt.time())
    return (midnight + dt.timedelta(seconds=service_day_s)).isoformat()


def _place_json(place: Place) -> dict[str, object]:
    return {"name": place.name, "stop_id": place.stop_id, "lon": place.lon, "lat": place.lat}


def _journey_json(plan: JourneyPlan, one: Journey | None) -> dict[str, object]:
    if one is None:
        return {"arrival": None, "duration_s": None, "rides": None, "legs": []}
    return {
        "arrival": _clock(plan, one.arrive_s),
        "duration_s": one.duration_s,
        "rides": one.rides,
        "legs": [_leg_json(plan, leg) for leg in one.legs],
        "words": [one.summary(), *one.in_words()],
    }


def _leg_json(plan: JourneyPlan, leg: Leg) -> dict[str, object]:
    content: dict[str, object] = {
        "mode": leg.mode.value,
        "from": leg.from_name,
        "from_stop_id": leg.from_id,
        "to": leg.to_name,
        "to_stop_id": leg.to_id,
        "depart": _clock(plan, leg.depart_s),
        "arrive": _clock(plan, leg.arrive_s),
        "duration_s": leg.duration_s,
        "wait_s": leg.wait_s,
        "line": [list(point) for point in leg.line_lonlat],
    }
    if leg.route_id:
        content |= {
            "route_id": leg.route_id,
            "route": leg.route_name,
            "headsign": leg.headsign,
            "trip_id": leg.trip_id,
            "n_stops": leg.n_stops,
        }
    return content
