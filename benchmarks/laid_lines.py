"""
How well is a hand-drawn line laid on streets? Held against the routes of today's buses, drawn again by a shaky hand.

    python benchmarks/laid_lines.py ../shared/data/nyc/gtfs [--city FOLDER] [--seed 7]

Thirty bus routes, six of each borough's feed. Each is thinned to the points a person would click (bends of more than 60 m, and a
point at least every 800 m), every point off by 30 to 60 m in any direction, and laid on streets again. Told are the share of the laid
length within 20 m of where the bus really runs, and of the bus route within 20 m of the laid line; turns of 45 degrees or more, laid
and true; places to drag; seconds.

Then five lines of three or four clicks, miles apart, as somebody draws them with the whole city on the screen: km and turns laid as
lines from afar, and laid like any other line.
"""

from __future__ import annotations

import argparse
import csv
import io
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import shapely
from pyproj import Transformer

from workbench.city import City, load_city
from workbench.city.streets.matching import match_line
from workbench.city.streets.snap import StreetIndex
from workbench.city.streets.turns import Arcs
from workbench.city.streets.via import find_handles
from workbench.scenario.boundary import line_in_metres, metres_to_lonlat
from workbench.scenario.drawn.follow import follow_streets

FEEDS = ("bus_m", "bus_bx", "bus_bk", "bus_qns", "bus_si")
N_EACH = 6
LENGTH_M = (3_000.0, 14_000.0)
BEND_M = 60.0
"""A person does not click bends smaller than this."""
EVERY_M = 800.0
NOISE_M = (30.0, 60.0)
NEAR_M = 20.0
TURN_DEG = 45.0
FROM_AFAR = {
    "East Village to Ozone Park": ((-73.985, 40.728), (-73.945, 40.706), (-73.905, 40.6935), (-73.845, 40.686)),
    "Astoria to Jamaica": ((-73.94, 40.75), (-73.88, 40.735), (-73.80, 40.705)),
    "Mott Haven to Co-op City": ((-73.925, 40.81), (-73.885, 40.86), (-73.83, 40.875)),
    "North Shore to Eltingville": ((-74.13, 40.64), (-74.15, 40.59), (-74.19, 40.55)),
    "Bensonhurst to East New York": ((-74.0, 40.61), (-73.94, 40.62), (-73.89, 40.65)),
}
"""(lon, lat) of each click."""


class Result(NamedTuple):
    """One corridor."""

    route: str
    km: float
    laid_right: float
    true_found: float
    n_turns: int
    n_true_turns: int
    n_handles: int
    seconds: float


def corridors(folder: Path, city: City, rng: np.random.Generator) -> Iterator[tuple[str, np.ndarray]]:
    """Yield routes and the longest of their shapes in metres, the same ones for the same seed."""
    project = Transformer.from_crs("EPSG:4326", city.crs, always_xy=True)
    for feed in FEEDS:
        with zipfile.ZipFile(folder / f"{feed}.zip") as archive:
            shape_of: dict[str, set[str]] = {}
            for row in _rows(archive, "trips.txt"):
                shape_of.setdefault(row["route_id"], set()).add(row["shape_id"])
            points: dict[str, list[tuple[int, float, float]]] = {}
            for row in _rows(archive, "shapes.txt"):
                place = (int(row["shape_pt_sequence"]), float(row["shape_pt_lon"]), float(row["shape_pt_lat"]))
                points.setdefault(row["shape_id"], []).append(place)
        found = []
        for route, ids in sorted(shape_of.items()):
            lines = [
                shapely.LineString(np.column_stack(project.transform(*np.array(sorted(points[one]))[:, 1:].T)))
                for one in sorted(ids & set(points))
            ]
            fits = [line for line in lines if LENGTH_M[0] <= line.length <= LENGTH_M[1]]
            if fits:
                found.append((route, shapely.get_coordinates(max(fits, key=lambda line: line.length))))
        for n in sorted(rng.choice(len(found), N_EACH, replace=False).tolist()):
            yield found[n]


def _rows(archive: zipfile.ZipFile, name: str) -> Iterator[dict[str, str]]:
    with archive.open(name) as source:
        yield from csv.DictReader(io.TextIOWrapper(source, encoding="utf-8-sig"))


def by_hand(shape: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return the few shaky points of a person who draws this line."""
    line = shapely.segmentize(shapely.LineString(shape).simplify(BEND_M), EVERY_M)
    xy = shapely.get_coordinates(line)
    away_m, way = rng.uniform(*NOISE_M, len(xy)), rng.uniform(0, 2 * np.pi, len(xy))
    return xy + away_m[:, None] * np.column_stack([np.cos(way), np.sin(way)])


def near_share(line: np.ndarray, other: np.ndarray) -> float:
    """Return the share of the length of a line within 20 m of another."""
    area = shapely.LineString(other).buffer(NEAR_M)
    whole = shapely.LineString(line)
    return float(whole.intersection(area).length / whole.length)


def n_turns(xy: np.ndarray) -> int:
    """Return how often a line turns by 45 degrees or more, small wiggles left out."""
    tidy = shapely.get_coordinates(shapely.LineString(xy).simplify(15.0))
    bearing = np.arctan2(*np.diff(tidy, axis=0).T[::-1])
    turn = np.abs((np.diff(bearing) + np.pi) % (2 * np.pi) - np.pi)
    return int((np.degrees(turn) >= TURN_DEG).sum())


def measure(city: City, route: str, shape: np.ndarray, rng: np.random.Generator) -> Result:
    """Draw one route by hand, lay it on streets and compare."""
    drawn = by_hand(shape, rng)
    lonlat = tuple((float(lon), float(lat)) for lon, lat in metres_to_lonlat(drawn, city.crs))
    start = time.perf_counter()
    found = follow_streets(city, lonlat)
    seconds = time.perf_counter() - start
    laid = line_in_metres(found.line_lonlat, city.crs)
    right, there = near_share(laid, shape), near_share(shape, laid)
    km = shapely.LineString(shape).length / 1000
    return Result(route, km, right, there, n_turns(laid), n_turns(shape), len(found.handles_lonlat), seconds)


def from_afar(city: City) -> None:
    """Print what becomes of lines of a few clicks."""
    print("\nfrom afar                       km  turns  handles   like any other line: km  turns  handles")
    arcs = Arcs(StreetIndex(city.load_streets()))
    for name, clicks in FROM_AFAR.items():
        laid = follow_streets(city, clicks)
        other = match_line(arcs.index, line_in_metres(clicks, city.crs), arcs=arcs)
        told = [
            (shapely.LineString(xy).length / 1000, n_turns(xy), n)
            for xy, n in (
                (line_in_metres(laid.line_lonlat, city.crs), len(laid.handles_lonlat)),
                (other.xy, len(find_handles(arcs, other))),
            )
        ]
        print(f"{name:28}" + " ".join(f"{km:6.1f}  {turns:5}  {n:7}             " for km, turns, n in told).rstrip())


def main() -> None:
    parser = argparse.ArgumentParser(description="Hand-drawn bus routes laid on streets, against the real ones.")
    parser.add_argument("gtfs", type=Path)
    parser.add_argument("--city", default="nyc")
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    city = load_city(options.city)
    city.load_streets()
    rng = np.random.default_rng(options.seed)
    chosen = list(corridors(options.gtfs, city, rng))
    measure(city, *chosen[0], np.random.default_rng(0))  # the streets are made ready once
    results = [measure(city, route, shape, rng) for route, shape in chosen]
    print("route        km  laid right  true found  turns (true)  handles  seconds")
    for one in results:
        print(
            f"{one.route:8} {one.km:6.1f}  {one.laid_right:9.1%}  {one.true_found:9.1%}  {one.n_turns:5} ({one.n_true_turns:4})"
            f"  {one.n_handles:7}  {one.seconds:7.2f}"
        )
    weight = np.array([one.km for one in results])
    right, there = (
        np.average([getattr(one, name) for one in results], weights=weight) for name in ("laid_right", "true_found")
    )
    seconds = np.array([one.seconds for one in results])
    print(
        f"all {weight.sum():.0f} km: {right:.1%} of the laid length right, {there:.1%} of the true length found; "
        f"{sum(one.n_turns for one in results)} turns ({sum(one.n_true_turns for one in results)} true); "
        f"handles median {np.median([one.n_handles for one in results]):.0f}, most {max(one.n_handles for one in results)}; "
        f"seconds median {np.median(seconds):.2f}, most {seconds.max():.2f}"
    )
    from_afar(city)


if __name__ == "__main__":
    main()
