"""
How good are the derived streets? Held against the real streets of Manhattan (OSM, 2019), both ways.

    python benchmarks/streets.py ../shared/data/nyc/osm/manhattan_osm_2019.json.zip [--city FOLDER] [--layer]

Covered: the share of real street length with a derived line near. Real: the share of derived length, in Manhattan, with a
real street near. Then how the lines hang together and how straight they run, real streets beside them. `--layer` measures
the map layer `streets` (what is drawn) in place of the graph.
"""

from __future__ import annotations

import argparse
import gzip
import itertools
import json
import re
import zipfile
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import numpy as np
import shapely
from pyproj import Transformer
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from workbench.city import City, load_city

LIMITS_M = (10, 20, 30, 50)
STEP_M = 5.0
STREET = {
    *("trunk", "primary", "secondary", "tertiary", "trunk_link", "primary_link", "secondary_link", "tertiary_link"),
    *("unclassified", "residential", "living_street"),
}
"""OSM `highway` values that are vehicular streets: a line is looked for on each."""
MOTORWAY = {"motorway", "motorway_link"}
"""Roads and ramps without houses, stops or people on foot: a line there is right, none there is no fault of a street map."""
NAME_KEY = re.compile(r"(alt_|old_|official_|loc_)?name(_\d)?")
SHORT = {
    "avenue": "av",
    "ave": "av",
    "street": "st",
    "saint": "st",
    "boulevard": "blvd",
    "road": "rd",
    "place": "pl",
    "west": "w",
    "east": "e",
    "north": "n",
    "south": "s",
    "drive": "dr",
    "parkway": "pkwy",
    "square": "sq",
    "first": "1",
    "second": "2",
    "third": "3",
    "fourth": "4",
    "fifth": "5",
    "sixth": "6",
    "seventh": "7",
    "fort": "ft",
    "mount": "mt",
    "park": "pk",
    "terrace": "ter",
    "lane": "ln",
    "junior": "jr",
}
TWO_NAMES = {
    "6av": "avoftheamericas",
    "lenoxav": "malcolmxblvd",
    "7av": "adamclaytonpowelljrblvd",
    "adamcpowellblvd": "adamclaytonpowelljrblvd",
    "8av": "frederickdouglassblvd",
    "w110st": "cathedralpkwy",
}
"""Streets of Manhattan that have two names, both in use."""
SERVICE = {"service"}
"""Alleys, driveways, car parks."""
STRAIGHT_ON_RAD = np.pi / 4
"""Two lines that meet at a corner with a smaller turn than this are one street."""


class Osm(NamedTuple):
    """Lines between corners, and what each street is called."""

    streets: np.ndarray
    motorways: np.ndarray
    service: np.ndarray
    named: np.ndarray
    """Whole streets that have a name."""
    names: list[set[str]]
    """All names of each of them, as `plain_name`."""
    oneway: np.ndarray
    """Of each of them: 1 along the line, -1 against it, 0 both ways."""


def read_osm(path: Path, crs: str) -> Osm:
    """Return the streets, motorways and service roads of an OSM JSON file."""
    with zipfile.ZipFile(path) as archive:
        elements = json.loads(archive.read(archive.namelist()[0]))["elements"]
    nodes = {e["id"]: (e["lon"], e["lat"]) for e in elements if e["type"] == "node"}
    xy = np.column_stack(
        Transformer.from_crs("EPSG:4326", crs, always_xy=True).transform(*np.array(list(nodes.values())).T)
    )
    point = dict(zip(nodes, xy, strict=True))
    ways = [(e["tags"], [n for n in e["nodes"] if n in nodes]) for e in elements if e["type"] == "way"]

    def lines(parts: list[list[int]]) -> np.ndarray:
        return np.array([shapely.LineString([point[n] for n in part]) for part in parts])

    by_kind = [
        lines(_between_corners([nodes for tags, nodes in ways if tags.get("highway") in kinds]))
        for kinds in (STREET, MOTORWAY, SERVICE)
    ]
    named = [(tags, nodes) for tags, nodes in ways if tags.get("highway") in STREET and "name" in tags]
    names = [{plain_name(tags[key]) for key in tags if NAME_KEY.fullmatch(key)} for tags, _ in named]
    oneway = np.array([{"yes": 1, "-1": -1}.get(tags.get("oneway", "no"), 0) for tags, _ in named])
    return Osm(by_kind[0], by_kind[1], by_kind[2], lines([nodes for _, nodes in named]), names, oneway)


def plain_name(name: str) -> str:
    """Return a name without what writers differ in: `West 34th Street` and `W 34 ST` are both `w34st`."""
    words = re.split(r"[\s-]+", re.sub(r"[.']", "", name.lower()).strip())
    return "".join(re.sub(r"^(\d+)(st|nd|rd|th)$", r"\1", SHORT.get(word, word)) for word in words)


def _between_corners(ways: list[list[int]]) -> list[list[int]]:
    """Cut ways at the nodes that several of them use."""
    uses = Counter(node for way in ways for node in way)
    uses.update(node for way in ways for node in (way[0], way[-1]))
    parts = []
    for way in ways:
        cuts = [n for n, node in enumerate(way) if uses[node] > 1]
        parts += [way[a : b + 1] for a, b in itertools.pairwise(cuts)]
    return parts


def read_layer(city: City) -> np.ndarray:
    """Return the lines of the map layer."""
    with gzip.open(city.layers["streets"], "rt", encoding="utf-8") as source:
        features = json.load(source)["features"]
    project = Transformer.from_crs("EPSG:4326", city.crs, always_xy=True)
    lines = np.array([shapely.geometry.shape(feature["geometry"]) for feature in features])
    return shapely.transform(lines, lambda lonlat: np.column_stack(project.transform(*lonlat.T)))


def read_graph(city: City) -> np.ndarray:
    """Return the lines of the street graph that vehicles use."""
    graph = city.load_streets()
    points = np.repeat(np.arange(graph.n_edges), np.diff(graph.line_indptr))
    return shapely.linestrings(graph.line_xy, indices=points)[graph.edge_drive]


def share_near(lines: np.ndarray, others: np.ndarray) -> dict[int, float]:
    """Return the share of the length of `lines` within each limit of the others."""
    points, line = shapely.get_coordinates(shapely.segmentize(lines, STEP_M), return_index=True)
    same = line[1:] == line[:-1]
    start, end = points[:-1][same], points[1:][same]
    weight = np.hypot(*(end - start).T)
    middle = shapely.points((start + end) / 2)
    rows, gap_m = shapely.STRtree(others).query_nearest(
        middle, max_distance=max(LIMITS_M), return_distance=True, all_matches=False
    )
    nearest_m = np.full(len(middle), np.inf)
    nearest_m[rows[0]] = gap_m
    return {limit: float(weight[nearest_m <= limit].sum() / weight.sum()) for limit in LIMITS_M}


def describe(name: str, lines: np.ndarray) -> None:
    """Print how the lines hang together and how much they turn."""
    xy, line = shapely.get_coordinates(lines, return_index=True)
    first = np.flatnonzero(np.diff(line, prepend=-1))
    last = np.append(first[1:], len(xy)) - 1
    ends = np.round(np.concatenate([xy[first], xy[last]]) * 10).astype(np.int64)
    _, node = np.unique(ends, axis=0, return_inverse=True)
    node = node.ravel()
    n, m = int(node.max()) + 1, len(lines)
    length_m = shapely.length(lines)
    _, part = connected_components(coo_matrix((np.ones(m), (node[:m], node[m:])), shape=(n, n)), directed=False)
    by_part = np.bincount(part[node[:m]], weights=length_m)
    degree = np.bincount(node, minlength=n)
    print(
        f"{name:12} {m:,} lines, {length_m.sum() / 1000:,.0f} km, {n:,} corners; {len(by_part):,} components, "
        f"{by_part.max() / by_part.sum():.1%} of the length in the largest; {(degree == 1).sum():,} dead ends "
        f"({(degree == 1).sum() / length_m.sum() * 1000:.2f} a km); turning {turning_deg_per_km(xy, line, node):.0f} degrees a km"
    )


def turning_deg_per_km(xy: np.ndarray, line: np.ndarray, node: np.ndarray) -> float:
    """Return the sum of all turns along streets, continued through corners where they run straight on, per km."""
    step = np.diff(xy, axis=0)
    inside = line[1:] == line[:-1]
    bearing = np.arctan2(step[:, 1], step[:, 0])
    turns = _turn(bearing[:-1], bearing[1:])[inside[:-1] & inside[1:]]
    first = np.flatnonzero(np.diff(line, prepend=-1))
    last = np.append(first[1:], len(xy)) - 1
    outward = np.concatenate([bearing[first], bearing[last - 1] + np.pi])  # away from the corner, as `node` lists ends
    total = float(turns.sum())
    order = np.argsort(node, kind="stable")
    for ends in np.split(order, np.flatnonzero(np.diff(node[order])) + 1):
        if len(ends) > 1:
            pairs = sorted((_turn(outward[a], outward[b] + np.pi), a, b) for a, b in itertools.combinations(ends, 2))
            free = set(ends)
            for turn, a, b in pairs:
                if turn < STRAIGHT_ON_RAD and {a, b} <= free:
                    total += float(turn)
                    free -= {a, b}
    return float(np.degrees(total) / (np.hypot(*step[inside].T).sum() / 1000))


def _turn(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.abs((b - a + np.pi) % (2 * np.pi) - np.pi)


def main() -> None:
    parser = argparse.ArgumentParser(description="Derived streets against the real ones of Manhattan.")
    parser.add_argument("osm", type=Path)
    parser.add_argument("--city", default="nyc")
    parser.add_argument("--layer", action="store_true", help="measure the map layer in place of the graph")
    options = parser.parse_args()
    city = load_city(options.city)
    lines = read_layer(city) if options.layer else read_graph(city)
    report(lines, city, options.osm)


def measure(lines: np.ndarray, city: City, osm: Path) -> dict[str, dict[int, float]]:
    """Return the shares within each limit: how much of the real streets is there, how much of ours is real."""
    osm_streets = read_osm(osm, city.crs)
    streets, motorways, service = osm_streets.streets, osm_streets.motorways, osm_streets.service
    boroughs = city.areas["borough"]
    manhattan = boroughs.geometry[boroughs["name"] == "Manhattan"].iloc[0]
    here = shapely.intersection(lines[shapely.intersects(lines, manhattan)], manhattan)
    here = here[~shapely.is_empty(here)]
    return {
        "covered: streets": share_near(streets, lines),
        "covered: motorways": share_near(motorways, lines),
        "covered: both": share_near(np.concatenate([streets, motorways]), lines),
        "real: on a street or motorway": share_near(here, np.concatenate([streets, motorways])),
        "real: or on a service road": share_near(here, np.concatenate([streets, motorways, service])),
    }


def signs(city: City, osm: Path) -> tuple[float, float, float, float]:
    """Return km of Manhattan whose name and one-way sign can be compared with OSM, and the share that is right of each."""
    graph, real = city.load_streets(), read_osm(osm, city.crs)
    lines = shapely.linestrings(graph.line_xy, indices=np.repeat(np.arange(graph.n_edges), np.diff(graph.line_indptr)))
    length_m = graph.edge_length_m()
    points, way = shapely.get_coordinates(real.named, return_index=True)
    same = way[1:] == way[:-1]
    start, end, way = points[:-1][same], points[1:][same], way[1:][same]
    segments = shapely.linestrings(np.stack([start, end], axis=1))
    edge = np.flatnonzero((length_m > 40) & ((graph.edge_name >= 0) | (graph.edge_oneway != 0)))
    middle = shapely.line_interpolate_point(lines[edge], 0.5, normalized=True)
    ahead = shapely.line_interpolate_point(lines[edge], 0.52, normalized=True)
    mine = shapely.get_coordinates(ahead) - shapely.get_coordinates(middle)
    row, segment = shapely.STRtree(segments).query(middle, predicate="dwithin", distance=25.0)
    turn = np.arctan2(*mine[row].T) - np.arctan2(*(end - start)[segment].T)
    row, segment, turn = (values[np.abs(np.cos(turn)) > 0.85] for values in (row, segment, turn))
    order = np.lexsort((shapely.distance(middle[row], segments[segment]), row))
    _, first = np.unique(row[order], return_index=True)
    name_m, sign_m = np.zeros(2), np.zeros(2)  # compared, right
    for k in order[first]:
        e, w = edge[row[k]], way[segment[k]]
        if graph.edge_name[e] >= 0:
            name = plain_name(graph.names[graph.edge_name[e]])
            right = not real.names[w].isdisjoint(
                {name, TWO_NAMES.get(name), *(a for a, b in TWO_NAMES.items() if b == name)}
            )
            name_m += length_m[e] * np.array([1, right])
        if graph.edge_oneway[e]:
            sign_m += length_m[e] * np.array([1, real.oneway[w] * np.sign(np.cos(turn[k])) == graph.edge_oneway[e]])
    return name_m[0] / 1000, name_m[1] / max(name_m[0], 1.0), sign_m[0] / 1000, sign_m[1] / max(sign_m[0], 1.0)


def report(lines: np.ndarray, city: City, osm: Path) -> None:
    print(f"{'within':30} " + "  ".join(f"{limit:>4} m" for limit in LIMITS_M))
    for name, shares in measure(lines, city, osm).items():
        print(f"{name:30} " + "  ".join(f"{shares[limit]:6.1%}" for limit in LIMITS_M))
    if city.load_streets() is not None:
        name_km, name_right, sign_km, sign_right = signs(city, osm)
        print(
            f"names: {name_km:.0f} km compared, {name_right:.1%} right; one-way: {sign_km:.0f} km, {sign_right:.1%} right"
        )
    boroughs = city.areas["borough"]
    for name, area in zip(boroughs["name"], boroughs.geometry, strict=True):
        describe(name, lines[shapely.intersects(lines, area)])
    describe("all", lines)
    describe("OSM streets", read_osm(osm, city.crs).streets)


if __name__ == "__main__":
    main()
