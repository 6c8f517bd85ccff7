"""
A piece of a page whose HTML is rendered in Python from a template with autoescape; its buttons and fields send messages.

From the browser (`frontend/src/fragment.ts`):

    {"type": "action", "action", "value"}      a button with data-action was pressed
    {"type": "field", "field", "value"}        a field with data-field has a new value
    {"type": "upload", "name", "size", "text", "base64"} a file was chosen; both are empty if it is larger than 1 MB,
                                               one of them otherwise: `base64` for files that are not text
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass

import param

from workbench.app.components.bundle import DIST, BundledComponent

__all__ = ["MAX_UPLOAD_BYTES", "Fragment", "Upload"]

MAX_UPLOAD_BYTES = 1_000_000
MAX_TEXT = 500
"""Longest value of a field or a button, characters; whatever is longer is cut."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file somebody chose."""

    name: str
    n_bytes: int
    text: str
    data: bytes = b""
    """What is in a file that is not text."""


class Fragment(BundledComponent):
    """HTML from Python. `html` must come from a template that escapes, never from a person."""

    html = param.String(default="")

    _bundle = DIST / "fragment.js"

    def __init__(self, **params: object) -> None:
        super().__init__(**params)
        self.on_action: Callable[[str, str], None] | None = None
        """Called with the action and its value, both unchecked text."""
        self.on_field: Callable[[str, str], None] | None = None
        self.on_upload: Callable[[Upload], None] | None = None

    def _handle_msg(self, data: object) -> None:
        if not isinstance(data, Mapping):
            return
        match data.get("type"):
            case "action" if self.on_action:
                self.on_action(_text(data, "action"), _text(data, "value"))
            case "field" if self.on_field:
                self.on_field(_text(data, "field"), _text(data, "value"))
            case "upload" if self.on_upload:
                self.on_upload(_upload(data))

    def download(self, name: str, text: str) -> None:
        """Hand a file to the person."""
        self._send_msg({"type": "download", "name": name, "text": text})


def _text(data: Mapping[str, object], name: str) -> str:
    value = data.get(name)
    return value[:MAX_TEXT] if isinstance(value, str) else ""


def _upload(data: Mapping[str, object]) -> Upload:
    text, size = data.get("text"), data.get("size")
    text = text if isinstance(text, str) else ""
    n_bytes = max(size if isinstance(size, int) else 0, len(text.encode(errors="replace")))
    packed = data.get("base64")
    content = b""
    if isinstance(packed, str) and len(packed) <= 2 * MAX_UPLOAD_BYTES:
        with suppress(binascii.Error, ValueError):
            content = base64.b64decode(packed, validate=True)
    return Upload(_text(data, "name"), max(n_bytes, len(content)), text, content)
