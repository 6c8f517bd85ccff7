"""What a change does: coverage, travel time, access, who gains and who loses, cost, comparison."""

from workbench.scoring.access import access_measures, score_access
from workbench.scoring.changes import Before, Changes, find_changes, measure_before
from workbench.scoring.compare import Comparison, compare_scorecards, comparison_table, get_measure
from workbench.scoring.cost import RouteOperation, service_measures
from workbench.scoring.coverage import coverage_measures, score_coverage, stop_departures
from workbench.scoring.groups import area_rows, group_rows
from workbench.scoring.headline import headline
from workbench.scoring.indicators import INDICATORS, Indicator
from workbench.scoring.losers import loser_measures, losing_time
from workbench.scoring.params import ScoringParams
from workbench.scoring.scorecard import (
    AreaRow,
    Assumption,
    GroupRow,
    Measure,
    RouteShape,
    Scorecard,
    ZoneResults,
)
from workbench.scoring.travel_time import score_travel_time, travel_time_measures

__all__ = [
    "INDICATORS",
    "AreaRow",
    "Assumption",
    "Before",
    "Changes",
    "Comparison",
    "GroupRow",
    "Indicator",
    "Measure",
    "RouteOperation",
    "RouteShape",
    "Scorecard",
    "ScoringParams",
    "ZoneResults",
    "access_measures",
    "area_rows",
    "compare_scorecards",
    "comparison_table",
    "coverage_measures",
    "find_changes",
    "get_measure",
    "group_rows",
    "headline",
    "loser_measures",
    "losing_time",
    "measure_before",
    "score_access",
    "score_coverage",
    "score_travel_time",
    "service_measures",
    "stop_departures",
    "travel_time_measures",
]
