"""Reads a file of saved answers, whatever tool wrote it, and says which layout it has."""

import csv
import io
import json
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evaluation.saved_answers.completion_log import is_completion, read_completion
from evaluation.saved_answers.harness_log import is_harness_sample, read_harness_sample
from evaluation.saved_answers.inspect_log import archived_samples, inspect_samples, is_inspect_log
from evaluation.saved_answers.plain_rows import FIELDS, is_plain_row, read_plain_row
from evaluation.saved_answers.saved_answer import BadRow, SavedAnswer
from files.errors import BadFile
from files.json_lines import objects_in
from files.text import file_text, plain_name

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Layout:
    """One layout of rows: its name, how a row is recognized, and how it is read."""

    name: str
    fits: Callable[[Row], bool]
    read: Callable[[Row, int], SavedAnswer]


LAYOUTS = (
    Layout("lm-evaluation-harness samples", is_harness_sample, read_harness_sample),
    Layout("chat completions", is_completion, read_completion),
    Layout("questions and answers", is_plain_row, read_plain_row),
)


@dataclass(frozen=True, slots=True)
class SavedAnswers:
    """The answers of a file, and the name of its layout."""

    layout: str
    answers: tuple[SavedAnswer, ...]


def read_saved_answers(path: Path) -> SavedAnswers:
    """Read a CSV, JSON lines, a JSON list or object, or a log of Inspect; each may be gzipped.

    Raises BadFile naming the file, the line and what is wrong.
    """
    if plain_name(path).endswith(".eval") or _is_archive(path):
        return _found("Inspect log", path, tuple(archived_samples(path)))
    text = file_text(path)
    if plain_name(path).endswith((".csv", ".tsv")):
        return _of_rows(path, _csv_rows(path, text))
    try:
        whole = json.loads(text)
    except ValueError:
        return _of_rows(path, objects_in(text, path))
    if is_inspect_log(whole):
        try:
            return _found("Inspect log", path, tuple(inspect_samples(whole)))
        except BadRow as error:
            raise BadFile(f"{path}: {error}.") from None
    rows = whole if isinstance(whole, list) else [whole]
    if not all(isinstance(row, dict) for row in rows):
        raise BadFile(f"{path} must hold JSON objects, one for each answer.")
    return _of_rows(path, enumerate(rows, 1))


def _is_archive(path: Path) -> bool:
    return path.is_file() and zipfile.is_zipfile(path)


def _csv_rows(path: Path, text: str) -> Iterator[tuple[int, Row]]:
    head = text.lstrip("\r\n").splitlines()[:1]
    separator = max(",;\t", key=head[0].count) if head else ","
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=separator)
    try:
        for row in reader:
            yield reader.line_num, {(name or "").strip().lower(): value for name, value in row.items()}
    except csv.Error as error:
        raise BadFile(f"{path} is not a CSV file ({error}).") from None


def _of_rows(path: Path, rows: Iterable[tuple[int, Row]]) -> SavedAnswers:
    layout: Layout | None = None
    answers = []
    for number, row in rows:
        layout = layout or next((one for one in LAYOUTS if one.fits(row)), None)
        if layout is None:
            raise BadFile(f"{path}, line {number}: there is no answer in this row. The fields are {FIELDS}.")
        try:
            answers.append(layout.read(row, number))
        except (BadRow, ValueError) as error:
            raise BadFile(f"{path}, line {number}: {error}.") from None
    return _found(layout.name if layout else "", path, tuple(answers))


def _found(layout: str, path: Path, answers: tuple[SavedAnswer, ...]) -> SavedAnswers:
    if not answers:
        raise BadFile(f"{path} has no answers.")
    return SavedAnswers(layout, answers)
