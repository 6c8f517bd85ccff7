"""The registry of indicators: key, words, unit, which way is better, and the page that explains it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from workbench.scoring.params import ACCESS_MIN, FREQUENT_MIN, GAIN_MIN

__all__ = ["ASKED", "INDICATORS", "PARTS", "Better", "Indicator"]

PARTS = ("service", "coverage", "travel_time", "access", "losers")
"""The mappings of every `Scorecard`."""
ASKED = ("rides", "departures")
"""The mappings that are filled only where somebody asked: they take longer than a card."""


class Better(StrEnum):
    """Which way is better."""

    MORE = "more"
    FEWER = "fewer"
    NEITHER = "neither"


@dataclass(frozen=True, slots=True)
class Indicator:
    """One line of a scorecard."""

    key: str
    part: str
    """Which mapping of the scorecard holds it."""
    label: str
    unit: str
    better: Better
    page: str
    """Page in docs/indicators."""


_LISTED = (
    Indicator("length_km", "service", "Length, one way", "km", Better.NEITHER, "service.md"),
    Indicator("n_stops", "service", "Stops, one way", "stops", Better.NEITHER, "service.md"),
    Indicator("stop_spacing_m", "service", "Average distance between stops", "m", Better.NEITHER, "service.md"),
    Indicator("running_time_out_min", "service", "Running time as drawn", "minutes", Better.FEWER, "service.md"),
    Indicator("running_time_back_min", "service", "Running time back", "minutes", Better.FEWER, "service.md"),
    Indicator("speed_kmh", "service", "Average speed, stops included", "km/h", Better.MORE, "service.md"),
    Indicator("cycle_min", "service", "There, back and rest at both ends", "minutes", Better.FEWER, "buses.md"),
    Indicator("buses_needed", "service", "Buses on the road at once", "buses", Better.FEWER, "buses.md"),
    Indicator("buses_with_spares", "service", "Buses to own, with spares", "buses", Better.FEWER, "buses.md"),
    Indicator("revenue_hours_per_year", "service", "Bus hours a year", "hours per year", Better.FEWER, "cost.md"),
    Indicator("revenue_km_per_year", "service", "Bus kilometres a year", "km per year", Better.FEWER, "cost.md"),
    Indicator("cost_per_year", "service", "Cost a year", "USD per year", Better.FEWER, "cost.md"),
    Indicator(
        "residents_near_route",
        "coverage",
        "People within a quarter-mile walk of a stop",
        "residents",
        Better.MORE,
        "coverage.md",
    ),
    Indicator(
        "residents_new_every_10_min",
        "coverage",
        "People who get a bus or train every 10 minutes nearby for the first time",
        "residents",
        Better.MORE,
        "frequent-service.md",
    ),
    Indicator(
        "residents_new_every_15_min",
        "coverage",
        "People who get a bus or train every 15 minutes nearby for the first time",
        "residents",
        Better.MORE,
        "frequent-service.md",
    ),
    Indicator(
        "residents_gaining_2_min",
        "travel_time",
        "People with one likely trip in fifty at least 2 minutes quicker",
        "residents",
        Better.MORE,
        "quicker-trips.md",
    ),
    Indicator(
        "residents_gaining_5_min",
        "travel_time",
        "People with one likely trip in fifty at least 5 minutes quicker",
        "residents",
        Better.MORE,
        "quicker-trips.md",
    ),
    Indicator(
        "residents_gaining_10_min",
        "travel_time",
        "People with one likely trip in fifty at least 10 minutes quicker",
        "residents",
        Better.MORE,
        "quicker-trips.md",
    ),
    Indicator(
        "minutes_saved_mean",
        "travel_time",
        "Time saved on the average trip, over everybody in the city",
        "minutes",
        Better.MORE,
        "minutes-saved.md",
    ),
    Indicator(
        "person_minutes_per_day",
        "travel_time",
        "Minutes saved in all, if everybody made one trip a day",
        "person-minutes per day",
        Better.MORE,
        "minutes-saved.md",
    ),
    Indicator(
        "residents_gaining_access",
        "access",
        "People who can reach at least 1% more people in 45 minutes",
        "residents",
        Better.MORE,
        "access.md",
    ),
    *(
        Indicator(f"access_{minutes}_{suffix}", "access", label.format(minutes), "residents", better, "access.md")
        for minutes in ACCESS_MIN
        for suffix, label, better in (
            ("before", "People the average resident reaches in {} minutes today", Better.NEITHER),
            ("after", "People the average resident reaches in {} minutes after", Better.MORE),
            ("change_mean", "Change within {} minutes, average of everybody in the city", Better.MORE),
            ("change_p10", "Change within {} minutes, lowest tenth of those affected", Better.MORE),
            ("change_median", "Change within {} minutes, middle of those affected", Better.MORE),
        )
    ),
    Indicator(
        "residents_longer_trips",
        "losers",
        "People with a trip that gets longer",
        "residents",
        Better.FEWER,
        "losers.md",
    ),
    Indicator(
        "residents_losing_access",
        "losers",
        "People who can reach fewer people in 45 minutes",
        "residents",
        Better.FEWER,
        "losers.md",
    ),
    Indicator("longest_delay_min", "losers", "Largest delay of any trip", "minutes", Better.FEWER, "losers.md"),
    Indicator(
        "person_minutes_lost_per_day",
        "losers",
        "Minutes lost in all, if everybody made one trip a day",
        "person-minutes per day",
        Better.FEWER,
        "losers.md",
    ),
    *(
        Indicator(
            f"residents_losing_{minutes}_min",
            "losers",
            f"People with one likely trip in fifty at least {minutes} minutes longer",
            "residents",
            Better.FEWER,
            "losers.md",
        )
        for minutes in GAIN_MIN
    ),
    Indicator(
        "residents_losing_stop",
        "losers",
        "People who can no longer walk to a route they can walk to today",
        "residents",
        Better.FEWER,
        "losers.md",
    ),
    *(
        Indicator(
            f"residents_losing_every_{minutes}_min",
            "losers",
            f"People who lose their only bus or train every {minutes} minutes nearby",
            "residents",
            Better.FEWER,
            "losers.md",
        )
        for minutes in FREQUENT_MIN
    ),
    *(
        Indicator(key.format(word), "rides", label.format(change), unit, better, "rides.md")
        for word, change, better in (
            ("more", "one more change", Better.FEWER),
            ("fewer", "one change fewer", Better.MORE),
        )
        for key, label, unit in (
            ("residents_{}_rides", "People with one likely trip in fifty that needs {}", "residents"),
            ("residents_{}_rides_any", "People with any trip that needs {}", "residents"),
            ("trips_{}_rides_per_day", "Likely trips a day that need {}", "trips per day"),
        )
    ),
    *(
        Indicator(
            f"person_minutes_{word}per_day_p{percentile}",
            "departures",
            f"Minutes {done} in all by whoever leaves at a {minute} minute",
            "person-minutes per day",
            better,
            "departures.md",
        )
        for percentile, minute in ((25, "good"), (75, "bad"))
        for word, done, better in (("", "saved", Better.MORE), ("lost_", "lost", Better.FEWER))
    ),
    *(
        Indicator(f"clock_gap_{when}", "departures", label, "minutes", better, "departures.md")
        for when, label, better in (
            ("before", "How far a good and a bad minute to leave are apart today", Better.NEITHER),
            ("after", "How far they are apart after", Better.FEWER),
        )
    ),
    *(
        Indicator(
            f"person_minutes_{key}_per_day", "departures", label, "person-minutes per day", better, "departures.md"
        )
        for key, label, better in (
            ("steadier", "Minutes by which good and bad minutes to leave move together", Better.MORE),
            ("less_steady", "Minutes by which they move apart", Better.FEWER),
        )
    ),
    *(
        Indicator(
            f"residents_{key}_5_min",
            "departures",
            f"People with one likely trip in fifty whose good and bad minutes move 5 minutes {way}",
            "residents",
            better,
            "departures.md",
        )
        for key, way, better in (("steadier", "together", Better.MORE), ("less_steady", "apart", Better.FEWER))
    ),
)

INDICATORS: Mapping[str, Indicator] = MappingProxyType({indicator.key: indicator for indicator in _LISTED})
"""Every indicator by key, in the order of the card."""
