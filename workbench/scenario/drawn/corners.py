"""Two corners instead of a drawing: `Fordham Rd & Grand Concourse` found among the names of today's bus stops."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from workbench.city.city import City
from workbench.city.near import nearest
from workbench.errors import InputError
from workbench.scenario.edits import clean_text

__all__ = ["Corner", "find_corner", "find_corners"]

MAX_TEXT = 120
SAME_CORNER_M = 250.0
"""Stops this near to one another belong to one corner, metres: a large crossing has stops on all its arms."""
MAX_LISTED = 4
_SPLIT = re.compile(r"\s*(?:&|/|@|\+|\band\b|\bat\b)\s*", re.IGNORECASE)
_SHORT = {
    "AVENUE": "AV",
    "AVE": "AV",
    "STREET": "ST",
    "ROAD": "RD",
    "BOULEVARD": "BLVD",
    "PLACE": "PL",
    "DRIVE": "DR",
    "PARKWAY": "PKWY",
    "LANE": "LN",
    "TERRACE": "TER",
    "TERR": "TER",
    "SQUARE": "SQ",
    "COURT": "CT",
    "HIGHWAY": "HWY",
    "TURNPIKE": "TPKE",
    "EXPRESSWAY": "EXPY",
    "EXPWY": "EXPY",
    "SAINT": "ST",
    "FORT": "FT",
    "MOUNT": "MT",
    "EAST": "E",
    "WEST": "W",
    "NORTH": "N",
    "SOUTH": "S",
    "FIRST": "1",
    "SECOND": "2",
    "THIRD": "3",
    "FOURTH": "4",
    "FIFTH": "5",
    "SIXTH": "6",
    "SEVENTH": "7",
    "EIGHTH": "8",
    "NINTH": "9",
    "TENTH": "10",
    "ELEVENTH": "11",
    "TWELFTH": "12",
}
_ORDINAL = re.compile(r"(\d+)(?:ST|ND|RD|TH)")
_SIDES = frozenset("EWNS")
FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Corner:
    """A crossing of two streets where buses stop today."""

    name: str
    """Of the stop nearest to the middle, as the city writes it."""
    part: str
    """Part of the city (New York: borough); empty where the pack knows none."""
    lon: float
    lat: float


def find_corner(city: City, text: str) -> Corner:
    """
    Return the corner a text names: two streets joined by `&`, `/`, `and` or `at`, a part of the city after a comma.

    Long and short words are the same (`Avenue`, `Ave`, `AV`; `Third`, `3rd`), so are capitals; East and West may be left out.

    Raises
    ------
    InputError
        If the text names no corner with a bus stop, or several.
    """
    found = find_corners(city, text)
    if not found:
        raise InputError(
            f"no bus stop is at {clean_text(text)[:60]!r}: name two streets that cross, such as Fordham Rd & Grand Concourse"
        )
    if len(found) > 1:
        listed = "; ".join(_with_part(corner) for corner in found[:MAX_LISTED])
        more = f"; and {len(found) - MAX_LISTED} more" if len(found) > MAX_LISTED else ""
        raise InputError(
            f"{clean_text(text)[:60]!r} may be {len(found)} corners: {listed}{more}; add the part of the city after a comma"
        )
    return found[0]


def find_corners(city: City, text: str) -> tuple[Corner, ...]:
    """Return every corner a text may name, the best fit first; corners that fit worse than the best are left out."""
    text = clean_text(text)
    if len(text) > MAX_TEXT:
        raise InputError(f"the name of a corner has {len(text)} characters, at most {MAX_TEXT} are allowed")
    streets_text, _, part = text.partition(",")
    streets = [words for piece in _SPLIT.split(streets_text) if (words := _words(piece))]
    if len(streets) != 2:
        raise InputError(
            f"{text[:60]!r} does not name two streets: write them with & between, such as Fordham Rd & Grand Concourse"
        )
    rows = np.flatnonzero((city.stops["mode"] == "bus").to_numpy())
    names = [str(name) for name in city.stops["stop_name"].to_numpy()[rows]]
    scores = np.array([_score(streets, name) for name in names])
    if len(scores) == 0 or scores.max() == 0:
        return ()
    rows = rows[scores == scores.max()]
    parts = _parts(city, rows)
    wanted = part.strip().casefold()
    if wanted:
        inside = np.array([wanted in one.casefold() for one in parts])
        rows, parts = rows[inside], [one for one, keep in zip(parts, inside, strict=True) if keep]
    return tuple(_corner(city, rows[group], parts[group[0]]) for group in _groups(city, rows))


def _with_part(corner: Corner) -> str:
    return f"{corner.name} ({corner.part})" if corner.part else corner.name


def _words(street: str) -> tuple[str, ...]:
    """Return the words of a street in one spelling."""
    words = [_ORDINAL.sub(r"\1", word) for word in re.findall(r"[^\W_]+", street.upper())]
    return tuple(_SHORT.get(word, word) for word in words)


def _score(streets: Sequence[tuple[str, ...]], name: str) -> int:
    """Return how well a stop's name fits two streets, in either order: 0 not at all, more for whole names."""
    parts = [words for piece in _SPLIT.split(name) if (words := _words(piece))]
    if len(parts) != 2:
        return 0
    one, other = (_fit(streets[0], parts[at]) * _fit(streets[1], parts[1 - at]) for at in (0, 1))
    return max(one, other)


def _fit(asked: tuple[str, ...], street: tuple[str, ...]) -> int:
    """Return 3 for the same street, 2 where only a side (East, West) was left out, 1 where it is part of the name."""
    if asked == street:
        return 3
    if asked == tuple(word for word in street if word not in _SIDES):
        return 2
    return 1 if any(asked == street[at : at + len(asked)] for at in range(len(street))) else 0


def _parts(city: City, rows: IntArray) -> list[str]:
    """Return the part of the city each stop lies in, by the nearest zone."""
    if not city.area_kinds:
        return [""] * len(rows)
    areas = city.areas[city.area_kinds[0].kind]
    names = dict(zip(areas["area_id"], areas["name"], strict=True))
    places, zones = city.stops.iloc[rows], city.zones
    near = nearest(
        *(places[axis].to_numpy(dtype=float) for axis in "xy"), *(zones[axis].to_numpy(dtype=float) for axis in "xy")
    )[0]
    ids = city.zone_parts().to_numpy()[near]
    return [str(names.get(part, part)) for part in ids]


def _groups(city: City, rows: IntArray) -> list[list[int]]:
    """Return positions in `rows` of stops that belong to one corner, largest groups first."""
    xy = city.stops[["x", "y"]].to_numpy(dtype=np.float64)[rows]
    groups: list[list[int]] = []
    for position in range(len(rows)):
        joined = [group for group in groups if np.hypot(*(xy[group] - xy[position]).T).min() <= SAME_CORNER_M]
        merged = [position, *(member for group in joined for member in group)]
        groups = [group for group in groups if not any(group is one for one in joined)] + [sorted(merged)]
    return sorted(groups, key=lambda group: (-len(group), group))


def _corner(city: City, rows: IntArray, part: str) -> Corner:
    stops = city.stops.iloc[rows]
    middle = stops[["x", "y"]].to_numpy(dtype=np.float64)
    central = stops.iloc[int(np.hypot(*(middle - middle.mean(axis=0)).T).argmin())]
    return Corner(str(central["stop_name"]), part, float(central["lon"]), float(central["lat"]))
