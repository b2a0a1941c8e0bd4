"""The database of a study: SQLite or PostgreSQL, with durable commits."""

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, Row, create_engine, event, select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from study.errors import StoreUnavailable
from study.store.events import add_event, lock_study, now
from study.store.schema import DESIGNS, EVENTS, PARTICIPANTS, RECRUITING, migrate

PATIENCE = 10.0  # seconds to retry a write while the database is unreachable
URLS = "sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME"
PASSING = ("40001", "40P01", "55P03", "57P01", "57P02", "57P03")  # PostgreSQL error codes worth a retry

Found = TypeVar("Found")


class Store:
    """One database, shared by all threads; opened by :func:`open_store`."""

    def __init__(self, engine: Engine, patience: float = PATIENCE) -> None:
        self.engine = engine
        self.patience = patience
        # SQLite allows one writer: queue here, because its own waiting is unfair.
        self._turn = threading.Lock() if engine.dialect.name == "sqlite" else nullcontext()

    def write(self, work: Callable[[Connection], Found]) -> Found:
        """Run ``work`` in one transaction and return once it is committed.

        If the connection is lost it runs again, for at most ``patience`` seconds, so a second run after a commit must
        change nothing. Raises StoreUnavailable.
        """
        end = time.monotonic() + self.patience
        pause = 0.05
        while True:
            try:
                with self._turn, self.engine.connect() as connection:
                    writing = connection.execution_options(credence_writes=True)
                    with writing.begin():
                        return work(writing)
            except (DBAPIError, PoolTimeout) as error:
                if not _passes(error):
                    raise
                if time.monotonic() + pause > end:
                    raise StoreUnavailable(_AWAY) from error
            time.sleep(pause)
            pause = min(pause * 2, 1.0)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection for reading. Raises StoreUnavailable."""
        try:
            with self.engine.connect() as connection:
                yield connection
        except (DBAPIError, PoolTimeout) as error:
            if not _passes(error):
                raise
            raise StoreUnavailable(_AWAY) from error

    def read(self, work: Callable[[Connection], Found]) -> Found:
        """Read, with one retry if the connection was lost."""
        try:
            with self.reading() as connection:
                return work(connection)
        except StoreUnavailable:
            time.sleep(0.1)
            with self.reading() as connection:
                return work(connection)

    def participants(self, study: str) -> list[Row[Any]]:
        """Everybody who entered a study, in order of entry."""
        query = select(PARTICIPANTS).where(PARTICIPANTS.c.study == study)
        return self.read(
            lambda connection: list(
                connection.execute(query.order_by(PARTICIPANTS.c.entered, PARTICIPANTS.c.id))
            )
        )

    def events(
        self, study: str, participant: str | None = None, kinds: Sequence[str] | None = None
    ) -> Iterator[Row[Any]]:
        """The events of a study in their order, streamed; ``payload`` is JSON text."""
        query = select(EVENTS).where(EVENTS.c.study == study).order_by(EVENTS.c.id)
        if participant is not None:
            query = query.where(EVENTS.c.participant == participant)
        if kinds is not None:
            query = query.where(EVENTS.c.kind.in_(kinds))
        with self.reading() as connection:
            yield from connection.execution_options(yield_per=500).execute(query)

    def designs(self, study: str) -> list[Row[Any]]:
        """Every design under which somebody took part."""
        query = select(DESIGNS).where(DESIGNS.c.study == study).order_by(DESIGNS.c.added)
        return self.read(lambda connection: list(connection.execute(query)))

    def recruiting(self, study: str) -> bool:
        """Whether new people are let in; a new study is open."""
        query = select(RECRUITING.c.open).where(RECRUITING.c.study == study)
        is_open = self.read(lambda connection: connection.execute(query).scalar_one_or_none())
        return True if is_open is None else bool(is_open)

    def set_recruiting(self, study: str, is_open: bool, design_sha256: str = "") -> None:
        """Open or pause recruiting; the change is logged as an event."""

        def work(connection: Connection) -> None:
            lock_study(connection, study)
            was = connection.execute(
                select(RECRUITING.c.open).where(RECRUITING.c.study == study)
            ).scalar_one()
            if bool(was) == is_open:
                return
            values = {"open": is_open, "changed": now()}
            connection.execute(RECRUITING.update().where(RECRUITING.c.study == study).values(values))
            add_event(connection, study, design_sha256, None, "reopened" if is_open else "paused")

        self.write(work)

    def close(self) -> None:
        """Release the connections; SQLite's journal is written into the file."""
        self.checkpoint()
        self.engine.dispose()

    def checkpoint(self) -> None:
        """Write SQLite's journal into the file and empty it, so that deleted data are in neither."""
        if self.engine.dialect.name == "sqlite":
            with self._turn:
                raw = self.engine.raw_connection()
                try:
                    raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
                finally:
                    raw.close()


def open_store(url: str, patience: float = PATIENCE) -> Store:
    """Open the database at a SQLAlchemy URL and bring its tables to the current version.

    SQLite runs in WAL mode and waits for the disk at every commit; PostgreSQL's commits are synchronous whatever
    the server's default is. Raises StoreUnavailable with what to do.
    """
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise StoreUnavailable(f"The database URL is not valid. Use {URLS}.") from None
    if parsed.drivername.startswith("sqlite"):
        engine = _sqlite(str(parsed.database or ""))
    elif parsed.drivername in ("postgres", "postgresql", "postgresql+psycopg"):
        engine = create_engine(
            parsed.set(drivername="postgresql+psycopg"), pool_pre_ping=True, pool_size=10, max_overflow=20,
            pool_timeout=30,
            connect_args={"options": "-c synchronous_commit=on -c timezone=UTC", "connect_timeout": 5},
        )  # fmt: skip
    else:
        raise StoreUnavailable(f"{parsed.drivername} is not supported. Use {URLS}.")
    store = Store(engine, patience)
    try:
        store.write(migrate)
    except BaseException as error:
        engine.dispose()
        cause = error.__cause__ if isinstance(error, StoreUnavailable) else error
        if isinstance(cause, DBAPIError | PoolTimeout):
            why = _first_line(getattr(cause, "orig", cause))
            raise StoreUnavailable(
                f"The database {parsed.render_as_string()} cannot be opened ({why}). Is it running, and may this user "
                "write there?"
            ) from cause
        raise
    return store


def _sqlite(path: str) -> Engine:
    if path in ("", ":memory:"):
        raise StoreUnavailable("An in-memory database would lose everything. Use a file, sqlite:///FILE.")
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(
        f"sqlite:///{path}", pool_size=10, max_overflow=40, pool_timeout=30, connect_args={"timeout": 30}
    )

    def connected(connection: sqlite3.Connection, _: object) -> None:
        connection.isolation_level = None  # we issue BEGIN ourselves
        mode = connection.execute("PRAGMA journal_mode=WAL").fetchone()[0]
        if mode != "wal":
            raise StoreUnavailable(
                f"SQLite cannot keep its write-ahead log at {path} (journal mode {mode}), as on some network drives. "
                "Use a local disk or a PostgreSQL database."
            )
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA secure_delete=ON")  # a withdrawal leaves no bytes behind

    def begun(connection: Connection) -> None:
        writes = connection.get_execution_options().get("credence_writes")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    event.listen(engine, "connect", connected)
    event.listen(engine, "begin", begun)
    return engine


def _passes(error: DBAPIError | PoolTimeout) -> bool:
    """Whether the same work may succeed a moment later."""
    if isinstance(error, PoolTimeout) or error.connection_invalidated:
        return True
    code = getattr(error.orig, "sqlstate", None)
    if code is not None:
        return code in PASSING or code.startswith("08")
    return isinstance(error, OperationalError)


_AWAY = "The study's database cannot be reached right now. Nothing was lost: the page keeps your answer and sends it again."


def _first_line(error: object) -> str:
    return (str(error).splitlines() or ["no reason given"])[0]
