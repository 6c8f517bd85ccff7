"""What lies too far from what: stops in the water, zones far from any street or stop. Reported with ids and places."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from workbench.city.defect import Defect
from workbench.city.near import nearest
from workbench.city.streets.graph import StreetGraph

__all__ = ["distance_defects"]

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

OFF_LAND_M = 100.0
"""Stops farther from land than this are reported, metres: piers and shores are rough."""
OFF_STREET_M = 150.0
"""Stops and zones farther than this from a street where one may walk are reported, metres."""
OFF_STOP_M = 1600.0
"""Zones farther than this from every stop cannot be served on foot, metres."""
OFF_CITY_M = 20_000.0
"""Stops farther than this from every zone belong to another place, or have a wrong one, metres."""
_SHOWN = 3


def distance_defects(
    stops: pd.DataFrame, zones: pd.DataFrame, land: shapely.Geometry, streets: StreetGraph | None
) -> tuple[Defect, ...]:
    """
    Return what lies too far from what.

    Parameters
    ----------
    stops, zones
        As `City.stops` and `City.zones`.
    land
        Everything dry.
    streets
        Only where they are real are distances to them told.
    """
    stop_xy, zone_xy = (table[["x", "y"]].to_numpy(dtype=np.float64) for table in (stops, zones))
    lived_in = zones["residents"].to_numpy() > 0
    shapely.prepare(land)
    far = _distance_to(zone_xy, stop_xy) > OFF_CITY_M
    found = [
        _defect(
            "stops-outside",
            stops["stop_id"],
            stop_xy,
            far,
            f"stops lie over {OFF_CITY_M / 1000:.0f} km from every zone",
        ),
        _defect(
            "stops-off-land",
            stops["stop_id"],
            stop_xy,
            ~far & _off(land, stop_xy),
            f"stops lie over {OFF_LAND_M:.0f} m from the land of the pack",
        ),
        _defect(
            "zones-off-land",
            zones["zone_id"],
            zone_xy,
            _off(land, zone_xy),
            f"zones stand over {OFF_LAND_M:.0f} m from the land of the pack",
        ),
    ]
    away = (_distance_to(stop_xy, zone_xy) > OFF_STOP_M) & lived_in
    people = int(zones["residents"].to_numpy()[away].sum())
    what = f"zones with {people:,} residents lie over {OFF_STOP_M:,.0f} m from every stop: out of reach on foot"
    found.append(_defect("zones-far-from-stops", zones["zone_id"], zone_xy, away, what))
    if streets is not None and not shapely.is_empty(streets.real_area):
        walkable, mapped = _walk_lines(streets), streets.real_area
        shapely.prepare(mapped)
        beyond = lived_in & ~shapely.contains_xy(mapped, zone_xy)
        what = "zones lie beyond the street map: walks there are estimated"
        found.append(_defect("zones-beyond-street-map", zones["zone_id"], zone_xy, beyond, what))
        for code, ids, xy, of, what in (
            ("stops-far-from-streets", stops["stop_id"], stop_xy, ~far, "stops"),
            ("zones-far-from-streets", zones["zone_id"], zone_xy, lived_in, "zones"),
        ):
            off = of & shapely.contains_xy(mapped, xy) & _off_lines(walkable, xy)
            found.append(
                _defect(code, ids, xy, off, f"{what} lie over {OFF_STREET_M:.0f} m from every street of the map")
            )
    return tuple(defect for defect in found if defect is not None)


def _off(land: shapely.Geometry, xy: FloatArray) -> BoolArray:
    return ~np.asarray(shapely.dwithin(shapely.points(xy), land, OFF_LAND_M), dtype=np.bool_)


def _off_lines(lines: npt.NDArray[np.object_], xy: FloatArray) -> BoolArray:
    near, _ = shapely.STRtree(lines).query(shapely.points(xy), predicate="dwithin", distance=OFF_STREET_M)
    off = np.ones(len(xy), dtype=np.bool_)
    off[near] = False
    return off


def _walk_lines(streets: StreetGraph) -> npt.NDArray[np.object_]:
    line = np.repeat(np.arange(streets.n_edges), np.diff(streets.line_indptr))
    return np.asarray(shapely.linestrings(streets.line_xy, indices=line), dtype=object)[streets.edge_walk]


def _distance_to(targets: FloatArray, xy: FloatArray) -> FloatArray:
    """Return how far each point is from the nearest target, metres."""
    return nearest(*xy.T, *targets.T)[1]


def _defect(code: str, ids: pd.Series[str], xy: FloatArray, rows: BoolArray, what: str) -> Defect | None:
    """Return a defect that names the first few, each with its place in metres; None if there is none."""
    at = np.flatnonzero(rows)
    if len(at) == 0:
        return None
    shown = ", ".join(f"{ids.iloc[n]} at x {xy[n, 0]:.0f}, y {xy[n, 1]:.0f}" for n in at[:_SHOWN])
    return Defect(code, len(at), f"{what}: {shown}{', ...' if len(at) > _SHOWN else ''}")
