"""
Real streets: how long reading an OpenStreetMap file and walking along it take, and how far the estimate is off.

    python benchmarks/real_streets.py ../shared/data/nyc/osm/manhattan_osm_2019.json.zip

Times are processor seconds of one core. Walks are all pairs of places within the limits of a search that lie where the file
has streets; the estimate is that of the embedded pack.
"""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import numpy as np
import pandas as pd
import shapely

from workbench.city import load_city
from workbench.city.near import pairs_within
from workbench.city.streets.osm.read import read_osm_file
from workbench.city.streets.osm.to_graph import build_osm_streets
from workbench.city.streets.walking import StreetWalking
from workbench.network import SearchParams

T = TypeVar("T")


def timed(what: str, work: Callable[[], T]) -> T:
    start = time.process_time()
    result = work()
    print(f"{what:34} {time.process_time() - start:6.2f} s")
    return result


def main() -> None:
    path = Path(sys.argv[1])
    city = load_city("nyc")
    estimate = getattr(city.walking, "estimate", city.walking)
    data = timed(f"read {path.name}", lambda: read_osm_file(path))
    streets = timed("make a graph of it", lambda: build_osm_streets(data, city.crs, where=path.name))
    graph = streets.graph
    length_km = graph.edge_length_m() / 1000
    print(
        f"{len(data.way_id):,} ways, {len(data.node_id):,} nodes: {graph.n_edges:,} lines between {graph.n_nodes:,} "
        f"corners; {length_km[graph.edge_walk].sum():,.0f} km to walk, {length_km[graph.edge_drive].sum():,.0f} km to "
        f"drive; {graph.real_area.area / 1e6:.1f} km2"
    )
    for defect in streets.defects:
        print(f"  {defect.code}: {defect.count:,} {defect.what}")
    walking = StreetWalking(lambda: graph, estimate)
    timed("make it ready for walks", lambda: walking.paths)
    print(f"  {walking.paths.n_left_out:,} walkable lines connected to less than a kilometre of others are left out")

    def places(table: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
        inside = shapely.contains_xy(walking.real_area, table["x"], table["y"])
        return table["x"].to_numpy()[inside], table["y"].to_numpy()[inside]

    zones, blocks, stops = places(city.zones), places(city.blocks), places(city.stops)
    params = SearchParams()
    for name, one, two, limit_m in (
        ("zones to stops", zones, stops, params.access_walk_m),
        ("stops to stops", stops, stops, params.transfer_walk_m),
        ("zones to zones", zones, zones, params.direct_walk_m),
        ("blocks to stops", blocks, stops, params.access_walk_m),
    ):
        a, b = pairs_within(*one, *two, limit_m=limit_m)
        ends = (one[0][a], one[1][a], two[0][b], two[1][b])
        walked = timed(f"{name}, {len(a):,} pairs", lambda ends=ends, m=limit_m: walking.distance_m(*ends, limit_m=m))
        guessed = estimate.distance_m(*ends, limit_m=limit_m)
        straight = np.hypot(ends[0] - ends[2], ends[1] - ends[3])
        both = np.isfinite(walked) & np.isfinite(guessed) & (straight >= 150)
        ratio = guessed[both] / walked[both]
        print(
            f"  within {limit_m:.0f} m: {np.isfinite(walked).mean():.1%} by streets, {np.isfinite(guessed).mean():.1%} by "
            f"the estimate; from 150 m on its median ratio is {np.median(ratio):.2f} (p10 {np.quantile(ratio, 0.1):.2f}, "
            f"p90 {np.quantile(ratio, 0.9):.2f}), its median error {np.median(np.abs(ratio - 1)):.1%}"
        )
    ends = (np.repeat(stops[0][:1], 200), np.repeat(stops[1][:1], 200), stops[0][:200], stops[1][:200])
    timed("one new stop, first time", lambda: walking.distance_m(*ends, limit_m=params.access_walk_m))
    timed("one new stop, again", lambda: walking.distance_m(*ends, limit_m=params.access_walk_m))
    print(f"memory at most {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MiB")


if __name__ == "__main__":
    main()
