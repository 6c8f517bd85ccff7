"""What is worth reaching in a city, counted by zone: residents, jobs, and places of every kind."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import shapely

from workbench.city.city import City

__all__ = ["NO_JOBS", "count_by_zone", "kind_label"]

FloatArray = npt.NDArray[np.float64]

NO_JOBS = "Jobs are not in this city pack; `workbench city jobs FILE --out DIR` adds them (docs/jobs-and-places.md)."
"""Said wherever access to jobs would stand."""
_LABELS = {"subway_station": "subway stations", "park": "large parks"}
_ALREADY_MANY = ("s", "people", "children")


def count_by_zone(city: City) -> Mapping[str, FloatArray]:
    """
    Return how much of each kind of opportunity there is in each zone, in order: residents, jobs, then places by kind.

    A place counts in the zone it lies in; between zones (on a shore, in a street that no zone holds) in the nearest.

    Returns
    -------
    counts
        `residents`; `jobs` if the pack has them; and every kind of `City.opportunities`: (n_zones,) each.
    """
    counts = {"residents": city.zones["residents"].to_numpy(dtype=np.float64)}
    if city.jobs is not None:
        counts["jobs"] = city.jobs.astype(np.float64)
    places = city.opportunities
    points = shapely.points(places["x"].to_numpy(dtype=np.float64), places["y"].to_numpy(dtype=np.float64))
    zone_ix = np.zeros(len(places), dtype=np.int64)
    if len(places):
        place_ix, nearest = shapely.STRtree(city.zones.geometry.values).query_nearest(points, all_matches=False)
        zone_ix[place_ix] = nearest
    for kind in sorted(places["kind"].unique()):
        here = zone_ix[(places["kind"] == kind).to_numpy()]
        counts[kind] = np.bincount(here, minlength=city.n_zones).astype(np.float64)
    return counts


def kind_label(kind: str) -> str:
    """Return a kind of opportunity in plain words, many of them: `school` becomes `schools`."""
    words = _LABELS.get(kind, kind.replace("_", " "))
    if words.endswith(_ALREADY_MANY):
        return words
    return f"{words[:-1]}ies" if words.endswith("y") and words[-2:-1] not in "aeiou" else f"{words}s"
