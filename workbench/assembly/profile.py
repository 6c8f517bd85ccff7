"""All ballots of one vote, checked, and how often each proposal is preferred to each other one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from workbench.assembly.ballot import Ballot, check_ballot
from workbench.assembly.ranking import Ranking
from workbench.errors import BallotError, Problem, require_no_errors

__all__ = ["MAX_PROPOSALS", "Profile", "build_profile"]

MAX_PROPOSALS = 200
"""Most proposals in one vote."""
_ROWS_AT_ONCE = 20_000
"""Different rankings compared in one step: bounds the memory at 16 MB for 200 proposals."""


@dataclass(frozen=True, slots=True)
class Profile:
    """One vote: what it is about and how it was voted. Build it with `build_profile`, which checks it."""

    proposal_ids: tuple[str, ...]
    n_ballots: int
    rankings: tuple[tuple[Ranking, int], ...]
    """Each different ranking with the number of ballots that say it."""

    def pairwise(self) -> tuple[tuple[int, ...], ...]:
        """
        Return for each proposal (row) how many ballots put it above each other one (column).

        Rows and columns are in the order of `proposal_ids`. Counted in 64-bit integers: exact.
        """
        n = len(self.proposal_ids)
        column = {proposal_id: ix for ix, proposal_id in enumerate(self.proposal_ids)}
        above = np.zeros((n, n), dtype=np.int64)
        for start in range(0, len(self.rankings), _ROWS_AT_ONCE):
            part = self.rankings[start : start + _ROWS_AT_ONCE]
            place = np.full((len(part), n), n, dtype=np.int32)  # left out: below every place
            for row, (ranking, _) in enumerate(part):
                for number, proposals in enumerate(ranking):
                    for proposal_id in proposals:
                        place[row, column[proposal_id]] = number
            weight = np.array([count for _, count in part], dtype=np.int64)
            for ix in range(n):
                above[ix] += weight @ (place[:, ix, None] < place)
        return tuple(tuple(int(count) for count in row) for row in above)


def build_profile(proposal_ids: Sequence[str], ballots: Sequence[Ballot]) -> Profile:
    """
    Return all ballots of a vote, each checked.

    Raises
    ------
    BallotError
        If there is no proposal or more than 200, a proposal is named twice, or any ballot does not fit; the message
        lists every ballot that does not.
    """
    ids = tuple(proposal_ids)
    if not 1 <= len(ids) <= MAX_PROPOSALS:
        raise BallotError(f"the vote has {len(ids)} proposals, must have 1 to {MAX_PROPOSALS}")
    if "" in ids:
        raise BallotError("the vote has a proposal without an id, each needs one")
    twice = [proposal_id for proposal_id in ids if ids.count(proposal_id) > 1]
    if twice:
        raise BallotError(f"the vote names proposal {twice[0]!r} {ids.count(twice[0])} times, must name it once")
    problems: list[Problem] = []
    known = frozenset(ids)
    for ballot in ballots:
        problems.extend(check_ballot(ballot, known))
    counts = Counter(ballot.ballot_id for ballot in ballots)
    require_no_errors(problems, BallotError)
    repeated = [ballot_id for ballot_id, count in counts.items() if count > 1]
    if repeated:
        raise BallotError(f"ballot {repeated[0]!r} is there {counts[repeated[0]]} times, must be there once")
    rankings = Counter(ballot.ranking for ballot in ballots)
    return Profile(ids, len(ballots), tuple(rankings.items()))
