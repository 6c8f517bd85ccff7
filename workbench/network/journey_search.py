"""Finds journeys between two places at one departure: compiles the timetable around it, searches, and tells the legs."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt

from workbench.city.city import City
from workbench.city.timetable import Timetable
from workbench.errors import InputError, NotFoundError
from workbench.network.addition import ServiceChange
from workbench.network.journeys import Journey, Leg, Mode, Place
from workbench.network.kernels.arrays import OFFSET_S, UNREACHED
from workbench.network.kernels.journey import Parents, Scratch, new_scratch, search_one
from workbench.network.links import near_pairs, walk_seconds
from workbench.network.network import Network, add_service, build_network
from workbench.network.one_to_all import packed_transfers
from workbench.network.params import WINDOWS, SearchParams, Window
from workbench.network.search import _require_network
from workbench.network.timetable import compile_timetable

__all__ = ["JourneySearch", "NewStop", "compile_journeys", "find_stop"]

Int32Array = npt.NDArray[np.int32]
UInt16Array = npt.NDArray[np.uint16]

_networks: WeakKeyDictionary[City, dict[SearchParams, Network]] = WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class NewStop:
    """A stop that a scenario adds."""

    name: str
    lon: float
    lat: float


@dataclass(frozen=True, slots=True)
class _Run:
    """Whose trips a pattern of the compiled timetable are."""

    route_id: str
    route_name: str
    headsign: str
    trip_ids: tuple[str, ...]


def compile_journeys(
    city: City,
    window: Window,
    params: SearchParams | None = None,
    *,
    change: ServiceChange | None = None,
    route_names: Mapping[str, str] | None = None,
    new_stops: Sequence[NewStop] = (),
) -> JourneySearch:
    """
    Return a search for journeys that leave inside a window, on the city as it is or with a change of service.

    Parameters
    ----------
    window
        One departure is enough: `Window("now", "8:15 am", "weekday", 29_700, 1)`.
    change
        Routes taken out and service added.
    route_names
        Names of routes that the city does not have, by id; the id stands in for what is missing.
    new_stops
        One for each row of `change.addition.new_stop_xy`.

    Raises
    ------
    InputError
        If the change names a route or a stop that does not exist.
    """
    params = params or SearchParams()
    timetable = city.load_timetable(window.service)
    removed = change.removed_route_ids if change else ()
    gone = np.flatnonzero(city.routes["route_id"].isin(removed)).astype(np.int32)
    if len(gone) != len(removed):
        unknown = sorted(set(removed) - set(city.routes["route_id"]))
        raise InputError(f"{city.name} has no route {', '.join(repr(route_id[:40]) for route_id in unknown[:10])}")
    network = _network(city, params)
    forward = compile_timetable(timetable, window, params, city.n_stops, without_route_ix=gone)
    network = replace(network, window=window, forward=forward)
    runs = _runs(city, timetable, window, params, set(gone.tolist()))
    assert [len(run.trip_ids) for run in runs] == forward.pattern_n_trips.tolist(), "compiled other trips"
    places = list(
        zip(city.stops["stop_name"], city.stops["lon"], city.stops["lat"], city.stops["stop_id"], strict=True)
    )
    if change and change.addition.patterns:
        if len(new_stops) != len(change.addition.new_stop_xy):
            raise InputError(f"{len(new_stops)} new stops are named, must be {len(change.addition.new_stop_xy)}")
        places += [(stop.name, stop.lon, stop.lat, f"new-{n}") for n, stop in enumerate(new_stops, start=1)]
        network = add_service(network, city, change.addition)
        names = dict(zip(city.routes["route_id"], city.routes["short_name"], strict=True)) | dict(route_names or {})
        for pattern in change.addition.patterns:
            last = str(places[int(pattern.stop_ix[-1])][0])
            n_trips = len(pattern.arrival_s)
            runs.append(_Run(pattern.route_id, names.get(pattern.route_id, pattern.route_id), last, ("",) * n_trips))
    _require_network(network)
    stops = tuple(
        Place(str(name), float(lon), float(lat), float(x), float(y), str(stop_id))
        for (name, lon, lat, stop_id), x, y in zip(places, network.stop_x, network.stop_y, strict=True)
    )
    return JourneySearch(city, network, stops, tuple(runs))


def find_stop(city: City, stop_id: str) -> Place:
    """Return a stop as a place to start from or to go to; raises `NotFoundError`, naming the platforms of a station."""
    rows = np.flatnonzero(city.stops["stop_id"] == stop_id)
    if len(rows) == 0:
        platforms = city.stops["stop_id"][city.stops["parent_station"] == stop_id] if stop_id else ()
        hint = f"; it is a station, name one of its platforms: {', '.join(platforms)}" if len(platforms) else ""
        raise NotFoundError(f"stop {stop_id[:40]!r} is not in {city.name}{hint}")
    row = city.stops.iloc[int(rows[0])]
    return Place(str(row["stop_name"]), float(row["lon"]), float(row["lat"]), float(row["x"]), float(row["y"]), stop_id)


def _network(city: City, params: SearchParams) -> Network:
    """Return a network for its stops and walks; its timetable is of some window and not used."""
    known = _networks.setdefault(city, {})
    if params not in known:
        known.clear()  # one set of walks at a time: 20 MB
        known[params] = build_network(city, WINDOWS[0], params)
    return known[params]


def _runs(city: City, timetable: Timetable, window: Window, params: SearchParams, gone: set[int]) -> list[_Run]:
    """Return whose trips the patterns of `compile_timetable` are, in its order."""
    last_s = window.end_s + params.max_travel_s
    route_ids, names = city.routes["route_id"].tolist(), city.routes["short_name"].tolist()
    found = []
    for pattern_ix, route_ix in enumerate(timetable.pattern_route_ix.tolist()):
        arrival, departure = timetable.pattern_times(pattern_ix)
        moves = (arrival[:, -1] >= window.start_s) & (departure[:, 0] <= last_s)
        if route_ix in gone or not moves.any():
            continue
        trips = slice(timetable.pattern_trip_indptr[pattern_ix], timetable.pattern_trip_indptr[pattern_ix + 1])
        trip_ids = tuple(timetable.trip_id[trips][moves])
        headsign = timetable.pattern_headsign[pattern_ix]
        found.append(_Run(route_ids[route_ix], names[route_ix] or route_ids[route_ix], headsign, trip_ids))
    return found


@dataclass(frozen=True, eq=False)
class _Ends:
    """Where one boards first and leaves last, and the way wholly on foot."""

    access_stop: Int32Array
    access_s: UInt16Array
    egress_stop: Int32Array
    egress_s: UInt16Array
    walk_s: int | None


class JourneySearch:
    """A compiled timetable with the names of its trips. `find` may be called from any thread, one works at a time."""

    def __init__(self, city: City, network: Network, stops: tuple[Place, ...], runs: tuple[_Run, ...]) -> None:
        self.city, self.network, self.stops = city, network, stops
        self._runs = runs
        self._transfers = packed_transfers(network)
        self._stop_ix = {stop.stop_id: ix for ix, stop in enumerate(stops)}
        self._scratch: Scratch = new_scratch(network.forward)
        self._lock = threading.Lock()

    def find(self, origin: Place, destination: Place, depart_s: int) -> tuple[Journey, ...]:
        """
        Return the journeys none of which another beats in both arrival and rides; the earliest arrival first.

        From a place that is no stop one walks to the first stop, and wholly on foot where that is near enough; from a
        stop the first ride is boarded there. The arrival is the one the engine's travel times rest on. Of journeys
        with equal arrival and rides any one is told.

        Parameters
        ----------
        depart_s
            Seconds of the service day, inside the window compiled.

        Raises
        ------
        InputError
            If the departure is outside the window.
        """
        window, params = self.network.window, self.network.params
        if not window.start_s <= depart_s < window.end_s:
            raise InputError(f"departure is second {depart_s}, must be {window.start_s} to {window.end_s - 1}")
        if origin.stop_id and origin.stop_id == destination.stop_id:
            return (Journey(depart_s, depart_s, ()),)
        ends = self._ends(origin, destination)
        found = []
        latest_s = params.max_travel_s
        if ends.walk_s is not None:
            found.append(_on_foot(origin, destination, depart_s, ends.walk_s))
            latest_s = ends.walk_s - 1  # whoever rides must be earlier than on foot
        if len(ends.egress_stop) and latest_s >= 0:
            with self._lock:
                parents = self._search(ends, depart_s, latest_s)
            teller = _Teller(self, ends, parents, origin, destination, depart_s)
            found += [teller.tell(k) for k in range(1, params.max_rides + 1) if parents.goal_stop[k] >= 0]
        return tuple(reversed(found))

    def _search(self, ends: _Ends, depart_s: int, latest_s: int) -> Parents:
        network, params = self.network, self.network.params
        shape = (params.max_rides + 1, network.n_stops)
        parents = Parents(
            board_call=np.full(shape, -1, dtype=np.int32),
            alight_call=np.full(shape, -1, dtype=np.int32),
            trip=np.full(shape, -1, dtype=np.int32),
            from_stop=np.full(shape, -1, dtype=np.int32),
            goal_stop=np.full(shape[0], -1, dtype=np.int32),
            goal_s=np.full(shape[0], UNREACHED, dtype=np.uint16),
        )
        depart = depart_s - network.window.start_s + OFFSET_S
        search_one(
            network.forward, self._transfers, params.change_s, ends.access_stop, ends.access_s, ends.egress_stop,
            ends.egress_s, depart, depart + latest_s, params.max_rides, False, self._scratch, parents,
        )  # fmt: skip
        return parents

    def _ends(self, origin: Place, destination: Place) -> _Ends:
        walk_s = None if origin.stop_id or destination.stop_id else self._walk_all_the_way(origin, destination)
        return _Ends(*self._walks(origin), *self._walks(destination), walk_s)

    def _walk_all_the_way(self, origin: Place, destination: Place) -> int | None:
        """Return the seconds wholly on foot; None if that is too far."""
        params = self.network.params
        if origin == destination:
            return 0
        ax, ay, bx, by = (np.array([value]) for value in (origin.x, origin.y, destination.x, destination.y))
        _, _, metres = near_pairs(self.city.walking, ax, ay, bx, by, params.direct_walk_m)
        walk_s = walk_seconds(metres, params.walk_mps)
        return int(walk_s[0]) if len(walk_s) and walk_s[0] <= params.max_travel_s else None

    def _walks(self, place: Place) -> tuple[Int32Array, UInt16Array]:
        """Return the stops in reach of a place and the walks to them; a stop is in reach of itself only."""
        if place.stop_id:
            if place.stop_id not in self._stop_ix:
                raise NotFoundError(f"stop {place.stop_id[:40]!r} is not in {self.city.name}")
            return np.array([self._stop_ix[place.stop_id]], dtype=np.int32), np.zeros(1, dtype=np.uint16)
        network, x, y = self.network, np.array([place.x]), np.array([place.y])
        limit_m = network.params.access_walk_m
        _, stop_ix, metres = near_pairs(self.city.walking, x, y, network.stop_x, network.stop_y, limit_m)
        return stop_ix, walk_seconds(metres, network.params.walk_mps)


def _on_foot(origin: Place, destination: Place, depart_s: int, walk_s: int) -> Journey:
    leg = _walk(origin, destination, depart_s, walk_s)
    return Journey(depart_s, depart_s + walk_s, (leg,) if walk_s else ())


def _walk(from_: Place, to: Place, depart_s: int, walk_s: int) -> Leg:
    line = ((from_.lon, from_.lat), (to.lon, to.lat))
    return Leg(Mode.WALK, from_.name, to.name, from_.stop_id, to.stop_id, depart_s, depart_s + walk_s, line)


class _Teller:
    """Follows the parents of a search from the goal back to the origin."""

    def __init__(
        self, search: JourneySearch, ends: _Ends, parents: Parents, origin: Place, destination: Place, depart_s: int
    ) -> None:
        self._search, self._ends, self._parents = search, ends, parents
        self._origin, self._destination, self._depart_s = origin, destination, depart_s
        self._first_s = search.network.window.start_s - OFFSET_S
        self._calls = search.network.forward.pattern_call_indptr

    def tell(self, n_rides: int) -> Journey:
        """Return the journey that arrives first with at most this many rides."""
        stops, parents = self._search.stops, self._parents
        stop, round_ = int(parents.goal_stop[n_rides]), n_rides
        arrive_s = int(parents.goal_s[n_rides]) + self._first_s
        backwards: list[Leg] = []
        if not self._destination.stop_id:
            walk_s = _walk_of(self._ends.egress_stop, self._ends.egress_s, stop)
            backwards.append(_walk(stops[stop], self._destination, arrive_s - walk_s, walk_s))
        while round_ > 0:
            board_call, alight_call, trip = (
                int(table[round_, stop]) for table in (parents.board_call, parents.alight_call, parents.trip)
            )
            boarded_at = int(self._search.network.forward.call_stop_ix[board_call])
            before = _last_round(parents.from_stop[:round_, boarded_at])
            from_stop = int(parents.from_stop[before, boarded_at])
            backwards += self._ride(board_call, alight_call, trip, boarded_at, before, from_stop)
            stop, round_ = from_stop, before
        return Journey(self._depart_s, arrive_s, tuple(reversed(backwards)))

    def _ride(
        self, board_call: int, alight_call: int, trip: int, boarded_at: int, before: int, from_stop: int
    ) -> list[Leg]:
        """Return a ride and the walk that led to it, last leg first."""
        timetable, stops = self._search.network.forward, self._search.stops
        pattern = int(np.searchsorted(self._calls, board_call, side="right")) - 1
        run = self._search._runs[pattern]
        departs_s = self._time(timetable.departure_s, pattern, board_call, trip)
        walked: Leg | None = None
        if before == 0:
            at_stop_s = self._depart_s
            if not self._origin.stop_id:
                walk_s = _walk_of(self._ends.access_stop, self._ends.access_s, boarded_at)
                walked = _walk(self._origin, stops[boarded_at], at_stop_s, walk_s)
        else:
            at_stop_s = self._arrival_at(before, from_stop)
            if from_stop != boarded_at:
                walked = _walk(stops[from_stop], stops[boarded_at], at_stop_s, self._transfer_s(from_stop, boarded_at))
        called = [stops[ix] for ix in timetable.call_stop_ix[board_call : alight_call + 1]]
        ride = Leg(
            mode=Mode.RIDE,
            from_name=called[0].name,
            to_name=called[-1].name,
            from_id=called[0].stop_id,
            to_id=called[-1].stop_id,
            depart_s=departs_s,
            arrive_s=self._time(timetable.arrival_s, pattern, alight_call, trip),
            line_lonlat=tuple((stop.lon, stop.lat) for stop in called),
            wait_s=departs_s - (walked.arrive_s if walked else at_stop_s),
            route_id=run.route_id,
            route_name=run.route_name,
            headsign=run.headsign,
            trip_id=run.trip_ids[trip],
            n_stops=alight_call - board_call,
        )
        return [ride] if walked is None else [ride, walked]

    def _arrival_at(self, round_: int, stop: int) -> int:
        alight_call, trip = int(self._parents.alight_call[round_, stop]), int(self._parents.trip[round_, stop])
        pattern = int(np.searchsorted(self._calls, alight_call, side="right")) - 1
        return self._time(self._search.network.forward.arrival_s, pattern, alight_call, trip)

    def _time(self, times: UInt16Array, pattern: int, call: int, trip: int) -> int:
        timetable = self._search.network.forward
        pos = call - int(self._calls[pattern])
        event = int(timetable.pattern_event_start[pattern]) + pos * int(timetable.pattern_n_trips[pattern]) + trip
        return int(times[event]) + self._first_s

    def _transfer_s(self, from_stop: int, to_stop: int) -> int:
        links = self._search.network.transfers
        row = slice(links.indptr[from_stop], links.indptr[from_stop + 1])
        return _walk_of(links.to_ix[row], links.walk_s[row], to_stop)


def _last_round(from_stop: Int32Array) -> int:
    """Return the last round that let one board somewhere earlier."""
    return int(np.flatnonzero(from_stop >= 0)[-1])


def _walk_of(stops: Int32Array, walk_s: UInt16Array, stop: int) -> int:
    return int(walk_s[np.flatnonzero(stops == stop)[0]])
