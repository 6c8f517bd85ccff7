"""Service added to a network: patterns with concrete trips, at existing stops and at new ones."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from workbench.errors import InputError

__all__ = ["AddedPattern", "ServiceAddition"]


@dataclass(frozen=True, eq=False)
class AddedPattern:
    """One direction of an added route."""

    route_id: str
    direction: int
    stop_ix: npt.NDArray[np.int32]
    """(n_stops,) rows of `City.stops`; `n_stops_of_city + k` is row k of `ServiceAddition.new_stop_xy`."""
    arrival_s: npt.NDArray[np.int32]
    """(n_trips, n_stops) seconds of the service day; later rows are never earlier at any stop."""
    departure_s: npt.NDArray[np.int32]
    """(n_trips, n_stops) like `arrival_s`, never before it."""


@dataclass(frozen=True, eq=False)
class ServiceAddition:
    """All patterns added by a scenario, and the stops that do not exist yet."""

    new_stop_xy: npt.NDArray[np.float64]
    """(n_new_stops, 2) metres in the city's CRS."""
    patterns: tuple[AddedPattern, ...]

    def __post_init__(self) -> None:
        """Check shapes, order in time along a trip, and that no trip overtakes another."""
        for pattern in self.patterns:
            arrival, departure, where = pattern.arrival_s, pattern.departure_s, f"route {pattern.route_id}"
            if arrival.shape != departure.shape or arrival.ndim != 2 or arrival.shape[1] != len(pattern.stop_ix):
                raise InputError(f"{where}: times are {arrival.shape}, stops {pattern.stop_ix.shape}; they must agree")
            if len(pattern.stop_ix) < 2:
                raise InputError(f"{where}: has {len(pattern.stop_ix)} stops, must be at least 2")
            if (departure < arrival).any() or (arrival[:, 1:] < departure[:, :-1]).any():
                raise InputError(f"{where}: a trip goes back in time")
            if (np.diff(arrival, axis=0) < 0).any() or (np.diff(departure, axis=0) < 0).any():
                raise InputError(f"{where}: a trip overtakes another")
