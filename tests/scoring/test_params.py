import dataclasses

import pytest

from workbench.errors import InputError
from workbench.scoring.params import ScoringParams


def test_every_parameter_has_a_unit_and_a_source():
    for assumption in ScoringParams().assumptions():
        assert assumption.unit, assumption.name
        assert "_" not in assumption.name
        assert assumption.source, assumption.name
    assert len(ScoringParams().assumptions()) == len(dataclasses.fields(ScoringParams))


def test_the_year_has_365_days():
    params = ScoringParams()
    assert sum(params.days_per_year(day) for day in ("weekday", "saturday", "sunday")) == 365


def test_all_bad_values_are_named_at_once():
    with pytest.raises(InputError) as caught:
        ScoringParams(near_walk_m=0.0, spare_ratio=2.0)
    assert str(caught.value).splitlines() == [
        "near_walk_m is 0.0, must be 50 to 800 m",
        "spare_ratio is 2.0, must be 0 to 1 share of buses in service",
    ]


def test_the_range_of_the_rate_must_hold_the_rate():
    with pytest.raises(InputError, match="usd_per_hour low, middle and high are 215, 200, 300, must rise"):
        ScoringParams(usd_per_hour=200.0)


def test_a_parameter_that_is_not_a_number_is_refused():
    with pytest.raises(InputError, match="near_walk_m is nan"):
        ScoringParams(near_walk_m=float("nan"))
