"""Checks a pack that is already built: files, ids, timetables and places. `check_pack`."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import shapely

from workbench.city.build.build import BuildReport
from workbench.city.build.distances import distance_defects
from workbench.city.build.timetables import Report
from workbench.city.city import City
from workbench.city.pack import SERVICES, load_city
from workbench.city.timetable import Timetable
from workbench.errors import InputError, Level, NotFoundError, Problem

__all__ = ["check_pack"]


def check_pack(source: str | Path, *, report: Report | None = None) -> BuildReport:
    """
    Check a pack: every file against its hash, every id against the table it belongs to, what lies too far from what.

    Parameters
    ----------
    source
        As `load_city`.
    report
        Told the share of the work done (0 to 1) and what comes next.

    Raises
    ------
    NotFoundError
        If there is no pack.
    """
    tell = report or (lambda _share, _text: None)
    tell(0.0, "files")
    try:
        city = load_city(source, verify=True)
    except InputError as error:
        faults = tuple(Problem(Level.ERROR, "pack-damaged", line) for line in str(error).splitlines())
        return BuildReport(faults, {}, "")
    counts = {"stops": city.n_stops, "routes": len(city.routes), "zones": city.n_zones, "blocks": len(city.blocks)}
    problems: list[Problem] = []
    for number, (text, step) in enumerate(_STEPS):
        tell(0.2 + 0.8 * number / len(_STEPS), text)
        try:
            problems += step(city)
        except InputError as error:
            problems += [Problem(Level.ERROR, "pack-damaged", line) for line in str(error).splitlines()]
    tell(1.0, "checked")
    return BuildReport(tuple(problems), counts, city.version)


def _check_ids(city: City) -> list[Problem]:
    """Return ids that are repeated, and ids that name nothing."""
    found = []
    for name, column in (("stops", "stop_id"), ("routes", "route_id"), ("zones", "zone_id"), ("blocks", "block_id")):
        n_twice = int(getattr(city, name)[column].duplicated().sum())
        if n_twice:
            found.append(_error("ids-repeated", f"{n_twice:,} values of {column} appear twice", name))
    if not city.blocks["zone_ix"].between(0, city.n_zones - 1).all():
        found.append(_error("blocks-without-zone", "blocks name rows of zones that are not there", "blocks"))
    for kind in city.area_kinds:
        known = {*city.areas[kind.kind]["area_id"], ""}
        for name in ("zones", "blocks"):
            table = getattr(city, name)
            if kind.column in table:
                n_unknown = int((~table[kind.column].isin(known)).sum())
                if n_unknown:
                    found.append(_error("area-unknown", f"{n_unknown:,} rows name no {kind.label} of the pack", name))
    if str(city.group_shares.index.name) not in city.zones:
        found.append(_error("groups-unplaced", "group shares belong to no column of zones", "group_shares"))
    return found


def _check_timetables(city: City) -> list[Problem]:
    """Return what is wrong in the timetables, and service days that are not there."""
    found = []
    for service in SERVICES:
        try:
            table = city.load_timetable(service)
        except NotFoundError:
            level = Level.ERROR if service == "weekday" else Level.WARNING
            found.append(Problem(level, f"no-{service}", f"no {service} in the pack"))
            continue
        found += [_error("timetable-wrong", fault, service) for fault in _timetable_faults(table, city)]
    return found


def _timetable_faults(table: Timetable, city: City) -> list[str]:
    faults = []
    if table.n_trips == 0:
        faults.append("no trip runs")
    for name, values, end in (
        ("stops", table.pattern_stop_ix, city.n_stops),
        ("routes", table.pattern_route_ix, len(city.routes)),
    ):
        if len(values) and not (values.min() >= 0 and values.max() < end):
            faults.append(f"names {name} that are not in the pack")
    if (table.departure_s < table.arrival_s).any():
        faults.append(f"{int((table.departure_s < table.arrival_s).sum()):,} departures before their arrival")
    return faults


def _check_places(city: City) -> list[Problem]:
    """Return what lies too far from what."""
    wrong = [
        name
        for name in ("stops", "zones", "blocks")
        if not np.isfinite(getattr(city, name)[["x", "y"]].to_numpy()).all()
    ]
    if wrong:
        return [_error("place-missing", "rows have no place", name) for name in wrong]
    land = shapely.union_all(city.land.geometry.values)
    return [defect.problem() for defect in distance_defects(city.stops, city.zones, land, city.load_streets())]


def _check_layers(city: City) -> list[Problem]:
    """Return map layers that cannot be read."""
    found = []
    for name, path in city.layers.items():
        try:
            with gzip.open(path, "rt", encoding="utf-8") as source:
                features = json.load(source)["features"]
        except (OSError, ValueError, KeyError) as error:
            found.append(_error("layer-unreadable", f"cannot be read ({error})", path.name))
            continue
        if name == "zones" and {feature.get("id") for feature in features} - set(range(city.n_zones)):
            found.append(_error("layer-unreadable", "shapes name zones that are not in the pack", path.name))
    return found


def _error(code: str, message: str, where: str) -> Problem:
    return Problem(Level.ERROR, code, message, where)


_STEPS: tuple[tuple[str, Callable[[City], list[Problem]]], ...] = (
    ("ids", _check_ids),
    ("timetables", _check_timetables),
    ("places", _check_places),
    ("map layers", _check_layers),
)
