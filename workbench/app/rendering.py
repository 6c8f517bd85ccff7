"""The templates of the app as HTML. `render_card` output goes into them as it is; everything else is escaped."""

from __future__ import annotations

from pathlib import Path

from markupsafe import Markup

from workbench.publish.card import render_card
from workbench.publish.markup import render_template
from workbench.scoring import Scorecard

__all__ = ["ASSETS", "TEMPLATES", "LastCard", "render"]

ASSETS = Path(__file__).parent / "static"
TEMPLATES = Path(__file__).parent / "templates"


def render(template: str, **values: object) -> str:
    """Return a template of this room as HTML."""
    return render_template(TEMPLATES, template, **values)


class LastCard:
    """Exact cards as HTML. The last one is kept: the page is written anew for a notice or a sign of progress as well."""

    def __init__(self) -> None:
        self._made: tuple[Scorecard, str, Markup, str] | None = None

    def render(self, card: Scorecard, *, color: str, panel: Markup) -> str:
        """Return what `render_card` gives; rendered once as long as nothing about it changes."""
        if self._made is None or self._made[0] is not card or self._made[1:3] != (color, panel):
            self._made = card, color, panel, render_card(card, color=color, panel=panel)
        return self._made[3]
