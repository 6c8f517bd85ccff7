"""Every text of an evidence card, worked out from the plain JSON of a scorecard; the template only prints it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, cast

from workbench.network.params import WINDOWS
from workbench.publish.card_tables import (
    AreaTable,
    GroupTable,
    Plain,
    Table,
    WorstPair,
    area_tables,
    group_table,
    part_table,
    reach_table,
    screening_table,
    worst_pairs,
)
from workbench.publish.figures import format_change, format_count, format_measure, format_spread
from workbench.scoring.indicators import INDICATORS
from workbench.scoring.measures.changed import DIFFERENCE
from workbench.scoring.scorecard import NOT_MEASURED, Scorecard

__all__ = ["CardView", "Level", "Plain", "build_card_view"]

Level = Literal["full", "summary"]

_NEEDS = (
    "cost_per_year",
    "buses_needed",
    "length_km",
    "n_stops",
    "running_time_out_min",
    "running_time_back_min",
    "speed_kmh",
    "stop_spacing_m",
    "buses_with_spares",
    "revenue_hours_per_year",
)
"""What a route needs, the most telling first."""
N_NEEDS = 3
"""How many of them are never folded away."""

_SECTIONS = (
    (
        "coverage",
        "How many live close by",
        "A quarter mile is a walk of about five minutes.",
        ("residents_near_route", "residents_new_every_10_min", "residents_new_every_15_min"),
    ),
    ("travel_time", "Time saved by everybody", "", ("minutes_saved_mean", "person_minutes_per_day")),
    (
        "losers",
        "Who loses, in detail",
        "Losses are never subtracted from gains.",
        (
            "residents_longer_trips",
            "residents_losing_access",
            "longest_delay_min",
            "person_minutes_lost_per_day",
            "residents_losing_stop",
        ),
    ),
)
"""Part of the scorecard, title, note, and indicators in their order."""

_HOURS = {
    "person_minutes_per_day": "hours of travel saved a day in all, if everybody makes one trip",
    "person_minutes_lost_per_day": "hours of travel longer a day in all, if everybody makes one trip",
}
"""What stands below the two large numbers: the steadiest measures of gain and loss (docs/noise.md)."""
_PEOPLE = {
    "residents_gaining_access": "people reach at least 1% more people within 45 minutes",
    "residents_longer_trips": "people have a trip that gets longer, if only by seconds",
}
"""What stands below that: how many people, which depends more on the minute at which buses leave."""

_LABELS = {"revenue_hours_per_year": "Hours of service a year"}
"""Where the card has room for fewer words than the registry."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One number with its name, ready to print."""

    key: str
    label: str
    text: str
    note: str = ""
    source: str = ""
    spread: str = ""
    """`± 300` between timetables; empty where they agree or nobody looked."""
    within_noise: bool = False
    wide: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """A titled list of facts."""

    title: str
    note: str
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class BarLine:
    """One count among others of its kind, with its length beside the longest in percent."""

    label: str
    text: str
    percent: float
    spread: str = ""
    within_noise: bool = False


@dataclass(frozen=True, slots=True)
class BarPart:
    """Counts of one kind."""

    title: str
    note: str
    kind: str
    """`better` or `worse`."""
    lines: tuple[BarLine, ...]


@dataclass(frozen=True, slots=True)
class AccessLine:
    """What the average resident reaches within one time limit, and how it changes."""

    limit: str
    before: str
    change_mean: str
    change_p10: str
    change_median: str


@dataclass(frozen=True, slots=True)
class CardView:
    """Everything the template prints, as text."""

    name: str
    level: Level
    exact: bool
    basis: str
    letter: str
    color: str
    lead: tuple[str, ...]
    gain: Fact
    """Hours saved."""
    loss: Fact
    """Hours lost."""
    gainers: Fact
    losers: Fact
    warnings: tuple[str, ...]
    needs: tuple[Fact, ...]
    bars: tuple[BarPart, ...]
    """People with trips 2, 5, 10 minutes quicker, and longer."""
    more_needs: tuple[Fact, ...]
    """The rest of what it needs; a full card folds it away."""
    access: tuple[AccessLine, ...]
    sections: tuple[Section, ...]
    groups: GroupTable | None
    areas: tuple[AreaTable, ...]
    reach: Table | None
    """Jobs and places."""
    screening: Table | None
    parts: Table | None
    worst: tuple[WorstPair, ...]
    """Pairs that lose most."""
    assumptions: tuple[str, ...]
    sources: tuple[str, ...]
    noise: tuple[str, ...]
    """What is known of the noise, or that it was not measured."""
    foot: str


def build_card_view(
    scorecard: Scorecard | Plain,
    *,
    level: Level = "full",
    exact: bool = True,
    letter: str = "",
    color: str = "",
) -> CardView:
    """Return every text of the card; arguments as in `render_card`."""
    card: Plain = cast("Plain", scorecard.to_json()) if isinstance(scorecard, Scorecard) else scorecard
    return CardView(
        name=str(card["name"]),
        level=level,
        exact=exact,
        basis=_basis(card, exact=exact),
        letter=letter,
        color=color,
        lead=tuple(_tied(str(sentence)) for sentence in cast("Sequence[object]", card.get("headline", ()))),
        gain=_hours_fact(_part(card, "travel_time"), "person_minutes_per_day"),
        loss=_hours_fact(_part(card, "losers"), "person_minutes_lost_per_day"),
        gainers=_people_fact(_part(card, "access"), "residents_gaining_access"),
        losers=_people_fact(_part(card, "losers"), "residents_longer_trips"),
        warnings=tuple(str(problem["message"]) for problem in cast("Iterable[Plain]", card.get("problems", ()))),
        needs=_needs(card)[:N_NEEDS],
        more_needs=_needs(card)[N_NEEDS:],
        bars=_bars(card),
        access=_access(_part(card, "access")),
        sections=_sections(card),
        groups=group_table(_rows(card, "groups")),
        areas=area_tables(_rows(card, "areas")),
        reach=reach_table(_rows(card, "reach")),
        screening=screening_table(_rows(card, "screening")),
        parts=part_table(_rows(card, "parts")),
        worst=worst_pairs(_rows(card, "worst")),
        assumptions=_assumptions(tuple(cast("Iterable[Plain]", card.get("assumptions", ())))),
        sources=_sources(card),
        noise=_noise(card, level) if exact else (),
        foot=_foot(card),
    )


def _rows(card: Plain, name: str) -> tuple[Plain, ...]:
    """Return the rows of a part; a saved card may lack parts that came later."""
    return tuple(cast("Iterable[Plain]", card.get(name, ())))


def _tied(sentence: str) -> str:
    """Keep a number and its percent sign on one line."""
    return sentence.replace(" %", "\u00a0%")


def _part(card: Plain, name: str) -> Mapping[str, Plain]:
    return cast("Mapping[str, Plain]", card.get(name, {}))


def _basis(card: Plain, *, exact: bool) -> str:
    window = next((window.label for window in WINDOWS if window.window_id == card.get("window_id")), "")
    if not exact:
        return "Travel times are still being computed. What you see now needs no travel times."
    return f"Every part of the city, every minute of a {window}." if window else "Every part of the city."


def _fact(key: str, measure: Plain) -> Fact:
    text = format_measure(measure)
    uncertainty = str(measure.get("uncertainty") or "")
    return Fact(
        key=key,
        label=_LABELS.get(key) or INDICATORS[key].label,
        text=text or "not known",
        note=uncertainty if not text else "",
        source=". ".join(part for part in (str(measure.get("source", "")), uncertainty) if part),
        spread=format_spread(measure),
        within_noise=bool(measure.get("within_noise")),
        wide=key == "cost_per_year",
    )


def _hours_fact(measures: Mapping[str, Plain], key: str) -> Fact:
    """Return the number that stands large at the top; without text where it is not there yet."""
    measure = measures.get(key)
    if measure is None or measure.get("value") is None:
        return Fact(key, _HOURS[key], "")
    hours = {**measure, "unit": "hours", "value": float(cast("float", measure["value"])) / 60}
    if measure.get("spread") is not None:
        hours["spread"] = float(cast("float", measure["spread"])) / 60
    fact = replace(_fact(key, hours), label=_HOURS[key])
    return fact if hours["value"] == 0 or float(cast("float", hours["value"])) >= 1 else replace(fact, text="under 1")


def _people_fact(measures: Mapping[str, Plain], key: str) -> Fact:
    """Return how many people; with two digits while nobody has looked how far timetables differ."""
    measure = measures.get(key)
    if measure is None:
        return Fact(key, _tied(_PEOPLE[key]), "")
    fact = replace(_fact(key, measure), label=_tied(_PEOPLE[key]))
    value = measure.get("value")
    if measure.get("spread") is None and value and key == "residents_gaining_access":
        return replace(fact, text=f"roughly {format_count(float(f'{value:.2g}'))}")
    return fact


def _facts(measures: Mapping[str, Plain], keys: Iterable[str]) -> tuple[Fact, ...]:
    return tuple(_fact(key, measures[key]) for key in keys if key in measures)


def _needs(card: Plain) -> tuple[Fact, ...]:
    """Return what it needs; where routes of today change, against today, and without what is said of new routes only."""
    service = _part(card, "service")
    changes = bool(card.get("changed"))
    facts = _facts(service, (key for key in _NEEDS if not changes or service[key].get("value") is not None))
    if not changes:
        return facts
    return tuple(
        replace(fact, text=f"{fact.text}, against today") if DIFFERENCE in fact.source else fact for fact in facts
    )


def _bars(card: Plain) -> tuple[BarPart, ...]:
    """Return people with quicker trips, and with longer ones where there are any, each on a scale of its own."""
    found = (
        ("travel_time", "residents_gaining_", "Quicker trips", "quicker", "better"),
        ("losers", "residents_losing_", "Longer trips", "longer", "worse"),
    )
    parts = []
    for part, start, title, word, kind in found:
        counts = {key: one for key, one in _part(card, part).items() if key.startswith(start) and key.endswith("_min")}
        counts = {key: one for key, one in counts.items() if "every" not in key}
        longest = max((float(cast("float", m["value"] or 0)) for m in counts.values()), default=0.0)
        if counts and (longest or kind == "better"):
            note = f"People with at least one likely trip in fifty {word} by"
            parts.append(BarPart(title, note, kind, tuple(_bar(key, one, longest) for key, one in counts.items())))
    return tuple(parts)


def _bar(key: str, measure: Plain, longest: float) -> BarLine:
    return BarLine(
        label=f"{key.split('_')[2]} minutes or more",
        text=format_measure(measure),
        percent=100 * float(cast("float", measure["value"] or 0)) / longest if longest else 0.0,
        spread=format_spread(measure),
        within_noise=bool(measure.get("within_noise")),
    )


def _access(measures: Mapping[str, Plain]) -> tuple[AccessLine, ...]:
    """Return one line for each time limit the scorecard has."""
    limits = [key.split("_")[1] for key in measures if key.startswith("access_") and key.endswith("_before")]
    return tuple(
        AccessLine(
            limit=f"{minutes} min",
            before=format_measure(measures[f"access_{minutes}_before"]),
            change_mean=_change_cell(measures.get(f"access_{minutes}_change_mean")),
            change_p10=_change_cell(measures.get(f"access_{minutes}_change_p10")),
            change_median=_change_cell(measures.get(f"access_{minutes}_change_median")),
        )
        for minutes in limits
    )


def _change_cell(measure: Plain | None) -> str:
    """Return a change with its sign, its spread if there is one, and "within noise" where it is."""
    value = measure.get("value") if measure else None
    if measure is None or value is None:
        return "not known"
    words = "within noise" if measure.get("within_noise") else ""
    return " ".join(
        part for part in (format_change(float(cast("float", value))), format_spread(measure), words) if part
    )


def _sections(card: Plain) -> tuple[Section, ...]:
    """Return the parts of the card that are plain lists of facts, those without facts left out."""
    found = (Section(title, note, _facts(_part(card, part), keys)) for part, title, note, keys in _SECTIONS)
    return tuple(section for section in found if section.facts)


def _assumptions(assumptions: tuple[Plain, ...]) -> tuple[str, ...]:
    return tuple(
        f"{line['name']}: {line['value']} {line['unit']}".strip() + (f" ({line['source']})" if line["source"] else "")
        for line in assumptions
    )


def _sources(card: Plain) -> tuple[str, ...]:
    """Return every source once, in the order of the card."""
    parts = ("service", "coverage", "travel_time", "access", "losers")
    named = [str(measure.get("source", "")) for part in parts for measure in _part(card, part).values()]
    return tuple(dict.fromkeys(source for source in named if source))


def _noise(card: Plain, level: Level) -> tuple[str, ...]:
    """
    Return the card's own words; a card from before the noise was looked at says that it was not.

    A summary leaves out what ± means: the page it stands on says so once.
    """
    sentences = tuple(str(sentence) for sentence in cast("Iterable[object]", card.get("noise") or NOT_MEASURED))
    is_measured = cast("int", card.get("n_phases", 1)) > 1
    return sentences[1:] if level == "summary" and is_measured else sentences


def _foot(card: Plain) -> str:
    city, version, scenario = (str(card.get(key, "")) for key in ("city_id", "city_version", "scenario_id"))
    return f"City data {city} {version[:12]} · scenario {scenario[:12]}" if city else ""
