"""
Could today's bus routes be given shapes from their stops alone? Laid on the pack's streets, held against the real shapes.

    python benchmarks/stop_shapes.py ../shared/data/nyc/gtfs [N]

N shapes of each borough's feed (default 20). The stops of a trip are joined by the shortest ways along streets, and laid on streets as a
drawn line is. Told is the share of the laid length within 25 m of where the bus runs, and of where it runs within 25 m of the laid
line; beside them, straight lines from stop to stop. docs/scenarios.md says what follows for exported feeds.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import shapely
from pyproj import Transformer

from workbench.bench import machine_facts
from workbench.city import City, load_city
from workbench.scenario.boundary import line_in_metres
from workbench.scenario.drawn.follow import follow_streets, lay_again

FEEDS = ("bus_m", "bus_bx", "bus_bk", "bus_qns", "bus_si")
NEAR_M = 25.0
SEED = 5
Line = tuple[tuple[float, float], ...]


def rows(archive: zipfile.ZipFile, name: str) -> Iterator[dict[str, str]]:
    with archive.open(name) as source:
        yield from csv.DictReader(io.TextIOWrapper(source, encoding="utf-8-sig"))


def trips(path: Path, n: int, rng: np.random.Generator) -> Iterator[tuple[Line, Line]]:
    """Yield (lon, lat) of the stops and of the shape of some trips, each with a shape of its own."""
    with zipfile.ZipFile(path) as archive:
        trip_of = {row["shape_id"]: row["trip_id"] for row in rows(archive, "trips.txt")}
        chosen = {trip_of[str(shape)]: str(shape) for shape in rng.choice(sorted(trip_of), n, replace=False)}
        place = {row["stop_id"]: (float(row["stop_lon"]), float(row["stop_lat"])) for row in rows(archive, "stops.txt")}
        calls: dict[str, list[tuple[int, tuple[float, float]]]] = {}
        for row in rows(archive, "stop_times.txt"):
            if row["trip_id"] in chosen:
                calls.setdefault(row["trip_id"], []).append((int(row["stop_sequence"]), place[row["stop_id"]]))
        points: dict[str, list[tuple[int, tuple[float, float]]]] = {shape: [] for shape in chosen.values()}
        for row in rows(archive, "shapes.txt"):
            if row["shape_id"] in points:
                at = (float(row["shape_pt_lon"]), float(row["shape_pt_lat"]))
                points[row["shape_id"]].append((int(row["shape_pt_sequence"]), at))
    for trip, shape in sorted(chosen.items()):
        yield tuple(at for _, at in sorted(calls[trip])), tuple(at for _, at in sorted(points[shape]))


def near(line: shapely.LineString, other: shapely.LineString) -> float:
    return float(line.intersection(other.buffer(NEAR_M)).length)


def main(folder: Path, n: int) -> None:
    city, rng = load_city("nyc"), np.random.default_rng(SEED)
    project = Transformer.from_crs("EPSG:4326", city.crs, always_xy=True)
    ways: dict[str, Callable[[City, Line], Line]] = {
        "shortest ways from stop to stop": lambda city, stops: lay_again(city, stops).line_lonlat,
        "stops laid as a drawn line": lambda city, stops: follow_streets(city, stops).line_lonlat,
        "straight from stop to stop": lambda _city, stops: stops,
    }
    found: dict[str, list[tuple[float, float, float, float]]] = {name: [] for name in ways}
    for feed in FEEDS:
        for stops, shape in trips(folder / f"{feed}.zip", n, rng):
            real = shapely.LineString(np.column_stack(project.transform(*np.array(shape).T)))
            for name, way in ways.items():
                laid = shapely.LineString(line_in_metres(way(city, stops), city.crs))
                found[name].append((near(laid, real), laid.length, near(real, laid), real.length))
        print(f"{feed}: {n} shapes", file=sys.stderr, flush=True)
    print(f"{dt.date.today()}, {machine_facts()}, {n * len(FEEDS)} shapes")
    print(
        "| Shape | of its length right | of the real one found | shapes of which 95% are right |\n|---|---:|---:|---:|"
    )
    for name, values in found.items():
        right, laid, there, real = np.array(values).T
        good = np.mean(right / laid >= 0.95)
        print(f"| {name} | {right.sum() / laid.sum():.0%} | {there.sum() / real.sum():.0%} | {good:.0%} |")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 20)
