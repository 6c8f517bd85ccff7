import dataclasses
import re
from pathlib import Path

import pytest

from workbench.scoring.compare import CRITERIA
from workbench.scoring.indicators import INDICATORS, PARTS, Better
from workbench.scoring.params import ScoringParams

DOCS = Path(__file__).parents[2] / "docs" / "indicators"


@pytest.mark.parametrize("key", INDICATORS)
def test_every_indicator_has_a_page_that_names_it_and_its_unit(key):
    indicator = INDICATORS[key]
    text = (DOCS / indicator.page).read_text(encoding="utf-8")
    assert f"`{key}`" in text
    assert indicator.unit in text
    for word in ("**Formula.**", "**Source.**", "**Uncertainty.**", "**Example.**"):
        assert word in text or (word == "**Formula.**" and indicator.page == "service.md"), word


def test_the_registry_is_sound():
    assert [indicator.key for indicator in INDICATORS.values()] == list(INDICATORS)
    assert {indicator.part for indicator in INDICATORS.values()} == set(PARTS)
    assert all(INDICATORS[key].better is not Better.NEITHER for key in CRITERIA)
    labels = [indicator.label for indicator in INDICATORS.values()]
    assert len(set(labels)) == len(labels)


def test_no_page_is_left_over_and_the_index_lists_all():
    pages = {path.name for path in DOCS.glob("*.md")} - {"README.md", "groups.md", "parameters.md"}
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
