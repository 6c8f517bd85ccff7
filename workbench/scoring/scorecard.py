"""The scorecard: everything known about one scenario, each value with unit, source and uncertainty. Frozen."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from workbench.errors import Problem

__all__ = [
    "NOT_MEASURED",
    "AreaRow",
    "Assumption",
    "ChangedService",
    "GroupRow",
    "Measure",
    "RouteShape",
    "Scorecard",
    "ZoneResults",
]

NOT_MEASURED = ("Noise has not been measured: these figures are those of one possible timetable.",)
"""What a card of one timetable says of its noise."""
Json = dict[str, "Json"] | list["Json"] | str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Measure:
    """One value of an indicator."""

    value: float | int | None
    """None where it cannot be computed; `uncertainty` then says why."""
    unit: str
    """`residents`, `minutes`, `km`, `buses`, `USD per year`, ..."""
    source: str
    """Where it comes from, in a few words."""
    low: float | int | None = None
    high: float | int | None = None
    uncertainty: str = ""
    """In plain words, e.g. `estimate: blocks take their neighborhood's share`."""
    within_noise: bool = False
    """The value is not larger than its spread. Says nothing where `spread` is None: the noise was not measured."""
    spread: float | int | None = None
    """Furthest that the value in any one timetable lies from `value`; None where only one timetable was looked at."""
    by_phase: tuple[float | int | None, ...] = ()
    """The value in each timetable, in the order of the phases; empty where the noise was not measured."""


@dataclass(frozen=True, slots=True)
class GroupRow:
    """What one group of residents gets. `group_id` is `all` for everybody."""

    group_id: str
    label: str
    residents: Measure
    """In the whole city."""
    near_route: Measure
    """Within a quarter mile's walk of a stop of the route."""
    gaining: Measure
    """Residents whose access within 45 minutes grows by at least 1%."""
    share_of_people: Measure
    """This group's share of the city's residents, 0 to 1."""
    share_of_gain: Measure
    """This group's share of all access gained, 0 to 1."""


@dataclass(frozen=True, slots=True)
class AreaRow:
    """What one area gets: a borough, a community district, a neighborhood, a council district."""

    kind: str
    area_id: str
    name: str
    residents: int
    gaining: Measure
    losing: Measure
    access_change: Measure
    """Mean change, per resident, of residents reached within 45 minutes."""


@dataclass(frozen=True, slots=True)
class Assumption:
    """A parameter that stands behind the figures."""

    name: str
    value: float | int | str
    unit: str
    source: str


@dataclass(frozen=True, slots=True)
class RouteShape:
    """What to draw for one proposed route: lon/lat."""

    route_id: str
    line: tuple[tuple[float, float], ...]
    stops: tuple[tuple[float, float, str], ...]
    """(lon, lat, name) of each stop of direction 0."""


@dataclass(frozen=True, slots=True)
class ChangedService:
    """An existing route that the scenario changes."""

    route_id: str
    name: str
    kind: str
    """`removed`, `changed`, or `unchanged` on the day scored."""
    trips_before: int
    """Trips of both directions that leave their first stop in the window today."""
    trips_after: int
    stops: tuple[tuple[float, float, str], ...]
    """(lon, lat, name) of the stops of its commonest trips afterwards, of today where it is removed."""

    @property
    def shape(self) -> RouteShape:
        """What to draw: a line from stop to stop."""
        return RouteShape(self.route_id, tuple((lon, lat) for lon, lat, _ in self.stops), self.stops)


@dataclass(frozen=True, eq=False)
class ZoneResults:
    """Results by zone, rows as in `City.zones`; for maps and tables, not part of the JSON."""

    access_before: npt.NDArray[np.float64]
    """(n_zones,) residents reached within 45 minutes."""
    access_after: npt.NDArray[np.float64]
    minutes_saved: npt.NDArray[np.float64]
    """(n_zones,) weighted mean cut in median travel time to the places people go, minutes."""
    worse: npt.NDArray[np.bool_]
    """(n_zones,) some trip from here got longer."""


@dataclass(frozen=True, eq=False)
class Scorecard:
    """
    One scenario scored. `to_json()` gives the contract of `workbench score --json`.

    Keys of the mappings are those of `INDICATORS` in `workbench/scoring/indicators.py`.
    """

    name: str
    scenario_id: str
    """Content hash of the edits."""
    city_id: str
    city_version: str
    window_id: str
    headline: tuple[str, ...]
    """Plain sentences for the top of the card, the most important first."""
    service: Mapping[str, Measure]
    coverage: Mapping[str, Measure]
    travel_time: Mapping[str, Measure]
    access: Mapping[str, Measure]
    losers: Mapping[str, Measure]
    groups: tuple[GroupRow, ...]
    areas: tuple[AreaRow, ...]
    routes: tuple[RouteShape, ...]
    zones: ZoneResults
    assumptions: tuple[Assumption, ...]
    problems: tuple[Problem, ...]
    """Warnings that travel with the result."""
    timing_s: Mapping[str, float]
    """`prepare` and `score`, seconds."""
    parameters: Mapping[str, float | int | str]
    n_phases: int = 1
    """How many possible timetables of its headways stand behind the values: their means, if more than one."""
    noise: tuple[str, ...] = NOT_MEASURED
    """What is known of the noise, in plain sentences."""
    changed: tuple[ChangedService, ...] = ()
    """Existing routes that change."""

    @property
    def shapes(self) -> tuple[RouteShape, ...]:
        """What to draw: new routes along their lines, changed routes from stop to stop."""
        return (*self.routes, *(changed.shape for changed in self.changed if len(changed.stops) >= 2))

    def to_json(self) -> dict[str, Json]:
        """Return plain dicts and lists: everything but `zones` and `routes`."""
        return {
            field.name: _plain(getattr(self, field.name))
            for field in dataclasses.fields(self)
            if field.name not in ("zones", "routes")
        }


def _plain(value: object) -> Json:
    """Turn a frozen tree of dataclasses into JSON's own types."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: _plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    if isinstance(value, np.generic):
        return _plain(value.item())
    if isinstance(value, float):
        return value if np.isfinite(value) else None
    if value is None or isinstance(value, str | int | bool):
        return value
    message = f"{type(value).__name__} has no JSON form"
    raise TypeError(message)
