"""Components whose JavaScript is a built bundle of `frontend/`: served by us at `dist/`, named by content."""

from __future__ import annotations

import hashlib
from functools import cache
from os import PathLike
from pathlib import Path

from panel.custom import JSComponent

__all__ = ["DIST", "BundledComponent"]

DIST = Path(__file__).parents[2] / "frontend" / "dist"
"""The built bundles."""


class BundledComponent(JSComponent):
    """A component with `_bundle` in `DIST`."""

    __abstract = True

    @classmethod
    def _component_resource_path(cls, esm_path: str | PathLike[str], compiled: bool) -> str:  # noqa: ARG003
        """
        Return the bundle's address relative to the page.

        Panel's own route serves only files below the component's module. The version makes a browser that keeps an
        older bundle ask anew; Panel derives the style sheet's address from this one.
        """
        path = Path(esm_path)
        return f"dist/{path.name}?v={_version(path)}"


@cache
def _version(path: Path) -> str:
    """Return a hash of the bundle and its style sheet."""
    digest = hashlib.sha256()
    for file in (path, path.with_suffix(".css")):
        digest.update(file.read_bytes() if file.is_file() else b"")
    return digest.hexdigest()[:16]
