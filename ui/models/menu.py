"""The line that says how far a model is loaded, and the menu of models, as one Gradio part."""

import time
from typing import TYPE_CHECKING, Any

import gradio as gr

from chains.engines.open import check_spec
from chains.errors import CredenceError
from chains.identity import identity
from chains.models.remembered import remember
from chains.models.slot import ModelSlot
from chains.models.speeds import Speeds
from ui.chat.conversation import Conversation
from ui.chat.events import QUICK, UNCHANGED, Update
from ui.html import render
from ui.models.lines import lines
from ui.models.status import status
from ui.parts import scripts

if TYPE_CHECKING:
    from ui.chat.page import ConfidenceChat

LONGEST = 500  # characters of a spec


class ModelMenu:
    """The menu of one slot; without ``may_choose``, only the state of the model is shown."""

    def __init__(self, slot: ModelSlot, speeds: Speeds, may_choose: bool) -> None:
        self.slot, self.speeds, self.may_choose = slot, speeds, may_choose
        self.part = gr.HTML(
            self._value(),
            html_template=render("models.html"),
            js_on_load=scripts("dom.js", "model_choice.js", "models.js"),
            apply_default_css=False,
        )

    def wire(self, chat: "ConfidenceChat") -> None:
        """Connect the menu to the chat."""

        def act(conversation: Conversation, event: gr.EventData) -> Update:
            data = event._data or {}
            try:
                if not self._act(data):
                    return UNCHANGED
                fault = "" if data.get("kind") in ("list", "choose") else None
            except CredenceError as error:
                fault = str(error)
            shown = self.update(data.get("kind") == "list", fault)
            changed = data.get("version") != self.slot.state.version
            return {**shown, **chat.decided_again(conversation)} if changed else shown

        self.part.models(act, [chat.conversation], chat.decided, **QUICK)

    def update(self, listed: bool = False, fault: str | None = None) -> Update:
        """The line as it is now; ``listed``: with the menu. ``fault``: why a choice cannot be opened, empty if it can."""
        return {self.part: self._value(listed, fault)}

    def _act(self, data: dict[str, Any]) -> bool:
        """Do what a person asked for; returns False for what is not allowed here.

        Raises CredenceError for a name that opens nothing.
        """
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
        if not spec or spec == state.loading:
            return
        if state.ready and spec == state.spec:
            self.slot.cancel()
            self.slot.dismiss()
            return
        check_spec(spec)
        self._open(spec)

    def _open(self, spec: str, alone: bool = False) -> None:
        self.slot.open(spec, alone=alone, then=lambda: remember(spec))

    def _value(self, listed: bool = False, fault: str | None = None) -> dict[str, Any]:
        state, who = self.slot.state, identity(self.slot.model)
        listed = listed and self.may_choose
        return {
            **status(state, str(who["model"]), self.may_choose),
            "lines": lines(state, who, self.speeds) if listed else None,
            "fault": fault,
            "n": time.time(),
        }
