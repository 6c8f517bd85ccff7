"""What `workbench bench` says: verdicts, ratios, the contract of its JSON; and counters, which no busy machine changes."""

from __future__ import annotations

import json

import numba
import numpy as np
import pytest
from click.testing import CliRunner

from tests.network.random_city import random_city
from workbench.bench import BENCHMARKS, BenchResult, bench, bench_table, drag_stop, machine_facts
from workbench.bench.bench import LONG, run_benchmarks
from workbench.bench.rows import BENCH_ROUTE, Row, Session, measure_threads
from workbench.cli import main
from workbench.errors import InputError
from workbench.network import Baseline, prepare_baseline, rescore, use_threads
from workbench.scenario import Scenario, apply_scenario


def result(**values: object) -> BenchResult:
    return bench._result(Row(**{"name": "it", "seconds": [0.3, 0.1, 0.2], "target": 0.4, "goal": 0.15, **values}))  # type: ignore[arg-type]


def test_time_is_compared_with_what_is_allowed() -> None:
    found = result()
    assert (found.median_s, found.fastest_s, found.n_runs) == (0.2, 0.1, 3)
    assert found.ratio == pytest.approx(0.5)
    assert found.reference == "the 0.4 s allowed"
    assert found.verdict == "meets the target"
    assert result(goal=0.2).verdict == "meets the goal"
    assert result(target=0.19).verdict == "misses the target"


def test_more_is_better_where_the_goal_is_above_the_target() -> None:
    saved = {"target": 60.0, "goal": 150.0, "unit": "x", "reference": "a re-score's work"}
    verdicts = {value: result(values=[value], **saved).verdict for value in (59.0, 60.0, 149.0, 150.0)}
    assert list(verdicts.values()) == ["misses the target", "meets the target", "meets the target", "meets the goal"]
    assert result(values=[70.0, 90.0, 80.0], **saved).ratio == 80


def test_table_names_figures_and_verdicts() -> None:
    table = bench_table([result(note="a note", counters={"n_origins": 1234}), result(target=0.05, goal=0.02)])
    assert "200 ms" not in table
    for words in ("0.2 s", "0.4 s", "50 ms", "meets the target", "misses the target", "a note", "1,234 origins"):
        assert words in table


def test_every_benchmark_is_named_once_and_long_ones_are_among_them() -> None:
    assert set(BENCHMARKS) > LONG
    assert {"one-to-all", "range-query", "base", "re-score", "drag-stop", "existing-route", "start"} <= set(BENCHMARKS)


def test_unknown_benchmark_is_one_sentence(random_baseline: Baseline) -> None:
    with pytest.raises(InputError, match="benchmark nonsense is not known; there are one-to-all, "):
        run_benchmarks(random_baseline, only=["nonsense"])


@pytest.fixture
def random_baseline(tmp_path_factory: pytest.TempPathFactory) -> Baseline:
    city = random_city(np.random.default_rng(4)).city("bench")
    return prepare_baseline(city, cache_dir=tmp_path_factory.mktemp("base"))


def test_threads_are_given_back(random_baseline: Baseline) -> None:
    before = use_threads(1)
    try:
        (row,) = measure_threads(Session(random_baseline, "bench"))
        assert use_threads(1) == 1
    finally:
        use_threads(before)
    assert len(row.values) == len(row.seconds) > 1
    assert min(row.values) > 0


def test_machine_facts_say_what_a_figure_needs() -> None:
    facts = machine_facts()
    assert {"workbench", "python", "processor", "cores", "load_1_min"} <= set(facts)
    assert json.loads(json.dumps(facts)) == facts


@pytest.mark.city
@pytest.mark.skipif(numba.config.DISABLE_JIT, reason="the whole city takes hours uncompiled")
def test_counters_of_the_bench_route_stay_small(nyc_baseline: Baseline) -> None:
    """Gates on operations, not on time: they grow only if the algorithm looks at more than it has to."""
    addition = apply_scenario(Scenario("bench", (BENCH_ROUTE,)), nyc_baseline.city).addition
    found = rescore(nyc_baseline, addition)
    n_pairs = nyc_baseline.median_s.size
    n_changed = int((found.median_s != nyc_baseline.median_s).sum())
    assert found.counters.n_changed_pairs == n_changed == 51_813
    assert found.counters.n_hopeful_pairs <= 0.16 * n_pairs
    assert found.counters.n_boardings <= 400 * nyc_baseline.network.n_zones
    again = rescore(nyc_baseline, addition).counters
    assert again.n_searches == 0  # every stop is known
    moved = rescore(nyc_baseline, drag_stop(addition, nyc_baseline, share=0.3)).counters
    n_stops = len(np.unique(np.concatenate([pattern.stop_ix for pattern in addition.patterns])))
    assert 0 < moved.n_searches <= 4 < n_stops  # one stop, two directions, onwards and backwards


@pytest.mark.city
@pytest.mark.skipif(numba.config.DISABLE_JIT, reason="the whole city takes hours uncompiled")
def test_dragged_stop_is_another_service_of_the_same_length(nyc_baseline: Baseline) -> None:
    addition = apply_scenario(Scenario("bench", (BENCH_ROUTE,)), nyc_baseline.city).addition
    moved = [drag_stop(addition, nyc_baseline, share=share) for share in (0.25, 0.5)]
    assert len(addition.patterns) == 2
    for service in moved:
        for old, new in zip(addition.patterns, service.patterns, strict=True):
            assert (old.stop_ix != new.stop_ix).sum() == 1
            assert (old.arrival_s != new.arrival_s).any(axis=0).sum() == 1
            assert old.arrival_s[:, -1].tolist() == new.arrival_s[:, -1].tolist()
    places = [service.new_stop_xy[-1] for service in moved]
    assert not np.array_equal(places[0], places[1])


@pytest.mark.city
@pytest.mark.skipif(numba.config.DISABLE_JIT, reason="the whole city takes hours uncompiled")
def test_json_keeps_the_contract(nyc_baseline: Baseline) -> None:
    found = CliRunner().invoke(main, ["bench", "--json", "--only", "re-score"])
    assert found.exit_code == 0, found.output
    content = json.loads(found.stdout)
    assert {"cores", "load_1_min", "load_1_min_after"} <= set(content["machine"])
    rows = {row["name"]: row for row in content["benchmarks"]}
    assert set(rows) == {"exact re-score", "full recompute over re-score, processor time"}
    for row in rows.values():
        assert {"name", "median_s", "reference", "ratio", "target", "goal", "verdict", "n_runs"} <= set(row)
    quick, saved = rows.values()
    assert "; 0 of " in quick["note"]
    assert quick["counters"]["n_boardings"] > 1000
    assert saved["ratio"] == saved["measured"] > 5
    assert 0 < quick["fastest_s"] <= quick["median_s"]
