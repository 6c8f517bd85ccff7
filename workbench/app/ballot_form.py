"""A ranked ballot being filled in: places best first, ties kept together. Every change returns a new ranking."""

from __future__ import annotations

__all__ = ["Places", "add_last", "join_above", "leave_out", "move_down", "move_up", "split_off"]

Places = tuple[tuple[str, ...], ...]
"""Best first; proposals on one place are tied."""


def add_last(places: Places, proposal_id: str) -> Places:
    """Put a proposal on a new last place; one that is ranked already stays where it is."""
    return places if _find(places, proposal_id) is not None else (*places, (proposal_id,))


def leave_out(places: Places, proposal_id: str) -> Places:
    """Take a proposal off the ballot."""
    without = (tuple(one for one in place if one != proposal_id) for place in places)
    return tuple(place for place in without if place)


def move_up(places: Places, proposal_id: str) -> Places:
    """Move one up: out of a tie to a place of its own above it, or else past the place above."""
    return _move(places, proposal_id, down=False)


def move_down(places: Places, proposal_id: str) -> Places:
    """Move one down: out of a tie to a place of its own below it, or else past the place below."""
    return _move(places, proposal_id, down=True)


def join_above(places: Places, proposal_id: str) -> Places:
    """Tie a proposal with the place above; the first place stays as it is."""
    at = _find(places, proposal_id)
    if at is None or at == 0:
        return places
    joined = (*places[at - 1], proposal_id)
    rest = tuple(one for one in places[at] if one != proposal_id)
    return (*places[: at - 1], joined, *((rest,) if rest else ()), *places[at + 1 :])


def split_off(places: Places, proposal_id: str) -> Places:
    """Give a tied proposal a place of its own below those it was tied with."""
    at = _find(places, proposal_id)
    if at is None or len(places[at]) == 1:
        return places
    rest = tuple(one for one in places[at] if one != proposal_id)
    return (*places[:at], rest, (proposal_id,), *places[at + 1 :])


def _move(places: Places, proposal_id: str, *, down: bool) -> Places:
    at = _find(places, proposal_id)
    if at is None:
        return places
    rest = tuple(one for one in places[at] if one != proposal_id)
    if rest:
        own = (rest, (proposal_id,)) if down else ((proposal_id,), rest)
        return (*places[:at], *own, *places[at + 1 :])
    to = at + 1 if down else at - 1
    if not 0 <= to < len(places):
        return places
    order = list(places)
    order[at], order[to] = order[to], order[at]
    return tuple(order)


def _find(places: Places, proposal_id: str) -> int | None:
    return next((at for at, place in enumerate(places) if proposal_id in place), None)
