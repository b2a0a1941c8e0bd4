"""The list of kept conversations next to the chat, and what a person does in it."""

import time
from dataclasses import asdict, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import gradio as gr

from chains.pipeline.turn import Turn
from conversations.changes import Change, KeptConversation, replay
from conversations.store import NoSuchConversation, short_title
from files.errors import CredenceError
from ui.chat.conversation import Conversation, Entry, Kept
from ui.chat.events import QUICK, UNCHANGED, Update
from ui.chat.storage.importing import imported
from ui.chat.storage.keeping import Keeping, not_stored, put
from ui.chat.storage.kept_settings import settings_before, take_settings
from ui.html import render
from ui.parts import scripts
from ui.risk import decided_at

if TYPE_CHECKING:
    from ui.chat.page import ConfidenceChat

OVERTAKEN = "This conversation was continued in another tab. This page now shows that, too."
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
        self.chat = chat
        if self.keeping is not None:

            def act(conversation: Conversation, event: gr.EventData, request: gr.Request) -> Update:
                conversation.visitor = request.username or ""
                return self._act(conversation, event._data or {})

            self.part.keep(act, [chat.conversation], shown, **QUICK)

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

    def refresh(self, conversation: Conversation) -> bool:
        """Take over what another tab added to the conversation; returns whether there was something."""
        conversation.kept.news = ""
        if self.keeping is None or not self.keeping.changed_elsewhere(conversation):
            return False
        try:
            self._open(conversation, *self.keeping.read(conversation, conversation.kept.id))
        except Exception as error:  # whatever the database raises, the chat goes on
            conversation.kept.notice = not_stored(error)
            return False
        conversation.kept.news = OVERTAKEN
        return True

    def _open(self, conversation: Conversation, stored: KeptConversation, kept: Kept) -> None:
        put(conversation, stored, kept, self.chat.first, partial(_decided, self.chat, conversation))

    def _act(self, conversation: Conversation, data: dict[str, Any]) -> Update:
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
            return self._show(kind, identity, data, conversation)
        return self._change(kind, identity, data, conversation)

    def _show(self, kind: str, identity: str, data: dict[str, Any], conversation: Conversation) -> Update:
        """Show another conversation; one that is being answered is stopped first."""
        assert self.keeping is not None
        chat, fault = self.chat, ""
        if kind == "import":
            try:
                file = imported(str(data.get("text") or ""), partial(_decided, chat, Conversation()))
            except CredenceError as error:
                return {self.part: self._value(conversation, fault=str(error))}
        _stop(conversation)
        conversation.kept.news = ""
        try:
            if kind == "open" and self.keeping.in_browser:
                changes = map(_change, data.get("changes") or ())
                self._open(conversation, replay(changes), Kept(identity, str(data.get("title") or "")))
            elif kind == "open":
                self._open(conversation, *self.keeping.read(conversation, identity))
            else:
                new = KeptConversation(settings=chat.controls.menu.presets(conversation).new)
                self._open(conversation, new, Kept())
        except NoSuchConversation as error:
            if not data.get("at_first"):
                return {self.part: self._value(conversation, fault=str(error))}
            self._open(conversation, KeptConversation(), Kept())
        except Exception as error:  # whatever the database raises, the chat goes on
            fault = not_stored(error)
        if kind == "import":
            conversation.entries = list(file.entries)
            take_settings(conversation, file.settings or settings_before(file.entries), chat.first)
            conversation.selected = file.entries[-1].key if file.entries else None
            self.keeping.save(conversation)
        if data.get("turn"):
            conversation.bring(str(data["turn"]))
        return {
            chat.box: gr.Textbox(submit_btn=True, stop_btn=False),
            chat.live: {},
            **chat.conversation_shown(conversation),
            **chat.settings_shown(conversation),
            self.part: self._value(conversation, opened=True, fault=fault),
        }

    def _change(self, kind: Any, identity: str, data: dict[str, Any], conversation: Conversation) -> Update:
        """Rename, pin or delete a conversation of the database."""
        assert self.keeping is not None
        fault = ""
        try:
            owner = self.keeping.owner(conversation)
            if kind == "rename":
                self.keeping.store().rename(owner, identity, str(data.get("text") or ""))
            elif kind == "pin":
                self.keeping.store().pin(owner, identity, bool(data.get("on")))
            elif kind == "delete":
                self.keeping.store().delete(owner, identity)
        except CredenceError as error:
            fault = str(error)
        except Exception as error:  # whatever the database raises, the chat goes on
            fault = not_stored(error)
        if kind == "delete" and identity == conversation.kept.id and not fault:
            return self._show("new", "", {}, conversation)
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
            "notice": fault or kept.notice or kept.news,
            "search": kept.search,
            "opened": opened,
            "n": 0.0 if at_first else time.time(),
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
    turn = replace(turn, fit=chat.fit_for(turn))
    return decided_at(turn, turn.fit, conversation.settings or chat.first, conversation.risk)
