"""Lines of geographic programs, in and out; files that are broken, hostile or mean something else are refused in words."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import pytest
import shapely

from tests.scenario.scenario_scenes import city, drawn, row_route
from workbench.errors import InputError
from workbench.scenario import AddRoute, RemoveRoute, Scenario
from workbench.scenario.formats.lines import MAX_FILE_BYTES, MAX_UNPACKED_BYTES, write_lines

BENT = tuple((round(lon, 7), round(lat, 7)) for lon, lat in drawn((0, 3), (4, 3), (20, 9)))  # KML keeps 15 digits
STRAIGHT = BENT[::2]
ROUTES = (
    row_route(
        line_lonlat=STRAIGHT,
        name="Ünïcode & <tags>, with commas",
        days=("weekday", "sunday"),
        both_directions=False,
        speed_factor=1.15,
    ),
    row_route(route_id="new-2", line_lonlat=BENT, headway_s=450, seed=3, spacing_m=250.0),
)
FILES = (("kml", "a.kml"), ("shapefile", "a.shp"), ("shapefile", "a.zip"), ("geopackage", "a.gpkg"))


@pytest.mark.parametrize(("kind", "name"), FILES)
def test_written_and_read_again_the_routes_are_the_same(kind: str, name: str, tmp_path: Path) -> None:
    write_lines("two", ROUTES, tmp_path / name, kind)
    again = Scenario.from_file(tmp_path / name)
    assert again.edits == ROUTES
    assert again.name == "a"


def test_another_coordinate_system_is_brought_to_longitude_and_latitude(tmp_path: Path) -> None:
    table(name="One").to_crs("EPSG:2263").to_file(tmp_path / "feet.gpkg")  # New York's state plane, in feet
    (edit,) = Scenario.from_file(tmp_path / "feet.gpkg").edits
    assert isinstance(edit, AddRoute)
    assert edit.name == "One"
    for point, expected in zip(edit.line_lonlat, ROUTES[0].line_lonlat, strict=True):
        assert point == pytest.approx(expected, abs=1e-8)


def test_a_kmz_is_read(tmp_path: Path) -> None:
    write_lines("two", ROUTES, tmp_path / "a.kml", "kml")
    with zipfile.ZipFile(tmp_path / "a.kmz", "w") as archive:
        archive.write(tmp_path / "a.kml", "../../doc.kml")  # the folder is not believed
    assert Scenario.from_file(tmp_path / "a.kmz").edits == ROUTES
    assert not (tmp_path.parent.parent / "doc.kml").exists()


def zip_of(path: Path, members: dict[str, bytes]) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)


def table(shape: object = None, **columns: object) -> gpd.GeoDataFrame:
    geometry = [shapely.LineString(STRAIGHT) if shape is None else shape]
    return gpd.GeoDataFrame({key: [value] for key, value in columns.items()}, geometry=geometry, crs="EPSG:4326")


def without_prj(path: Path) -> None:
    write_lines("x", ROUTES, path, "shapefile")
    path.with_suffix(".prj").unlink()


def two_layers(path: Path) -> None:
    table(name="L").to_file(path, layer="one")
    table(name="L").to_file(path, layer="two")


ENTITIES = '<?xml version="1.0"?><!DOCTYPE kml [<!ENTITY a "aaaa">]><kml>&a;</kml>'
MAKERS: dict[str, Callable[[Path], object]] = {
    "bomb.zip": lambda path: zip_of(path, {"a.shp": bytes(MAX_UNPACKED_BYTES + 1)}),
    "many.zip": lambda path: zip_of(path, {f"{number}.txt": b"" for number in range(60)}),
    "two.zip": lambda path: zip_of(path, {"a.shp": b"", "b.shp": b""}),
    "large.kml": lambda path: path.write_bytes(b" " * (MAX_FILE_BYTES + 1)),
    "entities.kml": lambda path: path.write_text(ENTITIES),
    "no-prj.shp": without_prj,
    "points.gpkg": lambda path: table(shapely.Point(-73.9, 40.7), name="P").to_file(path),
    "layers.gpkg": two_layers,
    "headway.gpkg": lambda path: table(headway_min="often", days="monday").to_file(path),
    "empty.kml": lambda path: path.write_text('<kml xmlns="http://www.opengis.net/kml/2.2"><Document/></kml>'),
}


FAULTS = {
    "bomb.zip": "unpacks to more than 20 MB",
    "many.zip": "holds 60 files, at most 50 are allowed",
    "two.zip": "holds more than one shapefile",
    "large.kml": "larger than 5 MB",
    "entities.kml": "declares entities",
    "no-prj.shp": "names no coordinate system, its .prj file is missing",
    "points.gpkg": "its geometry is Point, must be LineString",
    "layers.gpkg": "has 2 layers with something in them, must have one",
    "headway.gpkg": "headway_min is 'often', must be a number",
    "empty.kml": "it holds no line",
    "plain.kml": "not a readable KML",
    "plain.gpkg": "this is not a GeoPackage",
    "plain.zip": "this is not a zip",
    "plain.shp": "this is not a shapefile",
    "gone.kml": "cannot be read",
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_file_that_cannot_be_used_is_refused_in_words(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    if not name.startswith("gone"):
        MAKERS.get(name, lambda path: path.write_bytes(b"not what the name says"))(path)
    with pytest.raises(InputError) as caught:
        Scenario.from_file(path)
    assert FAULTS[name] in str(caught.value)
    assert "Traceback" not in str(caught.value)


def test_a_place_outside_the_city_is_refused_as_in_geojson(tmp_path: Path) -> None:
    far = (row_route(line_lonlat=((2.29, 48.85), (2.35, 48.86))),)
    write_lines("x", far, tmp_path / "paris.gpkg", "geopackage")
    with pytest.raises(InputError, match="the whole line lies outside"):
        Scenario.from_file(tmp_path / "paris.gpkg", city=city())


def test_only_new_routes_are_lines(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="GeoJSON holds new routes only"):
        write_lines("x", (RemoveRoute(route_id="R"),), tmp_path / "a.kml", "kml")
    with pytest.raises(InputError, match="no new route"):
        write_lines("x", (), tmp_path / "a.kml", "kml")
    with pytest.raises(InputError, match=r"must end in \.shp or \.zip"):
        write_lines("x", ROUTES, tmp_path / "a.kml", "shapefile")
