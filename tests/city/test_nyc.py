"""The embedded pack of New York, and the full feeds it was built from."""

from __future__ import annotations

import datetime as dt
import time
import tomllib
from pathlib import Path

import numpy as np
import pytest
from pyproj import Transformer

from tests.conftest import ROOT, SHARED
from workbench.city import City, Timetable, load_city
from workbench.city.build.sources import NYC
from workbench.city.gtfs.feed import read_feed, read_stop_times
from workbench.city.gtfs.merge import merge_feeds
from workbench.city.gtfs.service_day import build_timetable, find_services, wanted_trips
from workbench.city.near import pairs_within

PACK = ROOT / "data" / "nyc"
MEGABYTE = 1_000_000

pytestmark = pytest.mark.city

PLACES = {
    "Roosevelt Island, Main St by the bridge": (40.7626, -73.9492),
    "Astoria, Vernon Blvd at 36 Av": (40.7610, -73.9440),
    "Roosevelt Island tram": (40.7573, -73.9540),
    "Manhattan, 2 Av at E 60 St": (40.7610, -73.9640),
    "Greenpoint, Manhattan Av at Box St": (40.7372, -73.9550),
    "Long Island City, Center Blvd at 54 Av": (40.7425, -73.9590),
    "Greenpoint, McGuinness Blvd at Freeman St": (40.7365, -73.9530),
    "Long Island City, Jackson Av at 11 St": (40.7430, -73.9520),
    "Gowanus, Smith St at 9 St": (40.6740, -73.9985),
    "Gowanus, 2 Av at 9 St": (40.6730, -73.9935),
    "Gowanus, Bond St at Carroll St": (40.6790, -73.9910),
    "Gowanus, Nevins St at Carroll St": (40.6775, -73.9875),
    "Harlem, Lenox Av at W 145 St": (40.8203, -73.9364),
    "Bronx, Exterior St at E 149 St": (40.8185, -73.9300),
    "Inwood, W 207 St at 9 Av": (40.8640, -73.9180),
    "Bronx, W Fordham Rd at Cedar Av": (40.8620, -73.9115),
    "Staten Island, St George": (40.6437, -74.0735),
    "Bayonne": (40.6600, -74.0800),
    "Red Hook, Van Brunt St": (40.6750, -74.0160),
    "Governors Island": (40.6895, -74.0165),
    "Howard Beach, Cross Bay Blvd at 165 Av": (40.6505, -73.8377),
    "Broad Channel, Noel Rd": (40.6080, -73.8160),
    "Bronx River Houses, E 174 St": (40.8345, -73.8780),
    "West Farms, E 174 St": (40.8365, -73.8860),
    "Queens, Jamaica Av at 257 St": (40.7335, -73.7085),
    "Union Square": (40.7359, -73.9903),
    "Stuyvesant Square": (40.7335, -73.9845),
    "Roosevelt Island subway": (40.7591, -73.9533),
    "Manhattan, York Av at E 63 St": (40.7624, -73.9587),
    "Rikers Island": (40.7900, -73.8870),
    "East Elmhurst, Hazen St at 19 Av": (40.7785, -73.8925),
    "Hunts Point, Food Center Dr": (40.8060, -73.8790),
    "The Battery": (40.7020, -74.0140),
    "Port Richmond": (40.6410, -74.1300),
    "Bayonne, W 1 St": (40.6480, -74.1250),
    "City Island, Bridge St": (40.8540, -73.7900),
    "Pelham Bay Park, City Island Rd": (40.8580, -73.7970),
    "Country Club": (40.8390, -73.8150),
    "City Island, Winters St": (40.8480, -73.7870),
    "Broad Channel, E 16 Rd": (40.5975, -73.8200),
    "Rockaway Beach, Beach 92 St": (40.5880, -73.8150),
    "Riis Park": (40.5680, -73.8800),
    "Floyd Bennett Field, Marine Parkway Bridge": (40.5830, -73.8890),
    "Washington Heights, High Bridge": (40.8424, -73.9325),
    "Highbridge, University Av": (40.8422, -73.9260),
    "East Harlem, E 103 St": (40.7875, -73.9420),
    "Wards Island": (40.7850, -73.9350),
    "Gravesend, Cropsey Av": (40.5835, -73.9930),
    "Coney Island, Cropsey Av": (40.5790, -73.9880),
    "Gowanus, Bond St at Douglass St": (40.6835, -73.9878),
    "Gowanus, Nevins St at Degraw St": (40.6800, -73.9868),
    "Sunset Park, 5 Av at 31 St": (40.6590, -73.9975),
    "Kensington, McDonald Av": (40.6495, -73.9810),
    "Norwood, Bainbridge Av": (40.8870, -73.8800),
    "Woodlawn, Webster Av at E 233 St": (40.8920, -73.8630),
    "East Elmhurst, 94 St": (40.7690, -73.8740),
    "LaGuardia, Terminal B": (40.7741, -73.8726),
    "LaGuardia, Terminal C": (40.7698, -73.8625),
    "Flushing Bay, north of LaGuardia": (40.7850, -73.8720),
    "Sunnyside, Skillman Av at 43 St": (40.7463, -73.9210),
    "Long Island City, Northern Blvd at 42 Pl": (40.7533, -73.9202),
    "Fort Greene, Flushing Av at N Portland Av": (40.6976, -73.9735),
    "Navy Yard, Building 77": (40.6992, -73.9735),
    "Harlem, W 155 St at 8 Av": (40.8303, -73.9378),
    "Macombs Dam Bridge, Bronx": (40.8280, -73.9310),
    "Harlem, 5 Av at E 138 St": (40.8135, -73.9360),
    "Bronx, E 138 St at Madison Av Bridge": (40.8140, -73.9305),
    "Harlem, Lexington Av at E 129 St": (40.8065, -73.9355),
    "Bronx, E 135 St at 3 Av": (40.8090, -73.9295),
    "Harlem, 1 Av at E 125 St": (40.8015, -73.9315),
    "Bronx, Willis Av at E 132 St": (40.8055, -73.9255),
    "Inwood, Broadway at W 218 St": (40.8715, -73.9125),
    "Marble Hill, Broadway at W 228 St": (40.8755, -73.9095),
    "Washington Heights, Amsterdam Av at W 181 St": (40.8475, -73.9305),
    "Bronx, Washington Bridge": (40.8460, -73.9255),
}


def walk_m(city: City, start: str, end: str) -> tuple[float, float]:
    """Return the walking and the straight distance between two named places."""
    project = Transformer.from_crs("EPSG:4326", city.crs, always_xy=True)
    (ax, ay), (bx, by) = (project.transform(PLACES[name][1], PLACES[name][0]) for name in (start, end))
    walked = city.walking.distance_m(*(np.array([value]) for value in (ax, ay, bx, by)))[0]
    return float(walked), float(np.hypot(ax - bx, ay - by))


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("Roosevelt Island, Main St by the bridge", "Astoria, Vernon Blvd at 36 Av"),
        ("Greenpoint, McGuinness Blvd at Freeman St", "Long Island City, Jackson Av at 11 St"),
        ("Gowanus, Smith St at 9 St", "Gowanus, 2 Av at 9 St"),
        ("Gowanus, Bond St at Carroll St", "Gowanus, Nevins St at Carroll St"),
        ("Harlem, Lenox Av at W 145 St", "Bronx, Exterior St at E 149 St"),
        ("Inwood, W 207 St at 9 Av", "Bronx, W Fordham Rd at Cedar Av"),
        ("West Farms, E 174 St", "Bronx River Houses, E 174 St"),
        ("Union Square", "Stuyvesant Square"),
        ("Harlem, W 155 St at 8 Av", "Macombs Dam Bridge, Bronx"),
        ("Harlem, 5 Av at E 138 St", "Bronx, E 138 St at Madison Av Bridge"),
        ("Harlem, Lexington Av at E 129 St", "Bronx, E 135 St at 3 Av"),
        ("Harlem, 1 Av at E 125 St", "Bronx, Willis Av at E 132 St"),
        ("Inwood, Broadway at W 218 St", "Marble Hill, Broadway at W 228 St"),
        ("Washington Heights, Amsterdam Av at W 181 St", "Bronx, Washington Bridge"),
        ("Washington Heights, High Bridge", "Highbridge, University Av"),
        ("East Harlem, E 103 St", "Wards Island"),
        ("City Island, Bridge St", "Pelham Bay Park, City Island Rd"),
        ("Broad Channel, E 16 Rd", "Rockaway Beach, Beach 92 St"),
        ("Riis Park", "Floyd Bennett Field, Marine Parkway Bridge"),
        ("Gowanus, Bond St at Douglass St", "Gowanus, Nevins St at Degraw St"),
        ("LaGuardia, Terminal B", "LaGuardia, Terminal C"),
        ("East Elmhurst, 94 St", "LaGuardia, Terminal B"),
        ("Fort Greene, Flushing Av at N Portland Av", "Navy Yard, Building 77"),
    ],
)
def test_one_can_walk_over_a_bridge(nyc: City, start: str, end: str) -> None:
    walked_m, straight_m = walk_m(nyc, start, end)
    assert straight_m <= walked_m <= 2 * straight_m


@pytest.mark.parametrize(
    ("start", "end", "at_least_m"),
    [
        # by the bridge to Queens and over the Queensboro Bridge: the tram and the subway are no walk
        ("Roosevelt Island tram", "Manhattan, 2 Av at E 60 St", 4500.0),
        ("Roosevelt Island subway", "Manhattan, York Av at E 63 St", 4500.0),
        ("Rikers Island", "East Elmhurst, Hazen St at 19 Av", np.inf),
        ("Rikers Island", "Hunts Point, Food Center Dr", np.inf),
        ("Governors Island", "The Battery", np.inf),
        ("Port Richmond", "Bayonne, W 1 St", np.inf),
        ("City Island, Winters St", "Country Club", 4000.0),
        ("Staten Island, St George", "Bayonne", np.inf),
        ("Red Hook, Van Brunt St", "Governors Island", np.inf),
        ("Greenpoint, Manhattan Av at Box St", "Long Island City, Center Blvd at 54 Av", 1000.0),
        ("Howard Beach, Cross Bay Blvd at 165 Av", "Broad Channel, Noel Rd", 4500.0),
    ],
)
def test_nobody_walks_on_water(nyc: City, start: str, end: str, at_least_m: float) -> None:
    walked_m, _ = walk_m(nyc, start, end)
    assert walked_m >= at_least_m


@pytest.mark.parametrize(
    ("start", "end", "at_least"),
    [
        ("Sunset Park, 5 Av at 31 St", "Kensington, McDonald Av", 1.6),  # Green-Wood Cemetery
        ("Norwood, Bainbridge Av", "Woodlawn, Webster Av at E 233 St", 1.6),  # Woodlawn Cemetery
        ("East Elmhurst, 94 St", "Flushing Bay, north of LaGuardia", np.inf),
        ("Sunnyside, Skillman Av at 43 St", "Long Island City, Northern Blvd at 42 Pl", 1.45),  # Sunnyside Yards
        ("Gravesend, Cropsey Av", "Coney Island, Cropsey Av", 1.8),  # Coney Island Creek
    ],
)
def test_the_way_leads_around_what_one_cannot_walk_through(nyc: City, start: str, end: str, at_least: float) -> None:
    walked_m, straight_m = walk_m(nyc, start, end)
    assert walked_m >= at_least * straight_m
    assert np.isinf(at_least) or walked_m <= 3 * straight_m


def test_no_short_walk_crosses_the_east_river(nyc: City) -> None:
    blocks = nyc.blocks[nyc.blocks["residents"] > 0]
    borough = nyc.zones["borough"].to_numpy()[blocks["zone_ix"]]
    here, there = (blocks[np.isin(borough, names)] for names in (["Manhattan"], ["Queens", "Brooklyn"]))
    here, there = here[here["x"] > 300_000], there[there["x"] < 307_000]
    apart_m = np.hypot(*(np.subtract.outer(here[axis].to_numpy(), there[axis].to_numpy()) for axis in ("x", "y")))
    a, b = np.nonzero(apart_m < 1300)
    assert len(a) > 1000
    ends = [table[axis].to_numpy()[ix] for table, ix in ((here, a), (there, b)) for axis in ("x", "y")]
    walked_m = nyc.walking.distance_m(*ends)
    # only Roosevelt Island, which belongs to Manhattan, has a bridge that short
    from_tract = nyc.zones["zone_id"].to_numpy()[here["zone_ix"].to_numpy()[a[walked_m < 1800]]]
    assert set(from_tract) == {"36061023802"}


def test_walking_is_symmetric_and_quick(nyc: City) -> None:
    blocks, stops = (table[["x", "y"]].to_numpy().T for table in (nyc.blocks, nyc.stops))
    a, b = pairs_within(*blocks, *stops, limit_m=800.0)
    assert len(a) > 1_000_000
    started_s = time.process_time()
    there = nyc.walking.distance_m(*blocks[:, a], *stops[:, b])
    took_s = time.process_time() - started_s
    assert np.array_equal(there, nyc.walking.distance_m(*stops[:, b], *blocks[:, a]))
    assert (there >= np.hypot(*(blocks[:, a] - stops[:, b]))).all()
    assert took_s < 5  # CPU; 1.9 s on a quiet machine, 1.0 of them once to prepare the ways around water and walls


def test_pack_is_small_and_what_its_manifest_says() -> None:
    files = [path for path in PACK.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) <= 25 * MEGABYTE
    assert max(path.stat().st_size for path in files) <= 8 * MEGABYTE
    load_city(PACK, verify=True)


def test_counts_of_new_york(nyc: City) -> None:
    assert nyc.n_zones == 2325
    assert len(nyc.blocks) == 28_713
    assert int(nyc.zones["residents"].sum()) == int(nyc.blocks["residents"].sum()) == 8_804_190
    by_borough = nyc.zones.groupby("borough")["residents"].sum().to_dict()
    assert by_borough == {
        "Bronx": 1_472_654,
        "Brooklyn": 2_736_074,
        "Manhattan": 1_694_251,
        "Queens": 2_405_464,
        "Staten Island": 495_747,
    }
    assert {kind: len(areas) for kind, areas in nyc.areas.items()} == {
        "borough": 5,
        "community_district": 59,
        "council_district": 51,
        "nta": 262,
    }
    assert set(nyc.zones["nta_id"]) <= set(nyc.areas["nta"]["area_id"])
    assert set(nyc.zones["community_district"]) - {""} == set(nyc.areas["community_district"]["area_id"])
    assert set(nyc.zones["council_district"]) == set(nyc.areas["council_district"]["area_id"])
    assert set(nyc.zones["borough"]) == set(nyc.areas["borough"]["area_id"])
    assert nyc.opportunities["kind"].value_counts().to_dict() == {"subway_station": 496, "park": 40}


def test_every_zone_stands_on_dry_land(nyc: City) -> None:
    walking = nyc.walking
    for table in (nyc.zones, nyc.blocks[nyc.blocks["residents"] > 0]):
        row = ((table["y"].to_numpy() - walking.y_min) // walking.land_cell_m).astype(int)
        column = ((table["x"].to_numpy() - walking.x_min) // walking.land_cell_m).astype(int)
        assert walking.is_land[row, column].mean() > 0.998


def test_group_shares_add_up_to_the_city(nyc: City) -> None:
    people = nyc.zones.groupby("nta_id")["residents"].sum()
    shares = nyc.group_shares.reindex(people.index)
    # reference: 1,454,320 of 8,516,202 poor (17%); 1,771,089 limited English (21%); 1,818,891 of 3,313,316 without car
    for group_id, low, high in (("poverty", 0.16, 0.18), ("limited_english", 0.20, 0.22), ("zero_car", 0.5, 0.6)):
        assert low < (shares[group_id] * people).sum() / people.sum() < high
    races = shares[["hispanic", "black", "asian", "white", "other_race"]].sum(axis=1)
    assert races[people > 1000].between(0.98, 1.02).all()


def check_wednesday(timetable: Timetable) -> None:
    today = ~timetable.trip_is_previous_day
    n_calls = np.diff(timetable.pattern_stop_indptr).repeat(np.diff(timetable.pattern_trip_indptr))
    assert int(today.sum()) == 63_656
    assert int(n_calls[today].sum()) == 1_982_668
    assert len(np.unique(timetable.pattern_stop_ix)) == 14_432
    assert len(np.unique(timetable.pattern_route_ix)) == 374
    for pattern_ix in range(timetable.n_patterns):
        arrival, departure = timetable.pattern_times(pattern_ix)
        assert (np.diff(arrival, axis=0) >= 0).all()
        assert (np.diff(departure, axis=0) >= 0).all()
        assert (departure >= arrival).all()
        assert (arrival[:, 1:] >= departure[:, :-1]).all()


def test_wednesday_of_the_pack(nyc: City) -> None:
    timetable = nyc.load_timetable("weekday")
    assert timetable.service_date == dt.date(2026, 10, 14)
    check_wednesday(timetable)
    assert timetable.trip_is_previous_day.sum() == 1936


def test_loads_quickly() -> None:
    started = time.perf_counter()
    load_city(PACK)
    assert time.perf_counter() - started < 3  # 0.3 s on a quiet machine


@pytest.mark.shared
def test_the_full_feeds_give_the_timetable_of_the_pack(nyc: City) -> None:
    date = NYC.dates["weekday"]
    feeds, times, services = [], [], {}
    for feed_id in NYC.feeds:
        feed = read_feed(SHARED / "gtfs" / f"{feed_id}.zip", feed_id=feed_id)
        running = {(feed_id, day): find_services(feed, day)[0] for day in (date - dt.timedelta(days=1), date)}
        calls, _ = read_stop_times(feed, wanted=wanted_trips(feed, frozenset().union(*running.values())))
        feeds.append(feed)
        times.append(calls)
        services |= running
    assert len(feeds) == 7
    merged = merge_feeds(feeds, times, crs=NYC.crs)
    timetable, defects = build_timetable(merged, "weekday", date, services)
    check_wednesday(timetable)
    packed = nyc.load_timetable("weekday")
    assert timetable.trip_id.tolist() == packed.trip_id.tolist()
    assert np.array_equal(timetable.arrival_s, packed.arrival_s)
    assert np.array_equal(timetable.departure_s, packed.departure_s)
    found = {defect.code: defect.count for defect in (*merged.defects, *defects)}
    assert found["overtaking-splits"] == 4
    assert found["shared-stops-apart"] > 200
    hashes = tomllib.loads((PACK / "manifest.toml").read_text())["inputs"]
    assert {f"{feed.feed_id}.zip": feed.sha256 for feed in feeds}.items() <= hashes.items()


def test_nothing_of_this_machine_is_in_the_manifest() -> None:
    text = (PACK / "manifest.toml").read_text()
    assert str(Path.home()) not in text
    assert str(ROOT) not in text
