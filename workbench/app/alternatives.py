"""The saved alternatives of a meeting as the pages show them: letters, colours, scorecards, scenarios."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np

from workbench.app.assumptions import Assumptions, assumptions_of
from workbench.app.components.sketch_map import N_SLOTS, RouteOnMap
from workbench.scenario import AddRoute, Scenario
from workbench.scoring import INDICATORS, Measure, RouteShape, Scorecard, ZoneResults
from workbench.scoring.indicators import PARTS
from workbench.storage import Alternative, Store

__all__ = ["SavedAlternative", "keep_card", "letter_of", "list_alternatives", "save_alternative"]

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True, slots=True)
class SavedAlternative:
    """One alternative with its letter."""

    alternative_id: str
    name: str
    letter: str
    slot: int
    """Which colour, 0 to 7."""
    scenario: Scenario
    card: Mapping[str, object]
    """The exact scorecard as it was saved, plain JSON."""
    stops: tuple[tuple[tuple[float, float, str], ...], ...]
    """(lon, lat, name) of the stops of each route."""
    stops_back: tuple[tuple[tuple[float, float, str], ...], ...] = ()
    """The same for ways back that are lines of their own; empty for routes without one."""

    @property
    def color(self) -> str:
        """The CSS colour."""
        return f"var(--line-{LETTERS[self.slot].lower()})"

    @property
    def parameters(self) -> Mapping[str, object]:
        """What it was scored with, by name."""
        return cast("Mapping[str, object]", self.card["parameters"])

    @property
    def assumed(self) -> Assumptions:
        """The same; what a card from before does not name is the usual."""
        return assumptions_of(self.parameters)

    @property
    def asked(self) -> tuple[Scenario, str, Assumptions]:
        """What the desk needs to score it again just so."""
        return self.scenario, str(self.card["window_id"]), self.assumed

    def with_card(self, card: Scorecard) -> SavedAlternative:
        """Return a copy with another card of the same scenario, such as the mean of ten timetables."""
        plain = cast("dict[str, object]", card.to_json())
        return replace(self, card={**self.card, **plain, "name": self.name})

    def on_map(self) -> tuple[RouteOnMap, ...]:
        """Return what to draw, one line for each route."""
        key, new = self.alternative_id, [edit for edit in self.scenario.edits if isinstance(edit, AddRoute)]
        routes = [
            RouteOnMap(f"{key}-{edit.route_id}", self.name, self.slot, self.letter, edit.line_lonlat, at)
            for edit, at in zip(new, self.stops, strict=True)
        ]
        backs = self.stops_back or ((),) * len(new)
        routes += [
            RouteOnMap(f"{key}-{edit.route_id}-back", self.name, self.slot, "", edit.line_back_lonlat, at)
            for edit, at in zip(new, backs, strict=True)
            if edit.line_back_lonlat
        ]
        for changed in cast("Sequence[Mapping[str, Any]]", self.card.get("changed", ())):
            stops = tuple((float(lon), float(lat), str(name)) for lon, lat, name in changed["stops"])
            line = tuple((lon, lat) for lon, lat, _ in stops)
            if len(line) >= 2:
                routes.append(
                    RouteOnMap(f"{key}-{changed['route_id']}", self.name, self.slot, self.letter, line, stops)
                )
        return tuple(routes)

    def measure(self, key: str) -> Mapping[str, object]:
        """Return one indicator of the saved card as plain JSON; an empty one where the card does not have it."""
        part = cast("Mapping[str, Mapping[str, object]]", self.card.get(INDICATORS[key].part, {}))
        return part.get(key, {})

    def group_rows(self) -> Sequence[Mapping[str, Mapping[str, object]]]:
        """Return the groups of the saved card as plain JSON."""
        return cast("Sequence[Mapping[str, Mapping[str, object]]]", self.card.get("groups", ()))

    def scorecard(self) -> Scorecard:
        """Return the saved card as an object with its measures; results by zone are not kept and are empty."""
        parts = {part: cast("Mapping[str, Mapping[str, Any]]", self.card[part]) for part in PARTS}
        none = np.zeros(0)
        return Scorecard(
            name=self.name,
            **{key: str(self.card[key]) for key in ("scenario_id", "city_id", "city_version", "window_id")},
            headline=tuple(cast("Sequence[str]", self.card["headline"])),
            headline_kinds=tuple(cast("Sequence[str]", self.card.get("headline_kinds", ()))),
            **{part: {key: Measure(**measure) for key, measure in parts[part].items()} for part in PARTS},
            groups=(),
            areas=(),
            routes=(),
            zones=ZoneResults(none, none, none, none.astype(np.bool_)),
            assumptions=(),
            problems=(),
            timing_s={},
            parameters=cast("Mapping[str, float | int | str]", self.card["parameters"]),
            n_phases=cast("int", self.card.get("n_phases", 1)),
        )


def letter_of(number: int) -> str:
    """Return A, B, ... Z, AA, AB, ... for 0, 1, ..."""
    first, last = divmod(number, len(LETTERS))
    return (letter_of(first - 1) if first else "") + LETTERS[last]


def list_alternatives(store: Store) -> tuple[SavedAlternative, ...]:
    """Return all alternatives that are not removed, in the order in which they were saved."""
    return tuple(_read(kept) for kept in store.alternatives.list())


def save_alternative(store: Store, scenario: Scenario, card: Scorecard) -> SavedAlternative:
    """Keep a scored scenario; when this returns it is on the disk. Raises `StorageError` or `InputError`."""
    kept = store.alternatives.add(scenario.name, json.dumps(scenario.to_json(), ensure_ascii=False), _card_json(card))
    return _read(kept)


def keep_card(store: Store, alternative_id: str, card: Scorecard) -> SavedAlternative:
    """Keep a card made with other assumptions in place of the old one; when this returns it is on the disk."""
    return _read(store.alternatives.rescore(alternative_id, _card_json(card)))


def _card_json(card: Scorecard) -> str:
    backs = [_stops((route.back,))[0] if route.back else [] for route in card.routes]
    return json.dumps(card.to_json() | {"stops": _stops(card.routes), "stops_back": backs}, ensure_ascii=False)


def _read(kept: Alternative) -> SavedAlternative:
    """Return an alternative with its letter: the n-th saved has the n-th letter for ever, whatever is removed."""
    number = int(kept.alternative_id.removeprefix("a")) - 1
    card = json.loads(kept.scorecard_json) | {"name": kept.name}
    scenario = Scenario.from_json(kept.scenario_json)
    return SavedAlternative(
        alternative_id=kept.alternative_id,
        name=kept.name,
        letter=letter_of(number),
        slot=number % N_SLOTS,
        scenario=Scenario(kept.name, scenario.edits),
        card=card,
        stops=_read_stops(card["stops"]),
        stops_back=_read_stops(card.get("stops_back", ())),
    )


def _read_stops(routes: Sequence[Sequence[Sequence[Any]]]) -> tuple[tuple[tuple[float, float, str], ...], ...]:
    return tuple(tuple((lon, lat, name) for lon, lat, name in route) for route in routes)


def _stops(routes: tuple[RouteShape, ...]) -> list[list[list[float | str]]]:
    return [[list(stop) for stop in route.stops] for route in routes]
