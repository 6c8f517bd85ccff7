"""The `workbench` command: each command reads its input, calls one function of the house, and prints the result."""

from __future__ import annotations

import click

import workbench
from workbench.cli import attaching as attaching  # they add their commands to `city`
from workbench.cli import fetching as fetching
from workbench.cli.cache import cache_group
from workbench.cli.city import city_group
from workbench.cli.difference import diff
from workbench.cli.export import export
from workbench.cli.frame import CleanErrors
from workbench.cli.journeys import journey
from workbench.cli.machine import bench, serve
from workbench.cli.publishing import publish
from workbench.cli.scoring import batch, compare, score

__all__ = ["main"]


@click.group(cls=CleanErrors, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(workbench.__version__, prog_name="workbench")
def main() -> None:
    """Assembly Lines: draw the bus route you want, see exactly who gains, who loses, and decide together."""


for _command in (batch, bench, cache_group, city_group, compare, diff, export, journey, publish, score, serve):
    main.add_command(_command)
