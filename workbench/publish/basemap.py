"""The ground of every published map: land, parks, streets, subway and zones of a city, in lon/lat, from its own pack."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from shapely.geometry import mapping, shape
from shapely.geometry.base import BaseGeometry

from workbench.city.city import City

__all__ = ["Basemap", "Feature", "build_basemap"]

LONLAT = "EPSG:4326"
DECIMALS = 5
"""Digits of a degree that are kept: about one metre."""
LAST_RANK = 2
"""Streets up to this rank are drawn: 1 are the main ones, 2 those with buses, 3 all others."""


@dataclass(frozen=True, slots=True)
class Feature:
    """A shape with what the maps need to know about it."""

    geometry: BaseGeometry
    properties: Mapping[str, str | int]


@dataclass(frozen=True, eq=False)
class Basemap:
    """Shapes in lon/lat."""

    land: tuple[Feature, ...]
    parks: tuple[Feature, ...]
    streets: tuple[Feature, ...]
    subway: tuple[Feature, ...]
    """Property `color`."""
    zones: tuple[Feature, ...]
    """In the order of `City.zones`; properties `name` and `residents`."""
    labels: tuple[tuple[str, float, float, int], ...]
    """Name, lon, lat and rank: 1 for boroughs, 2 and more for neighborhoods, the most important first."""

    def to_json(self) -> str:
        """Return everything as one JSON object of GeoJSON collections, safe inside a script as well."""
        plain = {
            name: {
                "type": "FeatureCollection",
                "features": [
                    {"type": "Feature", "properties": dict(feature.properties), "geometry": _geojson(feature.geometry)}
                    for feature in getattr(self, name)
                ],
            }
            for name in ("land", "parks", "streets", "subway", "zones")
        }
        labels = [[name, round(lon, DECIMALS), round(lat, DECIMALS), rank] for name, lon, lat, rank in self.labels]
        return script_json({**plain, "labels": labels})


def build_basemap(city: City) -> Basemap:
    """Return the ground of a city's maps; a layer its pack does not have stays empty, land is then where zones are."""
    zones = _zones(city)
    land = _read_layer(city.layers, "land") or (Feature(shapely.union_all([z.geometry for z in zones]), {}),)
    streets = _read_layer(city.layers, "streets", "rank")
    return Basemap(
        land=land,
        parks=_read_layer(city.layers, "parks"),
        streets=tuple(street for street in streets if int(street.properties.get("rank", 3)) <= LAST_RANK),
        subway=_read_layer(city.layers, "subway", "color"),
        zones=zones,
        labels=_read_labels(city.layers) or _make_labels(city.areas),
    )


def script_json(value: object) -> str:
    """Return JSON that cannot end a script or start markup, whatever text is in it."""
    text = json.dumps(value, ensure_ascii=True, separators=(",", ":"), allow_nan=False)
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def _zones(city: City) -> tuple[Feature, ...]:
    """Return the zones' shapes as drawn on maps: from the pack's layer, else from the zones themselves."""
    if "zones" in city.layers:
        shapes: Sequence[BaseGeometry] = _zone_layer(city.layers["zones"], city.n_zones)
    else:
        shapes = list(city.zones.geometry.to_crs(LONLAT))
    names = (str(name) for name in city.zones["name"])
    residents = (int(count) for count in city.zones["residents"])
    return tuple(
        Feature(shape, {"name": name, "residents": count})
        for shape, name, count in zip(shapes, names, residents, strict=True)
    )


def _zone_layer(path: Path, n_zones: int) -> list[BaseGeometry]:
    shapes: list[BaseGeometry] = [shapely.Polygon()] * n_zones
    for feature in _features(path):
        shapes[int(feature["id"])] = shape(feature["geometry"])
    return shapes


def _read_layer(layers: Mapping[str, Path], name: str, *properties: str) -> tuple[Feature, ...]:
    """Return a layer's shapes with some of their properties; empty if there is no such layer."""
    if name not in layers:
        return ()
    return tuple(
        Feature(
            shape(feature["geometry"]),
            {key: feature["properties"][key] for key in properties if key in feature["properties"]},
        )
        for feature in _features(layers[name])
    )


def _features(path: Path) -> list[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        features: list[dict[str, Any]] = json.load(file)["features"]
    return features


def _read_labels(layers: Mapping[str, Path]) -> tuple[tuple[str, float, float, int], ...]:
    """Return the names of the pack's layer `labels`, by rank."""
    places = _read_layer(layers, "labels", "name", "rank")
    labels = [(place, shapely.get_coordinates(place.geometry)[0]) for place in places]
    found = [(str(p.properties["name"]), float(lon), float(lat), int(p.properties["rank"])) for p, (lon, lat) in labels]
    return tuple(sorted(found, key=lambda label: label[3]))


def _make_labels(areas: Mapping[str, gpd.GeoDataFrame]) -> tuple[tuple[str, float, float, int], ...]:
    """Return where to write the names of boroughs and neighborhoods: inside each, away from its edge."""
    labels = []
    for kind, rank in (("borough", 1), ("nta", 2)):
        table = areas[kind]
        points = gpd.GeoSeries(table.geometry.representative_point(), crs=table.crs).to_crs(LONLAT)
        labels += [
            (str(name), float(point.x), float(point.y), rank) for name, point in zip(table["name"], points, strict=True)
        ]
    return tuple(labels)


def _geojson(geometry: BaseGeometry) -> Mapping[str, object]:
    rounded = shapely.transform(geometry, lambda lonlat: np.round(lonlat, DECIMALS))
    plain: Mapping[str, object] = mapping(rounded)
    return plain
