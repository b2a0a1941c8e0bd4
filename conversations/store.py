"""The database of conversations."""

import json
import secrets
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, exists, func, or_, select

from conversations.changes import Change
from conversations.schema import CHANGES, CONVERSATIONS, TABLES
from database.database import Database
from database.rows import inserting, now
from files.errors import CredenceError

TITLE_LENGTH = 80
LISTED = 500  # conversations in a list


class NoSuchConversation(CredenceError):
    """The conversation does not exist, or belongs to somebody else."""

    def __init__(self) -> None:
        super().__init__("This conversation no longer exists. It was deleted, perhaps in another tab.")


@dataclass(frozen=True, slots=True)
class Summary:
    """A line of the list of conversations."""

    id: str
    title: str
    pinned: bool
    created: str  # UTC, ISO 8601
    changed: str


class ConversationStore(Database):
    """Conversations of one or many owners, shared by all threads; ``open`` opens it at a database URL.

    The owner is part of every call: somebody else's conversation does not exist.
    """

    tables = TABLES
    away = (
        "The conversations cannot be stored right now, because their database cannot be reached. This page keeps what it "
        "shows; export the conversation before you close it."
    )

    def start(self, owner: str, title: str) -> str:
        """A new, empty conversation; returns its id."""
        row = {
            "id": secrets.token_hex(16), "owner": owner, "title": short_title(title), "pinned": False,
            "created": now(), "changed": now(),
        }  # fmt: skip

        def work(connection: Connection) -> None:
            insert = inserting(connection.dialect.name)(CONVERSATIONS).values(row)
            connection.execute(insert.on_conflict_do_nothing())  # a repeated write after a lost connection

        self.write(work)
        return str(row["id"])

    def add(self, owner: str, conversation: str, change: Change) -> bool:
        """Append a change; returns False if it was stored before. Raises NoSuchConversation."""
        row = {
            "conversation": conversation, "key": change.key, "kind": change.kind,
            "payload": json.dumps(change.payload, ensure_ascii=False, allow_nan=False),
            "words": change.words.casefold(), "time": now(),
        }  # fmt: skip

        def work(connection: Connection) -> bool:
            _touch(connection, owner, conversation)
            insert = inserting(connection.dialect.name)(CHANGES).values(row)
            added = insert.on_conflict_do_nothing(index_elements=["conversation", "key"]).returning(
                CHANGES.c.id
            )
            return connection.execute(added).first() is not None

        return self.write(work)

    def draft(self, owner: str, conversation: str, change: Change) -> None:
        """Store a change in place of an earlier one with its key. Raises NoSuchConversation."""
        values = {
            "payload": json.dumps(change.payload, ensure_ascii=False, allow_nan=False),
            "words": change.words.casefold(), "time": now(),
        }  # fmt: skip
        row = {"conversation": conversation, "key": change.key, "kind": change.kind, **values}

        def work(connection: Connection) -> None:
            _touch(connection, owner, conversation)
            insert = inserting(connection.dialect.name)(CHANGES).values(row)
            connection.execute(
                insert.on_conflict_do_update(index_elements=["conversation", "key"], set_=values)
            )

        self.write(work)

    def forget_draft(self, owner: str, conversation: str, key: str) -> None:
        """Delete the draft with this key, once its turn is stored."""

        def work(connection: Connection) -> None:
            mine = exists().where(_whose(owner, conversation))
            draft = (CHANGES.c.conversation == conversation) & (CHANGES.c.key == key)
            connection.execute(CHANGES.delete().where(draft, CHANGES.c.kind == "draft", mine))

        self.write(work)

    def size(self, owner: str, conversation: str) -> int:
        """How many changes a conversation has, without drafts; 0 if it does not exist."""
        query = select(func.count()).select_from(CHANGES.join(CONVERSATIONS)).where(
            _whose(owner, conversation), CHANGES.c.kind != "draft"
        )  # fmt: skip

        def work(connection: Connection) -> int:
            return int(connection.execute(query).scalar_one())

        return self.read(work)

    def changes(self, owner: str, conversation: str) -> tuple[Change, ...]:
        """Every change of a conversation, oldest first. Raises NoSuchConversation."""

        def work(connection: Connection) -> tuple[Change, ...]:
            if (
                connection.execute(select(CONVERSATIONS.c.id).where(_whose(owner, conversation))).first()
                is None
            ):
                raise NoSuchConversation
            query = select(CHANGES).where(CHANGES.c.conversation == conversation).order_by(CHANGES.c.id)
            return tuple(
                Change(row.key, row.kind, json.loads(row.payload), row.words)
                for row in connection.execute(query)
            )

        return self.read(work)

    def listing(self, owner: str, search: str = "") -> tuple[Summary, ...]:
        """The conversations of an owner, pinned ones first, then by latest change.

        With ``search``, those whose title or words contain it, whatever the case.
        """
        query = select(CONVERSATIONS).where(CONVERSATIONS.c.owner == owner)
        if sought := search.strip().casefold():
            in_words = exists().where(
                CHANGES.c.conversation == CONVERSATIONS.c.id,
                CHANGES.c.words.contains(sought, autoescape=True),
            )
            in_title = func.lower(CONVERSATIONS.c.title).contains(sought, autoescape=True)
            query = query.where(or_(in_title, in_words))
        ordered = query.order_by(CONVERSATIONS.c.pinned.desc(), CONVERSATIONS.c.changed.desc()).limit(LISTED)
        columns = Summary.__dataclass_fields__

        def work(connection: Connection) -> tuple[Summary, ...]:
            return tuple(
                Summary(**{name: getattr(row, name) for name in columns})
                for row in connection.execute(ordered)
            )

        return self.read(work)

    def rename(self, owner: str, conversation: str, title: str) -> None:
        """Change the title. Raises NoSuchConversation."""
        self._set(owner, conversation, title=short_title(title))

    def pin(self, owner: str, conversation: str, pinned: bool) -> None:
        """Pin a conversation to the top of the list, or unpin it. Raises NoSuchConversation."""
        self._set(owner, conversation, pinned=pinned)

    def delete(self, owner: str, conversation: str) -> None:
        """Delete a conversation with everything in it. Raises NoSuchConversation."""

        def work(connection: Connection) -> None:
            _touch(connection, owner, conversation)
            connection.execute(CHANGES.delete().where(CHANGES.c.conversation == conversation))
            connection.execute(CONVERSATIONS.delete().where(_whose(owner, conversation)))

        self.write(work)
        self.checkpoint()

    def _set(self, owner: str, conversation: str, **values: Any) -> None:
        def work(connection: Connection) -> None:
            changed = connection.execute(
                CONVERSATIONS.update().where(_whose(owner, conversation)).values(**values)
            )
            if not changed.rowcount:
                raise NoSuchConversation

        self.write(work)


def short_title(text: str) -> str:
    """A title of one line, cut at a word.

    >>> short_title("  What is the\\ncapital of France? ")
    'What is the capital of France?'
    """
    line = " ".join(text.split())
    if len(line) <= TITLE_LENGTH:
        return line or "New conversation"
    return f"{line[: TITLE_LENGTH - 1].rsplit(' ', 1)[0]} …"


def _whose(owner: str, conversation: str) -> ColumnElement[bool]:
    return (CONVERSATIONS.c.id == conversation) & (CONVERSATIONS.c.owner == owner)


def _touch(connection: Connection, owner: str, conversation: str) -> None:
    """Note that a conversation changed; raises NoSuchConversation."""
    update = CONVERSATIONS.update().where(_whose(owner, conversation)).values(changed=now())
    if not connection.execute(update).rowcount:
        raise NoSuchConversation
