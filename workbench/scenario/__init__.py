"""What people change: ordered edits over an untouched city, from a drawn line or a named route to stops and trips."""

from workbench.scenario.apply import AppliedRoute, AppliedScenario, apply_scenario
from workbench.scenario.boundary import check_inside, metres_to_lonlat
from workbench.scenario.diff import DayOfRoute, RouteDiff, ScenarioDiff, diff
from workbench.scenario.drawn.running_time import SPEED_WORDS, hop_speeds
from workbench.scenario.drawn.sketch import PlacedStops
from workbench.scenario.edits import AddRoute, HandStop
from workbench.scenario.existing import (
    AddStop,
    AllDoorBoarding,
    ChangeSpan,
    ChangeSpeed,
    MoveStop,
    RemoveRoute,
    RemoveStop,
    RemoveTrips,
    Reroute,
    SetHeadway,
    bus_priority,
)
from workbench.scenario.kinds import Edit, check_edit
from workbench.scenario.scenario import Scenario
from workbench.scenario.today.bus_priority import BUS_PRIORITY, BusPriority
from workbench.scenario.words import describe_edit

__all__ = [
    "BUS_PRIORITY",
    "SPEED_WORDS",
    "AddRoute",
    "AddStop",
    "AllDoorBoarding",
    "AppliedRoute",
    "AppliedScenario",
    "BusPriority",
    "ChangeSpan",
    "ChangeSpeed",
    "DayOfRoute",
    "Edit",
    "HandStop",
    "MoveStop",
    "PlacedStops",
    "RemoveRoute",
    "RemoveStop",
    "RemoveTrips",
    "Reroute",
    "RouteDiff",
    "Scenario",
    "ScenarioDiff",
    "SetHeadway",
    "apply_scenario",
    "bus_priority",
    "check_edit",
    "check_inside",
    "describe_edit",
    "diff",
    "hop_speeds",
    "metres_to_lonlat",
]
