"""A still map of one alternative as SVG: for the list, for paper, and for readers without scripts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import cos, radians

import numpy as np
import numpy.typing as npt
import shapely
from markupsafe import Markup
from shapely.geometry.base import BaseGeometry

from workbench.publish.maps.basemap import Basemap, Feature
from workbench.publish.results import ACCESS, build_layers
from workbench.scoring.scorecard import RouteShape, Scorecard

__all__ = [
    "HEIGHT",
    "WIDTH",
    "View",
    "clip_features",
    "draw_areas",
    "draw_labels",
    "draw_route",
    "fit_view",
    "render_drawing",
    "svg_path",
]

WIDTH, HEIGHT = 600, 560
MARGIN = 0.16
"""Share of the picture that stays free around the route, on each side."""
EDGE = 64
"""No name comes closer to the sides than this, picture units: a page may cut the picture there."""
LETTER, ROOM = 7.8, 5
"""Width of a letter of a name, and the room around the route that names keep free, picture units."""
NAMED = dict.fromkeys(("neighborhood", "park", "cemetery", "airport"), "map-name") | {
    "water": "map-name map-name-water"
}
"""Kinds of names that are written, and their class."""
ZOOM = 12.5
"""The names are those of a map at this zoom."""
SMALLEST_DEG = 0.035
"""Least height of what is shown, degrees of latitude (about 4 km)."""


@dataclass(frozen=True, slots=True)
class View:
    """A window on the city: what is shown, and how degrees become picture units."""

    west: float
    north: float
    x_per_deg: float
    y_per_deg: float

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east, north, degrees."""
        return (self.west, self.north - HEIGHT / self.y_per_deg, self.west + WIDTH / self.x_per_deg, self.north)

    def place(self, lonlat: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Return picture units for degrees: (n, 2)."""
        return np.column_stack(
            [(lonlat[:, 0] - self.west) * self.x_per_deg, (self.north - lonlat[:, 1]) * self.y_per_deg]
        )


def render_drawing(scorecard: Scorecard, basemap: Basemap, *, color: str, label: str) -> Markup:
    """
    Return a map of the route and of the people within reach it brings, as one SVG element.

    Parameters
    ----------
    scorecard
        What to draw: `routes` and `zones`.
    basemap
        The ground.
    color
        The route's colour in CSS.
    label
        What the picture shows, for readers who cannot see it.
    """
    view = fit_view(scorecard.shapes)
    parts = [
        Markup('<rect class="map-water" width="{}" height="{}"/>').format(WIDTH, HEIGHT),
        *draw_areas("map-land", basemap.land, view),
        *_results(scorecard, basemap, view),
        *draw_areas("map-park", basemap.parks, view),  # above the results: nobody lives there
        *_lines("map-street", basemap.streets, view),
        *_subway(basemap.subway, view),
        *draw_labels(basemap, scorecard.shapes, view),
    ]
    for route in scorecard.shapes:
        parts += draw_route(route, view, color)
    return Markup(
        '<svg class="drawing" viewBox="0 0 {w} {h}" role="img" aria-label="{label}" preserveAspectRatio="xMidYMid slice">{parts}</svg>'
    ).format(w=WIDTH, h=HEIGHT, label=label, parts=Markup("").join(parts))


def fit_view(routes: Sequence[RouteShape]) -> View:
    """Return the window that shows the routes with some room around them."""
    points = np.array([point for route in routes for point in route.line] or [(0.0, 0.0)])
    (west, south), (east, north) = points.min(axis=0), points.max(axis=0)
    squeeze = cos(radians((south + north) / 2))
    room = 1 - 2 * MARGIN
    height_deg = max((north - south) / room, (east - west) * squeeze / room * HEIGHT / WIDTH, SMALLEST_DEG)
    y_per_deg = HEIGHT / height_deg
    x_per_deg = y_per_deg * squeeze
    return View(
        west=(west + east) / 2 - WIDTH / x_per_deg / 2,
        north=(south + north) / 2 + height_deg / 2,
        x_per_deg=x_per_deg,
        y_per_deg=y_per_deg,
    )


def draw_areas(css_class: str, features: Iterable[Feature], view: View) -> list[Markup]:
    """Draw shapes as one, with a class of the style sheet."""
    path = svg_path(shapely.union_all(clip_features(features, view)), view)
    return [Markup('<path class="{}" d="{}"/>').format(css_class, path)] if path else []


def _results(scorecard: Scorecard, basemap: Basemap, view: View) -> list[Markup]:
    """Draw the zones of one class as one shape, without the lines between them."""
    step_ix = build_layers(scorecard, basemap)[0][1]
    parts = []
    for ix, step in enumerate(ACCESS.steps):
        members = [zone for zone, zone_step in zip(basemap.zones, step_ix, strict=True) if zone_step == ix]
        if step.opacity and members:
            path = svg_path(shapely.union_all(clip_features(members, view)), view)
            if path:
                parts.append(
                    Markup('<path fill="{}" fill-opacity="{}" d="{}"/>').format(step.color, step.opacity, path)
                )
    return parts


def _lines(css_class: str, features: Iterable[Feature], view: View) -> list[Markup]:
    path = "".join(svg_path(shape, view) for shape in clip_features(features, view))
    return [Markup('<path class="{}" d="{}"/>').format(css_class, path)] if path else []


def _subway(features: Iterable[Feature], view: View) -> list[Markup]:
    by_color: dict[str, list[Feature]] = {}
    for feature in features:
        by_color.setdefault(str(feature.properties.get("color") or "#666666"), []).append(feature)
    parts = []
    for color, members in sorted(by_color.items()):
        path = "".join(svg_path(shape, view) for shape in clip_features(members, view))
        if path:
            parts.append(Markup('<path class="map-subway" stroke="{}" d="{}"/>').format(color, path))
    return parts


def draw_labels(basemap: Basemap, routes: Sequence[RouteShape], view: View) -> list[Markup]:
    """Write the names of neighborhoods, the important ones first, as many as stand free of each other and of the route."""
    lines = [shapely.LineString(view.place(np.array(route.line))) for route in routes if len(route.line) > 1]
    taken = [line.buffer(ROOM) for line in lines]
    paper = shapely.box(EDGE, EDGE / 2, WIDTH - EDGE, HEIGHT - EDGE / 2)
    parts = []
    for label in basemap.labels:
        if label.kind not in NAMED or not label.is_written(ZOOM):
            continue
        x, y = view.place(np.array([[label.lon, label.lat]]))[0]
        half = LETTER * len(label.name) / 2
        spot = shapely.box(x - half, y - 14, x + half, y + 6)
        if paper.contains(spot) and not any(spot.intersects(other) for other in taken):
            taken.append(spot)
            text = Markup('<text class="{}" x="{:.0f}" y="{:.0f}">{}</text>')
            parts.append(text.format(NAMED[label.kind], x, y, label.name))
    return parts


def draw_route(route: RouteShape, view: View, color: str) -> list[Markup]:
    """Draw a route and its stops, in a CSS colour."""
    line = svg_path(shapely.LineString(route.line), view) if len(route.line) > 1 else ""
    parts = [
        Markup('<path class="map-route-casing" d="{}"/>').format(line),
        Markup('<path class="map-route" stroke="{}" d="{}"/>').format(color, line),
    ]
    if not route.stops:
        return parts
    places = view.place(np.array([stop[:2] for stop in route.stops]))
    ends = (0, len(route.stops) - 1)
    for ix, (x, y) in enumerate(places):
        radius = 6 if ix in ends else 3
        parts.append(
            Markup('<circle class="map-stop" stroke="{}" cx="{:.1f}" cy="{:.1f}" r="{}"/>').format(color, x, y, radius)
        )
    return parts


def clip_features(features: Iterable[Feature], view: View) -> list[BaseGeometry]:
    """Return the parts of shapes inside the view, none of them empty."""
    window = shapely.box(*view.bounds)
    shapes = [feature.geometry for feature in features if feature.geometry.intersects(window)]
    clipped = [shapely.intersection(shapely.make_valid(shape), window) for shape in shapes]
    return [shape for shape in clipped if not shape.is_empty]


def svg_path(shape: BaseGeometry, view: View) -> str:
    """Return a shape as the `d` of an SVG path, in tenths of a picture unit; points add nothing."""
    on_paper = shapely.simplify(shapely.transform(shape, view.place), 0.6)
    parts = []
    for part in shapely.get_parts(on_paper):
        if part.geom_type == "Polygon":
            parts += [f"{_draw(ring)}Z" for ring in (part.exterior, *part.interiors)]
        elif part.geom_type in ("LineString", "LinearRing"):
            parts.append(_draw(part))
    return "".join(parts)


def _draw(line: BaseGeometry) -> str:
    steps = [f"{x:.1f} {y:.1f}".replace(".0", "") for x, y in shapely.get_coordinates(line)]
    return "M" + "L".join(steps)
