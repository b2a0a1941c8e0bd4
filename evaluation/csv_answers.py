"""A CSV of answers: their confidence and whether they were correct, checked line by line."""

import csv
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

import numpy as np

from evaluation.jsonl_file import BadFile
from evaluation.metrics.checked import Floats

CORRECT = {"1": 1.0, "0": 0.0, "true": 1.0, "false": 0.0, "1.0": 1.0, "0.0": 0.0}
MISSING = {"", "na", "n/a", "none", "null"}


@dataclass(frozen=True, slots=True)
class Answers:
    """The answers of a CSV that were graded, with each of the columns of confidence asked for."""

    correct: Floats  # shape (n,), 0 or 1
    confidence: Mapping[str, Floats]  # by column, shape (n,), in [0, 1]; nan where the field is empty
    ungraded: int = 0  # rows with an empty `correct`, left out


def read_answers(path: Path, columns: Sequence[str] = ("confidence",), correct: str = "correct") -> Answers:
    """Read a CSV with a header; other columns are left alone, and so is the case of a column's name.

    Fields are parted by a comma, a semicolon or a tab, as in the header. A confidence is a number from 0 to 1
    or empty, ``correct`` is 1, 0, true, false or empty. Raises BadFile naming file, line and what is wrong.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return _read(file, path, columns, correct)
    except UnicodeDecodeError as error:
        raise BadFile(f"{path} is not UTF-8 text ({error.reason}): save it as UTF-8.") from None
    except FileNotFoundError:
        raise BadFile(f"There is no file {path}: check the path.") from None
    except OSError as error:
        raise BadFile(f"{path} cannot be read ({error.strerror}): check it.") from None
    except csv.Error as error:
        raise BadFile(f"{path} is no CSV ({error}).") from None


def _read(file: TextIO, path: Path, columns: Sequence[str], correct: str) -> Answers:
    first = file.readline()
    file.seek(0)
    rows = csv.reader(file, delimiter=max(",;\t", key=first.count))
    header = [name.strip() for name in next(rows, [])]
    if not any(header):
        raise BadFile(f"{path} is empty: a header line with {', '.join((*columns, correct))} is needed.")
    where = [_place(path, header, name) for name in (*columns, correct)]
    outcomes, sure = array("d"), [array("d") for _ in columns]
    ungraded = 0
    for row in rows:
        if len(row) != len(header):
            if not any(row):
                continue  # a blank line
            raise BadFile(
                f"{path}, line {rows.line_num}: {len(row)} fields, and the header has {len(header)}."
            )
        outcome = CORRECT.get(row[where[-1]])
        if outcome is None:
            outcome = _outcome(path, rows.line_num, header[where[-1]], row[where[-1]])
        values = []
        for place in where[:-1]:
            try:
                value = float(row[place])
            except ValueError:
                value = _no_number(path, rows.line_num, header[place], row[place])
            else:
                if not 0.0 <= value <= 1.0:
                    _outside(path, rows.line_num, header[place], row[place])
            values.append(value)
        if outcome < 0:
            ungraded += 1
            continue
        outcomes.append(outcome)
        for kept, value in zip(sure, values, strict=True):
            kept.append(value)
    if not outcomes:
        what = f"{ungraded} rows, and none of them is graded" if ungraded else "a header and no rows"
        raise BadFile(f"{path} has {what}: nothing can be scored.")
    found = {name: np.array(kept) for name, kept in zip(columns, sure, strict=True)}
    return Answers(np.array(outcomes), found, ungraded)


def _place(path: Path, header: Sequence[str], name: str) -> int:
    places = [place for place, one in enumerate(header) if one.lower() == name.lower()]
    if len(places) == 1:
        return places[0]
    if places:
        raise BadFile(f"{path}: the header names {name!r} {len(places)} times: rename one of them.")
    told = ", ".join(header)
    if all(_is_number(one) for one in header):
        raise BadFile(
            f"{path} begins with data ({told}): a header line such as confidence,correct is needed."
        )
    option = "--correct" if name == "correct" else "--confidence"
    raise BadFile(
        f"{path} has no column {name!r}; its header is: {told}. Rename one, or name it with {option} COLUMN."
    )


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _outcome(path: Path, line: int, column: str, text: str) -> float:
    """0 or 1, or −1 for an empty field."""
    bare = text.strip().lower()
    if bare in MISSING:
        return -1.0
    if bare in CORRECT:
        return CORRECT[bare]
    raise BadFile(
        f"{path}, line {line}: {column} is {text!r}: write 1 or 0, true or false, or leave it empty."
    )


def _no_number(path: Path, line: int, column: str, text: str) -> float:
    if text.strip().lower() in MISSING:
        return float("nan")
    raise BadFile(
        f"{path}, line {line}: {column} is {text!r}: write a number from 0 to 1, or leave it empty."
    )


def _outside(path: Path, line: int, column: str, text: str) -> None:
    hint = " Percentages are divided by 100 first." if _is_number(text) and 1 < float(text) <= 100 else ""
    hint = hint or " Leave it empty where it is missing." if text.strip().lower() == "nan" else hint
    raise BadFile(f"{path}, line {line}: {column} is {text}, which is not from 0 to 1.{hint}")
