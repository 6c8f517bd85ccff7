"""From the click that ends a line to the painted exact card of that line, in headless Chromium, against a workbench started here.

The line is the same from the click that sets its last point, a third of a second earlier; the second row counts from there.

.venv/bin/python benchmarks/draw_to_card.py [--routes 25]
"""

from __future__ import annotations

import argparse
import os
import re
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

from playwright.sync_api import Page, sync_playwright

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run", "--disable-sync"]
RECORD = """root => {
  const clicks = new Map(), painted = [];
  root.addEventListener("click", event => setTimeout(() => clicks.set(Number(root.dataset.seq), event.timeStamp)), true);
  const later = (act) => requestAnimationFrame(() => requestAnimationFrame(act));
  new MutationObserver(() => {
    const seq = Number(root.dataset.painted), stage = document.querySelector(".result-body").dataset.stage;
    if (stage === "exact") later(() => painted.push([seq, performance.now()]));
  }).observe(root, {attributeFilter: ["data-painted"]});
  root.times = () => {
    const [ended, set] = [...clicks.keys()].sort((a, b) => b - a);
    const when = seq => painted.find(([at]) => at >= seq)?.[1];
    return when(ended) === undefined ? null : [when(ended) - clicks.get(ended), when(set) - clicks.get(set)];
  };
}"""
"""Notes in the page when each click was made and when the exact card of which line was painted, two frames after the map took its
colours. A line has a number of its own: the exact card of an earlier line does not count."""
ENDED = "([root, before]) => Number(root.dataset.seq) > before && root.times() !== null"
PLACES = ((0.60, 0.52), (0.72, 0.50), (0.64, 0.58), (0.55, 0.62), (0.66, 0.46), (0.76, 0.56), (0.70, 0.49))
"""Shares of the map's width and height, on land, where routes begin; they end at the third after it."""


def draw(page: Page, number: int) -> tuple[float, float]:
    """Draw one line; return seconds to the painted exact card, from the click that ends it and from the one that set its end."""
    box = page.locator(".maplibregl-canvas").bounding_box()
    assert box is not None
    start, end = PLACES[number % len(PLACES)], PLACES[(number + 3) % len(PLACES)]
    shift = 0.004 * (number // len(PLACES))
    at = [
        (box["x"] + box["width"] * (a + (b - a) * s + shift), box["y"] + box["height"] * (c + (d - c) * s))
        for (a, c), (b, d) in [(start, end)]
        for s in (0.0, 0.35, 0.7, 1.0)
    ]
    page.locator("[data-tool=clear]").click(force=True)
    page.wait_for_selector(".result-body[data-stage=empty]")
    if page.locator("[data-tool=draw]").get_attribute("aria-pressed") != "true":
        page.locator("[data-tool=draw]").click()
    root = page.locator(".sk-root")
    root.evaluate(RECORD)
    for x, y in at:
        page.mouse.click(x, y)
        page.wait_for_timeout(350)  # two clicks in quick succession would be a double click
    first = int(root.get_attribute("data-seq") or 0)
    page.mouse.click(*at[-1])
    page.wait_for_function(ENDED, arg=[root.element_handle(), first], polling=20, timeout=60_000)
    ended_ms, set_ms = root.evaluate("root => root.times()")
    return ended_ms / 1000, set_ms / 1000


@contextmanager
def workbench() -> Iterator[str]:
    """Start a workbench of our own; gives its address."""
    with tempfile.TemporaryDirectory() as folder, serve(folder) as address:
        yield address


@contextmanager
def serve(folder: str) -> Iterator[str]:
    """Start a workbench that keeps its data in a folder; gives its address."""
    command = [sys.executable, "-m", "workbench", "serve", "--port", "0", "--data-dir", folder]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        address = re.search(r"http\S+", server.stdout.readline())
        assert address is not None
        yield address.group()
    finally:
        server.terminate()
        server.wait()


def measure(address: str, n_routes: int) -> list[tuple[float, float]]:
    """Draw some routes on a fresh page; the first warms up and is left out unless it is the only one."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(viewport={"width": 1366, "height": 768})
        page.goto(address)
        page.wait_for_selector(".sk-root[data-idle='1']", timeout=60_000)
        times = [draw(page, number) for number in range(n_routes + (n_routes > 1))]
        browser.close()
    return times[-n_routes:]


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--routes", type=int, default=25)
    options.add_argument("--address", help="A workbench that runs already.")
    chosen = options.parse_args()
    with nullcontext(chosen.address) if chosen.address else workbench() as address:
        times = measure(address, chosen.routes)
    for name, values in (
        ("from ending the line", [t[0] for t in times]),
        ("from setting its end", [t[1] for t in times]),
    ):
        ordered = sorted(values)
        p95 = ordered[min(len(ordered) - 1, round(0.95 * len(ordered)))]
        print(f"{name:21} median {statistics.median(values):.2f} s   p95 {p95:.2f} s   slowest {ordered[-1]:.2f} s")
    print(f"{chosen.routes} routes, load {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
