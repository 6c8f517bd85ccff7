"""Every median of every example route against searching the whole city again. About half a minute an example.

.venv/bin/python benchmarks/exactness.py
"""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np

from workbench import Scenario, load_city, prepare
from workbench.network import rescore, search_sample
from workbench.scenario import apply_scenario

EXAMPLES = sorted((Path(__file__).parents[1] / "examples").glob("*.geojson"))


def main() -> None:
    baseline = prepare(load_city("nyc"))
    everybody = np.arange(baseline.network.n_zones, dtype=np.int32)
    print(
        f"{'route':28} {'stops':>5} {'changed':>8} {'wrong':>6} {'full CPU s':>10} {'re-score CPU s':>14} {'ratio':>6}"
    )
    for path in EXAMPLES:
        scenario = Scenario.from_file(path, city=baseline.city)
        addition = apply_scenario(scenario, baseline.city).addition
        rescore(baseline, addition)
        started = time.process_time()
        result = rescore(baseline, addition).median_s
        quick = time.process_time() - started
        started = time.process_time()
        # a quarter at a time: all travel times of the city at once would take 1.3 GB more
        full = np.concatenate([search_sample(baseline, addition, part) for part in np.array_split(everybody, 4)])
        slow = time.process_time() - started
        n_changed, n_wrong = (result != baseline.median_s).sum(), (result != full).sum()
        n_stops = len(addition.patterns[0].stop_ix)
        print(
            f"{path.stem:28} {n_stops:5} {n_changed:8,} {n_wrong:6} {slow:10.1f} {quick:14.2f} {slow / quick:6.0f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
