"""`workbench diff`: what a scenario changes, in words."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import click

from workbench.budget import BudgetCap, budget_of, budget_words
from workbench.city import load_city
from workbench.cli.frame import FILES, as_json_option, city_options, load_settings, print_json, read_scenarios
from workbench.scenario import diff as compare_service

__all__ = ["diff"]


@click.command()
@click.argument("file", type=FILES)
@click.argument("other", required=False, type=FILES)
@click.option("--cap-buses", type=float, help="Most buses the room wants to add.")
@click.option("--cap-usd", type=float, help="Most dollars a year the room wants to add.")
@city_options
@as_json_option
def diff(
    file: Path,
    other: Path | None,
    cap_buses: float | None,
    cap_usd: float | None,
    city: str | None,
    cache_dir: Path | None,
    as_json: bool,
) -> None:
    """Say what the scenario in FILE changes of today's service, or how OTHER differs from it: routes, stops, trips, money."""
    cap = BudgetCap(buses=cap_buses, usd_per_year=cap_usd)
    settings = load_settings({"city": city, "cache_dir": cache_dir})
    loaded = load_city(settings.city, cache_dir=settings.cache_dir)
    scenarios = read_scenarios((file,) if other is None else (file, other), loaded)
    found = compare_service(loaded, *scenarios)
    budget = budget_of(loaded, scenarios[-1])
    if other is not None:
        budget = budget.minus(budget_of(loaded, scenarios[0]))
    money = budget_words(budget, cap)
    if as_json:
        print_json({**dataclasses.asdict(found), "budget": dataclasses.asdict(budget), "words": [*found.words, *money]})
        return
    title = f"{found.before_name} -> {found.after_name}"
    click.echo("\n".join([title, "-" * len(title), *found.words, *money]))
