"""Compiles a city into flat arrays and searches them: base travel times, exact re-scores of added service, journeys."""

from workbench.network.addition import AddedPattern, ServiceAddition, ServiceChange
from workbench.network.base import Baseline, default_cache_dir, few_rides_today, prepare_baseline
from workbench.network.cache import KEEP_DAYS, MAX_PATCH_BYTES, CacheEntry, clean_cache, list_cache, mark_used
from workbench.network.increment import (
    Rescore,
    few_rides_after,
    pair_distribution,
    rescore,
    search_sample,
    warm_up,
)
from workbench.network.journey_search import JourneySearch, NewStop, compile_journeys, find_stop
from workbench.network.journeys import Journey, Leg, Mode, Place, clock_words, minutes_words
from workbench.network.kernels.arrays import NO_MEDIAN
from workbench.network.links import near_pairs
from workbench.network.one_to_all import NOT_REACHED, OneToAll
from workbench.network.params import WINDOWS, SearchParams, Window, get_window, override_params
from workbench.network.search import use_threads
from workbench.network.without import baseline_without, is_without_ready

__all__ = [
    "KEEP_DAYS",
    "MAX_PATCH_BYTES",
    "NOT_REACHED",
    "NO_MEDIAN",
    "WINDOWS",
    "AddedPattern",
    "Baseline",
    "CacheEntry",
    "Journey",
    "JourneySearch",
    "Leg",
    "Mode",
    "NewStop",
    "OneToAll",
    "Place",
    "Rescore",
    "SearchParams",
    "ServiceAddition",
    "ServiceChange",
    "Window",
    "baseline_without",
    "clean_cache",
    "clock_words",
    "compile_journeys",
    "default_cache_dir",
    "few_rides_after",
    "few_rides_today",
    "find_stop",
    "get_window",
    "is_without_ready",
    "list_cache",
    "mark_used",
    "minutes_words",
    "near_pairs",
    "override_params",
    "pair_distribution",
    "prepare_baseline",
    "rescore",
    "search_sample",
    "use_threads",
    "warm_up",
]
