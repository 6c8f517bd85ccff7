"""Spread, "within noise" and paired differences, worked out by hand."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.scoring.test_compare import card
from workbench.errors import InputError
from workbench.scoring.compare import compare_scorecards, comparison_table, find_differences
from workbench.scoring.noise import Standing, find_difference, merge_measures, merge_phases, require_phases
from workbench.scoring.scorecard import NOT_MEASURED, AreaRow, GroupRow, Measure, ZoneResults

GAIN, COST = "residents_gaining_access", "cost_per_year"


def measures(*values, unit="residents"):
    return [
        Measure(value, unit, "test", uncertainty="" if value is not None else "nobody's access changes")
        for value in values
    ]


def merged(*values):
    return merge_measures(measures(*values))


def noisy_card(name="one", **by_phase):
    """A card over as many timetables as values are given; criteria that are not named are 0 in all of them."""
    n_phases = len(next(iter(by_phase.values())))
    return merge_phases([card(name, **{key: values[k] for key, values in by_phase.items()}) for k in range(n_phases)])


def test_the_mean_and_the_furthest_from_it():
    # (10 + 12 + 14 + 20) / 4 = 14; 20 lies 6 from it, 10 lies 4
    one = merged(10, 12, 14, 20)
    assert (one.value, one.spread, one.within_noise) == (14, 6, False)
    assert one.by_phase == (10, 12, 14, 20)


@pytest.mark.parametrize(
    ("values", "value", "spread", "within"),
    [
        ((-1, 3), 1, 2, True),  # one timetable says a loss, the other a gain
        ((3, 3, 3), 3, 0, False),
        ((0, 0, 0), 0, 0, False),  # nothing, for certain: no noise
        ((-2, 2), 0, 2, True),  # on average nothing, but not for certain
        ((0, 4), 2, 2, True),  # no larger than its spread
        ((1, 4), 2, 2, True),  # 2.5 is rounded to the even 2, as counts are; 4 lies 2 from it
        ((0.5, 1.0), 0.75, 0.25, False),
    ],
)
def test_within_noise_is_no_larger_than_the_spread(values, value, spread, within):
    one = merged(*values)
    assert (one.value, one.spread, one.within_noise) == (value, spread, within)


@given(st.lists(st.integers(-(10**6), 10**6), min_size=2, max_size=10))
def test_every_timetable_lies_within_the_spread_and_disagreement_is_always_noise(values):
    one = merged(*values)
    assert all(one.value - one.spread <= value <= one.value + one.spread for value in values)
    assert any(abs(value - one.value) == one.spread for value in values)
    if min(values) < 0 < max(values):
        assert one.within_noise


def test_what_is_not_known_in_some_timetables_says_so():
    one = merged(None, 4, 6)
    assert (one.value, one.spread, one.by_phase) == (5, 1, (None, 4, 6))
    assert one.uncertainty == "known in 2 of 3 timetables"
    nowhere = merged(None, None)
    assert (nowhere.value, nowhere.spread, nowhere.within_noise) == (None, None, False)
    assert nowhere.uncertainty == "nobody's access changes"


def test_ranges_are_means_too():
    cost = merge_measures([Measure(v, "USD per year", "test", low=v - 1, high=v + 3) for v in (10, 20)])
    assert (cost.value, cost.low, cost.high, cost.spread) == (15, 14, 18, 5)


def test_a_card_of_one_timetable_says_that_the_noise_is_not_measured():
    alone = card(residents_gaining_access=7)
    assert merge_phases([alone]) is alone
    assert (alone.n_phases, alone.noise) == (1, NOT_MEASURED)
    assert "not been measured" in alone.noise[0]
    assert alone.access[GAIN].spread is None
    assert alone.to_json()["access"][GAIN]["spread"] is None
    assert alone.to_json()["noise"] == list(NOT_MEASURED)


def test_a_card_of_ten_names_what_is_within_noise():
    one = noisy_card(residents_gaining_access=[100, 110], residents_longer_trips=[0, 4])
    assert one.n_phases == 2
    assert one.access[GAIN].value == 105
    assert "mean of 2 possible timetables" in one.noise[0]
    assert one.noise[1].endswith("People with a trip that gets longer.")
    assert len(one.noise) == 2
    assert len(noisy_card(residents_gaining_access=[100, 110]).noise) == 1


def test_an_area_that_only_some_timetables_change_counts_as_nothing_in_the_others():
    def row(area_id, gaining):
        some, none = Measure(gaining, "residents", "test"), Measure(0, "residents", "test")
        mean = Measure(gaining / 10, "residents", "test")
        return AreaRow(
            *("nta", "neighborhood", area_id, area_id, 50, none, some, none, none),
            *(mean, mean, mean, mean, mean, none, none, none),
        )

    one, two = card(), card()
    one = dataclasses.replace(one, areas=(row("B", 8),))
    two = dataclasses.replace(two, areas=(row("A", 20), row("B", 10)))
    both = merge_phases([one, two]).areas
    assert [(area.area_id, area.gaining.value, area.gaining.spread, area.gaining.within_noise) for area in both] == [
        ("A", 10, 10, True),
        ("B", 9, 1, False),
    ]
    assert both[1].access_change.value == 0.9
    assert both[0].gaining.by_phase == ()


def test_groups_and_zones_are_means():
    def with_rows(gaining, after, worse):
        some = Measure(gaining, "residents", "test")
        group = GroupRow("all", "Everybody", *[some] * 14)
        zones = ZoneResults(np.array([5.0, 5.0]), np.array(after), np.array([1.0, 0.0]), np.array(worse))
        return dataclasses.replace(card(), groups=(group,), zones=zones)

    one = merge_phases([with_rows(10, [6.0, 5.0], [True, False]), with_rows(14, [8.0, 5.0], [False, False])])
    assert (one.groups[0].gaining.value, one.groups[0].gaining.spread) == (12, 2)
    assert one.zones.access_after.tolist() == [7.0, 5.0]
    assert one.zones.worse.tolist() == [True, False]  # in half of the timetables


def test_luck_that_both_share_cancels_out():
    # Each value wanders by 30, but the first is 10 larger in every timetable: no noise at all in the difference.
    one, other = merged(110, 140, 80), merged(100, 130, 70)
    apart = find_difference(GAIN, one, other)
    assert (apart.value, apart.spread, apart.standing) == (10, 0, Standing.BETTER)
    assert find_difference(GAIN, other, one).standing is Standing.WORSE
    # The same values with luck of their own: 40, 10, -20, so it may be either way.
    shuffled = find_difference(GAIN, one, merged(70, 130, 100))
    assert (shuffled.value, shuffled.spread, shuffled.standing) == (10, 30, Standing.NOISE)


@pytest.mark.parametrize(
    ("key", "one", "other", "standing"),
    [
        (COST, (5, 5), (6, 6), Standing.BETTER),  # less money is better
        (GAIN, (5, 5), (5, 5), Standing.SAME),
        (GAIN, (5, 7), (7, 5), Standing.NOISE),  # on average the same, but not in any one timetable
        (GAIN, (None, None), (1, 1), Standing.UNKNOWN),
        (GAIN, (None, 1), (1, None), Standing.UNKNOWN),  # no timetable in which both are known
        ("length_km", (1, 1), (2, 2), Standing.UNKNOWN),  # neither more nor less is better
    ],
)
def test_how_one_stands_beside_another(key, one, other, standing):
    assert find_difference(key, merged(*one), merged(*other)).standing is standing


def test_without_measured_noise_values_are_compared_as_they_are():
    one, other = measures(5, 4)
    apart = find_difference(GAIN, one, other)
    assert (apart.value, apart.spread, apart.standing) == (1, None, Standing.BETTER)


def test_nothing_is_dominated_by_a_difference_within_noise():
    good = noisy_card("good", residents_gaining_access=[100, 102], cost_per_year=[5, 5])
    # 3 fewer or 5 more: on average 1 more, within noise
    close = noisy_card("close", residents_gaining_access=[97, 107], cost_per_year=[5, 5])
    worse = noisy_card("worse", residents_gaining_access=[90, 92], cost_per_year=[5, 5])
    comparison = compare_scorecards([good, close, worse])
    assert comparison.dominated_by == ((), (), (0, 1))
    one_timetable = compare_scorecards(
        [card("good", residents_gaining_access=100), card("close", residents_gaining_access=97)]
    )
    assert one_timetable.dominated_by == ((), (0,))


def test_a_cheaper_one_does_not_dominate_where_the_gain_is_within_noise():
    cheap = noisy_card("cheap", residents_gaining_access=[100, 106], cost_per_year=[4, 4])
    dear = noisy_card("dear", residents_gaining_access=[102, 102], cost_per_year=[5, 5])
    assert compare_scorecards([cheap, dear]).is_pareto == (True, True)


def test_pairs_are_listed_in_json_and_in_words():
    one = noisy_card("one", residents_gaining_access=[100, 106])
    two = noisy_card("two", residents_gaining_access=[102, 102])
    comparison = compare_scorecards([one, two])
    plain = comparison.to_json()
    assert plain["n_phases"] == 2
    assert plain["differences"][0] == {
        "criterion": GAIN, "one": 0, "other": 1, "value": 1.0, "spread": 3.0, "standing": "within noise", "within_noise": True,
    }  # fmt: skip
    assert len(plain["differences"]) == len(comparison.criteria)
    table = comparison_table(comparison)
    assert "103 ± 3" in table
    assert "People who can reach at least 1% more people in 45 minutes: A and B differ within noise." in table
    assert "not been measured" in comparison_table(compare_scorecards([card("one"), card("two")]))


def test_a_criterion_that_some_card_lacks_is_left_out_of_the_pairs():
    part = dataclasses.replace(card(), coverage={})
    keys = {pair.key for pair in find_differences([part, card()])}
    assert GAIN in keys
    assert "residents_near_route" not in keys


def test_other_numbers_of_timetables_are_not_compared():
    with pytest.raises(InputError, match="number of timetables must be the same"):
        compare_scorecards([card(), noisy_card(residents_gaining_access=[1, 2])])


@pytest.mark.parametrize("n_phases", [0, -1, 101])
def test_a_number_of_timetables_that_makes_no_sense_is_refused(n_phases):
    with pytest.raises(InputError, match=f"phases is {n_phases}, must be 1 to 100"):
        require_phases(n_phases)
