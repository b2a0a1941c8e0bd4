"""One database, SQLite or PostgreSQL, with durable commits."""

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import ClassVar, Self, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from database.errors import DatabaseUnavailable
from database.tables import TableSet

PATIENCE = 10.0  # seconds to retry a write while the database is unreachable
URLS = "sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME"
PASSING = ("40001", "40P01", "55P03", "57P01", "57P02", "57P03")  # PostgreSQL error codes worth a retry

Found = TypeVar("Found")


class Database:
    """One database, shared by all threads; subclasses name their tables and what to say when it cannot be reached."""

    tables: ClassVar[TableSet]
    unavailable: ClassVar[type[DatabaseUnavailable]] = DatabaseUnavailable
    away: ClassVar[str] = "The database cannot be reached right now. Nothing was lost: try again in a moment."

    def __init__(self, engine: Engine, patience: float = PATIENCE) -> None:
        self.engine = engine
        self.patience = patience
        # SQLite allows one writer: queue here, because its own waiting is unfair.
        self._turn = threading.Lock() if engine.dialect.name == "sqlite" else nullcontext()

    @classmethod
    def open(cls, url: str, patience: float = PATIENCE) -> Self:
        """Open the database at a SQLAlchemy URL and bring its tables to the current version.

        SQLite runs in WAL mode and waits for the disk at every commit; PostgreSQL's commits are synchronous whatever
        the server's default is. Raises DatabaseUnavailable with what to do.
        """
        try:
            return cls._opened(url, patience)
        except DatabaseUnavailable as error:
            raise cls.unavailable(str(error)) from error.__cause__

    @classmethod
    def _opened(cls, url: str, patience: float) -> Self:
        parsed, engine = _engine(url)
        database = cls(engine, patience)
        try:
            database.write(cls.tables.migrate)
        except BaseException as error:
            engine.dispose()
            cause = error.__cause__ if isinstance(error, DatabaseUnavailable) else error
            if isinstance(cause, DBAPIError | PoolTimeout):
                why = _first_line(getattr(cause, "orig", cause))
                raise DatabaseUnavailable(
                    f"The database {parsed.render_as_string()} cannot be opened ({why}). Is it running, and may this user "
                    "write there?"
                ) from cause
            raise
        return database

    def write(self, work: Callable[[Connection], Found]) -> Found:
        """Run ``work`` in one transaction and return once it is committed.

        If the connection is lost it runs again, for at most ``patience`` seconds, so a second run after a commit must
        change nothing. Raises DatabaseUnavailable.
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
                    raise self.unavailable(self.away) from error
            time.sleep(pause)
            pause = min(pause * 2, 1.0)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection for reading. Raises DatabaseUnavailable."""
        try:
            with self.engine.connect() as connection:
                yield connection
        except (DBAPIError, PoolTimeout) as error:
            if not _passes(error):
                raise
            raise self.unavailable(self.away) from error

    def read(self, work: Callable[[Connection], Found]) -> Found:
        """Read, with one retry if the connection was lost."""
        try:
            with self.reading() as connection:
                return work(connection)
        except DatabaseUnavailable:
            time.sleep(0.1)
            with self.reading() as connection:
                return work(connection)

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


def _engine(url: str) -> tuple[URL, Engine]:
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise DatabaseUnavailable(f"The database URL is not valid. Use {URLS}.") from None
    if parsed.drivername.startswith("sqlite"):
        return parsed, _sqlite(str(parsed.database or ""))
    if parsed.drivername in ("postgres", "postgresql", "postgresql+psycopg"):
        options = "-c synchronous_commit=on -c timezone=UTC"
        return parsed, create_engine(
            parsed.set(drivername="postgresql+psycopg"), pool_pre_ping=True, pool_size=10, max_overflow=20,
            pool_timeout=30, connect_args={"options": options, "connect_timeout": 5},
        )  # fmt: skip
    raise DatabaseUnavailable(f"{parsed.drivername} is not supported. Use {URLS}.")


def _sqlite(path: str) -> Engine:
    if path in ("", ":memory:"):
        raise DatabaseUnavailable("An in-memory database would lose everything. Use a file, sqlite:///FILE.")
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(
        f"sqlite:///{path}", pool_size=10, max_overflow=40, pool_timeout=30, connect_args={"timeout": 30}
    )

    def connected(connection: sqlite3.Connection, _: object) -> None:
        connection.isolation_level = None  # we issue BEGIN ourselves
        mode = connection.execute("PRAGMA journal_mode=WAL").fetchone()[0]
        if mode != "wal":
            raise DatabaseUnavailable(
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


def _first_line(error: object) -> str:
    return (str(error).splitlines() or ["no reason given"])[0]
