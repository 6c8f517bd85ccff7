from __future__ import annotations

import bz2
import gzip
import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyogrio
import pytest

from tests.city.osm_scene import CRS, NODES, WAYS, X, Y, described, lonlat, osm_xml, overpass_answer, write_json
from tests.conftest import SHARED
from workbench.city.streets.osm import data as osm_data
from workbench.city.streets.osm import read as osm_read
from workbench.city.streets.osm.read import read_osm_elements, read_osm_file
from workbench.city.streets.osm.to_graph import build_osm_streets, read_osm
from workbench.errors import InputError

STREETS = [
    "0,0 -> 200,0 Main Street: walk drive, rank 3, 200 m",
    "200,-200 -- 200,0 Cross Street: walk drive, rank 2, 200 m",
    "200,0 -- 200,200 Cross Street: walk drive, rank 2, 200 m",
    "200,0 -> 400,0 Main Street: walk drive, rank 3, 200 m",
    "300,-200 -> 300,200 I 999: drive, rank 1, 400 m above",
    "400,0 -- 200,200 (no name): walk, rank 4, 400 m",
]


def zipped(folder: Path) -> Path:
    with zipfile.ZipFile(folder / "streets.zip", "w") as archive:
        archive.write(write_json(folder / "data"), "data")
    return folder / "streets.zip"


def written(folder: Path, name: str, content: bytes) -> Path:
    (folder / name).write_bytes(content)
    return folder / name


FORMS: dict[str, Callable[[Path], Path]] = {
    "json": lambda folder: write_json(folder / "streets.json"),
    "json without a name": lambda folder: write_json(folder / "streets"),
    "json in zip": zipped,
    "json.gz": lambda folder: written(folder, "s.json.gz", gzip.compress(json.dumps(overpass_answer()).encode())),
    "xml": lambda folder: written(folder, "streets.osm", osm_xml().encode()),
    "xml named wrongly": lambda folder: written(folder, "streets.json", osm_xml().encode()),
    "xml.gz": lambda folder: written(folder, "streets.osm.gz", gzip.compress(osm_xml().encode())),
    "xml.bz2": lambda folder: written(folder, "streets.osm.bz2", bz2.compress(osm_xml().encode())),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_gives_the_same_streets(form: str, tmp_path: Path) -> None:
    streets = read_osm(FORMS[form](tmp_path), CRS)
    assert described(streets.graph) == STREETS
    assert streets.graph.is_real
    assert streets.defects == ()
    assert streets.vintage == ("" if "xml" in form else "2024-05-06")


def test_ways_with_their_geometry_need_no_nodes() -> None:
    answer = overpass_answer()
    places = {element["id"]: element for element in answer["elements"] if element["type"] == "node"}
    ways = [element for element in answer["elements"] if element["type"] == "way"]
    for way in ways:
        way["geometry"] = [{"lat": places[ref]["lat"], "lon": places[ref]["lon"]} for ref in way["nodes"]]
    assert described(build_osm_streets(read_osm_elements(ways, where="x"), CRS, where="x").graph) == STREETS


def test_a_file_says_which_area_it_covers(tmp_path: Path) -> None:
    (west, south), (east, north) = lonlat((-10, -10)), lonlat((410, 210))
    bounds = f'<bounds minlat="{south}" minlon="{west}" maxlat="{north}" maxlon="{east}"/>'
    path = written(tmp_path, "a.osm", osm_xml().replace('generator="scene">', f'generator="scene">{bounds}').encode())
    assert read_osm_file(path).bounds_lonlat == pytest.approx((west, south, east, north))
    low_x, low_y, high_x, high_y = read_osm(path, CRS).graph.real_area.bounds
    assert low_x >= X - 11
    assert low_y >= Y - 11
    assert high_x <= X + 411
    assert high_y <= Y + 211


BAD: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "is not OpenStreetMap data"),
    "picture": (b"\x89PNG\r\n\x1a\n" + b"\0" * 60, "is not OpenStreetMap data"),
    "error page": (b"<!DOCTYPE html><html><body>502 Bad Gateway</body></html>", "is a web page"),
    "other xml": (b"<?xml version='1.0'?><gpx></gpx>", "cut short or damaged"),
    "cut json": (json.dumps(overpass_answer()).encode()[:300], "is not whole JSON"),
    "cut xml": (osm_xml().encode()[:400], "cut short or damaged"),
    "cut gzip": (gzip.compress(json.dumps(overpass_answer()).encode())[:90], "cannot be unpacked"),
    "cut bz2": (bz2.compress(osm_xml().encode())[:60], "cut short or damaged"),
    "cut pbf": (b"\x00\x00\x00\x0e\n\x09OSMHeader\x18\x7f" + b"\x00" * 20, "cut short or damaged"),
    "geojson": (b'{"type": "FeatureCollection", "features": []}', "without a list of `elements`"),
    "a list": (b"[1, 2]", "without a list of `elements`"),
    "no streets": (b'{"elements": []}', "holds no streets"),
    "remark": (b'{"elements": [], "remark": "runtime error: out of memory"}', "did not finish and remarked: runtime"),
    "odd element": (b'{"elements": [{"type": "node", "id": "x", "lat": 1, "lon": 2}]}', "is not as Overpass writes it"),
    "huge id": (b'{"elements": [{"type": "node", "id": 1e400, "lat": 1, "lon": 2}]}', "is not as Overpass writes it"),
    "two files": (b"PK\x05\x06" + b"\0" * 18, "is not OpenStreetMap data"),
}


@pytest.mark.parametrize("kind", BAD)
def test_other_files_are_refused_in_one_sentence(kind: str, tmp_path: Path) -> None:
    content, words = BAD[kind]
    with pytest.raises(InputError, match=words) as caught:
        read_osm_file(written(tmp_path, "given", content))
    assert str(caught.value).startswith("given: ")
    assert "\n" not in str(caught.value)


def test_missing_files_and_folders_are_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "none.osm.pbf", tmp_path):
        with pytest.raises(InputError, match="there is no such file"):
            read_osm_file(path)


def test_a_zip_with_two_files_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "two.zip", "w") as archive:
        archive.writestr("a", "{}")
        archive.writestr("b", "{}")
    with pytest.raises(InputError, match=r"two\.zip: holds 2 files, must be one"):
        read_osm_file(tmp_path / "two.zip")


def test_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_json(tmp_path / "a.json")
    monkeypatch.setattr(osm_data, "MAX_WAYS", 3)
    with pytest.raises(InputError, match=r"a\.json: 4 streets, at most 3 can be read"):
        read_osm_file(path)
    monkeypatch.setattr(osm_read, "MAX_JSON_BYTES", 100)
    with pytest.raises(InputError, match=r"a\.json: more than 100 bytes"):
        read_osm_file(path)
    monkeypatch.setattr(osm_read, "MAX_FILE_BYTES", 50)
    with pytest.raises(InputError, match=r"a\.json: [\d,]+ bytes, at most 50"):
        read_osm_file(path)


def test_what_is_bent_is_counted(tmp_path: Path) -> None:
    nodes = {**NODES, 30: (0.0, 0.0)}
    answer = overpass_answer(nodes, WAYS)
    elements = answer["elements"]
    elements += [
        {"type": "node", "id": 40, "lat": 95.0, "lon": -74.0},  # no place on Earth
        {"type": "way", "id": 10, "nodes": [1, 2], "tags": {"highway": "service"}},  # way 10 again
        {"type": "way", "id": 50, "nodes": [5, 999, 1], "tags": {"highway": "service"}},  # node 999 is missing
        {"type": "way", "id": 51, "nodes": [4, 40], "tags": {"highway": "service"}},
        {"type": "way", "id": 52, "nodes": [4], "tags": {"highway": "service"}},
        {"type": "way", "id": 53, "nodes": [4, 4], "tags": {"highway": "service"}},
        {"type": "way", "id": 54, "nodes": [4, 9, 3], "tags": {"highway": "footway"}},  # way 13 again, other way round
        {"type": "way", "id": 55, "nodes": [1, 5], "tags": {"highway": "residential", "oneway": "reversible"}},
    ]
    path = tmp_path / "bad.json"
    path.write_text(json.dumps(answer))
    streets = read_osm(path, CRS)
    assert described(streets.graph) == sorted([*STREETS, "0,0 -- 200,-200 (no name): walk drive, rank 3, 283 m"])
    assert {defect.code: defect.count for defect in streets.defects} == {
        "osm-bad-coordinates": 1,
        "osm-duplicate-ways": 1,
        "osm-missing-nodes": 2,
        "osm-short-ways": 1,
        "osm-double-streets": 2,
        "osm-reversible": 1,
    }
    assert {defect.where for defect in streets.defects} == {"bad.json"}


def test_only_the_area_asked_for(tmp_path: Path) -> None:
    west, south = lonlat((250, -50))
    east, north = lonlat((500, 50))
    streets = read_osm(write_json(tmp_path / "a.json"), CRS, bounds_lonlat=(west, south, east, north))
    # pieces with one end inside stay: Main Street from 2 to 3, the motorway, the footway from 3 to 9
    assert described(streets.graph) == [
        "200,0 -> 400,0 Main Street: walk drive, rank 3, 200 m",
        "300,-200 -> 300,200 I 999: drive, rank 1, 400 m above",
        "400,0 -- 400,200 (no name): walk, rank 4, 200 m",
    ]
    with pytest.raises(InputError, match=r"a\.json: holds no street where one may walk or drive inside west, south"):
        read_osm(tmp_path / "a.json", CRS, bounds_lonlat=(10.0, 50.0, 10.1, 50.1))


@pytest.mark.shared
def test_lower_manhattan_as_pbf() -> None:
    path = SHARED / "osm" / "lower_manhattan.osm.pbf"
    data = read_osm_file(path)
    assert len(data.way_id) == 17_132
    # GDAL, another reader, takes squares and platforms for areas; its lines must all be here
    lines = pyogrio.read_dataframe(path, layer="lines", where="highway IS NOT NULL", read_geometry=False)
    assert len(lines) == 15_987
    assert set(lines["osm_id"].astype(int)) <= set(data.way_id.tolist())
    assert data.bounds_lonlat == pytest.approx((-74.031, 40.695, -73.968, 40.73), abs=1e-6)
    assert data.vintage == "2024-05-29"
    around_wall_street = (-74.012, 40.704, -74.005, 40.710)
    streets = build_osm_streets(data, CRS, where="pbf", bounds_lonlat=around_wall_street)
    assert {"Wall Street", "Broadway", "Broad Street", "Trinity Place"} <= set(streets.graph.names)
    graph = streets.graph
    stone = graph.edge_name == graph.names.index("Stone Street")  # partly closed to vehicles
    assert graph.edge_walk[stone].all()
    assert 0 < graph.edge_drive[stone].sum() < stone.sum()


@pytest.mark.shared
def test_a_pbf_file_cut_short_is_refused(tmp_path: Path) -> None:
    whole = (SHARED / "osm" / "lower_manhattan.osm.pbf").read_bytes()
    for size in (1000, len(whole) // 2, len(whole) - 10):
        with pytest.raises(InputError, match=r"cut\.osm\.pbf: cut short or damaged"):
            read_osm_file(written(tmp_path, "cut.osm.pbf", whole[:size]))


@pytest.mark.shared
def test_manhattan_as_json() -> None:
    streets = read_osm(SHARED / "osm" / "manhattan_osm_2019.json.zip", CRS)
    graph = streets.graph
    assert streets.vintage == "2019-10-26"
    names = {name: n for n, name in enumerate(graph.names)}
    length_m = graph.edge_length_m()
    assert length_m[graph.edge_walk].sum() == pytest.approx(1_675_600, rel=0.001)
    assert graph.real_area.area == pytest.approx(62.4e6, rel=0.01)  # Manhattan has 59 km2 of land
    # Fifth Avenue leads downtown, Madison Avenue uptown: one-way along lines that go south, or north
    for name, sign in (("5th Avenue", -1), ("Madison Avenue", 1)):
        edges = np.flatnonzero((graph.edge_name == names[name]) & (graph.edge_oneway != 0))
        north_m = graph.node_y[graph.edge_to[edges]] - graph.node_y[graph.edge_from[edges]]
        along = np.sign(north_m) * graph.edge_oneway[edges] * sign
        assert len(edges) > 20
        assert np.average(along > 0, weights=length_m[edges]) > 0.95
    # the motorway has this name, and so have footways and side roads beside it
    motorway = (graph.edge_name == names["FDR Drive"]) & (graph.edge_rank == 1) & (graph.edge_oneway != 0)
    assert length_m[motorway].sum() > 20_000
    assert np.average(graph.edge_walk[motorway], weights=length_m[motorway]) < 0.1
