"""LEHD LODES: jobs by workplace and flows from home to work, by census block, summed to tracts; and their checksums."""

from __future__ import annotations

import gzip
import hashlib
import re
import zlib
from pathlib import Path

import numpy as np
import pandas as pd

from workbench.city.defect import Defect
from workbench.errors import InputError

__all__ = ["find_checksum_fault", "read_od"]

_TRACT_DIGITS = 11
_CHUNK_ROWS = 1_000_000
_SUM = re.compile(r"([0-9a-f]{64})\s+\*?(?:.*/)?([^/\s]+)")


def read_od(path: Path, zone_ids: pd.Series[str]) -> tuple[pd.DataFrame, tuple[Defect, ...]]:
    """
    Read flows from home to work (`*_od_main_*.csv.gz`) and sum them to zones.

    Parameters
    ----------
    path
        The file as it comes: `w_geocode` and `h_geocode` (blocks), `S000` (workers with their main or any job there).
    zone_ids
        Census tracts of the city, in order.

    Returns
    -------
    flows, defects
        Sorted by both: `home_ix`, `work_ix` (rows of the zones, int32), `workers` (int64). Blocks belong to the tract of their
        first 11 digits. Flows with an end outside the city are counted in a defect.

    Raises
    ------
    InputError
        If the file is cut short, damaged, or has other columns.
    """
    zones = pd.Index(zone_ids)
    sums: list[pd.DataFrame] = []
    n_outside, workers_outside, n_bad = 0, 0, 0
    columns = ["w_geocode", "h_geocode", "S000"]
    try:
        with pd.read_csv(path, usecols=columns, dtype=str, keep_default_na=False, chunksize=_CHUNK_ROWS) as chunks:
            for chunk in chunks:
                workers = pd.to_numeric(chunk["S000"], errors="coerce")
                good = workers.ge(0) & np.isfinite(workers)
                n_bad += int((~good).sum())
                chunk, workers = chunk[good], workers[good].astype(np.int64)
                home, work = (zones.get_indexer(chunk[name].str[:_TRACT_DIGITS]) for name in ("h_geocode", "w_geocode"))
                inside = (home >= 0) & (work >= 0)
                n_outside += int((~inside).sum())
                workers_outside += int(workers[~inside].sum())
                table = pd.DataFrame({"home_ix": home, "work_ix": work, "workers": workers.to_numpy()})[inside]
                sums.append(table.groupby(["home_ix", "work_ix"]).sum().reset_index())
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise InputError(f"{path.name} is cut short or damaged: {error}") from error
    except ValueError as error:
        raise InputError(
            f"{path.name} is no LODES table of flows, with columns {', '.join(columns)}: {error}"
        ) from error
    flows = pd.concat(sums).groupby(["home_ix", "work_ix"]).sum().reset_index()
    counted = (
        ("flows-outside", n_outside, f"flows with an end outside the city, {workers_outside:,} workers: left out"),
        ("flows-unreadable", n_bad, "flows without a number of workers: left out"),
    )
    defects = tuple(Defect(code, n, what, path.name) for code, n, what in counted if n)
    return flows.astype({"home_ix": np.int32, "work_ix": np.int32, "workers": np.int64}), defects


def find_checksum_fault(path: Path, sums: str) -> str | None:
    """
    Tell in words how a file differs from what the publisher's list of sha256 says; None if it is as listed.

    LODES lists its tables as they are unpacked (`x.csv` for `x.csv.gz`); a list of the packed files is understood too.
    """
    listed = {match[2]: match[1] for match in map(_SUM.match, sums.splitlines()) if match}
    if path.name in listed:
        with path.open("rb") as file:
            found, expected = hashlib.file_digest(file, "sha256").hexdigest(), listed[path.name]
    elif path.name.removesuffix(".gz") in listed:
        with gzip.open(path, "rb") as unpacked:
            found, expected = _hash(unpacked), listed[path.name.removesuffix(".gz")]
    else:
        return "is not in the publisher's list of checksums"
    return None if found == expected else f"has another sha256 ({found}) than the publisher lists ({expected})"


def _hash(file: gzip.GzipFile) -> str:
    digest = hashlib.sha256()
    while chunk := file.read(1 << 20):
        digest.update(chunk)
    return digest.hexdigest()
