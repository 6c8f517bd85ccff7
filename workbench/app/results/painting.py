"""A scorecard's zones as colours: one byte each, with the change that the ends of the scale stand for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from workbench.publish.figures import format_count
from workbench.scoring.scorecard import ZoneResults

__all__ = ["METRICS", "NO_CHANGE", "Painting", "describe_zone", "paint_zones"]

METRICS = ("access", "minutes", "walk")
"""Residents reached within 45 minutes; minutes saved on an average trip; who lives within a walk of a stop."""

NO_CHANGE = 128
SMALLEST_LIMIT = {"access": 1000.0, "minutes": 0.5}
"""The scale never ends below this, so that next to nothing does not look like much."""


@dataclass(frozen=True, slots=True)
class Painting:
    """Colours for all zones."""

    metric: str
    values: bytes
    """One per zone: 0 much worse, 128 no change, 255 much better."""
    limit: float
    """Change at either end of the scale: residents or minutes."""


def paint_zones(zones: ZoneResults, metric: str) -> Painting:
    """Return the change of every zone as a byte; the scale ends where the largest twentieth of the changes begins."""
    change = zones.access_after - zones.access_before if metric == "access" else zones.minutes_saved
    limit = _nice_limit(change, SMALLEST_LIMIT[metric])
    return Painting(metric, _to_bytes(change, limit).tobytes(), limit)


def describe_zone(zones: ZoneResults, zone_ix: int) -> str:
    """Return exactly what happens to those who live in one zone, in a sentence or two."""
    before, after = float(zones.access_before[zone_ix]), float(zones.access_after[zone_ix])
    change, saved = round(after - before), float(zones.minutes_saved[zone_ix])
    if change == 0 and abs(saved) < 0.005:
        return "Nothing changes here."
    reach = f"{format_count(before)} people within 45 minutes today, {format_count(after)} with this route"
    words = f"{format_count(abs(change))} {'more' if change > 0 else 'fewer'}" if change else "as many as today"
    way = "shorter" if saved > 0 else "longer"
    trips = f" The average trip from here is {60 * abs(saved):.0f} seconds {way}." if abs(saved) >= 1 / 120 else ""
    return f"{reach}: {words}.{trips}"


def _nice_limit(change: npt.NDArray[np.float64], smallest: float) -> float:
    """Return the 95th percentile of the changes, rounded up to 1, 2 or 5 times a power of ten."""
    moved = np.abs(change[change != 0])
    wanted = max(float(np.quantile(moved, 0.95)) if len(moved) else 0.0, smallest)
    power = 10.0 ** np.floor(np.log10(wanted))
    return float(next(step * power for step in (1, 2, 5, 10) if step * power >= wanted * (1 - 1e-9)))


def _to_bytes(change: npt.NDArray[np.float64], limit: float) -> npt.NDArray[np.uint8]:
    """Scale to 0..255 around 128; whatever changes at all differs from 128 by at least one."""
    share = np.clip(change / limit, -1.0, 1.0)
    steps = np.where(share > 0, np.ceil(127 * share), np.floor(128 * share))
    return (NO_CHANGE + steps).astype(np.uint8)
