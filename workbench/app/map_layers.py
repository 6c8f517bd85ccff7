"""The map layers of a pack as the browser gets them, compressed: streets joined into long lines, the others as they are."""

from __future__ import annotations

import gzip
import hashlib
import json
import logging
import threading
import time
from collections.abc import Mapping
from pathlib import Path

from workbench.app.street_lines import join_lines
from workbench.network import KEEP_DAYS, default_cache_dir

__all__ = ["MapLayers"]

logger = logging.getLogger(__name__)

JOINED = "streets"
"""The layer with one line for each block of a street."""
_FORMAT = "1"
"""Changes with what `join_lines` makes of the same streets."""


class MapLayers:
    """
    The layers of one city.

    Joining the streets of New York takes two seconds, so the result is kept in the cache folder, named by content.
    """

    def __init__(self, layers: Mapping[str, Path], cache_dir: Path | None = None):
        self._files = {name: Path(path) for name, path in layers.items()}
        self._folder = (cache_dir or default_cache_dir()) / "layers"
        self._joining = threading.Lock()

    def __contains__(self, name: str) -> bool:
        return name in self._files

    def version(self, name: str) -> str:
        """Return what changes with the content of a layer, without reading it."""
        return _FORMAT if name == JOINED else ""

    def read(self, name: str) -> bytes:
        """Return one layer as gzip-compressed GeoJSON; may be called from any thread."""
        content = self._files[name].read_bytes()
        packed = content if content[:2] == b"\x1f\x8b" else gzip.compress(content, mtime=0)
        if name != JOINED:
            return packed
        with self._joining:
            return self._joined(packed)

    def _joined(self, packed: bytes) -> bytes:
        path = self._folder / f"{hashlib.sha256(packed + _FORMAT.encode()).hexdigest()[:20]}.geojson.gz"
        if path.exists():
            path.touch()
            return path.read_bytes()
        layer = json.loads(gzip.decompress(packed))
        layer["features"] = join_lines(layer["features"])
        joined = gzip.compress(json.dumps(layer, separators=(",", ":"), ensure_ascii=False).encode(), mtime=0)
        try:
            self._keep(path, joined)
        except OSError as error:  # the map still works, and the streets are joined again at the next start
            logger.warning("the joined streets cannot be kept in %s: %s", self._folder, error)
        return joined

    def _keep(self, path: Path, joined: bytes) -> None:
        """Write a layer whole or not at all, and remove those nobody has used for long."""
        self._folder.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(".part")
        draft.write_bytes(joined)
        draft.replace(path)
        for other in self._folder.glob("*.geojson.gz"):
            if time.time() - other.stat().st_mtime > KEEP_DAYS * 86_400:
                other.unlink()
