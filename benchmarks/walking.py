"""
How good is the walking estimate? Compared with shortest paths on real streets and footways (OpenStreetMap).

    python benchmarks/walking.py ../shared/data/nyc/osm [--city PACK] [--json FILE]

The folder holds `manhattan_osm_2019.json.zip` and `lower_manhattan.osm.pbf` (of which the Brooklyn side is used). Three
ways to choose 2,000 pairs 150 to 800 m apart: `street` two random places along streets and footways; `land` two random points
of dry land; `home` a block (by its residents) and a stop of the timetable. Places off the street are walked to the nearest
street and back: that is counted, not left out. Ends farther than 100 m from any street are left out.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
from pathlib import Path

import numpy as np
import shapely
from pyproj import Transformer
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components, dijkstra

from workbench.city import City, load_city
from workbench.city.streets.graph import StreetGraph
from workbench.city.streets.osm.to_graph import read_osm
from workbench.city.walking import DETOUR, Walking

SEED = 20261122
N_PAIRS = 2000
NEAREST_M, FARTHEST_M = 150.0, 800.0
OFF_STREET_M = 100.0
SEARCHED_M = 4000.0
SMALLEST_PART = 20
"""Streets that hang together with fewer corners than this are left out: stray pieces at the edge of an extract."""
AREAS = {
    "regular grid (agreement >= 0.85)": lambda agreement, _lat: agreement >= 0.85,
    "irregular (agreement < 0.85)": lambda agreement, _lat: agreement < 0.85,
    "below Houston St": lambda _agreement, lat: lat < 40.725,
    "Houston St to 155 St": lambda _agreement, lat: (lat >= 40.725) & (lat < 40.833),
    "Washington Heights and Inwood": lambda _agreement, lat: lat >= 40.833,
}


class RealStreets:
    """Shortest walks between any two points over a street map; parts that are not connected stay so."""

    def __init__(self, graph: StreetGraph, inside: shapely.Geometry) -> None:
        walked = np.flatnonzero(graph.edge_walk)
        edges = [graph.line_xy[graph.line_indptr[e] : graph.line_indptr[e + 1]] for e in walked]
        self.lines = np.array([shapely.LineString(line) for line in edges], dtype=object)
        self.ends = np.column_stack([graph.edge_from[walked], graph.edge_to[walked]]).astype(np.int64)
        self.length_m = shapely.length(self.lines)
        ends = np.sort(self.ends, axis=1)
        by_length = np.argsort(self.length_m, kind="stable")  # of several lines between two corners the shortest counts
        _, first = np.unique(ends[by_length], axis=0, return_index=True)
        kept = by_length[first]
        kept = kept[ends[kept, 0] != ends[kept, 1]]
        shape = (graph.n_nodes, graph.n_nodes)
        self.graph = csr_array((np.maximum(self.length_m[kept], 0.01), tuple(ends[kept].T)), shape=shape)
        _, part = connected_components(self.graph, directed=False)
        is_usable = np.bincount(part)[part[ends[:, 0]]] >= SMALLEST_PART
        self.usable = np.flatnonzero(is_usable & shapely.intersects(inside, self.lines))
        self.tree = shapely.STRtree(self.lines[self.usable])

    def random_places(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """Return (n, 2) places along the streets, each metre as likely as any other."""
        length = self.length_m[self.usable]
        line = rng.choice(self.usable, n, p=length / length.sum())
        return shapely.get_coordinates(
            shapely.line_interpolate_point(self.lines[line], rng.uniform(size=n), normalized=True)
        )

    def distances_m(self, a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the walk of each pair, and the farther of its two ways to the street; metres."""
        (line_a, at_a, gap_a), (line_b, at_b, gap_b) = self._tie(a), self._tie(b)
        distance = np.full(len(a), np.inf)
        for start in range(0, len(a), 200):
            part = slice(start, start + 200)
            corners, row = np.unique(self.ends[line_a[part]], return_inverse=True)
            row = row.reshape(-1, 2)
            ways = dijkstra(self.graph, directed=False, indices=corners, limit=SEARCHED_M)
            for i in (0, 1):
                for j in (0, 1):
                    to_corner = np.abs(at_a[part] - i * self.length_m[line_a[part]])
                    from_corner = np.abs(at_b[part] - j * self.length_m[line_b[part]])
                    way = to_corner + ways[row[:, i], self.ends[line_b[part], j]] + from_corner
                    distance[part] = np.minimum(distance[part], way)
        same = line_a == line_b
        distance[same] = np.minimum(distance[same], np.abs(at_a - at_b)[same])
        walk = np.maximum(distance + gap_a + gap_b, np.hypot(*(a - b).T))
        return walk, np.maximum(gap_a, gap_b)

    def _tie(self, places: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        points = shapely.points(places)
        line = self.usable[self.tree.nearest(points)]
        return line, shapely.line_locate_point(self.lines[line], points), shapely.distance(self.lines[line], points)


def choose_pairs(here: np.ndarray, there: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return `N_PAIRS` random pairs of the places given that are neither too near nor too far apart."""
    found: list[np.ndarray] = []
    while sum(map(len, found)) < N_PAIRS:
        a, b = rng.integers(len(here), size=200_000), rng.integers(len(there), size=200_000)
        apart_m = np.hypot(*(here[a] - there[b]).T)
        near = (apart_m >= NEAREST_M) & (apart_m <= FARTHEST_M)
        found.append(np.column_stack([a[near], b[near]]))
    a, b = np.concatenate(found)[:N_PAIRS].T
    return here[a], there[b]


def protocols(
    city: City, real: RealStreets, inside: shapely.Geometry, rng: np.random.Generator
) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Return the pairs of each protocol in one area."""
    shapely.prepare(inside)
    places = real.random_places(40_000, rng)
    west, south, east, north = inside.bounds
    land = np.column_stack([rng.uniform(west, east, 200_000), rng.uniform(south, north, 200_000)])
    blocks = city.blocks[city.blocks["residents"] > 0]
    homes, stops = blocks[["x", "y"]].to_numpy(), city.stops[["x", "y"]].to_numpy()
    is_mine = shapely.contains_xy(inside, homes)
    residents = blocks["residents"].to_numpy()[is_mine]
    homes = homes[is_mine][rng.choice(is_mine.sum(), 20_000, p=residents / residents.sum())]
    places, land, stops = (table[shapely.contains_xy(inside, table)] for table in (places, land, stops))
    return {
        "street": choose_pairs(places, places, rng),
        "land": choose_pairs(land, land, rng),
        "home": choose_pairs(homes, stops, rng),
    }


def summarize(estimate_m: np.ndarray, real_m: np.ndarray) -> dict[str, float]:
    """Return how an estimate compares; pairs it calls unreachable count as wrong."""
    ratio = estimate_m / real_m
    error = np.abs(ratio - 1)
    low, middle, high = np.quantile(np.minimum(ratio, 99.0), [0.1, 0.5, 0.9])
    return {
        "pairs": len(ratio),
        "median_ratio": round(float(middle), 3),
        "p10_ratio": round(float(low), 2),
        "p90_ratio": round(float(high), 2),
        "median_error_share": round(float(np.median(error)), 3),
        "within_20_share": round(float(np.mean(error <= 0.2)), 3),
        "unreachable": int(np.isinf(estimate_m).sum()),
    }


def simpler(estimate: Walking, ends: tuple[np.ndarray, ...]) -> list[tuple[str, np.ndarray]]:
    """Return the distances of estimates that know less than the pack's: what each part of it is worth."""
    at_the_street = dataclasses.replace(estimate, off_street_m=np.zeros_like(estimate.off_street_m))
    half = dataclasses.replace(at_the_street, grid_agreement=None)
    grid = dataclasses.replace(at_the_street, grid_agreement=np.ones_like(estimate.grid_bearing_rad))
    return [
        ("half grid", half.distance_m(*ends)),
        ("grid", grid.distance_m(*ends)),
        ("by share", at_the_street.distance_m(*ends)),
    ]


def compare(
    city: City, estimate: Walking, real: RealStreets, derived: RealStreets | None, inside: shapely.Geometry, area: str
) -> list[dict]:
    """Return one row for each protocol, estimate and part of the area."""
    rows: list[dict] = []
    to_lonlat = Transformer.from_crs(city.crs, "EPSG:4326", always_xy=True)
    for protocol, (a, b) in protocols(city, real, inside, np.random.default_rng(SEED)).items():
        real_m, off_m = real.distances_m(a, b)
        known = np.isfinite(real_m) & (off_m <= OFF_STREET_M)
        a, b, real_m = a[known], b[known], real_m[known]
        ends = (*a.T, *b.T)
        estimate_m = estimate.distance_m(*ends)
        others = [("straight", DETOUR * np.hypot(*(a - b).T)), *simpler(estimate, ends)]
        if derived is not None:
            others.append(("derived streets", derived.distances_m(a, b)[0]))
        for name, tried_m in (*others, ("pack", estimate_m)):
            rows.append({"area": area, "protocol": protocol, "estimate": name, **summarize(tried_m, real_m)})
        rows[-1]["left_out"] = int((~known).sum())
        agreement = estimate.agreement_at(*((a + b) / 2).T)
        _, lat = to_lonlat.transform(*((a + b) / 2).T)
        for name, belongs in AREAS.items() if area == "Manhattan" else list(AREAS.items())[:2]:
            mine = belongs(agreement, lat)
            if mine.sum() >= 50:
                part = summarize(estimate_m[mine], real_m[mine])
                rows.append({"area": f"{area}: {name}", "protocol": protocol, "estimate": "pack", **part})
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("osm", type=Path)
    parser.add_argument("--city", default="nyc")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    city = load_city(options.city)
    estimate = getattr(city.walking, "estimate", city.walking)
    borough = dict(zip(city.areas["borough"]["name"], city.areas["borough"].geometry, strict=True))
    rows: list[dict] = []
    for area, file in (("Manhattan", "manhattan_osm_2019.json.zip"), ("Brooklyn", "lower_manhattan.osm.pbf")):
        graph = read_osm(options.osm / file, crs=city.crs, bounds_lonlat=city.bounds_lonlat).graph
        inside = borough[area]
        if area == "Brooklyn":  # only what the extract covers
            mine = graph.line_xy[shapely.contains_xy(inside, graph.line_xy)]
            inside = inside & shapely.concave_hull(shapely.MultiPoint(mine), 0.3).buffer(-100)
        streets = city.load_streets()
        derived = None if streets is None or streets.is_real else RealStreets(streets, inside)
        rows += compare(city, estimate, RealStreets(graph, inside), derived, inside, area)
    for row in rows:
        print(
            f"{row['area']:52} {row['protocol']:7} {row['estimate']:15} {row['pairs']:5} pairs, median ratio "
            f"{row['median_ratio']:.3f}, p10/p90 {row['p10_ratio']:.2f}/{row['p90_ratio']:.2f}, median error "
            f"{100 * row['median_error_share']:.1f} %, within 20 %: {100 * row['within_20_share']:.1f} %"
        )
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
