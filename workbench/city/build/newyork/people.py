"""Residents by tax lot (`councilcount` wheel), summed to census tracts (zones) and to tax blocks."""

from __future__ import annotations

import zipfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.csv as pa_csv
import shapely
from pyproj import Transformer

from workbench.city.build.newyork.boundaries import Boundaries
from workbench.city.defect import Defect
from workbench.errors import InputError

__all__ = ["build_blocks", "build_zones", "read_lots"]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

_LOTS = "councilcount/data/bbl-population-estimates_2023.csv"
_MAX_BYTES = 1 << 28
_STATE_FIPS = "36"


def read_lots(wheel: Path, *, crs: str) -> tuple[pd.DataFrame, tuple[Defect, ...]]:
    """
    Read tax lots out of the wheel; it need not be installed.

    Returns
    -------
    lots, defects
        block_id (borough letters and block, `BK-805`), zone_id (tract), community_district, council_district,
        residents (a fraction: the source shares a tract's people among its homes), x, y.
    """
    with zipfile.ZipFile(wheel) as archive, archive.open(_LOTS) as source:
        content = source.read(_MAX_BYTES + 1)
    if len(content) > _MAX_BYTES:
        raise InputError(f"{_LOTS}: unpacks to more than {_MAX_BYTES:,} bytes")
    kinds = {
        **dict.fromkeys(("borough", "county_fips", "ct2020", "councildist_2023", "communitydist"), pa.string()),
        "block": pa.int32(),
        **dict.fromkeys(("latitude", "longitude", "bbl_population_estimate"), pa.float64()),
    }
    options = pa_csv.ConvertOptions(include_columns=list(kinds), column_types=kinds)
    raw = pa_csv.read_csv(pa.BufferReader(content), convert_options=options).to_pandas()
    n_blank = int(raw.isna().any(axis=1).sum())
    raw = raw.dropna().reset_index(drop=True)
    x, y = Transformer.from_crs("EPSG:4326", crs, always_xy=True).transform(raw["longitude"], raw["latitude"])
    lots = pd.DataFrame(
        {
            "block_id": raw["borough"] + "-" + raw["block"].astype(str),
            "zone_id": _STATE_FIPS + raw["county_fips"].str.zfill(3) + raw["ct2020"].str.zfill(6),
            "community_district": raw["communitydist"],
            "council_district": raw["councildist_2023"],
            "residents": raw["bbl_population_estimate"],
            "x": x,
            "y": y,
        }
    )
    what = "tax lots lack a place or a number: left out"
    return lots, (Defect("incomplete-lots", n_blank, what),) if n_blank else ()


def build_zones(lots: pd.DataFrame, boundaries: Boundaries) -> tuple[gpd.GeoDataFrame, tuple[Defect, ...]]:
    """
    Return the zones, as `City.zones`: census tracts at the population-weighted middle of their lots.

    Where that middle lies outside the tract, the nearest lot with residents is taken; where nobody lives, a point
    inside the tract.
    """
    tracts = boundaries.tracts
    unknown = ~lots["zone_id"].isin(tracts["area_id"])
    if unknown.any():
        raise InputError(f"{int(unknown.sum()):,} tax lots lie in census tracts without a boundary")
    zone_ix = pd.Index(tracts["area_id"]).get_indexer(pd.Index(lots["zone_id"]))
    residents = np.bincount(zone_ix, weights=lots["residents"].to_numpy(), minlength=len(tracts)).astype(np.float64)
    x, y = _weighted_middles(lots, zone_ix, len(tracts))
    inside = shapely.contains_xy(tracts.geometry.values, x, y)
    lived_in = residents > 0
    for row in np.flatnonzero(lived_in & ~inside):
        own = lots[(zone_ix == row) & (lots["residents"] > 0).to_numpy()]
        nearest = int(np.argmin(np.hypot(own["x"].to_numpy() - x[row], own["y"].to_numpy() - y[row])))
        x[row], y[row] = own["x"].iloc[nearest], own["y"].iloc[nearest]
    fallback = shapely.point_on_surface(tracts.geometry.values[~lived_in])
    x[~lived_in], y[~lived_in] = shapely.get_x(fallback), shapely.get_y(fallback)
    district, council = _zone_districts(lots, zone_ix, boundaries, x, y)
    zones = gpd.GeoDataFrame(
        {
            "zone_id": tracts["area_id"],
            "name": tracts["nta_name"] + ", tract " + tracts["label"],
            "borough": tracts["borough"],
            "nta_id": tracts["nta_id"],
            "nta_name": tracts["nta_name"],
            "community_district": district,
            "council_district": council,
            "residents": _whole_numbers(residents, tracts["borough"].to_numpy()),
            "x": np.round(x, 1),
            "y": np.round(y, 1),
        },
        geometry=tracts.geometry.values,
        crs=tracts.crs,
    )
    counted = (
        ("zone-middle-outside", int((lived_in & ~inside).sum()), "zones: moved from their middle to the nearest lot"),
        ("zone-without-residents", int((~lived_in).sum()), "zones without residents: placed at a point inside"),
        ("zone-without-district", int((district == "").sum()), "zones lie in no community district (parks, airports)"),
    )
    return zones, tuple(Defect(code, n, what) for code, n, what in counted if n)


def build_blocks(lots: pd.DataFrame, zones: gpd.GeoDataFrame, boundaries: Boundaries) -> pd.DataFrame:
    """
    Return the tax blocks, as `City.blocks`: at the population-weighted middle of their lots, sorted by block_id.

    A block belongs to the tract, and to the districts, where most of its residents live.
    """
    block_ids, block_ix = np.unique(lots["block_id"].to_numpy().astype(str), return_inverse=True)
    weight = lots["residents"].to_numpy() + 1e-6  # lots nobody lives in decide only where all are empty
    zone_of_lot = pd.Index(zones["zone_id"]).get_indexer(pd.Index(lots["zone_id"]))
    zone_ix = _heaviest(block_ix, zone_of_lot, weight, len(block_ids)).astype(np.int32)
    districts = _heaviest_text(block_ix, lots["community_district"], weight, len(block_ids))
    x, y = _weighted_middles(lots, block_ix, len(block_ids))
    residents = np.bincount(block_ix, weights=lots["residents"].to_numpy(), minlength=len(block_ids)).astype(np.float64)
    return pd.DataFrame(
        {
            "block_id": block_ids.astype(object),
            "zone_ix": zone_ix,
            "nta_id": zones["nta_id"].to_numpy()[zone_ix],
            "community_district": _known(districts, boundaries.community_districts),
            "council_district": _heaviest_text(block_ix, lots["council_district"], weight, len(block_ids)),
            "residents": _whole_numbers(residents, zones["borough"].to_numpy()[zone_ix]),
            "x": np.round(x, 1),
            "y": np.round(y, 1),
        }
    )


def _weighted_middles(lots: pd.DataFrame, group_ix: IntArray, n_groups: int) -> tuple[FloatArray, FloatArray]:
    """Return the middle of each group's lots, weighted by residents; unweighted where nobody lives; NaN if no lot."""
    weight = lots["residents"].to_numpy()
    total = np.bincount(group_ix, weights=weight, minlength=n_groups)
    weight = np.where(total[group_ix] > 0, weight, 1.0)
    total = np.bincount(group_ix, weights=weight, minlength=n_groups)
    with np.errstate(invalid="ignore"):
        x, y = (np.bincount(group_ix, weights=weight * lots[axis], minlength=n_groups) / total for axis in ("x", "y"))
    return x, y


def _heaviest(group_ix: IntArray, value_ix: IntArray, weight: FloatArray, n_groups: int) -> IntArray:
    """Return for each group the value with most weight; -1 for a group without rows."""
    sums = pd.DataFrame({"group": group_ix, "value": value_ix, "weight": weight}).groupby(["group", "value"]).sum()
    best = sums.reset_index().sort_values(["group", "weight", "value"], ascending=[True, False, True], kind="stable")
    best = best.drop_duplicates("group")
    result = np.full(n_groups, -1, dtype=np.int64)
    result[best["group"]] = best["value"]
    return result


def _heaviest_text(
    group_ix: IntArray, values: pd.Series[str], weight: FloatArray, n_groups: int
) -> npt.NDArray[np.object_]:
    names, value_ix = np.unique(values.to_numpy().astype(str), return_inverse=True)
    return np.append(names, "").astype(object)[_heaviest(group_ix, value_ix, weight, n_groups)]


def _known(area_ids: npt.NDArray[np.object_], areas: gpd.GeoDataFrame) -> npt.NDArray[np.object_]:
    """Blank the ids that are no area: parks and airports have district numbers of their own."""
    return np.where(np.isin(area_ids.astype(str), areas["area_id"].to_numpy().astype(str)), area_ids, "")


def _zone_districts(
    lots: pd.DataFrame, zone_ix: IntArray, boundaries: Boundaries, x: FloatArray, y: FloatArray
) -> tuple[npt.NDArray[np.object_], npt.NDArray[np.object_]]:
    """Return community and council district of each zone: where most residents live, else where its point lies."""
    weight = lots["residents"].to_numpy() + 1e-6
    found = []
    for column, areas in (
        ("community_district", boundaries.community_districts),
        ("council_district", boundaries.council_districts),
    ):
        ids = _heaviest_text(zone_ix, lots[column], weight, len(x))
        ids = _known(ids, areas)
        points = shapely.points(x, y)
        at, area_ix = shapely.STRtree(areas.geometry.values).query(points, predicate="within").reshape(2, -1)
        by_place = np.full(len(x), "", dtype=object)
        by_place[at] = areas["area_id"].to_numpy()[area_ix]
        found.append(np.where(ids == "", by_place, ids))
    return found[0], found[1]


def _whole_numbers(values: FloatArray, group: npt.NDArray[np.object_]) -> IntArray:
    """Round so that each group keeps its total: the largest remainders are rounded up (Hamilton)."""
    whole = np.floor(values + 1e-9).astype(np.int64)
    for name in np.unique(group.astype(str)):
        members = np.flatnonzero(group == name)
        missing = round(float(values[members].sum())) - int(whole[members].sum())
        remainder = values[members] - whole[members]
        whole[members[np.argsort(-remainder, kind="stable")[:missing]]] += 1
    return whole
