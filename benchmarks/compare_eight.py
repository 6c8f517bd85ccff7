"""Eight alternatives compared, warm: in one process, by the command, and on the page where eight are kept.

Run from the checkout: `python benchmarks/compare_eight.py [--runs 7] [--phases-runs 1] [--page]`. Every run searches
everything anew: nothing that an earlier run found around a stop is kept. The target is 15 s for each of the three, with
one timetable; `--phases 10` is told apart.
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from workbench import Scenario, load_city, prepare
from workbench.app.alternatives import save_alternative
from workbench.bench import machine_facts
from workbench.evaluate import compare, evaluate
from workbench.network import warm_up
from workbench.scoring import comparison_table
from workbench.storage import open_store

FILES = sorted((Path(__file__).parents[1] / "examples").glob("*.geojson"))
DATE = dt.date.today()
PAINTED = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))"


def show(name: str, seconds: list[float], cpu: list[float] | None = None) -> None:
    ordered = sorted(seconds)
    p95 = ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]
    words = f"{name:44} median {statistics.median(seconds):6.2f} s   p95 {p95:6.2f} s   {len(seconds)} runs"
    print(words + (f"   CPU {statistics.median(cpu):.2f} s" if cpu else ""), flush=True)


def timed(work: Callable[[], object]) -> tuple[float, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - cpu


def in_process(runs: int, phases: int) -> None:
    """A table from eight scenarios in a process that has scored before; the base is opened anew for every run."""
    city = load_city("nyc")
    scenarios = [Scenario.from_file(path, city=city) for path in FILES]
    times = []
    for _ in range(runs):
        baseline = prepare(city)
        warm_up(baseline)
        times.append(timed(lambda at=baseline: comparison_table(compare(city, scenarios, phases=phases, baseline=at))))
    show(f"compare, {phases} timetable{'s' if phases > 1 else ''}", *map(list, zip(*times, strict=True)))


def by_command(runs: int) -> None:
    """The same from the command line, the start of the process included."""
    command = [sys.executable, "-m", "workbench", "compare", *map(str, FILES)]
    show(
        "workbench compare",
        [timed(lambda: subprocess.run(command, check=True, capture_output=True))[0] for _ in range(runs)],
    )


def on_the_page(runs: int) -> None:
    """From opening the page until the matrix of eight kept alternatives and the map are painted."""
    from draw_to_card import CHROMIUM, FLAGS, serve
    from playwright.sync_api import sync_playwright

    city = load_city("nyc")
    baseline = prepare(city)
    with tempfile.TemporaryDirectory() as folder:
        with open_store(f"sqlite:///{Path(folder) / 'workbench.db'}") as store:
            for path in FILES:
                scenario = Scenario.from_file(path, city=city)
                save_alternative(store, scenario, evaluate(city, scenario, baseline=baseline))
        with serve(folder) as address, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            times = []
            for _ in range(runs + 1):
                page = browser.new_page(viewport={"width": 1366, "height": 768})
                started = time.perf_counter()
                page.goto(address.rstrip("/") + "/compare")
                page.wait_for_function(
                    f"document.querySelectorAll('th[scope=col]').length >= {len(FILES)}", timeout=60_000
                )
                page.wait_for_selector(".sk-root[data-idle='1']", timeout=60_000)
                page.evaluate(PAINTED)
                times.append(time.perf_counter() - started)
                page.close()
            browser.close()
    show("page of eight kept alternatives", times[1:])


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--runs", type=int, default=7)
    options.add_argument("--phases-runs", type=int, default=1)
    options.add_argument("--page", action="store_true", help="the page, too; needs Chromium")
    chosen = options.parse_args()
    print(f"{DATE}, {machine_facts()}")
    in_process(chosen.runs, 1)
    by_command(chosen.runs)
    if chosen.page:
        on_the_page(chosen.runs)
    if chosen.phases_runs:
        in_process(chosen.phases_runs, 10)
    print(f"load at the end {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
