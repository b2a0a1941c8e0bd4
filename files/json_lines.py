"""Reads and writes files with one JSON object per line; errors name the line."""

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from files.atomic import write_lines
from files.errors import BadFile
from files.text import decoded, file_bytes

Row = TypeVar("Row", bound=BaseModel)
Numbered = tuple[int, dict[str, Any]]


def json_line(row: Mapping[str, Any]) -> str:
    """An object as one line, with its line break.

    >>> json_line({"café": 1})
    '{"café": 1}\\n'
    """
    return json.dumps(row, ensure_ascii=False) + "\n"


def objects_in(text: str, source: str | Path) -> Iterator[Numbered]:
    """The line number and the object of every line that is not blank.

    Raises BadFile naming the source and the line.
    """
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as error:
            raise BadFile(f"{source}, line {number}: not JSON ({error}).") from None
        if not isinstance(row, dict):
            raise BadFile(f"{source}, line {number}: not a JSON object.")
        yield number, row


def numbered_objects(path: Path, cut: list[int] | None = None) -> Iterator[Numbered]:
    """The line number and the object of every line of a file that is not blank; the file may be gzipped.

    With ``cut``, an incomplete last line, such as a kill leaves, is skipped and its number added to the list.
    Raises BadFile naming file and line.
    """
    data = file_bytes(path)
    end = data.rfind(b"\n") + 1
    if cut is not None and not is_whole(data[end:]):
        cut.append(data.count(b"\n") + 1)
        data = data[:end]
    yield from objects_in(decoded(path, data), path)


def is_whole(line: bytes) -> bool:
    """Whether a line was written completely: it is JSON, or blank."""
    try:
        json.loads(line)
    except ValueError:
        return not line.strip()
    return True


def first_object(path: Path) -> dict[str, Any]:
    """The object on the first line that is not blank; empty if there is none. Raises BadFile naming file and line."""
    return next((row for _, row in numbered_objects(path)), {})


def write_objects(path: Path, rows: Iterable[Mapping[str, Any]]) -> int:
    """Replace a file by these objects, one per line; returns how many there were."""
    return write_lines(path, map(json_line, rows))


def first_fault(error: ValidationError) -> str:
    """The first problem of a row: its field and the reason."""
    first = error.errors()[0]
    if cause := first.get("ctx", {}).get("error"):
        return str(cause)
    return f"{'.'.join(map(str, first['loc']))}: {first['msg'].lower()}"


def read_rows(path: Path, kind: type[Row]) -> tuple[Row, ...]:
    """Every line of a file as the given kind; raises BadFile naming file, line and field."""
    rows = []
    for number, fields in numbered_objects(path):
        try:
            rows.append(kind.model_validate(fields))
        except ValidationError as error:
            raise BadFile(f"{path}, line {number}: {first_fault(error)}.") from None
    if not rows:
        raise BadFile(f"{path} is empty: it needs one JSON object per line.")
    return tuple(rows)
