"""Fixtures that name the real city; sources beside the checkout are needed only by tests marked `shared`."""

from __future__ import annotations

from pathlib import Path

import pytest

from workbench import City, load_city, prepare
from workbench.network import Baseline

ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared" / "data" / "nyc"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests on the full feeds say that they were left out, rather than fail, where the feeds are not here."""
    if not SHARED.is_dir():
        for item in items:
            if item.get_closest_marker("shared"):
                item.add_marker(pytest.mark.skip(reason="the source data beside the checkout is not here"))


@pytest.fixture(scope="session")
def nyc() -> City:
    """Embedded New York."""
    return load_city("nyc")


@pytest.fixture(scope="session")
def nyc_baseline(nyc: City) -> Baseline:
    """Its base travel times, from this user's cache: computed once, then used again by every run."""
    return prepare(nyc)
