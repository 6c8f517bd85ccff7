"""The parts of an evidence card that are plain lists of facts: titles, notes, and indicators in their order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

__all__ = ["RIDES_NOT_ASKED", "SECTIONS", "rides_note"]

SECTIONS = (
    (
        "coverage",
        "How many live close by",
        "A quarter mile is a walk of about five minutes.",
        ("residents_near_route", "residents_new_every_10_min", "residents_new_every_15_min"),
    ),
    ("travel_time", "Time saved by everybody", "", ("minutes_saved_mean", "person_minutes_per_day")),
    (
        "losers",
        "Who loses, in detail",
        "Losses are never subtracted from gains.",
        (
            "residents_longer_trips",
            "residents_losing_access",
            "longest_delay_min",
            "person_minutes_lost_per_day",
            "residents_losing_stop",
        ),
    ),
    (
        "rides",
        "Changing vehicle",
        "",
        (
            "residents_more_rides",
            "residents_more_rides_any",
            "trips_more_rides_per_day",
            "residents_fewer_rides",
            "residents_fewer_rides_any",
            "trips_fewer_rides_per_day",
        ),
    ),
    (
        "departures",
        "Good and bad minutes to leave",
        "Good: one departure in four is as quick. Bad: three in four are. The farther they are apart, the more one has to watch the clock.",
        (
            "person_minutes_per_day_p25",
            "person_minutes_per_day_p75",
            "person_minutes_lost_per_day_p25",
            "person_minutes_lost_per_day_p75",
            "clock_gap_before",
            "person_minutes_steadier_per_day",
            "person_minutes_less_steady_per_day",
            "residents_steadier_5_min",
            "residents_less_steady_5_min",
        ),
    ),
)
"""Part of the scorecard, title, note, and indicators in their order; those nobody asked for are left out."""

_RIDES_NOTE = (
    "How many rides a trip needs: the fewest with which it takes no more than {tolerance} longer than the quickest way. "
    "It needs one more change where sticking to as many rides as today would take more than {tolerance} longer than today, and "
    "changing once more avoids that. People who need one more change are never set against those who need one fewer."
)
RIDES_NOT_ASKED = "Who has to change vehicle once more was not counted for this card."


def rides_note(parameters: Mapping[str, object]) -> str:
    """Return what figures of rides mean, with the time below which nobody changes vehicle."""
    tolerance = float(cast("float", parameters.get("ride_tolerance_min", 5.0)))
    return _RIDES_NOTE.format(tolerance=f"{tolerance:g} minutes")
