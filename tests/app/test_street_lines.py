"""Streets joined into long lines: every block stays where it is, straight on before round the corner."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from workbench.app import map_layers
from workbench.app.map_layers import MapLayers
from workbench.app.street_lines import join_lines

Feature = dict[str, Any]


def line(*points: tuple[float, float], **properties: object) -> Feature:
    return {
        "type": "Feature",
        "properties": properties,
        "geometry": {"type": "LineString", "coordinates": list(points)},
    }


def blocks(features: list[Feature]) -> Counter[tuple[object, frozenset[tuple[float, float]]]]:
    """Return how often each stretch between two neighbouring points is there, whichever way it runs."""
    found: Counter[tuple[object, frozenset[tuple[float, float]]]] = Counter()
    for one in features:
        points = [tuple(point) for point in one["geometry"]["coordinates"]]
        for pair in pairwise(points):
            found[json.dumps(one["properties"]), frozenset(pair)] += 1
    return found


def test_a_crossing_of_two_streets_becomes_two_lines() -> None:
    # Four blocks around (1, 1): west, east, south, north of it; one of each street is drawn backwards.
    west, east = line((0, 1), (1, 1), rank=1), line((2, 1), (1, 1), rank=1)
    south, north = line((1, 0), (1, 1), rank=1), line((1, 2), (1, 1), rank=1)
    joined = join_lines([west, south, east, north])
    assert [one["geometry"]["coordinates"] for one in joined] == [[(0, 1), (1, 1), (2, 1)], [(1, 0), (1, 1), (1, 2)]]


def test_streets_of_another_kind_or_round_the_corner_stay_apart() -> None:
    wide, narrow = line((0, 0), (1, 0), rank=1), line((1, 0), (2, 0), rank=3)
    corner = line((1, 0), (1, 1), rank=1)
    assert len(join_lines([wide, narrow, corner])) == 3
    named = [line((0, 0), (1, 0), rank=1, name="A"), line((1, 0), (2, 0), rank=1, name="B")]
    assert len(join_lines(named)) == 2


def test_a_ring_of_eight_blocks_is_one_line_and_other_shapes_stay() -> None:
    corners = [(np.cos(a), np.sin(a)) for a in np.linspace(0, 2 * np.pi, 17)]
    ring = [line(corners[at], corners[(at + 1) % 16], rank=2) for at in range(16)]
    park = {"type": "Feature", "properties": {"rank": 2}, "geometry": {"type": "Point", "coordinates": [0.0, 0.0]}}
    joined = join_lines([*ring, park])
    assert joined[0] == park
    assert [len(one["geometry"]["coordinates"]) for one in joined[1:]] == [17]


@pytest.mark.parametrize("seed", range(20))
def test_no_block_is_lost_moved_or_doubled(seed: int) -> None:
    rng = np.random.default_rng(seed)
    nodes = [(float(x), float(y)) for x in range(5) for y in range(5)]
    drawn = []
    for _ in range(60):
        a, b = rng.choice(len(nodes), 2, replace=False)
        drawn.append(line(nodes[a], nodes[b], rank=int(rng.integers(1, 3))))
    joined = join_lines(drawn)
    assert blocks(joined) == blocks(drawn)
    assert len(joined) < len(drawn)


def test_the_streets_are_joined_once_and_kept_in_the_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    streets = [line((0, 0), (1, 0), rank=1), line((1, 0), (2, 0), rank=1)]
    content = json.dumps({"type": "FeatureCollection", "features": streets}).encode()
    for name in ("streets", "parks"):
        (tmp_path / f"{name}.geojson.gz").write_bytes(gzip.compress(content, mtime=0))
    files = {name: tmp_path / f"{name}.geojson.gz" for name in ("streets", "parks")}
    n_joins = []

    def counted(features: list[Feature]) -> list[Feature]:
        n_joins.append(len(features))
        return join_lines(features)

    monkeypatch.setattr(map_layers, "join_lines", counted)
    for _ in range(2):  # a second start finds the first one's work
        layers = MapLayers(files, tmp_path / "cache")
        assert len(json.loads(gzip.decompress(layers.read("streets")))["features"]) == 1
        assert json.loads(gzip.decompress(layers.read("parks")))["features"] == json.loads(content)["features"]
    assert n_joins == [2]


def test_a_cache_that_cannot_be_written_costs_time_only(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    content = json.dumps({"type": "FeatureCollection", "features": [line((0, 0), (1, 0), rank=1)]}).encode()
    (tmp_path / "streets.geojson").write_bytes(content)
    (tmp_path / "cache").write_text("a file where the folder should be")
    layers = MapLayers({"streets": tmp_path / "streets.geojson"}, tmp_path / "cache")
    assert len(json.loads(gzip.decompress(layers.read("streets")))["features"]) == 1
    assert "cannot be kept" in caplog.text


def test_new_york_is_drawn_from_a_third_of_its_lines() -> None:
    # 76,052 lines from corner to corner: drawn one by one, they kept a machine without a graphics card busy for half a second.
    path = Path(__file__).parents[2] / "data" / "nyc" / "layers" / "streets.geojson.gz"
    streets = json.loads(gzip.decompress(path.read_bytes()))["features"]
    joined = join_lines(streets)
    assert 3 * len(joined) < len(streets)
    assert blocks(joined) == blocks(streets)
