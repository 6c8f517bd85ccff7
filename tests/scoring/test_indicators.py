import dataclasses
import re
from pathlib import Path

import pytest

from workbench.network import SearchParams
from workbench.parts import CRITERIA as PART_CRITERIA
from workbench.scoring.compare import CRITERIA
from workbench.scoring.indicators import ASKED, INDICATORS, PARTS, Better
from workbench.scoring.measures.demand import DEMAND_FIELDS
from workbench.scoring.measures.reach import REACH_FIELDS
from workbench.scoring.params import ScoringParams
from workbench.scoring.scorecard import AreaRow, GroupRow, RideRow, ScreeningRow
from workbench.sensitivity import ASSUMPTIONS


def measures_fields(row):
    """The names of the figures of a row."""
    return {field.name for field in dataclasses.fields(row) if field.type == "Measure"}


PARTS_OF_A_PAGE = ("**Formula.**", "**Source.**", "**Uncertainty.**", "**References.**", "**Example.**")
DOCS = Path(__file__).parents[2] / "docs" / "indicators"


@pytest.mark.parametrize("key", INDICATORS)
def test_every_indicator_has_a_page_that_names_it_and_its_unit(key):
    indicator = INDICATORS[key]
    text = (DOCS / indicator.page).read_text(encoding="utf-8")
    assert f"`{key}`" in text
    assert indicator.unit in text
    for word in PARTS_OF_A_PAGE:
        assert word in text or (word == "**Formula.**" and indicator.page == "service.md"), word


def test_the_registry_is_sound():
    assert [indicator.key for indicator in INDICATORS.values()] == list(INDICATORS)
    assert {indicator.part for indicator in INDICATORS.values()} == set(PARTS) | set(ASKED)
    assert all(INDICATORS[key].better is not Better.NEITHER for key in CRITERIA)
    labels = [indicator.label for indicator in INDICATORS.values()]
    assert len(set(labels)) == len(labels)


BESIDE = {
    "README.md",
    "demand.md",
    "groups.md",
    "opportunities.md",
    "parameters.md",
    "parts.md",
    "screening.md",
    "sensitivity.md",
}
"""Pages of rows and tables, whose fields are not keys of the registry."""


def test_no_page_is_left_over_and_the_index_lists_all():
    pages = {path.name for path in DOCS.glob("*.md")} - BESIDE
    assert pages == {indicator.page for indicator in INDICATORS.values()}
    index = (DOCS / "README.md").read_text(encoding="utf-8")
    assert all(f"({path.name})" in index for path in DOCS.glob("*.md") if path.name != "README.md")


def test_every_parameter_is_documented_with_its_default():
    text = (DOCS / "parameters.md").read_text(encoding="utf-8")
    for field in dataclasses.fields(ScoringParams):
        row = re.search(rf"\| `{field.name}` \| ([\d.]+) \| ([^|]+) \|", text)
        assert row, field.name
        assert float(row[1]) == field.default
        assert row[2] == field.metadata["unit"]


@pytest.mark.parametrize(
    ("page", "fields"),
    [
        ("groups.md", measures_fields(GroupRow) | measures_fields(AreaRow)),
        ("screening.md", measures_fields(ScreeningRow) | {"population", "effect", "finding"}),
        ("opportunities.md", {field for field in REACH_FIELDS if "_45_" not in field and "_60_" not in field}),
        ("parts.md", set(PART_CRITERIA)),
        ("demand.md", set(DEMAND_FIELDS)),
        ("losers.md", {"worst"}),
        ("rides.md", measures_fields(RideRow) | {"ride_rows", "worst_rides", "more_rides", "fewer_rides"}),
    ],
)
def test_every_field_of_a_row_is_documented(page, fields):
    text = (DOCS / page).read_text(encoding="utf-8")
    for field in fields:
        assert f"`{field}`" in text, field


def test_pages_of_rows_are_as_complete_as_those_of_indicators():
    for page in BESIDE - {"README.md", "parameters.md"}:
        text = (DOCS / page).read_text(encoding="utf-8")
        for word in PARTS_OF_A_PAGE:
            assert word in text, f"{page}: {word}"


def test_every_assumption_that_is_tried_is_documented_with_its_range():
    text = (DOCS / "sensitivity.md").read_text(encoding="utf-8")
    rows = {
        row[0].removesuffix(" (full)"): row[1:] for row in re.findall(r"\| ([^|]+) \| ([\d.]+) \| ([\d.]+) \|", text)
    }
    assert {label: tuple(map(float, ends)) for label, ends in rows.items()} == {
        one.label: (one.low, one.high) for one in ASSUMPTIONS
    }
    used = dataclasses.asdict(ScoringParams()) | dataclasses.asdict(SearchParams()) | {"speed": 1.0}
    assert all(one.low <= used[one.key] <= one.high for one in ASSUMPTIONS)
