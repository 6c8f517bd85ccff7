"""The rules an assembly may adopt for counting, written out. A rule takes proposals and ballots, returns an outcome."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from workbench.assembly.ballot import Ballot
from workbench.assembly.outcome import Outcome
from workbench.assembly.rules.condorcet import tally_ranked_pairs
from workbench.errors import NotFoundError

__all__ = ["RULES", "Rule", "get_rule"]


class Rule(Protocol):
    """A way to count ranked ballots."""

    def __call__(
        self, proposal_ids: Sequence[str], ballots: Sequence[Ballot], *, tie_order: Sequence[str] | None = None
    ) -> Outcome:
        """Return the outcome; with a tie order, without ties."""
        ...


RULES: Mapping[str, Rule] = {
    "ranked-pairs": tally_ranked_pairs,
}


def get_rule(name: str) -> Rule:
    """Return a rule by name; raises `NotFoundError` naming those there are."""
    if name not in RULES:
        raise NotFoundError(f"rule {name!r} is not known; there are {', '.join(sorted(RULES))}")
    return RULES[name]
