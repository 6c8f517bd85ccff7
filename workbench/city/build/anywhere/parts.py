"""Zones, blocks, areas, groups and places of any city, from the tables and maps its city file names."""

from __future__ import annotations

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from workbench.city.build.anywhere.cityfile import AreaSource, FileSource, GroupsSource
from workbench.city.build.anywhere.mapfiles import pick_column, read_areas, read_numbers, read_rows, to_points
from workbench.city.city import Group
from workbench.city.defect import Defect
from workbench.city.gtfs.feed import some
from workbench.errors import InputError

__all__ = ["area_at", "build_zones", "read_blocks", "read_groups", "read_places", "read_zones"]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

NEAR_ZONE_M = 500.0
"""A block this far outside every zone still belongs to the nearest one, metres: shores and boundaries are rough."""
POINT_ZONE_M = 2000.0
"""Zones given as points reach at most this far, metres."""


def read_zones(source: FileSource, crs: str) -> pd.DataFrame:
    """
    Read the zones: zone_id, name, residents (NaN where not given), x, y (NaN where only an outline is given), geometry.

    `geometry` is the outline, or None for zones given as points. Sorted by zone_id.

    Raises
    ------
    InputError
        If ids are missing or repeated, a number cannot be read, or a zone has no place.
    """
    table = read_rows(source.file, layer=source.layer)
    where = source.file.name
    ids = _ids(table, source, "zone_id", where)
    name = source.name or ("name" if "name" in table else "")
    residents = np.full(len(table), np.nan)
    if source.residents or "residents" in table:
        residents = read_numbers(table[pick_column(table, source.residents, "residents", where)], where)
    is_map = isinstance(table, gpd.GeoDataFrame)
    has_outlines = source.shapes is not None or (is_map and bool(table.geom_type.str.endswith("Polygon").all()))
    has_points = (is_map and not has_outlines) or {source.lon, source.lat} <= set(table.columns)
    if not has_outlines and not has_points:
        raise InputError(f"{where}: zones need {source.lon} and {source.lat} columns, or `shapes`, a map of outlines")
    x, y = to_points(table, source, crs, where) if has_points else (np.full(len(table), np.nan),) * 2
    zones = pd.DataFrame(
        {
            "zone_id": ids,
            "name": table[pick_column(table, name, "", where)] if name else [f"zone {zone_id}" for zone_id in ids],
            "residents": residents,
            "x": x,
            "y": y,
            "geometry": None,
        }
    ).sort_values("zone_id", ignore_index=True)
    if has_outlines:
        outlines = read_areas(source, crs, default_id="zone_id").set_index("area_id")["geometry"]
        lost = sorted(set(ids) - set(outlines.index))
        if lost:
            raise InputError(f"{where}: {len(lost):,} zones have no outline: {some(lost)}")
        zones["geometry"] = outlines.reindex(zones["zone_id"]).to_numpy()
    return zones


def read_blocks(source: FileSource, crs: str) -> pd.DataFrame:
    """Read the blocks: block_id, residents, x, y; sorted by block_id. Raises `InputError`, as `read_zones`."""
    table = read_rows(source.file, layer=source.layer)
    where = source.file.name
    x, y = to_points(table, source, crs, where)
    residents = read_numbers(table[pick_column(table, source.residents, "residents", where)], where)
    blocks = pd.DataFrame(
        {"block_id": _ids(table, source, "block_id", where), "residents": np.nan_to_num(residents), "x": x, "y": y}
    )
    return blocks.sort_values("block_id", ignore_index=True)


def build_zones(
    zones: pd.DataFrame, blocks: pd.DataFrame | None, land: shapely.Geometry, crs: str
) -> tuple[gpd.GeoDataFrame, pd.DataFrame, tuple[Defect, ...]]:
    """
    Return zones and blocks as `City` has them, without the columns of their areas.

    Zones given as points reach halfway to the next one. A zone stands where its blocks' residents live on average, else
    at the point given, else at a point inside. Without blocks each zone is one block.
    """
    defects: list[Defect] = []
    if zones["geometry"].isna().any():
        zones = zones.assign(geometry=_cells(zones, land))
        what = "zones are given as points: outlines drawn halfway between them"
        defects.append(Defect("zone-shapes-drawn", len(zones), what))
    outlines = zones["geometry"].to_numpy()
    inside = shapely.point_on_surface(outlines)
    x = np.where(zones["x"].isna(), shapely.get_x(inside), zones["x"].to_numpy())
    y = np.where(zones["y"].isna(), shapely.get_y(inside), zones["y"].to_numpy())
    zone_ix = np.arange(len(zones))
    of_blocks: FloatArray | None = None
    if blocks is not None:
        blocks, zone_ix, found = _place_blocks(blocks, outlines)
        defects += found
        people = blocks["residents"].to_numpy(dtype=np.float64)
        of_blocks = total = np.bincount(zone_ix, weights=people, minlength=len(zones)).astype(np.float64)
        with np.errstate(invalid="ignore"):
            middle_x, middle_y = (
                np.bincount(zone_ix, weights=people * blocks[axis], minlength=len(zones)) / total for axis in ("x", "y")
            )
        inside_own = (total > 0) & shapely.contains_xy(outlines, np.nan_to_num(middle_x), np.nan_to_num(middle_y))
        x, y = np.where(inside_own, middle_x, x), np.where(inside_own, middle_y, y)
    residents, found = _zone_residents(zones, of_blocks)
    defects += found
    built = gpd.GeoDataFrame(
        {
            "zone_id": zones["zone_id"].to_numpy(dtype=object),
            "name": zones["name"].to_numpy(dtype=object),
            "residents": residents,
            "x": np.round(x, 1),
            "y": np.round(y, 1),
        },
        geometry=outlines,
        crs=crs,
    )
    if blocks is None:
        what = "city without blocks: each zone counts as one block, so coverage is known by zone only"
        defects.append(Defect("blocks-missing", 1, what))
        blocks = built[["residents", "x", "y"]].assign(block_id=built["zone_id"])
    table = pd.DataFrame(
        {
            "block_id": blocks["block_id"].to_numpy(dtype=object),
            "zone_ix": zone_ix.astype(np.int32),
            "residents": np.rint(blocks["residents"]).astype(np.int64),
            "x": blocks["x"].to_numpy(),
            "y": blocks["y"].to_numpy(),
        }
    )
    return built, table, tuple(defects)


def area_at(areas: gpd.GeoDataFrame, x: FloatArray, y: FloatArray) -> npt.NDArray[np.object_]:
    """Return the area_id at each point, the first in the table where two overlap; "" where there is none."""
    found = np.full(len(x), "", dtype=object)
    at, area_ix = shapely.STRtree(areas.geometry.values).query(shapely.points(x, y), predicate="intersects")
    order = np.lexsort((-area_ix, at))
    found[at[order]] = areas["area_id"].to_numpy(dtype=object)[area_ix[order]]
    return found


def read_groups(source: GroupsSource, ids: Sequence[str]) -> tuple[tuple[Group, ...], pd.DataFrame, tuple[Defect, ...]]:
    """
    Read the shares of each group, as `City.group_shares` without the name of its index.

    Parameters
    ----------
    source
        The table and its columns.
    ids
        The zones or areas the shares belong to.

    Raises
    ------
    InputError
        If an id is repeated, or a share is not between 0 and 1.
    """
    table = read_rows(source.file, layer=source.layer)
    where = source.file.name
    default = "zone_id" if source.by == "zone" else "area_id"
    table = pd.DataFrame(table).assign(id_=_ids(table, source, default, where))
    known = table["id_"].isin(ids)
    table = table[known].sort_values("id_", ignore_index=True)
    columns: dict[str, FloatArray] = {}
    for group in source.group:
        share, moe = _share(table, group.column, group.of, group.moe, where)
        columns[group.id], columns[f"{group.id}_moe"] = np.round(share, 5), np.round(moe, 5)
    shares = pd.DataFrame(columns, index=pd.Index(table["id_"].to_numpy(dtype=object)))
    n_lost = len(set(ids) - set(shares.index))
    counted = (
        ("groups-unknown-ids", int((~known).sum()), f"rows of {where} name no {source.by} of this city: left out"),
        ("groups-unknown", n_lost, f"{source.by}s are not in {where}: group shares are unknown there"),
    )
    groups = tuple(Group(group.id, group.label, group.note) for group in source.group)
    return groups, shares, tuple(Defect(code, n, what) for code, n, what in counted if n)


def read_places(sources: Sequence[AreaSource], crs: str) -> list[pd.DataFrame]:
    """Return the places of each file: kind, name, x, y. Raises `InputError`, as `read_zones`."""
    tables = []
    for source in sources:
        table = read_rows(source.file, layer=source.layer)
        x, y = to_points(table, source, crs, source.file.name)
        name = source.name or ("name" if "name" in table else "")
        names = table[pick_column(table, name, "", source.file.name)] if name else ""
        kinds = source.kind or table[pick_column(table, "kind", "", source.file.name)]
        tables.append(pd.DataFrame({"kind": kinds, "name": names, "x": x, "y": y}))
    return tables


def _ids(table: pd.DataFrame, source: FileSource, default: str, where: str) -> npt.NDArray[np.object_]:
    """Return the ids of a table; raises if one is missing or there twice."""
    column = pick_column(table, source.id, default, where)
    ids = table[column]
    if (ids == "").any():
        raise InputError(f"{where}: {int((ids == '').sum()):,} rows have no {column}")
    twice = ids[ids.duplicated()].unique()
    if len(twice):
        raise InputError(f"{where}: {len(twice):,} values of {column} appear twice: {some(twice)}")
    return ids.to_numpy(dtype=object)


def _cells(zones: pd.DataFrame, land: shapely.Geometry) -> npt.NDArray[np.object_]:
    """Return the part of the land nearest to each zone's point, at most `POINT_ZONE_M` away."""
    x, y = zones["x"].to_numpy(), zones["y"].to_numpy()
    points = np.asarray(shapely.points(x, y))
    same = zones[["x", "y"]].duplicated(keep=False)
    if same.any():
        raise InputError(f"{int(same.sum()):,} zones stand at one place: {some(zones['zone_id'][same])}")
    reach = shapely.buffer(points, POINT_ZONE_M)
    cells = shapely.get_parts(shapely.voronoi_polygons(shapely.multipoints(points), extend_to=land, ordered=True))
    near = shapely.intersection(shapely.intersection(cells, reach), land)
    small = np.asarray(shapely.buffer(points, 10.0))  # a point in the water keeps a small place of its own
    shapes = shapely.set_precision(np.where(shapely.area(near) > 0, near, small), 0.1)
    return np.array(
        [
            shapely.MultiPolygon([part for part in shapely.get_parts(shape) if part.geom_type == "Polygon"])
            for shape in shapes
        ],
        dtype=object,
    )


def _place_blocks(
    blocks: pd.DataFrame, outlines: npt.NDArray[np.object_]
) -> tuple[pd.DataFrame, IntArray, list[Defect]]:
    """Return the blocks that belong to a zone, the zone of each, and how many were bent or left out."""
    points = shapely.points(blocks["x"], blocks["y"])
    at, nearest = shapely.STRtree(outlines).query_nearest(points, max_distance=NEAR_ZONE_M, all_matches=False)
    zone_ix = np.full(len(blocks), -1, dtype=np.int64)
    zone_ix[at] = nearest
    known = zone_ix >= 0
    if not known.any():
        raise InputError(f"no block lies within {NEAR_ZONE_M:.0f} m of a zone: are their coordinates of one city?")
    outside = known & (shapely.distance(points, outlines[np.maximum(zone_ix, 0)]) > 0)
    n_people = round(float(blocks["residents"][~known].sum()))
    counted = (
        ("blocks-beside-zones", int(outside.sum()), "blocks lie in no zone: given to the nearest"),
        (
            "blocks-outside",
            int((~known).sum()),
            f"blocks with {n_people:,} residents lie more than {NEAR_ZONE_M:.0f} m from every zone: left out: "
            f"{some(blocks['block_id'][~known])}",
        ),
    )
    defects = [Defect(code, n, what) for code, n, what in counted if n]
    return blocks[known].reset_index(drop=True), zone_ix[known], defects


def _zone_residents(zones: pd.DataFrame, of_blocks: FloatArray | None) -> tuple[IntArray, list[Defect]]:
    """Return whole residents of each zone: as given, else summed from the blocks."""
    given = zones["residents"].to_numpy(dtype=np.float64)
    if np.isnan(given).all():
        if of_blocks is None:
            raise InputError("zones have no residents: name their column, or give [blocks] with residents")
        return np.rint(of_blocks).astype(np.int64), []
    blank = np.isnan(given)
    defects = []
    if blank.any():
        what = f"zones have no number of residents: taken as 0: {some(zones['zone_id'][blank])}"
        defects.append(Defect("zones-without-count", int(blank.sum()), what))
    residents = np.rint(np.nan_to_num(given)).astype(np.int64)
    if of_blocks is not None and abs(of_blocks.sum() - residents.sum()) > 0.01 * max(residents.sum(), 1):
        what = f"residents in zones, {round(of_blocks.sum()):,} in their blocks: both are used as they are"
        defects.append(Defect("people-disagree", int(residents.sum()), what))
    n_empty = int((residents == 0).sum())
    if n_empty == len(residents):
        raise InputError("nobody lives in any zone: every number of residents is 0")
    return residents, defects


def _share(table: pd.DataFrame, column: str, of: str, moe: str, where: str) -> tuple[FloatArray, FloatArray]:
    """Return the share of a group in each area and its margin; NaN where it is not known."""
    part = read_numbers(table[pick_column(table, column, column, where)], where)
    margin = read_numbers(table[pick_column(table, moe, moe, where)], where) if moe else np.full(len(table), np.nan)
    if of:
        whole = read_numbers(table[pick_column(table, of, of, where)], where)
        with np.errstate(invalid="ignore", divide="ignore"):
            part, margin = (np.where(whole > 0, value / whole, np.nan) for value in (part, margin))
    if np.nanmax(part, initial=0.0) > 1.0:
        hint = "name the column `of` with the total" if not of else f"more than {of}"
        raise InputError(f"{where}: {column} has a share of {np.nanmax(part):g}, must be 0 to 1; {hint}")
    return part, margin
