"""Names a city's sources do not have: its waters, and what lies beyond its line. Placed by hand where the map has room."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

__all__ = ["PLACES", "Place"]


@dataclass(frozen=True, slots=True)
class Place:
    """A name and where the map writes it."""

    name: str
    kind: str
    """`water`, or `outside` for what the pack does not hold."""
    lon: float
    lat: float
    min_zoom: int
    """Written from this zoom on."""


def _water(name: str, lon: float, lat: float, min_zoom: int) -> Place:
    return Place(name, "water", lon, lat, min_zoom)


def _outside(name: str, lon: float, lat: float) -> Place:
    return Place(name, "outside", lon, lat, 8)


PLACES: Mapping[str, tuple[Place, ...]] = MappingProxyType(
    {
        "nyc": (
            _water("Atlantic Ocean", -73.865, 40.525, 9),
            _water("Lower New York Bay", -74.055, 40.545, 9),
            _water("Upper New York Bay", -74.045, 40.665, 9),
            _water("Jamaica Bay", -73.861, 40.6073, 10),
            _water("Hudson River", -74.012, 40.765, 10),
            _water("Hudson River", -73.948, 40.864, 11),
            _water("Hudson River", -74.024, 40.725, 12),
            _water("East River", -73.9675, 40.7275, 10),
            _water("East River", -73.845, 40.802, 10),
            _water("Long Island Sound", -73.765, 40.858, 10),
            _water("Raritan Bay", -74.2, 40.487, 10),
            _water("The Narrows", -74.044, 40.608, 11),
            _water("Kill Van Kull", -74.112, 40.6465, 11),
            _water("Arthur Kill", -74.212, 40.5745, 11),
            _water("Flushing Bay", -73.8573, 40.7778, 11),
            _water("Gravesend Bay", -74.018, 40.588, 11),
            _water("Little Neck Bay", -73.758, 40.787, 12),
            _water("Eastchester Bay", -73.801, 40.839, 12),
            _water("Rockaway Inlet", -73.92, 40.569, 12),
            _water("Gowanus Bay", -74.0215, 40.6655, 12),
            _water("Harlem River", -73.9333, 40.8218, 13),
            _water("Harlem River", -73.9168, 40.861, 13),
            _water("Newtown Creek", -73.9462, 40.7365, 13),
            _water("Buttermilk Channel", -74.0157, 40.6843, 13),
            _water("Great Kills Harbor", -74.1354, 40.5407, 13),
            _water("Sheepshead Bay", -73.944, 40.5825, 14),
            _outside("New Jersey", -74.125, 40.755),
            _outside("Westchester", -73.825, 40.93),
            _outside("Nassau County", -73.675, 40.68),
        ),
    }
)
"""City id -> its places. They are names for orientation, not measurements: right to about 300 m."""
