"""What edits do to existing routes on each service day: the trips of each route before and after."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from workbench.city.city import City
from workbench.errors import Level, Problem
from workbench.network import AddedPattern
from workbench.scenario.existing import ChangeSpeed, ExistingEdit, MoveStop, RemoveStop
from workbench.scenario.kinds import where_of
from workbench.scenario.today.alter import Ground, alter_block_list
from workbench.scenario.today.bus_priority import BUS_PRIORITY
from workbench.scenario.today.working import Block, blocks_of_route, patterns_of, routes_at_stops

__all__ = ["ChangedRoute", "DayOfChange", "alter_day", "changed_routes", "check_effect"]


@dataclass(frozen=True, eq=False)
class ChangedRoute:
    """An existing route that edits change on some service day."""

    route_id: str
    name: str
    """As on the bus, e.g. `M15-SBS`."""
    before: Mapping[str, tuple[AddedPattern, ...]]
    """By service day that edits change, the trips of today."""
    after: Mapping[str, tuple[AddedPattern, ...]]
    """The same after all edits; new stops have numbers from `City.n_stops` on."""

    def is_removed(self, service: str) -> bool:
        """Tell whether nothing of the route is left on a service day that edits change."""
        return service in self.after and not self.after[service]


@dataclass(frozen=True, eq=False)
class DayOfChange:
    """Existing routes on one service day while edits apply one after another."""

    before: Mapping[str, tuple[Block, ...]]
    """By route id, of every route some edit has looked at."""
    after: Mapping[str, tuple[Block, ...]]
    effective: tuple[ExistingEdit, ...] = ()
    """Edits that changed something on this day."""

    @property
    def route_ids(self) -> tuple[str, ...]:
        """Ids of the routes that changed, sorted."""
        return tuple(
            route_id for route_id in sorted(self.after) if not _same(self.before[route_id], self.after[route_id])
        )


def alter_day(day: DayOfChange, edit: ExistingEdit, ground: Ground) -> DayOfChange:
    """Return the day after one more edit."""
    if ground.service not in edit.days:
        return day
    before, after = dict(day.before), dict(day.after)
    timetable = ground.city.load_timetable(ground.service)
    has_effect = False
    for route_id in _route_ids(edit, ground, after):
        if route_id not in before:
            before[route_id] = after[route_id] = blocks_of_route(ground.city, timetable, route_id)
        blocks = alter_block_list(after[route_id], edit, ground)
        has_effect |= not _same(after[route_id], blocks)
        after[route_id] = blocks
    return DayOfChange(before, after, (*day.effective, edit) if has_effect else day.effective)


def changed_routes(
    city: City, days: Mapping[str, DayOfChange], grounds: Mapping[str, Ground]
) -> tuple[ChangedRoute, ...]:
    """Return every route that changes on some day, sorted by id."""
    ids = sorted({route_id for day in days.values() for route_id in day.route_ids})
    if not ids:
        return ()
    names = dict(zip(city.routes["route_id"], city.routes["short_name"], strict=True))
    return tuple(
        ChangedRoute(
            route_id,
            names[route_id],
            _patterns(days, grounds, route_id, "before"),
            _patterns(days, grounds, route_id, "after"),
        )
        for route_id in ids
    )


def check_effect(edits: Sequence[ExistingEdit], days: Mapping[str, DayOfChange], service: str) -> list[Problem]:
    """Return an error for each edit that changes nothing on any of its days, a warning where only the day scored is without."""
    found = [problem for edit in edits if isinstance(edit, ChangeSpeed) for problem in _check_measured(edit)]
    for edit in edits:
        if any(edit is one for one in days[service].effective):
            continue
        if any(edit is one for day in days.values() for one in day.effective):
            message = f"it changes nothing on the day scored ({service})"
            found.append(Problem(Level.WARNING, "not-running", message, where_of(edit)))
        else:
            message = "it changes nothing: no trip on its days fits the stops, direction and times it names"
            found.append(Problem(Level.ERROR, "edit-empty", message, where_of(edit)))
    return found


def _check_measured(edit: ChangeSpeed) -> list[Problem]:
    """Warn of a speed that what is to be built has not reached anywhere in New York."""
    built = BUS_PRIORITY.get(edit.measure)
    if built is None or built.low <= edit.speed_factor <= built.high:
        return []
    message = (
        f"speed factor is {edit.speed_factor:g}; with a {built.label} {built.low:g} to {built.high:g} was measured"
    )
    return [Problem(Level.WARNING, "speed-unmeasured", message, where_of(edit))]


def _route_ids(edit: ExistingEdit, ground: Ground, after: Mapping[str, tuple[Block, ...]]) -> tuple[str, ...]:
    """Return the routes an edit looks at: those it names, or all that call at its stop by now."""
    if not isinstance(edit, MoveStop | RemoveStop):
        return (edit.route_id,)
    if edit.route_ids:
        return edit.route_ids
    timetable = ground.city.load_timetable(ground.service)
    today = routes_at_stops(ground.city, timetable, [ground.city.get_stop_ix(edit.stop_id)])
    by_now = {
        route_id
        for route_id, blocks in after.items()
        if any(np.isin(block.stop_ix, ground.numbers(edit.stop_id, route_id)).any() for block in blocks)
    }
    return tuple(sorted({*today, *by_now}))


def _patterns(
    days: Mapping[str, DayOfChange], grounds: Mapping[str, Ground], route_id: str, when: str
) -> dict[str, tuple[AddedPattern, ...]]:
    return {
        service: patterns_of(getattr(day, when)[route_id], grounds[service].places())
        for service, day in days.items()
        if route_id in day.route_ids
    }


def _same(one: Sequence[Block], other: Sequence[Block]) -> bool:
    """Tell whether two lists hold the very same blocks: an edit leaves those it does not concern untouched."""
    return len(one) == len(other) and all(a is b for a, b in zip(one, other, strict=True))
