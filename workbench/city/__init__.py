"""
The city as published: reads sources, checks them, holds them; builds and loads a city pack.

What builds a pack is loaded when it is first asked for: it takes a quarter of a second, and few runs need it.
"""

import importlib
from typing import TYPE_CHECKING

from workbench.city.city import AreaKind, City, Group, Source
from workbench.city.opportunities import NO_JOBS, count_by_zone, kind_label
from workbench.city.pack import describe_city, load_city
from workbench.city.timetable import Timetable
from workbench.city.walking import Walking

if TYPE_CHECKING:
    from workbench.city.build.build import BuildReport, build_city, build_city_file, check_city_file
    from workbench.city.build.check import check_pack
    from workbench.city.build.sources import CITIES

__all__ = [
    "CITIES",
    "NO_JOBS",
    "AreaKind",
    "BuildReport",
    "City",
    "Group",
    "Source",
    "Timetable",
    "Walking",
    "build_city",
    "build_city_file",
    "check_city_file",
    "check_pack",
    "count_by_zone",
    "describe_city",
    "kind_label",
    "load_city",
]

_LATER = {
    "BuildReport": "build.build",
    "CITIES": "build.sources",
    "build_city": "build.build",
    "build_city_file": "build.build",
    "check_city_file": "build.build",
    "check_pack": "build.check",
}


def __getattr__(name: str) -> object:
    """Return what is loaded only when it is asked for (PEP 562)."""
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_LATER[name]}"), name)
