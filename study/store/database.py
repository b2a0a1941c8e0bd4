"""The database of a study: its events, participants and designs."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, Row, select

from database.database import PATIENCE, Database
from database.rows import now
from study.errors import StoreUnavailable
from study.store.events import add_event, lock_study
from study.store.schema import DESIGNS, EVENTS, PARTICIPANTS, RECRUITING, TABLES


class Store(Database):
    """The database of one or more studies, shared by all threads; opened by :func:`open_store`."""

    tables = TABLES
    unavailable = StoreUnavailable
    away = (
        "The study's database cannot be reached right now. Nothing was lost: the page keeps your answer and sends "
        "it again."
    )

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


def open_store(url: str, patience: float = PATIENCE) -> Store:
    """Open the database at a SQLAlchemy URL and bring its tables to the current version. Raises StoreUnavailable."""
    return Store.open(url, patience)
