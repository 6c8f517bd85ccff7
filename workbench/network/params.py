"""The parameters of a travel-time analysis: windows and search limits, each with unit and source."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from typing import TypeVar

from workbench.errors import InputError, NotFoundError

__all__ = ["WINDOWS", "SearchParams", "Window", "get_window", "override_params", "parameter"]

Number = TypeVar("Number", int, float)


@dataclass(frozen=True, slots=True)
class Window:
    """A departure window: one departure a minute from `start_s`, `n_departures` of them."""

    window_id: str
    label: str
    service: str
    """`weekday`, `saturday` or `sunday`: which timetable."""
    start_s: int
    """First departure, seconds of the service day."""
    n_departures: int = 120

    @property
    def end_s(self) -> int:
        """First second after the window."""
        return self.start_s + 60 * self.n_departures


WINDOWS = (
    Window("weekday-am", "weekday 7 to 9 am", "weekday", 7 * 3600),
    Window("weekday-midday", "weekday 12 to 2 pm", "weekday", 12 * 3600),
    Window("weekday-evening", "weekday 9 to 11 pm", "weekday", 21 * 3600),
    Window("saturday", "Saturday 12 to 2 pm", "saturday", 12 * 3600),
    Window("sunday", "Sunday 12 to 2 pm", "sunday", 12 * 3600),
)


def get_window(window_id: str) -> Window:
    """Return a window by id; raises `NotFoundError` naming those there are."""
    for window in WINDOWS:
        if window.window_id == window_id:
            return window
    known = ", ".join(window.window_id for window in WINDOWS)
    raise NotFoundError(f"window {window_id!r} is not known; there are {known}")


def parameter(label: str, default: Number, unit: str, source: str, limits: tuple[Number, Number]) -> Number:
    """Declare a number of an analysis: its name in words, its unit, where it comes from, and what it may be."""
    facts = {"label": label, "unit": unit, "source": source, "limits": limits}
    return field(default=default, metadata=facts)


@dataclass(frozen=True, slots=True)
class SearchParams:
    """
    What a journey may be. Defaults: DESIGN section 4.

    Changing any of them changes every travel time, so they are part of the name of the stored base.
    """

    walk_mps: float = parameter("walking speed", 1.3, "m/s", "HCM 2010: 1.2 to 1.5 for adults", (0.3, 3.0))
    access_walk_m: float = parameter(
        "longest walk to the first stop and from the last", 800.0, "m", "about half a mile", (0.0, 3000.0)
    )
    transfer_walk_m: float = parameter(
        "longest walk between two rides", 400.0, "m", "about a quarter mile", (0.0, 2000.0)
    )
    direct_walk_m: float = parameter("longest trip wholly on foot", 1600.0, "m", "about a mile", (0.0, 5000.0))
    change_s: int = parameter(
        "time lost at every change", 60, "s", "assumption; walking and waiting come on top", (0, 900)
    )
    max_rides: int = parameter("most rides in a trip", 4, "rides", "assumption", (1, 8))
    max_travel_s: int = parameter("longest trip that counts", 5400, "s", "assumption", (600, 7200))

    def __post_init__(self) -> None:
        """Refuse values the search cannot hold, each with its limits."""
        for one in fields(self):
            value, (low, high) = getattr(self, one.name), one.metadata["limits"]
            if not low <= value <= high:
                raise InputError(f"{one.name} is {value}, must be {low:g} to {high:g}")


def override_params(params: SearchParams, changes: Sequence[str]) -> SearchParams:
    """
    Return the parameters with some changed, each as `NAME=VALUE`.

    Raises
    ------
    InputError
        With every name that is not known, every value that is no number, and a value out of range.
    """
    kinds = {field.name: int if field.type == "int" else float for field in fields(SearchParams)}
    found: dict[str, float] = {}
    faults = []
    for change in changes:
        name, equals, text = (part.strip() for part in change.partition("="))
        if not equals:
            faults.append(f"parameter {change[:40]!r} has no value, must be NAME=VALUE")
        elif name not in kinds:
            faults.append(f"parameter {name[:40]!r} is not known; there are {', '.join(kinds)}")
        else:
            try:
                found[name] = kinds[name](text)
            except ValueError:
                kind = "a whole number" if kinds[name] is int else "a number"
                faults.append(f"parameter {name} is {text[:40]!r}, must be {kind}")
    if faults:
        raise InputError("\n".join(faults))
    return replace(params, **found)  # type: ignore[arg-type]
