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
from workbench.city.credit import data_credit

__all__ = ["Basemap", "Feature", "MapLabel", "build_basemap"]

LONLAT = "EPSG:4326"
DECIMALS = 5
"""Digits of a degree that are kept: about one metre."""
MAX_ZOOM = 24
"""No map goes further."""
LAST_RANK = 2
"""Streets up to this rank are drawn: 1 are the main ones, 2 those with buses, 3 all others."""


@dataclass(frozen=True, slots=True)
class Feature:
    """A shape with what the maps need to know about it."""

    geometry: BaseGeometry
    properties: Mapping[str, str | int | float]


@dataclass(frozen=True, slots=True)
class MapLabel:
    """A name on the map."""

    name: str
    lon: float
    lat: float
    rank: int
    """1 for boroughs, 2 and more for what is smaller; 1 before 2 where two names want the same place."""
    kind: str = "neighborhood"
    """`borough`, `neighborhood`, `park`, `cemetery`, `airport`, `water`, `outside`, `station`."""
    min_zoom: int = 11
    max_zoom: int = MAX_ZOOM
    """Written while `min_zoom` <= zoom < `max_zoom`."""

    def is_written(self, zoom: float) -> bool:
        """Tell whether the name is written at a zoom."""
        return self.min_zoom <= zoom < self.max_zoom


@dataclass(frozen=True, eq=False)
class Basemap:
    """Shapes in lon/lat."""

    land: tuple[Feature, ...]
    parks: tuple[Feature, ...]
    """Property `kind`: `park`, `cemetery`, `airport`."""
    streets: tuple[Feature, ...]
    """Property `rank`."""
    subway: tuple[Feature, ...]
    """Properties `color` and `offset`: place beside the other colors of a shared trunk, in line widths to the right."""
    zones: tuple[Feature, ...]
    """In the order of `City.zones`; properties `name` and `residents`."""
    stations: tuple[Feature, ...]
    """Points."""
    labels: tuple[MapLabel, ...]
    """The most important first."""
    credit: str
    """Who made the data."""

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
            for name in ("land", "parks", "streets", "subway", "zones", "stations")
        }
        labels = [
            [
                *(name.name, round(name.lon, DECIMALS), round(name.lat, DECIMALS)),
                name.kind,
                name.min_zoom,
                name.max_zoom,
            ]
            for name in self.labels
        ]
        return script_json({**plain, "labels": labels, "credit": self.credit})


def build_basemap(city: City) -> Basemap:
    """Return the ground of a city's maps; a layer its pack does not have stays empty, land is then where zones are."""
    zones = _zones(city)
    land = _read_layer(city.layers, "land") or (Feature(shapely.union_all([z.geometry for z in zones]), {}),)
    streets = _read_layer(city.layers, "streets", "rank")
    return Basemap(
        land=land,
        parks=_read_layer(city.layers, "parks", "kind"),
        streets=tuple(street for street in streets if int(street.properties.get("rank", 3)) <= LAST_RANK),
        subway=_read_layer(city.layers, "subway", "color", "offset"),
        zones=zones,
        stations=_read_layer(city.layers, "stations"),
        labels=_read_labels(city.layers) or _make_labels(city),
        credit=data_credit(city.sources),
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


def _read_labels(layers: Mapping[str, Path]) -> tuple[MapLabel, ...]:
    """Return the names of the pack's layers `labels` and `stations`, by rank; a complex of stations has one name."""
    places = _read_layer(layers, "labels", "name", "rank", "kind", "min_zoom", "max_zoom")
    stations = _read_layer(layers, "stations", "name", "rank")
    found = [_label(place, {}) for place in places]
    found += [
        _label(station, {"rank": 5, "kind": "station", "min_zoom": 13 if station.properties["rank"] == 1 else 14})
        for station in stations
        if "rank" in station.properties
    ]
    return tuple(sorted(found, key=lambda label: label.rank))


def _label(place: Feature, changes: Mapping[str, str | int | float]) -> MapLabel:
    told = {**place.properties, **changes}
    lon, lat = shapely.get_coordinates(place.geometry)[0]
    rank = int(told["rank"])
    kind = str(told.get("kind", "borough" if rank == 1 else "neighborhood"))
    min_zoom = int(told.get("min_zoom", 8 if kind == "borough" else 11))
    # a borough's name makes room for those of its neighborhoods
    max_zoom = int(told.get("max_zoom", 12 if kind == "borough" else MAX_ZOOM))
    return MapLabel(str(told["name"]), float(lon), float(lat), rank, kind, min_zoom, max_zoom)


def _make_labels(city: City) -> tuple[MapLabel, ...]:
    """Return where to write the names of the city's parts and neighborhoods: inside each, away from its edge."""
    labels = []
    kinds = [kind.kind for kind in city.area_kinds]
    for rank, kind in enumerate(dict.fromkeys([*kinds[:1], *kinds[-1:]]), start=1):
        table = city.areas[kind]
        points = gpd.GeoSeries(table.geometry.representative_point(), crs=table.crs).to_crs(LONLAT)
        kind_of_name, zooms = ("borough", (8, 12)) if rank == 1 else ("neighborhood", (11, MAX_ZOOM))
        labels += [
            MapLabel(str(name), float(point.x), float(point.y), rank, kind_of_name, *zooms)
            for name, point in zip(table["name"], points, strict=True)
        ]
    return tuple(labels)


def _geojson(geometry: BaseGeometry) -> Mapping[str, object]:
    rounded = shapely.transform(geometry, lambda lonlat: np.round(lonlat, DECIMALS))
    plain: Mapping[str, object] = mapping(rounded)
    return plain
