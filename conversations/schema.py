"""The tables of kept conversations."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
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

CONVERSATIONS = Table(
    "conversations",
    METADATA,
    Column("id", String(32), primary_key=True),
    Column("owner", String(64), nullable=False),  # empty on a person's own machine
    Column("title", String(200), nullable=False),
    Column("pinned", Boolean, nullable=False),
    Column("created", String(24), nullable=False),  # UTC, ISO 8601 with milliseconds
    Column("changed", String(24), nullable=False),
)
Index("conversations_of_an_owner", CONVERSATIONS.c.owner, CONVERSATIONS.c.changed)

# One row per change. Rows are only added; deleting a conversation deletes all of its rows.
CHANGES = Table(
    "conversation_changes",
    METADATA,
    Column("id", _ID, primary_key=True, autoincrement=True),
    Column("conversation", String(32), ForeignKey("conversations.id"), nullable=False),
    Column("key", String(80), nullable=False),  # set by the caller, so that a repeated call is stored once
    Column("kind", String(20), nullable=False),
    Column("payload", Text, nullable=False),  # JSON
    Column("words", Text, nullable=False),  # what a search looks through, casefolded
    Column("time", String(24), nullable=False),
    UniqueConstraint("conversation", "key", name="one_row_a_change"),
    sqlite_autoincrement=True,
)
Index("changes_of_a_conversation", CHANGES.c.conversation, CHANGES.c.id)

TABLES = TableSet(METADATA, version=1, lock=7_360_264, version_table="conversations_version")
