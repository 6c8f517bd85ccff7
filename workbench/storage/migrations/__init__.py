"""The schema of the store, step by step. A step that has been released never changes; a new one is added instead."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Connection, func, inspect, select

from workbench.errors import StorageError
from workbench.storage.migrations import step_0001_first, step_0002_assumptions
from workbench.storage.tables import schema_version

__all__ = ["STEPS", "apply_migrations", "get_version"]

STEPS: tuple[Callable[[Connection], None], ...] = (step_0001_first.apply, step_0002_assumptions.apply)
"""Step n brings version n - 1 to version n; version 0 is an empty store."""


def get_version(connection: Connection) -> int:
    """Return the version of the store's schema; 0 if it is empty."""
    if not inspect(connection).has_table("schema_version"):
        return 0
    version: int | None = connection.execute(select(func.max(schema_version.c.version))).scalar_one()
    return version or 0


def apply_migrations(connection: Connection, *, now: str) -> None:
    """Bring the store to the newest version, inside the transaction of `connection`."""
    version = get_version(connection)
    if version > len(STEPS):
        raise StorageError(
            f"the store has schema version {version}, this workbench knows 1 to {len(STEPS)}; use a newer workbench"
        )
    for number in range(version + 1, len(STEPS) + 1):
        STEPS[number - 1](connection)
        connection.execute(schema_version.insert().values(version=number, applied_at=now))
