"""
How long a city pack takes: from GTFS zips to timetables, the whole build stage by stage, loading; and the memory.

    python benchmarks/city_build.py --gtfs ../shared/data/nyc/gtfs --wheels wheels
    python benchmarks/city_build.py examples/small-city/city.toml --json

CPU time is what to compare: wall time grows when the machine has other work. `--only-timetables` stops after them.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from workbench.city import CITIES, build_city, build_city_file
from workbench.city.build.timetables import build_timetables, read_feeds

TARGETS_S = {"timetables": 60.0, "build": 240.0, "load": 1.0}
GOAL_TIMETABLES_S = 20.0
TARGET_MEMORY_MIB = 3 * 1024
N_LOADS = 5


@dataclass
class Stage:
    """One step of the work, or all of it."""

    name: str
    cpu_s: float
    wall_s: float
    target_s: float | None = None


class Clock:
    """Turns what a build tells into stages: each lasts until the next one is told."""

    def __init__(self) -> None:
        self.stages: list[Stage] = []
        self._name, self._cpu, self._wall = "start", time.process_time(), time.perf_counter()

    def tell(self, _share: float, text: str) -> None:
        """Close the stage before; the steps of one subject (before the colon) are one stage."""
        cpu, wall = time.process_time(), time.perf_counter()
        name = self._name.partition(":")[0]
        if self.stages and self.stages[-1].name == name:
            self.stages[-1].cpu_s += cpu - self._cpu
            self.stages[-1].wall_s += wall - self._wall
        else:
            self.stages.append(Stage(name, cpu - self._cpu, wall - self._wall))
        self._name, self._cpu, self._wall = text, cpu, wall


def measure_timetables(gtfs: Path) -> Stage:
    """From New York's zips to three timetables, nothing else."""
    spec = CITIES["nyc"]
    cpu, wall = time.process_time(), time.perf_counter()
    feeds, _ = read_feeds({feed: gtfs / f"{feed}.zip" for feed in spec.feeds}, tell=lambda *_: None)
    build_timetables(feeds, spec.dates, crs=spec.crs, tell=lambda *_: None)
    return Stage("timetables", time.process_time() - cpu, time.perf_counter() - wall, TARGETS_S["timetables"])


def measure_load(pack: Path) -> list[Stage]:
    """Load a pack in new processes: the median, without and with the imports."""
    code = (
        "import time, json; a = time.process_time(), time.perf_counter()\n"
        "from workbench.city import load_city\n"
        "b = time.process_time(), time.perf_counter()\n"
        f"load_city({str(pack)!r})\n"
        "c = time.process_time(), time.perf_counter()\n"
        "print(json.dumps([c[0] - b[0], c[1] - b[1], c[0] - a[0], c[1] - a[1]]))"
    )
    runs = [json.loads(subprocess.check_output([sys.executable, "-c", code])) for _ in range(N_LOADS)]
    cpu, wall, all_cpu, all_wall = (statistics.median(column) for column in zip(*runs, strict=True))
    return [Stage("load", cpu, wall, TARGETS_S["load"]), Stage("load with imports", all_cpu, all_wall)]


def measure_build(arguments: argparse.Namespace) -> list[Stage]:
    """Build into a folder that is thrown away, then load from it."""
    clock = Clock()
    with tempfile.TemporaryDirectory(prefix="city-build-") as folder:
        out = Path(folder) / "pack"
        if arguments.city.endswith(".toml"):
            build_city_file(Path(arguments.city), out_dir=out, report=clock.tell)
        else:
            build_city(
                arguments.city,
                gtfs_dir=arguments.gtfs,
                wheels_dir=arguments.wheels,
                out_dir=out,
                report=clock.tell,
            )
        stages = clock.stages[1:]
        cpu_s, wall_s = sum(stage.cpu_s for stage in stages), sum(stage.wall_s for stage in stages)
        return [*stages, Stage("build", cpu_s, wall_s, TARGETS_S["build"]), *measure_load(out)]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("city", nargs="?", default="nyc", help="nyc, or a city file")
    parser.add_argument("--gtfs", type=Path, help="folder with the zips of New York")
    parser.add_argument("--wheels", type=Path, help="folder with the data wheels")
    parser.add_argument("--only-timetables", action="store_true")
    parser.add_argument("--load", type=Path, help="only load this pack")
    parser.add_argument("--json", action="store_true", help="print JSON")
    arguments = parser.parse_args()
    if arguments.load:
        stages = measure_load(arguments.load)
    elif arguments.only_timetables:
        stages = [measure_timetables(arguments.gtfs)]
    else:
        stages = measure_build(arguments)
    memory_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    if arguments.json:
        print(json.dumps({"stages": [asdict(stage) for stage in stages], "peak_memory_mib": memory_mib}, indent=2))
        return
    print(f"{'stage':28} {'CPU s':>8} {'wall s':>8} {'target s':>9}")
    for stage in stages:
        target = f"{stage.target_s:9.0f}" if stage.target_s else ""
        print(f"{stage.name[:28]:28} {stage.cpu_s:8.2f} {stage.wall_s:8.2f} {target}")
    print(
        f"peak memory {memory_mib:,} MiB, target {TARGET_MEMORY_MIB:,} MiB; goal for timetables {GOAL_TIMETABLES_S:.0f} s"
    )


if __name__ == "__main__":
    main()
