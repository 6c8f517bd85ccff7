"""Keeps alternatives, assumptions and ballots: one SQLite file for now, opened by URL. What is acknowledged is on the disk."""

from workbench.storage.alternatives import Alternative, AlternativeRepository
from workbench.storage.assumptions import AssumptionRepository
from workbench.storage.ballots import BallotRepository
from workbench.storage.engine import Store, open_store

__all__ = ["Alternative", "AlternativeRepository", "AssumptionRepository", "BallotRepository", "Store", "open_store"]
