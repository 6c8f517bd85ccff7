"""Who lives within a walk of the stops: a scorecard's blocks as places with people, ready for the map."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from workbench.city import City
from workbench.publish.figures import format_people
from workbench.scenario import metres_to_lonlat

__all__ = ["WalkCatchment", "describe_walk", "find_walk_catchment"]

QUARTER_MILE_M = 400.0
"""Near enough to a quarter mile to be called one."""


@dataclass(frozen=True, slots=True)
class WalkCatchment:
    """The inhabited blocks near a route."""

    blocks: bytes
    """Little-endian float32, three a block: longitude, latitude (degrees), residents."""
    residents: int
    """All of them together."""


def find_walk_catchment(city: City, near: npt.NDArray[np.bool_]) -> WalkCatchment:
    """
    Return where the people live whom a card counts as near the route.

    Parameters
    ----------
    city
        The city of the card.
    near
        (n_blocks,) `ZoneResults.blocks_near`.
    """
    residents = city.blocks["residents"].to_numpy(dtype=np.float64)
    rows = np.flatnonzero(near & (residents > 0))
    xy = city.blocks[["x", "y"]].to_numpy(dtype=np.float64)[rows]
    places = np.column_stack([metres_to_lonlat(xy, city.crs), residents[rows]])
    return WalkCatchment(places.astype("<f4").tobytes(), round(float(residents[rows].sum())))


def describe_walk(catchment: WalkCatchment, near_walk_m: float) -> str:
    """Return what the dots stand for, for the legend."""
    walk = "a quarter-mile walk" if near_walk_m == QUARTER_MILE_M else f"a walk of {near_walk_m:,.0f} meters"
    return f"{format_people(catchment.residents)} people live within {walk} of a stop. Each dot is a block of houses."
