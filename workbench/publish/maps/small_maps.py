"""Small still maps side by side as SVG: one for each alternative, all of the same place on the same scale, and what lies
between two of them. The ground is drawn once for all maps of a page.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely
from markupsafe import Markup

from workbench.publish.maps.basemap import Basemap
from workbench.publish.maps.drawing import (
    HEIGHT,
    WIDTH,
    View,
    clip_features,
    draw_areas,
    draw_labels,
    fit_view,
    svg_path,
)
from workbench.publish.results import DIFFERENCE, Step, build_layers, difference_steps
from workbench.scoring.scorecard import RouteShape, Scorecard
from workbench.scoring.zone_difference import ZoneDifference

__all__ = ["Frame", "MapLine", "draw_difference_map", "draw_ground", "draw_small_map", "fit_frame"]

GROUND, PARKS, HATCH = "small-ground", "small-parks", "small-hatch"
"""Ids of what the maps of a page share."""


@dataclass(frozen=True, eq=False)
class Frame:
    """The part of the city that every map shows."""

    basemap: Basemap
    view: View
    shapes: tuple[RouteShape, ...]
    """All routes: names keep clear of them."""


@dataclass(frozen=True, slots=True)
class MapLine:
    """The routes of one alternative as they are drawn."""

    letter: str
    color: str
    """In CSS."""
    shapes: tuple[RouteShape, ...]


def fit_frame(cards: Sequence[Scorecard], basemap: Basemap) -> Frame:
    """Return the part of the city with the routes of all cards in it."""
    shapes = tuple(shape for card in cards for shape in card.shapes)
    return Frame(basemap, fit_view(shapes), shapes)


def draw_ground(frame: Frame) -> Markup:
    """Return what the maps share, invisible by itself: it must stand once on each page with such maps."""
    view, basemap = frame.view, frame.basemap
    ground = Markup("").join(draw_areas("small-land", basemap.land, view))
    parks = Markup("").join(draw_areas("small-park", basemap.parks, view))
    return Markup(
        '<svg class="small-shared" width="0" height="0" aria-hidden="true" focusable="false"><defs>'
        '<g id="{ground_id}"><rect class="small-water" width="{w}" height="{h}"/>{ground}</g><g id="{parks_id}">{parks}</g>'
        '<pattern id="{hatch}" width="9" height="9" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        '<path class="map-hatch" d="M0 0V9"/></pattern></defs></svg>'
    ).format(ground_id=GROUND, parks_id=PARKS, hatch=HATCH, w=WIDTH, h=HEIGHT, ground=ground, parks=parks)


def draw_small_map(frame: Frame, card: Scorecard, line: MapLine, *, label: str) -> Markup:
    """Return the map of one alternative: its routes, and where people reach more or fewer; `label` says it in words."""
    layer, step_ix = build_layers(card, frame.basemap)[0]
    return _picture([*_zones(frame, layer.steps, step_ix), _use(PARKS), *_line(line, frame.view)], label)


def draw_difference_map(
    frame: Frame, difference: ZoneDifference, lines: tuple[MapLine, MapLine], *, label: str
) -> Markup:
    """
    Return where people reach more with the first alternative and where with the second.

    Beside its colour the side of the second is hatched, so that the map can be read without seeing colours.
    """
    step_ix = difference_steps(difference, frame.basemap)
    names = draw_labels(frame.basemap, frame.shapes, frame.view)
    parts = [*_zones(frame, DIFFERENCE.steps, step_ix, hatched=range(2)), _use(PARKS), *names]
    return _picture([*parts, *_line(lines[1], frame.view, dashed=True), *_line(lines[0], frame.view)], label)


def _picture(parts: Iterable[Markup], label: str) -> Markup:
    return Markup(
        '<svg class="small-map" viewBox="0 0 {w} {h}" role="img" aria-label="{label}">{ground}{parts}</svg>'
    ).format(w=WIDTH, h=HEIGHT, label=label, ground=_use(GROUND), parts=Markup("").join(parts))


def _use(name: str) -> Markup:
    return Markup('<use href="#{}"/>').format(name)


def _zones(
    frame: Frame, steps: Sequence[Step], step_ix: npt.NDArray[np.int64], *, hatched: range = range(0)
) -> list[Markup]:
    """Draw the zones of one class as one shape, without the lines between them."""
    parts = []
    for ix, step in enumerate(steps):
        members = [frame.basemap.zones[int(zone_ix)] for zone_ix in np.flatnonzero(step_ix == ix)]
        if not step.opacity or not members:
            continue
        path = svg_path(shapely.union_all(clip_features(members, frame.view)), frame.view)
        if path:
            parts.append(
                Markup('<path class="small-zone" fill="{}" fill-opacity="{}" d="{}"/>').format(
                    step.color, step.opacity, path
                )
            )
            if ix in hatched:
                parts.append(Markup('<path fill="url(#{})" d="{}"/>').format(HATCH, path))
    return parts


def _line(line: MapLine, view: View, *, dashed: bool = False) -> list[Markup]:
    """Draw the routes of one alternative, with its letter in the middle of the longest."""
    shapes = [shapely.LineString(view.place(np.array(route.line))) for route in line.shapes if len(route.line) > 1]
    if not shapes:
        return []
    path = "".join(svg_path(shapely.LineString(route.line), view) for route in line.shapes if len(route.line) > 1)
    middle = max(shapes, key=lambda shape: shape.length).interpolate(0.5, normalized=True)
    dash = Markup(' stroke-dasharray="14 7"') if dashed else Markup("")
    return [
        Markup('<path class="map-route-casing" d="{}"/>').format(path),
        Markup('<path class="map-route" stroke="{}"{} d="{}"/>').format(line.color, dash, path),
        Markup('<circle class="map-letter-ground" fill="{}" cx="{:.0f}" cy="{:.0f}" r="16"/>').format(
            line.color, middle.x, middle.y
        ),
        Markup('<text class="map-letter" x="{:.0f}" y="{:.0f}">{}</text>').format(middle.x, middle.y + 7, line.letter),
    ]
