"""City + scenario + parameters -> Scorecard. The middle of the road, on one page: read it first.

apply the edits  ->  re-score travel times  ->  count what changes  ->  one card
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from weakref import WeakKeyDictionary

import numpy as np

from workbench.city.city import City
from workbench.network import Baseline, SearchParams, get_window, prepare_baseline, rescore
from workbench.scenario import SPEED_WORDS, AppliedRoute, AppliedScenario, Scenario, apply_scenario, hop_speeds
from workbench.scoring import (
    Assumption,
    Before,
    Comparison,
    RouteOperation,
    RouteShape,
    Scorecard,
    ScoringParams,
    ZoneResults,
    access_measures,
    area_rows,
    compare_scorecards,
    coverage_measures,
    find_changes,
    group_rows,
    headline,
    loser_measures,
    losing_time,
    measure_before,
    score_access,
    score_coverage,
    score_travel_time,
    service_measures,
    stop_departures,
    travel_time_measures,
)
from workbench.scoring.params import ACCESS_MIN

__all__ = ["compare", "evaluate", "operation_of", "prepare", "shape_of"]

Report = Callable[[float, str], None]

_before: WeakKeyDictionary[Baseline, dict[float, Before]] = WeakKeyDictionary()


def evaluate(
    city: City,
    scenario: Scenario,
    *,
    window: str = "weekday-am",
    search: SearchParams | None = None,
    scoring: ScoringParams | None = None,
    baseline: Baseline | None = None,
    cache_dir: Path | None = None,
    report: Report | None = None,
) -> Scorecard:
    """
    Score one scenario.

    Parameters
    ----------
    city
        The city, which is not changed.
    scenario
        Its edits.
    window
        When people leave; the id of one of `WINDOWS`.
    search
        What a journey may be; defaults: DESIGN section 4.
    scoring
        How a change is measured and priced.
    baseline
        What `prepare` returned for the same city; `window` and `search` are then its own.
    cache_dir
        Where base travel times are kept between runs; the user's cache folder by default.
    report
        Told how far the preparation is: share done and a sentence.

    Raises
    ------
    ScenarioError
        With every problem of the edits.
    """
    scoring = scoring or ScoringParams()
    started = time.perf_counter()
    if baseline is None:
        get_window(window)
        baseline = prepare(city, window, search, scoring=scoring, cache_dir=cache_dir, report=report)
    before = _measure_before(baseline, scoring)
    prepared = time.perf_counter()
    applied = apply_scenario(scenario, city, service=baseline.window.service)
    after_s = rescore(baseline, applied.addition).median_s if applied.addition.patterns else baseline.median_s
    card = _build_card(scenario, applied, baseline, before, after_s, scoring)
    timing_s = {"prepare": prepared - started, "score": time.perf_counter() - prepared}
    return dataclasses.replace(card, timing_s=timing_s)


def compare(
    city: City,
    scenarios: Sequence[Scenario],
    *,
    window: str = "weekday-am",
    search: SearchParams | None = None,
    scoring: ScoringParams | None = None,
    baseline: Baseline | None = None,
    cache_dir: Path | None = None,
) -> Comparison:
    """Score two to eight scenarios alike and set them side by side; arguments as in `evaluate`."""
    baseline = baseline or prepare(city, window, search, scoring=scoring, cache_dir=cache_dir)
    return compare_scorecards([evaluate(city, scenario, scoring=scoring, baseline=baseline) for scenario in scenarios])


def prepare(
    city: City,
    window: str = "weekday-am",
    search: SearchParams | None = None,
    *,
    scoring: ScoringParams | None = None,
    cache_dir: Path | None = None,
    report: Report | None = None,
) -> Baseline:
    """Return the baseline, with everything computed that does not depend on a scenario; arguments as in `evaluate`."""
    baseline = prepare_baseline(city, window, search, cache_dir=cache_dir, report=report)
    _measure_before(baseline, scoring or ScoringParams())
    return baseline


def _measure_before(baseline: Baseline, scoring: ScoringParams) -> Before:
    """Return what today's travel times say, and warm what the city keeps for scoring; once for a baseline."""
    known = _before.setdefault(baseline, {})
    if scoring.decay_half_min not in known:
        residents = baseline.city.zones["residents"].to_numpy(dtype=np.float64)
        hop_speeds(baseline.city, baseline.window.service)
        stop_departures(baseline.city, baseline.window)
        known[scoring.decay_half_min] = measure_before(
            baseline.median_s,
            residents,
            limits_min=ACCESS_MIN,
            decay_half_min=scoring.decay_half_min,
            max_travel_s=baseline.params.max_travel_s,
        )
    return known[scoring.decay_half_min]


def _build_card(
    scenario: Scenario,
    applied: AppliedScenario,
    baseline: Baseline,
    before: Before,
    after_s: np.ndarray[tuple[int, ...], np.dtype[np.uint16]],
    scoring: ScoringParams,
) -> Scorecard:
    """Count what changes and put it on one card."""
    city, window, search = baseline.city, baseline.window, baseline.params
    residents = city.zones["residents"].to_numpy(dtype=np.float64)
    changes = find_changes(baseline.median_s, after_s, max_travel_s=search.max_travel_s)
    access = score_access(before, changes, residents)
    travel_time = score_travel_time(before, changes, residents, scoring)
    stop_xy = np.concatenate([np.zeros((0, 2)), *(route.stops.xy for route in applied.routes)])
    coverage = score_coverage(city, window, stop_xy, applied.addition, scoring)
    measures = {
        "service": service_measures([operation_of(route) for route in applied.routes], window, scoring),
        "coverage": coverage_measures(coverage, city.blocks["residents"].to_numpy(dtype=np.float64)),
        "travel_time": travel_time_measures(travel_time, residents, scoring),
        "access": access_measures(access, residents, scoring),
        "losers": loser_measures(access, changes, residents),
    }
    told = {part: measures[part] for part in ("service", "coverage", "access", "losers")}
    return Scorecard(
        name=scenario.name,
        scenario_id=scenario.scenario_id,
        city_id=city.city_id,
        city_version=city.version,
        window_id=window.window_id,
        headline=headline(**told, n_routes=len(applied.routes)),
        **measures,
        groups=group_rows(city, coverage, access, scoring),
        areas=area_rows(city, access, scoring),
        routes=tuple(shape_of(route) for route in applied.routes),
        zones=ZoneResults(
            access_before=access.headline_before(),
            access_after=access.headline_before() + access.headline_change(),
            minutes_saved=travel_time.minutes_saved,
            worse=losing_time(changes),
        ),
        assumptions=(
            *_route_assumptions(applied),
            *_city_assumptions(city),
            *_search_assumptions(search),
            *scoring.assumptions(),
        ),
        problems=applied.problems,
        timing_s={},
        parameters=dataclasses.asdict(search) | dataclasses.asdict(scoring),
    )


def operation_of(route: AppliedRoute) -> RouteOperation:
    """Hand a route to scoring, which knows nothing of scenarios."""
    ends_m = float(np.hypot(*(route.stops.xy[-1] - route.stops.xy[0])))
    return RouteOperation(
        length_m=route.length_m,
        n_stops=len(route.stops.name),
        headway_s=route.edit.headway_s,
        days=route.edit.days,
        times_s=route.times_s,
        cost_times_s=route.cost_times_s,
        is_loop=ends_m <= route.edit.spacing_m,
    )


def shape_of(route: AppliedRoute) -> RouteShape:
    """Return what to draw of a route."""
    stops = zip(route.stop_lonlat.tolist(), route.stops.name, strict=True)
    return RouteShape(
        route_id=route.edit.route_id,
        line=route.edit.line_lonlat,
        stops=tuple((lon, lat, name) for (lon, lat), name in stops),
    )


def _route_assumptions(applied: AppliedScenario) -> tuple[Assumption, ...]:
    """Return what was chosen or found for each route."""
    lines = []
    for route in applied.routes:
        edit, of = route.edit, f" of {route.edit.name}"
        lines += [
            Assumption(f"path{of}", "as drawn", "", "not matched to streets or one-way rules"),
            Assumption(f"headway{of}", edit.headway_s / 60, "min", "as drawn"),
            Assumption(f"first departure{of}", "at a seeded minute", "", f"seed {edit.seed}, not a timetable"),
            Assumption(f"stop spacing{of}", round(edit.spacing_m), "m", "1,000 ft unless chosen otherwise"),
            Assumption(f"speed over today's buses{of}", edit.speed_factor, "times", "as drawn"),
        ]
        lines += [
            Assumption(f"length with speed from {SPEED_WORDS[source]}{of}", round(share, 3), "share", "timetable")
            for source, share in route.speed_share.items()
        ]
    return tuple(lines)


def _city_assumptions(city: City) -> tuple[Assumption, ...]:
    """Return what the city pack says of the layers that figures of people and walks rest on."""
    rests_on = [source for source in city.sources if source.layer in ("people", "groups", "walking") and source.note]
    return tuple(Assumption(source.layer, source.name, "", source.note) for source in rests_on)


def _search_assumptions(search: SearchParams) -> tuple[Assumption, ...]:
    """Return what a journey may be."""
    return (
        Assumption("walking speed", search.walk_mps, "m/s", "HCM 2010: 1.2 to 1.5 for adults"),
        Assumption("longest walk to the first stop and from the last", search.access_walk_m, "m", "about half a mile"),
        Assumption("longest walk between two rides", search.transfer_walk_m, "m", "about a quarter mile"),
        Assumption("longest trip wholly on foot", search.direct_walk_m, "m", "about a mile"),
        Assumption("time lost at every change", search.change_s, "s", "assumption"),
        Assumption("most rides in a trip", search.max_rides, "rides", "assumption"),
        Assumption("longest trip that counts", search.max_travel_s / 60, "min", "assumption"),
    )
