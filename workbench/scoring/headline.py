"""The sentences at the top of a card. Estimates are rounded to three significant digits, so that no false care is shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from workbench.scoring.scorecard import ChangedService, Measure

__all__ = ["changed_sentence", "headline", "plain_count"]

_SHOWN = 4
"""Changed routes named one by one."""


def headline(
    service: Mapping[str, Measure],
    coverage: Mapping[str, Measure],
    access: Mapping[str, Measure],
    losers: Mapping[str, Measure],
    *,
    n_routes: int,
    changed: Sequence[ChangedService] = (),
) -> tuple[str, ...]:
    """Return plain sentences, the most important first: what changes, who gains, who is near, who loses, what it needs."""
    if n_routes == 0 and not changed:
        return ("This scenario changes nothing.",)
    these = "this route" if n_routes == 1 else f"these {n_routes} routes"
    near, gaining = _value(coverage["residents_near_route"]), _value(access["residents_gaining_access"])
    wanders = _give_or_take(access["residents_gaining_access"])
    gain = f"{_people(gaining)}{wanders} can reach at least 1% more people within 45 minutes."
    if not changed:
        return (
            gain,
            f"{_people(near)} can walk to a stop of {these} (a quarter mile).",
            _losing(losers, these),
            _needing(service, n_routes),
        )
    runs = [route for route in changed if route.kind != "removed"]
    here = "what it changes or adds" if runs or n_routes else ""
    return (
        *(changed_sentence(route) for route in changed[:_SHOWN]),
        *((f"{len(changed) - _SHOWN} more routes change.",) if len(changed) > _SHOWN else ()),
        gain,
        *((f"{_people(near)} can walk to a stop of {here} (a quarter mile).",) if here else ()),
        _losing_any(losers),
        _differing(service),
    )


def plain_count(value: float) -> str:
    """Return a number with three significant digits: `12,400`, `7`, `1.23 million`."""
    if abs(value) >= 999_500:
        return f"{float(f'{value / 1e6:.3g}'):,} million"
    return f"{round(float(f'{value:.3g}')):,}"


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
    longer, less = _value(losers["residents_longer_trips"]), _value(losers["residents_losing_access"])
    if longer == 0 and less == 0:
        adds = "only adds service; its" if these == "this route" else "only add service; their"
        return f"Nobody's trip gets longer: {these} {adds} price is money."
    return f"{_people(longer)} lose: some of their trips get longer. {_people(less)} can reach fewer people."


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
    longer, less = _value(losers["residents_longer_trips"]), _value(losers["residents_losing_access"])
    stop = _value(losers["residents_losing_stop"])
    lost = f" {_people(stop)} can no longer walk to a route they can walk to today." if stop else ""
    if longer == 0 and less == 0:
        return f"Nobody's trip gets longer.{lost}"
    return f"{_people(longer)} lose: some of their trips get longer. {_people(less)} can reach fewer people.{lost}"


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
