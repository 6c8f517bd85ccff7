import dataclasses

import numpy as np
import pandas as pd
import pytest

from tests.scenes import GridCity
from workbench.scoring.measures.access import Access
from workbench.scoring.measures.areas import area_rows, suppress_area
from workbench.scoring.measures.changes import Changes
from workbench.scoring.measures.coverage import Coverage
from workbench.scoring.measures.groups import group_rows, suppress_group
from workbench.scoring.measures.travel_time import TravelTime
from workbench.scoring.params import ScoringParams

PARAMS = ScoringParams()
NONE = np.zeros(4)
NO_LONGER = np.zeros(4, dtype=bool)


def grid():
    """Zones a, b in West (1 and 2 residents), c, d in East (4 and 8)."""
    scene = GridCity().zone("a", 0, 0).zone("b", 5, 0).zone("c", 30, 0).zone("d", 35, 0)
    scene.stop("A", 0, 30).stop("B", 1, 30).route("X", "A B", first_s=0, headway_s=600, n_trips=2)
    city = scene.city()
    shares = pd.DataFrame(
        {"zero_car": [0.5, 0.25], "zero_car_moe": [0.1, 0.05]}, index=pd.Index(["West", "East"], name="nta_id")
    )
    return dataclasses.replace(city, group_shares=shares)


def big_grid():
    """The same with 3,000 people in zone b and 4,000 in zone c, none elsewhere."""
    city = grid()
    people = [0, 3000, 4000, 0]
    return dataclasses.replace(
        city, blocks=city.blocks.assign(residents=people), zones=city.zones.assign(residents=people)
    )


def access(gained=(0, 0, 0, 0), lost=(0, 0, 0, 0), before=100.0):
    zones = [np.tile(np.array(values, dtype=float), (3, 1)) for values in (gained, lost)]
    return Access(np.full((3, 4), before), *zones)


def coverage(*near):
    return Coverage(np.array(near, dtype=bool), np.zeros((2, 4), dtype=bool))


def travel_time(saved=NONE, lost=NONE):
    none = np.zeros((3, 4), dtype=bool)
    return TravelTime(np.array(saved, dtype=float), np.array(lost, dtype=float), none, none)


def changes(*pairs):
    """Pairs as (from, to, minutes saved)."""
    origin, destination, saved = np.array(pairs, dtype=np.int64).reshape(-1, 3).T
    return Changes(4, origin, destination, 3600 + 0 * saved, 3600 - 60 * saved)


def groups_of(city, near=(0, 0, 0, 0), reached=None, times=None, longer=NO_LONGER):
    return group_rows(city, coverage(*near), reached or access(), times or travel_time(), longer, PARAMS)


def areas_of(reached=None, *, near=(0, 0, 0, 0), times=None, moved=(), city=None):
    return area_rows(
        city or grid(), coverage(*near), reached or access(), times or travel_time(), changes(*moved), PARAMS
    )


def test_everybody_comes_first_and_groups_take_their_neighborhoods_share():
    rows = groups_of(grid(), (1, 0, 1, 0), access(gained=(10, 0, 0, 20)))
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
    zero_car = groups_of(big_grid(), (1, 1, 1, 1))[1]
    # 3000 x 0.5 + 4000 x 0.25 = 2500, margin sqrt(300^2 + 200^2) = 360.6
    assert (zero_car.near_route.low, zero_car.near_route.value, zero_car.near_route.high) == (2139, 2500, 2861)
    assert zero_car.near_route.margin == 360.6
    assert "estimate" in zero_car.near_route.uncertainty


def test_every_figure_of_a_group_has_a_margin_and_everybody_is_counted():
    everybody, zero_car = groups_of(
        big_grid(), (1, 1, 1, 1), access(gained=(0, 10, 0, 0), lost=(0, 0, 20, 0)), travel_time(saved=(0, 2, 1, 0)),
        np.array([False, True, True, False]),
    )  # fmt: skip
    # gain: all of it in West, share 0.5 +- 0.1; loss: all in East, 0.25 +- 0.05
    assert (zero_car.share_of_gain.value, zero_car.share_of_gain.margin) == (0.5, 0.1)
    assert (zero_car.share_of_loss.value, zero_car.share_of_loss.margin) == (0.25, 0.05)
    assert (zero_car.share_of_people.value, zero_car.share_of_people.margin) == (
        round(2500 / 7000, 4),
        round(360.555 / 7000, 4),
    )
    # 1500 people save 2 minutes, 1000 save 1: 1.6 on average; margins ((2 - 1.6) x 300, (1 - 1.6) x 200), by 2500
    assert zero_car.minutes_saved.value == 1.6
    assert zero_car.minutes_saved.margin == pytest.approx(np.hypot(0.4 * 300, 0.6 * 200) / 2500, abs=1e-4)
    # 10 x 1500 - 20 x 1000 by 2500
    assert zero_car.access_change.value == -2
    assert (zero_car.access_change_p10.value, zero_car.access_change_median.value) == (-20, 10)
    assert zero_car.longer_trips.value == 2500
    assert (zero_car.gaining.value, zero_car.losing.value) == (1500, 1000)
    assert everybody.residents.margin is None
    assert (everybody.minutes_saved.value, everybody.access_change.value) == (
        round(10 / 7, 4),
        round((10 * 3 - 20 * 4) / 7, 4),
    )


def test_groups_are_people_of_the_census_not_of_the_survey():
    # The survey gives shares only: doubling the people of the Census doubles every group.
    once = groups_of(big_grid())[1].residents
    city = big_grid()
    people = [0, 6000, 8000, 0]
    twice = groups_of(dataclasses.replace(city, zones=city.zones.assign(residents=people)))[1].residents
    assert (twice.value, twice.margin) == (2 * once.value, pytest.approx(2 * once.margin, abs=0.2))


def test_small_and_uncertain_figures_are_not_shown_and_everybody_always_is():
    everybody, zero_car = (
        suppress_group(row, PARAMS) for row in groups_of(grid(), (1, 0, 1, 0), access(gained=(10, 0, 0, 20)))
    )
    assert everybody.near_route.value == 5
    for measure in (zero_car.residents, zero_car.near_route, zero_car.gaining, zero_car.minutes_saved):
        assert measure.value is None
        assert measure.suppressed
        assert measure.uncertainty.startswith("too few to say: fewer than 50 people")
    # nobody loses: that is known
    assert (zero_car.losing.value, zero_car.losing.suppressed) == (0, False)


def test_percentiles_go_with_the_people_they_are_of():
    city = big_grid()
    rows = groups_of(city, reached=access(gained=(0, 10, 0, 0)))
    assert suppress_group(rows[1], PARAMS).access_change_median.value == 10
    few = dataclasses.replace(PARAMS, fewest_people=2000)
    assert suppress_group(rows[1], few).access_change_median.suppressed
    assert not suppress_group(rows[1], few).residents.suppressed  # 2,500


def test_a_group_known_by_zone_needs_no_neighborhoods():
    city = big_grid()
    shares = pd.DataFrame({"zero_car": [1.0], "zero_car_moe": [0.0]}, index=pd.Index(["c"], name="zone_id"))
    zero_car = groups_of(dataclasses.replace(city, group_shares=shares), (1, 1, 1, 1))[1]
    assert (zero_car.residents.value, zero_car.near_route.value) == (4000, 4000)


def test_nobody_gaining_has_no_share_of_gain():
    for row in groups_of(grid()):
        assert row.share_of_gain.value is None
        assert row.share_of_gain.uncertainty == "nobody's access grows"


def test_a_neighborhood_without_shares_counts_in_everybody_only():
    city = grid()
    shares = city.group_shares.copy()
    shares.loc["East"] = np.nan
    rows = groups_of(dataclasses.replace(city, group_shares=shares), (1, 1, 1, 1))
    assert rows[0].near_route.value == 15
    assert rows[1].near_route.value == round(3 * 0.5)
    less = dataclasses.replace(city, group_shares=city.group_shares.loc[["West"]])
    assert groups_of(less, (1, 1, 1, 1))[1].near_route.value == round(3 * 0.5)


def test_losses_are_not_netted_in_the_share_of_gain():
    rows = groups_of(grid(), reached=access(gained=(10, 0, 0, 0), lost=(0, 0, 0, 50)))
    assert rows[1].share_of_gain.value == 0.5  # all of the gain is in West


def test_areas_count_people_and_keep_gain_and_loss_apart():
    rows = areas_of(access(gained=(10, 0, 0, 20), lost=(0, 5, 0, 0)))
    west = next(row for row in rows if (row.kind, row.area_id) == ("borough", "West"))
    assert (west.name, west.residents) == ("West", 3)
    assert (west.gaining.value, west.losing.value) == (1, 2)
    assert west.access_change.value == 0.0  # (1 x 10 - 2 x 5) / 3
    east = next(row for row in rows if (row.kind, row.area_id) == ("nta", "East"))
    assert (east.gaining.value, east.losing.value) == (8, 0)
    assert east.access_change.value == pytest.approx(160 / 12, abs=0.05)


def test_areas_of_every_kind_sum_to_the_same_people():
    rows = areas_of(access(gained=(10, 10, 10, 10)))
    for kind in ("borough", "community_district", "nta", "council_district"):
        own = [row for row in rows if row.kind == kind]
        assert sum(row.residents for row in own) == 15
        assert sum(row.gaining.value for row in own) == 15


def test_areas_where_nothing_changes_are_left_out_but_boroughs_stay():
    rows = areas_of(access(gained=(10, 0, 0, 0)))
    assert [(row.kind, row.area_id) for row in rows] == [
        ("borough", "East"),
        ("borough", "West"),
        ("community_district", "West"),
        ("council_district", "West"),
        ("nta", "West"),
    ]


def test_areas_say_how_much_per_resident_and_who_lives_near():
    rows = areas_of(
        access(gained=(30, 0, 0, 0)), near=(1, 0, 0, 1), times=travel_time(saved=(3, 0, 0, 1), lost=(0, 0, 2, 0))
    )
    west, east = (next(row for row in rows if (row.kind, row.area_id) == ("nta", name)) for name in ("West", "East"))
    assert (west.near_route.value, east.near_route.value) == (1, 8)
    assert (west.minutes_saved.value, east.minutes_saved.value) == (1.0, round(8 / 12, 4))
    assert (west.minutes_lost.value, east.minutes_lost.value) == (0.0, round(8 / 12, 4))
    # West: one resident of three reaches 30 more; the lowest tenth and the middle are among the other two
    assert (west.access_change.value, west.access_change_p10.value, west.access_change_median.value) == (10.0, 0.0, 0.0)
    assert west.kind_label
    assert west.near_route.uncertainty.startswith("estimate")


def test_who_gets_closer_to_an_area_is_counted_at_home():
    # From a (1 resident, West) c gets 9 minutes quicker, d 6: over the 4 and 8 people of East (36 + 48) / 12 = 7 minutes.
    # From b (2 residents) d gets 4 quicker and c 8 longer: 32 - 32 = 0. Trips within an area are no trips to it.
    rows = areas_of(moved=((0, 2, 9), (0, 3, 6), (1, 3, 4), (1, 2, -8), (3, 2, 60)))
    east = next(row for row in rows if (row.kind, row.area_id) == ("nta", "East"))
    assert (east.closer_2_min.value, east.closer_5_min.value, east.closer_10_min.value) == (1, 1, 0)
    assert east.longer_trips.value == 0
    west = next(row for row in rows if (row.kind, row.area_id) == ("nta", "West"))
    assert (west.closer_2_min.value, west.longer_trips.value) == (0, 2)


def test_means_of_a_handful_of_people_are_not_shown():
    west = next(row for row in areas_of(access(gained=(30, 0, 0, 0))) if (row.kind, row.area_id) == ("nta", "West"))
    few = suppress_area(west, PARAMS)
    assert few.access_change.suppressed
    assert few.gaining.value == 1
    assert not suppress_area(west, dataclasses.replace(PARAMS, fewest_people=3)).access_change.suppressed


def test_a_city_without_groups_counts_everybody():
    city = dataclasses.replace(grid(), groups=(), group_shares=pd.DataFrame(index=pd.Index([])))
    (everybody,) = groups_of(city, (1, 0, 1, 0))
    assert (everybody.residents.value, everybody.near_route.value) == (15, 5)
