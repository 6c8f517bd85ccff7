"""Rankings: proposals best first, ties kept together, and the short text people and files write them in.

`a > b = c > d` means: a first, then b and c on the same place, then d.
"""

from __future__ import annotations

from collections.abc import Collection

from workbench.errors import BallotError

__all__ = ["Ranking", "find_place", "keep_only", "ranking_from_text", "render_ranking"]

Ranking = tuple[frozenset[str], ...]
"""Best first; each set holds the proposals that share a place."""

MAX_TEXT = 20_000
"""Longest ranking text that is read, characters."""


def ranking_from_text(text: str) -> Ranking:
    """
    Return the ranking written as `a > b = c`.

    Raises
    ------
    BallotError
        If a place is empty, a proposal is named twice, or the text is longer than 20,000 characters.
    """
    if len(text) > MAX_TEXT:
        raise BallotError(f"ranking has {len(text)} characters, must have at most {MAX_TEXT}")
    if not text.strip():
        return ()
    places = [[name.strip() for name in place.split("=")] for place in text.split(">")]
    named = [name for place in places for name in place]
    if "" in named:
        raise BallotError(f"ranking {shorten(text)!r} has an empty place; write it like a > b = c")
    twice = sorted({name for name in named if named.count(name) > 1})
    if twice:
        raise BallotError(f"ranking {shorten(text)!r} names {twice[0]!r} twice, must name each proposal once")
    return tuple(frozenset(place) for place in places)


def render_ranking(ranking: Ranking) -> str:
    """Return `a > b = c`; names that share a place are in alphabetical order."""
    return " > ".join(" = ".join(sorted(place)) for place in ranking)


def find_place(ranking: Ranking, proposal_id: str) -> int | None:
    """Return the place of a proposal, counted from 0; None if the ranking leaves it out."""
    for place, proposals in enumerate(ranking):
        if proposal_id in proposals:
            return place
    return None


def keep_only(ranking: Ranking, proposal_ids: Collection[str]) -> Ranking:
    """Return the ranking of some proposals only, the others struck out: how a withdrawn proposal leaves a ballot."""
    kept = (place.intersection(proposal_ids) for place in ranking)
    return tuple(place for place in kept if place)


def shorten(text: str, *, limit: int = 60) -> str:
    """Return text short enough for a message."""
    return text if len(text) <= limit else text[: limit - 1] + "…"
