"""Compiles a city into flat arrays and searches them: base travel times, and exact re-scores of added service."""

from workbench.network.addition import AddedPattern, ServiceAddition
from workbench.network.base import Baseline, default_cache_dir, prepare_baseline
from workbench.network.increment import Rescore, rescore, search_sample, warm_up
from workbench.network.kernels.arrays import NO_MEDIAN
from workbench.network.links import near_pairs
from workbench.network.params import WINDOWS, SearchParams, Window, get_window
from workbench.network.search import use_threads

__all__ = [
    "NO_MEDIAN",
    "WINDOWS",
    "AddedPattern",
    "Baseline",
    "Rescore",
    "SearchParams",
    "ServiceAddition",
    "Window",
    "default_cache_dir",
    "get_window",
    "near_pairs",
    "prepare_baseline",
    "rescore",
    "search_sample",
    "use_threads",
    "warm_up",
]
