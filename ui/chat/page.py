"""The chat with its confidence panel, as one component for any ``gr.Blocks``."""

from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr
from langchain_core.language_models import BaseChatModel

from chains.calibration.fitting import Fit, fitting
from chains.engines.absent import absent_model
from chains.identity import identity
from chains.models.slot import ModelSlot
from chains.models.speeds import Speeds
from chains.pipeline.prefill import can_continue
from chains.pipeline.turn import Turn
from chains.settings import Settings
from ui.chat.answering import Answering
from ui.chat.components import attachments, header, past_turns, question_box, risk_slider, turn_in_progress
from ui.chat.conversation import Conversation, Kept, every
from ui.chat.conversation_list import ConversationList
from ui.chat.events import QUICK, RUNNING, UNCHANGED, Update, Updates, by_place
from ui.chat.examples import all_examples, measured_with
from ui.chat.labels import keep_label
from ui.chat.settings_form import SettingsForm
from ui.chat.storage.downloads import Downloads
from ui.chat.storage.keeping import Keeping
from ui.models.header import header_value
from ui.models.hosted import HostedMenu, stand_in
from ui.models.menu import ModelMenu
from ui.panel import panel_html
from ui.parts import confidence_panel
from ui.recorded.recordings import recorded, recordings
from ui.risk import Withholding, decided_at, declared_risk, risk_value
from ui.shown.model_now import ModelNow
from ui.shown.panel import EMPTY, shown_panel
from ui.shown.question import with_files
from ui.shown.turn import bubbles

REMOVED = (
    "Another tab removed this turn. The page now shows the conversation as it is; nothing else was changed."
)


class ConfidenceChat:
    """A chat whose answers come with their confidence, next to the confidence panel.

    Create it inside ``with gr.Blocks():``. ``labels`` is the folder for the person's own
    labels (None: they stay on the page); ``settings`` are the initial values of the settings form;
    ``keeping`` keeps the conversations (None: they end with the page); ``presets`` is the file of
    saved settings (None: they stay in the visitor's browser); ``withholding`` says whether a doubtful answer
    is marked, hidden until asked for, or neither ("mark", "ask", "off"), until the visitor chooses. ``model`` may be a
    slot whose model is still being opened; with ``may_choose_model`` the visitor can open another one in it. ``hosted``
    names the models that visitors who sign in may ask with an account of their own.
    """

    def __init__(
        self,
        model: BaseChatModel | ModelSlot,
        *,
        settings: Settings | None = None,
        labels: Path | str | None = None,
        examples: tuple[str, ...] | None = None,
        keeping: Keeping | None = None,
        presets: Path | None = None,
        withholding: Withholding = "mark",
        may_choose_model: bool = False,
        hosted: Sequence[str] = (),
    ) -> None:
        self.slot, self.may_choose_model = ModelSlot.of(model), may_choose_model
        self.labels = Path(labels) if labels else None
        self.first = settings or Settings(stop_early=True)
        self.speeds = Speeds(self.labels / "speeds.json" if self.labels else None)
        with gr.Column(elem_classes=["credence"]) as self.root:
            self.header = header(self._header(Conversation()))
            with gr.Row(elem_classes=["cr-columns"]):
                self.list = ConversationList(keeping)
                with gr.Column(scale=6, min_width=300, elem_classes=["cr-chat-column"]):
                    with gr.Column(elem_classes=["cr-scroll"]):
                        self.past = past_turns(all_examples(examples), recordings())
                        self.live = turn_in_progress()
                    self.hosted = HostedMenu(hosted)
                    self.models = ModelMenu(self.slot, self.speeds, may_choose_model)
                    self.files = attachments()
                    self.box = question_box()
                with gr.Column(scale=4, min_width=300, elem_classes=["cr-side-column"]):
                    self.risk = risk_slider(self.risk_shown(Conversation()), withholding)
                    self.panel = confidence_panel()
                    self.controls = SettingsForm(self.first, presets)
                    self.downloads = Downloads()
        self.conversation = gr.State(Conversation())
        self._wire()

    def _wire(self) -> None:
        controls, menu = self.controls.parts, self.controls.menu
        now = [self.conversation, *controls]
        # what a decision may change
        self.decided = [self.past, self.panel, self.risk, self.header, self.models.part]
        shown = [self.box, self.files, self.past, self.live, self.panel, self.risk, *self.list.parts]
        chosen = [*self.decided, menu.part, *self.list.parts]
        self.hosted.wire(self.decided_again, self.conversation, self.decided)
        self.box.submit(self.hosted.sending(self._send), [self.box, self.files, *now], shown, **RUNNING)
        self.box.stop(self._stop, [self.conversation], None, **QUICK)
        for turns in (self.past, self.live, self.panel):
            turns.rerun(self.hosted.rerunning(self._rerun), now, shown, **RUNNING)
        for turns in (self.past, self.live):
            turns.quick(self._quick, [self.conversation], shown, **QUICK)
        opening = [self.risk, self.header, self.models.part]
        gr.on(None, self._now, None, opening, **QUICK)  # when a page opens
        self.risk.accept(self._accept, now, chosen, **QUICK)
        # what a person does, unlike "change", which a conversation that is opened causes, too
        events = [
            getattr(part, name) for part in controls for name in ("input", "blur") if hasattr(part, name)
        ]
        gr.on(events, self._set, now, chosen, **{**QUICK, "trigger_mode": "always_last"})
        menu.wire(self, now, [*controls, *chosen])
        self.models.wire(self)
        self.downloads.wire(self.conversation, **QUICK)
        self.list.wire(self, [*shown, *controls, menu.part])

    # ---- events -------------------------------------------------------------

    def _send(
        self, text: str, files: Any, conversation: Conversation, *controls: Any, slot: ModelSlot | None = None
    ) -> Updates:
        text = with_files(text or "", files or ())
        if not text.strip() or (claim := conversation.claim()) is None:
            yield UNCHANGED
            return
        try:
            self.list.refresh(conversation)
            answering = Answering(self, slot or self.slot)
            yield from answering.ask(text, conversation, self.settings_now(conversation, controls))
        finally:
            conversation.give_up(claim)

    def _rerun(
        self, conversation: Conversation, event: gr.EventData, *controls: Any, slot: ModelSlot | None = None
    ) -> Updates:
        data = event._data or {}
        if (claim := conversation.claim()) is None:
            yield UNCHANGED
            return
        try:
            overtaken = self.list.refresh(conversation)
            entry = conversation.bring(str(data.get("turn")))
            settings = self.settings_now(conversation, controls)
            if entry is not None:
                yield from Answering(self, slot or self.slot).again(entry, data, conversation, settings)
            elif overtaken:
                yield self._gone(conversation, str(data.get("text") or ""))
            else:
                yield UNCHANGED
        finally:
            conversation.give_up(claim)

    def _gone(self, conversation: Conversation, text: str) -> Update:
        """The conversation, of which another tab removed a turn; ``text``: what a person wrote there."""
        conversation.kept.news = REMOVED
        box = {self.box: gr.Textbox(value=text)} if text else {}
        return {**box, **self.conversation_shown(conversation), **self.list.saved(conversation)}

    def in_place(self, conversation: Conversation) -> Update:
        """The past turns and the panel of the selected one."""
        entry = conversation.find(conversation.selected)
        now = self.model_now(conversation)
        panel = shown_panel(entry, now) if entry else EMPTY
        return {self.past: by_place(bubbles(conversation, now)), self.panel: panel_html(panel)}

    def conversation_shown(self, conversation: Conversation) -> Update:
        """The past turns, the panel and the slider of a conversation."""
        return {**self.in_place(conversation), self.risk: self.risk_shown(conversation)}

    def settings_shown(self, conversation: Conversation) -> Update:
        """The settings of a conversation in the form, and which preset they are."""
        settings = conversation.settings or self.first
        return {**self.controls.showing(settings), **self.controls.menu.update(conversation)}

    def _stop(self, conversation: Conversation) -> None:
        if conversation.running:
            conversation.running.stop()

    def _quick(self, conversation: Conversation, event: gr.EventData) -> Update:
        data = event._data or {}
        kind, key = data.get("kind"), str(data.get("turn"))
        if kind == "example":
            return {self.box: gr.Textbox(value=data["text"])}
        if kind == "recorded":
            return self._open_recorded(str(data.get("name")), conversation)
        if conversation.running:
            return UNCHANGED
        overtaken = self.list.refresh(conversation)
        entry = conversation.bring(key)
        if entry is None:
            return self._gone(conversation, "") if overtaken else UNCHANGED
        box: Update = {}
        if kind == "branch" and data.get("step") in (-1, 1):
            target = entry.branches.index(entry) + data["step"]
            if 0 <= target < len(entry.branches):
                conversation.show(entry.branches[target])
        elif kind == "label" and not entry.recorded and data.get("value") in ("yes", "no", "unknown"):
            entry.label = None if entry.label == data["value"] else data["value"]
            if fault := keep_label(self.labels, entry):
                gr.Warning(escape(fault))
        elif kind == "reveal":
            entry.revealed = True
        elif kind == "undo" and not overtaken:
            conversation.cut(entry)
            box = {self.box: gr.Textbox(value=entry.question)}
        return {**box, **self.conversation_shown(conversation), **self.list.saved(conversation)}

    # ---- settings -----------------------------------------------------------

    def _set(self, conversation: Conversation, *controls: Any) -> Update:
        """Take over changed settings, keep them with the conversation, and redecide its answers if that changes them."""
        before = conversation.settings
        if self.settings_now(conversation, controls) == before:
            return UNCHANGED
        menu = self.controls.menu.update(conversation)
        return {**self.redecide(conversation, *controls), **menu, **self.list.saved(conversation)}

    def _open_recorded(self, name: str, conversation: Conversation) -> Update:
        """Show a recorded conversation; it is kept only if the person goes on with it."""
        entries = recorded(name)
        if not entries or conversation.entries or conversation.running:
            return UNCHANGED
        conversation.entries, conversation.selected = entries, entries[-1].key
        conversation.kept = Kept(search=conversation.kept.search)
        return {**self.conversation_shown(conversation), **self.list.saved(conversation)}

    # ---- decisions ----------------------------------------------------------

    def redecide(self, conversation: Conversation, *controls: Any) -> Update:
        """Redecide all answers with the current settings; returns new values for ``decided``."""
        self.settings_now(conversation, controls)
        return self.decided_again(conversation)

    def decided_again(self, conversation: Conversation) -> Update:
        """All answers decided with the settings of the conversation and the calibrations of today."""
        settings = conversation.settings or self.first
        for entry in every(conversation.entries):
            if entry.turn and not entry.recorded:
                entry.turn = decided_at(entry.turn, self.fit_for(entry.turn), settings, conversation.risk)
        update = self._calibration(conversation)
        if not conversation.running:  # a turn in progress is decided when it ends
            update |= self.conversation_shown(conversation)
        return update

    def _accept(self, conversation: Conversation, event: gr.EventData, *controls: Any) -> Update:
        at = (event._data or {}).get("at")
        conversation.risk = declared_risk(self.fit(conversation), conversation.kind, at, conversation.risk)
        menu = self.controls.menu.update(conversation)
        return {**self.redecide(conversation, *controls), **menu, **self.list.saved(conversation)}

    def settings_now(self, conversation: Conversation, controls: tuple[Any, ...]) -> Settings:
        """The settings of the page, kept for later decisions."""
        settings = conversation.settings = self.controls.settings(*controls)
        return settings

    def _now(self) -> Update:
        """The model and the calibration, which another page or the command line may have changed."""
        return {**self._calibration(Conversation()), **self.models.update()}

    def _calibration(self, conversation: Conversation) -> Update:
        return {
            self.risk: self.risk_shown(conversation),
            self.header: self._header(conversation),
        }

    def _model(self, conversation: Conversation) -> BaseChatModel:
        """The model that a conversation goes on with, to read what it is."""
        return stand_in(conversation.hosted) if conversation.hosted else self.slot.model

    def _header(self, conversation: Conversation) -> dict[str, Any]:
        model, fit = self._model(conversation), self.fit(conversation)
        return header_value(model, fit, menu=self.may_choose_model, measured=measured_with(model))

    def model_now(self, conversation: Conversation) -> ModelNow:
        """The model that a conversation goes on with, to say what can be done with an answer."""
        model = self._model(conversation)
        who = identity(model)
        return ModelNow(str(who["model"]), who["model_sha256"], can_continue(model))

    def risk_shown(self, conversation: Conversation) -> dict[str, Any]:
        """The slider for the selected answer."""
        settings = conversation.settings or self.first
        return risk_value(self.fit(conversation), settings, conversation.risk, conversation.kind)

    def fit_for(self, turn: Turn) -> Fit:
        """The calibration for the model that gave an answer; another one may be in use now."""
        if turn.assessment is None:
            return self.fit()
        source = turn.assessment.evidence.provenance
        who = {"model": source.model, "engine": source.engine, "model_sha256": source.model_sha256}
        return fitting(absent_model(who, "it may not be open"), self.first.calibration)

    def fit(self, conversation: Conversation | None = None) -> Fit:
        """The calibration in use, or why there is none; without a conversation, for the model of the page."""
        return fitting(self._model(conversation or Conversation()), self.first.calibration)
