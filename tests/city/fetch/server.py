"""A real server on this machine that behaves as badly as the internet: it cuts, stalls, redirects and lies on demand."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Page:
    """What one path answers. `statuses` are used up one by one before the content is given."""

    content: bytes = b""
    content_type: str = "application/octet-stream"
    etag: str = ""
    last_modified: str = ""
    statuses: list[int] = field(default_factory=list)
    retry_after: str = ""
    location: str = ""
    cuts: list[int] = field(default_factory=list)
    """After how many bytes of the body the connection is cut, one for each request; then no more."""
    with_length: bool = True
    ranges: bool = True
    stall_after: int | None = None
    """Bytes after which the server falls asleep."""
    encoding: str = ""
    before: Callable[[Page], None] | None = None
    """Called before each answer."""


class Server(ThreadingHTTPServer):
    """Pages by path, and a list of what was asked."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.pages: dict[str, Page] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.awake = threading.Event()

    def url(self, path: str = "/file") -> str:
        return f"http://127.0.0.1:{self.server_address[1]}{path}"

    def put(self, content: bytes, path: str = "/file", **more: object) -> str:
        self.pages[path] = Page(content, **more)  # type: ignore[arg-type]
        return self.url(path)

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is part of the tests."""


class _Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"

    def log_message(self, *args: object) -> None:
        """Be quiet."""

    def do_GET(self) -> None:
        self.server.asked.append((self.path, dict(self.headers)))
        page = self.server.pages.get(self.path) or self.server.pages.get(self.path.partition("?")[0])
        self.close_connection = True
        if page is None:
            self._head(404, {"Content-Length": "0"})
            return
        if page.before:
            page.before(page)
        if page.statuses:
            status = page.statuses.pop(0)
            more = {"Retry-After": page.retry_after} if page.retry_after else {}
            self._head(status, {"Content-Length": "0"} | more)
            return
        if page.location:
            self._head(302, {"Location": page.location, "Content-Length": "0"})
            return
        if page.etag and self.headers.get("If-None-Match") == page.etag:
            self._head(304, {"ETag": page.etag})
            return
        self._send(page)

    def _send(self, page: Page) -> None:
        asked = self.headers.get("Range", "")
        validator = self.headers.get("If-Range")
        is_part = bool(page.ranges and asked and validator in (None, page.etag, page.last_modified))
        start = int(asked.removeprefix("bytes=").rstrip("-")) if is_part else 0
        body = page.content[start:]
        headers = {"Content-Type": page.content_type}
        headers |= {"ETag": page.etag} if page.etag else {}
        headers |= {"Last-Modified": page.last_modified} if page.last_modified else {}
        headers |= {"Content-Encoding": page.encoding} if page.encoding else {}
        headers |= {"Content-Length": str(len(body))} if page.with_length else {}
        if is_part:
            headers["Content-Range"] = f"bytes {start}-{len(page.content) - 1}/{len(page.content)}"
        self._head(206 if is_part else 200, headers)
        cut = page.cuts.pop(0) if page.cuts else None
        if page.stall_after is not None:
            self.wfile.write(body[: page.stall_after])
            self.wfile.flush()
            self.server.awake.wait(10)
            return
        self.wfile.write(body if cut is None else body[:cut])
        self.wfile.flush()

    def _head(self, status: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in (headers | {"Connection": "close"}).items():
            self.send_header(name, value)
        self.end_headers()


@contextmanager
def running_server() -> Iterator[Server]:
    server = Server()
    thread = threading.Thread(target=lambda: server.serve_forever(poll_interval=0.02), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.awake.set()
        server.shutdown()
        server.server_close()
        thread.join(5)
        time.sleep(0)
