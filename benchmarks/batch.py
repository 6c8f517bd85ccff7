"""Routes a minute: 500 random routes scored in one batch, with progress, stopped and resumed at will.

Run from the checkout: `python benchmarks/batch.py [N] [OUT.jsonl] [WORKERS]`. Routes are drawn from stop to stop in a rough
direction, 8 to 30 stops, a bus every 5 to 20 minutes; the same seed gives the same routes.
"""

from __future__ import annotations

import datetime as dt
import resource
import sys
import tempfile
from pathlib import Path

import numpy as np

from workbench import AddRoute, City, Scenario, load_city, prepare
from workbench.batch import Workers, count_workers, read_batch, score_batch
from workbench.bench import machine_facts
from workbench.cli.frame import progress
from workbench.network import Baseline

SEED = 20261122


def random_route(city: City, rng: np.random.Generator, number: int) -> Scenario:
    """A line that wanders from bus stop to bus stop, mostly ahead; begun anew where it runs out of stops."""
    line = wander(city, rng)
    while len(line) < 8:
        line = wander(city, rng)
    headway_s = int(rng.choice([300, 480, 600, 720, 900, 1200]))
    edit = AddRoute(f"random-{number}", f"Random {number}", tuple(line), headway_s=headway_s, seed=number)
    return Scenario(edit.name, (edit,))


def wander(city: City, rng: np.random.Generator) -> list[tuple[float, float]]:
    """Places of bus stops, each 300 to 900 m ahead of the one before."""
    stops = city.stops[city.stops["mode"] == "bus"]
    xy, lonlat = stops[["x", "y"]].to_numpy(), stops[["lon", "lat"]].to_numpy()
    heading = rng.uniform(0, 2 * np.pi)
    line = [int(rng.integers(len(stops)))]
    for _ in range(int(rng.integers(8, 31)) - 1):
        step = xy - xy[line[-1]]
        distance = np.hypot(*step.T)
        turn = np.abs((np.arctan2(step[:, 1], step[:, 0]) - heading + np.pi) % (2 * np.pi) - np.pi)
        ahead = np.flatnonzero((distance > 300) & (distance < 900) & (turn < 0.7))
        if len(ahead) == 0:
            break
        line.append(int(rng.choice(ahead)))
        heading += rng.normal(0, 0.15)
    return [(float(lon), float(lat)) for lon, lat in lonlat[line]]


def open_baseline() -> Baseline:
    """What every worker does first."""
    return prepare(load_city("nyc"))


def cpu_seconds() -> float:
    """Processor time of this process and of the workers that ended."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def main() -> None:
    n_routes = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    out = Path(sys.argv[2]) if len(sys.argv) > 2 else Path(tempfile.mkdtemp()) / "batch.jsonl"
    baseline = open_baseline()
    city = baseline.city
    n_workers = int(sys.argv[3]) if len(sys.argv) > 3 else count_workers(n_routes)
    rng = np.random.default_rng(SEED)
    scenarios = [random_route(city, rng, number) for number in range(n_routes)]
    cpu = cpu_seconds()
    with progress() as report:
        workers = Workers(n_workers, open_baseline)
        done = score_batch(city, scenarios, out, baseline=baseline, report=report, workers=workers)
        report(1.0, "done")
    seconds = np.array([line["score_s"] for line in read_batch(out) if "score_s" in line], dtype=np.float64)
    cpu = cpu_seconds() - cpu
    print(f"{dt.date.today()}, {machine_facts()}")
    print(
        f"{n_workers} workers: {done.in_words()}; a card: median {np.median(seconds):.2f} s, p95 {np.quantile(seconds, 0.95):.2f} s; "
        f"CPU {cpu / max(done.n_scored, 1):.2f} s a card, opening the city in the workers included\n{out}"
    )


if __name__ == "__main__":
    main()
