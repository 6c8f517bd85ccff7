"""Jobs and places attached to a pack: a copy of the pack with them in it, in one step that cannot be half done."""

from __future__ import annotations

import dataclasses
import hashlib
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from workbench.city.attach.jobs import read_jobs
from workbench.city.attach.places import read_places
from workbench.city.build.write import manifest_text, replacing, require_pack_or_nothing
from workbench.city.city import City, Source
from workbench.city.defect import Defect
from workbench.city.pack import JOBS_FILE, MANIFEST, find_pack, load_city, read_manifest
from workbench.city.packing import write_table
from workbench.errors import InputError, Problem

__all__ = ["Attached", "attach_jobs", "attach_places"]

_PLACES_FILE = "opportunities.csv.gz"


@dataclass(frozen=True)
class Attached:
    """What was attached, and what of the file was not."""

    city: City
    problems: tuple[Problem, ...]
    n_rows: int
    """Rows of the file."""
    n_kept: int
    """Jobs, or places, that are in the pack now."""
    n_replaced: int
    """Jobs, or places of this kind, that were in the pack before and gave way."""


def attach_jobs(
    pack: str | Path,
    table: Path,
    *,
    out_dir: Path,
    source: Source | None = None,
    id_column: str | None = None,
    jobs_column: str | None = None,
) -> Attached:
    """
    Write a copy of a pack with the jobs of a table in it. Travel times computed for the pack stay valid for the copy.

    Parameters
    ----------
    pack
        A city id among the embedded packs, or the folder of a pack.
    table
        As `jobs.read_jobs`.
    out_dir
        Folder of the new pack; the folder of `pack` itself to add to it.
    source
        Where the table comes from; its file name if None.
    id_column, jobs_column
        As `jobs.read_jobs`.

    Raises
    ------
    InputError
        If the table cannot be used, or `out_dir` is an embedded pack.
    StorageError
        If `out_dir` holds something else, or cannot be replaced.
    """
    city = load_city(pack)
    _require_own_folder(out_dir)
    found = read_jobs(table, city.zones["zone_id"], id_column=id_column, jobs_column=jobs_column)
    before = 0 if city.jobs is None else int(city.jobs.sum())
    richer = city.with_jobs(found.jobs, source or _source_of(table))
    _write_copy(find_pack(pack), richer, out_dir, found.defects)
    problems = tuple(defect.problem() for defect in found.defects)
    return Attached(richer, problems, found.n_rows, int(found.jobs.sum()), before)


def attach_places(
    pack: str | Path, file: Path, *, kind: str, out_dir: Path, source: Source | None = None, **options: str | None
) -> Attached:
    """
    Write a copy of a pack with places of one kind in it; places of that kind that it had give way.

    Parameters
    ----------
    pack
        A city id among the embedded packs, or the folder of a pack.
    file, kind
        As `places.read_places`.
    out_dir
        Folder of the new pack; the folder of `pack` itself to add to it.
    source
        Where the places come from; the file name if None.
    **options
        Columns and coordinate system, as `places.read_places`.

    Raises
    ------
    InputError
        If the file cannot be used, or `out_dir` is an embedded pack.
    StorageError
        If `out_dir` holds something else, or cannot be replaced.
    """
    city = load_city(pack)
    _require_own_folder(out_dir)
    found = read_places(file, city, kind=kind, **options)
    before = int((city.opportunities["kind"] == kind).sum())
    richer = city.with_places(found.places, source or _source_of(file))
    _write_copy(find_pack(pack), richer, out_dir, found.defects)
    problems = tuple(defect.problem() for defect in found.defects)
    return Attached(richer, problems, found.n_rows, len(found.places), before)


def _source_of(path: Path) -> Source:
    return Source("", path.name, "as the file says", "not stated")


def _require_own_folder(out_dir: Path) -> None:
    """The embedded packs belong to the program: a copy goes elsewhere."""
    embedded = find_pack("nyc").parent.resolve()
    if out_dir.resolve().parent == embedded or out_dir.resolve() == embedded:
        raise InputError(f"{out_dir} is part of the program; name another folder with --out, then use it with --city")
    require_pack_or_nothing(out_dir)


def _write_copy(pack: Path, city: City, out_dir: Path, defects: tuple[Defect, ...]) -> None:
    """Copy a pack, with jobs and places as `city` has them."""
    manifest = read_manifest(pack)
    with replacing(out_dir) as folder:
        others = [path.name for path in pack.iterdir() if path.is_file() and path.suffix not in (".gz", ".xz")]
        for name in [*manifest["file"], *others]:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(pack / name, folder / name)
        rows = {_PLACES_FILE: write_table(folder / _PLACES_FILE, city.opportunities)}
        if city.jobs is not None:
            jobs = pd.DataFrame({"zone_id": city.zones["zone_id"], "jobs": city.jobs})
            rows[JOBS_FILE] = write_table(folder / JOBS_FILE, jobs)
        changed = _changed_manifest(manifest, city, folder, rows, defects)
        (folder / MANIFEST).write_text(manifest_text(changed), encoding="utf-8")


def _changed_manifest(
    manifest: Mapping[str, Any], city: City, folder: Path, rows: Mapping[str, int], defects: tuple[Defect, ...]
) -> dict[str, Any]:
    files = dict(manifest["file"])
    for name, n_rows in rows.items():
        content = (folder / name).read_bytes()
        layers = [s for s in city.sources if s.layer == "jobs"] if name == JOBS_FILE else _place_sources(city)
        files[name] = {
            "rows": n_rows,
            "bytes": len(content),
            "sha256": hashlib.sha256(content).hexdigest(),
            **{key: "; ".join(dict.fromkeys(getattr(s, field) for s in layers)) for key, field in _SOURCE_KEYS},
        }
    told = {(defect.code, defect.where) for defect in defects}
    old = [row for row in manifest.get("defect", ()) if (row["code"], row["where"]) not in told]
    new = [{"code": d.code, "count": d.count, "what": d.what, "where": d.where} for d in defects]
    return {
        **{key: value for key, value in manifest.items() if key not in ("file", "source", "defect", "attached")},
        "attached": dict(city.attached),
        "file": {name: files[name] for name in sorted(files)},
        "source": [dataclasses.asdict(source) for source in city.sources],
        "defect": [*old, *new],
    }


_SOURCE_KEYS = (("source", "name"), ("vintage", "vintage"), ("licence", "licence"))


def _place_sources(city: City) -> list[Source]:
    return [s for s in city.sources if s.layer == "opportunities" or s.layer.startswith("places:")]
