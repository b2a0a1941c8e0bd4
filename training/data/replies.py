"""What a model really replies to questions, greedily and in full, read as the chat reads it."""

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
    """A reply to one question: its answer, the grade of it, and the stated confidence."""

    id: str
    question: str
    reply: str
    answer: str
    correct: bool | None  # None where it cannot be graded
    tenths: int | None  # None where no confidence was stated

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> "StatedReply":
        return cls(**{name: row[name] for name in cls.__slots__})


def replies_to(
    policy: Policy, questions: Sequence[TrainingQuestion], path: Path, batch: int
) -> tuple[StatedReply, ...]:
    """The reply to every question, greedy; what stands in the file already is not asked again."""
    done = {row["id"] for row in read_rows(path)}
    rest = sorted(
        (question for question in questions if question.id not in done), key=lambda one: len(one.text)
    )
    there = len(questions) - len(rest)
    with Progress(f"asking for {path.name}", "questions", len(questions), done=there) as progress:
        for start in range(0, len(rest), batch):
            asked = rest[start : start + batch]
            texts = generate(policy, [policy.question_tokens(one.text) for one in asked], REPLY_TOKENS)
            append_rows(path, [asdict(_read(one, text)) for one, text in zip(asked, texts, strict=True)])
            progress.advance(len(asked))
    wanted = {question.id: place for place, question in enumerate(questions)}
    found = [StatedReply.from_row(row) for row in read_rows(path) if row["id"] in wanted]
    return tuple(sorted(found, key=lambda one: wanted[one.id]))


def _read(asked: TrainingQuestion, text: str) -> StatedReply:
    answer = read_answer(text)
    return StatedReply(
        asked.id, asked.text, text, answer, asked.grade(answer) if answer else None, read_tenths(text)
    )
