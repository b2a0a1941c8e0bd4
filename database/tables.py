"""A set of tables with its version, and the migrations of older databases."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from sqlalchemy import Column, Connection, Integer, MetaData, Table, inspect, select, text

from database.errors import DatabaseUnavailable

Step = Callable[[Connection], None]


@dataclass(frozen=True)
class TableSet:
    """Tables that are created and migrated together.

    ``steps`` maps a version to its migration to the next one; a released migration is never changed. ``lock`` is the number
    of a PostgreSQL advisory lock, so that two servers never migrate at once.
    """

    metadata: MetaData
    version: int
    lock: int
    steps: Mapping[int, Step] = field(default_factory=dict)
    version_table: str = "schema_version"

    def __post_init__(self) -> None:
        if self.version_table not in self.metadata.tables:
            Table(self.version_table, self.metadata, Column("version", Integer, nullable=False))

    @property
    def versions(self) -> Table:
        """The table with the one row that holds the version."""
        return self.metadata.tables[self.version_table]

    def migrate(self, connection: Connection) -> int:
        """Create the tables, or migrate them to the current version, within the caller's transaction; returns the
        previous version (0: none).

        Raises DatabaseUnavailable for a database from a newer version of Credence.
        """
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": self.lock})
        if not inspect(connection).has_table(self.version_table):
            self.metadata.create_all(connection)
            connection.execute(self.versions.insert().values(version=self.version))
            return 0
        current: int = connection.execute(select(self.versions.c.version)).scalar_one()
        if current > self.version:
            raise DatabaseUnavailable(
                f"The database has schema version {current}, and this Credence knows {self.version}: it was written by a "
                "newer one. Install that version, or use another database."
            )
        for step in range(current, self.version):
            self.steps[step](connection)
            connection.execute(self.versions.update().values(version=step + 1))
        return current
