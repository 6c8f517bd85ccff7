"""Jobs by zone from a table: LEHD LODES workplaces by census block, or any CSV by census tract or zone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from workbench.city.attach.table_file import choose_column, plain_name, read_text_table
from workbench.city.defect import Defect
from workbench.errors import InputError

__all__ = ["JobsTable", "count_jobs", "read_jobs"]

_ID_NAMES = (
    *("w_geocode", "zone_id", "geoid", "geoid20", "geo_id", "tract_geoid", "tract", "tract_id", "fips_tract_full"),
    *("fips_tract", "fips", "tractid", "censustract", "census_tract", "trct", "ct2020", "tabblk2020", "block"),
)
_JOBS_NAMES = ("jobs", "c000", "total_jobs", "jobs_total", "n_jobs", "workforce_total_jobs", "employment", "workers")
_BLOCK_DIGITS, _TRACT_DIGITS = 15, 11
_N_NAMED = 5
_MAX_JOBS = 10_000_000
"""Most jobs of one row: more is no count of jobs of one tract."""


@dataclass(frozen=True, eq=False)
class JobsTable:
    """Jobs of a table, put into the zones of a city. `jobs.sum() + n_jobs_elsewhere` is `n_jobs` of the table."""

    jobs: npt.NDArray[np.int64]
    """(n_zones,)"""
    n_rows: int
    n_jobs: int
    """Jobs in the whole table, zones of other places included."""
    n_jobs_elsewhere: int
    """Jobs in areas that are no zone of the city."""
    defects: tuple[Defect, ...]


def read_jobs(
    path: Path, zone_ids: pd.Series[str], *, id_column: str | None = None, jobs_column: str | None = None
) -> JobsTable:
    """
    Read a table of jobs and put them into zones.

    Parameters
    ----------
    path
        CSV, also gzipped: the LODES file of workplaces (`w_geocode`, `C000`) as it comes, or one row for each census tract or zone.
    zone_ids
        The zones of the city, in order: census tracts by their 11 digits, or what else the pack has.
    id_column, jobs_column
        Names of the columns; found by their usual names if None.

    Raises
    ------
    InputError
        If the columns are not found, a zone is there twice, or not one row belongs to the city.
    """
    table = read_text_table(path)
    ids = choose_column(
        table, id_column, _ID_NAMES, what="census tracts or zones", option="--id-column", where=path.name
    )
    found = jobs_column or _total_column(table)
    jobs = choose_column(table, found, _JOBS_NAMES, what="jobs", option="--jobs-column", where=path.name)
    return count_jobs(table[ids], table[jobs], zone_ids, where=path.name)


def count_jobs(ids: pd.Series[str], jobs: pd.Series[str], zone_ids: pd.Series[str], *, where: str) -> JobsTable:
    """
    Sum jobs by zone. Blocks (15 digits) belong to the tract of their first 11; rows without a number are left out, counted.

    Raises
    ------
    InputError
        As `read_jobs`.
    """
    number = pd.to_numeric(jobs.str.replace(",", "", regex=False), errors="coerce").astype(np.float64)
    bad = ~np.isfinite(number) | (number < 0) | (number > _MAX_JOBS)
    defects = []
    if bad.any():
        named = _some(f"{area} ({text!r})" for area, text in zip(ids[bad], jobs[bad], strict=True))
        what = f"rows whose jobs are no number from 0 to {_MAX_JOBS:,} were left out: {named}"
        defects.append(Defect("jobs-unreadable", int(bad.sum()), what, where))
    areas, number = _plain_ids(ids[~bad], zone_ids), number[~bad]
    is_block = areas.str.fullmatch(rf"\d{{{_BLOCK_DIGITS}}}") & ~areas.isin(zone_ids)
    areas = areas.where(~is_block, areas.str[:_TRACT_DIGITS])
    _require_once(areas[~is_block], where)
    zone_ix = pd.Index(zone_ids).get_indexer(pd.Index(areas))
    inside = zone_ix >= 0
    if not inside.any():
        example = f"{areas.iloc[0]!r}" if len(areas) else "none"
        raise InputError(
            f"{where}: not one of its {len(areas):,} rows belongs to a zone of the city; the first is {example}, a zone of the "
            f"city is {zone_ids.iloc[0]!r}; is it another year or state, or another column (--id-column)?"
        )
    elsewhere = number[~inside].groupby(areas[~inside]).sum()
    if len(elsewhere):
        named = _some(f"{area} ({n:,.0f} jobs)" for area, n in elsewhere.sort_values(ascending=False).items())
        what = f"areas are no zones of this city; their {elsewhere.sum():,.0f} jobs are not counted: {named}"
        defects.append(Defect("jobs-elsewhere", len(elsewhere), what, where))
    by_zone = np.bincount(zone_ix[inside], weights=number[inside].to_numpy(), minlength=len(zone_ids))
    without = zone_ids[~np.isin(np.arange(len(zone_ids)), zone_ix)]
    if len(without):
        what = f"zones of the city are not in the table and count as zones without jobs: {_some(without)}"
        defects.append(Defect("zones-without-jobs-row", len(without), what, where))
    whole = np.round(by_zone).astype(np.int64)
    total = round(float(number.sum()))
    return JobsTable(whole, len(ids), total, total - int(whole.sum()), tuple(defects))


def _total_column(table: pd.DataFrame) -> str | None:
    """Return the one column that says it has all jobs, if there is one and no better known name."""
    if {plain_name(column) for column in table.columns} & set(_JOBS_NAMES):
        return None
    totals = [column for column in table.columns if {"total", "jobs"} <= set(plain_name(column).split("_"))]
    return totals[0] if len(totals) == 1 else None


def _plain_ids(ids: pd.Series[str], zone_ids: pd.Series[str]) -> pd.Series[str]:
    """Undo what spreadsheets and the Census do to codes: `1400000US36...`, `36005000100.0`, a leading zero lost."""
    plain = ids.str.removeprefix("'").str.replace(r"^\d*US(?=\d)", "", regex=True)
    plain = plain.str.replace(r"^(\d+)\.0$", r"\1", regex=True)
    if zone_ids.str.fullmatch(rf"\d{{{_TRACT_DIGITS}}}").all():
        for digits in (_TRACT_DIGITS, _BLOCK_DIGITS):
            short = plain.str.fullmatch(rf"\d{{{digits - 1}}}")
            plain = plain.where(~short, "0" + plain)
    return plain


def _require_once(areas: pd.Series[str], where: str) -> None:
    counts = areas.value_counts()
    twice = counts[counts > 1]
    if len(twice):
        raise InputError(
            f"{where}: {len(twice):,} areas are there more than once, the first is {twice.index[0]!r} ({twice.iloc[0]} rows); "
            "must be one row each: keep one year and the total of all branches"
        )


def _some(names: Iterable[str]) -> str:
    """Return the first few of many, and how many more there are."""
    listed = list(names)
    more = f" and {len(listed) - _N_NAMED:,} more" if len(listed) > _N_NAMED else ""
    return ", ".join(listed[:_N_NAMED]) + more
