"""A grid city with four zones and a finished scorecard for it, invented: publishing only prints what it is given."""

import gzip
import json
from dataclasses import replace

import numpy as np

from tests.scenes import GridCity
from workbench.assembly import Ballot, ranking_from_text, tally_ranked_pairs
from workbench.publish import PublishedAlternative
from workbench.scoring.scorecard import AreaRow, Assumption, GroupRow, Measure, RouteShape, Scorecard, ZoneResults

NASTY = "<script>document.title='bad'</script><img src=x onerror=\"document.title='bad'\">'\"&"
"""A name that would run if it were ever taken for markup."""


def city(**changes):
    """Four zones in a row, 400 m apart, the last with too few residents to be painted."""
    scene = GridCity().stop("A", 0, 0).stop("B", 6, 0)
    for ix, (name, residents) in enumerate({"home": 1000, "school": 500, "shop": 200, "park": 3}.items()):
        scene.zone(name, 2 * ix, 0, residents)
    return replace(scene.city(), **changes)


def lonlat(a_city):
    """Where the zones are, in degrees."""
    points = a_city.zones.geometry.centroid.to_crs("EPSG:4326")
    return [(point.x, point.y) for point in points]


def card(a_city, name="Main Street", *, after=(130.0, 112.0, 97.0, 200.0), stop_names=("A", "B")):
    """A scorecard: zone `home` reaches 30% more, `school` 12%, `shop` 3% fewer; nobody counts in `park`."""
    places = lonlat(a_city)
    count = Measure(1500, "residents", "invented")
    share = Measure(0.5, "share", "invented", uncertainty="estimate")
    return Scorecard(
        name=name,
        scenario_id="0123456789abcdef",
        city_id=a_city.city_id,
        city_version=a_city.version,
        window_id="weekday-am",
        headline=("1,500 people gain.", "It needs 3 buses."),
        service={
            "cost_per_year": Measure(2_000_000, "USD per year", "272 $/h", low=1_600_000, high=2_200_000),
            "buses_needed": Measure(3, "buses", "cycle time"),
            "length_km": Measure(1.2, "km", "=1+1"),
        },
        coverage={"residents_near_route": count},
        travel_time={
            "minutes_saved_mean": Measure(None, "minutes", "invented", uncertainty="no trips"),
            "person_minutes_per_day": Measure(7_200, "person-minutes per day", "invented"),
        },
        access={"residents_gaining_access": count},
        losers={
            "residents_longer_trips": Measure(7, "residents", "invented", within_noise=True),
            "residents_losing_2_min": Measure(0, "residents", "invented"),
            "person_minutes_lost_per_day": Measure(0, "person-minutes per day", "invented"),
        },
        groups=(GroupRow("all", "Everybody", *[count] * 6, *[share] * 3, *[count] * 5),),
        areas=(
            AreaRow(
                *("borough", "borough", "West", "=HYPERLINK(1)", 1703, count, count, Measure(0, "residents", "x")),
                *[count] * 6,
                *[Measure(0, "residents", "invented")] * 3,
            ),
        ),
        routes=(
            RouteShape(
                "new",
                tuple(places[:3]),
                ((*places[0], stop_names[0]), (*places[2], stop_names[1])),
            ),
        ),
        zones=ZoneResults(
            access_before=np.array([100.0, 100.0, 100.0, 100.0]),
            access_after=np.array(after),
            minutes_saved=np.array([2.5, 0.6, -0.3, 5.0]),
            worse=np.array([False, False, True, False]),
        ),
        assumptions=(Assumption("layover", 0.1, "share", "TCRP 30"),),
        problems=(),
        timing_s={"prepare": 1.0, "score": 0.123456},
        parameters={"walk_mps": 1.3, "max_rides": 4},
    )


def alternatives(a_city):
    """Three alternatives: a, b, c."""
    names = {"a": "Main Street", "b": "River Road", "c": "Hill Street"}
    return [PublishedAlternative(key, name, card(a_city, name), '{"edits": []}') for key, name in names.items()]


def outcome(text="2: a > b > c\n1: b > a", proposals="abc", **more):
    """Count a vote written as `2: a > b` lines; the ballots' ids must never be published."""
    rankings = []
    for line in text.splitlines():
        count, _, ranking = line.partition(":")
        rankings += [ranking_from_text(ranking)] * int(count)
    ballots = [Ballot(f"secret-{n}", ranking) for n, ranking in enumerate(rankings)]
    return tally_ranked_pairs(list(proposals), ballots, **more)


def write_layer(path, features):
    """Write a map layer as a pack holds it."""
    with gzip.open(path, "wt", encoding="utf-8") as file:
        json.dump({"type": "FeatureCollection", "features": features}, file)
    return path


def feature(geometry, *, ix=0, **properties):
    """One GeoJSON feature."""
    return {"type": "Feature", "id": ix, "properties": properties, "geometry": geometry.__geo_interface__}
