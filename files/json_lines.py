"""Reads files with one JSON object per line and checks each of them."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from files.errors import BadFile
from files.text import file_text

Row = TypeVar("Row", bound=BaseModel)


def numbered_objects(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """The line number and the object of every line that is not blank.

    Raises BadFile naming file and line.
    """
    for number, line in enumerate(file_text(path).split("\n"), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as error:
            raise BadFile(f"{path}, line {number}: not JSON ({error}).") from None
        if not isinstance(row, dict):
            raise BadFile(f"{path}, line {number}: not a JSON object.")
        yield number, row


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
