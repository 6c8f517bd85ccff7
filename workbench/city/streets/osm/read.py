"""Reads OpenStreetMap files into `OsmData`: `.osm.pbf`, `.osm` XML, Overpass JSON; text may be gzipped, JSON zipped too."""

from __future__ import annotations

import gzip
import json
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

import numpy as np

from workbench.city.streets.osm.data import OsmData, RawWay, gather, relevant
from workbench.city.streets.osm.file import read_osm_objects
from workbench.errors import InputError

__all__ = ["MAX_FILE_BYTES", "MAX_JSON_BYTES", "read_osm_elements", "read_osm_file"]

MAX_FILE_BYTES = 1 << 30
"""Largest file, bytes: the State of New York has about half of it as .osm.pbf."""
MAX_JSON_BYTES = 1 << 30
"""Largest JSON, unpacked, bytes; a PBF file of the same area has a twentieth of it."""
_DAMAGED = (zipfile.BadZipFile, OSError, EOFError, zlib.error, RuntimeError, NotImplementedError)


def read_osm_file(path: Path) -> OsmData:
    """
    Read the streets of an OpenStreetMap file. What it is is seen from its content, not from its name.

    Raises
    ------
    InputError
        If the file is missing, too large, cut short, or something else.
    """
    if not path.is_file():
        raise InputError(f"{path}: there is no such file; give an .osm.pbf, .osm or Overpass JSON file")
    size = path.stat().st_size
    if size > MAX_FILE_BYTES:
        raise InputError(f"{path.name}: {size:,} bytes, at most {MAX_FILE_BYTES:,} can be read: cut out the city first")
    with path.open("rb") as source:
        start = source.read(400)
    if start[4:15] == b"\n\x09OSMHeader":
        return read_osm_objects(path, form="pbf")
    if start.startswith(b"BZh"):
        return read_osm_objects(path, form="osm.bz2")
    is_gzip = start.startswith(b"\x1f\x8b")
    first = (_start_of_gzip(path) if is_gzip else start).lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if first.startswith((b"<!doctype html", b"<html")):
        raise InputError(f"{path.name}: is a web page, not OpenStreetMap data; was it an error page of a download?")
    if first.startswith(b"<"):
        return read_osm_objects(path, form="osm.gz" if is_gzip else "osm")
    if first.startswith((b"{", b"[", b"pk\x03\x04")):
        return _read_json(_unpacked(path, start), path.name)
    raise InputError(f"{path.name}: is not OpenStreetMap data: it must be .osm.pbf, .osm XML or Overpass JSON")


def read_osm_elements(elements: Sequence[Any], *, where: str, vintage: str = "") -> OsmData:
    """Return the streets among the `elements` of an Overpass answer; ways may carry their `geometry`."""
    nodes: dict[int, tuple[float, float]] = {}
    ways: list[RawWay] = []
    for element in elements:
        try:
            if element["type"] == "node":
                nodes[int(element["id"])] = (float(element["lon"]), float(element["lat"]))
            elif element["type"] == "way" and "highway" in element.get("tags", {}):
                refs = [int(ref) for ref in element["nodes"]]
                for ref, point in zip(refs, element.get("geometry") or (), strict=False):
                    if point is not None:
                        nodes.setdefault(ref, (float(point["lon"]), float(point["lat"])))
                ways.append((int(element["id"]), refs, relevant(element["tags"])))
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
            shown = json.dumps(element)[:80]
            raise InputError(f"{where}: element {shown} is not as Overpass writes it ({error!r})") from error
    lon, lat = np.array(list(nodes.values()), dtype=np.float64).reshape(-1, 2).T
    return gather(np.array(list(nodes), dtype=np.int64), lon, lat, ways, where=where, vintage=vintage)


def _start_of_gzip(path: Path) -> bytes:
    try:
        with gzip.open(path) as source:
            return source.read(400)
    except _DAMAGED as error:
        raise InputError(f"{path.name}: cannot be unpacked ({error})") from error


def _unpacked(path: Path, start: bytes) -> bytes:
    """Return the text of a file, of the one file in a zip, or of a gzipped one."""
    try:
        if start.startswith(b"PK\x03\x04"):
            with zipfile.ZipFile(path) as archive:
                members = [member for member in archive.infolist() if not member.is_dir()]
                if len(members) != 1:
                    raise InputError(f"{path.name}: holds {len(members)} files, must be one OpenStreetMap file")
                with archive.open(members[0]) as source:
                    return _read_limited(source, path.name)
        with gzip.open(path) if start.startswith(b"\x1f\x8b") else path.open("rb") as source:
            return _read_limited(source, path.name)
    except _DAMAGED as error:
        raise InputError(f"{path.name}: cannot be unpacked ({error})") from error


def _read_limited(source: IO[bytes] | gzip.GzipFile, name: str) -> bytes:
    text = source.read(MAX_JSON_BYTES + 1)
    if len(text) > MAX_JSON_BYTES:
        raise InputError(f"{name}: more than {MAX_JSON_BYTES:,} bytes: use an .osm.pbf file or cut out the city first")
    return text


def _read_json(text: bytes, name: str) -> OsmData:
    try:
        found = json.loads(text)
    except (json.JSONDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InputError(f"{name}: is not whole JSON ({error}); was the download cut short?") from error
    elements = found.get("elements") if isinstance(found, dict) else None
    if not isinstance(elements, list):
        raise InputError(f"{name}: is JSON without a list of `elements`, so not an answer of Overpass")
    if "remark" in found:  # Overpass ran out of time or memory: what it sent is not all there is
        raise InputError(f"{name}: Overpass did not finish and remarked: {str(found['remark'])[:200]}")
    base = found.get("osm3s")
    stamp = base.get("timestamp_osm_base", "") if isinstance(base, dict) else ""
    return read_osm_elements(elements, where=name, vintage=str(stamp)[:10])
