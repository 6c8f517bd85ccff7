"""Trips of an origin-destination table instead of likely ones: how many get quicker or longer, and by how much.

Where the table comes from, commuters of LODES or any survey, it says who made these trips then. It is no forecast.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from workbench.city.city import City
from workbench.errors import InputError
from workbench.scoring.measures.changes import Changes
from workbench.scoring.params import GAIN_MIN
from workbench.scoring.scorecard import Measure

__all__ = ["DEMAND_FIELDS", "Demand", "demand_measures", "read_demand"]

COLUMNS = (("h_geocode", "w_geocode", "S000"), ("origin", "destination", "count"))
"""Names of the three columns: LODES OD (home and work block, all jobs), or plain words."""
MAX_ROWS = 20_000_000
MAX_FAULTS = 5

DEMAND_FIELDS = (
    "od_trips",
    "od_minutes_saved",
    "od_minutes_lost",
    *(f"od_trips_quicker_{minutes}_min" for minutes in GAIN_MIN),
    *(f"od_trips_longer_{minutes}_min" for minutes in GAIN_MIN),
)


@dataclass(frozen=True, eq=False)
class Demand:
    """Trips between zones."""

    name: str
    """Of the file."""
    trips: npt.NDArray[np.float32]
    """(n_zones, n_zones) from origin to destination."""
    n_left_out: float
    """Trips with an end outside the city's zones."""


def read_demand(path: Path, city: City) -> Demand:
    """
    Read an origin-destination table as CSV: `origin,destination,count`, or LODES OD as it is published.

    Ids are those of the city's zones; longer ids are cut to their length, so that LODES blocks count in their tract. Trips
    with an end that is no zone are left out and counted.

    Raises
    ------
    InputError
        If columns are missing, a count is no number of 0 or more, or no trip lies in the city; with the first faulty rows.
    """
    row_of = {str(zone_id): row for row, zone_id in enumerate(city.zones["zone_id"])}
    length = max(map(len, row_of), default=0)
    trips = np.zeros((city.n_zones, city.n_zones), dtype=np.float32)
    faults: list[str] = []
    left_out = 0.0
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            start, end, count = _columns(path, reader.fieldnames or ())
            for number, row in enumerate(reader, 2):
                if number > MAX_ROWS:
                    raise InputError(f"{path.name} has more than {MAX_ROWS:,} rows")
                value = _count(row.get(count))
                if value is None:
                    faults.append(
                        f"{path.name}, line {number}: {count} is {str(row.get(count))[:20]!r}, must be 0 or more"
                    )
                    if len(faults) == MAX_FAULTS:
                        break
                    continue
                ends = [row_of.get(str(row.get(name) or "").strip()[:length]) for name in (start, end)]
                if ends[0] is None or ends[1] is None:
                    left_out += value
                else:
                    trips[ends[0], ends[1]] += value
    except (UnicodeDecodeError, csv.Error) as error:
        message = f"{path.name} is no CSV file in UTF-8: {error}"
        raise InputError(message) from error
    if faults:
        raise InputError("\n".join(faults))
    if trips.sum() == 0:
        raise InputError(f"{path.name}: none of its trips starts and ends in a zone of {city.name}")
    return Demand(path.name, trips, left_out)


def _columns(path: Path, found: Sequence[str]) -> tuple[str, str, str]:
    for names in COLUMNS:
        if set(names) <= set(found):
            return names
    wanted = " or ".join(", ".join(names) for names in COLUMNS)
    raise InputError(f"{path.name} has the columns {', '.join(found)[:100] or 'none'}, must have {wanted}")


def _count(text: str | None) -> float | None:
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if 0 <= value < 1e9 else None


def demand_measures(demand: Demand, changes: Changes) -> Mapping[str, Measure]:
    """
    Return what a change does to the trips of a table; longer trips are not set against quicker ones.

    Formula
    -------
    minutes saved = sum over pairs of n(o, d) max(T(o, d) - T'(o, d), 0), with n the trips of the table; a pair not reached
    within the longest journey counts as that journey. Trips quicker by m minutes: sum of n(o, d) where T - T' >= m.
    """
    source = f"{demand.name}, scheduled travel times"
    note = "trips of the table as they were then; not a forecast"
    if demand.n_left_out:
        note = f"{note}; {demand.n_left_out:,.0f} trips leave or enter the city and are left out"
    trips = demand.trips[changes.origin_ix, changes.destination_ix].astype(np.float64)
    saved_s = changes.saved_s
    values = {
        "od_trips": float(demand.trips.sum(dtype=np.float64)),
        "od_minutes_saved": float(trips @ np.maximum(saved_s, 0)) / 60,
        "od_minutes_lost": float(trips @ np.maximum(-saved_s, 0)) / 60,
    }
    for sign, word in ((1, "quicker"), (-1, "longer")):
        for minutes in GAIN_MIN:
            values[f"od_trips_{word}_{minutes}_min"] = float(trips[sign * saved_s >= 60 * minutes].sum())
    return {
        key: Measure(round(value), "minutes" if "minutes" in key else "trips", source, uncertainty=note)
        for key, value in values.items()
    }
