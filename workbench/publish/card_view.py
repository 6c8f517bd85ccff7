"""Every text of an evidence card, worked out from the plain JSON of a scorecard; the template only prints it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, cast

from workbench.network.params import WINDOWS
from workbench.publish.figures import format_change, format_measure, format_spread
from workbench.scoring.changed import DIFFERENCE
from workbench.scoring.indicators import INDICATORS
from workbench.scoring.scorecard import NOT_MEASURED, Scorecard

__all__ = ["CardView", "Level", "Plain", "build_card_view"]

N_AREAS_SHOWN = 12
"""Rows of an area table; the rest is counted below it."""

Plain = Mapping[str, object]
"""A scorecard or a part of it as plain JSON."""
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
"""What a route needs, the most telling first; a summary shows the first three."""

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

_SENTENCES = {
    "residents_gaining_access": "people can reach at least 1% more of the city's people within 45 minutes",
    "residents_longer_trips": "people have a trip that gets longer",
}
"""What stands below the two large numbers."""

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
class AccessLine:
    """What the average resident reaches within one time limit, and how it changes."""

    limit: str
    before: str
    change_mean: str
    change_median: str


@dataclass(frozen=True, slots=True)
class GroupLine:
    """One group of residents, ready to print."""

    label: str
    near: str
    gaining: str
    share_of_people: str
    share_of_gain: str
    is_all: bool


@dataclass(frozen=True, slots=True)
class AreaLine:
    """One area, ready to print."""

    name: str
    gaining: str
    losing: str
    change: str


@dataclass(frozen=True, slots=True)
class AreaTable:
    """The areas of one kind that change most."""

    title: str
    rows: tuple[AreaLine, ...]
    n_more: int


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
    loss: Fact
    warnings: tuple[str, ...]
    needs: tuple[Fact, ...]
    quicker: tuple[BarLine, ...]
    """People with trips 2, 5, 10 minutes quicker."""
    access: tuple[AccessLine, ...]
    sections: tuple[Section, ...]
    groups: tuple[GroupLine, ...]
    groups_note: str
    areas: tuple[AreaTable, ...]
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
    groups = tuple(cast("Iterable[Plain]", card.get("groups", ())))
    return CardView(
        name=str(card["name"]),
        level=level,
        exact=exact,
        basis=_basis(card, exact=exact),
        letter=letter,
        color=color,
        lead=tuple(_tied(str(sentence)) for sentence in cast("Sequence[object]", card.get("headline", ()))),
        gain=_headline_fact(_part(card, "access"), "residents_gaining_access"),
        loss=_headline_fact(_part(card, "losers"), "residents_longer_trips"),
        warnings=tuple(str(problem["message"]) for problem in cast("Iterable[Plain]", card.get("problems", ()))),
        needs=_needs(card, level),
        quicker=_quicker(_part(card, "travel_time")),
        access=_access(_part(card, "access")),
        sections=_sections(card),
        groups=_group_lines(groups),
        groups_note=(
            "Everyone is counted where they live. For groups we only know the share in each neighborhood, "
            "so their numbers are estimates."
        ),
        areas=_area_tables(tuple(cast("Iterable[Plain]", card.get("areas", ())))),
        assumptions=_assumptions(tuple(cast("Iterable[Plain]", card.get("assumptions", ())))),
        sources=_sources(card),
        noise=_noise(card, level) if exact else (),
        foot=_foot(card),
    )


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


def _headline_fact(measures: Mapping[str, Plain], key: str) -> Fact:
    """Return the number that stands large at the top; without text where it is not there yet."""
    if key in measures:
        return replace(_fact(key, measures[key]), label=_tied(_SENTENCES[key]))
    return Fact(key, _tied(_SENTENCES[key]), "")


def _facts(measures: Mapping[str, Plain], keys: Iterable[str]) -> tuple[Fact, ...]:
    return tuple(_fact(key, measures[key]) for key in keys if key in measures)


def _needs(card: Plain, level: Level) -> tuple[Fact, ...]:
    """Return what it needs; where routes of today change, against today, and without what is said of new routes only."""
    service = _part(card, "service")
    keys = _NEEDS[: 3 if level == "summary" else None]
    changes = bool(card.get("changed"))
    facts = _facts(service, (key for key in keys if not changes or service[key].get("value") is not None))
    if not changes:
        return facts
    return tuple(
        replace(fact, text=f"{fact.text}, against today") if DIFFERENCE in fact.source else fact for fact in facts
    )


def _quicker(measures: Mapping[str, Plain]) -> tuple[BarLine, ...]:
    """Return a bar for each count of people with quicker trips, all on one scale."""
    counts = {key: measures[key] for key in measures if key.startswith("residents_gaining_")}
    longest = max((float(cast("float", m["value"] or 0)) for m in counts.values()), default=0.0)
    return tuple(
        BarLine(
            label=f"{key.removeprefix('residents_gaining_').removesuffix('_min')} minutes or more",
            text=format_measure(measure),
            percent=100 * float(cast("float", measure["value"] or 0)) / longest if longest else 0.0,
            spread=format_spread(measure),
            within_noise=bool(measure.get("within_noise")),
        )
        for key, measure in counts.items()
    )


def _access(measures: Mapping[str, Plain]) -> tuple[AccessLine, ...]:
    """Return one line for each time limit the scorecard has."""
    limits = [key.split("_")[1] for key in measures if key.startswith("access_") and key.endswith("_before")]
    return tuple(
        AccessLine(
            limit=f"{minutes} min",
            before=format_measure(measures[f"access_{minutes}_before"]),
            change_mean=_change_cell(measures.get(f"access_{minutes}_change_mean")),
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


def _group_lines(groups: tuple[Plain, ...]) -> tuple[GroupLine, ...]:
    return tuple(
        GroupLine(
            label=str(row["label"]),
            near=_cell(row["near_route"]),
            gaining=_cell(row["gaining"]),
            share_of_people=_cell(row["share_of_people"]),
            share_of_gain=_cell(row["share_of_gain"]),
            is_all=row["group_id"] == "all",
        )
        for row in groups
    )


def _cell(measure: object) -> str:
    """Return a value, and "within noise" where it is; the spread of groups stays in the data files."""
    return _with_noise(format_measure(cast("Plain", measure)) or "not known", measure)


def _with_noise(text: str, measure: object) -> str:
    return f"{text} (within noise)" if cast("Plain", measure).get("within_noise") else text


AREA_TITLES = {
    "borough": "By borough",
    "community_district": "By community district",
    "nta": "By neighborhood",
    "council_district": "By council district",
}


def _area_tables(areas: tuple[Plain, ...]) -> tuple[AreaTable, ...]:
    tables = []
    for kind, title in AREA_TITLES.items():
        rows = [row for row in areas if row["kind"] == kind and _moves(row)]
        rows.sort(key=lambda row: (-abs(_value(row, "access_change")), str(row["name"])))
        if rows:
            shown = tuple(_area_line(row) for row in rows[:N_AREAS_SHOWN])
            tables.append(AreaTable(title, shown, len(rows) - len(shown)))
    return tuple(tables)


def _value(row: Plain, name: str) -> float:
    value = cast("Plain", row[name]).get("value")
    return float(cast("float", value)) if value is not None else 0.0


def _moves(row: Plain) -> bool:
    return any(_value(row, name) != 0 for name in ("gaining", "losing", "access_change"))


def _area_line(row: Plain) -> AreaLine:
    return AreaLine(
        name=str(row["name"]),
        gaining=_cell(row["gaining"]),
        losing=_cell(row["losing"]),
        change=_with_noise(format_change(_value(row, "access_change")), row["access_change"]),
    )


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
