"""A question as read from a row in any layout, and the declaration of a layout."""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

Fields = Mapping[str, Any]  # folded name of a column → value


class Unreadable(Exception):
    """A row that its layout cannot read; the text says why, using the file's own names."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One question, as read from a row. Without ``answer``, ``number`` and ``answers`` the right answer is unknown."""

    question: str
    choices: tuple[str, ...] = ()
    answer: int | None = None  # index of the right choice
    answers: tuple[str, ...] = ()  # accepted short answers, the canonical one first
    id: str = ""
    domain: str = ""
    number: int | None = None  # the right choice, counted from 0 or 1: the row alone does not show which

    @property
    def content_id(self) -> str:
        """An id that depends only on the question, its choices and its accepted answers."""
        content = json.dumps([self.question, self.choices, self.answers], ensure_ascii=False)
        return hashlib.sha256(content.encode()).hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class Skipped:
    """A question that the layout itself marks as unusable."""

    reason: str


@dataclass(frozen=True, slots=True)
class Layout:
    """A layout of question files: its name, how to recognise a row of it, how to read one."""

    name: str
    fits: Callable[[Fields], bool]
    read: Callable[[Fields], Iterable[Entry | Skipped]]
    data_set: bool = True  # whether the name is a data set's
    note: str = ""  # what people need to know about how its questions are asked
