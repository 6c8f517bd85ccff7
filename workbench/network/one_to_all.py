"""From one zone or stop, leaving at one moment: the earliest arrival at every stop. A door to `kernels/journey.py`."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from workbench.errors import InputError
from workbench.network.kernels.arrays import OFFSET_S, UNREACHED
from workbench.network.kernels.journey import (
    MAX_PACKED_STOPS,
    MAX_PACKED_WALK_S,
    Counters,
    PackedLinks,
    Scratch,
    new_scratch,
    pack_links,
    search_one,
)
from workbench.network.network import Network
from workbench.network.search import _require_network

__all__ = ["NOT_REACHED", "OneToAll", "packed_transfers"]

UInt16Array = npt.NDArray[np.uint16]
Int32Array = npt.NDArray[np.int32]

NOT_REACHED = -1
"""Second of a stop that is not reached in time."""
_NO_STOPS = np.zeros(0, dtype=np.int32)
_NO_WALKS = np.zeros(0, dtype=np.uint16)


class OneToAll:
    """Searches a network again and again, one departure at a time; keeps its scratch. For one thread at a time."""

    def __init__(self, network: Network) -> None:
        _require_network(network)
        self.network = network
        self._transfers = packed_transfers(network)
        self._scratch: Scratch = new_scratch(network.forward)

    def from_stop(self, stop_ix: int, depart_s: int, *, walks_last: bool = False) -> Int32Array:
        """
        Return the earliest arrival at every stop, starting at one of them without a walk.

        Parameters
        ----------
        depart_s
            Seconds of the service day, inside the window of the network.
        walks_last
            False: arrivals by vehicle. True: when one could board there, after a ride and a walk and the time to change.

        Returns
        -------
        arrival_s
            (n_stops,) seconds of the service day; NOT_REACHED where not reached in time.
        """
        if not 0 <= stop_ix < self.network.n_stops:
            raise InputError(f"stop position is {stop_ix}, must be 0 to {self.network.n_stops - 1}")
        return self._search(np.full(1, stop_ix, np.int32), np.zeros(1, np.uint16), depart_s, walks_last)

    def from_zone(self, zone_ix: int, depart_s: int, *, walks_last: bool = False) -> Int32Array:
        """Return the earliest arrival at every stop, walking from a zone to the first; arguments as in `from_stop`."""
        if not 0 <= zone_ix < self.network.n_zones:
            raise InputError(f"zone position is {zone_ix}, must be 0 to {self.network.n_zones - 1}")
        links = self.network.zone_stops
        row = slice(links.indptr[zone_ix], links.indptr[zone_ix + 1])
        return self._search(links.to_ix[row], links.walk_s[row], depart_s, walks_last)

    @property
    def counters(self) -> Counters:
        """Operations of all searches so far: free of noise, so that benchmarks can gate on them."""
        return Counters(*(int(total) for total in self._scratch.counters))

    def _search(self, stops: Int32Array, walk_s: UInt16Array, depart_s: int, walks_last: bool) -> Int32Array:
        network, params = self.network, self.network.params
        start_s = network.window.start_s
        if not start_s <= depart_s < network.window.end_s:
            raise InputError(f"departure is second {depart_s}, must be {start_s} to {network.window.end_s - 1}")
        depart = depart_s - start_s + OFFSET_S
        latest = depart + params.max_travel_s
        search_one(
            network.forward, self._transfers, params.change_s, stops, walk_s, _NO_STOPS, _NO_WALKS, depart, latest,
            params.max_rides, walks_last, self._scratch, None,
        )  # fmt: skip
        arrived = self._scratch.ride
        if walks_last:
            arrived = np.minimum(arrived, self._scratch.ready)
        assert latest < UNREACHED
        return np.where(arrived <= latest, arrived.astype(np.int32) - OFFSET_S + start_s, np.int32(NOT_REACHED))


def packed_transfers(network: Network) -> PackedLinks:
    """Return the transfers as the kernel takes them; raises `InputError` if a number does not fit."""
    longest_s = int(network.transfers.walk_s.max(initial=0))
    if network.n_stops > MAX_PACKED_STOPS or longest_s > MAX_PACKED_WALK_S:
        raise InputError(
            f"the city has {network.n_stops:,} stops and walks between them of up to {longest_s} s; journeys are searched "
            f"with at most {MAX_PACKED_STOPS:,} stops and walks of {MAX_PACKED_WALK_S} s"
        )
    return pack_links(network.transfers)
