from __future__ import annotations

import numpy as np
import pytest

from tests.city.conftest import Town
from tests.city.small_sources import CRS, lonlat
from workbench.city.gtfs.feed import read_feed, read_stop_times
from workbench.city.gtfs.merge import MergedFeeds, merge_feeds


@pytest.fixture(scope="module")
def merged(town: Town) -> MergedFeeds:
    feeds = [read_feed(town.sources / f"{name}.zip", feed_id=name) for name in town.spec.feeds]
    times = [read_stop_times(feed, wanted=np.ones(len(feed.tables["trips"]), dtype=np.bool_))[0] for feed in feeds]
    return merge_feeds(feeds, times, crs=CRS)


def test_stops_are_unique_and_only_those_in_use(merged: MergedFeeds) -> None:
    assert sorted(merged.stops["stop_id"]) == ["E1", "E2", "E9", "M", "N", "S1N", "S2N", "W1", "W2"]
    mode = merged.stops.set_index("stop_id")["mode"]
    assert mode["S1N"] == "subway"
    assert mode["W1"] == "bus"


def test_the_first_feed_places_a_shared_stop(merged: MergedFeeds) -> None:
    row = merged.stops.set_index("stop_id").loc["W1"]
    assert (row["lon"], row["lat"]) == lonlat(500, 990)
    what = {defect.code: defect for defect in merged.defects}
    assert what["shared-stop-ids"].count == 1
    assert what["shared-stops-apart"].count == 1
    assert "at most 30 m" in what["shared-stops-apart"].what


def test_routes_are_kept_once_and_idle_ones_left_out(merged: MergedFeeds) -> None:
    assert merged.routes["route_id"].tolist() == ["1", "B1", "B2"]
    assert merged.routes["mode"].tolist() == ["subway", "bus", "bus"]
    assert merged.routes["color"].tolist() == ["#d82233", "#00aeef", "#0039a6"]
    assert merged.routes["agency"].tolist() == ["Town Rail", "Town Bus", "Town Bus"]
    what = {defect.code: defect.count for defect in merged.defects}
    assert what["routes-listed-twice"] == 3
    assert what["routes-without-trips"] == 1


def test_trips_with_one_call_are_left_out(merged: MergedFeeds) -> None:
    assert "a6" not in set(merged.trips["trip_id"])
    assert {defect.code: defect.count for defect in merged.defects}["short-trips"] == 1
    assert len(merged.trips) == 9
    assert merged.call_indptr[-1] == len(merged.stop_ix) == 2 * 2 + 6 * 4 + 4


def test_a_trip_keeps_its_stops(merged: MergedFeeds) -> None:
    row = merged.trips["trip_id"].tolist().index("b1")
    calls = slice(merged.call_indptr[row], merged.call_indptr[row + 1])
    assert merged.stops["stop_id"].to_numpy()[merged.stop_ix[calls]].tolist() == ["W1", "M", "N", "E9"]


def test_stations_are_the_parents_of_stops(merged: MergedFeeds) -> None:
    assert merged.stations["name"].tolist() == ["South St", "North St"]
    assert merged.stations["mode"].tolist() == ["subway", "subway"]
    assert merged.stations["y"].round().tolist() == [60_500, 61_500]


def test_a_shared_id_far_away_is_another_stop(town: Town) -> None:
    feeds = [read_feed(town.sources / f"{name}.zip", feed_id=name) for name in ("bus_a", "bus_b")]
    feeds[1].tables["stops"].loc[0, "stop_lat"] = str(lonlat(500, 1990)[1])
    times = [read_stop_times(feed, wanted=np.ones(len(feed.tables["trips"]), dtype=np.bool_))[0] for feed in feeds]
    merged = merge_feeds(feeds, times, crs=CRS)
    assert {"W1", "bus_b:W1"} <= set(merged.stops["stop_id"])
    assert {defect.code for defect in merged.defects} >= {"stop-id-clash"}
