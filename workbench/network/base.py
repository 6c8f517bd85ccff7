"""The base: travel times of the whole city for one window, computed once, kept as a memory-mapped file, resumed if cut."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt
import platformdirs
from filelock import FileLock

from workbench.city.city import City
from workbench.errors import StorageError
from workbench.network.kernels.arrays import Patch
from workbench.network.network import Network, build_network
from workbench.network.params import SearchParams, Window, get_window
from workbench.network.search import percentiles_of, search_few_rides, search_origins

__all__ = [
    "MEDIAN",
    "Baseline",
    "default_cache_dir",
    "few_rides_today",
    "fill_few_rides",
    "no_patch",
    "prepare_baseline",
    "require_space",
    "time_left",
]

Report = Callable[[float, str], None]
Mapped = np.memmap[Any, np.dtype[np.uint16]]

BASE_FORMAT = 2
"""Raised whenever the engine's arithmetic or the files change: older bases are then computed anew."""
MEDIAN = 50
"""The percentile that leads everywhere."""
_CHUNK = 64
_FEW_RIDES, _FEW_RIDES_PROGRESS = "few-rides.u16", "few-rides.json"
_FEW_RIDES_CHUNK = 16
"""Origins searched at a time where somebody at the same machine may be drawing: a fraction of a second."""
_FLUSH_EVERY_S = 5.0


@dataclass(frozen=True, eq=False)
class Baseline:
    """The city before any change, for one window."""

    city: City
    window: Window
    params: SearchParams
    network: Network
    travel_s: npt.NDArray[np.uint16]
    """(n_zones, n_zones, n_departures) seconds from origin to destination by transit, read-only and memory-mapped;
    NO_MEDIAN where not reached in time. Walks wholly on foot are not in it."""
    median_s: npt.NDArray[np.uint16]
    """(n_zones, n_zones) lower median over the departures, walks wholly on foot included."""
    path: Path
    """Folder that holds the arrays."""
    patch: Patch
    """Rows that replace those of `travel_s`: none for the city as it is, some where routes were taken out."""

    def percentile_s(self, percentile: int) -> npt.NDArray[np.uint16]:
        """
        Return the travel time that this share of the departures (1 to 99 %) does not exceed: (n_zones, n_zones) seconds.

        The median is there at once; another takes about a second to find among all departures, and is then remembered.
        """
        if percentile == MEDIAN:
            return self.median_s
        known = _percentiles.setdefault(self, {})
        if percentile not in known:
            known[percentile] = percentiles_of(self.network, self.travel_s, self.patch, percentile)
            known[percentile].flags.writeable = False
        return known[percentile]

    def travel_row(self, origin: int, destination: int) -> npt.NDArray[np.uint16]:
        """Return the travel times of a pair of zone positions by departure, from door to door, seconds: (n_departures,)."""
        row, patch = self.travel_s[origin, destination], self.patch
        patched = slice(patch.indptr[origin], patch.indptr[origin + 1])
        at = np.flatnonzero(patch.zone_ix[patched] == destination)
        if len(at):
            row = patch.travel_s[patched][at[0]]
        return np.asarray(np.minimum(row, self.network.walk_s[origin, destination]))


_percentiles: WeakKeyDictionary[Baseline, dict[int, npt.NDArray[np.uint16]]] = WeakKeyDictionary()


def default_cache_dir() -> Path:
    """Return this user's cache folder for the workbench."""
    return platformdirs.user_cache_path("workbench")


def prepare_baseline(
    city: City,
    window_id: str = "weekday-am",
    params: SearchParams | None = None,
    *,
    cache_dir: Path | None = None,
    report: Report | None = None,
) -> Baseline:
    """
    Return the baseline of a city, computing its travel times if they are not in the cache yet.

    The files are named by the content of the city, the window and the parameters. Work that was interrupted goes on
    where it stopped; a second process waits for the first instead of doing the same work.

    Parameters
    ----------
    report
        Called with the share done (0 to 1) and a sentence, from the thread that computes.

    Raises
    ------
    StorageError
        If the folder cannot be written or the disk is full.
    """
    window, params = get_window(window_id), params or SearchParams()
    network = build_network(city, window, params)
    folder = (cache_dir or default_cache_dir()) / "base" / _base_name(city, window, params)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / "lock"):
            n_done = _read_progress(folder)
            if n_done < network.n_zones:
                _compute(network, folder, n_done, report or _silent)
        return _open(city, network, folder)
    except OSError as error:
        message = f"the base travel times cannot be kept in {folder}: {error.strerror or error}"
        raise StorageError(message) from error


def few_rides_today(baseline: Baseline, *, report: Report | None = None) -> npt.NDArray[np.uint16]:
    """
    Return median travel times with at most 1, 2, ... rides, up to one below the most that a journey may have.

    Shape (n_zones, max_rides - 1, n_zones): origin, rides, destination; seconds, walks wholly on foot included, NO_MEDIAN
    where not reached in time. Computed once, kept beside the base and, like it, taken up again where work was cut short.

    Parameters
    ----------
    baseline
        The city as it is.
    report
        Called with the share done (0 to 1) and a sentence, from the thread that computes.

    Raises
    ------
    StorageError
        If the folder cannot be written or the disk is full.
    """
    assert len(baseline.patch.zone_ix) == 0, "these are the times of the city as it is"
    network, folder = baseline.network, baseline.path
    shape = (network.n_zones, network.params.max_rides - 1, network.n_zones)
    if shape[1] == 0:
        return np.zeros(shape, dtype=np.uint16)
    try:
        with FileLock(folder / "few-rides.lock"):
            n_done = _read_progress(folder, _FEW_RIDES_PROGRESS)
            if n_done < network.n_zones:
                if n_done == 0:
                    require_space(folder, 2 * int(np.prod(shape)), "travel times with fewer rides need")
                median = _map(folder / _FEW_RIDES, shape, is_new=n_done == 0)

                def keep(n_done: int) -> None:
                    median.flush()
                    _write_progress(folder, n_done, _FEW_RIDES_PROGRESS, (_FEW_RIDES,))

                fill_few_rides(network, median, "today", report or _silent, n_done=n_done, keep=keep)
        return np.array(np.memmap(folder / _FEW_RIDES, dtype=np.uint16, mode="r", shape=shape))
    except OSError as error:
        message = f"travel times with fewer rides cannot be kept in {folder}: {error.strerror or error}"
        raise StorageError(message) from error


def fill_few_rides(
    network: Network,
    median: npt.NDArray[np.uint16],
    words: str,
    report: Report,
    *,
    n_done: int = 0,
    keep: Callable[[int], None] = lambda _n_done: None,
) -> None:
    """
    Search every origin from `n_done` on with fewer rides, a chunk at a time; other searches get in between.

    `keep` is told how many origins are finished: now and then, at the end, and when the work is cut short.
    """
    started = flushed = time.monotonic()
    first = n_done
    try:
        while n_done < network.n_zones:
            left = time_left(started, n_done - first, network.n_zones - n_done)
            report(n_done / network.n_zones, f"travel times with fewer rides, {words}; {left}")
            origins = np.arange(n_done, min(n_done + _FEW_RIDES_CHUNK, network.n_zones), dtype=np.int32)
            rows = np.empty((len(origins), *median.shape[1:]), dtype=np.uint16)
            search_few_rides(network, origins, rows)
            median[n_done : n_done + len(origins)] = rows
            n_done += len(origins)
            if time.monotonic() - flushed > _FLUSH_EVERY_S:
                keep(n_done)
                flushed = time.monotonic()
    finally:
        keep(n_done)


def _base_name(city: City, window: Window, params: SearchParams) -> str:
    """Return the folder's name: city, window, and a hash of everything that decides the numbers."""
    content = json.dumps([BASE_FORMAT, city.version, asdict(window), asdict(params)], sort_keys=True)
    return f"{city.city_id}-{window.window_id}-{hashlib.sha256(content.encode()).hexdigest()[:16]}"


def _silent(_share: float, _text: str) -> None:
    """Report to nobody."""


def _read_progress(folder: Path, name: str = "progress.json") -> int:
    """Return how many origins are finished and on disk; 0 if the files are not whole."""
    try:
        progress = json.loads((folder / name).read_text())
        sizes_fit = all((folder / name).stat().st_size == size for name, size in progress["sizes"].items())
        return int(progress["n_done"]) if sizes_fit else 0
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return 0


def _write_progress(
    folder: Path, n_done: int, name: str = "progress.json", files: tuple[str, ...] = ("travel.u16", "median.u16")
) -> None:
    """Record how many origins are finished, in one step that cannot be half done."""
    sizes = {file: (folder / file).stat().st_size for file in files}
    draft = folder / f"{name}.part"
    with draft.open("w") as file:
        json.dump({"n_done": n_done, "sizes": sizes}, file)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(folder / name)


def _compute(network: Network, folder: Path, n_done: int, report: Report) -> None:
    """Search from every origin that is not done, a chunk at a time; finished chunks survive an interruption."""
    n_zones, n_departures = network.n_zones, network.window.n_departures
    if n_done == 0:
        require_space(folder, 2 * n_zones * n_zones * (n_departures + 1), "the base travel times need")
    travel = _map(folder / "travel.u16", (n_zones, n_zones, n_departures), is_new=n_done == 0)
    median = _map(folder / "median.u16", (n_zones, n_zones), is_new=n_done == 0)
    started = flushed = time.monotonic()
    first = n_done
    try:
        while n_done < n_zones:
            left = time_left(started, n_done - first, n_zones - n_done)
            report(n_done / n_zones, f"computing base travel times; {left}")
            origins = np.arange(n_done, min(n_done + _CHUNK, n_zones), dtype=np.int32)
            chunk = slice(n_done, n_done + len(origins))
            search_origins(network, origins, np.asarray(travel[chunk]), np.asarray(median[chunk]))
            n_done += len(origins)
            if time.monotonic() - flushed > _FLUSH_EVERY_S:
                _keep(folder, travel, median, n_done)
                flushed = time.monotonic()
    finally:
        _keep(folder, travel, median, n_done)
    report(1.0, "base travel times are ready")


def _keep(folder: Path, travel: Mapped, median: Mapped, n_done: int) -> None:
    """Put finished origins on disk, then say so."""
    travel.flush()
    median.flush()
    _write_progress(folder, n_done)


def _map(path: Path, shape: tuple[int, ...], *, is_new: bool) -> Mapped:
    """Map a file of uint16; a new file gets its space on disk at once, so that a full disk is met before the work."""
    if is_new:
        n_bytes = 2 * int(np.prod(shape))
        with path.open("wb") as file:
            file.truncate(n_bytes)
            if hasattr(os, "posix_fallocate"):
                try:
                    os.posix_fallocate(file.fileno(), 0, n_bytes)
                except OSError:
                    path.unlink()  # what it got would only fill the disk
                    raise
    return np.memmap(path, dtype=np.uint16, mode="r+", shape=shape)


def require_space(folder: Path, n_bytes: int, what: str) -> None:
    """Refuse to start what cannot be finished; `what` begins the sentence."""
    free = shutil.disk_usage(folder).free
    if free < n_bytes:
        message = (
            f"{what} {n_bytes / 1e9:.2f} GB in {folder}, where {free / 1e9:.2f} GB are free; free some space "
            "(`workbench cache clean`) or choose another folder with --cache-dir"
        )
        raise StorageError(message)


def time_left(started: float, n_done: int, n_left: int) -> str:
    """Return how long the rest will take, in words; `started` by the monotonic clock."""
    if n_done == 0:
        return "estimating how long it takes"
    left_s = (time.monotonic() - started) / n_done * n_left
    return f"about {max(1, round(left_s))} s left"


def _open(city: City, network: Network, folder: Path) -> Baseline:
    """Open finished files, read-only and shared."""
    n_zones, n_departures = network.n_zones, network.window.n_departures
    travel = np.memmap(folder / "travel.u16", dtype=np.uint16, mode="r", shape=(n_zones, n_zones, n_departures))
    median = np.array(np.memmap(folder / "median.u16", dtype=np.uint16, mode="r", shape=(n_zones, n_zones)))
    median.flags.writeable = False
    return Baseline(
        city, network.window, network.params, network, np.asarray(travel), median, folder, no_patch(network)
    )


def no_patch(network: Network) -> Patch:
    """Return a patch that replaces nothing."""
    rows = np.zeros((0, network.window.n_departures), dtype=np.uint16)
    return Patch(np.zeros(network.n_zones + 1, dtype=np.int64), np.zeros(0, dtype=np.int32), rows)
