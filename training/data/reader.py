"""The questions that a model is trained and evaluated on, each with what grades an answer to it."""

import random
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from estimators.parsing.options import render_options
from estimators.text.non_answers import gives_no_answer
from evaluation.grading.grader import grade_choice, grade_short
from evaluation.jsonl_file import BadFile, first_fault
from evaluation.questions.layouts import describe, read_file, with_ids
from training.errors import TrainingStopped

NO_RIGHT_ANSWER = (
    "neither choices with answer nor answers: training needs to know what is right (of a data set whose test part "
    "holds the answers back, take the training part)"
)


class TrainingQuestion(BaseModel):
    """A question with choices and the index of the right one, or with accepted short answers."""

    model_config = ConfigDict(frozen=True)

    id: str = Field(min_length=1)
    question: str = Field(min_length=1)
    choices: tuple[str, ...] = ()
    answer: int | None = None
    answers: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _gradable(self) -> "TrainingQuestion":
        if self.choices and (self.answer is None or not 0 <= self.answer < len(self.choices)):
            if self.answer is None:
                raise ValueError(NO_RIGHT_ANSWER)
            raise ValueError(f"answer is no index of the {len(self.choices)} choices (it counts from 0)")
        if not self.choices and not any(answer.strip() for answer in self.answers):
            raise ValueError(NO_RIGHT_ANSWER)
        return self

    @property
    def text(self) -> str:
        """The question as it is asked."""
        return f"{self.question.rstrip()}\n{render_options(self.choices)}" if self.choices else self.question

    @property
    def right(self) -> str:
        """The right answer, as it is given."""
        if self.choices and self.answer is not None:
            return render_options(self.choices).split("\n")[self.answer]
        return next(answer for answer in self.answers if answer.strip())

    def grade(self, answer: str) -> bool | None:
        """Whether an answer is right; None where that cannot be told or it is none."""
        if self.choices and self.answer is not None:
            return grade_choice(answer, self.choices, self.answer).correct
        if gives_no_answer(answer, self.question):
            return None
        return grade_short(answer, self.answers).correct


def read_training_questions(path: Path) -> tuple[TrainingQuestion, ...]:
    """The questions of a file in any known layout; what was recognised is told on stderr.

    Raises CredenceError naming file, line and what is wrong.
    """
    found: dict[str, TrainingQuestion] = {}
    rows = read_file(path)
    for placed in with_ids(rows.questions, Counter()):
        fields = asdict(placed.entry)
        try:
            one = TrainingQuestion.model_validate(
                {name: fields[name] for name in TrainingQuestion.model_fields}
            )
        except ValidationError as error:
            raise TrainingStopped(
                f"{path}, {placed.place}: {first_fault(error)}. Mend or remove the {placed.place.split()[0]}."
            ) from None
        if one.id in found:
            raise TrainingStopped(
                f"{path}, {placed.place}: the id {one.id!r} stands twice; every question needs its own."
            )
        found[one.id] = one
    if not found:
        raise BadFile(f"{path} is empty: it has no questions.")
    print(f"{path}: {describe(rows, len(found))}", file=sys.stderr)
    return tuple(found.values())


def shuffled(questions: Sequence[TrainingQuestion], seed: int) -> list[TrainingQuestion]:
    """The questions in an order that the seed gives."""
    order = list(questions)
    random.Random(seed).shuffle(order)
    return order
