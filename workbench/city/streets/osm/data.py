"""The streets of an OpenStreetMap extract as plain arrays, whatever file they came from: `gather` makes them, counted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from workbench.city.defect import Defect
from workbench.city.streets.osm.tags import RELEVANT_TAGS
from workbench.errors import InputError

__all__ = ["MAX_WAYS", "OsmData", "RawWay", "gather", "relevant"]

FloatArray = npt.NDArray[np.float64]
Int64Array = npt.NDArray[np.int64]
LonLatBounds = tuple[float, float, float, float]

MAX_WAYS = 2_000_000
"""Most streets we read at once: New York with every sidewalk has about 300,000."""

RawWay = tuple[int, Sequence[int] | Int64Array, Mapping[str, str]]
"""Id, ids of its nodes in order, and tags of a way with `highway`."""


@dataclass(frozen=True, eq=False)
class OsmData:
    """Ways with a `highway` tag, in the order of their ids, and the nodes they use."""

    node_id: Int64Array
    """(n_nodes,) sorted; only nodes that some way uses."""
    lon: FloatArray
    lat: FloatArray
    way_id: Int64Array
    """(n_ways,) sorted."""
    way_indptr: Int64Array
    way_node: Int64Array
    """Positions in `node_id`, ways one after the other; -1 where the file does not hold the node."""
    tags: tuple[Mapping[str, str], ...]
    """(n_ways,) those of `RELEVANT_TAGS`."""
    bounds_lonlat: LonLatBounds | None
    """West, south, east, north where the file says what area it covers, degrees."""
    vintage: str
    """Date of the data, e.g. `2019-10-26`; "" where the file does not say."""
    defects: tuple[Defect, ...]


def relevant(tags: Mapping[str, object]) -> dict[str, str]:
    """Return the tags that matter here; values that are not text are left out."""
    return {key: value for key in RELEVANT_TAGS if isinstance(value := tags.get(key), str)}


def gather(
    node_id: Int64Array,
    lon: FloatArray,
    lat: FloatArray,
    ways: Sequence[RawWay],
    *,
    where: str,
    bounds_lonlat: LonLatBounds | None = None,
    vintage: str = "",
) -> OsmData:
    """
    Put what a file holds into order; nodes without a place on Earth and ways listed twice are left out and counted.

    Raises
    ------
    InputError
        If there is no street, or more than `MAX_WAYS`.
    """
    if not ways:
        raise InputError(f"{where}: holds no streets (no way with a `highway` tag)")
    if len(ways) > MAX_WAYS:
        raise InputError(f"{where}: {len(ways):,} streets, at most {MAX_WAYS:,} can be read: cut out the city first")
    defects = []
    on_earth = (np.abs(lon) <= 180) & (np.abs(lat) <= 90)  # False for NaN too
    if not on_earth.all():
        what = "nodes without a place on Earth: left out"
        defects.append(Defect("osm-bad-coordinates", int((~on_earth).sum()), what, where))
    way_id, first = np.unique(np.array([way[0] for way in ways], dtype=np.int64), return_index=True)
    if len(first) < len(ways):
        what = "ways listed twice: the first is kept"
        defects.append(Defect("osm-duplicate-ways", len(ways) - len(first), what, where))
    chosen = [ways[n] for n in first]
    sizes = np.array([len(way[1]) for way in chosen], dtype=np.int64)
    refs = np.concatenate([np.asarray(way[1], dtype=np.int64) for way in chosen])
    known, position = np.unique(node_id[on_earth], return_index=True)
    used = known[np.isin(known, refs)]
    place = np.flatnonzero(on_earth)[position[np.isin(known, used)]]
    way_node = np.searchsorted(used, refs)
    way_node[way_node == len(used)] = 0
    missing = used[way_node] != refs if len(used) else np.ones(len(refs), dtype=np.bool_)
    way_node[missing] = -1
    if missing.any():
        what = "nodes of streets are not in the file: the streets end there, as at the edge of an extract"
        defects.append(Defect("osm-missing-nodes", len(np.unique(refs[missing])), what, where))
    return OsmData(
        node_id=used,
        lon=lon[place],
        lat=lat[place],
        way_id=way_id,
        way_indptr=np.concatenate([[0], np.cumsum(sizes)]),
        way_node=way_node,
        tags=tuple(way[2] for way in chosen),
        bounds_lonlat=bounds_lonlat,
        vintage=vintage,
        defects=tuple(defects),
    )
