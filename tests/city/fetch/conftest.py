"""The badly behaved server, one for each test; and the sources of the invented town, written once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.city.fetch.server import Server, running_server
from tests.city.small_sources import write_sources


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with running_server() as running:
        yield running


@pytest.fixture(scope="session")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with the feeds and wheels of the town."""
    folder = tmp_path_factory.mktemp("sources")
    write_sources(folder)
    return folder
