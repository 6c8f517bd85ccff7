"""Alternatives side by side: small maps with a legend in words and a table that says the same, and the difference of two.

The same pieces stand in the workbench and on the published site.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from markupsafe import Markup

from workbench.city.city import City
from workbench.publish.figures import format_people
from workbench.publish.maps.basemap import Basemap
from workbench.publish.maps.small_maps import (
    Frame,
    MapLine,
    draw_difference_map,
    draw_ground,
    draw_small_map,
    fit_frame,
)
from workbench.publish.markup import render_template
from workbench.publish.results import ACCESS, DIFFERENCE, Layer, build_layers
from workbench.scoring.scorecard import Scorecard
from workbench.scoring.zone_difference import ZoneDifference, find_zone_difference

__all__ = ["MOST_COMPARED", "Side", "fit_sides", "render_difference", "render_small_maps"]

TEMPLATES = Path(__file__).parent / "templates"
MOST_COMPARED = 8
"""As many have maps side by side, and differences of any two."""

BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Side:
    """One alternative."""

    letter: str
    name: str
    color: str
    """In CSS."""
    card: Scorecard
    """With its results by zone."""

    @property
    def line(self) -> MapLine:
        """Its routes as they are drawn."""
        return MapLine(self.letter, self.color, self.card.shapes)


@dataclass(frozen=True, slots=True)
class _Key:
    """One class of a legend."""

    label: str
    color: str
    """Empty for no colour."""
    hatched: bool = False


@dataclass(frozen=True, slots=True)
class _SmallMap:
    """One map with what it shows in words."""

    side: Side
    drawing: Markup
    words: str


def fit_sides(sides: Sequence[Side], basemap: Basemap) -> Frame:
    """Return the part of the city that the maps of these alternatives show."""
    return fit_frame([side.card for side in sides], basemap)


def render_small_maps(sides: Sequence[Side], frame: Frame, city: City) -> Markup:
    """
    Return one small map for each alternative, their legend, and a table with the same figures, as safe HTML.

    The maps show the same place in the same colours. What they and the difference maps share is drawn here, so this must
    stand on every page with a difference map.
    """
    residents = city.zones["residents"].to_numpy(dtype=np.float64)
    steps = [build_layers(side.card, frame.basemap)[0][1] for side in sides]
    maps = []
    for side in sides:
        words = _gain_words(side.card, residents)
        drawing = draw_small_map(frame, side.card, side.line, label=f"Map of {side.letter}, {side.name}. {words}")
        maps.append(_SmallMap(side, drawing, words))
    rows = [
        (step.label, [format_people(float(residents[step_ix == ix].sum())) for step_ix in steps])
        for ix, step in reversed(list(enumerate(ACCESS.steps)))
    ]
    html = render_template(
        TEMPLATES,
        "small_maps.html.j2",
        ground=draw_ground(frame),
        maps=maps,
        keys=_keys(ACCESS),
        note=ACCESS.note,
        rows=rows,
        sides=sides,
    )
    return Markup(html)  # noqa: S704 (the template escapes)


def render_difference(one: Side, other: Side, frame: Frame, city: City) -> Markup:
    """
    Return the map of what lies between two alternatives, in words, as a picture and as a table by area, as safe HTML.

    Raises
    ------
    InputError
        If the two were not scored on the same city and window.
    """
    difference = find_zone_difference(one.card.zones, other.card.zones)
    residents = city.zones["residents"].to_numpy(dtype=np.float64)
    words = _difference_words(difference, one, other, residents)
    label = f"Difference map of {one.letter}, {one.name}, and {other.letter}, {other.name}. {' '.join(words)}"
    html = render_template(
        TEMPLATES,
        "difference.html.j2",
        drawing=draw_difference_map(frame, difference, (one.line, other.line), label=label),
        one=one,
        other=other,
        words=words,
        keys=_keys(DIFFERENCE, one=one.letter, other=other.letter, hatched=range(2)),
        note=f"{DIFFERENCE.note} {_noise_words(difference)}",
        rows=_area_rows(difference, residents, city),
    )
    return Markup(html)  # noqa: S704 (the template escapes)


def _keys(layer: Layer, *, one: str = "", other: str = "", hatched: range = range(0)) -> list[_Key]:
    """Return the legend, most gain first."""
    keys = [
        _Key(step.label.format(one=one, other=other), step.color if step.opacity else "", ix in hatched)
        for ix, step in enumerate(layer.steps)
    ]
    return keys[::-1]


def _gain_words(card: Scorecard, residents: npt.NDArray[np.float64]) -> str:
    before, after = card.zones.access_before, card.zones.access_after
    gains = (after - before >= 0.01 * before) & (after > before)
    loses = (before - after >= 0.01 * before) & (after < before)
    more, fewer = (format_people(float(residents[which].sum())) for which in (gains, loses))
    return f"{more} people can reach at least 1% more, {fewer} at least 1% fewer."


def _difference_words(
    difference: ZoneDifference, one: Side, other: Side, residents: npt.NDArray[np.float64]
) -> tuple[str, ...]:
    """Say who reaches more with which, how many it does not matter to, and for how many nobody can tell."""

    def people(which: BoolArray) -> str:
        return format_people(float(residents[which].sum()))

    words = [
        f"{people(difference.more_with_one)} people reach at least 1% more with {one.letter} than with {other.letter}.",
        f"{people(difference.more_with_other)} people reach at least 1% more with {other.letter} than with {one.letter}.",
        f"For {people(difference.alike)} people the two are less than 1% apart.",
    ]
    if difference.n_phases > 1:
        words.append(f"For {people(difference.unsure)} people they are further apart, but within noise.")
    return tuple(words)


def _noise_words(difference: ZoneDifference) -> str:
    if difference.n_phases == 1:
        return "The noise has not been measured: a small difference may be the luck of one timetable."
    return f"Within noise: no larger than the luck of the minute, over {difference.n_phases} timetables."


def _area_rows(
    difference: ZoneDifference, residents: npt.NDArray[np.float64], city: City
) -> list[tuple[str, tuple[str, str, str]]]:
    """Return for each part of the city, and for all of it, how many reach more with the one, with the other, with neither."""
    names = {"": city.name}
    if city.area_kinds:
        table = city.areas[city.area_kinds[0].kind]
        names |= dict(zip(table["area_id"].astype(str), table["name"].astype(str), strict=True))
    parts = city.zone_parts().astype(str).to_numpy()
    neither = difference.alike | difference.unsure
    columns = (difference.more_with_one, difference.more_with_other, neither)
    found = []
    for part in dict.fromkeys(parts) if len(set(parts)) > 1 else ():
        inside = parts == part
        found.append((names.get(part, part), _counts(columns, inside, residents)))
    return [*sorted(found), (f"All of {city.name}", _counts(columns, np.ones(len(parts), dtype=np.bool_), residents))]


def _counts(
    columns: tuple[BoolArray, BoolArray, BoolArray], inside: BoolArray, residents: npt.NDArray[np.float64]
) -> tuple[str, str, str]:
    one, other, neither = (format_people(float(residents[which & inside].sum())) for which in columns)
    return one, other, neither
