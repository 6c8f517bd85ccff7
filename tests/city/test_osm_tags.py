from __future__ import annotations

import pytest

from workbench.city.streets.osm.tags import classify_way


def told(text: str) -> str:
    """Return what tags such as `highway=footway foot=no` say, in words."""
    kind = classify_way(dict(part.split("=", 1) for part in text.split()))
    if kind is None:
        return "nobody"
    words = [word for word, has in (("walk", kind.walk), ("drive", kind.drive)) if has]
    return " ".join(words) + {0: "", 1: " along", -1: " against"}[kind.oneway]


@pytest.mark.parametrize(
    ("tags", "use"),
    [
        ("highway=residential", "walk drive"),
        ("highway=primary", "walk drive"),
        ("highway=living_street", "walk drive"),
        ("highway=motorway", "drive along"),
        ("highway=motorway foot=yes", "drive along"),
        ("highway=motorway oneway=no", "drive"),
        ("highway=motorway_link", "drive along"),
        ("highway=trunk", "drive"),
        ("highway=trunk sidewalk=both", "walk drive"),
        ("highway=trunk sidewalk:right=yes", "walk drive"),
        ("highway=trunk sidewalk=no", "drive"),
        ("highway=primary motorroad=yes", "drive"),
        ("highway=footway", "walk"),
        ("highway=footway footway=crossing", "walk"),
        ("highway=steps", "walk"),
        ("highway=cycleway", "walk"),
        ("highway=cycleway foot=no", "nobody"),
        ("highway=bridleway", "nobody"),
        ("highway=bridleway foot=yes", "walk"),
        ("highway=construction", "nobody"),
        ("highway=proposed", "nobody"),
        ("highway=construction foot=yes", "nobody"),
        ("highway=residential foot=no", "drive"),
        ("highway=residential access=private", "nobody"),
        ("highway=residential access=no foot=yes", "walk"),
        ("highway=residential access=no bus=yes", "drive"),
        ("highway=residential access=destination", "walk drive"),
        ("highway=residential motor_vehicle=no", "walk"),
        ("highway=residential motor_vehicle=no bus=designated", "walk drive"),
        ("highway=residential motor_vehicle=no psv=yes", "walk drive"),
        ("highway=residential motor_vehicle=yes access=no", "drive"),
        ("highway=tertiary bus=no", "walk"),
        ("highway=pedestrian", "walk"),
        ("highway=pedestrian bus=yes", "walk drive"),
        ("highway=platform bus=yes", "walk"),
        ("highway=footway bus=yes", "walk"),
        ("highway=busway", "drive"),
        ("highway=bus_guideway oneway=yes", "drive along"),
        ("highway=service", "walk drive"),
        ("highway=service service=driveway", "walk"),
        ("highway=service service=parking_aisle", "walk"),
        ("highway=service service=driveway bus=yes", "walk drive"),
        ("highway=residential oneway=yes", "walk drive along"),
        ("highway=residential oneway=1", "walk drive along"),
        ("highway=residential oneway=-1", "walk drive against"),
        ("highway=residential oneway=reversible", "walk drive"),
        ("highway=residential junction=roundabout", "walk drive along"),
        ("highway=residential oneway=yes oneway:bus=no", "walk drive"),
        ("highway=residential oneway=yes oneway:psv=no", "walk drive"),
        ("highway=residential oneway:bus=yes", "walk drive along"),
        ("highway=residential oneway=yes oneway:bus=-1", "walk drive against"),
        ("highway=residential oneway=yes busway=opposite_lane", "walk drive"),
        ("highway=residential oneway=yes busway:left=opposite_lane", "walk drive"),
        ("highway=residential oneway=yes busway:right=lane", "walk drive along"),
        ("highway=residential oneway=yes lanes:bus:backward=1", "walk drive"),
        ("highway=residential oneway=yes lanes:psv:backward=0", "walk drive along"),
        ("highway=residential oneway=yes bus:backward=designated", "walk drive"),
        ("highway=footway oneway=yes", "walk"),
        ("waterway=river", "nobody"),
    ],
)
def test_who_may_go_where(tags: str, use: str) -> None:
    assert told(tags) == use


@pytest.mark.parametrize(
    ("tags", "layer"),
    [
        ("", 0),
        ("bridge=yes", 1),
        ("bridge=viaduct", 1),
        ("bridge=no", 0),
        ("tunnel=yes", -1),
        ("tunnel=building_passage", 0),
        ("indoor=yes", -1),
        ("layer=2", 1),
        ("layer=-1", -1),
        ("layer=ground", 0),
    ],
)
def test_above_and_below_the_ground(tags: str, layer: int) -> None:
    kind = classify_way({"highway": "footway", **dict(part.split("=") for part in tags.split())})
    assert kind is not None
    assert kind.layer == layer


def test_rank_and_name() -> None:
    said = [
        classify_way({"highway": kind, "name": "West  End\nAvenue"})
        for kind in ("motorway", "primary_link", "secondary", "busway", "residential", "service", "pedestrian", "steps")
    ]
    assert [kind.rank for kind in said if kind] == [1, 1, 2, 2, 3, 3, 4, 4]
    assert {kind.name for kind in said if kind} == {"West End Avenue"}
    assert [
        kind.name
        for tags in ({"highway": "motorway", "ref": "I 495"}, {"highway": "footway", "ref": "7"})
        if (kind := classify_way(tags))
    ] == ["I 495", ""]
