"""The trial row: one trial of one person, declared once for the events, the export, the codebook and the measures."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from study.design.displays import ELEMENTS
from study.design.flows import FLOWS
from study.tables.columns import STATUSES, column, columns_of


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialRow:
    """One trial of one person; None if a value is missing. The fields are the columns of the table, in this order."""

    study: str = column("text", "short name of the study, from the design file", default="")
    design_sha256: str = column(
        "text", "sha256 of the design file used in this session", values="64 hexadecimal digits", default=""
    )
    participant: str = column(
        "text", "random id of the session; unrelated to the person’s identity", default=""
    )
    status: str = column("text", "status of the session", values=STATUSES, default="")
    checks_failed: int | None = column("whole", "attention checks failed in the session")
    flow: str = column("text", "type of task", values=" · ".join(flow.name for flow in FLOWS), default="")
    condition: str | None = column("text", "name of the condition, from the design file")
    shows: str | None = column(
        "text",
        "displays of the condition, joined by +; empty if no confidence is shown",
        values=" · ".join(name.replace("_", "-") for name in ELEMENTS),
    )
    trial: int | None = column(
        "whole", "position of the trial in the session, from 1; practice trials are counted separately"
    )
    practice: bool | None = column("yes/no", "practice trial, left out of the analysis")
    item: str | None = column("text", "id of the item, from the design file")
    ai_answer: str | None = column(
        "text", "AI answer as shown; in a live chat the last one", stored="ai_answer"
    )
    ai_answer_length: int | None = column(
        "whole", "length of the AI answer", "characters", stored="answer_length"
    )
    ai_correct: bool | None = column(
        "yes/no", "the AI answer is right, according to the frozen answer", stored="ai_correct"
    )
    ai_confidence: float | None = column(
        "share", "model’s confidence that its answer is right, whether shown or not", stored="ai_confidence"
    )
    ai_calibrated: bool | None = column("yes/no", "ai_confidence is calibrated", stored="ai_calibrated")
    ai_abstained: bool | None = column(
        "yes/no", "ai_confidence is below the abstention threshold", stored="abstained"
    )
    confidence_scale: str | None = column(
        "text",
        (
            "meaning of the confidence scale, stated in the design or inferred from its numbers and labels. It defines "
            "how confidence follows from the slider: probability: slider ÷ scale_high; guess-to-certain: chance + "
            "(1 − chance) · (slider − scale_low) ÷ (scale_high − scale_low); rating: not a probability, confidence is empty"
        ),
        values="probability · guess-to-certain · rating",
        later=True,
    )
    scale_low: float | None = column("number", "low end of the confidence scale", "scale units", later=True)
    scale_high: float | None = column("number", "high end of the confidence scale", "scale units", later=True)
    chance: float | None = column(
        "share",
        "P(right) of a pure guess: 1 ÷ options, 0.5 in accept/reject; empty for open questions",
        later=True,
    )
    own_answer: str | None = column("text", "own answer, given before the AI answer was seen")
    own_correct: bool | None = column("yes/no", "own_answer is right")
    own_agrees: bool | None = column("yes/no", "own_answer agrees with the AI answer")
    own_slider: float | None = column(
        "number", "confidence in own_answer, as the slider was set", "scale units", later=True
    )
    own_confidence: float | None = column(
        "share", "P(own_answer is right) according to own_slider; see confidence_scale"
    )
    own_seconds: float | None = column(
        "number", "time from showing the question to storing own_answer, by the server clock", "seconds"
    )
    accepted: bool | None = column("yes/no", "accept/reject: the AI answer was accepted")
    final_answer: str | None = column(
        "text",
        "final answer, given after the AI answer was seen; accept/reject: the person’s own answer after a rejection",
    )
    final_correct: bool | None = column("yes/no", "final_answer is right")
    final_agrees: bool | None = column("yes/no", "final_answer agrees with the AI answer")
    final_slider: float | None = column(
        "number",
        "confidence in final_answer or in the decision, as the slider was set",
        "scale units",
        later=True,
    )
    final_confidence: float | None = column(
        "share", "P(final_answer or the decision is right) according to final_slider; see confidence_scale"
    )
    final_seconds: float | None = column(
        "number", "time from showing the AI answer to storing the last answer, by the server clock", "seconds"
    )
    relied: bool | None = column(
        "yes/no", "the person relied on the AI: accepted in accept/reject, otherwise final_agrees"
    )
    outcome_correct: bool | None = column(
        "yes/no",
        "the outcome is right: in accept/reject a right AI answer accepted or a wrong one rejected, otherwise final_correct",
    )
    label_correct: str | None = column(
        "text", "annotation: the rater’s label of the answer", values="correct · wrong · unsure"
    )
    label_strength: float | None = column(
        "number", "annotation: how sure the answer sounds to the rater", values="0 to 100"
    )
    chat_turns: int | None = column("whole", "live chat: number of messages to the model")
    seconds: float | None = column("number", "sum of own_seconds and final_seconds", "seconds")
    timed_out: bool | None = column("yes/no", "a time limit ran out during the trial")
    changes: int | None = column("whole", "number of field changes before submission")
    focus_lost: int | None = column(
        "whole", "number of times the page lost focus or was hidden during the trial"
    )
    cut: str | None = column("text", "fields whose text was cut at the length limit, joined by +")
    began: str | None = column(
        "time", "when the first screen of the trial was first shown, by the server clock"
    )
    ended: str | None = column("time", "when the last answer of the trial was stored, by the server clock")

    def to_dict(self) -> dict[str, Any]:
        """The row as a mapping of its columns."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


TRIALS = columns_of(TrialRow)
_STORED = {
    column.name: column.stored for column in TRIALS if column.stored
}  # names in the events, which stay


def to_event(**values: Any) -> dict[str, Any]:
    """Columns about the AI answer, under the names that events have for them.

    >>> to_event(ai_answer="Rome.", ai_abstained=False)
    {'ai_answer': 'Rome.', 'abstained': False}
    """
    return {_STORED[name]: value for name, value in values.items()}


def from_event(payload: Mapping[str, Any]) -> dict[str, Any]:
    """The columns about the AI answer that an event has, as opposed to ``to_event``."""
    return {name: payload[stored] for name, stored in _STORED.items() if stored in payload}
