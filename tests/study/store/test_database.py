"""Both databases: committed data stay, are stored once, and are migrated."""

import json
import sqlite3
import threading
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Connection, select, text

from database.rows import now
from database.tables import Step, TableSet
from study.errors import StoreUnavailable
from study.store.database import open_store
from study.store.events import add_event, lock_study
from study.store.schema import EVENTS, TABLES
from tests.postgres import Postgres


def newer(step: Step) -> TableSet:
    """The tables of a version that comes after this one."""
    return replace(TABLES, version=2, steps={1: step})


def test_an_event_comes_back_as_it_was_stored(url: str) -> None:
    store = open_store(url)
    payload = {"text": "ä “q” 🐝\n\t␀", "n": 1.5, "none": None, "list": [True, []]}
    store.write(
        lambda connection: add_event(connection, "s", "d" * 64, "p", "answer", "t", payload, "a", "client")
    )
    (row,) = store.events("s")
    assert json.loads(row.payload) == payload
    assert (row.participant, row.kind, row.screen, row.client_time) == ("p", "answer", "t", "client")
    assert len(row.server_time) == 24 and row.server_time.endswith("Z")
    store.close()


def test_a_submission_is_stored_once_and_of_each_participant(url: str) -> None:
    store = open_store(url)

    def add(who: str) -> bool:
        return store.write(
            lambda connection: add_event(connection, "s", "d", who, "click", None, None, "same")
        )

    assert [add(who) for who in ("p", "p", "q")] == [True, False, True]
    assert [row.participant for row in store.events("s")] == ["p", "q"]
    store.close()


def test_the_database_itself_refuses_a_second_answer_to_a_screen(url: str) -> None:
    store = open_store(url)

    def answer(submission: str) -> None:
        store.write(
            lambda connection: add_event(
                connection, "s", "d", "p", "answer", "trial-01.own", None, submission
            )
        )

    answer("a")
    with pytest.raises(Exception, match=r"(?i)unique"):
        answer("b")
    assert len(list(store.events("s"))) == 1
    store.close()


def test_sixteen_threads_write_without_losing_one(url: str) -> None:
    store = open_store(url)

    def work(name: int) -> None:
        def add(number: int) -> bool:
            return store.write(
                lambda connection: add_event(
                    connection, "s", "d", f"p{name}", "click", submission=str(number)
                )
            )

        for number in range(8):
            add(number)

    threads = [threading.Thread(target=work, args=(name,)) for name in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({(row.participant, row.submission) for row in store.events("s")}) == 16 * 8
    store.close()


def test_one_transaction_at_a_time_decides_about_places(url: str) -> None:
    store = open_store(url)
    inside, most = [0], [0]

    def work(connection: Connection) -> None:
        lock_study(connection, "s")
        inside[0] += 1
        most[0] = max(most[0], inside[0])
        connection.execute(select(EVENTS.c.id)).all()
        threading.Event().wait(0.01)
        inside[0] -= 1

    threads = [threading.Thread(target=lambda: store.write(work)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most[0] == 1
    store.close()


def test_what_fails_leaves_nothing(url: str) -> None:
    store = open_store(url)

    def work(connection: Connection) -> None:
        add_event(connection, "s", "d", "p", "click")
        raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        store.write(work)
    assert list(store.events("s")) == []
    store.close()


def test_recruiting_begins_open_and_its_changes_are_events(url: str) -> None:
    store = open_store(url)
    assert store.recruiting("s")
    for is_open in (False, False, True):
        store.set_recruiting("s", is_open, "d")
    assert store.recruiting("s")
    assert [row.kind for row in store.events("s")] == ["paused", "reopened"]
    store.close()


def test_an_older_database_is_brought_forward_with_its_rows(url: str) -> None:
    store = open_store(url)
    store.write(lambda connection: add_event(connection, "s", "d", "p", "click"))

    def step(connection: Connection) -> None:
        connection.execute(text("ALTER TABLE events ADD COLUMN mood VARCHAR(9) DEFAULT 'calm'"))

    assert store.write(lambda connection: newer(step).migrate(connection)) == 1
    assert store.write(lambda connection: newer(step).migrate(connection)) == 2  # once
    with store.reading() as connection:
        assert connection.execute(text("SELECT kind, mood FROM events")).all() == [("click", "calm")]
        assert connection.execute(select(TABLES.versions.c.version)).scalar_one() == 2
    with pytest.raises(StoreUnavailable, match="schema version 2, and this Credence knows 1"):
        open_store(url)
    store.close()


def test_a_failing_step_leaves_the_old_version(url: str) -> None:
    store = open_store(url)

    def step(connection: Connection) -> None:
        connection.execute(text("ALTER TABLE events ADD COLUMN mood VARCHAR(9)"))
        raise RuntimeError("half way")

    with pytest.raises(RuntimeError, match="half way"):
        store.write(lambda connection: newer(step).migrate(connection))
    store.close()
    open_store(url).close()


def test_sqlite_writes_ahead_and_waits_for_the_disk(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/deep/er/s.sqlite")
    with store.reading() as connection:
        pragmas = [
            connection.execute(text(f"PRAGMA {name}")).scalar() for name in ("journal_mode", "synchronous")
        ]
        assert pragmas == ["wal", 2]
        assert connection.execute(text("PRAGMA secure_delete")).scalar() == 1
    store.close()


def test_postgresql_commits_are_synchronous_whatever_the_server_says(postgres: Postgres) -> None:
    store = open_store(postgres.url())
    with store.reading() as connection:
        assert connection.execute(text("SHOW synchronous_commit")).scalar() == "on"
    store.close()


def test_a_locked_sqlite_file_is_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "s.sqlite"
    store = open_store(f"sqlite:///{path}")
    with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as other:
        other.execute("BEGIN IMMEDIATE")
        timer = threading.Timer(0.3, lambda: other.execute("COMMIT"))
        timer.start()
        store.write(lambda connection: add_event(connection, "s", "d", "p", "click"))
        timer.join()
    assert len(list(store.events("s"))) == 1
    store.close()


def test_a_server_that_is_away_is_waited_for_and_then_named(postgres: Postgres) -> None:
    store = open_store(postgres.url(), patience=0.3)
    store.write(lambda connection: add_event(connection, "s", "d", "p", "click", submission="before"))
    postgres.stop("immediate")
    try:
        with pytest.raises(StoreUnavailable, match="Nothing was lost"):
            store.write(lambda connection: add_event(connection, "s", "d", "p", "click", submission="away"))
        with pytest.raises(StoreUnavailable, match="Nothing was lost"):
            store.recruiting("s")
        with pytest.raises(StoreUnavailable, match=r"cannot be opened .* Is it running"):
            open_store(postgres.address("study"), patience=0.0)
    finally:
        postgres.start()
    store.write(lambda connection: add_event(connection, "s", "d", "p", "click", submission="after"))
    assert [row.submission for row in store.events("s")] == ["before", "after"]
    store.close()


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("nonsense", "not valid"),
        ("mysql://x/y", "not supported"),
        ("sqlite://", "would lose everything"),
        ("sqlite:///:memory:", "would lose everything"),
    ],
)
def test_an_address_that_cannot_be_a_store_says_what_would_be_one(address: str, said: str) -> None:
    with pytest.raises(StoreUnavailable, match=said):
        open_store(address)


def test_a_password_is_not_revealed(postgres: Postgres) -> None:
    with pytest.raises(StoreUnavailable) as raised:
        open_store("postgresql://u:secret-word@127.0.0.1:1/x", patience=0.0)
    assert "secret-word" not in str(raised.value)


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "s.sqlite").write_text("no database at all " * 100)
    with pytest.raises(StoreUnavailable, match=r"cannot be opened .*not a database"):
        open_store(f"sqlite:///{tmp_path}/s.sqlite")


def test_the_time_is_utc_with_milliseconds() -> None:
    assert now()[-5] == "." and now()[10] == "T"
