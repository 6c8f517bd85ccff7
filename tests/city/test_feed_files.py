"""What people hand over in place of a clean GTFS zip: read and reported, or refused in one clear sentence."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest

from tests.city.small_sources import table, write_zip
from tests.city.tiny_feed import TABLES, changed_tables, tiny_feed
from workbench.city.gtfs import tables
from workbench.city.gtfs.feed import Feed, read_feed, read_stop_times
from workbench.errors import InputError


def write_bytes(folder: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(folder / "feed.zip", "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return folder / "feed.zip"


def counted(feed: Feed) -> dict[str, int]:
    return {defect.code: defect.count for defect in feed.defects}


def test_a_folder_of_tables_is_a_feed(tmp_path: Path) -> None:
    for name, text in TABLES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    feed = read_feed(tmp_path, feed_id="folder")
    times, _ = read_stop_times(feed, wanted=np.array([True]))
    assert times.arrival_s.tolist() == [25_200, 25_500, 25_800]
    before = feed.sha256
    (tmp_path / "stops.txt").write_text(TABLES["stops.txt"].replace("Abbey", "Abbot"), encoding="utf-8")
    assert read_feed(tmp_path, feed_id="folder").sha256 != before


def test_tables_in_a_folder_of_the_zip_are_found_and_reported(tmp_path: Path) -> None:
    inside = {f"export/{name}": text for name, text in TABLES.items()} | {"__MACOSX/export/stop_times.txt": "junk"}
    feed = read_feed(write_zip(tmp_path / "feed.zip", inside), feed_id="f")
    assert counted(feed)["feed-in-a-folder"] == 1
    assert len(feed.tables["stops"]) == 3


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp1252", "utf-16"])
def test_other_encodings_keep_their_letters(tmp_path: Path, encoding: str) -> None:
    path = write_bytes(tmp_path, {name: text.encode(encoding) for name, text in TABLES.items()})
    feed = read_feed(path, feed_id="f")
    assert feed.tables["stops"]["stop_name"].tolist() == ["Abbey", "Bridge", "Caf\u00e9"]
    assert feed.tables["stops"]["stop_id"].tolist() == ["A", "B", "C"]
    times, _ = read_stop_times(feed, wanted=np.array([True]))
    assert len(times.trip_ix) == 3
    assert ("not-utf8" in counted(feed)) == (encoding != "utf-8-sig")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "it is empty"),
        (b"<!DOCTYPE html><html>404</html>", "it is a web page: the download failed"),
        (b"\xef\xbb\xbf\n <html>", "it is a web page"),
        (b'{"error": "no"}', "it is JSON"),
        (b"stop_id,stop_name\nA,Abbey\n", "it is a text table"),
        (b"PK\x03\x04cut", "it is cut short or damaged"),
    ],
)
def test_what_is_no_zip_is_named(tmp_path: Path, content: bytes, said: str) -> None:
    (tmp_path / "feed.zip").write_bytes(content)
    with pytest.raises(InputError, match=rf"feed\.zip: is not a readable zip \({said}"):
        read_feed(tmp_path / "feed.zip", feed_id="f")


def test_a_damaged_table_in_a_zip_is_refused(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "feed.zip", TABLES)
    content = bytearray(path.read_bytes())
    at = content.find(b"Abbey")
    content[at] ^= 0xFF
    path.write_bytes(bytes(content))
    with pytest.raises(InputError, match="is not a readable zip"):
        read_feed(path, feed_id="f")


def test_a_zip_bomb_is_stopped_while_it_unpacks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in (TABLES | {"stops.txt": TABLES["stops.txt"] + "x" * 5_000_000}).items():
            archive.writestr(name, text)
    assert (tmp_path / "bomb.zip").stat().st_size < 20_000
    monkeypatch.setattr(tables, "MAX_TABLE_BYTES", 1_000_000)
    with pytest.raises(InputError, match=r"stops\.txt unpacks to more than 1,000,000 bytes"):
        read_feed(tmp_path / "bomb.zip", feed_id="f")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"stops": ""}, r"stops\.txt is empty"),
        ({"stops": table("stop_id,stop_name,stop_lat,stop_lon")}, r"stops\.txt has no rows"),
        ({"calendar": None}, r"has neither calendar\.txt nor calendar_dates\.txt"),
        ({"stops": ("B,Bridge", "A,Bridge")}, r"1 ids of stops\.txt appear twice: 'A'"),
        ({"routes": TABLES["routes.txt"] + "1,a,1,Again,3,\n"}, r"1 ids of routes\.txt appear twice: '1'"),
        ({"trips": TABLES["trips.txt"] + "1,wk,t,Again,0,\n"}, r"1 ids of trips\.txt appear twice: 't'"),
        ({"trips": ("1,wk", "7,wk")}, r"trips\.txt names 1 route_id not in routes\.txt: '7'"),
        ({"agency": TABLES["agency.txt"] + "b,Trams,,Europe/Paris\n"}, "has 2 time zones, must be one: Europe/Dublin"),
    ],
)
def test_a_useless_table_is_refused(tmp_path: Path, changes: dict[str, str], said: str) -> None:
    with pytest.raises(InputError, match=said):
        tiny_feed(tmp_path, **changes)  # type: ignore[arg-type]


def test_all_faults_of_the_tables_are_said_together(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        tiny_feed(tmp_path, stops=("B,Bridge", "A,Bridge"), trips=("1,wk", "7,wk"), calendar=None)
    assert len(str(caught.value).splitlines()) == 3


def test_stop_times_without_rows_make_no_calls(tmp_path: Path) -> None:
    feed = tiny_feed(tmp_path, stop_times=table("trip_id,arrival_time,departure_time,stop_id,stop_sequence"))
    times, _ = read_stop_times(feed, wanted=np.array([True]))
    assert len(times.trip_ix) == 0


@pytest.mark.parametrize(
    ("written", "seconds"),
    [("07:05:09", 25_509), ("7:05:09", 25_509), ("26:00:01", 93_601), ("126:00:00", 453_600), (" 07:05:09 ", 25_509)],
)
def test_times_in_any_form_mean_the_same(tmp_path: Path, written: str, seconds: int) -> None:
    feed = tiny_feed(tmp_path, stop_times=("7:00:00,7:00:00", f"0:00:00,{written}"))
    times, _ = read_stop_times(feed, wanted=np.array([True]))
    assert times.departure_s[0] == seconds


@pytest.mark.parametrize("written", ["07-05-09", "07:05:0x", "7.05", "-7:05:09", "\u0007"])
def test_times_that_are_none_are_refused(tmp_path: Path, written: str) -> None:
    feed = tiny_feed(tmp_path, stop_times=("7:00:00,7:00:00", f"0:00:00,{written}"))
    with pytest.raises(InputError, match="is not H:MM:SS"):
        read_stop_times(feed, wanted=np.array([True]))


def test_what_is_not_used_is_reported(tmp_path: Path) -> None:
    stops = TABLES["stops.txt"].replace("B,Bridge,53.0,-7.99,,", "B,Bridge,53.0,-7.99,,Nowhere")
    files = changed_tables(stops=stops, trips=TABLES["trips.txt"] + "1,never,u,Out,0,\n")
    files["pathways.txt"] = table("pathway_id,from_stop_id,to_stop_id", "p,A,B")
    feed = read_feed(write_zip(tmp_path / "feed.zip", files), feed_id="f")
    assert counted(feed) == {
        "no-transfers": 1,
        "pathways-not-used": 1,
        "unknown-parents": 1,
        "trips-without-dates": 1,
    }
    (lost,) = (defect.what for defect in feed.defects if defect.code == "unknown-parents")
    assert lost.endswith("not in stops.txt: 'Nowhere'")
