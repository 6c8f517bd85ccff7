"""Street lines, block by block, joined into long ones where they go straight on: the same picture from a third of the corners."""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

__all__ = ["join_lines"]

Feature = dict[str, Any]
Point = tuple[float, float]
End = tuple[int, bool]
"""Number of a line; whether it is its last point."""

LARGEST_TURN = math.cos(math.radians(180 - 35))
"""Lines that turn by more than 35 degrees where they meet stay two: a label follows a street, not a corner."""


def join_lines(features: Sequence[Feature]) -> list[Feature]:
    """
    Return the features with lines of equal properties joined where one goes on as the other.

    Where more than two meet, each goes on as the one that turns least. Whatever is not a line stays as it is, in front.

    Parameters
    ----------
    features
        GeoJSON features; points in degrees.
    """
    lines = [one for one in features if one["geometry"]["type"] == "LineString"]
    others = [one for one in features if one["geometry"]["type"] != "LineString"]
    points = [[(x, y) for x, y, *_ in one["geometry"]["coordinates"]] for one in lines]
    kinds = [json.dumps(one["properties"], sort_keys=True) for one in lines]
    links = _links(points, kinds)
    joined = (_feature(lines[chain[0][0]], chain, points) for chain in _chains(len(lines), links))
    return [*others, *joined]


def _links(points: Sequence[Sequence[Point]], kinds: Sequence[str]) -> dict[End, End]:
    """Return which end goes on as which other; both ways."""
    meeting: dict[tuple[Point, str], list[End]] = defaultdict(list)
    for number, (line, kind) in enumerate(zip(points, kinds, strict=True)):
        for is_last in (False, True):
            meeting[line[-1 if is_last else 0], kind].append((number, is_last))
    links: dict[End, End] = {}
    for ends in meeting.values():
        if len(ends) < 2:
            continue
        ways = [_way_out(points[number], is_last) for number, is_last in ends]
        pairs = sorted(
            (ways[a][0] * ways[b][0] + ways[a][1] * ways[b][1], a, b) for b in range(len(ends)) for a in range(b)
        )
        for turn, a, b in pairs:
            if turn <= LARGEST_TURN and ends[a] not in links and ends[b] not in links and ends[a][0] != ends[b][0]:
                links[ends[a]], links[ends[b]] = ends[b], ends[a]
    return links


def _way_out(line: Sequence[Point], is_last: bool) -> Point:
    """Return the direction in which a line leaves one of its ends, length 1; (0, 0) if it has none."""
    (x, y), (to_x, to_y) = (line[-1], line[-2]) if is_last else (line[0], line[1])
    east, north = (to_x - x) * math.cos(math.radians(y)), to_y - y
    length = math.hypot(east, north)
    return (east / length, north / length) if length else (0.0, 0.0)


def _chains(n_lines: int, links: dict[End, End]) -> Iterator[list[End]]:
    """Yield every line once, in chains: number of the line and whether it is run through backwards."""
    is_done = [False] * n_lines
    starts = [
        (number, is_last) for number in range(n_lines) for is_last in (False, True) if (number, is_last) not in links
    ]
    rings = [(number, False) for number in range(n_lines)]  # whatever is left has no end of its own
    for start in [*starts, *rings]:
        if is_done[start[0]]:
            continue
        chain: list[End] = []
        entered: End | None = start
        while entered is not None and not is_done[entered[0]]:
            number, is_last = entered
            is_done[number] = True
            chain.append((number, is_last))
            entered = links.get((number, not is_last))
        yield chain


def _feature(first: Feature, chain: Sequence[End], points: Sequence[Sequence[Point]]) -> Feature:
    """Return one feature for a chain, with the properties of its first line."""
    if len(chain) == 1:
        return first
    coordinates: list[Point] = []
    for number, is_backwards in chain:
        line = points[number][::-1] if is_backwards else points[number]
        coordinates.extend(line[1:] if coordinates else line)
    return {
        "type": "Feature",
        "properties": first["properties"],
        "geometry": {"type": "LineString", "coordinates": coordinates},
    }
