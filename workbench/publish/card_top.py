"""The first screen of a card: what it is, one sentence to remember, and how sure it is; nothing is said twice."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import cast

from workbench.publish.card_tables import Plain
from workbench.publish.figures import format_measure, format_number, format_people

__all__ = ["lead_sentences", "sure_words", "what_words", "worse_words"]

_CLOSER = re.compile(r"minutes closer to ")
_SAVING = re.compile(r"^(Saves people |No trip gets quicker at this time)")
_GAINING = re.compile(r"people (\(.*\) )?can reach at least|^(Nobody|1 person) can reach at least")
_NEEDING = re.compile(r"^(Needs|Frees|Together they need) ")
_CHANGED = re.compile(r"^(Changes|Removes) route |more routes change\.$")
"""The kinds of sentences of `scoring.headline`."""
_HEADWAY = "headway of "
"""What the lines of assumptions that name a headway begin with."""


def what_words(card: Plain) -> str:
    """Return what it is: `A new route of 6.9 miles with 36 stops, a bus every 6 minutes.`; for changes, what they change."""
    sentences = tuple(str(one) for one in cast("Iterable[object]", card.get("headline", ())))
    changed = [one for one in sentences if _CHANGED.search(one)]
    if changed:
        return " ".join(changed)
    service = cast("Mapping[str, Plain]", card.get("service", {}))
    length, stops = (format_measure(service[key]) if key in service else "" for key in ("length_km", "n_stops"))
    lines = tuple(cast("Iterable[Plain]", card.get("assumptions", ())))
    headways = [line["value"] for line in lines if str(line.get("name", "")).startswith(_HEADWAY)]
    if len(headways) > 1:
        return f"{len(headways)} new routes."
    if not length or not stops:
        return ""
    often = f", a bus every {format_number(float(cast('float', headways[0])))} minutes" if headways else ""
    return f"A new route of {length} with {stops}{often}."


def worse_words(noticed: object) -> str:
    """Return the sentence on top where nobody's trip gets quicker and some get longer; `noticed` lose two minutes or more."""
    people = float(noticed) if isinstance(noticed, int | float) else 0.0
    if round(people) == 0:
        return "Nobody's trip gets quicker; some get a little longer."
    return f"Nobody's trip gets quicker; {format_people(people)} people lose two minutes or more."


def lead_sentences(headline: Sequence[str], *, has_figures: bool, top: str = "") -> tuple[str, ...]:
    """
    Return the sentence on top, then those that say what nothing else on the card says.

    Parameters
    ----------
    headline
        The sentences of the scorecard.
    has_figures
        Whether the card shows hours saved, people gaining and what it needs as figures: then their sentences are left out.
    top
        The sentence on top, where none of the headline says it.
    """
    plain = [one for one in headline if not _CHANGED.search(one)] or list(headline)
    closer = [one for one in plain if _CLOSER.search(one)]
    lead = top or (closer[0] if closer else plain[0] if plain else "")
    said = (_SAVING, _GAINING, _NEEDING) if has_figures else ()
    rest = [one for one in plain if one != lead and not any(kind.search(one) for kind in said)]
    return tuple(one for one in (lead, *rest) if one)


def sure_words(noise: Sequence[str], *, n_phases: int, gains: bool) -> tuple[str, ...]:
    """Return what is known of the noise; for a single timetable also how far another one may lie (docs/noise.md)."""
    if n_phases > 1 or not gains:
        return tuple(noise)
    return (*noise, "Another one may give a fifth more or fewer hours, and half or double as many people.")
