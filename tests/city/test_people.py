from __future__ import annotations

import numpy as np
import pytest

from tests.city.conftest import Town
from tests.city.small_sources import CRS, X0, Y0
from workbench.city.build.newyork.boundaries import read_boundaries
from workbench.city.build.newyork.people import build_blocks, build_zones, read_lots


@pytest.fixture(scope="module")
def parts(town: Town):
    boundaries = read_boundaries(town.sources / town.spec.boundaries.file_name, crs=CRS)
    lots, _ = read_lots(town.sources / town.spec.people.file_name, crs=CRS)
    zones, defects = build_zones(lots, boundaries)
    return boundaries, lots, zones, defects


def test_residents_of_a_tract_are_those_of_its_lots(parts) -> None:
    _, lots, zones, _ = parts
    # 50 blocks of 4 lots of 2.5 residents; the park has none
    assert zones["residents"].tolist() == [500, 500, 500, 0]
    assert len(lots) == 800


def test_a_zone_lies_at_the_middle_of_its_residents(parts) -> None:
    _, lots, zones, _ = parts
    # 200 lots spread evenly over 2000 x 1000 m
    assert zones["x"].iloc[0] == pytest.approx(X0 + 1000, abs=1)
    assert zones["y"].iloc[0] == pytest.approx(Y0 + 500, abs=1)
    first = lots["zone_id"] == "36001000100"
    heavier = lots.assign(residents=np.where(first & (lots["x"] < X0 + 210), 100.0, lots["residents"]))
    moved, _ = build_zones(heavier, parts[0])
    # 20 lots of 100 residents at x = 100 on average, 180 of 2.5 at 1100: (2000 x 100 + 450 x 1100) / 2450 = 283.7
    assert moved["x"].iloc[0] == pytest.approx(X0 + 283.7, abs=1)


def test_a_middle_outside_the_tract_moves_to_a_lot(parts) -> None:
    boundaries, lots, _, _ = parts
    far = lots.assign(zone_id=lots["zone_id"].where(lots["x"] < X0 + 3950, "36001000100"))
    zones, defects = build_zones(
        far.assign(residents=np.where(far["x"] > X0 + 3950, 1000.0, far["residents"])), boundaries
    )
    at = far[(far["x"].round(1) == zones["x"].iloc[0]) & (far["y"].round(1) == zones["y"].iloc[0])]
    assert len(at) == 1
    assert {d.code: d.count for d in defects}["zone-middle-outside"] == 1


def test_a_zone_without_residents_lies_inside(parts) -> None:
    _, _, zones, defects = parts
    park = zones.iloc[3]
    assert X0 + 2150 < park["x"] < X0 + 4150
    assert Y0 + 1000 < park["y"] < Y0 + 2000
    assert {d.code: d.count for d in defects} == {"zone-without-residents": 1}


def test_districts(parts) -> None:
    _, _, zones, _ = parts
    # the park's lots carry a number that is no community district: the place decides
    assert zones["community_district"].tolist() == ["101", "101", "201", "201"]
    assert zones["council_district"].tolist() == ["10", "10", "9", "9"]
    assert zones["borough"].tolist() == ["West", "West", "East", "East"]


def test_blocks_sum_to_the_borough(parts) -> None:
    boundaries, lots, zones, _ = parts
    blocks = build_blocks(lots, zones, boundaries)
    assert blocks["residents"].sum() == 1500
    assert blocks["block_id"].is_unique
    assert len(blocks) == 200
    assert set(blocks["residents"]) == {0, 10}
    by_zone = blocks.groupby("zone_ix")["residents"].sum()
    assert by_zone.tolist() == [500, 500, 500, 0]


def test_rounding_loses_nobody(parts) -> None:
    boundaries, lots, _, _ = parts
    uneven = lots.assign(residents=np.where(lots["residents"] > 0, 1 / 3, 0.0))
    zones, _ = build_zones(uneven, boundaries)
    blocks = build_blocks(uneven, zones, boundaries)
    # West: 400 lots, 133.33 people; East: 200 lots, 66.67
    assert zones.groupby("borough")["residents"].sum().to_dict() == {"East": 67, "West": 133}
    assert blocks["residents"].sum() == 200


def test_a_block_belongs_where_most_of_its_people_live(parts) -> None:
    boundaries, lots, zones, _ = parts
    block = lots["block_id"].iloc[0]
    one = lots["block_id"] == block
    split = lots.copy()
    rows = np.flatnonzero(one)
    split.loc[rows[:1], "zone_id"] = "36001000200"
    assert build_blocks(split, zones, boundaries).set_index("block_id").loc[block, "zone_ix"] == 0
    split.loc[rows[:1], "residents"] = 50.0
    assert build_blocks(split, zones, boundaries).set_index("block_id").loc[block, "zone_ix"] == 1
