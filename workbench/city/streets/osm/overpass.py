"""Which OpenStreetMap server is asked, and how patiently; apart from `live`, which takes a second to import."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["OVERPASS_URL", "Overpass"]

OVERPASS_URL = "https://overpass-api.de/api"
"""Public server of the OpenStreetMap community; it answers a few requests at a time."""


@dataclass(frozen=True, slots=True)
class Overpass:
    """A server, and how patient to be with it."""

    url: str = OVERPASS_URL
    timeout_s: float = 180.0
    """Longest silence, and the time the server may spend on a part, seconds."""
    tries: int = 4
    """How often a part is asked for."""
    pause_s: float = 15.0
    """Wait before the second try, seconds; twice as long before each one after."""
