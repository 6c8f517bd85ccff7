"""Ranked pairs: examples from the literature, laws, and agreement with a plain twin."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.reference.ranked_pairs import count_pairs, ranked_pairs
from workbench.assembly import RULES, Ballot, Outcome, get_rule, ranking_from_text, render_ranking, tally_ranked_pairs
from workbench.assembly.outcome import Decision
from workbench.errors import BallotError, NotFoundError


def vote(text: str) -> list[Ballot]:
    """Read a profile written as `3: a > b` lines."""
    rankings = []
    for line in text.strip().splitlines():
        count, _, ranking = line.partition(":")
        rankings += [ranking] * int(count)
    return [Ballot(f"ballot {n}", ranking_from_text(ranking)) for n, ranking in enumerate(rankings)]


def tally(proposals: str, text: str, tie_order: str | None = None) -> Outcome:
    return tally_ranked_pairs(proposals.split(), vote(text), tie_order=tie_order.split() if tie_order else None)


def steps(outcome: Outcome) -> list[str]:
    return [f"{step.winner}>{step.loser} {step.margin} {step.decision}" for step in outcome.rounds]


class TestLiterature:
    def test_tennessee_capital(self):
        # 100 voters: Nashville is preferred to each other city. Memphis has the most first places and ends last.
        outcome = tally(
            "M N C K",
            """
            42: M > N > C > K
            26: N > C > K > M
            15: C > K > N > M
            17: K > C > N > M
            """,
        )
        assert render_ranking(outcome.ranking) == "N > C > K > M"
        assert outcome.count_above("N", "M") == 58
        assert outcome.count_above("C", "K") == 83
        assert steps(outcome)[0] == "C>K 66 locked"

    def test_tideman_1987_clones_do_not_change_the_winner(self):
        # Tideman (1987): a wins 60 to 40 against b. Borda would let b win once it is cloned; ranked pairs does not.
        alone = tally("a b", "60: a > b\n40: b > a")
        cloned = tally("a b c", "60: a > b > c\n40: b > c > a")
        assert render_ranking(alone.ranking) == "a > b"
        assert render_ranking(cloned.ranking) == "a > b > c"

    def test_condorcet_cycle_gives_way_at_its_weakest_majority(self):
        # a>b by 7-2, b>c by 6-3, c>a by 5-4: the weakest, c over a, is not locked.
        outcome = tally("a b c", "4: a > b > c\n3: c > a > b\n2: b > c > a")
        assert render_ranking(outcome.ranking) == "a > b > c"
        assert steps(outcome) == ["a>b 5 locked", "b>c 3 locked", "c>a 1 against-locked"]
        assert outcome.rounds[2].path == ("a", "b", "c")

    def test_schulze_2011_example_1_with_45_voters(self):
        # Schulze (2011), https://doi.org/10.1007/s00355-010-0475-4, example 1. By hand: b>d 21, e>d 17, a>d 15, c>b 13
        # are locked; d>c 11 closes a circle with c>b>d; e>b 9, a>c 7 are locked; b>a 5 closes one with a>c>b; c>e 3 is
        # locked; e>a 1 closes one with a>c>e. (Schulze's own rule puts e first: the two rules differ here.)
        outcome = tally(
            "a b c d e",
            """
            5: a > c > b > e > d
            5: a > d > e > c > b
            8: b > e > d > a > c
            3: c > a > b > e > d
            7: c > a > e > b > d
            2: c > b > a > d > e
            7: d > c > e > b > a
            8: e > b > a > d > c
            """,
        )
        assert render_ranking(outcome.ranking) == "a > c > e > b > d"
        skipped = [(s.winner, s.loser, s.margin) for s in outcome.rounds if s.decision is Decision.AGAINST_LOCKED]
        assert skipped == [("d", "c", 11), ("b", "a", 5), ("e", "a", 1)]
        assert outcome.rounds[0].votes_for == 33


class TestTies:
    def test_all_tied(self):
        outcome = tally("a b c", "1: a > b > c\n1: c > b > a")
        assert outcome.ranking == (frozenset("abc"),)
        assert outcome.has_ties
        assert outcome.rounds == ()
        assert outcome.get_place("c") == 1

    def test_no_ballots_and_blank_ballots_tie_everything(self):
        assert tally("a b", "").ranking == (frozenset("ab"),)
        blank = tally_ranked_pairs(["a", "b"], [Ballot("1", ()), Ballot("2", ())])
        assert blank.ranking == (frozenset("ab"),)
        assert blank.n_ballots == 2

    def test_a_circle_of_equal_majorities_is_not_decided_silently(self):
        # a>b, b>c, c>a, each 2 to 1.
        outcome = tally("a b c", "1: a > b > c\n1: b > c > a\n1: c > a > b")
        assert outcome.ranking == (frozenset("abc"),)
        assert {step.decision for step in outcome.rounds} == {Decision.CIRCLE_OF_EQUALS}

    def test_the_tie_order_settles_a_circle_and_is_recorded(self):
        outcome = tally("a b c", "1: a > b > c\n1: b > c > a\n1: c > a > b", tie_order="b a c")
        # b>c goes first (b stands highest), then a>b; c>a would close the circle.
        assert render_ranking(outcome.ranking) == "a > b > c"
        assert len(outcome.tie_breaks) == 1
        assert outcome.tie_breaks[0].settled == (("b", "c"), ("a", "b"))
        assert outcome.tie_breaks[0].tied == ("b", "a", "c")
        assert outcome.tie_breaks[0].margin == 1

    def test_the_tie_order_settles_even_pairs_last(self):
        outcome = tally("a b c", "1: a > b > c\n1: c > a > b", tie_order="c b a")
        # a over b is locked 2 to 0; c is level with both and stands first in the order.
        assert render_ranking(outcome.ranking) == "c > a > b"
        assert outcome.tie_breaks[0].margin == 0

    def test_an_unused_tie_order_leaves_no_record(self):
        outcome = tally("a b", "2: a > b\n1: b > a", tie_order="b a")
        assert render_ranking(outcome.ranking) == "a > b"
        assert outcome.tie_breaks == ()

    def test_a_weak_circle_does_not_touch_a_stronger_majority(self):
        # a over b by 6 is locked. b>c and c>a, both by 2, close a circle with it: neither is locked, a over b stays.
        outcome = tally(
            "a b c",
            """
            4: a > b > c
            2: b > c > a
            4: c > a > b
            """,
        )
        assert [(s.winner, s.loser, s.margin) for s in outcome.rounds] == [("a", "b", 6), ("b", "c", 2), ("c", "a", 2)]
        assert outcome.ranking == (frozenset("ac"), frozenset("b"))
        assert outcome.undecided == (("c", "b"),)
        assert any("do not settle c against b" in sentence for sentence in outcome.explain())

    def test_equal_majorities_that_agree_are_both_locked(self):
        outcome = tally("a b c", "1: a > b = c")
        assert outcome.ranking == (frozenset("a"), frozenset("bc"))
        assert all(step.decision is Decision.LOCKED for step in outcome.rounds)


class TestPartialBallots:
    def test_left_out_is_below_ranked_and_tied_among_themselves(self):
        outcome = tally("a b c", "1: b")
        assert outcome.ranking == (frozenset("b"), frozenset("ac"))
        assert outcome.count_above("b", "a") == 1
        assert outcome.count_above("a", "c") == 0


class TestExplanation:
    def test_sentences_name_the_proposals_and_follow_the_count(self):
        outcome = tally("a b c", "4: a > b > c\n3: c > a > b\n2: b > c > a")
        sentences = outcome.explain({"a": "Avenue A", "b": "Broadway", "c": "Canal"})
        assert sentences[0].startswith("9 ballots were counted.")
        assert "Avenue A over Broadway: 7 to 2. Locked." in sentences
        assert (
            "Canal over Avenue A: 5 to 4. Not locked, because Avenue A over Broadway over Canal was locked before."
            in sentences
        )
        assert sentences[-3:] == ("Place 1: Avenue A.", "Place 2: Broadway.", "Place 3: Canal.")

    def test_who_is_preferred_to_each_other_one_is_said(self):
        said = "More ballots put a above than below each of the others."
        assert said in tally("a b c", "2: a > b > c\n1: c > b > a").explain()
        assert said not in tally("a b c", "1: a > b > c\n1: c > b > a").explain()
        assert said not in tally("a", "1: a").explain()

    def test_ties_are_said(self):
        sentences = tally("a b c", "1: a > b\n1: b > a").explain()
        assert "a and b: 1 to 1. As many ballots say one thing as the other." in sentences
        assert "Place 1 is shared by a and b: they are tied." in sentences
        assert sentences[-1] == "Place 3: c."

    def test_tie_breaks_are_said(self):
        sentences = tally("a b", "1: a > b\n1: b > a", tie_order="b a").explain()
        assert any("tie order published before the vote settled it: b over a" in sentence for sentence in sentences)


class TestBadInput:
    @pytest.mark.parametrize(
        ("order", "message"),
        [("a b", "leaves out 'c'"), ("a b c d", "names 'd'"), ("a b c a", "names a proposal twice")],
    )
    def test_tie_order_must_name_each_proposal_once(self, order, message):
        with pytest.raises(BallotError, match=message):
            tally("a b c", "1: a", tie_order=order)

    def test_rules_are_found_by_name(self):
        assert get_rule("ranked-pairs") is RULES["ranked-pairs"] is tally_ranked_pairs
        with pytest.raises(NotFoundError, match="there are ranked-pairs"):
            get_rule("dice")


PROPOSALS = "abcde"


@st.composite
def rankings(draw):
    """A weak order of some of the proposals."""
    chosen = draw(st.permutations(PROPOSALS))[: draw(st.integers(0, len(PROPOSALS)))]
    cuts = draw(st.lists(st.booleans(), min_size=len(chosen), max_size=len(chosen)))
    places: list[set[str]] = []
    for proposal, starts_place in zip(chosen, cuts, strict=True):
        if starts_place or not places:
            places.append(set())
        places[-1].add(proposal)
    return tuple(frozenset(place) for place in places)


profiles = st.lists(rankings(), min_size=0, max_size=9)
full_profiles = st.lists(
    st.permutations(PROPOSALS).map(lambda p: tuple(frozenset(x) for x in p)), min_size=1, max_size=9
)


def count(proposals, votes, tie_order=None):
    return tally_ranked_pairs(proposals, [Ballot(str(n), r) for n, r in enumerate(votes)], tie_order=tie_order)


class TestLaws:
    @settings(max_examples=300)
    @given(profiles, st.none() | st.permutations(PROPOSALS))
    def test_equals_the_plain_twin(self, votes, tie_order):
        assert [set(p) for p in count(PROPOSALS, votes, tie_order).ranking] == ranked_pairs(PROPOSALS, votes, tie_order)

    @given(full_profiles, st.permutations(PROPOSALS))
    def test_equals_the_plain_twin_on_full_ballots(self, votes, tie_order):
        assert [set(p) for p in count(PROPOSALS, votes).ranking] == ranked_pairs(PROPOSALS, votes)
        assert [set(p) for p in count(PROPOSALS, votes, tie_order).ranking] == ranked_pairs(PROPOSALS, votes, tie_order)

    @given(profiles, st.randoms(use_true_random=False))
    def test_anonymity_voters_may_be_renamed_and_shuffled(self, votes, random):
        before = count(PROPOSALS, votes)
        shuffled = list(votes)
        random.shuffle(shuffled)
        assert count(PROPOSALS, shuffled) == before

    @given(profiles, st.permutations(PROPOSALS), st.permutations(PROPOSALS))
    def test_neutrality_renaming_proposals_renames_the_outcome(self, votes, renamed, listed):
        names = dict(zip(PROPOSALS, renamed, strict=True))

        def rename(ranking):
            return tuple(frozenset(names[p] for p in place) for place in ranking)

        assert count(listed, [rename(r) for r in votes]).ranking == rename(count(PROPOSALS, votes).ranking)

    @given(profiles.filter(bool), st.none() | st.permutations(PROPOSALS))
    def test_unanimity_what_all_put_higher_stands_higher(self, votes, tie_order):
        outcome = count(PROPOSALS, votes, tie_order)
        pairs = count_pairs(PROPOSALS, votes)
        for (upper, lower), n in pairs.items():
            if n == len(votes):
                assert outcome.get_place(upper) < outcome.get_place(lower)

    @given(profiles, st.none() | st.permutations(PROPOSALS))
    def test_who_beats_all_is_alone_in_first_place_who_loses_to_all_in_last(self, votes, tie_order):
        outcome = count(PROPOSALS, votes, tie_order)
        pairs = count_pairs(PROPOSALS, votes)
        for proposal in PROPOSALS:
            others = [p for p in PROPOSALS if p != proposal]
            if all(pairs[proposal, p] > pairs[p, proposal] for p in others):
                assert outcome.ranking[0] == {proposal}
            if all(pairs[proposal, p] < pairs[p, proposal] for p in others):
                assert outcome.ranking[-1] == {proposal}

    @given(profiles, st.permutations(PROPOSALS))
    def test_with_a_tie_order_no_tie_remains(self, votes, tie_order):
        outcome = count(PROPOSALS, votes, tie_order)
        assert not outcome.has_ties
        assert outcome.undecided == ()

    @given(profiles)
    def test_every_place_holds_and_locked_pairs_are_kept(self, votes):
        outcome = count(PROPOSALS, votes)
        assert sorted(p for place in outcome.ranking for p in place) == sorted(PROPOSALS)
        for step in outcome.rounds:
            if step.decision is Decision.LOCKED:
                assert outcome.get_place(step.winner) < outcome.get_place(step.loser)
        assert all(first.margin >= second.margin for first, second in pairwise(outcome.rounds))
        assert outcome.explain()
        assert outcome.to_json()["n_ballots"] == len(votes)


def test_two_hundred_proposals_that_all_agree_are_counted_quickly():
    names = [f"p{n:03}" for n in range(200)]
    outcome = count(names, [tuple(frozenset([name]) for name in names)])
    assert len(outcome.ranking) == 200
