"""The chat with its confidence panel, as one component for any ``gr.Blocks``."""

import re
from collections.abc import Iterator
from dataclasses import replace
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr
from langchain_core.language_models import BaseChatModel

from chains.identity import identity, model_note
from chains.pipeline.prefill import branch, can_continue
from chains.pipeline.resampling import closer
from chains.pipeline.turn import Turn
from chains.settings import Settings
from ui.chat.conversation import Conversation, Entry
from ui.chat.decisions import Decisions
from ui.chat.downloads import Downloads
from ui.chat.empty_state import EXAMPLES, beginning
from ui.chat.labels import keep_label, number_answer
from ui.chat.live import LiveTurn
from ui.chat.settings_form import SettingsForm
from ui.chat.turn_data import bubble
from ui.chat.view import View
from ui.panel.panel import turn_panel
from ui.parts import asset, confidence_panel
from ui.template_text import template_text

AT_ONCE = 40  # answers at the same time; the engine queues further ones
RUNNING: dict[str, Any] = {
    "concurrency_limit": AT_ONCE,
    "show_progress": "hidden",
    "api_visibility": "private",
}
QUICK: dict[str, Any] = {**RUNNING, "queue": False}
Update = dict[Any, Any]  # new values by component; components left out stay as they are
UNCHANGED: Update = gr.skip()
Updates = Iterator[Update]


class ConfidenceChat:
    """A chat whose answers come with their confidence, next to the confidence panel.

    Create it inside ``with gr.Blocks():``. ``labels`` is the folder for the person's own
    labels (None: they stay on the page); ``settings`` are the initial values of the settings form.
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
        self.decisions = Decisions(model, settings or Settings())
        self.view = View(self.decisions, branching=can_continue(model))
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
                    self.controls = SettingsForm(self.decisions.first)
                    self.downloads = Downloads()
        self.conversation = gr.State(Conversation())
        self._wire()

    # ---- components ---------------------------------------------------------

    def _header(self) -> gr.HTML:
        who = identity(self.model)
        texts = {"MODEL": f"{who['model']} · {who['engine']}", "CAVEAT": model_note(self.model)}
        return gr.HTML(
            self.decisions.calibration_line(),
            html_template=re.sub(
                "|".join(texts), lambda name: template_text(texts[name[0]]), asset("header.html")
            ),
            js_on_load=asset("header.js") + asset("composer.js"),
            apply_default_css=False,
        )

    def _risk(self) -> gr.HTML:
        return gr.HTML(
            self.decisions.risk(Conversation()),
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
        self.decided = [self.past, self.panel, self.risk, self.header]  # what a decision may change
        # "multiple": do not drop a message sent right after another ended; `running` blocks the others
        sent = [self.box, self.conversation, *self.controls.parts]
        self.box.submit(self._send, sent, shown, trigger_mode="multiple", **RUNNING)
        self.box.stop(self._stop, [self.conversation], None, **QUICK)
        for turns in (self.past, self.live):
            turns.rerun(self._rerun, [self.conversation, *self.controls.parts], shown, **RUNNING)
            turns.quick(self._quick, [self.conversation], shown, **QUICK)
        gr.on(None, self._now, None, [self.risk, self.header], **QUICK)  # when a page opens
        self.risk.accept(self._accept, [self.conversation, *self.controls.parts], self.decided, **QUICK)
        for part in self.controls.deciding:
            part.change(self.redecide, [self.conversation, *self.controls.parts], self.decided, **QUICK)
        self.downloads.wire(self.conversation, **QUICK)

    # ---- events -------------------------------------------------------------

    def _send(self, text: str, conversation: Conversation, *controls: Any) -> Updates:
        if not text.strip() or conversation.running:
            yield UNCHANGED
            return
        yield from self._run(text, conversation, controls)

    def _rerun(self, conversation: Conversation, event: gr.EventData, *controls: Any) -> Updates:
        data = event._data or {}
        entry = conversation.find(data.get("turn"))
        if entry is None or conversation.running:
            yield UNCHANGED
            return
        if data.get("kind") == "branch":
            yield from self._branch(entry, data, conversation, controls)
            return
        if data.get("kind") == "now":
            yield from self._try_now(entry, conversation, controls)
            return
        if data.get("kind") == "closer":
            yield from self._check_consistency(entry, conversation, controls)
            return
        text = data["text"] if data.get("kind") == "edit" else entry.question
        conversation.cut(entry.id)
        yield from self._run(text, conversation, controls)

    def _run(self, text: str, conversation: Conversation, controls: tuple[Any, ...]) -> Updates:
        settings = self._settings(conversation, controls)
        entry, question = conversation.start(text)
        entry.trouble = getattr(self.model, "trouble", "")
        calibrated = self.decisions.will_calibrate(text)
        earlier = [entry.question for entry in conversation.entries[:-1]]
        past = self.view.past(conversation)[:-1]
        live = conversation.running = LiveTurn(self.model, question, settings)
        try:
            yield {
                self.box: gr.Textbox(value="", submit_btn=False, stop_btn=True),
                self.past: past,
                self.live: [bubble(entry)],
                self.panel: turn_panel(None),
                self.risk: self.decisions.risk(conversation, text),
            }
            for turn in live.updates():
                entry.turn, entry.error = turn, live.error
                self.decisions.redecide(entry, conversation)
                if turn and turn.dropped_turns:
                    entry.dropped = tuple(earlier[: turn.dropped_turns])
                yield {self.live: [bubble(entry)], self.panel: self.view.panel_of(entry, calibrated)}
        finally:  # also if the page was closed
            live.stop()
            conversation.running = None
        entry.turn, entry.error, entry.paused = live.turn, live.error, live.paused
        restored: dict[str, Any] = {"value": text} if entry.error and not entry.answer else {}
        yield self._ended(entry, conversation, **restored)

    def _try_now(self, entry: Entry, conversation: Conversation, controls: tuple[Any, ...]) -> Updates:
        """Restart a paused engine and repeat the unanswered question; other branches are kept."""
        getattr(self.model, "try_now", lambda: None)()
        if len(entry.branches) > 1 and entry.turn is not None and entry.turn.begun:
            entry.trouble, entry.error = getattr(self.model, "trouble", ""), ""
            start = replace(entry.turn, answer=None, stage="answering")
            yield from self._in_place(entry, start, conversation)
            return
        conversation.cut(entry.id)
        yield from self._run(entry.question, conversation, controls)

    def _check_consistency(
        self, entry: Entry, conversation: Conversation, controls: tuple[Any, ...]
    ) -> Updates:
        if entry.turn is None or entry.turn.assessment is None:
            yield UNCHANGED
            return
        conversation.selected = entry.id
        start = closer(entry.turn, self._settings(conversation, controls))
        yield from self._in_place(entry, start, conversation)

    def _branch(
        self, entry: Entry, data: dict[str, Any], conversation: Conversation, controls: tuple[Any, ...]
    ) -> Updates:
        """Continue from another token as a new branch; an invalid choice changes nothing."""
        place, choice = data.get("token"), data.get("choice")
        try:
            if entry.turn is None or not (isinstance(place, int) and isinstance(choice, int)):
                raise ValueError("no token and alternative given")
            start = branch(entry.turn, place, choice, self._settings(conversation, controls))
        except ValueError:
            yield UNCHANGED
            return
        assert entry.answer is not None
        origin = f"“{start.begun[-1].text.strip()}” in place of “{entry.answer.tokens[place].text.strip()}”"
        yield from self._in_place(conversation.branch(entry, origin), start, conversation)

    def _in_place(self, entry: Entry, start: Turn, conversation: Conversation) -> Updates:
        """Run a turn in its place among the past turns."""
        live = conversation.running = LiveTurn(self.model, start, start.settings)
        calibrated = not start.begun and self.decisions.will_calibrate(entry.question)
        try:
            box: Update = {self.box: gr.Textbox(submit_btn=False, stop_btn=True)}
            for turn in live.updates():
                entry.turn = turn or start
                self.decisions.redecide(entry, conversation)
                yield {
                    **box,
                    self.past: self.view.past(conversation),
                    self.live: [],
                    self.panel: self.view.panel_of(entry, calibrated),
                }
                box = {}
        finally:
            live.stop()
            conversation.running = None
        entry.turn, entry.error, entry.paused = live.turn or entry.turn, live.error, live.paused
        yield self._ended(entry, conversation)

    def _ended(self, entry: Entry, conversation: Conversation, **box: Any) -> Update:
        """The page after a turn has ended."""
        self.decisions.redecide(entry, conversation)
        if self.labels is not None and not entry.error:
            number_answer(self.labels, entry)
        return {
            self.box: gr.Textbox(submit_btn=True, stop_btn=False, **box),
            self.live: [],
            **self._conversation(conversation),
        }

    def _conversation(self, conversation: Conversation) -> Update:
        """The past turns, the panel and the slider of a conversation."""
        return {
            self.past: self.view.past(conversation),
            self.panel: self.view.panel(conversation),
            self.risk: self.decisions.risk(conversation),
        }

    def _stop(self, conversation: Conversation) -> None:
        if conversation.running:
            conversation.running.stop()

    def _quick(self, conversation: Conversation, event: gr.EventData) -> Update:
        data = event._data or {}
        kind, entry = data.get("kind"), conversation.find(data.get("turn"))
        if kind == "example":
            return {self.box: gr.Textbox(value=data["text"])}
        if entry is None or conversation.running:
            return UNCHANGED
        conversation.selected = entry.id
        if kind == "branch" and data.get("step") in (-1, 1):
            target = entry.branches.index(entry) + data["step"]
            if 0 <= target < len(entry.branches):
                conversation.show(entry.branches[target])
        elif kind == "label" and data.get("value") in ("yes", "no", "unknown"):
            entry.label = None if entry.label == data["value"] else data["value"]
            if fault := keep_label(self.labels, entry):
                gr.Warning(escape(fault))
        elif kind == "reveal":
            entry.revealed = True
        elif kind == "undo":
            conversation.cut(entry.id)
            return {self.box: gr.Textbox(value=entry.question), **self._conversation(conversation)}
        return self._conversation(conversation)

    # ---- decisions ----------------------------------------------------------

    def redecide(self, conversation: Conversation, *controls: Any) -> Update:
        """Redecide all answers with the current settings; returns new values for ``decided``."""
        self._settings(conversation, controls)
        self.decisions.redecide_all(conversation)
        update: Update = {
            self.risk: self.decisions.risk(conversation),
            self.header: self.decisions.calibration_line(),
        }
        if not conversation.running:  # a turn in progress is decided when it ends
            update |= {self.past: self.view.past(conversation), self.panel: self.view.panel(conversation)}
        return update

    def _accept(self, conversation: Conversation, event: gr.EventData, *controls: Any) -> Update:
        self.decisions.accept(conversation, (event._data or {}).get("at"))
        return self.redecide(conversation, *controls)

    def _settings(self, conversation: Conversation, controls: tuple[Any, ...]) -> Settings:
        """The settings of the page, kept for later decisions."""
        settings = conversation.settings = self.controls.settings(*controls)
        return settings

    def _now(self) -> Update:
        """The calibration state, which another page or the command line may have changed."""
        return {
            self.risk: self.decisions.risk(Conversation()),
            self.header: self.decisions.calibration_line(),
        }
