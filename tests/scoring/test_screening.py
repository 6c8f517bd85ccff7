import dataclasses

import numpy as np
import pandas as pd
import pytest

from tests.scoring.test_groups import grid
from workbench.city import Group
from workbench.scoring.measures.groups import neighborhood_of_zones
from workbench.scoring.measures.screening import Finding, judge, screening_rows
from workbench.scoring.params import ScoringParams

PARAMS = ScoringParams()


def town(first=(0.6, 0.1), second=(0.2, 0.1)):
    """Two neighborhoods with 1,000 people each; `poverty` is the only group."""
    city = grid()
    shares = pd.DataFrame(
        {"poverty": [first[0], second[0]], "poverty_moe": [first[1], second[1]]},
        index=pd.Index(["West", "East"], name="nta_id"),
    )
    zones = city.zones.assign(residents=[400, 600, 1000, 0])
    return dataclasses.replace(city, zones=zones, groups=(Group("poverty", "Poor"),), group_shares=shares)


def rows_of(city, near=(0, 0, 0, 0), gained=(0, 0, 0, 0), lost=(0, 0, 0, 0)):
    weights = (np.array(one, dtype=float) for one in (near, gained, lost))
    return {row.effect: judge(row, PARAMS) for row in screening_rows(city, neighborhood_of_zones(city), *weights)}


def test_the_example_of_the_page_by_hand():
    gain = rows_of(town(), gained=(0, 0, 50, 0))["gain"]
    assert (gain.share_of_people.value, gain.share_of_effect.value) == (0.4, 0.2)
    assert (gain.difference.value, gain.difference.margin) == (-0.2, round(np.hypot(0.05, 0.05), 4))
    assert gain.ratio.value == 0.5
    assert gain.finding == Finding.FLAGGED


@pytest.mark.parametrize(
    ("gained", "finding"),
    [
        ((0, 30, 30, 0), Finding.WITHIN),  # half and half: exactly its share
        ((0, 60, 0, 0), Finding.WITHIN),  # more than its share of a benefit harms nobody of it
        # 0.3 of it in West: 0.32 of 0.4, a ratio of just 0.8, and a margin on both sides of it
        ((0, 18, 42, 0), Finding.UNCLEAR),
        ((0, 5, 55, 0), Finding.FLAGGED),
    ],
)
def test_a_benefit_is_flagged_where_it_falls_short(gained, finding):
    assert rows_of(town(first=(0.6, 0.05), second=(0.2, 0.02)), gained=gained)["gain"].finding == finding


def test_a_burden_is_flagged_where_it_is_more_than_the_share():
    city = town(first=(0.6, 0.05), second=(0.2, 0.02))
    assert rows_of(city, lost=(0, 60, 0, 0))["loss"].finding == Finding.FLAGGED
    assert rows_of(city, lost=(0, 0, 60, 0))["loss"].finding == Finding.WITHIN


def test_thresholds_are_parameters():
    (row,) = (
        row
        for row in screening_rows(
            town(), neighborhood_of_zones(town()), *np.zeros((1, 4)), np.array([0, 0, 50.0, 0]), np.zeros(4)
        )
        if row.effect == "gain"
    )
    lax = dataclasses.replace(PARAMS, screening_gap=0.5, screening_ratio=0.2)
    assert judge(row, lax).finding == Finding.WITHIN


def test_without_an_effect_nothing_is_said():
    for row in rows_of(town()).values():
        assert row.finding == Finding.NOTHING
        assert row.ratio.value is None


def test_people_of_color_are_four_groups_together():
    city = town()
    names = ("hispanic", "black", "asian", "other_race")
    shares = pd.DataFrame(
        {name: [0.1, 0.2] for name in names} | {f"{name}_moe": [0.02, 0.03] for name in names},
        index=pd.Index(["West", "East"], name="nta_id"),
    )
    city = dataclasses.replace(city, groups=tuple(Group(name, name) for name in names), group_shares=shares)
    near = next(
        row
        for row in screening_rows(
            city, neighborhood_of_zones(city), np.array([100.0, 0, 0, 0]), np.zeros(4), np.zeros(4)
        )
        if row.effect == "near"
    )
    assert near.population == "minority"
    assert (near.share_of_people.value, near.share_of_effect.value) == (0.6, 0.4)
    assert near.share_of_effect.margin == 0.04  # sqrt(4) x 0.02


def test_a_city_without_these_groups_has_no_screening():
    assert screening_rows(grid(), neighborhood_of_zones(grid()), *np.zeros((3, 4))) == ()
