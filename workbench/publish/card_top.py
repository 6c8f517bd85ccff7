"""The first screen of a card: what it is, one sentence to remember, and how sure it is; nothing is said twice."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import cast

from workbench.publish.card_tables import Plain
from workbench.publish.figures import format_measure, format_number, format_people

__all__ = ["lead_sentences", "sure_words", "what_words", "worse_words"]

_IN_FIGURES = ("saved", "reach", "need")
"""Kinds of sentences, as in `scoring.headline`, that a full card says as figures."""
_HEADWAY = "headway of "
"""What the lines of assumptions that name a headway begin with."""


def what_words(card: Plain) -> str:
    """Return what it is: `A new route of 6.9 miles with 36 stops, a bus every 6 minutes.`; for changes, what they change."""
    changed = [text for kind, text in _sentences(card) if kind == "changed"]
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


def lead_sentences(card: Plain, *, has_figures: bool, top: str = "") -> tuple[str, ...]:
    """
    Return the sentence on top, who gets closer if anybody does, then those that say what nothing else on the card says.

    Parameters
    ----------
    card
        The plain scorecard; on one without `headline_kinds` the first sentence is on top and all others follow.
    has_figures
        Whether the card shows hours saved, people gaining and what it needs as figures: then their sentences are left out.
    top
        The sentence on top, where none of the headline says it.
    """
    said = _sentences(card)
    said = [(kind, text) for kind, text in said if kind != "changed"] or said
    closer = [text for kind, text in said if kind == "closer"]
    lead = top or next(iter([*closer, *(text for _, text in said)]), "")
    left_out = _IN_FIGURES if has_figures else ()
    rest = [text for kind, text in said if text != lead and kind not in left_out]
    return tuple(text for text in (lead, *rest) if text)


def _sentences(card: Plain) -> list[tuple[str, str]]:
    """Return kind and text of each sentence of the headline; the kind is empty where the card does not tell."""
    sentences = [str(one) for one in cast("Iterable[object]", card.get("headline", ()))]
    kinds = [str(one) for one in cast("Iterable[object]", card.get("headline_kinds", ()))]
    return list(zip(kinds if len(kinds) == len(sentences) else [""] * len(sentences), sentences, strict=True))


def sure_words(noise: Sequence[str], *, n_phases: int, gains: bool) -> tuple[str, ...]:
    """Return what is known of the noise; for a single timetable also how far another one may lie (docs/noise.md)."""
    if n_phases > 1 or not gains:
        return tuple(noise)
    return (*noise, "Another one may give a fifth more or fewer hours, and half or double as many people.")
