"""City + scenario + parameters -> Scorecard. The middle of the road, on one page: read it first.

apply the edits  ->  re-score travel times  ->  count what changes  ->  one card; for ten timetables, their mean
"""

from __future__ import annotations

import dataclasses
import logging
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from weakref import WeakKeyDictionary

import numpy as np

from workbench.city.city import City
from workbench.network import (
    Baseline,
    SearchParams,
    Window,
    baseline_without,
    clean_cache,
    default_cache_dir,
    get_window,
    mark_used,
    prepare_baseline,
    rescore,
)
from workbench.scenario import (
    SPEED_WORDS,
    AppliedRoute,
    AppliedScenario,
    Scenario,
    apply_scenario,
    hop_speeds,
    metres_to_lonlat,
)
from workbench.scoring import (
    Assumption,
    Before,
    ChangedService,
    Comparison,
    RouteChange,
    RouteOperation,
    RouteShape,
    Scorecard,
    ScoringParams,
    ZoneResults,
    access_measures,
    add_differences,
    area_rows,
    changed_service,
    compare_scorecards,
    coverage_measures,
    find_changes,
    group_rows,
    headline,
    loser_measures,
    losing_time,
    lost_service_measures,
    lost_time_measures,
    measure_before,
    merge_phases,
    require_phases,
    score_access,
    score_coverage,
    score_travel_time,
    service_measures,
    stop_departures,
    stops_after,
    travel_time_measures,
)
from workbench.scoring.params import ACCESS_MIN

__all__ = [
    "changed_services",
    "compare",
    "evaluate",
    "operation_of",
    "prepare",
    "route_changes",
    "served_places",
    "shape_of",
]

logger = logging.getLogger(__name__)

Report = Callable[[float, str], None]

_before: WeakKeyDictionary[Baseline, dict[float, Before]] = WeakKeyDictionary()


def evaluate(
    city: City,
    scenario: Scenario,
    *,
    window: str = "weekday-am",
    search: SearchParams | None = None,
    scoring: ScoringParams | None = None,
    phases: int = 1,
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
    phases
        How many possible timetables of the headways to look at: 1 for the live card, 10 for a published one, whose
        values are means with their spread.
    baseline
        What `prepare` returned for the same city; `window` and `search` are then its own.
    cache_dir
        Where base travel times are kept between runs; the user's cache folder by default.
    report
        Told how far the work is: share done and a sentence. What it raises stops the work. The first edit of an existing
        route takes about as long as the base: travel times without it are computed and kept.

    Raises
    ------
    InputError
        If `phases` is not 1 to 100.
    ScenarioError
        With every problem of the edits.
    """
    scoring = scoring or ScoringParams()
    require_phases(phases)
    started = time.perf_counter()
    if baseline is None:
        get_window(window)
        baseline = prepare(city, window, search, scoring=scoring, cache_dir=cache_dir, report=report)
    before = _measure_before(baseline, scoring)
    applied = apply_scenario(scenario, city, service=baseline.window.service)
    without = baseline_without(baseline, applied.change.removed_route_ids, report=report)
    prepared = time.perf_counter()
    cards = []
    for phase in range(phases):
        if report is not None and phases > 1:
            report(phase / phases, f"{scenario.name}: timetable {phase + 1} of {phases}")
        if phase > 0:
            applied = apply_scenario(scenario, city, service=baseline.window.service, phase=phase)
        after_s = rescore(without, applied.addition).median_s if applied.addition.patterns else without.median_s
        cards.append(_build_card(scenario, applied, baseline, before, after_s, scoring, phases))
    card = merge_phases(cards)
    timing_s = {"prepare": prepared - started, "score": time.perf_counter() - prepared}
    return dataclasses.replace(card, timing_s=timing_s)


def compare(
    city: City,
    scenarios: Sequence[Scenario],
    *,
    window: str = "weekday-am",
    search: SearchParams | None = None,
    scoring: ScoringParams | None = None,
    phases: int = 1,
    baseline: Baseline | None = None,
    cache_dir: Path | None = None,
    report: Report | None = None,
) -> Comparison:
    """
    Score two to eight scenarios alike and set them side by side; arguments as in `evaluate`.

    Phase k of every scenario has the same luck, so that with ten phases a difference is told from luck.
    """
    baseline = baseline or prepare(city, window, search, scoring=scoring, cache_dir=cache_dir, report=report)
    return compare_scorecards(
        [evaluate(city, one, scoring=scoring, phases=phases, baseline=baseline, report=report) for one in scenarios]
    )


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
    _tidy_cache(baseline, cache_dir or default_cache_dir())
    _measure_before(baseline, scoring or ScoringParams())
    return baseline


def _tidy_cache(baseline: Baseline, cache_dir: Path) -> None:
    """Note that this base is in use, and remove what nobody has used for long; a cache that cannot be tidied still works."""
    try:
        mark_used(baseline.path, baseline.city, baseline.window, baseline.params)
        clean_cache(cache_dir, current_versions=(baseline.city.version,))
    except OSError as error:
        logger.warning("the cache in %s could not be tidied: %s", cache_dir, error)


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
    phases: int,
) -> Scorecard:
    """Count what changes and put it on one card."""
    city, window, search = baseline.city, baseline.window, baseline.params
    residents = city.zones["residents"].to_numpy(dtype=np.float64)
    changes = find_changes(baseline.median_s, after_s, max_travel_s=search.max_travel_s)
    access = score_access(before, changes, residents)
    travel_time = score_travel_time(before, changes, residents, scoring)
    changed = route_changes(applied)
    coverage = score_coverage(city, window, served_places(applied, window.service), applied.addition, scoring)
    service = service_measures([operation_of(route) for route in applied.routes], window, scoring)
    measures = {
        "service": add_differences(service, changed, applied.places, scoring, has_new_routes=bool(applied.routes)),
        "coverage": coverage_measures(coverage, city.blocks["residents"].to_numpy(dtype=np.float64)),
        "travel_time": travel_time_measures(travel_time, residents, scoring),
        "access": access_measures(access, residents, scoring),
        "losers": loser_measures(access, changes, residents)
        | lost_time_measures(travel_time, residents, scoring)
        | lost_service_measures(city, window, changed, applied.change, applied.places, scoring),
    }
    services = changed_services(applied, city, window)
    told = {part: measures[part] for part in ("service", "coverage", "access", "losers")}
    return Scorecard(
        name=scenario.name,
        scenario_id=scenario.scenario_id,
        city_id=city.city_id,
        city_version=city.version,
        window_id=window.window_id,
        headline=headline(**told, n_routes=len(applied.routes), changed=services),
        service=measures["service"],
        coverage=measures["coverage"],
        travel_time=measures["travel_time"],
        access=measures["access"],
        losers=measures["losers"],
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
            *_route_assumptions(applied, phases),
            *_city_assumptions(city),
            *_search_assumptions(search),
            *scoring.assumptions(),
        ),
        problems=applied.problems,
        timing_s={},
        parameters=dataclasses.asdict(search) | dataclasses.asdict(scoring),
        changed=services,
    )


def route_changes(applied: AppliedScenario) -> tuple[RouteChange, ...]:
    """Hand changed routes to scoring, which knows nothing of scenarios."""
    return tuple(RouteChange(route.route_id, route.name, route.before, route.after) for route in applied.changed)


def served_places(applied: AppliedScenario, service: str) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """Return the places of all stops of new routes, and of changed routes as they run on a day: (n, 2) metres."""
    new = [route.stops.xy for route in applied.routes]
    return np.concatenate([np.zeros((0, 2)), *new, stops_after(route_changes(applied), service, applied.places)])


def changed_services(applied: AppliedScenario, city: City, window: Window) -> tuple[ChangedService, ...]:
    """Return what to say and draw of every existing route that changes."""
    return tuple(_changed_of(change, applied, city, window) for change in route_changes(applied))


def _changed_of(change: RouteChange, applied: AppliedScenario, city: City, window: Window) -> ChangedService:
    """Return what to say and draw of a changed route: the stops of its commonest trips, of today where none is left."""
    patterns = change.after.get(window.service) or change.before.get(window.service) or ()
    stops: list[tuple[float, float, str]] = []
    if patterns:
        stop_ix = max(patterns, key=lambda pattern: pattern.arrival_s.size).stop_ix
        lonlat = metres_to_lonlat(applied.places[stop_ix], city.crs)
        names = [city.stops["stop_name"].iloc[stop] if stop < city.n_stops else "New stop" for stop in stop_ix]
        stops = [(float(lon), float(lat), str(name)) for (lon, lat), name in zip(lonlat, names, strict=True)]
    return changed_service(change, window.service, window, stops)


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


def _route_assumptions(applied: AppliedScenario, phases: int) -> tuple[Assumption, ...]:
    """Return what was chosen or found for each route."""
    first = "at a seeded minute" if phases == 1 else f"at {phases} seeded minutes, the mean is shown"
    lines: list[Assumption] = []
    for route in applied.routes:
        edit, of = route.edit, f" of {route.edit.name}"
        lines += [
            Assumption(f"path{of}", "as drawn", "", "not matched to streets or one-way rules"),
            Assumption(f"headway{of}", edit.headway_s / 60, "min", "as drawn"),
            Assumption(f"first departure{of}", first, "", f"seed {edit.seed}, not a timetable"),
            Assumption(f"stop spacing{of}", round(edit.spacing_m), "m", "1,000 ft unless chosen otherwise"),
            Assumption(f"speed over today's buses{of}", edit.speed_factor, "times", "as drawn"),
        ]
        lines += [
            Assumption(f"length with speed from {SPEED_WORDS[source]}{of}", round(share, 3), "share", "timetable")
            for source, share in route.speed_share.items()
        ]
    for number, (words, granted) in enumerate(applied.change_words, 1):
        lines.append(Assumption(f"change {number}", words, "", granted))
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
