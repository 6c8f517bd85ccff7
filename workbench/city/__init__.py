"""The city as published: reads sources, checks them, holds them; builds and loads a city pack."""

from workbench.city.build import BuildReport, build_city
from workbench.city.city import City, Group, Source
from workbench.city.pack import describe_city, load_city
from workbench.city.sources import CITIES
from workbench.city.timetable import Timetable
from workbench.city.walking import Walking

__all__ = [
    "CITIES",
    "BuildReport",
    "City",
    "Group",
    "Source",
    "Timetable",
    "Walking",
    "build_city",
    "describe_city",
    "load_city",
]
