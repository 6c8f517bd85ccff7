"""What can be said of a drawn line at once, without travel times: stops, length, who lives nearby, buses and cost."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from workbench.city.city import City
from workbench.evaluate import operation_of, shape_of
from workbench.network import Window
from workbench.publish.figures import format_measure
from workbench.scenario import Scenario, apply_scenario
from workbench.scoring import (
    Measure,
    RouteShape,
    ScoringParams,
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
    routes: tuple[RouteShape, ...]


def build_preview(city: City, scenario: Scenario, *, window: Window, scoring: ScoringParams) -> Preview:
    """Return the preview of a scenario; raises `ScenarioError` with every problem of its edits."""
    applied = apply_scenario(scenario, city, service=window.service)
    stop_xy = np.concatenate([np.zeros((0, 2)), *(route.stops.xy for route in applied.routes)])
    covered = score_coverage(city, window, stop_xy, applied.addition, scoring)
    coverage = coverage_measures(covered, city.blocks["residents"].to_numpy(dtype=np.float64))
    service = service_measures([operation_of(route) for route in applied.routes], window, scoring)
    near = format_measure(_plain(coverage["residents_near_route"]))
    card = {
        "name": scenario.name,
        "scenario_id": scenario.scenario_id,
        "city_id": city.city_id,
        "city_version": city.version,
        "window_id": window.window_id,
        "headline": (f"{near} people live within a quarter-mile walk of a stop.",),
        "service": {key: _plain(measure) for key, measure in service.items()},
        "coverage": {key: _plain(measure) for key, measure in coverage.items()},
        "problems": [dataclasses.asdict(problem) for problem in applied.problems],
    }
    return Preview(card, tuple(shape_of(route) for route in applied.routes))


def _plain(measure: Measure) -> dict[str, object]:
    return dataclasses.asdict(measure)
