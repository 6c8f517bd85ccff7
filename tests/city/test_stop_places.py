"""Stops without a place."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.city.small_sources import table
from tests.city.tiny_feed import tiny_feed
from workbench.city.gtfs.feed import read_stop_times
from workbench.city.gtfs.stop_places import drop_unplaced_calls, place_stops

HEAD = "stop_id,stop_name,stop_lat,stop_lon,location_type,parent_station"


def test_a_stop_takes_the_place_of_its_station(tmp_path: Path) -> None:
    stops = table(HEAD, "S,Station,53.1,-8.1,1,", "A,Abbey,,,,S", "B,Bridge,53.0,-7.99,,", "C,Castle,53.0,-7.98,,")
    feed, (defect,) = place_stops(tiny_feed(tmp_path, stops=stops))
    placed = feed.tables["stops"].set_index("stop_id")
    assert tuple(placed.loc["A", ["stop_lat", "stop_lon"]]) == ("53.1", "-8.1")
    assert (defect.code, defect.count) == ("stops-placed-by-station", 1)


@pytest.mark.parametrize("place", [",", "0,0", "0.0001,-0.0002", "north,west", "153.0,-7.99"])
def test_calls_at_a_stop_without_any_place_are_left_out(tmp_path: Path, place: str) -> None:
    stops = table(HEAD, "A,Abbey,53.0,-8.0,,", f"B,Bridge,{place},,", "C,Castle,53.0,-7.98,,")
    feed, found = place_stops(tiny_feed(tmp_path, stops=stops))
    assert found == ()
    calls, _ = read_stop_times(feed, wanted=np.array([True]))
    left, (defect,) = drop_unplaced_calls(feed, calls)
    assert feed.tables["stops"]["stop_id"].to_numpy()[left.stop_ix].tolist() == ["A", "C"]
    assert (defect.code, defect.count) == ("stops-without-place", 1)
    assert "with 1 calls: 'B'" in defect.what


def test_stops_with_places_stay(tmp_path: Path) -> None:
    feed = tiny_feed(tmp_path)
    assert place_stops(feed) == (feed, ())
    calls, _ = read_stop_times(feed, wanted=np.array([True]))
    assert drop_unplaced_calls(feed, calls) == (calls, ())
