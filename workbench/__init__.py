"""Assembly Lines: draw the bus route you want, see exactly who gains and who loses, decide together."""

__version__ = "0.1.0"
