"""Is a zip a GTFS feed? The tables every feed must have are looked for; reading it is `city.gtfs`' work."""

from __future__ import annotations

import zipfile
from pathlib import Path

__all__ = ["find_feed_fault"]

_NEEDED = {
    "stops.txt": ("stop_id",),
    "routes.txt": ("route_id",),
    "trips.txt": ("trip_id", "route_id", "service_id"),
    "stop_times.txt": ("trip_id", "stop_id", "stop_sequence"),
}
_CALENDARS = ("calendar.txt", "calendar_dates.txt")


def find_feed_fault(path: Path) -> str | None:
    """Tell in words why a zip is no GTFS feed; None if it has the tables and columns of one."""
    with zipfile.ZipFile(path) as archive:
        names = set(archive.namelist())
        missing = [name for name in _NEEDED if name not in names]
        if missing:
            is_in_folder = any(name.endswith("/stops.txt") for name in names)
            hint = "; its tables lie in a folder of the zip, where no reader looks" if is_in_folder else ""
            return f"is no GTFS feed: {', '.join(missing)} is missing{hint}"
        if not names & set(_CALENDARS):
            return f"is no GTFS feed: it has neither {' nor '.join(_CALENDARS)}"
        for name, columns in _NEEDED.items():
            with archive.open(name) as table:
                header = table.readline(10_000).decode("utf-8-sig", "replace")
            found = {column.strip().strip('"') for column in header.split(",")}
            lacking = [column for column in columns if column not in found]
            if lacking:
                return f"is no GTFS feed: {name} has no column {', '.join(lacking)}"
    return None
