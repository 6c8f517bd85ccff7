"""Journeys leg by leg: a hand-worked scene, random cities against the twin and the engine, real pairs of zones."""

from __future__ import annotations

import dataclasses

import numba
import numpy as np
import pytest

from tests.network.random_city import START_S, random_addition, random_city
from tests.reference.raptor import FAR, PlainNetwork
from tests.scenes import GridCity
from workbench.city import City
from workbench.errors import InputError, NotFoundError
from workbench.network import (
    NO_MEDIAN,
    Baseline,
    Journey,
    JourneySearch,
    Mode,
    NewStop,
    OneToAll,
    Place,
    SearchParams,
    ServiceAddition,
    ServiceChange,
    Window,
    compile_journeys,
    find_stop,
)
from workbench.network.network import Network, add_service, build_network, remove_routes
from workbench.network.search import search_origins, stop_arrivals

COMPILED = not numba.config.DISABLE_JIT
SEVEN = 7 * 3600
MORNING = Window("morning", "7 am", "weekday", SEVEN, 30)
NOTHING = ServiceAddition(np.zeros((0, 2)), ())
PARAMS = (
    SearchParams(),
    SearchParams(change_s=0, transfer_walk_m=0, direct_walk_m=0, max_travel_s=2400),
    SearchParams(max_rides=2, access_walk_m=300, change_s=120, max_travel_s=1800),
    SearchParams(max_rides=1, walk_mps=0.9),
    SearchParams(max_rides=8, change_s=0, transfer_walk_m=900),
)


def zone_place(city: City, zone_ix: int) -> Place:
    zone = city.zones.iloc[zone_ix]
    return Place(str(zone["name"]), 0.0, 0.0, float(zone["x"]), float(zone["y"]))


def short(journey: Journey) -> str:
    """Write a journey as one line: `walk A | R1 A>B 420-720`."""
    legs = []
    for leg in journey.legs:
        name = leg.route_id if leg.mode is Mode.RIDE else "walk"
        legs.append(f"{name} {leg.from_name}>{leg.to_name} {leg.depart_s - SEVEN}-{leg.arrive_s - SEVEN}")
    return " | ".join(legs)


def scene() -> GridCity:
    """
    home - A == R1 every 10 min, 300 s a hop == B == C, one square from D, where R2 to E leaves every 20 min.

    X takes 1,500 s from A to E at 7:10, without a change.
    """
    return (
        GridCity()
        .stop("A", 0, 0).stop("B", 8, 0).stop("C", 16, 0).stop("D", 16, 1).stop("E", 30, 1)
        .zone("home", 0, 1).zone("work", 30, 2)
        .route("R1", "A B C", first_s=SEVEN, headway_s=600, n_trips=20, hop_s=300)
        .route("R2", "D E", first_s=SEVEN + 300, headway_s=1200, n_trips=10, hop_s=240)
        .route("X", "A E", first_s=SEVEN + 600, headway_s=7200, n_trips=2, hop_s=1500)
    )  # fmt: skip


def test_hand_worked_scene_with_one_ride_and_with_two() -> None:
    city = scene().city()
    search = compile_journeys(city, MORNING)
    found = search.find(zone_place(city, 0), zone_place(city, 1), SEVEN)
    # Walking one square: 225 m / 1.3 m/s = 173.08, so 174 s. The 7:10 bus (600 s) is at C at 1200; the walk to D ends at
    # 1374, and with 60 s to change the bus of 1500 is caught: at E at 1740, at work at 1914. X, without a change, is at
    # E at 600 + 1500 = 2100 and so at work at 2274: later, but with one ride instead of two.
    assert [short(one) for one in found] == [
        "walk home>A 0-174 | R1 A>C 600-1200 | walk C>D 1200-1374 | R2 D>E 1500-1740 | walk E>work 1740-1914",
        "walk home>A 0-174 | X A>E 600-2100 | walk E>work 2100-2274",
    ]
    assert [(one.rides, one.duration_s) for one in found] == [(2, 1914), (1, 2274)]
    ride = found[0].legs[3]
    assert (ride.wait_s, ride.n_stops, ride.headsign, ride.trip_id) == (126, 1, "E", "R2.0.1")
    assert found[0].legs[1].n_stops == 2
    assert len(found[0].legs[1].line_lonlat) == 3


def test_words_add_up() -> None:
    city = scene().city()
    found = compile_journeys(city, MORNING).find(zone_place(city, 0), zone_place(city, 1), SEVEN)
    assert found[0].summary() == "31 min, 2 rides: leave 7:00 am, arrive 7:31 am"
    # 2 + 8 + 10 + 2 + 3 + 4 + 2 = 31
    assert found[0].in_words() == (
        "Walk 2 min to A.",
        "Wait 8 min. Ride R1 2 stops, 10 min, to C (7:10 am to 7:20 am).",
        "Walk 2 min to D.",
        "Wait 3 min. Ride R2 1 stop, 4 min, to E (7:25 am to 7:29 am).",
        "Walk 2 min to work.",
    )


def test_from_stop_to_stop_nobody_walks_at_the_ends() -> None:
    city = scene().city()
    search = compile_journeys(city, MORNING)
    (found,) = search.find(find_stop(city, "B"), find_stop(city, "E"), SEVEN)
    assert short(found) == "R1 B>C 300-600 | walk C>D 600-774 | R2 D>E 1500-1740"
    assert search.find(find_stop(city, "E"), find_stop(city, "A"), SEVEN) == ()
    (there,) = search.find(find_stop(city, "B"), find_stop(city, "B"), SEVEN)
    assert (there.legs, there.duration_s, there.in_words()) == ((), 0, ("You are there already.",))


def test_a_change_at_the_same_stop_takes_its_time() -> None:
    city = (
        GridCity().stop("A", 0, 0).stop("B", 10, 0).stop("C", 20, 0).zone("z", 0, 0)
        .route("R1", "A B", first_s=SEVEN, headway_s=3600, n_trips=2, hop_s=300)
        .route("R2", "B C", first_s=SEVEN + 300, headway_s=50, n_trips=9, hop_s=300)
    ).city()  # fmt: skip
    (found,) = compile_journeys(city, MORNING).find(find_stop(city, "A"), find_stop(city, "C"), SEVEN)
    # at B at 300; with 60 s to change, neither the bus of 300 nor that of 350 is caught
    assert short(found) == "R1 A>B 0-300 | R2 B>C 400-700"
    assert found.in_words()[1] == "Change at B. Wait 1 min. Ride R2 1 stop, 5 min, to C (7:06 am to 7:11 am)."
    quick = compile_journeys(city, MORNING, SearchParams(change_s=0))
    assert short(quick.find(find_stop(city, "A"), find_stop(city, "C"), SEVEN)[0]) == "R1 A>B 0-300 | R2 B>C 300-600"


def test_walking_all_the_way_is_an_alternative() -> None:
    city = scene().zone("next", 4, 1).city()
    found = compile_journeys(city, MORNING).find(zone_place(city, 0), zone_place(city, 2), SEVEN)
    # four squares: 900 m / 1.3 = 692.3
    assert [short(one) for one in found] == ["walk home>next 0-693"]
    assert found[0].summary() == "11 min, on foot: leave 7:00 am, arrive 7:11 am"
    near = SearchParams(direct_walk_m=800)
    assert compile_journeys(city, MORNING, near).find(zone_place(city, 0), zone_place(city, 2), SEVEN) == ()


def test_bad_questions_are_one_sentence() -> None:
    city = scene().city()
    search = compile_journeys(city, MORNING)
    with pytest.raises(InputError, match=r"departure is second 10, must be 25200 to 26999"):
        search.find(find_stop(city, "A"), find_stop(city, "B"), 10)
    with pytest.raises(NotFoundError, match="stop 'nowhere' is not in Grid City"):
        find_stop(city, "nowhere")
    with pytest.raises(InputError, match="no route 'R9'"):
        compile_journeys(city, MORNING, change=ServiceChange(("R9",), NOTHING))


def test_a_station_names_its_platforms() -> None:
    city = scene().city()
    stops = city.stops.assign(parent_station=["S", "S", "", "", ""])
    with pytest.raises(NotFoundError, match="name one of its platforms: A, B"):
        find_stop(dataclasses.replace(city, stops=stops), "S")


def test_without_a_route_and_with_another() -> None:
    city = scene().city()
    new = np.array([[SEVEN + 400, SEVEN + 900]], dtype=np.int32)
    from workbench.network import AddedPattern

    addition = ServiceAddition(
        np.array([scene().xy(30, 3)]), (AddedPattern("NEW", 0, np.array([0, 5], np.int32), new, new),)
    )
    change = ServiceChange(("R1",), addition)
    search = compile_journeys(
        city, MORNING, change=change, route_names={"NEW": "New bus"}, new_stops=[NewStop("Dock", -74.0, 40.7)]
    )
    found = search.find(zone_place(city, 0), zone_place(city, 1), SEVEN)
    # work is one square from the new stop
    assert [short(one) for one in found] == ["walk home>A 0-174 | NEW A>Dock 400-900 | walk Dock>work 900-1074"]
    ride = found[0].legs[1]
    assert (ride.route_name, ride.to_id, ride.trip_id, ride.headsign) == ("New bus", "new-1", "", "Dock")
    gone = compile_journeys(city, MORNING, change=ServiceChange(("R1", "X"), NOTHING))
    assert gone.find(zone_place(city, 0), zone_place(city, 1), SEVEN) == ()
    with pytest.raises(InputError, match="0 new stops are named, must be 1"):
        compile_journeys(city, MORNING, change=change)


# ---- random cities


def require_sound(journey: Journey, city: City, params: SearchParams, trips: dict[str, object]) -> None:
    """Check every leg against the timetable itself, and that nothing is left out between legs."""
    at_s, rode = journey.depart_s, False
    for number, leg in enumerate(journey.legs):
        assert leg.depart_s == at_s + leg.wait_s
        at_s = leg.arrive_s
        if leg.mode is Mode.WALK:
            assert leg.wait_s == 0
            assert leg.arrive_s > leg.depart_s or leg.from_name != leg.to_name
            assert number == 0 or journey.legs[number - 1].mode is Mode.RIDE, "walks are not chained"
            continue
        assert leg.wait_s >= (params.change_s if rode else 0), "changing takes its time"
        rode = True
        if leg.trip_id:
            calls = trips[leg.trip_id]
            assert any(
                call == (leg.from_name, leg.depart_s, True) and later == (leg.to_name, leg.arrive_s, True)
                for i, (call, _) in enumerate(calls)
                for _, later in calls[i + 1 : i + 1 + leg.n_stops][-1:]
            ), leg
    assert at_s == journey.arrive_s
    assert journey.duration_s <= params.max_travel_s


def trips_of(city: City) -> dict[str, object]:
    """Return the calls of every trip: what is needed to board there, what to alight there."""
    table, found = city.load_timetable("weekday"), {}
    for p in range(table.n_patterns):
        calls = slice(table.pattern_stop_indptr[p], table.pattern_stop_indptr[p + 1])
        names = city.stops["stop_name"].to_numpy()[table.pattern_stop_ix[calls]]
        for t, (arrivals, departures) in enumerate(zip(*table.pattern_times(p), strict=True)):
            rows = zip(
                names,
                arrivals,
                departures,
                table.pattern_may_board[calls],
                table.pattern_may_alight[calls],
                strict=True,
            )
            trip_id = str(table.trip_id[table.pattern_trip_indptr[p] + t])
            found[trip_id] = [((n, int(d), bool(b)), (n, int(a), bool(e))) for n, a, d, b, e in rows]
    return found


@pytest.mark.parametrize("seed", range(60 if COMPILED else 10))
def test_journeys_equal_the_twin_for_every_number_of_rides(seed: int) -> None:
    rng = np.random.default_rng(7000 + seed)
    city = random_city(rng, n_stops=9, n_zones=4, n_routes=5).city(f"journeys{seed}")
    params = PARAMS[seed % len(PARAMS)]
    window = Window("morning", "7 am", "weekday", START_S + int(rng.integers(0, 60)), 20)
    search, trips = compile_journeys(city, window, params), trips_of(city)
    by_rides = [
        PlainNetwork(city, window, dataclasses.replace(params, max_rides=k)) for k in range(1, params.max_rides + 1)
    ]
    for _ in range(6):
        a, b = (int(z) for z in rng.integers(0, 4, 2))
        depart_s = window.start_s + int(rng.integers(0, 1200))
        found = search.find(zone_place(city, a), zone_place(city, b), depart_s)
        walk = by_rides[0].direct[a].get(b, FAR)
        times = [walk if walk <= params.max_travel_s else FAR]
        times += [min(times[0], plain.zone_times(a, depart_s)[b]) for plain in by_rides]
        front = [(k, t) for k, t in enumerate(times) if t < min(times[:k], default=FAR)]
        assert [(one.rides, one.duration_s) for one in reversed(found)] == front
        for one in found:
            require_sound(one, city, params, trips)


@pytest.mark.parametrize("seed", range(60 if COMPILED else 6))
def test_one_departure_equals_the_lanes(seed: int) -> None:
    rng = np.random.default_rng(9000 + seed)
    city = random_city(rng).city(f"lanes{seed}")
    window = dataclasses.replace(MORNING, n_departures=12)
    network = build_network(city, window, PARAMS[seed % len(PARAMS)])
    search = OneToAll(network)
    for stop in rng.choice(network.n_stops, 4, replace=False):
        lanes = stop_arrivals(network, int(stop))
        ours = [search.from_stop(int(stop), window.start_s + 60 * minute) for minute in range(12)]
        np.testing.assert_array_equal(np.stack(ours, axis=1), lanes)


@pytest.mark.parametrize("seed", range(40 if COMPILED else 4))
def test_changed_service_equals_the_engine(seed: int) -> None:
    rng = np.random.default_rng(8000 + seed)
    scene_ = random_city(rng)
    city = scene_.city(f"changed{seed}")
    params = PARAMS[seed % len(PARAMS)]
    addition = random_addition(rng, scene_, n_patterns=2)
    removed = tuple(sorted({f"R{r}" for r in rng.integers(0, 9, 2)}))
    change = ServiceChange(removed, addition)
    stops = [NewStop(f"N{n}", -74.0, 40.7) for n in range(len(addition.new_stop_xy))]
    search = compile_journeys(city, MORNING, params, change=change, new_stops=stops)
    network = add_service(remove_routes(build_network(city, MORNING, params), city, removed), city, addition)
    travel = door_to_door(network)
    assert_same_times(search, city, travel, rng, n_pairs=60)


def door_to_door(network: Network) -> np.ndarray:
    """Return travel times of the range kernel, walks wholly on foot included: (n_zones, n_zones, n_departures)."""
    n = network.n_zones
    travel = np.empty((n, n, network.window.n_departures), dtype=np.uint16)
    search_origins(network, np.arange(n, dtype=np.int32), travel, np.empty((n, n), dtype=np.uint16))
    return np.minimum(travel, network.walk_s[:, :, None])


def assert_same_times(
    search: JourneySearch, city: City, travel: np.ndarray, rng: np.random.Generator, *, n_pairs: int
) -> int:
    """Compare pairs of zones at random minutes; returns how many arrive."""
    n_reached = 0
    for _ in range(n_pairs):
        a, b = (int(z) for z in rng.integers(0, len(city.zones), 2))
        minute = int(rng.integers(0, travel.shape[2]))
        found = search.find(zone_place(city, a), zone_place(city, b), search.network.window.start_s + 60 * minute)
        assert (found[0].duration_s if found else NO_MEDIAN) == travel[a, b, minute], (a, b, minute)
        n_reached += bool(found)
    return n_reached


# ---- New York


@pytest.mark.city
def test_journeys_arrive_when_the_base_says(nyc_baseline: Baseline) -> None:
    search = compile_journeys(nyc_baseline.city, nyc_baseline.window, nyc_baseline.params)
    rng = np.random.default_rng(11)
    n_reached = 0
    for _ in range(600):
        a, b = (int(z) for z in rng.integers(0, nyc_baseline.network.n_zones, 2))
        minute = int(rng.integers(0, nyc_baseline.window.n_departures))
        places = zone_place(nyc_baseline.city, a), zone_place(nyc_baseline.city, b)
        found = search.find(*places, nyc_baseline.window.start_s + 60 * minute)
        expected = min(int(nyc_baseline.travel_s[a, b, minute]), int(nyc_baseline.network.walk_s[a, b]))
        assert (found[0].duration_s if found else NO_MEDIAN) == expected, (a, b, minute)
        n_reached += bool(found)
    assert n_reached >= 300


@pytest.mark.city
def test_one_departure_equals_the_lanes_in_new_york(nyc_baseline: Baseline) -> None:
    network = nyc_baseline.network
    search, rng = OneToAll(network), np.random.default_rng(12)
    for stop in rng.choice(network.n_stops, 12, replace=False):
        lanes = stop_arrivals(network, int(stop))
        for minute in rng.choice(network.window.n_departures, 5, replace=False):
            ours = search.from_stop(int(stop), network.window.start_s + 60 * int(minute))
            np.testing.assert_array_equal(ours, lanes[:, minute])
