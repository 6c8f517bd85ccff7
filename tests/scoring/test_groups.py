import dataclasses

import numpy as np
import pandas as pd
import pytest

from tests.scenes import GridCity
from workbench.scoring.access import Access
from workbench.scoring.coverage import Coverage
from workbench.scoring.groups import area_rows, group_rows
from workbench.scoring.params import ScoringParams

PARAMS = ScoringParams()


def grid():
    """Zones a, b in West (1 and 2 residents), c, d in East (4 and 8)."""
    scene = GridCity().zone("a", 0, 0).zone("b", 5, 0).zone("c", 30, 0).zone("d", 35, 0)
    scene.stop("A", 0, 30).stop("B", 1, 30).route("X", "A B", first_s=0, headway_s=600, n_trips=2)
    city = scene.city()
    shares = pd.DataFrame(
        {"zero_car": [0.5, 0.25], "zero_car_moe": [0.1, 0.05]}, index=pd.Index(["West", "East"], name="nta_id")
    )
    return dataclasses.replace(city, group_shares=shares)


def access(gained=(0, 0, 0, 0), lost=(0, 0, 0, 0), before=100.0):
    zones = [np.tile(np.array(values, dtype=float), (3, 1)) for values in (gained, lost)]
    return Access(np.full((3, 4), before), *zones)


def coverage(*near):
    return Coverage(np.array(near, dtype=bool), np.zeros((2, 4), dtype=bool))


def test_everybody_comes_first_and_groups_take_their_neighborhoods_share():
    rows = group_rows(grid(), coverage(1, 0, 1, 0), access(gained=(10, 0, 0, 20)), PARAMS)
    everybody, zero_car = rows
    assert (everybody.group_id, everybody.label) == ("all", "Everybody")
    assert everybody.residents.value == 15
    assert everybody.near_route.value == 1 + 4
    assert everybody.gaining.value == 1 + 8
    # zero car: West 3 x 0.5 + East 12 x 0.25 = 4.5, rounded to even 4
    assert zero_car.residents.value == 4
    assert zero_car.near_route.value == round(1 * 0.5 + 4 * 0.25)
    assert zero_car.gaining.value == round(1 * 0.5 + 8 * 0.25)
    assert zero_car.share_of_people.value == 4.5 / 15
    # gain: West 1 x 10, East 8 x 20; the group's part 5 + 40 of 170
    assert zero_car.share_of_gain.value == pytest.approx(45 / 170, abs=1e-4)


def test_margins_of_neighborhoods_add_up_as_squares():
    city = grid()
    big = dataclasses.replace(city, blocks=city.blocks.assign(residents=[0, 3000, 4000, 0]))
    zero_car = group_rows(big, coverage(1, 1, 1, 1), access(), PARAMS)[1]
    # 3000 x 0.5 + 4000 x 0.25 = 2500, margin sqrt(300^2 + 200^2) = 360.6
    assert (zero_car.near_route.low, zero_car.near_route.value, zero_car.near_route.high) == (2139, 2500, 2861)
    assert "estimate" in zero_car.near_route.uncertainty


def test_nobody_gaining_has_no_share_of_gain():
    for row in group_rows(grid(), coverage(0, 0, 0, 0), access(), PARAMS):
        assert row.share_of_gain.value is None
        assert row.share_of_gain.uncertainty == "nobody's access grows"


def test_a_neighborhood_without_shares_counts_in_everybody_only():
    city = grid()
    shares = city.group_shares.copy()
    shares.loc["East"] = np.nan
    rows = group_rows(dataclasses.replace(city, group_shares=shares), coverage(1, 1, 1, 1), access(), PARAMS)
    assert rows[0].near_route.value == 15
    assert rows[1].near_route.value == round(3 * 0.5)
    less = dataclasses.replace(city, group_shares=city.group_shares.loc[["West"]])
    assert group_rows(less, coverage(1, 1, 1, 1), access(), PARAMS)[1].near_route.value == round(3 * 0.5)


def test_losses_are_not_netted_in_the_share_of_gain():
    rows = group_rows(grid(), coverage(0, 0, 0, 0), access(gained=(10, 0, 0, 0), lost=(0, 0, 0, 50)), PARAMS)
    assert rows[1].share_of_gain.value == 0.5  # all of the gain is in West


def test_areas_count_people_and_keep_gain_and_loss_apart():
    rows = area_rows(grid(), access(gained=(10, 0, 0, 20), lost=(0, 5, 0, 0)), PARAMS)
    west = next(row for row in rows if (row.kind, row.area_id) == ("borough", "West"))
    assert (west.name, west.residents) == ("West", 3)
    assert (west.gaining.value, west.losing.value) == (1, 2)
    assert west.access_change.value == 0.0  # (1 x 10 - 2 x 5) / 3
    east = next(row for row in rows if (row.kind, row.area_id) == ("nta", "East"))
    assert (east.gaining.value, east.losing.value) == (8, 0)
    assert east.access_change.value == pytest.approx(160 / 12, abs=0.05)


def test_areas_of_every_kind_sum_to_the_same_people():
    rows = area_rows(grid(), access(gained=(10, 10, 10, 10)), PARAMS)
    for kind in ("borough", "community_district", "nta", "council_district"):
        own = [row for row in rows if row.kind == kind]
        assert sum(row.residents for row in own) == 15
        assert sum(row.gaining.value for row in own) == 15


def test_areas_where_nothing_changes_are_left_out_but_boroughs_stay():
    rows = area_rows(grid(), access(gained=(10, 0, 0, 0)), PARAMS)
    assert [(row.kind, row.area_id) for row in rows] == [
        ("borough", "East"),
        ("borough", "West"),
        ("community_district", "West"),
        ("nta", "West"),
        ("council_district", "West"),
    ]
