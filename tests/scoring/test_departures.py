"""Good and bad minutes to leave: the example of the page, by hand, and laws; on a real bus, and over ten timetables."""

import re
from pathlib import Path

import numpy as np
import pytest

from tests.scenario.scenario_scenes import row_route
from tests.scenes import GridCity
from tests.scoring.matrices import NEVER, before_of, minutes
from workbench import score_departures
from workbench.evaluate import evaluate, prepare
from workbench.scenario import RemoveRoute, Scenario
from workbench.scoring import ScoringParams, departure_measures
from workbench.scoring.indicators import INDICATORS

ROOT = Path(__file__).parents[2]


def values_of(before, after, residents, **params):
    found = departure_measures(
        before,
        after,
        before_of(before[50], residents),
        residents,
        ScoringParams(**params),
        max_travel_s=5400,
        note="one",
    )
    assert list(found) == [key for key, one in INDICATORS.items() if one.part == "departures"]
    assert all(measure.unit == INDICATORS[key].unit for key, measure in found.items())
    return {key: measure.value for key, measure in found.items()}


def spread(*rows):
    """Matrices by percentile from (good, middle, bad) in minutes."""
    return {p: minutes([[row[column] for row in line] for line in rows]) for column, p in enumerate((25, 50, 75))}


def test_by_hand():
    # One resident in the first zone, 2 in the second, 4 in the third; 20 minutes away each way, so all likely trips from
    # the first weigh 2 : 4. To the second 18/20/28 becomes 18/20/22: 6 minutes steadier, a bad minute saves 6 of 6 x 1/3.
    own, there = (0, 0, 0), (18, 20, 28)
    residents = np.array([1.0, 2.0, 4.0])
    before = spread([own, there, there], [there, own, there], [there, there, own])
    after = spread([own, (18, 20, 22), (20, 20, 28)], [there, own, there], [there, there, own])
    found = values_of(before, after, residents, trips_per_resident=3.0)
    assert found["person_minutes_per_day_p25"] == 0
    assert found["person_minutes_lost_per_day_p25"] == 4  # 3 trips x 2/3 x 2 minutes to the third zone
    assert found["person_minutes_per_day_p75"] == 6  # 3 x 1/3 x 6
    assert found["person_minutes_lost_per_day_p75"] == 0
    assert found["clock_gap_before"] == 10
    assert found["clock_gap_after"] == pytest.approx(10 - (6 / 3 + 2 * 2 / 3) / 7, abs=1e-4)
    assert found["person_minutes_steadier_per_day"] == 10  # 3 x (2 + 4/3)
    assert found["person_minutes_less_steady_per_day"] == 0
    assert found["residents_steadier_5_min"] == 1
    assert found["residents_less_steady_5_min"] == 0
    back = values_of(after, before, residents, trips_per_resident=3.0)
    assert back["person_minutes_less_steady_per_day"] == 10
    assert back["residents_less_steady_5_min"] == 1


def test_what_is_not_reached_counts_as_the_longest_journey():
    own = (0, 0, 0)
    before = spread([own, (80, NEVER, NEVER)], [(20, 20, 20), own])
    after = spread([own, (80, 85, NEVER)], [(20, 20, 20), own])
    found = values_of(before, after, np.array([1.0, 7.0]))
    assert found["clock_gap_before"] == pytest.approx(10 / 8)  # 80 and 90 minutes, one of eight residents
    assert found["clock_gap_after"] == found["clock_gap_before"]
    assert found["person_minutes_per_day_p75"] == 0


def every(headway_s):
    scene = GridCity().stop("A", 0, 0).stop("B", 20, 0).zone("a", 0, 0).zone("b", 20, 0)
    return scene.route("bus", "A B", first_s=5 * 3600, headway_s=headway_s, n_trips=36_000 // headway_s, hop_s=1200)


def test_the_example_of_the_page(tmp_path):
    # Every 10 minutes: 20 to 29 minutes, quartiles 22 and 27; every 5: 21 and 23. One resident may go from a to b.
    ten, five = (prepare(every(headway_s).city(), cache_dir=tmp_path / str(headway_s)) for headway_s in (600, 300))
    before, after = ({p: one.percentile_s(p) for p in (25, 50, 75)} for one in (ten, five))
    assert [int(before[p][0, 1]) // 60 for p in (25, 50, 75)] == [22, 24, 27]
    assert [int(after[p][0, 1]) // 60 for p in (25, 50, 75)] == [21, 22, 23]
    found = values_of(before, after, np.array([1.0, 2.0]))
    assert found["person_minutes_per_day_p25"] == 1
    assert found["person_minutes_per_day_p75"] == 4
    assert found["person_minutes_steadier_per_day"] == 3
    assert found["clock_gap_before"] == pytest.approx(5 / 3, abs=1e-4)  # one of three residents; nothing runs back
    assert found["clock_gap_after"] == pytest.approx(2 / 3, abs=1e-4)
    text = (ROOT / "docs/indicators/departures.md").read_text()
    assert "a gap of 5\nminutes" in text
    assert "21 and 23, a gap of 2" in text


def test_taking_a_bus_away_saves_nobody_anything(tmp_path):
    city = every(600).city()
    baseline = prepare(city, cache_dir=tmp_path)
    scenario = Scenario("without", (RemoveRoute(route_id="bus"),))
    card = evaluate(city, scenario, baseline=baseline)
    assert card.departures == {}
    found = score_departures(city, scenario, card, baseline=baseline).departures
    assert found["person_minutes_per_day_p25"].value == found["person_minutes_per_day_p75"].value == 0
    assert found["person_minutes_lost_per_day_p25"].value == 90 - 22
    assert found["person_minutes_lost_per_day_p75"].value == 90 - 27


def test_several_timetables_have_a_spread(tmp_path):
    city = every(600).city()
    baseline = prepare(city, cache_dir=tmp_path)
    scenario = Scenario("new", (row_route(headway_s=540),))
    card = evaluate(city, scenario, baseline=baseline, phases=3)
    shares = []
    asked = score_departures(city, scenario, card, baseline=baseline, report=lambda share, _: shares.append(share))
    assert shares == [0, 1 / 3, 2 / 3]
    bad = asked.departures["person_minutes_per_day_p75"]
    assert len(bad.by_phase) == 3
    assert bad.spread >= 0
    assert bad.value > 0


@pytest.mark.city
@pytest.mark.parametrize("page", ["rides.md", "departures.md"])
def test_the_python_examples_of_the_pages_run(page, nyc_baseline, monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    text = (ROOT / "docs/indicators" / page).read_text()
    (example,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    exec(compile(example, page, "exec"), {})
    printed = capsys.readouterr().out
    if page == "rides.md":
        # what the page says of the Bx12
        assert "11,242 people need one more change" in printed
        assert "11,242 people need one more change" in text
        assert re.search(r"Belmont to University Heights.*: 1 rides today, 2 after", printed)
    else:
        assert len(printed.splitlines()) == 10
