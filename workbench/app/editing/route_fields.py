"""What is chosen for the drawn route beside its line and its headway: how far apart its stops are, how quick it runs."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from workbench.app.state import DraftState
from workbench.errors import InputError
from workbench.scenario import AddRoute
from workbench.scenario.edits import SPACING_LIMITS_M, SPEED_FACTOR_LIMITS

__all__ = ["ROUTE_FIELDS", "RouteField", "RouteRow", "change_route", "read_values", "route_rows", "values_of"]

_KEPT = (
    "span_start_s",
    "span_end_s",
    "days",
    "both_directions",
    "spacing_m",
    "snap_m",
    "speed_factor",
    "seed",
)
"""Fields of a new route that the drawing itself does not say; an opened file or a copy brings its own."""


@dataclass(frozen=True, slots=True)
class RouteField:
    """One of them that people may type."""

    label: str
    unit: str
    limits: tuple[float, float]
    source: str


ROUTE_FIELDS: Mapping[str, RouteField] = MappingProxyType(
    {
        "spacing_m": RouteField(
            "Wanted distance between stops",
            "meters",
            SPACING_LIMITS_M,
            "1,000 feet, the low end of the MTA's redesign target",
        ),
        "speed_factor": RouteField(
            "Speed beside today's buses on the same streets",
            "times",
            SPEED_FACTOR_LIMITS,
            "1.1 stands for a camera-enforced bus lane",
        ),
    }
)
"""By the name of the field of `AddRoute`."""
_USUAL: Mapping[str, object] = MappingProxyType(
    {field.name: field.default for field in dataclasses.fields(AddRoute) if field.name in _KEPT}
)


@dataclass(frozen=True, slots=True)
class RouteRow:
    """One field, ready to print."""

    name: str
    field: RouteField
    value: str
    usual: str
    is_changed: bool


def values_of(route: AddRoute) -> dict[str, object]:
    """Return what an opened route brings beside its line, its headway and its name, where it is not the usual."""
    found = {name: getattr(route, name) for name in _KEPT}
    return {name: value for name, value in found.items() if value != _USUAL[name]}


def read_values(plain: object) -> dict[str, object]:
    """Return what `values_of` gave, from JSON; raises `InputError` if it is something else. Ranges are checked with the route."""
    if not isinstance(plain, Mapping):
        raise InputError("what was kept of the route cannot be read")
    found: dict[str, object] = {}
    for key, value in plain.items():
        name, usual = str(key), _USUAL.get(str(key))
        if not _is_like(value, usual):
            raise InputError(f"what was kept of the route cannot be read: {name[:40]!r}")
        found[name] = tuple(value) if isinstance(value, list) else value
    return found


def _is_like(value: object, usual: object) -> bool:
    """Tell whether a value from JSON may stand where the usual one stands."""
    if isinstance(usual, bool) or isinstance(value, bool):
        return isinstance(usual, bool) and isinstance(value, bool)
    if isinstance(usual, tuple):
        return isinstance(value, list) and all(isinstance(one, str) for one in value)
    return (
        isinstance(value, int)
        if isinstance(usual, int)
        else isinstance(usual, float) and isinstance(value, int | float)
    )


def route_rows(state: DraftState) -> tuple[RouteRow, ...]:
    """Return the fields of the drawn route."""
    values = {**_USUAL, **state.route_values}
    return tuple(
        RouteRow(name, field, f"{values[name]:.4g}", f"{_USUAL[name]:.4g}", values[name] != _USUAL[name])
        for name, field in ROUTE_FIELDS.items()
    )


def change_route(state: DraftState, name: str, text: str) -> None:
    """Change one value to what was typed; raises `InputError` in one sentence, and the old one stays."""
    field = ROUTE_FIELDS.get(name)
    if field is None:
        raise InputError(f"{name[:40]!r} is not known of a route")
    low, high = field.limits
    try:
        value = float(text.strip().replace(",", "."))
    except ValueError:
        value = math.nan
    if not low <= value <= high:
        typed = repr(text.strip()[:20]) if math.isnan(value) else text.strip()
        raise InputError(f"“{field.label}” is {typed}, must be {low:g} to {high:,g} {field.unit}")
    kept = {key: known for key, known in state.route_values.items() if key != name}
    is_usual = f"{value:.4g}" == f"{_USUAL[name]:.4g}"
    state.route_values = kept if is_usual else {**kept, name: value}
