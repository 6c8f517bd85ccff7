"""Downloads against a real server that cuts, stalls, redirects and lies."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import shutil
import socket
import ssl
import subprocess
import zipfile
from email.utils import formatdate
from pathlib import Path

import pytest

from tests.city.fetch.server import Server, running_server
from workbench.city.fetch.content import Kind
from workbench.city.fetch.download import Download, DownloadParams, How, download
from workbench.city.fetch.note import shown_url
from workbench.errors import FetchError, InputError, StorageError

CONTENT = gzip.compress(bytes(range(256)) * 4000 + b"".join(n.to_bytes(4, "big") for n in range(230_000)), mtime=0)
ETAG = '"v1"'
PARAMS = DownloadParams(connect_s=2.0, read_s=0.4, n_tries=3, backoff_s=0.5, max_wait_s=60.0)
PAGE = b"<!DOCTYPE html><html><head><title>Missing Key</title></head><body>A valid key must be included</body></html>"


class Waits(list[float]):
    """Notes how long a download would have waited."""

    def __call__(self, seconds: float) -> None:
        self.append(seconds)


def fetch(url: str, path: Path, kind: Kind = Kind.GZIP, waits: Waits | None = None, **more: object) -> Download:
    params = more.pop("params", PARAMS)
    return download(url, path, kind=kind, params=params, sleep=Waits() if waits is None else waits, **more)  # type: ignore[arg-type]


def left_over(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_a_file_comes_whole_with_a_note_beside_it(server: Server, tmp_path: Path) -> None:
    url = server.put(CONTENT, etag=ETAG)
    shares: list[float] = []
    got = fetch(url, tmp_path / "deep" / "wac.csv.gz", report=lambda share, text: shares.append(share))
    assert got.path.read_bytes() == CONTENT
    assert (got.how, got.n_bytes, got.sha256) == (How.NEW, len(CONTENT), hashlib.sha256(CONTENT).hexdigest())
    assert left_over(tmp_path / "deep") == {"wac.csv.gz", "wac.csv.gz.source.json"}
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


def test_what_has_not_changed_is_not_sent_again(server: Server, tmp_path: Path) -> None:
    url = server.put(CONTENT, etag=ETAG)
    fetch(url, tmp_path / "f.gz")
    again = fetch(url, tmp_path / "f.gz")
    assert again.how is How.UNCHANGED
    assert server.asked[1][1]["If-None-Match"] == ETAG
    newer = gzip.compress(b"newer")
    server.put(newer, etag='"v2"')
    assert fetch(url, tmp_path / "f.gz").how is How.NEW
    assert (tmp_path / "f.gz").read_bytes() == newer


def test_a_file_changed_on_the_disk_is_fetched_anew(server: Server, tmp_path: Path) -> None:
    url = server.put(CONTENT, etag=ETAG)
    fetch(url, tmp_path / "f.gz")
    (tmp_path / "f.gz").write_bytes(CONTENT[:-1] + b"x")
    assert fetch(url, tmp_path / "f.gz").how is How.NEW
    assert "If-None-Match" not in server.asked[1][1]
    assert (tmp_path / "f.gz").read_bytes() == CONTENT


@pytest.mark.parametrize("names", [{"etag": ETAG}, {"last_modified": formatdate(1_700_000_000, usegmt=True)}])
def test_a_cut_download_goes_on_where_it_was_cut(server: Server, tmp_path: Path, names: dict[str, str]) -> None:
    # The first answer is cut after 100,000 bytes, the second 70,000 later: the third brings the rest.
    url = server.put(CONTENT, cuts=[100_000, 70_000], **names)
    got = fetch(url, tmp_path / "f.gz")
    assert got.how is How.RESUMED
    assert got.path.read_bytes() == CONTENT
    assert [headers.get("Range") for _, headers in server.asked] == [None, "bytes=100000-", "bytes=170000-"]
    assert {headers.get("If-Range") for _, headers in server.asked[1:]} == set(names.values())


def test_an_interrupted_download_goes_on_in_another_run(server: Server, tmp_path: Path) -> None:
    url = server.put(CONTENT, etag=ETAG, cuts=[100_000, 1, 1])
    with pytest.raises(
        FetchError, match=r"127\.0\.0\.1: was cut after 0\.1 of 0\.\d MB, 3 times in a row; .*what came so far is kept"
    ):
        fetch(url, tmp_path / "f.gz")
    assert (tmp_path / "f.gz.part").stat().st_size == 100_002
    assert not (tmp_path / "f.gz").exists()
    assert fetch(url, tmp_path / "f.gz").how is How.RESUMED
    assert (tmp_path / "f.gz").read_bytes() == CONTENT


def test_many_cuts_are_no_failure_while_the_file_grows(server: Server, tmp_path: Path) -> None:
    cuts = [70_000] * 5  # more cuts than tries
    assert len(CONTENT) > sum(cuts)
    url = server.put(CONTENT, etag=ETAG, cuts=cuts)
    assert fetch(url, tmp_path / "f.gz").path.read_bytes() == CONTENT
    assert len(server.asked) == 6


def test_a_file_that_changed_meanwhile_is_begun_anew(server: Server, tmp_path: Path) -> None:
    newer = gzip.compress(b"newer" * 1000, mtime=0)
    url = server.put(CONTENT, etag=ETAG, cuts=[100_000, 0, 0])
    with pytest.raises(FetchError):
        fetch(url, tmp_path / "f.gz")
    server.put(newer, etag='"v2"')
    got = fetch(url, tmp_path / "f.gz")
    assert server.asked[-1][1]["If-Range"] == ETAG
    assert (got.how, got.path.read_bytes()) == (How.NEW, newer)


def test_without_a_name_for_the_version_a_cut_file_is_begun_anew(server: Server, tmp_path: Path) -> None:
    url = server.put(CONTENT, cuts=[100_000])
    assert fetch(url, tmp_path / "f.gz").path.read_bytes() == CONTENT
    assert [headers.get("Range") for _, headers in server.asked] == [None, None]


def test_a_weak_etag_does_not_join_parts(server: Server, tmp_path: Path) -> None:
    url = server.put(CONTENT, etag='W/"v1"', cuts=[100_000])
    assert fetch(url, tmp_path / "f.gz").path.read_bytes() == CONTENT
    assert "Range" not in server.asked[1][1]


def test_a_server_that_ignores_ranges_is_understood(server: Server, tmp_path: Path) -> None:
    url = server.put(CONTENT, etag=ETAG, cuts=[100_000], ranges=False)
    assert fetch(url, tmp_path / "f.gz").path.read_bytes() == CONTENT


def test_a_wrong_checksum_is_refused_and_nothing_stays(server: Server, tmp_path: Path) -> None:
    url = server.put(CONTENT, etag=ETAG)
    with pytest.raises(
        FetchError, match=rf"127.0.0.1: sha256 of f.gz is {hashlib.sha256(CONTENT).hexdigest()}, must be 00"
    ):
        fetch(url, tmp_path / "f.gz", sha256="00" * 32)
    assert left_over(tmp_path) == set()
    assert fetch(url, tmp_path / "f.gz", sha256=hashlib.sha256(CONTENT).hexdigest().upper()).how is How.NEW


def test_parts_that_do_not_fit_are_begun_anew(server: Server, tmp_path: Path) -> None:
    # The server keeps the ETag of another file: what was joined has a wrong hash.
    url = server.put(b"\x1f\x8b" + CONTENT[:200_000][::-1], etag=ETAG, cuts=[100_000, 0, 0])
    with pytest.raises(FetchError):
        fetch(url, tmp_path / "f.gz")
    server.put(CONTENT, etag=ETAG)
    assert fetch(url, tmp_path / "f.gz", sha256=hashlib.sha256(CONTENT).hexdigest()).path.read_bytes() == CONTENT


@pytest.mark.parametrize("kind", [Kind.ZIP, Kind.GZIP, Kind.JSON, Kind.CSV, Kind.TEXT])
@pytest.mark.parametrize("page", [PAGE, PAGE + b" " * 5_000], ids=["short", "long"])
def test_a_web_page_with_status_200_is_refused(server: Server, tmp_path: Path, kind: Kind, page: bytes) -> None:
    url = server.put(page, content_type="text/html")
    with pytest.raises(
        FetchError, match=r"127\.0\.0\.1: sent a web page \('Missing Key'\) in place of .*; nothing was taken"
    ):
        fetch(url, tmp_path / "f", kind)
    assert left_over(tmp_path) == set()
    assert len(server.asked) == 1, "asking again would not help"


@pytest.mark.parametrize(
    ("content", "kind", "what"),
    [
        (b"", Kind.JSON, "an empty file"),
        (b"  \n", Kind.CSV, "an empty file"),
        (b"error: no", Kind.JSON, "something that is not JSON"),
        (b'{"error": true}', Kind.CSV, r"something that is not a table \(CSV\)"),
        (b"PK\x05\x06" + b"\0" * 18, Kind.ZIP, "something that is not a zip file"),
        (b"a,b\n1,\0\n", Kind.CSV, r"something that is not a table \(CSV\)"),
    ],
)
def test_other_content_is_named(server: Server, tmp_path: Path, content: bytes, kind: Kind, what: str) -> None:
    with pytest.raises(FetchError, match=f"sent {what} .*; nothing was taken"):
        fetch(server.put(content), tmp_path / "f", kind)


def test_gzip_cut_short_where_no_length_is_told_is_found(server: Server, tmp_path: Path) -> None:
    url = server.put(CONTENT, with_length=False, cuts=[150_000, 150_000, 150_000])
    with pytest.raises(FetchError, match=r"sent a gzip file that is cut short or damaged .*3 times in a row"):
        fetch(url, tmp_path / "f.gz")
    assert left_over(tmp_path) == set()
    assert fetch(url, tmp_path / "f.gz").path.read_bytes() == CONTENT


def test_a_damaged_member_of_a_zip_is_found(server: Server, tmp_path: Path) -> None:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        archive.writestr("stops.txt", "stop_id\nA\n")
    damaged = whole.getvalue().replace(b"stop_id\nA", b"stop_id\nB")
    with pytest.raises(FetchError, match=r"stops\.txt is damaged"):
        fetch(server.put(damaged), tmp_path / "f.zip", Kind.ZIP)
    assert fetch(server.put(whole.getvalue()), tmp_path / "f.zip", Kind.ZIP).how is How.NEW


def test_json_cut_short_is_found(server: Server, tmp_path: Path) -> None:
    with pytest.raises(FetchError, match="sent JSON that is cut short or damaged"):
        fetch(server.put(b'{"features": [', with_length=False), tmp_path / "f.json", Kind.JSON)


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_busy_server_is_asked_again_after_longer_and_longer_waits(
    server: Server, tmp_path: Path, status: int
) -> None:
    waits = Waits()
    fetch(server.put(CONTENT, statuses=[status, status]), tmp_path / "f.gz", waits=waits)
    assert waits == [0.5, 1.0]


def test_the_wait_a_server_asks_for_is_kept(server: Server, tmp_path: Path) -> None:
    waits = Waits()
    fetch(server.put(CONTENT, statuses=[429, 503], retry_after="7"), tmp_path / "f.gz", waits=waits)
    assert waits == [7.0, 7.0]


def test_a_wait_that_is_too_long_is_told(server: Server, tmp_path: Path) -> None:
    url = server.put(CONTENT, statuses=[429], retry_after="3600")
    waits = Waits()
    with pytest.raises(
        FetchError, match=r"answered 429 \(too many requests\) and asks to wait 3,600 s; run it again then"
    ):
        fetch(url, tmp_path / "f.gz", waits=waits)
    assert waits == []


def test_a_server_that_stays_away_is_given_up(server: Server, tmp_path: Path) -> None:
    url = server.put(CONTENT, statuses=[503] * 9)
    with pytest.raises(FetchError, match=r"127\.0\.0\.1: answered 503 \(not available for now\), 3 times in a row; "):
        fetch(url, tmp_path / "f.gz")
    assert len(server.asked) == 3


@pytest.mark.parametrize(
    ("status", "what"),
    [(404, r"has no /file \(404\): .*moved"), (403, r"refuses to give f\.gz \(403\)"), (400, r"answered 400")],
)
def test_what_will_not_help_is_not_tried_again(server: Server, tmp_path: Path, status: int, what: str) -> None:
    with pytest.raises(FetchError, match=what):
        fetch(server.put(CONTENT, statuses=[status]), tmp_path / "f.gz")
    assert len(server.asked) == 1


def test_a_server_that_falls_asleep_is_left(server: Server, tmp_path: Path) -> None:
    url = server.put(CONTENT, etag=ETAG, stall_after=10_000)
    params = DownloadParams(read_s=0.2, n_tries=2)
    with pytest.raises(FetchError, match=r"sent nothing for 0\.2 s after 0\.0 of"):
        fetch(url, tmp_path / "f.gz", params=params)
    assert (tmp_path / "f.gz.part").stat().st_size >= 10_000, "what came is kept"


def test_redirects_are_followed_but_not_for_ever(server: Server, tmp_path: Path) -> None:
    server.put(CONTENT)
    server.put(b"", "/moved", location="/file")
    assert fetch(server.url("/moved"), tmp_path / "f.gz").path.read_bytes() == CONTENT
    server.put(b"", "/round", location="/round")
    with pytest.raises(FetchError, match="sends on from address to address more than 5 times"):
        fetch(server.url("/round"), tmp_path / "g.gz")
    assert [path for path, _ in server.asked].count("/round") == 6, "once, and five redirects"


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://127.0.0.1/f"])
def test_redirects_away_from_http_are_refused(server: Server, tmp_path: Path, target: str) -> None:
    with pytest.raises(FetchError, match="not http or https"):
        fetch(server.put(b"", "/away", location=target), tmp_path / "f.gz")
    assert left_over(tmp_path) == set()


@pytest.fixture
def safe_server(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Server:
    """Return a server with https and a certificate of its own, which this machine trusts for the test."""
    program = shutil.which("openssl")
    if program is None:
        if os.environ.get("CI"):
            pytest.fail("openssl is missing: the https tests may not be left out here")
        pytest.skip("needs the program openssl to make a certificate")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    made = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    made += ["-addext", "subjectAltName=DNS:localhost", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run([program, *made], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    return server


def test_https_is_used_and_never_left_for_http(
    safe_server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = f"https://localhost:{safe_server.server_address[1]}"
    safe_server.put(CONTENT)
    assert fetch(f"{address}/file", tmp_path / "f.gz").how is How.NEW
    with running_server() as open_server:
        safe_server.put(b"", "/down", location=open_server.put(CONTENT))
        with pytest.raises(FetchError, match="sends on from https to http, where anybody between may change the data"):
            fetch(f"{address}/down", tmp_path / "g.gz")
    assert not (tmp_path / "g.gz").exists()
    monkeypatch.delenv("SSL_CERT_FILE")
    with pytest.raises(FetchError, match="localhost: its certificate cannot be trusted"):
        fetch(f"{address}/file", tmp_path / "h.gz")


@pytest.mark.parametrize("with_length", [True, False])
def test_a_file_that_is_too_large_is_refused(server: Server, tmp_path: Path, with_length: bool) -> None:
    url = server.put(CONTENT, with_length=with_length)
    with pytest.raises(FetchError, match=r"f\.gz has (more than 100,000|\d{3},\d{3}) bytes"):
        fetch(url, tmp_path / "f.gz", params=DownloadParams(max_bytes=100_000))
    assert left_over(tmp_path) == set()


def test_an_answer_packed_on_the_way_is_unpacked(server: Server, tmp_path: Path) -> None:
    text = json.dumps([["NAME"], ["x" * 3000]]).encode()
    url = server.put(gzip.compress(text), encoding="gzip")
    assert fetch(url, tmp_path / "f.json", Kind.JSON).path.read_bytes() == text


def test_nobody_listening_is_told_with_the_host(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(FetchError, match=r"127\.0\.0\.1: cannot be connected to, 3 times in a row"):
        fetch(f"http://127.0.0.1:{port}/f", tmp_path / "f.gz")


def test_an_unknown_host_is_told(tmp_path: Path) -> None:
    with pytest.raises(FetchError, match=r"nowhere\.invalid: is not known: no such name, or no internet connection"):
        fetch("https://nowhere.invalid/f", tmp_path / "f.gz")


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://host/f", "host/f", "https://", "http://[::1/f"])
def test_only_http_addresses_are_taken(tmp_path: Path, url: str) -> None:
    with pytest.raises(InputError, match="is not an address"):
        fetch(url, tmp_path / "f")


def test_a_disk_that_refuses_is_told(server: Server, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file where a folder should be")
    with pytest.raises(StorageError, match="cannot be written"):
        fetch(server.put(CONTENT), tmp_path / "taken" / "f.gz")


def test_keys_are_never_shown(server: Server, tmp_path: Path) -> None:
    assert (
        shown_url("https://me:secret@host/data?get=A,B&for=tract:*&key=SECRET")
        == "https://host/data?get=A,B&for=tract:*&key=..."
    )
    url = server.put(b"[1]", etag=ETAG) + "?key=SECRET"
    fetch(url, tmp_path / "f.json", Kind.JSON)
    assert "SECRET" not in (tmp_path / "f.json.source.json").read_text()
    server.put(PAGE)
    with pytest.raises(FetchError) as caught:
        fetch(url, tmp_path / "g.json", Kind.JSON)
    assert "SECRET" not in str(caught.value)
