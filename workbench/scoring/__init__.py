"""What a change does: coverage, travel time, access, who gains and who loses, cost, comparison."""

from workbench.scoring.access import access_measures, score_access
from workbench.scoring.changed import RouteChange, add_differences, changed_service, lost_service_measures, stops_after
from workbench.scoring.changes import Before, Changes, find_changes, measure_before
from workbench.scoring.compare import (
    Comparison,
    Pair,
    compare_scorecards,
    comparison_table,
    find_differences,
    get_measure,
)
from workbench.scoring.cost import RouteOperation, service_measures
from workbench.scoring.coverage import coverage_measures, score_coverage, stop_departures
from workbench.scoring.groups import area_rows, group_rows
from workbench.scoring.headline import changed_sentence, headline
from workbench.scoring.indicators import INDICATORS, Indicator
from workbench.scoring.losers import loser_measures, losing_time
from workbench.scoring.noise import (
    PUBLISHED_PHASES,
    Difference,
    Standing,
    find_difference,
    merge_phases,
    require_phases,
)
from workbench.scoring.params import ScoringParams
from workbench.scoring.scorecard import (
    AreaRow,
    Assumption,
    ChangedService,
    GroupRow,
    Measure,
    RouteShape,
    Scorecard,
    ZoneResults,
)
from workbench.scoring.travel_time import lost_time_measures, score_travel_time, travel_time_measures

__all__ = [
    "INDICATORS",
    "PUBLISHED_PHASES",
    "AreaRow",
    "Assumption",
    "Before",
    "ChangedService",
    "Changes",
    "Comparison",
    "Difference",
    "GroupRow",
    "Indicator",
    "Measure",
    "Pair",
    "RouteChange",
    "RouteOperation",
    "RouteShape",
    "Scorecard",
    "ScoringParams",
    "Standing",
    "ZoneResults",
    "access_measures",
    "add_differences",
    "area_rows",
    "changed_sentence",
    "changed_service",
    "compare_scorecards",
    "comparison_table",
    "coverage_measures",
    "find_changes",
    "find_difference",
    "find_differences",
    "get_measure",
    "group_rows",
    "headline",
    "loser_measures",
    "losing_time",
    "lost_service_measures",
    "lost_time_measures",
    "measure_before",
    "merge_phases",
    "require_phases",
    "score_access",
    "score_coverage",
    "score_travel_time",
    "service_measures",
    "stop_departures",
    "stops_after",
    "travel_time_measures",
]
