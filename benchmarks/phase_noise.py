"""How much of a score is the luck of the minute: eight examples under ten timetables each, and what sharing luck buys.

Run from the checkout: `python benchmarks/phase_noise.py`; it prints the tables of docs/noise.md. Some 450
re-scores: three to eight minutes.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np

from workbench import Scenario, evaluate, load_city, prepare
from workbench.bench import machine_facts
from workbench.network import Baseline
from workbench.scoring import INDICATORS, Scorecard, Standing, find_difference, find_differences, get_measure

ROOT = Path(__file__).parents[1]
PHASES = 10
TOTAL = "person_minutes_per_day"
MEASURES = (
    "residents_gaining_access",
    "residents_gaining_5_min",
    "person_minutes_per_day",
    "access_45_change_mean",
    "residents_new_every_10_min",
    "residents_near_route",
    "buses_needed",
    "cost_per_year",
)


def show(text: str) -> None:
    print(f"\r{text:78}", end="", file=sys.stderr, flush=True)


def short(value: float) -> str:
    """Three significant digits, with thousands separators."""
    return f"{float(f'{value:.3g}'):,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def share(spread: float, value: float) -> str:
    if not spread:
        return short(value)
    percent = 100 * spread / abs(value)
    return (
        f"{short(value)} ± {'under 0.1' if percent < 0.05 else f'{percent:.0f}' if percent >= 2 else f'{percent:.1f}'}%"
    )


def table(cards: dict[str, Scorecard]) -> None:
    print("| Indicator | " + " | ".join(cards) + " |\n|---|" + "---:|" * len(cards))
    for key in MEASURES:
        found = [get_measure(card, key) for card in cards.values()]
        print(f"| {INDICATORS[key].label} | " + " | ".join(share(m.spread or 0, m.value or 0) for m in found) + " |")


def close_calls(cards: dict[str, Scorecard], live: dict[str, Scorecard]) -> None:
    """How many differences are within noise, and how many the live card alone would have put the wrong way round."""
    pairs = find_differences(list(cards.values()))
    letters = list(cards)
    for key in dict.fromkeys(pair.key for pair in pairs):
        mine = [pair for pair in pairs if pair.key == key]
        noisy = [pair for pair in mine if pair.difference.standing is Standing.NOISE]
        turned = 0
        for pair in mine:
            one, other = (get_measure(live[letters[ix]], key).value or 0 for ix in (pair.one, pair.other))
            turned += (one - other) * (pair.difference.value or 0) < 0
        print(f"| {INDICATORS[key].label} | {len(mine)} | {len(noisy)} | {turned} |")


def changed(scenario: Scenario, **values: float) -> Scenario:
    return dataclasses.replace(scenario, edits=(dataclasses.replace(scenario.edits[0], **values),))


def shared_luck(scenario: Scenario, base: Scorecard, score: Callable[[Scenario], Scorecard]) -> None:
    """What a change of the same route makes of its minutes saved: with shared luck, and with luck of its own."""
    edit = scenario.edits[0]
    changes = {"stops a fifth further apart": {"spacing_m": 1.2 * edit.spacing_m}}
    changes["every two minutes less often"] = {"headway_s": edit.headway_s + 120}
    for what, values in changes.items():
        cells = []
        for seed in (edit.seed, edit.seed + 1):
            show(f"{scenario.name}: {what}, seed {seed}")
            card = score(changed(scenario, seed=seed, **values))
            apart = find_difference(TOTAL, get_measure(card, TOTAL), get_measure(base, TOTAL))
            cells.append(f"{short(apart.value or 0)} ± {short(apart.spread or 0)} ({apart.standing})")
        print(f"| {scenario.name}: {what} | " + " | ".join(cells) + " |")


def one_in_each_tenth(scenario: Scenario, baseline: Baseline) -> None:
    """How much the mean of ten wanders, against that of ten free draws, from a hundred timetables."""
    show(f"{scenario.name}: a hundred timetables")
    card = evaluate(baseline.city, scenario, phases=100, baseline=baseline)
    for key in (TOTAL, "residents_gaining_access"):
        values = np.array(get_measure(card, key).by_phase, dtype=np.float64)
        tens, free = values.reshape(10, PHASES).mean(axis=1).std(ddof=1), values.std(ddof=1) / np.sqrt(PHASES)
        of_tens, of_free = (f"{100 * wander / values.mean():.2f}%" for wander in (tens, free))
        print(f"| {scenario.name} | {INDICATORS[key].label} | {of_tens} | {of_free} |")


def main() -> None:
    city = load_city("nyc")
    baseline = prepare(city)
    scenarios = [Scenario.from_file(path, city=city) for path in sorted((ROOT / "examples").glob("*.geojson"))]
    cards: dict[str, Scorecard] = {}
    live: dict[str, Scorecard] = {}
    for letter, scenario in zip("ABCDEFGH", scenarios, strict=True):
        show(f"{letter} {scenario.name}")
        cards[letter] = evaluate(city, scenario, phases=PHASES, baseline=baseline)
        live[letter] = evaluate(city, scenario, baseline=baseline)
    print(f"{dt.date.today()}, {machine_facts()}\n")
    print(
        "\n".join(
            f"{letter}: {one.name}, every {one.edits[0].headway_s / 60:g} min"
            for letter, one in zip(cards, scenarios, strict=True)
        ),
        "\n",
    )
    table(cards)
    print("\n| Indicator | pairs | within noise | turned round on the live card |\n|---|---:|---:|---:|")
    close_calls(cards, live)
    print("\n| Change | shared luck | luck of its own |\n|---|---:|---:|")
    for letter in "ABEH":
        scenario = scenarios["ABCDEFGH".index(letter)]
        shared_luck(scenario, cards[letter], lambda one: evaluate(city, one, phases=PHASES, baseline=baseline))
    print("\n| Example | Indicator | one in each tenth | ten free draws |\n|---|---|---:|---:|")
    for letter in "BG":
        one_in_each_tenth(scenarios["ABCDEFGH".index(letter)], baseline)
    for name, some in (("one timetable", live), ("ten timetables", cards)):
        print(f"\n{name}: {np.mean([card.timing_s['score'] for card in some.values()]):.2f} s a scenario", end="")
    print()


if __name__ == "__main__":
    main()
