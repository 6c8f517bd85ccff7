"""What the tags of an OpenStreetMap way say: may one walk, may a bus drive and which way, how important is it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from workbench.city.streets.graph import BUS, BUSY_BUS, FOOTWAY, OTHER

__all__ = ["RELEVANT_TAGS", "WayKind", "classify_way"]

RELEVANT_TAGS = (
    "access",
    "area",
    "bridge",
    "bus",
    "bus:backward",
    "busway",
    "busway:both",
    "busway:left",
    "busway:right",
    "covered",
    "foot",
    "highway",
    "indoor",
    "junction",
    "lanes:bus:backward",
    "lanes:psv:backward",
    "layer",
    "motor_vehicle",
    "motorroad",
    "name",
    "oneway",
    "oneway:bus",
    "oneway:psv",
    "psv",
    "psv:backward",
    "ref",
    "service",
    "sidewalk",
    "sidewalk:both",
    "sidewalk:left",
    "sidewalk:right",
    "tunnel",
    "vehicle",
)
"""Tags that decide anything here; the others need not be kept."""

_RANK = {
    **dict.fromkeys(("motorway", "motorway_link", "trunk", "trunk_link", "primary", "primary_link"), BUSY_BUS),
    **dict.fromkeys(("secondary", "secondary_link", "tertiary", "tertiary_link", "busway", "bus_guideway"), BUS),
    **dict.fromkeys(("unclassified", "residential", "living_street", "road", "service"), OTHER),
}
"""Ways for vehicles, and how important they are."""
_FOR_FEET = frozenset(
    {
        "corridor", "crossing", "cycleway", "elevator", "escalator", "footway", "path", "pedestrian", "platform",
        "sidewalk", "steps", "track",
    }
)  # fmt: skip
"""Ways for people on foot."""
_FOR_BUSES_IF_TAGGED = frozenset({"pedestrian", "track"})
"""Of these, where a bus may drive if a tag says so: on a platform `bus=yes` only says who stops there."""
_ONLY_BUSES = frozenset({"busway", "bus_guideway"})
_NO_WALK = frozenset({"bus_guideway", "busway", "motorway", "motorway_link"})
_ONLY_BY_SIDEWALK = frozenset({"trunk", "trunk_link"})
_NOT_FOR_THROUGH_BUSES = frozenset({"driveway", "parking_aisle", "drive-through", "emergency_access", "alley"})
"""Kinds of `highway=service` too narrow or too private for a bus."""
_CLOSED = frozenset(
    {
        "agricultural", "customers", "delivery", "emergency", "forestry", "military", "no", "permit", "private",
        "residents", "use_sidepath",
    }
)  # fmt: skip
_OPEN = frozenset({"yes", "designated", "permissive", "official", "destination", "public"})


class WayKind(NamedTuple):
    """How a way is used, from first node to last."""

    rank: int
    oneway: int
    """For buses: 1 along the way, -1 against it, 0 both ways or not driven."""
    walk: bool
    drive: bool
    layer: int
    """1 on a bridge or above ground, -1 in a tunnel or below, 0 on the ground."""
    name: str


def classify_way(tags: Mapping[str, str]) -> WayKind | None:
    """Return how a way is used; None where neither people nor buses may use it."""
    kind = tags.get("highway", "")
    walk, drive = _may_walk(kind, tags), _may_drive(kind, tags)
    if not walk and not drive:
        return None
    rank = _RANK.get(kind, OTHER) if drive else FOOTWAY
    name = tags.get("name") or (tags.get("ref", "") if drive else "")
    return WayKind(rank, _oneway(kind, tags) if drive else 0, walk, drive, _layer(tags), " ".join(name.split()))


def _may_walk(kind: str, tags: Mapping[str, str]) -> bool:
    """The most specific tag wins: `foot` before `access` before what is usual for the kind of way."""
    foot = tags.get("foot")
    if kind in _NO_WALK:
        return False
    if foot in _OPEN:
        return kind in _FOR_FEET or kind in _RANK or kind == "bridleway"
    if foot in _CLOSED or tags.get("access") in _CLOSED or tags.get("motorroad") == "yes":
        return False
    if kind in _ONLY_BY_SIDEWALK:
        sides = {tags.get(f"sidewalk{side}") for side in ("", ":both", ":left", ":right")}
        return bool(sides & {"both", "left", "right", "yes"})
    return kind in _FOR_FEET or kind in _RANK


def _may_drive(kind: str, tags: Mapping[str, str]) -> bool:
    """The most specific tag wins: `bus`, `psv`, `motor_vehicle`, `vehicle`, `access`, then the kind of way."""
    for key in ("bus", "psv"):
        if tags.get(key) in _OPEN:
            return kind in _RANK or kind in _FOR_BUSES_IF_TAGGED
        if tags.get(key) in _CLOSED:
            return False
    if kind in _ONLY_BUSES:
        return True
    if kind not in _RANK or (kind == "service" and tags.get("service") in _NOT_FOR_THROUGH_BUSES):
        return False
    for key in ("motor_vehicle", "vehicle", "access"):
        if tags.get(key) in _CLOSED:
            return False
        if tags.get(key) in _OPEN:
            return True
    return True


def _oneway(kind: str, tags: Mapping[str, str]) -> int:
    """Return the direction of buses: `oneway:bus` and lanes against the others come before `oneway`."""
    for key in ("oneway:bus", "oneway:psv"):
        if key in tags:
            return _direction(tags[key])
    along = _direction(tags["oneway"]) if "oneway" in tags else 0
    if "oneway" not in tags:
        along = int(kind in ("motorway", "motorway_link") or tags.get("junction") in ("roundabout", "circular"))
    return 0 if along and _has_contraflow(tags) else along


def _direction(value: str) -> int:
    """Return 1, -1, or 0 for both ways and for directions that change with the hour."""
    return {"yes": 1, "true": 1, "1": 1, "-1": -1, "reverse": -1}.get(value, 0)


def _has_contraflow(tags: Mapping[str, str]) -> bool:
    """Return True where buses have a lane against a one-way street."""
    if any(tags.get(f"busway{side}") in ("opposite", "opposite_lane") for side in ("", ":left", ":right", ":both")):
        return True
    if any(tags.get(key) in _OPEN for key in ("bus:backward", "psv:backward")):
        return True
    return any(tags.get(key, "0") not in ("0", "no", "none") for key in ("lanes:bus:backward", "lanes:psv:backward"))


def _layer(tags: Mapping[str, str]) -> int:
    """Return 1, 0 or -1. An arcade (`covered`) is on the ground; a corridor indoors is tied to by nobody outside."""
    if tags.get("bridge", "no") != "no":
        return 1
    if tags.get("tunnel", "no") not in ("no", "building_passage"):
        return -1
    if tags.get("indoor", "no") != "no":
        return -1
    try:
        layer = float(tags.get("layer", "0"))
    except ValueError:
        return 0
    return (layer > 0) - (layer < 0)
