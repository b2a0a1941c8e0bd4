"""Presets: settings under a name, chosen for a conversation or used for every new one."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr

from chains.settings import Settings
from files.atomic import write_text
from files.errors import CredenceError
from prompts import load
from ui.chat.conversation import Conversation
from ui.chat.events import QUICK, Update
from ui.chat.storage.kept_settings import settings_record, take_settings
from ui.html import render
from ui.parts import scripts

if TYPE_CHECKING:
    from ui.chat.page import ConfidenceChat

SCHEMA = "credence.presets/1"
NAME_LENGTH = 60
MOST = 100
STANDARD = "Standard"
DOUBT = "Words of doubt"


class BadPreset(CredenceError):
    """A preset cannot be saved; the message says why."""


@dataclass(frozen=True, slots=True)
class Presets:
    """A person's own presets by name, and the one that new conversations start with; beside them are two of ours."""

    first: Settings
    own: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    for_new: str = STANDARD

    @property
    def all(self) -> dict[str, Mapping[str, Any]]:
        """All presets by name, ours first."""
        doubt = self.first.model_copy(update={"system": load("express_doubt").fill()})
        return {STANDARD: settings_record(self.first, None), DOUBT: settings_record(doubt, None), **self.own}

    @property
    def new(self) -> Mapping[str, Any]:
        """The settings of a new conversation."""
        return self.all.get(self.for_new) or self.all[STANDARD]

    def name_of(self, record: Mapping[str, Any]) -> str:
        """The preset with these settings; empty if there is none."""
        return next((name for name, kept in self.all.items() if dict(kept) == dict(record)), "")

    def with_preset(self, name: str, record: Mapping[str, Any]) -> "Presets":
        """With these settings under a name, in place of an own preset of that name. Raises BadPreset."""
        name = " ".join(name.split())[:NAME_LENGTH]
        if not name:
            raise BadPreset("Type a name for the preset first.")
        if name in (STANDARD, DOUBT):
            raise BadPreset(f"“{name}” comes with Credence and cannot be replaced. Choose another name.")
        if len(self.own) >= MOST and name not in self.own:
            raise BadPreset(f"There are {MOST} presets already. Delete one first.")
        return replace(self, own={**self.own, name: dict(record)})

    def without(self, name: str) -> "Presets":
        """Without an own preset."""
        own = {other: record for other, record in self.own.items() if other != name}
        return replace(self, own=own, for_new=STANDARD if name == self.for_new else self.for_new)

    def starting_with(self, name: str) -> "Presets":
        """With another preset for new conversations; an unknown one means ours."""
        return replace(self, for_new=name if name in self.all else STANDARD)

    def to_dict(self) -> dict[str, Any]:
        """Ready for JSON."""
        return {"schema": SCHEMA, "presets": dict(self.own), "new": self.for_new}

    @classmethod
    def of(cls, data: object, first: Settings) -> "Presets":
        """The presets of ``to_dict``; what cannot be read is left out."""
        if not isinstance(data, Mapping) or data.get("schema") != SCHEMA:
            return cls(first)
        kept = data.get("presets")
        own = {
            str(name): record
            for name, record in (kept if isinstance(kept, Mapping) else {}).items()
            if isinstance(record, Mapping)
        }
        return cls(first, own).starting_with(str(data.get("new")))


class PresetMenu:
    """The menu of presets as a Gradio part. They are kept in a file, or, without one, in the visitor's browser."""

    def __init__(self, first: Settings, file: Path | None) -> None:
        self.first, self.file = first, file
        self.part = gr.HTML(
            self._value(Conversation()),
            html_template=render("presets.html"),
            js_on_load=scripts("dom.js", "presets.js"),
            apply_default_css=False,
        )

    def wire(self, chat: "ConfidenceChat", inputs: list[Any], outputs: list[Any]) -> None:
        """Connect the menu to the chat, whose settings are in ``inputs``."""

        def act(conversation: Conversation, event: gr.EventData, *controls: Any) -> Update:
            data = event._data or {}
            if (
                data.get("kind") == "save"
            ):  # else the form may still show the settings of another conversation
                chat.settings_now(conversation, controls)
            before = self._record(conversation)
            fault = self._act(conversation, data)
            if self._record(conversation) == before:
                return self.update(conversation, fault)
            shown = chat.settings_shown(conversation)
            if (
                data.get("kind") == "page"
            ):  # nothing is drawn yet, and a question may be sent before this arrives
                return {**shown, chat.risk: chat.risk_shown(conversation)}
            values = tuple(shown[part] for part in chat.controls.parts)
            return {
                **chat.redecide(conversation, *values),
                **shown,
                **self.update(conversation, fault),
                **chat.list.saved(conversation),
            }

        self.part.preset(act, inputs, outputs, **QUICK)

    def update(self, conversation: Conversation, fault: str = "") -> Update:
        """The menu as it is now."""
        return {self.part: self._value(conversation, fault)}

    def presets(self, conversation: Conversation) -> Presets:
        """The presets of this page's visitor; a file that cannot be read counts as empty until a preset is saved."""
        if self.file is None:
            return Presets.of(conversation.presets, self.first)
        try:
            return Presets.of(json.loads(self.file.read_text(encoding="utf-8")), self.first)
        except (OSError, ValueError):
            return Presets(self.first)

    def _act(self, conversation: Conversation, data: Mapping[str, Any]) -> str:
        """Do what a person chose; returns why it could not be done, or an empty text."""
        kind, name = data.get("kind"), str(data.get("name") or "")
        if self.file is None:
            conversation.presets = data.get("document")
        presets = before = self.presets(conversation)
        if kind == "choose" and name in presets.all:
            take_settings(conversation, presets.all[name], self.first)
        elif kind == "page" and not conversation.entries and not conversation.kept.id:
            take_settings(conversation, presets.new, self.first)
        try:
            if kind == "save":
                presets = presets.with_preset(name, self._record(conversation))
            elif kind == "delete":
                presets = presets.without(name)
            elif kind == "new":
                presets = presets.starting_with(name)
            if presets != before:
                self._write(conversation, presets)
        except BadPreset as error:
            return str(error)
        return ""

    def _write(self, conversation: Conversation, presets: Presets) -> None:
        if self.file is None:
            conversation.presets = presets.to_dict()
            return
        try:
            write_text(self.file, json.dumps(presets.to_dict(), ensure_ascii=False, indent=1) + "\n")
        except OSError as error:
            raise BadPreset(f"The preset could not be saved to {self.file}: {error.strerror}.") from error

    def _record(self, conversation: Conversation) -> dict[str, Any]:
        return settings_record(conversation.settings or self.first, conversation.risk)

    def _value(self, conversation: Conversation, fault: str = "") -> dict[str, Any]:
        """What the page draws; ``document`` is for the visitor's browser to keep."""
        presets = self.presets(conversation)
        return {
            "names": list(presets.all),
            "own": list(presets.own),
            "current": presets.name_of(self._record(conversation)),
            "new": presets.for_new,
            "document": presets.to_dict() if self.file is None and conversation.presets else None,
            "fault": fault,
            "n": time.time(),
        }
