"""Downloads from a server on this machine that speaks as Overpass does, and misbehaves as servers do."""

from __future__ import annotations

import json
import os
import socket
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs

import osmnx as ox
import pytest
import shapely

from tests.city.osm_scene import CRS, described, lonlat, overpass_answer
from tests.city.test_osm_read import STREETS
from workbench.city.streets.osm.live import download_osm, require_overpass
from workbench.city.streets.osm.overpass import Overpass
from workbench.city.streets.osm.to_graph import build_osm_streets
from workbench.errors import FetchError, InputError

BOUNDS = (*lonlat((-100, -300)), *lonlat((500, 300)))
N_PARTS = 2
"""The scene lies on the line between two parts: the server is asked for both, and gives all streets each time."""
ONE_PART = (*lonlat((10, -300)), *lonlat((500, 300)))
"""All its streets reach into the eastern part."""
Bounds = tuple[float, float, float, float]
Answer = Callable[[BaseHTTPRequestHandler], None]


def send(content: bytes, *, status: int = 200, length: int | None = None) -> Answer:
    """Return an answer with a body; a `length` that is larger than the body looks like a cut connection."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        handler.send_header("Content-Length", str(len(content) if length is None else length))
        handler.end_headers()
        handler.wfile.write(content)
        handler.wfile.flush()
        if length is not None:
            handler.connection.shutdown(socket.SHUT_RDWR)

    return answer


WHOLE = send(json.dumps(overpass_answer()).encode())


class Server:
    """Gives the answers it was handed, one a request, the last one for ever."""

    def __init__(self) -> None:
        self.answers: list[Answer] = [WHOLE]
        self.queries: list[str] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                send(b"Connected as: 1\n")(self)

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.queries.append(parse_qs(body.decode())["data"][0])
                answer = outer.answers.pop(0) if len(outer.answers) > 1 else outer.answers[0]
                answer(self)

            def log_message(self, *_: object) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}/api"
        threading.Thread(target=self.http.serve_forever, daemon=True).start()


@pytest.fixture
def server() -> Iterator[Server]:
    running = Server()
    yield running
    running.http.shutdown()
    running.http.server_close()


def downloaded(
    server: Server, folder: Path, *, tries: int = 3, waits: list[float] | None = None, bounds: Bounds = BOUNDS
) -> list[str]:
    """Download the scene and return its streets in words."""
    pauses = waits if waits is not None else []
    overpass = Overpass(server.url, timeout_s=1.0, tries=tries, pause_s=2.0)
    data = download_osm(bounds, cache_dir=folder, overpass=overpass, sleep=pauses.append)
    return described(build_osm_streets(data, CRS, where="x").graph)


def test_a_download_gives_the_same_streets_as_a_file(server: Server, tmp_path: Path) -> None:
    assert downloaded(server, tmp_path) == STREETS
    assert len(server.queries) == N_PARTS
    assert 'way["highway"](poly:' in server.queries[0]
    assert "[timeout:1.0]" in server.queries[0]


def test_what_has_come_is_not_asked_for_again(server: Server, tmp_path: Path) -> None:
    downloaded(server, tmp_path)
    server.answers = [send(b"down", status=500)]
    assert downloaded(server, tmp_path) == STREETS
    assert len(server.queries) == N_PARTS


def test_a_kept_part_that_was_cut_is_asked_for_again(server: Server, tmp_path: Path) -> None:
    downloaded(server, tmp_path)
    kept = next((tmp_path / "osm").rglob("*.json"))
    kept.write_bytes(kept.read_bytes()[:200])
    assert downloaded(server, tmp_path) == STREETS
    assert len(server.queries) == N_PARTS + 1


def test_an_interrupted_download_goes_on_where_it_stopped(server: Server, tmp_path: Path) -> None:
    server.answers = [WHOLE, send(b"down", status=500)]
    with pytest.raises(FetchError):
        downloaded(server, tmp_path, tries=1)
    server.answers = [WHOLE]
    assert downloaded(server, tmp_path) == STREETS
    assert len(server.queries) == N_PARTS + 1  # the first part only once


def test_old_parts_are_asked_for_again(server: Server, tmp_path: Path) -> None:
    downloaded(server, tmp_path)
    for kept in (tmp_path / "osm").rglob("*.json"):
        os.utime(kept, (0, 0))
    assert downloaded(server, tmp_path) == STREETS
    assert len(server.queries) == 2 * N_PARTS


FAULTS = {
    "busy": (send(b"", status=429), "is busy (HTTP 429)"),
    "gateway": (send(b"<html>", status=504), "is busy (HTTP 504)"),
    "broken": (send(b"", status=500), "refused (HTTP 500"),
    "error page": (
        send(b"<html><body>maintenance</body></html>"),
        "sent something other than data: '<html><body>maint",
    ),
    "half an answer": (send(json.dumps(overpass_answer()).encode()[:500]), "sent something other than data"),
    "other json": (send(b'{"error": "no"}'), "sent JSON without `elements`"),
    "ran out of time": (
        send(json.dumps({**overpass_answer(), "remark": "runtime error: Query timed out"}).encode()),
        "did not finish: runtime error: Query timed out",
    ),
    "cut connection": (send(b'{"elements": [', length=5000), "broke off in the middle"),
    "silence": (lambda _handler: threading.Event().wait(1.5) and None, "does not answer in time"),
}


def test_after_every_fault_it_is_asked_again(server: Server, tmp_path: Path) -> None:
    server.answers = [*(answer for answer, _ in FAULTS.values()), WHOLE]
    waits: list[float] = []
    assert downloaded(server, tmp_path, tries=len(FAULTS) + 1, waits=waits, bounds=ONE_PART) == STREETS
    assert waits == [2.0 * 2**n for n in range(len(FAULTS))]  # growing pauses


@pytest.mark.parametrize("fault", FAULTS)
def test_every_fault_is_said_in_one_sentence(fault: str, server: Server, tmp_path: Path) -> None:
    answer, words = FAULTS[fault]
    server.answers = [answer]
    with pytest.raises(FetchError) as caught:
        downloaded(server, tmp_path, tries=1, bounds=ONE_PART)
    said = str(caught.value)
    assert said.startswith(f"OpenStreetMap server 127.0.0.1:{server.http.server_port} ")
    assert words in said
    assert said.endswith("or give a local file with --osm")
    assert "\n" not in said


def test_a_refusal_is_not_repeated(server: Server, tmp_path: Path) -> None:
    server.answers = [send(b"bad query", status=400)]
    with pytest.raises(FetchError, match=r"refused \(HTTP 400"):
        downloaded(server, tmp_path)
    assert len(server.queries) == 1


def test_nobody_there(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/api"
    with pytest.raises(FetchError, match="cannot be reached"):
        require_overpass(Overpass(url, timeout_s=1.0))
    with pytest.raises(FetchError, match="cannot be reached"):
        download_osm(BOUNDS, cache_dir=tmp_path, overpass=Overpass(url, tries=1), sleep=lambda _: None)


def test_a_server_that_answers_is_enough(server: Server) -> None:
    require_overpass(Overpass(server.url))


def test_parts_without_streets_and_parts_off_the_land(server: Server, tmp_path: Path) -> None:
    told: list[tuple[float, str]] = []
    server.answers = [send(b'{"elements": []}'), WHOLE]
    overpass = Overpass(server.url)
    data = download_osm(
        BOUNDS, cache_dir=tmp_path, overpass=overpass, report=lambda share, text: told.append((share, text))
    )
    assert told == [(0.0, "OpenStreetMap: part 1 of 2"), (0.5, "OpenStreetMap: part 2 of 2")]
    assert len(data.way_id) == 9  # pieces from node to node, all in the eastern part
    server.answers = [WHOLE]
    east = shapely.box(*lonlat((50, -300)), *lonlat((500, 300)))
    download_osm(BOUNDS, cache_dir=tmp_path / "b", overpass=overpass, land=east)
    assert len(server.queries) == 2 + 1


def test_no_street_at_all(server: Server, tmp_path: Path) -> None:
    server.answers = [send(b'{"elements": []}')]
    with pytest.raises(InputError, match="holds no streets"):
        downloaded(server, tmp_path)


def test_an_area_too_large_is_refused(server: Server, tmp_path: Path) -> None:
    for bounds, words in (
        ((-75.0, 40.0, -73.0, 42.0), "parts of 0.08 degrees, at most 400"),
        ((-180.0, -90.0, 180.0, 90.0), "too large"),
    ):
        with pytest.raises(InputError, match=words):
            download_osm(bounds, cache_dir=tmp_path, overpass=Overpass(server.url))
    assert server.queries == []


def test_osmnx_is_left_as_it_was(server: Server, tmp_path: Path) -> None:
    before = {name: value for name, value in vars(ox.settings).items() if not name.startswith("_")}
    resolver = socket.getaddrinfo
    downloaded(server, tmp_path)
    server.answers = [send(b"", status=400)]
    with pytest.raises(FetchError):
        downloaded(server, tmp_path / "b")
    assert {name: value for name, value in vars(ox.settings).items() if not name.startswith("_")} == before
    assert socket.getaddrinfo is resolver
