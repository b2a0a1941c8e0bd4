"""The chat with its confidence panel, as one component for any ``gr.Blocks``."""

from dataclasses import replace
from functools import partial
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr
from langchain_core.language_models import BaseChatModel

from chains.calibration.fitting import Fit, fitting
from chains.pipeline.live import LiveTurn
from chains.pipeline.prefill import can_continue
from chains.pipeline.resampling import closer
from chains.pipeline.turn import Turn
from chains.settings import Settings
from ui.branching import branched
from ui.chat.components import header, past_turns, question_box, risk_slider, turn_in_progress
from ui.chat.conversation import Conversation, Entry
from ui.chat.conversation_list import ConversationList
from ui.chat.downloads import Downloads
from ui.chat.events import QUICK, RUNNING, UNCHANGED, Drawing, Update, Updates
from ui.chat.keeping import Keeping
from ui.chat.labels import keep_label, number_answer
from ui.chat.settings_form import SettingsForm
from ui.panel import panel_html
from ui.parts import confidence_panel
from ui.risk import Withholding, calibration_line, decided_at, declared_risk, risk_value
from ui.shown.panel import EMPTY
from ui.shown.turn import bubbles, shown_turn

EXAMPLES = (
    "What is the capital of Australia?",
    "Who wrote the opera Fidelio?",
    "Which of these is the largest planet?\nA. Mars\nB. Jupiter\nC. Venus\nD. Earth",
)


class ConfidenceChat:
    """A chat whose answers come with their confidence, next to the confidence panel.

    Create it inside ``with gr.Blocks():``. ``labels`` is the folder for the person's own
    labels (None: they stay on the page); ``settings`` are the initial values of the settings form;
    ``keeping`` keeps the conversations (None: they end with the page); ``withholding`` says whether a doubtful answer
    is marked, hidden until asked for, or neither ("mark", "ask", "off"), until the visitor chooses.
    """

    def __init__(
        self,
        model: BaseChatModel,
        *,
        settings: Settings | None = None,
        labels: Path | str | None = None,
        examples: tuple[str, ...] = EXAMPLES,
        keeping: Keeping | None = None,
        withholding: Withholding = "mark",
    ) -> None:
        self.model = model
        self.labels = Path(labels) if labels else None
        self.first = settings or Settings()
        self.branching = can_continue(model)
        with gr.Column(elem_classes=["credence"]) as self.root:
            self.header = header(model, calibration_line(self.fit()))
            with gr.Row(elem_classes=["cr-columns"]):
                self.list = ConversationList(keeping)
                with gr.Column(scale=6, min_width=300):
                    with gr.Column(elem_classes=["cr-scroll"]):
                        self.past = past_turns(examples)
                        self.live = turn_in_progress()
                    self.box = question_box()
                with gr.Column(scale=4, min_width=300, elem_classes=["cr-side-column"]):
                    self.risk = risk_slider(self._risk(Conversation()), withholding)
                    self.panel = confidence_panel()
                    self.controls = SettingsForm(self.first)
                    self.downloads = Downloads()
        self.conversation = gr.State(Conversation())
        self._wire()

    def _wire(self) -> None:
        shown = [self.box, self.past, self.live, self.panel, self.risk, *self.list.parts]
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
        self.list.wire(self, shown)

    # ---- events -------------------------------------------------------------

    def _send(self, text: str, conversation: Conversation, *controls: Any) -> Updates:
        if not text.strip() or conversation.running:
            yield UNCHANGED
            return
        self.list.refresh(conversation, self)
        yield from self._run(text, conversation, controls)

    def _rerun(self, conversation: Conversation, event: gr.EventData, *controls: Any) -> Updates:
        data = event._data or {}
        entry = conversation.find(data.get("turn"))
        if entry is None or conversation.running:
            yield UNCHANGED
            return
        if data.get("kind") in ("branch", "sample"):
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
        """Ask a new question at the end of the conversation."""
        settings = self.settings_now(conversation, controls)
        entry, question = conversation.start(text)
        entry.trouble = getattr(self.model, "trouble", "")
        started: Update = {
            self.box: gr.Textbox(value="", submit_btn=False, stop_btn=True),
            self.past: bubbles(conversation, self.branching)[:-1],
            **self._in_progress(entry),
        }
        live = LiveTurn(self.model, question, settings)
        yield from self._follow(live, entry, conversation, started, partial(self._in_progress, entry))

    def _run_in_place(self, entry: Entry, start: Turn, conversation: Conversation) -> Updates:
        """Run a turn in its place among the past turns."""
        conversation.selected = entry.id
        entry.turn, drawn = start, partial(self._in_place, conversation)
        started: Update = {self.box: gr.Textbox(submit_btn=False, stop_btn=True), self.live: [], **drawn()}
        live = LiveTurn(self.model, start, start.settings)
        yield from self._follow(live, entry, conversation, started, drawn)

    def _follow(
        self, live: LiveTurn, entry: Entry, conversation: Conversation, started: Update, drawn: Drawing
    ) -> Updates:
        """Show a turn in progress until it ends; ``drawn`` draws its latest snapshot."""
        conversation.running, first_ask = live, entry.turn is None
        try:
            yield {**started, **self.list.saved(conversation)}
            for _ in live.updates():
                unread = entry.turn is None
                self._take(live, entry, conversation)
                slider = {self.risk: self._risk(conversation)} if unread and entry.turn else {}
                yield {**drawn(), **slider, **self.list.drafted(conversation, entry)}
        finally:  # also if the page was closed
            live.stop()
            self._take(live, entry, conversation)
            if self.labels is not None and not entry.error:
                number_answer(self.labels, entry)
            saved = self.list.saved(conversation)
            conversation.running = None
        unanswered = first_ask and entry.error and not entry.answer
        restored: dict[str, Any] = {"value": entry.question} if unanswered else {}
        box = gr.Textbox(submit_btn=True, stop_btn=False, **restored)
        yield {self.box: box, self.live: [], **self.conversation_shown(conversation), **saved}

    def _take(self, live: LiveTurn, entry: Entry, conversation: Conversation) -> None:
        """Take the latest snapshot, decided at the current risk, which may have changed while the model answered."""
        entry.error, entry.paused = live.error, live.paused
        if (turn := live.turn) is None:
            return
        if turn.dropped_turns:
            entry.dropped = conversation.asked_before(entry)[: turn.dropped_turns]
        entry.turn = decided_at(turn, turn.fit, conversation.settings or self.first, conversation.risk)

    def _try_now(self, entry: Entry, conversation: Conversation, controls: tuple[Any, ...]) -> Updates:
        """Restart a paused engine and repeat the unanswered question; other branches are kept."""
        getattr(self.model, "try_now", lambda: None)()
        if len(entry.branches) > 1 and entry.turn is not None and entry.turn.begun:
            entry.trouble, entry.error = getattr(self.model, "trouble", ""), ""
            start = replace(entry.turn, answer=None, stage="answering")
            yield from self._run_in_place(entry, start, conversation)
            return
        conversation.cut(entry.id)
        yield from self._run(entry.question, conversation, controls)

    def _check_consistency(
        self, entry: Entry, conversation: Conversation, controls: tuple[Any, ...]
    ) -> Updates:
        if entry.turn is None or entry.turn.assessment is None:
            yield UNCHANGED
            return
        start = closer(entry.turn, self.settings_now(conversation, controls))
        yield from self._run_in_place(entry, start, conversation)

    def _branch(
        self, entry: Entry, data: dict[str, Any], conversation: Conversation, controls: tuple[Any, ...]
    ) -> Updates:
        """Continue from another token, or take a sample, as a new branch; an invalid choice changes nothing."""
        try:
            start, origin = branched(entry.turn, data, self.settings_now(conversation, controls))
        except ValueError:
            yield UNCHANGED
            return
        yield from self._run_in_place(conversation.branch(entry, origin), start, conversation)

    def _in_progress(self, entry: Entry) -> Update:
        """The turn in progress and its panel."""
        shown = shown_turn(entry)
        return {self.live: [shown.bubble], self.panel: panel_html(shown.panel)}

    def _in_place(self, conversation: Conversation) -> Update:
        """The past turns and the panel of the selected one."""
        entry = conversation.find(conversation.selected)
        panel = shown_turn(entry).panel if entry else EMPTY
        return {self.past: bubbles(conversation, self.branching), self.panel: panel_html(panel)}

    def conversation_shown(self, conversation: Conversation) -> Update:
        """The past turns, the panel and the slider of a conversation."""
        return {**self._in_place(conversation), self.risk: self._risk(conversation)}

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
            box = {self.box: gr.Textbox(value=entry.question)}
            return {**box, **self.conversation_shown(conversation), **self.list.saved(conversation)}
        return {**self.conversation_shown(conversation), **self.list.saved(conversation)}

    # ---- decisions ----------------------------------------------------------

    def redecide(self, conversation: Conversation, *controls: Any) -> Update:
        """Redecide all answers with the current settings; returns new values for ``decided``."""
        settings, fit = self.settings_now(conversation, controls), self.fit()
        for entry in conversation.entries:
            for member in entry.branches:
                if member.turn:
                    member.turn = decided_at(member.turn, fit, settings, conversation.risk)
        update = self._calibration(conversation)
        if not conversation.running:  # a turn in progress is decided when it ends
            update |= self.conversation_shown(conversation)
        return update

    def _accept(self, conversation: Conversation, event: gr.EventData, *controls: Any) -> Update:
        at = (event._data or {}).get("at")
        conversation.risk = declared_risk(self.fit(), conversation.kind, at, conversation.risk)
        return self.redecide(conversation, *controls)

    def settings_now(self, conversation: Conversation, controls: tuple[Any, ...]) -> Settings:
        """The settings of the page, kept for later decisions."""
        settings = conversation.settings = self.controls.settings(*controls)
        return settings

    def _now(self) -> Update:
        """The calibration state, which another page or the command line may have changed."""
        return self._calibration(Conversation())

    def _calibration(self, conversation: Conversation) -> Update:
        return {
            self.risk: self._risk(conversation),
            self.header: calibration_line(self.fit()),
        }

    def _risk(self, conversation: Conversation) -> dict[str, Any]:
        """The slider for the selected answer."""
        settings = conversation.settings or self.first
        return risk_value(self.fit(), settings, conversation.risk, conversation.kind)

    def fit(self) -> Fit:
        """The calibration in use, or why there is none."""
        return fitting(self.model, self.first.calibration)
