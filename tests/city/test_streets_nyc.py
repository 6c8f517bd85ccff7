"""The derived streets of New York, held against the real ones of Manhattan (OSM, 2019)."""

from __future__ import annotations

import importlib.util
import re
from types import ModuleType

import numpy as np
import pytest
from pyproj import Transformer
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from tests.conftest import ROOT, SHARED
from workbench.city import City, load_city
from workbench.city.streets.graph import StreetGraph
from workbench.city.streets.snap import StreetIndex

pytestmark = pytest.mark.city

EAST_RIVER = {"Broadway at Havemeyer St": (40.7085, -73.9585), "Delancey St at Clinton St": (40.7183, -73.9860)}


@pytest.fixture(scope="module")
def graph(nyc: City) -> StreetGraph:
    graph = nyc.load_streets()
    assert graph is not None
    return graph


@pytest.fixture(scope="module")
def index(graph: StreetGraph) -> StreetIndex:
    return StreetIndex(graph)


def benchmark() -> ModuleType:
    """Return `benchmarks/streets.py`, so that the gate and the published figures are measured the same way."""
    spec = importlib.util.spec_from_file_location("benchmark_streets", ROOT / "benchmarks" / "streets.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.shared
def test_nine_tenths_of_the_real_streets_are_there_and_what_is_there_is_real() -> None:
    measured = benchmark()
    city = load_city("nyc")
    shares = measured.measure(measured.read_graph(city), city, SHARED / "osm" / "manhattan_osm_2019.json.zip")
    assert shares["covered: streets"][20] >= 0.90
    assert shares["real: on a street or motorway"][20] >= 0.85


def test_it_is_one_network(graph: StreetGraph) -> None:
    n = graph.n_nodes
    joins = coo_matrix((np.ones(graph.n_edges), (graph.edge_from, graph.edge_to)), shape=(n, n))
    _, part = connected_components(joins, directed=False)
    length_m = np.bincount(part[graph.edge_from], weights=graph.edge_length_m())
    assert length_m.max() / length_m.sum() > 0.995
    assert (length_m > 0).sum() <= 10
    dead_ends = (np.bincount(np.concatenate([graph.edge_from, graph.edge_to])) == 1).sum()
    assert (
        dead_ends / (length_m.sum() / 1000) < 0.5
    )  # a km; real streets of Manhattan have 0.14, the loose lines had 6.4
    assert 8_500 < length_m.sum() / 1000 < 11_500  # the city counts about 10,100 km of streets


def test_every_bus_stop_stands_at_a_street(nyc: City, index: StreetIndex) -> None:
    stops = nyc.stops[nyc.stops["mode"] == "bus"]
    near = index.nearest(stops["x"].to_numpy(), stops["y"].to_numpy(), limit_m=100.0, for_bus=True)
    assert np.mean(near.distance_m <= 30.0) > 0.97


def test_bridges_are_walked_and_tunnels_are_not(graph: StreetGraph, index: StreetIndex) -> None:
    assert (graph.edge_layer == 1).sum() > 40
    tunnels = graph.edge_layer == -1
    assert tunnels.sum() >= 2
    assert not graph.edge_walk[tunnels].any()
    assert graph.edge_drive[tunnels].all()
    project = Transformer.from_crs("EPSG:4326", "EPSG:32118", always_xy=True)
    (ax, ay), (bx, by) = (project.transform(lon, lat) for lat, lon in EAST_RIVER.values())
    walk = index.path((ax, ay), (bx, by), for_bus=False)
    assert walk is not None
    assert walk.length_m < 1.3 * np.hypot(bx - ax, by - ay)  # over the Williamsburg Bridge, not around by another


def test_the_example_of_the_data_page(capsys: pytest.CaptureFixture[str]) -> None:
    text = (ROOT / "docs" / "data.md").read_text()
    (example,) = (block for block in re.findall(r"```python\n(.*?)```", text, re.DOTALL) if "StreetIndex" in block)
    exec(compile(example, "data.md", "exec"), {})
    printed = capsys.readouterr().out
    assert printed.count("\n") == 2
    assert printed in text
