"""Alternatives: scored scenarios that people compare and vote on. Removing one hides it; nothing is deleted."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import Row, func, select

from workbench.errors import InputError, NotFoundError
from workbench.storage.tables import alternatives

if TYPE_CHECKING:
    from workbench.storage.engine import Transaction

__all__ = ["Alternative", "AlternativeRepository", "require_json"]

MAX_NAME = 120
"""Longest name, characters."""
MAX_JSON = 5_000_000
"""Longest scenario or scorecard, characters."""


@dataclass(frozen=True, slots=True)
class Alternative:
    """One alternative as it is kept."""

    alternative_id: str
    """`a1`, `a2`, ...: short enough for a paper ballot, never used twice."""
    name: str
    scenario_json: str
    scorecard_json: str
    created_at: str
    """UTC, ISO 8601."""


class AlternativeRepository:
    """The alternatives of a store, in the order they were added."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def add(self, name: str, scenario_json: str, scorecard_json: str) -> Alternative:
        """Keep a new alternative and return it with its id; raises `InputError` on a bad name or JSON."""
        row = {
            "name": _require_name(name),
            "scenario_json": require_json("scenario_json", scenario_json),
            "scorecard_json": require_json("scorecard_json", scorecard_json),
            "created_at": self._transaction.now(),
        }
        with self._transaction.write() as connection:
            result = connection.execute(alternatives.insert().values(**row, is_removed=False))
            assert result.inserted_primary_key is not None
            number = result.inserted_primary_key[0]
        return Alternative(alternative_id=f"a{number}", **row)

    def list(self) -> tuple[Alternative, ...]:
        """Return all alternatives that are not removed."""
        query = select(alternatives).where(~alternatives.c.is_removed).order_by(alternatives.c.number)
        with self._transaction.read() as connection:
            return tuple(_alternative(row) for row in connection.execute(query))

    def get(self, alternative_id: str) -> Alternative:
        """Return one alternative; raises `NotFoundError` if there is none or it is removed."""
        query = select(alternatives).where(alternatives.c.number == _number(alternative_id), ~alternatives.c.is_removed)
        with self._transaction.read() as connection:
            row = connection.execute(query).one_or_none()
        if row is None:
            raise NotFoundError(f"there is no alternative {alternative_id!r}")
        return _alternative(row)

    def count(self) -> int:
        """Return how many alternatives there are, removed ones left out."""
        query = select(func.count()).select_from(alternatives).where(~alternatives.c.is_removed)
        with self._transaction.read() as connection:
            return connection.execute(query).scalar_one()

    def rename(self, alternative_id: str, name: str) -> Alternative:
        """Give an alternative another name and return it."""
        self._change(alternative_id, removed=False, name=_require_name(name))
        return self.get(alternative_id)

    def rescore(self, alternative_id: str, scorecard_json: str) -> Alternative:
        """Give an alternative a new scorecard, such as one made with other assumptions, and return it."""
        text = require_json("scorecard_json", scorecard_json)
        self._change(alternative_id, removed=False, scorecard_json=text)
        return self.get(alternative_id)

    def remove(self, alternative_id: str) -> None:
        """Hide an alternative; `restore` brings it back."""
        self._change(alternative_id, removed=False, is_removed=True)

    def restore(self, alternative_id: str) -> Alternative:
        """Bring a removed alternative back and return it."""
        self._change(alternative_id, removed=True, is_removed=False)
        return self.get(alternative_id)

    def _change(self, alternative_id: str, *, removed: bool, **values: str | bool) -> None:
        number = _number(alternative_id)
        which = (alternatives.c.number == number) & (alternatives.c.is_removed == removed)
        with self._transaction.write() as connection:
            if connection.execute(alternatives.update().where(which).values(**values)).rowcount == 0:
                state = "removed alternative" if removed else "alternative"
                raise NotFoundError(f"there is no {state} {alternative_id!r}")


def _alternative(row: Row[tuple[int, str, str, str, str, bool]]) -> Alternative:
    return Alternative(f"a{row.number}", row.name, row.scenario_json, row.scorecard_json, row.created_at)


def _number(alternative_id: str) -> int:
    """Return the row number behind an id; one that has another form belongs to no row."""
    digits = alternative_id.removeprefix("a")
    is_ours = alternative_id.startswith("a") and digits.isascii() and digits.isdecimal() and len(digits) < 10
    return int(digits) if is_ours else -1


def _require_name(name: str) -> str:
    """Return a name with single spaces; it is text, whatever it looks like."""
    tidy = " ".join(name.split())
    if not 1 <= len(tidy) <= MAX_NAME or not tidy.isprintable():
        raise InputError(f"name has {len(tidy)} characters, must have 1 to {MAX_NAME} that can be printed")
    return tidy


def require_json(what: str, text: str) -> str:
    """Return a JSON object as text; raises `InputError` if it is none or too long."""
    if len(text) > MAX_JSON:
        raise InputError(f"{what} has {len(text):,} characters, must have at most {MAX_JSON:,}")
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{what} is not JSON ({error})") from error
    if not isinstance(value, dict):
        raise InputError(f"{what} is a JSON {type(value).__name__}, must be an object")
    return text
