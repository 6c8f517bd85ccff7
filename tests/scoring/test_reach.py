import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tests.scenario.scenario_scenes import far_bus_city, row_route
from tests.scoring.matrices import NEVER, changes_of, minutes, residents_of
from workbench.city import Source
from workbench.evaluate import evaluate, prepare
from workbench.scenario import Scenario
from workbench.scoring.measures.reach import REACH_FIELDS, measure_places, reach_rows

medians = hnp.arrays(np.uint16, (5, 5), elements=st.sampled_from([0, 900, 1800, 2700, 2701, 3600, 5400, 65535]))


def rows_of(before, after, **counts):
    counts = {kind: np.array(count, dtype=float) for kind, count in counts.items()}
    today = measure_places(before, counts, 5400)
    residents = residents_of(len(before))
    return reach_rows(today, changes_of(before, after), after, residents, {kind: kind for kind in counts}, 5400)


def values(row):
    return {key: measure.value for key, measure in row.measures.items()}


def test_the_example_of_the_page_by_hand():
    # Residents 1, 2, 4; zone 2 has 8 jobs and the only park. From zone 0 it comes from 50 to 40 minutes; zone 1: 20.
    before = minutes([[0, 30, 50], [30, 0, 20], [50, 20, 0]])
    after = minutes([[0, 30, 40], [30, 0, 20], [50, 20, 0]])
    jobs, park = (values(row) for row in rows_of(before, after, jobs=[0, 0, 8], park=[0, 0, 1]))
    # today within 45: zones 1 and 2 reach the jobs, 2 + 4 of 7 residents
    assert jobs["access_45_before"] == round(6 * 8 / 7, 1)
    assert jobs["access_45_change_mean"] == round(8 / 7, 1)
    assert (jobs["access_45_change_p10"], jobs["access_45_change_median"]) == (8, 8)
    assert jobs["access_30_change_mean"] == 0
    assert jobs["access_60_change_median"] is None  # within 60 minutes everybody reached them before
    assert jobs["nearest_before_min"] is None
    assert park["nearest_before_min"] == round((1 * 50 + 2 * 20) / 7, 2)
    assert park["nearest_after_min"] == round((1 * 40 + 2 * 20) / 7, 2)
    assert (park["residents_nearer_2_min"], park["residents_farther_2_min"]) == (1, 0)


def test_the_nearest_may_be_another_one_and_losses_are_counted_apart():
    # Parks in zones 1 and 2. Zone 0: the nearer one goes from 10 to 30 min, the other stays at 25: 15 minutes farther.
    before = minutes([[0, 10, 25], [NEVER, 0, 9], [20, 9, 0]])
    after = minutes([[0, 30, 25], [NEVER, 0, 9], [20, 9, 0]])
    (park,) = (values(row) for row in rows_of(before, after, park=[0, 1, 3]))
    assert park["nearest_after_min"] == round(25 / 7, 2)
    assert (park["residents_nearer_2_min"], park["residents_farther_2_min"]) == (0, 1)
    assert park["access_30_before"] == round((1 * 4 + 2 * 4 + 4 * 4) / 7, 2)
    assert park["access_30_change_median"] is None  # 30 minutes are still within 30


def test_a_place_nobody_reaches_counts_as_the_longest_journey():
    before = minutes([[0, NEVER], [NEVER, 0]])
    after = minutes([[0, 60], [NEVER, 0]])
    (park,) = (values(row) for row in rows_of(before, after, park=[0, 1]))
    assert (park["nearest_before_min"], park["nearest_after_min"]) == (30, 20)  # 90 and 60 minutes for 1 of 3


@given(medians, medians)
@settings(deadline=None)
def test_the_change_is_that_of_a_full_count(before, after):
    jobs = np.array([1.0, 0, 5, 20, 0])
    (row,) = rows_of(before, after, jobs=jobs)
    residents = residents_of(5)
    for limit, name in enumerate(("access_30", "access_45", "access_60")):
        old, new = (measure_places(matrix, {"jobs": jobs}, 5400).reached["jobs"][limit] for matrix in (before, after))
        assert row.measures[f"{name}_change_mean"].value == pytest.approx((new - old) @ residents / 31, abs=0.051)


@given(medians, medians)
@settings(deadline=None)
def test_the_nearest_after_is_that_of_looking_at_every_pair_again(before, after):
    park = np.array([1.0, 0, 2, 0, 0])
    (row,) = rows_of(before, after, park=park)
    residents = residents_of(5)
    old, new = (measure_places(matrix, {"park": park}, 5400).nearest_s["park"] for matrix in (before, after))
    assert row.measures["nearest_after_min"].value == round(float(new @ residents) / 31 / 60, 2)
    assert row.measures["residents_nearer_2_min"].value == residents[old - new >= 120].sum()
    assert row.measures["residents_farther_2_min"].value == residents[new - old >= 120].sum()


def test_every_row_has_every_figure():
    before = minutes([[0, 10], [10, 0]])
    for row in rows_of(before, before, jobs=[1, 2], park=[0, 0]):
        assert tuple(row.measures) == REACH_FIELDS
        assert all(m.value is not None or m.uncertainty for m in row.measures.values())


def test_a_card_counts_the_jobs_of_its_city(tmp_path):
    # Home, mid and far are 2 km apart, too far to walk; a bus joins them. 100 jobs at far, 7 residents in all.
    city = far_bus_city().city()
    source = Source("jobs", "invented", "2026", "CC0-1.0")
    with_jobs = city.with_jobs(np.array([0, 0, 100]), source)
    baseline = prepare(with_jobs, cache_dir=tmp_path)
    card = evaluate(with_jobs, Scenario("test", (row_route(),)), baseline=baseline)
    (jobs,) = card.reach
    assert (jobs.kind, jobs.total) == ("jobs", 100)
    assert jobs.measures["access_45_before"].value == round(100 * 4 / 7, 1)
    assert jobs.measures["access_45_after"].value == 100
    without = evaluate(city, Scenario("test", (row_route(),)), cache_dir=tmp_path)
    assert without.reach == ()
    assert [one.name for one in without.assumptions].count("jobs") == 1
