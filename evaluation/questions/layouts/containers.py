"""Reads the rows of a question file in any format: JSON lines, a JSON list, CSV or Parquet, gzipped or not."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from estimators.parsing.options import LABELS
from evaluation.questions.layouts.fields import fold
from evaluation.questions.layouts.json_rows import json_rows
from files.errors import BadFile
from files.text import PARQUET, decoded, file_bytes

SUFFIXES = (".jsonl", ".ndjson", ".json", ".csv", ".tsv", ".parquet")
_TABLES = (".csv", ".tsv")
_SEPARATORS = (",", ";", "\t")
_LOOKED_AT = 20  # records from which the separator of a CSV is chosen
_QUESTIONS = ("question", "questionstem", "sentence", "ctx", "goal")  # columns that a header of questions has


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its place in the file, and its values under the file's own names."""

    place: str  # "line 3"
    fields: Mapping[str, Any]
    header: str = ""  # where the names are, if not in the row itself


def plain_suffix(path: Path) -> str:
    """The suffix of a file without a trailing .gz, in lower case.

    >>> plain_suffix(Path("arc.JSONL.gz"))
    '.jsonl'
    """
    return (path.with_suffix("") if path.suffix.lower() == ".gz" else path).suffix.lower()


def plain_stem(path: Path) -> str:
    """A file's name without its suffixes.

    >>> plain_stem(Path("arc.jsonl.gz"))
    'arc'
    """
    return (path.with_suffix("") if path.suffix.lower() == ".gz" else path).stem


def file_rows(path: Path) -> tuple[Row, ...]:
    """The rows of a file, which may be gzipped; raises BadFile naming the file, the line and the problem."""
    data = file_bytes(path)
    if data.startswith(PARQUET):
        return tuple(_parquet_rows(path, data))
    text = decoded(path, data)
    if not text.strip():
        raise BadFile(f"{path} is empty: it has no questions.")
    if plain_suffix(path) in _TABLES or (plain_suffix(path) not in SUFFIXES and text.lstrip()[0] not in "[{"):
        return tuple(_csv_rows(path, text))
    return tuple(Row(f"line {line}", fields) for line, fields in json_rows(path, text))


# ---- Parquet ----------------------------------------------------------------


def _parquet_rows(path: Path, data: bytes) -> Iterator[Row]:
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError:
        raise BadFile(
            f"{path} is a Parquet file. Reading it needs a package: `pip install pyarrow`."
        ) from None
    try:
        table = parquet.ParquetFile(pyarrow.BufferReader(data)).read()
    except (pyarrow.ArrowException, OSError) as error:
        fault = str(error).splitlines()[0].rstrip(".")
        raise BadFile(f"{path} is a damaged Parquet file ({fault}): copy or download it again.") from None
    for number, fields in enumerate(table.to_pylist(), 1):
        yield Row(f"row {number}", fields)


# ---- CSV --------------------------------------------------------------------


def _csv_rows(path: Path, text: str) -> Iterator[Row]:
    """Rows of a CSV separated by commas, semicolons or tabs; also of MMLU's files without a header."""
    try:
        records = _records(path, text)
    except csv.Error as error:
        raise BadFile(f"{path} is not a CSV file ({error}).") from None
    if not records:
        raise BadFile(f"{path} is empty: it has no questions.")
    header, named = [name.strip() for name in records[0][1]], f"line {records[0][0]}"
    if _has_no_header([cells for _, cells in records]):
        header = ["question", *LABELS[: len(header) - 2], "answer"]
    else:
        records = records[1:]
        twice = [name for place, name in enumerate(header) if name and name in header[:place]]
        if twice:
            raise BadFile(f"{path}, {named}: two columns are called {twice[0]}: rename one of them.")
    for line, cells in records:
        if len(cells) > len(header) and not any(cell.strip() for cell in cells[len(header) :]):
            cells = cells[: len(header)]
        if len(cells) != len(header):
            more = "more" if len(cells) > len(header) else "fewer"
            raise BadFile(
                f"{path}, line {line}: {more} cells than columns ({len(cells)} and {len(header)}); quote texts "
                "that contain separators or line breaks."
            )
        fields = {name: cell.strip() for name, cell in zip(header, cells, strict=True)}
        yield Row(f"line {line}", fields, named)


def _records(path: Path, text: str) -> list[tuple[int, list[str]]]:
    """The records of a CSV with the line on which each begins, split by the separator that fits best."""
    best = max(_SEPARATORS, key=lambda separator: _fit(text, separator))
    try:
        return _parted(text, best)
    except csv.Error:
        if best != "\t":
            raise
        return _parted(text, best, csv.QUOTE_NONE)  # many tab-separated files have no quoting


def _parted(
    text: str, separator: str, quoting: Literal[0, 3] = csv.QUOTE_MINIMAL, most: int | None = None
) -> list[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True, quoting=quoting)
    records: list[tuple[int, list[str]]] = []
    before = 0
    for cells in reader:
        if any(cell.strip() for cell in cells):
            records.append((before + 1, cells))
        before = reader.line_num
        if len(records) == most:
            break
    return records


def _fit(text: str, separator: str) -> tuple[bool, float, int]:
    """How well a separator fits: a known header, then the share of records as long as the first, then its cells."""
    try:
        records = [cells for _, cells in _parted(text, separator, most=_LOOKED_AT)]
    except csv.Error:
        try:
            records = [cells for _, cells in _parted(text, separator, csv.QUOTE_NONE, _LOOKED_AT)]
        except csv.Error:
            return False, 0.0, 0
    if not records:
        return False, 0.0, 0
    width = len(records[0])
    same = sum(len(cells) == width for cells in records) / len(records)
    return width > 1 and _names_a_question(records[0]), same if width > 1 else 0.0, width


def _names_a_question(cells: Sequence[str]) -> bool:
    return any(fold(cell) in _QUESTIONS for cell in cells)


def _has_no_header(records: Sequence[Sequence[str]]) -> bool:
    """Whether the records are MMLU's own, without a header: a question, its options, and the letter of the right one."""
    width = len(records[0])
    letters = LABELS[: max(0, width - 2)]
    first = records[:_LOOKED_AT]
    return (
        width >= 4
        and not _names_a_question(records[0])
        and all(len(cells) == width and cells[-1].strip() in tuple(letters) for cells in first)
    )
