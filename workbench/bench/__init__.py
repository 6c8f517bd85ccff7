"""Measures the engine on this machine: the rows of DESIGN section 13, beside their targets and goals."""

from workbench.bench.bench import BENCHMARKS, BenchResult, bench_table, machine_facts, run_benchmarks
from workbench.bench.rows import BENCH_ROUTE, drag_stop

__all__ = ["BENCHMARKS", "BENCH_ROUTE", "BenchResult", "bench_table", "drag_stop", "machine_facts", "run_benchmarks"]
