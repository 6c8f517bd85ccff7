"""Stops without a place: they take that of their station; where there is none either, nobody can be sent there."""

from __future__ import annotations

import dataclasses

import numpy as np
import numpy.typing as npt
import pandas as pd

from workbench.city.defect import Defect
from workbench.city.gtfs.feed import Feed, StopTimes, some

__all__ = ["drop_unplaced_calls", "place_stops"]

BoolArray = npt.NDArray[np.bool_]

_NULL_ISLAND_DEG = 0.01
"""Stops this close to 0, 0 in the Gulf of Guinea have no place: it is what empty fields become; degrees."""


def place_stops(feed: Feed) -> tuple[Feed, tuple[Defect, ...]]:
    """Return the feed with the place of its station for every stop that has none."""
    stops = feed.tables["stops"]
    lost = ~_has_place(stops)
    if not lost.any():
        return feed, ()
    placed = stops[~lost].drop_duplicates("stop_id").set_index("stop_id")
    from_parent = lost & stops["parent_station"].isin(placed.index).to_numpy()
    mended = stops.copy()
    for column in ("stop_lat", "stop_lon"):
        mended.loc[from_parent, column] = stops["parent_station"][from_parent].map(placed[column])
    n, names = int(from_parent.sum()), some(stops["stop_id"][from_parent])
    defect = Defect("stops-placed-by-station", n, f"stops without a place take their station's: {names}", feed.feed_id)
    return dataclasses.replace(feed, tables={**feed.tables, "stops": mended}), (defect,) if n else ()


def drop_unplaced_calls(feed: Feed, calls: StopTimes) -> tuple[StopTimes, tuple[Defect, ...]]:
    """Return the calls without those at stops that have no place; the trips run on without them."""
    stops = feed.tables["stops"]
    lost = ~_has_place(stops)
    keep = ~lost[calls.stop_ix]
    if keep.all():
        return calls, ()
    used = np.unique(calls.stop_ix[~keep])
    what = f"stops without a place on the map: left out, with {int((~keep).sum()):,} calls: {some(stops['stop_id'].iloc[used])}"
    return calls.at(keep), (Defect("stops-without-place", len(used), what, feed.feed_id),)


def _has_place(stops: pd.DataFrame) -> BoolArray:
    lat, lon = (
        pd.to_numeric(stops[column], errors="coerce").to_numpy(dtype=np.float64) for column in ("stop_lat", "stop_lon")
    )
    on_earth = (np.abs(lat) <= 90) & (np.abs(lon) <= 180)
    has_place: BoolArray = on_earth & ~((np.abs(lat) < _NULL_ISLAND_DEG) & (np.abs(lon) < _NULL_ISLAND_DEG))
    return has_place
