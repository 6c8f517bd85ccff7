"""The frame around every page: head, navigation, theme switch, and the pieces in their places."""

from __future__ import annotations

from collections.abc import Mapping

import panel as pn
from panel.viewable import Viewable

from workbench.app.rendering import TEMPLATES
from workbench.city.city import City
from workbench.city.credit import data_credit

__all__ = ["build_page", "map_words"]

_FRAME = (TEMPLATES / "page.html.j2").read_text(encoding="utf-8")


def build_page(body: str, pieces: Mapping[str, Viewable], *, city: City, title: str, current: str) -> pn.Template:
    """
    Return a page.

    Parameters
    ----------
    body
        File of this app's templates that says where the pieces stand.
    pieces
        What to embed, by the name the body uses.
    current
        Which entry of the navigation this is: `draw` or `compare`.
    """
    text = _FRAME.replace("{#- BODY -#}", (TEMPLATES / body).read_text(encoding="utf-8"))
    page = pn.Template(text)
    for name, piece in pieces.items():
        page.add_panel(name, piece)
    page.add_variable("page_title", title)
    page.add_variable("city_name", city.name)
    page.add_variable("current", current)
    return page


def map_words(city: City) -> dict[str, str]:
    """Return the words on a map of this city."""
    return {"map": f"Map of {city.name}", "attribution": data_credit(city.sources)}
