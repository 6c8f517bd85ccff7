"""The evidence card: one scorecard in, one piece of safe HTML out, the same in the workbench and on the published site."""

from __future__ import annotations

from pathlib import Path

from markupsafe import Markup

from workbench.publish.card_view import Level, Plain, build_card_view
from workbench.publish.markup import render_template
from workbench.scoring.scorecard import Scorecard

__all__ = ["STYLE_PATH", "render_card"]

TEMPLATES = Path(__file__).parent / "templates"
STYLE_PATH = TEMPLATES / "style.css"
"""The design tokens and the look of the card; every page that shows a card loads it."""


def render_card(
    scorecard: Scorecard | Plain,
    *,
    level: Level = "full",
    exact: bool = True,
    letter: str = "",
    color: str = "",
    panel: Markup | None = None,
) -> str:
    """
    Return the evidence card of one scenario as an HTML `<article>`; all text is escaped.

    Parameters
    ----------
    scorecard
        A `Scorecard`, or what its `to_json()` returned. A preview may lack every part that needs travel times.
    level
        `full` for the whole card; `summary` for headline, gains, losses and needs.
    exact
        False for a preview: the card then says that travel times are still being computed.
    letter, color
        The letter of the alternative and its colour in CSS, e.g. `A` and `var(--line-a)`; empty for none.
    panel
        What stands in place of the list of assumptions, such as fields to change them.
    """
    view = build_card_view(scorecard, level=level, exact=exact, letter=letter, color=color, panel=panel)
    return render_template(TEMPLATES, "card.html.j2", card=view)
