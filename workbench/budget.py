"""The budget line: what a scenario needs in buses, hours and dollars, without travel times, against a cap a room has set."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from workbench.city.city import City
from workbench.errors import InputError, Level, Problem, require_no_errors
from workbench.facts import operation_of, route_changes
from workbench.network import get_window
from workbench.scenario import Scenario, apply_scenario
from workbench.scoring import Measure, ScoringParams, add_differences, service_measures

__all__ = ["Budget", "BudgetCap", "budget_of", "budget_words", "find_budget"]

MAX_CAP = 1e12


@dataclass(frozen=True, slots=True)
class Budget:
    """What a scenario needs more than today; negative where it frees something."""

    buses: int
    """In service in the busiest hour, rests at the ends included, spares not."""
    hours_per_year: int
    """Revenue hours, layover included."""
    usd_per_year: int
    usd_low: int
    usd_high: int

    def minus(self, other: Budget) -> Budget:
        """Return what this needs more than another one; the ends of the range are set against each other."""
        usd = sorted((self.usd_low - other.usd_low, self.usd_high - other.usd_high))
        return Budget(
            self.buses - other.buses,
            self.hours_per_year - other.hours_per_year,
            self.usd_per_year - other.usd_per_year,
            *usd,
        )


@dataclass(frozen=True, slots=True)
class BudgetCap:
    """How much a room wants to spend at most; nothing set is no cap. It is a line to look at, it never blocks anything."""

    buses: float | None = None
    hours_per_year: float | None = None
    usd_per_year: float | None = None

    def __post_init__(self) -> None:
        """Refuse values that are no amounts, all at once."""
        require_no_errors(
            [
                Problem(Level.ERROR, "cap-range", f"the cap of {name} is {value:g}, must be 0 to {MAX_CAP:g}")
                for name, value in (
                    ("buses", self.buses),
                    ("hours a year", self.hours_per_year),
                    ("dollars a year", self.usd_per_year),
                )
                if value is not None and not (math.isfinite(value) and 0 <= value <= MAX_CAP)
            ],
            InputError,
        )


def budget_of(
    city: City, scenario: Scenario, *, window: str = "weekday-am", scoring: ScoringParams | None = None
) -> Budget:
    """
    Return what a scenario needs; the figures are those of its card, which takes them from the same functions.

    Raises
    ------
    ScenarioError
        With every problem of the edits.
    """
    when, scoring = get_window(window), scoring or ScoringParams()
    applied = apply_scenario(scenario, city, service=when.service)
    measures = service_measures([operation_of(route) for route in applied.routes], when, scoring)
    measures = add_differences(
        measures, route_changes(applied), applied.places, scoring, has_new_routes=bool(applied.routes)
    )
    found = find_budget(measures)
    return found if found is not None else Budget(0, 0, 0, 0, 0)


def find_budget(service: Mapping[str, Measure]) -> Budget | None:
    """Return the budget that the service part of a card stands for; None where a value is missing."""
    values = [service[key].value for key in ("buses_needed", "revenue_hours_per_year", "cost_per_year")]
    cost = service["cost_per_year"]
    if any(value is None for value in (*values, cost.low, cost.high)):
        return None
    buses, hours, usd, low, high = (round(float(value or 0)) for value in (*values, cost.low, cost.high))
    return Budget(buses, hours, usd, low, high)


def budget_words(budget: Budget, cap: BudgetCap | None = None) -> tuple[str, ...]:
    """Return the line in words, then one sentence for each cap: how much is left, or by how much it is passed."""
    usd = (budget.usd_per_year, budget.usd_low, budget.usd_high)
    verb = "costs" if usd[0] >= 0 else "saves"
    amount, low, high = (_money(abs(one)) for one in (usd if usd[0] >= 0 else (usd[0], usd[2], usd[1])))
    said = [
        f"Needs {_signed(budget.buses, 'bus', 'buses')} and {_signed(budget.hours_per_year, 'hour', 'hours')} of service a year; "
        f"{verb} {amount} a year ({low} to {high})."
    ]
    if (budget.buses, budget.hours_per_year, budget.usd_per_year) == (0, 0, 0):
        said = ["Needs no more buses, hours or money than today."]
    caps = cap or BudgetCap()
    if caps.buses is not None:
        said.append(_against(budget.buses, caps.buses, "buses", lambda value: f"{value:,.0f}"))
    if caps.hours_per_year is not None:
        said.append(_against(budget.hours_per_year, caps.hours_per_year, "hours a year", lambda value: f"{value:,.0f}"))
    if caps.usd_per_year is not None:
        said.append(_against(budget.usd_per_year, caps.usd_per_year, "a year", _money))
    return tuple(said)


def _against(value: float, cap: float, unit: str, show: Callable[[float], str]) -> str:
    """Say how a value stands to its cap; what is exactly the cap is within it."""
    limit = f"the cap of {show(cap)} {unit}"
    if value > cap:
        return f"Over {limit} by {show(value - cap)}."
    return f"Within {limit}: {show(cap - value)} left."


def _signed(value: int, one: str, many: str) -> str:
    word = one if abs(value) == 1 else many
    return f"{value:,} more {word}" if value > 0 else f"{-value:,} {word} fewer" if value < 0 else f"no more {many}"


def _money(usd: float) -> str:
    sign, amount = ("-" if usd < 0 else ""), abs(usd)
    return f"{sign}${amount / 1e6:,.1f} million" if amount >= 1e6 else f"{sign}${round(amount, -3):,.0f}"
