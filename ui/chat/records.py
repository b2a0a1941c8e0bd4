"""A turn as a record that can be kept, and back, without loss."""

from collections.abc import Mapping
from dataclasses import MISSING, fields, replace
from functools import cache
from typing import Any, get_type_hints

from pydantic import TypeAdapter, ValidationError

from chains.calibration.mic_store import load_mic
from chains.pipeline.turn import Turn
from estimators.reading import read, read_so_far
from estimators.serialization import BadRecord
from estimators.types import Assessment
from ui.chat.conversation import Entry

SCHEMA = "credence.turn/1"
UNFINISHED = "This answer was not finished. Retry to ask again."
UNREADABLE = "This answer cannot be shown: this version of Credence cannot read its record. The record is still stored."
_MADE_AGAIN = ("fit", "reading", "assessment", "pending")  # not in the record, or in a form of their own
_IN_EVIDENCE = (
    "question", "options", "answer", "samples", "groups", "shown_group", "chains", "claims", "probes",
)  # fmt: skip
_DEFAULTS = {
    part.name: part.default_factory() if part.default_factory is not MISSING else part.default
    for part in fields(Turn)
    if part.name not in _MADE_AGAIN
}


def record_of(entry: Entry) -> dict[str, Any]:
    """A turn with the person's label and its place among its branches, ready for JSON."""
    return {
        "schema": SCHEMA,
        "turn": entry.key,
        "family": entry.branches[0].key,
        "question": entry.question,
        "label": entry.label,
        "error": entry.error,
        "revealed": entry.revealed,
        "dropped": list(entry.dropped),
        "origin": entry.origin,
        "number": entry.number,
        "state": state_of(entry.turn) if entry.turn else None,
    }


def entry_of(record: Mapping[str, Any]) -> Entry:
    """The turn of a record; one that cannot be read keeps its question and says so."""
    label = record.get("label")
    entry = Entry(
        str(record.get("question") or ""),
        error=str(record.get("error") or ""),
        label=label if label in ("yes", "no", "unknown") else None,
        revealed=bool(record.get("revealed")),
        dropped=tuple(map(str, record.get("dropped") or ())),
        origin=str(record.get("origin") or ""),
        number=record.get("number") if isinstance(record.get("number"), int) else None,
    )
    if record.get("turn"):
        entry.key = str(record["turn"])
    try:
        if record.get("schema", SCHEMA) != SCHEMA:
            raise BadRecord(f"unknown schema {record['schema']!r}")
        entry.turn = turn_of(record["state"]) if record.get("state") else None
    except (BadRecord, ValidationError, KeyError, TypeError, AttributeError):
        entry.error = UNREADABLE
        return entry
    if entry.turn is None or entry.turn.stage != "done":
        entry.error = entry.error or UNFINISHED
    return entry


def state_of(turn: Turn) -> dict[str, Any]:
    """Everything of a turn that cannot be computed again; what its assessment holds is not repeated."""
    evidence = turn.assessment.evidence if turn.assessment else None
    state: dict[str, Any] = {"assessment": turn.assessment.to_dict() if turn.assessment else None}
    for name, default in _DEFAULTS.items():
        value = getattr(turn, name)
        usual = getattr(evidence, name) if evidence is not None and name in _IN_EVIDENCE else default
        if value is not usual and value != usual:
            state[name] = _adapter(name).dump_python(value, mode="json")
    return state


def turn_of(state: Mapping[str, Any]) -> Turn:
    """The turn of ``state_of``; one that an interruption left between two stages is taken back to its assessment.

    Raises BadRecord, or pydantic's ValidationError.
    """
    assessment = Assessment.from_dict(state["assessment"]) if state.get("assessment") else None
    values = {name: _adapter(name).validate_python(state[name]) for name in _DEFAULTS if name in state}
    if assessment is not None:
        for name in _IN_EVIDENCE:
            values.setdefault(name, getattr(assessment.evidence, name))
    turn = Turn(**values, assessment=assessment)
    if assessment is not None:
        source = assessment.evidence.provenance
        own = load_mic(source.model, source.model_sha256)
        return replace(turn, stage="done", reading=read(assessment, own=own))
    return replace(turn, reading=read_so_far(turn.answer)) if turn.answer else turn


@cache
def _adapter(name: str) -> TypeAdapter[Any]:
    return TypeAdapter(get_type_hints(Turn)[name])
