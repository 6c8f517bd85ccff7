"""The budget line: the figures of the card, against a cap that is said in words and blocks nothing."""

from __future__ import annotations

import math

import pytest

from tests.scenario.scenario_scenes import city, row_route
from tests.scenario.test_alter import line_city
from workbench.budget import Budget, BudgetCap, budget_of, budget_words
from workbench.errors import InputError
from workbench.scenario import RemoveRoute, Scenario


def test_a_budget_is_worked_out_by_hand() -> None:
    """
    4,000 m at 4 m/s are 1,000 s, and 5 minutes of rest: 1,300 s each way, 2,600 s a round trip; every 10 minutes 5 buses.

    6:00 to 22:00 every 10 minutes are 96 trips a day each way, 365 days: 96 x 2 x 365 x 1,300 s = 25,307 hours, at $272.
    """
    found = budget_of(city(), Scenario("one", (row_route(),)))
    assert found.buses == 5
    assert found.hours_per_year == pytest.approx(96 * 2 * 365 * 1300 / 3600, rel=0.001)
    assert found.usd_per_year == pytest.approx(272 * found.hours_per_year, rel=0.001)
    assert (found.usd_low, found.usd_high) == pytest.approx((215 * 25_307, 300 * 25_307), rel=0.001)


def test_a_removed_route_frees_money() -> None:
    found = budget_of(line_city(), Scenario("gone", (RemoveRoute(route_id="R"),)))
    assert found.buses < 0
    assert found.usd_high < 0
    (sentence,) = budget_words(found)
    assert "buses fewer and" in sentence
    assert "; saves $" in sentence


def test_caps_are_said_in_words() -> None:
    budget = Budget(12, 40_000, 10_900_000, 8_600_000, 12_000_000)
    cap = BudgetCap(buses=12, hours_per_year=50_000, usd_per_year=9_000_000)
    assert budget_words(budget, cap) == (
        "Needs 12 more buses and 40,000 more hours of service a year; costs $10.9 million a year ($8.6 million to $12.0 million).",
        "Within the cap of 12 buses: 0 left.",
        "Within the cap of 50,000 hours a year: 10,000 left.",
        "Over the cap of $9.0 million a year by $1.9 million.",
    )
    assert budget_words(Budget(0, 0, 0, 0, 0)) == ("Needs no more buses, hours or money than today.",)


def test_what_one_needs_more_than_another() -> None:
    one, other = Budget(5, 100, 1000, 800, 1200), Budget(7, 50, 400, 300, 500)
    assert one.minus(other) == Budget(-2, 50, 600, 500, 700)


@pytest.mark.parametrize("value", [-1.0, math.nan, math.inf])
def test_a_cap_that_is_no_amount_is_refused(value: float) -> None:
    with pytest.raises(InputError, match="the cap of buses is"):
        BudgetCap(buses=value)
