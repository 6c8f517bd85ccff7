"""The numbers behind the pages as files for machines and spreadsheets: scores, areas, and the totals of the vote."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from workbench.assembly.outcome import Outcome
from workbench.publish.files import render_csv, render_json
from workbench.scoring.compare import find_differences
from workbench.scoring.indicators import ASKED, INDICATORS, PARTS
from workbench.scoring.scorecard import AreaRow, Measure, Scorecard, measures_of

__all__ = [
    "render_areas",
    "render_comparison",
    "render_differences",
    "render_groups",
    "render_pairs",
    "render_rides",
    "render_scores",
    "render_vote",
]


def render_scores(cards: Mapping[str, Scorecard]) -> str:
    """Return all scorecards as `workbench score --json` prints them, without the seconds it took: same every time."""
    first = next(iter(cards.values()))
    scorecards = [
        {"alternative_id": alternative_id, **{key: part for key, part in card.to_json().items() if key != "timing_s"}}
        for alternative_id, card in cards.items()
    ]
    return render_json({"city": first.city_id, "window": first.window_id, "scorecards": scorecards})


def render_comparison(cards: Mapping[str, Scorecard]) -> str:
    """Return one row for each alternative and indicator: value, range, unit, noise, source, uncertainty, spread."""
    rows: list[tuple[str | float | int | None, ...]] = []
    for alternative_id, card in cards.items():
        for part in (*PARTS, *ASKED):
            for key, measure in getattr(card, part).items():
                label = INDICATORS[key].label if key in INDICATORS else key
                rows.append(
                    (
                        *(alternative_id, card.name, part, key, label),
                        *(measure.value, measure.low, measure.high, measure.unit),
                        *(_noise_word(measure), measure.source, measure.uncertainty, measure.spread, card.n_phases),
                    )
                )
    header = "alternative_id name part indicator label value low high unit within_noise source uncertainty spread n_timetables"
    return render_csv(header.split(), rows)


def render_differences(cards: Mapping[str, Scorecard]) -> str:
    """Return one row for every two alternatives in every criterion: how they differ, timetable by timetable."""
    ids, listed = list(cards), list(cards.values())
    rows = [
        (
            *(ids[pair.one], ids[pair.other], pair.key, INDICATORS[pair.key].label, INDICATORS[pair.key].unit),
            *(pair.difference.value, pair.difference.spread, str(pair.difference.standing), listed[0].n_phases),
        )
        for pair in find_differences(listed)
    ]
    header = "one other indicator label unit one_minus_other spread one_is n_timetables"
    return render_csv(header.split(), rows)


def _noise_word(measure: Measure) -> str:
    if measure.spread is None:
        return "not measured" if measure.value is not None else ""
    return "yes" if measure.within_noise else "no"


def render_areas(card: Scorecard) -> str:
    """Return one row for each area of a scorecard: who gains and who loses there, and how much per resident."""
    figures = ["gaining", "losing", "access_change"]
    figures += [field.name for field in dataclasses.fields(AreaRow)[5:] if field.name not in figures]
    header = ["kind", "area_id", "name", "residents", *(_AREA_NAMES.get(name, name) for name in figures)]
    rows = [
        (row.kind, row.area_id, row.name, row.residents, *(getattr(row, name).value for name in figures))
        for row in card.areas
    ]
    return render_csv(header, rows)


_AREA_NAMES = {"access_change": "access_change_per_resident"}


def render_groups(card: Scorecard) -> str:
    """Return one row for each group and figure: value, range, margin of error, and why a figure is not shown."""
    rows = [
        (
            *(row.group_id, row.label, name, one.value, one.low, one.high, one.margin, one.unit),
            *("yes" if one.suppressed else "no", one.source, one.uncertainty),
        )
        for row in card.groups
        for name, one in measures_of(row).items()
    ]
    header = "group_id label figure value low high margin_90 unit suppressed source uncertainty"
    return render_csv(header.split(), rows)


def render_rides(card: Scorecard) -> str:
    """Return one row for each group and area: who needs one more change, who one fewer, with margins of error of groups."""
    rows = [
        (
            *(row.kind, row.row_id, row.name, row.residents.value),
            *(value for one in (row.more, row.fewer) for value in (one.value, one.low, one.high)),
            *("yes" if row.more.suppressed or row.fewer.suppressed else "no", row.more.source),
        )
        for row in card.ride_rows
    ]
    header = "kind id name residents one_more_change more_low more_high one_change_fewer fewer_low fewer_high suppressed source"
    return render_csv(header.split(), rows)


def render_vote(outcome: Outcome, names: Mapping[str, str]) -> str:
    """Return the whole count, from the totals of each pair on: anyone can repeat it."""
    return render_json({**outcome.to_json(), "names": dict(names), "explanation": list(outcome.explain(names))})


def render_pairs(outcome: Outcome, names: Mapping[str, str]) -> str:
    """Return for each two proposals how many ballots put one above the other."""
    rows = [
        (one, names[one], other, names[other], outcome.count_above(one, other))
        for one in outcome.proposal_ids
        for other in outcome.proposal_ids
        if one != other
    ]
    header = ["proposal_id", "name", "other_id", "other_name", "ballots_that_put_it_above_the_other"]
    return render_csv(header, rows)
