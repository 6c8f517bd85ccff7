"""Assembly Lines: draw the bus route you want, see exactly who gains and who loses, decide together."""

__version__ = "0.1.0"

from workbench.city import City, load_city
from workbench.departures import score_departures
from workbench.evaluate import compare, evaluate, prepare
from workbench.explain import journey
from workbench.network import SearchParams
from workbench.parts import score_parts
from workbench.rides import score_rides
from workbench.scenario import (
    AddRoute,
    AddStop,
    ChangeSpeed,
    MoveStop,
    RemoveRoute,
    RemoveStop,
    RemoveTrips,
    Reroute,
    Scenario,
    SetHeadway,
)
from workbench.scoring import Scorecard, ScoringParams
from workbench.sensitivity import find_sensitivity
from workbench.why import explain_losers

__all__ = [
    "AddRoute",
    "AddStop",
    "ChangeSpeed",
    "City",
    "MoveStop",
    "RemoveRoute",
    "RemoveStop",
    "RemoveTrips",
    "Reroute",
    "Scenario",
    "Scorecard",
    "ScoringParams",
    "SearchParams",
    "SetHeadway",
    "__version__",
    "compare",
    "evaluate",
    "explain_losers",
    "find_sensitivity",
    "journey",
    "load_city",
    "prepare",
    "score_departures",
    "score_parts",
    "score_rides",
]
