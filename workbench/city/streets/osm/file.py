"""Reads `.osm.pbf` and `.osm` files into `OsmData`, with pyosmium: ids of nodes tell a bridge from the street below."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import osmium

from workbench.city.streets.osm.data import LonLatBounds, OsmData, RawWay, gather, relevant
from workbench.errors import InputError

__all__ = ["read_osm_objects"]


def read_osm_objects(path: Path, *, form: str) -> OsmData:
    """
    Read the ways with a `highway` tag and their nodes, in one pass: the nodes come first in every such file.

    Parameters
    ----------
    path
        The file; its name does not matter.
    form
        What osmium calls its format: `pbf`, `osm`, `osm.gz` or `osm.bz2`.

    Raises
    ------
    InputError
        If the file is cut short, damaged, or uses a part of the format that is not read here.
    """
    nodes: dict[int, tuple[float, float]] = {}
    ways: list[RawWay] = []
    try:
        file = osmium.io.File(str(path), form)
        bounds, vintage = _read_header(file)
        objects = osmium.FileProcessor(file, osmium.osm.NODE | osmium.osm.WAY).with_locations()
        for way in objects.with_filter(osmium.filter.KeyFilter("highway")):
            if isinstance(way, osmium.osm.Way):
                ways.append((way.id, [node.ref for node in way.nodes], relevant(dict(way.tags))))
                nodes.update((node.ref, (node.lon, node.lat)) for node in way.nodes if node.location.valid())
    except (RuntimeError, ValueError) as error:
        raise InputError(f"{path.name}: cut short or damaged ({error})") from error
    lon, lat = np.array(list(nodes.values()), dtype=np.float64).reshape(-1, 2).T
    node_id = np.array(list(nodes), dtype=np.int64)
    return gather(node_id, lon, lat, ways, where=path.name, bounds_lonlat=bounds, vintage=vintage)


def _read_header(file: osmium.io.File) -> tuple[LonLatBounds | None, str]:
    """Return the area the file covers and its date, where it says so."""
    reader = osmium.io.Reader(file, osmium.osm.NOTHING)
    try:
        header = reader.header()
        box = header.box()
        stamp = header.get("osmosis_replication_timestamp") or header.get("timestamp")
    finally:
        reader.close()
    if not box.valid():
        return None, stamp[:10]
    low, high = box.bottom_left, box.top_right
    return (low.lon, low.lat, high.lon, high.lat), stamp[:10]
