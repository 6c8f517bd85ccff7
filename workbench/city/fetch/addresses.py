"""Where live data comes from: every address, with its licence and what a pack lacks without it. Kept in this one place."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from workbench.city.build.newyork.groups import GROUP_COLUMNS
from workbench.city.fetch.content import Kind
from workbench.city.fetch.http import require_host
from workbench.city.fetch.states import find_state
from workbench.errors import InputError, NotFoundError

__all__ = ["ACS_YEAR", "CENSUS_KEY_PAGE", "LODES_YEAR", "LiveFile", "live_files", "own_feeds", "us_files"]

ACS_YEAR = 2023
"""Last year of the five-year survey; its codes (`GROUP_COLUMNS`) are those of this year and change with it."""
LODES_YEAR = 2023
CENSUS_KEY_PAGE = "https://api.census.gov/data/key_signup.html"
_NYC_COUNTIES = ("005", "047", "061", "081", "085")
"""Bronx, Kings (Brooklyn), New York (Manhattan), Queens, Richmond (Staten Island)."""
_MTA = "https://rrgtfsfeeds.s3.amazonaws.com"
_MTA_FEEDS = {
    "subway": "gtfs_subway.zip",
    "bus_bx": "gtfs_bx.zip",
    "bus_bk": "gtfs_b.zip",
    "bus_m": "gtfs_m.zip",
    "bus_qns": "gtfs_q.zip",
    "bus_si": "gtfs_si.zip",
    "bus_busco": "gtfs_busco.zip",
    "lirr": "gtfslirr.zip",
    "mnr": "gtfsmnr.zip",
}
_OPEN_DATA = "https://data.cityofnewyork.us/resource"
_OPEN_DATA_IDS = {
    "borough": "gthc-hcne",
    "community_district": "5crt-au7u",
    "council_district": "872g-cjhh",
    "nta": "9nt8-h7nd",
    "tract": "63ge-mke6",
}
_AREA_WORDS = {
    "borough": "boroughs",
    "community_district": "community districts",
    "council_district": "council districts",
    "nta": "neighborhoods",
    "tract": "census tracts",
}
_CENSUS_API = "https://api.census.gov/data"
_TIGER = "https://www2.census.gov/geo/tiger"
_LODES = "https://lehd.ces.census.gov/data/lodes/LODES8"
_PUBLIC_DOMAIN = "public domain (US government)"
_FEED_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,29}")


@dataclass(frozen=True, slots=True)
class LiveFile:
    """One file of a live source."""

    dataset: str
    """What `--only` names, e.g. `mta-gtfs`."""
    path: str
    """Where it goes in the folder, e.g. `gtfs/subway.zip`."""
    url: str
    kind: Kind
    name: str
    vintage: str
    licence: str
    without: str
    """What a pack lacks without it."""
    checksums: str = ""
    """File of the same folder with the sha256 of this one; blank if the publisher gives none."""
    is_feed: bool = False
    """True for a GTFS zip: its tables are looked for."""


def live_files(
    city_id: str, *, census_key: str = "", acs_year: int = ACS_YEAR, lodes_year: int = LODES_YEAR
) -> tuple[LiveFile, ...]:
    """
    Return the live files of a city, in the order of download.

    Raises
    ------
    NotFoundError
        If no live sources are known for the city.
    """
    if city_id != "nyc":
        raise NotFoundError(
            f"no live sources are known for {city_id!r}, only for nyc; --state and --counties get those of the Census for any "
            "place in the USA, --gtfs-url NAME=URL any feed"
        )
    census = us_files("ny", _NYC_COUNTIES, census_key=census_key, acs_year=acs_year, lodes_year=lodes_year)
    return (*_mta_feeds(), *_nyc_boundaries(), *census)


def us_files(
    state: str,
    counties: Sequence[str],
    *,
    census_key: str = "",
    acs_year: int = ACS_YEAR,
    lodes_year: int = LODES_YEAR,
) -> tuple[LiveFile, ...]:
    """
    Return the Census files of any place in the USA: tracts, blocks, people, groups, jobs.

    Parameters
    ----------
    state
        Its two letters.
    counties
        Their codes, three digits each.
    census_key
        Key of the Census API.
    acs_year, lodes_year
        Last year of the survey; year of the jobs.

    Raises
    ------
    InputError
        If there is no such state, or a code is not three digits.
    """
    code, folder = find_state(state)
    wrong = [county for county in counties if not re.fullmatch(r"\d{3}", county)]
    if wrong or not counties:
        raise InputError(
            f"counties must be codes of three digits, as 061,047; found {', '.join(map(repr, wrong)) or 'none'}"
        )
    return (
        *_tiger(code, folder, counties),
        *_census(code, counties, census_key, acs_year),
        *_lodes(state.lower(), lodes_year),
    )


def own_feeds(pairs: Sequence[str]) -> tuple[LiveFile, ...]:
    """
    Return live files for feeds named by the caller, each as `NAME=URL`.

    Raises
    ------
    InputError
        If a name or an address cannot be used.
    """
    files = []
    for pair in pairs:
        name, _, url = pair.partition("=")
        if not _FEED_ID.fullmatch(name) or not url:
            raise InputError(f"{pair!r} must be NAME=URL with a name of 1 to 30 of a to z, 0 to 9, - and _")
        host = require_host(url)
        lacks = f"the timetable of {name}"
        files.append(LiveFile("gtfs", f"gtfs/{name}.zip", url, Kind.ZIP, host, "", "not stated", lacks, is_feed=True))
    return tuple(files)


def _mta_feeds() -> list[LiveFile]:
    return [
        LiveFile(
            *("mta-gtfs", f"gtfs/{feed}.zip", f"{_MTA}/{file}", Kind.ZIP, f"MTA GTFS: {feed}", "current schedule"),
            *("MTA open data terms", f"the timetable of {feed}"),
            is_feed=True,
        )
        for feed, file in _MTA_FEEDS.items()
    ]


def _nyc_boundaries() -> list[LiveFile]:
    return [
        LiveFile(
            *(
                "nyc-boundaries",
                f"boundaries/{kind}.geojson",
                f"{_OPEN_DATA}/{dataset}.geojson?$limit=50000",
                Kind.JSON,
            ),
            *(
                "NYC Open Data, Department of City Planning",
                "current",
                "NYC Open Data terms",
                f"the boundaries of {_AREA_WORDS[kind]}",
            ),
        )
        for kind, dataset in _OPEN_DATA_IDS.items()
    ]


def _tiger(state: str, folder: str, counties: Sequence[str]) -> list[LiveFile]:
    tracts = f"cb_2020_{state}_tract_500k.zip"
    about = (Kind.ZIP, "US Census Bureau, TIGER", "2020", _PUBLIC_DOMAIN)
    files = [
        LiveFile(
            "tiger",
            f"tiger/{tracts}",
            f"{_TIGER}/GENZ2020/shp/{tracts}",
            *about,
            "the coarser tract boundaries of the Census",
        )
    ]
    for county in counties:
        name = f"tl_2020_{state}{county}_tabblock20.zip"
        url = f"{_TIGER}/TIGER2020PL/STATE/{folder}/{state}{county}/{name}"
        files.append(LiveFile("tiger", f"tiger/{name}", url, *about, f"where census blocks lie in county {county}"))
    return files


def _census(state: str, counties: Sequence[str], key: str, acs_year: int) -> list[LiveFile]:
    secret = {"key": key} if key else {}
    files = []
    for part, table, codes in (
        ("detail", "acs/acs5", [code for code in GROUP_COLUMNS if not code.startswith("DP")]),
        ("profile", "acs/acs5/profile", [code for code in GROUP_COLUMNS if code.startswith("DP")]),
    ):
        query = {
            "get": ",".join(f"{code}{end}" for code in codes for end in "EM"),
            "for": "tract:*",
            "in": f"state:{state} county:{','.join(counties)}",
        }
        url = f"{_CENSUS_API}/{acs_year}/{table}?{urlencode(query | secret, safe=':*,')}"
        span = f"{acs_year - 4}-{acs_year}"
        about = (
            Kind.JSON,
            "US Census Bureau, American Community Survey",
            span,
            _PUBLIC_DOMAIN,
            "groups of residents",
        )
        files.append(LiveFile("census", f"census/acs_{part}.json", url, *about))
    for county in counties:
        query = {"get": "P1_001N", "for": "block:*", "in": f"state:{state} county:{county} tract:*"}
        url = f"{_CENSUS_API}/2020/dec/pl?{urlencode(query | secret, safe=':*,')}"
        about = (Kind.JSON, "US Census Bureau, Census 2020", "2020", _PUBLIC_DOMAIN, f"residents of county {county}")
        files.append(LiveFile("census", f"census/people_{state}{county}.json", url, *about))
    return files


def _lodes(letters: str, year: int) -> list[LiveFile]:
    about = ("US Census Bureau, LEHD LODES8", str(year), _PUBLIC_DOMAIN)
    sums = f"lodes_{letters}.sha256sum"
    files = [
        LiveFile(
            "lodes", f"lodes/{sums}", f"{_LODES}/{letters}/{sums}", Kind.TEXT, *about, "checksums of the jobs tables"
        )
    ]
    for folder, name, lacks in (
        ("wac", f"{letters}_wac_S000_JT00_{year}.csv.gz", "jobs"),
        ("od", f"{letters}_od_main_JT00_{year}.csv.gz", "trips between home and work"),
    ):
        url = f"{_LODES}/{letters}/{folder}/{name}"
        files.append(LiveFile("lodes", f"lodes/{name}", url, Kind.GZIP, *about, lacks, checksums=f"lodes/{sums}"))
    return files
