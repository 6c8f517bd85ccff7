"""Trips of existing routes while edits are applied to them: blocks of trips with the same stops; back to patterns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from workbench.city.city import City
from workbench.city.timetable import Timetable
from workbench.network import AddedPattern, ServiceAddition

__all__ = ["Block", "blocks_of_route", "build_addition", "hold_back", "patterns_of", "routes_at_stops"]

BoolArray = npt.NDArray[np.bool_]
FloatArray = npt.NDArray[np.float64]
Int32Array = npt.NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Block:
    """Trips of one route and direction with the same stops and boarding rules; none overtakes another."""

    route_id: str
    direction: int
    stop_ix: Int32Array
    """(n_stops,) rows of `City.stops`, or numbers from `City.n_stops` on for new stops."""
    may_board: BoolArray
    may_alight: BoolArray
    arrival_s: Int32Array
    """(n_trips, n_stops) seconds of the service day."""
    departure_s: Int32Array
    trip_id: npt.NDArray[np.object_]
    """(n_trips,)"""
    is_previous: BoolArray
    """(n_trips,) True for a trip of the service day before."""

    def only(self, trips: BoolArray) -> Block:
        """Return the block with some of its trips."""
        return replace(
            self,
            arrival_s=self.arrival_s[trips],
            departure_s=self.departure_s[trips],
            trip_id=self.trip_id[trips],
            is_previous=self.is_previous[trips],
        )

    def with_times(self, arrival_s: Int32Array, departure_s: Int32Array) -> Block:
        """Return the block at other times; a trip that would overtake the one before follows it instead."""
        return replace(self, arrival_s=hold_back(arrival_s), departure_s=hold_back(departure_s))


def hold_back(times_s: npt.NDArray[np.int32]) -> Int32Array:
    """Return times, (n_trips, n_stops), at which no trip is earlier anywhere than the one before it."""
    return np.maximum.accumulate(times_s, axis=0).astype(np.int32) if len(times_s) else times_s.astype(np.int32)


def blocks_of_route(city: City, timetable: Timetable, route_id: str) -> tuple[Block, ...]:
    """Return all trips of a route on a service day."""
    rows = np.flatnonzero((city.routes["route_id"] == route_id).to_numpy())
    blocks = []
    for pattern in map(int, np.flatnonzero(np.isin(timetable.pattern_route_ix, rows))):
        arrival, departure = timetable.pattern_times(pattern)
        calls = slice(timetable.pattern_stop_indptr[pattern], timetable.pattern_stop_indptr[pattern + 1])
        trips = slice(timetable.pattern_trip_indptr[pattern], timetable.pattern_trip_indptr[pattern + 1])
        blocks.append(
            Block(
                route_id=route_id,
                direction=int(timetable.pattern_direction[pattern]),
                stop_ix=timetable.pattern_stops(pattern),
                may_board=timetable.pattern_may_board[calls],
                may_alight=timetable.pattern_may_alight[calls],
                arrival_s=arrival,
                departure_s=departure,
                trip_id=timetable.trip_id[trips],
                is_previous=timetable.trip_is_previous_day[trips],
            )
        )
    return tuple(blocks)


def routes_at_stops(city: City, timetable: Timetable, stop_ix: Sequence[int]) -> tuple[str, ...]:
    """Return the ids of all routes that call at some of these stops on a service day, sorted."""
    calls = np.flatnonzero(np.isin(timetable.pattern_stop_ix, list(stop_ix)))
    patterns = np.searchsorted(timetable.pattern_stop_indptr, calls, side="right") - 1
    rows = np.unique(timetable.pattern_route_ix[patterns])
    return tuple(sorted(city.routes["route_id"].to_numpy()[rows]))


def patterns_of(blocks: Sequence[Block], places: FloatArray) -> tuple[AddedPattern, ...]:
    """
    Return the trips of one route as patterns in which none overtakes another, always in the same order.

    However the trips came about, the same trips give the same patterns: trips with the same direction, stops and
    boarding rules are sorted by time, and each joins the first pattern whose last trip it does not overtake.

    Parameters
    ----------
    blocks
        Trips of one route.
    places
        (n, 2) metres, of all stops, new ones included: what new stops are sorted by.
    """
    alike: dict[tuple[object, ...], list[Block]] = {}
    for block in blocks:
        if len(block.trip_id):
            alike.setdefault(_key(block, places), []).append(block)
    return tuple(pattern for key in sorted(alike) for pattern in _without_overtaking(alike[key]))


def build_addition(patterns: Sequence[AddedPattern], places: FloatArray, n_city_stops: int) -> ServiceAddition:
    """
    Return patterns, sorted by route id, as added service; new stops get numbers in the order in which they are met.

    So neither depends on the order of edits. Patterns of one route keep theirs.

    Parameters
    ----------
    patterns
        Of all routes; their stops are rows of `places`.
    places
        (n, 2) metres, of all stops, new ones included.
    n_city_stops
        How many of them are the city's own.
    """
    by_route = sorted(patterns, key=lambda pattern: pattern.route_id)
    used = [int(stop) for pattern in by_route for stop in pattern.stop_ix if stop >= n_city_stops]
    new = np.array(list(dict.fromkeys(used)), dtype=np.int64)
    number = np.arange(len(places), dtype=np.int32)
    number[new] = n_city_stops + np.arange(len(new), dtype=np.int32)
    renamed = tuple(replace(pattern, stop_ix=number[pattern.stop_ix]) for pattern in by_route)
    return ServiceAddition(places[new].reshape(-1, 2), renamed)


def _key(block: Block, places: FloatArray) -> tuple[object, ...]:
    """Return what trips of one pattern share; places instead of numbers, which depend on the order of edits."""
    flags = (tuple(block.may_board.tolist()), tuple(block.may_alight.tolist()))
    return (block.direction, tuple(map(tuple, places[block.stop_ix].tolist())), *flags, tuple(block.stop_ix.tolist()))


def _without_overtaking(blocks: Sequence[Block]) -> list[AddedPattern]:
    """Return blocks with the same stops as patterns."""
    first = blocks[0]
    arrival = np.concatenate([block.arrival_s for block in blocks])
    departure = np.concatenate([block.departure_s for block in blocks])
    both = np.hstack([departure, arrival])
    order = np.lexsort(both.T[::-1])
    chains: list[list[int]] = []
    for trip in order.tolist():
        fits = next((chain for chain in chains if (both[trip] >= both[chain[-1]]).all()), None)
        if fits is None:
            chains.append([trip])
        else:
            fits.append(trip)
    return [
        AddedPattern(
            first.route_id,
            first.direction,
            first.stop_ix.astype(np.int32),
            arrival[chain].astype(np.int32),
            departure[chain].astype(np.int32),
            may_board=first.may_board,
            may_alight=first.may_alight,
        )
        for chain in chains
    ]
