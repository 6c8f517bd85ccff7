"""Templates in a folder -> HTML. Every value is escaped unless the template itself says that it is HTML of ours."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import jinja2

__all__ = ["render_template"]


def render_template(folder: Path, name: str, **values: object) -> str:
    """Return a template of a folder, filled in; a value that the template wants and does not get is an error."""
    return _environment(folder).get_template(name).render(**values)


@cache
def _environment(folder: Path) -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(folder),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
