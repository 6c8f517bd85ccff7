"""The scorecard: everything known about one scenario, each value with unit, source and uncertainty. Frozen."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar, cast

import numpy as np
import numpy.typing as npt

from workbench.errors import Problem

__all__ = [
    "NOT_MEASURED",
    "AreaRow",
    "Assumption",
    "ChangedService",
    "GroupRow",
    "LosingPair",
    "Measure",
    "PartValue",
    "ReachRow",
    "RideRow",
    "RouteShape",
    "Scorecard",
    "ScreeningRow",
    "ZoneResults",
    "measures_of",
    "with_measures",
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
    margin: float | int | None = None
    """90 % margin of error of the survey behind it, same unit; None where no survey is, or its margin is not known."""
    suppressed: bool = False
    """Too few people or too wide a margin to say: there is no value then, and `uncertainty` says why."""


@dataclass(frozen=True, slots=True)
class GroupRow:
    """
    What one group of residents gets. `group_id` is `all` for everybody.

    Registry of the fields: `GROUP_FIELDS`. All but those of `all` are estimates with the margin of error of the survey.
    """

    group_id: str
    label: str
    residents: Measure
    """In the whole city."""
    near_route: Measure
    """Within a quarter mile's walk of a stop of the route."""
    gaining: Measure
    """Residents whose access within 45 minutes grows by at least 1%."""
    losing: Measure
    """Residents whose access within 45 minutes falls."""
    affected: Measure
    """Residents whose access within 45 minutes changes at all."""
    longer_trips: Measure
    """Residents with a trip that gets longer."""
    share_of_people: Measure
    """This group's share of the city's residents, 0 to 1."""
    share_of_gain: Measure
    """This group's share of all access gained, 0 to 1."""
    share_of_loss: Measure
    """This group's share of all access lost, 0 to 1; gains are not set against it."""
    minutes_saved: Measure
    """Minutes saved on the average trip, mean over the group."""
    minutes_lost: Measure
    """Minutes lost on the average trip, mean over the group."""
    access_change: Measure
    """Mean change, over the group, of residents reached within 45 minutes."""
    access_change_p10: Measure
    """The same, lowest tenth of those of the group for whom it changes."""
    access_change_median: Measure
    """The same, middle of those of the group for whom it changes."""


@dataclass(frozen=True, slots=True)
class AreaRow:
    """What one area gets: of any kind the city has, such as a borough or a council district. Registry: `AREA_FIELDS`."""

    kind: str
    kind_label: str
    """In plain words: `council district`."""
    area_id: str
    name: str
    residents: int
    near_route: Measure
    """Residents within a quarter mile's walk of a stop of the route; by block, so an estimate."""
    gaining: Measure
    losing: Measure
    longer_trips: Measure
    """Residents with a trip that gets longer."""
    minutes_saved: Measure
    """Minutes saved on the average trip, mean over the residents of the area."""
    minutes_lost: Measure
    access_change: Measure
    """Mean change, per resident, of residents reached within 45 minutes."""
    access_change_p10: Measure
    """The same, lowest tenth of the area's residents."""
    access_change_median: Measure
    """The same, middle of the area's residents."""
    closer_2_min: Measure
    """Residents of elsewhere who get at least 2 minutes closer to the people of this area, on average over them."""
    closer_5_min: Measure
    closer_10_min: Measure


Row = TypeVar("Row", GroupRow, AreaRow, "ScreeningRow")


def measures_of(row: GroupRow | AreaRow | ScreeningRow) -> dict[str, Measure]:
    """Return every figure of a row by the name of its field."""
    fields = [field.name for field in dataclasses.fields(row)]
    return {name: one for name in fields if isinstance(one := getattr(row, name), Measure)}


def with_measures(row: Row, measures: Mapping[str, Measure]) -> Row:
    """Return the row with some figures replaced."""
    return dataclasses.replace(row, **cast("dict[str, Any]", dict(measures)))


@dataclass(frozen=True, slots=True)
class Assumption:
    """A parameter that stands behind the figures."""

    name: str
    value: float | int | str
    unit: str
    source: str


@dataclass(frozen=True, slots=True)
class LosingPair:
    """Where a loss is greatest: people of one neighborhood on their way to another."""

    from_zone_id: str
    from_name: str
    """The neighborhood."""
    to_zone_id: str
    to_name: str
    residents: int
    """Of the zone they start from."""
    before_min: float
    """Median travel time, minutes; one that is not reached counts as the longest journey."""
    after_min: float
    from_lonlat: tuple[float, float]
    to_lonlat: tuple[float, float]
    depart: str = ""
    """A departure whose journeys take about as long as the medians, `8:14 am`; empty where nobody looked for it."""
    before: tuple[str, ...] = ()
    """The journey today, in words."""
    after: tuple[str, ...] = ()
    rides_before: int | None = None
    """None where nobody looked, or there is no way to get there in time."""
    rides_after: int | None = None


@dataclass(frozen=True, slots=True)
class ReachRow:
    """Access to one kind of opportunity besides residents."""

    kind: str
    """`jobs`, `subway_station`, ..."""
    label: str
    """In plain words: `subway stations`."""
    total: int
    """In the whole city."""
    measures: Mapping[str, Measure]
    """Keys of `REACH_FIELDS`."""


@dataclass(frozen=True, slots=True)
class RideRow:
    """Who has to change vehicle once more than today on one likely trip in fifty, and who once less: a group or an area."""

    kind: str
    """`group`, or a kind of area such as `council_district`."""
    kind_label: str
    row_id: str
    """`all` for everybody, the id of the group, or the id of the area."""
    name: str
    residents: Measure
    more: Measure
    fewer: Measure


@dataclass(frozen=True, slots=True)
class ScreeningRow:
    """One population's share of one effect beside its share of people. It screens, it decides nothing."""

    population: str
    """`minority` or `low_income`."""
    label: str
    effect: str
    """`near`, `gain` or `loss`."""
    effect_label: str
    share_of_people: Measure
    share_of_effect: Measure
    difference: Measure
    """Share of the effect less share of people, in points (0.1 is 10 percentage points)."""
    ratio: Measure
    """Share of the effect by share of people."""
    finding: str
    """In words."""


@dataclass(frozen=True, slots=True)
class PartValue:
    """What hangs on one part of a scenario: the whole less the whole without it, everything scored again."""

    kind: str
    """`route`, `change` of a route of today, or `segment` of a new route."""
    name: str
    share: float
    """Of the minutes the whole saves, 0 to 1; shares of parts need not add up to 1."""
    measures: Mapping[str, Measure]
    """Keys of `INDICATORS`; what would be missing without the part, negative where leaving it out would be better."""
    note: str = ""
    """Why there are no measures: the rest cannot run without it."""


@dataclass(frozen=True, slots=True)
class RouteShape:
    """What to draw for one proposed route: lon/lat."""

    route_id: str
    line: tuple[tuple[float, float], ...]
    stops: tuple[tuple[float, float, str], ...]
    """(lon, lat, name) of each stop of direction 0."""
    back: RouteShape | None = None
    """The way back where it is a line of its own, with its stops; None where it is the same line."""


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
    blocks_near: npt.NDArray[np.bool_] | None = None
    """(n_blocks,) within `ScoringParams.near_walk_m` of a stop, rows as in `City.blocks`; None on a card read from a store."""
    access_by_phase: npt.NDArray[np.float64] | None = None
    """(n_phases, n_zones) `access_after` under each timetable, where `access_after` is the mean of several."""
    more_rides: npt.NDArray[np.float64] | None = None
    """(n_zones,) share of the likely trips that need one more ride, where it was asked for (`workbench.rides`)."""
    fewer_rides: npt.NDArray[np.float64] | None = None
    """(n_zones,) the same for one ride fewer."""


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
    headline_kinds: tuple[str, ...] = ()
    """What each sentence of `headline` is about, as in `scoring.headline`; empty on a card kept before there were any."""
    n_phases: int = 1
    """How many possible timetables of its headways stand behind the values: their means, if more than one."""
    noise: tuple[str, ...] = NOT_MEASURED
    """What is known of the noise, in plain sentences."""
    changed: tuple[ChangedService, ...] = ()
    """Existing routes that change."""
    reach: tuple[ReachRow, ...] = ()
    """Access to jobs and places, by kind."""
    demand: Mapping[str, Measure] = dataclasses.field(default_factory=dict)
    """What happens to the trips of an origin-destination table, where one was given; keys of `DEMAND_FIELDS`."""
    screening: tuple[ScreeningRow, ...] = ()
    """In the manner of Title VI; labelled as screening wherever it is shown."""
    worst: tuple[LosingPair, ...] = ()
    """The pairs that lose most; those of the first timetable, if there are several."""
    parts: tuple[PartValue, ...] = ()
    """What each part is worth, where it was asked for (`workbench.parts`)."""
    rides: Mapping[str, Measure] = dataclasses.field(default_factory=dict)
    """Who needs more rides, or fewer, where it was asked for (`workbench.rides`)."""
    ride_rows: tuple[RideRow, ...] = ()
    """The same by group and area."""
    worst_rides: tuple[LosingPair, ...] = ()
    """The likeliest pairs that need more rides."""
    departures: Mapping[str, Measure] = dataclasses.field(default_factory=dict)
    """What a good and a bad minute to leave gain, where it was asked for (`workbench.departures`)."""

    @property
    def shapes(self) -> tuple[RouteShape, ...]:
        """What to draw: new routes along their lines, ways back of their own, changed routes from stop to stop."""
        backs = (route.back for route in self.routes if route.back is not None)
        return (*self.routes, *backs, *(changed.shape for changed in self.changed if len(changed.stops) >= 2))

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
