from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import shapely

from workbench.city.arrays import write_arrays
from workbench.city.streets import StreetGraph
from workbench.city.streets.stored import read_street_graph, write_street_graph
from workbench.errors import InputError


def cross() -> StreetGraph:
    """Four corners: a street with a bend, a side street without a name, a footway."""
    lines = [[(0, 0), (50.5, 0.1), (100, 0)], [(100, 0), (100, 80.3)], [(100, 80.3), (-20, 80.3)]]
    return StreetGraph(
        node_x=np.array([0.0, 100.0, 100.0, -20.0]),
        node_y=np.array([0.0, 0.0, 80.3, 80.3]),
        edge_from=np.array([0, 1, 2], dtype=np.int32),
        edge_to=np.array([1, 2, 3], dtype=np.int32),
        line_indptr=np.array([0, 3, 5, 7], dtype=np.int32),
        line_xy=np.array([point for line in lines for point in line], dtype=np.float64),
        edge_rank=np.array([1, 3, 4], dtype=np.int8),
        edge_oneway=np.array([-1, 1, 0], dtype=np.int8),
        edge_walk=np.array([True, False, True]),
        edge_drive=np.array([True, True, False]),
        edge_name=np.array([1, -1, 0], dtype=np.int32),
        names=("Café Walk", "East 34 Street"),
        edge_real=np.array([True, False, True]),
        edge_layer=np.array([0, 1, -1], dtype=np.int8),
        real_area=shapely.box(0, 0, 100, 100).difference(shapely.box(10, 10, 20, 20)),
    )


def assert_same(one: StreetGraph, two: StreetGraph) -> None:
    for field in dataclasses.fields(StreetGraph):
        a, b = getattr(one, field.name), getattr(two, field.name)
        if isinstance(a, np.ndarray):
            assert a.dtype == b.dtype, field.name
            assert np.array_equal(a, b), field.name
        elif field.name == "real_area":
            assert shapely.equals_exact(a, b, normalize=True)
        else:
            assert a == b, field.name


@pytest.mark.parametrize(
    "area",
    [
        shapely.Polygon(),
        shapely.box(0, 0, 9, 9),
        shapely.MultiPolygon([shapely.box(0, 0, 9, 9), shapely.box(20, 0, 29, 9)]),
    ],
)
def test_what_is_read_is_what_was_written(tmp_path: Path, area: shapely.Geometry) -> None:
    for graph in (cross(), dataclasses.replace(cross(), real_area=area)):
        assert write_street_graph(tmp_path / "streets.npz.xz", graph) == 3
        assert_same(read_street_graph(tmp_path / "streets.npz.xz"), graph)


def test_the_same_graph_gives_the_same_bytes(tmp_path: Path) -> None:
    write_street_graph(tmp_path / "one", cross())
    write_street_graph(tmp_path / "two", cross())
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_a_graph_without_streets(tmp_path: Path) -> None:
    none = np.zeros(0, dtype=np.int32)
    empty = StreetGraph(
        np.zeros(0), np.zeros(0), none, none, np.zeros(1, dtype=np.int32), np.zeros((0, 2)), none.astype(np.int8),
        none.astype(np.int8), none.astype(np.bool_), none.astype(np.bool_), none, (), none.astype(np.bool_), none.astype(np.int8),
    )  # fmt: skip
    write_street_graph(tmp_path / "streets.npz.xz", empty)
    assert_same(read_street_graph(tmp_path / "streets.npz.xz"), empty)


def test_other_files_are_refused(tmp_path: Path) -> None:
    write_arrays(tmp_path / "other.npz.xz", {"a": np.arange(3)})
    with pytest.raises(InputError, match=r"other\.npz\.xz: is not a street graph"):
        read_street_graph(tmp_path / "other.npz.xz")
    (tmp_path / "cut.npz.xz").write_bytes((tmp_path / "other.npz.xz").read_bytes()[:40])
    with pytest.raises(InputError, match=r"cut\.npz\.xz"):
        read_street_graph(tmp_path / "cut.npz.xz")
