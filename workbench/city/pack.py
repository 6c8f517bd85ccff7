"""
The city pack: a folder with everything about one city at one date, and `manifest.toml`, which says what is in it.

Tables are gzipped CSV, geometry and rasters are arrays in one xz-compressed npz, map layers are gzipped GeoJSON.
`build.write` writes it. The version of a city is a hash over the hashes of its files: same bytes, same version.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from workbench.city.arrays import read_arrays
from workbench.city.city import AreaKind, City, Group, Source
from workbench.city.opportunities import NO_JOBS
from workbench.city.packing import read_shapes, read_table, read_walking
from workbench.city.streets.graph import StreetGraph
from workbench.city.streets.stored import read_street_graph
from workbench.city.timetable import Timetable, unpack_timetable
from workbench.errors import InputError, NotFoundError

if TYPE_CHECKING:
    from workbench.city.streets.walking import StreetWalking
    from workbench.city.walking import Walking

__all__ = [
    "FORMAT_VERSION",
    "JOBS_FILE",
    "MANIFEST",
    "SERVICES",
    "describe_city",
    "find_pack",
    "load_city",
    "read_manifest",
]

FORMAT_VERSION = 2
"""Changes when an older workbench could no longer read a pack; older packs are upgraded while they are read."""
SERVICES = ("weekday", "saturday", "sunday")
MANIFEST = "manifest.toml"
JOBS_FILE = "jobs.csv.gz"
_DATA = Path(__file__).resolve().parents[2] / "data"


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
    folder = find_pack(source)
    manifest = read_manifest(folder)
    _check_files(folder, manifest, verify=verify)
    zones = read_table(folder, "zones")
    crs = manifest["crs"]
    kinds = tuple(AreaKind(**kind) for kind in manifest.get("area", ()))
    group_column = manifest["group_column"]

    @cache
    def load_timetable(service: str) -> Timetable:
        if f"timetable_{service}.npz.xz" not in manifest["file"]:
            known = ", ".join(name for name in SERVICES if f"timetable_{name}.npz.xz" in manifest["file"])
            raise NotFoundError(f"service {service!r} is not in {manifest['name']}; there are {known}")
        _require_unchanged(folder, f"timetable_{service}.npz.xz", manifest)
        return _read_timetable(folder / f"timetable_{service}.npz.xz")

    @cache
    def load_streets() -> StreetGraph | None:
        if "streets.npz.xz" not in manifest["file"]:
            return None
        _require_unchanged(folder, "streets.npz.xz", manifest)
        return read_street_graph(folder / "streets.npz.xz")

    estimate = read_walking(folder / "walking.npz.xz")
    return City(
        city_id=manifest["city_id"],
        name=manifest["name"],
        version=manifest["version"],
        crs=crs,
        timezone=manifest["timezone"],
        bounds_lonlat=tuple(manifest["bounds_lonlat"]),
        stops=read_table(folder, "stops"),
        routes=read_table(folder, "routes"),
        zones=gpd.GeoDataFrame(zones, geometry=read_shapes(folder / "zone_shapes.npz.xz"), crs=crs),
        blocks=read_table(folder, "blocks"),
        areas=_Areas(folder, manifest),
        groups=tuple(Group(**group) for group in manifest.get("group", ())),
        group_shares=pd.read_csv(folder / "group_shares.csv.gz", dtype={group_column: str}).set_index(group_column),
        opportunities=read_table(folder, "opportunities"),
        walking=_street_walking(load_streets, estimate) if manifest.get("street_walking") else estimate,
        sources=tuple(Source(**source) for source in manifest["source"]),
        load_timetable=load_timetable,
        load_streets=load_streets,
        layers={
            PurePosixPath(path).name.split(".")[0]: folder / path
            for path in manifest["file"]
            if path.startswith("layers/")
        },
        area_kinds=kinds,
        jobs=_read_jobs(folder, zones["zone_id"]) if JOBS_FILE in manifest["file"] else None,
        attached=manifest.get("attached", {}),
        cache_dir=cache_dir,
    )


def _street_walking(load_streets: Callable[[], StreetGraph | None], estimate: Walking) -> StreetWalking:
    from workbench.city.streets.walking import StreetWalking  # takes longer to import than the rest of a city

    return StreetWalking(load_streets, estimate)


def describe_city(city: City) -> str:
    """Return in words what the city holds, where it comes from, and what is estimated."""
    modes = city.stops["mode"].value_counts().sort_index()
    lines = [
        f"{city.name} ({city.city_id}), version {city.data_version}, {city.crs}",
        f"  {city.n_stops:,} stops ({', '.join(f'{count:,} {mode}' for mode, count in modes.items())}), "
        f"{len(city.routes):,} routes",
        f"  {city.n_zones:,} zones and {len(city.blocks):,} blocks with {int(city.zones['residents'].sum()):,} residents",
        f"  {len(city.groups)} groups in {len(city.group_shares):,} areas; "
        f"{len(city.opportunities):,} places of {city.opportunities['kind'].nunique()} kinds",
        f"  divided by {', '.join(kind.label for kind in city.area_kinds) or 'nothing'}",
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
    lines.append(f"  {int(city.jobs.sum()):,} jobs" if city.jobs is not None else f"  {NO_JOBS}")
    lines.append("Sources and what is estimated:")
    for source in city.sources:
        note = f" {source.note}" if source.note else ""
        lines.append(f"  {source.layer}: {source.name}, {source.vintage}, {source.licence}.{note}")
    return "\n".join(lines)


def _read_jobs(folder: Path, zone_ids: pd.Series[str]) -> npt.NDArray[np.int64]:
    table = read_table(folder, "jobs").set_index("zone_id")
    if not zone_ids.isin(table.index).all() or len(table) != len(zone_ids):
        raise InputError(f"{JOBS_FILE}: its zones are not those of the pack")
    return table["jobs"].reindex(zone_ids).to_numpy(dtype=np.int64)


def _read_timetable(path: Path) -> Timetable:
    try:
        return unpack_timetable(read_arrays(path))
    except (KeyError, ValueError, IndexError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{path.name}: is not a timetable of this version ({error})") from error


class _Areas(Mapping[str, gpd.GeoDataFrame]):
    """The areas of a pack, each kind read when it is first asked for."""

    def __init__(self, folder: Path, manifest: Mapping[str, Any]) -> None:
        self._folder, self._manifest = folder, manifest
        names = (PurePosixPath(name).name.split(".")[0] for name in manifest["file"] if name.endswith(".csv.gz"))
        self._kinds = tuple(name.removeprefix("area_") for name in names if name.startswith("area_"))
        self._known: dict[str, gpd.GeoDataFrame] = {}

    def __getitem__(self, kind: str) -> gpd.GeoDataFrame:
        if kind not in self._kinds:
            raise KeyError(kind)
        if kind not in self._known:
            _require_unchanged(self._folder, f"area_{kind}.npz.xz", self._manifest)
            shapes = read_shapes(self._folder / f"area_{kind}.npz.xz")
            table = read_table(self._folder, f"area_{kind}")
            self._known[kind] = gpd.GeoDataFrame(table, geometry=shapes, crs=self._manifest["crs"])
        return self._known[kind]

    def __iter__(self) -> Iterator[str]:
        return iter(self._kinds)

    def __len__(self) -> int:
        return len(self._kinds)


def find_pack(source: str | Path) -> Path:
    """Return the folder of a pack; raises `NotFoundError`."""
    folder = Path(source)
    if isinstance(source, str) and len(folder.parts) == 1 and not (folder / MANIFEST).is_file():
        folder = _DATA / source
    if not (folder / MANIFEST).is_file():
        embedded = ", ".join(sorted(path.parent.name for path in _DATA.glob(f"*/{MANIFEST}"))) or "none"
        raise NotFoundError(f"no city pack {str(source)!r}: no {MANIFEST} there; embedded packs: {embedded}")
    return folder


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return the manifest of a pack, upgraded if it is of an older version; raises `InputError`."""
    try:
        manifest = tomllib.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{MANIFEST} cannot be read: {error}") from error
    found = manifest.get("format_version")
    if found not in range(1, FORMAT_VERSION + 1):
        raise InputError(f"city pack has format_version {found}, must be 1 to {FORMAT_VERSION}: rebuild it")
    return _with_area_kinds(manifest) if found == 1 else manifest


def _with_area_kinds(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Upgrade from version 1, which knew only New York's kinds of areas and groups by its neighborhoods."""
    kinds = (
        ("borough", "borough", "borough"),
        ("community_district", "community district", "community_district"),
        ("council_district", "council district", "council_district"),
        ("nta", "neighborhood", "nta_id"),
    )
    area = [{"kind": kind, "label": label, "column": column} for kind, label, column in kinds]
    return {**manifest, "format_version": 2, "group_column": "nta_id", "area": area}


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


def _require_unchanged(folder: Path, name: str, manifest: Mapping[str, Any]) -> None:
    """Raise if a file that is read later is not the one of this manifest: the pack was built again in between."""
    path = folder / name
    if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != manifest["file"][name]["sha256"]:
        raise InputError(f"{name} changed since {manifest['name']} was loaded: load the city again")
