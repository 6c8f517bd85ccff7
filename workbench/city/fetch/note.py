"""What is kept beside a downloaded file: where it came from, and what names its version."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

__all__ = ["Note", "hash_file", "read_note", "shown_url", "write_note"]

_SECRETS = frozenset({"key", "token", "api_key", "apikey", "$$app_token"})


@dataclass(frozen=True, slots=True)
class Note:
    """Kept beside a file, to ask the server whether it changed, or for the rest of it."""

    url: str
    etag: str = ""
    last_modified: str = ""
    sha256: str = ""
    n_bytes: int = 0

    @property
    def validator(self) -> str:
        """What `If-Range` may name: a strong ETag, else the date; blank if the server gave neither."""
        return self.etag if self.etag and not self.etag.startswith("W/") else self.last_modified


def shown_url(url: str) -> str:
    """Return an address without what is secret in it: keys, names and passwords."""
    parts = urlsplit(url)
    query = [(name, "..." if name.lower() in _SECRETS else value) for name, value in parse_qsl(parts.query, True)]
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, host, parts.path, urlencode(query, safe="$*:,()."), ""))


def hash_file(path: Path) -> str:
    """Return the sha256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_note(path: Path, url: str) -> Note | None:
    """Return the note if it is there, whole, and about this address."""
    try:
        note = Note(**json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None
    return note if note.url == url else None


def write_note(path: Path, note: Note) -> None:
    """Write a note."""
    path.write_text(json.dumps(asdict(note), indent=1) + "\n", encoding="utf-8")
