"""Names and directions that buses give streets, on a grid of 200 m: corner (a, b) stands at (200 a, 200 b)."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tests.city.test_derive import LAND, as_array, grid, no_buses, table
from tests.city.test_matching import edge_between
from workbench.city.streets.derived.derive import derive_streets
from workbench.city.streets.derived.naming import name_streets
from workbench.city.streets.derived.oneway import find_oneway
from workbench.city.streets.graph import StreetGraph


@pytest.fixture(scope="module")
def graph() -> StreetGraph:
    """Return the grid with buses on the street y = 600."""
    lines = grid()
    ranks = [2 if n == 3 else 3 for n in range(len(lines))]
    return derive_streets(
        table(lines, rank=ranks, source=["bus" if r == 2 else "tract" for r in ranks]), no_buses(), LAND
    )


def stops(*rows: tuple[str, float, float]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["stop_name", "x", "y"])


def name_at(graph: StreetGraph, rows: pd.DataFrame, a: tuple[float, float], b: tuple[float, float]) -> str | None:
    edge_name, names = name_streets(graph, rows)
    name = edge_name[edge_between(graph, a, b)]
    return names[name] if name >= 0 else None


def test_a_stop_names_its_street_and_the_one_that_crosses(graph: StreetGraph) -> None:
    # stops 20 m past the corners of x = 400 and x = 1,200 on MAIN ST
    rows = stops(("MAIN  ST/2 AV", 420, 606), ("MAIN ST/6 AV", 1220, 594))
    assert name_at(graph, rows, (400, 600), (600, 600)) == "MAIN ST"
    assert name_at(graph, rows, (800, 600), (1000, 600)) == "MAIN ST"  # between the two stops
    assert name_at(graph, rows, (1400, 600), (1600, 600)) is None  # beyond the last one
    assert name_at(graph, rows, (400, 400), (400, 600)) == "2 AV"
    assert name_at(graph, rows, (400, 600), (400, 800)) == "2 AV"
    assert name_at(graph, rows, (600, 600), (600, 800)) is None
    assert name_streets(graph, rows)[1] == ("2 AV", "6 AV", "MAIN ST")


def test_what_lies_between_two_names_keeps_none(graph: StreetGraph) -> None:
    rows = stops(("WEST MAIN ST/2 AV", 420, 606), ("EAST MAIN ST/6 AV", 1220, 594))
    assert name_at(graph, rows, (400, 600), (600, 600)) == "WEST MAIN ST"
    assert name_at(graph, rows, (800, 600), (1000, 600)) is None


@pytest.mark.parametrize(
    "rows",
    [
        stops(("DEPOT", 500, 606)),  # no cross street
        stops(("MAIN ST/2 AV", 500, 640)),  # 40 m from the street
        stops(("MAIN ST/2 AV", 500, 606), ("SIDE ST/2 AV", 500, 594)),  # two names, one vote each
    ],
)
def test_no_name_rather_than_a_guess(graph: StreetGraph, rows: pd.DataFrame) -> None:
    assert name_at(graph, rows, (400, 600), (600, 600)) is None


def test_a_cross_street_claimed_at_two_corners_is_not_named(graph: StreetGraph) -> None:
    rows = stops(("MAIN ST/2 AV", 420, 606), ("MAIN ST/2 AV", 620, 606))
    assert name_at(graph, rows, (400, 600), (400, 800)) is None
    assert name_at(graph, rows, (600, 600), (600, 800)) is None


def test_one_way_is_said_only_where_many_buses_run_one_way() -> None:
    streets = as_array([(0, 0), (1000, 0)], [(1000, 300), (0, 300)], [(0, 600), (1000, 600)], [(0, 900), (1000, 900)])
    buses = as_array(
        [(-50, 3), (1050, 3)],  # along the first, 400 a day
        [(-50, 303), (1050, 303)],  # against the second, 300 a day
        [(-50, 603), (1050, 603)],  # both ways on the third
        [(1050, 597), (-50, 597)],
        [(-50, 903), (1050, 903)],  # along the fourth, too few to tell
    )
    assert find_oneway(streets, buses, np.array([400, 300, 500, 1, 299])).tolist() == [1, -1, 0, 0]
    # buses that only cross say nothing, nor do those that leave half way
    crossing = as_array([(500, -500), (500, 1500)], [(0, 0), (600, 0), (600, 500)])
    assert find_oneway(streets, crossing, np.array([900, 900])).tolist() == [0, 0, 0, 0]
