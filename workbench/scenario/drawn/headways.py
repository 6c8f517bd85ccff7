"""From a headway to concrete trips: departures from a seeded phase, and the times at every stop.

A headway says how often a bus leaves, not at which minute. Each *phase* is one possible timetable; ten of them, the
same for all alternatives, tell how much of a result is the luck of the minute. Why so: docs/decisions/0002.
"""

from __future__ import annotations

from zlib import crc32

import numpy as np
import numpy.typing as npt

from workbench.scenario.drawn.running_time import N_HOURS

__all__ = ["DRAWN", "N_STRATA", "departures", "phase_share", "trip_times"]

FloatArray = npt.NDArray[np.float64]
Int32Array = npt.NDArray[np.int32]

DRAWN = "proposed"
"""Whose luck every drawn route has, whatever its id: alternatives drawn apart are then compared without luck. It is the
id that the drawing table gives its routes, so that what was drawn there keeps its numbers."""
N_STRATA = 10
"""Equal parts of the headway; every ten phases in a row have one bus time in each."""


def phase_share(*, seed: int, luck: str, direction: int, phase: int) -> float:
    """
    Return when the first bus of a direction leaves after the start of service, as a share of the headway, 0 to 1.

    The first share is drawn freely. The next nine fall one into each of the other tenths of the headway, in a drawn
    order and at a drawn place inside: so the mean of ten settles faster than that of ten free draws. Places are drawn
    because even steps would be whole minutes wherever the headway is 10 or 20 minutes, and people leave on whole
    minutes. The order is drawn anew for each direction and each route of today, so that they meet in many ways. Phases
    10 to 19 start again.

    Parameters
    ----------
    seed
        Of the edit. Routes of one package that meet have different seeds, or they keep step in every phase.
    luck
        `DRAWN` for a drawn route, the GTFS id for a route of today.
    direction
        0 as drawn, 1 back.
    phase
        0 for the live card; 0 to 9 for a published one.

    References
    ----------
    McKay, M., Beckman, R. and Conover, W. (1979), A comparison of three methods for selecting values of input variables
    in the analysis of output from a computer code, doi:10.1080/00401706.1979.10489755 (Latin hypercubes).
    """
    turn, stratum = divmod(phase, N_STRATA)
    rng = np.random.default_rng([seed, crc32(luck.encode()), direction, *([turn] if turn else [])])
    start, order, place = rng.random(), rng.permutation(np.arange(1, N_STRATA)), rng.random(N_STRATA - 1)
    if stratum == 0:
        return float(start)
    tenth = (int(N_STRATA * start) + order[stratum - 1]) % N_STRATA
    return float((tenth + place[stratum - 1]) / N_STRATA)


def departures(
    headway_s: int,
    span_start_s: int,
    span_end_s: int,
    *,
    seed: int = 0,
    luck: str = DRAWN,
    direction: int = 0,
    phase: int = 0,
) -> Int32Array:
    """
    Return when buses leave the first stop of a direction, seconds of the service day: (n_trips,).

    The span includes its start and excludes its end; `seed`, `luck`, `direction` and `phase` as in `phase_share`. They
    alone decide the luck: two alternatives that share a route have the same buses on it, and an edit left out does not
    move the buses of the others.
    """
    share = phase_share(seed=seed, luck=luck, direction=direction, phase=phase)
    return np.arange(span_start_s + int(share * headway_s), span_end_s, headway_s, dtype=np.int32)


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
