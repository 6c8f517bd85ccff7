from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest

from tests.city.conftest import Town
from tests.city.small_sources import write_zip
from workbench.city.gtfs import feed as gtfs
from workbench.city.gtfs import tables
from workbench.city.gtfs.feed import read_feed, read_shapes, read_stop_times
from workbench.errors import InputError, Level


def everything(feed: gtfs.Feed) -> gtfs.StopTimes:
    times, _ = read_stop_times(feed, wanted=np.ones(len(feed.tables["trips"]), dtype=np.bool_))
    return times


def counted(defects: tuple[gtfs.Defect, ...]) -> dict[str, int]:
    return {defect.code: defect.count for defect in defects}


def test_reads_text_stripped_and_counts_spaces(town: Town) -> None:
    feed = read_feed(town.sources / "bus_a.zip", feed_id="bus_a")
    assert feed.tables["agency"]["agency_url"].tolist() == ["http://bus.example"]
    assert feed.tables["stops"]["stop_lat"].iloc[0] == feed.tables["stops"]["stop_lat"].iloc[0].strip()
    # agency_url once, latitude and longitude of W1
    padded = [d for d in feed.defects if d.code == "padded-values"]
    assert sorted((d.count, d.what.split()[2]) for d in padded) == [(1, "agency.txt"), (2, "stops.txt")]


def test_missing_tables_are_reported_not_fatal(town: Town) -> None:
    feed = read_feed(town.sources / "bus_b.zip", feed_id="bus_b")
    assert counted(feed.defects) | {"padded-values": 1} == {"no-calendar": 1, "no-transfers": 1, "padded-values": 1}
    rail = read_feed(town.sources / "rail.zip", feed_id="rail")
    assert counted(rail.defects) == {"transfers-not-used": 1}


def test_stop_times_of_feed_a(town: Town) -> None:
    feed = read_feed(town.sources / "bus_a.zip", feed_id="bus_a")
    times, defects = read_stop_times(feed, wanted=np.ones(len(feed.tables["trips"]), dtype=np.bool_))
    # 6 trips x 4 calls and the trip with one call; the ghost trip is left out
    assert len(times.trip_ix) == 25
    of_a1 = times.trip_ix == feed.tables["trips"]["trip_id"].tolist().index("a1")
    assert times.arrival_s[of_a1].tolist() == [25_200, 25_800, 26_400, 27_000]
    assert times.may_board[of_a1].tolist() == [True, True, False, True]
    assert times.may_alight[of_a1].tolist() == [True, False, True, True]
    # a4 leaves at 23:50 and calls every 600 s: its second, third and fourth calls are at 24:00, 24:10, 24:20
    assert counted(defects) == {"unknown-trips": 1, "times-past-midnight": 3, "no-boarding": 1, "no-alighting": 1}


def test_rows_out_of_order_are_sorted_and_blank_times_filled(town: Town) -> None:
    feed = read_feed(town.sources / "bus_b.zip", feed_id="bus_b")
    times, defects = read_stop_times(feed, wanted=np.array([True]))
    stop_id = feed.tables["stops"]["stop_id"].to_numpy()
    assert stop_id[times.stop_ix].tolist() == ["W1", "M", "N", "E9"]
    # between 7:00 and 7:20 the timetable says nothing of M: half way
    assert times.departure_s.tolist() == [25_200, 25_800, 26_400, 26_400]
    assert counted(defects)["blank-times"] == 1
    assert counted(defects)["zero-second-hops"] == 1
    assert counted(defects)["calls-out-of-order"] == 1


def test_only_wanted_trips_are_read(town: Town) -> None:
    feed = read_feed(town.sources / "rail.zip", feed_id="rail")
    times, _ = read_stop_times(feed, wanted=np.array([False, True]))
    assert times.arrival_s.tolist() == [90_000, 90_150]
    assert times.departure_s.tolist() == [90_030, 90_150]


def test_a_trip_that_goes_back_in_time_is_raised(town: Town, tmp_path: Path) -> None:
    # 7:10 after 7:00 to 7:20 becomes 7:20
    feed = changed_feed(town, tmp_path, "r1,07:02:30,07:03:00,S2N,2", "r1,06:59:00,06:58:00,S2N,2")
    times, defects = read_stop_times(feed, wanted=np.array([True, False]))
    assert times.arrival_s.tolist() == [25_200, 25_230]
    assert times.departure_s.tolist() == [25_230, 25_230]
    assert counted(defects)["times-going-back"] == 2


@pytest.mark.parametrize("time", ["7:00", "7:00:xx", "1234:00:00", "-1:00:00"])
def test_a_time_that_cannot_be_read_is_named(town: Town, tmp_path: Path, time: str) -> None:
    feed = changed_feed(town, tmp_path, "r1,07:02:30,07:03:00", f"r1,{time},07:03:00")
    with pytest.raises(InputError, match=r"rail: time .* is not H:MM:SS"):
        everything(feed)


def test_a_trip_that_ends_without_a_time_is_refused(town: Town, tmp_path: Path) -> None:
    feed = changed_feed(town, tmp_path, "r1,07:02:30,07:03:00", "r1,,")
    with pytest.raises(InputError, match="1 trips start or end without a time"):
        everything(feed)


def test_an_unknown_stop_is_refused(town: Town, tmp_path: Path) -> None:
    feed = changed_feed(town, tmp_path, "07:03:00,S2N,2", "07:03:00,S3N,2")
    with pytest.raises(InputError, match=r"1 stops not in stops\.txt"):
        everything(feed)


def test_shapes_are_read_in_order(town: Town) -> None:
    feed = read_feed(town.sources / "bus_b.zip", feed_id="bus_b")
    points = read_shapes(feed, frozenset({"b2"}))
    assert points["lon"].is_monotonic_increasing
    assert len(points) == 4
    assert read_shapes(feed, frozenset({"other"})).empty


def test_a_file_that_is_no_feed(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="GTFS feed not found"):
        read_feed(tmp_path / "none.zip", feed_id="none")
    (tmp_path / "text.zip").write_text("no zip")
    with pytest.raises(InputError, match="is not a readable zip"):
        read_feed(tmp_path / "text.zip", feed_id="text")
    write_zip(tmp_path / "empty.zip", {"stops.txt": "stop_id\n"})
    with pytest.raises(InputError, match=r"lacks agency.txt, routes.txt, trips.txt, stop_times.txt"):
        read_feed(tmp_path / "empty.zip", feed_id="empty")


def test_bytes_are_counted_while_unpacking(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "MAX_TABLE_BYTES", 100)
    with pytest.raises(InputError, match="unpacks to more than 100 bytes"):
        read_feed(town.sources / "rail.zip", feed_id="rail")
    monkeypatch.setattr(tables, "MAX_FEED_BYTES", 500)
    with pytest.raises(InputError, match="must be at most 500"):
        read_feed(town.sources / "rail.zip", feed_id="rail")


def test_names_inside_the_zip_are_never_used_as_paths(town: Town, tmp_path: Path) -> None:
    path = tmp_path / "rail.zip"
    path.write_bytes((town.sources / "rail.zip").read_bytes())
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("../../escaped.txt", "out")
    read_feed(path, feed_id="rail")
    assert sorted(file.name for file in tmp_path.rglob("*")) == ["rail.zip"]


def test_a_defect_becomes_a_warning() -> None:
    problem = gtfs.Defect("zero-second-hops", 1234, "hops take 0 seconds: kept", "bus_a").problem()
    assert problem.level is Level.WARNING
    assert str(problem) == "bus_a: 1,234 hops take 0 seconds: kept"


def changed_feed(town: Town, folder: Path, old: str, new: str) -> gtfs.Feed:
    """Return the rail feed with one text changed."""
    with zipfile.ZipFile(town.sources / "rail.zip") as archive:
        files = {name: archive.read(name).decode() for name in archive.namelist()}
    assert old in files["stop_times.txt"]
    files["stop_times.txt"] = files["stop_times.txt"].replace(old, new)
    return read_feed(write_zip(folder / "rail.zip", files), feed_id="rail")
