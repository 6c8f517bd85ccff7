"""What a route needs: length, running times, buses, hours, money."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from workbench.network import Window
from workbench.scoring.params import ScoringParams
from workbench.scoring.scorecard import Measure

__all__ = ["RouteOperation", "service_measures"]

FloatArray = npt.NDArray[np.float64]
Int32Array = npt.NDArray[np.int32]

DRAWN = "the drawn line"
RUNNING = "scheduled speeds of today's buses near the line at that hour, time at stops included"
PLANNED = "running times, layover and headway"
RATE = "revenue hours times a cost per hour"


@dataclass(frozen=True, eq=False)
class RouteOperation:
    """How one new route runs."""

    length_m: float
    """One way, the way out."""
    n_stops: int
    """Different stops, both directions."""
    headway_s: int
    days: tuple[str, ...]
    times_s: tuple[Int32Array, ...]
    """By direction, (n_trips, n_stops) seconds on the day scored; without trips if it does not run then."""
    cost_times_s: tuple[Int32Array, ...]
    """By direction, the same on the day that stands for all days in hours and cost."""
    is_loop: bool
    """It ends where it starts, so that a one-way route needs no way back."""
    back_length_m: float | None = None
    """The way back where it is a line of its own; None where it is as long as the way out."""

    @property
    def lengths_m(self) -> tuple[float, float]:
        """Way out and way back."""
        return self.length_m, self.length_m if self.back_length_m is None else self.back_length_m


@dataclass(frozen=True, slots=True)
class _Need:
    """What one route takes."""

    cycle_s: float
    n_buses: int
    hours_per_year: float
    km_per_year: float


def service_measures(routes: Sequence[RouteOperation], window: Window, params: ScoringParams) -> dict[str, Measure]:
    """
    Return the indicators of service, buses and cost of all new routes together.

    Lengths, stops, buses, hours and cost are sums over routes; times and speed are means. The length of a route is the
    mean of way out and way back.

    Formula
    -------
    cycle = sum over both directions of (running time + max(10 % of it, 5 min)), in the slowest hour of the day;
    buses = ceil(cycle / headway); hours a year = sum over days and trips of (running time + layover).

    References
    ----------
    TCRP Report 30 (1998), Transit Scheduling: Basic and Advanced Manuals.
    """
    needs = [_need(route, params) for route in routes]
    hours = sum(need.hours_per_year for need in needs)
    n_hops = sum(_n_hops(route) for route in routes)
    length_m = sum(sum(route.lengths_m) / 2 for route in routes)
    out_s, back_s = (_mean([_run_in_window(route, direction, window) for route in routes]) for direction in (0, 1))
    speeds = [route.length_m / s for route in routes if (s := _run_in_window(route, 0, window)) is not None]
    buses = sum(need.n_buses for need in needs)
    return {
        "length_km": Measure(round(length_m / 1000, 2), "km", DRAWN),
        "n_stops": Measure(sum(route.n_stops for route in routes), "stops", DRAWN),
        "stop_spacing_m": _known(length_m / n_hops if n_hops else None, "m", DRAWN, 0),
        "running_time_out_min": _known(None if out_s is None else out_s / 60, "minutes", RUNNING, 1),
        "running_time_back_min": _known(None if back_s is None else back_s / 60, "minutes", RUNNING, 1),
        "speed_kmh": _known(3.6 * float(np.mean(speeds)) if speeds else None, "km/h", RUNNING, 1),
        "cycle_min": _known(_mean([need.cycle_s / 60 for need in needs]), "minutes", PLANNED, 1),
        "buses_needed": Measure(buses, "buses", PLANNED, uncertainty="in the slowest hour of the day"),
        "buses_with_spares": Measure(math.ceil(round(buses * (1 + params.spare_ratio), 6)), "buses", PLANNED),
        "revenue_hours_per_year": Measure(round(hours), "hours per year", PLANNED, uncertainty="layover included"),
        "revenue_km_per_year": Measure(round(sum(need.km_per_year for need in needs)), "km per year", PLANNED),
        "cost_per_year": Measure(
            round(hours * params.usd_per_hour),
            "USD per year",
            RATE,
            low=round(hours * params.usd_per_hour_low),
            high=round(hours * params.usd_per_hour_high),
            uncertainty="an average of all MTA buses, not what one more bus costs; fares not subtracted",
        ),
    }


def _need(route: RouteOperation, params: ScoringParams) -> _Need:
    """Return what a route takes; a one-way route that is no loop also runs back, empty, in the same time."""
    runs = [(times[:, 0], (times[:, -1] - times[:, 0]).astype(np.float64)) for times in route.cost_times_s]
    if len(runs) == 1 and not route.is_loop:
        runs = [runs[0], runs[0]]
    spent = [(start, run + _layover_s(run, params)) for start, run in runs]
    hours = np.unique(np.concatenate([start // 3600 for start, _ in spent]))
    by_hour = sum((_by_hour(start, taken, hours) for start, taken in spent), np.zeros(len(hours)))
    cycle_s = float(by_hour.max())
    n_days = sum(params.days_per_year(day) for day in route.days)
    seconds = sum(float(taken.sum()) for _, taken in spent)
    run_m = sum(len(taken) * length_m for (_, taken), length_m in zip(spent, route.lengths_m, strict=False))
    return _Need(
        cycle_s=cycle_s,
        n_buses=math.ceil(cycle_s / route.headway_s),
        hours_per_year=n_days * seconds / 3600,
        km_per_year=n_days * run_m / 1000,
    )


def _n_hops(route: RouteOperation) -> float:
    """Return the hops of a trip, on average of both directions."""
    return float(np.mean([times.shape[1] - 1 for times in route.times_s]))


def _layover_s(run_s: FloatArray, params: ScoringParams) -> FloatArray:
    """Return the rest at the end of each trip, seconds."""
    return np.maximum(params.layover_share * run_s, 60.0 * params.layover_min)


def _by_hour(start_s: Int32Array, taken_s: FloatArray, hours: npt.NDArray[np.int32]) -> FloatArray:
    """Return the mean time taken by trips that start in each hour, between hours with trips by interpolation."""
    hour = start_s // 3600
    own = np.unique(hour)
    mean = [taken_s[hour == one].mean() for one in own]
    return np.asarray(np.interp(hours, own, mean), dtype=np.float64)


def _run_in_window(route: RouteOperation, direction: int, window: Window) -> float | None:
    """Return the mean running time of trips that start in the window, seconds; None where none does."""
    if direction >= len(route.times_s):
        return None
    times = route.times_s[direction]
    inside = (times[:, 0] >= window.start_s) & (times[:, 0] < window.end_s)
    return float((times[inside, -1] - times[inside, 0]).mean()) if inside.any() else None


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None


def _known(value: float | None, unit: str, source: str, digits: int) -> Measure:
    if value is None:
        return Measure(None, unit, source, uncertainty="no trip starts in the window")
    return Measure(round(value, digits), unit, source)
