"""The edited timetable as GTFS: read again by our own reader it is the timetable that was scored, trip by trip."""

from __future__ import annotations

import csv
import dataclasses
import datetime as dt
import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial import cKDTree

from tests.scenario.edited_city import edited_city
from tests.scenario.scenario_scenes import drawn
from tests.scenes import GridCity
from workbench.city.city import City
from workbench.city.gtfs.feed import read_feed, read_stop_times
from workbench.city.gtfs.merge import merge_feeds
from workbench.city.gtfs.service_day import ServiceKey, build_timetable, find_services, wanted_trips
from workbench.city.timetable import Timetable
from workbench.errors import InputError, ScenarioError
from workbench.scenario import (
    AddRoute,
    ChangeSpan,
    Edit,
    HandStop,
    RemoveRoute,
    RemoveStop,
    Scenario,
    SetHeadway,
    apply_scenario,
)
from workbench.scenario.edits import SERVICES
from workbench.scenario.formats.gtfs import write_gtfs

SEVEN = 7 * 3600
DATES = {"weekday": dt.date(2026, 10, 14), "saturday": dt.date(2026, 10, 17), "sunday": dt.date(2026, 10, 18)}
Trip = tuple[str, int, tuple[tuple[float, float, bool, bool], ...], tuple[int, ...], tuple[int, ...]]


def small_city() -> City:
    """R runs A B C D and back, N A D through the night; the trips of N that pass midnight run every night."""
    scene = (
        GridCity().stop("A", 0, 0).stop("B", 5, 0).stop("C", 10, 0).stop("D", 15, 0).zone("a", 0, 0).zone("d", 15, 0)
    )
    scene.route("R", "A B C D", first_s=SEVEN, headway_s=600, n_trips=4, hop_s=300)
    scene.route("R", "D C B A", first_s=SEVEN, headway_s=600, n_trips=4, hop_s=300, direction=1)
    scene.route("N", "A D", first_s=-1200, headway_s=86_400, n_trips=2, hop_s=1800)
    city = scene.city("small")
    day = city.load_timetable("weekday")
    is_night = np.array([str(trip) == "N.0.0" for trip in day.trip_id])
    ids = np.array(["N" if str(trip).startswith("N") else trip for trip in day.trip_id], dtype=object)

    def load(service: str) -> Timetable:
        return dataclasses.replace(
            day, service=service, service_date=DATES[service], trip_is_previous_day=is_night, trip_id=ids
        )

    return dataclasses.replace(city, load_timetable=load)


def read_again(path: Path, city: City, dates: dict[str, dt.date]) -> dict[str, City]:
    """Read a feed with our own reader: for each service day the city with what the feed says."""
    feed = read_feed(path, feed_id="feed")
    services: dict[ServiceKey, frozenset[str]] = {}
    for date in {day for own in dates.values() for day in (own, own - dt.timedelta(days=1))}:
        try:
            services["feed", date] = find_services(feed, date)[0]
        except InputError:  # nothing of the night before reaches into the day
            services["feed", date] = frozenset()
    calls, _ = read_stop_times(feed, wanted=wanted_trips(feed, frozenset().union(*services.values())))
    merged = merge_feeds([feed], [calls], crs=city.crs)
    found = {}
    for service, date in dates.items():
        timetable, _ = build_timetable(merged, service, date, services)
        found[service] = dataclasses.replace(
            city, stops=merged.stops, routes=merged.routes, load_timetable=lambda _, t=timetable: t
        )
    return found


def trips_of(city: City, service: str, *, like: City) -> list[Trip]:
    """
    Return every trip with places instead of stop numbers, sorted; whatever pattern it is part of.

    A place within 0.1 m of one in the city `like` is written as that one: a feed keeps degrees, our reader decimetres.
    """
    timetable = city.load_timetable(service)
    places = city.stops[["x", "y"]].to_numpy()
    known = like.stops[["x", "y"]].to_numpy()
    away_m, nearest = cKDTree(known).query(places)
    places = np.where((away_m <= 0.1)[:, None], known[nearest], places)
    trips = []
    for p in range(timetable.n_patterns):
        calls = slice(timetable.pattern_stop_indptr[p], timetable.pattern_stop_indptr[p + 1])
        flags = timetable.pattern_may_board[calls].tolist(), timetable.pattern_may_alight[calls].tolist()
        at = tuple(
            (float(x), float(y), bool(up), bool(down))
            for (x, y), up, down in zip(places[timetable.pattern_stops(p)], *flags, strict=True)
        )
        route_id = city.routes["route_id"].iloc[int(timetable.pattern_route_ix[p])]
        for arrival, departure in zip(*timetable.pattern_times(p), strict=True):
            if arrival[-1] >= 0:
                way = int(timetable.pattern_direction[p])
                trips.append((str(route_id), way, at, tuple(arrival.tolist()), tuple(departure.tolist())))
    return sorted(trips)


def rows(path: Path, name: str) -> list[dict[str, str]]:
    with zipfile.ZipFile(path) as archive:
        return list(csv.DictReader(io.StringIO(archive.read(f"{name}.txt").decode())))


def exported(tmp_path: Path, *edits: Edit) -> tuple[Path, dict[str, dt.date]]:
    path = tmp_path / "feed.zip"
    report = write_gtfs(Scenario("A test, really", edits), small_city(), path, url="https://example.org/plan")
    return path, dict(report.date_of)


NEW = AddRoute("new", "New, with a comma", drawn((0, 0), (0, 8), (15, 8)), headway_s=1200, spacing_m=900.0)
CASES: dict[str, tuple[Edit, ...]] = {
    "nothing": (),
    "stops placed by hand": (
        dataclasses.replace(
            NEW,
            stops=tuple(HandStop(lon, lat) for lon, lat in drawn((0, 1), (0, 8), (7, 8), (14, 8))),
        ),
    ),
    "a new route": (NEW,),
    "several": (
        SetHeadway(route_id="R", headway_s=420, start_s=SEVEN, end_s=SEVEN + 3600),
        RemoveStop(stop_id="B", days=("weekday", "sunday")),
        dataclasses.replace(NEW, both_directions=False, days=("saturday",)),
    ),
    "a route gone": (RemoveRoute(route_id="R"),),
    "saturday night only": (ChangeSpan(route_id="N", start_s=0, end_s=82_800, days=("saturday",)),),
}


@pytest.mark.parametrize("name", CASES)
def test_read_again_it_is_the_timetable_that_was_scored(name: str, tmp_path: Path) -> None:
    city, scenario = small_city(), Scenario(name, CASES[name])
    path, dates = exported(tmp_path, *CASES[name])
    again = read_again(path, city, dates)
    for service in SERVICES:
        change = apply_scenario(scenario, city, service=service).change
        built = edited_city(city, change, service)
        expected = trips_of(built, service, like=built)
        assert trips_of(again[service], service, like=built) == expected, service
        assert len(expected) >= 1


def test_without_edits_every_array_is_the_same(tmp_path: Path) -> None:
    city = small_city()
    path, dates = exported(tmp_path)
    for service, again in read_again(path, city, dates).items():
        ours, theirs = city.load_timetable(service), again.load_timetable(service)
        rank = {stop_id: row for row, stop_id in enumerate(again.stops["stop_id"])}
        number = np.array([rank[stop_id] for stop_id in city.stops["stop_id"]])
        assert [*again.routes["route_id"]] == sorted(city.routes["route_id"])
        assert theirs.service_date == DATES[service]
        assert sorted(map(str, theirs.trip_id)) == sorted(map(str, ours.trip_id))
        assert sorted(number[ours.pattern_stop_ix].tolist()) == sorted(theirs.pattern_stop_ix.tolist())


def test_a_night_that_would_contradict_saturday_moves_sunday_by_a_week(tmp_path: Path) -> None:
    _, together = exported(tmp_path)
    assert together == DATES
    _, apart = exported(tmp_path, *CASES["saturday night only"])
    assert apart["saturday"] == DATES["saturday"]
    assert apart["sunday"] == DATES["sunday"] + dt.timedelta(days=7)


def test_a_trip_of_every_night_is_written_once(tmp_path: Path) -> None:
    path, _ = exported(tmp_path)
    night = [row for row in rows(path, "trips") if row["route_id"] == "N"]
    assert len(night) == 1
    days = [row["date"] for row in rows(path, "calendar_dates") if row["service_id"] == night[0]["service_id"]]
    assert days == ["20261013", "20261014", "20261016", "20261017", "20261018"]
    assert night[0]["service_id"] == "before-weekday+weekday+before-saturday+saturday+sunday"
    times = [row["departure_time"] for row in rows(path, "stop_times") if row["trip_id"] == night[0]["trip_id"]]
    assert times[0] == "23:40:00"


def test_the_feed_says_that_it_is_a_proposal_and_a_new_route_has_a_shape(tmp_path: Path) -> None:
    path, _ = exported(tmp_path, NEW)
    (info,) = rows(path, "feed_info")
    assert "PROPOSAL" in info["feed_publisher_name"]
    assert Scenario("", (NEW,)).scenario_id in info["feed_version"]
    assert (info["feed_start_date"], info["feed_end_date"]) == ("20261013", "20261018")
    (route,) = [row for row in rows(path, "routes") if row["route_id"] == "new"]
    assert (route["route_long_name"], route["route_desc"]) == ("New, with a comma", "Proposed; it does not run today.")
    shape = [row for row in rows(path, "shapes") if row["shape_id"] == "new-1"]
    assert [(float(row["shape_pt_lon"]), float(row["shape_pt_lat"])) for row in shape] == list(NEW.line_lonlat[::-1])
    ids = [row["trip_id"] for row in rows(path, "trips")]
    assert len(set(ids)) == len(ids)


def test_unchanged_trips_of_a_changed_route_keep_their_ids(tmp_path: Path) -> None:
    path, _ = exported(tmp_path, SetHeadway(route_id="R", headway_s=300, start_s=SEVEN + 600, end_s=SEVEN + 1800))
    ids = {row["trip_id"].split("~")[0] for row in rows(path, "trips")}
    assert {"R.0.0", "R.0.3"} <= ids
    assert not {"R.0.1", "R.0.2"} & ids


def test_the_same_scenario_gives_the_same_bytes_and_a_failure_leaves_the_old_file(tmp_path: Path) -> None:
    path, _ = exported(tmp_path, NEW)
    first = path.read_bytes()
    assert exported(tmp_path, NEW)[0].read_bytes() == first
    with pytest.raises(ScenarioError):
        write_gtfs(Scenario("bad", (RemoveRoute(route_id="Q"),)), small_city(), path)
    assert path.read_bytes() == first
    with pytest.raises(InputError, match=r"url is 'mta\.info', must begin with http"):
        write_gtfs(Scenario("bad"), small_city(), path, url="mta.info")
    with pytest.raises(InputError, match="cannot be written"):
        write_gtfs(Scenario("bad"), small_city(), tmp_path / "nowhere" / "feed.zip")
    assert [one.name for one in tmp_path.iterdir()] == ["feed.zip"]


@pytest.mark.parametrize("name", CASES)
def test_a_validator_of_the_canonical_rules_finds_no_error(name: str, tmp_path: Path) -> None:
    import gtfs_guru

    path, _ = exported(tmp_path, *CASES[name])
    result = gtfs_guru.validate(str(path), date="2026-10-14")
    assert [(notice.code, notice.file, notice.row) for notice in result.errors()] == []
    broken = tmp_path / "broken.zip"
    with zipfile.ZipFile(path) as good, zipfile.ZipFile(broken, "w") as bad:
        for member in good.namelist():
            bad.writestr(
                member, good.read(member).replace(b"\nA,", b"\nAA,") if member == "stops.txt" else good.read(member)
            )
    assert gtfs_guru.validate(str(broken), date="2026-10-14").error_count > 0  # it looks at what matters
