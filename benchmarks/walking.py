"""
How good is the walking estimate? Compared with shortest paths on real streets and footways (OSM, Manhattan, 2019).

    python benchmarks/walking.py ../shared/data/nyc/osm/manhattan_osm_2019.json.zip

Pairs are a place where people live and a bus or subway stop 150 to 800 m away, both moved to the nearest street corner
or footway point, so that only the way between them is compared.
"""

from __future__ import annotations

import itertools
import json
import sys
import zipfile
from pathlib import Path

import numpy as np
from pyproj import Transformer
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components, dijkstra
from scipy.spatial import cKDTree

from workbench.city import City, load_city
from workbench.city.walking import DETOUR

SEED = 20261121
N_PAIRS = 2000
NOT_WALKED = {"motorway", "motorway_link", "trunk", "trunk_link", "construction", "proposed", "bridleway"}


def read_walk_graph(path: Path, crs: str) -> tuple[np.ndarray, csr_matrix]:
    """Return the corners (n, 2) in metres and the walkable streets between them, largest connected part only."""
    with zipfile.ZipFile(path) as archive:
        elements = json.loads(archive.read(archive.namelist()[0]))["elements"]
    nodes = {e["id"]: (e["lon"], e["lat"]) for e in elements if e["type"] == "node"}
    row = {node: n for n, node in enumerate(nodes)}
    xy = np.column_stack(
        Transformer.from_crs("EPSG:4326", crs, always_xy=True).transform(*np.array(list(nodes.values())).T)
    )
    pairs = []
    for way in (e for e in elements if e["type"] == "way"):
        tags = way["tags"]
        if tags.get("highway") in NOT_WALKED or tags.get("foot") == "no" or tags.get("access") in ("no", "private"):
            continue
        corners = [row[node] for node in way["nodes"] if node in row]
        pairs += list(itertools.pairwise(corners))
    a, b = np.array(pairs).T
    length = np.maximum(np.hypot(*(xy[a] - xy[b]).T), 0.01)
    graph = csr_matrix((np.r_[length, length], (np.r_[a, b], np.r_[b, a])), shape=(len(xy), len(xy)))
    _, part = connected_components(graph, directed=False)
    keep = np.flatnonzero(part == np.bincount(part).argmax())
    return xy[keep], graph[keep][:, keep]


def choose_pairs(city: City, xy: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return corners of the two ends of each pair."""
    blocks = city.blocks[(city.blocks["residents"] > 0) & city.blocks["block_id"].str.startswith("MN-")]
    tree = cKDTree(xy)
    block_gap, block_node = tree.query(blocks[["x", "y"]].to_numpy())
    stop_gap, stop_node = tree.query(city.stops[["x", "y"]].to_numpy())
    starts, ends = block_node[block_gap < 60], np.unique(stop_node[stop_gap < 60])
    from_ix, to_ix = rng.choice(starts, 60 * N_PAIRS), rng.choice(ends, 60 * N_PAIRS)
    apart_m = np.hypot(*(xy[from_ix] - xy[to_ix]).T)
    chosen = np.flatnonzero((apart_m >= 150) & (apart_m <= 800))[:N_PAIRS]
    while len(chosen) < N_PAIRS:
        from_ix = np.r_[from_ix, rng.choice(starts, 60 * N_PAIRS)]
        to_ix = np.r_[to_ix, rng.choice(ends, 60 * N_PAIRS)]
        apart_m = np.hypot(*(xy[from_ix] - xy[to_ix]).T)
        chosen = np.flatnonzero((apart_m >= 150) & (apart_m <= 800))[:N_PAIRS]
    return from_ix[chosen], to_ix[chosen]


def summarize(name: str, estimate_m: np.ndarray, real_m: np.ndarray) -> None:
    finite = np.isfinite(estimate_m)
    ratio = estimate_m[finite] / real_m[finite]
    error = np.abs(ratio - 1)
    print(
        f"{name:34} median ratio {np.median(ratio):.2f}, p10 {np.quantile(ratio, 0.1):.2f}, "
        f"p90 {np.quantile(ratio, 0.9):.2f}; median error {100 * np.median(error):.1f} %, "
        f"within 20 %: {100 * np.mean(error <= 0.2):.0f} %; called unreachable: {int((~finite).sum())}"
    )


def main() -> None:
    city = load_city("nyc")
    xy, graph = read_walk_graph(Path(sys.argv[1]), city.crs)
    from_ix, to_ix = choose_pairs(city, xy, np.random.default_rng(SEED))
    sources, source_row = np.unique(from_ix, return_inverse=True)
    real_m = np.empty(len(from_ix))
    for start in range(0, len(sources), 200):
        reached = dijkstra(graph, indices=sources[start : start + 200], limit=4000)
        mine = np.flatnonzero((source_row >= start) & (source_row < start + 200))
        real_m[mine] = reached[source_row[mine] - start, to_ix[mine]]
    known = np.isfinite(real_m)
    ax, ay, bx, by = (*xy[from_ix[known]].T, *xy[to_ix[known]].T)
    print(f"{int(known.sum())} pairs, {len(xy):,} corners; {int((~known).sum())} pairs with no real way within 4 km")
    real_m = real_m[known]
    straight_m = np.hypot(bx - ax, by - ay)
    summarize("1.25 x straight line", DETOUR * straight_m, real_m)
    estimate_m = city.walking.distance_m(ax, ay, bx, by)
    summarize("workbench estimate", estimate_m, real_m)
    along_m = 2 * estimate_m - DETOUR * straight_m
    summarize("along the grid only", np.where(np.isfinite(estimate_m), along_m, np.inf), real_m)


if __name__ == "__main__":
    main()
