"""Reads an exported conversation back."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from chains.pipeline.turn import Turn
from chains.settings import Settings
from estimators.serialization import BadRecord
from estimators.types import Assessment
from files.errors import CredenceError
from ui.chat.conversation import Entry
from ui.chat.exports import SCHEMA
from ui.chat.records import entry_of, state_of


class NotAConversation(CredenceError):
    """The file cannot be imported; the message says why."""


@dataclass(frozen=True, slots=True)
class Imported:
    """An exported conversation: its turns, as new ones, and its settings, if the file has them."""

    entries: tuple[Entry, ...]
    settings: Mapping[str, Any]


def imported(text: str, decide: Callable[[Turn], Turn]) -> Imported:
    """Read an exported conversation; raises NotAConversation."""
    try:
        data = json.loads(text)
    except ValueError:
        raise NotAConversation("This file cannot be imported: it is not JSON.") from None
    schema = data.get("schema") if isinstance(data, dict) else None
    if schema != SCHEMA:
        raise NotAConversation("This file cannot be imported: it is not a conversation exported by Credence.")
    try:
        return Imported(_turns(data["turns"], decide), dict(data.get("settings") or {}))
    except (BadRecord, ValueError, KeyError, TypeError, AttributeError, StopIteration):
        raise NotAConversation(
            "This file cannot be imported: a turn in it is damaged or comes from a newer version of Credence."
        ) from None


def _turns(turns: Iterable[Mapping[str, Any]], decide: Callable[[Turn], Turn]) -> tuple[Entry, ...]:
    return tuple(_family(turn, decide) for turn in turns)


def _family(turn: Mapping[str, Any], decide: Callable[[Turn], Turn]) -> Entry:
    """A turn with its versions, in the order in which they were made."""
    shown = _entry(turn, decide)
    others = [_entry(version, decide) for version in turn.get("branches") or ()]
    place = min(max(int(turn.get("place", 0)), 0), len(others))
    family = [*others[:place], shown, *others[place:]]
    for member in family:
        member.family = family if others else []
    return shown


def _entry(record: Mapping[str, Any], decide: Callable[[Turn], Turn]) -> Entry:
    kept = dict(record.get("kept") or {})
    assessment = Assessment.from_dict(record["assessment"]) if record.get("assessment") else None
    if assessment is not None:
        state = kept.get("state") or _state(assessment)
        kept["state"] = {**state, "assessment": record["assessment"]}
    kept.pop("turn", None)  # a copy is a turn of its own
    fields = {"question": str(record["question"]), "label": record.get("label"), "error": record.get("error")}
    entry = entry_of({**kept, **fields})
    entry.later = list(_turns(record.get("later") or (), decide))
    if entry.turn is not None:
        entry.turn = decide(entry.turn)
    return entry


def _state(assessment: Assessment) -> dict[str, Any]:
    """The state of a turn of which only the assessment was exported; its settings are not known."""
    evidence = assessment.evidence
    turn = Turn(
        evidence.question,
        Settings(),
        evidence.options,
        stage="done",
        answer=evidence.answer,
        assessment=assessment,
    )
    return state_of(turn)
