"""How fast a new bus would run: the scheduled speed of today's buses near each segment, hour by hour.

Scheduled times hold the time spent at stops, so no dwell is added to them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt

from workbench.city.city import City
from workbench.city.derived import derived_arrays
from workbench.city.near import nearest, pairs_within
from workbench.city.timetable import Timetable

__all__ = [
    "DEFAULT_SPEED_MPS",
    "N_HOURS",
    "SPEED_WORDS",
    "HopSpeeds",
    "Segments",
    "SpeedSource",
    "hop_speeds",
    "segment_speeds",
]

BoolArray = npt.NDArray[np.bool_]
FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

N_HOURS = 30
"""Hours of a service day, which ends at 6 am of the day after."""
NEAR_M = 250.0
"""A hop whose middle lies this near to a segment's middle tells its speed, metres: about one avenue block."""
SAME_WAY_COS = float(np.cos(np.radians(35.0)))
"""Hops within 35 degrees of the segment's direction come first: traffic differs by direction."""
HOP_LIMITS_M = (50.0, 1500.0)
"""Longer hops are express runs on highways, shorter ones are mostly rounding."""
SPEED_LIMITS_MPS = (0.5, 20.0)
DEFAULT_SPEED_MPS = 3.5
"""Only for a city without any bus: 7.9 mph, all New York buses in October 2021 (MTA, by kozweek.com)."""


class SpeedSource(IntEnum):
    """Where the speed of a segment comes from, best first."""

    SAME_WAY = 0
    NEAR = 1
    BOROUGH = 2
    CITY = 3
    PARAMETER = 4


SPEED_WORDS: Mapping[SpeedSource, str] = {
    SpeedSource.SAME_WAY: "buses nearby in the same direction",
    SpeedSource.NEAR: "buses nearby in another direction",
    SpeedSource.BOROUGH: "the usual bus of this part of the city",
    SpeedSource.CITY: "the usual bus of the city",
    SpeedSource.PARAMETER: "a stated average",
}


@dataclass(frozen=True, eq=False)
class HopSpeeds:
    """Scheduled running of existing buses on one service day, one row per pair of neighbouring stops."""

    xy: FloatArray
    """(n_hops, 2) middle of the hop, metres."""
    way: FloatArray
    """(n_hops, 2) direction, a vector of length 1."""
    distance_m: FloatArray
    """(n_hops,) straight from stop to stop: a little less than the bus runs, so speeds err to the slow side."""
    n_trips: FloatArray
    """(n_hops, N_HOURS) trips that leave in each hour."""
    total_s: FloatArray
    """(n_hops, N_HOURS) their scheduled time from departure to departure, summed."""
    borough_mps: FloatArray
    """(n_boroughs, N_HOURS) median speed, each trip counted once; NaN where no bus runs."""
    city_mps: FloatArray
    """(N_HOURS,) the same for the whole city."""
    zone_xy: FloatArray
    """(n_zones, 2) metres: a place belongs to the borough of the nearest zone."""
    zone_borough: IntArray
    """(n_zones,) row of `borough_mps`."""


@dataclass(frozen=True, eq=False)
class Segments:
    """Parts of a route between neighbouring stops."""

    length_m: FloatArray
    """(n,) along the line, metres."""
    middle_xy: FloatArray
    """(n, 2) metres."""
    way: FloatArray
    """(n, 2) direction from start to end, a vector of length 1 (or 0 where both are one place)."""

    def reversed(self) -> Segments:
        """Return the same segments for the other direction."""
        return Segments(self.length_m[::-1], self.middle_xy[::-1], -self.way[::-1])


_known: WeakKeyDictionary[City, dict[str, HopSpeeds]] = WeakKeyDictionary()


def hop_speeds(city: City, service: str) -> HopSpeeds:
    """Return the scheduled speeds of `weekday`, `saturday` or `sunday`, computed once for a city."""
    by_service = _known.setdefault(city, {})
    if service not in by_service:
        arrays = derived_arrays(
            city,
            f"hop-speeds-{service}",
            service,
            made_by=("workbench.city.near", "workbench.city.timetable", "workbench.scenario.drawn.running_time"),
            build=lambda: vars(_build_hop_speeds(city, city.load_timetable(service))),
        )
        by_service[service] = HopSpeeds(**arrays)
    return by_service[service]


def segment_speeds(speeds: HopSpeeds, segments: Segments) -> tuple[FloatArray, npt.NDArray[np.int8]]:
    """
    Return the speed of each segment in each hour, and where it comes from.

    The first that has a bus in that hour: hops near and the same way; hops near, any way; the median of the
    borough; of the borough all day; of the city; of the city all day; a stated parameter.

    Parameters
    ----------
    speeds
        Today's buses.
    segments
        Parts of the new route in one direction.

    Returns
    -------
    speed_mps, source
        (n, N_HOURS) metres per second, never NaN; (n, N_HOURS) `SpeedSource`.
    """
    n = len(segments.length_m)
    pair_segment, pair_hop = _near_pairs(segments.middle_xy, speeds.xy)
    along = (segments.way[pair_segment] * speeds.way[pair_hop]).sum(axis=1)
    same = along >= SAME_WAY_COS
    borough = speeds.zone_borough[nearest(*segments.middle_xy.T, *speeds.zone_xy.T)[0]]
    borough_all_day = _row_median(speeds.borough_mps)
    city_all_day = _row_median(speeds.city_mps[None, :])
    ladder = (
        (SpeedSource.SAME_WAY, _mean_speed(speeds, pair_segment[same], pair_hop[same], n)),
        (SpeedSource.NEAR, _mean_speed(speeds, pair_segment, pair_hop, n)),
        (SpeedSource.BOROUGH, speeds.borough_mps[borough]),
        (SpeedSource.BOROUGH, np.broadcast_to(borough_all_day[borough, None], (n, N_HOURS))),
        (SpeedSource.CITY, np.broadcast_to(speeds.city_mps, (n, N_HOURS))),
        (SpeedSource.CITY, np.broadcast_to(city_all_day[:, None], (n, N_HOURS))),
    )
    speed_mps = np.full((n, N_HOURS), DEFAULT_SPEED_MPS)
    source = np.full((n, N_HOURS), SpeedSource.PARAMETER, dtype=np.int8)
    for kind, found in reversed(ladder):
        known = np.isfinite(found)
        speed_mps = np.where(known, found, speed_mps)
        source[known] = kind
    return speed_mps, source


def _build_hop_speeds(city: City, timetable: Timetable) -> HopSpeeds:
    first, second, n_trips, total_s = _sum_hops(city, timetable)
    xy = city.stops[["x", "y"]].to_numpy(dtype=np.float64)
    step = xy[second] - xy[first]
    distance_m = np.hypot(step[:, 0], step[:, 1])
    mean_mps = distance_m * n_trips.sum(axis=1) / np.maximum(total_s.sum(axis=1), 1.0)
    keep = (distance_m >= HOP_LIMITS_M[0]) & (distance_m <= HOP_LIMITS_M[1])
    keep &= (mean_mps >= SPEED_LIMITS_MPS[0]) & (mean_mps <= SPEED_LIMITS_MPS[1])
    middle = (xy[first] + xy[second])[keep] / 2
    way, distance_m = step[keep] / distance_m[keep, None], distance_m[keep]
    n_trips, total_s = n_trips[keep], total_s[keep]
    zone_xy = city.zones[["x", "y"]].to_numpy(dtype=np.float64)
    names, zone_borough = np.unique(city.zone_parts().to_numpy(dtype=str), return_inverse=True)
    hop_borough = zone_borough[nearest(*middle.T, *zone_xy.T)[0]]
    in_borough = [hop_borough == row for row in range(len(names))]
    borough_mps = np.array([_hourly_median(distance_m[own], n_trips[own], total_s[own]) for own in in_borough])
    city_mps = _hourly_median(distance_m, n_trips, total_s)
    return HopSpeeds(middle, way, distance_m, n_trips, total_s, borough_mps, city_mps, zone_xy, zone_borough)


def _sum_hops(city: City, timetable: Timetable) -> tuple[IntArray, IntArray, FloatArray, FloatArray]:
    """Return first stop, second stop, trips and seconds by hour of each pair of stops that buses run between."""
    is_bus = (city.routes["mode"] == "bus").to_numpy()
    keys, hours, seconds = [], [], []
    for pattern in np.flatnonzero(is_bus[timetable.pattern_route_ix]):
        stop_ix = timetable.pattern_stops(int(pattern)).astype(np.int64)
        arrival, departure = timetable.pattern_times(int(pattern))
        passing = np.column_stack((departure[:, :-1], arrival[:, -1:]))  # dwell at the way stops is inside
        keys.append(np.broadcast_to(stop_ix[:-1] * city.n_stops + stop_ix[1:], passing[:, 1:].shape).ravel())
        hours.append(passing[:, :-1].ravel() // 3600)
        seconds.append(np.diff(passing, axis=1).ravel())
    if not keys:
        none = np.zeros(0, dtype=np.int64)
        return none, none, np.zeros((0, N_HOURS)), np.zeros((0, N_HOURS))
    hour, second = np.concatenate(hours), np.concatenate(seconds)
    of_day = (hour >= 0) & (hour < N_HOURS)
    key, row = np.unique(np.concatenate(keys)[of_day], return_inverse=True)
    cell = row * N_HOURS + hour[of_day]
    n_trips = np.bincount(cell, minlength=len(key) * N_HOURS).reshape(-1, N_HOURS).astype(np.float64)
    summed_s = np.bincount(cell, weights=second[of_day], minlength=len(key) * N_HOURS)
    total_s = summed_s.astype(np.float64).reshape(-1, N_HOURS)
    return key // city.n_stops, key % city.n_stops, n_trips, total_s


def _near_pairs(places: FloatArray, hops: FloatArray) -> tuple[IntArray, IntArray]:
    """Return (segment, hop) rows whose middles lie within `NEAR_M`."""
    return pairs_within(*places.T, *hops.T, limit_m=NEAR_M)


def _mean_speed(speeds: HopSpeeds, segment: IntArray, hop: IntArray, n: int) -> FloatArray:
    """Return metres run over seconds taken by all hops of a segment, (n, N_HOURS); NaN where none runs."""
    metres, seconds = np.zeros((n, N_HOURS)), np.zeros((n, N_HOURS))
    np.add.at(metres, segment, speeds.distance_m[hop, None] * speeds.n_trips[hop])
    np.add.at(seconds, segment, speeds.total_s[hop])
    mean_mps: FloatArray = np.full((n, N_HOURS), np.nan)
    np.divide(metres, seconds, out=mean_mps, where=seconds > 0)
    return mean_mps


def _hourly_median(distance_m: FloatArray, n_trips: FloatArray, total_s: FloatArray) -> FloatArray:
    """Return the median speed of each hour, (N_HOURS,), each hop counted as often as a bus runs it."""
    medians = np.full(N_HOURS, np.nan)
    for hour in range(N_HOURS):
        runs = (n_trips[:, hour] > 0) & (total_s[:, hour] > 0)
        if runs.any():
            weight = n_trips[runs, hour]
            speed = distance_m[runs] * weight / total_s[runs, hour]
            order = np.argsort(speed)
            reached = np.cumsum(weight[order])
            medians[hour] = speed[order][np.searchsorted(reached, reached[-1] / 2)]
    return medians


def _row_median(table: FloatArray) -> FloatArray:
    """Return the median of each row's known values, NaN for a row without any."""
    return np.array([np.median(row[np.isfinite(row)]) if np.isfinite(row).any() else np.nan for row in table])
