"""New York: its own sources (the wheels with boundaries and people, tax lots) turned into the contents of a pack."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import pandas as pd
import shapely
from pyproj import Transformer

from workbench.city.build.map.layers import build_layers
from workbench.city.build.map.places import PLACES
from workbench.city.build.newyork.boundaries import Boundaries
from workbench.city.build.newyork.ground import Ground
from workbench.city.build.newyork.groups import GROUPS
from workbench.city.build.newyork.people import build_blocks, build_zones
from workbench.city.build.sources import CitySpec, with_dates
from workbench.city.build.terrain import build_walking, find_bridges, land_beyond, walled_grounds, waterway_lines
from workbench.city.build.timetables import Report, build_timetables, read_feeds, timetable_counts
from workbench.city.build.write import PackContents, bounds_lonlat
from workbench.city.city import Source
from workbench.city.defect import Defect
from workbench.city.gtfs.dates import choose_dates
from workbench.city.gtfs.merge import MergedFeeds
from workbench.city.streets.derived.derive import Crossing, NoWalk, derive_streets, street_lines
from workbench.city.streets.derived.from_blocks import build_streets
from workbench.city.streets.derived.naming import name_streets
from workbench.city.streets.graph import StreetGraph

__all__ = ["newyork_contents"]

_WALLED = ("7", "8")
"""Kinds of neighborhood areas one cannot walk through: cemeteries and airports."""


def newyork_contents(spec: CitySpec, *, gtfs_dir: Path, ground: Ground, tell: Report) -> PackContents:
    """
    Read the sources of New York and return what its pack is made of.

    Parameters
    ----------
    spec
        What to build from.
    gtfs_dir
        Folder with the feeds as `<feed>.zip`.
    ground
        Boundaries, people and groups.
    tell
        Told the share of the work done (0 to 1) and what comes next.

    Raises
    ------
    InputError
        If a source is missing, is another than expected, or cannot be used.
    """
    paths = {feed_id: gtfs_dir / f"{feed_id}.zip" for feed_id in spec.feeds}
    feeds, found = read_feeds(paths, tell=lambda share, text: tell(0.1 * share, text))
    defects: list[Defect] = list(found)
    if not spec.dates:
        chosen = choose_dates(feeds, {})
        spec = with_dates(spec, chosen.dates)
        defects += chosen.defects
    read = build_timetables(feeds, spec.dates, crs=spec.crs, tell=lambda share, text: tell(0.1 + 0.1 * share, text))
    defects += read.defects
    merged, shapes = read.merged, read.shapes
    tell(0.2, "zones")
    boundaries, lots = ground.boundaries, ground.lots
    defects += ground.defects
    zones, found = build_zones(lots, boundaries)
    defects += found
    tell(0.3, "streets")
    land = shapely.union_all(boundaries.boroughs.geometry.values)
    bus_lines = shapes[shapes["mode"] == "bus"].reset_index(drop=True)
    streets = build_streets(
        lots,
        boundaries.tracts,
        bus_lines,
        land,
        outlines=ground.outlines,
        rough_outlines=ground.rough_outlines,
    )
    tell(0.5, "street graph")
    graph = _street_graph(spec, streets, bus_lines, land, merged.stops)
    tell(0.7, "walking")
    canals = waterway_lines(spec.waterways, boundaries.tracts)
    beyond = land_beyond(land, merged.stops)
    bridges, found = find_bridges(
        bus_lines.geometry, land, beyond, canals, no_footway=spec.no_footway, more=spec.bridges, crs=spec.crs
    )
    defects += found
    ntas = boundaries.ntas
    grounds = ntas.geometry[ntas["nta_type"].isin(_WALLED) | ntas["area_id"].isin(spec.walled_areas)]
    walled = walled_grounds(grounds, bus_lines.geometry, merged.stops)
    walking = build_walking(land, beyond, streets, canals, bridges, walled=walled)
    tell(0.8, "map layers")
    layers = build_layers(
        boundaries,
        zones,
        street_lines(graph, spec.crs),
        shapes,
        merged.routes,
        merged.stops,
        merged.stations,
        timetable=read.timetables["weekday"],
        places=PLACES.get(spec.city_id, ()),
    )
    blocks = build_blocks(lots, zones, boundaries)
    tell(0.9, "writing")
    return PackContents(
        city_id=spec.city_id,
        name=spec.name,
        crs=spec.crs,
        timezone=spec.timezone,
        bounds_lonlat=bounds_lonlat(land, spec.crs),
        stops=merged.stops,
        routes=merged.routes,
        zones=zones,
        blocks=blocks,
        area_kinds=spec.area_kinds,
        areas={
            "borough": boundaries.boroughs,
            "community_district": boundaries.community_districts,
            "council_district": boundaries.council_districts,
            "nta": boundaries.ntas,
        },
        groups=GROUPS,
        group_shares=ground.shares,
        opportunities=_opportunities(merged, boundaries),
        walking=walking,
        timetables=read.timetables,
        layers=layers,
        sources=_sources(spec, ground),
        inputs={f"{feed.feed_id}.zip": feed.sha256 for feed in read.feeds} | dict(ground.inputs),
        defects=tuple(defects),
        counts=timetable_counts(read)
        | {"zones": len(zones), "blocks": len(blocks), "residents": int(zones["residents"].sum())}
        | {"streets": graph.n_edges, "bridges": len(bridges)},
        extra_files=ground.extra_files,
        streets=graph,
    )


def _street_graph(
    spec: CitySpec,
    streets: gpd.GeoDataFrame,
    bus_lines: gpd.GeoDataFrame,
    land: shapely.Geometry,
    stops: pd.DataFrame,
) -> StreetGraph:
    """Return the graph of the street lines, with the bridges and tunnels of `sources` and the names stops give."""
    project = Transformer.from_crs("EPSG:4326", spec.crs, always_xy=True)
    crossings = [
        Crossing(*project.transform(b.lon_a, b.lat_a), *project.transform(b.lon_b, b.lat_b), b.drive)
        for b in spec.bridges
    ]
    no_walk = [
        NoWalk(*project.transform(place.lon, place.lat), place.radius_m, "tunnel" in place.reason)
        for place in spec.no_footway
    ]
    graph = derive_streets(streets, bus_lines, land, crossings=crossings, no_walk=no_walk)
    edge_name, names = name_streets(graph, stops[stops["mode"] == "bus"])
    return replace(graph, edge_name=edge_name, names=names)


def _sources(spec: CitySpec, ground: Ground) -> tuple[Source, ...]:
    other = {source.layer: source for source in ground.sources}
    return tuple(other.get(source.layer, source) for source in spec.sources)


def _opportunities(merged: MergedFeeds, boundaries: Boundaries) -> pd.DataFrame:
    """Return stations of the subway (the Staten Island Railway included) and large parks, sorted by kind and name."""
    stations = merged.stations[merged.stations["mode"].isin(["subway", "rail"])]
    parks = boundaries.ntas[boundaries.ntas["nta_type"] == "9"]
    points = shapely.point_on_surface(parks.geometry.values)
    table = pd.concat(
        [
            pd.DataFrame({"kind": "subway_station", "name": stations["name"], "x": stations["x"], "y": stations["y"]}),
            pd.DataFrame(
                {
                    "kind": "park",
                    "name": parks["name"],
                    "x": shapely.get_x(points).round(1),
                    "y": shapely.get_y(points).round(1),
                }
            ),
        ]
    )
    return table.sort_values(["kind", "name", "x", "y"], ignore_index=True)
