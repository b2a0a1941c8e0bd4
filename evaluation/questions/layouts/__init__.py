"""The layouts of question files, one declaration each, and readers for the file formats; neither knows the other."""

from pathlib import Path

from evaluation.questions.layouts.containers import SUFFIXES, Row, file_rows, plain_stem, plain_suffix
from evaluation.questions.layouts.entry import Entry, Layout
from evaluation.questions.layouts.recognition import (
    LAYOUTS,
    Placed,
    QuestionRows,
    describe,
    read_rows,
    with_ids,
)

__all__ = [
    "LAYOUTS", "SUFFIXES", "Entry", "Layout", "Placed", "QuestionRows", "Row", "describe", "file_rows", "plain_stem",
    "plain_suffix", "read_file", "read_rows", "with_ids",
]  # fmt: skip


def read_file(path: Path, left_out: list[str] | None = None) -> QuestionRows:
    """The questions of a file in any layout and container; raises BadFile as ``read_rows`` and ``file_rows`` do."""
    return read_rows(str(path), file_rows(path), left_out)
