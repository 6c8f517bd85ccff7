"""Downloads all live files of a city into a folder, and tells what could not be had and what a pack lacks without it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from filelock import FileLock, Timeout

from workbench.city.fetch.addresses import LiveFile
from workbench.city.fetch.content import Kind
from workbench.city.fetch.download import Download, DownloadParams, Report, download
from workbench.city.fetch.feeds import find_feed_fault
from workbench.city.fetch.lodes import find_checksum_fault
from workbench.errors import FetchError, InputError, StorageError

__all__ = ["FetchReport", "NotFetched", "choose_files", "fetch_files"]


@dataclass(frozen=True, slots=True)
class NotFetched:
    """A file that could not be had."""

    file: LiveFile
    why: str
    skipped: bool
    """True if its host had not been reached just before, so that it was not asked."""
    kept: bool
    """True if the copy of an earlier time is still there."""

    @property
    def host(self) -> str:
        """The host that was asked."""
        return urlsplit(self.file.url).hostname or ""


@dataclass(frozen=True, slots=True)
class FetchReport:
    """What is there now, and what is not."""

    fetched: tuple[tuple[LiveFile, Download], ...]
    missing: tuple[NotFetched, ...]


def choose_files(files: Sequence[LiveFile], only: str) -> tuple[LiveFile, ...]:
    """
    Return the files of the datasets named in `only`, separated by commas; all if it is blank.

    Raises
    ------
    InputError
        If a dataset is not known.
    """
    known = list(dict.fromkeys(file.dataset for file in files))
    wanted = [name.strip() for name in only.split(",") if name.strip()] or known
    unknown = [name for name in wanted if name not in known]
    if unknown:
        raise InputError(f"{', '.join(unknown)}: not a live source; there are {', '.join(known)}")
    return tuple(file for file in files if file.dataset in wanted)


def fetch_files(
    files: Sequence[LiveFile],
    out_dir: Path,
    *,
    params: DownloadParams | None = None,
    report: Report | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> FetchReport:
    """
    Download files one after the other. What cannot be had does not stop the others; interrupting loses nothing.

    A host that cannot be reached is not asked for its other files.

    Parameters
    ----------
    files
        What to download.
    out_dir
        Folder they go to; what is there and unchanged is not sent again.
    params, report, sleep
        As `download`; the share is that of all files.

    Raises
    ------
    InputError
        If another download into this folder is running.
    StorageError
        If the disk refuses.
    """
    tell = report or (lambda _share, _text: None)
    try:
        out_dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(f"{out_dir} cannot be made: {error.strerror or error}") from error
    fetched: list[tuple[LiveFile, Download]] = []
    missing: list[NotFetched] = []
    unreachable: dict[str, str] = {}
    try:
        with FileLock(out_dir / ".fetching.lock", timeout=0):
            for number, file in enumerate(files):
                host = urlsplit(file.url).hostname or ""

                def tell_all(share: float, text: str, number: int = number) -> None:
                    tell((number + share) / len(files), text)

                is_there = (out_dir / file.path).is_file()
                if host in unreachable:
                    missing.append(NotFetched(file, unreachable[host], True, is_there))
                    continue
                try:
                    got = download(
                        file.url, out_dir / file.path, kind=file.kind, params=params, report=tell_all, sleep=sleep
                    )
                    _require_right(file, got.path, out_dir)
                    fetched.append((file, got))
                except FetchError as error:
                    if any(problem.code == "host-unreachable" for problem in error.problems):
                        unreachable[host] = str(error)
                    missing.append(NotFetched(file, str(error), False, (out_dir / file.path).is_file()))
    except Timeout as error:
        raise InputError(
            f"{out_dir}: another download into this folder is running; wait for it or name another"
        ) from error
    tell(1.0, "done")
    return FetchReport(tuple(fetched), tuple(missing))


def _require_right(file: LiveFile, path: Path, out_dir: Path) -> None:
    """Raise `FetchError`, and take the file away, if it is no feed or not what the publisher's checksum says."""
    fault = find_feed_fault(path) if file.is_feed else None
    sums = out_dir / file.checksums
    if file.checksums and sums.is_file() and file.kind is not Kind.TEXT:
        fault = find_checksum_fault(path, sums.read_text(encoding="utf-8", errors="replace"))
    if fault is not None:
        path.unlink(missing_ok=True)
        path.with_name(f"{path.name}.source.json").unlink(missing_ok=True)
        raise FetchError(f"{urlsplit(file.url).hostname}: {path.name} {fault}; nothing was taken")
