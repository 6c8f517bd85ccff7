"""Map layers of a city as GeoJSON features in lon/lat, rounded to about a metre: what the browser draws."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from pyproj import Transformer
from shapely.geometry import mapping

from workbench.city.build.boundaries import Boundaries
from workbench.city.streets.from_blocks import LineThinner

__all__ = ["build_layers"]

Feature = dict[str, Any]
FloatArray = npt.NDArray[np.float64]

_DECIMALS = 5
"""Of a degree: about a metre."""
_LAND_SIMPLIFY_M = 12.0
_ZONE_SIMPLIFY_M = 6.0
_ROUTE_SIMPLIFY_M = 8.0
_NTA_KINDS = {"9": "park", "7": "cemetery", "8": "airport"}
_TRUNK_M = 60.0
"""Subway lines of two colors closer than this are drawn side by side, metres."""
_SHORTEST_RUN_M = 250.0
"""Shorter stretches of a trunk keep the place of the stretch before, metres: no flicker at crossings."""


def build_layers(
    boundaries: Boundaries,
    zones: gpd.GeoDataFrame,
    streets: gpd.GeoDataFrame,
    shapes: gpd.GeoDataFrame,
    routes: pd.DataFrame,
    stops: pd.DataFrame,
    stations: pd.DataFrame,
) -> Mapping[str, list[Feature]]:
    """
    Return the features of every map layer.

    Parameters
    ----------
    boundaries, zones, streets, shapes, routes, stops, stations
        As built for the pack; `shapes` as `streets.route_shapes`.

    Returns
    -------
    layers
        `land` (name), `parks` (name, kind: park, cemetery, airport), `streets` (rank 1 to 3), `subway` (route, color,
        offset: place beside the other colors of a shared trunk, in line widths), `bus` (route, name, color), `stops`
        (stop_id, name, mode), `stations` (name, mode), `zones` (id = zone_ix; zone_id, nta_name, residents), `labels`
        (name, kind, rank).
    """
    crs = str(zones.crs)
    rails, buses = (shapes[shapes["mode"].isin(modes)] for modes in (["subway", "rail"], ["bus"]))
    return {
        "land": _land(boundaries, crs),
        "parks": _parks(boundaries, crs),
        "streets": _features(streets.geometry.values, crs, [{"rank": int(rank)} for rank in streets["rank"]]),
        "subway": _subway(rails, routes, crs),
        "bus": _bus(buses, routes, crs),
        "stops": _stops(stops),
        "stations": _stations(stations, crs),
        "zones": _zones(zones, crs),
        "labels": _labels(boundaries, zones, crs),
    }


def _features(shapes: Any, crs: str, properties: list[dict[str, Any]], *, numbered: bool = False) -> list[Feature]:
    """Turn shapes into features, a row each; empty shapes are left out. `numbered` gives them their row as id."""
    project = Transformer.from_crs(crs, "EPSG:4326", always_xy=True)

    def to_degrees(points: FloatArray) -> FloatArray:
        lon, lat = project.transform(points[:, 0], points[:, 1])
        return np.column_stack([lon, lat])

    degrees = shapely.set_precision(
        shapely.transform(np.asarray(shapes, dtype=object), to_degrees), 10.0**-_DECIMALS, mode="valid_output"
    )
    features = []
    for row, (shape, values) in enumerate(zip(degrees, properties, strict=True)):
        if shape.is_empty:
            continue
        geometry = mapping(shape)
        head: Feature = {"type": "Feature", "id": row} if numbered else {"type": "Feature"}
        rounded = {"type": geometry["type"], "coordinates": _round(geometry["coordinates"])}
        features.append({**head, "properties": values, "geometry": rounded})
    return features


def _round(coordinates: Any) -> Any:
    if isinstance(coordinates, float):
        return round(coordinates, _DECIMALS)
    return [_round(part) for part in coordinates]


def _land(boundaries: Boundaries, crs: str) -> list[Feature]:
    table = boundaries.boroughs
    simple = shapely.simplify(table.geometry.values, _LAND_SIMPLIFY_M)
    return _features(simple, crs, [{"name": name} for name in table["name"]])


def _parks(boundaries: Boundaries, crs: str) -> list[Feature]:
    table = boundaries.ntas[boundaries.ntas["nta_type"].isin(list(_NTA_KINDS))]
    simple = shapely.simplify(table.geometry.values, _LAND_SIMPLIFY_M)
    kinds = [_NTA_KINDS[kind] for kind in table["nta_type"]]
    return _features(
        simple, crs, [{"name": name, "kind": kind} for name, kind in zip(table["name"], kinds, strict=True)]
    )


def _zones(zones: gpd.GeoDataFrame, crs: str) -> list[Feature]:
    simple = shapely.coverage_simplify(zones.geometry.values, _ZONE_SIMPLIFY_M)
    properties = [
        {"zone_id": zone_id, "nta_name": nta_name, "residents": int(residents)}
        for zone_id, nta_name, residents in zip(zones["zone_id"], zones["nta_name"], zones["residents"], strict=True)
    ]
    return _features(simple, crs, properties, numbered=True)


def _stops(stops: pd.DataFrame) -> list[Feature]:
    return [
        {
            "type": "Feature",
            "id": row,
            "properties": {"stop_id": stop_id, "name": name, "mode": mode},
            "geometry": {"type": "Point", "coordinates": [round(lon, _DECIMALS), round(lat, _DECIMALS)]},
        }
        for row, (stop_id, name, mode, lon, lat) in enumerate(
            zip(stops["stop_id"], stops["stop_name"], stops["mode"], stops["lon"], stops["lat"], strict=True)
        )
    ]


def _stations(stations: pd.DataFrame, crs: str) -> list[Feature]:
    properties = [{"name": name, "mode": mode} for name, mode in zip(stations["name"], stations["mode"], strict=True)]
    return _features(shapely.points(stations["x"], stations["y"]), crs, properties)


def _labels(boundaries: Boundaries, zones: gpd.GeoDataFrame, crs: str) -> list[Feature]:
    """Return a point for each name: boroughs (rank 1), neighborhoods by residents (2, 3), parks and airports (4)."""
    residents = zones.groupby("nta_id")["residents"].sum()
    named = boundaries.ntas[boundaries.ntas["nta_type"].isin(["0", "8", "9"])]
    lived_in = (named["nta_type"] == "0").to_numpy()
    people = named["area_id"].map(residents).fillna(0).to_numpy()
    large = people >= np.median(people[lived_in]) if lived_in.any() else lived_in
    shapes = [*boundaries.boroughs.geometry.values, *named.geometry.values]
    properties = [{"name": name, "kind": "borough", "rank": 1} for name in boundaries.boroughs["name"]]
    for name, is_home, is_large, kind in zip(named["name"], lived_in, large, named["nta_type"], strict=True):
        rank = (2 if is_large else 3) if is_home else 4
        properties.append({"name": name, "kind": _NTA_KINDS.get(kind, "neighborhood"), "rank": rank})
    largest = [max(shapely.get_parts(shape), key=lambda part: part.area) for shape in shapes]
    middles = [shapely.centroid(part) for part in largest]
    points = [
        middle if shapely.contains(part, middle) else shapely.point_on_surface(part)
        for part, middle in zip(largest, middles, strict=True)
    ]
    return _features(points, crs, properties)


def _merged(shapes: gpd.GeoDataFrame, *, same_m: float) -> list[shapely.LineString]:
    """Return what a route covers, each street once: its longest shape, then what the others add."""
    lines = sorted(shapes.geometry.values, key=lambda line: -round(line.length, 1))
    thinner = LineThinner(tuple(shapely.total_bounds(lines)), same_m=same_m)
    return [part for line in lines for part in thinner.keep_new(line)]


def _bus(shapes: gpd.GeoDataFrame, routes: pd.DataFrame, crs: str) -> list[Feature]:
    lines, properties = [], []
    for route_ix, own in shapes.groupby("route_ix", sort=True):
        parts = shapely.simplify(_merged(own, same_m=25.0), _ROUTE_SIMPLIFY_M)
        lines.append(shapely.multilinestrings(list(parts)))
        row = routes.iloc[route_ix]
        properties.append({"route": row["route_id"], "name": row["short_name"], "color": row["color"]})
    return _features(lines, crs, properties)


def _subway(shapes: gpd.GeoDataFrame, routes: pd.DataFrame, crs: str) -> list[Feature]:
    """Return each route's lines, split where its place among the colors of a trunk changes."""
    shapes = shapes.assign(color=routes["color"].to_numpy()[shapes["route_ix"]])
    color_lines = {
        color: shapely.union_all(shapely.simplify(own.geometry.values, _ROUTE_SIMPLIFY_M))
        for color, own in shapes.groupby("color", sort=True)
    }
    lines, properties = [], []
    for route_ix, own in shapes.groupby("route_ix", sort=True):
        row = routes.iloc[route_ix]
        by_offset: dict[float, list[shapely.LineString]] = {}
        for part in _merged(own, same_m=40.0):
            for offset, piece in _split_by_offset(part, row["color"], color_lines):
                by_offset.setdefault(offset, []).append(piece)
        for offset in sorted(by_offset):
            lines.append(shapely.multilinestrings(by_offset[offset]))
            properties.append({"route": row["short_name"], "color": row["color"], "offset": offset})
    return _features(lines, crs, properties)


def _split_by_offset(
    line: shapely.LineString, color: str, color_lines: Mapping[str, shapely.Geometry]
) -> list[tuple[float, shapely.LineString]]:
    """Cut a line where the colors beside it change; pieces point north or east, so that offsets agree."""
    step_m = 25.0
    along = np.append(np.arange(0.0, line.length, step_m), line.length)
    points = shapely.line_interpolate_point(line, along)
    near = np.array([shapely.dwithin(points, other, _TRUNK_M) | (name == color) for name, other in color_lines.items()])
    place = list(color_lines).index(color)
    offset = near[:place].sum(axis=0) - (near.sum(axis=0) - 1) / 2
    cuts = [0]
    for n in range(1, len(offset)):
        if offset[n] != offset[cuts[-1]] and (n - cuts[-1]) * step_m >= _SHORTEST_RUN_M:
            cuts.append(n)
    pieces = []
    for start, end in zip(cuts, [*cuts[1:], len(points) - 1], strict=True):
        if end > start:
            piece = shapely.simplify(shapely.LineString(points[start : end + 1]), _ROUTE_SIMPLIFY_M)
            dx, dy = np.subtract(piece.coords[-1], piece.coords[0])
            pieces.append((float(np.median(offset[start:end])), piece if dx + dy >= 0 else piece.reverse()))
    return pieces
