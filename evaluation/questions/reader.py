"""Reads question files in every layout, and data sets from the Hugging Face hub, into one kind of question."""

import hashlib
import random
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from estimators.parsing.options import LABELS, find_options, render_options
from estimators.text.non_answers import gives_no_answer
from evaluation.grading.grader import Graded, Judge, grade_choice, grade_short
from evaluation.questions.hub import HUB, hub_rows
from evaluation.questions.layouts import (
    SUFFIXES,
    Placed,
    QuestionRows,
    describe,
    plain_stem,
    plain_suffix,
    read_file,
    read_rows,
    with_ids,
)
from files.errors import BadFile
from files.json_lines import first_fault

NOT_IN_FOLDERS = ".json"  # in a folder of questions, such a file often describes the others


class AskedQuestion(BaseModel):
    """One question, with its right answer if that is known."""

    model_config = ConfigDict(frozen=True)

    id: str = Field(min_length=1)
    question: str = Field(min_length=1)
    domain: str = Field(default="", validate_default=True)
    choices: tuple[str, ...] = ()
    answer: int | None = None  # index of the right choice
    answers: tuple[str, ...] = ()  # accepted short answers, the canonical one first

    @model_validator(mode="after")
    def _askable(self) -> "AskedQuestion":
        if not self.question.strip():
            raise ValueError("the question is blank")
        if self.choices:
            texts = tuple(choice.strip() for choice in self.choices)
            if not 2 <= len(texts) <= len(LABELS):
                raise ValueError(f"{len(texts)} choices; a question needs 2 to {len(LABELS)}")
            if self.answer is not None and texts.count(texts[self.answer % len(texts)]) > 1:
                raise ValueError("the right choice appears twice")
            if find_options(self.text)[1] != texts:
                raise ValueError(
                    "the choices cannot be asked as lettered lines: each must be one line, and the "
                    "question must not contain any"
                )
            if self.answer is not None and not 0 <= self.answer < len(texts):
                raise ValueError(
                    f"answer {self.answer} is not an index of {len(texts)} choices, counted from 0"
                )
        elif self.answer is not None:
            raise ValueError(
                "answer is the index of a choice, but there are no choices: put short answers in the field answers"
            )
        elif any(not answer.strip() for answer in self.answers):
            raise ValueError("an accepted answer is blank")
        return self

    @property
    def text(self) -> str:
        """The question as it is asked: the choices as lettered lines below it."""
        return f"{self.question.rstrip()}\n{render_options(self.choices)}" if self.choices else self.question


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """The questions of a source, and one line on what was recognized."""

    questions: tuple[AskedQuestion, ...]
    summary: str  # "ARC layout, 1,172 questions"


def read_questions(source: str | Path, left_out: list[str] | None = None) -> tuple[AskedQuestion, ...]:
    """The questions of ``read_question_set`` alone."""
    return read_question_set(source, left_out).questions


def read_question_set(source: str | Path, left_out: list[str] | None = None) -> QuestionSet:
    """The questions of a file, of a folder of files, or of a data set by its name on the hub, in any known layout.

    Ids are unique; without ids in the file they are made from the content. A question without a domain gets the file's
    name. Raises BadFile naming the file, the line and the problem; with ``left_out``, a question that cannot be asked
    is skipped instead and its problem added to the list.
    """
    used_ids: Counter[str] = Counter()
    rows = QuestionRows()
    questions: dict[str, tuple[str, AskedQuestion]] = {}  # id → source, question
    for name, stem, part in _parts(source, left_out):
        rows.add(part)
        for placed in with_ids(part.questions, used_ids):
            question = _asked(f"{name}, {placed.place}", placed, stem, left_out)
            if question is None:
                continue
            if question.id in questions:
                raise BadFile(_twice(name, placed, questions[question.id][0]))
            questions[question.id] = name, question
    if not questions:
        why = f", only {sum(rows.skipped.values()):,} {next(iter(rows.skipped))}" if rows.skipped else ""
        raise BadFile(f"{source} is empty: it has no questions{why}.")
    asked = tuple(question for _, question in questions.values())
    without = sum(question.answer is None and not question.answers for question in asked)
    return QuestionSet(asked, describe(rows, len(asked), without))


def _parts(source: str | Path, left_out: list[str] | None) -> list[tuple[str, str, QuestionRows]]:
    """Name, stem and rows of a file, of each file of a folder, or of a data set."""
    path = Path(source)
    if path.is_dir():
        files = sorted(file for file in path.iterdir() if file.is_file() and _belongs(file))
        if not files:
            raise BadFile(
                f"{path} contains no .jsonl, .csv, .tsv or .parquet file: give a file of questions, or a folder of them."
            )
        return [(str(file), plain_stem(file), read_file(file, left_out)) for file in files]
    if plain_suffix(path) in SUFFIXES or path.exists() or not HUB.fullmatch(str(source)):
        return [(str(source), plain_stem(path), read_file(path, left_out))]
    name = str(source)
    return [(name, path.stem.partition(":")[0], read_rows(name, tuple(hub_rows(name)), left_out))]


def _belongs(file: Path) -> bool:
    return plain_suffix(file) in SUFFIXES and plain_suffix(file) != NOT_IN_FOLDERS


def _asked(place: str, placed: Placed, stem: str, left_out: list[str] | None) -> AskedQuestion | None:
    """The question, or None if it cannot be asked and is noted in ``left_out``."""
    fields = asdict(placed.entry)
    del fields["number"]
    try:
        return AskedQuestion.model_validate({**fields, "domain": placed.entry.domain or stem})
    except ValidationError as error:
        fault = f"{place}: {first_fault(error)}."
        if left_out is None:
            raise BadFile(fault) from None
        left_out.append(fault)
        return None


def _twice(name: str, placed: Placed, other: str) -> str:
    if other != name:
        return f"{name}: the id {placed.entry.id!r} is also used in {Path(other).name}; every question needs a unique id."
    return (
        f"{name}, {placed.place}: the id {placed.entry.id!r} is used twice; every question needs a unique id."
    )


def readable(source: str | Path, skip_bad: bool) -> tuple[AskedQuestion, ...]:
    """The questions of a source; prints on stderr what was recognized.

    With ``skip_bad``, questions that cannot be asked are left out and named on stderr.
    """
    left_out: list[str] | None = [] if skip_bad else None
    question_set = read_question_set(source, left_out)
    for fault in left_out or ():
        print(f"left out: {fault}", file=sys.stderr)
    print(f"{source}: {question_set.summary}", file=sys.stderr)
    return question_set.questions


def digest(questions: Sequence[AskedQuestion]) -> str:
    """The sha256 of these questions, independent of the file format."""
    return hashlib.sha256(
        "\n".join(question.model_dump_json() for question in questions).encode()
    ).hexdigest()


def graded_answer(asked: AskedQuestion, text: str, judge: Judge | None = None) -> Graded:
    """The grade of an answer according to the question file; non-answers are not graded."""
    if asked.choices and asked.answer is not None:
        return grade_choice(text, asked.choices, asked.answer)
    if asked.answers and gives_no_answer(text, asked.question):
        return Graded(None, reason="it gives no answer")
    if asked.answers:
        return grade_short(text, asked.answers, judge)
    return Graded(None, reason="the question file has no right answer to it")


def drawn(
    questions: Sequence[AskedQuestion], n: int | None, seed: int, after: int = 0
) -> tuple[AskedQuestion, ...]:
    """n questions drawn at random without replacement, all of them if n is None; a larger n keeps the smaller draw.

    The first ``after`` of them are skipped, to continue a draw. Raises BadFile if there are too few questions, or none
    is left.
    """
    if n is not None and n > len(questions):
        raise BadFile(f"{n} questions were requested, but there are only {len(questions)}.")
    order = list(questions)
    if n is not None:
        random.Random(seed).shuffle(order)
    kept = order[after:n]
    if after and not kept:
        raise BadFile(f"no question is left after the first {after} of {n or len(questions)}.")
    return tuple(kept)
