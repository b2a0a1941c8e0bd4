"""Rows of a CSV or of JSON lines that a person wrote: one question and answer each."""

from collections.abc import Mapping, Sequence
from typing import Any

from evaluation.grading.grader import grade_short
from evaluation.runs.csv_answers import CORRECT
from evaluation.saved_answers.saved_answer import BadRow, SavedAnswer, answer_of

QUESTION = ("question", "prompt", "input")
ANSWER = ("answer", "response", "output", "completion", "prediction")
FIELDS = "question, answer, and optionally correct, answers, choices, confidence, logprobs, model, id"


def is_plain_row(row: Mapping[str, Any]) -> bool:
    """Whether a row has an answer under one of the known names."""
    return any(name in row for name in ANSWER)


def read_plain_row(row: Mapping[str, Any], number: int) -> SavedAnswer:
    """A row; raises BadRow naming the field that cannot be read."""
    text = _named(row, ANSWER)
    if text is None:
        raise BadRow(f"there is no answer. The fields are {FIELDS}")
    confidence = _confidence(row.get("confidence"))
    choices = row.get("choices")
    if choices is not None and not (isinstance(choices, Sequence) and not isinstance(choices, str)):
        raise BadRow("choices: this must be a list of texts")
    return SavedAnswer(
        str(row.get("id") or number),
        _named(row, QUESTION) or "",
        answer_of(text, row.get("logprobs"), row.get("finish_reason")),
        tuple(map(str, choices or ())),
        _correct(row, text),
        confidence,
        "the file's own confidence" if confidence is not None else "",
        str(row.get("model") or ""),
    )


def _named(row: Mapping[str, Any], names: Sequence[str]) -> str | None:
    found = next((row[name] for name in names if row.get(name) is not None), None)
    if found is not None and not isinstance(found, str):
        raise BadRow(f"{next(name for name in names if name in row)}: this must be a text")
    return found


def _confidence(value: Any) -> float | None:
    if value is None or value == "":
        return None
    try:
        return float(value)
    except (TypeError, ValueError):
        raise BadRow(f"confidence: {value!r} is not a number from 0 to 1") from None


def _correct(row: Mapping[str, Any], text: str) -> bool | None:
    """Whether the answer is right: as the row says, or because it is one of the accepted answers."""
    stated = row.get("correct")
    if stated not in (None, ""):
        value = CORRECT.get(str(stated).strip().lower())
        if value is None:
            raise BadRow(f"correct: {stated!r} is neither 1 or 0, true or false, yes or no, nor empty")
        return bool(value)
    accepted = row.get("answers")
    if accepted in (None, ""):
        return None
    texts = [accepted] if isinstance(accepted, str) else list(accepted)
    return grade_short(text, [str(answer) for answer in texts]).correct
