"""The store: durable, safe for many writers, idempotent, and clear when something is wrong."""

import datetime as dt
import sqlite3
import subprocess
import sys
import threading

import pytest
from sqlalchemy import event

from workbench.assembly import Ballot, ranking_from_text
from workbench.errors import BallotError, InputError, NotFoundError, StorageError
from workbench.storage import open_store
from workbench.storage.migrations import STEPS
from workbench.storage.tables import METADATA

NOON = dt.datetime(2026, 11, 21, 12, 0, tzinfo=dt.UTC)


def ballot(ballot_id: str, ranking: str = "a1 > a2") -> Ballot:
    return Ballot(ballot_id, ranking_from_text(ranking))


@pytest.fixture
def url(tmp_path):
    return f"sqlite:///{tmp_path}/folder/workbench.db"


@pytest.fixture
def store(url):
    with open_store(url, clock=lambda: NOON) as store:
        yield store


class TestAlternatives:
    def test_added_listed_and_found(self, store):
        first = store.alternatives.add("  Fordham   Road ", '{"edits": []}', '{"name": "Fordham Road"}')
        second = store.alternatives.add("Fordham Road", "{}", "{}")
        assert first.alternative_id == "a1"
        assert first.name == "Fordham Road"
        assert first.created_at == "2026-11-21T12:00:00+00:00"
        assert store.alternatives.list() == (first, second)
        assert store.alternatives.get("a2") == second
        assert store.alternatives.count() == 2

    def test_removed_is_hidden_restored_is_back_and_no_id_is_used_twice(self, store):
        first = store.alternatives.add("One", "{}", "{}")
        store.alternatives.remove("a1")
        assert store.alternatives.list() == ()
        assert store.alternatives.count() == 0
        with pytest.raises(NotFoundError, match="no alternative 'a1'"):
            store.alternatives.get("a1")
        assert store.alternatives.add("Two", "{}", "{}").alternative_id == "a2"
        assert store.alternatives.restore("a1") == first
        with pytest.raises(NotFoundError, match="no removed alternative 'a1'"):
            store.alternatives.restore("a1")

    def test_scored_again(self, store):
        first = store.alternatives.add("One", '{"edits": []}', '{"old": 1}')
        again = store.alternatives.rescore("a1", '{"new": 1}')
        assert (again.scorecard_json, again.scenario_json, again.name) == ('{"new": 1}', first.scenario_json, "One")
        assert store.alternatives.list() == (again,)
        with pytest.raises(InputError, match="scorecard_json is not JSON"):
            store.alternatives.rescore("a1", "{")
        with pytest.raises(NotFoundError, match="no alternative 'a2'"):
            store.alternatives.rescore("a2", "{}")

    def test_renamed(self, store):
        store.alternatives.add("One", "{}", "{}")
        assert store.alternatives.rename("a1", "Uno").name == "Uno"
        assert store.alternatives.get("a1").name == "Uno"

    def test_names_are_text_whatever_they_look_like(self, store):
        name = "<script>alert('x')</script>; DROP TABLE ballots --"
        store.alternatives.add(name, "{}", "{}")
        assert store.alternatives.get("a1").name == name

    @pytest.mark.parametrize(
        "bad", ["", "a", "1", "a0", "b1", "a-1", "a1.5", "a1 OR 1=1", "a99999999999999999999", "a²"]
    )
    def test_an_id_that_is_none_is_not_found(self, store, bad):
        store.alternatives.add("One", "{}", "{}")
        with pytest.raises(NotFoundError):
            store.alternatives.get(bad)
        with pytest.raises(NotFoundError):
            store.alternatives.remove(bad)

    @pytest.mark.parametrize(
        ("name", "scenario", "scorecard", "message"),
        [
            ("", "{}", "{}", "name has 0 characters, must have 1 to 120"),
            ("   ", "{}", "{}", "name has 0 characters"),
            ("x" * 121, "{}", "{}", "name has 121 characters"),
            ("a\x00b", "{}", "{}", "can be printed"),
            ("One", "{", "{}", "scenario_json is not JSON"),
            ("One", "[" * 100_000, "{}", "scenario_json is not JSON"),
            ("One", "{}", "[]", "scorecard_json is a JSON list, must be an object"),
            ("One", "{}", " " * 5_000_001, "scorecard_json has 5,000,001 characters"),
        ],
    )
    def test_what_cannot_be_kept_is_refused_and_nothing_is_lost(self, store, name, scenario, scorecard, message):
        kept = store.alternatives.add("Before", "{}", "{}")
        with pytest.raises(InputError, match=message):
            store.alternatives.add(name, scenario, scorecard)
        assert store.alternatives.list() == (kept,)


class TestBallots:
    def test_the_same_ballot_twice_is_one_ballot(self, store):
        assert store.ballots.add(ballot("x", "a1 > a2 = a3")) is True
        assert store.ballots.add(ballot("x", "a1 > a3 = a2")) is False
        assert store.ballots.count() == 1
        assert store.ballots.list() == (ballot("x", "a1 > a2 = a3"),)

    def test_a_changed_vote_counts_and_the_first_row_stays_as_it_was(self, store, tmp_path):
        store.ballots.add(ballot("x", "a1 > a2"))
        assert store.ballots.add(ballot("x", "a2 > a1")) is True
        assert store.ballots.add(ballot("x", "a1 > a2")) is True
        assert store.ballots.list() == (ballot("x", "a1 > a2"),)
        assert store.ballots.count() == 1
        with sqlite3.connect(tmp_path / "folder/workbench.db") as raw:
            rows = raw.execute("SELECT version, ranking_json FROM ballots ORDER BY number").fetchall()
        raw.close()
        assert rows == [(1, '[["a1"], ["a2"]]'), (2, '[["a2"], ["a1"]]'), (3, '[["a1"], ["a2"]]')]

    def test_a_blank_ballot_is_kept(self, store):
        store.ballots.add(Ballot("blank", ()))
        assert store.ballots.list() == (Ballot("blank", ()),)

    def test_the_list_does_not_tell_who_voted_when(self, store):
        for ballot_id in ("c", "a", "b"):
            store.ballots.add(ballot(ballot_id))
        assert [kept.ballot_id for kept in store.ballots.list()] == ["a", "b", "c"]

    @pytest.mark.parametrize("bad", [Ballot("", ()), Ballot("x" * 65, ()), Ballot("x", (frozenset(),))])
    def test_a_malformed_ballot_is_refused(self, store, bad):
        with pytest.raises(BallotError):
            store.ballots.add(bad)
        assert store.ballots.count() == 0


class TestDurability:
    def test_everything_is_there_after_reopening(self, url):
        with open_store(url) as store:
            alternative = store.alternatives.add("One", '{"a": 1}', '{"b": 2}')
            store.ballots.add(ballot("x"))
        with open_store(url) as store:
            assert store.alternatives.list() == (alternative,)
            assert store.ballots.list() == (ballot("x"),)

    def test_a_process_that_is_killed_loses_nothing_it_acknowledged(self, url):
        code = f"""
import os
from workbench.assembly import Ballot, ranking_from_text
from workbench.storage import open_store
store = open_store({url!r})
for n in range(20):
    store.ballots.add(Ballot(f"b{{n}}", ranking_from_text("a1 > a2")))
    os.write(1, b".")
os.kill(os.getpid(), 9)
"""
        run = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
        assert run.returncode == -9, run.stderr.decode()
        with open_store(url) as store:
            assert store.ballots.count() == len(run.stdout) == 20

    def test_sqlite_runs_with_a_write_ahead_log_and_full_sync(self, store):
        with store._engine.connect() as connection:
            assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
            assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2  # FULL

    def test_a_transaction_that_fails_leaves_nothing(self, store):
        def fail(*_):
            raise KeyError

        event.listen(store._engine, "commit", fail)
        with pytest.raises(KeyError):
            store.ballots.add(ballot("x"))
        event.remove(store._engine, "commit", fail)
        assert store.ballots.count() == 0


class TestManyWriters:
    def test_threads_that_send_the_same_ballot_make_one_row(self, store):
        barrier = threading.Barrier(8)
        new: list[bool] = []

        def send():
            barrier.wait()
            new.append(store.ballots.add(ballot("x")))

        run_threads([send] * 8)
        assert sorted(new) == [False] * 7 + [True]
        assert store.ballots.count() == 1

    def test_threads_lose_no_ballot(self, store):
        def send(n):
            return lambda: [store.ballots.add(ballot(f"{n}-{m}")) for m in range(10)]

        run_threads([send(n) for n in range(6)])
        assert store.ballots.count() == 60

    def test_a_second_process_writes_beside_us(self, url):
        # Both open the store at the same moment, so that both also race for the first migration.
        code = f"""
from workbench.assembly import Ballot, ranking_from_text
from workbench.storage import open_store
with open_store({url!r}) as store:
    for n in range(30):
        store.ballots.add(Ballot(f"same-{{n}}", ranking_from_text("a1 > a2")))
        store.alternatives.add("theirs", "{{}}", "{{}}")
"""
        other = subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE)
        with open_store(url) as store:
            for n in range(30):
                store.ballots.add(ballot(f"same-{n}"))
                store.alternatives.add("ours", "{}", "{}")
            _, errors = other.communicate(timeout=60)
            assert other.returncode == 0, errors.decode()
            assert store.ballots.count() == 30
            ids = [alternative.alternative_id for alternative in store.alternatives.list()]
            assert len(ids) == len(set(ids)) == 60


class TestTrouble:
    def test_a_full_disk_is_said_and_nothing_is_lost(self, store):
        store.ballots.add(ballot("before"))
        limit_pages(store)
        with pytest.raises(StorageError, match=r"workbench\.db: the disk is full"):
            store.alternatives.add("big", '{"x": "' + "x" * 1_000_000 + '"}', "{}")
        assert store.ballots.list() == (ballot("before"),)

    def test_a_read_only_store_can_be_read_and_says_why_it_cannot_be_written(self, url, tmp_path):
        with open_store(url) as store:
            store.ballots.add(ballot("x"))
        with open_store(f"sqlite:///file:{tmp_path}/folder/workbench.db?mode=ro&uri=true") as store:
            assert store.ballots.count() == 1
            with pytest.raises(StorageError, match="can only be read"):
                store.ballots.add(ballot("y"))

    def test_a_file_that_is_no_store_is_left_alone(self, tmp_path):
        path = tmp_path / "notes.txt"
        path.write_text("my notes " * 1000)
        with pytest.raises(StorageError, match="is not a store"):
            open_store(f"sqlite:///{path}")
        assert path.read_text() == "my notes " * 1000

    def test_a_folder_in_the_place_of_the_file(self, tmp_path):
        with pytest.raises(StorageError, match="cannot be opened"):
            open_store(f"sqlite:///{tmp_path}")

    def test_a_file_in_the_place_of_the_folder(self, tmp_path):
        (tmp_path / "file").touch()
        with pytest.raises(StorageError, match="its folder cannot be made"):
            open_store(f"sqlite:///{tmp_path}/file/workbench.db")

    @pytest.mark.parametrize(
        ("url", "message"),
        [
            ("workbench.db", "is not a database URL"),
            ("mysql://me:secret@localhost/x", r"me:\*\*\*@localhost/x' is mysql, must be sqlite"),
            ("sqlite://", "in memory only"),
        ],
    )
    def test_a_url_that_cannot_be_used(self, url, message):
        with pytest.raises(StorageError, match=message):
            open_store(url)

    def test_a_writer_that_holds_the_lock_too_long(self, url, tmp_path, monkeypatch):
        monkeypatch.setattr("workbench.storage.engine.BUSY_S", 0.1)
        with open_store(url) as store:
            other = sqlite3.connect(tmp_path / "folder/workbench.db", isolation_level=None)
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(StorageError, match="another program has been writing"):
                store.ballots.add(ballot("x"))
            other.execute("ROLLBACK")
            other.close()
            assert store.ballots.add(ballot("x"))


class TestAssumptions:
    def test_the_newest_counts_and_none_is_lost(self, store, url):
        assert store.assumptions.newest() == ""
        store.assumptions.add('{"walk_mps": 0.9}')
        store.assumptions.add('{"usd_per_hour": 290}')
        assert store.assumptions.newest() == '{"usd_per_hour": 290}'
        with open_store(url) as again:
            assert again.assumptions.newest() == '{"usd_per_hour": 290}'
        with store._engine.connect() as connection:
            assert connection.exec_driver_sql("SELECT count(*), min(changed_at) FROM assumptions").one() == (
                2,
                "2026-11-21T12:00:00+00:00",
            )

    @pytest.mark.parametrize("text", ["walk", "[1]"])
    def test_only_objects_are_kept(self, store, text):
        with pytest.raises(InputError, match="changes_json is"):
            store.assumptions.add(text)
        assert store.assumptions.newest() == ""


class TestMigrations:
    def test_a_store_of_the_first_version_keeps_what_it_holds(self, url, tmp_path):
        with open_store(url) as store:
            store.alternatives.add("One", "{}", "{}")
        raw = sqlite3.connect(tmp_path / "folder/workbench.db")
        raw.executescript("DROP TABLE assumptions; DELETE FROM schema_version WHERE version > 1;")
        raw.close()
        with open_store(url) as store:
            assert [one.name for one in store.alternatives.list()] == ["One"]
            store.assumptions.add("{}")
            assert store.assumptions.newest() == "{}"

    def test_an_empty_store_is_brought_to_the_tables_of_today(self, store):
        with store._engine.connect() as connection:
            found = set(connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'table'").scalars())
            assert set(METADATA.tables) <= found
            for table in METADATA.tables.values():
                rows = connection.exec_driver_sql(f"PRAGMA table_info({table.name})").all()
                assert [row.name for row in rows] == [column.name for column in table.columns]
            version = connection.exec_driver_sql("SELECT version, applied_at FROM schema_version").all()
        assert version == [(number, "2026-11-21T12:00:00+00:00") for number in range(1, len(STEPS) + 1)]

    def test_a_store_from_the_future_is_not_touched(self, url, tmp_path):
        open_store(url).close()
        raw = sqlite3.connect(tmp_path / "folder/workbench.db")
        raw.execute("INSERT INTO schema_version VALUES (99, 'later')")
        raw.commit()
        raw.close()
        with pytest.raises(StorageError, match=f"schema version 99, this workbench knows 1 to {len(STEPS)}"):
            open_store(url)

    def test_a_step_that_fails_leaves_the_store_as_it_was(self, url, monkeypatch):
        open_store(url).close()

        def broken(connection):
            connection.exec_driver_sql("CREATE TABLE half (x)")
            raise StorageError("step failed")

        with monkeypatch.context() as patch:
            patch.setattr("workbench.storage.migrations.STEPS", (*STEPS, broken))
            patch.setattr("workbench.storage.engine.STEPS", (*STEPS, broken))
            with pytest.raises(StorageError, match="step failed"):
                open_store(url)
        with open_store(url) as store, store._engine.connect() as connection:
            assert connection.exec_driver_sql("SELECT 1 FROM sqlite_master WHERE name = 'half'").first() is None


def limit_pages(store):
    """Let the file grow by ten more pages only, on every connection: SQLite then says that the disk is full."""
    store._engine.dispose()

    def limit(connection, _):
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages + 10}")

    event.listen(store._engine, "connect", limit)


def run_threads(tasks):
    failures = []

    def guarded(task):
        def run():
            try:
                task()
            except Exception as error:  # noqa: BLE001  carried to the main thread below
                failures.append(error)

        return run

    threads = [threading.Thread(target=guarded(task)) for task in tasks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
