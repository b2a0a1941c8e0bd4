"""The settings that a conversation keeps, as a record and back."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from chains.settings import Settings
from ui.chat.conversation import Conversation, Entry

SCHEMA = "credence.settings/1"
LEFT_OUT = {
    "calibration",
    "embedding",
    "at_once",
    "samples",
    "risk",
}  # of the machine, of one answer, or kept beside them


def settings_record(settings: Settings, risk: float | None) -> dict[str, Any]:
    """How a conversation asks and decides, ready for JSON; ``risk``: the person's choice, None before any."""
    return {"schema": SCHEMA, "risk": risk, **settings.model_dump(mode="json", exclude=LEFT_OUT)}


def settings_of(record: Mapping[str, Any], first: Settings) -> Settings:
    """The settings of a record; a field that is missing, unknown or not valid keeps its first value.

    >>> settings_of({"temperature": 0.5, "threshold": 7, "of a later version": 1}, Settings()).temperature
    0.5
    """
    settings = first
    for name in Settings.model_fields.keys() - LEFT_OUT:
        if name in record:
            try:
                settings = Settings.model_validate({**settings.model_dump(), name: record[name]})
            except ValidationError:
                continue
    return settings


def take_settings(conversation: Conversation, record: Mapping[str, Any], first: Settings) -> None:
    """Give a conversation the settings and the accepted risk of a record."""
    risk = record.get("risk")
    conversation.risk = risk if isinstance(risk, float) else None
    conversation.settings = settings_of(record, first)


def settings_before(entries: Sequence[Entry]) -> dict[str, Any]:
    """The record of a conversation that kept none, as in earlier versions: the settings of its latest answer."""
    turns = [entry.turn for entry in entries if entry.turn is not None]
    return settings_record(turns[-1].settings, None) if turns else {}
