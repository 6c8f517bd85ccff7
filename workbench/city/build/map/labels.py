"""Where the map writes the names of areas, and from which zoom on: boroughs, neighborhoods, parks, waters."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from pyproj import Transformer

from workbench.city.build.map.places import Place
from workbench.city.build.newyork.boundaries import Boundaries

__all__ = ["NTA_KINDS", "Label", "area_labels", "place_labels"]

NTA_KINDS = {"9": "park", "7": "cemetery", "8": "airport"}
"""What the types of neighborhoods without residents stand for; type 0 are the others."""
_BOROUGH_ZOOM, _LARGE_ZOOM, _SMALL_ZOOM, _PARTS_ZOOM = 8, 11, 12, 13
"""From where the names of boroughs, larger and smaller neighborhoods, and their parts are written."""
_M_PER_PX = 78_271.5
"""At zoom 0 on the equator, metres."""
_ROOM_PX = 70.0
"""A park is named where it is this wide on the screen, pixels."""


@dataclass(frozen=True, slots=True)
class Label:
    """A name at a point of the city's CRS; drawn while `min_zoom` <= zoom < `max_zoom`."""

    point: shapely.Point
    name: str
    kind: str
    """`borough`, `neighborhood`, `park`, `cemetery`, `airport`, `water`, `outside`."""
    rank: int
    """1 before 2 where two names want the same place."""
    min_zoom: int
    max_zoom: int = 0
    """0 for no end."""

    def properties(self) -> dict[str, Any]:
        """Return what the feature carries."""
        name = self.name.replace(")-", ") \u2013 ")  # else the map breaks the line before the hyphen
        head = {"name": name, "kind": self.kind, "rank": self.rank, "min_zoom": self.min_zoom}
        return {**head, "max_zoom": self.max_zoom} if self.max_zoom else head


def area_labels(boundaries: Boundaries, zones: gpd.GeoDataFrame) -> list[Label]:
    """
    Return the names of boroughs (rank 1), neighborhoods by residents (2, 3), parks, cemeteries and airports (4).

    `Bushwick (East)` and `Bushwick (West)` are one `Bushwick` until there is room for both.
    """
    residents = zones.groupby("nta_id")["residents"].sum()
    people = boundaries.ntas["area_id"].map(residents).fillna(0).to_numpy()
    is_home = (boundaries.ntas["nta_type"] == "0").to_numpy()
    half = float(np.median(people[is_home])) if is_home.any() else 0.0
    labels = [
        Label(_middle(shape), str(name), "borough", 1, _BOROUGH_ZOOM)
        for name, shape in zip(boundaries.boroughs["name"], boundaries.boroughs.geometry, strict=True)
    ]
    homes: dict[str, list[tuple[str, shapely.Geometry, float]]] = {}
    for name, kind, shape, count in zip(
        boundaries.ntas["name"], boundaries.ntas["nta_type"], boundaries.ntas.geometry, people, strict=True
    ):
        if kind == "0":
            homes.setdefault(_without_part(name), []).append((name, shape, float(count)))
        elif kind in NTA_KINDS:
            labels.append(Label(_middle(shape), str(name), NTA_KINDS[kind], 4, _zoom_with_room(shape, boundaries)))
    for whole, parts in homes.items():
        labels += _neighborhood(whole, parts, half)
    return labels


def place_labels(places: Sequence[Place], crs: str) -> list[Label]:
    """Return the names of waters and of what lies outside (rank 2)."""
    project = Transformer.from_crs("EPSG:4326", crs, always_xy=True)
    points = [shapely.Point(project.transform(place.lon, place.lat)) for place in places]
    return [
        Label(point, place.name, place.kind, 2, place.min_zoom) for place, point in zip(places, points, strict=True)
    ]


def _neighborhood(whole: str, parts: Sequence[tuple[str, shapely.Geometry, float]], half: float) -> list[Label]:
    """Return the name of a neighborhood; of the whole first and of its parts later where it is cut into parts."""
    rank = 2 if max(count for _, _, count in parts) >= half else 3
    start = _LARGE_ZOOM if rank == 2 else _SMALL_ZOOM
    if len(parts) == 1:
        name, shape, _ = parts[0]
        return [Label(_middle(shape), str(name), "neighborhood", rank, start)]
    together = shapely.union_all([shape for _, shape, _ in parts])
    labels = [Label(_middle(together), whole, "neighborhood", 2, _LARGE_ZOOM, _PARTS_ZOOM)]
    return labels + [Label(_middle(shape), str(name), "neighborhood", rank, _PARTS_ZOOM) for name, shape, _ in parts]


def _without_part(name: str) -> str:
    """Return `Bushwick` for `Bushwick (East)`; other names as they are."""
    head, opened, tail = name.partition(" (")
    return head if opened and tail.endswith(")") else name


def _zoom_with_room(shape: shapely.Geometry, boundaries: Boundaries) -> int:
    """Return the first whole zoom at which a shape is `_ROOM_PX` wide, 10 to 15."""
    latitude = boundaries.boroughs.to_crs("EPSG:4326").total_bounds[1] if len(boundaries.boroughs) else 0.0
    px_at_zoom_0 = math.sqrt(float(shapely.area(shape))) / (_M_PER_PX * math.cos(math.radians(latitude)))
    return min(max(math.ceil(math.log2(_ROOM_PX / px_at_zoom_0)), 10), 15)


def _middle(shape: shapely.Geometry) -> shapely.Point:
    """Return the middle of the largest part of a shape; a point inside where the middle is not."""
    part = max(shapely.get_parts(shape), key=lambda each: float(shapely.area(each)))
    middle = shapely.centroid(part)
    inside: shapely.Point = middle if shapely.contains(part, middle) else shapely.point_on_surface(part)
    return inside
