"""Assumptions in everybody's words: what each parameter is called, in which unit people read it, and which ones are not the usual."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, cast

from workbench.errors import InputError
from workbench.network import SearchParams
from workbench.publish.figures import format_number
from workbench.scoring import ScoringParams

__all__ = [
    "GROUPS",
    "PARAMETERS",
    "AssumedGroup",
    "AssumedLine",
    "Parameter",
    "assumed_groups",
    "changed_words",
    "find_changed",
    "with_changes",
]

GROUPS = (
    (
        "What it costs",
        (
            ("usd_per_hour", "One hour of a bus on the road", "$", 1.0),
            ("usd_per_hour_low", "The same, low end of the range", "$", 1.0),
            ("usd_per_hour_high", "The same, high end of the range", "$", 1.0),
            ("layover_share", "Rest at the end of a trip", "% of its running time", 100.0),
            ("layover_min", "Shortest rest at the end of a trip", "minutes", 1.0),
            ("spare_ratio", "Spare buses", "% of those on the road", 100.0),
            ("weekdays_per_year", "Weekdays a year", "days", 1.0),
            ("saturdays_per_year", "Saturdays a year", "days", 1.0),
            ("sundays_per_year", "Sundays and holidays a year", "days", 1.0),
        ),
    ),
    (
        "How people travel",
        (
            ("walk_mps", "Walking speed", "meters a second", 1.0),
            ("access_walk_m", "Longest walk to the first stop, and from the last", "meters", 1.0),
            ("transfer_walk_m", "Longest walk between two rides", "meters", 1.0),
            ("direct_walk_m", "Longest trip wholly on foot", "meters", 1.0),
            ("change_s", "Time lost at every change", "seconds", 1.0),
            ("max_rides", "Most rides in a trip", "rides", 1.0),
            ("max_travel_s", "Longest trip that counts", "minutes", 1 / 60),
        ),
    ),
    (
        "Who is counted",
        (
            ("near_walk_m", "Walk to a stop that counts as near", "meters", 1.0),
            ("gain_share", "Smallest gain of people reached that counts", "%", 100.0),
            ("gain_trip_share", "Likely trips that must change before a person counts", "%", 100.0),
            ("decay_half_min", "Extra time that halves the weight of a place", "minutes", 1.0),
            ("trips_per_resident", "Trips of a person a day", "trips", 1.0),
            ("ride_tolerance_min", "Extra time that people accept to save a ride", "minutes", 1.0),
        ),
    ),
    (
        "What is shown, and fairness",
        (
            ("fewest_people", "Fewest people of a group that are shown", "people", 1.0),
            ("largest_cv", "Largest standard error that is shown", "% of the value", 100.0),
            ("screening_gap", "Fairness check: largest gap between shares", "points", 100.0),
            ("screening_ratio", "Fairness check: smallest share of the gains", "% of the share of people", 100.0),
        ),
    ),
)
"""Title, and for each parameter its name in code, its name in words, the unit people read, and how many of those one of ours is."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One number that may be changed."""

    name: str
    """As in `SearchParams` or `ScoringParams`, `--param` and the `parameters` of a card."""
    label: str
    short: str
    """What the lines of a scorecard call it."""
    unit: str
    scale: float
    """How many of the unit people read one of ours is."""
    default: float
    limits: tuple[float, float]
    source: str
    is_whole: bool
    needs_base: bool
    """Whether travel times of the whole city hang on it."""

    def in_words(self, value: float) -> str:
        """Return a value with its unit: `$272`, `10 % of its running time`, `1.3 meters a second`."""
        number = self.number(value)
        if self.unit == "$":
            return f"${number}"
        return f"{number}{self.unit}" if self.unit == "%" else f"{number} {self.unit}".replace(" % of", "% of")

    def number(self, value: float) -> str:
        """Return a value as people read and type it, without its unit and with no digit more than it needs."""
        return f"{round(value * self.scale, 6):.10g}"

    @property
    def range_words(self) -> str:
        """What it may be: `1 to 5,000`."""
        return " to ".join(_plain(limit * self.scale) for limit in self.limits)


def _plain(value: float) -> str:
    return format_number(value) if abs(value) >= 100 else f"{round(value, 6):g}"


def _parameters() -> Mapping[str, Parameter]:
    """Return all, in the order of the groups."""
    usual = dataclasses.asdict(SearchParams()) | dataclasses.asdict(ScoringParams())
    search = {one.name for one in dataclasses.fields(SearchParams)}
    facts = {one.name: one.metadata for kind in (SearchParams, ScoringParams) for one in dataclasses.fields(kind)}
    return MappingProxyType(
        {
            name: Parameter(
                name=name,
                label=label,
                short=facts[name]["label"],
                unit=unit,
                scale=scale,
                default=usual[name],
                limits=facts[name]["limits"],
                source=facts[name]["source"],
                is_whole=isinstance(usual[name], int),
                needs_base=name in search,
            )
            for _, rows in GROUPS
            for name, label, unit, scale in rows
        }
    )


PARAMETERS = _parameters()
"""Every parameter by name."""


@dataclass(frozen=True, slots=True)
class AssumedLine:
    """One assumption of a card, ready to print."""

    label: str
    text: str
    usual: str
    """What it usually is; empty where it is just that."""
    source: str


@dataclass(frozen=True, slots=True)
class AssumedGroup:
    """Assumptions of one kind."""

    title: str
    lines: tuple[AssumedLine, ...]


def assumed_groups(parameters: Mapping[str, object]) -> tuple[AssumedGroup, ...]:
    """Return what a card was scored with, group by group; what a saved card does not name is left out."""
    changed = find_changed(parameters)
    groups = (
        AssumedGroup(
            title,
            tuple(
                AssumedLine(
                    label=one.label,
                    text=one.in_words(float(cast("float", parameters[one.name]))),
                    usual=one.in_words(one.default) if one.name in changed else "",
                    source=one.source,
                )
                for one in (PARAMETERS[name] for name, *_ in rows)
                if one.name in parameters
            ),
        )
        for title, rows in GROUPS
    )
    return tuple(group for group in groups if group.lines)


def find_changed(parameters: Mapping[str, object]) -> Mapping[str, float]:
    """Return the parameters of a card that are not the usual ones; those a saved card does not name are left out."""
    named = {name: parameters[name] for name in PARAMETERS if name in parameters}
    return {
        name: float(value)
        for name, value in named.items()
        if isinstance(value, int | float) and float(value) != float(PARAMETERS[name].default)
    }


def changed_words(parameters: Mapping[str, object]) -> tuple[str, ...]:
    """Return in words what is not the usual: `One hour of a bus on the road: changed from $272 to $300`."""
    return tuple(
        f"{one.label}: changed from {one.number(one.default) if one.unit != '$' else one.in_words(one.default)} "
        f"to {one.in_words(value)}"
        for one, value in ((PARAMETERS[name], value) for name, value in find_changed(parameters).items())
    )


def with_changes(
    search: SearchParams, scoring: ScoringParams, changes: Mapping[str, float]
) -> tuple[SearchParams, ScoringParams]:
    """
    Return the parameters with some changed, by name.

    Raises
    ------
    InputError
        With the names that are not known, or what a parameter cannot be.
    """
    unknown = sorted(set(changes) - set(PARAMETERS))
    if unknown:
        raise InputError(f"assumptions {', '.join(unknown)} are not known")
    found = {name: int(value) if PARAMETERS[name].is_whole else float(value) for name, value in changes.items()}
    of_search = {name: value for name, value in found.items() if PARAMETERS[name].needs_base}
    of_scoring = {name: value for name, value in found.items() if not PARAMETERS[name].needs_base}
    return (
        dataclasses.replace(search, **cast("dict[str, Any]", of_search)),
        dataclasses.replace(scoring, **cast("dict[str, Any]", of_scoring)),
    )
