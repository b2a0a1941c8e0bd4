"""The model's full greedy replies to questions, parsed as the chat parses them."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from chains.pipeline.verbalized import REPLY_TOKENS
from chains.progress import Progress
from estimators.parsing.verbalized_values import read_answer, read_tenths
from training.data.answers import generate
from training.data.reader import TrainingQuestion
from training.data.rows import append_rows, read_rows
from training.policy import Policy


@dataclass(frozen=True, slots=True)
class StatedReply:
    """A reply to one question: its answer, the grade, and the stated confidence."""

    id: str
    question: str
    reply: str
    answer: str
    correct: bool | None  # None if it cannot be graded
    tenths: int | None  # None if no confidence was stated

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> "StatedReply":
        return cls(**{name: row[name] for name in cls.__slots__})


def replies_to(
    policy: Policy, questions: Sequence[TrainingQuestion], path: Path, batch: int
) -> tuple[StatedReply, ...]:
    """The greedy reply to every question; replies already in the file are reused."""
    done = {row["id"] for row in read_rows(path)}
    unanswered = sorted(
        (question for question in questions if question.id not in done),
        key=lambda question: len(question.text),
    )
    answered = len(questions) - len(unanswered)
    with Progress(f"asking for {path.name}", "questions", len(questions), done=answered) as progress:
        for start in range(0, len(unanswered), batch):
            asked = unanswered[start : start + batch]
            texts = generate(
                policy, [policy.question_tokens(question.text) for question in asked], REPLY_TOKENS
            )
            append_rows(
                path, [asdict(_read(question, text)) for question, text in zip(asked, texts, strict=True)]
            )
            progress.advance(len(asked))
    places = {question.id: place for place, question in enumerate(questions)}
    replies = [StatedReply.from_row(row) for row in read_rows(path) if row["id"] in places]
    return tuple(sorted(replies, key=lambda reply: places[reply.id]))


def _read(question: TrainingQuestion, text: str) -> StatedReply:
    answer = read_answer(text)
    return StatedReply(
        question.id,
        question.text,
        text,
        answer,
        question.grade(answer) if answer else None,
        read_tenths(text),
    )
