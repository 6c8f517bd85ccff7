"""Trips that come every so often, counted by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.city.small_sources import table, write_zip
from tests.city.tiny_feed import TABLES, changed_tables, tiny_feed
from workbench.city.gtfs import frequencies
from workbench.city.gtfs.feed import Feed, StopTimes, read_feed, read_stop_times
from workbench.city.gtfs.frequencies import expand_frequencies
from workbench.errors import InputError

HEAD = "trip_id,start_time,end_time,headway_secs,exact_times"


def grown(folder: Path, *rows: str, **changes: str) -> tuple[Feed, StopTimes, dict[str, int]]:
    files = changed_tables(**changes) | {"frequencies.txt": table(HEAD, *rows)}
    feed = read_feed(write_zip(folder / "feed.zip", files), feed_id="f")
    calls, _ = read_stop_times(feed, wanted=np.ones(len(feed.tables["trips"]), dtype=np.bool_))
    feed, calls, defects = expand_frequencies(feed, calls)
    return feed, calls, {defect.code: defect.count for defect in defects}


def departures(feed: Feed, calls: StopTimes) -> dict[str, list[int]]:
    """Minutes after midnight of every call, by trip."""
    trip_id = feed.tables["trips"]["trip_id"].to_numpy()
    found: dict[str, list[int]] = {}
    for trip_ix, departure in zip(calls.trip_ix, calls.departure_s, strict=True):
        found.setdefault(trip_id[trip_ix], []).append(int(departure) // 60)
    return found


def test_a_feed_without_frequencies_stays(tmp_path: Path) -> None:
    feed = tiny_feed(tmp_path)
    calls, _ = read_stop_times(feed, wanted=np.array([True]))
    assert expand_frequencies(feed, calls) == (feed, calls, ())


def test_departures_start_at_start_time_and_end_before_end_time(tmp_path: Path) -> None:
    feed, calls, counted = grown(tmp_path, "t,6:00:00,6:30:00,600,1")
    # 6:00, 6:10, 6:20; 6:30 is the end and has no trip. 5 min a hop, as the trip at 7:00 has it
    assert departures(feed, calls) == {
        "t@6:00:00": [360, 365, 370],
        "t@6:10:00": [370, 375, 380],
        "t@6:20:00": [380, 385, 390],
    }
    assert counted == {"frequencies-expanded": 3}
    assert calls.trip_ix.tolist() == sorted(calls.trip_ix.tolist())
    stop_id = feed.tables["stops"]["stop_id"].to_numpy()
    assert stop_id[calls.stop_ix].tolist() == ["A", "B", "C"] * 3


def test_a_promised_headway_without_minutes_is_reported(tmp_path: Path) -> None:
    _, _, counted = grown(tmp_path, "t,6:00:00,7:00:00,1800,0", "t,7:00:00,8:00:00,1200,", "gone,6:00:00,7:00:00,600,0")
    assert counted == {"frequencies-expanded": 5, "headway-only": 2, "unknown-frequencies": 1}


def test_other_trips_keep_their_times_and_windows_pass_midnight(tmp_path: Path) -> None:
    more = TABLES["stop_times.txt"] + "u,9:00:00,9:00:00,A,1\nu,9:05:00,9:05:00,B,2\n"
    feed, calls, _ = grown(
        tmp_path,
        "t,23:50:00,24:10:00,600,1",
        stop_times=more,
        trips=TABLES["trips.txt"] + "1,wk,u,Short,0,\n",
    )
    assert departures(feed, calls) == {
        "u": [540, 545],
        "t@23:50:00": [1430, 1435, 1440],
        "t@24:00:00": [1440, 1445, 1450],
    }


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (("t,6:00:00,7:00:00,0,0",), "headway_secs is '0', must be at least 10"),
        (("t,6:00:00,7:00:00,often,0",), "headway_secs is 'often'"),
        (("t,7:00:00,6:00:00,600,0",), "end_time 6:00:00 is not after start_time 7:00:00"),
        (("t,7 am,8:00:00,600,0",), "time '7 am' is not H:MM:SS"),
        (("t,6:00:00,7:00:00,600,1", "t,6:30:00,7:00:00,600,1"), "windows of frequencies.txt overlap: 't@6:30:00'"),
    ],
)
def test_frequencies_that_cannot_be(tmp_path: Path, rows: tuple[str, ...], said: str) -> None:
    with pytest.raises(InputError, match=said):
        grown(tmp_path, *rows)


def test_too_many_trips_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frequencies, "MAX_TRIPS", 100)
    with pytest.raises(InputError, match="makes 360 trips, must be at most 100"):
        grown(tmp_path, "t,6:00:00,7:00:00,10,1")
