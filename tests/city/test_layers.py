from __future__ import annotations

import gzip
import json
from typing import Any

import pytest

from tests.city.conftest import Town
from tests.city.small_sources import lonlat

NAMES = {"land", "parks", "streets", "subway", "bus", "stops", "stations", "zones", "labels"}


@pytest.fixture(scope="module")
def layers(town: Town) -> dict[str, list[dict[str, Any]]]:
    paths = town.city().layers
    return {name: json.loads(gzip.decompress(path.read_bytes()))["features"] for name, path in paths.items()}


def properties(features: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [feature["properties"] for feature in features]


def test_all_layers_are_there(layers) -> None:
    assert set(layers) == NAMES


def test_degrees_are_rounded_and_in_the_town(layers) -> None:
    def numbers(value: Any):
        if isinstance(value, float):
            yield value
        elif isinstance(value, list):
            for inner in value:
                yield from numbers(inner)

    (west, south), (east, north) = lonlat(-100, -100), lonlat(4250, 2100)
    for features in layers.values():
        for feature in features:
            for number in numbers(feature["geometry"]["coordinates"]):
                assert number == round(number, 5)
                assert west < number < east or south < number < north


def test_zones_are_numbered_by_row(layers) -> None:
    assert [feature["id"] for feature in layers["zones"]] == [0, 1, 2, 3]
    assert properties(layers["zones"])[2] == {"zone_id": "36002000100", "nta_name": "East Village", "residents": 500}


def test_stops_stations_parks_labels(layers) -> None:
    assert {"stop_id": "E9", "name": "E9", "mode": "bus"} in properties(layers["stops"])
    assert properties(layers["stations"]) == [
        {"name": "South St", "mode": "subway", "lines": "1#d82233", "rank": 3},
        {"name": "North St", "mode": "subway", "lines": "1#d82233", "rank": 3},
    ]
    assert properties(layers["parks"]) == [{"name": "East Park", "kind": "park"}]
    assert {"name": "West", "kind": "borough", "rank": 1, "min_zoom": 8} in properties(layers["labels"])
    (park,) = (label for label in properties(layers["labels"]) if label["kind"] == "park")
    assert (park["name"], park["rank"]) == ("East Park", 4)
    assert 11 <= park["min_zoom"] <= 15


def test_routes(layers) -> None:
    assert properties(layers["subway"]) == [{"routes": "1", "color": "#d82233", "offset": 0.0}]
    assert properties(layers["bus"]) == [
        {"route": "B1", "name": "B1", "color": "#00aeef"},
        {"route": "B2", "name": "B2", "color": "#0039a6"},
    ]
    line = layers["bus"][0]["geometry"]
    assert line["type"] == "MultiLineString"
    assert [round(value, 5) for value in lonlat(500, 990)] in line["coordinates"][0]


def test_streets_have_a_rank(layers) -> None:
    assert {feature["properties"]["rank"] for feature in layers["streets"]} == {2, 3}
