"""Every kind of edit by the name it has in files, and the checks that need no city."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from workbench.errors import Problem
from workbench.scenario.edits import AddRoute, check_added, where_of_added
from workbench.scenario.existing import (
    AddStop,
    AllDoorBoarding,
    ChangeSpan,
    ChangeSpeed,
    ExistingEdit,
    MoveStop,
    RemoveRoute,
    RemoveStop,
    RemoveTrips,
    Reroute,
    SetHeadway,
    check_existing,
)

__all__ = ["KINDS", "Edit", "check_edit", "kind_of", "where_of"]

Edit = AddRoute | ExistingEdit

KINDS: Mapping[str, type[Edit]] = MappingProxyType(
    {
        "add-route": AddRoute,
        "remove-route": RemoveRoute,
        "remove-trips": RemoveTrips,
        "set-headway": SetHeadway,
        "change-span": ChangeSpan,
        "move-stop": MoveStop,
        "remove-stop": RemoveStop,
        "add-stop": AddStop,
        "reroute": Reroute,
        "change-speed": ChangeSpeed,
        "all-door-boarding": AllDoorBoarding,
    }
)
"""Every kind by its name in scenario files."""


def kind_of(edit: Edit) -> str:
    """Return the name of an edit's kind."""
    return next(name for name, kind in KINDS.items() if type(edit) is kind)


def where_of(edit: Edit) -> str:
    """Return the place a problem names: the new route by its name, any other edit by its kind and what it changes."""
    if isinstance(edit, AddRoute):
        return where_of_added(edit)
    what = f"stop {edit.stop_id[:40]}" if isinstance(edit, MoveStop | RemoveStop) else f"route {edit.route_id[:40]}"
    return f"{kind_of(edit)} of {what}"


def check_edit(edit: Edit) -> list[Problem]:
    """Return everything wrong with the values of an edit, whatever the city."""
    if isinstance(edit, AddRoute):
        return check_added(edit)
    return check_existing(edit, where_of(edit))
