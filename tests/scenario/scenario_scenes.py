"""A grid city for scenarios: 8 km square, one slow bus far from everything, lines drawn in squares of 200 m."""

from __future__ import annotations

import numpy as np

from tests.scenes import BLOCK_M, CRS, ORIGIN_X, ORIGIN_Y, GridCity
from workbench.city.city import City
from workbench.scenario import AddRoute
from workbench.scenario.boundary import metres_to_lonlat
from workbench.scenario.drawn.headways import departures

Line = tuple[tuple[float, float], ...]


def far_bus_city() -> GridCity:
    """Zones home, mid, far (1, 2, 4 residents) on row 0; a bus on row 30 runs 200 m in 50 s, so 4 m/s."""
    scene = GridCity()
    scene.zone("home", 0, 0).zone("mid", 10, 0).zone("far", 20, 0)
    scene.stop("A", 0, 30).stop("B", 1, 30)
    return scene.route("X", "A B", first_s=5 * 3600, headway_s=600, n_trips=120, hop_s=50)


def drawn(*squares: tuple[float, float]) -> Line:
    """Return lon/lat of squares of the grid."""
    xy = np.array(squares, dtype=np.float64) * BLOCK_M + [ORIGIN_X, ORIGIN_Y]
    return tuple((float(lon), float(lat)) for lon, lat in metres_to_lonlat(xy, CRS))


def row_route(**values: object) -> AddRoute:
    """Return a route along row 0 from square 0 to square 20: 4,000 m, a stop every 1,000 m unless told otherwise."""
    defaults: dict[str, object] = {
        "route_id": "new-1",
        "name": "Row Zero",
        "line_lonlat": drawn((0, 0), (20, 0)),
        "headway_s": 600,
        "spacing_m": 1000.0,
    }
    return AddRoute(**(defaults | values))  # type: ignore[arg-type]


def buses_of(edit: AddRoute, direction: int = 0, phase: int = 0) -> np.ndarray:
    """Return when the buses of a drawn route leave its first stop."""
    span = (edit.headway_s, edit.span_start_s, edit.span_end_s)
    return departures(*span, seed=edit.seed, direction=direction, phase=phase)


def city() -> City:
    """Return the city of `far_bus_city`."""
    return far_bus_city().city()
