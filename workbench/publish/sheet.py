"""The evidence card on one printed page: plain words first, the map, who gains and who loses, a link and its QR code."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

import segno
from markupsafe import Markup

from workbench.errors import InputError
from workbench.publish.card import TEMPLATES
from workbench.publish.card_tables import AreaTable, Cell, GroupTable
from workbench.publish.card_view import CardView, build_card_view
from workbench.publish.markup import render_template
from workbench.scoring.scorecard import Scorecard

__all__ = ["SHEET_STYLE_PATH", "Direction", "qr_code", "render_sheet", "require_address"]

SHEET_STYLE_PATH = TEMPLATES / "sheet.css"
Direction = Literal["ltr", "rtl"]
MAX_ADDRESS = 300
"""Longest address whose code a phone reads from paper at arm's length, characters."""
N_GROUPS = 7
N_AREAS = 4
N_WORST = 2
N_SENTENCES = 6
"""Sentences beside the map: the last ones, which say who is near, who loses and what it needs; the first stands on top."""


@dataclass(frozen=True, slots=True)
class _Sheet:
    """What the template prints."""

    card: CardView
    drawing: Markup
    sentences: tuple[str, ...]
    groups: GroupTable | None
    areas: AreaTable | None
    address: str
    qr: Markup
    direction: Direction
    language: str


def render_sheet(
    scorecard: Scorecard,
    drawing: Markup,
    *,
    address: str = "",
    letter: str = "",
    color: str = "",
    assets: str = "assets",
    direction: Direction = "ltr",
    language: str = "en",
) -> str:
    """
    Return a whole page that prints on one sheet of Letter or A4 paper.

    Parameters
    ----------
    scorecard
        The card.
    drawing
        Its map as SVG, from `render_drawing`.
    address
        Web address of the page with everything else; without one the sheet has no QR code and says where to look.
    letter, color
        As in `render_card`.
    assets
        Folder with the style sheets of the site, as seen from the page.
    direction, language
        Of writing; the layout mirrors by `dir` alone.

    Raises
    ------
    InputError
        If the address is none.
    """
    view = build_card_view(scorecard, letter=letter, color=color)
    sheet = _Sheet(
        card=view,
        drawing=drawing,
        sentences=view.lead[1:][-N_SENTENCES:],
        groups=_first_groups(view.groups),
        areas=_first_areas(view.areas),
        address=require_address(address) if address else "",
        qr=qr_code(address) if address else Markup(""),
        direction=direction,
        language=language,
    )
    return render_template(TEMPLATES, "sheet.html.j2", sheet=sheet, card=view, assets=assets, n_worst=N_WORST)


def require_address(address: str) -> str:
    """Return a web address, or raise `InputError` saying what is wrong with it."""
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.netloc or any(char.isspace() for char in address):
        raise InputError(f"address is {address[:60]!r}, must be a web address such as https://example.org/list")
    if len(address) > MAX_ADDRESS:
        raise InputError(f"address has {len(address)} characters, at most {MAX_ADDRESS} fit a readable QR code")
    return address


def qr_code(address: str) -> Markup:
    """Return the QR code of an address as SVG; a quarter of it may be damaged and it still reads."""
    code = segno.make(require_address(address), error="q", micro=False)
    return Markup(code.svg_inline(border=4, omitsize=True, title=f"QR code: {address}"))  # noqa: S704


def _first_groups(table: GroupTable | None) -> GroupTable | None:
    """Return the first groups and the columns that fit a sheet: everybody, and those who depend on buses most."""
    if table is None:
        return None
    kept = table.columns[:5]
    places = [table.columns.index(column) for column in kept]
    rows = tuple(
        type(row)(row.label, tuple(row.cells[place] for place in places), row.is_all) for row in table.rows[:N_GROUPS]
    )
    return GroupTable(table.note, kept, rows)


def _first_areas(tables: tuple[AreaTable, ...]) -> AreaTable | None:
    """Return the finest areas that change most, in the columns that fit a sheet."""
    if not tables:
        return None
    finest = tables[-1]
    rows = tuple(type(row)(row.name, _first(row.cells, 3)) for row in finest.rows[:N_AREAS])
    more = finest.n_more + len(finest.rows) - len(rows)
    return AreaTable(finest.title, finest.columns[:3], rows, more)


def _first(cells: tuple[Cell, ...], n: int) -> tuple[Cell, ...]:
    return cells[:n]
