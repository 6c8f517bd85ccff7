"""What is computed from a city alone, kept in the cache folder between runs: arrays in, the same arrays out.

A file is named by everything that decides its content: the city's version, the parameters, and the source code that
computes it, so that no change of ours can meet numbers of before. Files may be deleted at any time.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import sys
import threading
import zipfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from workbench.city.city import City

__all__ = ["KEEP_FILES", "derived_arrays"]

Arrays = Mapping[str, npt.NDArray[Any]]

logger = logging.getLogger(__name__)

KEEP_FILES = 12
"""Files of one kind that stay for a city, the newest: five windows, a few parameters, two versions of the code."""


def derived_arrays(
    city: City, kind: str, parameters: object, *, made_by: Sequence[str], build: Callable[[], Arrays]
) -> Arrays:
    """
    Return the arrays that `build` makes, from the city's cache folder if they are there already.

    A city without a cache folder keeps nothing. A file that is missing or damaged is made anew; a folder that cannot be
    written costs time, never a number, so it is only logged.

    Parameters
    ----------
    city
        What the arrays are derived from; told apart by `City.version`.
    kind
        A short name, part of the file's name.
    parameters
        Everything else that decides the arrays, as plain values that JSON can hold.
    made_by
        Modules whose source decides the arrays.
    build
        Makes them.
    """
    if city.cache_dir is None:
        return build()
    folder = city.cache_dir / "derived"
    content = json.dumps([city.version, parameters, _source_hash(made_by)], sort_keys=True)
    stem = f"{city.city_id}-{kind}-"
    path = folder / f"{stem}{hashlib.sha256(content.encode()).hexdigest()[:16]}.npz"
    arrays = _read(path)
    if arrays is None:
        arrays = build()
        _write(path, arrays)
        _drop_oldest(folder, stem)
    return arrays


def _source_hash(modules: Sequence[str]) -> str:
    """Return a hash over the source files of modules that are loaded."""
    digest = hashlib.sha256()
    for name in modules:
        file = sys.modules[name].__file__
        assert file is not None, f"{name} has no source file"
        digest.update(Path(file).read_bytes())
    return digest.hexdigest()


def _read(path: Path) -> Arrays | None:
    """Return what a file holds; None if it is not there, cut short or damaged."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            return {name: archive[name] for name in archive.files}
    except FileNotFoundError:
        return None
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        logger.warning("%s cannot be read and is made anew: %s", path.name, error)
        return None


def _write(path: Path, arrays: Arrays) -> None:
    """Write a file in one step that cannot be half done; another process may do the same at the same time."""
    draft = path.with_suffix(f".{os.getpid()}.{threading.get_ident()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with draft.open("wb") as file:
            np.savez(file, **arrays)  # type: ignore[arg-type]  # numpy's hints take any keyword for `allow_pickle`
        draft.replace(path)
    except OSError as error:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
        logger.warning("%s cannot be kept, so that the next start is slower: %s", path, error.strerror or error)


def _drop_oldest(folder: Path, stem: str) -> None:
    """Remove all but the newest files of one kind; whoever reads one keeps it open."""
    try:
        files = sorted(folder.glob(f"{stem}*.npz"), key=lambda path: path.stat().st_mtime, reverse=True)
        for path in files[KEEP_FILES:]:
            path.unlink(missing_ok=True)
    except OSError as error:
        logger.warning("%s cannot be tidied: %s", folder, error.strerror or error)
