"""A sanity check, never a forecast: do likely trips ride the bus routes that people ride?

Trips are drawn by people and nearness, as every card weighs them; each is looked up at 8 am; rides by bus route are set beside
the MTA's average weekday riders of 2019. Run from the checkout: `python benchmarks/riders_by_route.py RIDERSHIP.csv [N]`.
docs/riders-check.md says what it shows and what it cannot.
"""

from __future__ import annotations

import csv
import datetime as dt
import re
import sys
from collections import Counter
from pathlib import Path

import numpy as np

from workbench import City, ScoringParams, load_city, prepare
from workbench.bench import machine_facts
from workbench.explain import JourneyPlan, plan_journeys
from workbench.network import NO_MEDIAN, Baseline, Place

SEED, DEPART_S, YEAR = 20261122, 8 * 3600, "2019"


def riders_of(path: Path) -> dict[str, float]:
    """Weekday riders by route as the MTA lists it; several variants share one row."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return {row["Route"].strip(): float(row[YEAR]) for row in csv.DictReader(file) if (row[YEAR] or "").strip()}


def names_of(listed: str, known: set[str]) -> list[str]:
    """Names in the timetable of a row: `B44Lcl/SBS` is B44 and B44-SBS, `Bx1/2` Bx1 and Bx2, `M14Lcl/SBS` M14A-SBS ..."""
    base = re.sub(r"(Lcl/)?SBS$", "", listed)
    first, *others = base.split("/")
    prefix = re.match(r"[A-Za-z]+", first)
    stems = [first, *(f"{prefix[0]}{other}" for other in others)] if prefix else [first]
    return [name for name in known if any(re.fullmatch(rf"{stem}[A-D]?(-SBS)?", name) for stem in stems)]


def draw_trips(baseline: Baseline, n: int) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    """Pairs of zones, drawn with the weight of likely trips: (n, 2)."""
    residents = baseline.city.zones["residents"].to_numpy(dtype=np.float64)
    seconds = baseline.median_s.astype(np.float64)
    weight = residents[:, None] * residents * np.exp2(-seconds / 60 / ScoringParams().decay_half_min)
    weight[(baseline.median_s == NO_MEDIAN) | np.eye(len(weight), dtype=bool)] = 0
    reached = np.cumsum(weight.ravel())
    drawn = np.searchsorted(reached, np.random.default_rng(SEED).uniform(0, reached[-1], n))
    return np.stack(np.divmod(drawn, len(weight)), axis=1)


def rides_by_route(city: City, trips: np.ndarray[tuple[int, ...], np.dtype[np.int64]]) -> Counter[str]:
    """Rides on each bus route, by its name."""
    bus = set(city.routes.loc[city.routes["mode"] == "bus", "route_id"])
    name_of = dict(zip(city.routes["route_id"], city.routes["short_name"], strict=True))
    xy = city.zones[["x", "y"]].to_numpy(dtype=np.float64)
    date = city.load_timetable("weekday").service_date
    found: Counter[str] = Counter()
    for number, (origin, destination) in enumerate(trips):
        if number % 100 == 0:
            print(f"\r{number} of {len(trips)} trips", end="", file=sys.stderr, flush=True)
        ends = [Place("a zone", 0.0, 0.0, float(xy[zone, 0]), float(xy[zone, 1])) for zone in (origin, destination)]
        plan = JourneyPlan(ends[0], ends[1], "weekday", date, DEPART_S)
        journeys = plan_journeys(city, plan).before
        found.update(name_of[leg.route_id] for leg in (journeys[0].legs if journeys else ()) if leg.route_id in bus)
    return found


def ranks(
    values: np.ndarray[tuple[int, ...], np.dtype[np.float64]],
) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """Mean ranks, ties sharing."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    return (np.cumsum(counts) - (counts - 1) / 2)[inverse]


def main() -> None:
    path, n = Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 8000
    city = load_city("nyc")
    baseline = prepare(city)
    rides = rides_by_route(city, draw_trips(baseline, n))
    known = set(city.routes.loc[city.routes["mode"] == "bus", "short_name"])
    rows = [(listed, riders, names_of(listed, known)) for listed, riders in riders_of(path).items()]
    table = [(listed, riders, sum(rides[name] for name in names)) for listed, riders, names in rows if names]
    print(f"\n{dt.date.today()}, {machine_facts()}")
    print(
        f"{n} trips, {sum(rides.values())} bus rides; {len(rows)} routes listed, {len(rows) - len(table)} no longer run\n"
    )
    print("| Routes | how many | rank correlation | correlation of logarithms |\n|---|---:|---:|---:|")
    for label, start in (
        ("all", ""),
        ("Bronx", "Bx"),
        ("Brooklyn", "B"),
        ("Manhattan", "M"),
        ("Queens", "Q"),
        ("Staten Island", "S"),
    ):
        mine = [row for row in table if re.match(rf"{start}\d" if start else "", row[0])]
        riders, counted = (np.array([row[column] for row in mine], dtype=np.float64) for column in (1, 2))
        rank = np.corrcoef(ranks(riders), ranks(counted))[0, 1]
        logs = np.corrcoef(np.log(riders), np.log(counted + 0.5))[0, 1]
        print(f"| {label} | {len(mine)} | {rank:.2f} | {logs:.2f} |")
    total, all_riders = sum(row[2] for row in table), sum(row[1] for row in table)
    apart = sorted(table, key=lambda row: np.log((row[2] + 5) / total) - np.log((row[1] + 500) / all_riders))
    for words, some in (("fewer likely rides than riders", apart[:6]), ("more likely rides than riders", apart[-6:])):
        print(
            f"\n{words}: "
            + ", ".join(f"{one} ({riders:,.0f} riders, {counted} rides)" for one, riders, counted in some)
        )


if __name__ == "__main__":
    main()
