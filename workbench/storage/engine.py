"""Opens a store by URL and hands out its repositories. Every transaction begins and ends in this room."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine import URL
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry

from workbench.errors import StorageError
from workbench.storage.alternatives import AlternativeRepository
from workbench.storage.assumptions import AssumptionRepository
from workbench.storage.ballots import BallotRepository
from workbench.storage.migrations import STEPS, apply_migrations, get_version

__all__ = ["Store", "Transaction", "open_store"]

logger = logging.getLogger(__name__)

BUSY_S = 30
"""How long a writer waits for another one, seconds."""

_WORDS = (
    ("readonly database", "it can only be read; check the permissions of the file and its folder"),
    ("permission denied", "it can only be read; check the permissions of the file and its folder"),
    ("database or disk is full", "the disk is full; free some space and try again"),
    ("no space left", "the disk is full; free some space and try again"),
    ("unable to open", "the file cannot be opened; check that its folder exists and may be written"),
    ("file is not a database", "the file is not a store; choose another name or move the file away"),
    ("malformed", "the file is damaged; restore a copy"),
    ("locked", f"another program has been writing to it for more than {BUSY_S} seconds; try again"),
    ("disk i/o error", "the disk reported an error; check it and try again"),
)
"""What the database says, and how we say it."""


class Transaction:
    """Runs work on the database inside one transaction and turns its errors into words."""

    def __init__(self, engine: Engine, place: str, clock: Callable[[], dt.datetime]) -> None:
        self._engine = engine
        self._place = place
        self._clock = clock

    def now(self) -> str:
        """Return the time that is written down with a row."""
        return self._clock().astimezone(dt.UTC).isoformat(timespec="seconds")

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Open a transaction that only reads."""
        with self._words(), self._engine.connect() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """
        Open a transaction that writes: all of it is on the disk at the end, or nothing of it.

        On SQLite it takes the one write lock at once, so that what is read inside stays true until the end.
        """
        with self._words(), self._engine.execution_options(workbench_writes=True).begin() as connection:
            yield connection

    @contextmanager
    def _words(self) -> Iterator[None]:
        try:
            yield
        except SQLAlchemyError as error:
            raise _storage_error(error, self._place) from error


class Store:
    """An open store. Use it in a `with` block or close it; it may be used from several threads."""

    def __init__(self, engine: Engine, transaction: Transaction) -> None:
        self._engine = engine
        self.alternatives = AlternativeRepository(transaction)
        self.assumptions = AssumptionRepository(transaction)
        self.ballots = BallotRepository(transaction)

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_store(url: str, *, clock: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC)) -> Store:
    """
    Return the store at a database URL; an empty one gets its tables, an older one is brought up to date.

    Parameters
    ----------
    url
        `sqlite:///folder/workbench.db`; folders that are missing are made. Other databases come with a later issue.
    clock
        Tells the time that is written down with alternatives and ballots.

    Raises
    ------
    StorageError
        If the URL cannot be understood, or the database cannot be opened, read or written, in words.
    """
    parsed = _parse(url)
    place = f"store {parsed.database}"
    _make_folder(parsed, place)
    engine = create_engine(parsed, connect_args={"timeout": BUSY_S})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    transaction = Transaction(engine, place, clock)
    try:
        with transaction.read() as connection:
            is_current = get_version(connection) == len(STEPS)
        if not is_current:
            with transaction.write() as connection:
                apply_migrations(connection, now=transaction.now())
            logger.info("store brought to schema version %s", len(STEPS))
    except StorageError:
        engine.dispose()
        raise
    return Store(engine, transaction)


def _parse(url: str) -> URL:
    try:
        parsed = make_url(url)
        backend = parsed.get_backend_name()
    except ArgumentError as error:
        raise StorageError(f"store {url!r} is not a database URL like sqlite:///workbench.db") from error
    if backend != "sqlite":
        raise StorageError(f"store {parsed.render_as_string()!r} is {backend}, must be sqlite; others come later")
    if parsed.database in (None, "", ":memory:"):
        raise StorageError("store is kept in memory only, must name a file like sqlite:///workbench.db")
    return parsed


def _make_folder(url: URL, place: str) -> None:
    if url.database is None or url.database.startswith("file:"):
        return
    try:
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(f"{place}: its folder cannot be made ({error.strerror})") from error


def _prepare_sqlite(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    """Set a new SQLite connection up: full durability, readers beside one writer, transactions begun by us."""
    connection.isolation_level = None  # or Python's driver begins them on its own
    cursor = connection.cursor()
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute("PRAGMA synchronous = FULL")  # an acknowledged commit survives a power cut
    mode = cursor.execute("PRAGMA journal_mode").fetchone()[0]
    if mode.lower() != "wal":
        cursor.execute("PRAGMA journal_mode = WAL")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    """Begin a transaction; one that writes takes the write lock first, so that it never fails half-way."""
    writes = connection.get_execution_options().get("workbench_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _storage_error(error: SQLAlchemyError, place: str) -> StorageError:
    """Return a database error in words."""
    cause = str(error.orig) if isinstance(error, DBAPIError) else str(error)
    for sign, words in _WORDS:
        if sign in cause.lower():
            return StorageError(f"{place}: {words}")
    return StorageError(f"{place}: the database refused ({cause})")
