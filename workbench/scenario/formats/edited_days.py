"""The edited timetable as dated trips: each trip of the service days once, with all the dates on which it runs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from workbench.city.city import City
from workbench.scenario.apply import LaidScenario, lay_scenario
from workbench.scenario.boundary import metres_to_lonlat
from workbench.scenario.edits import SERVICES
from workbench.scenario.scenario import Scenario
from workbench.scenario.today.working import Block

__all__ = ["DatedTrip", "EditedDays", "NewStop", "edited_days"]

DAY_S = 86_400
WEEK = dt.timedelta(days=7)
ONE_DAY = dt.timedelta(days=1)
Int32Array = npt.NDArray[np.int32]
BoolArray = npt.NDArray[np.bool_]
_Key = tuple[str, str, int, bytes, bytes, bytes, bytes, bytes]


@dataclass(frozen=True, eq=False)
class NewStop:
    """A stop that does not exist today."""

    stop_id: str
    name: str
    lon: float
    lat: float


@dataclass(eq=False)
class DatedTrip:
    """One trip, and the dates on which it begins."""

    trip_id: str
    route_id: str
    direction: int
    headsign: str
    stop_ids: npt.NDArray[np.object_]
    """(n_stops,)"""
    may_board: BoolArray
    may_alight: BoolArray
    arrival_s: Int32Array
    """(n_stops,) seconds of the service day on which it begins, never negative."""
    departure_s: Int32Array
    dates: set[dt.date] = field(default_factory=set)


@dataclass(frozen=True, eq=False)
class EditedDays:
    """All service days of a city with a scenario."""

    trips: tuple[DatedTrip, ...]
    """Ids are unique."""
    new_stops: tuple[NewStop, ...]
    date_of: Mapping[str, dt.date]
    """By service day, the date that stands for it: the city's own, or one some weeks later (see `edited_days`)."""


@dataclass(frozen=True, eq=False)
class _Batch:
    """Trips of one day with the same stops."""

    block: Block
    headsign: str


def edited_days(scenario: Scenario, city: City) -> EditedDays:
    """
    Return every trip of every service day of a city, with a scenario.

    A trip that began the day before and is under way after midnight is a trip of that date. Where this would contradict
    the service day of that date (Sunday's small hours are Saturday's trips, but somebody edited Saturday alone), the later
    service day moves on by whole weeks, so that each stays exactly as it is scored.

    Raises
    ------
    ScenarioError
        With every problem of every edit.
    """
    stops = _Stops(city)
    by_service: dict[str, tuple[dict[_Key, DatedTrip], dict[_Key, DatedTrip]]] = {}
    dates: dict[str, dt.date] = {}
    for service in SERVICES:
        laid = lay_scenario(scenario, city, service=service)
        own: dict[_Key, DatedTrip] = {}
        before: dict[_Key, DatedTrip] = {}
        names = stops.names(laid)
        for batch in _batches(laid, city, service):
            _add_trips(batch, names, own, before)
        by_service[service] = own, before
        date = city.load_timetable(service).service_date
        while _clashes(date, before, dates, by_service):
            date += WEEK
        dates[service] = date
    merged: dict[_Key, DatedTrip] = {}
    for service, (own, before) in by_service.items():
        for trips, date in ((own, dates[service]), (before, dates[service] - ONE_DAY)):
            for key, trip in trips.items():
                merged.setdefault(key, trip).dates.add(date)
    return EditedDays(_with_unique_ids(list(merged.values())), tuple(stops.new.values()), dates)


def _clashes(
    date: dt.date,
    before: Mapping[_Key, DatedTrip],
    dates: Mapping[str, dt.date],
    by_service: Mapping[str, tuple[dict[_Key, DatedTrip], dict[_Key, DatedTrip]]],
) -> bool:
    """Tell whether some service day of the date before, or of the date itself, would add or miss trips."""
    for other, other_date in dates.items():
        own, _ = by_service[other]
        night = {key for key, trip in own.items() if trip.arrival_s[-1] >= DAY_S}
        if other_date == date or (other_date == date - ONE_DAY and night != set(before)):
            return True
        if other_date == date + ONE_DAY:
            return True
    return False


class _Stops:
    """Names stops: ids of today, and ids for new ones, the same for the same place on every day."""

    def __init__(self, city: City) -> None:
        self._city = city
        self._taken = set(city.stops["stop_id"])
        self.new: dict[tuple[float, float], NewStop] = {}

    def names(self, laid: LaidScenario) -> npt.NDArray[np.object_]:
        """Return the id of every stop number of a day."""
        n = self._city.n_stops
        new = [
            self._new_id((float(x), float(y)), name)
            for (x, y), name in zip(laid.applied.places[n:], laid.new_stop_name, strict=True)
        ]
        return np.array([*self._city.stops["stop_id"], *new], dtype=np.object_)

    def _new_id(self, xy: tuple[float, float], name: str) -> str:
        if xy not in self.new:
            number = len(self.new) + 1
            while f"new-{number}" in self._taken:
                number += 1
            self._taken.add(f"new-{number}")
            ((lon, lat),) = metres_to_lonlat(np.array([xy]), self._city.crs).tolist()
            self.new[xy] = NewStop(f"new-{number}", name, lon, lat)
        return self.new[xy].stop_id


def _batches(laid: LaidScenario, city: City, service: str) -> Iterator[_Batch]:
    """Yield all trips of a day: of routes left alone, of changed routes, of new ones."""
    timetable = city.load_timetable(service)
    route_ids = city.routes["route_id"].to_numpy()
    signs: dict[tuple[str, int], dict[int, str]] = {}
    changed = set(laid.day.route_ids)
    for p in range(timetable.n_patterns):
        calls = slice(timetable.pattern_stop_indptr[p], timetable.pattern_stop_indptr[p + 1])
        trips = slice(timetable.pattern_trip_indptr[p], timetable.pattern_trip_indptr[p + 1])
        route_id, way = str(route_ids[timetable.pattern_route_ix[p]]), int(timetable.pattern_direction[p])
        sign = timetable.pattern_headsign[p]
        if route_id in changed:
            signs.setdefault((route_id, way), {})[int(timetable.pattern_stops(p)[-1])] = sign
            continue
        arrival, departure = timetable.pattern_times(p)
        block = Block(
            route_id,
            way,
            timetable.pattern_stops(p),
            timetable.pattern_may_board[calls],
            timetable.pattern_may_alight[calls],
            arrival,
            departure,
            timetable.trip_id[trips],
            timetable.trip_is_previous_day[trips],
        )
        yield _Batch(block, sign)
    for route_id in sorted(changed):
        for block in laid.day.after[route_id]:
            yield _Batch(block, signs.get((route_id, block.direction), {}).get(int(block.stop_ix[-1]), ""))
    yield from _new_batches(laid, service)


def _new_batches(laid: LaidScenario, service: str) -> Iterator[_Batch]:
    for route in laid.applied.routes:
        for direction, (times, way) in enumerate(zip(route.times_s, route.ways, strict=True)):
            stop_ix = way.stop_ix
            ids = [f"{route.edit.route_id}-{service}-{direction}-{n + 1}" for n in range(len(times))]
            everywhere = np.ones(len(stop_ix), dtype=np.bool_)
            block = Block(
                route.edit.route_id,
                direction,
                stop_ix,
                everywhere,
                everywhere,
                times,
                times,
                np.array(ids, dtype=np.object_),
                np.zeros(len(times), dtype=np.bool_),
            )
            yield _Batch(block, way.name[-1])


def _add_trips(
    batch: _Batch, names: npt.NDArray[np.object_], own: dict[_Key, DatedTrip], before: dict[_Key, DatedTrip]
) -> None:
    """Sort the trips of a batch into those of the day and those of the day before that are under way after midnight."""
    block = batch.block
    if len(block.trip_id) == 0:
        return
    stop_ids = names[block.stop_ix]
    called = "\n".join(stop_ids).encode()
    flags = block.may_board.tobytes(), block.may_alight.tobytes()
    is_before = block.is_previous | (block.arrival_s[:, 0] < 0)
    for trip, trip_id in enumerate(map(str, block.trip_id)):
        arrival, departure = block.arrival_s[trip], block.departure_s[trip]
        if is_before[trip]:
            if arrival[-1] < 0:
                continue  # over before the day begins
            arrival, departure = arrival + np.int32(DAY_S), departure + np.int32(DAY_S)
        key = (trip_id, block.route_id, block.direction, called, *flags, arrival.tobytes(), departure.tobytes())
        known = before if is_before[trip] else own
        known[key] = DatedTrip(
            trip_id,
            block.route_id,
            block.direction,
            batch.headsign,
            stop_ids,
            block.may_board,
            block.may_alight,
            arrival,
            departure,
        )


def _with_unique_ids(trips: list[DatedTrip]) -> tuple[DatedTrip, ...]:
    """Give trips that share an id but differ ids of their own: `id~2`, `id~3`."""
    seen: dict[str, int] = {}
    for trip in trips:
        seen[trip.trip_id] = seen.get(trip.trip_id, 0) + 1
        if seen[trip.trip_id] > 1:
            trip.trip_id = f"{trip.trip_id}~{seen[trip.trip_id]}"
    return tuple(trips)
