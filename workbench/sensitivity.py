"""Which assumption would change the verdict: everything is scored again at the low and the high end of each."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from workbench.city.city import City
from workbench.evaluate import evaluate, prepare
from workbench.network import WINDOWS, Baseline, SearchParams
from workbench.scenario import AddRoute, Scenario
from workbench.scoring import INDICATORS, Scorecard, ScoringParams, compare_scorecards, get_measure
from workbench.scoring.compare import CRITERIA
from workbench.scoring.headline import plain_count
from workbench.scoring.indicators import Better
from workbench.scoring.scorecard import Json

__all__ = ["ASSUMPTIONS", "Assumed", "Outcome", "Sensitivity", "find_sensitivity"]

Report = Callable[[float, str], None]

PHASES = tuple(range(1, 10))
"""Other timetables that the headways may get, beside the one of the live card."""


@dataclass(frozen=True, slots=True)
class Assumed:
    """One assumption and the ends of its range."""

    key: str
    """Field of `ScoringParams` or `SearchParams`; `speed` of new routes."""
    label: str
    unit: str
    low: float
    high: float
    source: str
    """Where the range comes from."""
    needs_base: bool = False
    """Whether travel times of the whole city are computed again at each end (some 20 s each, then kept)."""


ASSUMPTIONS = (
    Assumed("usd_per_hour", "cost of an hour", "USD", 215, 300, "NYCT about 2016; upper end, assumed"),
    Assumed("layover_share", "rest at the end of a trip", "share of running time", 0.10, 0.20, "New York rule of thumb"),
    Assumed("near_walk_m", "walk that counts as near", "m", 400, 800, "a quarter mile to a bus; half a mile to rail"),
    Assumed("decay_half_min", "extra time that halves the weight of a place", "min", 10, 40, "half and double the default"),
    Assumed("gain_share", "smallest gain of access that counts", "share", 0.005, 0.02, "half and double the default"),
    Assumed("gain_trip_share", "likely trips that must get quicker", "share", 0.01, 0.04, "half and double the default"),
    Assumed("speed", "speed of new routes", "times that of the card", 0.85, 1.10,
            "schedules promise up to 15% more than riders get; a camera-enforced bus lane adds 10%"),
    Assumed("walk_mps", "walking speed", "m/s", 0.9, 1.5, "slow profile; upper end of HCM 2010", needs_base=True),
    Assumed("change_s", "time lost at every change", "s", 0, 120, "none; OpenTripPlanner's two minutes", needs_base=True),
)  # fmt: skip
"""The list, with sources. Windows and timetables are looked at besides."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one end of one assumption does."""

    assumption: str
    value: str
    """As set here, with its unit."""
    used: str
    """As on the cards."""
    source: str
    changes: tuple[str, ...]
    """What would be said otherwise, in sentences; empty where the verdict stands."""
    figures: Mapping[str, tuple[float | int | None, ...]]
    """For each criterion one value by scenario."""
    key: str = ""
    """Field of `ScoringParams` or `SearchParams`, `speed` of new routes; empty for timetables and times of the week."""


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """The verdict, and everything that was tried."""

    verdict: tuple[str, ...]
    """What the cards say, in sentences."""
    outcomes: tuple[Outcome, ...]

    @property
    def deciding(self) -> tuple[Outcome, ...]:
        """Those that change the verdict."""
        return tuple(outcome for outcome in self.outcomes if outcome.changes)

    def in_words(self) -> tuple[str, ...]:
        """Return what would change the verdict, or that nothing tried does."""
        tried = f"{len(self.outcomes)} other assumptions were tried"
        if not self.deciding:
            return (*self.verdict, f"{tried}; none changes this.", *self._ranges())
        lines = [
            f"With {one.assumption} {one.value} instead of {one.used}: {' '.join(one.changes)}" for one in self.deciding
        ]
        some = "one of them changes" if len(self.deciding) == 1 else f"{len(self.deciding)} of them change"
        return (*self.verdict, f"{tried}; {some} this:", *lines, *self._ranges())

    def _ranges(self) -> tuple[str, ...]:
        """Say how far the figures of a single scenario move, and with what most."""
        lines = []
        for key, words, unit, size in (
            ("person_minutes_per_day", "Hours saved a day in all", "", 60.0),
            ("cost_per_year", "Cost a year", "$", 1.0),
        ):
            known = [
                (float(values[0]), one)
                for one in self.outcomes
                if len(values := one.figures[key]) == 1 and values[0] is not None
            ]
            if known:
                ends = [pick(known, key=lambda pair: pair[0]) for pick in (min, max)]
                low, high = (f"{unit}{plain_count(value / size)} ({one.assumption} {one.value})" for value, one in ends)
                lines.append(f"{words}: from {low} to {high}.")
        return tuple(lines)

    def to_json(self) -> dict[str, Json]:
        """Return plain dicts and lists."""
        outcomes: list[Json] = [
            {
                "assumption": one.assumption,
                "value": one.value,
                "used": one.used,
                "source": one.source,
                "changes": list(one.changes),
                "figures": {key: list(values) for key, values in one.figures.items()},
            }
            for one in self.outcomes
        ]
        return {"verdict": list(self.verdict), "outcomes": outcomes, "words": list(self.in_words())}


def find_sensitivity(
    city: City,
    scenarios: Sequence[Scenario],
    *,
    baseline: Baseline,
    scoring: ScoringParams | None = None,
    with_bases: bool = False,
    cache_dir: Path | None = None,
    report: Report | None = None,
) -> Sensitivity:
    """
    Return which assumption would change the verdict on one scenario, or on several side by side.

    The verdict on one: whether more time is saved than lost, whether it costs or saves money. On several, besides: which is
    ahead in each criterion, and which is beaten in all. Each assumption is changed alone.

    Parameters
    ----------
    city, scenarios
        One to eight.
    baseline
        What `prepare` returned for the city, the window and the search parameters of the verdict.
    scoring
        The parameters of the verdict.
    with_bases
        Also try what needs travel times of the whole city anew: walking speed, time to change, the other windows. Each takes as
        long as a base (some 20 s and 1.3 GB for New York) and is kept.
    cache_dir
        Where bases are kept.
    report
        Told how far the work is.
    """
    scoring = scoring or ScoringParams()
    trials = list(_trials(baseline, scoring, scenarios, with_bases=with_bases))
    cards = [evaluate(city, one, scoring=scoring, baseline=baseline) for one in scenarios]
    verdict = _verdict(cards)
    outcomes = []
    for number, trial in enumerate(trials):
        if report is not None:
            report(number / len(trials), f"{trial.name}: {trial.value}")
        tried = trial.run(city, scenarios, baseline, scoring, cache_dir)
        changes = tuple(sentence for key, sentence in _verdict(tried).items() if verdict.get(key) != sentence)
        figures = {key: tuple(get_measure(card, key).value for card in tried) for key in CRITERIA}
        outcomes.append(Outcome(trial.name, trial.value, trial.used, trial.source, changes, figures, trial.key))
    return Sensitivity(tuple(verdict.values()), tuple(outcomes))


@dataclass(frozen=True, slots=True)
class _Trial:
    """One assumption set to one value."""

    name: str
    value: str
    used: str
    source: str
    scoring: Mapping[str, float] = dataclasses.field(default_factory=dict)
    search: SearchParams | None = None
    window_id: str = ""
    speed: float = 1.0
    phase: int = 0
    key: str = ""

    def run(
        self,
        city: City,
        scenarios: Sequence[Scenario],
        baseline: Baseline,
        scoring: ScoringParams,
        cache_dir: Path | None,
    ) -> list[Scorecard]:
        """Score all scenarios with this assumption."""
        params = dataclasses.replace(scoring, **cast("dict[str, Any]", _rates(self.scoring)))
        if self.search is not None or self.window_id:
            window = self.window_id or baseline.window.window_id
            baseline = prepare(city, window, self.search or baseline.params, scoring=params, cache_dir=cache_dir)
        faster = [_at_speed(one, self.speed) for one in scenarios]
        return [evaluate(city, one, scoring=params, baseline=baseline, first_phase=self.phase) for one in faster]


def _rates(changes: Mapping[str, float]) -> dict[str, float]:
    """Return the parameters; a rate outside the range of the default takes its range along."""
    found = dict(changes)
    if "usd_per_hour" in found:
        found |= {f"usd_per_hour_{end}": found["usd_per_hour"] for end in ("low", "high")}
    return found


def _at_speed(scenario: Scenario, factor: float) -> Scenario:
    """Return the scenario with its new routes quicker or slower."""
    if factor == 1.0:
        return scenario
    edits = tuple(
        dataclasses.replace(edit, speed_factor=edit.speed_factor * factor) if isinstance(edit, AddRoute) else edit
        for edit in scenario.edits
    )
    return dataclasses.replace(scenario, edits=edits)


def _trials(
    baseline: Baseline, scoring: ScoringParams, scenarios: Sequence[Scenario], *, with_bases: bool
) -> list[_Trial]:
    """Return everything that is tried: each assumption at both ends, then timetables, then windows."""
    used = dataclasses.asdict(scoring) | dataclasses.asdict(baseline.params) | {"speed": 1.0}
    has_new = any(isinstance(edit, AddRoute) for one in scenarios for edit in one.edits)
    trials = []
    for one in ASSUMPTIONS:
        if (one.needs_base and not with_bases) or (one.key == "speed" and not has_new):
            continue
        for value in (one.low, one.high):
            if value == used[one.key]:
                continue
            names = (one.label, f"{value:g} {one.unit}", f"{used[one.key]:g}", one.source)
            trials.append(_trial(names, one, value, baseline))
    trials += [
        _Trial("the timetable", f"no. {phase + 1} of ten", "the first", "a headway fixes no minute", phase=phase)
        for phase in PHASES
    ]  # fmt: skip
    if with_bases:
        trials += [
            _Trial("the time of the week", window.label, baseline.window.label, "DESIGN section 4", window_id=window.window_id)
            for window in WINDOWS
            if window.window_id != baseline.window.window_id
        ]  # fmt: skip
    return trials


def _trial(names: tuple[str, str, str, str], one: Assumed, value: float, baseline: Baseline) -> _Trial:
    if one.key == "speed":
        return _Trial(*names, speed=value, key=one.key)
    if one.needs_base:
        kind = type(getattr(baseline.params, one.key))
        return _Trial(*names, search=dataclasses.replace(baseline.params, **{one.key: kind(value)}), key=one.key)
    return _Trial(*names, scoring={one.key: value}, key=one.key)


def _verdict(cards: Sequence[Scorecard]) -> dict[str, str]:
    """Return what the cards say, one sentence for each matter."""
    found: dict[str, str] = {}
    for number, card in enumerate(cards):
        found[f"time {number}"] = _time(card)
        found[f"money {number}"] = _money(card)
    if len(cards) < 2:
        return found
    for key in CRITERIA:
        found[f"lead {key}"] = _lead(key, cards)
    comparison = compare_scorecards(cards)
    for number, others in enumerate(comparison.dominated_by):
        if others:
            better = " and ".join(cards[other].name for other in others)
            found[f"beaten {number}"] = f"{cards[number].name} is beaten by {better} in everything compared."
        else:
            found[f"beaten {number}"] = f"{cards[number].name} is beaten by none in everything compared."
    return found


def _time(card: Scorecard) -> str:
    saved, lost = (
        float(get_measure(card, key).value or 0) for key in ("person_minutes_per_day", "person_minutes_lost_per_day")
    )
    if saved == lost == 0:
        return f"{card.name} changes no travel time."
    if lost == 0:
        return f"{card.name} saves time and makes nobody's trip longer."
    return f"{card.name} saves {'more' if saved > lost else 'less'} time than it costs."


def _money(card: Scorecard) -> str:
    cost = float(get_measure(card, "cost_per_year").value or 0)
    return f"{card.name} {'costs' if cost > 0 else 'saves' if cost < 0 else 'neither costs nor saves'} money."


def _lead(key: str, cards: Sequence[Scorecard]) -> str:
    """Say who is ahead in one criterion."""
    values = [get_measure(card, key).value for card in cards]
    known = [float(value) for value in values if value is not None]
    if not known:
        return f"{INDICATORS[key].label}: not known."
    best = max(known) if INDICATORS[key].better is Better.MORE else min(known)
    ahead = [card.name for card, value in zip(cards, values, strict=True) if value == best]
    if len(ahead) == len(cards):
        return f"{INDICATORS[key].label}: all are alike."
    return f"{INDICATORS[key].label}: {' and '.join(ahead)} ahead."
