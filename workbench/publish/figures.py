"""How one value is written for people: a measure, a share, a sum of money -> short text with its unit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

__all__ = [
    "format_change",
    "format_count",
    "format_measure",
    "format_number",
    "format_people",
    "format_share",
    "format_spread",
    "format_usd",
]

KM_PER_MILE = 1.609344
FEET_PER_M = 3.28084
SMALL_SPREAD = 0.01
"""A spread below this share of its value is not written out."""
MINUS = "\u2212"
"""The real minus sign, as wide as a plus."""


def format_count(value: float) -> str:
    """Return a whole number with thousands separators: `48,210`."""
    return f"{round(value):,}".replace("-", MINUS)


def format_people(value: float) -> str:
    """Return a number of people with three significant digits, as careful as an estimate is: `48,200`."""
    return format_count(float(f"{value:.3g}"))


def format_change(value: float) -> str:
    """Return a change of people with its sign and three significant digits: `+1,200`, `0`."""
    number = round(float(f"{value:.3g}"))
    return f"+{number:,}" if number > 0 else format_count(number)


def format_number(value: float) -> str:
    """Return a number with at most one decimal, none from 100 on: `1.5`, `12`, `1,204`."""
    text = f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:,.1f}"
    return "0" if text in ("-0", "-0.0", "0.0") else text.replace("-", MINUS)


def format_share(value: float) -> str:
    """Return a share (0 to 1) in percent: `12%`; small ones keep a digit, `0.4%`."""
    percent = 100 * value
    if percent == 0:
        return "0%"
    if abs(percent) < 0.1:
        return "under 0.1%"
    return f"{percent:.1f}%" if abs(percent) < 10 else f"{percent:.0f}%"


def format_usd(low: float, high: float | None = None) -> str:
    """Return an amount or a range of dollars: `$810,000`, `$4.1 to 5.9 million`."""
    ends = (low,) if high is None else (low, high)
    in_millions = max(map(abs, ends)) >= 1e6
    texts = [f"{abs(value) / 1e6:,.1f}" if in_millions else f"{_round_to(abs(value), 1000):,.0f}" for value in ends]
    unit = " million" if in_millions else ""
    if min(ends) < 0:  # each end with its own sign, the smaller amount of what is saved first
        signed = [f"{MINUS if value < 0 else ''}${text}" for value, text in zip(ends, texts, strict=True)]
        return " to ".join(dict.fromkeys(signed[::-1] if max(ends) < 0 else signed)) + unit
    return f"${' to '.join(dict.fromkeys(texts))}{unit}"


def format_measure(measure: Mapping[str, object]) -> str:
    """
    Return the value of a measure in plain words with its unit; an empty text where it is not known.

    Parameters
    ----------
    measure
        A `Measure` as plain JSON: `value`, `unit`, `low`, `high`.
    """
    value = _find_number(measure, "value")
    if value is None:
        return ""
    unit = str(measure.get("unit", ""))
    low, high = _find_number(measure, "low"), _find_number(measure, "high")
    if unit == "USD per year":
        return f"{format_usd(value) if low is None or high is None else format_usd(low, high)} a year"
    if unit in _WRITERS:
        return _WRITERS[unit](value)
    return f"{format_number(value)} {unit}".strip()


def format_spread(measure: Mapping[str, object]) -> str:
    """
    Return how far single timetables lie from the value, with two digits: `± 300`; empty if nobody looked.

    Empty too if it is less than 1% of the value: more digits would be false care.

    Parameters
    ----------
    measure
        A `Measure` as plain JSON: `value`, `spread`, `unit`.
    """
    spread, value = _find_number(measure, "spread"), _find_number(measure, "value")
    if not spread or spread < SMALL_SPREAD * abs(value or 0.0):
        return ""
    unit = str(measure.get("unit", ""))
    rough = float(f"{spread:.2g}")
    if unit == "USD per year":
        return f"± {format_usd(rough)}" if rough >= 500 else f"± ${format_count(rough)}"
    writer = _SPREADS.get(unit) or _WRITERS.get(unit)
    return f"± {writer(rough) if writer else f'{format_number(rough)} {unit}'.strip()}"


def _find_number(measure: Mapping[str, object], name: str) -> float | None:
    value = measure.get(name)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _round_to(value: float, step: float) -> float:
    return step * round(value / step)


def _miles(km: float) -> str:
    return f"{km / KM_PER_MILE:.1f} miles"


def _feet_or_miles(metres: float) -> str:
    feet = metres * FEET_PER_M
    return f"{_round_to(feet, 10):,.0f} feet" if feet < 2640 else _miles(metres / 1000)


def _minutes(value: float) -> str:
    """Return minutes; less than six seconds in seconds, so that it does not read as nothing."""
    if 0 < abs(value) < 0.1:
        return f"{60 * value:.1f} seconds".replace("-", MINUS)
    return f"{value:.0f} min" if value >= 10 else f"{format_number(value)} min"


def _person_minutes(value: float) -> str:
    return f"{value / 1e6:,.1f} million minutes" if abs(value) >= 1e6 else f"{format_people(value)} minutes"


_WRITERS: Mapping[str, Callable[[float], str]] = MappingProxyType(
    {
        "residents": format_people,
        "people": format_people,
        "share": format_share,
        "minutes": _minutes,
        "person-minutes per day": _person_minutes,
        "trips per day": lambda value: f"{format_people(value)} trips",
        "km": _miles,
        "m": _feet_or_miles,
        "km/h": lambda value: f"{value / KM_PER_MILE:.1f} mph",
        "km per year": lambda value: f"{format_count(_round_to(value / KM_PER_MILE, 100))} miles",
        "hours": format_people,  # the words stand below it
        "hours per year": lambda value: f"{format_count(_round_to(value, 10))} hours",
        "buses": lambda value: f"{format_count(value)} {'bus' if round(value) == 1 else 'buses'}",
        "stops": lambda value: f"{format_count(value)} {'stop' if round(value) == 1 else 'stops'}",
    }
)
"""One writer for each unit of the registry that needs more than number and unit."""


def _few(value: float) -> str:
    """Return a positive number with two digits, however small."""
    return f"{value:.2g}" if value < 10 else format_number(value)


_SPREADS: Mapping[str, Callable[[float], str]] = MappingProxyType(
    {
        "residents": lambda value: format_people(max(value, 1.0)),
        "people": lambda value: format_people(max(value, 1.0)),
        "share": lambda value: f"{_few(100 * value)} points",
        "minutes": lambda value: f"{_few(60 * value)} seconds" if value < 0.1 else f"{_few(value)} min",
        "km": lambda value: f"{_few(value / KM_PER_MILE)} miles",
        "m": lambda value: f"{_few(value * FEET_PER_M)} feet",
        "km/h": lambda value: f"{_few(value / KM_PER_MILE)} mph",
        "km per year": lambda value: f"{format_people(value / KM_PER_MILE)} miles",
        "hours": _few,
        "hours per year": lambda value: f"{_few(value)} hours",
        "buses": _few,
        "stops": _few,
    }
)
"""How a spread is written where the value's own writer would make it nothing, or too long."""
