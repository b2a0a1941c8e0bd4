"""Questions for training and evaluation, each with its right answers."""

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
from evaluation.questions.layouts import describe, read_file, with_ids
from files.errors import BadFile
from files.json_lines import first_fault
from training.errors import TrainingStopped

NO_RIGHT_ANSWER = (
    "neither choices with answer nor answers: training needs the right answer (if the test split has no "
    "answers, use the training split)"
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
            raise ValueError(f"answer is not an index of the {len(self.choices)} choices (counted from 0)")
        if not self.choices and not any(answer.strip() for answer in self.answers):
            raise ValueError(NO_RIGHT_ANSWER)
        return self

    @property
    def text(self) -> str:
        """The question as asked."""
        return f"{self.question.rstrip()}\n{render_options(self.choices)}" if self.choices else self.question

    @property
    def right(self) -> str:
        """The right answer, as a reply would state it."""
        if self.choices and self.answer is not None:
            return render_options(self.choices).split("\n")[self.answer]
        return next(answer for answer in self.answers if answer.strip())

    def grade(self, answer: str) -> bool | None:
        """Whether an answer is correct; None if it cannot be graded or is no answer."""
        if self.choices and self.answer is not None:
            return grade_choice(answer, self.choices, self.answer).correct
        if gives_no_answer(answer, self.question):
            return None
        return grade_short(answer, self.answers).correct


def read_training_questions(path: Path) -> tuple[TrainingQuestion, ...]:
    """The questions of a file in any known layout; prints the recognized layout to stderr.

    Raises CredenceError naming file, line and problem.
    """
    questions: dict[str, TrainingQuestion] = {}
    file = read_file(path)
    for row in with_ids(file.questions, Counter()):
        fields = asdict(row.entry)
        try:
            question = TrainingQuestion.model_validate(
                {name: fields[name] for name in TrainingQuestion.model_fields}
            )
        except ValidationError as error:
            raise TrainingStopped(
                f"{path}, {row.place}: {first_fault(error)}. Fix or remove the {row.place.split()[0]}."
            ) from None
        if question.id in questions:
            raise TrainingStopped(
                f"{path}, {row.place}: the id {question.id!r} is used twice; every question needs a unique id."
            )
        questions[question.id] = question
    if not questions:
        raise BadFile(f"{path} is empty: it has no questions.")
    print(f"{path}: {describe(file, len(questions))}", file=sys.stderr)
    return tuple(questions.values())


def shuffled(questions: Sequence[TrainingQuestion], seed: int) -> list[TrainingQuestion]:
    """The questions in a random order, set by the seed."""
    order = list(questions)
    random.Random(seed).shuffle(order)
    return order
