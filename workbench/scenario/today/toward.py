"""Where the buses of a direction go, in the words on their fronts: nobody but a data file says "direction 0"."""

from __future__ import annotations

import numpy as np

from workbench.city.city import City
from workbench.scenario.edits import SERVICES

__all__ = ["goes_to"]


def goes_to(city: City, route_id: str, direction: int) -> str:
    """Return the sign of a direction's commonest trips, else their last stop; empty where none runs on any day."""
    rows = np.flatnonzero((city.routes["route_id"] == route_id).to_numpy())
    for service in SERVICES if len(rows) else ():
        timetable = city.load_timetable(service)
        mine = (timetable.pattern_route_ix == rows[0]) & (timetable.pattern_direction == direction)
        n_trips = np.where(mine, np.diff(timetable.pattern_trip_indptr), 0)
        if n_trips.any():
            pattern = int(n_trips.argmax())
            sign = " ".join(timetable.pattern_headsign[pattern].split())
            return sign or str(city.stops["stop_name"].iloc[int(timetable.pattern_stops(pattern)[-1])])
    return ""
