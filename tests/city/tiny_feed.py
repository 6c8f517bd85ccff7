"""One invented feed of text, for tests that change a line of it: route 1 runs A, B, C at 7:00, 7:05, 7:10."""

from __future__ import annotations

from pathlib import Path

from tests.city.small_sources import table, write_zip
from workbench.city.gtfs.feed import Feed, read_feed

TABLES = {
    "agency.txt": table("agency_id,agency_name,agency_url,agency_timezone", "a,Buses,,Europe/Dublin"),
    "stops.txt": table(
        "stop_id,stop_name,stop_lat,stop_lon,location_type,parent_station",
        "A,Abbey,53.0,-8.0,,",
        "B,Bridge,53.0,-7.99,,",
        "C,Caf\u00e9,53.0,-7.98,,",
    ),
    "routes.txt": table("route_id,agency_id,route_short_name,route_long_name,route_type,route_color", "1,a,1,One,3,"),
    "trips.txt": table("route_id,service_id,trip_id,trip_headsign,direction_id,shape_id", "1,wk,t,Out,0,"),
    "stop_times.txt": table(
        "trip_id,arrival_time,departure_time,stop_id,stop_sequence",
        "t,7:00:00,7:00:00,A,1",
        "t,7:05:00,7:05:00,B,2",
        "t,7:10:00,7:10:00,C,3",
    ),
    "calendar.txt": table(
        "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date",
        "wk,1,1,1,1,1,0,0,20260901,20261231",
    ),
}


def changed_tables(**changes: tuple[str, str] | str | None) -> dict[str, str]:
    """Return the tables with some text replaced, given anew, or left out (None); names without `.txt`."""
    tables = dict(TABLES)
    for name, change in changes.items():
        if change is None:
            del tables[f"{name}.txt"]
        elif isinstance(change, str):
            tables[f"{name}.txt"] = change
        else:
            assert change[0] in tables[f"{name}.txt"]
            tables[f"{name}.txt"] = tables[f"{name}.txt"].replace(*change)
    return tables


def tiny_feed(folder: Path, feed_id: str = "tiny", **changes: tuple[str, str] | str | None) -> Feed:
    """Write the feed as a zip and read it."""
    return read_feed(write_zip(folder / f"{feed_id}.zip", changed_tables(**changes)), feed_id=feed_id)
