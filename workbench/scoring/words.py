"""Sentences and labels name the usual parameters, such as a quarter mile; here they are made to name those that were used."""

from __future__ import annotations

from collections.abc import Mapping

from workbench.scoring.params import ScoringParams

__all__ = ["fit_words"]

FEET_PER_M = 3.28084


def fit_words(text: str, parameters: Mapping[str, object]) -> str:
    """
    Return a sentence or a label with the walk, the shares and the trips that were really used.

    Parameters
    ----------
    text
        As written for the usual parameters.
    parameters
        Those of a card, or `dataclasses.asdict` of `ScoringParams`; what is missing is the usual.
    """
    usual = ScoringParams()
    walk_m = _number(parameters, "near_walk_m", usual.near_walk_m)
    if walk_m != usual.near_walk_m:
        walk = f"{walk_m:,.0f} meters ({round(walk_m * FEET_PER_M, -1):,.0f} feet)"
        for phrase, used in (
            ("a quarter-mile walk", f"a walk of {walk}"),
            ("A quarter mile is a walk", f"A walk of {walk} takes"),
            ("a quarter mile", walk),
        ):
            text = text.replace(phrase, used)
        text = text.replace("takes of about five minutes", f"takes about {max(1, round(walk_m / 80))} minutes")
    gain = _number(parameters, "gain_share", usual.gain_share)
    if gain != usual.gain_share:
        text = text.replace("at least 1%", f"at least {100 * gain:g}%")
    trips = _number(parameters, "gain_trip_share", usual.gain_trip_share)
    if trips != usual.gain_trip_share:
        text = text.replace("at least one likely trip in fifty", "one likely trip in fifty")
        text = text.replace("one likely trip in fifty", f"{100 * trips:g}% of their likely trips")
    daily = _number(parameters, "trips_per_resident", usual.trips_per_resident)
    if daily != usual.trips_per_resident:
        for verb in ("makes", "made"):
            text = text.replace(f"everybody {verb} one trip", f"everybody {verb} {daily:g} trips")
    return text


def _number(parameters: Mapping[str, object], name: str, usual: float) -> float:
    value = parameters.get(name, usual)
    return float(value) if isinstance(value, int | float) else usual
