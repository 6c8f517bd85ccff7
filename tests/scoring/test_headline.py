import pytest

from workbench.scoring.headline import headline, plain_count
from workbench.scoring.scorecard import Measure


def people(value):
    return Measure(value, "residents", "test")


def told(*, near=12_431, gaining=31_072, longer=0, less=0, buses=9, cost=6_123_000, n_routes=1):
    return headline(
        {
            "buses_needed": Measure(buses, "buses", "test"),
            "cost_per_year": Measure(cost, "USD per year", "test", low=0.8 * cost, high=1.1 * cost),
        },
        {"residents_near_route": people(near)},
        {"residents_gaining_access": people(gaining)},
        {"residents_longer_trips": people(longer), "residents_losing_access": people(less)},
        n_routes=n_routes,
    )


def test_four_plain_sentences():
    assert told() == (
        "31,100 people can reach at least 1% more people within 45 minutes.",
        "12,400 people can walk to a stop of this route (a quarter mile).",
        "Nobody's trip gets longer: this route only adds service; its price is money.",
        "Needs 9 buses and about $6.1 million a year (range $4.9 million to $6.7 million).",
    )


def test_losers_are_said_plainly():
    assert "2,130 people lose: some of their trips get longer. Nobody can reach fewer people." in told(longer=2134)


def test_small_numbers_and_several_routes():
    sentences = told(near=0, gaining=1, buses=1, cost=480_123, n_routes=3)
    assert sentences == (
        "1 person can reach at least 1% more people within 45 minutes.",
        "Nobody can walk to a stop of these 3 routes (a quarter mile).",
        "Nobody's trip gets longer: these 3 routes only add service; their price is money.",
        "Together they need 1 bus and about $480,000 a year (range $384,000 to $528,000).",
    )


def test_an_empty_scenario_changes_nothing():
    assert told(n_routes=0) == ("This scenario changes nothing.",)


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (7, "7"), (999, "999"), (1004, "1,000"), (12_449, "12,400"), (999_499, "999,000"),
     (999_500, "1.0 million"), (1_234_567, "1.23 million"), (8_804_190, "8.8 million")],
)  # fmt: skip
def test_three_significant_digits(value, text):
    assert plain_count(value) == text
