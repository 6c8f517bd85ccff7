import numpy as np
import pytest

from workbench.errors import InputError
from workbench.scoring.compare import CRITERIA, compare_scorecards, comparison_table
from workbench.scoring.indicators import INDICATORS, PARTS
from workbench.scoring.scorecard import Measure, Scorecard, ZoneResults


def card(name="one", *, version="v1", **values):
    """A card on which every criterion is 0 unless told otherwise."""
    parts = {part: {} for part in PARTS}
    for key in (*CRITERIA, *values):
        parts[INDICATORS[key].part][key] = Measure(values.get(key, 0), INDICATORS[key].unit, "test")
    nothing = np.zeros(0)
    return Scorecard(
        name=name, scenario_id="0", city_id="grid", city_version=version, window_id="weekday-am", headline=(), **parts,
        groups=(), areas=(), routes=(), zones=ZoneResults(nothing, nothing, nothing, nothing.astype(bool)),
        assumptions=(), problems=(), timing_s={}, parameters={"near_walk_m": 400.0},
    )  # fmt: skip


def test_one_alternative_dominates_another_and_nothing_is_deleted():
    good = card("good", residents_gaining_access=10, cost_per_year=5)
    dear = card("dear", residents_gaining_access=20, cost_per_year=9)
    bad = card("bad", residents_gaining_access=10, cost_per_year=6)
    comparison = compare_scorecards([good, dear, bad])
    assert comparison.dominated_by == ((), (), (0,))
    assert comparison.is_pareto == (True, True, False)
    assert [one.name for one in comparison.scorecards] == ["good", "dear", "bad"]


def test_equals_do_not_dominate_each_other():
    assert compare_scorecards([card("a"), card("b")]).is_pareto == (True, True)


def test_fewer_losers_and_less_money_are_better():
    comparison = compare_scorecards([card(residents_longer_trips=5), card(residents_longer_trips=4)])
    assert comparison.dominated_by == ((1,), ())


def test_an_unknown_value_neither_dominates_nor_is_dominated():
    unknown = card(cost_per_year=None, residents_gaining_access=100)
    assert compare_scorecards([unknown, card()]).is_pareto == (True, True)


def test_criteria_can_be_chosen():
    one, two = card(residents_gaining_access=1, residents_near_route=5), card(residents_gaining_access=2)
    assert compare_scorecards([one, two], criteria=["residents_gaining_access"]).dominated_by == ((1,), ())


@pytest.mark.parametrize("n_cards", [0, 1, 9])
def test_two_to_eight_alternatives(n_cards):
    with pytest.raises(InputError, match=f"{n_cards} alternatives were given, must be 2 to 8"):
        compare_scorecards([card()] * n_cards)


@pytest.mark.parametrize("key", ["beauty", "length_km"])
def test_a_criterion_needs_a_better_side(key):
    with pytest.raises(InputError, match=f"'{key}' cannot be compared"):
        compare_scorecards([card(), card()], criteria=[key])


def test_alternatives_must_be_scored_alike():
    with pytest.raises(InputError, match="not scored alike"):
        compare_scorecards([card(), card(version="v2")])


def test_the_table_is_plain_text():
    table = comparison_table(compare_scorecards([card("First", cost_per_year=1_234_567), card("Second")]))
    lines = table.splitlines()
    assert lines[:2] == ["A  First", "B  Second"]
    assert any(line.startswith("Cost a year (USD per year)") and line.endswith("1,234,567  0") for line in lines)
    assert lines[-1] == "A: B is at least as good in every line and better in one."


def test_the_comparison_has_a_plain_json_form():
    plain = compare_scorecards([card("a"), card("b", cost_per_year=1)]).to_json()
    assert plain["dominated_by"] == [[], [0]]
    assert plain["is_pareto"] == [True, False]
    assert [one["name"] for one in plain["scorecards"]] == ["a", "b"]
