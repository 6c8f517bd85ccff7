"""The sentences at the top of a card. Estimates are rounded to three significant digits, so that no false care is shown."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from workbench.scoring.params import GAIN_MIN
from workbench.scoring.scorecard import AreaRow, ChangedService, Measure
from workbench.scoring.words import fit_words

__all__ = ["Headline", "changed_sentence", "headline", "plain_count"]

_SHOWN = 4
"""Changed routes named one by one."""
_NAMED_PEOPLE = 1000
"""Fewest people who get closer, and who live where they get closer to, for a neighborhood to be named."""


class Headline(NamedTuple):
    """The sentences of a card, and what each is about."""

    sentences: tuple[str, ...]
    kinds: tuple[str, ...]
    """One of `changed`, `saved`, `closer`, `reach`, `near`, `loss`, `need`, `nothing` for each."""


def headline(
    parts: Mapping[str, Mapping[str, Measure]],
    *,
    n_routes: int,
    areas: Sequence[AreaRow] = (),
    changed: Sequence[ChangedService] = (),
    parameters: Mapping[str, object] = MappingProxyType({}),
) -> Headline:
    """
    Return plain sentences, the steadiest figure first: what changes, what is saved, who gains, who is near, who loses, what it needs.

    Parameters
    ----------
    parts
        `service`, `coverage`, `travel_time`, `access` and `losers` of a card.
    n_routes
        New routes.
    areas
        Of the card; the neighborhood that most people get closer to is named.
    changed
        Existing routes that change.
    parameters
        Of the card; the sentences name a walk, shares and trips that are not the usual as they are.
    """
    said = _sentences(parts, n_routes=n_routes, areas=areas, changed=changed)
    return Headline(tuple(fit_words(text, parameters) for _, text in said), tuple(kind for kind, _ in said))


def _sentences(
    parts: Mapping[str, Mapping[str, Measure]],
    *,
    n_routes: int,
    areas: Sequence[AreaRow],
    changed: Sequence[ChangedService],
) -> tuple[tuple[str, str], ...]:
    """Return kind and text of each sentence, in the words of the usual parameters."""
    if n_routes == 0 and not changed:
        return (("nothing", "This scenario changes nothing."),)
    these = "this route" if n_routes == 1 else f"these {n_routes} routes"
    near, losers, service = _value(parts["coverage"]["residents_near_route"]), parts["losers"], parts["service"]
    gains = (
        ("saved", _saving(parts["travel_time"]["person_minutes_per_day"])),
        *(("closer", text) for text in _closer(areas)),
        ("reach", _gaining(parts["access"]["residents_gaining_access"])),
    )
    if not changed:
        return (
            *gains,
            ("near", f"{_people(near)} can walk to a stop of {these} (a quarter mile)."),
            ("loss", _losing(losers, these)),
            ("need", _needing(service, n_routes)),
        )
    runs = [route for route in changed if route.kind != "removed"]
    here = "what it changes or adds" if runs or n_routes else ""
    return (
        *(("changed", changed_sentence(route)) for route in changed[:_SHOWN]),
        *((("changed", f"{len(changed) - _SHOWN} more routes change."),) if len(changed) > _SHOWN else ()),
        *gains,
        *((("near", f"{_people(near)} can walk to a stop of {here} (a quarter mile)."),) if here else ()),
        ("loss", _losing_any(losers)),
        ("need", _differing(service)),
    )


def _saving(minutes: Measure) -> str:
    """Say how many hours are saved in all: the steadiest measure of gain (docs/noise.md)."""
    if _value(minutes) == 0:
        return "No trip gets quicker at this time of the week."
    hours = dataclasses.replace(
        minutes, value=_value(minutes) / 60, spread=None if minutes.spread is None else minutes.spread / 60
    )
    return (
        f"Saves people {_hours(hours)} of travel a day in all, if everybody makes one trip a day{_give_or_take(hours)}."
    )


def _hours(hours: Measure) -> str:
    """Return hours as a phrase, with two digits while nobody has looked how far timetables differ."""
    value = _value(hours)
    if round(value) < 1:
        return "less than an hour"
    digits = 2 if hours.spread is None else 3
    return f"about {plain_count(value, digits)} {'hour' if round(value) == 1 else 'hours'}"


def _gaining(gaining: Measure) -> str:
    """Say how many can reach more; a count of one timetable is said with its doubt (docs/noise.md: up to half or double)."""
    value, what = _value(gaining), "can reach at least 1% more people within 45 minutes"
    if gaining.spread is not None or round(value) == 0:
        return f"{_people(value)}{_give_or_take(gaining)} {what}."
    return f"Roughly {plain_count(value, 2)} {what.replace('can', 'people can', 1)}; another timetable may give half or double."


def _closer(areas: Sequence[AreaRow]) -> tuple[str, ...]:
    """Say to which neighborhood, with people enough, most get closer: by ten minutes if any do, else by five or two."""
    if not areas:
        return ()
    finest = [row for row in areas if row.kind == areas[-1].kind and row.residents >= _NAMED_PEOPLE]
    for minutes in sorted(GAIN_MIN, reverse=True):
        found = [(getattr(row, f"closer_{minutes}_min"), row.name) for row in finest]
        sure = [(one, name) for one, name in found if _value(one) >= _NAMED_PEOPLE and not one.within_noise]
        if sure:
            most, name = max(sure, key=lambda pair: _value(pair[0]))
            people = (
                _people(_value(most)) if most.spread is not None else f"About {plain_count(_value(most), 2)} people"
            )
            return (f"{people} get at least {minutes} minutes closer to {name}{_give_or_take(most)}.",)
    return ()


def plain_count(value: float, digits: int = 3) -> str:
    """Return a number with three significant digits: `12,400`, `7`, `1.23 million`."""
    rough = float(f"{value:.{digits}g}")
    return f"{float(f'{rough / 1e6:.{digits}g}'):,} million" if abs(rough) >= 1e6 else f"{round(rough):,}"


def _give_or_take(measure: Measure) -> str:
    """Return ` (± 300)` where timetables differ by 1% or more, with `within noise` where it is."""
    if not measure.spread or measure.spread < 0.01 * abs(_value(measure)):
        return ""
    words = ", within noise" if measure.within_noise else ""
    return f" (± {plain_count(max(float(f'{measure.spread:.2g}'), 1.0))}{words})"


def _people(value: float) -> str:
    if round(value) == 0:
        return "Nobody"
    return "1 person" if round(value) == 1 else f"{plain_count(value)} people"


def _losing(losers: Mapping[str, Measure], these: str) -> str:
    if _value(losers["residents_longer_trips"]) == 0 and _value(losers["residents_losing_access"]) == 0:
        adds = "only adds service; its" if these == "this route" else "only add service; their"
        return f"Nobody's trip gets longer: {these} {adds} price is money."
    return _longer(losers)


def _longer(losers: Mapping[str, Measure]) -> str:
    """Say who loses and how much: those who lose two minutes, those who reach fewer people, anybody at all."""
    longer, minutes = _value(losers["residents_longer_trips"]), _value(losers["person_minutes_lost_per_day"])
    much, less = _value(losers["residents_losing_2_min"]), _value(losers["residents_losing_access"])
    hours = f": {plain_count(minutes / 60)} hours a day in all" if round(minutes / 60) > 1 else ""
    verb = "loses" if round(much) < 2 else "lose"
    return (
        f"{_people(much)} {verb} two minutes or more on one likely trip in fifty. {_people(less)} can reach fewer people. "
        f"Some trip gets longer, if only by seconds, for {_people(longer).replace('Nobody', 'nobody')}{hours}."
    )


def changed_sentence(route: ChangedService) -> str:
    """Say what happens to one existing route."""
    if route.kind == "removed":
        return f"Removes route {route.name}: its {_count(route.trips_before, 'trip')} in these hours no longer run."
    if route.kind == "unchanged":
        return f"Changes route {route.name}, but not on the day shown."
    if route.trips_before == route.trips_after:
        return f"Changes route {route.name}: {_count(route.trips_after, 'trip')} in these hours, as many as today."
    return (
        f"Changes route {route.name}: {_count(route.trips_after, 'trip')} in these hours, today {route.trips_before}."
    )


def _losing_any(losers: Mapping[str, Measure]) -> str:
    """Say who loses where service of today changes."""
    stop = _value(losers["residents_losing_stop"])
    lost = f" {_people(stop)} can no longer walk to a route they can walk to today." if stop else ""
    if _value(losers["residents_longer_trips"]) == 0 and _value(losers["residents_losing_access"]) == 0:
        return f"Nobody's trip gets longer.{lost}"
    return f"{_longer(losers)}{lost}"


def _differing(service: Mapping[str, Measure]) -> str:
    """Say what it needs or frees beside today."""
    buses, cost = round(_value(service["buses_needed"])), service["cost_per_year"]
    about, low, high = (float(value or 0) for value in (cost.value, cost.low, cost.high))
    if buses == 0 and abs(about) < 1000:
        return "Needs as many buses and as much money as today."
    need = "Needs" if buses > 0 else "Frees"
    fleet = f"{need} {_count(abs(buses), 'bus', 'buses')}" if buses else "Needs as many buses as today"
    ends = sorted((abs(low), abs(high)))
    span = f"about {_dollars(abs(about))} a year (range {_dollars(ends[0])} to {_dollars(ends[1])})"
    if low * high < 0:
        return f"{fleet}; its cost against today lies between {_signed(low)} and {_signed(high)} a year."
    return f"{fleet} and {'costs' if about > 0 else 'saves'} {span}, against today."


def _signed(value: float) -> str:
    return f"{_dollars(abs(value))} {'less' if value < 0 else 'more'}"


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def _needing(service: Mapping[str, Measure], n_routes: int) -> str:
    buses, cost = round(_value(service["buses_needed"])), service["cost_per_year"]
    need = "Needs" if n_routes == 1 else "Together they need"
    word = "bus" if buses == 1 else "buses"
    about, low, high = (_dollars(float(value or 0)) for value in (cost.value, cost.low, cost.high))
    return f"{need} {buses} {word} and about {about} a year (range {low} to {high})."


def _dollars(value: float) -> str:
    """Return `$6.1 million`, or `$480,000` below a million."""
    return f"${value / 1e6:.1f} million" if value >= 950_000 else f"${plain_count(value)}"


def _value(measure: Measure) -> float:
    return float(measure.value or 0)
