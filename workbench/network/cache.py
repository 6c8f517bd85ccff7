"""The cache folder: what is in it, what nobody needs any more, and cleaning it without touching what is in use.

`base/<city>-<window>-<hash>/` holds the travel times of one city, window and set of parameters; `without/*/` inside it
the patches: the same without some routes.
"""

from __future__ import annotations

import json
import logging
import os
import shutil
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

from filelock import FileLock, Timeout

from workbench.city.city import City
from workbench.network.base import BASE_FORMAT
from workbench.network.params import SearchParams, Window

try:
    import fcntl
except ImportError:  # Windows has none, and refuses by itself to delete files that are mapped
    fcntl = None  # type: ignore[assignment]

__all__ = [
    "KEEP_DAYS",
    "MAX_PATCH_BYTES",
    "CacheEntry",
    "clean_cache",
    "hold_folder",
    "list_cache",
    "mark_used",
]

logger = logging.getLogger(__name__)

KEEP_DAYS = 30.0
"""A base of another city version, format or set of parameters goes when nobody has used it for so many days."""
MAX_PATCH_BYTES = 2_000_000_000
"""All patches together may take so much; beyond it those go first that were not used for longest."""
_DAY_S = 86_400.0
_held: dict[Path, int] = {}
"""Descriptors of the marks this process holds, until it ends."""
_held_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class CacheEntry:
    """One folder of the cache."""

    kind: str
    """`base` or `patch`."""
    path: Path
    label: str
    """What it holds, in words."""
    n_bytes: int
    """Its own files; for a base without those of its patches."""
    idle_days: float
    """Since it was last used."""
    is_in_use: bool
    """Whether a process works on it or has it open."""
    is_current: bool
    """Whether it belongs to this version of the city and the usual parameters (a patch: whether its base does)."""
    is_stale: bool
    """Whether cleaning would remove it."""


def hold_folder(folder: Path) -> None:
    """Note that a folder was used now, and that this process has it open until it ends."""
    (folder / "last_used").touch()
    with _held_lock:
        for gone in [held for held in _held if not held.exists()]:
            os.close(_held.pop(gone))
        if fcntl is None or folder in _held:
            return
        mark = os.open(folder / "in_use", os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(mark, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:  # it is being cleaned this very moment, or the disk knows no locks: who opens it will see
            os.close(mark)
            return
        _held[folder] = mark


def mark_used(folder: Path, city: City, window: Window, params: SearchParams) -> None:
    """Note that a base was used now, and what is in it."""
    about = {
        "format": BASE_FORMAT,
        "city": city.name,
        "version": city.version,
        "window": window.label,
        "params": asdict(params),
    }
    text = json.dumps(about, sort_keys=True)
    path = folder / "about.json"
    if not path.exists() or path.read_text() != text:
        draft = folder / "about.json.part"
        draft.write_text(text)
        draft.replace(path)
    hold_folder(folder)


def list_cache(
    cache_dir: Path,
    *,
    current_versions: Sequence[str] = (),
    keep_days: float = KEEP_DAYS,
    max_patch_bytes: int = MAX_PATCH_BYTES,
) -> tuple[CacheEntry, ...]:
    """
    Return every folder of the cache, largest first, and whether cleaning would remove it. Nothing is changed.

    Parameters
    ----------
    cache_dir
        The workbench's cache folder.
    current_versions
        `City.version` of the cities in use: their bases with the usual parameters always stay.
    keep_days
        How long other bases stay after their last use.
    max_patch_bytes
        How much all patches together may take.
    """
    bases = [folder for folder in sorted(_folders(cache_dir / "base")) if _is_base(folder)]
    entries = [_base_entry(folder, current_versions, keep_days) for folder in bases]
    patches = [_patch_entry(folder, base) for base in entries for folder in sorted(_folders(base.path / "without"))]
    left = max_patch_bytes
    for patch in sorted(patches, key=lambda entry: (entry.idle_days, entry.path)):
        left -= patch.n_bytes
        too_much = left < 0 and not patch.is_in_use
        entries.append(_with_stale(patch, patch.is_stale or too_much))
    return tuple(sorted(entries, key=lambda entry: (-entry.n_bytes, entry.path)))


def clean_cache(
    cache_dir: Path,
    *,
    current_versions: Sequence[str] = (),
    keep_days: float = KEEP_DAYS,
    max_patch_bytes: int = MAX_PATCH_BYTES,
) -> tuple[CacheEntry, ...]:
    """Remove what `list_cache` calls stale, but nothing that is in use by then; returns what was removed."""
    entries = list_cache(
        cache_dir, current_versions=current_versions, keep_days=keep_days, max_patch_bytes=max_patch_bytes
    )
    stale = [entry for entry in entries if entry.is_stale]
    removed = [entry for entry in sorted(stale, key=lambda entry: entry.kind, reverse=True) if _remove(entry)]
    for entry in removed:
        logger.info(
            "removed from the cache: %s, %.2f GB, unused for %.0f days",
            entry.label,
            entry.n_bytes / 1e9,
            entry.idle_days,
        )
    return tuple(removed)


def _folders(folder: Path) -> Iterator[Path]:
    """Yield the folders in a folder; nothing if it is not there."""
    if folder.is_dir():
        yield from (path for path in folder.iterdir() if path.is_dir() and not path.is_symlink())


def _is_base(folder: Path) -> bool:
    """Tell our folders from anything else somebody keeps there."""
    return any((folder / name).exists() for name in ("progress.json", "travel.u16"))


def _base_entry(folder: Path, current_versions: Sequence[str], keep_days: float) -> CacheEntry:
    about = _read_json(folder / "about.json")
    is_usual = about.get("format") == BASE_FORMAT and about.get("params") == asdict(SearchParams())
    is_current = is_usual and about.get("version") in current_versions
    idle_days = _idle_days(folder)
    in_use = _is_in_use(folder) or any(_is_in_use(patch) for patch in _folders(folder / "without"))
    label = f"{about['city']}, {about['window']}" if {"city", "window"} <= set(about) else folder.name
    if about and about.get("version") not in current_versions:
        label += f", city version {about.get('version')}"
    stale = not is_current and not in_use and idle_days > keep_days
    return CacheEntry("base", folder, label, _size(folder), idle_days, in_use, is_current, stale)


def _patch_entry(folder: Path, base: CacheEntry) -> CacheEntry:
    routes = _read_json(folder / "routes.json").get("route_ids")
    named = ", ".join(map(str, routes[:5])) if isinstance(routes, list) else folder.name
    return CacheEntry(
        "patch", folder, f"{base.label}, without {named}", _size(folder), _idle_days(folder), _is_in_use(folder),
        base.is_current, base.is_stale,
    )  # fmt: skip


def _with_stale(entry: CacheEntry, is_stale: bool) -> CacheEntry:
    values = {name: getattr(entry, name) for name in CacheEntry.__slots__}
    return CacheEntry(**{**values, "is_stale": is_stale})


def _read_json(path: Path) -> dict[str, object]:
    """Return what a small file of ours says; nothing if it is missing or damaged."""
    try:
        content = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def _idle_days(folder: Path) -> float:
    """Return the days since the last use: of the mark, or of the youngest file where there is no mark."""
    mark = folder / "last_used"
    paths = [mark] if mark.exists() else [folder, *folder.glob("*")]
    return max(0.0, (time.time() - max(path.stat().st_mtime for path in paths)) / _DAY_S)


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.iterdir() if path.is_file())


def _is_in_use(folder: Path) -> bool:
    """Tell whether a process computes in the folder or has it open."""
    with _alone(folder) as is_alone:
        return not is_alone


@contextmanager
def _alone(folder: Path) -> Iterator[bool]:
    """Hold both locks of a folder if nobody else does, and tell whether that is so."""
    opened: IO[bytes] | None = None
    work = FileLock(folder / "lock")
    try:
        work.acquire(timeout=0)
    except Timeout:
        yield False
        return
    try:
        is_alone = True
        if fcntl is not None and (folder / "in_use").exists():
            opened = (folder / "in_use").open("ab")
            try:
                fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                is_alone = False
        yield is_alone
    finally:
        if opened is not None:
            opened.close()
        work.release()


def _remove(entry: CacheEntry) -> bool:
    """Remove a folder that nobody uses; the record of progress goes first, so that half a folder is never believed."""
    with _alone(entry.path) as is_alone:
        if not is_alone:
            return False
        try:
            (entry.path / "progress.json").unlink(missing_ok=True)
            shutil.rmtree(entry.path)
        except OSError as error:
            logger.warning("%s could not be removed from the cache: %s", entry.path, error)
            return False
    return True
