"""A slow plain twin of `tally_ranked_pairs`, written from the definition with dicts, sets and loops over paths."""

from __future__ import annotations


def count_pairs(proposals, rankings):
    """Ballots that put a above b, for every ordered pair."""
    votes = {(a, b): 0 for a in proposals for b in proposals if a != b}
    for ranking in rankings:
        place = {p: len(ranking) for p in proposals}
        for number, tied in enumerate(ranking):
            for p in tied:
                place[p] = number
        for a, b in votes:
            if place[a] < place[b]:
                votes[a, b] += 1
    return votes


def is_above(locked, a, b):
    """Whether a chain of locked pairs leads from a to b; every simple path is walked."""

    def walk(at, seen):
        return any(y == b or (y not in seen and walk(y, seen | {y})) for x, y in locked if x == at)

    return walk(a, {a})


def ranked_pairs(proposals, rankings, tie_order=None):
    """The ranking as a list of sets, best first."""
    votes = count_pairs(proposals, rankings)
    strength = {pair: votes[pair] - votes[pair[::-1]] for pair in votes}
    locked = set()
    for margin in sorted({m for m in strength.values() if m > 0}, reverse=True):
        equals = {pair for pair, m in strength.items() if m == margin}
        fitting = {(a, b) for a, b in equals if not is_above(locked, b, a)}
        everything = locked | fitting
        circle = {(a, b) for a, b in fitting if is_above(everything, b, a)}
        locked |= fitting - circle
        if tie_order:
            for a, b in sorted(circle, key=lambda pair: [tie_order.index(p) for p in pair]):
                if not is_above(locked, b, a):
                    locked.add((a, b))
    if tie_order:
        for i, a in enumerate(tie_order):
            for b in tie_order[i + 1 :]:
                if not is_above(locked, a, b) and not is_above(locked, b, a):
                    locked.add((a, b))
    places, remaining = [], set(proposals)
    while remaining:
        top = {p for p in remaining if not any(is_above(locked, q, p) for q in remaining if q != p)}
        places.append(top)
        remaining -= top
    return places
