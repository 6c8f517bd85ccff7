"""What `score` and `publish` may be asked beside the card: more searches or evaluations, and their answers as lines of text."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import click

from workbench.city import City
from workbench.cli.frame import Command, Report
from workbench.network import Baseline
from workbench.scenario import Scenario
from workbench.scoring import Scorecard, ScoringParams

__all__ = [
    "Asked",
    "answer_all",
    "demand_lines",
    "departure_lines",
    "part_lines",
    "percentiles_option",
    "ride_lines",
    "why_lines",
]

Study = Callable[..., Scorecard]


@dataclass(frozen=True, slots=True)
class Asked:
    """Which questions."""

    parts: bool = False
    why: bool = False
    rides: bool = False
    percentiles: bool = False

    def studies(self, scoring: ScoringParams | None) -> tuple[Study, ...]:
        """Return what answers them, in order; imported here because most runs ask nothing."""
        from workbench.departures import score_departures
        from workbench.parts import score_parts
        from workbench.rides import score_rides
        from workbench.why import explain_losers

        known: tuple[tuple[bool, Study], ...] = (
            (self.parts, partial(score_parts, scoring=scoring)),
            (self.percentiles, partial(score_departures, scoring=scoring)),
            (self.rides, partial(score_rides, scoring=scoring)),
            (self.why, explain_losers),
        )
        return tuple(study for is_asked, study in known if is_asked)


def percentiles_option(command: Command) -> Command:
    """The option that asks for good and bad minutes to leave."""
    text = "Say what people gain who leave at a good and at a bad minute, and how much one has to watch the clock."
    return click.option("--percentiles", is_flag=True, help=text)(command)


def answer_all(
    city: City,
    pairs: list[tuple[Scenario, Scorecard]],
    asked: Asked,
    *,
    baseline: Baseline,
    report: Report,
    scoring: ScoringParams | None = None,
) -> list[Scorecard]:
    """Return the cards with every answer, under one progress bar."""
    studies = asked.studies(scoring)
    cards = []
    for number, (scenario, card) in enumerate(pairs):
        for step, study in enumerate(studies):
            done = number + step / len(studies)

            def tell(share: float, text: str, done: float = done) -> None:
                report((done + share / len(studies)) / len(pairs), text)

            card = study(city, scenario, card, baseline=baseline, report=tell)
        cards.append(card)
    if studies:
        report(1.0, "questions answered")
    return cards


def demand_lines(card: Scorecard) -> list[str]:
    """Return what happens to the trips of the table, if one was given."""
    if not card.demand:
        return []
    value = {key: float(measure.value or 0) for key, measure in card.demand.items()}
    return [
        f"Of {value['od_trips']:,.0f} trips of the table {value['od_trips_quicker_2_min']:,.0f} get 2 minutes quicker or more, "
        f"{value['od_trips_longer_2_min']:,.0f} longer; {value['od_minutes_saved'] / 60:,.0f} hours are saved, "
        f"{value['od_minutes_lost'] / 60:,.0f} lost. Trips as they were then; no forecast."
    ]


def part_lines(card: Scorecard) -> list[str]:
    """Return what each part is worth, one line each."""
    lines = []
    for part in card.parts:
        minutes = part.measures.get("person_minutes_per_day")
        if minutes is None:
            lines.append(f"  {part.name}: {part.note}")
            continue
        hours = float(minutes.value or 0) / 60
        wanders = f" ± {minutes.spread / 60:,.0f}" if minutes.spread else ""
        noise = ", within noise" if minutes.within_noise else ""
        lines.append(f"  {part.name}: {hours:,.0f}{wanders} hours a day, {part.share:.0%} of the whole{noise}")
    return ["", "Without this part would be missing (parts do not add up):", *lines] if lines else []


def why_lines(card: Scorecard) -> list[str]:
    """Return the journeys of those who lose most."""
    lines = ["", "Who loses most, and why" if card.worst else "Nobody's trip gets longer."]
    for pair in card.worst:
        lines += [
            "",
            f"{pair.residents:,} people of {pair.from_name} on the way to {pair.to_name}: "
            f"{pair.before_min:g} min today, {pair.after_min:g} min after; leaving {pair.depart}:",
            *(f"  today  {line}" for line in pair.before),
            *(f"  after  {line}" for line in pair.after),
        ]
    return lines


def ride_lines(card: Scorecard) -> list[str]:
    """Return who has to change vehicle once more, and who once less."""
    if not card.rides:
        return []
    lines = ["", "Changing vehicle:"]
    for word, change in (("more", "one more change"), ("fewer", "one change fewer")):
        people, any_, trips = (
            float(card.rides[key].value or 0)
            for key in (f"residents_{word}_rides", f"residents_{word}_rides_any", f"trips_{word}_rides_per_day")
        )
        lines.append(
            f"  {people:,.0f} people need {change} on one likely trip in fifty, {any_:,.0f} on any trip: "
            f"{trips:,.0f} likely trips a day"
        )
    lines += [
        f"  {pair.residents:,} people of {pair.from_name} on the way to {pair.to_name}: "
        f"{_rides(pair.rides_before)} today, {pair.rides_after} after ({pair.before_min:g} and {pair.after_min:g} min)"
        for pair in card.worst_rides
    ]
    return lines


def _rides(n_rides: int | None) -> str:
    return f"{n_rides} ride" if n_rides == 1 else f"{n_rides} rides"


def departure_lines(card: Scorecard) -> list[str]:
    """Return what a good and a bad minute to leave gain."""
    if not card.departures:
        return []
    value = {key: float(measure.value or 0) for key, measure in card.departures.items()}
    lines = ["", "Good and bad minutes to leave:"]
    for percentile, minute in ((25, "good"), (75, "bad")):
        saved, lost = (value[f"person_minutes_{word}per_day_p{percentile}"] / 60 for word in ("", "lost_"))
        lines.append(f"  at a {minute} minute {saved:,.0f} hours a day are saved, {lost:,.0f} lost")
    lines.append(
        f"  good and bad minutes move together by {value['person_minutes_steadier_per_day'] / 60:,.0f} hours a day, "
        f"apart by {value['person_minutes_less_steady_per_day'] / 60:,.0f}"
    )
    return lines
