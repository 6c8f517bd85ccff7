import pytest

from tests.scenario.scenario_scenes import row_route
from workbench.errors import NotFoundError
from workbench.scenario import Scenario


def test_edits_are_added_replaced_and_removed_on_copies():
    empty = Scenario("Package")
    one = empty.with_edit(row_route(route_id="a"))
    two = one.with_edit(row_route(route_id="b"))
    faster = two.with_edit(row_route(route_id="a", headway_s=300))
    assert [edit.route_id for edit in faster.edits] == ["a", "b"]  # replaced in its place
    assert faster.edits[0].headway_s == 300
    assert (len(empty.edits), len(one.edits), len(two.edits)) == (0, 1, 2)
    assert faster.without_edit("a") == Scenario("Package", (row_route(route_id="b"),))


def test_removing_what_is_not_there_says_what_is():
    with pytest.raises(NotFoundError, match="route 'z' is not in scenario 'Package'; it has a"):
        Scenario("Package", (row_route(route_id="a"),)).without_edit("z")


def test_undo_gives_back_the_same_id():
    one = Scenario("Package", (row_route(),))
    assert one.with_edit(row_route(route_id="b")).without_edit("b").scenario_id == one.scenario_id
