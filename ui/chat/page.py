"""The chat with its confidence panel, as one part that stands in anybody's ``gr.Blocks``."""

from collections.abc import Iterator
from dataclasses import replace
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr
from langchain_core.language_models import BaseChatModel

from chains.identity import identity
from chains.pipeline.prefill import branch, can_continue
from chains.pipeline.resampling import closer
from chains.pipeline.turn import Turn
from chains.settings import Settings
from ui.chat.conversation import Conversation, Entry
from ui.chat.decisions import Deciding
from ui.chat.downloads import Downloads
from ui.chat.empty_state import EXAMPLES, beginning
from ui.chat.labels import keep_label, number_answer
from ui.chat.live import LiveTurn
from ui.chat.settings_form import Controls
from ui.chat.turn_data import bubble
from ui.chat.view import Showing
from ui.panel.panel import turn_panel
from ui.parts import asset, confidence_panel
from ui.template_text import template_text

AT_ONCE = 40  # people who can be answered at the same time; the engine queues what is beyond it
RUNNING: dict[str, Any] = {
    "concurrency_limit": AT_ONCE,
    "show_progress": "hidden",
    "api_visibility": "private",
}
QUICK: dict[str, Any] = {**RUNNING, "queue": False}
Updates = Iterator[tuple[Any, ...]]
NOTHING = (gr.skip(),) * 5  # of what an event may change


class ConfidenceChat:
    """A chat whose answers carry their confidence, with the panel beside it.

    Make it inside ``with gr.Blocks():``. ``labels`` is the folder into which
    the person's own labels are written (None keeps them in the page only);
    ``settings`` are the first values of what a person can set in the page.
    """

    def __init__(
        self,
        model: BaseChatModel,
        *,
        settings: Settings | None = None,
        labels: Path | str | None = None,
        examples: tuple[str, ...] = EXAMPLES,
    ) -> None:
        self.model = model
        self.labels = Path(labels) if labels else None
        self.deciding = Deciding(model, settings or Settings())
        self.showing = Showing(self.deciding, branching=can_continue(model))
        with gr.Column(elem_classes=["credence"]) as self.root:
            self.header = self._header()
            with gr.Row(elem_classes=["cr-columns"]):
                with gr.Column(scale=6, min_width=300):
                    with gr.Column(elem_classes=["cr-scroll"]):
                        self.past = self._turns(
                            beginning(examples)
                            + '<div class="cr-turns" role="log" aria-label="Conversation"></div>'
                        )
                        self.live = self._turns(
                            '<div class="cr-turns" role="group" aria-label="Answer in progress"></div>'
                        )
                    self.box = gr.Textbox(
                        label="Your question",
                        show_label=False,
                        placeholder="Ask something …",
                        max_lines=8,
                        autofocus=True,
                        submit_btn=True,
                        elem_classes=["cr-composer"],
                        container=False,
                    )
                with gr.Column(scale=4, min_width=300, elem_classes=["cr-side-column"]):
                    self.risk = self._risk()
                    self.panel = confidence_panel()
                    self.controls = Controls(self.deciding.first)
                    self.downloads = Downloads()
        self.conversation = gr.State(Conversation())
        self._wire()

    # ---- parts --------------------------------------------------------------

    def _header(self) -> gr.HTML:
        who = identity(self.model)
        return gr.HTML(
            self.deciding.measured(),
            html_template=asset("header.html").replace(
                "MODEL", template_text(f"{who['model']} · {who['engine']}")
            ),
            js_on_load=asset("header.js") + asset("composer.js"),
            apply_default_css=False,
        )

    def _risk(self) -> gr.HTML:
        return gr.HTML(
            self.deciding.risk(Conversation()),
            html_template=asset("risk.html"),
            js_on_load=asset("risk.js"),
            apply_default_css=False,
        )

    def _turns(self, template: str) -> gr.HTML:
        return gr.HTML(
            [],
            html_template=template,
            js_on_load=asset("chat.js"),
            apply_default_css=False,
        )

    def _wire(self) -> None:
        shown = [self.box, self.past, self.live, self.panel, self.risk]
        self.decided = [self.past, self.panel, self.risk, self.header]
        # "multiple": a message sent right after another ended must not be swallowed; `running` holds back the rest
        sent = [self.box, self.conversation, *self.controls.parts]
        self.box.submit(self._send, sent, shown, trigger_mode="multiple", **RUNNING)
        self.box.stop(self._stop, [self.conversation], None, **QUICK)
        for turns in (self.past, self.live):
            turns.rerun(self._rerun, [self.conversation, *self.controls.parts], shown, **RUNNING)
            turns.quick(self._quick, [self.conversation], shown, **QUICK)
        gr.on(None, self._now, None, [self.risk, self.header], **QUICK)  # when a page opens
        self.risk.accept(self._accept, [self.conversation, *self.controls.parts], self.decided, **QUICK)
        for part in self.controls.deciding:
            part.change(self.decide_anew, [self.conversation, *self.controls.parts], self.decided, **QUICK)
        self.downloads.wire(self.conversation, **QUICK)

    # ---- what happens -------------------------------------------------------

    def _send(self, text: str, conversation: Conversation, *controls: Any) -> Updates:
        if not text.strip() or conversation.running:
            yield NOTHING
            return
        yield from self._run(text, conversation, controls)

    def _rerun(self, conversation: Conversation, event: gr.EventData, *controls: Any) -> Updates:
        data = event._data or {}
        entry = conversation.find(data.get("turn"))
        if entry is None or conversation.running:
            yield NOTHING
            return
        if data.get("kind") == "branch":
            yield from self._branch(entry, data, conversation, controls)
            return
        if data.get("kind") == "now":
            yield from self._try_now(entry, conversation, controls)
            return
        if data.get("kind") == "closer":
            yield from self._look_closer(entry, conversation, controls)
            return
        text = data["text"] if data.get("kind") == "edit" else entry.question
        conversation.cut(entry.id)
        yield from self._run(text, conversation, controls)

    def _run(self, text: str, conversation: Conversation, controls: tuple[Any, ...]) -> Updates:
        settings = self._settings(conversation, controls)
        entry, question = conversation.start(text)
        entry.trouble = getattr(self.model, "trouble", "")
        leads = self.deciding.leads(text)
        earlier = [entry.question for entry in conversation.entries[:-1]]
        past = self.showing.past(conversation)[:-1]
        live = conversation.running = LiveTurn(self.model, question, settings)
        try:
            yield (
                gr.Textbox(value="", submit_btn=False, stop_btn=True),
                past,
                [bubble(entry)],
                turn_panel(None),
                self.deciding.risk(conversation, text),
            )
            for turn in live.updates():
                entry.turn, entry.error = turn, live.error
                self.deciding.settle(entry, conversation)
                if turn and turn.dropped_turns:
                    entry.dropped = tuple(earlier[: turn.dropped_turns])
                yield gr.skip(), gr.skip(), [bubble(entry)], self.showing.drawn(entry, leads), gr.skip()
        finally:  # also when the page was closed
            live.stop()
            conversation.running = None
        entry.turn, entry.error, entry.paused = live.turn, live.error, live.paused
        restored: dict[str, Any] = (
            {"value": text} if entry.error and not entry.answer else {}
        )  # nothing typed is lost
        yield self._ended(entry, conversation, **restored)

    def _try_now(self, entry: Entry, conversation: Conversation, controls: tuple[Any, ...]) -> Updates:
        """Start an engine that pauses, and ask again what it did not answer; the other branches stay."""
        getattr(self.model, "try_now", lambda: None)()
        if len(entry.branches) > 1 and entry.turn is not None and entry.turn.begun:
            entry.trouble, entry.error = getattr(self.model, "trouble", ""), ""
            start = replace(entry.turn, answer=None, stage="answering")
            yield from self._in_place(entry, start, conversation)
            return
        conversation.cut(entry.id)
        yield from self._run(entry.question, conversation, controls)

    def _look_closer(self, entry: Entry, conversation: Conversation, controls: tuple[Any, ...]) -> Updates:
        if entry.turn is None or entry.turn.assessment is None:
            yield NOTHING
            return
        conversation.selected = entry.id
        start = closer(entry.turn, self._settings(conversation, controls))
        yield from self._in_place(entry, start, conversation)

    def _branch(
        self, entry: Entry, data: dict[str, Any], conversation: Conversation, controls: tuple[Any, ...]
    ) -> Updates:
        """Go on from another token as a new branch; what names no such token changes nothing."""
        place, choice = data.get("token"), data.get("choice")
        try:
            if entry.turn is None or not (isinstance(place, int) and isinstance(choice, int)):
                raise ValueError("no token is named")
            start = branch(entry.turn, place, choice, self._settings(conversation, controls))
        except ValueError:
            yield NOTHING
            return
        assert entry.answer is not None
        origin = f"“{start.begun[-1].text.strip()}” in place of “{entry.answer.tokens[place].text.strip()}”"
        yield from self._in_place(conversation.branch(entry, origin), start, conversation)

    def _in_place(self, entry: Entry, start: Turn, conversation: Conversation) -> Updates:
        """Run a turn where it stands among the past ones."""
        live = conversation.running = LiveTurn(self.model, start, start.settings)
        leads = not start.begun and self.deciding.leads(entry.question)
        try:
            box: Any = gr.Textbox(submit_btn=False, stop_btn=True)
            for turn in live.updates():
                entry.turn = turn or start
                self.deciding.settle(entry, conversation)
                yield box, self.showing.past(conversation), [], self.showing.drawn(entry, leads), gr.skip()
                box = gr.skip()
        finally:
            live.stop()
            conversation.running = None
        entry.turn, entry.error, entry.paused = live.turn or entry.turn, live.error, live.paused
        yield self._ended(entry, conversation)

    def _ended(self, entry: Entry, conversation: Conversation, **box: Any) -> tuple[Any, ...]:
        """What the page shows once a turn has come to its end."""
        self.deciding.settle(entry, conversation)
        if self.labels is not None and not entry.error:
            number_answer(self.labels, entry)
        return self.showing.whole(conversation, gr.Textbox(submit_btn=True, stop_btn=False, **box), [])

    def _stop(self, conversation: Conversation) -> None:
        if conversation.running:
            conversation.running.stop()

    def _quick(self, conversation: Conversation, event: gr.EventData) -> tuple[Any, ...]:
        data = event._data or {}
        kind, entry = data.get("kind"), conversation.find(data.get("turn"))
        if kind == "example":
            return gr.Textbox(value=data["text"]), *NOTHING[1:]
        if entry is None or conversation.running:
            return NOTHING
        conversation.selected = entry.id
        if kind == "branch" and data.get("step") in (-1, 1):
            there = entry.branches.index(entry) + data["step"]
            if 0 <= there < len(entry.branches):
                conversation.show(entry.branches[there])
        elif kind == "label" and data.get("value") in ("yes", "no", "unknown"):
            entry.label = None if entry.label == data["value"] else data["value"]
            if fault := keep_label(self.labels, entry):
                gr.Warning(escape(fault))
        elif kind == "reveal":
            entry.revealed = True
        elif kind == "undo":
            conversation.cut(entry.id)
            return self.showing.whole(conversation, gr.Textbox(value=entry.question))
        return self.showing.whole(conversation)

    # ---- deciding -----------------------------------------------------------

    def decide_anew(self, conversation: Conversation, *controls: Any) -> tuple[Any, ...]:
        """All shown answers as they are decided now: the values of ``decided``."""
        self._settings(conversation, controls)
        self.deciding.anew(conversation)
        busy = conversation.running  # the turn in flight is decided when it ends
        past = gr.skip() if busy else self.showing.past(conversation)
        panel = gr.skip() if busy else self.showing.panel(conversation)
        return past, panel, self.deciding.risk(conversation), self.deciding.measured()

    def _accept(self, conversation: Conversation, event: gr.EventData, *controls: Any) -> tuple[Any, ...]:
        self.deciding.accept(conversation, (event._data or {}).get("at"))
        return self.decide_anew(conversation, *controls)

    def _settings(self, conversation: Conversation, controls: tuple[Any, ...]) -> Settings:
        """The settings of the page, remembered for what is decided later."""
        settings = conversation.settings = self.controls.settings(*controls)
        return settings

    def _now(self) -> tuple[Any, ...]:
        """What another page, or the command line, may have changed since this one was made."""
        return self.deciding.risk(Conversation()), self.deciding.measured()
