"""Random small cities for comparing the engine with its twin: loops, zero-second hops, flags, overtaking by route."""

from __future__ import annotations

import numpy as np

from tests.scenes import GridCity
from workbench.network.addition import AddedPattern, ServiceAddition

START_S = 7 * 3600
SIDE = 26
"""Squares a side: 5 km, so that most pairs are too far apart to walk."""


def random_city(rng: np.random.Generator, *, n_stops: int = 14, n_zones: int = 7, n_routes: int = 9) -> GridCity:
    """Return a city of random stops, zones and routes around the window's start."""
    scene = GridCity(size=(SIDE, SIDE))
    for s in range(n_stops):
        scene.stop(f"S{s}", int(rng.integers(0, SIDE)), int(rng.integers(0, SIDE)))
    for z in range(n_zones):
        column, row = scene.stop_at[f"S{rng.integers(0, n_stops)}"]
        scene.zone(f"Z{z}", column + int(rng.integers(-1, 2)), row + int(rng.integers(-1, 2)))
    for r in range(n_routes):
        length = int(rng.integers(2, 7))
        stops = [f"S{s}" for s in rng.integers(0, n_stops, length)]  # loops and repeated stops are allowed
        flagged = frozenset(f"S{s}" for s in rng.integers(0, n_stops, 2)) if rng.random() < 0.4 else frozenset()
        kind = rng.integers(0, 3)
        scene.route(
            f"R{r}",
            stops,
            first_s=START_S - 900 + int(rng.integers(0, 3000)),
            headway_s=int(rng.integers(2, 16)) * 60,
            n_trips=int(rng.integers(1, 40)),
            hop_s=[int(rng.choice([0, 30, 60, 240, 400])) for _ in range(length - 1)],
            dwell_s=int(rng.choice([0, 0, 20])),
            no_board=flagged if kind == 1 else frozenset(),
            no_alight=flagged if kind == 2 else frozenset(),
        )
    return scene


def random_addition(rng: np.random.Generator, scene: GridCity, *, n_patterns: int = 2) -> ServiceAddition:
    """Return added patterns at random stops, some of them new, the second often the first one's way back."""
    n_old = len(scene.stop_at)
    n_new = int(rng.integers(0, 3))
    new_xy = np.array([scene.xy(*rng.integers(0, SIDE, 2)) for _ in range(n_new)], dtype=np.float64).reshape(n_new, 2)
    patterns: list[AddedPattern] = []
    for p in range(n_patterns):
        if p == 1 and rng.random() < 0.6:
            stops = patterns[0].stop_ix[::-1].copy()
        else:
            stops = rng.integers(0, n_old + n_new, int(rng.integers(2, 6))).astype(np.int32)
        run = np.cumsum([0, *rng.choice([0, 45, 120, 300], len(stops) - 1)])
        start = (
            START_S - 600 + int(rng.integers(0, 1200)) + int(rng.integers(2, 16)) * 60 * np.arange(rng.integers(5, 60))
        )
        dwell = int(rng.choice([0, 15])) * np.arange(len(stops))
        departure = (start[:, None] + run + dwell).astype(np.int32)
        arrival = departure.copy()
        arrival[:, 1:] -= dwell[1] if len(dwell) > 1 else 0
        patterns.append(AddedPattern("NEW", p % 2, stops, arrival, departure))
    return ServiceAddition(new_xy, tuple(patterns))
