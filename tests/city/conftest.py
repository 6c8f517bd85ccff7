"""The invented town of `small_sources`, its sources and its pack written once a run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.city.small_sources import write_sources
from workbench.city import BuildReport, City, build_city, load_city
from workbench.city.build.sources import CitySpec


@dataclass(frozen=True)
class Town:
    """Where the town's sources and pack are, and what building it said."""

    spec: CitySpec
    sources: Path
    pack: Path
    report: BuildReport

    def city(self) -> City:
        return load_city(self.pack)


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory) -> Town:
    sources = tmp_path_factory.mktemp("sources")
    pack = tmp_path_factory.mktemp("packs") / "town"
    spec = write_sources(sources)
    report = build_city("town", gtfs_dir=sources, wheels_dir=sources, out_dir=pack, spec=spec)
    return Town(spec, sources, pack, report)
