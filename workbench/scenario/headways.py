"""From a headway to concrete trips: departures from a seeded phase, and the times at every stop."""

from __future__ import annotations

from zlib import crc32

import numpy as np
import numpy.typing as npt

from workbench.scenario.edits import AddRoute
from workbench.scenario.running_time import N_HOURS

__all__ = ["departures", "trip_times"]

FloatArray = npt.NDArray[np.float64]
Int32Array = npt.NDArray[np.int32]


def departures(edit: AddRoute, direction: int) -> Int32Array:
    """
    Return when buses leave the first stop of a direction, seconds of the service day: (n_trips,).

    The phase is a share of the headway drawn from the seed, the route's id and the direction. So the same seed gives
    the same luck to every alternative, and an edit left out does not move the buses of the others. The span includes
    its start and excludes its end.
    """
    luck = np.random.default_rng([edit.seed, crc32(edit.route_id.encode()), direction]).random()
    first_s = edit.span_start_s + int(luck * edit.headway_s)
    return np.arange(first_s, edit.span_end_s, edit.headway_s, dtype=np.int32)


def trip_times(departure_s: Int32Array, length_m: FloatArray, speed_mps: FloatArray) -> Int32Array:
    """
    Return when each trip is at each stop: (n_trips, n_stops), seconds of the service day.

    The speed of a segment is that of the hour in which the bus enters it. Where a faster hour would let a bus
    overtake the one before, it follows that one instead.

    Parameters
    ----------
    departure_s
        (n_trips,) at the first stop, rising.
    length_m
        (n_segments,) metres.
    speed_mps
        (n_segments, N_HOURS) metres per second.
    """
    hop_s = np.maximum(np.rint(length_m[:, None] / speed_mps), 1).astype(np.int32)
    times = np.empty((len(departure_s), len(length_m) + 1), dtype=np.int32)
    times[:, 0] = departure_s
    for segment in range(len(length_m)):
        hour = np.clip(times[:, segment] // 3600, 0, N_HOURS - 1)
        times[:, segment + 1] = np.maximum.accumulate(times[:, segment] + hop_s[segment, hour])
    return times
