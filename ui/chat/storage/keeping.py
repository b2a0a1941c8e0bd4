"""Keeps the conversations of the chat: in a database, or in the visitor's browser."""

import logging
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from chains.pipeline.turn import Turn
from chains.settings import Settings
from conversations.changes import Change, KeptConversation, KeptTurn, replay
from conversations.store import ConversationStore, NoSuchConversation, Summary, short_title
from files.errors import CredenceError
from ui.chat.conversation import Conversation, Entry, Kept, every
from ui.chat.storage.kept_settings import settings_before, settings_record, take_settings
from ui.chat.storage.records import entry_of, record_of

EVERYBODY = ""  # owns the conversations of a page that keeps nobody's apart
PATIENCE = 0.5  # seconds that an answer waits for the database
DRAFTS = 1.0  # seconds between two drafts of an answer, at the least
DRAFTS_TO_BROWSER = 4.0
SHARE = 20  # a draft is made at most so often that making them takes one part in this many of the time
NOBODY = "nobody is signed in any more. Reload the page, and sign in."
DELETED = "This conversation was deleted in another tab. What you see is not stored any more."
_log = logging.getLogger(__name__)


class Keeping:
    """Keeps conversations at a database URL; without one, hands them to the page, which keeps them in the browser.

    A database that fails never breaks the chat: what could not be stored waits for the next time, and ``notice`` says why.

    Parameters
    ----------
    each_own : whoever is signed in has conversations of their own; otherwise all who open the page have the same
    """

    def __init__(self, url: str | None, each_own: bool = False) -> None:
        self.url, self.each_own = url, each_own
        self._store: ConversationStore | None = None
        self._opening = threading.Lock()

    @property
    def in_browser(self) -> bool:
        return self.url is None

    def owner(self, conversation: Conversation) -> str:
        """Whose conversations this page shows. Raises CredenceError if each has their own and nobody is signed in."""
        if not self.each_own:
            return EVERYBODY
        if not conversation.visitor:
            raise CredenceError(NOBODY)
        return conversation.visitor

    def save(self, conversation: Conversation) -> None:
        """Store what changed since the last time."""
        with conversation.kept.saving.lock:  # events of one page may end at the same time
            self._save(conversation)

    def _save(self, conversation: Conversation) -> None:
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
            store, owner = self.store(), self.owner(conversation)
            kept.id = kept.id or store.start(owner, kept.title)
            while kept.pending:
                store.add(owner, kept.id, kept.pending[0])
                kept.rows += 1
                kept.pending.pop(0)
            if kept.drafted:
                store.forget_draft(owner, kept.id, _draft_key(kept.drafted))
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
            self.store().draft(self.owner(conversation), kept.id, change)
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
            return self.store().size(self.owner(conversation), kept.id) > kept.rows
        except Exception as error:
            kept.notice = not_stored(error)
            return False

    def read(self, conversation: Conversation, identity: str) -> tuple[KeptConversation, Kept]:
        """A stored conversation, and what the page remembers of it. Raises NoSuchConversation or DatabaseUnavailable."""
        owner = self.owner(conversation)
        changes = self.store().changes(owner, identity)
        title = next((line.title for line in self.store().listing(owner) if line.id == identity), "")
        return replay(changes), Kept(identity, title, sum(change.kind != "draft" for change in changes))

    def listing(self, conversation: Conversation) -> tuple[Summary, ...]:
        """The list of conversations; empty if the page keeps it, or if the database is away."""
        if self.in_browser:
            return ()
        try:
            return self.store().listing(self.owner(conversation), conversation.kept.search)
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


def put(
    conversation: Conversation,
    stored: KeptConversation,
    kept: Kept,
    first: Settings,
    decide: Callable[[Turn], Turn],
) -> None:
    """Show a stored conversation in place of the present one, with its settings; each turn is decided again."""
    entries = [_entry(turn) for turn in stored.turns]
    kept.search = conversation.kept.search
    conversation.entries, conversation.kept = entries, kept
    conversation.selected = entries[-1].key if entries else None
    take_settings(conversation, stored.settings or settings_before(entries), first)
    for entry in every(entries):
        if entry.turn is not None and not entry.recorded:
            entry.turn = decide(entry.turn)
        kept.turns[entry.key] = _noted(entry)
    kept.order, kept.settings = _order(conversation), stored.settings


def _entry(turn: KeptTurn) -> Entry:
    """The shown version of a stored turn, with its other versions and what follows each."""
    family = [entry_of(record) for record in turn.branches]
    for member in family:
        member.family = family if len(family) > 1 else []
        member.later = [_entry(later) for later in turn.later.get(member.key, ())]
    return next(member for member in family if member.key == turn.shown["turn"])


def _note(conversation: Conversation) -> None:
    """Add what changed since the last time to the pending changes."""
    kept = conversation.kept
    if not kept.id and conversation.entries and all(entry.recorded for entry in conversation.entries):
        return  # recordings are kept once a person goes on with them
    for entry in every(conversation.entries):
        noted = _noted(entry)
        if kept.turns.get(entry.key) != noted:
            kept.pending.append(_turn_change(entry, "turn"))
            kept.turns[entry.key] = noted
    if (order := _order(conversation)) != kept.order and (order["turns"] or kept.id):
        kept.pending.append(Change(secrets.token_hex(8), "order", order))
        kept.order = order
    if conversation.settings is None or not (conversation.entries or kept.id):
        return
    if (settings := settings_record(conversation.settings, conversation.risk)) != kept.settings:
        kept.pending.append(Change(secrets.token_hex(8), "settings", settings))
        kept.settings = settings


def _order(conversation: Conversation) -> Mapping[str, Any]:
    """Which turns are shown, and which follow the versions that are not."""
    later = {entry.key: [turn.key for turn in entry.later] for entry in every(conversation.entries)}
    return {
        "turns": [entry.key for entry in conversation.entries],
        "later": {key: turns for key, turns in later.items() if turns},
    }


def _noted(entry: Entry) -> tuple[Any, ...]:
    turn = entry.turn
    answer = (
        (turn.stage, turn.answer, turn.samples, turn.assessment and turn.assessment.evidence) if turn else ()
    )
    mine = (entry.label, entry.revealed, entry.error, entry.number)
    return (*mine, *answer)


def _turn_change(entry: Entry, kind: Any) -> Change:
    words = f"{entry.question}\n{entry.answer.text if entry.answer else ''}"
    key = _draft_key(entry.key) if kind == "draft" else secrets.token_hex(8)
    return Change(key, kind, record_of(entry), words)


def _draft_key(turn: str) -> str:
    return f"{turn}:draft"
