import pytest

from tests.scenario.scenario_scenes import far_bus_city, row_route
from tests.scoring.matrices import changes_of, minutes
from workbench.errors import InputError
from workbench.evaluate import evaluate, prepare
from workbench.scenario import Scenario
from workbench.scoring.measures.demand import DEMAND_FIELDS, demand_measures, read_demand


@pytest.fixture(scope="module")
def city():
    return far_bus_city().city()


def written(tmp_path, text):
    (tmp_path / "od.csv").write_text(text, encoding="utf-8")
    return tmp_path / "od.csv"


def test_the_example_of_the_page_by_hand(city, tmp_path):
    demand = read_demand(written(tmp_path, "origin,destination,count\nhome,mid,10\nhome,far,4\nhome,nowhere,3\n"), city)
    assert demand.n_left_out == 3
    before = minutes([[0, 40, 50], [40, 0, 10], [50, 10, 0]])
    after = minutes([[0, 34, 53], [20, 0, 10], [50, 10, 0]])  # mid to home is quicker too, but nobody goes there
    measures = demand_measures(demand, changes_of(before, after))
    assert tuple(measures) == DEMAND_FIELDS
    assert [one.value for one in measures.values()] == [14, 60, 12, 10, 10, 0, 4, 0, 0]
    assert "3 trips leave or enter the city" in measures["od_trips"].uncertainty
    assert "not a forecast" in measures["od_trips"].uncertainty


def test_blocks_of_lodes_count_in_their_tract(tmp_path):
    scene = far_bus_city()
    city = scene.city()
    zones = city.zones.assign(zone_id=["36005000100", "36005000200", "36005000300"])
    city = type(city)(**{**city.__dict__, "zones": zones})
    text = "w_geocode,h_geocode,S000,SA01\n360050003001000,360050001002003,5,1\n360050003001001,360050001002003,2,1\n"
    demand = read_demand(written(tmp_path, text), city)
    assert demand.trips.tolist() == [[0, 0, 7], [0, 0, 0], [0, 0, 0]]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a,b\n1,2\n", "has the columns a, b, must have h_geocode, w_geocode, S000 or origin, destination, count"),
        ("origin,destination,count\nhome,far,many\n", "line 2: count is 'many', must be 0 or more"),
        ("origin,destination,count\nhome,far,-1\n", "line 2: count is '-1'"),
        ("origin,destination,count\nhome,far,nan\n", "line 2: count is 'nan'"),
        ("origin,destination,count\nhere,there,5\n", "none of its trips starts and ends in a zone"),
        ("", "has the columns none"),
    ],
)
def test_a_table_that_cannot_be_used_is_refused(city, tmp_path, text, message):
    with pytest.raises(InputError, match=message):
        read_demand(written(tmp_path, text), city)


def test_a_card_carries_it_beside_the_rest(city, tmp_path):
    demand = read_demand(written(tmp_path, "origin,destination,count\nhome,far,100\n"), city)
    baseline = prepare(city, cache_dir=tmp_path / "cache")
    scenario = Scenario("test", (row_route(),))
    card, without = (evaluate(city, scenario, baseline=baseline, demand=one, phases=2) for one in (demand, None))
    # not reached today counts as 90 minutes; the bus takes 1,000 s and a median wait of four minutes and a bit
    assert card.demand["od_minutes_saved"].value == pytest.approx(100 * (5400 - 1000 - 270) / 60, rel=0.01)
    assert card.demand["od_trips_quicker_10_min"].by_phase == (100, 100)
    assert without.demand == {}
    assert card.travel_time == without.travel_time
