"""One member's ballot: an id and a ranking, partial or with ties. What makes it fit its vote is checked here."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from workbench.assembly.ranking import Ranking, keep_only, shorten
from workbench.errors import BallotError, Level, Problem, require_no_errors

__all__ = ["Ballot", "check_ballot", "require_ballot", "restrict_ballots"]

MAX_ID = 64
"""Longest ballot id, characters."""


@dataclass(frozen=True, slots=True)
class Ballot:
    """
    One ranked ballot.

    A proposal left out ranks below every proposal that is ranked, tied with the others left out. A ballot that
    ranks nothing is a blank ballot: it counts as cast and prefers nothing.
    """

    ballot_id: str
    """Names the ballot, never the person."""
    ranking: Ranking

    def keeping(self, proposal_ids: Collection[str]) -> Ballot:
        """Return this ballot with every other proposal struck out."""
        return Ballot(self.ballot_id, keep_only(self.ranking, proposal_ids))


def check_ballot(ballot: Ballot, proposal_ids: Collection[str]) -> tuple[Problem, ...]:
    """Return everything that keeps a ballot from being counted in a vote on these proposals."""
    where = f"ballot {shorten(ballot.ballot_id)!r}"
    problems = []

    def add(code: str, message: str) -> None:
        problems.append(Problem(Level.ERROR, code, message, where))

    if not 1 <= len(ballot.ballot_id) <= MAX_ID or not ballot.ballot_id.isprintable():
        length = len(ballot.ballot_id)
        add("ballot-id", f"its id has {length} characters, must have 1 to {MAX_ID} that can be printed")
    seen: set[str] = set()
    for number, place in enumerate(ballot.ranking, start=1):
        if not place:
            add("empty-place", f"place {number} has 0 proposals, must have at least 1")
        for proposal_id in sorted(place):
            if proposal_id not in proposal_ids:
                known = shorten(", ".join(sorted(proposal_ids)), limit=200)
                add("unknown-proposal", f"place {number} names {shorten(proposal_id)!r}, must be one of {known}")
            elif proposal_id in seen:
                add("ranked-twice", f"place {number} names {shorten(proposal_id)!r} again, must name it once")
            seen.add(proposal_id)
    return tuple(problems)


def require_ballot(ballot: Ballot, proposal_ids: Collection[str]) -> Ballot:
    """Return the ballot; raises `BallotError` with everything that is wrong with it."""
    require_no_errors(check_ballot(ballot, proposal_ids), BallotError)
    return ballot


def restrict_ballots(ballots: Iterable[Ballot], proposal_ids: Collection[str]) -> tuple[Ballot, ...]:
    """Return all ballots with every other proposal struck out: those that are left of a list keep their order."""
    return tuple(ballot.keeping(proposal_ids) for ballot in ballots)
