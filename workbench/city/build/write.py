"""Writes a city pack: into a folder beside the old one, which takes its place only when everything is there."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely
from pyproj import Transformer

from workbench.city.arrays import write_arrays
from workbench.city.city import AreaKind, Group, Source
from workbench.city.defect import Defect
from workbench.city.pack import FORMAT_VERSION, MANIFEST
from workbench.city.packing import write_layer, write_shapes, write_table, write_walking
from workbench.city.streets.graph import StreetGraph
from workbench.city.streets.stored import write_street_graph
from workbench.city.timetable import Timetable, pack_timetable
from workbench.city.walking import Walking
from workbench.errors import StorageError

__all__ = ["PackContents", "bounds_lonlat", "manifest_text", "replacing", "require_pack_or_nothing", "write_pack"]

_LAYER_OF = {
    **dict.fromkeys(("stops", "routes", "timetable"), "timetable"),
    **dict.fromkeys(("zone_shapes", "area"), "boundaries"),
    **dict.fromkeys(("zones", "blocks"), "people"),
    "group_shares": "groups",
    "opportunities": "opportunities",
    "walking": "walking",
    "streets": "streets",
    **dict.fromkeys((f"layers/{name}" for name in ("land", "parks", "zones", "labels")), "boundaries"),
    **dict.fromkeys((f"layers/{name}" for name in ("subway", "bus", "stops", "stations")), "timetable"),
    "layers/streets": "streets",
}
"""File name up to the first dot, or up to the first `_`, -> the layer of the `Source` it comes from."""


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
    """One for each of `area_kinds`, and `land` where it is not the union of the first."""
    area_kinds: tuple[AreaKind, ...]
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
    streets: StreetGraph | None = None


def write_pack(out_dir: Path, contents: PackContents) -> dict[str, Any]:
    """
    Write a pack and return its manifest.

    A pack that is in `out_dir` stays whole until the new one takes its place; files of any other kind move along. Of
    two builds into one folder the later one stays, whole.

    Raises
    ------
    StorageError
        If the folder cannot be replaced.
    """
    with replacing(out_dir) as folder:
        rows = _write_parts(folder, contents)
        manifest = _manifest(folder, contents, rows)
        (folder / MANIFEST).write_text(manifest_text(manifest), encoding="utf-8")
    return manifest


@contextmanager
def replacing(out_dir: Path) -> Iterator[Path]:
    """
    Give an empty folder that takes the place of the pack in `out_dir` at the end; if anything fails, nothing changes.

    Raises
    ------
    StorageError
        If the folder holds anything but a pack, or cannot be replaced.
    """
    require_pack_or_nothing(out_dir)
    out_dir = out_dir.resolve()
    with _beside(out_dir) as folder:
        yield folder
        with _one_at_a_time(out_dir.parent):
            _copy_others(out_dir, folder)
            _swap(folder, out_dir)


def require_pack_or_nothing(out_dir: Path) -> None:
    """Raise `StorageError` if a folder holds anything but a pack: it would be replaced as a whole."""
    parent = out_dir.resolve().parent
    if not parent.is_dir():
        return
    with _one_at_a_time(parent):  # never looked at in the middle of a swap
        if out_dir.is_dir() and not (out_dir / MANIFEST).is_file() and any(out_dir.iterdir()):
            raise StorageError(f"{out_dir} is not empty and is no city pack: name a new folder")
        if out_dir.exists() and not out_dir.is_dir():
            raise StorageError(f"{out_dir} is a file: name a folder")


def bounds_lonlat(land: shapely.Geometry, crs: str) -> tuple[float, float, float, float]:
    """Return west, south, east, north of the land in degrees, as `City.bounds_lonlat`."""
    west, south, east, north = shapely.bounds(land)
    project = Transformer.from_crs(crs, "EPSG:4326", always_xy=True)
    w, s, e, n = project.transform_bounds(west, south, east, north)
    return round(w, 4), round(s, 4), round(e, 4), round(n, 4)


def _write_parts(folder: Path, contents: PackContents) -> dict[str, int]:
    """Write all files but the manifest; return the rows of each that has a layer."""
    (folder / "layers").mkdir()
    rows: dict[str, int] = {}
    zones = contents.zones
    tables = {
        **{name: getattr(contents, name) for name in ("stops", "routes", "blocks", "opportunities")},
        "zones": pd.DataFrame(zones.drop(columns="geometry")),
        "group_shares": contents.group_shares.reset_index(),
        **{f"area_{kind}": pd.DataFrame(areas[["area_id", "name"]]) for kind, areas in contents.areas.items()},
    }
    shapes = {"zone_shapes": zones, **{f"area_{kind}": areas for kind, areas in contents.areas.items()}}
    for name, table in tables.items():
        rows[f"{name}.csv.gz"] = write_table(folder / f"{name}.csv.gz", table)
    for name, areas in shapes.items():
        rows[f"{name}.npz.xz"] = write_shapes(folder / f"{name}.npz.xz", areas.geometry.values)
    rows["walking.npz.xz"] = write_walking(folder / "walking.npz.xz", contents.walking)
    if contents.streets is not None:
        rows["streets.npz.xz"] = write_street_graph(folder / "streets.npz.xz", contents.streets)
    for service, timetable in contents.timetables.items():
        write_arrays(folder / f"timetable_{service}.npz.xz", pack_timetable(timetable))
        rows[f"timetable_{service}.npz.xz"] = timetable.n_trips
    for name, features in contents.layers.items():
        write_layer(folder / "layers" / f"{name}.geojson.gz", features)
        rows[f"layers/{name}.geojson.gz"] = len(features)
    for name, text in contents.extra_files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return rows


@contextmanager
def _beside(out_dir: Path) -> Iterator[Path]:
    """Give a new empty folder beside `out_dir`, on the same disk; what is left of it is removed at the end."""
    out_dir.parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=f".{out_dir.name}.", suffix=".part", dir=out_dir.parent))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _copy_others(old: Path, new: Path) -> None:
    """Copy what is no part of a pack (notes, a readme) from the old folder."""
    for path in old.iterdir() if old.is_dir() else ():
        is_part = path.name in (MANIFEST, "layers") or path.suffix in (".gz", ".xz")
        if is_part or (new / path.name).exists():
            continue
        if path.is_dir():
            shutil.copytree(path, new / path.name, symlinks=True)
        else:
            shutil.copy2(path, new / path.name, follow_symlinks=False)


@contextmanager
def _one_at_a_time(folder: Path) -> Iterator[None]:
    """Hold the folder itself as a lock, across threads and processes; nothing is left of it, and a killed process frees it."""
    held = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
    finally:
        os.close(held)


def _swap(new: Path, out_dir: Path) -> None:
    """Put the new folder where the old one is. If it cannot be, or is interrupted, the old one is put back."""
    old = new.with_suffix(".old")
    try:
        with suppress(FileNotFoundError):
            out_dir.replace(old)
        new.replace(out_dir)
    except OSError as error:
        raise StorageError(
            f"{out_dir} cannot be replaced ({error.strerror}): name a folder that can be renamed, as one inside it"
        ) from error
    finally:
        if old.exists() and not out_dir.exists():
            old.replace(out_dir)
        shutil.rmtree(old, ignore_errors=True)


def _manifest(out_dir: Path, contents: PackContents, rows: Mapping[str, int]) -> dict[str, Any]:
    origin = {source.layer: source for source in contents.sources}
    files = {}
    for path in sorted(rows):
        content = (out_dir / path).read_bytes()
        source = origin[_layer_of(path)]
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
        "street_walking": contents.streets is not None and not shapely.is_empty(contents.streets.real_area),
        "group_column": str(contents.group_shares.index.name),
        "counts": dict(sorted(contents.counts.items())),
        "inputs": dict(sorted(contents.inputs.items())),
        "file": files,
        "source": [
            {"layer": s.layer, "name": s.name, "vintage": s.vintage, "licence": s.licence, "note": s.note}
            for s in contents.sources
        ],
        "area": [{"kind": k.kind, "label": k.label, "column": k.column} for k in contents.area_kinds],
        "group": [{"group_id": g.group_id, "label": g.label, "note": g.note} for g in contents.groups],
        "defect": [{"code": d.code, "count": d.count, "what": d.what, "where": d.where} for d in contents.defects],
    }


def _layer_of(path: str) -> str:
    stem = path.split(".")[0]
    return _LAYER_OF[stem if stem in _LAYER_OF else stem.split("_")[0]]


def manifest_text(manifest: Mapping[str, Any]) -> str:
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
