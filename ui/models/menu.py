"""The line that says how far a model is loaded, and the menu of models, as one Gradio part."""

import time
from typing import TYPE_CHECKING, Any

import gradio as gr

from chains.identity import identity
from chains.models.remembered import remember
from chains.models.slot import ModelSlot
from ui.chat.conversation import Conversation
from ui.chat.events import QUICK, UNCHANGED, Update
from ui.html import render
from ui.models.status import status
from ui.parts import scripts

if TYPE_CHECKING:
    from ui.chat.page import ConfidenceChat

LONGEST = 500  # characters of a spec


class ModelMenu:
    """The menu of one slot; without ``may_choose``, only the state of the model is shown."""

    def __init__(self, slot: ModelSlot, may_choose: bool) -> None:
        self.slot, self.may_choose = slot, may_choose
        self.part = gr.HTML(
            self._value(),
            html_template=render("models.html"),
            js_on_load=scripts("dom.js", "models.js"),
            apply_default_css=False,
        )

    def wire(self, chat: "ConfidenceChat", inputs: list[Any], outputs: list[Any]) -> None:
        """Connect the menu to the chat, whose settings are in ``inputs``."""

        def act(conversation: Conversation, event: gr.EventData, *controls: Any) -> Update:
            data = event._data or {}
            before = self.slot.state.version
            if not self._act(data):
                return UNCHANGED
            now = self.slot.state.version
            changed = now not in (before, data.get("version")) or data.get("version") != now
            shown = self.update(listed=data.get("kind") == "list")
            return {**shown, **chat.redecide(conversation, *controls)} if changed else shown

        self.part.models(act, inputs, outputs, trigger_mode="multiple", **QUICK)

    def update(self, listed: bool = False) -> Update:
        """The line and the menu as they are now."""
        return {self.part: self._value(listed)}

    def _act(self, data: dict[str, Any]) -> bool:
        """Do what a person asked for; returns False for what is not allowed here."""
        kind, state = data.get("kind"), self.slot.state
        if kind == "look":
            return True
        if kind == "again" and not state.ready and not state.loading and state.failed:
            self.slot.open(state.failed)  # everybody may: it opens what the person who runs this page chose
            return True
        if not self.may_choose:
            return False
        if kind == "choose":
            self._choose(str(data.get("spec") or "").strip()[:LONGEST])
        elif kind in ("again", "alone") and state.failed:
            self._open(state.failed, alone=kind == "alone")
        elif kind == "cancel":
            self.slot.cancel()
        elif kind == "dismiss":
            self.slot.dismiss()
        return True

    def _choose(self, spec: str) -> None:
        state = self.slot.state
        if spec and spec not in (state.loading, "" if state.failed or state.loading else state.spec):
            self._open(spec)

    def _open(self, spec: str, alone: bool = False) -> None:
        self.slot.open(spec, alone=alone, then=lambda: remember(spec))

    def _value(self, listed: bool = False) -> dict[str, Any]:
        state = self.slot.state
        return {
            **status(state, str(identity(self.slot.model)["model"]), self.may_choose),
            "lines": None,
            "n": time.time(),
        }
