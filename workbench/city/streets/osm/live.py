"""
Downloads the streets of an area from OpenStreetMap, through osmnx and an Overpass server, part by part.

What has come is kept in a folder, so that an interrupted download goes on where it stopped. A part that did not come whole is
asked for again, and then refused in one sentence.
"""

from __future__ import annotations

import json
import logging
import shutil
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import osmnx as ox
import requests
import shapely

from workbench.city.streets.osm.data import LonLatBounds, OsmData, RawWay, gather, relevant
from workbench.city.streets.osm.overpass import Overpass
from workbench.city.streets.osm.tags import RELEVANT_TAGS
from workbench.errors import FetchError, InputError

__all__ = ["download_osm", "require_overpass"]

logger = logging.getLogger(__name__)

PART_DEG = 0.08
"""Side of a part, degrees (New York: 7 x 9 km, at most about 20 MB): Overpass refuses what takes it too long."""
MOST_PARTS = 400
KEEP_DAYS = 30
"""Parts older than this are downloaded anew."""
_BUSY = frozenset({429, 502, 503, 504})


class _FailedTryError(Exception):
    """The server did not send what was asked for."""

    def __init__(self, reason: str, *, may_pass: bool = True) -> None:
        super().__init__(reason)
        self.may_pass = may_pass


class _EmptyPartError(Exception):
    """There is no street in this part: water."""


class _Answers:
    """Looks at each answer before osmnx does, which waits for busy servers without end and takes half an answer for whole."""

    def __call__(self, response: requests.Response, *_args: object, **_options: object) -> None:
        if response.status_code in _BUSY:
            raise _FailedTryError(f"is busy (HTTP {response.status_code})")
        if response.status_code != 200:
            reason = f"refused (HTTP {response.status_code} {response.reason})"
            raise _FailedTryError(reason, may_pass=response.status_code >= 500)
        try:
            answer = json.loads(response.content)
        except ValueError as error:
            start = response.content[:60].decode(errors="replace")
            raise _FailedTryError(f"sent something other than data: {start!r}") from error
        if not isinstance(answer, dict) or not isinstance(answer.get("elements"), list):
            raise _FailedTryError("sent JSON without `elements`")
        if "remark" in answer:
            raise _FailedTryError(f"did not finish: {str(answer['remark'])[:200]}")
        if not any(element.get("type") == "way" for element in answer["elements"]):
            raise _EmptyPartError


def require_overpass(overpass: Overpass) -> None:
    """
    Ask the server for its status: a quick look before long work.

    Raises
    ------
    FetchError
        If it does not answer.
    """
    try:
        requests.get(f"{overpass.url.rstrip('/')}/status", timeout=min(overpass.timeout_s, 30.0)).close()
    except requests.RequestException as error:
        raise FetchError(_sentence(overpass, _reason(error))) from error


def download_osm(
    bounds_lonlat: LonLatBounds,
    *,
    cache_dir: Path,
    overpass: Overpass | None = None,
    land: shapely.Geometry | None = None,
    report: Callable[[float, str], None] | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> OsmData:
    """
    Download all streets and footways of an area.

    Parameters
    ----------
    bounds_lonlat
        West, south, east, north, degrees.
    cache_dir
        Folder for the parts that have come.
    overpass
        The server.
    land
        Parts that do not touch this are not asked for; longitude and latitude.
    report
        Told the share of the parts (0 to 1) and what comes next.
    sleep
        Waits between tries.

    Raises
    ------
    FetchError
        If the server cannot be reached, or does not send a part whole.
    InputError
        If the area is too large or has no streets.
    """
    server = overpass or Overpass()
    parts = [part for part in _parts(bounds_lonlat) if land is None or shapely.intersects(land, part)]
    if len(parts) > MOST_PARTS:
        raise InputError(
            f"{len(parts):,} parts of {PART_DEG} degrees, at most {MOST_PARTS}: give a local extract (.osm.pbf) instead"
        )
    nodes: dict[int, tuple[float, float]] = {}
    pieces: dict[tuple[int, int, int], dict[str, str]] = {}
    with _osmnx_settings(server):
        for number, part in enumerate(parts):
            if report is not None:
                report(number / len(parts), f"OpenStreetMap: part {number + 1} of {len(parts)}")
            folder = cache_dir / "osm" / "_".join(f"{value:.3f}" for value in shapely.bounds(part))
            graph = _download_part(part, folder, server, sleep)
            if graph is not None:
                _take(graph, nodes, pieces)
    ways: list[RawWay] = [(n, key[1:], pieces[key]) for n, key in enumerate(sorted(pieces))]
    lon, lat = np.array(list(nodes.values()), dtype=np.float64).reshape(-1, 2).T
    day = time.strftime("%Y-%m-%d", time.gmtime())
    return gather(np.array(list(nodes), dtype=np.int64), lon, lat, ways, where=_host(server), vintage=day)


def _parts(bounds_lonlat: LonLatBounds) -> list[shapely.Polygon]:
    """Return the area in squares on round degrees, so that another run asks for the same ones."""
    west, south, east, north = bounds_lonlat
    columns = range(int(np.floor(west / PART_DEG)), int(np.ceil(east / PART_DEG)))
    rows = range(int(np.floor(south / PART_DEG)), int(np.ceil(north / PART_DEG)))
    if len(columns) * len(rows) > 100 * MOST_PARTS:
        raise InputError(f"{bounds_lonlat}: this area is too large; give a local extract (.osm.pbf) instead")
    return [
        shapely.box(column * PART_DEG, row * PART_DEG, (column + 1) * PART_DEG, (row + 1) * PART_DEG)
        for row in rows
        for column in columns
    ]


def _download_part(part: shapely.Polygon, folder: Path, server: Overpass, sleep: Callable[[float], None]) -> Any:
    """Return a part as the graph of osmnx; None if no street is there."""
    _drop_old(folder)
    ox.settings.cache_folder = folder
    reason = ""
    for n_try in range(server.tries):
        if n_try:
            logger.info("%s: %s; asked again", _host(server), reason)
            sleep(server.pause_s * 2 ** (n_try - 1))
        try:
            return ox.graph_from_polygon(
                part, simplify=False, retain_all=True, truncate_by_edge=True, custom_filter='["highway"]'
            )
        except _EmptyPartError:
            return None
        except _FailedTryError as error:
            reason = str(error)
            if not error.may_pass:
                break
        except requests.RequestException as error:
            reason = _reason(error)
        except json.JSONDecodeError:  # a kept answer that was not written to its end
            shutil.rmtree(folder, ignore_errors=True)
            reason = "was interrupted before"
        except ValueError:  # streets were sent, but none lies inside the part
            return None
    raise FetchError(_sentence(server, reason))


def _take(
    graph: Any, nodes: dict[int, tuple[float, float]], pieces: dict[tuple[int, int, int], dict[str, str]]
) -> None:
    """Add a graph of osmnx to the nodes and to the pieces from node to node, each once."""
    for node, values in graph.nodes(data=True):
        nodes[int(node)] = (float(values["x"]), float(values["y"]))
    for tail, head, values in graph.edges(data=True):
        if not values["reversed"]:
            tags = relevant({**values, "oneway": "yes" if values["oneway"] else None})
            pieces[int(values["osmid"]), int(tail), int(head)] = tags


def _drop_old(folder: Path) -> None:
    """Remove a kept part that is too old."""
    oldest = time.time() - KEEP_DAYS * 86400
    if any(path.stat().st_mtime < oldest for path in folder.glob("*.json")):
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _osmnx_settings(server: Overpass) -> Iterator[None]:
    """Set what osmnx keeps in its module, and put back everything afterwards, the resolver of names too."""
    wanted: Mapping[str, Any] = {
        "overpass_url": server.url.rstrip("/"),
        "overpass_rate_limit": False,  # it would wait without end; `_Answers` sees when the server is busy
        "doh_url_template": None,
        "requests_timeout": server.timeout_s,
        "requests_kwargs": {"hooks": {"response": _Answers()}},
        "useful_tags_way": list(RELEVANT_TAGS),
        "useful_tags_node": [],
        "use_cache": True,
        "cache_folder": "",
        "cache_only_mode": False,
        "all_oneway": False,
    }
    before = {name: getattr(ox.settings, name) for name in wanted}
    resolver = socket.getaddrinfo
    try:
        for name, value in wanted.items():
            setattr(ox.settings, name, value)
        yield
    finally:
        for name, value in before.items():
            setattr(ox.settings, name, value)
        socket.getaddrinfo = resolver


def _host(server: Overpass) -> str:
    return urlsplit(server.url).netloc or server.url


def _reason(error: requests.RequestException) -> str:
    if isinstance(error, requests.Timeout):
        return "does not answer in time"
    if isinstance(error, requests.exceptions.ChunkedEncodingError):
        return "broke off in the middle of its answer"
    if isinstance(error, requests.ConnectionError):
        return "cannot be reached"
    return f"failed ({type(error).__name__})"


def _sentence(server: Overpass, reason: str) -> str:
    return (
        f"OpenStreetMap server {_host(server)} {reason}; try again (parts that came are kept), "
        "or give a local file with --osm"
    )
