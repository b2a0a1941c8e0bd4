"""Question files: our JSONL, CSV, and data sets of the Hugging Face hub, all read into one kind of question."""

import csv
import hashlib
import random
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from estimators.no_answer import gives_no_answer
from estimators.options import LABELS, find_options, render_options
from evaluation.grading import Graded, Judge, grade_choice, grade_short
from evaluation.hub_questions import HUB, hub_rows
from evaluation.jsonl_file import BadFile, first_fault, numbered_objects


class AskedQuestion(BaseModel):
    """One question, with what is needed to grade an answer to it, if that is known."""

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
                raise ValueError(f"{len(texts)} choices; 2 to {len(LABELS)} are needed")
            if self.answer is not None and texts.count(texts[self.answer % len(texts)]) > 1:
                raise ValueError("the right choice stands twice")
            if find_options(self.text)[1] != texts:
                raise ValueError(
                    "the choices cannot be lettered lines: one line each, none within the question"
                )
            if self.answer is not None and not 0 <= self.answer < len(texts):
                raise ValueError(
                    f"answer {self.answer} is no index of {len(texts)} choices: it counts from 0"
                )
        elif self.answer is not None:
            raise ValueError(
                "answer is the index of a choice, and there are no choices: short answers go into answers"
            )
        elif any(not answer.strip() for answer in self.answers):
            raise ValueError("an accepted answer is blank")
        return self

    @property
    def text(self) -> str:
        """The question as it is asked: the choices as lettered lines below it."""
        return f"{self.question.rstrip()}\n{render_options(self.choices)}" if self.choices else self.question


def read_questions(source: str | Path, left_out: list[str] | None = None) -> tuple[AskedQuestion, ...]:
    """The questions of a .jsonl or .csv file, of a folder's .jsonl files, or of a data set by its name on the hub.

    Ids are unique. A question without a domain has the file's name for one. Raises BadFile naming file, line and what
    is wrong; given a list, a question that cannot be asked is left out instead and its fault put there.
    """
    path = Path(source)
    if path.is_dir():
        return _read_folder(path, left_out)
    if path.suffix.lower() == ".csv":
        rows, where = list(_csv_rows(path)), "line"
    elif path.suffix.lower() in (".jsonl", ".json") or path.exists() or not HUB.fullmatch(str(source)):
        rows, where = list(numbered_objects(path)), "line"
    else:
        rows, where = list(hub_rows(str(source))), "row"
    questions: dict[str, AskedQuestion] = {}
    for number, row in rows:
        try:
            question = AskedQuestion.model_validate({"domain": "", **row})
        except ValidationError as error:
            fault = f"{source}, {where} {number}: {first_fault(error)}."
            if left_out is None:
                raise BadFile(fault) from None
            left_out.append(fault)
            continue
        if question.id in questions:
            raise BadFile(
                f"{source}, {where} {number}: the id {question.id!r} stands twice; every question needs its own."
            )
        if not question.domain:
            question = question.model_copy(update={"domain": path.stem.partition(":")[0]})
        questions[question.id] = question
    if not questions:
        raise BadFile(f"{source} is empty: it holds no question.")
    return tuple(questions.values())


def _read_folder(folder: Path, left_out: list[str] | None) -> tuple[AskedQuestion, ...]:
    files = sorted(folder.glob("*.jsonl"))
    if not files:
        raise BadFile(f"{folder} holds no .jsonl file: give a file of questions, or a folder of them.")
    found: dict[str, tuple[Path, AskedQuestion]] = {}
    for file in files:
        for question in read_questions(file, left_out):
            if question.id in found:
                other = found[question.id][0].name
                raise BadFile(
                    f"{file}: the id {question.id!r} stands in {other} too; every question needs its own."
                )
            found[question.id] = file, question
    return tuple(question for _, question in found.values())


def readable(source: str | Path, skip_bad: bool) -> tuple[AskedQuestion, ...]:
    """The questions of a source; with ``skip_bad`` without those that cannot be asked, each told on stderr."""
    left_out: list[str] | None = [] if skip_bad else None
    questions = read_questions(source, left_out)
    for fault in left_out or ():
        print(f"left out: {fault}", file=sys.stderr)
    return questions


def digest(questions: Sequence[AskedQuestion]) -> str:
    """The sha256 of these questions, from whatever kind of file they came."""
    return hashlib.sha256("\n".join(one.model_dump_json() for one in questions).encode()).hexdigest()


def graded_answer(asked: AskedQuestion, text: str, judge: Judge | None = None) -> Graded:
    """The grade of an answer by what the question file says; who says only that he does not know is not graded."""
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

    The first ``after`` of them are left out, so that a draw can be gone on with. Raises BadFile where there are not so
    many, or none is left.
    """
    if n is not None and n > len(questions):
        raise BadFile(f"{n} questions are wanted and there are only {len(questions)}.")
    order = list(questions)
    if n is not None:
        random.Random(seed).shuffle(order)
    kept = order[after:n]
    if after and not kept:
        raise BadFile(f"no question is left after the first {after} of {n or len(questions)}.")
    return tuple(kept)


def _csv_rows(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Rows of a CSV file: ``choices`` and ``answers`` parted by |, ``answer`` the letter or the text of a choice."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            found = reader.fieldnames or ()
            if "question" not in found:
                raise BadFile(
                    f"{path}, line 1: no column named question; the columns are {', '.join(found) or 'none'}."
                )
            for row in reader:
                if None in row:
                    raise BadFile(
                        f"{path}, line {reader.line_num}: more cells than columns; quote texts with commas."
                    )
                yield reader.line_num, _from_csv(path, reader.line_num, row)
    except FileNotFoundError:
        raise BadFile(f"There is no file {path}: check the path.") from None
    except UnicodeDecodeError as error:
        raise BadFile(f"{path} is not UTF-8 text ({error.reason}): save it as UTF-8.") from None
    except csv.Error as error:
        raise BadFile(f"{path} is no CSV file ({error}).") from None


def _from_csv(path: Path, line: int, row: Mapping[str, str | None]) -> dict[str, Any]:
    cells = {name: (text or "").strip() for name, text in row.items()}
    made: dict[str, Any] = {"id": cells.get("id") or f"line {line}", "question": cells["question"]}
    made["domain"] = cells.get("domain", "")
    made["choices"] = choices = _parted(cells.get("choices", ""))
    made["answers"] = _parted(cells.get("answers", ""))
    right = cells.get("answer", "")
    if choices and right:
        made["answer"] = _place(right, choices)
        if made["answer"] is None:
            raise BadFile(
                f"{path}, line {line}: answer {right!r} is neither the letter nor the text of a choice."
            )
    elif right:
        made["answers"] = [right, *made["answers"]]
    return made


def _parted(text: str) -> list[str]:
    return [part.strip() for part in text.split("|") if part.strip()]


def _place(right: str, choices: Sequence[str]) -> int | None:
    if right in choices:
        return choices.index(right)
    letters = LABELS[: len(choices)]
    return letters.index(right.upper()) if len(right) == 1 and right.upper() in letters else None
