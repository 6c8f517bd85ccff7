"""Cast ballots. A row is never updated: who votes again gets a new row, and the newest row of a ballot counts."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from sqlalchemy import Select, func, select

from workbench.assembly.ballot import Ballot, require_ballot
from workbench.assembly.ranking import Ranking
from workbench.storage.tables import ballots

if TYPE_CHECKING:
    from workbench.storage.engine import Transaction

__all__ = ["BallotRepository"]


class BallotRepository:
    """The ballots of a store."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def add(self, ballot: Ballot) -> bool:
        """
        Keep a ballot; when this returns it is on the disk.

        Sending the same ballot again changes nothing, so a sender who is not sure may always send again. The same id
        with another ranking is a changed vote: it is kept in a new row and counts from then on.

        Returns
        -------
        is_new
            False if the ballot was there already, just so.

        Raises
        ------
        BallotError
            If the ballot is not well formed. Whether it fits its vote is the caller's to check.
        StorageError
            If it could not be kept.
        """
        require_ballot(ballot, {proposal_id for place in ballot.ranking for proposal_id in place})
        text = _ranking_json(ballot.ranking)
        query = (
            select(ballots.c.version, ballots.c.ranking_json)
            .where(ballots.c.ballot_id == ballot.ballot_id)
            .order_by(ballots.c.version.desc())
            .limit(1)
        )
        with self._transaction.write() as connection:
            current = connection.execute(query).one_or_none()
            if current is not None and current.ranking_json == text:
                return False
            row = {
                "ballot_id": ballot.ballot_id,
                "version": 1 if current is None else current.version + 1,
                "ranking_json": text,
                "cast_at": self._transaction.now(),
            }
            connection.execute(ballots.insert().values(**row))
        return True

    def list(self) -> tuple[Ballot, ...]:
        """Return the ballots that count, in the order of their ids: nothing tells who voted when."""
        newest = _newest().subquery()
        query = (
            select(ballots.c.ballot_id, ballots.c.ranking_json)
            .join(newest, (ballots.c.ballot_id == newest.c.ballot_id) & (ballots.c.version == newest.c.version))
            .order_by(ballots.c.ballot_id)
        )
        with self._transaction.read() as connection:
            return tuple(Ballot(row.ballot_id, _ranking(row.ranking_json)) for row in connection.execute(query))

    def count(self) -> int:
        """Return how many ballots count."""
        query = select(func.count(ballots.c.ballot_id.distinct()))
        with self._transaction.read() as connection:
            return connection.execute(query).scalar_one()


def _newest() -> Select[tuple[str, int]]:
    """Select each ballot's newest version."""
    return select(ballots.c.ballot_id, func.max(ballots.c.version).label("version")).group_by(ballots.c.ballot_id)


def _ranking_json(ranking: Ranking) -> str:
    """Return one text for one ranking: places as sorted lists."""
    return json.dumps([sorted(place) for place in ranking], ensure_ascii=False)


def _ranking(text: str) -> Ranking:
    return tuple(frozenset(place) for place in json.loads(text))
