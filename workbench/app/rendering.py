"""The templates of the app as HTML. `render_card` output goes into them as it is; everything else is escaped."""

from __future__ import annotations

from pathlib import Path

from workbench.publish.markup import render_template

__all__ = ["ASSETS", "TEMPLATES", "render"]

ASSETS = Path(__file__).parent / "static"
TEMPLATES = Path(__file__).parent / "templates"


def render(template: str, **values: object) -> str:
    """Return a template of this room as HTML."""
    return render_template(TEMPLATES, template, **values)
