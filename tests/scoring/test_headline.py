import dataclasses

import pytest

from workbench.scoring.headline import headline, plain_count
from workbench.scoring.scorecard import AreaRow, Measure, measures_of, with_measures


def people(value):
    return Measure(value, "residents", "test")


def told(*, near=12_431, gaining=31_072, saved=56_508, spread=None, longer=0, less=0, much=0, lost=0, buses=9,
         cost=6_123_000, n_routes=1, areas=()):  # fmt: skip
    return headline(
        {
            "service": {
                "buses_needed": Measure(buses, "buses", "test"),
                "cost_per_year": Measure(cost, "USD per year", "test", low=0.8 * cost, high=1.1 * cost),
            },
            "coverage": {"residents_near_route": people(near)},
            "travel_time": {
                "person_minutes_per_day": Measure(saved, "person-minutes per day", "test", spread=spread),
            },
            "access": {"residents_gaining_access": Measure(gaining, "residents", "test", spread=spread and 2_000)},
            "losers": {
                "residents_longer_trips": people(longer),
                "residents_losing_access": people(less),
                "residents_losing_2_min": people(much),
                "person_minutes_lost_per_day": Measure(lost, "person-minutes per day", "test"),
            },
        },
        n_routes=n_routes,
        areas=areas,
    ).sentences


def area(name, *, residents=30_000, two=0, ten=0, noisy=False, kind="nta"):
    closer = {
        minutes: Measure(value, "residents", "test", within_noise=noisy)
        for minutes, value in (("closer_2_min", two), ("closer_5_min", ten), ("closer_10_min", ten))
    }
    zero = {name: people(0) for name in measures_of(AREA) if name not in closer}
    return with_measures(dataclasses.replace(AREA, kind=kind, name=name, residents=residents), zero | closer)


AREA = AreaRow("nta", "neighborhood", "N1", "N1", 1, *[people(0)] * 12)


def test_the_steadiest_figure_comes_first_and_the_doubtful_one_says_so():
    # 56,508 minutes are 941.8 hours; one timetable is no reason for a third digit
    assert told() == (
        "Saves people about 940 hours of travel a day in all, if everybody makes one trip a day.",
        "Roughly 31,000 people can reach at least 1% more people within 45 minutes; another timetable may give half or double.",
        "12,400 people can walk to a stop of this route (a quarter mile).",
        "Nobody's trip gets longer: this route only adds service; its price is money.",
        "Needs 9 buses and about $6.1 million a year (range $4.9 million to $6.7 million).",
    )


def test_with_the_noise_measured_each_figure_has_its_own():
    first, second = told(spread=3_600)[:2]
    assert first == "Saves people about 942 hours of travel a day in all, if everybody makes one trip a day (± 60)."
    assert second == "31,100 people (± 2,000) can reach at least 1% more people within 45 minutes."


def test_the_neighborhood_most_people_get_closer_to_is_named():
    # Ten minutes beat two, however many; parks and noise are left aside, and so are few people.
    areas = [
        area("Kingston", kind="borough", ten=90_000),
        area("North End", two=80_000),
        area("South End", two=20_000, ten=12_431),
        area("Old Port", ten=2_000),
        area("Central Park", residents=50, ten=70_000),
        area("Dice Hill", ten=99_000, noisy=True),
    ]
    assert told(areas=areas)[1] == "About 12,000 people get at least 10 minutes closer to South End."
    assert told(areas=areas[:2])[1] == "About 80,000 people get at least 2 minutes closer to North End."
    assert told(areas=[area("North End", ten=999)]) == told()


def test_losers_are_said_plainly():
    assert (
        "120 people lose two minutes or more on one likely trip in fifty. Nobody can reach fewer people. "
        "Some trip gets longer, if only by seconds, for 2,130 people: 20 hours a day in all."
    ) in told(longer=2134, lost=1200, much=120)


def test_small_numbers_and_several_routes():
    sentences = told(near=0, gaining=0, saved=20, buses=1, cost=480_123, n_routes=3)
    assert sentences == (
        "Saves people less than an hour of travel a day in all, if everybody makes one trip a day.",
        "Nobody can reach at least 1% more people within 45 minutes.",
        "Nobody can walk to a stop of these 3 routes (a quarter mile).",
        "Nobody's trip gets longer: these 3 routes only add service; their price is money.",
        "Together they need 1 bus and about $480,000 a year (range $384,000 to $528,000).",
    )
    assert told(saved=0)[0] == "No trip gets quicker at this time of the week."


def test_an_empty_scenario_changes_nothing():
    assert told(n_routes=0) == ("This scenario changes nothing.",)


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (7, "7"), (999, "999"), (1004, "1,000"), (12_449, "12,400"), (999_499, "999,000"),
     (999_500, "1.0 million"), (1_234_567, "1.23 million"), (8_804_190, "8.8 million")],
)  # fmt: skip
def test_three_significant_digits(value, text):
    assert plain_count(value) == text
