"""Routes drawn as GeoJSON LineStrings (RFC 7946), in and out. Units stand in the property names.

Properties of a feature, all optional: name, route_id, headway_min, span_start and span_end (`06:00`), days,
both_directions, spacing_m or spacing_ft, snap_m, speed_factor, seed; stops and stops_back placed by hand, each [lon, lat] or
[lon, lat, "stop_id"]. A MultiLineString of two lines is the way out and the
way back of one route.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import cast

from workbench.city.city import City
from workbench.errors import InputError, Level, Problem, require_no_errors
from workbench.scenario.boundary import check_inside
from workbench.scenario.drawn.by_hand import check_hand_stops
from workbench.scenario.edits import MAX_VERTICES, AddRoute, check_added, clean_text
from workbench.scenario.format import MAX_ROUTES, Json, parse_json
from workbench.scenario.formats.fields import Fields, clock_text, read_line, stops_to_json
from workbench.scenario.kinds import Edit, where_of

__all__ = ["edits_from_geojson", "edits_to_geojson"]

Line = tuple[tuple[float, float], ...]

FOOT_M = 0.3048
_AMBIGUOUS = {"headway": "headway_min", "frequency": "headway_min", "spacing": "spacing_m or spacing_ft"}
"""Property names without a unit, and what to write instead: a guess would be a silent error."""
_GEOMETRIES = ("Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon", "GeometryCollection")


def edits_from_geojson(
    data: str | bytes | Mapping[str, object], *, city: City | None = None
) -> tuple[str, tuple[AddRoute, ...]]:
    """
    Return the collection's name ("" where it has none) and one edit for each line.

    Raises
    ------
    InputError
        With every fault of the file; places are checked where a city is given.
    """
    parsed = parse_json(data)
    name, features, problems = _features(parsed)
    edits: list[AddRoute] = []
    n_points = 0
    for number, feature in enumerate(features, 1):
        edit, found = _read_feature(feature, number)
        problems += found
        if edit is None:
            continue
        n_points += len(edit.line_lonlat) + len(edit.line_back_lonlat)
        edits.append(edit)
        if not found and city is not None:
            problems += check_inside(edit, city) or check_hand_stops(edit, city)
    if n_points > MAX_VERTICES and len(features) > 1:
        message = f"the lines have {n_points:,} points together, at most {MAX_VERTICES:,} are allowed"
        problems.append(_error("line-points", message, "file"))
    problems += _check_ids(edits)
    require_no_errors(problems, InputError)
    return name, tuple(edits)


def edits_to_geojson(name: str, edits: tuple[Edit, ...]) -> dict[str, Json]:
    """
    Return a FeatureCollection; every property is written, so that nothing depends on defaults.

    Raises
    ------
    InputError
        If an edit changes a route of today: GeoJSON holds new routes only.
    """
    others = [where_of(edit) for edit in edits if not isinstance(edit, AddRoute)]
    if others:
        message = f"GeoJSON holds new routes only, not {others[0]}; save the scenario as the workbench's own JSON"
        raise InputError(message, problems=[_error("geojson-edits", message, others[0])])
    features: list[Json] = [_write_feature(edit) for edit in edits if isinstance(edit, AddRoute)]
    return {"type": "FeatureCollection", "name": name, "features": features}


def _features(parsed: object) -> tuple[str, list[object], list[Problem]]:
    """Return the name, the features and the faults of the top level."""
    if not isinstance(parsed, dict) or not isinstance(parsed.get("type"), str):
        return "", [], [_error("geojson-type", "this is JSON but not GeoJSON: it has no type", "")]
    kind = parsed["type"]
    if kind in _GEOMETRIES:
        return "", [{"type": "Feature", "properties": {}, "geometry": parsed}], []
    if kind == "Feature":
        return "", [parsed], []
    if kind != "FeatureCollection":
        return "", [], [_error("geojson-type", f"type is {kind[:40]!r}, must be FeatureCollection or Feature", "")]
    features = parsed.get("features")
    if not isinstance(features, list) or not features:
        return "", [], [_error("geojson-empty", "this file holds no route: its list of features is empty", "")]
    name = clean_text(parsed["name"]) if isinstance(parsed.get("name"), str) else ""
    if len(features) > MAX_ROUTES:
        message = f"there are {len(features):,} routes, at most {MAX_ROUTES} are allowed"
        return name, features[:MAX_ROUTES], [_error("edits-many", message, "file")]
    return name, features, []


def _read_feature(feature: object, number: int) -> tuple[AddRoute | None, list[Problem]]:
    """Return one route, or None with the reasons; a route that could be read may still have faults."""
    where = f"feature {number}"
    if not isinstance(feature, dict) or feature.get("type") != "Feature":
        return None, [_error("geojson-type", "it is not a GeoJSON Feature", where)]
    properties = feature.get("properties") or {}
    if not isinstance(properties, dict):
        return None, [_error("geojson-type", "its properties are not an object", where)]
    name = clean_text(properties["name"]) if isinstance(properties.get("name"), str) else ""
    where = f"route {name[:40]!r}" if name else where
    line, back, found = _read_geometry(feature.get("geometry"), where)
    fields = Fields(properties, where)
    edit = dataclasses.replace(_read_properties(fields, properties, line, number), line_back_lonlat=back)
    faults = [*found, *fields.problems]
    if found:  # the line is missing: what is wrong with the other values is said all the same
        faults += [
            problem for problem in check_added(edit) if not problem.code.startswith(("line", "coordinate", "stops"))
        ]
        return None, faults
    return edit, [*faults, *check_added(edit)]


def _read_geometry(geometry: object, where: str) -> tuple[Line, Line, list[Problem]]:
    """Return the way out, the way back (empty where it is the same line) and what is wrong."""
    if not isinstance(geometry, dict):
        return (), (), [_error("geometry-missing", "it has no geometry", where)]
    kind, coordinates = geometry.get("type"), geometry.get("coordinates")
    if kind == "MultiLineString" and isinstance(coordinates, list) and len(coordinates) == 2:
        line, found = read_line(coordinates[0], where)
        back, found_back = read_line(coordinates[1], f"{where}, way back")
        if not back and not found_back:
            found_back = [_error("line-points", "the way back has no points, a route needs at least 2", where)]
        return line, back, [*found, *found_back]
    if kind != "LineString":
        named = clean_text(kind)[:40] if isinstance(kind, str) else "missing"
        message = f"its geometry is {named}, must be LineString, or MultiLineString of two lines: way out and way back"
        return (), (), [_error("geometry-type", message, where)]
    line, found = read_line(coordinates, where)
    return line, (), found


def _read_properties(
    fields: Fields, properties: Mapping[str, object], line: tuple[tuple[float, float], ...], number: int
) -> AddRoute:
    for key, instead in _AMBIGUOUS.items():
        if key in properties and not any(fields.has(name) for name in instead.split(" or ")):
            fields.fault("unit-missing", f"{key!r} has no unit, write {instead}")
    if fields.has("spacing_m") and fields.has("spacing_ft"):
        fields.fault("spacing-twice", "it gives both spacing_m and spacing_ft, write one of them")
    spacing_m = fields.number("spacing_m", AddRoute.spacing_m)
    if fields.has("spacing_ft"):
        spacing_m = FOOT_M * fields.number("spacing_ft", 0.0)
    headway_min = fields.number("headway_min", AddRoute.headway_s / 60)
    return AddRoute(
        route_id=fields.text("route_id", f"new-{number}"),
        name=fields.text("name", f"Route {number}"),
        line_lonlat=line,
        headway_s=round(60 * min(max(headway_min, -1e9), 1e9)),
        span_start_s=fields.clock("span_start", AddRoute.span_start_s),
        span_end_s=fields.clock("span_end", AddRoute.span_end_s),
        days=fields.texts("days", AddRoute.days),
        both_directions=fields.flag("both_directions", AddRoute.both_directions),
        spacing_m=spacing_m,
        snap_m=fields.number("snap_m", AddRoute.snap_m),
        speed_factor=fields.number("speed_factor", AddRoute.speed_factor),
        seed=fields.whole("seed", AddRoute.seed + number - 1),  # routes of one package must not keep step
        stops=fields.stops("stops"),
        stops_back=fields.stops("stops_back"),
    )


def _write_feature(edit: AddRoute) -> dict[str, Json]:
    properties: dict[str, Json] = {
        "name": edit.name,
        "route_id": edit.route_id,
        "headway_min": _tidy(edit.headway_s / 60),
        "span_start": clock_text(edit.span_start_s),
        "span_end": clock_text(edit.span_end_s),
        "days": list(edit.days),
        "both_directions": edit.both_directions,
        "spacing_m": float(edit.spacing_m),
        "snap_m": float(edit.snap_m),
        "speed_factor": float(edit.speed_factor),
        "seed": edit.seed,
    }
    for key, stops in (("stops", edit.stops), ("stops_back", edit.stops_back)):
        if stops:
            properties[key] = cast("Json", stops_to_json(stops))
    out, back = ([[lon, lat] for lon, lat in line] for line in (edit.line_lonlat, edit.line_back_lonlat))
    geometry: dict[str, Json] = {"type": "LineString", "coordinates": cast("Json", out)}
    if back:
        geometry = {"type": "MultiLineString", "coordinates": cast("Json", [out, back])}
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def _check_ids(edits: list[AddRoute]) -> list[Problem]:
    ids = [edit.route_id for edit in edits]
    twice = sorted({route_id for route_id in ids if ids.count(route_id) > 1})
    return [_error("route-twice", f"route_id {route_id[:40]!r} is used more than once", "file") for route_id in twice]


def _tidy(value: float) -> int | float:
    """Return a whole number without its `.0`."""
    return int(value) if value == int(value) else value


def _error(code: str, message: str, where: str) -> Problem:
    return Problem(Level.ERROR, code, message, where)
