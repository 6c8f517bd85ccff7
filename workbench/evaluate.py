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

from workbench.city import City, count_by_zone, kind_label
from workbench.facts import (
    assumptions_of,
    changed_services,
    losing_pairs,
    operation_of,
    route_changes,
    served_places,
    shape_of,
)
from workbench.network import (
    Baseline,
    SearchParams,
    baseline_without,
    clean_cache,
    default_cache_dir,
    get_window,
    mark_used,
    prepare_baseline,
    rescore,
)
from workbench.scenario import (
    AppliedScenario,
    Scenario,
    apply_scenario,
    hop_speeds,
)
from workbench.scoring import (
    Access,
    Before,
    Comparison,
    Coverage,
    Demand,
    PlacesBefore,
    Scorecard,
    ScoringParams,
    ScreeningRow,
    ZoneResults,
    access_measures,
    add_differences,
    area_rows,
    compare_scorecards,
    coverage_measures,
    demand_measures,
    find_changes,
    group_rows,
    headline,
    judge,
    loser_measures,
    losing_time,
    lost_service_measures,
    lost_time_measures,
    measure_before,
    measure_places,
    merge_phases,
    reach_rows,
    require_phases,
    score_access,
    score_coverage,
    score_travel_time,
    screening_rows,
    service_measures,
    stop_departures,
    suppress_area,
    suppress_group,
    tables_of,
    travel_time_measures,
)
from workbench.scoring.params import ACCESS_MIN

__all__ = ["compare", "evaluate", "measure_today", "prepare"]

logger = logging.getLogger(__name__)

Report = Callable[[float, str], None]

FloatArray = np.ndarray[tuple[int, ...], np.dtype[np.float64]]

_before: WeakKeyDictionary[Baseline, dict[float, Before]] = WeakKeyDictionary()
_places: WeakKeyDictionary[Baseline, PlacesBefore] = WeakKeyDictionary()


def evaluate(
    city: City,
    scenario: Scenario,
    *,
    window: str = "weekday-am",
    search: SearchParams | None = None,
    scoring: ScoringParams | None = None,
    phases: int = 1,
    first_phase: int = 0,
    demand: Demand | None = None,
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
    first_phase
        The number of the first of them.
    demand
        Trips of an origin-destination table, counted beside the likely trips that every card weighs by.
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
    before = measure_today(baseline, scoring)
    applied = apply_scenario(scenario, city, service=baseline.window.service, phase=first_phase)
    without = baseline_without(baseline, applied.change.removed_route_ids, report=report)
    prepared = time.perf_counter()
    cards = []
    for phase in range(phases):
        if report is not None and phases > 1:
            report(phase / phases, f"{scenario.name}: timetable {phase + 1} of {phases}")
        if phase > 0:
            applied = apply_scenario(scenario, city, service=baseline.window.service, phase=first_phase + phase)
        after_s = rescore(without, applied.addition).median_s if applied.addition.patterns else without.median_s
        cards.append(_build_card(scenario, applied, baseline, before, after_s, scoring, phases, demand))
    card = _suppress(merge_phases(cards), scoring)
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
    measure_today(baseline, scoring or ScoringParams())
    _places_of(baseline)
    return baseline


def _tidy_cache(baseline: Baseline, cache_dir: Path) -> None:
    """Note that this base is in use, and remove what nobody has used for long; a cache that cannot be tidied still works."""
    try:
        mark_used(baseline.path, baseline.city, baseline.window, baseline.params)
        clean_cache(cache_dir, current_versions=(baseline.city.version,))
    except OSError as error:
        logger.warning("the cache in %s could not be tidied: %s", cache_dir, error)


def measure_today(baseline: Baseline, scoring: ScoringParams) -> Before:
    """Return what today's travel times say, and warm what the city keeps for scoring; once for a baseline."""
    known = _before.setdefault(baseline, {})
    if scoring.decay_half_min not in known:
        residents = tables_of(baseline.city).residents
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


def _places_of(baseline: Baseline) -> PlacesBefore:
    """Return what today's travel times say of jobs and places; once for a baseline."""
    if baseline not in _places:
        counts = {kind: count for kind, count in count_by_zone(baseline.city).items() if kind != "residents"}
        _places[baseline] = measure_places(baseline.median_s, counts, baseline.params.max_travel_s)
    return _places[baseline]


def _screen(city: City, coverage: Coverage, access: Access, residents: FloatArray) -> tuple[ScreeningRow, ...]:
    """Return the screening table; who lives near a stop is summed from blocks to zones."""
    tables = tables_of(city)
    zone_ix, people = tables.block_zone_ix[coverage.near], tables.block_residents[coverage.near]
    near = np.bincount(zone_ix, weights=people, minlength=len(residents)).astype(np.float64)
    change = access.headline_change()
    gained, lost = (residents * np.maximum(part, 0.0) for part in (change, -change))
    return screening_rows(city, tables.neighborhood, near, gained, lost)


def _build_card(
    scenario: Scenario,
    applied: AppliedScenario,
    baseline: Baseline,
    before: Before,
    after_s: np.ndarray[tuple[int, ...], np.dtype[np.uint16]],
    scoring: ScoringParams,
    phases: int,
    demand: Demand | None,
) -> Scorecard:
    """Count what changes and put it on one card."""
    city, window, search = baseline.city, baseline.window, baseline.params
    places, tables = _places_of(baseline), tables_of(city)
    residents = tables.residents
    changes = find_changes(baseline.median_s, after_s, max_travel_s=search.max_travel_s)
    access = score_access(before, changes, residents)
    travel_time = score_travel_time(before, changes, residents, scoring)
    worse = losing_time(changes)
    changed = route_changes(applied)
    coverage = score_coverage(city, window, served_places(applied, window.service), applied.addition, scoring)
    service = service_measures([operation_of(route) for route in applied.routes], window, scoring)
    measures = {
        "service": add_differences(service, changed, applied.places, scoring, has_new_routes=bool(applied.routes)),
        "coverage": coverage_measures(coverage, tables.block_residents),
        "travel_time": travel_time_measures(travel_time, residents, scoring),
        "access": access_measures(access, residents, scoring),
        "losers": loser_measures(access, changes, residents)
        | lost_time_measures(travel_time, residents, scoring)
        | lost_service_measures(city, window, changed, applied.change, applied.places, scoring),
    }
    services = changed_services(applied, city, window)
    areas = area_rows(city, coverage, access, travel_time, changes, scoring)
    said = headline(
        measures, n_routes=len(applied.routes), areas=areas, changed=services, parameters=dataclasses.asdict(scoring)
    )
    return Scorecard(
        name=scenario.name,
        scenario_id=scenario.scenario_id,
        city_id=city.city_id,
        city_version=city.data_version,
        window_id=window.window_id,
        headline=said.sentences,
        headline_kinds=said.kinds,
        service=measures["service"],
        coverage=measures["coverage"],
        travel_time=measures["travel_time"],
        access=measures["access"],
        losers=measures["losers"],
        groups=group_rows(city, coverage, access, travel_time, worse, scoring),
        areas=areas,
        routes=tuple(shape_of(route, city) for route in applied.routes),
        zones=ZoneResults(
            access_before=access.headline_before(),
            access_after=access.headline_before() + access.headline_change(),
            minutes_saved=travel_time.minutes_saved,
            worse=worse,
            blocks_near=coverage.near,
        ),
        assumptions=(*assumptions_of(applied, city, search, phases), *scoring.assumptions()),
        problems=applied.problems,
        timing_s={},
        parameters=dataclasses.asdict(search) | dataclasses.asdict(scoring),
        changed=services,
        reach=reach_rows(
            places,
            changes,
            after_s,
            residents,
            {kind: kind_label(kind) for kind in places.counts},
            search.max_travel_s,
        ),
        demand=demand_measures(demand, changes) if demand else {},
        screening=_screen(city, coverage, access, residents),
        worst=losing_pairs(city, before, changes, residents),
    )


def _suppress(card: Scorecard, scoring: ScoringParams) -> Scorecard:
    """Return the card without figures of groups and areas that say too little; last, so that means are of all timetables."""
    return dataclasses.replace(
        card,
        groups=tuple(suppress_group(row, scoring) for row in card.groups),
        screening=tuple(judge(row, scoring) for row in card.screening),
        areas=tuple(suppress_area(row, scoring) for row in card.areas),
    )
