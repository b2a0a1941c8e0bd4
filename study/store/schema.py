"""The tables of a study, and the migrations of older databases."""

from collections.abc import Callable, Mapping

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    inspect,
    select,
    text,
)

from study.errors import StoreUnavailable

SCHEMA_VERSION = 1

METADATA = MetaData()
_ID = BigInteger().with_variant(Integer, "sqlite")  # SQLite autoincrements INTEGER only

SCHEMA = Table("schema_version", METADATA, Column("version", Integer, nullable=False))

# One row per event. Rows are only added; only a withdrawal deletes some.
EVENTS = Table(
    "events",
    METADATA,
    Column("id", _ID, primary_key=True, autoincrement=True),
    Column("study", String(60), nullable=False),
    Column("design_sha256", String(64), nullable=False),
    Column("participant", String(32)),  # null: event of the study
    Column("kind", String(40), nullable=False),
    Column("screen", String(200)),
    Column("submission", String(80)),  # set by the page, so that repeated requests are stored once
    Column("payload", Text, nullable=False),  # JSON
    Column("client_time", String(40)),  # browser clock
    Column("server_time", String(24), nullable=False),  # UTC, ISO 8601 with milliseconds
    UniqueConstraint("participant", "submission", name="one_row_a_submission"),
    sqlite_autoincrement=True,
)
Index("events_of_a_participant", EVENTS.c.participant, EVENTS.c.id)
Index("events_of_a_study", EVENTS.c.study, EVENTS.c.kind, EVENTS.c.id)
# The database itself rejects a second answer to a screen.
Index(
    "one_answer_a_screen", EVENTS.c.participant, EVENTS.c.screen, unique=True,
    sqlite_where=EVENTS.c.kind == "answer", postgresql_where=EVENTS.c.kind == "answer",
)  # fmt: skip

# The state of each participant; updated in the same transactions as their events.
PARTICIPANTS = Table(
    "participants",
    METADATA,
    Column("id", String(32), primary_key=True),
    Column("study", String(60), nullable=False),
    Column("design_sha256", String(64), nullable=False),
    Column("stimuli_sha256", String(64), nullable=False),
    Column("token_sha256", String(64), nullable=False, unique=True),
    Column("external_id", String(200)),
    Column("external_study", String(200)),
    Column("external_session", String(200)),
    Column("visit", Integer, nullable=False),
    Column("condition", String(60), nullable=False),  # "" within-subject
    Column("cell", Integer, nullable=False),
    Column("seed", BigInteger, nullable=False),
    Column("assignment", Text, nullable=False),  # JSON of study.plan.counterbalancing.Assignment
    Column("status", String(20), nullable=False),
    Column("steps_done", Integer, nullable=False),
    Column("steps_total", Integer, nullable=False),
    Column("checks_passed", Integer, nullable=False),
    Column("checks_failed", Integer, nullable=False),
    Column("entered", String(24), nullable=False),
    Column("last_seen", String(24), nullable=False),
    Column("finished", String(24)),
    Column("code", String(500), nullable=False),
    UniqueConstraint("study", "external_id", "visit", name="one_session_a_visit"),
)
Index("participants_by_status", PARTICIPANTS.c.study, PARTICIPANTS.c.status, PARTICIPANTS.c.cell)

# Every design version in use: people who started with an older one keep it.
DESIGNS = Table(
    "designs",
    METADATA,
    Column("study", String(60), primary_key=True),
    Column("sha256", String(64), primary_key=True),
    Column("stimuli_sha256", String(64), primary_key=True),
    Column("text", Text, nullable=False),  # the YAML file
    Column("design", Text, nullable=False),  # JSON, with questionnaire templates filled in
    Column("stimuli", Text, nullable=False),  # the file of frozen answers
    Column("added", String(24), nullable=False),
)

RECRUITING = Table(
    "recruiting",
    METADATA,
    Column("study", String(60), primary_key=True),
    Column("open", Boolean, nullable=False),
    Column("changed", String(24), nullable=False),
)

# version → migration to the next one; a released migration is never changed
STEPS: Mapping[int, Callable[[Connection], None]] = {}

_LOCK = 7_360_263  # PostgreSQL advisory lock, so that two servers never migrate at once


def migrate(
    connection: Connection,
    steps: Mapping[int, Callable[[Connection], None]] = STEPS,
    version: int = SCHEMA_VERSION,
) -> int:
    """Create the tables, or migrate them to the current version, within the caller's transaction; returns the
    previous version (0: none).

    Raises StoreUnavailable for a database from a newer version of Credence.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    if not inspect(connection).has_table(SCHEMA.name):
        METADATA.create_all(connection)
        connection.execute(SCHEMA.insert().values(version=version))
        return 0
    current: int = connection.execute(select(SCHEMA.c.version)).scalar_one()
    if current > version:
        raise StoreUnavailable(
            f"The database has schema version {current}, and this Credence knows {version}: it was written by a "
            "newer one. Install that version, or use another database."
        )
    for step in range(current, version):
        steps[step](connection)
        connection.execute(SCHEMA.update().values(version=step + 1))
    return current
