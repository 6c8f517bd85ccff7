"""
Routes as lines in files of geographic programs: KML, KMZ, shapefile (also zipped), GeoPackage; in and out.

Nothing in a file is trusted: sizes are counted while a zip is unpacked, only known names leave it, and what a file says of
each route passes the same checks as GeoJSON.
"""

from __future__ import annotations

import json
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

import geopandas as gpd
import pyogrio  # type: ignore[import-untyped]
import shapely
from pyogrio.errors import (  # type: ignore[import-untyped]
    CRSError,
    DataLayerError,
    DataSourceError,
    FeatureError,
    FieldError,
    GeometryError,
)

from workbench.city.city import City
from workbench.errors import InputError, Level, Problem
from workbench.scenario.format import MAX_ROUTES, Json, parse_json
from workbench.scenario.formats.geojson import edits_from_geojson, edits_to_geojson
from workbench.scenario.kinds import Edit

__all__ = ["LINE_FORMATS", "LINE_SUFFIXES", "read_lines", "write_lines"]

MAX_FILE_BYTES = 5_000_000
MAX_UNPACKED_BYTES = 20_000_000
"""Largest zip unpacked, all members together, bytes: a zip bomb ends here."""
MAX_MEMBERS = 50
LINE_FORMATS: Mapping[str, tuple[str, str]] = {
    "kml": ("LIBKML", ".kml"),
    "shapefile": ("ESRI Shapefile", ".shp"),
    "geopackage": ("GPKG", ".gpkg"),
}
"""By name: the driver of GDAL and the ending of the file; a shapefile may also be written as one `.zip`."""
LINE_SUFFIXES = (".kml", ".kmz", ".shp", ".zip", ".gpkg")
_SHAPEFILE_PARTS = (".shp", ".shx", ".dbf", ".prj", ".cpg")
_MAGIC = {".gpkg": (b"SQLite format 3\x00",), ".shp": (b"\x00\x00\x27\x0a",), ".zip": (b"PK",), ".kmz": (b"PK",)}
_KINDS = {".gpkg": "GeoPackage", ".shp": "shapefile", ".zip": "zip", ".kmz": "KMZ", ".kml": "KML"}
_SHORT = {"headway_min": "headwaymin", "both_directions": "both_dirs", "speed_factor": "speed_fact"}
"""Names that a shapefile would cut to ten letters, and what stands for them there."""
_OURS = (
    *(
        "name",
        "route_id",
        "headway_min",
        "span_start",
        "span_end",
        "days",
        "both_directions",
        "spacing_m",
        "spacing_ft",
    ),
    *("snap_m", "speed_factor", "seed", "headway", "frequency", "spacing", "stops", "stops_back"),
)
_OGR_ERRORS = (DataSourceError, DataLayerError, CRSError, FeatureError, FieldError, GeometryError)


def read_lines(path: Path, *, city: City | None = None) -> tuple[str, tuple[Edit, ...]]:
    """
    Return the name ("" where it has none) and one new route for each line of a file.

    Columns named as the properties of GeoJSON are read; others are left out. Coordinates are brought to longitude and
    latitude by the coordinate system the file names.

    Raises
    ------
    InputError
        With what is wrong: size, kind of file, coordinate system, or every fault of every route.
    """
    suffix = path.suffix.lower()
    data = _read_bytes(path)
    if suffix in _MAGIC and not data.startswith(_MAGIC[suffix]):
        raise _refused("file-kind", f"this is not a {_KINDS[suffix]}: its first bytes are others", path)
    with tempfile.TemporaryDirectory(prefix="workbench-lines-") as folder:
        table = _read_table(_source(path, Path(folder)), path)
    features: list[Json] = [_feature(row, path) for row in table.to_dict("records")]
    name, edits = edits_from_geojson({"type": "FeatureCollection", "features": features}, city=city)
    return name, edits


def write_lines(name: str, edits: tuple[Edit, ...], path: Path, kind: str) -> None:
    """
    Write new routes as lines with their properties; `read_lines` gives them back.

    Raises
    ------
    InputError
        If an edit changes a route of today, the ending does not fit the format, or the file cannot be written.
    """
    driver, suffix = LINE_FORMATS[kind]
    allowed = (suffix, ".zip") if kind == "shapefile" else (suffix,)
    if path.suffix.lower() not in allowed:
        raise _refused("file-kind", f"its name must end in {' or '.join(allowed)}", path)
    table = _table(edits_to_geojson(name, edits))
    if kind == "shapefile" and {"stops", "stops_back"} & set(table.columns):
        message = "a shapefile has no room for stops placed by hand: write KML or GeoPackage, or take automatic stops"
        raise _refused("shapefile-stops", message, path)
    if kind == "shapefile":
        table = table.rename(columns=_SHORT)
    if kind == "kml":
        table = table.rename(columns={"name": "Name"})
    with tempfile.TemporaryDirectory(prefix="workbench-lines-") as folder:
        written = Path(folder) / f"{path.stem}{suffix}"
        pyogrio.write_dataframe(table, written, driver=driver, layer=_layer_name(path))
        try:
            _hand_over(written, path)
        except OSError as error:
            raise _refused("file-unwritable", f"cannot be written: {error.strerror or error}", path) from error


def _layer_name(path: Path) -> str:
    return "".join(char if char.isalnum() else "_" for char in path.stem) or "routes"


def _hand_over(written: Path, path: Path) -> None:
    """Move what was written to its place: one file, or the parts of a shapefile, or these in one zip."""
    parts = sorted(written.parent.glob(f"{written.stem}.*"))
    if path.suffix.lower() == ".zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for part in parts:
                archive.writestr(zipfile.ZipInfo(part.name, (1980, 1, 1, 0, 0, 0)), part.read_bytes())
        return
    for part in parts:
        (path.parent / f"{path.stem}{part.suffix}").write_bytes(part.read_bytes())


def _table(collection: dict[str, Json]) -> gpd.GeoDataFrame:
    """Return routes as a table: lists as words with commas, flags as true and false in words."""
    rows = []
    features = collection["features"]
    assert isinstance(features, list)
    for feature in features:
        assert isinstance(feature, dict)
        properties, geometry = feature["properties"], feature["geometry"]
        assert isinstance(properties, dict)
        assert isinstance(geometry, dict)
        row: dict[str, object] = {key: _plain(value) for key, value in properties.items()}
        kind = shapely.LineString if geometry["type"] == "LineString" else shapely.MultiLineString
        row["geometry"] = kind(geometry["coordinates"])  # type: ignore[arg-type]
        rows.append(row)
    if not rows:
        raise InputError("the scenario has no new route: there is no line to write")
    return gpd.GeoDataFrame(rows, crs="EPSG:4326")


def _plain(value: Json) -> str | float | int:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list) and value and isinstance(value[0], list):
        return json.dumps(value)  # stops placed by hand
    if isinstance(value, list):
        return ",".join(map(str, value))
    assert isinstance(value, str | int | float)
    return float(value) if isinstance(value, int) else value


def _read_bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise _refused("file-unreadable", f"cannot be read: {error.strerror}", path) from error
    if len(data) > MAX_FILE_BYTES:
        raise _refused("file-size", f"it is larger than {MAX_FILE_BYTES / 1e6:g} MB", path)
    lowered = data[:MAX_FILE_BYTES].lower()
    if path.suffix.lower() == ".kml" and (b"<!doctype" in lowered or b"<!entity" in lowered):
        raise _refused("file-kind", "its XML declares entities, which KML needs none of", path)
    return data


def _source(path: Path, folder: Path) -> Path:
    """Return what GDAL shall open: the file itself, or what was unpacked from a zip."""
    if path.suffix.lower() not in (".zip", ".kmz"):
        return path
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = _unpack(archive, path, folder)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        raise _refused("file-kind", f"this zip cannot be unpacked ({error})", path) from error
    found = [one for one in unpacked if one.suffix == (".kml" if path.suffix.lower() == ".kmz" else ".shp")]
    if len(found) != 1:
        wanted = "one KML file" if path.suffix.lower() == ".kmz" else "one shapefile"
        raise _refused("file-kind", f"it holds {len(found)} of them, must hold {wanted}", path)
    if found[0].suffix == ".kml":
        _read_bytes(found[0])
    return found[0]


def _unpack(archive: zipfile.ZipFile, path: Path, folder: Path) -> list[Path]:
    """Unpack the members we know, counting bytes as they come: neither sizes nor folders a zip names are believed."""
    members = [one for one in archive.infolist() if not one.is_dir()]
    if len(members) > MAX_MEMBERS:
        raise _refused("file-size", f"it holds {len(members):,} files, at most {MAX_MEMBERS} are allowed", path)
    unpacked, n_bytes = [], 0
    for number, member in enumerate(members):
        inside = Path(member.filename.replace("\\", "/"))
        if inside.suffix.lower() not in (*_SHAPEFILE_PARTS, ".kml") or inside.name.startswith("."):
            continue
        stem = "doc" if inside.suffix.lower() != ".kml" else f"doc-{number}"
        target = folder / f"{stem}{inside.suffix.lower()}"
        if target.exists():
            raise _refused("file-kind", "it holds more than one shapefile, must hold one", path)
        with archive.open(member) as source, target.open("wb") as out:
            while chunk := source.read(1 << 16):
                n_bytes += len(chunk)
                if n_bytes > MAX_UNPACKED_BYTES:
                    raise _refused("file-size", f"it unpacks to more than {MAX_UNPACKED_BYTES / 1e6:g} MB", path)
                out.write(chunk)
        unpacked.append(target)
    return unpacked


def _read_table(source: Path, path: Path) -> gpd.GeoDataFrame:
    """Read the only layer that holds lines, in longitude and latitude."""
    try:
        layers = [str(name) for name, kind in pyogrio.list_layers(source) if kind is not None]
        tables = [pyogrio.read_dataframe(source, layer=name, max_features=MAX_ROUTES + 1) for name in layers]
    except _OGR_ERRORS as error:
        raise _refused("file-kind", f"this is not a readable {_KINDS[path.suffix.lower()]} ({error})", path) from error
    tables = [table for table in tables if len(table)]
    if not tables:
        raise _refused("lines-missing", "it holds no line", path)
    if len(tables) > 1:
        raise _refused("layers-many", f"it has {len(tables)} layers with something in them, must have one", path)
    (table,) = tables
    if table.crs is None:
        kind = ", its .prj file is missing" if source.suffix == ".shp" else ""
        raise _refused("crs-missing", f"it names no coordinate system{kind}", path)
    return table.to_crs("EPSG:4326")


def _feature(row: Mapping[str, object], path: Path) -> Json:
    """Return one row as a GeoJSON feature; a line of one part may come as a multi-line, two are the way out and back."""
    long_names = {short: name for name, short in _SHORT.items()}
    properties: dict[str, Json] = {}
    for column, value in row.items():
        key = str(column).lower()
        key = long_names.get(key, key)
        if key in _OURS and value is not None and value == value and value != "":
            properties[key] = _value(key, value)
    shape = row["geometry"]
    if isinstance(shape, shapely.MultiLineString) and len(shape.geoms) == 1:
        shape = shape.geoms[0]
    if not isinstance(shape, shapely.geometry.base.BaseGeometry):
        raise _refused("geometry-missing", "a row has no geometry", path)
    geometry: Json = {"type": shape.geom_type, "coordinates": []}
    if isinstance(shape, shapely.LineString):
        geometry = {"type": "LineString", "coordinates": _points(shape)}
    elif isinstance(shape, shapely.MultiLineString):
        geometry = {"type": "MultiLineString", "coordinates": [_points(part) for part in shape.geoms]}
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def _points(line: shapely.LineString) -> Json:
    return [[float(x), float(y)] for x, y in shapely.get_coordinates(line).tolist()]


def _value(key: str, value: object) -> Json:
    """Return a value in the type that GeoJSON has it in: files of geographic programs know text and numbers only."""
    if key == "days":
        return [part.strip() for part in str(value).split(",")]
    if key in ("stops", "stops_back"):
        try:
            stops: Json = parse_json(str(value))  # type: ignore[assignment]
        except InputError:
            return str(value)
        return stops
    if key == "both_directions" and str(value).lower() in ("true", "false", "1", "0", "1.0", "0.0"):
        return str(value).lower() in ("true", "1", "1.0")
    if key in ("name", "route_id", "span_start", "span_end") or isinstance(value, str):
        text = str(value)
        if key in ("name", "route_id", "span_start", "span_end"):
            return text
        try:
            return float(text)
        except ValueError:
            return text
    return float(value)  # type: ignore[arg-type]


def _refused(code: str, message: str, path: Path) -> InputError:
    problem = Problem(Level.ERROR, code, message, path.name)
    return InputError(str(problem), problems=(problem,))
