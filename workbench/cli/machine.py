"""Commands about this machine: `serve`, `bench`."""

from __future__ import annotations

from pathlib import Path

import click

from workbench.city import load_city
from workbench.cli.frame import (
    as_json_option,
    city_options,
    load_settings,
    params_option,
    prepare_baseline_of,
    print_json,
    progress,
)
from workbench.network import (
    warm_up,
)

__all__ = ["bench", "serve"]


@click.command()
@city_options
@click.option("--host", help="Address to listen on; 0.0.0.0 for other devices in the room.")
@click.option("--port", type=int, help="Port to listen on.")
@click.option("--data-dir", type=click.Path(path_type=Path), help="Folder for alternatives and ballots.")
def serve(city: str | None, cache_dir: Path | None, host: str | None, port: int | None, data_dir: Path | None) -> None:
    """Open the workbench in the browser."""
    flags = {"city": city, "cache_dir": cache_dir, "host": host, "port": port, "data_dir": data_dir}
    settings = load_settings(flags)
    loaded = load_city(settings.city, cache_dir=settings.cache_dir)
    baseline = prepare_baseline_of(loaded, settings, "weekday-am")
    with progress() as report:
        report(0.0, "loading the search, on the first start compiling it; about half a minute")
        warm_up(baseline)
        report(1.0, "the search is ready")
    from workbench.app.serve import serve as serve_app  # Panel takes a second to import

    settings.data_dir.mkdir(parents=True, exist_ok=True)
    serve_app(
        loaded,
        storage_url=settings.storage_url,
        cache_dir=settings.cache_dir,
        host=settings.host,
        port=settings.port,
        threads=settings.threads,
        on_ready=lambda address: click.echo(f"The workbench is open at {address}  (stop it with Ctrl+C)"),
    )


@click.command()
@city_options
@click.option("--quick", is_flag=True, help="Leave out what takes longer than half a minute.")
@click.option("--only", multiple=True, metavar="NAME", help="Measure only this; may be given several times.")
@params_option
@as_json_option
def bench(
    city: str | None, cache_dir: Path | None, quick: bool, only: tuple[str, ...], params: tuple[str, ...], as_json: bool
) -> None:
    """Measure the engine on this machine: medians of several runs, ratios inside one run."""
    from workbench.bench import bench_table, machine_facts, run_benchmarks  # brings scipy, a quarter of a second

    settings = load_settings({"city": city, "cache_dir": cache_dir})
    loaded = load_city(settings.city, cache_dir=settings.cache_dir)
    baseline = prepare_baseline_of(loaded, settings, "weekday-am", params)
    with progress() as report:
        before = machine_facts()
        results = run_benchmarks(baseline, city_source=settings.city, quick=quick, only=only, report=report)
    machine = before | {"load_1_min_after": machine_facts()["load_1_min"]}
    if as_json:
        print_json({"machine": machine, "benchmarks": [result.to_json() for result in results]})
        return
    click.echo("\n".join(f"{key}: {value}" for key, value in machine.items()) + "\n")
    click.echo(bench_table(results))
