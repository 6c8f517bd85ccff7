"""What a scenario does to each zone, sorted into the few classes that a map can show: one table for every kind of map."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from workbench.publish.maps.basemap import Basemap
from workbench.scoring.scorecard import Scorecard
from workbench.scoring.zone_difference import ZoneDifference

__all__ = [
    "ACCESS",
    "DIFFERENCE",
    "FEWEST_RESIDENTS",
    "MINUTES",
    "RIDES",
    "Layer",
    "Step",
    "build_layers",
    "difference_steps",
]


@dataclass(frozen=True, slots=True)
class Step:
    """One class of values: from `low` (included) up to the next step."""

    low: float
    label: str
    color: str
    opacity: float


@dataclass(frozen=True, slots=True)
class Layer:
    """One thing a map can show."""

    key: str
    title: str
    note: str
    steps: tuple[Step, ...]


FEWEST_RESIDENTS = 50
"""Zones with fewer residents are left blank."""
_BLANK = f"Areas with fewer than {FEWEST_RESIDENTS} residents are left blank."
_NO_CHANGE = "#ffffff"

ACCESS = Layer(
    key="access",
    title="People within reach",
    note=f"Change in how many residents can be reached within 45 minutes. {_BLANK}",
    steps=(
        Step(-np.inf, "5% fewer, or worse", "#8c2d04", 0.85),
        Step(-0.05, "1 to 5% fewer", "#e2783c", 0.8),
        Step(-0.01, "changes less than 1%", _NO_CHANGE, 0.0),
        Step(0.01, "1 to 2% more", "#b5e2d9", 0.85),
        Step(0.02, "2 to 5% more", "#6fc3b4", 0.85),
        Step(0.05, "5 to 10% more", "#24917f", 0.85),
        Step(0.10, "10% more, or better", "#004d44", 0.85),
    ),
)
"""The limit of 1% is the one the evidence card counts people by."""

MINUTES = Layer(
    key="minutes",
    title="Time saved",
    note=f"Average cut in travel time to the places people go. {_BLANK}",
    steps=(
        Step(-np.inf, "half a minute longer, or more", "#8c2d04", 0.85),
        Step(-0.5, "up to half a minute longer", "#e2783c", 0.8),
        Step(-0.1, "less than 6 seconds", _NO_CHANGE, 0.0),
        Step(0.1, "6 to 30 seconds", "#b5e2d9", 0.85),
        Step(0.5, "half a minute to a minute", "#6fc3b4", 0.85),
        Step(1.0, "1 to 2 minutes", "#24917f", 0.85),
        Step(2.0, "2 minutes or more", "#004d44", 0.85),
    ),
)

RIDES = Layer(
    key="rides",
    title="Changing vehicle",
    note=f"Share of the likely trips from here that need one more change, or one fewer; where there are both, one more is shown. {_BLANK}",
    steps=(
        Step(-np.inf, "one in ten needs one more change, or more do", "#8c2d04", 0.85),
        Step(-0.10, "one in fifty to one in ten needs one more", "#e2783c", 0.8),
        Step(-0.02, "fewer than one in fifty", _NO_CHANGE, 0.0),
        Step(0.02, "one in fifty to one in ten needs one fewer", "#6fc3b4", 0.85),
        Step(0.10, "one in ten needs one fewer, or more do", "#004d44", 0.85),
    ),
)
"""The limit of one in fifty is the one the evidence card counts people by."""

DIFFERENCE = Layer(
    key="difference",
    title="Who reaches more with which",
    note=f"How many more residents can be reached within 45 minutes with one than with the other. {_BLANK}",
    steps=(
        Step(-np.inf, "5% more, or better, with {other}", "#b35806", 0.9),
        Step(-0.05, "1 to 5% more with {other}", "#fdb863", 0.9),
        Step(-0.01, "less than 1% apart, or within noise", _NO_CHANGE, 0.0),
        Step(0.01, "1 to 5% more with {one}", "#a99fd1", 0.9),
        Step(0.05, "5% more, or better, with {one}", "#542788", 0.9),
    ),
)
"""Of two alternatives. Orange and purple are told apart by all kinds of color vision (PuOr of colorbrewer2.org)."""


def build_layers(scorecard: Scorecard, basemap: Basemap) -> tuple[tuple[Layer, npt.NDArray[np.int64]], ...]:
    """
    Return each layer with, for every zone, the number of its step: people within reach, time saved, rides where they were asked for.

    Zones where almost nobody lives (parks, airports, cemeteries) are left blank: large areas would show few people.
    """
    zones = scorecard.zones
    before = zones.access_before
    gain = zones.access_after - before
    share = np.divide(gain, before, out=np.where(gain > 0, np.inf, 0.0), where=before > 0)
    is_lived_in = _is_lived_in(basemap)
    values = [(ACCESS, share), (MINUTES, zones.minutes_saved)]
    if zones.more_rides is not None and zones.fewer_rides is not None:
        values.append((RIDES, _rides(zones.more_rides, zones.fewer_rides)))
    return tuple((layer, _step_ix(layer, np.where(is_lived_in, value, 0.0))) for layer, value in values)


def _rides(more: npt.NDArray[np.float64], fewer: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return the share that needs one more change as a negative number, else the share that needs one fewer."""
    just_below = np.nextafter(-more, -np.inf)  # a limit belongs to the step farther from nothing, on this side too
    return np.where(more >= -RIDES.steps[2].low, just_below, fewer)


def difference_steps(difference: ZoneDifference, basemap: Basemap) -> npt.NDArray[np.int64]:
    """Return for every zone the number of its step of `DIFFERENCE`; what is within noise counts as no difference."""
    is_shown = _is_lived_in(basemap) & ~difference.within_noise
    return _step_ix(DIFFERENCE, np.where(is_shown, difference.share, 0.0))


def _is_lived_in(basemap: Basemap) -> npt.NDArray[np.bool_]:
    return np.array([int(zone.properties["residents"]) >= FEWEST_RESIDENTS for zone in basemap.zones])


def _step_ix(layer: Layer, values: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
    lows = np.array([step.low for step in layer.steps[1:]])
    return np.digitize(values, lows)
