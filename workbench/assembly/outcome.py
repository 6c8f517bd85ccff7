"""The result of a count: the ranking with its ties, every step that led to it, and the sentences that explain it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from workbench.assembly.ranking import Ranking, find_place

__all__ = ["Decision", "Json", "Outcome", "Round", "TieBreak"]

Json = dict[str, "Json"] | list["Json"] | str | int | float | bool | None


class Decision(StrEnum):
    """What became of one majority."""

    LOCKED = "locked"
    AGAINST_LOCKED = "against-locked"
    """It would close a circle with majorities locked before it."""
    CIRCLE_OF_EQUALS = "circle-of-equals"
    """It stands on a circle of majorities of the same strength; none of those is locked."""


@dataclass(frozen=True, slots=True)
class Round:
    """One majority in its turn, strongest first."""

    winner: str
    loser: str
    votes_for: int
    """Ballots that put the winner above the loser."""
    votes_against: int
    """Ballots that put the loser above the winner."""
    decision: Decision
    path: tuple[str, ...] = ()
    """The circle it would close: from the loser back to the winner."""

    @property
    def margin(self) -> int:
        """How many more ballots are for than against: the strength of the majority."""
        return self.votes_for - self.votes_against


@dataclass(frozen=True, slots=True)
class TieBreak:
    """One use of the published tie order."""

    tied: tuple[str, ...]
    """The proposals concerned, in the tie order."""
    margin: int
    """Strength of the majorities that were equal; 0 where as many ballots say one thing as the other."""
    settled: tuple[tuple[str, str], ...]
    """The pairs (above, below) that the tie order settled."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of one vote under one rule."""

    rule: str
    """Key of `RULES`."""
    proposal_ids: tuple[str, ...]
    n_ballots: int
    ranking: Ranking
    """Best first; proposals that share a place are tied."""
    pairwise: tuple[tuple[int, ...], ...]
    """Ballots that put the row's proposal above the column's, in the order of `proposal_ids`."""
    rounds: tuple[Round, ...]
    tie_breaks: tuple[TieBreak, ...] = ()
    tie_order: tuple[str, ...] | None = None
    """The order published before the vote, best first; None if ties stay."""
    undecided: tuple[tuple[str, str], ...] = ()
    """Pairs on different places that the ballots did not settle between the two, neither directly nor by a chain."""

    @property
    def has_ties(self) -> bool:
        """Whether any proposals share a place."""
        return any(len(place) > 1 for place in self.ranking)

    def count_above(self, proposal_id: str, other_id: str) -> int:
        """Return how many ballots put one proposal above another."""
        return self.pairwise[self.proposal_ids.index(proposal_id)][self.proposal_ids.index(other_id)]

    def explain(self, names: Mapping[str, str] | None = None) -> tuple[str, ...]:
        """
        Return the count in sentences that anyone can follow, in the order in which it happened.

        Parameters
        ----------
        names
            What to call each proposal; its id where there is none.
        """
        return _explain(self, names or {})

    def to_json(self) -> dict[str, Json]:
        """Return plain dicts and lists: `rule`, `n_ballots`, `ranking`, `rounds` and what stands behind them."""
        return {
            "rule": self.rule,
            "n_ballots": self.n_ballots,
            "proposals": list(self.proposal_ids),
            "ranking": [[i for i in self.proposal_ids if i in place] for place in self.ranking],
            "pairwise": [list(row) for row in self.pairwise],
            "rounds": [
                {
                    "winner": step.winner,
                    "loser": step.loser,
                    "votes_for": step.votes_for,
                    "votes_against": step.votes_against,
                    "margin": step.margin,
                    "decision": step.decision.value,
                    "path": list(step.path),
                }
                for step in self.rounds
            ],
            "tie_order": None if self.tie_order is None else list(self.tie_order),
            "tie_breaks": [
                {"tied": list(use.tied), "margin": use.margin, "settled": [list(pair) for pair in use.settled]}
                for use in self.tie_breaks
            ],
            "undecided": [list(pair) for pair in self.undecided],
        }

    def get_place(self, proposal_id: str) -> int:
        """Return the place of a proposal as people count: 1 is first; after two tied firsts comes 3."""
        place = find_place(self.ranking, proposal_id)
        if place is None:
            raise KeyError(proposal_id)
        return 1 + sum(len(above) for above in self.ranking[:place])


def _explain(outcome: Outcome, names: Mapping[str, str]) -> tuple[str, ...]:
    """Return the sentences of a ranked-pairs count: what was counted, each majority in turn, ties, the result."""

    def name(proposal_id: str) -> str:
        return names.get(proposal_id, proposal_id)

    sentences = [
        f"{_count(outcome.n_ballots, 'ballot')} {'was' if outcome.n_ballots == 1 else 'were'} counted. "
        "A proposal that a ballot leaves out stands below those it ranks.",
        "Every two proposals were compared: how many ballots put one above the other. The clearest majorities were "
        "locked first; one that would contradict those already locked was not.",
    ]
    sentences += [_explain_round(step, name) for step in outcome.rounds]
    sentences += [
        f"{name(upper)} and {name(lower)}: {votes} to {votes}. As many ballots say one thing as the other."
        for upper, lower, votes in _even_pairs(outcome)
    ]
    sentences += [_explain_tie_break(use, name) for use in outcome.tie_breaks]
    sentences += [
        f"The ballots do not settle {name(upper)} against {name(lower)}. {name(upper)} is placed higher because fewer "
        f"locked majorities, one after the other, stand above it."
        for upper, lower in outcome.undecided
    ]
    return (*sentences, *_explain_places(outcome, name))


def _explain_round(step: Round, name: Callable[[str], str]) -> str:
    """Return one majority's turn as a sentence."""
    opening = f"{name(step.winner)} over {name(step.loser)}: {step.votes_for} to {step.votes_against}."
    chain = " over ".join(name(proposal_id) for proposal_id in step.path)
    if step.decision is Decision.LOCKED:
        return f"{opening} Locked."
    if step.decision is Decision.AGAINST_LOCKED:
        return f"{opening} Not locked, because {chain} was locked before."
    return (
        f"{opening} Not locked: with {chain} it goes round in a circle, and majorities equally clear "
        "stand on it, so nothing says which should give way."
    )


def _explain_tie_break(use: TieBreak, name: Callable[[str], str]) -> str:
    """Return one use of the tie order as a sentence."""
    pairs = ", ".join(f"{name(upper)} over {name(lower)}" for upper, lower in use.settled)
    reason = (
        f"Majorities of {_count(use.margin, 'ballot')} more went round in a circle."
        if use.margin
        else "The ballots left some proposals level."
    )
    return f"{reason} The tie order published before the vote settled it: {pairs}."


def _explain_places(outcome: Outcome, name: Callable[[str], str]) -> Iterator[str]:
    """Yield a sentence about who beats all others, if somebody does, and one for each place of the result."""
    for one in outcome.proposal_ids:
        others = [other for other in outcome.proposal_ids if other != one]
        if others and all(outcome.count_above(one, other) > outcome.count_above(other, one) for other in others):
            yield f"More ballots put {name(one)} above than below each of the others."
    for place in outcome.ranking:
        shared = [proposal_id for proposal_id in outcome.proposal_ids if proposal_id in place]
        number = outcome.get_place(shared[0])
        if len(shared) == 1:
            yield f"Place {number}: {name(shared[0])}."
        else:
            *first, last = (name(proposal_id) for proposal_id in shared)
            yield f"Place {number} is shared by {', '.join(first)} and {last}: they are tied."


def _even_pairs(outcome: Outcome) -> Iterator[tuple[str, str, int]]:
    """Yield the pairs that as many ballots put one way as the other, with that number."""
    for ix, upper in enumerate(outcome.proposal_ids):
        for below, lower in enumerate(outcome.proposal_ids[:ix]):
            if outcome.pairwise[ix][below] == outcome.pairwise[below][ix]:
                yield lower, upper, outcome.pairwise[ix][below]


def _count(n: int, noun: str) -> str:
    """Return a number with its noun."""
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"
