"""The base without some routes: only the pairs that change are kept, as a sparse patch over the stored base.

Every change of an existing route is then exact: the base without it, and the route as it shall run added again.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt
from filelock import FileLock

from workbench.errors import StorageError
from workbench.network.base import Baseline, require_space, time_left
from workbench.network.cache import hold_folder
from workbench.network.kernels.arrays import Patch
from workbench.network.network import Network, remove_routes
from workbench.network.search import search_origins

__all__ = ["PATCHES", "baseline_without", "is_without_ready", "without_folder"]

logger = logging.getLogger(__name__)

Report = Callable[[float, str], None]
UInt16Array = npt.NDArray[np.uint16]

PATCHES = "without"
"""Name of the folder, inside that of a base, that holds its patches."""
_FORMAT = 1
_CHUNK = 64
_SHARE_OF_PAIRS = 0.05
"""Room asked for before the work begins: twice what the busiest New York route changes (2.5% of the pairs)."""
_KEPT_OPEN = 4
"""Patches of one base kept open, about 20 MB each, so that the next edit of the same route does not read them again."""
_opened: WeakKeyDictionary[Baseline, OrderedDict[tuple[str, ...], Baseline]] = WeakKeyDictionary()
_FILES = {"n_pairs.i64": np.int64, "zone_ix.i32": np.int32, "travel_s.u16": np.uint16, "median_s.u16": np.uint16}


def baseline_without(baseline: Baseline, route_ids: Sequence[str], *, report: Report | None = None) -> Baseline:
    """
    Return the baseline of the city without some routes, everything else the same.

    The travel times stay those of the base; pairs that change are in the patch. The first time this searches the whole
    city (about as long as the base); the result is kept beside the base. Work that was interrupted goes on where it
    stopped; a second process waits for the first instead of doing the same work.

    Parameters
    ----------
    baseline
        The city as it is.
    route_ids
        GTFS route_id of every route to take out; several make one patch.
    report
        Called with the share done (0 to 1) and a sentence, from the thread that computes.

    Raises
    ------
    InputError
        Naming the ids that are no route of the city.
    StorageError
        If the folder cannot be written or the disk is full.
    """
    assert len(baseline.patch.zone_ix) == 0, "routes are taken out of the city as it is, all at once"
    if len(route_ids) == 0:
        return baseline
    key, opened = tuple(sorted(set(route_ids))), _opened.setdefault(baseline, OrderedDict())
    if key not in opened:
        opened[key] = _prepare(baseline, key, report or _silent)
        while len(opened) > _KEPT_OPEN:
            opened.popitem(last=False)
    opened.move_to_end(key)
    return opened[key]


def _prepare(baseline: Baseline, route_ids: tuple[str, ...], report: Report) -> Baseline:
    """Compute the patch if it is not in the cache yet, and open it."""
    network = remove_routes(baseline.network, baseline.city, route_ids)
    folder = without_folder(baseline, route_ids)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        hold_folder(folder)
        with FileLock(folder / "lock"):
            if not _is_finished(folder, network.n_zones):
                _compute(baseline, network, folder, route_ids, report)
        return _open(baseline, network, folder)
    except OSError as error:
        message = f"travel times without {_named(route_ids)} cannot be kept in {folder}: {error.strerror or error}"
        raise StorageError(message) from error


def without_folder(baseline: Baseline, route_ids: Sequence[str]) -> Path:
    """Return the folder of a patch: its name is a hash of the routes, whatever their order."""
    content = json.dumps([_FORMAT, sorted(set(route_ids))])
    return baseline.path / PATCHES / hashlib.sha256(content.encode()).hexdigest()[:16]


def is_without_ready(baseline: Baseline, route_ids: Sequence[str]) -> bool:
    """Tell whether the base without these routes is there already, so that nobody waits."""
    return len(route_ids) == 0 or _is_finished(without_folder(baseline, route_ids), baseline.network.n_zones)


def _silent(_share: float, _text: str) -> None:
    """Report to nobody."""


def _named(route_ids: Sequence[str]) -> str:
    """Return the routes in words."""
    names = sorted(set(route_ids))
    return f"route{'s' if len(names) > 1 else ''} {', '.join(names[:5])}{' and others' if len(names) > 5 else ''}"


def _read_progress(folder: Path) -> tuple[int, dict[str, int]]:
    """Return how many origins are finished and the bytes of each file that belong to them; 0 if files are not whole."""
    try:
        progress = json.loads((folder / "progress.json").read_text())
        sizes = {name: int(progress["sizes"][name]) for name in _FILES}
        if all((folder / name).stat().st_size >= size for name, size in sizes.items()):
            return int(progress["n_done"]), sizes
    except (OSError, ValueError, KeyError, TypeError):
        pass
    return 0, dict.fromkeys(_FILES, 0)


def _is_finished(folder: Path, n_zones: int) -> bool:
    return _read_progress(folder)[0] == n_zones


def _compute(baseline: Baseline, network: Network, folder: Path, route_ids: Sequence[str], report: Report) -> None:
    """Search from every origin that is not done, a chunk at a time, and append the pairs that differ from the base."""
    n_zones, n_departures = network.n_zones, network.window.n_departures
    n_done, sizes = _read_progress(folder)
    n_bytes = int(_SHARE_OF_PAIRS * n_zones * n_zones * 2 * (n_departures + 3))
    require_space(folder, n_bytes, f"travel times without {_named(route_ids)} need up to")
    for name, size in sizes.items():  # what a killed process wrote after its last record is cut off
        with (folder / name).open("ab") as file:
            file.truncate(size)
    (folder / "routes.json").write_text(json.dumps({"route_ids": sorted(set(route_ids))}))
    words = f"computing travel times without {_named(route_ids)}"
    travel = np.empty((_CHUNK, n_zones, n_departures), dtype=np.uint16)
    median = np.empty((_CHUNK, n_zones), dtype=np.uint16)
    started, first = time.monotonic(), n_done
    while n_done < n_zones:
        report(n_done / n_zones, f"{words}; {time_left(started, n_done - first, n_zones - n_done)}")
        origins = np.arange(n_done, min(n_done + _CHUNK, n_zones), dtype=np.int32)
        n = len(origins)
        search_origins(network, origins, travel[:n], median[:n])
        differs = _differing_pairs(baseline.travel_s[n_done : n_done + n], travel[:n])
        n_done += n
        _append(folder, n_done, differs, travel[:n], median[:n])
    logger.info("travel times without %s: %d pairs differ", _named(route_ids), _n_pairs(folder))
    report(1.0, f"travel times without {_named(route_ids)} are ready")


def _differing_pairs(old: UInt16Array, new: UInt16Array) -> npt.NDArray[np.bool_]:
    """Tell which pairs have any other travel time: (n_origins, n_zones)."""
    if new.shape[-1] % 4 == 0:  # four values at a time
        old, new = old.view(np.uint64), new.view(np.uint64)
    return np.asarray((old != new).any(axis=-1))


def _append(
    folder: Path, n_done: int, differs: npt.NDArray[np.bool_], travel: UInt16Array, median: UInt16Array
) -> None:
    """Put finished origins on disk, then say so in one step that cannot be half done."""
    content: dict[str, npt.NDArray[np.generic]] = {
        "n_pairs.i64": differs.sum(axis=1).astype(np.int64),
        "zone_ix.i32": np.nonzero(differs)[1].astype(np.int32),
        "travel_s.u16": travel[differs],
        "median_s.u16": median[differs],
    }
    sizes = {}
    for name, values in content.items():
        with (folder / name).open("ab") as file:
            file.write(np.ascontiguousarray(values).tobytes())
            file.flush()
            os.fsync(file.fileno())
            sizes[name] = file.tell()
    draft = folder / "progress.json.part"
    with draft.open("w") as file:
        json.dump({"n_done": n_done, "sizes": sizes}, file)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(folder / "progress.json")


def _n_pairs(folder: Path) -> int:
    return (folder / "zone_ix.i32").stat().st_size // 4


def _open(baseline: Baseline, network: Network, folder: Path) -> Baseline:
    """Open a finished patch: rows are read from the disk as they are needed, medians are those of the base replaced."""
    n_pairs = np.fromfile(folder / "n_pairs.i64", dtype=np.int64)
    zone_ix = np.fromfile(folder / "zone_ix.i32", dtype=np.int32)
    travel = np.zeros((0, network.window.n_departures), dtype=np.uint16)
    if len(zone_ix):
        shape = (len(zone_ix), network.window.n_departures)
        travel = np.asarray(np.memmap(folder / "travel_s.u16", dtype=np.uint16, mode="r", shape=shape))
    indptr = np.concatenate([[0], np.cumsum(n_pairs)]).astype(np.int64)
    origin_ix = np.repeat(np.arange(network.n_zones), n_pairs)
    median = baseline.median_s.copy()
    median[origin_ix, zone_ix] = np.fromfile(folder / "median_s.u16", dtype=np.uint16)
    median.flags.writeable = False
    return replace(baseline, network=network, median_s=median, patch=Patch(indptr, zone_ix, travel))
