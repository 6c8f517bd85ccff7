"""Version 2: what the room takes for granted, a row for each change. Written out, as every step."""

from __future__ import annotations

from sqlalchemy import Column, Connection, Integer, MetaData, String, Table, Text

__all__ = ["apply"]


def apply(connection: Connection) -> None:
    """Add the table of assumptions to a store of version 1."""
    metadata = MetaData()
    Table(
        "assumptions",
        metadata,
        Column("number", Integer, primary_key=True),
        Column("changes_json", Text, nullable=False),
        Column("changed_at", String(32), nullable=False),
        sqlite_autoincrement=True,
    )
    metadata.create_all(connection, checkfirst=False)
