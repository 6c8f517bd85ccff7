"""Census tables: API answers (JSON) and block places (TIGER) in; people by block and groups with margins out."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from pyproj import Transformer

from workbench.city.build.newyork.boundaries import Boundaries
from workbench.city.build.newyork.groups import GROUP_COLUMNS
from workbench.city.defect import Defect
from workbench.errors import InputError

__all__ = ["read_acs_counts", "read_api_table", "read_block_people", "sum_counts"]

FloatArray = npt.NDArray[np.float64]

_PARTS = {"state": 2, "county": 3, "tract": 6, "block": 4}
"""Columns of an answer that make up the code of an area, with their digits."""
_NO_MARGIN = -555_555_555
"""Margin of a figure the survey is controlled to: it has none."""
_MISSING_FROM = -100_000_000
"""Codes for "not enough cases" and the like lie below; no count is negative."""


def read_api_table(path: Path) -> tuple[pd.DataFrame, tuple[Defect, ...]]:
    """
    Read an answer of api.census.gov: a JSON list of rows, the first with names.

    Returns
    -------
    table, defects
        Numbers by the code of the area (11 digits for a tract, 15 for a block). Codes that stand for missing values are NaN,
        those for figures without a sampling error 0; both are counted.

    Raises
    ------
    InputError
        If it is something else, such as an error in words, or an area is there twice.
    """
    rows = _rows(path)
    raw = pd.DataFrame(rows[1:], columns=rows[0])
    parts = [name for name in _PARTS if name in raw]
    if parts[:3] != ["state", "county", "tract"]:
        raise InputError(f"{path.name} must have the columns state, county, tract; has {', '.join(map(str, rows[0]))}")
    ids = raw[parts[0]].astype(str).str.zfill(_PARTS[parts[0]])
    for name in parts[1:]:
        ids = ids + raw[name].astype(str).str.zfill(_PARTS[name])
    if ids.duplicated().any():
        raise InputError(f"{path.name}: area {ids[ids.duplicated()].iloc[0]} is there more than once, must be once")
    named = [name for name in raw.columns if name not in (*parts, "NAME", "GEO_ID")]
    table = raw[named].apply(pd.to_numeric, errors="coerce").astype(np.float64).set_axis(ids, axis=0)
    controlled = table == _NO_MARGIN
    coded = (table < _MISSING_FROM) & ~controlled
    table = table.mask(controlled, 0.0).mask(coded)
    counted = (
        ("margins-none", int(controlled.to_numpy().sum()), "margins of figures without a sampling error: taken as 0"),
        (
            "figures-withheld",
            int(table.isna().to_numpy().sum()),
            "figures the Census does not give (too few cases): unknown",
        ),
    )
    return table.sort_index(), tuple(Defect(code, n, what, path.name) for code, n, what in counted if n)


def read_acs_counts(paths: Sequence[Path]) -> tuple[pd.DataFrame, tuple[Defect, ...]]:
    """
    Read the survey's tables and put them side by side: estimate (`...E`) and margin (`...M`) of each of `GROUP_COLUMNS` by tract.

    Raises
    ------
    InputError
        If a figure is missing, or the tables are not of the same tracts.
    """
    tables: list[pd.DataFrame] = []
    defects: list[Defect] = []
    for path in paths:
        table, found = read_api_table(path)
        tables.append(table)
        defects += found
    for path, table in zip(paths, tables, strict=True):
        if not table.index.equals(tables[0].index):
            raise InputError(f"{path.name} has other tracts than {paths[0].name}: download both again")
    joined = pd.concat(tables, axis=1)
    wanted = [f"{code}{end}" for code in GROUP_COLUMNS for end in "EM"]
    lacking = [name for name in wanted if name not in joined]
    if lacking:
        raise InputError(
            f"{paths[0].parent.name}: figures {', '.join(lacking)} are not in the tables; is it another year?"
        )
    return joined[wanted], tuple(defects)


def sum_counts(counts: pd.DataFrame, area_of: pd.Series[str]) -> pd.DataFrame:
    """
    Sum counts of tracts to larger areas: estimates are added, margins are the root of the sum of their squares.

    Of several tracts that count nobody, only the largest margin is taken (Census Bureau, ACS handbook 2020, chapter 8).

    Parameters
    ----------
    counts
        As `read_acs_counts`.
    area_of
        The area of each tract, by its code; tracts that are not in it are left out.
    """
    known = counts[counts.index.isin(area_of.index)]
    areas = area_of.reindex(known.index).to_numpy()
    estimates = [name for name in known if str(name).endswith("E")]
    summed = known[estimates].groupby(areas).sum(min_count=1)
    for name in estimates:
        margin = f"{str(name)[:-1]}M"
        is_zero = known[name] == 0
        squares = np.square(known[margin]).where(~is_zero, 0.0).groupby(areas).sum(min_count=1)
        largest = np.square(known[margin].where(is_zero)).groupby(areas).max().fillna(0.0)
        summed[margin] = np.sqrt(squares + largest)
    return summed[list(known.columns)].sort_index()


def read_block_people(
    people: Sequence[Path], places: Sequence[Path], boundaries: Boundaries, *, crs: str
) -> tuple[pd.DataFrame, tuple[Defect, ...]]:
    """
    Read residents by census block, in the same columns as `people.read_lots`, so that zones and blocks are built alike.

    Parameters
    ----------
    people
        Answers of the Census 2020 (`P1_001N` by block), one a county.
    places
        TIGER block files (`tl_2020_<county>_tabblock20.zip`), one a county.
    boundaries
        Tell the districts of each block.
    crs
        Metric CRS of the city.

    Returns
    -------
    lots, defects
        block_id (15 digits), zone_id, community_district, council_district, residents, x, y (the point inside that the Census
        gives), sorted by block_id. Blocks without land or people are left out.

    Raises
    ------
    InputError
        If blocks with people have no place.
    """
    counts: list[pd.Series[float]] = []
    defects: list[Defect] = []
    for path in people:
        table, found = read_api_table(path)
        if "P1_001N" not in table:
            raise InputError(f"{path.name} has no column P1_001N (residents)")
        counts.append(table["P1_001N"])
        defects += found
    residents = pd.concat(counts)
    where = pd.concat([_block_points(path) for path in places]).reindex(residents.index)
    lost = where["lon"].isna() & (residents > 0)
    if lost.any():
        raise InputError(
            f"{int(lost.sum()):,} blocks with people have no place, the first is {residents.index[lost][0]}"
        )
    keep = (residents > 0).to_numpy()
    kept = where[keep]
    x, y = Transformer.from_crs("EPSG:4326", crs, always_xy=True).transform(
        kept["lon"].to_numpy(), kept["lat"].to_numpy()
    )
    lots = pd.DataFrame(
        {
            "block_id": kept.index,
            "zone_id": kept.index.str[:11],
            "community_district": _area_at(x, y, boundaries.community_districts),
            "council_district": _area_at(x, y, boundaries.council_districts),
            "residents": residents.to_numpy(dtype=np.float64)[keep],
            "x": x,
            "y": y,
        }
    )
    n_empty = int((~keep).sum())
    if n_empty:
        defects.append(
            Defect("blocks-without-residents", n_empty, "census blocks have no residents: left out", "census")
        )
    return lots.sort_values("block_id", ignore_index=True), tuple(defects)


def _rows(path: Path) -> list[list[str | None]]:
    if not path.is_file():
        raise InputError(f"{path.name} is not in {path.parent}; `workbench city fetch nyc --only census` gets it")
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        said = " ".join(path.read_text(encoding="utf-8", errors="replace")[:120].split())
        raise InputError(f"{path.name} is no answer of the Census API; it begins {said!r}") from error
    is_table = isinstance(rows, list) and len(rows) > 1 and all(isinstance(row, list) for row in rows)
    if not is_table or any(len(row) != len(rows[0]) for row in rows):
        raise InputError(f"{path.name} is no table: must be a list of rows as long as the first")
    return list(rows)


def _block_points(path: Path) -> pd.DataFrame:
    """Return lon, lat of a point inside each block, by its code."""
    if not path.is_file():
        raise InputError(f"{path.name} is not in {path.parent}; `workbench city fetch nyc --only tiger` gets it")
    columns = ["GEOID20", "INTPTLAT20", "INTPTLON20"]
    try:
        table = gpd.read_file(path, columns=columns, ignore_geometry=True)
    except (RuntimeError, ValueError, OSError) as error:
        raise InputError(f"{path.name} cannot be read as a zipped shapefile: {str(error).splitlines()[0]}") from error
    lacking = [name for name in columns if name not in table]
    if lacking:
        raise InputError(f"{path.name} is not a TIGER block file of 2020: it has no column {', '.join(lacking)}")
    lon, lat = (table[name].astype(np.float64).to_numpy() for name in ("INTPTLON20", "INTPTLAT20"))
    return pd.DataFrame({"lon": lon, "lat": lat}, index=pd.Index(table["GEOID20"].astype(str)))


def _area_at(x: FloatArray, y: FloatArray, areas: gpd.GeoDataFrame) -> npt.NDArray[np.object_]:
    """Return the area each point lies in; blank if in none."""
    ids = np.full(len(x), "", dtype=object)
    at, area_ix = shapely.STRtree(areas.geometry.values).query(shapely.points(x, y), predicate="within")
    ids[at] = areas["area_id"].to_numpy()[area_ix]
    return ids
