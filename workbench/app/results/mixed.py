"""Whether alternatives side by side were scored with the same assumptions, and with those of the room; in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from workbench.app.alternatives import SavedAlternative
from workbench.app.assumptions import Assumptions
from workbench.publish.assumed import changed_words

__all__ = ["Scored", "describe_scored", "is_mixed"]

USUAL_WORDS = "the usual assumptions"


@dataclass(frozen=True, slots=True)
class Scored:
    """What to say above the table."""

    is_mixed: bool
    """Scored with different assumptions: they must not be compared."""
    lines: tuple[str, ...]
    """Which alternatives with which assumptions; empty if all were scored with those of the room and those are the usual."""
    can_rescore: bool
    """Whether any of them was scored with other assumptions than the room's."""


def is_mixed(alternatives: Sequence[SavedAlternative]) -> bool:
    """Tell whether any two were scored with different parameters."""
    return len({_key(one) for one in alternatives}) > 1


def describe_scored(alternatives: Sequence[SavedAlternative], room: Assumptions) -> Scored:
    """Return what to say of the assumptions of alternatives side by side."""
    if not alternatives:
        return Scored(is_mixed=False, lines=(), can_rescore=False)
    by_key: dict[tuple[tuple[str, object], ...], list[SavedAlternative]] = {}
    for one in alternatives:
        by_key.setdefault(_key(one), []).append(one)
    wanted = tuple(sorted(room.parameters.items()))
    can_rescore = set(by_key) != {wanted}
    usual_known = {key: _words(dict(key)) for key in by_key}
    if len(by_key) == 1:
        ((key, words),) = usual_known.items()
        lines = [] if words == USUAL_WORDS else [f"All were scored with {words}."]
        if can_rescore:
            lines = [f"All were scored with {words}. The room now takes for granted: {_words(room.parameters)}."]
            if words == _words(room.parameters):
                lines = ["All were scored by an earlier version, which knew fewer assumptions."]
        return Scored(is_mixed=False, lines=tuple(lines), can_rescore=can_rescore)
    lines = []
    seen: set[str] = set()
    for key, found in by_key.items():
        letters = " and ".join(one.letter for one in found)
        words = usual_known[key]
        earlier = " (by an earlier version, which knew fewer assumptions)" if words in seen else ""
        lines.append(f"{letters} {'was' if len(found) == 1 else 'were'} scored with {words}{earlier}.")
        seen.add(words)
    return Scored(is_mixed=True, lines=tuple(lines), can_rescore=True)


def _key(alternative: SavedAlternative) -> tuple[tuple[str, object], ...]:
    return tuple(sorted(alternative.parameters.items()))


def _words(parameters: Mapping[str, object]) -> str:
    changed = changed_words(parameters)
    return f"other assumptions ({'; '.join(changed)})" if changed else USUAL_WORDS
