"""Map layers of a city as GeoJSON features in lon/lat, rounded to about a metre: what the browser draws."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from pyproj import Transformer
from shapely.geometry import mapping

from workbench.city.build.map.labels import NTA_KINDS, area_labels, place_labels
from workbench.city.build.map.places import Place
from workbench.city.build.map.transit_layers import bus_lines, station_lines, subway_lines
from workbench.city.build.newyork.boundaries import Boundaries
from workbench.city.timetable import Timetable

__all__ = ["build_layers", "street_features"]

Feature = dict[str, Any]
FloatArray = npt.NDArray[np.float64]

_DECIMALS = 5
"""Of a degree: about a metre."""
_LAND_SIMPLIFY_M = 12.0
_ZONE_SIMPLIFY_M = 6.0


def build_layers(
    boundaries: Boundaries,
    zones: gpd.GeoDataFrame,
    streets: gpd.GeoDataFrame,
    shapes: gpd.GeoDataFrame,
    routes: pd.DataFrame,
    stops: pd.DataFrame,
    stations: pd.DataFrame,
    timetable: Timetable | None = None,
    places: Sequence[Place] = (),
) -> Mapping[str, list[Feature]]:
    """
    Return the features of every map layer.

    Parameters
    ----------
    boundaries, zones, streets, shapes, routes, stops, stations
        As built for the pack; `shapes` as `streets.route_shapes`, `streets` with `rank` and, where known, `name`.
    timetable
        A working day: it tells which routes call at a station. Without it stations show no routes.
    places
        Names the boundaries do not have.

    Returns
    -------
    layers
        `land` (name), `parks` (name, kind: park, cemetery, airport), `streets` (rank, name where known), `subway`
        (routes, color, offset: as `subway_lines`), `bus` (route, name, color), `stops` (id = stop_ix; stop_id, name,
        mode), `stations` (name, mode, lines, rank: as `station_lines`), `zones` (id = zone_ix; zone_id, nta_name,
        residents), `labels` (name, kind, rank, min_zoom, max_zoom).
    """
    crs = str(zones.crs)
    rails, buses = (shapes[shapes["mode"].isin(modes)] for modes in (["subway", "rail"], ["bus"]))
    labels = [*area_labels(boundaries, zones), *place_labels(places, crs)]
    return {
        "land": _land(boundaries, crs),
        "parks": _parks(boundaries, crs),
        "streets": _streets(streets, crs),
        "subway": _lines(subway_lines(rails, routes), crs),
        "bus": _lines(bus_lines(buses, routes), crs),
        "stops": _stops(stops),
        "stations": _features(
            shapely.points(stations["x"], stations["y"]), crs, station_lines(stations, stops, routes, timetable)
        ),
        "zones": _zones(zones, crs),
        "labels": _features([label.point for label in labels], crs, [label.properties() for label in labels]),
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


def _lines(lines: Sequence[tuple[shapely.Geometry, dict[str, Any]]], crs: str) -> list[Feature]:
    return _features([line for line, _ in lines], crs, [properties for _, properties in lines])


def _streets(streets: gpd.GeoDataFrame, crs: str) -> list[Feature]:
    """Return streets with their rank; with their name where it is known."""
    names = streets["name"].fillna("") if "name" in streets else pd.Series("", index=streets.index)
    properties = [
        {"rank": int(rank), "name": str(name)} if name else {"rank": int(rank)}
        for rank, name in zip(streets["rank"], names, strict=True)
    ]
    return _features(streets.geometry.values, crs, properties)


def street_features(lines: Sequence[shapely.Geometry], crs: str, properties: list[dict[str, Any]]) -> list[Feature]:
    """Return lines in a metric CRS as features of the layer `streets`; `properties` are rank and, where known, name."""
    return _features(lines, crs, properties)


def _land(boundaries: Boundaries, crs: str) -> list[Feature]:
    table = boundaries.boroughs
    simple = shapely.simplify(table.geometry.values, _LAND_SIMPLIFY_M)
    return _features(simple, crs, [{"name": name} for name in table["name"]])


def _parks(boundaries: Boundaries, crs: str) -> list[Feature]:
    table = boundaries.ntas[boundaries.ntas["nta_type"].isin(list(NTA_KINDS))]
    simple = shapely.simplify(table.geometry.values, _LAND_SIMPLIFY_M)
    kinds = [NTA_KINDS[kind] for kind in table["nta_type"]]
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
