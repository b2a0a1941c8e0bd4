"""Asks the model, and shows the answer while it is written: a new question, or another version of an answered one."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import gradio as gr

from chains.models.slot import ModelSlot
from chains.pipeline.live import LiveTurn
from chains.pipeline.turn import Turn
from chains.settings import Settings
from estimators.types import Question
from ui.chat.conversation import Conversation, Entry
from ui.chat.events import UNCHANGED, Drawing, Update, Updates, by_place
from ui.chat.labels import number_answer
from ui.chat.starts import asking_more, branched, going_on
from ui.panel import panel_html
from ui.risk import decided_at
from ui.shown.turn import bubbles, shown_turn

if TYPE_CHECKING:
    from ui.chat.page import ConfidenceChat


class Answering:
    """Runs the turns of a chat on the model of a slot."""

    def __init__(self, chat: "ConfidenceChat", slot: ModelSlot) -> None:
        self.chat, self.slot = chat, slot

    def ask(self, text: str, conversation: Conversation, settings: Settings) -> Updates:
        """Ask a new question at the end of the conversation; if it gets no answer, its text returns to the box."""
        entry, question = conversation.start(text)
        started = {self.chat.box: gr.Textbox(value="", submit_btn=False, stop_btn=True), self.chat.files: []}
        yield from self._at_end(entry, question, settings, conversation, started, returned=text)

    def again(
        self, entry: Entry, data: Mapping[str, Any], conversation: Conversation, settings: Settings
    ) -> Updates:
        """What a person asked for at an earlier turn; anything else changes nothing."""
        kind = data.get("kind")
        if kind in ("closer", "claims", "probes"):
            yield from self._ask_more(kind, entry, conversation, settings)
        elif kind == "continue":
            yield from self._go_on(entry, conversation, settings)
        elif kind == "retry":
            yield from self._retry(entry, data.get("temperature"), conversation, settings)
        elif kind == "edit" and str(data.get("text") or "").strip():
            new, question = conversation.version(entry, "the question was edited", str(data["text"]))
            yield from self._at_end(new, question, settings, conversation)
        elif kind in ("branch", "sample", "begin"):
            yield from self._branch(entry, data, conversation, settings)
        elif kind == "now":
            getattr(self.slot.model, "try_now", lambda: None)()
            yield from self._repeat(entry, conversation, settings)
        else:
            yield UNCHANGED

    def _retry(
        self, entry: Entry, temperature: Any, conversation: Conversation, settings: Settings
    ) -> Updates:
        """Ask the same question again, as another version with its own seed."""
        if entry.answer is None or not entry.answer.text:
            yield from self._repeat(entry, conversation, settings)
            return
        at = temperature if isinstance(temperature, int | float) and 0 <= temperature <= 2 else None
        changes = {
            "temperature": settings.temperature if at is None else float(at),
            "seed": settings.seed + len(entry.branches),
        }
        new, question = conversation.version(entry, f"asked again at temperature {changes['temperature']:g}")
        yield from self._at_end(new, question, settings.model_copy(update=changes), conversation)

    def _repeat(self, entry: Entry, conversation: Conversation, settings: Settings) -> Updates:
        """Ask an unanswered question again, in its place; what it was to begin with stays."""
        if entry is not conversation.entries[-1]:
            entry, question = conversation.version(entry, "asked again")
            yield from self._at_end(entry, question, settings, conversation)
            return
        start: Question | Turn = Question(entry.question, conversation.history(entry))
        if entry.turn is not None and (entry.turn.begun or entry.turn.start):
            start = replace(entry.turn, answer=None, stage="answering")
        entry.turn, entry.error, conversation.selected = None, "", entry.key
        returned = "" if isinstance(start, Turn) else entry.question
        yield from self._at_end(entry, start, settings, conversation, returned=returned)

    def _branch(
        self, entry: Entry, data: Mapping[str, Any], conversation: Conversation, settings: Settings
    ) -> Updates:
        """Go on from another token, a sample or a beginning that the person wrote, as a new version."""
        try:
            start, origin = branched(entry, data, self.chat.model_now(conversation), settings)
        except ValueError:
            yield UNCHANGED
            return
        new, _ = conversation.version(entry, origin)
        yield from self._at_end(new, start, start.settings, conversation)

    def _go_on(self, entry: Entry, conversation: Conversation, settings: Settings) -> Updates:
        """Continue the last answer from where it ended, in its place."""
        start = (
            going_on(entry, self.chat.model_now(conversation), settings)
            if entry is conversation.entries[-1]
            else None
        )
        if start is None:
            yield UNCHANGED
            return
        entry.label, entry.error, conversation.selected = None, "", entry.key
        yield from self._at_end(entry, start, start.settings, conversation)

    def _ask_more(self, kind: str, entry: Entry, conversation: Conversation, settings: Settings) -> Updates:
        """Check an answer's consistency, judge its other sentences or ask more about it, in its place in the chat."""
        start = asking_more(kind, entry, self.chat.model_now(conversation), settings)
        if start is None:
            yield UNCHANGED
            return
        conversation.selected, entry.turn = entry.key, start
        drawn = partial(self.chat.in_place, conversation)
        started: Update = {
            self.chat.box: gr.Textbox(submit_btn=False, stop_btn=True),
            self.chat.live: {},
            **drawn(),
        }
        live = LiveTurn(self.slot, start, start.settings)
        yield from self._follow(live, entry, conversation, started, drawn)

    def _at_end(
        self,
        entry: Entry,
        start: Question | Turn,
        settings: Settings,
        conversation: Conversation,
        started: Update | None = None,
        returned: str = "",
    ) -> Updates:
        """Answer the last question, in the component of the turn in progress."""
        entry.trouble = getattr(self.slot.model, "trouble", "")
        entry.turn = start if isinstance(start, Turn) else None
        drawn = partial(self._in_progress, entry)
        update: Update = {
            self.chat.box: gr.Textbox(submit_btn=False, stop_btn=True),
            **(started or {}),
            self.chat.past: by_place(bubbles(conversation, self.chat.model_now(conversation))[:-1]),
            **drawn(),
        }
        live = LiveTurn(self.slot, start, settings)
        yield from self._follow(live, entry, conversation, update, drawn, returned)

    def _in_progress(self, entry: Entry) -> Update:
        """The turn in progress and its panel."""
        shown = shown_turn(entry)
        return {self.chat.live: by_place([shown.bubble]), self.chat.panel: panel_html(shown.panel)}

    def _follow(
        self,
        live: LiveTurn,
        entry: Entry,
        conversation: Conversation,
        started: Update,
        drawn: Drawing,
        returned: str = "",
    ) -> Updates:
        """Show a turn in progress until it ends; ``drawn`` draws its latest snapshot.

        ``returned``: what the box gets back if there is no answer.
        """
        chat, conversation.running = self.chat, live
        try:
            yield {**started, **chat.list.saved(conversation)}
            for _ in live.updates():
                unread = entry.turn is None
                self._take(live, entry, conversation)
                slider = {chat.risk: chat.risk_shown(conversation)} if unread and entry.turn else {}
                yield {**drawn(), **slider, **chat.list.drafted(conversation, entry)}
        finally:  # also if the page was closed
            live.stop()
            self._take(live, entry, conversation)
            if live.turn is not None and not entry.error:
                chat.speeds.note(live.turn)
            if chat.labels is not None and not entry.error:
                number_answer(chat.labels, entry)
            saved = chat.list.saved(conversation)
            conversation.running = None
        restored: dict[str, Any] = (
            {"value": returned} if returned and entry.error and not entry.answer else {}
        )
        box = gr.Textbox(submit_btn=True, stop_btn=False, **restored)
        yield {chat.box: box, chat.live: {}, **chat.conversation_shown(conversation), **saved}
        yield UNCHANGED  # Gradio repeats the last value when the stream ends; it must not undo what a person did since

    def _take(self, live: LiveTurn, entry: Entry, conversation: Conversation) -> None:
        """Take the latest snapshot, decided at the current risk, which may have changed while the model answered."""
        entry.error, entry.paused, entry.waiting = live.error, live.paused, live.waiting
        if (turn := live.turn) is None:
            return
        if turn.dropped_turns:
            entry.dropped = conversation.asked_before(entry)[: turn.dropped_turns]
        settings = conversation.settings or self.chat.first
        entry.turn = decided_at(turn, turn.fit, settings, conversation.risk)
