"""Keeps the conversations of the chat: in a database, or in the visitor's browser."""

import logging
import secrets
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

from chains.pipeline.turn import Turn
from conversations.changes import Change, replay
from conversations.store import ConversationStore, NoSuchConversation, Summary, short_title
from files.errors import CredenceError
from ui.chat.conversation import Conversation, Entry
from ui.chat.kept_state import Kept
from ui.chat.records import entry_of, record_of

OWNER = ""  # a person's own machine has one
PATIENCE = 0.5  # seconds that an answer waits for the database
DRAFTS = 1.0  # seconds between two drafts of an answer, at the least
DRAFTS_TO_BROWSER = 4.0
SHARE = 20  # a draft is made at most so often that making them takes one part in this many of the time
DELETED = "This conversation was deleted in another tab. What you see is not stored any more."
_log = logging.getLogger(__name__)


class Keeping:
    """Keeps conversations at a database URL; without one, hands them to the page, which keeps them in the browser.

    A database that fails never breaks the chat: what could not be stored waits for the next time, and ``notice`` says why.
    """

    def __init__(self, url: str | None) -> None:
        self.url = url
        self._store: ConversationStore | None = None
        self._opening = threading.Lock()

    @property
    def in_browser(self) -> bool:
        return self.url is None

    def save(self, conversation: Conversation) -> None:
        """Store what changed since the last time."""
        kept = conversation.kept
        _note(conversation)
        if not kept.pending:
            return
        kept.title = kept.title or short_title(
            conversation.entries[0].question if conversation.entries else ""
        )
        if self.in_browser:
            kept.id = kept.id or secrets.token_hex(16)
            return
        if kept.gone:
            kept.pending.clear()
            return
        try:
            store = self.store()
            kept.id = kept.id or store.start(OWNER, kept.title)
            while kept.pending:
                store.add(OWNER, kept.id, kept.pending[0])
                kept.rows += 1
                kept.pending.pop(0)
            if kept.drafted:
                store.forget_draft(OWNER, kept.id, _draft_key(kept.drafted))
                kept.drafted = ""
            kept.notice = ""
        except NoSuchConversation:
            kept.gone, kept.notice = True, DELETED
            kept.pending.clear()
        except Exception as error:  # whatever the database raises, the chat goes on
            kept.notice = not_stored(error)

    def draft(self, conversation: Conversation, entry: Entry) -> bool:
        """Store the answer so far, if it is time; returns whether the page has something new to keep."""
        kept, begun = conversation.kept, time.monotonic()
        if begun < kept.next_draft or kept.notice or not kept.id or entry.turn is None:
            return False
        change = _turn_change(entry, "draft")
        if self.in_browser:
            kept.pending = [other for other in kept.pending if other.key != change.key] + [change]
            kept.next_draft = begun + DRAFTS_TO_BROWSER
            return True
        try:
            self.store().draft(OWNER, kept.id, change)
            kept.drafted = entry.key
        except NoSuchConversation:
            kept.gone, kept.notice = True, DELETED
        except Exception as error:  # whatever the database raises, the chat goes on
            kept.notice = not_stored(error)
        end = time.monotonic()
        kept.next_draft = end + max(DRAFTS, SHARE * (end - begun))
        return False

    def changed_elsewhere(self, conversation: Conversation) -> bool:
        """Whether another tab added to this conversation."""
        kept = conversation.kept
        if self.in_browser or not kept.id or kept.gone or kept.pending:
            return False
        try:
            return self.store().size(OWNER, kept.id) > kept.rows
        except Exception as error:
            kept.notice = not_stored(error)
            return False

    def open(self, conversation: Conversation, identity: str, decide: Callable[[Turn], Turn]) -> None:
        """Show a stored conversation in place of the present one. Raises NoSuchConversation or DatabaseUnavailable."""
        changes = self.store().changes(OWNER, identity)
        title = next((line.title for line in self.store().listing(OWNER) if line.id == identity), "")
        rows = sum(change.kind != "draft" for change in changes)
        search = conversation.kept.search
        put(conversation, entries_of(changes, decide), Kept(identity, title, rows, search=search))

    def listing(self, conversation: Conversation) -> tuple[Summary, ...]:
        """The list of conversations; empty if the page keeps it, or if the database is away."""
        if self.in_browser:
            return ()
        try:
            return self.store().listing(OWNER, conversation.kept.search)
        except Exception as error:
            conversation.kept.notice = not_stored(error)
            return ()

    def store(self) -> ConversationStore:
        """The database, opened on first use. Raises DatabaseUnavailable."""
        with self._opening:
            if self._store is None:
                self._store = ConversationStore.open(self.url or "", PATIENCE)
            return self._store


def not_stored(error: Exception) -> str:
    """The line for the page about a conversation that could not be stored."""
    if not isinstance(error, CredenceError):
        _log.warning("a conversation could not be stored", exc_info=error)
    why = str(error).splitlines()[0] if str(error) else type(error).__name__
    return f"Not stored: {why}"


def entries_of(changes: Iterable[Change], decide: Callable[[Turn], Turn]) -> list[Entry]:
    """The turns of a kept conversation with all their branches, each decided again."""
    shown = []
    for turn in replay(changes).turns:
        family = [entry_of(record) for record in turn.branches]
        for member in family:
            member.family = family if len(family) > 1 else []
            if member.turn is not None and not member.recorded:
                member.turn = decide(member.turn)
        shown.append(next(member for member in family if member.key == turn.shown["turn"]))
    return shown


def put(conversation: Conversation, entries: list[Entry], kept: Kept) -> None:
    """Show these turns, which are stored as they are."""
    conversation.entries, conversation.kept = entries, kept
    conversation.selected = entries[-1].id if entries else None
    for entry in entries:
        for branch in entry.branches:
            kept.turns[branch.key] = _noted(branch)
    kept.order = tuple(entry.key for entry in entries)


def _note(conversation: Conversation) -> None:
    """Add what changed since the last time to the pending changes."""
    kept = conversation.kept
    if not kept.id and all(entry.recorded for entry in conversation.entries):
        return  # recordings are kept once a person goes on with them
    for entry in conversation.entries:
        for branch in entry.branches:
            noted = _noted(branch)
            if kept.turns.get(branch.key) != noted:
                kept.pending.append(_turn_change(branch, "turn"))
                kept.turns[branch.key] = noted
    order = tuple(entry.key for entry in conversation.entries)
    if order != kept.order:
        kept.pending.append(Change(secrets.token_hex(8), "order", {"turns": list(order)}))
        kept.order = order


def _noted(entry: Entry) -> tuple[Any, ...]:
    turn = entry.turn
    answer = (
        (turn.stage, turn.answer, turn.samples, turn.assessment and turn.assessment.evidence) if turn else ()
    )
    mine = (entry.label, entry.revealed, entry.error, entry.followed, entry.number)
    return (*mine, *answer)


def _turn_change(entry: Entry, kind: Any) -> Change:
    words = f"{entry.question}\n{entry.answer.text if entry.answer else ''}"
    key = _draft_key(entry.key) if kind == "draft" else secrets.token_hex(8)
    return Change(key, kind, record_of(entry), words)


def _draft_key(turn: str) -> str:
    return f"{turn}:draft"
