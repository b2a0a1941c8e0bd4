"""The list of kept conversations next to the chat, and what a person does in it."""

import time
from dataclasses import asdict, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import gradio as gr

from chains.pipeline.turn import Turn
from conversations.changes import Change
from conversations.store import NoSuchConversation, short_title
from files.errors import CredenceError
from ui.chat.conversation import Conversation, Entry
from ui.chat.events import QUICK, UNCHANGED, Update
from ui.chat.importing import imported
from ui.chat.keeping import OWNER, Keeping, entries_of, not_stored, put
from ui.chat.kept_state import Kept
from ui.html import render
from ui.parts import scripts
from ui.risk import decided_at

if TYPE_CHECKING:
    from ui.chat.page import ConfidenceChat

STOPPING = 5.0  # seconds to wait until a running answer has stopped


class ConversationList:
    """The list as a Gradio part; without ``keeping`` there is none, and nothing is kept."""

    def __init__(self, keeping: Keeping | None) -> None:
        self.keeping = keeping
        self.parts: list[Any] = []
        if keeping is None:
            return
        script = scripts("dom.js", "browser_store.js", "conversations.js", "unsent.js")
        with gr.Column(scale=0, min_width=232, elem_classes=["cr-list-column"]):
            self.part = gr.HTML(
                self._value(Conversation(), at_first=True),
                html_template=render("conversations.html"),
                js_on_load=script,
                apply_default_css=False,
            )
        self.parts = [self.part]

    def wire(self, chat: "ConfidenceChat", shown: list[Any]) -> None:
        """Connect the list to the chat, whose parts are in ``shown``."""
        if self.keeping is not None:
            inputs = [chat.conversation, *chat.controls.parts]

            def act(conversation: Conversation, event: gr.EventData, *controls: Any) -> Update:
                return self._act(chat, conversation, event._data or {}, *controls)

            self.part.keep(act, inputs, shown, **QUICK)

    def saved(self, conversation: Conversation) -> Update:
        """Keep what changed; the list as it is then."""
        if self.keeping is None:
            return {}
        self.keeping.save(conversation)
        return {self.part: self._value(conversation)}

    def drafted(self, conversation: Conversation, entry: Entry) -> Update:
        """Keep the answer so far, if it is time."""
        if self.keeping is None or not self.keeping.draft(conversation, entry):
            return {}
        return {self.part: self._value(conversation)}

    def refresh(self, conversation: Conversation, chat: "ConfidenceChat") -> None:
        """Take over what another tab added to the conversation."""
        if self.keeping is None or not self.keeping.changed_elsewhere(conversation):
            return
        try:
            self.keeping.open(conversation, conversation.kept.id, partial(_decided, chat, conversation))
        except Exception as error:  # whatever the database raises, the chat goes on
            conversation.kept.notice = not_stored(error)

    def _act(
        self, chat: "ConfidenceChat", conversation: Conversation, data: dict[str, Any], *controls: Any
    ) -> Update:
        kind, identity = data.get("kind"), str(data.get("conversation") or "")
        assert self.keeping is not None
        if kind == "written":
            written = set(data.get("keys") or ())
            conversation.kept.pending = [c for c in conversation.kept.pending if c.key not in written]
            return UNCHANGED
        if kind == "title":
            conversation.kept.title = short_title(str(data.get("text") or ""))
            return UNCHANGED
        if kind == "search":
            conversation.kept.search = str(data.get("text") or "")
            return {self.part: self._value(conversation)}
        if kind == "full":
            conversation.kept.notice = str(data.get("text") or "")
            return {self.part: self._value(conversation)}
        if kind in ("open", "new", "import"):
            chat.settings_now(conversation, controls)
            return self._show(kind, identity, data, chat, conversation)
        return self._change(kind, identity, data, chat, conversation)

    def _show(
        self,
        kind: str,
        identity: str,
        data: dict[str, Any],
        chat: "ConfidenceChat",
        conversation: Conversation,
    ) -> Update:
        """Show another conversation; one that is being answered is stopped first."""
        assert self.keeping is not None
        decide = partial(_decided, chat, conversation)
        entries: list[Entry] = []
        if kind == "import":
            try:
                entries = imported(str(data.get("text") or ""), decide)
            except CredenceError as error:
                return {self.part: self._value(conversation, fault=str(error))}
        _stop(conversation)
        search = conversation.kept.search
        if kind == "open" and self.keeping.in_browser:
            changes = [_change(row) for row in data.get("changes") or ()]
            kept = Kept(identity, str(data.get("title") or ""), search=search)
            put(conversation, entries_of(changes, decide), kept)
        elif kind == "open":
            try:
                self.keeping.open(conversation, identity, decide)
            except NoSuchConversation as error:
                if not data.get("at_first"):
                    return {self.part: self._value(conversation, fault=str(error))}
                put(conversation, [], Kept())
            except Exception as error:  # whatever the database raises, the chat goes on
                conversation.kept.notice = not_stored(error)
        else:
            put(conversation, [], Kept(search=search))
            conversation.entries = entries
            conversation.selected = entries[-1].id if entries else None
            self.keeping.save(conversation)
        target = next((entry for entry in conversation.entries if entry.key == data.get("turn")), None)
        if target is not None:
            conversation.selected = target.id
        return {
            chat.box: gr.Textbox(submit_btn=True, stop_btn=False),
            chat.live: [],
            **chat.conversation_shown(conversation),
            self.part: self._value(conversation, opened=True),
        }

    def _change(
        self,
        kind: Any,
        identity: str,
        data: dict[str, Any],
        chat: "ConfidenceChat",
        conversation: Conversation,
    ) -> Update:
        """Rename, pin or delete a conversation of the database."""
        assert self.keeping is not None
        fault = ""
        try:
            if kind == "rename":
                self.keeping.store().rename(OWNER, identity, str(data.get("text") or ""))
            elif kind == "pin":
                self.keeping.store().pin(OWNER, identity, bool(data.get("on")))
            elif kind == "delete":
                self.keeping.store().delete(OWNER, identity)
        except CredenceError as error:
            fault = str(error)
        except Exception as error:  # whatever the database raises, the chat goes on
            fault = not_stored(error)
        if kind == "delete" and identity == conversation.kept.id and not fault:
            return self._show("new", "", {}, chat, conversation)
        return {self.part: self._value(conversation, fault=fault)}

    def _value(
        self, conversation: Conversation, opened: bool = False, at_first: bool = False, fault: str = ""
    ) -> dict[str, Any]:
        """What the page draws and, in the browser, keeps."""
        assert self.keeping is not None
        kept, lines = conversation.kept, () if at_first else self.keeping.listing(conversation)
        return {
            "browser": self.keeping.in_browser,
            "lines": [asdict(line) for line in lines],
            "current": kept.id,
            "title": kept.title,
            "write": [asdict(change) for change in kept.pending] if self.keeping.in_browser else [],
            "notice": fault or kept.notice,
            "search": kept.search,
            "opened": opened,
            "atFirst": at_first,
            "n": time.time(),
        }


def _stop(conversation: Conversation) -> None:
    """Stop a running answer and wait until what was shown of it is kept."""
    end = time.monotonic() + STOPPING
    if conversation.running:
        conversation.running.stop()
    while conversation.running and time.monotonic() < end:
        time.sleep(0.02)


def _change(row: dict[str, Any]) -> Change:
    return Change(str(row["key"]), row["kind"], row["payload"], str(row.get("words") or ""))


def _decided(chat: "ConfidenceChat", conversation: Conversation, turn: Turn) -> Turn:
    turn = replace(turn, fit=chat.fit())
    return decided_at(turn, turn.fit, conversation.settings or chat.first, conversation.risk)
