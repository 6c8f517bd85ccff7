"""Assembly Lines: draw the bus route you want, see exactly who gains and who loses, decide together."""

__version__ = "0.1.0"

from workbench.city import City, load_city
from workbench.evaluate import compare, evaluate, prepare
from workbench.network import SearchParams
from workbench.scenario import AddRoute, Scenario
from workbench.scoring import Scorecard, ScoringParams

__all__ = [
    "AddRoute",
    "City",
    "Scenario",
    "Scorecard",
    "ScoringParams",
    "SearchParams",
    "__version__",
    "compare",
    "evaluate",
    "load_city",
    "prepare",
]
