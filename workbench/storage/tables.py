"""The tables as they are now. How an older store gets here is told step by step in `migrations/`."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Integer, MetaData, String, Table, Text, UniqueConstraint

__all__ = ["METADATA", "alternatives", "assumptions", "ballots", "schema_version"]

METADATA = MetaData()

schema_version = Table(
    "schema_version",
    METADATA,
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("applied_at", String(32), nullable=False),
)

alternatives = Table(
    "alternatives",
    METADATA,
    Column("number", Integer, primary_key=True),  # never used twice, see sqlite_autoincrement
    Column("name", Text, nullable=False),
    Column("scenario_json", Text, nullable=False),
    Column("scorecard_json", Text, nullable=False),
    Column("created_at", String(32), nullable=False),  # UTC, ISO 8601
    Column("is_removed", Boolean, nullable=False),
    sqlite_autoincrement=True,
)

assumptions = Table(
    "assumptions",
    METADATA,
    Column("number", Integer, primary_key=True),  # the newest row counts
    Column("changes_json", Text, nullable=False),  # parameters that are not the usual, by name
    Column("changed_at", String(32), nullable=False),  # UTC, ISO 8601
    sqlite_autoincrement=True,
)

ballots = Table(
    "ballots",
    METADATA,
    Column("number", Integer, primary_key=True),
    Column("ballot_id", String(64), nullable=False),
    Column("version", Integer, nullable=False),  # 1 for the first; the largest one counts
    Column("ranking_json", Text, nullable=False),
    Column("cast_at", String(32), nullable=False),  # UTC, ISO 8601; kept here, never published
    UniqueConstraint("ballot_id", "version"),
    sqlite_autoincrement=True,
)
