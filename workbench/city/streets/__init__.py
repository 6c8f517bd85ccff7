"""Streets: derived from blocks and bus shapes, or read from OpenStreetMap; one `StreetGraph` either way."""

from workbench.city.streets.graph import StreetGraph

__all__ = ["StreetGraph"]
