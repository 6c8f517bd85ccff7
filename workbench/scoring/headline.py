"""The sentences at the top of a card. Estimates are rounded to three significant digits, so that no false care is shown."""

from __future__ import annotations

from collections.abc import Mapping

from workbench.scoring.scorecard import Measure

__all__ = ["headline", "plain_count"]


def headline(
    service: Mapping[str, Measure],
    coverage: Mapping[str, Measure],
    access: Mapping[str, Measure],
    losers: Mapping[str, Measure],
    *,
    n_routes: int,
) -> tuple[str, ...]:
    """Return plain sentences, the most important first: who gains, who is near, who loses, what it needs."""
    if n_routes == 0:
        return ("This scenario changes nothing.",)
    these = "this route" if n_routes == 1 else f"these {n_routes} routes"
    near, gaining = _value(coverage["residents_near_route"]), _value(access["residents_gaining_access"])
    return (
        f"{_people(gaining)} can reach at least 1% more people within 45 minutes.",
        f"{_people(near)} can walk to a stop of {these} (a quarter mile).",
        _losing(losers, these),
        _needing(service, n_routes),
    )


def plain_count(value: float) -> str:
    """Return a number with three significant digits: `12,400`, `7`, `1.23 million`."""
    if abs(value) >= 999_500:
        return f"{float(f'{value / 1e6:.3g}'):,} million"
    return f"{round(float(f'{value:.3g}')):,}"


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
