"""Who loses: residents whose access falls or whose trips get longer. Never subtracted from those who gain."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from workbench.scoring.measures.access import Access
from workbench.scoring.measures.changes import Changes
from workbench.scoring.scorecard import Measure

__all__ = ["loser_measures", "losing_access", "losing_time", "pick_worst", "worst_pairs"]

BoolArray = npt.NDArray[np.bool_]
FloatArray = npt.NDArray[np.float64]

N_WORST = 5
"""Pairs that are named."""
SOURCE = "scheduled travel times, residents by tax lot"


def losing_time(changes: Changes) -> BoolArray:
    """Tell from which zones some trip gets longer in the median: (n_zones,)."""
    longer = np.zeros(changes.n_zones, dtype=np.bool_)
    longer[changes.origin_ix[changes.saved_s < 0]] = True
    return longer


def losing_access(access: Access) -> BoolArray:
    """Tell which zones reach fewer residents within 45 minutes, gains not set against losses of other zones."""
    return access.headline_change() < 0


def loser_measures(access: Access, changes: Changes, residents: FloatArray) -> dict[str, Measure]:
    """Return the indicators of loss: every resident of a zone counts if anyone there can lose."""
    delay_s = -changes.saved_s.min() if len(changes.saved_s) else 0
    return {
        "residents_longer_trips": Measure(round(residents[losing_time(changes)].sum()), "residents", SOURCE),
        "residents_losing_access": Measure(round(residents[losing_access(access)].sum()), "residents", SOURCE),
        "longest_delay_min": Measure(round(max(float(delay_s), 0.0) / 60, 2), "minutes", SOURCE),
    }


def worst_pairs(
    changes: Changes, residents: FloatArray, neighborhood: npt.NDArray[np.int64], weight_by_s: FloatArray
) -> tuple[int, ...]:
    """
    Return the positions of the pairs that lose most, most first: at most one from each neighborhood, one to each, and not both ways.

    Formula
    -------
    loss(o, d) = R(o) R(d) 2^(-T(o, d) / half) max(T'(o, d) - T(o, d), 0): the likely trips between them times the delay.

    Parameters
    ----------
    changes
        Changed pairs.
    residents
        (n_zones,)
    neighborhood
        (n_zones,) a number for each neighborhood.
    weight_by_s
        `Before.weight_by_s`.
    """
    slower = np.flatnonzero(changes.saved_s < 0)
    origin, destination = changes.origin_ix[slower], changes.destination_ix[slower]
    trips = residents[origin] * residents[destination] * weight_by_s[changes.before_s[slower]]
    loss = trips * -changes.saved_s[slower]
    return tuple(int(slower[pair]) for pair in pick_worst(origin, destination, loss, neighborhood))


def pick_worst(
    origin: npt.NDArray[np.int64],
    destination: npt.NDArray[np.int64],
    loss: FloatArray,
    neighborhood: npt.NDArray[np.int64],
) -> tuple[int, ...]:
    """Return the positions of the largest losses: at most one from each neighborhood, one to each, and not both ways."""
    found: list[int] = []
    left = loss > 0
    while left.any() and len(found) < N_WORST:
        worst = int(np.argmax(np.where(left, loss, -1.0)))
        found.append(worst)
        start, end = neighborhood[origin[worst]], neighborhood[destination[worst]]
        left &= (neighborhood[origin] != start) & (neighborhood[destination] != end)
        left &= (neighborhood[origin] != end) | (neighborhood[destination] != start)
    return tuple(found)
