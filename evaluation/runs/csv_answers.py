"""Reads a CSV of answers with their confidence and correctness, and checks every line."""

import csv
import io
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from evaluation.metrics.validation import Floats
from evaluation.runs.written_numbers import MISSING, SHARES, BadNumber, Scale, share
from files.errors import BadFile
from files.text import file_text

_RIGHT = ("1", "1.0", "true", "t", "yes", "y", "right", "correct")
_WRONG = ("0", "0.0", "false", "f", "no", "n", "wrong", "incorrect")
CORRECT = {**dict.fromkeys(_RIGHT, 1.0), **dict.fromkeys(_WRONG, 0.0)}


@dataclass(frozen=True, slots=True)
class Answers:
    """The graded answers of a CSV, with the requested columns of confidence."""

    correct: Floats  # shape (n,), 0 or 1
    confidence: Mapping[str, Floats]  # by column, shape (n,), in [0, 1]; nan if the field is empty
    ungraded: int = 0  # rows with an empty `correct`, left out


def read_answers(
    path: Path, columns: Sequence[str] = ("confidence",), correct: str = "correct", scale: Scale = SHARES
) -> Answers:
    """Read a CSV with a header; other columns are ignored, and so is the case of column names.

    Fields are separated by commas, semicolons or tabs, as in the header. A confidence is a number from 0 to 1
    or empty (``scale`` says if the file has percentages or decimal commas), ``correct`` is 1 or 0, true or
    false, yes or no, right or wrong, or empty. Raises BadFile naming the file, the line and the problem.
    """
    text = file_text(path)
    try:
        return _read(text, path, columns, correct, scale)
    except csv.Error as error:
        raise BadFile(f"{path} is not a CSV file ({error}).") from None


def _read(text: str, path: Path, columns: Sequence[str], correct: str, scale: Scale) -> Answers:
    head = text.lstrip("\r\n").splitlines()[:1]
    separator = max(",;\t", key=head[0].count) if head else ","
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    header = next(([name.strip() for name in row] for row in rows if any(row)), [])
    if not any(header):
        raise BadFile(f"{path} is empty: it needs a header line with {', '.join((*columns, correct))}.")
    where = [_place(path, header, name) for name in (*columns, correct)]
    outcomes, sure = array("d"), [array("d") for _ in columns]
    ungraded = 0
    for row in rows:
        if len(row) != len(header):
            if not any(row):
                continue  # a blank line
            raise BadFile(_other_length(path, rows.line_num, row, header, separator))
        outcome = CORRECT.get(row[where[-1]])
        if outcome is None:
            outcome = _outcome(path, rows.line_num, header[where[-1]], row[where[-1]], scale)
        try:
            values = [share(header[place], row[place], scale) for place in where[:-1]]
        except BadNumber as error:
            raise BadFile(f"{path}, line {rows.line_num}: {error}") from None
        if outcome < 0:
            ungraded += 1
            continue
        outcomes.append(outcome)
        for kept, value in zip(sure, values, strict=True):
            kept.append(value)
    if not outcomes:
        what = f"{ungraded} rows, none of them graded" if ungraded else "a header and no rows"
        raise BadFile(f"{path} has {what}: nothing can be scored.")
    confidence = {name: np.array(kept) for name, kept in zip(columns, sure, strict=True)}
    _check_percent(path, confidence, scale)
    return Answers(np.array(outcomes), confidence, ungraded)


def _check_percent(path: Path, confidence: Mapping[str, Floats], scale: Scale) -> None:
    """Raise BadFile for a column of shares read as percentages: .85 would become .85 %."""
    for name, values in confidence.items():
        there = values[~np.isnan(values)] * 100
        if scale.percent and there.size and there.max() <= 1 and bool(((there > 0) & (there < 1)).any()):
            raise BadFile(
                f"{path}: no {name} is above 1, so they are not percentages: leave out --percent (if only one of two "
                "columns contains percentages, divide it by 100)."
            )


def _other_length(path: Path, line: int, row: Sequence[str], header: Sequence[str], separator: str) -> str:
    message = f"{path}, line {line}: {len(row)} fields, but the header has {len(header)}."
    if separator == "," and len(row) > len(header):
        message += (
            " Quote a field that contains a comma; decimal commas need semicolons or tabs between fields."
        )
    return message


def _place(path: Path, header: Sequence[str], name: str) -> int:
    places = [place for place, column in enumerate(header) if column.lower() == name.strip().lower()]
    if len(places) == 1:
        return places[0]
    if places:
        raise BadFile(f"{path}: the header names {name!r} {len(places)} times: rename one of them.")
    names = ", ".join(header)
    if all(_is_number(column) for column in header):
        raise BadFile(
            f"{path} begins with data ({names}): it needs a header line such as confidence,correct."
        )
    option = "--correct" if name == "correct" else "--confidence"
    raise BadFile(
        f"{path} has no column {name!r}; its header is: {names}. Rename one, or name it with {option} COLUMN."
    )


def _is_number(text: str) -> bool:
    try:
        float(text.rstrip("% ").replace(",", "."))
    except ValueError:
        return False
    return True


def _outcome(path: Path, line: int, column: str, text: str, scale: Scale) -> float:
    """0 or 1, or −1 for an empty field."""
    bare = text.strip().lower()
    if bare in MISSING:
        return -1.0
    if scale.decimal_comma:
        bare = bare.replace(",", ".")
    if bare in CORRECT:
        return CORRECT[bare]
    raise BadFile(
        f"{path}, line {line}: {column} is {text!r}: write 1 or 0, true or false, yes or no, or leave it empty."
    )
