"""What a card asks of the city: the same as its tables say, found once, and nobody may write to it."""

import dataclasses

import pytest

from tests.scenes import GridCity
from workbench.city.city import AreaKind
from workbench.scoring.city_tables import tables_of


@pytest.fixture(scope="module")
def city():
    scene = GridCity().zone("a", 0, 0).zone("b", 5, 0).zone("c", 30, 0).zone("d", 35, 0)
    scene.stop("A", 0, 30).stop("B", 1, 30).route("X", "A B", first_s=0, headway_s=600, n_trips=2)
    return scene.city()


def test_arrays_are_those_of_the_tables(city):
    tables = tables_of(city)
    assert tables.residents.tolist() == city.zones["residents"].tolist() == [1, 2, 4, 8]
    assert tables.zone_xy.tolist() == city.zones[["x", "y"]].to_numpy().tolist()
    assert tables.block_residents.tolist() == city.blocks["residents"].tolist()
    assert tables.block_xy.tolist() == city.blocks[["x", "y"]].to_numpy().tolist()
    assert tables.block_zone_ix.tolist() == city.blocks["zone_ix"].tolist()
    assert tables.stop_xy.tolist() == city.stops[["x", "y"]].to_numpy().tolist()
    assert tables.zone_name.tolist() == city.zone_neighborhoods().tolist()
    assert [tables.zone_name[tables.zone_name_ix == number][0] for number in tables.zone_name_ix] == list(
        tables.zone_name
    )


def test_they_are_found_once_and_are_those_of_one_city(city):
    assert tables_of(city) is tables_of(city)
    other = dataclasses.replace(city, zones=city.zones.assign(residents=[5, 5, 5, 5]))
    assert tables_of(other).residents.tolist() == [5, 5, 5, 5]
    assert tables_of(city).residents.tolist() == [1, 2, 4, 8]


def test_nobody_may_write_to_them(city):
    with pytest.raises(ValueError, match="read-only"):
        tables_of(city).residents[0] = 9


def test_blocks_count_in_their_own_area_where_they_have_one_else_in_that_of_their_zone(city):
    kind = AreaKind("ward", "ward", "ward")
    zones = city.zones.assign(ward=["w2", "w1", "w1", ""])
    areas = {**city.areas, "ward": city.areas["nta"].assign(area_id=["w1", "w2"])}
    city = dataclasses.replace(city, zones=zones, areas=areas, area_kinds=(kind,))
    (by_zone,) = tables_of(city).areas
    assert by_zone.area_ids.tolist() == ["", "w1", "w2"]
    assert by_zone.zone_row.tolist() == [2, 1, 1, 0]
    assert by_zone.block_row.tolist() == [by_zone.zone_row[zone] for zone in city.blocks["zone_ix"]]
    own = city.blocks.assign(ward=["w1", "w2", "nowhere", "w2"])
    (by_block,) = tables_of(dataclasses.replace(city, blocks=own)).areas
    assert by_block.block_row.tolist() == [1, 2, -1, 2]
    assert by_block.zone_row.tolist() == [2, 1, 1, 0]
