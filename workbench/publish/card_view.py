"""Every text of an evidence card, worked out from the plain JSON of a scorecard; the template only prints it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal, cast

from markupsafe import Markup

from workbench.network.params import WINDOWS
from workbench.publish.assumed import PARAMETERS, AssumedGroup, assumed_groups, changed_words
from workbench.publish.card_sections import RIDES_NOT_ASKED, SECTIONS, rides_note
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
    ride_tables,
    screening_table,
    worst_pairs,
)
from workbench.publish.card_top import lead_sentences, sure_words, what_words, worse_words
from workbench.publish.figures import format_change, format_count, format_measure, format_spread
from workbench.scoring.indicators import INDICATORS
from workbench.scoring.measures.changed import DIFFERENCE
from workbench.scoring.scorecard import NOT_MEASURED, Scorecard
from workbench.scoring.words import fit_words

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
N_NEEDS = 2
"""How many of them are never folded away."""

_HOURS = {
    "person_minutes_per_day": "hours saved a day in all, if everybody makes one trip",
    "person_minutes_lost_per_day": "hours lost a day in all, if everybody makes one trip",
}
"""What stands below the two large numbers: the steadiest measures of gain and loss (docs/noise.md)."""
_PEOPLE = {
    "residents_gaining_access": "people reach at least 1% more people within 45 minutes",
    "residents_longer_trips": "people have a trip that gets longer, if only by seconds",
    "residents_losing_2_min": "people lose two minutes or more on one likely trip in fifty",
    "residents_fewer_rides": "people change once less on one likely trip in fifty",
    "residents_more_rides": "people must change once more on one likely trip in fifty",
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
    tables: tuple[Table, ...] = ()
    """By group and area."""
    pairs: tuple[WorstPair, ...] = ()
    """Where it matters most."""


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
    what: str
    """What it is, in a sentence; empty where nothing is known of it."""
    letter: str
    color: str
    lead: tuple[str, ...]
    gain: Fact
    """Hours saved."""
    loss: Fact
    """Hours lost."""
    gainers: Fact
    losers: Fact
    fewer_rides: Fact
    """Who changes once less; without text where nobody asked."""
    more_rides: Fact
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
    """What was chosen or found for the drawing and the city."""
    assumed: tuple[AssumedGroup, ...]
    """The parameters."""
    not_usual: tuple[str, ...]
    """Those that are not the usual, in words."""
    panel: Markup | None
    """What stands in place of the list of assumptions, such as fields to change them."""
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
    panel: Markup | None = None,
) -> CardView:
    """Return every text of the card; arguments as in `render_card`."""
    card: Plain = cast("Plain", scorecard.to_json()) if isinstance(scorecard, Scorecard) else scorecard
    parameters = cast("Plain", card.get("parameters", {}))
    view = CardView(
        name=str(card["name"]),
        level=level,
        exact=exact,
        basis=_basis(card, exact=exact),
        what=what_words(card),
        letter=letter,
        color=color,
        lead=_lead(card, level),
        gain=_hours_fact(_part(card, "travel_time"), "person_minutes_per_day"),
        loss=_hours_fact(_part(card, "losers"), "person_minutes_lost_per_day"),
        gainers=_people_fact(_part(card, "access"), "residents_gaining_access"),
        losers=_losers_fact(_part(card, "losers")),
        fewer_rides=_people_fact(_part(card, "rides"), "residents_fewer_rides"),
        more_rides=_people_fact(_part(card, "rides"), "residents_more_rides"),
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
        assumed=assumed_groups(parameters),
        not_usual=changed_words(parameters),
        panel=panel,
        sources=_sources(card),
        noise=_noise(card, level) if exact else (),
        foot=_foot(card),
    )
    return _fitted(view, parameters) if view.not_usual else view


def _fitted(view: CardView, parameters: Plain) -> CardView:
    """Return the view with labels that name the parameters that were used."""

    def fit(fact: Fact) -> Fact:
        return replace(fact, label=fit_words(fact.label, parameters))

    return replace(
        view,
        gain=fit(view.gain),
        loss=fit(view.loss),
        gainers=fit(view.gainers),
        losers=fit(view.losers),
        bars=tuple(replace(part, note=fit_words(part.note, parameters)) for part in view.bars),
        sections=tuple(
            replace(one, note=fit_words(one.note, parameters), facts=tuple(fit(fact) for fact in one.facts))
            for one in view.sections
        ),
    )


def _rows(card: Plain, name: str) -> tuple[Plain, ...]:
    """Return the rows of a part; a saved card may lack parts that came later."""
    return tuple(cast("Iterable[Plain]", card.get(name, ())))


def _lead(card: Plain, level: Level) -> tuple[str, ...]:
    """Return the sentence on top and the others; a full card leaves out what its figures say."""
    saved, lost, noticed = (
        _part(card, part).get(key, {}).get("value")
        for part, key in (
            ("travel_time", "person_minutes_per_day"),
            ("losers", "person_minutes_lost_per_day"),
            ("losers", "residents_losing_2_min"),
        )
    )
    top = worse_words(noticed) if saved == 0 and lost else ""
    lead = lead_sentences(card, has_figures=saved is not None and level == "full", top=top)
    return tuple(map(_tied, lead))


def _losers_fact(measures: Mapping[str, Plain]) -> Fact:
    """Return how many people lose so much that they notice; where nobody does, how many lose anything at all."""
    noticed = measures.get("residents_losing_2_min", {}).get("value")
    return _people_fact(measures, "residents_losing_2_min" if noticed else "residents_longer_trips")


def _tied(sentence: str) -> str:
    """Keep a number and its percent sign on one line."""
    return sentence.replace(" %", "\u00a0%")


def _part(card: Plain, name: str) -> Mapping[str, Plain]:
    return cast("Mapping[str, Plain]", card.get(name, {}))


def _basis(card: Plain, *, exact: bool) -> str:
    window = next((window.label for window in WINDOWS if window.window_id == card.get("window_id")), "")
    if not exact:
        return "Travel times are still being computed. What you see now needs no travel times."
    return (
        f"Counted over every part of the city, every minute of a {window}."
        if window
        else "Counted over every part of the city."
    )


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
    if measure.get("spread") is None:
        hours["value"] = float(f"{hours['value']:.2g}")  # as careful as one timetable is
    fact = replace(_fact(key, hours), label=_HOURS[key])
    return fact if hours["value"] == 0 or float(cast("float", hours["value"])) >= 1 else replace(fact, text="under 1")


def _people_fact(measures: Mapping[str, Plain], key: str) -> Fact:
    """Return how many people; with two digits while nobody has looked how far timetables differ."""
    measure = measures.get(key)
    if measure is None:
        return Fact(key, _tied(_PEOPLE[key]), "")
    fact = replace(_fact(key, measure), label=_tied(_PEOPLE[key]))
    value = measure.get("value")
    if value == 0:
        fact = replace(fact, label=fact.label.removesuffix(", if only by seconds"))
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
    return tuple(_against_today(fact, service[fact.key]) if DIFFERENCE in fact.source else fact for fact in facts)


def _against_today(fact: Fact, measure: Plain) -> Fact:
    """Return a difference with its direction in words: `$565,000 to $789,000 a year less`, `2 buses more`, `as today`."""
    ends = [
        float(cast("float", one)) for one in (measure.get(key) for key in ("value", "low", "high")) if one is not None
    ]
    label = f"{fact.label}, against today"
    if not any(ends):
        return replace(fact, text="as today", label=label)
    if min(ends) < 0 < max(ends):
        return replace(fact, label=label)
    size = {
        key: abs(float(cast("float", one))) for key in ("value", "low", "high") if (one := measure.get(key)) is not None
    }
    ends_of = sorted(size[key] for key in ("low", "high") if key in size)
    plain = {**measure, **size, **dict(zip(("low", "high"), ends_of, strict=False))}
    return replace(fact, text=f"{format_measure(plain)} {'less' if min(ends) < 0 else 'more'}", label=label)


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
    found = (Section(title, note, _facts(_part(card, part), keys)) for part, title, note, keys in SECTIONS)
    asked = {"Changing vehicle": _with_rides, "Who loses, in detail": _without_rides}
    return tuple(
        asked[section.title](section, card) if section.title in asked else section for section in found if section.facts
    )


def _with_rides(section: Section, card: Plain) -> Section:
    """Return the section on changing vehicle with what it rests on, by group and area, and where."""
    return replace(
        section,
        note=rides_note(cast("Plain", card.get("parameters", {}))),
        tables=ride_tables(_rows(card, "ride_rows")),
        pairs=worst_pairs(_rows(card, "worst_rides")),
    )


def _without_rides(section: Section, card: Plain) -> Section:
    """Return the section on losses; it says so where nobody counted who has to change once more."""
    return section if _part(card, "rides") else replace(section, note=f"{section.note} {RIDES_NOT_ASKED}")


def _assumptions(assumptions: tuple[Plain, ...]) -> tuple[str, ...]:
    """Return the lines that are no parameters: those stand in groups of their own."""
    parameters = {one.short for one in PARAMETERS.values()}
    return tuple(
        f"{line['name']}: {line['value']} {line['unit']}".strip() + (f" ({line['source']})" if line["source"] else "")
        for line in assumptions
        if line["name"] not in parameters
    )


def _sources(card: Plain) -> tuple[str, ...]:
    """Return every source once, in the order of the card."""
    parts = ("service", "coverage", "travel_time", "access", "losers", "rides", "departures")
    named = [str(measure.get("source", "")) for part in parts for measure in _part(card, part).values()]
    return tuple(dict.fromkeys(source for source in named if source))


def _noise(card: Plain, level: Level) -> tuple[str, ...]:
    """
    Return the card's own words; a card from before the noise was looked at says that it was not.

    A summary leaves out what ± means: the page it stands on says so once.
    """
    sentences = tuple(str(sentence) for sentence in cast("Iterable[object]", card.get("noise") or NOT_MEASURED))
    is_measured = cast("int", card.get("n_phases", 1)) > 1
    if level == "summary":
        return sentences[1:] if is_measured else sentences
    saved = _part(card, "travel_time").get("person_minutes_per_day", {}).get("value")
    return sure_words(sentences, n_phases=cast("int", card.get("n_phases", 1)), gains=bool(saved))


def _foot(card: Plain) -> str:
    city, version, scenario = (str(card.get(key, "")) for key in ("city_id", "city_version", "scenario_id"))
    return f"City data {city} {version[:12]} · scenario {scenario[:12]}" if city else ""
