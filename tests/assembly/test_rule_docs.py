"""Every counting rule has a page, and the examples on it are true."""

import doctest
from pathlib import Path

import pytest

from workbench.assembly import RULES

DOCS = Path(__file__).parents[2] / "docs/rules"


@pytest.mark.parametrize("rule", RULES)
def test_the_examples_of_each_rule_give_what_they_say(rule):
    result = doctest.testfile(str(DOCS / f"{rule}.md"), module_relative=False)
    assert result.attempted > 0
    assert result.failed == 0


def test_the_overview_names_every_rule():
    overview = (DOCS / "README.md").read_text()
    assert all(f"`{rule}`" in overview for rule in RULES)
