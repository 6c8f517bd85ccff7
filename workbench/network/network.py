"""A city compiled for one departure window: flat timetables both ways and walking links. Never changed once built."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from workbench.city.city import City
from workbench.city.derived import derived_arrays
from workbench.errors import InputError
from workbench.network.addition import ServiceAddition
from workbench.network.compiled import from_arrays, to_arrays
from workbench.network.kernels.arrays import Links, ScanTimetable
from workbench.network.links import links_from_pairs, near_pairs, transpose_links, walk_seconds
from workbench.network.params import SearchParams, Window
from workbench.network.timetable import (
    append_patterns,
    compile_timetable,
    grow_stops,
    pattern_columns,
    reverse_timetable,
)

__all__ = ["Network", "StopWalks", "add_service", "build_network", "remove_routes", "walks_of_stops"]

FloatArray = npt.NDArray[np.float64]

_MADE_BY = (
    "workbench.city.near",
    "workbench.city.timetable",
    "workbench.network.kernels.arrays",
    "workbench.network.links",
    "workbench.network.network",
    "workbench.network.timetable",
)
"""The code that decides what a compiled network holds, besides how a city is walked."""


@dataclass(frozen=True, eq=False)
class Network:
    """Everything a search needs; stops, zones and patterns are known here by position only."""

    window: Window
    params: SearchParams
    stop_x: FloatArray
    """(n_stops,) metres."""
    stop_y: FloatArray
    zone_x: FloatArray
    """(n_zones,) metres."""
    zone_y: FloatArray
    forward: ScanTimetable
    backward: ScanTimetable
    """The timetable run backwards in time: arrivals become departures."""
    transfers: Links
    """Stop to stop, the same both ways."""
    zone_stops: Links
    """Zone to stop: access, and egress read the other way."""
    stop_zones: Links
    """Stop to zone: the same links."""
    walk_s: npt.NDArray[np.uint16]
    """(n_zones, n_zones) seconds wholly on foot; NO_MEDIAN where too far."""

    @property
    def n_stops(self) -> int:
        """Number of stops."""
        return len(self.stop_x)

    @property
    def n_zones(self) -> int:
        """Number of zones."""
        return len(self.zone_x)


def build_network(city: City, window: Window, params: SearchParams) -> Network:
    """Compile a city for one window, or read what was compiled before: the same arrays, bit for bit."""
    arrays = derived_arrays(
        city,
        f"network-{window.window_id}",
        [asdict(window), asdict(params)],
        made_by=(*_MADE_BY, *city.walking.made_by),
        build=lambda: to_arrays(_compile(city, window, params)),
    )
    return Network(window=window, params=params, **from_arrays(arrays))


def _compile(city: City, window: Window, params: SearchParams) -> dict[str, Any]:
    """Return the arrays of `Network` by name."""
    stops, zones, walking = city.stops, city.zones, city.walking
    stop_x, stop_y = stops["x"].to_numpy(np.float64), stops["y"].to_numpy(np.float64)
    zone_x, zone_y = zones["x"].to_numpy(np.float64), zones["y"].to_numpy(np.float64)
    forward = compile_timetable(city.load_timetable(window.service), window, params, len(stop_x))
    zone_ix, stop_ix, metres = near_pairs(walking, zone_x, zone_y, stop_x, stop_y, params.access_walk_m)
    zone_stops = links_from_pairs(zone_ix, stop_ix, walk_seconds(metres, params.walk_mps), len(zone_x))
    return {
        "stop_x": stop_x,
        "stop_y": stop_y,
        "zone_x": zone_x,
        "zone_y": zone_y,
        "forward": forward,
        "backward": reverse_timetable(forward, window, params),
        "transfers": _transfers(city, stop_x, stop_y, params),
        "zone_stops": zone_stops,
        "stop_zones": transpose_links(zone_stops, len(stop_x)),
        "walk_s": _direct_walks(city, zone_x, zone_y, params),
    }


def add_service(network: Network, city: City, addition: ServiceAddition) -> Network:
    """
    Return the network with added patterns, without compiling it again.

    New stops get walking links to every stop and zone in reach; old stops keep theirs.
    """
    params = network.params
    new_x, new_y = addition.new_stop_xy[:, 0], addition.new_stop_xy[:, 1]
    stop_x, stop_y = np.concatenate([network.stop_x, new_x]), np.concatenate([network.stop_y, new_y])
    for pattern in addition.patterns:
        if pattern.stop_ix.min() < 0 or pattern.stop_ix.max() >= len(stop_x):
            raise InputError(f"route {pattern.route_id}: a stop position is outside 0 to {len(stop_x) - 1}")
    columns = [pattern_columns(pattern, network.window) for pattern in addition.patterns]
    forward = append_patterns(grow_stops(network.forward, len(stop_x)), columns)
    transfers, zone_stops = network.transfers, network.zone_stops
    if len(new_x):
        transfers, zone_stops = _links_with_new_stops(network, city, addition.new_stop_xy)
    return Network(
        window=network.window,
        params=params,
        stop_x=stop_x,
        stop_y=stop_y,
        zone_x=network.zone_x,
        zone_y=network.zone_y,
        forward=forward,
        backward=grow_stops(network.backward, len(stop_x)),
        transfers=transfers,
        zone_stops=zone_stops,
        stop_zones=transpose_links(zone_stops, len(stop_x)) if len(new_x) else network.stop_zones,
        walk_s=network.walk_s,
    )


def remove_routes(network: Network, city: City, route_ids: Sequence[str]) -> Network:
    """
    Return the network of a city without some routes; stops and walks stay, also where nothing runs any more.

    Raises
    ------
    InputError
        Naming the ids that are no route of the city.
    """
    known = city.routes["route_id"].to_numpy()
    unknown = sorted(set(route_ids) - set(known))
    if unknown:
        listed = ", ".join(repr(route_id[:40]) for route_id in unknown[:10])
        raise InputError(f"{city.name} has no route {listed}; ids are those of the GTFS feed, such as {known[0]!r}")
    gone = np.flatnonzero(np.isin(known, sorted(set(route_ids)))).astype(np.int32)
    window, params = network.window, network.params
    timetable = city.load_timetable(window.service)
    forward = compile_timetable(timetable, window, params, network.n_stops, without_route_ix=gone)
    return replace(network, forward=forward, backward=reverse_timetable(forward, window, params))


def _transfers(city: City, stop_x: FloatArray, stop_y: FloatArray, params: SearchParams) -> Links:
    """Return walks between different stops, the same both ways."""
    a, b, metres = near_pairs(city.walking, stop_x, stop_y, stop_x, stop_y, params.transfer_walk_m)
    other = a != b
    return links_from_pairs(a[other], b[other], walk_seconds(metres[other], params.walk_mps), len(stop_x))


def _direct_walks(city: City, zone_x: FloatArray, zone_y: FloatArray, params: SearchParams) -> npt.NDArray[np.uint16]:
    """Return walking times between zones; a zone is 0 s from itself."""
    walks = np.full((len(zone_x), len(zone_x)), 65_535, dtype=np.uint16)
    a, b, metres = near_pairs(city.walking, zone_x, zone_y, zone_x, zone_y, params.direct_walk_m)
    seconds = walk_seconds(metres, params.walk_mps)
    in_time = seconds <= params.max_travel_s
    walks[a[in_time], b[in_time]] = seconds[in_time]
    np.fill_diagonal(walks, 0)
    return walks


@dataclass(frozen=True, eq=False)
class StopWalks:
    """Walks from some places, stops of the network or new ones, n of them."""

    x: FloatArray
    """(n,) metres."""
    y: FloatArray
    key: tuple[object, ...]
    """What tells a place from all others: a stop's position in the network, or where a new stop is."""
    stop_indptr: npt.NDArray[np.int64]
    """(n + 1,) stops of the network in reach: `stop_ix[indptr[i]:indptr[i + 1]]`; a stop of the network reaches itself."""
    stop_ix: npt.NDArray[np.int32]
    stop_s: npt.NDArray[np.uint16]
    zone_indptr: npt.NDArray[np.int64]
    zone_ix: npt.NDArray[np.int32]
    zone_s: npt.NDArray[np.uint16]
    between_s: npt.NDArray[np.uint16]
    """(n, n) from place to place, 0 to itself, NO_MEDIAN where too far."""


def walks_of_stops(
    network: Network, city: City, stop_ix: npt.NDArray[np.int32], new_stop_xy: npt.NDArray[np.float64]
) -> StopWalks:
    """
    Return the walks from some stops; `network.n_stops + k` is row k of `new_stop_xy`.

    They are those of `add_service`: old stops keep the links they have.
    """
    n_old, n = network.n_stops, len(stop_ix)
    is_new = stop_ix >= n_old
    new_xy = new_stop_xy[stop_ix[is_new] - n_old]
    x, y = np.empty(n), np.empty(n)
    x[~is_new], y[~is_new] = network.stop_x[stop_ix[~is_new]], network.stop_y[stop_ix[~is_new]]
    x[is_new], y[is_new] = new_xy[:, 0], new_xy[:, 1]
    to_stop, to_zone, among = _walks_of_new_stops(network, city, new_xy)
    new_of = np.flatnonzero(is_new)
    place, stop, walk = [new_of[to_stop[0]]], [to_stop[1]], [to_stop[2]]
    zone_place, zone, zone_walk = [new_of[to_zone[0]]], [to_zone[1]], [to_zone[2]]
    for i in np.flatnonzero(~is_new):
        links = _row(network.transfers, stop_ix[i])
        place.append(np.full(len(links[0]) + 1, i))
        stop.append(np.append(links[0], stop_ix[i]))
        walk.append(np.append(links[1], np.uint16(0)))
        links = _row(network.stop_zones, stop_ix[i])
        zone_place.append(np.full(len(links[0]), i))
        zone.append(links[0])
        zone_walk.append(links[1])
    place_of_stop = np.full(n_old, -1)
    place_of_stop[stop_ix[~is_new]] = np.flatnonzero(~is_new)
    a, b, seconds = np.concatenate(place), place_of_stop[np.concatenate(stop)], np.concatenate(walk)
    between = np.full((n, n), 65_535, dtype=np.uint16)
    between[a[b >= 0], b[b >= 0]] = seconds[b >= 0]
    between[b[b >= 0], a[b >= 0]] = seconds[b >= 0]
    between[new_of[among[0]], new_of[among[1]]] = among[2]
    np.fill_diagonal(between, 0)
    stop_links = links_from_pairs(np.concatenate(place), np.concatenate(stop), np.concatenate(walk), n)
    zone_links = links_from_pairs(np.concatenate(zone_place), np.concatenate(zone), np.concatenate(zone_walk), n)
    keys = [(int(s),) if s < n_old else (float(px), float(py)) for s, px, py in zip(stop_ix, x, y, strict=True)]
    return StopWalks(
        x, y, tuple(keys),
        stop_links.indptr.astype(np.int64), stop_links.to_ix, stop_links.walk_s,
        zone_links.indptr.astype(np.int64), zone_links.to_ix, zone_links.walk_s,
        between,
    )  # fmt: skip


def _row(links: Links, i: int) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.uint16]]:
    """Return one row of links."""
    row = slice(links.indptr[i], links.indptr[i + 1])
    return links.to_ix[row], links.walk_s[row]


Walks = tuple[npt.NDArray[np.int32], npt.NDArray[np.int32], npt.NDArray[np.uint16]]
"""(from, to, seconds), each (n_walks,)."""


def _walks_of_new_stops(network: Network, city: City, new_xy: npt.NDArray[np.float64]) -> tuple[Walks, Walks, Walks]:
    """Return walks from new stops to stops of the network, to zones, and to one another (both ways)."""
    params, n_old = network.params, network.n_stops
    new_x, new_y = new_xy[:, 0], new_xy[:, 1]
    stop_x, stop_y = np.concatenate([network.stop_x, new_x]), np.concatenate([network.stop_y, new_y])
    new, other, metres = near_pairs(city.walking, new_x, new_y, stop_x, stop_y, params.transfer_walk_m)
    seconds = walk_seconds(metres, params.walk_mps)
    to_old = other < n_old
    among = ~to_old & (new != other - n_old)
    zone_new, zone, metres = near_pairs(
        city.walking, new_x, new_y, network.zone_x, network.zone_y, params.access_walk_m
    )
    return (
        (new[to_old], other[to_old], seconds[to_old]),
        (zone_new, zone, walk_seconds(metres, params.walk_mps)),
        (new[among], other[among] - np.int32(n_old), seconds[among]),
    )


def _links_with_new_stops(network: Network, city: City, new_xy: npt.NDArray[np.float64]) -> tuple[Links, Links]:
    """Return transfers and zone links with those of new stops added."""
    n_old = np.int32(network.n_stops)
    (new, old, walk_s), (zone_new, zone, access_s), (a, b, among_s) = _walks_of_new_stops(network, city, new_xy)
    transfers = _extend_links(
        network.transfers,
        np.concatenate([new + n_old, old, a + n_old]),
        np.concatenate([old, new + n_old, b + n_old]),
        np.concatenate([walk_s, walk_s, among_s]),
        network.n_stops + len(new_xy),
    )
    return transfers, _extend_links(network.zone_stops, zone, zone_new + n_old, access_s, network.n_zones)


def _extend_links(
    links: Links,
    from_ix: npt.NDArray[np.int32],
    to_ix: npt.NDArray[np.int32],
    walk_s: npt.NDArray[np.uint16],
    n_from: int,
) -> Links:
    """Return links with more added; rows may be new."""
    old_from = np.repeat(np.arange(len(links.indptr) - 1, dtype=np.int32), np.diff(links.indptr))
    return links_from_pairs(
        np.concatenate([old_from, from_ix.astype(np.int32)]),
        np.concatenate([links.to_ix, to_ix.astype(np.int32)]),
        np.concatenate([links.walk_s, walk_s]),
        n_from,
    )
