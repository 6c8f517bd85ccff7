"""Service added to a network: patterns with concrete trips, at existing stops and at new ones; and what goes before."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from workbench.errors import InputError

__all__ = ["AddedPattern", "ServiceAddition", "ServiceChange"]

_EVERYWHERE = np.zeros(0, dtype=np.bool_)


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
    may_board: npt.NDArray[np.bool_] = field(default_factory=lambda: _EVERYWHERE)
    """(n_stops,) False where nobody gets on; everywhere one may unless it is given."""
    may_alight: npt.NDArray[np.bool_] = field(default_factory=lambda: _EVERYWHERE)
    """(n_stops,) False where nobody gets off."""

    def __post_init__(self) -> None:
        """Fill in flags that are not given."""
        for name in ("may_board", "may_alight"):
            if len(getattr(self, name)) == 0:
                object.__setattr__(self, name, np.ones(len(self.stop_ix), dtype=np.bool_))


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
            if not len(pattern.may_board) == len(pattern.may_alight) == len(pattern.stop_ix):
                flags = f"{len(pattern.may_board)} and {len(pattern.may_alight)}"
                raise InputError(f"{where}: flags are {flags}, stops {len(pattern.stop_ix)}; they must agree")
            if len(pattern.stop_ix) < 2:
                raise InputError(f"{where}: has {len(pattern.stop_ix)} stops, must be at least 2")
            if (departure < arrival).any() or (arrival[:, 1:] < departure[:, :-1]).any():
                raise InputError(f"{where}: a trip goes back in time")
            if (np.diff(arrival, axis=0) < 0).any() or (np.diff(departure, axis=0) < 0).any():
                raise InputError(f"{where}: a trip overtakes another")


@dataclass(frozen=True, eq=False)
class ServiceChange:
    """
    Any change of service as routes taken out and service added.

    A route that changes is taken out whole and comes back as added patterns under its own id.
    """

    removed_route_ids: tuple[str, ...]
    """GTFS route_id of every route taken out, sorted."""
    addition: ServiceAddition
    """New routes, and the routes taken out as they run from now on."""

    def __post_init__(self) -> None:
        """Check the order of the ids, so that equal changes look equal."""
        if list(self.removed_route_ids) != sorted(set(self.removed_route_ids)):
            raise InputError(f"removed routes are {', '.join(self.removed_route_ids)}; must be sorted, each once")
