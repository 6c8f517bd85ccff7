"""Who made the data, in one line for the corner of a map."""

from __future__ import annotations

import re
from collections.abc import Sequence

from workbench.city.city import Source

__all__ = ["data_credit"]


def data_credit(sources: Sequence[Source]) -> str:
    """
    Return `Data: ` and who made it, each once, in the order of the sources.

    Of a source's name the part before the first `:`, `;` or `, in ` is taken. Names in small letters (`derived from ...`)
    say what was made of the others and are left out. OpenStreetMap gets the sign its licence asks for.
    """
    names = (re.split(r":|;|, in ", source.name)[0].strip() for source in sources)
    makers = [_signed(name) for name in names if name and not name[0].islower()]
    return "Data: " + ", ".join(dict.fromkeys(makers)) if makers else ""


def _signed(name: str) -> str:
    if "openstreetmap" not in name.lower() or name.startswith("\u00a9"):
        return name
    return "\u00a9 OpenStreetMap contributors"
