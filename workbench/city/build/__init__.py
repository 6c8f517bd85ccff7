"""Builds a city pack from its sources. Read `build.build_city` first."""

from workbench.city.build.build import BuildReport, build_city
from workbench.city.build.sources import CITIES

__all__ = ["CITIES", "BuildReport", "build_city"]
