from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from shapely.geometry import LineString, box

from tests.city.conftest import Town
from tests.city.small_sources import CRS
from workbench.city.streets.derived.from_blocks import LineThinner, block_middles, build_streets

BOUNDS = (0.0, 0.0, 2000.0, 2000.0)


def test_a_street_is_drawn_once() -> None:
    thinner = LineThinner(BOUNDS)
    street = LineString([(100, 100), (900, 100)])
    assert [part.length for part in thinner.keep_new(street)] == [800]
    assert thinner.keep_new(LineString([(100, 108), (900, 108)])) == []
    assert [part.length for part in thinner.keep_new(LineString([(100, 160), (900, 160)]))] == [800]


def test_only_the_new_part_of_a_line_is_kept() -> None:
    thinner = LineThinner(BOUNDS)
    thinner.keep_new(LineString([(100, 100), (900, 100)]))
    turn = thinner.keep_new(LineString([(100, 104), (500, 104), (500, 600)]))
    assert len(turn) == 1
    start, end = turn[0].coords[0], turn[0].coords[-1]
    assert end == (500, 600)
    assert start[0] == pytest.approx(500, abs=16)
    assert start[1] == pytest.approx(104, abs=26)


def test_streets_lie_between_blocks() -> None:
    # two blocks of 3 lots, 40 m apart: the middle is x = 100
    lots = pd.DataFrame(
        {
            "block_id": ["W"] * 3 + ["E"] * 3,
            "x": [80.0] * 3 + [120.0] * 3,
            "y": [0.0, 40.0, 80.0] * 2,
        }
    )
    # far corners so that every cell is closed
    frame = pd.DataFrame({"block_id": list("abcd"), "x": [-900.0, 1100, -900, 1100], "y": [-900.0, -900, 980, 980]})
    middles = block_middles(pd.concat([lots, frame], ignore_index=True))
    x, y = shapely.get_coordinates(middles).T
    assert x == pytest.approx(100)
    assert y.min() >= -30
    assert y.max() <= 110


def test_built_streets_stay_on_land_and_rank_buses_first(town: Town) -> None:
    rng = np.random.default_rng(5)
    lots = pd.DataFrame(
        {"block_id": [f"{n // 25}" for n in range(500)], "x": rng.uniform(0, 1000, 500), "y": rng.uniform(0, 1000, 500)}
    )
    land = box(0, 0, 1000, 1000)
    lines = [LineString([(-200, 500), (1200, 500)]), LineString([(500, -200), (500, 1200)])]
    buses = gpd.GeoDataFrame({"shape_id": ["a", "b"], "n_trips": [400, 20]}, geometry=lines, crs=CRS)
    tracts = gpd.GeoDataFrame(geometry=[box(0, 0, 300, 1000), box(300, 0, 1000, 1000)], crs=CRS)
    streets = build_streets(lots, tracts, buses, land)
    assert shapely.distance(land, streets.geometry.values).max() == 0
    assert streets.total_bounds == pytest.approx([0, 0, 1000, 1000], abs=0.2)
    assert sorted(streets.loc[streets["source"] == "bus", "rank"].unique()) == [1, 2]
    tract = streets[streets["source"] == "tract"]
    assert shapely.get_coordinates(tract.geometry.values)[:, 0] == pytest.approx(300, abs=0.2)
    assert (streets["source"] == "block").any()
    assert (streets.loc[streets["source"] != "bus", "rank"] == 3).all()
