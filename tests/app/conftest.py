"""A served paper city and a Chromium that may talk to this machine only."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.app.paper_city import paper_city
from workbench.app.desk import Desk
from workbench.storage import Store, open_store

ROOT = Path(__file__).parents[2]
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--no-first-run",
]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A desk of the paper city with its base ready, one for each module."""
    folder = tmp_path_factory.mktemp("desk")
    desk = Desk(paper_city(folder / "layers"), cache_dir=folder / "cache", n_threads=2)
    desk.preparation.result()
    yield desk
    desk.close()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty store."""
    with open_store(f"sqlite:///{tmp_path / 'workbench.db'}") as store:
        yield store


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a workbench that serves the paper city from a process of its own."""
    folder = tmp_path_factory.mktemp("paper")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = folder / "server.log"
    with log.open("w") as output:
        command = [sys.executable, "-m", "tests.app.paper_city", str(port), str(folder)]
        process = subprocess.Popen(command, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT)
        try:
            _wait_until_ready(f"http://127.0.0.1:{port}", process, log)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(timeout=20)


def _wait_until_ready(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until the base of the paper city is computed: compiling the kernels takes most of it."""
    for _ in range(600):
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(f"{address}/healthz", timeout=5) as answer:
                if b'"ready": true' in answer.read():
                    return
        except (urllib.error.URLError, OSError):
            pass
        time.sleep(0.5)
    pytest.fail(f"the server did not start:\n{log.read_text()[-3000:]}")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One browser for each module, for Playwright keeps an event loop of its own meanwhile. Without Chromium its tests
    are skipped; in CI they fail."""
    if CHROMIUM is None:
        message = "Chromium is not installed (Debian: apt-get install chromium) and CHROMIUM does not name it"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def context(chromium: Browser, served: str) -> Iterator[BrowserContext]:
    """A fresh browser profile. The test fails if a page asked any other host for anything, or broke."""
    context = chromium.new_context(base_url=served, viewport={"width": 1100, "height": 700}, reduced_motion="reduce")
    outside: list[str] = []
    broken: list[str] = []

    def watch(page: Page) -> None:
        page.on("request", lambda request: outside.append(request.url) if _is_outside(request.url, served) else None)
        page.on("websocket", lambda socket: outside.append(socket.url) if _is_outside(socket.url, served) else None)
        page.on("pageerror", lambda error: broken.append(str(error)))
        page.on(
            "response", lambda answer: broken.append(f"{answer.status} {answer.url}") if answer.status >= 400 else None
        )

    context.on("page", watch)
    yield context
    context.close()
    assert outside == [], "a page asked another host"
    assert broken == [], "a page broke"


def _is_outside(url: str, served: str) -> bool:
    own = (served, served.replace("http:", "ws:"), f"blob:{served}", "data:", "about:")
    return not url.startswith(own)


@pytest.fixture
def page(context: BrowserContext) -> Page:
    """A new tab."""
    page = context.new_page()
    page.set_default_timeout(30_000)
    return page
