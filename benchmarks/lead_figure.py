"""Which figure should lead a card: how far candidates wander between ten timetables of eight examples.

Run from the checkout: `python benchmarks/lead_figure.py`; it prints a table of docs/noise.md. Eighty re-scores: about two
minutes.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from workbench import Scenario, ScoringParams, load_city, prepare
from workbench.evaluate import measure_today
from workbench.network import Baseline, rescore
from workbench.scenario import apply_scenario
from workbench.scoring import Before, find_changes, score_access, score_travel_time

ROOT = Path(__file__).parents[1]
PHASES = 10
PARAMS = ScoringParams()


def candidates(scenario: Scenario, phase: int, baseline: Baseline, before: Before) -> dict[str, float]:
    """Every candidate under one timetable."""
    city = baseline.city
    residents = city.zones["residents"].to_numpy(dtype=np.float64)
    applied = apply_scenario(scenario, city, service=baseline.window.service, phase=phase)
    after_s = rescore(baseline, applied.addition).median_s
    changes = find_changes(baseline.median_s, after_s, max_travel_s=baseline.params.max_travel_s)
    access = score_access(before, changes, residents)
    times = score_travel_time(before, changes, residents, PARAMS)
    weight = residents[changes.destination_ix] * before.weight_by_s[changes.before_s]
    quicker = changes.sum_by_origin(weight, changes.saved_s >= 120)
    share = np.divide(quicker, before.weight, out=np.zeros_like(quicker), where=before.weight > 0)
    gain = access.headline_change()
    return {
        "minutes saved in all": float(times.minutes_saved @ residents),
        "change within 45 minutes, average": float(gain @ residents / residents.sum()),
        "people who reach 5,000 more": float(residents[gain >= 5000].sum()),
        "people who reach 1% more": float(residents[access.gaining(PARAMS)].sum()),
        "people whose mean saving is 15 s": float(residents[times.minutes_saved >= 0.25].sum()),
        "likely trips 2 minutes quicker": float(share @ residents),
        "people with one trip in fifty 2 min quicker": float(residents[times.quicker[0]].sum()),
        "people with one trip in fifty 5 min quicker": float(residents[times.quicker[1]].sum()),
    }


def main() -> None:
    city = load_city("nyc")
    baseline = prepare(city)
    before = measure_today(baseline, PARAMS)
    scenarios = [Scenario.from_file(path, city=city) for path in sorted((ROOT / "examples").glob("*.geojson"))]
    spread: dict[str, list[str]] = {}
    for scenario in scenarios:
        print(f"\r{scenario.name:60}", end="", file=sys.stderr, flush=True)
        found = [candidates(scenario, phase, baseline, before) for phase in range(PHASES)]
        for key in found[0]:
            values = np.array([one[key] for one in found])
            mean = values.mean()
            spread.setdefault(key, []).append(f"{100 * np.abs(values - mean).max() / mean:.0f}%" if mean else "none")
    print("\n| Candidate | " + " | ".join("ABCDEFGH"[: len(scenarios)]) + " |\n|---|" + "---:|" * len(scenarios))
    for key, cells in spread.items():
        print(f"| {key} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
