"""What a change does: coverage, travel time, access, who gains and who loses, cost, comparison."""

from workbench.scoring.city_tables import CityTables, tables_of
from workbench.scoring.compare import (
    Comparison,
    Pair,
    compare_scorecards,
    comparison_table,
    find_differences,
    get_measure,
)
from workbench.scoring.headline import changed_sentence, headline
from workbench.scoring.indicators import INDICATORS, Indicator
from workbench.scoring.measures.access import Access, access_measures, score_access
from workbench.scoring.measures.areas import area_rows, suppress_area
from workbench.scoring.measures.changed import (
    RouteChange,
    add_differences,
    changed_service,
    lost_service_measures,
    stops_after,
)
from workbench.scoring.measures.changes import Before, Changes, find_changes, measure_before
from workbench.scoring.measures.cost import RouteOperation, service_measures
from workbench.scoring.measures.coverage import Coverage, coverage_measures, score_coverage, stop_departures
from workbench.scoring.measures.demand import DEMAND_FIELDS, Demand, demand_measures, read_demand
from workbench.scoring.measures.departures import DEPARTURE_PERCENTILES, departure_measures
from workbench.scoring.measures.groups import group_rows, neighborhood_of_zones, suppress_group
from workbench.scoring.measures.losers import loser_measures, losing_time, pick_worst, worst_pairs
from workbench.scoring.measures.reach import REACH_FIELDS, PlacesBefore, measure_places, reach_rows
from workbench.scoring.measures.rides import (
    RideChanges,
    find_ride_changes,
    likely_share,
    ride_measures,
    ride_rows,
)
from workbench.scoring.measures.screening import judge, screening_rows
from workbench.scoring.measures.travel_time import lost_time_measures, score_travel_time, travel_time_measures
from workbench.scoring.noise import (
    PUBLISHED_PHASES,
    Difference,
    Standing,
    find_difference,
    merge_measures,
    merge_phases,
    require_phases,
)
from workbench.scoring.params import ScoringParams
from workbench.scoring.scorecard import (
    AreaRow,
    Assumption,
    ChangedService,
    GroupRow,
    LosingPair,
    Measure,
    PartValue,
    ReachRow,
    RideRow,
    RouteShape,
    Scorecard,
    ScreeningRow,
    ZoneResults,
    with_measures,
)
from workbench.scoring.words import fit_words
from workbench.scoring.zone_difference import ZoneDifference, find_zone_difference

__all__ = [
    "DEMAND_FIELDS",
    "DEPARTURE_PERCENTILES",
    "INDICATORS",
    "PUBLISHED_PHASES",
    "REACH_FIELDS",
    "Access",
    "AreaRow",
    "Assumption",
    "Before",
    "ChangedService",
    "Changes",
    "CityTables",
    "Comparison",
    "Coverage",
    "Demand",
    "Difference",
    "GroupRow",
    "Indicator",
    "LosingPair",
    "Measure",
    "Pair",
    "PartValue",
    "PlacesBefore",
    "ReachRow",
    "RideChanges",
    "RideRow",
    "RouteChange",
    "RouteOperation",
    "RouteShape",
    "Scorecard",
    "ScoringParams",
    "ScreeningRow",
    "Standing",
    "ZoneDifference",
    "ZoneResults",
    "access_measures",
    "add_differences",
    "area_rows",
    "changed_sentence",
    "changed_service",
    "compare_scorecards",
    "comparison_table",
    "coverage_measures",
    "demand_measures",
    "departure_measures",
    "find_changes",
    "find_difference",
    "find_differences",
    "find_ride_changes",
    "find_zone_difference",
    "fit_words",
    "get_measure",
    "group_rows",
    "headline",
    "judge",
    "likely_share",
    "loser_measures",
    "losing_time",
    "lost_service_measures",
    "lost_time_measures",
    "measure_before",
    "measure_places",
    "merge_measures",
    "merge_phases",
    "neighborhood_of_zones",
    "pick_worst",
    "reach_rows",
    "read_demand",
    "require_phases",
    "ride_measures",
    "ride_rows",
    "score_access",
    "score_coverage",
    "score_travel_time",
    "screening_rows",
    "service_measures",
    "stop_departures",
    "stops_after",
    "suppress_area",
    "suppress_group",
    "tables_of",
    "travel_time_measures",
    "with_measures",
    "worst_pairs",
]
