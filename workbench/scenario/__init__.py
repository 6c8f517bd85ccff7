"""What people change: ordered edits over an untouched city, from a drawn line or a named route to stops and trips."""

from workbench.scenario.apply import AppliedRoute, AppliedScenario, apply_scenario
from workbench.scenario.boundary import check_inside, metres_to_lonlat
from workbench.scenario.edits import AddRoute
from workbench.scenario.existing import (
    AddStop,
    ChangeSpeed,
    MoveStop,
    RemoveRoute,
    RemoveStop,
    RemoveTrips,
    Reroute,
    SetHeadway,
)
from workbench.scenario.kinds import Edit, check_edit
from workbench.scenario.running_time import SPEED_WORDS, hop_speeds
from workbench.scenario.scenario import Scenario
from workbench.scenario.words import describe_edit

__all__ = [
    "SPEED_WORDS",
    "AddRoute",
    "AddStop",
    "AppliedRoute",
    "AppliedScenario",
    "ChangeSpeed",
    "Edit",
    "MoveStop",
    "RemoveRoute",
    "RemoveStop",
    "RemoveTrips",
    "Reroute",
    "Scenario",
    "SetHeadway",
    "apply_scenario",
    "check_edit",
    "check_inside",
    "describe_edit",
    "hop_speeds",
    "metres_to_lonlat",
]
