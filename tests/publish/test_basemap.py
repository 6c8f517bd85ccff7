"""The ground of the maps, from a pack's layers or without them."""

import json

import pytest
from shapely.geometry import LineString, Point, box

from tests.publish.cards import NASTY, city, feature, lonlat, write_layer
from workbench.publish.maps.basemap import build_basemap, script_json


def test_without_layers_land_is_where_the_zones_are():
    a_city = city()
    basemap = build_basemap(a_city)
    assert len(basemap.zones) == 4
    assert basemap.zones[0].properties == {"name": "home", "residents": 1000}
    assert basemap.land[0].geometry.area == pytest.approx(sum(zone.geometry.area for zone in basemap.zones))
    assert basemap.streets == basemap.parks == basemap.subway == ()
    assert {(label.name, label.rank) for label in basemap.labels} == {
        ("West", 1),
        ("East", 1),
        ("West", 2),
        ("East", 2),
    }


def test_layers_of_the_pack_are_drawn_and_zones_keep_their_order(tmp_path):
    west, south = lonlat(city())[0]
    line = LineString([(west, south), (west + 0.01, south)])
    squares = [box(west + ix, south, west + ix + 1, south + 1) for ix in range(4)]
    layers = {
        "streets": [feature(line, rank=1), feature(line, rank=2), feature(line, rank=3)],
        "subway": [feature(line, color="#ee352e", route="1")],
        "labels": [
            feature(Point(west, south), name="Near", rank=3, kind="neighborhood"),
            feature(Point(west, south), name="Big", rank=1, kind="borough"),
        ],
        "parks": [feature(squares[0], kind="airport")],
        "stations": [feature(Point(west, south), name="Hub", rank=1), feature(Point(west, south), name="Hub")],
        "land": [feature(squares[1])],
        "zones": [feature(squares[ix], ix=ix) for ix in (2, 0, 3, 1)],
    }
    paths = {name: write_layer(tmp_path / f"{name}.geojson.gz", features) for name, features in layers.items()}
    basemap = build_basemap(city(layers=paths))
    assert [street.properties for street in basemap.streets] == [{"rank": 1}, {"rank": 2}]
    assert [line.properties for line in basemap.subway] == [{"color": "#ee352e"}]
    assert basemap.land[0].geometry.equals(squares[1])
    assert [zone.geometry.bounds[0] - west for zone in basemap.zones] == pytest.approx([0, 1, 2, 3])
    assert [park.properties for park in basemap.parks] == [{"kind": "airport"}]
    # One of the two stations carries the name of both; a borough's name makes room at zoom 12.
    assert [(label.name, label.rank, label.kind) for label in basemap.labels] == [
        ("Big", 1, "borough"),
        ("Near", 3, "neighborhood"),
        ("Hub", 5, "station"),
    ]
    assert [label.name for label in basemap.labels if label.is_written(11)] == ["Big", "Near"]
    assert [label.name for label in basemap.labels if label.is_written(13)] == ["Near", "Hub"]
    assert len(basemap.stations) == 2
    plain = json.loads(basemap.to_json())
    assert plain["subway"]["features"][0]["properties"] == {"color": "#ee352e"}
    assert plain["zones"]["features"][1]["properties"]["name"] == "school"


def test_json_in_a_script_ends_no_script():
    text = script_json({"name": NASTY + "</script><!-- \u2028 é"})
    assert not set(text) & set("<>&\u2028")
    assert json.loads(text)["name"] == NASTY + "</script><!-- \u2028 é"
    assert text.isascii()
