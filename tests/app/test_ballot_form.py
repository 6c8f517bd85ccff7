"""Ordering a ballot: every button, with ties, and that no button ever loses or doubles a proposal."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.app.ballot_form import Places, add_last, join_above, leave_out, move_down, move_up, split_off


def written(places: Places) -> str:
    return " > ".join("=".join(place) for place in places)


def read(text: str) -> Places:
    return tuple(tuple(place.split("=")) for place in text.split(" > "))


@pytest.mark.parametrize(
    ("act", "before", "proposal", "after"),
    [
        (add_last, "a > b", "c", "a > b > c"),
        (add_last, "a > b", "a", "a > b"),
        (leave_out, "a > b=c", "c", "a > b"),
        (leave_out, "a > b > c", "b", "a > c"),
        (move_up, "a > b > c", "c", "a > c > b"),
        (move_up, "a > b", "a", "a > b"),
        (move_up, "a > b=c", "c", "a > c > b"),
        (move_down, "a > b > c", "a", "b > a > c"),
        (move_down, "a > b", "b", "a > b"),
        (move_down, "a=b > c", "a", "b > a > c"),
        (join_above, "a > b > c", "c", "a > b=c"),
        (join_above, "a=b > c", "c", "a=b=c"),
        (join_above, "a > b", "a", "a > b"),
        (split_off, "a=b > c", "a", "b > a > c"),
        (split_off, "a > b", "a", "a > b"),
    ],
)
def test_each_button(act, before: str, proposal: str, after: str) -> None:
    assert written(act(read(before), proposal)) == after


def test_a_proposal_that_is_not_on_the_ballot_changes_nothing() -> None:
    for act in (leave_out, move_up, move_down, join_above, split_off):
        assert act((("a",), ("b",)), "z") == (("a",), ("b",))


@given(st.lists(st.tuples(st.sampled_from([move_up, move_down, join_above, split_off]), st.sampled_from("abcd"))))
def test_ordering_keeps_every_proposal_once(steps) -> None:
    places: Places = (("a",), ("b",), ("c",), ("d",))
    for act, proposal in steps:
        places = act(places, proposal)
        assert sorted(one for place in places for one in place) == ["a", "b", "c", "d"]
        assert all(places)
