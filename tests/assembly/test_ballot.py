"""Ballots, profiles and the text of rankings."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.assembly import (
    Ballot,
    build_profile,
    check_ballot,
    find_place,
    ranking_from_text,
    render_ranking,
    require_ballot,
    restrict_ballots,
)
from workbench.errors import BallotError

A_THEN_B_AND_C = (frozenset("a"), frozenset("bc"))


def test_a_ranking_is_read_from_text():
    assert ranking_from_text(" a > b = c ") == A_THEN_B_AND_C
    assert ranking_from_text("") == ()
    assert render_ranking(A_THEN_B_AND_C) == "a > b = c"
    assert find_place(A_THEN_B_AND_C, "c") == 1
    assert find_place(A_THEN_B_AND_C, "d") is None


@given(st.lists(st.frozensets(st.text("abcdefgh-_19", min_size=1), min_size=1), max_size=6))
def test_write_then_read_is_the_identity(places):
    seen: set[str] = set()
    ranking = []
    for place in places:
        if place - seen:
            ranking.append(place - seen)
        seen |= place
    assert ranking_from_text(render_ranking(tuple(ranking))) == tuple(ranking)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a > > b", "empty place"),
        ("a >", "empty place"),
        ("a = = b", "empty place"),
        ("a > b > a", "names 'a' twice"),
        ("a" * 30_000, "30000 characters, must have at most 20000"),
    ],
)
def test_a_bad_ranking_is_refused_in_words(text, message):
    with pytest.raises(BallotError, match=message):
        ranking_from_text(text)


def test_all_faults_of_a_ballot_are_reported_at_once():
    ballot = Ballot("", (frozenset(), frozenset("ax"), frozenset("a")))
    codes = [problem.code for problem in check_ballot(ballot, "ab")]
    assert codes == ["ballot-id", "empty-place", "unknown-proposal", "ranked-twice"]
    with pytest.raises(BallotError, match="place 2 names 'x', must be one of a, b"):
        require_ballot(ballot, "ab")


def test_a_ballot_with_ties_and_gaps_fits():
    assert require_ballot(Ballot("1", A_THEN_B_AND_C), "abcd").ranking == A_THEN_B_AND_C
    assert check_ballot(Ballot("blank", ()), "ab") == ()


@pytest.mark.parametrize("ballot_id", ["x" * 65, "a\nb", "\x00"])
def test_ids_are_short_and_printable(ballot_id):
    assert [problem.code for problem in check_ballot(Ballot(ballot_id, ()), "a")] == ["ballot-id"]


def test_a_withdrawn_proposal_is_struck_out():
    assert Ballot("1", A_THEN_B_AND_C).keeping({"b", "c"}).ranking == (frozenset("bc"),)
    left = restrict_ballots([Ballot("1", A_THEN_B_AND_C), Ballot("2", (frozenset("a"),))], {"c"})
    assert left == (Ballot("1", (frozenset("c"),)), Ballot("2", ()))


def test_equal_rankings_are_counted_together():
    profile = build_profile("abc", [Ballot("1", A_THEN_B_AND_C), Ballot("2", A_THEN_B_AND_C), Ballot("3", ())])
    assert profile.rankings == ((A_THEN_B_AND_C, 2), ((), 1))
    assert profile.n_ballots == 3
    assert profile.pairwise() == ((0, 2, 2), (0, 0, 0), (0, 0, 0))


@pytest.mark.parametrize(
    ("proposals", "ballots", "message"),
    [
        ([], [], "has 0 proposals, must have 1 to 200"),
        (["a", "a"], [], "names proposal 'a' 2 times"),
        (["a", ""], [], "without an id"),
        (["a"], [Ballot("1", ()), Ballot("1", ())], "ballot '1' is there 2 times"),
        (["a"], [Ballot("1", (frozenset("b"),)), Ballot("2", (frozenset("c"),))], "ballot '1'.*\n.*ballot '2'"),
    ],
)
def test_a_vote_that_cannot_be_counted_is_refused(proposals, ballots, message):
    with pytest.raises(BallotError, match=message):
        build_profile(proposals, ballots)
