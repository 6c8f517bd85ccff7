"""One request: an address and headers in, an open answer out, or what went wrong in words."""

from __future__ import annotations

import urllib.request
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

import urllib3
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    InvalidHeader,
    LocationParseError,
    LocationValueError,
    MaxRetryError,
    NameResolutionError,
    NewConnectionError,
    ProxyError,
    ReadTimeoutError,
    ResponseError,
    SSLError,
)
from urllib3.util import Retry, Timeout

from workbench.errors import FetchError, InputError

__all__ = [
    "DownloadParams",
    "FailedTryError",
    "ask",
    "content_length",
    "range_start",
    "reason_words",
    "require_host",
    "retry_after",
]


@dataclass(frozen=True, slots=True)
class DownloadParams:
    """How patient a download is."""

    connect_s: float = 10.0
    """Longest wait for a connection."""
    read_s: float = 60.0
    """Longest wait for the next bytes."""
    max_bytes: int = 2 << 30
    """Largest file."""
    n_tries: int = 5
    """Requests that may fail one after the other."""
    backoff_s: float = 1.0
    """Wait before the second try, doubled before each other."""
    max_wait_s: float = 120.0
    """Longest wait a server may ask for (`Retry-After`)."""
    max_redirects: int = 5


class FailedTryError(Exception):
    """One request failed; the next one may not. `gained` bytes came with it; `of_file` if other files may still come."""

    def __init__(self, what: str, *, wait_s: float | None = None, gained: int = 0, of_file: bool = False) -> None:
        super().__init__(what)
        self.wait_s, self.gained, self.of_file = wait_s, gained, of_file


def require_host(url: str) -> str:
    """Return the host of an address; raises `InputError` if it is not http or https."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError as error:
        raise InputError(f"{url!r} is not an address: {error}") from error
    if parts.scheme not in ("http", "https") or not host:
        raise InputError(f"{url!r} is not an address to download from: must begin with https:// or http://")
    return host


def ask(url: str, headers: dict[str, str], params: DownloadParams) -> urllib3.BaseHTTPResponse:
    """
    Send one request and return the answer, its body not yet read. Redirects are followed, but never to less safety.

    Raises
    ------
    FailedTryError
        If the connection failed; trying again may help.
    FetchError
        If trying again would not help.
    """
    host = require_host(url)
    retries = Retry(total=None, connect=0, read=0, status=0, other=0, redirect=params.max_redirects)
    timeout = Timeout(connect=params.connect_s, read=params.read_s)
    try:
        response = _pool(url).request(
            "GET", url, headers=headers, preload_content=False, timeout=timeout, retries=retries
        )
    except MaxRetryError as error:
        raise _fault(host, error.reason, params) from error
    except (LocationParseError, LocationValueError) as error:
        what = "sends on to an address that is not http or https"
        raise FetchError(f"{host}: {what}; nothing was taken") from error
    except HTTPError as error:
        raise _fault(host, error, params) from error
    if url.startswith("https:") and any(step.startswith("http:") for step in _steps(url, response)):
        response.close()
        what = "sends on from https to http, where anybody between may change the data"
        raise FetchError(f"{host}: {what}; nothing was taken")
    return response


def range_start(response: urllib3.BaseHTTPResponse) -> int | None:
    """Return where in the file a partial answer begins, bytes; None if it does not say."""
    unit, _, span = response.headers.get("Content-Range", "").partition(" ")
    first = span.partition("-")[0]
    return int(first) if unit == "bytes" and first.isdecimal() else None


def content_length(response: urllib3.BaseHTTPResponse) -> int | None:
    """Return how many bytes will come as they are; None if unknown, or if they come packed."""
    text = response.headers.get("Content-Length", "")
    is_packed = response.headers.get("Content-Encoding", "identity") != "identity"
    return int(text) if text.isdecimal() and not is_packed else None


def retry_after(response: urllib3.BaseHTTPResponse) -> float | None:
    """Return how long the server asks to wait, seconds; None if it does not, or says it in no known way."""
    try:
        return Retry().get_retry_after(response)
    except InvalidHeader:
        return None


def reason_words(status: int) -> str:
    """Say in words what a status means."""
    words = {408: "too slow", 429: "too many requests", 500: "a fault of the server", 503: "not available for now"}
    return words.get(status, "a fault between servers" if status in (502, 504) else "unexpected")


def _fault(host: str, reason: Exception | None, params: DownloadParams) -> Exception:
    """Return the error to raise for a connection that failed."""
    if isinstance(reason, ResponseError):
        what = f"sends on from address to address more than {params.max_redirects} times"
        return FetchError(f"{host}: {what}; the address may have moved, look it up at the publisher's")
    if isinstance(reason, SSLError):
        return FetchError(f"{host}: its certificate cannot be trusted; check this machine's clock and network")
    if isinstance(reason, ProxyError):
        return FetchError(f"{host}: the proxy of this machine refuses or is not there; check its settings")
    words: tuple[tuple[type[Exception], str], ...] = (
        (NameResolutionError, "is not known: no such name, or no internet connection"),
        (NewConnectionError, "cannot be connected to"),
        (ConnectTimeoutError, f"did not answer within {params.connect_s:g} s"),
        (ReadTimeoutError, f"sent nothing for {params.read_s:g} s"),
    )
    return FailedTryError(next((text for kind, text in words if isinstance(reason, kind)), "broke the connection"))


def _pool(url: str) -> urllib3.PoolManager:
    """Return a connection pool, through this machine's proxy where it has one."""
    proxy = urllib.request.getproxies().get(urlsplit(url).scheme)
    if proxy and not urllib.request.proxy_bypass(urlsplit(url).hostname or ""):
        return urllib3.ProxyManager(proxy)
    return urllib3.PoolManager()


def _steps(url: str, response: urllib3.BaseHTTPResponse) -> list[str]:
    """Return the addresses a request was sent on to."""
    steps = []
    for step in response.retries.history if response.retries else ():
        url = urljoin(url, step.redirect_location or "")
        steps.append(url)
    return steps
