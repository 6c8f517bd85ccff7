"""A city compiled for one departure window: flat timetables both ways and walking links. Never changed once built."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from workbench.city.city import City
from workbench.errors import InputError
from workbench.network.addition import ServiceAddition
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

__all__ = ["Network", "build_network"]

FloatArray = npt.NDArray[np.float64]


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
    """Compile a city for one window."""
    stops, zones, walking = city.stops, city.zones, city.walking
    stop_x, stop_y = stops["x"].to_numpy(np.float64), stops["y"].to_numpy(np.float64)
    zone_x, zone_y = zones["x"].to_numpy(np.float64), zones["y"].to_numpy(np.float64)
    forward = compile_timetable(city.load_timetable(window.service), window, params, len(stop_x))
    zone_ix, stop_ix, metres = near_pairs(walking, zone_x, zone_y, stop_x, stop_y, params.access_walk_m)
    zone_stops = links_from_pairs(zone_ix, stop_ix, walk_seconds(metres, params.walk_mps), len(zone_x))
    return Network(
        window=window,
        params=params,
        stop_x=stop_x,
        stop_y=stop_y,
        zone_x=zone_x,
        zone_y=zone_y,
        forward=forward,
        backward=reverse_timetable(forward, window, params),
        transfers=_transfers(city, stop_x, stop_y, params),
        zone_stops=zone_stops,
        stop_zones=transpose_links(zone_stops, len(stop_x)),
        walk_s=_direct_walks(city, zone_x, zone_y, params),
    )


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
        transfers, zone_stops = _links_with_new_stops(network, city, stop_x, stop_y)
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


def _links_with_new_stops(network: Network, city: City, stop_x: FloatArray, stop_y: FloatArray) -> tuple[Links, Links]:
    """Return transfers and zone links with those of the stops after the network's own added."""
    params, n_old = network.params, network.n_stops
    new_x, new_y = stop_x[n_old:], stop_y[n_old:]
    new, other, metres = near_pairs(city.walking, new_x, new_y, stop_x, stop_y, params.transfer_walk_m)
    new = new + np.int32(n_old)
    seconds = walk_seconds(metres, params.walk_mps)
    to_old = other < n_old
    among_new = ~to_old & (new != other)
    a = np.concatenate([new[to_old], other[to_old], new[among_new]])
    b = np.concatenate([other[to_old], new[to_old], other[among_new]])
    transfers = _extend_links(
        network.transfers, a, b, np.concatenate([seconds[to_old]] * 2 + [seconds[among_new]]), len(stop_x)
    )
    stop, zone, metres = near_pairs(city.walking, new_x, new_y, network.zone_x, network.zone_y, params.access_walk_m)
    access = walk_seconds(metres, params.walk_mps)
    return transfers, _extend_links(network.zone_stops, zone, stop + np.int32(n_old), access, network.n_zones)


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
