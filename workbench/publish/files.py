"""Puts a published site on the disk: all files or none, a manifest with every checksum, tables safe in a spreadsheet."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from workbench.errors import InputError, StorageError

__all__ = ["MANIFEST", "render_csv", "render_json", "write_site"]

MANIFEST = "manifest.json"
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""A text cell that starts so would be run as a formula by a spreadsheet."""


def render_csv(header: Sequence[str], rows: Iterable[Sequence[str | float | int | None]]) -> str:
    """Return a table as CSV; text that could start a formula gets an apostrophe before it, numbers stay numbers."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\r\n")
    table.writerow([_cell(name) for name in header])
    table.writerows([[_cell(value) for value in row] for row in rows])
    return text.getvalue()


def render_json(value: object) -> str:
    """Return JSON that people can read and that is the same every time."""
    return json.dumps(value, ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def write_site(out_dir: Path, files: Mapping[str, str], *, about: Mapping[str, object]) -> int:
    """
    Write all files of a site with its manifest and return their size in bytes.

    The site is built beside its place and moved there when it is complete, so that a failure leaves what was there. A
    folder that holds something else than a published site is not touched.

    Parameters
    ----------
    out_dir
        The folder; made if it is missing, replaced if it holds an older site.
    files
        Path inside the folder -> content.
    about
        What the manifest says besides the files.

    Raises
    ------
    InputError
        If `out_dir` is a file, or a folder with other things in it.
    StorageError
        If the disk refuses.
    """
    out_dir = out_dir.resolve()
    _require_place(out_dir)
    contents = {name: text.encode("utf-8") for name, text in sorted(files.items())}
    listed = {
        name: {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        for name, content in contents.items()
    }
    contents[MANIFEST] = render_json({**about, "files": listed}).encode("utf-8")
    try:
        out_dir.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{out_dir.name}-", dir=out_dir.parent) as space:
            site = Path(space) / "site"
            for name, content in contents.items():
                path = site / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
            _exchange(site, out_dir, before=Path(space) / "before")
    except OSError as error:
        raise StorageError(f"{out_dir}: the site cannot be written ({error.strerror})") from error
    return sum(len(content) for content in contents.values())


def _require_place(out_dir: Path) -> None:
    """Raise unless the folder is missing, empty, or an older site."""
    if out_dir.exists() and not out_dir.is_dir():
        raise InputError(f"{out_dir} is a file, must be a folder")
    if out_dir.is_dir() and any(out_dir.iterdir()) and not _is_site(out_dir):
        raise InputError(f"{out_dir} holds other files, must be empty or hold a published site")


def _exchange(site: Path, out_dir: Path, *, before: Path) -> None:
    """Put the new site in the place of the old one; if that fails, put the old one back."""
    if not out_dir.exists():
        site.replace(out_dir)
        return
    out_dir.replace(before)
    try:
        site.replace(out_dir)
    except OSError:
        before.replace(out_dir)
        raise


def _is_site(folder: Path) -> bool:
    """Return whether a folder holds a site of ours and nothing else."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        ours = {*manifest["files"], MANIFEST} if manifest["made_by"].startswith("Assembly Lines") else set()
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return False
    found = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir()}
    return found <= ours


def _cell(value: str | float | int | None) -> str | float | int:
    if value is None:
        return ""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
