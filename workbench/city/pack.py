"""
The city pack: a folder with everything about one city at one date, and `manifest.toml`, which says what is in it.

Tables are gzipped CSV, geometry and rasters are arrays in one xz-compressed npz, map layers are gzipped GeoJSON.
The same contents give the same bytes; the version of a city is a hash over the hashes of its files.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import lzma
import tomllib
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from workbench.city.city import City, Group, Source
from workbench.city.defect import Defect
from workbench.city.timetable import Timetable, pack_timetable, unpack_timetable
from workbench.city.walking import Walking
from workbench.errors import InputError, NotFoundError

__all__ = [
    "FORMAT_VERSION",
    "SERVICES",
    "PackContents",
    "describe_city",
    "load_city",
    "read_arrays",
    "write_arrays",
    "write_pack",
]

AnyArray = npt.NDArray[np.generic]

FORMAT_VERSION = 1
"""Changes when an older workbench could no longer read a pack."""
SERVICES = ("weekday", "saturday", "sunday")
MANIFEST = "manifest.toml"
MAX_UNPACKED_BYTES = 1 << 28
"""Largest file of arrays we unpack, bytes; New York's largest has about 9 MB."""
_EPOCH = (1980, 1, 1, 0, 0, 0)
_AREAS = ("borough", "community_district", "council_district", "nta")
_DATA = Path(__file__).resolve().parents[2] / "data"
_NUMBERS: dict[str, dict[str, str]] = {
    "stops": {"lon": "float64", "lat": "float64", "x": "float64", "y": "float64"},
    "routes": {},
    "zones": {"residents": "int64", "x": "float64", "y": "float64"},
    "blocks": {"zone_ix": "int32", "residents": "int64", "x": "float64", "y": "float64"},
    "opportunities": {"x": "float64", "y": "float64"},
}
"""Columns of each table that are numbers; all others are text."""
_LAYER_OF = {
    **dict.fromkeys(("stops", "routes", *(f"timetable_{service}" for service in SERVICES)), "timetable"),
    **dict.fromkeys(("zone_shapes", *(f"area_{kind}" for kind in _AREAS)), "boundaries"),
    **dict.fromkeys(("zones", "blocks"), "people"),
    "group_shares": "groups",
    "opportunities": "opportunities",
    "walking": "walking",
    **dict.fromkeys((f"layers/{name}" for name in ("land", "parks", "zones", "labels")), "boundaries"),
    **dict.fromkeys((f"layers/{name}" for name in ("subway", "bus", "stops", "stations")), "timetable"),
    "layers/streets": "streets",
}
"""File name up to the first dot -> the layer of the `Source` it comes from."""


@dataclass(frozen=True, eq=False)
class PackContents:
    """What a pack is made of, as the fields of `City`, with the origin of each part."""

    city_id: str
    name: str
    crs: str
    timezone: str
    bounds_lonlat: tuple[float, float, float, float]
    stops: pd.DataFrame
    routes: pd.DataFrame
    zones: gpd.GeoDataFrame
    blocks: pd.DataFrame
    areas: Mapping[str, gpd.GeoDataFrame]
    groups: tuple[Group, ...]
    group_shares: pd.DataFrame
    opportunities: pd.DataFrame
    walking: Walking
    timetables: Mapping[str, Timetable]
    layers: Mapping[str, list[dict[str, Any]]]
    """Map layer name -> GeoJSON features in lon/lat."""
    sources: tuple[Source, ...]
    """One for each layer named in `_LAYER_OF`."""
    inputs: Mapping[str, str]
    """Name of each source file -> sha256."""
    defects: tuple[Defect, ...]
    counts: Mapping[str, int]
    extra_files: Mapping[str, str]
    """Text files to put beside: name -> content."""


def write_pack(out_dir: Path, contents: PackContents) -> dict[str, Any]:
    """Write a pack into `out_dir` (made if need be), replacing one that is there; return its manifest."""
    out_dir.mkdir(parents=True, exist_ok=True)
    (out_dir / "layers").mkdir(exist_ok=True)
    rows: dict[str, int] = {}
    for name in ("stops", "routes", "blocks", "opportunities"):
        rows[f"{name}.csv.gz"] = _write_table(out_dir / f"{name}.csv.gz", getattr(contents, name))
    rows["zones.csv.gz"] = _write_table(out_dir / "zones.csv.gz", pd.DataFrame(contents.zones.drop(columns="geometry")))
    rows["group_shares.csv.gz"] = _write_table(out_dir / "group_shares.csv.gz", contents.group_shares.reset_index())
    rows["zone_shapes.npz.xz"] = _write_shapes(out_dir / "zone_shapes.npz.xz", contents.zones.geometry.values)
    for kind in _AREAS:
        table = contents.areas[kind]
        rows[f"area_{kind}.csv.gz"] = _write_table(
            out_dir / f"area_{kind}.csv.gz", pd.DataFrame(table[["area_id", "name"]])
        )
        rows[f"area_{kind}.npz.xz"] = _write_shapes(out_dir / f"area_{kind}.npz.xz", table.geometry.values)
    rows["walking.npz.xz"] = _write_walking(out_dir / "walking.npz.xz", contents.walking)
    for service, timetable in contents.timetables.items():
        write_arrays(out_dir / f"timetable_{service}.npz.xz", pack_timetable(timetable))
        rows[f"timetable_{service}.npz.xz"] = timetable.n_trips
    for name, features in contents.layers.items():
        _write_layer(out_dir / "layers" / f"{name}.geojson.gz", features)
        rows[f"layers/{name}.geojson.gz"] = len(features)
    for name, text in contents.extra_files.items():
        (out_dir / name).write_text(text, encoding="utf-8")
    _remove_leftovers(out_dir, {*rows, *contents.extra_files, MANIFEST})
    manifest = _manifest(out_dir, contents, rows)
    (out_dir / MANIFEST).write_text(_toml(manifest), encoding="utf-8")
    return manifest


def load_city(source: str | Path = "nyc", *, verify: bool = False, cache_dir: Path | None = None) -> City:
    """
    Load a city from its pack: `nyc` is the embedded one; a path names any other. Timetables are read when asked for.

    Parameters
    ----------
    source
        A city id among the embedded packs, or the folder of a pack.
    verify
        Check the sha256 of every file too; sizes are always checked.
    cache_dir
        Folder for what is computed from the city alone, so that the next start is quicker; nothing is kept if None.

    Raises
    ------
    NotFoundError
        If there is no pack.
    InputError
        If the pack is of another format version, or a file is missing or not what the manifest says.
    """
    folder = _find_pack(source)
    manifest = _read_manifest(folder)
    _check_files(folder, manifest, verify=verify)
    zones = _read_table(folder, "zones")
    shares = pd.read_csv(folder / "group_shares.csv.gz", dtype={"nta_id": str}).set_index("nta_id")
    crs = manifest["crs"]

    @cache
    def load_timetable(service: str) -> Timetable:
        if f"timetable_{service}.npz.xz" not in manifest["file"]:
            known = ", ".join(name for name in SERVICES if f"timetable_{name}.npz.xz" in manifest["file"])
            raise NotFoundError(f"service {service!r} is not in {manifest['name']}; there are {known}")
        return _read_timetable(folder / f"timetable_{service}.npz.xz")

    return City(
        city_id=manifest["city_id"],
        name=manifest["name"],
        version=manifest["version"],
        crs=crs,
        timezone=manifest["timezone"],
        bounds_lonlat=tuple(manifest["bounds_lonlat"]),
        stops=_read_table(folder, "stops"),
        routes=_read_table(folder, "routes"),
        zones=gpd.GeoDataFrame(zones, geometry=_read_shapes(folder / "zone_shapes.npz.xz"), crs=crs),
        blocks=_read_table(folder, "blocks"),
        areas=_Areas(folder, crs),
        groups=tuple(Group(**group) for group in manifest["group"]),
        group_shares=shares,
        opportunities=_read_table(folder, "opportunities"),
        walking=_read_walking(folder / "walking.npz.xz"),
        sources=tuple(Source(**source) for source in manifest["source"]),
        load_timetable=load_timetable,
        layers={
            PurePosixPath(path).name.split(".")[0]: folder / path
            for path in manifest["file"]
            if path.startswith("layers/")
        },
        cache_dir=cache_dir,
    )


def describe_city(city: City) -> str:
    """Return in words what the city holds, where it comes from, and what is estimated."""
    modes = city.stops["mode"].value_counts().sort_index()
    lines = [
        f"{city.name} ({city.city_id}), version {city.version}, {city.crs}",
        f"  {city.n_stops:,} stops ({', '.join(f'{count:,} {mode}' for mode, count in modes.items())}), "
        f"{len(city.routes):,} routes",
        f"  {city.n_zones:,} zones and {len(city.blocks):,} blocks with {int(city.zones['residents'].sum()):,} residents",
        f"  {len(city.groups)} groups in {len(city.group_shares):,} neighborhoods; "
        f"{len(city.opportunities):,} places of {city.opportunities['kind'].nunique()} kinds",
    ]
    for service in SERVICES:
        try:
            timetable = city.load_timetable(service)
        except NotFoundError:
            continue
        n_today = int((~timetable.trip_is_previous_day).sum())
        lines.append(
            f"  {service} {timetable.service_date}: {n_today:,} trips of the day and "
            f"{timetable.n_trips - n_today:,} of the day before, {timetable.n_patterns:,} patterns"
        )
    lines.append("Sources and what is estimated:")
    for source in city.sources:
        note = f" {source.note}" if source.note else ""
        lines.append(f"  {source.layer}: {source.name}, {source.vintage}, {source.licence}.{note}")
    return "\n".join(lines)


def write_arrays(path: Path, arrays: Mapping[str, AnyArray]) -> None:
    """Write named arrays to `path`; the same arrays give the same bytes."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(arrays):
            member = io.BytesIO()
            np.lib.format.write_array(member, np.ascontiguousarray(arrays[name]), version=(1, 0), allow_pickle=False)
            info = zipfile.ZipInfo(f"{name}.npy", date_time=_EPOCH)
            info.create_system = 3  # the byte says which system wrote the zip; always say Unix
            archive.writestr(info, member.getvalue())
    path.write_bytes(lzma.compress(packed.getvalue(), preset=9))


def read_arrays(path: Path) -> dict[str, AnyArray]:
    """
    Read what `write_arrays` wrote.

    Raises
    ------
    InputError
        If the file is damaged or unpacks to more than 256 MiB.
    """
    try:
        unpacker = lzma.LZMADecompressor()
        unpacked = unpacker.decompress(path.read_bytes(), MAX_UNPACKED_BYTES)
        if not unpacker.eof:
            raise InputError(f"{path.name}: cut short, or unpacks to more than {MAX_UNPACKED_BYTES:,} bytes")
        with np.load(io.BytesIO(unpacked), allow_pickle=False) as archive:
            return {name: archive[name] for name in archive.files}
    except (lzma.LZMAError, zipfile.BadZipFile, ValueError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{path.name}: damaged ({error})") from error


def _write_table(path: Path, table: pd.DataFrame) -> int:
    text = table.to_csv(index=False, lineterminator="\n")
    path.write_bytes(gzip.compress(text.encode(), compresslevel=9, mtime=0))
    return len(table)


def _read_table(folder: Path, name: str) -> pd.DataFrame:
    with gzip.open(folder / f"{name}.csv.gz", "rt", encoding="utf-8", newline="") as source:
        table = pd.read_csv(source, dtype=str, keep_default_na=False)
    return table.astype(_NUMBERS.get(name, {}))


def _write_shapes(path: Path, shapes: Any) -> int:
    """Write polygons as decimetre steps between points."""
    as_multi = [shape if shape.geom_type == "MultiPolygon" else shapely.MultiPolygon([shape]) for shape in shapes]
    _, coordinates, offsets = shapely.to_ragged_array(as_multi)
    decimetres = np.round(coordinates * 10).astype(np.int64)
    steps = np.diff(decimetres, axis=0, prepend=np.zeros((1, 2), dtype=np.int64)).astype(np.int32)
    names = ("ring", "polygon", "shape")
    arrays = {name: offset.astype(np.int32) for name, offset in zip(names, offsets, strict=True)}
    write_arrays(path, {"x_step_dm": steps[:, 0], "y_step_dm": steps[:, 1], **arrays})
    return len(as_multi)


def _read_shapes(path: Path) -> Any:
    arrays = read_arrays(path)
    steps = np.column_stack([arrays["x_step_dm"], arrays["y_step_dm"]]).astype(np.int64)
    coordinates = np.cumsum(steps, axis=0) / 10
    offsets = tuple(arrays[name].astype(np.int64) for name in ("ring", "polygon", "shape"))
    return shapely.from_ragged_array(shapely.GeometryType.MULTIPOLYGON, coordinates, offsets)


def _read_timetable(path: Path) -> Timetable:
    try:
        return unpack_timetable(read_arrays(path))
    except (KeyError, ValueError, IndexError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{path.name}: is not a timetable of this version ({error})") from error


class _Areas(Mapping[str, gpd.GeoDataFrame]):
    """The areas of a pack, each kind read when it is first asked for."""

    def __init__(self, folder: Path, crs: str) -> None:
        self._folder, self._crs = folder, crs
        self._known: dict[str, gpd.GeoDataFrame] = {}

    def __getitem__(self, kind: str) -> gpd.GeoDataFrame:
        if kind not in _AREAS:
            raise KeyError(kind)
        if kind not in self._known:
            shapes = _read_shapes(self._folder / f"area_{kind}.npz.xz")
            table = _read_table(self._folder, f"area_{kind}")
            self._known[kind] = gpd.GeoDataFrame(table, geometry=shapes, crs=self._crs)
        return self._known[kind]

    def __iter__(self) -> Iterator[str]:
        return iter(_AREAS)

    def __len__(self) -> int:
        return len(_AREAS)


_BEARING_STEPS = 360
"""Bearings are kept in quarter degrees; 65535 stands for none."""


def _write_walking(path: Path, walking: Walking) -> int:
    quarter = walking.grid_bearing_rad / (np.pi / 2) * _BEARING_STEPS
    code = np.where(np.isnan(quarter), 65535, np.round(np.nan_to_num(quarter))).astype(np.uint16)
    write_arrays(
        path,
        {
            "frame": np.array([walking.x_min, walking.y_min, walking.grid_cell_m, walking.land_cell_m]),
            "bearing": code,
            "land_columns": np.array([walking.is_land.shape[1]], dtype=np.int32),
            "land_bits": np.packbits(walking.is_land, axis=1),
            "bridges_dm": np.round(walking.bridges * 10).astype(np.int32),
        },
    )
    return walking.is_land.size


def _read_walking(path: Path) -> Walking:
    arrays = read_arrays(path)
    x_min, y_min, grid_cell_m, land_cell_m = (float(value) for value in arrays["frame"])
    code = arrays["bearing"].astype(np.float64)
    return Walking(
        x_min=x_min,
        y_min=y_min,
        grid_cell_m=grid_cell_m,
        grid_bearing_rad=np.where(code == 65535, np.nan, code / _BEARING_STEPS * (np.pi / 2)),
        land_cell_m=land_cell_m,
        is_land=np.unpackbits(
            arrays["land_bits"].astype(np.uint8), axis=1, count=int(arrays["land_columns"][0])
        ).astype(np.bool_),
        bridges=arrays["bridges_dm"].astype(np.float64) / 10,
    )


def _write_layer(path: Path, features: list[dict[str, Any]]) -> None:
    text = json.dumps({"type": "FeatureCollection", "features": features}, separators=(",", ":"), ensure_ascii=False)
    path.write_bytes(gzip.compress(text.encode(), compresslevel=9, mtime=0))


def _remove_leftovers(out_dir: Path, names: set[str]) -> None:
    """Remove files of an older pack; files of any other kind are left alone."""
    for path in [*out_dir.glob("*.gz"), *out_dir.glob("*.xz"), *(out_dir / "layers").glob("*.gz")]:
        if path.relative_to(out_dir).as_posix() not in names:
            path.unlink()


def _manifest(out_dir: Path, contents: PackContents, rows: Mapping[str, int]) -> dict[str, Any]:
    origin = {source.layer: source for source in contents.sources}
    files = {}
    for path in sorted(rows):
        content = (out_dir / path).read_bytes()
        source = origin[_LAYER_OF[path.split(".")[0]]]
        files[path] = {
            "rows": rows[path],
            "bytes": len(content),
            "sha256": hashlib.sha256(content).hexdigest(),
            "source": source.name,
            "vintage": source.vintage,
            "licence": source.licence,
        }
    digest = hashlib.sha256("".join(f"{path} {files[path]['sha256']}\n" for path in files).encode())
    return {
        "format_version": FORMAT_VERSION,
        "city_id": contents.city_id,
        "name": contents.name,
        "version": digest.hexdigest()[:16],
        "crs": contents.crs,
        "timezone": contents.timezone,
        "bounds_lonlat": list(contents.bounds_lonlat),
        "counts": dict(sorted(contents.counts.items())),
        "inputs": dict(sorted(contents.inputs.items())),
        "file": files,
        "source": [
            {"layer": s.layer, "name": s.name, "vintage": s.vintage, "licence": s.licence, "note": s.note}
            for s in contents.sources
        ],
        "group": [{"group_id": g.group_id, "label": g.label, "note": g.note} for g in contents.groups],
        "defect": [{"code": d.code, "count": d.count, "what": d.what, "where": d.where} for d in contents.defects],
    }


def _toml(manifest: Mapping[str, Any]) -> str:
    """Return a manifest as TOML: plain values first, then tables, then lists of tables. JSON strings are TOML's."""
    lines = ["# Written by `workbench city build`. docs/data.md explains it.", ""]
    plain = {key: value for key, value in manifest.items() if not _is_nested(value)}
    lines += [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in plain.items()]
    for key, value in manifest.items():
        if isinstance(value, list) and _is_nested(value):
            for row in value:
                lines += ["", f"[[{key}]]", *_toml_pairs(row)]
        elif isinstance(value, dict) and any(isinstance(inner, dict) for inner in value.values()):
            for name, inner in value.items():
                lines += ["", f"[{key}.{json.dumps(name)}]", *_toml_pairs(inner)]
        elif isinstance(value, dict):
            lines += ["", f"[{key}]", *_toml_pairs(value)]
    return "\n".join(lines) + "\n"


def _toml_pairs(table: Mapping[str, Any]) -> list[str]:
    return [f"{json.dumps(key)} = {json.dumps(value, ensure_ascii=False)}" for key, value in table.items()]


def _is_nested(value: object) -> bool:
    return isinstance(value, dict) or (isinstance(value, list) and bool(value) and isinstance(value[0], dict))


def _find_pack(source: str | Path) -> Path:
    folder = Path(source)
    if isinstance(source, str) and len(folder.parts) == 1 and not (folder / MANIFEST).is_file():
        folder = _DATA / source
    if not (folder / MANIFEST).is_file():
        embedded = ", ".join(sorted(path.parent.name for path in _DATA.glob(f"*/{MANIFEST}"))) or "none"
        raise NotFoundError(f"no city pack {str(source)!r}: no {MANIFEST} there; embedded packs: {embedded}")
    return folder


def _read_manifest(folder: Path) -> dict[str, Any]:
    try:
        manifest = tomllib.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{MANIFEST} cannot be read: {error}") from error
    found = manifest.get("format_version")
    if found != FORMAT_VERSION:
        raise InputError(f"city pack has format_version {found}, must be {FORMAT_VERSION}: rebuild it")
    return manifest


def _check_files(folder: Path, manifest: Mapping[str, Any], *, verify: bool) -> None:
    """Raise one error that lists every file that is not what the manifest says."""
    wrong = []
    for name, facts in manifest["file"].items():
        pure = PurePosixPath(name)
        if pure.is_absolute() or ".." in pure.parts:
            wrong.append(f"{name}: leaves the folder of the pack")
        elif not (folder / name).is_file():
            wrong.append(f"{name}: missing")
        elif (folder / name).stat().st_size != facts["bytes"]:
            wrong.append(f"{name}: {(folder / name).stat().st_size:,} bytes, must be {facts['bytes']:,}")
        elif verify and hashlib.sha256((folder / name).read_bytes()).hexdigest() != facts["sha256"]:
            wrong.append(f"{name}: its sha256 is not the manifest's")
    if wrong:
        raise InputError("city pack is damaged; rebuild it with `workbench city build`\n" + "\n".join(wrong))
