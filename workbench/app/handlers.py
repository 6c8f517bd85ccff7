"""The plain HTTP routes beside Panel: map layers, style sheets, health."""

from __future__ import annotations

import gzip
import hashlib
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import tornado.web

from workbench.app.components.bundle import DIST
from workbench.app.map_layers import MapLayers
from workbench.app.rendering import ASSETS
from workbench.publish.card import STYLE_PATH

if TYPE_CHECKING:
    from workbench.app.desk import Desk

__all__ = ["routes"]


def routes(desk: Desk) -> list[tuple[str, type[tornado.web.RequestHandler], dict[str, object]]]:
    """Return the routes in the form Tornado takes."""
    layers = MapLayers(desk.city.layers, desk.cache_dir)
    return [
        (r"/layers/([a-z_]+)\.geojson", _LayerHandler, {"layers": layers, "desk": desk}),
        (r"/assets/style\.css", _FileHandler, {"path": STYLE_PATH}),
        (r"/assets/(?P<name>[a-z]+\.(?:css|js|svg))", _AssetHandler, {"path": str(ASSETS)}),
        (r"/dist/([a-z]+\.(?:js|css))", _BundleHandler, {"path": str(DIST)}),
        (r"/healthz", _HealthHandler, {"desk": desk}),
    ]


class _LayerHandler(tornado.web.RequestHandler):
    """One map layer. The files are compressed on the disk and travel so."""

    def initialize(self, layers: MapLayers, desk: Desk) -> None:
        self._layers, self._desk = layers, desk

    def compute_etag(self) -> str:
        name = self.path_args[0]
        content = f"{self._desk.city.version}{self._layers.version(name)}{name}"
        return f'"{hashlib.sha256(content.encode()).hexdigest()[:20]}"'

    async def get(self, name: str) -> None:
        if name not in self._layers:
            raise tornado.web.HTTPError(404)
        self.set_header("Content-Type", "application/geo+json")
        self.set_header("Cache-Control", "no-cache")
        self.set_header("Vary", "Accept-Encoding")
        self.set_etag_header()
        if self.check_etag_header():
            self.set_status(304)
            return
        packed = await self._desk.aside(partial(self._layers.read, name))
        if "gzip" in self.request.headers.get("Accept-Encoding", ""):
            self.set_header("Content-Encoding", "gzip")
            self.write(packed)
        else:
            self.write(gzip.decompress(packed))


class _AssetHandler(tornado.web.StaticFileHandler):
    """A file of the app's `static` folder."""

    def set_extra_headers(self, path: str) -> None:  # noqa: ARG002 (Tornado's signature)
        self.set_header("Cache-Control", "no-cache")

    def get(self, name: str, include_body: bool = True):
        return super().get(name, include_body)


class _BundleHandler(tornado.web.StaticFileHandler):
    """A built bundle; its address holds a hash of its content, so it may be kept for ever."""

    def set_extra_headers(self, path: str) -> None:  # noqa: ARG002
        self.set_header("Cache-Control", "public, max-age=31536000, immutable")


class _FileHandler(tornado.web.RequestHandler):
    """One style sheet from another room."""

    def initialize(self, path: Path) -> None:
        self._path = path

    def get(self) -> None:
        self.set_header("Content-Type", "text/css; charset=utf-8")
        self.set_header("Cache-Control", "no-cache")
        self.write(self._path.read_bytes())


class _HealthHandler(tornado.web.RequestHandler):
    """Whether the server answers and the base is there."""

    def initialize(self, desk: Desk) -> None:
        self._desk = desk

    def get(self) -> None:
        task = self._desk.preparation
        self.write({"ok": True, "ready": task.done, "progress": task.progress.fraction})
