"""Routes a minute: 500 random routes scored in one batch, with progress, stopped and resumed at will.

Run from the checkout: `python benchmarks/batch.py [N] [OUT.jsonl]`. Routes are drawn from stop to stop in a rough
direction, 8 to 30 stops, a bus every 5 to 20 minutes; the same seed gives the same routes.
"""

from __future__ import annotations

import datetime as dt
import sys
import tempfile
from pathlib import Path

import numpy as np

from workbench import AddRoute, City, Scenario, load_city, prepare
from workbench.batch import read_batch, score_batch
from workbench.bench import machine_facts
from workbench.cli.frame import progress

SEED = 20261122


def random_route(city: City, rng: np.random.Generator, number: int) -> Scenario:
    """A line that wanders from bus stop to bus stop, mostly ahead."""
    stops = city.stops[city.stops["mode"] == "bus"]
    xy, lonlat = stops[["x", "y"]].to_numpy(), stops[["lon", "lat"]].to_numpy()
    at = int(rng.integers(len(stops)))
    heading = rng.uniform(0, 2 * np.pi)
    line = [at]
    for _ in range(int(rng.integers(8, 31))):
        step = xy - xy[line[-1]]
        distance = np.hypot(*step.T)
        turn = np.abs((np.arctan2(step[:, 1], step[:, 0]) - heading + np.pi) % (2 * np.pi) - np.pi)
        ahead = np.flatnonzero((distance > 300) & (distance < 900) & (turn < 0.7))
        if len(ahead) == 0:
            break
        line.append(int(rng.choice(ahead)))
        heading += rng.normal(0, 0.15)
    points = tuple((float(lon), float(lat)) for lon, lat in lonlat[line])
    headway_s = int(rng.choice([300, 480, 600, 720, 900, 1200]))
    edit = AddRoute(f"random-{number}", f"Random {number}", points, headway_s=headway_s, seed=number)
    return Scenario(edit.name, (edit,))


def main() -> None:
    n_routes = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    out = Path(sys.argv[2]) if len(sys.argv) > 2 else Path(tempfile.mkdtemp()) / "batch.jsonl"
    city = load_city("nyc")
    baseline = prepare(city)
    rng = np.random.default_rng(SEED)
    scenarios = [random_route(city, rng, number) for number in range(n_routes)]
    with progress() as report:
        done = score_batch(city, scenarios, out, baseline=baseline, report=report)
        report(1.0, "done")
    seconds = np.array([line["score_s"] for line in read_batch(out) if "score_s" in line], dtype=np.float64)
    print(f"{dt.date.today()}, {machine_facts()}")
    print(
        f"{done.in_words()}; a card: median {np.median(seconds):.2f} s, p95 {np.quantile(seconds, 0.95):.2f} s\n{out}"
    )


if __name__ == "__main__":
    main()
