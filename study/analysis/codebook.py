"""What every exported column means: the codebook, and how a value is written and read back.

The columns of an export are these and no others, in this order; a file that is read back is checked against them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from study.design.displays import ELEMENTS

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
    """One column: its name, what it means, in which unit and with which values."""

    name: str
    kind: Kind
    meaning: str
    unit: str = ""
    values: str = ""  # what may stand there, where the kind does not say it
    later: bool = False  # added after the first version: a file that lacks it is read with the value missing

    def row(self, table: str) -> dict[str, Any]:
        """The column as a line of the codebook."""
        return {
            "table": table,
            "column": self.name,
            "meaning": self.meaning,
            "unit": self.unit,
            "values": self.values or KINDS[self.kind],
            "missing": "empty (JSONL: null)",
        }


_STUDY = (
    Column("study", "text", "short name of the study, from its design file"),
    Column(
        "design_sha256",
        "text",
        "sha256 of the design file that this person’s session runs by",
        values="64 hexadecimal digits",
    ),
    Column("participant", "text", "random id of the session; it says nothing about the person"),
)
STATUSES = "active · completed · declined · screened-out · left · timed-out · withdrawn"
_STATUS = Column("status", "text", "how far the session came", values=STATUSES)

TRIALS: tuple[Column, ...] = (
    *_STUDY,
    _STATUS,
    Column("checks_failed", "whole", "attention checks that this person failed in the whole session"),
    Column(
        "flow",
        "text",
        "what a trial asks",
        values="own-answer-first · accept-reject · free-chat · annotation",
    ),
    Column("condition", "text", "name of the condition, from the design file"),
    Column(
        "shows",
        "text",
        "displays of the condition, joined by +; empty for no confidence",
        values=" · ".join(name.replace("_", "-") for name in ELEMENTS),
    ),
    Column("trial", "whole", "position of the trial in the session, from 1; practice has a count of its own"),
    Column("practice", "yes/no", "a practice trial; it stays out of the analysis"),
    Column("item", "text", "id of the item, from the design file"),
    Column("ai_answer", "text", "the AI’s answer as it was shown; in a live chat the last one"),
    Column("ai_answer_length", "whole", "length of the AI’s answer", "characters"),
    Column("ai_correct", "yes/no", "the AI’s answer is right, by the frozen stimulus"),
    Column("ai_confidence", "share", "the model’s confidence that its answer is right, shown or not"),
    Column("ai_calibrated", "yes/no", "ai_confidence is calibrated"),
    Column("ai_abstained", "yes/no", "ai_confidence is below the threshold of the abstention banner"),
    Column(
        "confidence_scale",
        "text",
        "what the ends of the confidence scale mean, as the design states it or as its numbers and labels say; so the "
        "confidences follow from the sliders: probability: slider ÷ scale_high; guess-to-certain: chance + (1 − chance) "
        "· (slider − scale_low) ÷ (scale_high − scale_low); rating: no probability, the confidences are empty",
        values="probability · guess-to-certain · rating",
        later=True,
    ),
    Column("scale_low", "number", "low end of the confidence scale", "of the scale", later=True),
    Column("scale_high", "number", "high end of the confidence scale", "of the scale", later=True),
    Column(
        "chance",
        "share",
        "P(right) of a pure guess: 1 ÷ options, 0.5 in accept/reject; empty for a question without options",
        later=True,
    ),
    Column("own_answer", "text", "the answer before the AI’s was seen"),
    Column("own_correct", "yes/no", "own_answer is right"),
    Column("own_agrees", "yes/no", "own_answer says what the AI’s answer says"),
    Column(
        "own_slider", "number", "confidence in own_answer as the slider was set", "of the scale", later=True
    ),
    Column(
        "own_confidence", "share", "P(own_answer is right) that own_slider stands for; see confidence_scale"
    ),
    Column(
        "own_seconds",
        "number",
        "from showing the question to storing own_answer, by the server’s clock",
        "seconds",
    ),
    Column("accepted", "yes/no", "accept/reject: the AI’s answer was accepted"),
    Column(
        "final_answer",
        "text",
        "the answer after the AI’s was seen; accept/reject: what was written instead, if asked for",
    ),
    Column("final_correct", "yes/no", "final_answer is right"),
    Column("final_agrees", "yes/no", "final_answer says what the AI’s answer says"),
    Column(
        "final_slider",
        "number",
        "confidence in final_answer or in the decision as the slider was set",
        "of the scale",
        later=True,
    ),
    Column(
        "final_confidence",
        "share",
        "P(final_answer or the decision is right) that final_slider stands for; see confidence_scale",
    ),
    Column(
        "final_seconds",
        "number",
        "from showing the AI’s answer to storing the last answer, by the server’s clock",
        "seconds",
    ),
    Column("relied", "yes/no", "accepted, or final_agrees where nothing is accepted or rejected"),
    Column(
        "outcome_correct",
        "yes/no",
        "the trial ended well: a right AI answer accepted or a wrong one rejected; else final_correct",
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
    Column("chat_turns", "whole", "live chat: questions that the model was asked"),
    Column("seconds", "number", "own_seconds and final_seconds together", "seconds"),
    Column("timed_out", "yes/no", "a time limit of the trial ran out"),
    Column("changes", "whole", "changes of a field before it was submitted"),
    Column("focus_lost", "whole", "times that the page lost the focus or was hidden during the trial"),
    Column("cut", "text", "fields whose text was longer than the limit and is stored up to it, joined by +"),
    Column("began", "time", "when the trial’s first screen was first served, by the server’s clock"),
    Column("ended", "time", "when its last answer was stored, by the server’s clock"),
)

EVENTS: tuple[Column, ...] = (
    Column("event", "whole", "number of the event in the database, ascending as they were stored"),
    *_STUDY,
    Column(
        "kind",
        "text",
        "what happened; the server writes enter, shown, answer, completed, …, the page click, change, focus-lost, …",
    ),
    Column("screen", "text", "id of the screen, such as trial-03.final"),
    Column("client_time", "time", "by the clock of the person’s device, which may be wrong"),
    Column("server_time", "time", "by the server’s clock, which decides"),
    Column("payload", "json", "everything else that was recorded"),
)

ANSWERS: tuple[Column, ...] = (
    *_STUDY,
    _STATUS,
    Column(
        "condition",
        "text",
        "between subjects: the condition; within: that of the block the screen belongs to",
    ),
    Column("screen", "text", "id of the screen, such as questionnaire-trust or check-c1"),
    Column("screen_kind", "text", "what it is", values="consent · screening · check · questionnaire"),
    Column("field", "text", "name of the question"),
    Column("value", "text", "the answer; several ticked ones joined by “ | ”"),
    Column("passed", "yes/no", "attention checks: the expected answer was given"),
    Column(
        "seconds", "number", "from showing the screen to storing the answer, by the server’s clock", "seconds"
    ),
    Column("answered", "time", "when it was stored, by the server’s clock"),
)

PARTICIPANTS: tuple[Column, ...] = (
    *_STUDY,
    _STATUS,
    Column("condition", "text", "between subjects: the condition; within subjects: empty"),
    Column("visit", "whole", "1, or more where the design lets people take part again"),
    Column("steps_done", "whole", "screens behind this person"),
    Column("steps_total", "whole", "screens of the whole session"),
    Column("checks_passed", "whole", "attention checks passed"),
    Column("checks_failed", "whole", "attention checks failed"),
    Column("entered", "time", "when the session began"),
    Column("finished", "time", "when it ended"),
    Column("minutes", "number", "from entered to finished", "minutes"),
    Column("external_id", "text", "id that the recruiting platform gave; exported only with --with-ids"),
)

TABLES: Mapping[str, tuple[Column, ...]] = {
    "trials": TRIALS,
    "answers": ANSWERS,
    "participants": PARTICIPANTS,
    "events": EVENTS,
}
CODEBOOK = ("table", "column", "meaning", "unit", "values", "missing")


def codebook() -> list[dict[str, Any]]:
    """Every column of every table, one line each."""
    return [column.row(table) for table, columns in TABLES.items() for column in columns]
