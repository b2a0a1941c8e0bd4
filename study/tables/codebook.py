"""The codebook: the meaning, unit and values of every exported column.

An export has exactly these columns, in this order; files that are read back are checked against them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from study.design.displays import ELEMENTS
from study.design.flows import FLOWS

Kind = Literal["text", "whole", "number", "share", "yes/no", "time", "json"]
KINDS: Mapping[str, str] = {
    "text": "text",
    "whole": "whole number",
    "number": "number",
    "share": "number from 0 to 1",
    "yes/no": "1 = yes, 0 = no (JSONL: true, false)",
    "time": "UTC, ISO 8601 with milliseconds",
    "json": "a JSON object",
}


@dataclass(frozen=True, slots=True)
class Column:
    """One column: name, meaning, unit and values."""

    name: str
    kind: Kind
    meaning: str
    unit: str = ""
    values: str = ""  # possible values, if the kind does not define them
    later: bool = False  # added after the first version: missing in older files

    def row(self, table: str) -> dict[str, Any]:
        """The column as a row of the codebook."""
        return {
            "table": table,
            "column": self.name,
            "meaning": self.meaning,
            "unit": self.unit,
            "values": self.values or KINDS[self.kind],
            "missing": "empty (JSONL: null)",
        }


_STUDY = (
    Column("study", "text", "short name of the study, from the design file"),
    Column(
        "design_sha256",
        "text",
        "sha256 of the design file used in this session",
        values="64 hexadecimal digits",
    ),
    Column("participant", "text", "random id of the session; unrelated to the person’s identity"),
)
STATUSES = "active · completed · declined · screened-out · left · timed-out · withdrawn"
_STATUS = Column("status", "text", "status of the session", values=STATUSES)

TRIALS: tuple[Column, ...] = (
    *_STUDY,
    _STATUS,
    Column("checks_failed", "whole", "attention checks failed in the session"),
    Column(
        "flow",
        "text",
        "type of task",
        values=" · ".join(flow.name for flow in FLOWS),
    ),
    Column("condition", "text", "name of the condition, from the design file"),
    Column(
        "shows",
        "text",
        "displays of the condition, joined by +; empty if no confidence is shown",
        values=" · ".join(name.replace("_", "-") for name in ELEMENTS),
    ),
    Column(
        "trial",
        "whole",
        "position of the trial in the session, from 1; practice trials are counted separately",
    ),
    Column("practice", "yes/no", "practice trial, left out of the analysis"),
    Column("item", "text", "id of the item, from the design file"),
    Column("ai_answer", "text", "AI answer as shown; in a live chat the last one"),
    Column("ai_answer_length", "whole", "length of the AI answer", "characters"),
    Column("ai_correct", "yes/no", "the AI answer is right, according to the frozen answer"),
    Column("ai_confidence", "share", "model’s confidence that its answer is right, whether shown or not"),
    Column("ai_calibrated", "yes/no", "ai_confidence is calibrated"),
    Column("ai_abstained", "yes/no", "ai_confidence is below the abstention threshold"),
    Column(
        "confidence_scale",
        "text",
        "meaning of the confidence scale, stated in the design or inferred from its numbers and labels. It defines "
        "how confidence follows from the slider: probability: slider ÷ scale_high; guess-to-certain: chance + "
        "(1 − chance) · (slider − scale_low) ÷ (scale_high − scale_low); rating: not a probability, confidence is empty",
        values="probability · guess-to-certain · rating",
        later=True,
    ),
    Column("scale_low", "number", "low end of the confidence scale", "scale units", later=True),
    Column("scale_high", "number", "high end of the confidence scale", "scale units", later=True),
    Column(
        "chance",
        "share",
        "P(right) of a pure guess: 1 ÷ options, 0.5 in accept/reject; empty for open questions",
        later=True,
    ),
    Column("own_answer", "text", "own answer, given before the AI answer was seen"),
    Column("own_correct", "yes/no", "own_answer is right"),
    Column("own_agrees", "yes/no", "own_answer agrees with the AI answer"),
    Column(
        "own_slider", "number", "confidence in own_answer, as the slider was set", "scale units", later=True
    ),
    Column("own_confidence", "share", "P(own_answer is right) according to own_slider; see confidence_scale"),
    Column(
        "own_seconds",
        "number",
        "time from showing the question to storing own_answer, by the server clock",
        "seconds",
    ),
    Column("accepted", "yes/no", "accept/reject: the AI answer was accepted"),
    Column(
        "final_answer",
        "text",
        "final answer, given after the AI answer was seen; accept/reject: the person’s own answer after a rejection",
    ),
    Column("final_correct", "yes/no", "final_answer is right"),
    Column("final_agrees", "yes/no", "final_answer agrees with the AI answer"),
    Column(
        "final_slider",
        "number",
        "confidence in final_answer or in the decision, as the slider was set",
        "scale units",
        later=True,
    ),
    Column(
        "final_confidence",
        "share",
        "P(final_answer or the decision is right) according to final_slider; see confidence_scale",
    ),
    Column(
        "final_seconds",
        "number",
        "time from showing the AI answer to storing the last answer, by the server clock",
        "seconds",
    ),
    Column(
        "relied", "yes/no", "the person relied on the AI: accepted in accept/reject, otherwise final_agrees"
    ),
    Column(
        "outcome_correct",
        "yes/no",
        "the outcome is right: in accept/reject a right AI answer accepted or a wrong one rejected, otherwise final_correct",
    ),
    Column(
        "label_correct",
        "text",
        "annotation: the rater’s label of the answer",
        values="correct · wrong · unsure",
    ),
    Column(
        "label_strength", "number", "annotation: how sure the answer sounds to the rater", values="0 to 100"
    ),
    Column("chat_turns", "whole", "live chat: number of messages to the model"),
    Column("seconds", "number", "sum of own_seconds and final_seconds", "seconds"),
    Column("timed_out", "yes/no", "a time limit ran out during the trial"),
    Column("changes", "whole", "number of field changes before submission"),
    Column("focus_lost", "whole", "number of times the page lost focus or was hidden during the trial"),
    Column("cut", "text", "fields whose text was cut at the length limit, joined by +"),
    Column("began", "time", "when the first screen of the trial was first shown, by the server clock"),
    Column("ended", "time", "when the last answer of the trial was stored, by the server clock"),
)

EVENTS: tuple[Column, ...] = (
    Column("event", "whole", "number of the event, in the order of storage"),
    *_STUDY,
    Column(
        "kind",
        "text",
        "type of event; from the server: enter, shown, answer, completed, …; from the page: click, change, focus-lost, …",
    ),
    Column("screen", "text", "id of the screen, such as trial-03.final"),
    Column("client_time", "time", "time by the clock of the person’s device, which may be wrong"),
    Column("server_time", "time", "time by the server clock"),
    Column("payload", "json", "all other recorded data"),
)

ANSWERS: tuple[Column, ...] = (
    *_STUDY,
    _STATUS,
    Column(
        "condition",
        "text",
        "between subjects: the condition; within subjects: the condition of the current block",
    ),
    Column("screen", "text", "id of the screen, such as questionnaire-trust or check-c1"),
    Column("screen_kind", "text", "type of screen", values="consent · screening · check · questionnaire"),
    Column("field", "text", "name of the question"),
    Column("value", "text", "the answer; multiple selections are joined by “ | ”"),
    Column("passed", "yes/no", "attention check: the expected answer was given"),
    Column(
        "seconds",
        "number",
        "time from showing the screen to storing the answer, by the server clock",
        "seconds",
    ),
    Column("answered", "time", "when the answer was stored, by the server clock"),
)

PARTICIPANTS: tuple[Column, ...] = (
    *_STUDY,
    _STATUS,
    Column("condition", "text", "between subjects: the condition; within subjects: empty"),
    Column(
        "visit",
        "whole",
        "number of the visit, from 1; above 1 only if the design allows repeated participation",
    ),
    Column("steps_done", "whole", "number of screens completed"),
    Column("steps_total", "whole", "number of screens in the session"),
    Column("checks_passed", "whole", "number of attention checks passed"),
    Column("checks_failed", "whole", "number of attention checks failed"),
    Column("entered", "time", "when the session started"),
    Column("finished", "time", "when the session ended"),
    Column("minutes", "number", "time from entered to finished", "minutes"),
    Column("external_id", "text", "id from the recruiting platform; exported only with --with-ids"),
)

TABLES: Mapping[str, tuple[Column, ...]] = {
    "trials": TRIALS,
    "answers": ANSWERS,
    "participants": PARTICIPANTS,
    "events": EVENTS,
}
CODEBOOK = ("table", "column", "meaning", "unit", "values", "missing")


def codebook() -> list[dict[str, Any]]:
    """Every column of every table, one row each."""
    return [column.row(table) for table, columns in TABLES.items() for column in columns]
