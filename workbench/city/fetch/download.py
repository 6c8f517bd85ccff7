"""
One file from the internet: an address in, a checked file on the disk out, or one clear sentence.

A download is written beside its place (`<name>.part`) and moved there when it is whole and right. What was cut goes on where
it stopped (HTTP Range with If-Range); what has not changed since last time is not sent again (If-None-Match).
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit

import urllib3
from urllib3.exceptions import HTTPError, ReadTimeoutError

from workbench.city.fetch.content import Kind, find_fault
from workbench.city.fetch.http import (
    DownloadParams,
    FailedTryError,
    ask,
    content_length,
    range_start,
    reason_words,
    require_host,
    retry_after,
)
from workbench.city.fetch.note import Note, hash_file, read_note, shown_url, write_note
from workbench.errors import FetchError, Level, Problem, StorageError

__all__ = ["Download", "DownloadParams", "How", "Report", "download"]

logger = logging.getLogger(__name__)

Report = Callable[[float, str], None]

_CHUNK = 1 << 18
_TRY_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})
_SLOWEST_BPS = 1_000
"""Slower than this over `read_s` is as good as cut, bytes per second."""
_PROGRESS_BYTES = 1 << 16
"""A try that brought this much more does not count as failed: a long download may be cut many times."""
_MAX_REQUESTS = 100


class How(StrEnum):
    """How a file came to be there."""

    NEW = "downloaded"
    RESUMED = "downloaded, going on where it had been cut"
    UNCHANGED = "unchanged since the last download"


@dataclass(frozen=True, slots=True)
class Download:
    """A file that is there, whole and checked."""

    path: Path
    url: str
    """Where it came from, without secrets."""
    sha256: str
    n_bytes: int
    how: How


def download(
    url: str,
    path: Path,
    *,
    kind: Kind,
    sha256: str = "",
    params: DownloadParams | None = None,
    report: Report | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> Download:
    """
    Download one file, or find that the one from last time is still right.

    Parameters
    ----------
    url
        Address; http or https.
    path
        Where the file goes; its folder is made if need be.
    kind
        What the file must be; a web page in its place is refused, whatever the status.
    sha256
        What the hash of the file must be, if it is known.
    params
        How patient to be.
    report
        Told the share that is there (0 to 1) and what is being done.
    sleep
        Waits between two tries.

    Raises
    ------
    InputError
        If the address is not http or https.
    FetchError
        If the source cannot be reached, sends something else, or sends too much. What came is kept for the next time where the
        rest can be asked for.
    StorageError
        If the disk refuses.
    """
    params, tell = params or DownloadParams(), report or (lambda _share, _text: None)
    host = require_host(url)
    failed = 0
    for _ in range(_MAX_REQUESTS):
        try:
            return _Transfer(url, path, kind, sha256, params, tell).run()
        except FailedTryError as failure:
            failed = 1 if failure.gained >= _PROGRESS_BYTES else failed + 1
            wait_s = failure.wait_s if failure.wait_s is not None else params.backoff_s * 2 ** (failed - 1)
            if failed >= params.n_tries or wait_s > params.max_wait_s:
                message = _gave_up(host, str(failure), failed, failure.wait_s, params)
                code = "download-damaged" if failure.of_file else "host-unreachable"
                problem = Problem(Level.ERROR, code, message, host)
                raise FetchError(message, problems=[problem]) from failure
            logger.info("%s: %s; next try in %.0f s", host, failure, wait_s)
            tell(0.0, f"{host}: {failure}; next try in {wait_s:.0f} s")
            sleep(wait_s)
        except FetchError:
            raise
        except OSError as error:
            raise StorageError(f"{path.name} cannot be written: {error.strerror or error}") from error
    raise FetchError(f"{host}: cut {_MAX_REQUESTS} times; what came so far is kept, run it again to go on")


def _gave_up(host: str, what: str, failed: int, wait_s: float | None, params: DownloadParams) -> str:
    if wait_s is not None and wait_s > params.max_wait_s:
        return f"{host}: {what} and asks to wait {wait_s:,.0f} s; run it again then"
    times = "" if failed == 1 else f", {failed} times in a row"
    return f"{host}: {what}{times}; check the connection, or run it again later: what came so far is kept"


class _Transfer:
    """One request and what comes of it."""

    def __init__(self, url: str, path: Path, kind: Kind, sha256: str, params: DownloadParams, tell: Report) -> None:
        self.url, self.shown, self.host, self.path = url, shown_url(url), require_host(url), path
        self.kind, self.sha256, self.params, self.tell = kind, sha256.lower(), params, tell
        self.part = path.with_name(f"{path.name}.part")
        self.note_path = path.with_name(f"{path.name}.source.json")
        self.part_note_path = path.with_name(f"{path.name}.part.json")

    def run(self) -> Download:
        """Ask, receive, check, move into place."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        have = self._finished()
        start, part_note = self._started()
        response = ask(self.url, _headers(have, start, part_note), self.params)
        try:
            if response.status == 304 and have is not None:
                return Download(self.path, self.shown, have.sha256, have.n_bytes, How.UNCHANGED)
            start = self._require_status(response, start)
            self._receive(response, start)
        finally:
            response.close()
        return self._finish(response, resumed=start > 0)

    def _finished(self) -> Note | None:
        """Return the note on the file from last time, if the file is still as it was."""
        note = read_note(self.note_path, self.shown)
        if note is None or not self.path.is_file() or self.path.stat().st_size != note.n_bytes:
            return None
        if hash_file(self.path) != note.sha256 or (self.sha256 and note.sha256 != self.sha256):
            return None
        return note

    def _started(self) -> tuple[int, Note | None]:
        """Return how much came last time and what names it; nothing if the rest could not be asked for safely."""
        note = read_note(self.part_note_path, self.shown)
        if note is None or not note.validator or not self.part.is_file():
            return 0, None
        return self.part.stat().st_size, note

    def _require_status(self, response: urllib3.BaseHTTPResponse, start: int) -> int:
        """Return where in the file the answer begins; raise if the answer is no file."""
        status = response.status
        if status == 206 and start and range_start(response) == start:
            return start
        if status == 200:
            return 0
        if status in (206, 416):
            self._forget_part()
            raise FailedTryError(f"sent another part than was asked for ({status}); begun anew")
        if status in _TRY_AGAIN:
            raise FailedTryError(f"answered {status} ({reason_words(status)})", wait_s=retry_after(response))
        if status in (404, 410):
            what = f"has no {urlsplit(self.shown).path} ({status}): the publisher may have moved or renamed it"
        elif status in (401, 403):
            what = f"refuses to give {self.path.name} ({status}): it may need a key, or block this network"
        else:
            what = f"answered {status} ({reason_words(status)}) in place of {self.path.name}"
        raise FetchError(f"{self.host}: {what}; docs/live-sources.md tells where addresses are kept")

    def _receive(self, response: urllib3.BaseHTTPResponse, start: int) -> None:
        """Write the answer to the part file, from `start` on."""
        limit, length = self.params.max_bytes, content_length(response)
        total = None if length is None else start + length
        if total is not None and total > limit:
            self._refuse(f"{self.path.name} has {total:,} bytes, must be at most {limit:,}")
        if start == 0:
            self._begin_part(response)
        n_bytes = start
        with self.part.open("ab" if start else "wb") as out:
            for chunk in self._chunks(response, start, total):
                out.write(chunk)
                n_bytes += len(chunk)
                if n_bytes > limit:
                    self._refuse(f"{self.path.name} has more than {limit:,} bytes")
                self.tell(n_bytes / total if total else 0.0, f"{self.path.name}: {_amount(n_bytes, total)}")

    def _begin_part(self, response: urllib3.BaseHTTPResponse) -> None:
        """Note what names the version that comes now, so that the rest can be asked for if it is cut."""
        self._forget_part()
        note = Note(self.shown, response.headers.get("ETag", ""), response.headers.get("Last-Modified", ""))
        if note.validator and content_length(response) is not None:
            write_note(self.part_note_path, note)

    def _chunks(self, response: urllib3.BaseHTTPResponse, start: int, total: int | None) -> Iterator[bytes]:
        """Yield what comes; a cut, a stall or a trickle is a `FailedTryError`."""
        n_bytes = start
        since, since_bytes = time.monotonic(), start
        while True:
            try:
                chunk = response.read1(_CHUNK, decode_content=True)
            except HTTPError as error:
                silent = isinstance(error, ReadTimeoutError)
                what = f"sent nothing for {self.params.read_s:g} s" if silent else "was cut"
                raise FailedTryError(f"{what} after {_amount(n_bytes, total)}", gained=n_bytes - start) from error
            if not chunk:
                break
            yield chunk
            n_bytes += len(chunk)
            if (passed_s := time.monotonic() - since) > self.params.read_s:
                if n_bytes - since_bytes < _SLOWEST_BPS * passed_s:
                    raise FailedTryError(f"sends less than {_SLOWEST_BPS:,} bytes a second", gained=n_bytes - start)
                since, since_bytes = time.monotonic(), n_bytes
        if total is not None and n_bytes < total:
            raise FailedTryError(f"was cut after {_amount(n_bytes, total)}", gained=n_bytes - start)

    def _finish(self, response: urllib3.BaseHTTPResponse, *, resumed: bool) -> Download:
        """Check the whole file and move it into place."""
        found = hash_file(self.part)
        fault = find_fault(self.part, self.kind)
        if self.sha256 and found != self.sha256 and resumed:
            self._forget_part()
            raise FailedTryError("sent a rest that does not fit what came before; begun anew")
        if fault is not None and not fault.is_damage:
            self._refuse(f"sent {fault.words} ({self.shown})")
        if fault is not None:
            self._forget_part()
            raise FailedTryError(f"sent {fault.words}", of_file=True)
        if self.sha256 and found != self.sha256:
            self._refuse(f"sha256 of {self.path.name} is {found}, must be {self.sha256}")
        n_bytes = self.part.stat().st_size
        self.note_path.unlink(missing_ok=True)
        self.part.replace(self.path)
        self._forget_part()
        etag, date = response.headers.get("ETag", ""), response.headers.get("Last-Modified", "")
        write_note(self.note_path, Note(self.shown, etag, date, found, n_bytes))
        return Download(self.path, self.shown, found, n_bytes, How.RESUMED if resumed else How.NEW)

    def _refuse(self, what: str) -> None:
        """Throw away what came and say why."""
        self._forget_part()
        raise FetchError(f"{self.host}: {what}; nothing was taken")

    def _forget_part(self) -> None:
        self.part.unlink(missing_ok=True)
        self.part_note_path.unlink(missing_ok=True)


def _headers(have: Note | None, start: int, part_note: Note | None) -> dict[str, str]:
    """Ask for the rest of what was begun, else for the file if it has changed; unpacked, so that parts can be joined."""
    headers = {"User-Agent": "AssemblyLinesWorkbench (city pack builder)", "Accept-Encoding": "identity"}
    if start and part_note is not None:
        return headers | {"Range": f"bytes={start}-", "If-Range": part_note.validator}
    if have is not None and have.etag:
        headers["If-None-Match"] = have.etag
    if have is not None and have.last_modified:
        headers["If-Modified-Since"] = have.last_modified
    return headers


def _amount(n_bytes: int, total: int | None) -> str:
    return f"{n_bytes / 1e6:,.1f} MB" if total is None else f"{n_bytes / 1e6:,.1f} of {total / 1e6:,.1f} MB"
