"""The parameters of scoring, each with unit, default and source; they are stored with every result."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from workbench.errors import InputError, Level, Problem, require_no_errors
from workbench.network.params import parameter
from workbench.scoring.scorecard import Assumption

__all__ = ["ACCESS_MIN", "FREQUENT_MIN", "GAIN_MIN", "HEADLINE_ACCESS_MIN", "ScoringParams"]

ACCESS_MIN = (30, 45, 60)
"""Time limits of access, minutes. The limits are part of the names of indicators, so they are not parameters."""
HEADLINE_ACCESS_MIN = 45
"""The limit of headlines, groups and maps, minutes."""
GAIN_MIN = (2, 5, 10)
"""How much quicker a trip must get, minutes: a change few notice, most notice, nobody misses."""
FREQUENT_MIN = (10, 15)
"""Frequent service, minutes between departures: classes of the Brooklyn bus redesign draft, 2022."""


@dataclass(frozen=True)
class ScoringParams:
    """How a change is measured and priced. Civic defaults and their sources: docs/indicators."""

    near_walk_m: float = parameter(
        "walk that counts as near",
        400.0,
        "m",
        "a quarter mile, as in the MTA's Title VI service standards",
        (50.0, 800.0),
    )
    gain_share: float = parameter(
        "smallest gain of access that counts",
        0.01,
        "share",
        "smaller changes of access are not counted as a gain",
        (0.0, 1.0),
    )
    gain_trip_share: float = parameter(
        "likely trips that must get quicker",
        0.02,
        "share of likely trips",
        "assumption: one trip in fifty must be quicker before a person counts",
        (0.001, 1.0),
    )
    decay_half_min: float = parameter(
        "extra time that halves the weight of a place",
        20.0,
        "min",
        "assumption: a place this much farther away counts half",
        (5.0, 120.0),
    )
    ride_tolerance_min: float = parameter(
        "time saved for which nobody changes once more",
        5.0,
        "min",
        "bus riders weigh a change like 4.5 minutes of travel (Wardman, Hine and Stradling 2001), rounded",
        (0.0, 30.0),
    )
    trips_per_resident: float = parameter(
        "trips per resident", 1.0, "trips per day", "a scale, not a forecast", (0.01, 10.0)
    )
    layover_share: float = parameter(
        "rest at the end of a trip", 0.10, "share of running time", "TCRP 30: 10% or more", (0.0, 0.5)
    )
    layover_min: float = parameter("shortest rest", 5.0, "min at each end", "New York rule of thumb", (0.0, 30.0))
    spare_ratio: float = parameter(
        "spare buses", 0.20, "share of buses in service", "FTA guidance: at most 20%", (0.0, 1.0)
    )
    usd_per_hour: float = parameter(
        "cost of an hour",
        272.0,
        "USD per revenue hour",
        "all MTA buses 2023, fully allocated average (NTD, second hand)",
        (1.0, 5000.0),
    )
    usd_per_hour_low: float = parameter(
        "cost of an hour, low", 215.0, "USD per revenue hour", "NYCT about 2016", (1.0, 5000.0)
    )
    usd_per_hour_high: float = parameter(
        "cost of an hour, high", 300.0, "USD per revenue hour", "upper end, assumed", (1.0, 5000.0)
    )
    fewest_people: int = parameter(
        "fewest people of a group that are shown",
        50,
        "people",
        "assumption: the survey asks about one home in forty a year, so fewer people hardly show in it",
        (0, 10_000),
    )
    largest_cv: float = parameter(
        "largest coefficient of variation that is shown",
        0.40,
        "standard error by value",
        "Esri's reliability flags: above 40% an estimate of the survey is very unreliable",
        (0.01, 10.0),
    )
    screening_gap: float = parameter(
        "screening: largest gap between shares",
        0.10,
        "share",
        "ten points, as King County Metro; the MTA's own threshold is not known here",
        (0.0, 1.0),
    )
    screening_ratio: float = parameter(
        "screening: smallest share of a benefit by share of people",
        0.80,
        "times",
        "the four-fifths rule, as Metro Transit; the MTA's own threshold is not known here",
        (0.01, 1.0),
    )
    weekdays_per_year: int = parameter(
        "weekdays a year", 255, "days", "261 less 6 holidays with a Sunday timetable", (0, 366)
    )
    saturdays_per_year: int = parameter("Saturdays a year", 52, "days", "calendar", (0, 366))
    sundays_per_year: int = parameter("Sundays a year", 58, "days", "52 and 6 holidays", (0, 366))

    def __post_init__(self) -> None:
        """Refuse values that make no sense, all at once."""
        problems = []
        for field in dataclasses.fields(self):
            value, (low, high) = getattr(self, field.name), field.metadata["limits"]
            if not low <= value <= high:
                message = f"{field.name} is {value}, must be {low:g} to {high:g} {field.metadata['unit']}"
                problems.append(Problem(Level.ERROR, "parameter-range", message))
        if not self.usd_per_hour_low <= self.usd_per_hour <= self.usd_per_hour_high:
            rates = f"{self.usd_per_hour_low:g}, {self.usd_per_hour:g}, {self.usd_per_hour_high:g}"
            message = f"usd_per_hour low, middle and high are {rates}, must rise"
            problems.append(Problem(Level.ERROR, "parameter-range", message))
        require_no_errors(problems, InputError)

    def days_per_year(self, service: str) -> int:
        """Return on how many days a year a timetable runs."""
        return {
            "weekday": self.weekdays_per_year,
            "saturday": self.saturdays_per_year,
            "sunday": self.sundays_per_year,
        }[service]

    def assumptions(self) -> tuple[Assumption, ...]:
        """Return every parameter as a line of the scorecard."""
        return tuple(
            Assumption(
                field.metadata["label"], getattr(self, field.name), field.metadata["unit"], field.metadata["source"]
            )
            for field in dataclasses.fields(self)
        )
