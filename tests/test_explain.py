"""A journey before and after a scenario, from Python and from the command line."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

import workbench
from tests.scenes import GridCity
from workbench.cli import main
from workbench.errors import InputError, NotFoundError
from workbench.explain import departure_of, place_at
from workbench.network import Baseline, SearchParams, Window, rescore
from workbench.network.network import add_service, build_network
from workbench.network.search import search_origins
from workbench.scenario import AddRoute, Scenario, apply_scenario
from workbench.scenario.boundary import metres_to_lonlat
from workbench.yardstick import build_frequency_graph, measure_one_to_all

EIGHT = dt.datetime(2026, 10, 14, 8, 0)
EXAMPLE = Path(__file__).parents[1] / "examples" / "utica-avenue-rapid.geojson"
HOME, WORK = "40.6500,-73.9496", "40.7527,-73.9772"


def lonlat(column: float, row: float) -> tuple[float, float]:
    lon, lat = metres_to_lonlat(np.array([GridCity().xy(column, row)]), "EPSG:32118")[0]
    return float(lon), float(lat)


def grid() -> GridCity:
    """R1 runs along the south; nothing runs along the north."""
    return (
        GridCity()
        .stop("A", 0, 0).stop("B", 15, 0).stop("C", 30, 0)
        .zone("z", 0, 0).zone("far", 30, 0)
        .route("R1", "A B C", first_s=7 * 3600, headway_s=600, n_trips=30, hop_s=600)
    )  # fmt: skip


def test_before_and_after_a_drawn_route() -> None:
    city = grid().city()
    line = (lonlat(0, 20), lonlat(15, 20), lonlat(30, 20))
    scenario = Scenario("North", (AddRoute("north", "North line", line, headway_s=600, snap_m=0),))
    found = workbench.journey(city, lonlat(0, 20), lonlat(30, 20), EIGHT, scenario=scenario)
    assert found.before == ()
    assert found.after is not None
    ride = next(leg for leg in found.after[0].legs if leg.mode == "ride")
    assert (ride.route_id, ride.route_name, ride.trip_id) == ("north", "North line", "")
    assert found.best == found.after[0]
    assert found.difference() == "Only with the change one gets there in time."
    for (lon, lat), end in zip((ride.line_lonlat[0], ride.line_lonlat[-1]), (line[0], line[-1]), strict=True):
        assert (lon, lat) == pytest.approx(end, abs=1e-4)
    south = workbench.journey(city, "A", "C", EIGHT, scenario=scenario)
    # boards at 8:00, two hops of 600 s
    assert [(one.duration_s, one.rides) for one in south.before] == [(1200, 1)]
    assert south.difference() == "The arrival stays the same."
    assert south.to_json()["arrival"] == "2026-10-14T08:20:00"


def test_words_of_the_whole_answer() -> None:
    found = workbench.journey(grid().city(), "A", "B", EIGHT)
    assert found.in_words() == (
        "From A to B, Wednesday, October 14, 2026",
        "",
        "10 min, 1 ride: leave 8:00 am, arrive 8:10 am",
        "  Ride R1 towards C 1 stop, 10 min, to B (8:00 am to 8:10 am).",
    )
    nothing = workbench.journey(grid().city(), "C", "A", EIGHT)
    assert nothing.in_words()[-1] == "There is no way to get there in time."
    assert nothing.to_json()["arrival"] is None


def test_geojson_has_a_line_for_every_leg() -> None:
    found = workbench.journey(grid().city(), lonlat(0, 1), lonlat(30, 1), EIGHT).to_geojson()
    modes = [feature["properties"]["mode"] for feature in found["features"]]  # type: ignore[attr-defined, index]
    assert modes == ["walk", "ride", "walk"]
    assert [len(f["geometry"]["coordinates"]) for f in found["features"]] == [2, 3, 2]  # type: ignore[attr-defined, index]


def test_what_cannot_be_answered() -> None:
    city = grid().city()
    with pytest.raises(InputError, match=r"departure date is 2026-10-15, the timetable .* 2026-10-14 \(weekday\)"):
        workbench.journey(city, "A", "B", EIGHT + dt.timedelta(days=1))
    with pytest.raises(NotFoundError, match="stop 'Q'"):
        workbench.journey(city, "A", "Q", EIGHT)
    with pytest.raises(InputError, match="latitude and longitude seem to be swapped"):
        place_at(city, (40.7, -74.0), "here")
    assert departure_of(city, dt.datetime(2026, 10, 14, 23, 59, 30)) == ("weekday", 86370)


def test_dijkstra_as_yardstick_takes_half_the_headway() -> None:
    city = grid().city()
    network = build_network(city, Window("eight", "8 am", "weekday", 8 * 3600, 1), SearchParams())
    frequency = build_frequency_graph(network, np.array([0], np.int32))
    # A and C have a boarding, all three calls of R1 can be left, its two hops, one origin next to A; nothing to walk
    assert frequency.graph.nnz == 2 + 3 + 2 + 1
    # from 8:00 to 9:31 buses leave A at 8:00, 8:10, ... 9:30
    assert frequency.graph[0, 3] == pytest.approx((60 + 5400) / 10 / 2)
    assert frequency.graph[3, 4] == 600
    times = measure_one_to_all(network, depart_s=8 * 3600, n_origins=2, repeats=1)
    assert len(times.ours_s) == len(times.dijkstra_s) == 2
    assert times.ratio > 0


# ---- New York


@pytest.mark.city
def test_after_equals_the_search_of_the_city_with_the_route(nyc_baseline: Baseline) -> None:
    """Journeys with a drawn route arrive when the whole search with that route says so, and medians of zones agree."""
    city, base = nyc_baseline.city, nyc_baseline.network
    scenario = Scenario.from_file(EXAMPLE, city=city)
    addition = apply_scenario(scenario, city).addition
    network = add_service(base, city, addition)
    changed = rescore(nyc_baseline, addition).median_s < nyc_baseline.median_s
    origins = np.flatnonzero(changed.any(axis=1))[:6].astype(np.int32)
    travel = np.empty((len(origins), base.n_zones, base.window.n_departures), dtype=np.uint16)
    search_origins(network, origins, travel, np.empty((len(origins), base.n_zones), dtype=np.uint16))
    rng, n_earlier = np.random.default_rng(3), 0
    lonlats = metres_to_lonlat(np.column_stack([base.zone_x, base.zone_y]), city.crs)
    for row, origin in enumerate(origins):
        for goal in rng.choice(np.flatnonzero(changed[origin]), 4):
            minute = int(rng.integers(0, 120))
            moment = dt.datetime(2026, 10, 14, 7) + dt.timedelta(minutes=minute)
            found = workbench.journey(city, tuple(lonlats[origin]), tuple(lonlats[goal]), moment, scenario=scenario)
            assert found.after is not None
            expected = min(int(travel[row, goal, minute]), int(base.walk_s[origin, goal]))
            # there and back through lon/lat moves a zone by less than a millimetre: a walk may round to another second
            assert (found.after[0].duration_s if found.after else 65_535) == pytest.approx(expected, abs=2)
            n_earlier += bool(found.after) and (not found.before or found.after[0].arrive_s < found.before[0].arrive_s)
    assert n_earlier >= 5


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


@pytest.mark.city
def test_the_command_keeps_its_contract(tmp_path: Path) -> None:
    out = tmp_path / "legs.geojson"
    result = run(
        "journey", "--from", HOME, "--to", WORK, "--depart", "2026-10-14T08:00", "--scenario", EXAMPLE, "--json",
        "--geojson", out,
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    answer = json.loads(result.stdout)
    arrival = dt.datetime.fromisoformat(answer["arrival"])
    assert (arrival - EIGHT).total_seconds() == answer["duration_s"]
    assert answer["rides"] == sum(leg["mode"] == "ride" for leg in answer["legs"])
    assert {leg["mode"] for leg in answer["legs"]} <= {"walk", "ride"}
    assert sum(leg["duration_s"] + leg["wait_s"] for leg in answer["legs"]) == answer["duration_s"]
    assert answer["after"][0]["arrival"] == answer["arrival"] <= answer["before"][0]["arrival"]
    assert answer["parameters"]["change_s"] == 60
    assert json.loads(out.read_text())["type"] == "FeatureCollection"


@pytest.mark.city
def test_stops_and_other_parameters() -> None:
    stops = ("journey", "--from-stop", "D42N", "--to-stop", "R16N", "--depart", "2026-10-14T08:00:30", "--json")
    usual, free = json.loads(run(*stops).stdout), json.loads(run(*stops, "--param", "change_s=0").stdout)
    assert usual["legs"][0]["mode"] == "ride"
    assert usual["legs"][0]["from_stop_id"] == "D42N"
    assert usual["legs"][-1]["to_stop_id"] == "R16N"
    assert free["arrival"] <= usual["arrival"]
    assert free["parameters"]["change_s"] == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--to", WORK, "--depart", "2026-10-14T08:00"), "give either --from LAT,LON or --from-stop ID"),
        (("--from", HOME, "--from-stop", "x", "--to", WORK, "--depart", "2026-10-14T08:00"), "one of the two"),
        (("--from", "home", "--to", WORK, "--depart", "2026-10-14T08:00"), "--from is 'home', must be LAT,LON"),
        (("--from", "1,2,3", "--to", WORK, "--depart", "2026-10-14T08:00"), "--from is '1,2,3', must be LAT,LON"),
        (("--from", HOME, "--to", WORK, "--depart", "8 am"), "--depart is '8 am', must be a date and a time"),
        (("--from", HOME, "--to", WORK, "--depart", "2026-10-14T08:00Z"), "without a time zone"),
        (("--from", HOME, "--to", WORK, "--depart", "2026-10-14T08:00", "--param", "speed=1"), "'speed' is not known"),
        (("--from", HOME, "--to", WORK, "--depart", "2026-10-14T08:00", "--param", "change_s"), "must be NAME=VALUE"),
        (("--from", HOME, "--to", WORK, "--depart", "2026-10-14T08:00", "--param", "max_rides=x"), "a whole number"),
        (("--from", HOME, "--to", WORK, "--depart", "2026-10-14T08:00", "--param", "max_rides=9"), "must be 1 to 8"),
    ],
)
def test_bad_options_are_one_sentence(arguments: tuple[str, ...], said: str) -> None:
    result = run("journey", *arguments)
    assert result.exit_code == 2
    assert said in result.stderr


@pytest.mark.city
@pytest.mark.parametrize("command", ["score", "compare"])
def test_parameters_are_checked_before_anything_heavy(command: str) -> None:
    result = run(command, EXAMPLE, EXAMPLE, "--param", "walk_mps=fast")
    assert result.exit_code == 2
    assert "parameter walk_mps is 'fast', must be a number" in result.stderr


@pytest.mark.city
def test_points_and_dates_outside_are_refused() -> None:
    at = ("--depart", "2026-10-14T08:00")
    assert "must be in New York City" in run("journey", "--from", "51.5,-0.1", "--to", WORK, *at).stderr
    assert (
        "2026-10-17 (saturday)" in run("journey", "--from", HOME, "--to", WORK, "--depart", "2026-11-01T08:00").stderr
    )
    assert "D42N, D42S" in run("journey", "--from-stop", "D42", "--to", WORK, *at).stderr
