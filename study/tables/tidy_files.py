"""Reads and writes tidy tables as CSV and JSON Lines; CSV cells are safe to open in a spreadsheet."""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from chains.errors import CredenceError
from files.errors import BadFile
from files.json_lines import objects_in
from study.tables.columns import KINDS, Column

RISKY = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet treats cells that start like this as formulas
ESCAPE = "'"


class BadData(CredenceError):
    """An exported file is missing or does not match the codebook; the message names file, line and column."""


def harmless(text: str) -> str:
    """Make a text safe for spreadsheets: put a ' before a text that starts like a formula, or with a '.

    Leading spaces are ignored, because some programs trim them. ``restored`` undoes this.
    Reference: OWASP, CSV injection.

    >>> harmless("=1+1"), harmless("-0.5 is less"), harmless("plain"), harmless("'quoted")
    ("'=1+1", "'-0.5 is less", 'plain', "''quoted")
    """
    begins = text.lstrip(" \u00a0\ufeff\n\0")
    return ESCAPE + text if begins.startswith(RISKY) or text.startswith(ESCAPE) else text


def restored(cell: str) -> str:
    """The original text of a cell written by ``harmless``.

    >>> restored(harmless("=1+1")), restored(harmless("'")), restored("plain")
    ('=1+1', "'", 'plain')
    """
    return cell[1:] if cell.startswith(ESCAPE) else cell


def csv_cell(column: Column, value: Any) -> str:
    """One value as a CSV cell: plain numbers, harmless texts, empty if missing.

    Numbers may start with a minus; a column of numbers never holds formulas.
    """
    if value is None:
        return ""
    if column.kind == "yes/no":
        return "1" if value else "0"
    if column.kind in ("whole", "number", "share"):
        return repr(value) if isinstance(value, float) else str(int(value))
    return harmless(_json(value) if column.kind == "json" else str(value))


def csv_lines(columns: Sequence[Column], rows: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Stream the table as CSV (RFC 4180), with a header."""
    yield _csv_line([column.name for column in columns])
    for row in rows:
        yield _csv_line([csv_cell(column, row.get(column.name)) for column in columns])


def jsonl_lines(columns: Sequence[Column], rows: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Stream the table as JSON Lines, one object per row with every column."""
    for row in rows:
        yield _json({column.name: row.get(column.name) for column in columns}) + "\n"


def read_table(path: Path, columns: Sequence[Column]) -> Iterator[dict[str, Any]]:
    """The rows of an exported CSV or JSONL, converted to the kind of each column; other columns are ignored.

    Columns that older files lack are missing in every row.
    Raises BadData naming file, line and column.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:  # keeps line breaks in cells
            text = file.read()
    except FileNotFoundError:
        raise BadData(f"There is no file {path}. Check the path, or run export first.") from None
    except (UnicodeDecodeError, OSError) as error:
        raise BadData(
            f"{path} cannot be read ({error}). It must be an exported CSV or JSONL file in UTF-8."
        ) from None
    lines = _from_jsonl(path, text) if path.suffix == ".jsonl" else _from_csv(path, text)
    for line, row in lines:
        lacking = [column.name for column in columns if column.name not in row and not column.later]
        if lacking:
            raise BadData(f"{path}, line {line}: the column {lacking[0]} is missing; export the data again.")
        yield {column.name: _value(path, line, column, row.get(column.name)) for column in columns}


def _csv_line(cells: Sequence[str]) -> str:
    written = io.StringIO(newline="")
    csv.writer(written).writerow(cells)
    return written.getvalue()


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _from_csv(path: Path, text: str) -> Iterator[tuple[int, dict[str, Any]]]:
    head = text.partition("\n")[0]  # a spreadsheet may have saved the file with another separator
    separator = max(",;\t", key=head.count)
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True, delimiter=separator)
    try:
        for row in reader:
            if None in row or None in row.values():
                raise BadData(
                    f"{path}, line {reader.line_num}: the number of cells does not match the header."
                )
            yield reader.line_num, {name: restored(cell) if cell else None for name, cell in row.items()}
    except csv.Error as error:
        raise BadData(f"{path}, line {reader.line_num}: not valid CSV ({error}).") from None


def _from_jsonl(path: Path, text: str) -> Iterator[tuple[int, dict[str, Any]]]:
    try:
        yield from objects_in(text, path)
    except BadFile as error:
        raise BadData(str(error)) from None


def _value(path: Path, line: int, column: Column, value: Any) -> Any:
    """Convert a value to the kind of its column; CSV has only text."""
    if value is None:
        return None
    try:
        match column.kind:
            case "yes/no":
                return {"1": True, "0": False, "true": True, "false": False}[str(value).lower()]
            case "whole":
                return int(value)
            case "number" | "share":
                return float(value)
            case "json":
                return value if isinstance(value, dict) else json.loads(value)
    except (ValueError, KeyError, TypeError):
        raise BadData(
            f"{path}, line {line}: {column.name} is {value!r}, but must be: {KINDS[column.kind]}."
        ) from None
    return str(value)
