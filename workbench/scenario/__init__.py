"""What people change: ordered edits over an untouched city, from a drawn line to stops and trips."""

from workbench.scenario.apply import AppliedRoute, AppliedScenario, apply_scenario
from workbench.scenario.boundary import check_inside
from workbench.scenario.edits import AddRoute, Edit, check_edit
from workbench.scenario.running_time import SPEED_WORDS, hop_speeds
from workbench.scenario.scenario import Scenario

__all__ = [
    "SPEED_WORDS",
    "AddRoute",
    "AppliedRoute",
    "AppliedScenario",
    "Edit",
    "Scenario",
    "apply_scenario",
    "check_edit",
    "check_inside",
    "hop_speeds",
]
