"""Boundaries, people and groups from a folder of `workbench city fetch`, in place of the wheels."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import geopandas as gpd
import pandas as pd
import shapely

from workbench.city.build.newyork.ground import Ground
from workbench.city.build.newyork.groups import shares_of_counts
from workbench.city.build.sources import CitySpec
from workbench.city.city import Source
from workbench.city.defect import Defect
from workbench.city.fetch.boundaries import read_open_data_boundaries
from workbench.city.fetch.census import read_acs_counts, read_block_people, sum_counts
from workbench.city.fetch.note import hash_file
from workbench.errors import InputError

__all__ = ["read_live_ground"]

_SOURCES = (
    Source(
        "boundaries",
        "NYC Department of City Planning, NYC Open Data",
        "as downloaded",
        "NYC Open Data terms",
        "Cut to the shoreline.",
    ),
    Source(
        "people",
        "US Census Bureau, Census 2020: residents by census block",
        "2020",
        "public domain",
        "Counted by block; the Census Bureau adds noise to blocks to protect privacy.",
    ),
    Source(
        "groups",
        "US Census Bureau, American Community Survey, five years, by tract",
        "2019-2023",
        "public domain",
        "Summed to neighborhoods, with margins of error (90 %); applied to the blocks in it: an estimate.",
    ),
)


def read_live_ground(spec: CitySpec, live_dir: Path) -> Ground:
    """
    Read boundaries, people and groups out of a folder of downloaded live sources.

    Parameters
    ----------
    spec
        What to build from; its wheels are not needed.
    live_dir
        Has `boundaries/`, `census/` and `tiger/`, as `workbench city fetch nyc` leaves them.

    Raises
    ------
    InputError
        If a file is missing or cannot be used; names it and the command that gets it.
    """
    boundaries, of_areas = read_open_data_boundaries(live_dir / "boundaries", crs=spec.crs)
    people = sorted((live_dir / "census").glob("people_*.json"))
    places = sorted((live_dir / "tiger").glob("tl_*_tabblock20.zip"))
    if not people or not places:
        what, dataset = ("residents by block", "census") if not people else ("places of census blocks", "tiger")
        raise InputError(f"{live_dir} has no {what}; `workbench city fetch nyc --only {dataset}` gets them")
    lots, of_lots = read_block_people(people, places, boundaries, crs=spec.crs)
    surveys = [live_dir / "census" / f"acs_{part}.json" for part in ("detail", "profile")]
    counts, of_counts = read_acs_counts(surveys)
    tracts = boundaries.tracts.set_index("area_id")["nta_id"]
    shares = shares_of_counts(sum_counts(counts, tracts).reindex(sorted(boundaries.ntas["area_id"])))
    n_empty = int(shares[shares.columns[0]].isna().sum())
    what = "neighborhoods (parks, cemeteries, airports) have no households: group shares are unknown there"
    of_shares = (Defect("groups-unknown", n_empty, what),) if n_empty else ()
    used = [*sorted((live_dir / "boundaries").glob("*.geojson")), *people, *places, *surveys]
    return Ground(
        boundaries=boundaries,
        lots=lots,
        shares=shares,
        outlines=[
            *_outlines(boundaries.council_districts, boundaries.community_districts),
            _block_lines(places, spec.crs),
        ],
        rough_outlines=(),
        inputs={path.relative_to(live_dir).as_posix(): hash_file(path) for path in used},
        defects=(*of_areas, *of_lots, *of_counts, *of_shares),
        sources=_SOURCES,
    )


def _outlines(*areas: gpd.GeoDataFrame) -> list[shapely.Geometry]:
    return [shapely.union_all(shapely.boundary(table.geometry.values), grid_size=0.1) for table in areas]


def _block_lines(paths: Sequence[Path], crs: str) -> shapely.Geometry:
    """Return the outlines of the census blocks, each line once: most of them are streets."""
    tables = [gpd.read_file(path, columns=["GEOID20"]).to_crs(crs) for path in paths]
    shapes = shapely.make_valid(pd.concat([table.geometry for table in tables]).to_numpy())
    return shapely.union_all(shapely.boundary(shapes), grid_size=0.1)
