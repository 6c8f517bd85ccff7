"""Ranked pairs: a Condorcet rule that locks the clearest majorities first. Exact integers, no chance, ties kept.

In: proposals and ranked ballots. Out: an `Outcome` with every majority in its turn. Worked example and reasons:
`docs/rules/ranked-pairs.md`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from workbench.assembly.ballot import Ballot
from workbench.assembly.outcome import Decision, Outcome, Round, TieBreak
from workbench.assembly.profile import build_profile
from workbench.assembly.ranking import Ranking
from workbench.errors import BallotError

__all__ = ["tally_ranked_pairs"]

Matrix = tuple[tuple[int, ...], ...]
Edge = tuple[int, int]


def tally_ranked_pairs(
    proposal_ids: Sequence[str], ballots: Sequence[Ballot], *, tie_order: Sequence[str] | None = None
) -> Outcome:
    """
    Return the outcome of a vote counted by ranked pairs.

    Every pair of proposals is compared: a majority is the pair (winner, loser) with the number of ballots that put the
    winner above the loser, less those that say the opposite (its margin). Majorities are taken strongest first and
    locked unless they would close a circle with those locked before.

    All majorities of one margin are taken *together*: none of them goes first. Those that stand on a circle made of
    locked majorities and of others of the same margin are not locked, because nothing in the ballots says which of them
    should give way; the rest are. First place then goes to every proposal that nothing locked stands above; these are
    taken out, and the next place is filled the same way. Proposals on one place are tied.

    With a tie order the same circles, and pairs that as many ballots put one way as the other, are settled by it: the
    majority whose winner stands higher in the order goes first, then the one whose loser does. Every use is recorded,
    and no tie remains.

    Parameters
    ----------
    proposal_ids
        What was voted on, 1 to 200, in any order. The order changes nothing in the result.
    ballots
        Ranked ballots; ties and partial rankings are allowed, proposals left out rank last, tied.
    tie_order
        All proposals, best first, drawn and published before voting opened. None keeps ties.

    Returns
    -------
    outcome
        Ranking, pairwise counts, every majority with its decision, every use of the tie order.

    Raises
    ------
    BallotError
        If a ballot does not fit the vote, or the tie order does not name each proposal exactly once.

    Notes
    -----
    Ties arise where pairs are even, or where majorities of one margin go round in a circle. A proposal that beats every
    other one is always alone in first place; one that all ballots put above another always stands above it.

    References
    ----------
    Tideman, T. N. (1987). Independence of clones as a criterion for voting rules. Social Choice and Welfare 4,
    185-206. https://doi.org/10.1007/BF00433944
    Zavist, T. M. and Tideman, T. N. (1989). Complete independence of clones in the ranked pairs rule. Social Choice and
    Welfare 6, 167-173. https://doi.org/10.1007/BF00303170 (a tie order for majorities)
    Brill, M. and Fischer, F. (2012). The price of neutrality for the ranked pairs method. AAAI 26, 1299-1305 (why
    trying every order of equal majorities is out of reach: it is NP-hard)
    """
    profile = build_profile(proposal_ids, ballots)
    ids, above = profile.proposal_ids, profile.pairwise()
    order = None if tie_order is None else _require_tie_order(tie_order, ids)
    graph = _Locked(len(ids))
    rounds: list[Round] = []
    uses: list[TieBreak] = []
    for margin, majorities in _by_margin(above):
        entries = _lock_equals(graph, majorities, order)
        rounds += [_round(ids, above, edge, decision, path) for edge, decision, path, _ in entries]
        settled = [edge for edge, decision, _, by_order in entries if by_order and decision is Decision.LOCKED]
        uses += _tie_break(ids, order, margin, settled)
    if order is not None:
        uses += _tie_break(ids, order, 0, _settle_even_pairs(graph, above, order))
    ranking = _peel(graph, ids)
    return Outcome(
        rule="ranked-pairs",
        proposal_ids=ids,
        n_ballots=profile.n_ballots,
        ranking=ranking,
        pairwise=above,
        rounds=tuple(rounds),
        tie_breaks=tuple(uses),
        tie_order=None if order is None else tuple(ids[ix] for ix in order),
        undecided=_undecided(graph, ids, ranking),
    )


class _Locked:
    """The locked majorities as a directed graph, with what can be reached from where kept up to date as bits."""

    def __init__(self, n: int) -> None:
        self.n = n
        self.edges: list[list[int]] = [[] for _ in range(n)]
        self.reach = [0] * n

    def add(self, edge: Edge) -> None:
        """Lock one majority; costs n operations on whole bit rows."""
        winner, loser = edge
        self.edges[winner].append(loser)
        gained = self.reach[loser] | 1 << loser
        for ix in range(self.n):
            if ix == winner or self.reaches(ix, winner):
                self.reach[ix] |= gained

    def reaches(self, start: int, end: int) -> bool:
        """Return whether a chain of locked majorities leads from one proposal to another."""
        return bool(self.reach[start] >> end & 1)

    def copy(self) -> _Locked:
        """Return a copy that can be changed on its own."""
        twin = _Locked(self.n)
        twin.edges = [list(row) for row in self.edges]
        twin.reach = list(self.reach)
        return twin

    def get_path(self, start: int, end: int) -> tuple[int, ...]:
        """Return a shortest chain between two proposals, both included."""
        before = {start: start}
        queue = [start]
        for node in queue:
            if node == end:
                break
            for following in sorted(self.edges[node]):
                if following not in before:
                    before[following] = node
                    queue.append(following)
        path = [end]
        while path[-1] != start:
            path.append(before[path[-1]])
        return tuple(reversed(path))


_Entry = tuple[Edge, Decision, tuple[int, ...], bool]
"""A majority, its decision, the circle it would close, and whether the tie order decided its turn."""


def _by_margin(above: Matrix) -> Iterator[tuple[int, list[Edge]]]:
    """Yield each margin, the largest first, with its majorities."""
    levels: dict[int, list[Edge]] = {}
    for winner, row in enumerate(above):
        for loser, votes in enumerate(row):
            margin = votes - above[loser][winner]
            if margin > 0:
                levels.setdefault(margin, []).append((winner, loser))
    for margin in sorted(levels, reverse=True):
        yield margin, levels[margin]


def _lock_equals(graph: _Locked, majorities: list[Edge], order: list[int] | None) -> list[_Entry]:
    """Lock the majorities of one margin together into `graph`; those on a circle of equals only by the tie order."""
    entries: list[_Entry] = []
    candidates: list[Edge] = []
    for winner, loser in majorities:
        if graph.reaches(loser, winner):
            entries.append(((winner, loser), Decision.AGAINST_LOCKED, graph.get_path(loser, winner), False))
        else:
            candidates.append((winner, loser))
    together = graph.copy()
    for edge in candidates:
        together.add(edge)
    circle = [edge for edge in candidates if together.reaches(edge[1], edge[0])]
    for edge in candidates:
        if edge not in circle:
            graph.add(edge)
            entries.append((edge, Decision.LOCKED, (), False))
    if order is None:
        entries += [(edge, Decision.CIRCLE_OF_EQUALS, together.get_path(edge[1], edge[0]), False) for edge in circle]
        return entries
    turn = {ix: position for position, ix in enumerate(order)}
    for winner, loser in sorted(circle, key=lambda edge: (turn[edge[0]], turn[edge[1]])):
        if graph.reaches(loser, winner):
            entries.append(((winner, loser), Decision.AGAINST_LOCKED, graph.get_path(loser, winner), True))
        else:
            graph.add((winner, loser))
            entries.append(((winner, loser), Decision.LOCKED, (), True))
    return entries


def _settle_even_pairs(graph: _Locked, above: Matrix, order: list[int]) -> list[Edge]:
    """Put pairs that no majority orders, directly or by a chain, in the tie order; return those it settled."""
    settled = []
    for position, upper in enumerate(order):
        for lower in order[position + 1 :]:
            is_open = not graph.reaches(upper, lower) and not graph.reaches(lower, upper)
            if is_open:
                assert above[upper][lower] == above[lower][upper], "every majority is locked or against locked ones"
                graph.add((upper, lower))
                settled.append((upper, lower))
    return settled


def _peel(graph: _Locked, ids: tuple[str, ...]) -> Ranking:
    """Return the places: each takes every proposal that no remaining one stands above."""
    remaining = list(range(len(ids)))
    places = []
    while remaining:
        top = [ix for ix in remaining if not any(graph.reaches(other, ix) for other in remaining)]
        places.append(frozenset(ids[ix] for ix in top))
        remaining = [ix for ix in remaining if ix not in top]
    return tuple(places)


def _undecided(graph: _Locked, ids: tuple[str, ...], ranking: Ranking) -> tuple[tuple[str, str], ...]:
    """Return the pairs (above, below) on different places between which nothing is locked."""
    at = {proposal_id: ix for ix, proposal_id in enumerate(ids)}
    pairs = []
    for place, uppers in enumerate(ranking):
        for lowers in ranking[place + 1 :]:
            pairs += [
                (upper, lower)
                for upper in sorted(uppers)
                for lower in sorted(lowers)
                if not graph.reaches(at[upper], at[lower])
            ]
    return tuple(pairs)


def _round(ids: tuple[str, ...], above: Matrix, edge: Edge, decision: Decision, path: tuple[int, ...]) -> Round:
    """Return a majority's turn with ids instead of positions."""
    winner, loser = edge
    return Round(
        winner=ids[winner],
        loser=ids[loser],
        votes_for=above[winner][loser],
        votes_against=above[loser][winner],
        decision=decision,
        path=tuple(ids[ix] for ix in path),
    )


def _tie_break(ids: tuple[str, ...], order: list[int] | None, margin: int, settled: list[Edge]) -> list[TieBreak]:
    """Return the record of one use of the tie order; empty if it settled nothing."""
    if order is None or not settled:
        return []
    concerned = {ix for edge in settled for ix in edge}
    tied = tuple(ids[ix] for ix in order if ix in concerned)
    return [TieBreak(tied, margin, tuple((ids[upper], ids[lower]) for upper, lower in settled))]


def _require_tie_order(tie_order: Sequence[str], ids: tuple[str, ...]) -> list[int]:
    """Return the tie order as positions; it must name each proposal exactly once."""
    at = {proposal_id: ix for ix, proposal_id in enumerate(ids)}
    for proposal_id in tie_order:
        if proposal_id not in at:
            raise BallotError(f"tie order names {proposal_id!r}, must be one of {', '.join(ids)}")
    missing = [proposal_id for proposal_id in ids if proposal_id not in tie_order]
    if missing or len(tie_order) != len(ids):
        wrong = f"leaves out {missing[0]!r}" if missing else "names a proposal twice"
        raise BallotError(f"tie order {wrong}, must name each of the {len(ids)} proposals once")
    return [at[proposal_id] for proposal_id in tie_order]
