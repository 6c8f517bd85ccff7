"""Any city: what its city file names, turned into the contents of a pack. Read `anywhere_contents`."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from workbench.city.build.anywhere.cityfile import CityFile, source_of
from workbench.city.build.anywhere.citysources import CitySources, Faults, read_sources
from workbench.city.build.anywhere.parts import area_at, build_zones, read_groups
from workbench.city.build.distances import distance_defects
from workbench.city.build.map.layers import build_layers
from workbench.city.build.newyork.boundaries import Boundaries
from workbench.city.build.real_streets import with_real_streets
from workbench.city.build.terrain import build_walking, find_bridges, land_beyond
from workbench.city.build.timetables import Report, timetable_counts
from workbench.city.build.write import PackContents, bounds_lonlat
from workbench.city.city import AreaKind, Group, Source
from workbench.city.defect import Defect
from workbench.city.streets.derived.derive import derive_streets
from workbench.city.streets.derived.from_blocks import LineThinner
from workbench.city.streets.graph import BUS, BUSY_BUS
from workbench.city.streets.mixed import street_lines
from workbench.city.streets.osm.to_graph import OsmStreets, read_osm
from workbench.city.walking import Walking
from workbench.errors import InputError

__all__ = ["anywhere_contents"]

LAND_MARGIN_M = 500.0
"""Where no land is given, everything this near to the zones and stops is land, metres."""
BUSY_TRIPS = 150
"""A street line with this many bus trips a weekday has the rank of a main street."""


@dataclass(frozen=True, eq=False)
class _People:
    """Where people live, and who they are."""

    land: shapely.Geometry
    zones: gpd.GeoDataFrame
    blocks: pd.DataFrame
    groups: tuple[Group, ...]
    group_shares: pd.DataFrame
    defects: tuple[Defect, ...]


def anywhere_contents(city: CityFile, *, tell: Report) -> PackContents:
    """
    Read everything a city file names and return what its pack is made of.

    Parameters
    ----------
    city
        As `read_city_file`.
    tell
        Told the share of the work done (0 to 1) and what comes next.

    Raises
    ------
    InputError
        If something cannot be used; it lists everything found, with a code each.
    """
    read = read_sources(city, tell=tell)
    tell(0.5, "zones and areas")
    people = _people(city, read)
    tell(0.6, "streets")
    osm = _real_streets(city, people.land, read.crs)
    stops = read.timetables.merged.stops
    far = distance_defects(stops, people.zones, people.land, osm.graph if osm else None)
    tell(0.7, "walking")
    lines = _lines_of_buses(read, people.land)
    walking, found = _walking(city, read, people.land, lines, osm)
    tell(0.8, "map layers")
    defects = (*read.defects, *people.defects, *far, *found)
    if osm is None:
        what = "city without [streets]: walks are estimated, street lines are drawn along bus routes only"
        defects += (Defect("streets-missing", 1, what),)
    contents = _contents(city, read, people, lines, walking, defects)
    tell(0.9, "writing")
    return contents if osm is None else with_real_streets(contents, osm, inputs={})


def _contents(
    city: CityFile,
    read: CitySources,
    people: _People,
    lines: gpd.GeoDataFrame,
    walking: Walking,
    defects: tuple[Defect, ...],
) -> PackContents:
    """Return the contents of the pack, without real streets."""
    merged = read.timetables.merged
    land = gpd.GeoDataFrame({"area_id": ["land"], "name": [city.name]}, geometry=[people.land], crs=read.crs)
    return PackContents(
        city_id=city.id,
        name=city.name,
        crs=read.crs,
        timezone=read.timezone,
        bounds_lonlat=bounds_lonlat(shapely.union(people.land, land_beyond(people.land, merged.stops)), read.crs),
        stops=merged.stops,
        routes=merged.routes,
        zones=people.zones,
        blocks=people.blocks,
        area_kinds=tuple(
            AreaKind(area.kind, area.label or area.kind.replace("_", " "), area.kind) for area in city.areas
        ),
        areas={**read.areas, "land": land},
        groups=people.groups,
        group_shares=people.group_shares,
        opportunities=_opportunities(read),
        walking=walking,
        timetables=read.timetables.timetables,
        layers=_layers(city, read, people.zones, lines, land),
        sources=_sources(city, read),
        inputs=_inputs(city, read),
        defects=defects,
        counts=timetable_counts(read.timetables)
        | {"zones": len(people.zones), "blocks": len(people.blocks)}
        | {"residents": int(people.zones["residents"].sum()), "bridges": len(walking.bridges)},
        extra_files={},
        streets=derive_streets(lines, _bus_shapes(read), people.land) if len(lines) else None,
    )


def _people(city: CityFile, read: CitySources) -> _People:
    """Return land, zones, blocks and groups."""
    faults = Faults()
    land, dry = faults.require("land-unusable", lambda: _land(city, read))
    zones, blocks, placed = faults.require(
        "zones-unusable", lambda: build_zones(read.zones, read.blocks, land, read.crs)
    )
    zones, blocks, lost = _with_areas(zones, blocks, read.areas)
    groups, shares, found = faults.require("groups-unusable", lambda: _groups(city, zones, read.areas))
    return _People(land, zones, blocks, groups, shares, (*dry, *placed, *lost, *found))


def _land(city: CityFile, read: CitySources) -> tuple[shapely.Geometry, tuple[Defect, ...]]:
    """Return everything dry: the land given, else all around zones and stops; less the water given."""
    defects = []
    stops = read.timetables.merged.stops
    if read.land is not None:
        land = read.land
    else:
        outlines = [shape for shape in read.zones["geometry"] if shape is not None]
        points = shapely.multipoints(read.zones[["x", "y"]].dropna().to_numpy())
        areas = [shape for table in read.areas.values() for shape in table.geometry.values]
        at_stops = shapely.multipoints(stops[["x", "y"]].to_numpy())
        hull = shapely.GeometryCollection([*outlines, points, *areas, at_stops]).convex_hull
        land = shapely.set_precision(hull.buffer(LAND_MARGIN_M, quad_segs=4), 0.1)
        if read.water is None:
            what = "city without [land] or [water]: everything counts as land, so walks may cross water"
            defects.append(Defect("water-unknown", 1, what))
    if read.water is not None:
        land = shapely.set_precision(shapely.difference(land, read.water), 0.1)
    parts = [part for part in shapely.get_parts(land) if part.geom_type == "Polygon"]
    if not parts:
        raise InputError(f"{city.path.name}: no land is left beside the water")
    return shapely.MultiPolygon(parts), tuple(defects)


def _with_areas(
    zones: gpd.GeoDataFrame, blocks: pd.DataFrame, areas: Mapping[str, gpd.GeoDataFrame]
) -> tuple[gpd.GeoDataFrame, pd.DataFrame, tuple[Defect, ...]]:
    """Return zones and blocks with the area of each kind they lie in; a block in none takes its zone's."""
    defects = []
    for kind, table in areas.items():
        of_zone = area_at(table, zones["x"].to_numpy(), zones["y"].to_numpy())
        of_block = area_at(table, blocks["x"].to_numpy(), blocks["y"].to_numpy())
        of_block = np.where(of_block == "", of_zone[blocks["zone_ix"].to_numpy()], of_block)
        zones, blocks = zones.assign(**{kind: of_zone}), blocks.assign(**{kind: of_block})
        n_lost = int((of_zone == "").sum())
        if n_lost:
            defects.append(Defect("zones-without-area", n_lost, f"zones lie in no {kind}: left without one"))
    return zones, blocks, tuple(defects)


def _groups(
    city: CityFile, zones: gpd.GeoDataFrame, areas: Mapping[str, gpd.GeoDataFrame]
) -> tuple[tuple[Group, ...], pd.DataFrame, tuple[Defect, ...]]:
    """Return the groups and their shares, with the index named after a column of the zones."""
    if city.groups is None:
        what = "city without [groups]: who gains is known for everybody together only"
        return (), pd.DataFrame(index=pd.Index([], name="zone_id")), (Defect("groups-missing", 1, what),)
    by = city.groups.by
    if by != "zone" and by not in areas:
        known = ", ".join(["zone", *areas])
        raise InputError(f"{city.path.name}: groups.by is {by!r}, must be one of {known}")
    ids = zones["zone_id"] if by == "zone" else areas[by]["area_id"]
    groups, shares, defects = read_groups(city.groups, list(ids))
    return groups, shares.rename_axis("zone_id" if by == "zone" else by), defects


def _real_streets(city: CityFile, land: shapely.Geometry, crs: str) -> OsmStreets | None:
    """Return the streets of the OpenStreetMap file; None if the city file names none."""
    if city.streets is None:
        return None
    path, around = city.streets.file, shapely.buffer(shapely.envelope(land), LAND_MARGIN_M)
    return Faults().require("streets-unusable", lambda: read_osm(path, crs, bounds_lonlat=bounds_lonlat(around, crs)))


def _lines_of_buses(read: CitySources, land: shapely.Geometry) -> gpd.GeoDataFrame:
    """Return the streets buses drive on, each once: rank, source, geometry."""
    shapes = _bus_shapes(read)
    thinner = LineThinner(tuple(shapely.total_bounds([land, *shapes.geometry])))
    lines, ranks = [], []
    for row in shapes.sort_values(["n_trips", "shape_id"], ascending=[False, True]).itertuples():
        for part in thinner.keep_new(row.geometry):
            lines.append(shapely.set_precision(shapely.simplify(part, 5.0), 0.1, mode="pointwise"))
            ranks.append(BUSY_BUS if row.n_trips >= BUSY_TRIPS else BUS)
    return gpd.GeoDataFrame({"rank": np.array(ranks, dtype=np.int64), "source": "bus"}, geometry=lines, crs=read.crs)


def _bus_shapes(read: CitySources) -> gpd.GeoDataFrame:
    shapes = read.timetables.shapes
    return shapes[shapes["mode"] == "bus"].reset_index(drop=True)


def _walking(
    city: CityFile, read: CitySources, land: shapely.Geometry, lines: gpd.GeoDataFrame, osm: OsmStreets | None
) -> tuple[Walking, tuple[Defect, ...]]:
    """Return the walking estimate: bridges where buses cross water, and those the city file lists."""
    beyond, nothing = land_beyond(land, read.timetables.merged.stops), shapely.MultiLineString([])
    bridges, defects = find_bridges(
        _bus_shapes(read).geometry,
        land,
        beyond,
        nothing,
        no_footway=city.no_footway,
        more=city.bridges,
        crs=read.crs,
    )
    if osm is not None:
        lines = gpd.GeoDataFrame(geometry=street_lines(osm.graph)[osm.graph.edge_drive], crs=read.crs)
    return build_walking(land, beyond, lines, nothing, bridges), defects


def _opportunities(read: CitySources) -> pd.DataFrame:
    """Return stations of trains and trams, and the places given; sorted by kind and name."""
    stations = read.timetables.merged.stations
    stations = stations[stations["mode"] != "bus"]
    tables = [pd.DataFrame({"kind": "station", "name": stations["name"], "x": stations["x"], "y": stations["y"]})]
    table = pd.concat([*tables, *read.places], ignore_index=True)
    return table.sort_values(["kind", "name", "x", "y"], ignore_index=True)


def _layers(
    city: CityFile,
    read: CitySources,
    zones: gpd.GeoDataFrame,
    lines: gpd.GeoDataFrame,
    land: gpd.GeoDataFrame,
) -> Mapping[str, list[dict[str, Any]]]:
    """Return the map layers: the first kind of areas stands for the parts of the city, the last for neighborhoods."""
    kinds = [area.kind for area in city.areas]
    none = land.iloc[:0]
    parts = read.areas[kinds[0]] if len(kinds) > 1 else none
    homes = (read.areas[kinds[-1]] if kinds else none).assign(nta_type="0", borough="")
    names = dict(zip(homes["area_id"], homes["name"], strict=True))
    nta_id = zones[kinds[-1]] if kinds else zones["zone_id"]
    named = zones.assign(nta_id=nta_id, nta_name=nta_id.map(names).fillna(zones["name"]) if kinds else zones["name"])
    boundaries = Boundaries(parts, none, none, homes, named)
    timetables, merged = read.timetables, read.timetables.merged
    layers = build_layers(
        boundaries,
        named,
        lines,
        timetables.shapes,
        merged.routes,
        merged.stops,
        merged.stations,
        timetable=timetables.timetables["weekday"],
    )
    ground = build_layers(
        dataclasses.replace(boundaries, boroughs=land, ntas=homes.iloc[:0]),
        named,
        lines.iloc[:0],
        timetables.shapes.iloc[:0],
        merged.routes,
        merged.stops,
        merged.stations.iloc[:0],
    )
    return {**layers, "land": ground["land"]}


def _sources(city: CityFile, read: CitySources) -> tuple[Source, ...]:
    """Return where each layer comes from, as the city file says."""
    feeds = dataclasses.replace(
        city.feeds[0],
        source="; ".join(dict.fromkeys(feed.source or feed.file.name for feed in city.feeds)),
        vintage="; ".join(dict.fromkeys(feed.vintage for feed in city.feeds if feed.vintage))
        or ", ".join(f"{date}" for date in read.dates.dates.values()),
        licence="; ".join(dict.fromkeys(feed.licence or "not stated" for feed in city.feeds)),
    )
    people = city.blocks or city.zones
    water = "never across water without a bridge" if city.land or city.water else "no water is known to the pack"
    walking = f"Walking distances are estimated, not measured on streets; {water}."
    drawn = "Approximate: drawn along bus routes, without names or one-way signs."
    derived = "derived from the zones and bus routes"
    places = city.places[0] if city.places else None
    return (
        source_of(feeds, "timetable", city.feeds[0].file.name),
        source_of(city.zones, "boundaries", city.zones.file.name),
        source_of(people, "people", people.file.name),
        source_of(city.groups, "groups", city.groups.file.name)
        if city.groups
        else Source("groups", "none", "none", "none", "The city file names no groups."),
        source_of(places, "opportunities", places.file.name if places else "stations of the timetable"),
        source_of(None, "walking", derived, note=walking),
        source_of(None, "streets", derived, note=drawn),
    )


def _inputs(city: CityFile, read: CitySources) -> dict[str, str]:
    """Return the sha256 of every source file by its name."""
    inputs = {f"{feed.feed_id} ({feed.path.name})": feed.sha256 for feed in read.timetables.feeds}
    for path in (city.path, *city.files()):
        with Path(path).open("rb") as source:
            inputs[path.name] = hashlib.file_digest(source, "sha256").hexdigest()
    return inputs
