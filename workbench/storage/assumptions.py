"""What the room takes for granted: a row for each change, none is ever updated, and the newest counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from workbench.storage.alternatives import require_json
from workbench.storage.tables import assumptions

if TYPE_CHECKING:
    from workbench.storage.engine import Transaction

__all__ = ["AssumptionRepository"]


class AssumptionRepository:
    """The assumptions of a store."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def add(self, changes_json: str) -> None:
        """Keep the parameters that are not the usual, by name; when this returns they are on the disk."""
        row = {"changes_json": require_json("changes_json", changes_json), "changed_at": self._transaction.now()}
        with self._transaction.write() as connection:
            connection.execute(assumptions.insert().values(**row))

    def newest(self) -> str:
        """Return those that count, as JSON; empty if nobody ever changed any."""
        query = select(assumptions.c.changes_json).order_by(assumptions.c.number.desc()).limit(1)
        with self._transaction.read() as connection:
            return connection.execute(query).scalar_one_or_none() or ""
