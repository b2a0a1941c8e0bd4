"""The tables of a study."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from database.tables import TableSet

METADATA = MetaData()
_ID = BigInteger().with_variant(Integer, "sqlite")  # SQLite autoincrements INTEGER only

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

TABLES = TableSet(METADATA, version=1, lock=7_360_263)
