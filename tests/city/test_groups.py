from __future__ import annotations

import math

import pytest

from tests.city.conftest import Town
from workbench.city.build.newyork.groups import GROUPS, read_group_shares


@pytest.fixture(scope="module")
def shares(town: Town):
    return read_group_shares(town.sources / town.spec.people.file_name)


def test_every_group_has_a_share_and_a_margin(shares) -> None:
    table, _ = shares
    ids = [group.group_id for group in GROUPS]
    assert list(table.columns) == [name for group_id in ids for name in (group_id, f"{group_id}_moe")]
    assert table.index.tolist() == ["EA0101", "EA0191", "WE0101"]


def test_share_and_margin_by_hand(shares) -> None:
    table, _ = shares
    # 200 of 1,000 people, margins 20 and 0: share 0.2, margin 20 / 1000
    assert table.loc["WE0101", "poverty"] == 0.2
    assert table.loc["WE0101", "poverty_moe"] == 0.02
    # four parts of 200, each with a margin of 20: root of 4 x 400 = 40
    assert table.loc["WE0101", "other_race"] == 0.8
    assert table.loc["WE0101", "other_race_moe"] == 0.04


def test_nobody_lives_in_the_park(shares) -> None:
    table, defects = shares
    assert math.isnan(table.loc["EA0191", "zero_car"])
    assert [(d.code, d.count) for d in defects] == [("groups-unknown", 1)]


def test_labels_are_words_and_estimates_say_so() -> None:
    zero_car = next(group for group in GROUPS if group.group_id == "zero_car")
    assert zero_car.label == "People in homes without a car"
    assert "households" in zero_car.note
