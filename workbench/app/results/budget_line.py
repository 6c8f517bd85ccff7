"""The budget line under the drawing: what is shown needs so much, against the cap the room has typed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from workbench.app.state import DraftState
from workbench.budget import BudgetCap, budget_words, find_budget
from workbench.errors import InputError
from workbench.scoring import Measure

__all__ = ["budget_line", "read_cap"]


class _HasService(Protocol):
    @property
    def service(self) -> Mapping[str, Measure]: ...


def budget_line(state: DraftState, shown: _HasService | None) -> tuple[str, ...]:
    """Return the sentences for a card or a preview, none without one; a cap that is no amount is left out: it was said."""
    budget = find_budget(shown.service) if shown is not None else None
    if budget is None:
        return ()
    try:
        cap = read_cap(state)
    except InputError:
        cap = BudgetCap()
    return budget_words(budget, cap)


def read_cap(state: DraftState) -> BudgetCap:
    """Return the cap as typed, empty for none; raises `InputError` in one sentence if it is no amount."""
    return BudgetCap(
        buses=_amount(state.cap_buses_text, "the cap of buses"),
        usd_per_year=_amount(state.cap_usd_text, "the cap of money", 1e6),
    )


def _amount(text: str, what: str, unit: float = 1.0) -> float | None:
    plain = text.strip().replace(",", ".").removeprefix("$").strip()
    if not plain:
        return None
    try:
        return unit * float(plain)
    except ValueError as error:
        raise InputError(f"{what} is {text.strip()[:20]!r}, must be a number, or empty for no cap") from error
