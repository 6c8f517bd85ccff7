"""What each part of a scenario is worth: everything is scored again without it, exactly, and set against the whole."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from workbench.city.city import City
from workbench.errors import ScenarioError
from workbench.evaluate import evaluate, measure_today
from workbench.facts import served_places
from workbench.network import AddedPattern, Baseline, ServiceAddition, baseline_without, rescore
from workbench.scenario import AddRoute, AppliedRoute, AppliedScenario, PlacedStops, Scenario, apply_scenario
from workbench.scoring import (
    INDICATORS,
    Measure,
    PartValue,
    Scorecard,
    ScoringParams,
    access_measures,
    coverage_measures,
    find_changes,
    find_difference,
    get_measure,
    merge_measures,
    score_access,
    score_coverage,
    score_travel_time,
    travel_time_measures,
)

__all__ = ["CRITERIA", "N_SEGMENTS", "score_parts"]

Report = Callable[[float, str], None]
Measures = Mapping[str, Measure]

CRITERIA = ("person_minutes_per_day", "residents_gaining_access", "residents_near_route", "cost_per_year")
"""What a part is measured by."""
N_SEGMENTS = 6
"""Into how many stretches of about the same length a route is cut; fewer where it has fewer hops."""


def score_parts(
    city: City,
    scenario: Scenario,
    card: Scorecard,
    *,
    baseline: Baseline,
    scoring: ScoringParams | None = None,
    n_segments: int = N_SEGMENTS,
    report: Report | None = None,
) -> Scorecard:
    """
    Return the card with the value of each part: of each route, if there are several, and of each stretch of every new route.

    The value of a part is what would be missing without it: the whole less the whole without it, timetable by timetable if
    the card has several. A route is left out with all edits that belong to it. A stretch is left out by running the route in two
    halves, with the same buses at the same minutes, that nobody can ride through; at an end, by turning back earlier.
    Values of parts do not add up: two routes may need each other, or serve the same people.

    Parameters
    ----------
    city, scenario
        What the card was made of.
    card
        Of the whole, as `evaluate` returned it.
    baseline
        What `prepare` returned for the city and the card's window.
    scoring
        The parameters of the card.
    n_segments
        Stretches of a route, 1 for none.
    report
        Told how far the work is. Leaving out a change of today's routes may need travel times that take as long as the base.
    """
    scoring = scoring or ScoringParams()
    routes = _routes_of(scenario)
    new = [edit for edit in scenario.edits if isinstance(edit, AddRoute)]
    steps = (len(routes) if len(routes) > 1 else 0) + len(new)
    found: list[PartValue] = []
    done = 0
    for kind, name, rest in routes if len(routes) > 1 else ():
        _tell(report, done / steps, f"{scenario.name} without {name}")
        found.append(_without_route(city, rest, card, kind, name, baseline, scoring))
        done += 1
    for edit in new if n_segments > 1 else ():

        def tell(share: float, done: int = done, name: str = edit.name) -> None:
            _tell(report, (done + share) / steps, f"{scenario.name}: stretches of {name}")

        found += _stretches(city, scenario, edit, card, baseline, scoring, n_segments, tell)
        done += 1
    return dataclasses.replace(card, parts=tuple(found))


def _tell(report: Report | None, share: float, text: str) -> None:
    if report is not None:
        report(share, text)


def _routes_of(scenario: Scenario) -> list[tuple[str, str, Scenario]]:
    """Return each route that the scenario adds or changes: kind, name, and the scenario without it."""
    keys = [str(getattr(edit, "route_id", "") or getattr(edit, "stop_id", "")) for edit in scenario.edits]
    found = []
    for key in dict.fromkeys(keys):
        mine = [edit for edit, own in zip(scenario.edits, keys, strict=True) if own == key]
        rest = tuple(edit for edit, own in zip(scenario.edits, keys, strict=True) if own != key)
        added = next((edit for edit in mine if isinstance(edit, AddRoute)), None)
        kind, name = ("route", added.name) if added else ("change", f"the change of {key}")
        found.append((kind, name, Scenario(scenario.name, rest)))
    return found


def _without_route(
    city: City,
    rest: Scenario,
    card: Scorecard,
    kind: str,
    name: str,
    baseline: Baseline,
    scoring: ScoringParams,
) -> PartValue:
    """Return the value of a route; other edits may need it, and then its value cannot be told."""
    try:
        other = evaluate(city, rest, scoring=scoring, phases=card.n_phases, baseline=baseline)
    except ScenarioError as error:
        return PartValue(kind, name, 0.0, {}, f"the rest cannot run without it: {' '.join(str(error).splitlines())}")
    whole = {key: get_measure(card, key) for key in CRITERIA}
    return _part(kind, name, whole, {key: get_measure(other, key) for key in CRITERIA})


def _part(kind: str, name: str, whole: Measures, rest: Measures) -> PartValue:
    """Return what would be missing without the part."""
    values = {key: _missing(key, whole[key], rest[key]) for key in rest}
    minutes = float(whole["person_minutes_per_day"].value or 0)
    share = float(values["person_minutes_per_day"].value or 0) / minutes if minutes else 0.0
    return PartValue(kind, name, round(share, 4), values)


def _missing(key: str, whole: Measure, rest: Measure) -> Measure:
    """Return the whole less the rest, timetable by timetable."""
    apart = find_difference(key, whole, rest)
    noisy = apart.spread is not None and apart.value is not None and 0 < apart.spread >= abs(apart.value)
    note = "everything scored again without this part"
    return Measure(
        apart.value, INDICATORS[key].unit, whole.source, uncertainty=note, within_noise=noisy, spread=apart.spread
    )


def _stretches(
    city: City,
    scenario: Scenario,
    edit: AddRoute,
    card: Scorecard,
    baseline: Baseline,
    scoring: ScoringParams,
    n_segments: int,
    tell: Callable[[float], None],
) -> list[PartValue]:
    """Return the value of each stretch of a new route, from end to end; `tell` hears which share of them is done."""
    by_stretch: dict[tuple[int, int], list[dict[str, Measure]]] = {}
    names: dict[tuple[int, int], str] = {}
    for phase in range(card.n_phases):
        applied = apply_scenario(scenario, city, service=baseline.window.service, phase=phase)
        route = next(one for one in applied.routes if one.edit.route_id == edit.route_id)
        for number, ends in enumerate(ways := cut_ways(route, n_segments)):
            tell((phase + number / len(ways)) / card.n_phases)
            first, last = ends[0]
            names[first, last] = f"{edit.name}: {route.stops.name[first]} to {route.stops.name[last]}"
            measures = _score_without(city, applied, route, ends, baseline, scoring)
            by_stretch.setdefault((first, last), []).append(measures)
    keys = [key for key in CRITERIA if key != "cost_per_year"]
    whole = {key: get_measure(card, key) for key in keys}
    merged = {
        ends: {key: merge_measures([one[key] for one in cards]) if len(cards) > 1 else cards[0][key] for key in keys}
        for ends, cards in by_stretch.items()
    }
    return [_part("segment", names[ends], whole, rest) for ends, rest in merged.items()]


def cut_evenly(along_m: np.ndarray[tuple[int, ...], np.dtype[np.float64]], n_parts: int) -> list[tuple[int, int]]:
    """Return stretches (first stop, last stop) of about the same length, each at least one hop; none for a single one."""
    n_parts = min(n_parts, len(along_m) - 1)
    if n_parts < 2:
        return []
    wanted = along_m[0] + (along_m[-1] - along_m[0]) * np.arange(1, n_parts) / n_parts
    cuts = [0]
    for number, place in enumerate(wanted, 1):
        nearest = int(np.argmin(np.abs(along_m - place)))
        cuts.append(min(max(nearest, cuts[-1] + 1), len(along_m) - 1 - (n_parts - number)))
    return list(zip(cuts, [*cuts[1:], len(along_m) - 1], strict=True))


def cut_ways(route: AppliedRoute, n_parts: int) -> list[tuple[tuple[int, int], ...]]:
    """
    Return the stretches of a route: for each the (first, last) stop in every direction, in the order of its buses.

    The same line back is cut at the same stops. A way back of its own is cut into as many parts of about the same length:
    its last part goes with the first one of the way out, since it serves the same end of the route.
    """
    out, *backs = route.ways
    n_parts = min(n_parts, *(len(way.name) - 1 for way in route.ways))
    stretches = cut_evenly(out.along_m, n_parts)
    if not backs:
        return [(ends,) for ends in stretches]
    last = len(out.name) - 1
    mirrored = [(last - b, last - a) for a, b in stretches]
    if route.back_stops is not None:
        mirrored = cut_evenly(route.back_stops.along_m, n_parts)[::-1]
    return list(zip(stretches, mirrored, strict=True))


def without_stretch(addition: ServiceAddition, route_id: str, ends: Sequence[tuple[int, int]]) -> ServiceAddition:
    """
    Return the service with a route cut: nobody rides from one side of the stretch to the other.

    Parameters
    ----------
    addition
        All added service.
    route_id
        The route.
    ends
        By direction, first and last stop of the stretch (`cut_ways`); both are still served from their side.
    """
    patterns: list[AddedPattern] = []
    for pattern in addition.patterns:
        if pattern.route_id != route_id:
            patterns.append(pattern)
            continue
        first, last = ends[pattern.direction]
        sides = (slice(0, first + 1), slice(last, len(pattern.stop_ix)))
        patterns += [_piece(pattern, side) for side in sides if len(pattern.stop_ix[side]) >= 2]
    return ServiceAddition(addition.new_stop_xy, tuple(patterns))


def _piece(pattern: AddedPattern, stops: slice) -> AddedPattern:
    return AddedPattern(
        pattern.route_id,
        pattern.direction,
        pattern.stop_ix[stops].copy(),
        pattern.arrival_s[:, stops].copy(),
        pattern.departure_s[:, stops].copy(),
        pattern.may_board[stops].copy(),
        pattern.may_alight[stops].copy(),
    )


def _score_without(
    city: City,
    applied: AppliedScenario,
    route: AppliedRoute,
    ends: Sequence[tuple[int, int]],
    baseline: Baseline,
    scoring: ScoringParams,
) -> dict[str, Measure]:
    """Score the scenario with one stretch left out: the criteria that travel times and stops decide."""
    addition = without_stretch(applied.addition, route.edit.route_id, ends)
    without = baseline_without(baseline, applied.change.removed_route_ids)
    after_s = rescore(without, addition).median_s if addition.patterns else without.median_s
    residents = city.zones["residents"].to_numpy(dtype=np.float64)
    before = measure_today(baseline, scoring)
    changes = find_changes(baseline.median_s, after_s, max_travel_s=baseline.params.max_travel_s)
    access = access_measures(score_access(before, changes, residents), residents, scoring)
    times = travel_time_measures(score_travel_time(before, changes, residents, scoring), residents, scoring)
    left = dataclasses.replace(applied, routes=_left_routes(applied.routes, route, ends))
    places = served_places(left, baseline.window.service)
    covered = score_coverage(city, baseline.window, places, addition, scoring)
    near = coverage_measures(covered, city.blocks["residents"].to_numpy(dtype=np.float64))
    return {
        "person_minutes_per_day": times["person_minutes_per_day"],
        "residents_gaining_access": access["residents_gaining_access"],
        "residents_near_route": near["residents_near_route"],
    }


def _left_routes(
    routes: Sequence[AppliedRoute], route: AppliedRoute, ends: Sequence[tuple[int, int]]
) -> tuple[AppliedRoute, ...]:
    """Return the routes, one of them with the stops that are left of it: a side of a single stop is not served."""
    stops = _left_stops(route.stops, ends[0])
    back = None if route.back_stops is None else _left_stops(route.back_stops, ends[1])
    return tuple(dataclasses.replace(one, stops=stops, back_stops=back) if one is route else one for one in routes)


def _left_stops(stops: PlacedStops, ends: tuple[int, int]) -> PlacedStops:
    first, last = ends
    n_stops = len(stops.name)
    kept = np.zeros(n_stops, dtype=np.bool_)
    kept[: first + 1] = first >= 1
    kept[last:] |= n_stops - last >= 2
    return PlacedStops(
        along_m=stops.along_m[kept],
        xy=stops.xy[kept],
        stop_ix=stops.stop_ix[kept],
        name=tuple(name for name, stays in zip(stops.name, kept, strict=True) if stays),
    )
