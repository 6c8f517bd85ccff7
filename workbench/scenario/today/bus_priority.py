"""What cities build to make buses faster, and how much faster that made them in New York: a default and a range each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

__all__ = ["BUS_PRIORITY", "BusPriority"]


@dataclass(frozen=True, slots=True)
class BusPriority:
    """One way of giving buses priority on a stretch of street."""

    label: str
    speed_factor: float
    """Speed afterwards over speed before, where nothing better is known."""
    low: float
    """Least that was measured."""
    high: float
    """Most that was measured."""
    source: str


BUS_PRIORITY: Mapping[str, BusPriority] = MappingProxyType(
    {
        "bus-lane": BusPriority(
            "bus lane",
            1.10,
            1.00,
            1.30,
            "painted lanes: 0 to 30% by segment (NYC DOT, Streetsblog NYC 25 March 2025); 10% assumed in the middle",
        ),
        "camera-lane": BusPriority(
            "camera-enforced bus lane",
            1.15,
            1.015,
            1.30,
            "10% of the lane and the 5% that camera enforcement added on average (ACE, 2025); cameras alone 1.5% on the "
            "M15, at most 30%",
        ),
        "sbs": BusPriority(
            "Select Bus Service",
            1.20,
            1.10,
            1.30,
            "lanes, paying before boarding, fewer stops: 10 to 30% faster (NYC DOT Bus Forward, 2017)",
        ),
        "busway": BusPriority(
            "busway",
            1.43,
            1.20,
            1.51,
            "14th Street: 15.1 to 10.6 minutes, a 30% shorter trip (2020); 20% on average (ACE data, 2025), 36% on 181st "
            "Street, 51% on Main Street (November 2021)",
        ),
    }
)
"""By the name a `change-speed` edit gives as its `measure`."""
