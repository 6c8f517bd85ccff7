"""The cheapest way where turns have a price, from the definition: every street in both directions, every corner, dicts and loops."""

from __future__ import annotations

import math
from collections.abc import Mapping

Street = tuple[int, int]
Corner = tuple[float, float]


def cheapest_way(
    corners: Mapping[int, Corner],
    streets: set[Street],
    start: Street,
    end: Street,
    *,
    turn_m: float,
    straight_deg: float,
    about_m: float,
) -> float:
    """
    Return metres and turns from the end of one street to the beginning of another, the turn into it included.

    `streets` are pairs of corners in the direction in which they may be driven, straight lines. Bellman and Ford: as many rounds as
    there are streets, each tries every pair of streets that meet.
    """
    known = dict.fromkeys(streets, math.inf)
    for street in streets:
        if street[0] == start[1]:
            known[street] = price(corners, streets, start, street, turn_m, straight_deg, about_m)
    for _ in streets:
        for a in streets:
            for b in streets:
                if a[1] == b[0] and known[a] < math.inf:
                    cost = known[a] + math.dist(corners[a[0]], corners[a[1]])
                    cost += price(corners, streets, a, b, turn_m, straight_deg, about_m)
                    known[b] = min(known[b], cost)
    return known[end]


def price(
    corners: Mapping[int, Corner],
    streets: set[Street],
    a: Street,
    b: Street,
    turn_m: float,
    straight_deg: float,
    about_m: float,
) -> float:
    """Return what it costs to turn from one street into the next."""
    if b == (a[1], a[0]):
        return about_m
    choices = [street for street in streets if street[0] == a[1] and street != (a[1], a[0])]
    degrees = abs(heading(corners, b) - heading(corners, a)) % 360
    degrees = min(degrees, 360 - degrees)
    return 0.0 if len(choices) == 1 or degrees < straight_deg else turn_m * degrees / 90


def heading(corners: Mapping[int, Corner], street: Street) -> float:
    """Return the direction of a street, degrees."""
    (x, y), (u, v) = corners[street[0]], corners[street[1]]
    return math.degrees(math.atan2(v - y, u - x))
