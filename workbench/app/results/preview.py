"""What can be said of a drawn line at once, without travel times: stops, length, who lives nearby, buses and cost."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from workbench.city.city import City
from workbench.facts import changed_services, operation_of, route_changes, served_places, shape_of
from workbench.network import Window
from workbench.publish.figures import format_measure
from workbench.scenario import Scenario, apply_scenario
from workbench.scoring import (
    Measure,
    RouteShape,
    ScoringParams,
    add_differences,
    changed_sentence,
    coverage_measures,
    score_coverage,
    service_measures,
)

__all__ = ["Preview", "build_preview"]


@dataclass(frozen=True, slots=True)
class Preview:
    """The part of an evidence card that needs no travel times."""

    card: Mapping[str, object]
    """Like `Scorecard.to_json()`, without travel time, access, losers and groups."""
    shapes: tuple[RouteShape, ...]
    """What to draw, as on the scorecard."""
    service: Mapping[str, Measure]
    """Buses, hours, cost: the budget line."""


def build_preview(city: City, scenario: Scenario, *, window: Window, scoring: ScoringParams) -> Preview:
    """Return the preview of a scenario; raises `ScenarioError` with every problem of its edits."""
    applied = apply_scenario(scenario, city, service=window.service)
    changes = route_changes(applied)
    covered = score_coverage(city, window, served_places(applied, window.service), applied.addition, scoring)
    coverage = coverage_measures(covered, city.blocks["residents"].to_numpy(dtype=np.float64))
    service = service_measures([operation_of(route) for route in applied.routes], window, scoring)
    service = add_differences(service, changes, applied.places, scoring, has_new_routes=bool(applied.routes))
    near = format_measure(_plain(coverage["residents_near_route"]))
    changed = changed_services(applied, city, window)
    card = {
        "name": scenario.name,
        "scenario_id": scenario.scenario_id,
        "city_id": city.city_id,
        "city_version": city.data_version,
        "window_id": window.window_id,
        "headline": (
            *map(changed_sentence, changed),
            f"{near} people live within a quarter-mile walk of a stop.",
        ),
        "headline_kinds": (*("changed" for _ in changed), "near"),
        "service": {key: _plain(measure) for key, measure in service.items()},
        "coverage": {key: _plain(measure) for key, measure in coverage.items()},
        "problems": [dataclasses.asdict(problem) for problem in applied.problems],
        "changed": [dataclasses.asdict(one) for one in changed],
    }
    new = [shape_of(route, city) for route in applied.routes]
    backs = (route.back for route in new if route.back is not None)
    shapes = (*new, *backs, *(one.shape for one in changed if len(one.stops) >= 2))
    return Preview(card, shapes, service)


def _plain(measure: Measure) -> dict[str, object]:
    return dataclasses.asdict(measure)
