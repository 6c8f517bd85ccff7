"""The invented town of `small_sources` in the formats of the live sources: NYC Open Data, TIGER, Census API, LODES."""

from __future__ import annotations

import gzip
import hashlib
import json
import zipfile
from pathlib import Path

import geopandas as gpd
from shapely.geometry import Point, box

from tests.city.small_sources import _TRACTS, CRS, X0, Y0, lonlat
from workbench.city.build.newyork.groups import GROUP_COLUMNS

WEST, EAST = (0, 0, 2000, 2000), (2150, 0, 4150, 2000)
LODES_ROWS = (
    # work block, home block, workers: two flows between the same tracts, one from outside the town
    ("360010001001000", "360020001001000", 5),
    ("360010001001001", "360020001001001", 7),
    ("360020001001000", "360010002001000", 11),
    ("360010001001000", "360990001001000", 100),
)


def feature(properties: dict[str, object], area: tuple[float, float, float, float] | None) -> dict[str, object]:
    if area is None:
        return {"type": "Feature", "properties": properties, "geometry": None}
    west, south, east, north = area
    corners = [(west, south), (east, south), (east, north), (west, north), (west, south)]
    ring = [list(lonlat(x, y)) for x, y in corners]
    return {"type": "Feature", "properties": properties, "geometry": {"type": "MultiPolygon", "coordinates": [[ring]]}}


def open_data() -> dict[str, list[dict[str, object]]]:
    """Return the features of each export, columns as NYC Open Data names them; every value is text there."""
    ntas = [
        ("WE0101", "West Village", "West", "0", WEST),
        ("EA0101", "East Village", "East", "0", (2150, 0, 4150, 1000)),
        ("EA0191", "East Park", "East", "9", (2150, 1000, 4150, 2000)),
    ]
    return {
        "borough": [
            feature({"borocode": str(n), "boroname": name, "shape_area": "1.0"}, area)
            for n, name, area in ((1, "West", WEST), (2, "East", EAST))
        ],
        "community_district": [
            *(feature({"boro_cd": cd}, area) for cd, area in (("101", WEST), ("201", EAST))),
            feature({"boro_cd": "164"}, (100, 100, 200, 200)),
        ],
        "council_district": [feature({"coundist": n}, area) for n, area in (("10", WEST), ("9", EAST))],
        "nta": [
            feature({"nta2020": nta, "ntaname": name, "boroname": borough, "ntatype": kind}, area)
            for nta, name, borough, kind, area in ntas
        ],
        "tract": [
            *(
                feature({"geoid": g, "boroname": b.title(), "nta2020": nta, "ntaname": name, "ctlabel": label}, area)
                for g, b, nta, name, label, area in _TRACTS
            ),
            feature({"geoid": "36009999999", "boroname": "West", "nta2020": "X", "ntaname": "X", "ctlabel": "0"}, None),
        ],
    }


def write_open_data(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for kind, features in open_data().items():
        text = json.dumps({"type": "FeatureCollection", "features": features})
        (folder / f"{kind}.geojson").write_text(text)
    return folder


def write_shapefile(path: Path, table: gpd.GeoDataFrame) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    folder = path.with_suffix("")
    folder.mkdir()
    table.to_file(folder / f"{path.stem}.shp")
    with zipfile.ZipFile(path, "w") as archive:
        for part in sorted(folder.iterdir()):
            archive.write(part, part.name)
    return path


def write_tracts(path: Path) -> Path:
    """Write the tracts as the Census does: NAD83 degrees, one of them all water, one in another county."""
    rows = [(g, g[:2], g[2:5], f"Census Tract {label}", 1000, area) for g, _, _, _, label, area in _TRACTS]
    rows.append(("36001990000", "36", "001", "Census Tract 9900", 0, (2000, 0, 2150, 2000)))
    rows.append(("36055000100", "36", "055", "Census Tract 1", 1000, (9000, 0, 9500, 2000)))
    shapes = [box(X0 + w, Y0 + s, X0 + e, Y0 + n) for *_, (w, s, e, n) in rows]
    columns = ("GEOID", "STATEFP", "COUNTYFP", "NAMELSAD", "ALAND")
    table = gpd.GeoDataFrame(
        {name: [row[n] for row in rows] for n, name in enumerate(columns)}, geometry=shapes, crs=CRS
    )
    return write_shapefile(path, table.to_crs("EPSG:4269"))


def block_rows() -> list[tuple[str, float, float, int]]:
    """Return code, x, y, residents of four blocks in each tract: 100 residents each, none in the park."""
    rows = []
    for tract, *_, (west, south, east, north) in _TRACTS:
        for n in range(4):
            x, y = west + (east - west) * (n + 0.5) / 4, south + (north - south) * (0.25 if n % 2 else 0.75)
            rows.append((f"{tract}{1000 + n}", x, y, 0 if tract == "36002000200" else 100))
    return rows


def write_blocks(folder: Path, county: str) -> Path:
    rows = [row for row in block_rows() if row[0][2:5] == county]
    places = [lonlat(x, y) for _, x, y, _ in rows]
    table = gpd.GeoDataFrame(
        {
            "GEOID20": [row[0] for row in rows],
            "INTPTLAT20": [f"+{lat:.7f}" for _, lat in places],
            "INTPTLON20": [f"{lon:012.7f}" for lon, _ in places],
        },
        geometry=[Point(place).buffer(0.0005) for place in places],
        crs="EPSG:4269",
    )
    return write_shapefile(folder / f"tl_2020_36{county}_tabblock20.zip", table)


def people_answer(county: str) -> list[list[str | None]]:
    """Return what the Census API answers for residents by block of a county."""
    rows: list[list[str | None]] = [["P1_001N", "state", "county", "tract", "block"]]
    rows += [[str(n), g[:2], g[2:5], g[5:11], g[11:]] for g, _, _, n in block_rows() if g[2:5] == county]
    return rows


def acs_answer(codes: list[str]) -> list[list[str | None]]:
    """Return what the Census API answers for estimates and margins of these codes by tract."""
    header: list[str | None] = [*(code + end for code in codes for end in "EM"), "state", "county", "tract"]
    rows: list[list[str | None]] = [header]
    for tract, *_ in _TRACTS:
        people = 0 if tract == "36002000200" else 500
        values: list[str | None] = []
        for code in codes:
            whole = code in ("B01001_001", "B19001_001")
            count = people if whole else people // 5
            margin = "-555555555" if whole and people else str(30 if people else 12)
            values += [str(count), margin]
        rows.append([*values, tract[:2], tract[2:5], tract[5:]])
    return rows


def write_acs(folder: Path) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / "acs_detail.json", folder / "acs_profile.json"]
    for path, is_profile in zip(paths, (False, True), strict=True):
        codes = [code for code in GROUP_COLUMNS if code.startswith("DP") is is_profile]
        path.write_text(json.dumps(acs_answer(codes)))
    return paths


def lodes_files() -> dict[str, bytes]:
    """Return the files of LODES of the town's state: jobs by block, flows, and the list of checksums of both unpacked."""
    wac = "w_geocode,C000,CA01,createdate\n"
    wac += "".join(f"{tract}1000,{10 * (n + 1)},1,20251101\n" for n, (tract, *_) in enumerate(_TRACTS))
    od = "w_geocode,h_geocode,S000,SA01,createdate\n"
    od += "".join(f"{work},{home},{n},0,20251101\n" for work, home, n in LODES_ROWS)
    files = {"ny_wac_S000_JT00_2023.csv": wac.encode(), "ny_od_main_JT00_2023.csv": od.encode()}
    sums = "".join(f"{hashlib.sha256(text).hexdigest()}  {name}\n" for name, text in files.items())
    return {f"{name}.gz": gzip.compress(text) for name, text in files.items()} | {"lodes_ny.sha256sum": sums.encode()}
