"""
The tables of one GTFS feed as bytes: from a zip, from a zip with one folder in it, or from a folder of .txt files.

Only tables asked for are opened, by exact name; bytes are counted while they are unpacked; nothing is written to disk.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from workbench.city.defect import Defect
from workbench.errors import InputError

__all__ = ["UTF16_MARKS", "FeedFiles", "decode_table", "hash_feed", "open_feed"]

MAX_TABLE_BYTES = 1 << 30
"""Largest table we unpack, bytes; the largest of the MTA has 153 MB."""
MAX_FEED_BYTES = 3 << 30
"""Largest feed we unpack, bytes."""
UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
"""How a table in UTF-16 starts."""
_CHUNK_BYTES = 1 << 22


@dataclass(frozen=True, eq=False)
class FeedFiles:
    """An open feed: where each table is."""

    path: Path
    members: Mapping[str, str]
    """Table name without `.txt` -> its name in the zip or folder."""
    archive: zipfile.ZipFile | None
    defects: tuple[Defect, ...] = ()

    def read(self, name: str) -> bytes:
        """Return one table, counting bytes as they come: the size a zip claims is not believed."""
        member = self.members[name]
        unpacked = io.BytesIO()
        with self.archive.open(member) if self.archive else (self.path / member).open("rb") as source:
            while chunk := source.read(_CHUNK_BYTES):
                if unpacked.tell() + len(chunk) > MAX_TABLE_BYTES:
                    raise InputError(f"{self.path.name}: {name}.txt unpacks to more than {MAX_TABLE_BYTES:,} bytes")
                unpacked.write(chunk)
        return unpacked.getvalue()


@contextmanager
def open_feed(path: Path, *, feed_id: str) -> Iterator[FeedFiles]:
    """
    Open a GTFS zip, or a folder with its tables.

    Raises
    ------
    InputError
        If there is nothing, if it is too large, or no zip: then it says what it is instead.
    """
    if path.is_dir():
        names = sorted(file.name for file in path.glob("*.txt") if file.is_file())
        yield FeedFiles(path, {name.removesuffix(".txt"): name for name in names}, None)
        return
    if not path.is_file():
        raise InputError(f"{path.name}: GTFS feed not found in {path.parent}")
    try:
        with zipfile.ZipFile(path) as archive:
            total = sum(info.file_size for info in archive.infolist())
            if total > MAX_FEED_BYTES:
                raise InputError(f"{path.name}: unpacks to {total:,} bytes, must be at most {MAX_FEED_BYTES:,}")
            yield FeedFiles(path, *_members(archive, feed_id))
    except zipfile.BadZipFile as error:
        raise InputError(f"{path.name}: is not a readable zip ({_what_it_is(path) or error})") from error
    except (RuntimeError, NotImplementedError) as error:  # a password, or a way to pack that Python does not know
        raise InputError(f"{path.name}: cannot be unpacked ({error})") from error


def hash_feed(path: Path) -> str:
    """Return the sha256 of a zip, or of the names and contents of a folder's tables."""
    if not path.is_dir():
        with path.open("rb") as source:
            return hashlib.file_digest(source, "sha256").hexdigest()
    digest = hashlib.sha256()
    for file in sorted(path.glob("*.txt")):
        digest.update(f"{file.name} {hashlib.sha256(file.read_bytes()).hexdigest()}\n".encode())
    return digest.hexdigest()


def decode_table(content: bytes) -> tuple[bytes, str]:
    """Return a table as UTF-8, and the name of the encoding it had if it was another one."""
    if content.startswith(UTF16_MARKS):
        return content.decode("utf-16", errors="replace").encode(), "UTF-16"
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace").encode(), "Windows-1252"
    return content, ""


def _members(archive: zipfile.ZipFile, feed_id: str) -> tuple[dict[str, str], zipfile.ZipFile, tuple[Defect, ...]]:
    """Find the tables: at the root, as GTFS asks, or all in one folder."""
    names = [PurePosixPath(name) for name in archive.namelist() if name.endswith(".txt")]
    folders = {name.parent for name in names if name.name == "stop_times.txt" and "__MACOSX" not in name.parts}
    root = PurePosixPath(".")
    folder = next(iter(folders)) if len(folders) == 1 and root not in folders else root
    members = {name.stem: str(name) for name in names if name.parent == folder}
    if folder == root:
        return members, archive, ()
    what = f"feed whose tables lie in the folder {str(folder)!r} of the zip, not at its root: read there"
    return members, archive, (Defect("feed-in-a-folder", 1, what, feed_id),)


def _what_it_is(path: Path) -> str:
    """Say what a file is that should be a zip; empty if it looks like nothing known."""
    with path.open("rb") as source:
        start = source.read(512)
    if not start:
        return "it is empty"
    if start.startswith(b"PK"):
        return "it is cut short or damaged: fetch it again"
    text = start.decode("utf-8", errors="replace").lstrip("\ufeff \r\n\t").lower()
    if text.startswith(("<!doctype", "<html", "<?xml", "<head")):
        return "it is a web page: the download failed, fetch it again"
    if text.startswith(("{", "[")):
        return "it is JSON"
    if "\ufffd" not in text and "," in text.splitlines()[0]:
        return "it is a text table: name the folder it lies in, or a zip of all tables"
    return ""
