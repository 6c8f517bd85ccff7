"""Version 1: alternatives and ballots. Written out, so that later changes of `tables.py` do not change it."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Connection, Integer, MetaData, String, Table, Text, UniqueConstraint

__all__ = ["apply"]


def apply(connection: Connection) -> None:
    """Create the first tables in an empty store."""
    metadata = MetaData()
    Table(
        "schema_version",
        metadata,
        Column("version", Integer, primary_key=True, autoincrement=False),
        Column("applied_at", String(32), nullable=False),
    )
    Table(
        "alternatives",
        metadata,
        Column("number", Integer, primary_key=True),
        Column("name", Text, nullable=False),
        Column("scenario_json", Text, nullable=False),
        Column("scorecard_json", Text, nullable=False),
        Column("created_at", String(32), nullable=False),
        Column("is_removed", Boolean, nullable=False),
        sqlite_autoincrement=True,
    )
    Table(
        "ballots",
        metadata,
        Column("number", Integer, primary_key=True),
        Column("ballot_id", String(64), nullable=False),
        Column("version", Integer, nullable=False),
        Column("ranking_json", Text, nullable=False),
        Column("cast_at", String(32), nullable=False),
        UniqueConstraint("ballot_id", "version"),
        sqlite_autoincrement=True,
    )
    metadata.create_all(connection, checkfirst=False)
