"""Is a downloaded file what it should be? The file in, what is wrong with it in words (or None) out."""

from __future__ import annotations

import gzip
import html
import json
import re
import zipfile
import zlib
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

__all__ = ["MAX_UNPACKED_BYTES", "Fault", "Kind", "find_fault"]

_FIRST_BYTES = 2048
MAX_UNPACKED_BYTES = 4 << 30
"""Most a zip or a gzip file may unpack to, bytes."""
_MAX_MEMBERS = 10_000
_CHUNK = 1 << 20


class Kind(StrEnum):
    """What a source sends."""

    CSV = "csv"
    GZIP = "gzip"
    JSON = "json"
    TEXT = "text"
    ZIP = "zip"


_NOT_TEXT = (b"<", b"{", b"\x1f\x8b", b"PK\x03\x04")
_BEGINS = {Kind.ZIP: (b"PK\x03\x04",), Kind.GZIP: (b"\x1f\x8b",), Kind.JSON: (b"{", b"[")}


@dataclass(frozen=True, slots=True)
class Fault:
    """What was sent in place of a file."""

    words: str
    """To stand after "sent ..."."""
    is_damage: bool = False
    """True if it is the file, but cut short or damaged: asking again may help."""


def find_fault(path: Path, kind: Kind) -> Fault | None:
    """
    Tell what is wrong with a file: something else, such as a page for people, cut short, damaged, or too large unpacked.

    Text and tables have no mark at their end, so that of them only the beginning can be checked.
    """
    with path.open("rb") as file:
        first = file.read(_FIRST_BYTES)
    if not _begins_right(first, kind):
        return Fault(_other_thing(first, kind))
    try:
        if kind is Kind.ZIP:
            return _zip_fault(path)
        if kind is Kind.GZIP:
            return _gzip_fault(path)
        if kind is Kind.JSON:
            json.loads(path.read_bytes())
    except (
        ValueError,
        EOFError,
        OSError,
        zlib.error,
        zipfile.BadZipFile,
        NotImplementedError,
        RecursionError,
    ) as error:
        return Fault(f"{_name(kind)} that is cut short or damaged ({_one_line(str(error))})", is_damage=True)
    return None


def _begins_right(first: bytes, kind: Kind) -> bool:
    if kind in (Kind.ZIP, Kind.GZIP):
        return first.startswith(_BEGINS[kind])
    begins = _without_mark(first)
    if kind is Kind.JSON:
        return begins.startswith(_BEGINS[kind])
    return bool(begins) and not begins.startswith(_NOT_TEXT) and b"\0" not in first


def _other_thing(first: bytes, kind: Kind) -> str:
    begins = _without_mark(first)
    if not begins:
        return "an empty file"
    if begins.startswith(b"<"):
        return f"a web page{_title(begins)} in place of {_name(kind)}"
    return f"something that is not {_name(kind)}"


def _without_mark(first: bytes) -> bytes:
    """Return the beginning without byte order mark and blanks."""
    return first.removeprefix(b"\xef\xbb\xbf").lstrip()


def _zip_fault(path: Path) -> Fault | None:
    with zipfile.ZipFile(path) as archive:
        members = archive.infolist()
        unpacked = sum(member.file_size for member in members)
        if len(members) > _MAX_MEMBERS or unpacked > MAX_UNPACKED_BYTES:
            found = f"a zip of {len(members):,} files and {unpacked:,} bytes unpacked"
            return Fault(f"{found}, must be at most {_MAX_MEMBERS:,} files and {MAX_UNPACKED_BYTES:,} bytes")
        damaged = archive.testzip()
    return None if damaged is None else Fault(f"a zip file whose {_one_line(damaged)} is damaged", is_damage=True)


def _gzip_fault(path: Path) -> Fault | None:
    unpacked = 0
    with gzip.open(path) as file:
        while chunk := file.read(_CHUNK):
            unpacked += len(chunk)
            if unpacked > MAX_UNPACKED_BYTES:
                return Fault(f"a gzip file of more than {MAX_UNPACKED_BYTES:,} bytes unpacked")
    return None


def _name(kind: Kind) -> str:
    return {
        Kind.CSV: "a table (CSV)",
        Kind.GZIP: "a gzip file",
        Kind.JSON: "JSON",
        Kind.TEXT: "a text file",
        Kind.ZIP: "a zip file",
    }[kind]


def _title(page: bytes) -> str:
    found = re.search(rb"<(?:title|h1)[^>]*>(.*?)</", page, re.DOTALL | re.IGNORECASE)
    title = _one_line(html.unescape(found[1].decode("utf-8", "replace"))) if found else ""
    return f" ({title!r})" if title else ""


def _one_line(text: str) -> str:
    """Return text from outside as one short line without control characters."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())[:80]
