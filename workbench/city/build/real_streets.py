"""Puts real streets into the contents of a pack: the graph, the map layer, and what the pack says about both."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from pyproj import Transformer

from workbench.city.build.map.layers import street_features
from workbench.city.build.write import PackContents
from workbench.city.city import Source
from workbench.city.streets.graph import FOOTWAY, StreetGraph
from workbench.city.streets.mixed import join_streets, street_lines
from workbench.city.streets.osm.data import OsmData
from workbench.city.streets.osm.overpass import Overpass
from workbench.city.streets.osm.read import read_osm_file
from workbench.city.streets.osm.to_graph import OsmStreets, build_osm_streets
from workbench.errors import InputError

__all__ = ["OSM_LICENCE", "OSM_NAME", "OsmSource", "add_real_streets", "open_osm", "with_real_streets"]

OSM_NAME = "© OpenStreetMap contributors"
"""What the licence asks to be shown with every map (openstreetmap.org/copyright)."""
OSM_LICENCE = "ODbL 1.0"
_AROUND_DEG = 0.01
"""Streets are read this far beyond the city, degrees, so that walks along its edge are found."""
_DOWNLOAD_SHARE = (0.9, 0.08)
"""The share of a build that is done before a download, and the download's own."""
_SIMPLIFY_M = 2.0
"""Streets on the map are drawn to about this, metres."""


@dataclass(frozen=True, slots=True)
class OsmSource:
    """Where real streets come from: a file, or an Overpass server."""

    file: Path | None = None
    """An `.osm.pbf`, `.osm` or Overpass JSON file; None downloads the streets."""
    overpass: Overpass = field(default_factory=Overpass)
    cache_dir: Path | None = None
    """Folder for the parts of a download; needed for one."""


def open_osm(source: OsmSource | None) -> OsmData | None:
    """
    Read the file, or make sure that the server answers: before the long part of a build. None if no file is to be read.

    Raises
    ------
    InputError
        If the file cannot be used.
    FetchError
        If the server does not answer.
    """
    if source is None:
        return None
    if source.file is not None:
        return read_osm_file(source.file)
    from workbench.city.streets.osm.live import require_overpass  # osmnx takes a second to import

    require_overpass(source.overpass)
    return None


def add_real_streets(
    contents: PackContents, source: OsmSource | None, opened: OsmData | None, *, report: Callable[[float, str], None]
) -> PackContents:
    """
    Return the contents of a pack with the real streets of a source; they reach a little beyond the city.

    Parameters
    ----------
    contents
        A whole pack.
    source
        Where the streets come from; None leaves the pack as it is.
    opened
        As `open_osm`.
    report
        Told the share of a whole build (0 to 1) and what comes next.
    """
    if source is None:
        return contents
    west, south, east, north = contents.bounds_lonlat
    bounds = (west - _AROUND_DEG, south - _AROUND_DEG, east + _AROUND_DEG, north + _AROUND_DEG)
    inputs: dict[str, str] = {}
    if opened is None:
        from workbench.city.streets.osm.live import download_osm

        if source.cache_dir is None:
            raise InputError("a download of streets needs a cache folder")
        opened = download_osm(
            bounds,
            cache_dir=source.cache_dir,
            overpass=source.overpass,
            report=lambda share, text: report(_DOWNLOAD_SHARE[0] + share * _DOWNLOAD_SHARE[1], text),
        )
        where = source.overpass.url
    elif source.file is not None:
        where = source.file.name
        with source.file.open("rb") as file:
            inputs[where] = hashlib.file_digest(file, "sha256").hexdigest()
    report(sum(_DOWNLOAD_SHARE), "real streets")
    osm = build_osm_streets(opened, contents.crs, where=where, bounds_lonlat=bounds)
    return with_real_streets(contents, osm, inputs=inputs)


def with_real_streets(contents: PackContents, osm: OsmStreets, *, inputs: Mapping[str, str]) -> PackContents:
    """
    Return the contents of a pack with real streets where they reach; elsewhere all stays as it was.

    Parameters
    ----------
    contents
        A whole pack, with or without derived streets.
    osm
        The streets, in the pack's CRS.
    inputs
        Files they come from -> sha256, for the manifest.
    """
    real = osm.graph
    graph = join_streets(real, contents.streets) if contents.streets is not None else real
    inside = shapely.contains_xy(real.real_area, contents.zones["x"], contents.zones["y"])
    residents = contents.zones["residents"].to_numpy()
    share = residents[inside].sum() / max(residents.sum(), 1)
    reach = f"{int(inside.sum()):,} of {len(inside):,} zones with {share:.0%} of the residents"
    return dataclasses.replace(
        contents,
        streets=graph,
        layers={**contents.layers, "streets": _street_layer(contents, real)},
        sources=tuple(_with_osm(source, osm.vintage, reach) for source in contents.sources),
        inputs={**contents.inputs, **inputs},
        defects=(*contents.defects, *osm.defects),
        counts={**contents.counts, "real_streets": real.n_edges, "zones_with_real_streets": int(inside.sum())},
    )


def _with_osm(source: Source, vintage: str, reach: str) -> Source:
    """Return what a pack says about its streets and its walking; other sources stay."""
    if source.layer == "streets":
        note = f"Real streets for {reach}. Elsewhere: {source.name}. {source.note}".strip()
    elif source.layer == "walking":
        note = (
            f"Walks between two places in reach of real streets follow them ({reach}). Elsewhere: {source.note}".strip()
        )
    else:
        return source
    return dataclasses.replace(
        source,
        name=OSM_NAME if source.layer == "streets" else f"{OSM_NAME}; {source.name}",
        vintage=f"{vintage or 'date not known'}; elsewhere {source.vintage}",
        licence=f"{OSM_LICENCE}; elsewhere {source.licence}",
        note=note,
    )


def _street_layer(contents: PackContents, real: StreetGraph) -> list[dict[str, Any]]:
    """Return the map's streets: real ones for vehicles, lines of one name and rank joined, and old ones outside."""
    crs = contents.crs
    lines = street_lines(real)
    drawn = np.flatnonzero(real.edge_drive & (real.edge_rank < FOOTWAY))
    key = np.column_stack([real.edge_rank[drawn].astype(np.int64), real.edge_name[drawn]])
    kinds, of_kind = np.unique(key, axis=0, return_inverse=True)
    shapes, properties = [], []
    for n, (rank, name) in enumerate(kinds.tolist()):
        merged = shapely.line_merge(shapely.multilinestrings(lines[drawn[of_kind == n]]))
        shapes.append(shapely.simplify(merged, _SIMPLIFY_M))
        properties.append({"rank": rank, "name": real.names[name]} if name >= 0 else {"rank": rank})
    area = _in_degrees(real.real_area, crs)
    shapely.prepare(area)
    kept = []
    for feature in contents.layers.get("streets", []):
        shape = shapely.geometry.shape(feature["geometry"])
        if not shapely.intersects(area, shape):
            kept.append(feature)
        elif not shapely.contains(area, shape):
            outside = shapely.difference(shape, area)
            if not outside.is_empty:
                kept.append({**feature, "geometry": shapely.geometry.mapping(shapely.set_precision(outside, 1e-5))})
    return [*kept, *street_features(shapes, crs, properties)]


def _in_degrees(area: shapely.Geometry, crs: str) -> shapely.Geometry:
    project = Transformer.from_crs(crs, "EPSG:4326", always_xy=True)
    return shapely.transform(area, lambda xy: np.column_stack(project.transform(xy[:, 0], xy[:, 1])))
