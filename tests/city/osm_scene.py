"""Small invented street maps as OpenStreetMap writes them: nodes in metres, ways with tags, as Overpass JSON or XML."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from xml.sax.saxutils import quoteattr

import numpy as np
from pyproj import Transformer

from workbench.city.streets import StreetGraph

CRS = "EPSG:32118"
X, Y = 300_000.0, 60_000.0
"""Where the scenes lie: near 74 W, 40.7 N."""

Nodes = Mapping[int, tuple[float, float]]
Ways = Mapping[int, tuple[Sequence[int], Mapping[str, str]]]

NODES: Nodes = {
    1: (0, 0),
    2: (200, 0),
    21: (300, 0),
    3: (400, 0),
    4: (200, 200),
    5: (200, -200),
    7: (300, -200),
    20: (300, 0),
    8: (300, 200),
    9: (400, 200),
}
WAYS: Ways = {
    10: ((1, 2, 21, 3), {"highway": "residential", "name": "Main Street", "oneway": "yes"}),
    11: ((5, 2, 4), {"highway": "secondary", "name": "Cross Street"}),
    12: ((7, 20, 8), {"highway": "motorway", "ref": "I 999", "bridge": "yes", "layer": "1"}),
    13: ((3, 9, 4), {"highway": "footway"}),
}
"""
    4 ------------------ 9     Main Street (1 to 3, one-way) and Cross Street (5 to 4) meet at 2. A footway leads from 3
    |         8          |     over 9 to 4. A motorway (7 to 8) passes above Main Street: nodes 20 and 21 lie at one
    |         |          |     place, but are not the same.
1 --2------21/20---------3
    |         |
    5         7
"""


def lonlat(xy: tuple[float, float]) -> tuple[float, float]:
    """Return degrees with the seven decimals that OpenStreetMap has."""
    lon, lat = Transformer.from_crs(CRS, "EPSG:4326", always_xy=True).transform(X + xy[0], Y + xy[1])
    return round(lon, 7), round(lat, 7)


def overpass_answer(nodes: Nodes = NODES, ways: Ways = WAYS) -> dict[str, object]:
    """Return what Overpass sends."""
    elements: list[dict[str, object]] = []
    for node, xy in nodes.items():
        lon, lat = lonlat(xy)
        elements.append({"type": "node", "id": node, "lat": lat, "lon": lon})
    for way, (refs, tags) in ways.items():
        elements.append({"type": "way", "id": way, "nodes": list(refs), "tags": dict(tags)})
    return {"version": 0.6, "osm3s": {"timestamp_osm_base": "2024-05-06T07:08:09Z"}, "elements": elements}


def write_json(path: Path, nodes: Nodes = NODES, ways: Ways = WAYS) -> Path:
    """Write an Overpass answer."""
    path.write_text(json.dumps(overpass_answer(nodes, ways)), encoding="utf-8")
    return path


def osm_xml(nodes: Nodes = NODES, ways: Ways = WAYS) -> str:
    """Return an `.osm` file."""
    lines = ["<?xml version='1.0' encoding='UTF-8'?>", '<osm version="0.6" generator="scene">']
    for node, xy in sorted(nodes.items()):
        lon, lat = lonlat(xy)
        lines.append(f'<node id="{node}" version="1" lat="{lat}" lon="{lon}"/>')
    for way, (refs, tags) in ways.items():
        inside = [f'<nd ref="{ref}"/>' for ref in refs]
        inside += [f"<tag k={quoteattr(key)} v={quoteattr(value)}/>" for key, value in tags.items()]
        lines.append(f'<way id="{way}" version="1">{"".join(inside)}</way>')
    return "\n".join([*lines, "</osm>"])


def described(graph: StreetGraph) -> list[str]:
    """Return each line in words: its ends in metres, name, use, direction; sorted."""
    said = []
    length_m = graph.edge_length_m()
    for edge in range(graph.n_edges):
        ends = [
            f"{graph.node_x[n] - X:.0f},{graph.node_y[n] - Y:.0f}" for n in (graph.edge_from[edge], graph.edge_to[edge])
        ]
        arrow = {0: "--", 1: "->", -1: "<-"}[int(graph.edge_oneway[edge])]
        name = graph.names[graph.edge_name[edge]] if graph.edge_name[edge] >= 0 else "(no name)"
        use = [word for word, has in (("walk", graph.edge_walk[edge]), ("drive", graph.edge_drive[edge])) if has]
        layer = {0: "", 1: " above", -1: " below"}[int(graph.edge_layer[edge])]
        rank = int(graph.edge_rank[edge])
        said.append(f"{ends[0]} {arrow} {ends[1]} {name}: {' '.join(use)}, rank {rank}, {length_m[edge]:.0f} m{layer}")
    return sorted(said)


def points(*xy: tuple[float, float]) -> tuple[np.ndarray, np.ndarray]:
    """Return places of a scene in the CRS."""
    placed = np.array(xy, dtype=np.float64).reshape(-1, 2) + np.array([X, Y])
    return placed[:, 0], placed[:, 1]
