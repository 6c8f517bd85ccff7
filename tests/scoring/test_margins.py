import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.scoring.measures.margins import GroupShares, estimate_count, is_too_few, suppressed
from workbench.scoring.params import ScoringParams
from workbench.scoring.scorecard import Measure

PARAMS = ScoringParams()
NAN = float("nan")


def shares(*pairs):
    share, margin = np.array(pairs, dtype=float).T
    return GroupShares.of(share, margin)


def test_the_margin_of_a_count_is_the_root_of_the_sum_of_squares():
    # 3,000 x 0.50 + 4,000 x 0.25 = 2,500; margins 300 and 200: root of 90,000 + 40,000 = 360.6
    value, margin = shares((0.5, 0.1), (0.25, 0.05)).count(np.array([3000.0, 4000.0]))
    assert value == 2500
    assert margin == pytest.approx(360.555, abs=0.001)


def test_a_ratio_of_sums_of_the_same_shares_is_narrower_than_two_of_their_own():
    # Gains 10 and 0 for 100 people each, shares 0.5 and 0.5, margins 0.1: r = 5 / 100 = 0.05 per person of the group.
    # a - r b = 10 - 5 = 5 and 0 - 5 = -5: sqrt(0.5^2 + 0.5^2) / 100 = 0.00707
    value, margin = shares((0.5, 0.1), (0.5, 0.1)).ratio(np.array([10.0, 0.0]), np.array([100.0, 100.0]))
    assert value == pytest.approx(0.05)
    assert margin == pytest.approx(0.0070711, abs=1e-6)


def test_what_everybody_gets_has_no_margin_whatever_the_shares():
    # Each neighborhood gains 3 per person: so does the group, however many of them live where.
    people = np.array([100.0, 900.0])
    value, margin = shares((0.9, 0.3), (0.1, 0.1)).ratio(3 * people, people)
    assert value == pytest.approx(3)
    assert margin == pytest.approx(0, abs=1e-12)


def test_a_neighborhood_without_a_share_is_left_out_and_one_without_a_margin_has_the_widest():
    some = shares((0.5, 0.1), (NAN, NAN), (0.2, NAN))
    value, margin = some.count(np.array([100.0, 1e6, 100.0]))
    assert value == 70
    assert margin == pytest.approx(np.sqrt(10**2 + 10**2))


def test_a_survey_without_margins_gives_a_value_that_says_so():
    measure = estimate_count(shares((0.5, NAN)), np.array([400.0]), "survey", "estimate")
    assert (measure.value, measure.low, measure.high, measure.margin) == (200, None, None, None)
    assert measure.uncertainty == "estimate; the margin of error is not known"


def test_the_range_stays_between_nobody_and_everybody():
    low = estimate_count(shares((0.1, 0.3)), np.array([1000.0]), "survey", "")
    high = estimate_count(shares((0.9, 0.3)), np.array([1000.0]), "survey", "")
    assert (low.low, low.value, low.high) == (0, 100, 400)
    assert (high.low, high.value, high.high) == (600, 900, 1000)


@pytest.mark.parametrize(
    ("value", "margin", "hidden"),
    [
        (49, 1.0, True),  # fewer than 50 people
        (50, 1.0, False),
        (1000, 657.0, False),  # 657 / 1.645 = 399.4: a coefficient of 0.399
        (1000, 659.0, True),  # 0.4006
        (0, 0.0, False),  # exactly nobody
        (0, 12.0, True),  # nobody, give or take twelve
        (None, None, False),
    ],
)
def test_what_is_too_few(value, margin, hidden):
    assert is_too_few(Measure(value, "residents", "test", margin=margin), PARAMS) is hidden


def test_shares_are_hidden_by_their_margin_only():
    assert not is_too_few(Measure(0.02, "share", "test", margin=0.005), PARAMS)
    assert is_too_few(Measure(0.02, "share", "test", margin=0.02), PARAMS)


def test_what_is_hidden_is_hidden_everywhere():
    hidden = suppressed(Measure(12, "residents", "test", 1, 20, "x", spread=3, by_phase=(9, 15), margin=8), "too few")
    assert (hidden.value, hidden.low, hidden.high, hidden.margin, hidden.spread) == (None,) * 5
    assert hidden.by_phase == ()
    assert hidden.suppressed
    assert hidden.uncertainty == "too few to say: too few"


rows = st.lists(st.tuples(st.floats(0.01, 1), st.floats(0.001, 0.3), st.floats(0, 1e5)), min_size=1, max_size=8)


@given(rows, st.floats(0.1, 10))
@settings(deadline=None)
def test_margins_scale_with_people_and_never_fall_where_people_are_added(some, factor):
    table = np.array(some)
    group, people = GroupShares.of(table[:, 0], table[:, 1]), table[:, 2]
    value, margin = group.count(people)
    twice = group.count(factor * people)
    assert twice == pytest.approx((factor * value, factor * margin), rel=1e-9, abs=1e-9)
    assert group.count(people + 10)[1] >= margin
